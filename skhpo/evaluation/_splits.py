"""Cross-validation splits: drawn once for all trials, or anew for each one.

Splits of a trial are a function of the seed and of its number alone. So nobody has to hold or to send the splits of
many trials: whoever needs them draws them, workers as well, and only the latest are kept.
"""

from copy import copy
from numbers import Integral

import numpy as np

from skhpo.space import short_repr

# So many draws that are all the same are no shuffling; two may be by chance, where there is little to shuffle.
_N_DRAWS = 5


def draw_splits(cv, X, y, params):
    """Draw the splits of a splitter, and check that there are as many as it says.

    Parameters
    ----------
    cv : splitter
        The splitter.
    X, y : indexable
        The data.
    params : dict
        Further arguments of ``split``, such as the groups.

    Returns
    -------
    list of (ndarray of int, ndarray of int)
        Train and test indices.

    Raises
    ------
    ValueError
        If it yields another number of splits than it says, or none.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> [test.tolist() for _, test in draw_splits(KFold(2), [1, 2, 3], None, {})]
    [[0, 1], [2]]
    """
    expected = cv.get_n_splits(X, y, **params)
    splits = list(cv.split(X, y, **params))
    if len(splits) != expected:
        raise ValueError(
            f"cv.split and cv.get_n_splits return inconsistent results. Expected {expected} splits, "
            f"got {len(splits)}"
        )
    if not splits:
        raise ValueError("No fits were performed. Was the CV iterator empty? Were there no candidates?")
    return splits


class Reshuffle:
    """Draws other splits for each trial.

    Parameters
    ----------
    cv : splitter
        One that shuffles, by its attribute `random_state`.
    params : dict
        Further arguments of its ``split``, such as the groups.
    seed : int
        Where chance comes from.

    Examples
    --------
    >>> from sklearn.model_selection import ShuffleSplit
    >>> X = list(range(6))
    >>> reshuffle = Reshuffle(ShuffleSplit(1, test_size=2), {}, seed=0)
    >>> [reshuffle.splits(number, X, None)[0][1].tolist() for number in (0, 1, 0)]
    [[5, 0], [0, 1], [5, 0]]
    """

    def __init__(self, cv, params, seed):
        self._cv = cv
        self._params = params
        self._seed = seed
        self._latest = None, None

    @classmethod
    def make(cls, search, cv, X, y, params, seed):
        """Check that the splitter of a search shuffles.

        Parameters
        ----------
        search : BaseSearch
            The search.
        cv : splitter
            What its `cv` stands for.
        X, y : indexable
            The data.
        params : dict
            Further arguments of ``split``.
        seed : int
            Where chance comes from.

        Returns
        -------
        Reshuffle
            What draws.

        Raises
        ------
        ValueError
            If it does not shuffle, or not by its `random_state` alone.
        """
        if search.cv is None or isinstance(search.cv, Integral):
            cv.shuffle = True
        reshuffle = cls(cv, params, seed)
        if not hasattr(cv, "random_state") or not reshuffle._is_shuffled(X, y):
            raise ValueError(
                f"With reshuffle=True, the 'cv' parameter of {type(search).__name__} must be None, an int or a "
                "splitter that shuffles by its random_state, such as KFold(shuffle=True) or ShuffleSplit(). Got "
                f"{short_repr(search.cv, 100)} instead."
            )
        return reshuffle

    def splits(self, number, X, y):
        """Return the splits of a trial.

        Parameters
        ----------
        number : int
            Its number.
        X, y : indexable
            The data.

        Returns
        -------
        list of (ndarray of int, ndarray of int)
            Train and test indices.
        """
        known, splits = self._latest
        if known != number:
            splits = self._draw(number, X, y)
            # In one step: threads may share this.
            self._latest = number, splits
        return splits

    def _draw(self, number, X, y):
        cv = copy(self._cv)
        cv.random_state = int(np.random.SeedSequence([self._seed, number]).generate_state(1)[0])
        return draw_splits(cv, X, y, self._params)

    def _is_shuffled(self, X, y):
        """Whether the same number has the same splits twice, and other numbers have others."""
        first = self._draw(0, X, y)
        others = (self._draw(number, X, y) for number in range(1, _N_DRAWS))
        return _same_splits(first, self._draw(0, X, y)) and not all(
            _same_splits(first, one) for one in others
        )


def seed_of_splits(cv, random_state):
    """Return what reshuffled splits are drawn with: the splitter's own seed, or else the search's.

    Parameters
    ----------
    cv : object
        The parameter of the search.
    random_state : int, RandomState instance or None
        That of the search. A `RandomState` is asked for one integer.

    Returns
    -------
    int
        The seed.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> seed_of_splits(KFold(shuffle=True, random_state=1), 2), seed_of_splits(5, 2)
    (1, 2)
    """
    own = getattr(cv, "random_state", None)
    for seed in (own, random_state):
        if isinstance(seed, Integral):
            return int(seed)
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(random_state.randint(2**31 - 1))


def _same_splits(first, second):
    return len(first) == len(second) and all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )
