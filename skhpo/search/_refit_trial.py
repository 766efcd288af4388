"""Trains the configuration of any trial on all data, as a search does with the winner."""

from types import SimpleNamespace

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skhpo.evaluation import begin, make_resource, set_iterations, train_in_full, train_stages
from skhpo.search._population import PopulationSearchCV
from skhpo.trial import lineage


def refit_trial(search, number, X, y=None, **params):
    """Train the configuration of a trial, as the refit of a search does with the winner.

    It is given as much of the resource as the trial was given last, the number of iterations that early stopping has
    found, and the whole schedule of hyperparameters where they changed in mid-training.

    Parameters
    ----------
    search : estimator
        A fitted search of this package.
    number : int
        The trial: its place in ``search.trials_``.
    X : array-like of shape (n_samples, n_features)
        The data.
    y : array-like of shape (n_samples,), default=None
        The target.
    **params : dict of str -> object
        Parameters of the estimator's ``fit``.

    Returns
    -------
    estimator
        The fitted model.

    Raises
    ------
    NotFittedError
        If the search is not fitted.
    IndexError
        If it has no such trial.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import GridSearchCV
    >>> from skhpo.search import refit_trial
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5, 9]}).fit(X, y)
    >>> refit_trial(search, 2, X, y)
    KNeighborsClassifier(n_neighbors=9)
    """
    check_is_fitted(search, "trials_")
    trial = search.trials_[number]
    resource = _resource(search)
    if isinstance(search, PopulationSearchCV):
        line = lineage(search.trials_, number)
        schedule = [(one.resource, one.configuration) for one in line]
        task = SimpleNamespace(estimator=search.estimator, resource=resource)
        return train_stages(begin(search.estimator, schedule), task, schedule, X, y, params)
    # Values may be estimators themselves: the user's own must not be fitted.
    estimator = clone(search.estimator).set_params(**clone(dict(trial.configuration), safe=False))
    found = [m.n_iterations for m in trial.measurements if m.n_iterations is not None]
    if search.early_stopping is not None and found:
        set_iterations(estimator, max(round(float(np.median(found))), 1))
    return train_in_full(estimator, resource, trial.resource, X, y, params)


def _resource(search):
    """Return what is rationed, as far as training on all data has to know it."""
    name = getattr(search, "resource", None)
    if name is None or name == "n_samples":
        return None
    return make_resource(name, SimpleNamespace(estimator=search.estimator), owner=type(search).__name__)
