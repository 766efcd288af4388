"""Models of the best trials are kept, within limits."""

import copy
import gc
import os
import pickle
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from skhpo import GridSearchCV, StorageInUseError
from skhpo.search import FoldModels, _fold_models
from skhpo.storage import lock_path

SIZE = 1000
X, Y = make_classification(60, random_state=0)


def filled(n_trials, n_best=None, n_splits=2, size=SIZE):
    """Models of trials whose scores fall."""
    models = FoldModels(n_best, n_splits)
    for number in range(n_trials):
        for split in reversed(range(n_splits)):
            models.add(number, split, pickle.dumps((number, split, bytes(size))))
        models.rank(number, -number)
    return models


def names(models, number):
    """Trial and split of each model."""
    return [model[:2] for model in models[number]]


def test_models_are_in_the_order_of_the_splits():
    """Fits end in any order, and out-of-fold predictions need the right model."""
    assert names(filled(2), 1) == [(1, 0), (1, 1)]


def test_only_the_best_are_kept():
    """A thousand trials of forests fill a disk."""
    models = filled(5, n_best=2)
    assert list(models) == [0, 1]
    assert 4 * SIZE <= models.n_bytes <= 4 * SIZE + 400
    for split in range(2):
        models.add(9, split, pickle.dumps((9, split)))
    models.rank(9, 1.0)
    assert list(models) == [0, 9]
    assert "2 trials on 2 splits, 0.0 MiB" in repr(models)


def test_the_elder_one_of_equals_stays():
    """The order in which fits end must not change an ensemble."""
    models = FoldModels(1, 1)
    for number in (3, 1, 2):
        models.add(number, 0, pickle.dumps(number))
        models.rank(number, 0.5)
    assert dict(models) == {1: [1]}


def test_trials_that_lack_a_model_are_no_members():
    """Their average over the splits would be another one."""
    models = FoldModels(None, 2)
    models.add(0, 0, pickle.dumps("model"))
    assert 0 not in models
    models.rank(0, 1.0)
    assert len(models) == 0
    with pytest.raises(KeyError):
        models[0]


def test_trials_that_did_not_end_are_dropped():
    """A search that was interrupted has models of trials that are not complete."""
    models = filled(3)
    models.add(7, 0, pickle.dumps("model"))
    assert list(models.only([0, 2, 7])) == [0, 2]
    assert list(models.only([2])) == [2]
    assert models._kept.keys() == {2}


def test_what_does_not_fit_into_memory_is_in_files(monkeypatch):
    """Large models must not cost the memory that fits need, and files must be gone with them."""
    monkeypatch.setattr(_fold_models, "_MOST_HELD", 3 * SIZE)
    models = filled(4, n_best=3)
    folder = models._folder.path
    assert len(list(folder.iterdir())) == 4
    assert [names(models, number)[1] for number in models] == [(0, 1), (1, 1), (2, 1)]
    assert 6 * SIZE <= models.n_bytes <= 6 * SIZE + 600
    for other in (pickle.loads(pickle.dumps(models)), copy.deepcopy(models)):
        assert {number: names(other, number) for number in other} == {
            number: names(models, number) for number in models
        }
        assert other._folder.path != folder
    del models
    gc.collect()
    assert not folder.exists()


def test_a_full_disk_costs_models_only(monkeypatch):
    """The scores that were measured are worth more than an ensemble."""
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE + 200)

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert len(filled(2)) == 0


def test_copies_share_files_but_not_what_is_kept(monkeypatch):
    """A fit that goes on from another and fails must not take the models of that one along."""
    monkeypatch.setattr(_fold_models, "_MOST_HELD", 3 * SIZE)
    models = filled(3)
    folder = models._folder.path
    other = copy.copy(models)
    assert len(list(folder.iterdir())) == 4
    other.forget(0)
    other.add(1, 0, pickle.dumps((1, 7, bytes(SIZE))))
    other.limit(1)
    assert {number: names(models, number) for number in models} == {n: [(n, 0), (n, 1)] for n in range(3)}
    del models
    gc.collect()
    assert {number: names(other, number) for number in other} == {1: [(1, 7), (1, 1)]}
    assert len(list(folder.iterdir())) == 1  # the other one is in memory, where 0 has made room
    del other
    gc.collect()
    assert not folder.exists()


def test_limit_parts_with_the_worst_and_holds_from_then_on():
    """Whoever asks for fewer or more models before another call of fit is to get them."""
    models = filled(4, n_best=3)
    models.limit(2)
    assert list(models) == [0, 1]
    models.limit(3)
    for number in (4, 5):
        for split in range(2):
            models.add(number, split, pickle.dumps((number, split)))
        models.rank(number, -number)
    assert list(models) == [0, 1, 4]


