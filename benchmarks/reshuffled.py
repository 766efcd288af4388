"""What other splits for every configuration change: the held-out score of the configuration that is chosen.

Random configurations of models on small real tables are measured on splits that are the same for all, and on splits of
their own, as with ``reshuffle=True``; and once more on rows that are held out. Searches are replayed from these scores:
a configuration is chosen by one fold of a fifth of the rows (holdout), or by five folds. Nagler et al. (2024) expect
most of holdout.

The scores are kept (`--scores`), and only those which are missing are measured.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from _statistics import bootstrap_interval, holm, sign_flip_p
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _problems import code, draw
from _real_models import TASKS, Task
from _real_tasks import BUNDLED, split
from scipy.stats import ttest_1samp
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold

N_FOLDS, N_SETS = 5, 2  # sets of folds, common ones and own ones
N_REPLAYS = 200
SLOW = ("forest_phoneme", "mlp_breast_cancer", "mlp_abalone")
RULES = ("holdout", "5 folds")


class Scores(NamedTuple):
    """What was measured of random configurations on one split into searched and held-out rows.

    Attributes
    ----------
    common, own : ndarray of shape (n_configurations, N_SETS, N_FOLDS)
        Scores on folds that are the same for all, and on folds of each one's own.
    test : ndarray of shape (n_configurations,)
        Held-out scores after a fit on all searched rows.
    """

    common: np.ndarray
    own: np.ndarray
    test: np.ndarray


class Choice(NamedTuple):
    """What came of the choices of one kind of search: means over its replays."""

    test: float
    optimism: float


def scorer_of(task: Task, y: np.ndarray) -> Any:
    """Return the area under the ROC curve for two classes, the accuracy for more, and R2 for numbers."""
    if not task.is_classification:
        return get_scorer("r2")
    return get_scorer("roc_auc" if len(np.unique(y)) == 2 else "accuracy")


def measure(task: Task, tabular: str | None, seed: int, n_configurations: int) -> Scores:
    """Measure random configurations; those that raise are drawn again."""
    X, y, X_test, y_test = split(task.table, task.is_classification, tabular, seed)
    kind = StratifiedKFold if task.is_classification else KFold
    scorer, rng = scorer_of(task, y), np.random.default_rng([code(task.key), seed])

    def folds(estimator: BaseEstimator, number: int) -> list[float]:
        pairs = kind(N_FOLDS, shuffle=True, random_state=number).split(X, y)
        return [float(scorer(clone(estimator).fit(X[a], y[a]), X[b], y[b])) for a, b in pairs]

    rows = []
    while len(rows) < n_configurations:
        estimator = task.build(draw(task.parameters, rng))
        own = 1000 * seed + N_SETS * (1 + len(rows))
        try:
            common = [folds(estimator, 1000 * seed + i) for i in range(N_SETS)]
            of_its_own = [folds(estimator, own + i) for i in range(N_SETS)]
            test = float(scorer(clone(estimator).fit(X, y), X_test, y_test))
        except ValueError:  # what some configurations rightly raise
            continue
        rows.append((common, of_its_own, test))
    return Scores(*(np.array(column) for column in zip(*rows, strict=True)))


def replay(measured: np.ndarray, test: np.ndarray, rule: str, rng: np.random.Generator | None) -> Choice:
    """Choose by every fold or set of folds; with `rng`, by another one for each configuration, at random."""
    columns = measured.reshape(len(test), -1) if rule == "holdout" else measured.mean(axis=2)
    if rng is not None:
        drawn = rng.integers(columns.shape[1], size=(len(test), N_REPLAYS))
        columns = np.take_along_axis(columns, drawn, axis=1)
    chosen = np.argmax(columns, axis=0)
    best = np.max(columns, axis=0)
    return Choice(float(test[chosen].mean()), float((best - test[chosen]).mean()))


def compared(scores: Scores, rule: str, n: int, seed: int) -> tuple[Choice, Choice]:
    """Return what comes of common and of own splits after `n` configurations."""
    common, own, test = (column[:n] for column in scores)
    return replay(common, test, rule, None), replay(own, test, rule, np.random.default_rng(seed))


def rows(found: dict[str, list[Scores]], rule: str, n: int) -> Iterator[str]:
    """Yield a table: a line a task, with the differences paired by seed, and all of them at the end."""
    yield "| task | common | own | difference | p | p, Holm | optimism, common | own |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    lines, p_values, means = [], [], []
    for key, seeds in found.items():
        pairs = np.array([compared(scores, rule, n, seed) for seed, scores in enumerate(seeds)])
        common, own = pairs[:, 0], pairs[:, 1]
        # On the scale of what there is to choose from, tasks can be averaged.
        spread = np.mean([scores.test[:n].max() - np.median(scores.test[:n]) for scores in seeds])
        difference = own[:, 0] - common[:, 0]
        p_values.append(float(ttest_1samp(difference, 0).pvalue) if np.ptp(difference) > 0 else 1.0)
        means.append((difference.mean() / spread, *(np.mean(one[:, 1]) / spread for one in (common, own))))
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        cells = f"{common[:, 0].mean():.4f} | {own[:, 0].mean():.4f} | {difference.mean():+.4f} ± {error:.4f}"
        lines.append((key, cells, f"{common[:, 1].mean():+.4f} | {own[:, 1].mean():+.4f}"))
    for (key, cells, optimism), p, corrected in zip(lines, p_values, holm(p_values), strict=True):
        yield f"| {key} | {cells} | {p:.3f} | {corrected:.3f} | {optimism} |"
    scaled, before, after = np.array(means).T
    low, high = bootstrap_interval(scaled)
    mean = f"**{scaled.mean():+.3f}** ({low:+.3f} to {high:+.3f})"
    p = sign_flip_p(scaled)
    yield f"| **mean, scaled** | - | - | {mean} | {p:.3f} | - | {before.mean():+.3f} | {after.mean():+.3f} |"


def available(tabular: str | None) -> list[Task]:
    """Return the tasks whose tables are there, without the slow ones."""
    return [
        task
        for task in TASKS
        if task.key not in SLOW
        and (task.table in BUNDLED or (tabular and (Path(tabular) / f"{task.table}.csv").exists()))
    ]


def read(path: Path) -> dict[str, list[Any]]:
    """Return what has been measured."""
    return json.loads(path.read_text()) if path.exists() else {}


def compute(path: Path, tabular: str | None, n_seeds: int, n_configurations: int) -> None:
    """Measure what is missing; all tasks with a seed come before the next seed."""
    known = read(path)
    for seed in range(n_seeds):
        for task in available(tabular):
            key = f"{task.key} {seed} {n_configurations}"
            if key in known:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scores = measure(task, tabular, seed, n_configurations)
            known[key] = [np.round(column, 6).tolist() for column in scores]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(known))


def main() -> None:
    """Measure what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabular", metavar="PATH", help="folder of the tables that are not bundled")
    parser.add_argument("--scores", type=Path, default=Path("build/reshuffled.json"), help="what is kept")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--configurations", type=int, default=60)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 60], help="configurations of a search")
    arguments = parser.parse_args()
    start = time.process_time()
    compute(arguments.scores, arguments.tabular, arguments.seeds, arguments.configurations)
    known, found = read(arguments.scores), {}
    for task in available(arguments.tabular):
        keys = [f"{task.key} {seed} {arguments.configurations}" for seed in range(arguments.seeds)]
        found[task.key] = [Scores(*(np.array(column) for column in known[key])) for key in keys]
    for rule in RULES:
        for n in arguments.sizes:
            print(f"\n### {rule}, {n} random configurations, {arguments.seeds} seeds\n")
            print("\n".join(rows(found, rule, n)))
    print(f"\n{time.process_time() - start:.0f} s of CPU time.")


if __name__ == "__main__":
    main()
