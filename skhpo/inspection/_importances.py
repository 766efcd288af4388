"""Which hyperparameters matter, alone and in pairs: one call for every source and method."""

import math
from collections import defaultdict
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from skhpo._observations import observations
from skhpo.inspection._anova import decompose
from skhpo.inspection._density import divergences
from skhpo.inspection._surrogate import predict_everywhere

SUBSPACE = "sub-space"  # the choice between several dicts of a space, as it is called in the results
_CONFIDENCE = 1.645  # of a normal distribution: 90 % within
_N_RESAMPLES = 50


@dataclass(frozen=True, repr=False)
class Importances:
    """What mattered, as shares; largest first.

    Attributes
    ----------
    importances : dict of str to float
        For each hyperparameter, the share of the variance of the score that it explains by itself. For
        ``method="ped-anova"`` shares of the whole, which sum to 1.
    intervals : dict of str to (float, float)
        90 % intervals of these.
    interactions : dict of (str, str) to float
        For pairs of hyperparameters, the share that they explain together beyond what each does by itself; empty for
        ``method="ped-anova"``.
    interaction_intervals : dict of (str, str) to (float, float)
        90 % intervals of these.
    method : str
        How they were computed.
    region : float or None
        The share of the trials that they were restricted to.
    n_trials : int
        How many trials they are from.
    r2 : float
        How well the surrogate predicts trials that it has not seen, as a share of the variance of scores; NaN without a
        surrogate. Where it is small, so is what the rest is worth.

    Examples
    --------
    See :func:`importances`, which makes these.

    >>> from skhpo.inspection import Importances
    >>> Importances({"C": 0.7}, {"C": (0.5, 0.9)}, {}, {}, "fanova", None, 30)
    Importances(C: 0.70)
    """

    importances: dict
    intervals: dict
    interactions: dict
    interaction_intervals: dict
    method: str
    region: float | None
    n_trials: int
    r2: float = math.nan

    def to_frame(self):
        """Return everything as a table.

        Returns
        -------
        pandas.DataFrame
            One row a hyperparameter or pair, with columns "kind", "share", "low" and "high".
        """
        rows = [
            {"name": name, "kind": "alone", "share": share, "low": low, "high": high}
            for (name, share), (low, high) in zip(
                self.importances.items(), self.intervals.values(), strict=True
            )
        ]
        rows += [
            {"name": " x ".join(pair), "kind": "pair", "share": share, "low": low, "high": high}
            for (pair, share), (low, high) in zip(
                self.interactions.items(), self.interaction_intervals.values(), strict=True
            )
        ]
        return pd.DataFrame(rows, columns=["name", "kind", "share", "low", "high"]).set_index("name")

    def __repr__(self):
        shares = ", ".join(f"{name}: {share:.2f}" for name, share in self.importances.items())
        return f"Importances({shares})"


def importances(
    source, *, method="fanova", region=None, n_pairs=None, metric=None, space=None, random_state=None
):
    """Return how much each hyperparameter matters, and which pairs interact.

    Parameters
    ----------
    source : object
        A fitted search, a :class:`skhpo.Study`, what :func:`skhpo.load` returns, or a list of trials.
    method : {"fanova", "ped-anova"}, default="fanova"
        "fanova" divides the variance of the score over the search space into what hyperparameters explain alone and in
        pairs, going by a surrogate that is fitted to the trials. "ped-anova" compares where good trials are with where
        all are: it takes milliseconds, and says nothing about pairs.
    region : float or None, default=None
        Restrict the question to what matters among the best configurations: this share of the trials. For "fanova" all
        scores below the best ones count as equal. None for the whole space.
    n_pairs : int or None, default=None
        How many of the pairs are kept, those that matter most; None for all.
    metric : str or None, default=None
        Which score, where there are several; None for the one that was optimised.
    space : object, default=None
        The search space, in any notation; None for that of `source`. A list of trials, and files of some studies, do
        not tell it: then it is read off the values that were tried.
    random_state : int, RandomState instance or None, default=None
        For points and draws.

    Returns
    -------
    Importances
        Shares and intervals.

    Raises
    ------
    ValueError
        If a parameter is not valid, or fewer than five trials have a score.
    TypeError
        If there are no trials in `source`.

    Notes
    -----
    A hyperparameter that is not always active has the share that it explains where it is, times how much of the space
    that is; what differs with its parent, whatever the values of the child, is the parent's share. The choice between
    several dicts of a space is listed as "sub-space".

    The intervals are about what the surrogate cannot know from so few trials. They do not tell that scores themselves
    would be others on other data.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.inspection import importances
    >>> study = Study({"lr": (1e-3, 1.0, "log-uniform"), "seed": (0, 99)}, sampler="sobol", random_state=0)
    >>> for _ in range(20):
    ...     job = study.ask()
    ...     _ = study.tell(job, score=-abs(job.configuration["lr"] - 0.1))
    >>> found = importances(study, random_state=0)
    >>> list(found.importances), bool(found.importances["lr"] > 0.9)
    (['lr', 'seed'], True)
    """
    _check(method, region, n_pairs)
    observed = observations(source, space, metric)
    seed = check_random_state(random_state).randint(2**31 - 1)
    compute = _fanova if method == "fanova" else _ped_anova
    alone, pairs, r2 = compute(observed, region, np.random.default_rng(seed))
    alone, pairs = _sorted(alone), _sorted(pairs)
    kept = list(pairs)[: len(pairs) if n_pairs is None else n_pairs]
    return Importances(
        {name: share for name, (share, _, _) in alone.items()},
        {name: (low, high) for name, (_, low, high) in alone.items()},
        {pair: pairs[pair][0] for pair in kept},
        {pair: pairs[pair][1:] for pair in kept},
        method,
        region,
        len(observed.scores),
        r2,
    )


