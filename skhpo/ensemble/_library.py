"""What an ensemble is made from: the trials of a search whose predictions, and models, were kept."""

import warnings
from typing import Any, NamedTuple

import numpy as np

from skhpo._out_of_fold import predictions_by_method
from skhpo.ensemble._probabilities import METHODS, as_probabilities, without_column


class Library(NamedTuple):
    """Trials and what they predict for the samples that they were not trained on.

    Attributes
    ----------
    numbers : list of int
        The trials, the best one first.
    methods : list of str
        What was called for the predictions of each.
    predictions : ndarray of shape (n_trials, n_known, ...)
        Shares of classes, or values.
    rows : ndarray of int
        The samples which all of them have predicted.
    """

    numbers: list
    methods: list
    predictions: Any
    rows: Any


def library_of(search, n_samples, classes, *, n_best, needs_models, owner):
    """Collect the best trials of a search.

    Parameters
    ----------
    search : BaseSearch
        A fitted search.
    n_samples : int
        Of the data that are given now.
    classes : ndarray or None
        All classes; None for regression.
    n_best : int
        Largest number of trials.
    needs_models : bool
        Whether trials without models are of no use.
    owner : str
        Class named in error messages.

    Returns
    -------
    Library
        The trials.

    Raises
    ------
    ValueError
        If nothing was kept, or for other data.

    Warns
    -----
    UserWarning
        If trials are left out, as nothing is known of them or as they have predicted what is not finite.
    """
    arrays = _kept_predictions(search, needs_models, owner)
    if any(array.shape[1] != n_samples for array in arrays.values()):
        n_kept = next(iter(arrays.values())).shape[1]
        raise ValueError(
            f"The data must be those that the search was fitted with, of {n_kept} samples. Got {n_samples} samples."
        )
    complete = [trial for trial in search.trials_ if trial.status == "complete"]
    best = sorted(complete, key=lambda trial: (-trial.score, trial.number))
    found = {trial.number: _first_known(arrays, trial.number, classes) for trial in best}
    known = [number for number, one in found.items() if one is not None]
    with_models = [number for number in known if not needs_models or number in search.fold_models_]
    if not with_models:
        raise _nothing_kept(search, needs_models, owner)
    if len(known) < len(best):
        _tell_of_missing(len(best) - len(known), len(best), owner)
    are_finite = [_is_finite(found[number][1], search.oof_splits_.tests(number)) for number in with_models]
    usable = [number for number, is_finite in zip(with_models, are_finite, strict=True) if is_finite][:n_best]
    if not all(are_finite):
        _tell_of_infinite(len(are_finite) - sum(are_finite), len(are_finite), owner)
    if not usable:
        raise ValueError(
            f"{owner} has nothing to choose from: no complete trial has predicted finite values only."
        )
    predictions = np.stack([found[number][1] for number in usable])
    rows = np.flatnonzero(~np.isnan(predictions).any(axis=(0, *range(2, predictions.ndim))))
    if not len(rows):
        raise ValueError(f"{owner} needs samples which all trials have predicted, and there are none.")
    return Library(usable, [found[number][0] for number in usable], predictions[:, rows], rows)


def _kept_predictions(search, needs_models, owner):
    kept = predictions_by_method(search)
    if kept is None or (needs_models and not hasattr(search, "fold_models_")):
        what, keep = ("models", "models") if needs_models else ("out-of-fold predictions", "predictions")
        advice = ", or set refit=True" if kept is not None else ""
        raise ValueError(
            f"The 'search' parameter of {owner} must be a search that has kept {what}. Got one with "
            f"keep={getattr(search, 'keep', None)!r}: fit it with keep={keep!r}{advice}."
        )
    return kept


def _first_known(arrays, number, classes):
    """Return the method which says most about the samples, and what it has said; None if nothing is known."""
    for method in METHODS:
        if method not in arrays:
            continue
        predicted = arrays[method][number]
        if classes is None:
            predicted = without_column(predicted, 1)
        else:
            predicted = as_probabilities(predicted, method, classes)
        if predicted is not None and not np.isnan(np.asarray(predicted, dtype=np.float64)).all():
            return method, predicted
    return None


def _is_finite(predictions, tests):
    """Say whether all that a trial has predicted is finite; of samples that no split tests, nothing is."""
    return all(np.isfinite(predictions[test]).all() for test in tests)


def _nothing_kept(search, needs_models, owner):
    if getattr(search, "storage", None) is None:
        return ValueError(f"{owner} has nothing to choose from: no complete trial has what was to be kept.")
    needed = "models and predictions" if needs_models else "predictions, which refit=True needs as well,"
    return ValueError(
        f"{owner} has nothing to choose from: {needed} are not in the search's storage, and its trials come from an "
        "earlier run. Fit the search without 'storage', or delete the file and fit it again."
    )


def _tell_of_infinite(n_infinite, n_trials, owner):
    warnings.warn(
        f"{n_infinite} of {n_trials} complete trials have predicted NaN or infinite values: {owner} leaves them out.",
        UserWarning,
        stacklevel=7,
    )


def _tell_of_missing(n_missing, n_complete, owner):
    warnings.warn(
        f"{n_missing} of {n_complete} complete trials have no predictions, as they come from an earlier run, whose "
        f"storage does not hold any: {owner} leaves them out.",
        UserWarning,
        stacklevel=7,
    )