def test_unpickled_where_there_is_no_room(monkeypatch):
    """A trial without all of its models would have another average, or none."""
    whole = pickle.dumps(filled(3))
    monkeypatch.setattr(_fold_models, "_MOST_HELD", 3 * SIZE + 200)

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    models = pickle.loads(whole)
    assert {number: names(models, number) for number in models} == {0: [(0, 0), (0, 1)]}


FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
FORK_WARNING = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def fill_in_another_process(in_background=False):
    """Start a process that keeps models in files until it is killed, or a fork of it; returns its number."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        models = filled(3)
        if in_background and os.fork() > 0:
            os._exit(0)
        os.write(tell, str(os.getpid()).encode())
        while models:
            signal.pause()
    number = int(os.read(told, 20))
    os.close(told)
    os.close(tell)
    if in_background:
        os.waitpid(child, 0)
    return number


@FORKS
@FORK_WARNING
def test_what_a_killed_process_has_left_is_removed(monkeypatch, tmp_path):
    """Each search that is killed would leave gigabytes; those of a search that runs are nobody else's business."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE)
    own, search = filled(3), GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, keep="models")
    without_lock = Path(tempfile.mkdtemp(prefix=_fold_models._PREFIX))
    child = fill_in_another_process()
    (left,) = {path for path in tmp_path.iterdir() if path.is_dir()} - {own._folder.path, without_lock}
    try:
        for path in tmp_path.iterdir():
            os.utime(path, (0, 0))
        search.fit(X, Y)
        assert len(list(left.iterdir())) > 0
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    search.fit(X, Y)
    assert not left.exists()
    assert without_lock.exists() and names(own, 2) == [(2, 0), (2, 1)]
    del own
    search.fit(X, Y).set_params(keep=None).fit(X, Y)
    gc.collect()
    assert list(tmp_path.iterdir()) == [without_lock]


@FORKS
@FORK_WARNING
def test_a_fork_may_outlive_its_parent(monkeypatch, tmp_path):
    """Servers fork into the background, or their workers live on, and read the models still."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE)
    fork = fill_in_another_process(in_background=True)
    try:
        for path in tmp_path.iterdir():
            os.utime(path, (0, 0))
        _fold_models.remove_orphans()
        assert len(list(tmp_path.iterdir())) == 2
    finally:
        os.kill(fork, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:  # it is nobody's child any more
        _fold_models.remove_orphans()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_just_made_is_let_alone(monkeypatch, tmp_path):
    """Its owner may not have locked it yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = Path(tempfile.mkdtemp(prefix=_fold_models._PREFIX))
    lock = lock_path(folder)
    lock.touch()
    _fold_models.remove_orphans()
    assert folder.exists()
    os.utime(lock, (0, 0))
    _fold_models.remove_orphans()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_machine_is_let_alone(monkeypatch, tmp_path):
    """Where a directory is shared, the locks of other machines may not be seen."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(_fold_models, "_PREFIX", f"{_fold_models._PREFIX}2-")
        models = filled(2)
    lock = lock_path(models._folder.path)
    lock.unlink()
    lock.touch()
    os.utime(lock, (0, 0))
    _fold_models.remove_orphans()
    assert names(models, 1) == [(1, 0), (1, 1)]


@FORKS
@FORK_WARNING
def test_a_fork_leaves_the_models_of_its_parent(monkeypatch):
    """A worker that drops its copy of a search would take the models of the search along."""
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE)
    models = filled(3, n_best=4)
    folder = models._folder.path
    before = sorted(folder.iterdir())
    child = os.fork()
    if child == 0:
        status = 1
        try:
            models.add(3, 0, pickle.dumps(bytes(SIZE)))
            models.limit(1)
            status = int(models._folder.path == folder)
            del models
            gc.collect()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert sorted(folder.iterdir()) == before
    assert [names(models, number)[1] for number in models] == [(0, 1), (1, 1), (2, 1)]


def test_no_temporary_directory_is_needed_for_small_models(monkeypatch):
    """A container with a read-only file system has none."""

    def no_directory():
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", no_directory)
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, keep="models").fit(X, Y)
    assert list(search.fold_models_) == [0]


def test_a_directory_that_was_tidied_up_costs_what_was_in_it_only(monkeypatch, tmp_path):
    """Systems remove what is old from the temporary directory while a search runs on for weeks."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE)
    models = filled(1, n_best=1)
    for path in tmp_path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for split in range(2):
        models.add(1, split, pickle.dumps((1, split, bytes(SIZE))))
    models.rank(1, 1.0)
    assert {number: names(models, number) for number in models} == {1: [(1, 0), (1, 1)]}


def test_a_folder_whose_lock_is_taken(monkeypatch):
    """By a clock that is wrong it is old at once, and another search may look at it before its owner has locked it."""
    monkeypatch.setattr(_fold_models, "_MOST_HELD", SIZE)

    def taken(path, **options):
        raise StorageInUseError("in use")

    monkeypatch.setattr(_fold_models, "FileLock", taken)
    assert len(filled(2)) == 2
