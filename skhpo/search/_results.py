"""From trials to tables: `cv_results_` in scikit-learn's format, and everything else in a DataFrame."""

import warnings
from collections import Counter

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from skhpo._sklearn import warn_or_raise_about_fit_failures
from skhpo.trial import ONE_METRIC, Measurement


class TrialRows:
    """The rows of `cv_results_`: trials that are finished, in the order of proposal.

    Parameters
    ----------
    trials : list of Trial
        The trial of each row.
    search : BaseSearch
        The search, for `error_score`, `return_train_score` and `multimetric_`.
    """

    def __init__(self, trials, search):
        self._trials = trials
        self._error_score = search.error_score
        self._is_multimetric = search.multimetric_
        self._return_train_score = search.return_train_score
        self._measurements = [measurement for trial in trials for measurement in trial.measurements]

    @classmethod
    def of_finished(cls, trials, rows, search):
        """Build the rows from all trials of a search; `rows` as in `Plan`."""
        if rows is not None:
            trials = [trials[number] for number in rows if number < len(trials)]
        return cls([trial for trial in trials if trial.is_finished], search)

    @property
    def candidates(self):
        """The configuration of each row."""
        return [trial.configuration for trial in self._trials]

    @property
    def is_failed(self):
        """Whether the trial of each row has failed, as an array of bool."""
        return np.array([trial.status == "failed" for trial in self._trials])

    def raise_or_warn_about_failures(self):
        """Warn once about what failed; raise if nothing succeeded."""
        if not self._trials:
            raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
        fit_errors = [
            measurement.error.traceback if _failed_in(measurement, "fit") else None
            for measurement in self._measurements
        ]
        warn_or_raise_about_fit_failures([{"fit_error": error} for error in fit_errors], self._error_score)
        self._raise_if_nothing_is_left()
        errors = [m.error for m in self._measurements if _failed_in(m, "score")]
        tracebacks = Counter(error.traceback for error in errors if error.traceback)
        if tracebacks:
            details = "\n".join(f"{n} times:\n{traceback}" for traceback, n in tracebacks.items())
            warnings.warn(
                f"Scoring failed. The score on {sum(tracebacks.values())} train-test partitions will be set to "
                f"{self._error_score}. Details: \n{details}",
                UserWarning,
                stacklevel=2,
            )

    def _raise_if_nothing_is_left(self):
        """Raise if no configuration has a score; a number given as `error_score` is one, as in scikit-learn."""
        if any(trial.status != "failed" or self._is_filled(trial) for trial in self._trials):
            return
        error = next((trial.error for trial in self._trials if trial.error is not None), None)
        reason = "The scorer returned nothing."
        if error is not None:
            reason = f"The first error was {error.type}: {error.message}\n{error.traceback}"
        raise ValueError(
            f"None of the {len(self._trials)} configurations has a finite score on every split. {reason}"
        )

    def _is_filled(self, trial):
        """Whether `error_score` gives a failed trial a score on every split where it has none."""
        is_number = self._error_score != "raise" and np.isfinite(self._error_score)
        return is_number and all(m.error is None or m.error.traceback for m in trial.measurements)

    def as_fit_results(self, n_splits):
        """Return one dict a fit, in the format that scikit-learn aggregates; NaN where a split was not fitted."""
        names = next((list(m.scores) for m in self._measurements if m.scores), [ONE_METRIC])
        by_split = [{m.split: m for m in trial.measurements} for trial in self._trials]
        return [
            self._as_fit_result(splits.get(split) or self._unmeasured(trial, split), names)
            for trial, splits in zip(self._trials, by_split, strict=True)
            for split in range(n_splits)
        ]

    @staticmethod
    def _unmeasured(trial, split):
        """Stand in for a fit that was not made; one that was not because of a fatal error has failed like that one."""
        fatal = (m.error for m in trial.measurements if m.error is not None and m.error.is_fatal)
        return Measurement(split, {}, error=next(fatal, None))

    def iteration_columns(self, n_splits):
        """The columns that early stopping adds: each split's best number of iterations, and their median."""
        by_split = [{m.split: m.n_iterations for m in trial.measurements} for trial in self._trials]
        found = np.array([[splits.get(i) for i in range(n_splits)] for splits in by_split], dtype=np.float64)
        columns = {f"split{i}_n_iterations": found[:, i] for i in range(n_splits)}
        known = [row[np.isfinite(row)] for row in found]
        columns["median_n_iterations"] = np.array([np.median(row) if len(row) else np.nan for row in known])
        return columns

    @property
    def race_columns(self):
        """The columns that a race adds: what became of each row, how many splits, and the times of those."""
        fits = [trial.measurements for trial in self._trials]
        columns = {
            "status": np.array([trial.status for trial in self._trials], dtype=object),
            "n_splits_evaluated": np.array([len(one) for one in fits], dtype=np.int32),
        }
        for name in ("fit_time", "score_time"):
            seconds = [[getattr(measurement, name) for measurement in one] for one in fits]
            columns[f"mean_{name}"] = np.array([np.mean(one) for one in seconds])
            columns[f"std_{name}"] = np.array([np.std(one) for one in seconds])
        return columns

    def _as_fit_result(self, measurement, names):
        result = {
            "fit_time": measurement.fit_time,
            "score_time": measurement.score_time,
            "test_scores": self._fill(measurement, measurement.scores, names),
        }
        if self._return_train_score:
            result["train_scores"] = self._fill(measurement, measurement.train_scores or {}, names)
        return result

    def _fill(self, measurement, scores, names):
        """Put `error_score` where an exception left no score."""
        error = measurement.error
        missing = self._error_score if error is not None and error.traceback else np.nan
        filled = {name: missing if np.isnan(scores.get(name, np.nan)) else scores[name] for name in names}
        return filled if self._is_multimetric else filled[names[0]]


