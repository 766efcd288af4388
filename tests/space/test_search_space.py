"""Search spaces: encoding, conditions, sub-spaces, sizes and messages."""

from __future__ import annotations

import copy
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import finite_spaces, search_spaces

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space import Categorical, Column, Integer, Ordinal, Real, SearchSpace, Tuple
from skhpo.space._values import equal_values

SEEDS = st.integers(0, 2**32 - 1)
many = settings(max_examples=100, deadline=None)

SVC = {
    "kernel": ["linear", "rbf", "poly"],
    "C": (1e-3, 1e3, "log-uniform"),
    "gamma": Real(1e-4, 1.0, "log-uniform", when={"kernel": ["rbf", "poly"]}),
    "degree": Integer(2, 5, when={"kernel": ["poly"]}),
}


def points_of(space, seed, n=15):
    """Random points and corners of a space's cube."""
    width = len(space.columns)
    return np.vstack(
        [np.random.default_rng(seed).random((n, width)), np.zeros((1, width)), np.ones((1, width))]
    )


def is_finite(space):
    """Whether no dimension of a space is continuous."""
    return all(s.size is not None for s in space.subspaces)


@many
@given(space=search_spaces(), seed=SEEDS)
def test_canonical_agrees_with_decode_and_encode(space, seed):
    """Duplicates would be proposed, or trials attributed to the wrong point of the model."""
    points = points_of(space, seed)
    configurations = space.decode(points)
    canonical, encoded = space.canonical(points), space.encode(configurations)
    assert equal_values(space.decode(canonical), configurations)
    assert space.canonical(canonical).tobytes() == canonical.tobytes()
    if is_finite(space):
        assert canonical.tobytes() == encoded.tobytes()
    elif len(space.subspaces) == 1:
        np.testing.assert_array_equal(np.isnan(canonical), np.isnan(encoded))
        np.testing.assert_allclose(canonical, encoded, rtol=0, atol=1e-6)


@many
@given(space=search_spaces(), seed=SEEDS)
def test_samples_belong_to_the_space_and_come_back(space, seed):
    """A configuration that its own space rejects could not be told, stored or resumed."""
    for configuration in space.sample(np.random.default_rng(seed), 8):
        space.check(configuration)
        assert space.contains(configuration) and configuration.keys() <= set(space.names)
        row = space.encode([configuration])
        assert row.tobytes() == space.encode([dict(reversed(configuration.items()))]).tobytes()
        (back,) = space.decode(row)
        assert back.keys() == configuration.keys()
        if is_finite(space):
            assert equal_values(back, configuration)


@many
@given(space=finite_spaces())
def test_grid_has_exactly_size_distinct_configurations(space):
    """A search would stop before a finite space is exhausted, or wait forever for more."""
    grid = list(space.grid())
    assert len(grid) == space.size
    assert len({row.tobytes() for row in space.encode(grid)}) == space.size
    assert equal_values(grid, list(space.grid()))


@many
@given(space=finite_spaces(max_size=60), seed=SEEDS)
def test_every_point_is_in_the_grid(space, seed):
    """Grid search would miss configurations that other samplers can reach."""
    rows = {row.tobytes() for row in space.encode(list(space.grid()))}
    assert all(row.tobytes() in rows for row in space.canonical(points_of(space, seed)))


@many
@given(space=search_spaces(), data=st.data(), seed=SEEDS)
def test_open_to_keeps_columns_and_yields_only_open_subspaces(space, data, seed):
    """A sub-space whose budget is spent would go on being searched."""
    n = len(space.subspaces)
    indices = sorted(data.draw(st.sets(st.integers(0, n - 1), min_size=1)))
    opened = space.open_to(indices)
    points = points_of(space, seed)
    canonical = opened.canonical(points)
    assert opened.columns == space.columns and opened.subspaces == space.subspaces
    assert equal_values(opened.decode(canonical), opened.decode(points))
    assert opened.canonical(canonical).tobytes() == canonical.tobytes()
    for configuration in opened.decode(points):
        assert any(space.subspaces[i].contains(configuration) for i in indices)
    if is_finite(space):
        assert canonical.tobytes() == space.encode(opened.decode(points)).tobytes()
    for configuration in opened.sample(np.random.default_rng(seed), 5):
        assert any(space.subspaces[i].contains(configuration) for i in indices)
    for configuration in space.sample(np.random.default_rng(seed), 3):
        np.testing.assert_array_equal(opened.encode([configuration]), space.encode([configuration]))


@many
@given(space=search_spaces())
def test_copies_are_equal(space):
    """A stored or cloned search would not recognise its own space."""
    for other in (pickle.loads(pickle.dumps(space)), copy.deepcopy(space), copy.copy(space)):
        assert other == space and hash(other) == hash(space)
        assert other.columns == space.columns and other.size == space.size
    assert json.loads(json.dumps(space.to_dict(), allow_nan=False)) == space.to_dict()
    assert SearchSpace.from_spec(space) is space


