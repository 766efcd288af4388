"""The space of a search: the one that the user wrote, or the default one of the estimator."""

from skhpo.defaults import default_space, default_start
from skhpo.space import SearchSpace

# ``partial_fit`` refuses the class weights "balanced", because it does not see all classes as they are.
_NOT_WITH_EPOCHS = ("early_stopping", "class_weight")


def search_space(search, task, resource=None):
    """Return the space of a search.

    Parameters
    ----------
    search : BaseSearch
        The search, for its `search_spaces`.
    task : Task
        The estimator and the data.
    resource : str or None, default=None
        What is rationed, which a default space must not have, nor what cannot be had with it.

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
    space = default_space(task.estimator, task.X)
    without = {None: (), "epochs": _NOT_WITH_EPOCHS}.get(resource, ("early_stopping", resource))
    kept = {
        name: one
        for name, one in space.items()
        if name not in without and name.rpartition("__")[2] not in without
    }
    return SearchSpace(kept)


def stand_ins(search, task):
    """Return, as arguments of `initial_proposals`, what stands for the estimator's own values."""
    is_default = isinstance(search.search_spaces, str)
    return {"stand_ins": default_start(task.estimator, task.X) if is_default else {}, "X": task.X}
