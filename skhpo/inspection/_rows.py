"""The configurations that are compared: what they scored on each split, and with how much of the resource."""

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np

from skhpo.space import equal_values
from skhpo.stopping import fold_scores


@dataclass(frozen=True)
class Rows:
    """What there is to compare, a row for each amount of the resource that a configuration was measured with.

    Attributes
    ----------
    scores : ndarray of shape (n_rows, n_splits)
        Scores, NaN where there are none.
    params : list of dict
        The configurations.
    best : int
        The row of the winner.
    trials : sequence of Trial
        All trials.
    names : sequence of int
        By which number a user calls each row.
    own : dict
        The estimator's own parameters.
    results : dict or None
        `cv_results_`.
    resources : sequence or None
        The amount of the resource, where one is rationed.
    rationed : str or None
        The parameter that is the resource, if it is one.
    test_to_train : float or None
        The mean ratio of the sizes of a split.
    is_paired : bool
        Whether all configurations have the same splits.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.inspection._rows import Rows
    >>> rows = Rows(np.ones((2, 3)), [{"C": 1}, {"C": 2}], 1, (), range(2), {"C": 1})
    >>> rows.pair_with("default")
    (1, 0)
    """

    scores: Any
    params: Any
    best: int
    trials: Any
    names: Any
    own: Any
    results: Any = None
    resources: Any = None
    rationed: str | None = None
    test_to_train: float | None = None
    is_paired: bool = True

    def is_comparable(self, row):
        """Whether a row has as much of the resource as the winner, where one is rationed."""
        return self.resource_of(row) == self.resource_of(self.best)

    def resource_of(self, row):
        """Return the amount of the resource, None where none is rationed."""
        return None if self.resources is None else self.resources[row]

    def pair_with(self, baseline):
        """Return the rows of the winner and of a baseline that are to be compared.

        Where a resource is rationed, it is the largest amount that both were measured with.
        """
        others = self._rows_of(baseline)
        if self.best in others:
            return self.best, self.best
        winners = self._same_as(self.best)
        pairs = [
            (one, other)
            for one in winners
            for other in others
            if self.resource_of(one) == self.resource_of(other)
        ]
        if not pairs:
            amounts = [sorted({int(self.resource_of(row)) for row in rows}) for rows in (winners, others)]
            raise ValueError(
                "The winner and the baseline were not measured with the same amount of the resource, and the gain "
                f"would be that of more resource: the winner with {amounts[0]}, the baseline with {amounts[1]}. "
                "Evaluate the baseline with the full resource, or name another 'baseline'."
            )
        return max(pairs, key=lambda pair: (self.n_common(*pair) > 1, self.resource_of(pair[0]) or 0))

    def n_common(self, one, other):
        """Return on how many splits both rows were measured."""
        return int(np.isfinite(self.scores[[one, other]]).all(axis=0).sum())

    def _rows_of(self, baseline):
        """Return the rows of a baseline, with any amount of the resource."""
        if callable(baseline) and self.results is not None:
            baseline = baseline(self.results)
        if isinstance(baseline, Integral) and not isinstance(baseline, bool):
            if baseline not in self.names:
                raise ValueError(
                    f"The 'baseline' must be a row of cv_results_, from 0 to {max(self.names)}."
                    if self.results is not None
                    else f"The 'baseline' must be the number of a trial with a score. Got {baseline} instead."
                )
            return self._same_as(list(self.names).index(baseline))
        if not isinstance(baseline, str) or baseline != "default":
            raise ValueError(
                f"The 'baseline' must be 'default', a row of cv_results_ or a rule that returns one. "
                f"Got {baseline!r} instead."
            )
        default = next((trial.configuration for trial in self.trials if trial.origin == "default"), None)
        rows = [i for i, one in enumerate(self.params) if default is not None and _includes(one, default)]
        rows = rows or [i for i in range(len(self.params)) if _includes(self.own, self._searched(i))]
        if not rows:
            raise ValueError(
                "The estimator's own parameters were not tried: give initial_configurations='default', and a search "
                "space that includes them, or name a row of cv_results_ as 'baseline'."
            )
        return rows

    def _searched(self, row):
        """Return the configuration of a row without the resource."""
        return {name: value for name, value in self.params[row].items() if name != self.rationed}

    def _same_as(self, row):
        """Return the rows with the configuration of a row, which is the first of them."""
        if self.resources is None:
            return [row]
        wanted = self._searched(row)
        found = [i for i in range(len(self.params)) if i != row and _is_same(self._searched(i), wanted)]
        return [row, *found]