def test_columns_of_one_space():
    """Models read kinds and names of columns, never classes of dimensions."""
    space = SearchSpace({**SVC, "layers": Tuple((1, 4), length=(1, 2)), "size": Ordinal([1, 3])})
    assert space.names == ("kernel", "C", "gamma", "degree", "layers", "size")
    assert space.column_names == ("kernel", "C", "gamma", "degree", "layers", "layers", "layers", "size")
    assert space.columns[:4] == (
        Column("unordered", 3),
        Column("continuous", None),
        Column("continuous", None),
        Column("ordered", 4),
    )
    assert space.size is None


def test_inactive_hyperparameters_are_absent_and_nan():
    """An inactive hyperparameter would be set on the estimator, or be noise to the model."""
    space = SearchSpace(SVC)
    points = np.array([[0.1, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], [0.9, 0.5, 0.5, 0.6]])
    assert [sorted(c) for c in space.decode(points)] == [
        ["C", "kernel"],
        ["C", "gamma", "kernel"],
        ["C", "degree", "gamma", "kernel"],
    ]
    assert np.isnan(space.canonical(points)).tolist() == [
        [False, False, True, True],
        [False, False, False, True],
        [False, False, False, False],
    ]


def test_child_of_an_inactive_parent_is_inactive():
    """A hyperparameter of a part that is switched off would be set."""
    space = SearchSpace(
        {
            "c": Categorical([1, 2], when={"b": [True]}),
            "b": Categorical([True, False], when={"a": ["on"]}),
            "a": ["on", "off"],
        }
    )
    assert list(space.grid()) == [
        {"c": 1, "b": True, "a": "on"},
        {"c": 2, "b": True, "a": "on"},
        {"b": False, "a": "on"},
        {"a": "off"},
    ]
    assert space.size == 4
    assert list(next(space.grid())) == ["c", "b", "a"]


def test_conditions_on_several_parents_must_all_hold():
    """A hyperparameter would appear where only one of its conditions holds."""
    space = SearchSpace(
        {"a": [1, 2], "b": ["x", "y"], "c": Categorical([5, 6, 7], when={"a": [2], "b": ["y"]})}
    )
    assert space.size == 6
    assert space.contains({"a": 2, "b": "y", "c": 5})
    assert not space.contains({"a": 2, "b": "x", "c": 5})


def test_size_of_many_independent_conditions_is_immediate():
    """Building a pipeline's space would take forever if conditions were enumerated."""
    spec = {}
    for i in range(40):
        spec[f"use_{i}"] = [True, False]
        spec[f"p_{i}"] = Integer(1, 9, when={f"use_{i}": [True]})
    assert SearchSpace(spec).size == 10**40


def test_conditions_on_an_integer():
    """Layer sizes exist only in networks deep enough."""
    space = SearchSpace(
        {"n": Integer(1, 1000, "log-uniform"), "second": Integer(1, 3, when={"n": range_list(2, 1000)})}
    )
    assert space.size == 1 + 999 * 3
    assert space.contains({"n": 1}) and not space.contains({"n": 1, "second": 1})


def range_list(low, high):
    """The integers from low to high."""
    return list(range(low, high + 1))


SUBSPACES = [
    {"kernel": ["linear"], "C": (1.0, 10.0)},
    ({"kernel": ["rbf"], "C": (1.0, 10.0), "gamma": (0.1, 1.0)}, 20),
    {"kernel": ["poly"], "C": (5, 9)},
]


def test_subspaces_share_columns_of_equal_domains():
    """What is learnt of C under one kernel would be lost to the others."""
    space = SearchSpace(SUBSPACES)
    assert space.column_names == ("", "kernel", "C", "kernel", "gamma", "kernel", "C")
    assert space.columns[0] == Column("unordered", 3)
    assert [s.n_iter for s in space.subspaces] == [None, 20, None]
    row = space.encode([{"kernel": "rbf", "C": 5.5, "gamma": 0.1}])
    np.testing.assert_allclose(row, [[0.5, math.nan, 0.5, 0.5, 0.0, math.nan, math.nan]])


def test_subspaces_may_give_a_name_different_domains():
    """A value would be decoded by the domain of another sub-space."""
    space = SearchSpace(SUBSPACES)
    row = space.encode([{"kernel": "poly", "C": 7}])
    (configuration,) = space.decode(row)
    assert configuration == {"kernel": "poly", "C": 7} and type(configuration["C"]) is int
    with pytest.raises(InvalidConfigurationError, match="must belong to one of the 3 sub-spaces") as error:
        space.check({"kernel": "linear", "C": 11.0})
    assert "In sub-space 0: The hyperparameter 'C' must be a float in [1.0, 10.0]. Got 11.0" in str(
        error.value
    )


