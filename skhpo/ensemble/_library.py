"""What an ensemble is made from: the trials of a search whose predictions, and models, were kept."""

import warnings
from typing import Any, NamedTuple

import numpy as np

from skhpo.ensemble._probabilities import METHODS, as_probabilities


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
    if len(known) < len(best):
        _tell_of_missing(len(best) - len(known), len(best), owner)
    usable = [number for number in known if not needs_models or number in search.fold_models_][:n_best]
    if not usable:
        raise ValueError(f"{owner} has nothing to choose from: no complete trial has what was to be kept.")
    predictions = np.stack([found[number][1] for number in usable])
    rows = np.flatnonzero(~np.isnan(predictions).any(axis=(0, *range(2, predictions.ndim))))
    if not len(rows):
        raise ValueError(f"{owner} needs samples which all trials have predicted, and there are none.")
    return Library(usable, [found[number][0] for number in usable], predictions[:, rows], rows)


def _kept_predictions(search, needs_models, owner):
    kept = getattr(search, "oof_predictions_", None)
    if kept is None or (needs_models and not hasattr(search, "fold_models_")):
        what, keep = ("models", "models") if needs_models else ("out-of-fold predictions", "predictions")
        advice = ", or set refit=True" if kept is not None else ""
        raise ValueError(
            f"The 'search' parameter of {owner} must be a search that has kept {what}. Got one with "
            f"keep={getattr(search, 'keep', None)!r}: fit it with keep={keep!r}{advice}."
        )
    return kept if isinstance(kept, dict) else dict(zip(search.oof_methods_, [kept], strict=True))


def _first_known(arrays, number, classes):
    """Return the method which says most about the samples, and what it has said; None if nothing is known."""
    for method in METHODS:
        if method not in arrays:
            continue
        predicted = arrays[method][number]
        predicted = predicted if classes is None else as_probabilities(predicted, method, classes)
        if predicted is not None and not np.isnan(np.asarray(predicted, dtype=np.float64)).all():
            return method, predicted
    return None


def _tell_of_missing(n_missing, n_complete, owner):
    warnings.warn(
        f"{n_missing} of {n_complete} complete trials have no predictions, as they come from an earlier run, whose "
        f"storage does not hold any: {owner} leaves them out.",
        UserWarning,
        stacklevel=5,
    )
