"""Importances from densities alone, without a surrogate: PED-ANOVA [1]_.

Notation
--------
p(x)    density of a column among the trials of a region
q(x)    density among the good trials of the region

A column matters as far as good trials are elsewhere than the others: by the Pearson divergence, the mean over p of
(q / p - 1)^2. Densities of a few trials differ by chance, too: what they differ by for trials drawn from the region
without regard to their scores is taken off.

References
----------
.. [1] Watanabe, S., Bansal, A. & Hutter, F. (2023). PED-ANOVA: efficiently quantifying hyperparameter importance in
       arbitrary subspaces. Proceedings of the 32nd International Joint Conference on Artificial Intelligence.
"""

import math

import numpy as np

_N_CELLS = 50
_N_SHUFFLES = 30
_SHARE, _FEWEST = 0.1, 8


def divergences(points, kinds, n_levels, scores, rng):
    """Return how much good trials differ from all, column by column.

    Parameters
    ----------
    points : ndarray of shape (n, n_columns)
        The trials of the region, NaN in inactive columns.
    kinds, n_levels : sequence
        Those of the columns, see `Column`.
    scores : ndarray of shape (n,)
        Greater is better. The best tenth is good, or the best eight trials if these are more.
    rng : Generator
        For trials that are drawn without regard to their scores.

    Returns
    -------
    ndarray of shape (n_columns,)
        Not negative. Of a column that is not always active: times the share of the trials in which it is.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> points = rng.random((100, 2))
    >>> first, second = divergences(points, ["continuous"] * 2, [None] * 2, points[:, 0], rng)
    >>> bool(first > 1.0), round(float(second), 1)
    (True, 0.0)
    """
    n = len(scores)
    n_good = min(max(math.ceil(_SHARE * n), _FEWEST), max(n // 2, 1))
    members = np.zeros((1 + _N_SHUFFLES, n), dtype=bool)
    members[0, np.argsort(-scores, kind="stable")[:n_good]] = True
    for row in members[1:]:
        row[rng.permutation(n)[:n_good]] = True
    return np.array(
        [
            _divergence(points[:, j], kind, levels, members)
            for j, (kind, levels) in enumerate(zip(kinds, n_levels, strict=True))
        ]
    )


def _divergence(units, kind, n_levels, members):
    active = ~np.isnan(units)
    units, members = units[active], members[:, active]
    if len(units) < 2 or not members[0].any():
        return 0.0
    density = _choices if kind == "unordered" and n_levels is not None else _numbers
    whole = density(units, n_levels)
    found = [np.sum((density(units[row], n_levels) / whole - 1.0) ** 2 * whole) for row in members]
    return active.mean() * max(found[0] - np.mean(found[1:]), 0.0)


def _choices(units, n_levels):
    """Return the probability of each choice, as if each had been tried a little, one trial in all."""
    level = np.minimum((units * n_levels).astype(int), n_levels - 1)
    return (np.bincount(level, minlength=n_levels) + 1.0 / n_levels) / (len(units) + 1.0)


def _numbers(units, n_levels):
    """Return the probability of each cell: normal densities as wide as Scott's rule says, and one that is flat."""
    cells = (np.arange(_N_CELLS) + 0.5) / _N_CELLS
    spread = units.std() if len(units) > 1 else 0.5
    width = max(spread * max(len(units), 1) ** (-1.0 / 5.0), 1.0 / _N_CELLS)
    kernels = np.exp(-0.5 * ((units[:, None] - cells) / width) ** 2)
    kernels /= kernels.sum(axis=1, keepdims=True)
    return (kernels.sum(axis=0) + 1.0 / _N_CELLS) / (len(units) + 1.0)