def test_a_configuration_of_several_subspaces_belongs_to_the_first():
    """The same configuration would be fitted once for each sub-space that holds it."""
    space = SearchSpace([{"a": [1, 2]}, {"a": [2, 3]}, {"a": [1, 3]}])
    assert space.size == 3
    assert list(space.grid()) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert space.encode([{"a": 2}])[0, 0] == pytest.approx(1 / 6)
    assert space.open_to([1, 2]).size == 3 and space.open_to([2]).size == 2


def test_configurations_of_a_closed_subspace_are_recognised_in_an_open_one():
    """What was tried on the budget of one sub-space would be tried again on the budget of another."""
    space = SearchSpace([({"a": [1, 2, 3]}, 3), ({"a": [3, 2, 4]}, 3)])
    opened = space.open_to([1])
    rows = {
        row.tobytes() for row in opened.canonical(np.random.default_rng(0).random((50, len(space.columns))))
    }
    assert rows == {row.tobytes() for row in space.encode([{"a": 2}, {"a": 3}, {"a": 4}])}
    assert list(opened.grid()) == [{"a": 3}, {"a": 2}, {"a": 4}] and opened.size == 3


def test_a_list_inside_a_range_keeps_its_values():
    """0.3 from a list must not come back as 0.30000000000000004 because another sub-space is a range."""
    choices = [0.1 * i for i in range(1, 40)]
    space = SearchSpace([{"x": (0.05, 7.0)}, {"x": choices}])
    points = np.column_stack([np.full(39, 0.9), np.zeros(39), (np.arange(39) + 0.5) / 39])
    assert [c["x"] for c in space.decode(space.canonical(points))] == choices


def test_sample_is_even_over_open_subspaces():
    """A sub-space would be starved. Chance of a false alarm: below 1e-6 (5 standard deviations)."""
    space = SearchSpace([{"a": [0]}, {"a": [1]}, {"a": [2]}]).open_to([0, 2])
    drawn = [c["a"] for c in space.sample(np.random.default_rng(0), 2000)]
    assert set(drawn) == {0, 2} and abs(np.mean(drawn) - 1.0) < 5 / math.sqrt(2000)


def test_objects_come_back_by_identity():
    """An estimator or function must be the user's own, not a look-alike."""
    objects = [None, (1, 2), [1, 2], {"a": 1}, np.arange(3), len, np.float64(2.0), True, 1, "é", math.nan]
    space = SearchSpace({"x": objects})
    grid = list(space.grid())
    assert len(grid) == len(objects)
    assert all(c["x"] is value for c, value in zip(grid, objects, strict=True))
    decoded = copy.deepcopy(space).decode(space.encode(grid))
    assert all(c["x"] is value for c, value in zip(decoded, objects, strict=True))


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (
            {"kernel": "linear"},
            "The hyperparameter 'C' must be given: a float in [0.001, 1000.0] (log-uniform).",
        ),
        ({"kernel": "rbf", "C": 1.0}, "The hyperparameter 'gamma' must be given"),
        (
            {"kernel": "linear", "C": 1.0, "gamma": 0.5},
            "The hyperparameter 'gamma' must be absent, because it is active only when 'kernel' is one of "
            "['rbf', 'poly']. Got 0.5 instead.",
        ),
        (
            {"kernel": "rbf", "C": 1.0, "gama": 1.0},
            "The hyperparameter 'gama' must be one of ['kernel', 'C',",
        ),
        ({"kernel": "linear", "C": 1.0, "tol": 1.0}, "The hyperparameter 'tol' must be one of"),
        ({"kernel": "sigmoid", "C": 1.0}, "'kernel' must be one of ['linear', 'rbf', 'poly']. Got 'sigmoid'"),
        ({"kernel": "linear", "C": "1"}, "'C' must be a float in [0.001, 1000.0] (log-uniform). Got '1'"),
        ({"kernel": "linear", "C": True}, "Got True instead."),
        ({"kernel": "linear", "C": math.nan}, "Got nan instead."),
        (
            {"kernel": "poly", "C": 1, "gamma": 0.1, "degree": 2.0},
            "'degree' must be an int in [2, 5]. Got 2.0",
        ),
        ([("kernel", "linear")], "A configuration must be a dict of hyperparameters."),
    ],
)
def test_check_names_the_hyperparameter(configuration, message):
    """A user would have to guess which of many hyperparameters is wrong."""
    space = SearchSpace(SVC)
    with pytest.raises(InvalidConfigurationError) as error:
        space.check(configuration)
    assert message in str(error.value)
    assert not space.contains(configuration)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "must be a dict with at least one parameter. Got an empty dict instead."),
        ([], "or a non-empty list of such dicts or of (dict, n_iter) pairs. Got [] instead."),
        ([{}], "at least one parameter"),
        (None, "A search space must be a dict from names of parameters to domains"),
        ("C", "Got 'C' instead."),
        ([("C", [1])], "Each entry of a list of search spaces must be a dict or a (dict, n_iter) pair."),
        (({"C": [1]}, 5), "Each entry of a list of search spaces must be a dict"),
        (
            [({"C": [1]}, 0)],
            "The 'n_iter' of a (dict, n_iter) pair must be an int in the range [1, inf). Got 0",
        ),
        ([({"C": [1]}, -3)], "Got -3 instead."),
        ([({"C": [1]}, 1.5)], "Got 1.5 instead."),
        ([({"C": [1]}, True)], "Got True instead."),
        ({1: [1]}, "The names of parameters in a search space must be non-empty strings. Got 1 instead."),
        ({"": [1]}, "Got '' instead."),
    ],
)
def test_malformed_spaces_are_rejected(spec, message):
    """A slip in the space would surface only after the first fits, or never."""
    with pytest.raises(InvalidSpaceError) as error:
        SearchSpace(spec)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("gamma", "message"),
    [
        (Real(0, 1, when={"kernl": ["rbf"]}), "must name parameters of the same search space"),
        (Real(0, 1, when={"kernel": ["sigmoid"]}), "must list values that 'kernel' can have: it is one of"),
        (
            Real(0, 1, when={"C": [1.0]}),
            "must depend on parameters with a list of choices or a range of integers.",
        ),
        (Real(0, 1, when={"layers": [(1,)]}), "must depend on parameters with a list of choices"),
        (Real(0, 1, when={"gamma": [1.0]}), "must not depend on itself. Got a cycle among the parameters"),
    ],
)
def test_impossible_conditions_are_rejected(gamma, message):
    """A hyperparameter would silently never be searched."""
    with pytest.raises(InvalidSpaceError, match="The 'when' of parameter 'gamma'") as error:
        SearchSpace({"kernel": ["linear", "rbf"], "C": (0.1, 1.0), "layers": Tuple((1, 3)), "gamma": gamma})
    assert message in str(error.value)


