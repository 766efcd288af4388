"""Ensemble selection: members are added one by one, the same one again if that is best, while the score rises.

Greedy selection with replacement, sorted initialisation and bagging of the library are those of Caruana et al. [1]_.

References
----------
.. [1] Caruana, R., Niculescu-Mizil, A., Crew, G. & Ksikes, A. (2004). Ensemble selection from libraries of models.
       International Conference on Machine Learning.
"""

import numpy as np

# So many rounds in a row may bring nothing before it is over.
_PATIENCE = 10


def select(parts, measure, *, n_rounds, n_initial):
    """Choose from a library, and say how often each member counts.

    Parameters
    ----------
    parts : ndarray of shape (n_candidates, ...)
        What is averaged, as `measure` has reduced it.
    measure : Measure
        How averages are scored.
    n_rounds : int
        Largest number of members, repeated ones included.
    n_initial : int
        The best of so many of the best candidates make the beginning, as many as score best together.

    Returns
    -------
    ndarray of shape (n_candidates,)
        How often each one was chosen, at least one of them once. Among the ensembles that were passed through, the
        first one with the best score.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import get_scorer
    >>> from skhpo.ensemble._greedy import select
    >>> from skhpo.ensemble._measure import make_measure
    >>> y = np.array([0.0, 0.0])
    >>> measure = make_measure(get_scorer("neg_mean_squared_error"), None, y, None, {})
    >>> select(np.array([[1.0, -2.0], [-1.0, 2.0], [3.0, 3.0]]), measure, n_rounds=9, n_initial=1)
    array([1, 1, 0])
    """
    nothing = np.zeros_like(parts[0])
    order = np.argsort(-measure.of_each(nothing, parts, 1), kind="stable")
    path, scores = _begin(parts, measure, order[: min(n_initial, n_rounds)])
    # The best candidates come first, so that they are preferred among equals.
    sorted_parts, total = parts[order], parts[path].sum(axis=0)
    while len(path) < n_rounds and len(path) - 1 - int(np.argmax(scores)) < _PATIENCE:
        found = measure.of_each(total, sorted_parts, len(path) + 1)
        best = int(np.argmax(found))
        path.append(order[best])
        scores.append(found[best])
        total = total + sorted_parts[best]
    return np.bincount(path[: int(np.argmax(scores)) + 1], minlength=len(parts))


def _begin(parts, measure, order):
    """Return the first members, and the score after each."""
    totals = np.cumsum(parts[order], axis=0)
    scores = [
        float(measure.of_each(np.zeros_like(total), total[None], n)[0]) for n, total in enumerate(totals, 1)
    ]
    n_best = int(np.argmax(scores)) + 1
    return list(order[:n_best]), scores[:n_best]


def select_in_bags(parts, measure, rng, *, n_rounds, n_initial, n_bags, bag_fraction):
    """Choose from random parts of a library, and average.

    Parameters
    ----------
    parts, measure, n_rounds, n_initial : object
        As in `select`.
    rng : Generator
        Draws the parts of the library.
    n_bags : int
        How many; 0 for the whole library, once.
    bag_fraction : float
        The share of the library in each.

    Returns
    -------
    ndarray of shape (n_candidates,)
        Weights, which sum to one.
    """
    n = len(parts)
    size = max(round(bag_fraction * n), 1)
    bags = [np.sort(rng.choice(n, size, replace=False)) for _ in range(n_bags)] or [np.arange(n)]
    weights = np.zeros(n)
    for bag in bags:
        counts = select(parts[bag], measure, n_rounds=n_rounds, n_initial=n_initial)
        weights[bag] += counts / counts.sum()
    return weights / weights.sum()
