"""One fit: a configuration on one split, scored. Errors become records unless the user wants them raised."""

import math
import numbers
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from skhpo._sklearn import check_method_params, safe_split, scorers_by_name
from skhpo.evaluation._continue import Training
from skhpo.evaluation._predict import Predictions, out_of_fold, pickled_model
from skhpo.evaluation._stages import StagedTraining
from skhpo.trial import ONE_METRIC, FitError, Measurement


class Outcome(NamedTuple):
    """What comes back from a worker.

    Attributes
    ----------
    measurement : Measurement
        Scores, times and the error.
    is_multimetric : bool or None
        Whether the scorer returned a dict; None if it was not reached.
    stop : bool
        Whether a callback asked to end the search.
    predictions : Predictions or None
        Those of the test part, if they are kept.
    """

    measurement: Measurement
    is_multimetric: bool | None = None
    stop: bool = False
    predictions: Predictions | None = None


class Announcer(NamedTuple):
    """Tells scikit-learn's callbacks about one fit of a search.

    Attributes
    ----------
    context : CallbackContext
        The context of the fit.
    search : BaseSearch
        The search that the callbacks are attached to.
    """

    context: Any
    search: Any

    def begin(self, **data):
        """Announce that the fit begins."""
        self.context.call_on_fit_task_begin(estimator=self.search, **data)

    def end(self, **data):
        """Announce that the fit has ended; returns whether a callback wants the search to stop."""
        return bool(self.context.call_on_fit_task_end(estimator=self.search, **data))

    def propagate_to(self, estimator):
        """Hand the callbacks on to the estimator that is fitted."""
        return self.context.propagate_callback_context(estimator)


def fit_and_score(task, job, announcer=None):
    """Fit a configuration on one split and score it.

    Parameters
    ----------
    task : Task
        What all fits share.
    job : Job
        The configuration and the split.
    announcer : Announcer or None, default=None
        For scikit-learn's callbacks, where there are any.

    Returns
    -------
    Outcome
        What was measured; an `Exception` of the estimator or the scorer is part of it unless
        ``task.error_score == "raise"``.
    """
    began = time.time()
    outcome = _fit_and_score(task, job, announcer)
    return outcome._replace(measurement=replace(outcome.measurement, started=began))


def made_by(outcome, worker):
    """Return an outcome that says which worker it comes from.

    Parameters
    ----------
    outcome : Outcome
        What came back.
    worker : int or None
        Its number; None if it is not known.

    Returns
    -------
    Outcome
        The same, but for the worker.
    """
    return outcome._replace(measurement=replace(outcome.measurement, worker=worker))


def _fit_and_score(task, job, announcer):
    rows = task.training_rows(job)
    fit_params = check_method_params(task.X, params=task.fit_params, indices=rows)
    start = time.perf_counter()
    try:
        training = StagedTraining(task, job) if task.is_staged else Training(task, job)
        X, y = safe_split(training.estimator, task.X, task.y, rows)
    except Exception as error:
        return _failed(task, job, error, start)
    data = X, y, rows, fit_params
    if announcer is None:
        outcome = _fit_then_score(task, job, training, data, start)
    else:
        outcome = _announced(announcer, task, job, training, data, start)
    return _kept(task, job, training, outcome)


def lost_fit(task, job, error, seconds):
    """Return the outcome of a fit that was lost with its worker.

    Parameters
    ----------
    task : Task
        What all fits share.
    job : Job
        The configuration and the split.
    error : WorkerDiedError or FitTimeoutError
        What happened.
    seconds : float
        How long it had been running.

    Returns
    -------
    Outcome
        A failure, unless ``task.error_score == "raise"``.
    """
    if task.error_score == "raise":
        raise error
    kind = type(error).__name__.removesuffix("Error")
    described = FitError(kind, str(error), "".join(traceback.format_exception_only(error)))
    began = time.time() - seconds if math.isfinite(seconds) else None
    measurement = Measurement(
        job.split,
        {},
        fit_time=seconds,
        score_time=0.0,
        error=described,
        resource=job.resource,
        started=began,
    )
    return Outcome(measurement)


def _announced(announcer, task, job, training, data, start):
    X, y, _, fit_params = data
    weight = fit_params.get("sample_weight")
    told = {"X": X, "y": y, "metadata": None if weight is None else {"sample_weight": weight}}
    stop = False
    try:
        with announcer.propagate_to(training.estimator):
            announcer.begin(**told)
            outcome = _fit_then_score(task, job, training, data, start)
    finally:
        stop = announcer.end(**told)
    return outcome._replace(stop=stop)


