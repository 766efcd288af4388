"""Ctrl-C, and a search that is killed itself: results are kept, nobody stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from skhpo import BayesSearchCV, GridSearchCV, HalvingGridSearchCV
from skhpo.exceptions import InterruptedWarning
from tests.faults._estimators import Hazard, X, Y, is_running

ROOT = Path(__file__).parents[2]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="sends POSIX signals and reads /proc")


@contextmanager
def script(folder, n_jobs):
    """Run the script in a process group of its own, its temporary files in a folder."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(folder), "JOBLIB_TEMP_FOLDER": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults._script", str(n_jobs)],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def read_until(process, word):
    """Return the rest of the next line that begins with a word."""
    for line in process.stdout:
        if line.startswith(word):
            return line.removeprefix(word)
    raise AssertionError(f"the script ended without {word!r}")


def comes_true(condition):
    """Wait for what processes bring about that are not this one's children: there is no event to wait for."""
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        os.sched_yield()
    return condition()


@linux_only
def test_interrupt_ends_a_search_within_a_second_and_another_one_the_refit(tmp_path):
    """Whoever has seen enough gets what is there, at once, with nothing left running or lying about."""
    with script(tmp_path, n_jobs=2) as process:
        workers = [int(read_until(process, "hanging")) for _ in range(2)]
        pressed = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        assert float(read_until(process, "refitting")) - pressed < 1.0
        os.killpg(process.pid, signal.SIGINT)
        told = json.loads("{" + read_until(process, "{"))
        assert process.wait(timeout=60) == 0
    assert told["rows"] == [1, 2] and told["best"] == 2 and not told["is_refitted"]
    assert [text.split(":")[0] for text in told["warnings"]] == [
        "The search was interrupted",
        "The refit was interrupted",
    ]
    assert comes_true(lambda: not any(map(is_running, workers)))
    assert not list(tmp_path.iterdir())


@linux_only
def test_workers_end_with_a_search_that_is_killed(tmp_path):
    """What nobody waits for any more must not take cores and memory for hours."""
    with script(tmp_path, n_jobs=2) as process:
        workers = [int(read_until(process, "hanging")) for _ in range(2)]
        process.kill()
        process.wait()
        assert comes_true(lambda: not any(map(is_running, workers)))
        assert comes_true(lambda: not list(tmp_path.iterdir()))


@pytest.mark.parametrize("search_class", [GridSearchCV, HalvingGridSearchCV])
def test_interrupt_in_this_process_keeps_finished_trials(search_class):
    """A notebook user who stops the cell finds the results and a model."""
    search = search_class(Hazard(), {"x": [1, 2, "interrupted", 3]}, cv=2)
    with pytest.warns(InterruptedWarning, match="results are those of its 2 finished trials"):
        search.fit(X, Y)
    assert [params["x"] for params in search.cv_results_["params"]] == [1, 2]
    assert search.best_params_ == {"x": 2} and search.best_estimator_.x == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_before_any_result_is_raised():
    """There is nothing to return then, and the program has to hear of it."""
    search = GridSearchCV(Hazard(), {"x": ["interrupted", 1]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)


def test_interrupt_ends_an_outer_search_too():
    """Pressing Ctrl-C once for every fit of a nested search would take all night."""
    inner = BayesSearchCV(Hazard(), {"x": [1, "interrupted"]}, sampler="grid", cv=2)
    outer = GridSearchCV(inner.set_params(initial_configurations=None), {"n_iter": [1, 2, 3]}, cv=2)
    with pytest.warns(InterruptedWarning) as caught:
        outer.fit(X, Y)
    assert len(caught) == 1 and len(outer.cv_results_["params"]) == 1


@linux_only
def test_an_interrupt_between_search_and_refit_skips_the_refit():
    """Wrappers send Ctrl-C twice: the second one struck while results were being made, and all of them were lost."""

    def choose(results):
        signal.raise_signal(signal.SIGINT)
        return 1

    search = GridSearchCV(Hazard(), {"x": [1, 2]}, cv=2, refit=choose)
    with pytest.warns(InterruptedWarning, match="The refit was interrupted"):
        search.fit(X, Y)
    assert search.best_params_ == {"x": 2}
    assert not hasattr(search, "best_estimator_")


@linux_only
def test_an_interrupt_when_all_is_done_changes_nothing():
    """Without a refit there is nothing left to end."""
    search = GridSearchCV(Hazard(), {"x": [1, 2]}, cv=2, refit=False)
    take, before = search._store_results, signal.getsignal(signal.SIGINT)
    search._store_results = lambda *args: (take(*args), signal.raise_signal(signal.SIGINT))
    search.fit(X, Y)
    assert search.best_params_ in ({"x": 1}, {"x": 2})
    assert signal.getsignal(signal.SIGINT) is before