def rank_failed_last(results, is_failed):
    """Rank failed trials behind all others, also where `error_score` is a number; changes `results`.

    Examples
    --------
    >>> import numpy as np
    >>> from skhpo.search._results import rank_failed_last
    >>> results = {"mean_test_score": np.array([-3.0, 0.0, -1.0])}
    >>> rank_failed_last(results, np.array([False, True, False]))
    >>> results["rank_test_score"]
    array([2, 3, 1], dtype=int32)
    """
    if not is_failed.any() or is_failed.all():
        return
    for key in [key for key in results if key.startswith("mean_test_")]:
        means = np.where(is_failed, np.nan, results[key])
        means[np.isnan(means)] = np.nanmin(means) - 1 if not np.isnan(means).all() else 0.0
        rank = f"rank_test_{key.removeprefix('mean_test_')}"
        results[rank] = rankdata(-means, method="min").astype(np.int32)


def select_rows(results, rows):
    """Return some rows of `cv_results_`."""
    return {
        name: [column[i] for i in rows] if isinstance(column, list) else column[rows]
        for name, column in results.items()
    }


def trials_frame(trials):
    """Return trials as a table.

    Parameters
    ----------
    trials : sequence of Trial
        Any trials.

    Returns
    -------
    pandas.DataFrame
        One row a trial, indexed by its number. The scores of the splits are those with most of the resource.

    Examples
    --------
    >>> from skhpo.search._results import trials_frame
    >>> from skhpo.trial import Trial
    >>> trials_frame([Trial(0, {"C": 1.0}, origin="default", status="complete", score=0.9)])[
    ...     ["origin", "param_C"]
    ... ]
             origin  param_C
    number
    0       default      1.0
    """
    names = dict.fromkeys(name for trial in trials for name in trial.configuration)
    table = pd.DataFrame([_as_record(trial) for trial in trials])
    params = {f"param_{name}": _as_series([one.configuration.get(name) for one in trials]) for name in names}
    columns = {**params, **_split_scores(trials), **_shares(trials)}
    table = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    return table.set_index("number") if len(table) else table


def _split_scores(trials):
    """Return the scores of each split, under the names that they have in `cv_results_`."""
    rows = []
    for trial in trials:
        row = {}
        for one in trial.measurements:  # those with more of the resource come later
            for kind, scores in (("test", one.scores), ("train", one.train_scores or {})):
                row |= {(name, kind, one.split): score for name, score in scores.items()}
        rows.append(row)
    metrics = dict.fromkeys(name for row in rows for name, _, _ in row)
    keys = sorted(
        {key for row in rows for key in row}, key=lambda key: (list(metrics).index(key[0]), key[1:])
    )
    return {
        f"split{split}_{kind}_{name}": np.array([row.get((name, kind, split), np.nan) for row in rows])
        for name, kind, split in keys
    }


def _shares(trials):
    """Return how much of the resource each trial was given, where one is rationed, and in which bracket."""
    if all(trial.resource is None for trial in trials):
        return {}
    return {
        "resource": _as_series([trial.resource for trial in trials]),
        "bracket": np.array([trial.bracket for trial in trials]),
    }


def _as_record(trial):
    error = trial.error
    return {
        "number": trial.number,
        "origin": trial.origin,
        "status": trial.status,
        "score": trial.score,
        "n_splits_evaluated": len(trial.measurements),
        "fit_time": sum(measurement.fit_time for measurement in trial.measurements),
        "score_time": sum(measurement.score_time for measurement in trial.measurements),
        "error": None if error is None else f"{error.type}: {error.message}",
        "traceback": None if error is None else error.traceback,
    }


def _as_series(values):
    """Return a column of values, in which integers stay integers where a hyperparameter is not always active."""
    given = [value for value in values if value is not None]
    all_int = bool(given) and all(type(value) is int and abs(value) < 2**63 for value in given)
    series = pd.Series(values, dtype=object)
    return series.astype("Int64") if all_int and len(given) < len(values) else series.infer_objects()


def _failed_in(measurement, stage):
    return measurement.error is not None and measurement.error.stage == stage