def rows_of_results(search, metric):
    """Return the rows of `cv_results_`.

    Parameters
    ----------
    search : BaseSearch
        A fitted search.
    metric : str or None
        Which score.

    Returns
    -------
    Rows
        Where the search has no winner of its own, it is the best row by the metric.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.inspection._rows import rows_of_results
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5]})
    >>> rows_of_results(search.fit(*load_iris(return_X_y=True)), None).scores.shape
    (2, 5)
    """
    results, sizes = search.cv_results_, getattr(search, "split_sizes_", None)
    metric = _metric_of(search, metric)
    resources = results.get("n_resources")
    columns = [results[f"split{i}_test_{metric}"] for i in range(search.n_splits_)]
    best = getattr(search, "best_index_", None)
    if best is None:
        ranks = np.asarray(results[f"rank_test_{metric}"], dtype=np.float64)
        is_last = True if resources is None else resources == np.max(resources)
        best = int(np.argmin(np.where(is_last, ranks, np.inf)))
    resource = getattr(search, "resource", None)
    return Rows(
        np.stack(columns, axis=1).astype(np.float64),
        results["params"],
        best,
        search.trials_,
        range(len(results["params"])),
        search.estimator.get_params(),
        results,
        resources,
        None if resource in ("n_samples", "epochs") else resource,
        float(np.mean([test / train for train, test in sizes])) if sizes else None,
        not getattr(search, "reshuffle", False),
    )


def rows_of_trials(source, metric):
    """Return the trials of a study or a file as rows.

    Parameters
    ----------
    source : Study or StoredSearch
        What has trials.
    metric : str or None
        Which score.

    Returns
    -------
    Rows
        The winner is the complete trial with the best score.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.inspection._rows import rows_of_trials
    >>> study = Study({"x": (0.0, 1.0)}, n_iter=2, random_state=0)
    >>> job = study.ask()
    >>> trial = study.tell(job, score=[0.1, 0.2])
    >>> rows_of_trials(study, None).scores.tolist()
    [[0.1, 0.2]]
    """
    settings = getattr(source, "fingerprint", {}).get("search", {})
    metric = getattr(source, "metric", settings.get("refit")) if metric is None else metric
    metric = metric if isinstance(metric, str) else None
    trials = getattr(source, "trials_", getattr(source, "trials", ()))
    complete = [trial for trial in trials if trial.status == "complete"]
    found = [
        (replace(trial, resource=amount), trial.number)
        for trial in trials
        if trial.status != "failed"
        for amount in sorted({one.resource for one in trial.measurements}, key=lambda one: one or 0)
    ]
    scores = [_by_split(trial, metric) for trial, _ in found]
    table = np.full((len(found), max((max(one, default=-1) + 1 for one in scores), default=0)), np.nan)
    for row, values in zip(table, scores, strict=True):
        row[list(values)] = list(values.values())
    best = max(complete, key=lambda trial: trial.score, default=None)
    if best is None or not np.isfinite(table).all(axis=1).any():
        raise ValueError("No trial is complete yet.")
    ratios = [len(test) / max(len(train), 1) for train, test in getattr(source, "splits", ())]
    return Rows(
        table,
        [trial.configuration for trial, _ in found],
        max(i for i, (_, number) in enumerate(found) if number == best.number),
        trials,
        [number for _, number in found],
        {},
        resources=None if best.resource is None else [trial.resource for trial, _ in found],
        test_to_train=float(np.mean(ratios)) if len(ratios) > 1 else None,
        is_paired=not settings.get("reshuffle", False),
    )


def _by_split(trial, metric):
    """Return the scores of a trial with the amount of the resource that it names, by split."""
    measured = trial.measured_at(trial.resource)
    if len(measured) == 1 and measured[0].fold_scores:
        return dict(enumerate(fold_scores(trial, metric)))
    return {one.split: one.value_of(metric) for one in measured}


def _metric_of(search, metric):
    """Return the metric that is asked for, or that of `refit`."""
    results = search.cv_results_
    names = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
    if metric is None:
        metric = search.refit if isinstance(search.refit, str) and search.refit in names else names[0]
        if len(names) > 1 and metric != search.refit:
            raise ValueError(f"The 'metric' parameter must be one of {names}. Got None instead.")
    if metric not in names:
        raise ValueError(f"The 'metric' parameter must be one of {names}. Got {metric!r} instead.")
    return metric


def _includes(row, configuration):
    """Whether a row is of a configuration; the row may name the resource besides."""
    return all(name in row and equal_values(row[name], value) for name, value in configuration.items())


def _is_same(one, other):
    return one.keys() == other.keys() and _includes(one, other)
