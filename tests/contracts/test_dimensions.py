"""The contract of dimensions: every entry of the table DIMENSIONS is put through it."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import BY_KIND, dimensions

from skhpo.exceptions import InvalidConfigurationError, InvalidSpaceError
from skhpo.space import DIMENSIONS, SearchSpace
from skhpo.space._values import equal_values

KINDS = sorted(DIMENSIONS)
SEEDS = st.integers(0, 2**32 - 1)
every_kind = pytest.mark.parametrize("kind", KINDS)
few = settings(max_examples=40, deadline=None)


def draw_points(dimension, seed, n=12):
    """Random points, the corners, and points a hair inside them."""
    width = len(dimension.columns)
    inner = np.random.default_rng(seed).random((n, width))
    corners = [np.full((1, width), u) for u in (0.0, 1.0, 1e-17, 1.0 - 2**-53, 0.5)]
    return np.vstack([inner, *corners])


def test_every_kind_has_a_strategy():
    """A new kind of dimension that no test ever meets would be untested."""
    assert sorted(BY_KIND) == KINDS
    assert all(DIMENSIONS[kind].__name__ == kind for kind in KINDS)


@every_kind
@few
@given(data=st.data(), seed=SEEDS)
def test_round_trip(kind, data, seed):
    """A configuration that comes back as another one would be evaluated twice and recorded wrongly."""
    dimension = data.draw(dimensions(kind=kind))
    points = draw_points(dimension, seed)
    for value in dimension.decode(points):
        assert dimension.contains(value), value
        row = dimension.encode([value])
        (back,) = dimension.decode(row)
        if dimension.n_values is None:
            np.testing.assert_allclose(dimension.encode([back]), row, rtol=0, atol=1e-6)
        else:
            assert equal_values(back, value)
            assert dimension.encode([back]).tobytes() == row.tobytes()


@every_kind
@few
@given(data=st.data(), seed=SEEDS)
def test_canonical_is_encode_after_decode(kind, data, seed):
    """Duplicates would be proposed if the vectorised form disagreed with the scalar one."""
    dimension = data.draw(dimensions(kind=kind))
    points = draw_points(dimension, seed)
    canonical = dimension.canonical(points)
    encoded = dimension.encode(dimension.decode(points))
    assert canonical.shape == points.shape
    np.testing.assert_array_equal(np.isnan(canonical), np.isnan(encoded))
    if dimension.n_values is None:
        np.testing.assert_allclose(canonical, encoded, rtol=0, atol=1e-6)
    else:
        assert canonical.tobytes() == encoded.tobytes()
    assert dimension.canonical(canonical).tobytes() == canonical.tobytes()
    assert equal_values(dimension.decode(canonical), dimension.decode(points))


@every_kind
@few
@given(data=st.data(), seed=SEEDS)
def test_encoded_values_stay_in_the_unit_interval(kind, data, seed):
    """A model would extrapolate on points outside its cube."""
    dimension = data.draw(dimensions(kind=kind))
    encoded = dimension.encode(dimension.sample(np.random.default_rng(seed), 20))
    used = encoded[~np.isnan(encoded)]
    assert encoded.dtype == float and encoded.shape == (20, len(dimension.columns))
    assert np.all((used >= 0.0) & (used <= 1.0))
    assert not np.any(np.signbit(used))


@every_kind
@few
@given(data=st.data(), seed=SEEDS)
def test_nan_and_points_outside_are_read_as_the_nearest_corner(kind, data, seed):
    """A sampler that steps out of the cube, or into an inactive column, would crash the search."""
    dimension = data.draw(dimensions(kind=kind))
    rng = np.random.default_rng(seed)
    points = rng.choice([np.nan, -1.0, 2.0, -0.0, np.inf, -np.inf], size=(8, len(dimension.columns)))
    assert all(map(dimension.contains, dimension.decode(points)))
    assert equal_values(dimension.decode(dimension.canonical(points)), dimension.decode(points))


@every_kind
@few
@given(data=st.data(), seed=SEEDS)
def test_values_are_native_python(kind, data, seed):
    """Estimators that check for int or float reject numpy scalars."""
    dimension = data.draw(dimensions(kind=kind))
    for value in dimension.sample(np.random.default_rng(seed), 10):
        parts = value if isinstance(value, tuple) else (value,)
        assert not any(isinstance(part, np.generic) for part in parts)


@every_kind
@few
@given(data=st.data())
def test_columns_say_how_many_levels_there_are(kind, data):
    """Consumers one-hot encode an unordered column by its number of levels."""
    dimension = data.draw(dimensions(kind=kind))
    for column in dimension.columns:
        assert column.kind in ("continuous", "ordered", "unordered")
        assert column.n_levels is None or (column.kind != "continuous" and column.n_levels >= 1)
        assert column.kind != "unordered" or column.n_levels is not None


@every_kind
@few
@given(data=st.data())
def test_values_lists_all_of_a_finite_domain(kind, data):
    """A grid would miss or repeat configurations."""
    dimension = data.draw(dimensions(kind=kind))
    if dimension.n_values is None:
        with pytest.raises(InvalidSpaceError, match="cannot be listed"):
            dimension.values()
    elif dimension.n_values <= 2000:
        values = list(dimension.values())
        rows = {row.tobytes() for row in dimension.encode(values)}
        assert len(values) == len(rows) == dimension.n_values


@every_kind
@few
@given(data=st.data())
def test_equality_hash_repr_and_copies(kind, data):
    """A stored search would not recognise its own space after it was pickled, copied or written again."""
    dimension = data.draw(dimensions(kind=kind))
    for other in (pickle.loads(pickle.dumps(dimension)), copy.deepcopy(dimension), copy.copy(dimension)):
        assert other == dimension and hash(other) == hash(dimension) and repr(other) == repr(dimension)
    assert repr(dimension).startswith(f"{kind}(")
    assert dimension != 1 and dimension != object()


@every_kind
@few
@given(data=st.data())
def test_to_dict_is_json_and_stable(kind, data):
    """The fingerprint of a stored search would differ from one process to the next."""
    dimension = data.draw(dimensions(kind=kind))
    text = json.dumps(dimension.to_dict(), allow_nan=False)
    assert json.loads(text) == dimension.to_dict()
    assert dimension.to_dict()["type"] == kind
    assert json.dumps(pickle.loads(pickle.dumps(dimension)).to_dict()) == text


@every_kind
@few
@given(data=st.data())
def test_immutable(kind, data):
    """A space changed under a running search would make recorded points meaningless."""
    dimension = data.draw(dimensions(kind=kind))
    for name in (*dimension.arguments(), "when", "columns", "n_values", "new"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(dimension, name, None)
    with pytest.raises(AttributeError, match="immutable"):
        del dimension.when
    with pytest.raises(TypeError):
        dimension.when["other"] = (1,)


@every_kind
@few
@given(data=st.data())
def test_conditions_are_part_of_a_dimension(kind, data):
    """A condition that is lost would set a hyperparameter where it does not apply."""
    dimension = data.draw(dimensions(kind=kind, when={"kernel": ["a", "b"]}))
    free = type(dimension)(**dimension.arguments())
    assert dict(dimension.when) == {"kernel": ("a", "b")} and not free.when
    assert dimension != free and dimension.same_domain(free)
    assert dimension.to_dict()["when"] == {"kernel": ["a", "b"]}
    assert "when" in repr(dimension) and pickle.loads(pickle.dumps(dimension)) == dimension
    space = SearchSpace({"x": dimension, "kernel": ["a", "b", "c"]})
    assert space.contains({"kernel": "c"})
    assert space.decode(np.full((1, len(space.columns)), 0.99)) == [{"kernel": "c"}]


@every_kind
@few
@given(
    data=st.data(),
    when=st.sampled_from([["kernel"], {"kernel": "rbf"}, {"kernel": []}, {1: ["rbf"]}, "kernel"]),
)
def test_malformed_conditions_are_rejected(kind, data, when):
    """A string in place of a list would be read as its letters."""
    dimension = data.draw(dimensions(kind=kind))
    with pytest.raises(InvalidSpaceError, match=f"The 'when' of {kind} must be a dict from names"):
        type(dimension)(**dimension.arguments(), when=when)


@every_kind
@few
@given(
    data=st.data(), value=st.sampled_from([object(), "no such value", {"a": 1}, np.arange(3), float("inf")])
)
def test_values_outside_are_rejected(kind, data, value):
    """A wrong value in a user's configuration would fail inside the estimator instead."""
    dimension = data.draw(dimensions(kind=kind))
    assert not dimension.contains(value)
    with pytest.raises(InvalidConfigurationError, match="(?s)The value must be .* Got .* instead"):
        dimension.encode([value])
