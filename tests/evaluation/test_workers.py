"""Worker processes of our own, without a search around them."""

import importlib
import multiprocessing
import os
import pickle
import signal
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from skhpo.evaluation import Executor, Limits, _processes
from skhpo.evaluation._guard import can_guard
from skhpo.exceptions import FitTimeoutError, WorkerDiedError
from tests.evaluation.test_executor import run_all

DELAY = 0.2
ISOLATED = Limits(isolation="process")


def report(shared, job):
    """Which process this is."""
    return os.getpid()


def report_from_a_worker():
    """Use a worker, which is idle afterwards."""
    with Executor(report, None, limits=ISOLATED) as executor:
        run_all(executor, [0])


def print_and_write(shared, job):
    """What fits do besides fitting."""
    return Path.cwd(), "added by a test" in sys.path, os.environ.get("SET_BY_A_TEST")


def kill(shared, job):
    """Die in job 1."""
    if job == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return job


def kill_later(shared, job):
    """Die after a while."""
    time.sleep(DELAY)
    os.kill(os.getpid(), signal.SIGKILL)


def block(shared, job):
    """Never return."""
    Path(shared, str(job)).touch()
    signal.pause()


def kill_or_block(shared, job):
    """Die in job 1, never return in job 2."""
    return block(shared, job) if job == 2 else kill(shared, job)


class Unpicklable(Exception):
    """Cannot be rebuilt from its arguments."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def refuse(shared, job):
    """Raise what does not survive the way back."""
    raise Unpicklable("this", "that")


class Poison:
    """Cannot be loaded."""

    def __reduce__(self):
        return _explode, ()


def _explode():
    raise RuntimeError("no such module here")


class Deadly:
    """Kills who loads it."""

    def __reduce__(self):
        return os._exit, (3,)


def draw(shared, job):
    """A number from numpy's global generator; some processes end."""
    if job % 2:
        os._exit(1)
    return np.random.random()  # noqa: NPY002


def files_of_searches(folder):
    """Names of what searches have left in a folder."""
    return [path for path in Path(folder).iterdir() if path.name.startswith("skhpo-")]


def test_workers_are_used_again_by_the_next_search():
    """Starting Python and importing scikit-learn takes a second or more for every worker."""
    pids = []
    for _ in range(2):
        with Executor(report, None, limits=ISOLATED) as executor:
            pids.append(run_all(executor, [0])[0])
    assert pids[0] == pids[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_process_of_multiprocessing_ends_though_workers_are_idle():
    """The module multiprocessing waits for all children before what `atexit` runs: idle workers last five minutes."""
    process = multiprocessing.get_context("fork").Process(target=report_from_a_worker)
    process.start()
    process.join(60.0)
    process.kill()
    process.join()
    assert process.exitcode == 0


@pytest.mark.skipif(not can_guard(), reason="needs a guard")
def test_a_guard_whose_parent_is_gone_says_nothing(capfd):
    """A worker that had been reaped was reaped once more: a traceback on the screen, and a kill of somebody else."""
    worker = _processes.Worker({})
    worker.send("kill", "token", None)
    worker.end()
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not can_guard(), reason="needs a guard")
def test_a_successor_is_not_killed_in_place_of_a_worker_that_died_by_itself():
    """Its next call would be blamed for a death that was ordered."""
    worker = _processes.Worker({})
    worker.send("kill", "token", 7)  # a call that no worker of this guard makes
    worker.send("kill", "token", None)
    died = pickle.loads(worker.connection.recv_bytes())
    assert died[1:] == ("died", None, -signal.SIGKILL)
    assert not worker.connection.poll(0.2)
    worker.end()


@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_a_lost_call_has_taken_what_both_attempts_took():
    """A budget of fit seconds would not see the first one, and be overdrawn."""
    lost = []
    with Executor(kill_later, None, limits=ISOLATED, on_loss=lambda *about: lost.append(about)) as executor:
        run_all(executor, [0])
    assert 2 * DELAY <= lost[0][-1] < 60.0


