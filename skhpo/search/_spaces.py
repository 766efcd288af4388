"""The space of a search: the one that the user wrote, or the default one of the estimator."""

import numpy as np

from skhpo.defaults import default_space, default_start
from skhpo.space import SearchSpace

# ``partial_fit`` refuses the class weights "balanced", because it does not see all classes as they are.
_NOT_WITH_EPOCHS = ("early_stopping", "class_weight")


def search_space(search, task, resource=None, n_samples=None):
    """Return the space of a search.

    Parameters
    ----------
    search : BaseSearch
        The search, for its `search_spaces`.
    task : Task
        The estimator and the data.
    resource : str or None, default=None
        What is rationed, which a default space must not have, nor what cannot be had with it.
    n_samples : int or None, default=None
        The least number of samples that a default space has to suit; None for all.

    Returns
    -------
    SearchSpace
        The space.

    Raises
    ------
    InvalidSpaceError
        If it is not valid, or there is no default one.
    """
    if not isinstance(search.search_spaces, str):
        return SearchSpace.from_spec(search.search_spaces)
    X = task.X
    if n_samples is not None and hasattr(X, "shape"):
        X = np.broadcast_to(0.0, (n_samples, *X.shape[1:]))  # only its size matters
    space = default_space(task.estimator, X)
    without = {None: (), "epochs": _NOT_WITH_EPOCHS}.get(resource, ("early_stopping", resource))
    kept = {
        name: one
        for name, one in space.items()
        if name not in without and name.rpartition("__")[2] not in without
    }
    return SearchSpace(kept)


def stand_ins(search, task, earlier=()):
    """Return, as arguments of `initial_proposals`, what stands for the estimator's own values.

    A search that goes on from trials which did not begin near the defaults does not begin there now.
    """
    is_default = isinstance(search.search_spaces, str)
    is_near = not earlier or earlier[0].origin == "near default"
    return {
        "stand_ins": default_start(task.estimator, task.X) if is_default else {},
        "X": task.X if is_near else None,
    }