def test_cycles_and_foreign_parents_are_rejected():
    """Activity could not be decided."""
    with pytest.raises(InvalidSpaceError, match="'a' must not depend on itself"):
        SearchSpace({"a": Categorical([1], when={"b": [1]}), "b": Categorical([1], when={"a": [1]})})
    with pytest.raises(InvalidSpaceError, match="'x' must name parameters of the same search space"):
        SearchSpace([{"kernel": ["rbf"]}, {"x": Real(0, 1, when={"kernel": ["rbf"]})}])


def test_grid_of_a_continuous_space_is_rejected_at_once():
    """The error must not wait until the first configuration is asked for."""
    with pytest.raises(
        InvalidSpaceError, match="The search space of parameter 'C' must be a list of choices"
    ):
        SearchSpace({"k": [1], "C": (0.1, 1.0)}).grid()


def test_grid_is_lazy():
    """A grid of 10**30 configurations must not be built to see its first."""
    space = SearchSpace({f"x{i}": (1, 1000) for i in range(10)})
    assert space.size == 10**30
    assert next(space.grid()) == {f"x{i}": 1 for i in range(10)}


def test_tuples_are_choices_for_drop_ins():
    """In scikit-learn a tuple is a list of choices."""
    space = SearchSpace({"C": (1, 10), "k": ("a", "b")}, tuples_are_choices=True)
    assert space.size == 4 and space.subspaces[0].dimensions["C"] == Categorical([1, 10])


def test_open_to_rejects_unknown_subspaces():
    """An index error deep in a sampler would not say what is wrong."""
    for indices in ([], [3], [-1]):
        with pytest.raises(InvalidSpaceError, match="The 'indices' of open_to must be positions of the 3"):
            SearchSpace(SUBSPACES).open_to(indices)


def test_empty_arrays():
    """No trials is where every search begins."""
    for space in (SearchSpace(SVC), SearchSpace(SUBSPACES)):
        assert space.encode([]).shape == (0, len(space.columns))
        assert space.canonical(np.empty((0, len(space.columns)))).shape == (0, len(space.columns))
        assert space.decode(np.empty((0, len(space.columns)))) == []


def test_repr_can_be_read_back():
    """Users copy the space from a report into their code."""
    space = SearchSpace(SUBSPACES)
    names = {"Real": Real, "Integer": Integer, "Categorical": Categorical, "SearchSpace": SearchSpace}
    assert eval(repr(space), names) == space
    assert eval(repr(SearchSpace(SVC)), names) == SearchSpace(SVC)
