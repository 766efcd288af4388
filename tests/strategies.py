"""Hypothesis strategies shared by the tests: dimensions and search spaces of every kind.

Every new kind of dimension joins `BY_KIND`; whatever draws from here then meets it.
"""

from __future__ import annotations

import scipy.stats
from hypothesis import strategies as st

from skhpo.space import (
    Categorical,
    Dimension,
    Distribution,
    Integer,
    Ordinal,
    Real,
    SearchSpace,
    Tuple,
)

PRIORS = st.sampled_from(["uniform", "log-uniform"])
NAMES = ["alpha", "beta", "kernel", "svc__C", "größe"]

CHOICES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-2.0, 2.0),
    st.just(float("nan")),
    st.text(max_size=3),
    st.tuples(st.integers(0, 2), st.booleans()),
    st.lists(st.integers(0, 2), max_size=2),
)

FROZEN = [
    scipy.stats.norm(1.0, 2.0),
    scipy.stats.expon(scale=3.0),
    scipy.stats.beta(2.0, 5.0),
    scipy.stats.poisson(3.0),
    scipy.stats.geom(0.3),
    scipy.stats.binom(10, 0.4),
]


@st.composite
def reals(draw, when=None) -> Real:
    """Intervals of floats, wide and narrow, next to zero and far from it."""
    prior = draw(PRIORS)
    if prior == "log-uniform":
        low = draw(st.floats(1e-12, 1e6))
        return Real(low, low * draw(st.floats(1.01, 1e12)), prior, when=when)
    low = draw(st.floats(-1e9, 1e9))
    return Real(low, low + max(1.0, abs(low)) * draw(st.floats(1e-3, 1e6)), prior, when=when)


@st.composite
def integers(draw, when=None, max_values: int = 2**53) -> Integer:
    """Intervals of integers up to the largest that floats can tell apart."""
    prior = draw(PRIORS)
    low = draw(st.integers(1, 10**6) if prior == "log-uniform" else st.integers(-(10**6), 10**6))
    # log ranges beyond 2**43 do not tell all integers apart, see Integer
    largest = min(max_values, 2**42 if prior == "log-uniform" else 2**53)
    spread = draw(st.one_of(st.integers(1, min(20, largest - 1)), st.integers(1, largest - 1)))
    return Integer(low, low + spread, prior, when=when)


def categoricals(when=None) -> st.SearchStrategy[Categorical]:
    """Choices among values of many types."""
    return st.lists(CHOICES, min_size=1, max_size=5).map(lambda choices: Categorical(choices, when=when))


def ordinals(when=None) -> st.SearchStrategy[Ordinal]:
    """The same in a given order."""
    return st.lists(CHOICES, min_size=1, max_size=5).map(lambda choices: Ordinal(choices, when=when))


@st.composite
def tuples(draw, when=None, finite: bool = False) -> Tuple:
    """Tuples of numbers or choices."""
    small = integers(max_values=3)
    entry = draw(st.one_of(small, categoricals()) if finite else st.one_of(small, reals(), categoricals()))
    shortest = draw(st.integers(0, 2))
    return Tuple(entry, (shortest, draw(st.integers(max(shortest, 1), 3))), when=when)


def distributions(when=None) -> st.SearchStrategy[Distribution]:
    """Distributions of scipy.stats, continuous and discrete."""
    return st.sampled_from(FROZEN).map(lambda rv: Distribution(rv, when=when))


BY_KIND = {
    "Categorical": categoricals,
    "Distribution": distributions,
    "Integer": integers,
    "Ordinal": ordinals,
    "Real": reals,
    "Tuple": tuples,
}


def dimensions(when=None, kind: str | None = None) -> st.SearchStrategy[Dimension]:
    """Dimensions of every kind, or of one."""
    if kind is not None:
        return BY_KIND[kind](when=when)
    return st.one_of([strategy(when=when) for strategy in BY_KIND.values()])


def finite_dimensions(when=None) -> st.SearchStrategy[Dimension]:
    """Dimensions with few values."""
    return st.one_of(
        integers(when=when, max_values=4),
        categoricals(when=when),
        ordinals(when=when),
        tuples(when=when, finite=True).filter(lambda dimension: dimension.n_values <= 100),
    )


def _can_be_parent(dimension: Dimension) -> bool:
    return len(dimension.columns) == 1 and dimension.n_values is not None and dimension.n_values <= 20


@st.composite
def _subspaces(draw, finite: bool) -> dict[str, Dimension]:
    """Dimensions in any order, some of them conditional, also on conditional ones."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3 if finite else 4, unique=True))
    spec: dict[str, Dimension] = {}
    for name in names:
        parents = [parent for parent, dimension in spec.items() if _can_be_parent(dimension)]
        when = {}
        for parent in draw(st.lists(st.sampled_from(parents), max_size=2, unique=True)) if parents else []:
            values = list(spec[parent].values())
            when[parent] = [values[i] for i in draw(st.sets(st.integers(0, len(values) - 1), min_size=1))]
        spec[name] = draw((finite_dimensions if finite else dimensions)(when=when or None))
    order = draw(st.permutations(names))
    return {name: spec[name] for name in order}


@st.composite
def _specs(draw, finite: bool) -> SearchSpace:
    subspaces = draw(st.lists(_subspaces(finite), min_size=1, max_size=3))
    if len(subspaces) == 1:
        return SearchSpace(subspaces[0])
    budgets = [draw(st.none() | st.integers(1, 9)) for _ in subspaces]
    return SearchSpace([part if n is None else (part, n) for part, n in zip(subspaces, budgets, strict=True)])


def search_spaces() -> st.SearchStrategy[SearchSpace]:
    """Search spaces with conditions, nested conditions and sub-spaces; some are finite."""
    return st.one_of(_specs(finite=False), _specs(finite=True))


def finite_spaces(max_size: int = 500) -> st.SearchStrategy[SearchSpace]:
    """Search spaces of at most `max_size` distinct configurations."""
    return _specs(finite=True).filter(lambda space: space.size is not None and space.size <= max_size)
