"""The space of a search: the one that the user wrote, or the default one of the estimator."""

from skhpo.defaults import default_space, default_start
from skhpo.space import SearchSpace


def search_space(search, task, without=()):
    """Return the space of a search.

    Parameters
    ----------
    search : BaseSearch
        The search, for its `search_spaces`.
    task : Task
        The estimator and the data.
    without : collection of str, default=()
        Hyperparameters that a default space must not have, by their whole names or without those of the steps.

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
    kept = {
        name: one
        for name, one in space.items()
        if name not in without and name.rpartition("__")[2] not in without
    }
    return SearchSpace(kept)


def stand_ins(search, task):
    """Return what stands for the estimator's own values where a default space does not hold these."""
    return default_start(task.estimator, task.X) if isinstance(search.search_spaces, str) else {}
