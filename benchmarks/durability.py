"""What writing to a file costs a search, and what a search loses that is killed again and again."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

import skhpo
from skhpo import BayesSearchCV
from skhpo.storage import Storage
from skhpo.trial import Measurement, Trial

SPACE = {"a": (0.0, 1.0), "b": (1e-3, 1e3, "log-uniform"), "c": ["one", "two", "three"]}
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(200, 4)), np.arange(200) % 2
N_SPLITS = 3


class LoggedClassifier(ClassifierMixin, BaseEstimator):
    """Takes some milliseconds to fit, and notes every fit that it has finished where no crash can undo it."""

    def __init__(self, a=0.5, b=1.0, c="one", log=None, seconds=0.01):
        self.a = a
        self.b = b
        self.c = c
        self.log = log
        self.seconds = seconds

    def fit(self, X, y):
        """Wait."""
        self.classes_ = np.array([0, 1])
        time.sleep(self.seconds)
        return self

    def predict(self, X):
        """Answer always the same."""
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        """Score by the distance from a point, and by the data a little; the fit is then over."""
        bonus = {"one": 0.0, "two": 0.1, "three": 0.05}[self.c]
        score = -((self.a - 0.3) ** 2) - 0.01 * abs(np.log10(self.b)) + bonus + 0.01 * float(np.mean(X))
        if self.log is not None:
            handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(handle, f"{self.a!r} {self.b!r} {self.c} {float(X[0, 0])!r}\n".encode())
            os.fsync(handle)
            os.close(handle)
        return score


def make_search(path, log, n_iter, n_jobs) -> BayesSearchCV:
    """The search that is killed; proposals are cheap, so that kills meet fits and writes rather than the model."""
    return BayesSearchCV(
        LoggedClassifier(log=None if log is None else str(log)),
        SPACE,
        n_iter=n_iter,
        sampler="tpe",
        n_jobs=n_jobs,
        cv=N_SPLITS,
        refit=False,
        random_state=0,
        storage=path,
    )


def child(folder: str, n_iter: int, n_jobs: int) -> None:
    """Run the search in a process that may be killed at any moment."""
    search = make_search(f"{folder}/study.db", f"{folder}/fits.log", n_iter, n_jobs)
    Path(folder, "begun").touch()
    search.fit(X, Y)
    Path(folder, "done").touch()


def stored_fits(path: Path) -> int:
    """Return how many fits are in the file; none if the search was killed before it made one."""
    try:
        return sum(len(trial.measurements) for trial in skhpo.load(path).trials_)
    except FileNotFoundError:
        return 0
    except skhpo.StorageError as error:
        if "holds nothing yet" in str(error):
            return 0
        raise


def finished_fits(log: Path) -> list[str]:
    """Return the fits that were ever finished, in the order in which they were."""
    return log.read_text().splitlines() if log.exists() else []


def kill_once(rng: random.Random, folder: Path, command: list[str]) -> None:
    """Start the search and kill it, with its workers, at a random moment."""
    log, begun = folder / "fits.log", folder / "begun"
    begun.unlink(missing_ok=True)
    n_before = len(finished_fits(log))
    process = subprocess.Popen(command, start_new_session=True)
    while not begun.exists():
        time.sleep(0.01)
    # Now and then before the first fit, and after some fits otherwise.
    n_more = rng.choice([0, 1, 2, 5, 10, 20])
    while n_more and process.poll() is None and len(finished_fits(log)) < n_before + n_more:
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.05 if n_more else 0.5))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_and_resume(rng: random.Random, n_iter: int, n_jobs: int, n_kills: int) -> dict:
    """Kill a search several times and let it end; returns what went wrong, as numbers."""
    n_in_flight = 1 if n_jobs == 1 else n_jobs + 1
    found = {"kills": 0, "of them in mid-search": 0, "finished fits lost": 0, "of these, not in flight": 0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, log = folder / "study.db", folder / "fits.log"
        command = [sys.executable, __file__, "--child", name, str(n_iter), str(n_jobs)]
        for _ in range(n_kills):
            kill_once(rng, folder, command)
            n_kept = stored_fits(path)
            n_lost = max(len(set(finished_fits(log))) - n_kept, 0)
            found["kills"] += 1
            found["of them in mid-search"] += 0 < n_kept < n_iter * N_SPLITS
            found["finished fits lost"] += n_lost
            found["of these, not in flight"] += max(n_lost - n_in_flight, 0)
        subprocess.run(command, check=True)
        fits = finished_fits(log)
        found["fits done again"] = len(fits) - len(set(fits))
        found["of these, not lost in flight"] = max(
            len(fits) - len(set(fits)) - found["finished fits lost"], 0
        )
        found["files left over"] = len([one for one in os.listdir(folder) if one.startswith("study.db-")])
        found["results that differ"] = int(not is_same_result(path, n_iter, n_jobs))
    return found


def is_same_result(path: Path, n_iter: int, n_jobs: int) -> bool:
    """Whether a file holds what an uninterrupted search finds."""
    whole = make_search(None, None, n_iter, n_jobs).fit(X, Y)
    there = [(trial.configuration, trial.score, trial.status) for trial in skhpo.load(path).trials_]
    return there == [(trial.configuration, trial.score, trial.status) for trial in whole.trials_]


def kill_loop(n_kills: int, seed: int) -> None:
    """Print what so many kills cost."""
    rng = random.Random(seed)
    total: dict = {}
    for n_jobs in cycle([1, 2]):
        n_left = n_kills - total.get("kills", 0)
        if n_left <= 0:
            break
        found = kill_and_resume(rng, n_iter=30, n_jobs=n_jobs, n_kills=min(5, n_left))
        total = {name: total.get(name, 0) + number for name, number in found.items()}
    print("| | number |\n|---|---|")
    for name, number in total.items():
        print(f"| {name} | {number} |")


def cost_of_writing(folder: str, n_trials: int) -> None:
    """Print what a trial of five folds costs, and each of its saves."""
    per_fit, per_last, per_trial, floor = [], [], [], []
    with Storage(Path(folder) / "cost.db") as storage:
        storage.begin({"seed": 0}, [(np.arange(160), np.arange(160, 200))] * 5)
        for number in range(n_trials):
            fits, started = (), time.perf_counter()
            configuration = {"a": 0.1, "b": 1.0 + number, "c": "one"}
            for split in range(5):
                fits += (Measurement(split, {"score": 0.5}, None, 0.1, 0.01),)
                trial = Trial(number, configuration, (0.1, 0.2, 0.0), measurements=fits, pending=(split + 1,))
                if split == 4:
                    trial = Trial(
                        number, configuration, (0.1, 0.2, 0.0), "model", "complete", fits, score=0.5
                    )
                before = time.perf_counter()
                storage.save([trial], number + 1, float(number))
                (per_last if split == 4 else per_fit).append(time.perf_counter() - before)
            per_trial.append(time.perf_counter() - started)
    with open(Path(folder) / "floor", "wb", buffering=0) as file:
        for _ in range(100):
            before = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            floor.append(time.perf_counter() - before)
    size = (Path(folder) / "cost.db").stat().st_size
    print("| | median ms | 95 % ms |\n|---|---|---|")
    rows = {
        "save of a fit in mid-trial": per_fit,
        "save of the last fit, which waits for the disk": per_last,
        "a trial of five folds, all five saves": per_trial,
        "for comparison: 4 kB written and synchronised": floor,
    }
    for name, seconds in rows.items():
        print(f"| {name} | {1000 * median(seconds):.2f} | {1000 * np.quantile(seconds, 0.95):.2f} |")
    print(f"\n{n_trials} trials; {size / n_trials:.0f} bytes a trial in the file.")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--trials", type=int, default=1000, help="for the cost of writing")
    parser.add_argument("--folder", help="on the disk to be measured; default is that for temporary files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=3, metavar=("FOLDER", "N_ITER", "N_JOBS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        folder, n_iter, n_jobs = arguments.child
        child(folder, int(n_iter), int(n_jobs))
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        cost_of_writing(folder, arguments.trials)
    print()
    if arguments.kills:
        kill_loop(arguments.kills, arguments.seed)


if __name__ == "__main__":
    main()
