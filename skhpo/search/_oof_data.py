"""Which data the out-of-fold predictions of a search are of, so that others are refused whatever the scorer is."""

from dataclasses import dataclass
from typing import Any

from skhpo._digest import digest
from skhpo._sklearn import weights_by_scorer


@dataclass(frozen=True)
class OofData:
    """Digests of the data and fit parameters of a search.

    Attributes
    ----------
    X, y : str or None
        Digests of the data; None, here as below, if there is no digest of them.
    params : dict of (str, str) to str or None
        Of the parameters of ``fit`` and ``score``, by name of the method and of the parameter.
    weights : dict of str or None to str or None
        Of the sample weights that each metric was given; None is the name of the only metric.

    Examples
    --------
    >>> from skhpo.search._oof_data import OofData
    >>> from skhpo._digest import digest
    >>> data = OofData(digest([[1], [2]]), digest([3, 4]), {("fit", "sample_weight"): digest([5, 6])}, {})
    >>> data.difference([[1], [2]], [4, 3], {}, {}), data.difference([[1], [2]], [3, 4], {}, {})
    ('y', 'sample_weight')
    """

    X: Any
    y: Any
    params: Any
    weights: Any

    @classmethod
    def of(cls, task):
        """Take the digests of the data of a task."""
        params = _named(task.fit_params, task.score_params)
        weights = weights_by_scorer(task.scorer, task.score_params)
        return cls(
            digest(task.X),
            digest(task.y),
            {name: digest(value) for name, value in params.items()},
            {name: digest(value) for name, value in weights.items()},
        )

    def difference(self, X, y, fit_params, score_params):
        """Return the name of what is other than it was, None if nothing is or it cannot be told."""
        if not _may_be(self.X, X):
            return "X"
        if not self.has_target(y):
            return "y"
        given = _named(fit_params, score_params)
        for name in {**self.params, **given}:
            before, now = self.params.get(name), digest(given.get(name))
            is_known = None not in (before, now) or name not in self.params or name not in given
            if is_known and before != now:
                return name[1]
        return None

    def has_target(self, y):
        """Return whether a target is that of the search, or it cannot be told."""
        return _may_be(self.y, y)

    def has_weights(self, metric, weights):
        """Return whether a metric was given these sample weights, None for none."""
        known = self.weights.get(metric, self.weights.get(None))  # a function may score all metrics at once
        return digest(weights) == known


def _may_be(known, data):
    return known is None or digest(data) in (known, None)


def _named(fit_params, score_params):
    groups = ("fit", fit_params), ("score", score_params)
    return {
        (method, name): value
        for method, params in groups
        for name, value in params.items()
        if value is not None
    }