def test_workers_follow_changes_of_code(tmp_path, monkeypatch):
    """After an edit and a reload, scores of the old code would be told by workers that had loaded it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    answers = []
    for value in (1, 22):
        (tmp_path / "edited_by_a_test.py").write_text(f"def answer(shared, job):\n    return {value}\n")
        importlib.invalidate_caches()
        edited = importlib.import_module("edited_by_a_test")
        importlib.reload(edited)
        with Executor(edited.answer, None, limits=ISOLATED) as executor:
            answers.append(run_all(executor, [0])[0])
    del sys.modules["edited_by_a_test"]
    assert answers == [1, 22]


def test_workers_follow_changes_of_the_path_the_directory_and_the_environment(tmp_path, monkeypatch):
    """A worker that was started before the user changed them would not find modules, files and settings."""
    with Executor(print_and_write, None, limits=ISOLATED) as executor:
        assert run_all(executor, [0])[0][1:] == (False, None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, "added by a test"])
    monkeypatch.setenv("SET_BY_A_TEST", "5")
    with Executor(print_and_write, None, limits=ISOLATED) as executor:
        assert run_all(executor, [0]) == {0: (tmp_path, True, "5")}


@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_only_the_call_that_kills_is_lost():
    """Attributed to the wrong one, a death would cost a good configuration its place."""
    lost = []

    def on_loss(shared, job, error, seconds):
        lost.append((job, type(error), "SIGKILL" in str(error)))
        return "lost"

    def label(result, worker):
        workers.add(worker)
        return result

    workers = set()
    with Executor(kill, None, n_jobs=2, on_loss=on_loss, label=label) as executor:
        assert run_all(executor, range(4)) == {0: 0, 1: "lost", 2: 2, 3: 3}
    assert lost == [(1, WorkerDiedError, True)]
    assert workers <= {0, 1}  # who takes the place of a dead worker has its number


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="waits for a POSIX signal")
def test_workers_without_guards_are_replaced_too(tmp_path, monkeypatch):
    """Not every platform can fork: there it takes longer and must come to the same."""
    monkeypatch.setattr(_processes, "can_guard", lambda: False)
    errors = []
    limits = Limits(fit_timeout=1.0, devices=["none"])  # no worker that waits from another test
    with Executor(
        kill_or_block, str(tmp_path), limits=limits, on_loss=lambda *lost: errors.append(lost)
    ) as executor:
        assert run_all(executor, range(4)) == {0: 0, 1: None, 2: None, 3: 3}
    assert [(job, type(error)) for _, job, error, _ in errors] == [(1, WorkerDiedError), (2, FitTimeoutError)]


@pytest.mark.skipif(sys.platform == "win32", reason="waits for a POSIX signal")
def test_cancelled_calls_never_come_back(tmp_path):
    """The other folds of a configuration that is lost must not occupy the workers."""
    with Executor(block, str(tmp_path), limits=Limits(fit_timeout=60.0)) as executor:
        executor.submit("a")
        executor.submit("b")
        executor.cancel(lambda job: True)
        assert executor.n_pending == 0
        assert executor.wait(timeout=0.0) is None


@pytest.mark.skipif(sys.platform == "win32", reason="waits for a POSIX signal")
def test_a_call_that_takes_too_long_is_stopped(tmp_path):
    """By default it is an error of its own."""
    with Executor(block, str(tmp_path), limits=Limits(fit_timeout=0.1)) as executor:
        executor.submit("a")
        with pytest.raises(FitTimeoutError):
            executor.wait()
    assert (tmp_path / "a").exists()


def test_limits_may_be_as_large_as_one_likes():
    """Numbers that mean "never" went beyond what the operating system counts with: OverflowError in mid-search."""
    memory = 2**70 if sys.platform == "linux" else None
    with Executor(report, None, limits=Limits(fit_timeout=1e9, fit_memory=memory)) as executor:
        assert len(run_all(executor, [0])) == 1


def test_errors_come_with_the_traceback_of_the_worker():
    """Without it nobody finds the line that failed; an error that cannot be pickled must not hang the search."""
    with Executor(refuse, None, limits=ISOLATED) as executor, pytest.raises(RuntimeError) as caught:
        run_all(executor, [0])
    assert str(caught.value) == "Unpicklable: this and that"
    assert "in refuse" in caught.value.__notes__[0]


def test_data_that_cannot_be_loaded_end_the_search_at_once():
    """It would fail in every worker and every fit."""
    with (
        Executor(report, Poison(), limits=ISOLATED) as executor,
        pytest.raises(RuntimeError, match="no such module here"),
    ):
        run_all(executor, [0])


def test_workers_that_cannot_begin_end_the_search():
    """Not blamed on a configuration, and not tried for ever."""
    with (
        Executor(report, Deadly(), limits=ISOLATED) as executor,
        pytest.raises(
            WorkerDiedError, match="did not begin their work: the last one ended with the exit code 3"
        ),
    ):
        run_all(executor, [0])


def test_successors_draw_other_random_numbers():
    """Copies of one process would all draw the same ones, and unseeded models were no sample."""
    with Executor(draw, None, limits=ISOLATED, on_loss=lambda *_: None) as executor:
        results = run_all(executor, range(6))
    assert len({results[job] for job in (0, 2, 4)}) == 3


@pytest.mark.parametrize("fails", [False, True])
def test_files_go_with_the_search(fails, tmp_path, monkeypatch):
    """Gigabytes of data that stay in shared memory are lost to the machine."""
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    data = np.zeros(100_000)
    with warnings.catch_warnings(), Executor(refuse if fails else report, data, limits=ISOLATED) as executor:
        assert len(files_of_searches(tmp_path)) == 1
        executor.submit(0)
        if fails:
            with pytest.raises(RuntimeError):
                executor.wait()
        else:
            executor.wait()
    assert not files_of_searches(tmp_path)