def _check(method, region, n_pairs):
    wanted = "The {!r} parameter of importances must be {}. Got {!r} instead."
    if method not in ("fanova", "ped-anova"):
        raise ValueError(wanted.format("method", "'fanova' or 'ped-anova'", method))
    if region is not None and not (isinstance(region, Real) and 0 < region <= 1):
        raise ValueError(wanted.format("region", "a float in the range (0, 1] or None", region))
    if n_pairs is not None and (
        not isinstance(n_pairs, Integral) or isinstance(n_pairs, bool) or n_pairs < 0
    ):
        raise ValueError(wanted.format("n_pairs", "an int in the range [0, inf) or None", n_pairs))


def _sorted(shares):
    return dict(sorted(shares.items(), key=lambda item: -item[1][0]))


def _fanova(observed, region, rng):
    predicted = predict_everywhere(observed, rng)
    values = np.hstack([predicted.best, predicted.draws, predicted.reduced])
    if region is not None:
        values = np.maximum(values, np.quantile(observed.scores, 1.0 - region))
    columns = observed.space.columns
    kinds = ["ordered" if one.n_levels is None else one.kind for one in columns]
    shares = _by_name(decompose(predicted.points, kinds, values), observed.space)
    n_draws = predicted.draws.shape[1]
    results = {key: _with_interval(all_shares, n_draws) for key, all_shares in shares.items()}
    alone = {name: result for (name, *others), result in results.items() if not others}
    return alone, {key: result for key, result in results.items() if len(key) == 2}, predicted.r2


def _by_name(shares, space):
    """Add up the shares of columns that belong to one hyperparameter."""
    names = [name or SUBSPACE for name in space.column_names]
    result = defaultdict(float)
    for columns, share in shares.items():
        # Pairs in the order of the space; what columns of one hyperparameter do together, it does alone.
        result[tuple(dict.fromkeys(sorted((names[j] for j in columns), key=names.index)))] += share
    return result


def _with_interval(shares, n_draws):
    """Return the share and its interval: by the spread of draws, and by what leaving out trials changes."""
    best, draws, reduced = shares[0], shares[1 : 1 + n_draws], shares[1 + n_draws :]
    n_groups = len(reduced)
    jackknife = (n_groups - 1.0) / n_groups * np.sum((reduced - reduced.mean()) ** 2)
    margin = _CONFIDENCE * math.sqrt(draws.var() + jackknife)
    return float(best), max(float(best) - margin, 0.0), min(float(best) + margin, 1.0)


def _ped_anova(observed, region, rng):
    names = list(dict.fromkeys(name or SUBSPACE for name in observed.space.column_names))
    order = np.argsort(-observed.scores, kind="stable")
    kept = order[: max(math.ceil(len(order) * (1.0 if region is None else region)), 2)]
    best = _ped_shares(observed, kept, names, rng)
    draws = np.array(
        [_ped_shares(observed, rng.choice(kept, len(kept)), names, rng) for _ in range(_N_RESAMPLES)]
    )
    margins = _CONFIDENCE * draws.std(axis=0)
    alone = {
        name: (float(share), max(float(share - margin), 0.0), min(float(share + margin), 1.0))
        for name, share, margin in zip(names, best, margins, strict=True)
    }
    return alone, {}, math.nan


def _ped_shares(observed, rows, names, rng):
    columns = observed.space.columns
    found = divergences(
        observed.points[rows],
        [column.kind for column in columns],
        [column.n_levels for column in columns],
        observed.scores[rows],
        rng,
    )
    totals = dict.fromkeys(names, 0.0)
    for name, value in zip(observed.space.column_names, found, strict=True):
        totals[name or SUBSPACE] += value
    shares = np.array(list(totals.values()))
    return shares / shares.sum() if shares.sum() > 0 else shares