def _fit_then_score(task, job, training, data, start):
    X, y, rows, fit_params = data
    try:
        n_iterations = _train(task, job, training, X, y, fit_params)
    except Exception as error:
        return _failed(task, job, error, start)
    fit_time = time.perf_counter() - start
    estimator, (_, test) = training.estimator, task.splits_of(job.number)[job.split]
    X_test, y_test = safe_split(estimator, task.X, task.y, test, rows)
    start = time.perf_counter()
    scores, error = _score(task, estimator, X_test, y_test, test)
    score_time = time.perf_counter() - start
    train_scores = None
    if task.return_train_score:
        train_scores, train_error = _score(task, estimator, X, y, rows)
        train_scores, error = _by_name(train_scores), error or train_error
    measurement = Measurement(
        job.split,
        _by_name(scores),
        train_scores,
        fit_time,
        score_time,
        error,
        resource=job.resource,
        n_iterations=n_iterations,
    )
    kept = None
    if task.keeps_predictions and error is None:
        kept = out_of_fold(task, job, estimator, X_test)
    is_multimetric = isinstance(scores, dict) if measurement.scores else None
    return Outcome(measurement, is_multimetric, predictions=kept)


def _train(task, job, training, X, y, params):
    """Train; returns the best number of iterations if that was found out."""
    if task.early_stopping is None:
        training.run(X, y, params)
        return None
    return task.early_stopping.train(training.estimator, task, job, X, y, params)


def _kept(task, job, training, outcome):
    """Keep the model; what that takes is part of the time of the fit."""
    measurement = outcome.measurement
    if measurement.error is not None:
        return outcome
    start = time.perf_counter()
    # What is going to be trained on is not what predicts in the end.
    if task.keeps_models and outcome.predictions is not None and _is_last(task, job):
        model = pickled_model(training.estimator)
        outcome = outcome._replace(predictions=outcome.predictions._replace(model=model))
    training.keep()
    fit_time = measurement.fit_time + time.perf_counter() - start
    return outcome._replace(measurement=replace(measurement, fit_time=fit_time))


def _is_last(task, job):
    return task.keeper is None or not task.keeper.wants(job.resource)


def _failed(task, job, error, start):
    if task.error_score == "raise":
        raise error
    measurement = Measurement(
        job.split,
        {},
        fit_time=time.perf_counter() - start,
        score_time=0.0,
        error=FitError.from_exception(error),
        resource=job.resource,
    )
    return Outcome(measurement)


def _score(task, estimator, X, y, indices):
    """Score one part of the data; returns a number or a dict of them, and the first error."""
    params = check_method_params(task.X, params=task.score_params, indices=indices)
    arguments = (X,) if y is None else (X, y)
    names = scorers_by_name(task.scorer)
    try:
        scores = task.scorer(estimator, *arguments, **params)
        if not isinstance(scores, dict):
            return _as_number(scores, task.scorer)
        return _as_numbers(scores, may_hold_tracebacks=names is not None)
    except Exception as error:
        if task.error_score == "raise":
            raise
        failed = {} if names is None else dict.fromkeys(names, math.nan)
        return failed, FitError.from_exception(error, "score")


def _as_numbers(scores, may_hold_tracebacks):
    numbers_, errors = {}, []
    for name, score in scores.items():
        if may_hold_tracebacks and isinstance(score, str):
            # scikit-learn's multi-metric scorer returns the traceback of a metric that failed in place of its score.
            numbers_[name], error = math.nan, _error_from_traceback(score)
        else:
            numbers_[name], error = _as_number(score, name)
        errors.append(error)
    return numbers_, next((error for error in errors if error is not None), None)


def _as_number(score, scorer):
    """Return a score as a float, NaN with an error if it is not finite."""
    if hasattr(score, "item"):
        with suppress(ValueError):
            score = score.item()
    if not isinstance(score, numbers.Number):
        raise ValueError(
            f"scoring must return a number, got {score} ({type(score)}) instead. (scorer={scorer})"
        )
    score = float(score)
    if math.isfinite(score):
        return score, None
    return math.nan, FitError("NonFiniteScore", f"The score of {scorer} is {score}.", "", "score")


def _error_from_traceback(text):
    kind, _, message = text.strip().rpartition("\n")[2].partition(": ")
    return FitError(kind, message, text, "score")


def _by_name(scores):
    return scores if isinstance(scores, dict) else {ONE_METRIC: scores}
