"""Digests say whether data are the same, whatever holds them."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from skhpo import _digest
from skhpo._digest import digest

NUMBERS = np.arange(12.0).reshape(6, 2)
TEXTS = ["a", "bc", "", "a", "é", "1"]
MANY = [f"text {number}" for number in range(5000)]
MANY_MIXED = pd.DataFrame({"n": np.arange(5000), "t": np.where(np.arange(5000) > 4500, "x", None)})
MIXED = pd.DataFrame({"n": [1, 2, 3], "t": ["x", "y", "z"]})


@pytest.mark.parametrize(
    "held",
    [
        [
            NUMBERS,
            NUMBERS.tolist(),
            np.asfortranarray(NUMBERS),
            NUMBERS.astype(np.float32),
            NUMBERS.astype(object),
        ],
        [pd.DataFrame(NUMBERS, columns=["a", "b"]), pd.DataFrame(NUMBERS.astype(int)), NUMBERS],
        [
            [0, 1, 1],
            (0, 1, 1),
            [False, True, True],
            pd.Series([0, 1, 1], index=[3, 4, 5]),
            np.array([[0], [1], [1]]),
        ],
        [pd.Series([0, 1, 1], dtype="Int64"), pd.Series([0, 1, 1], dtype="category"), [-0.0, 1.0, 1.0]],
        [
            TEXTS,
            np.array(TEXTS),
            np.array(TEXTS, dtype=object),
            pd.Series(TEXTS),
            pd.Series(TEXTS, dtype="category"),
        ],
        [MIXED, MIXED.to_numpy(), [[1.0, "x"], [2.0, "y"], [3.0, "z"]]],
        [
            scipy.sparse.csr_matrix(NUMBERS),
            scipy.sparse.csc_matrix(NUMBERS),
            scipy.sparse.coo_array(NUMBERS),
            scipy.sparse.csr_matrix((NUMBERS.ravel(), np.tile([0, 1], 6), np.arange(0, 13, 2))),
            scipy.sparse.csr_matrix((NUMBERS[:, ::-1].ravel(), np.tile([1, 0], 6), np.arange(0, 13, 2))),
        ],
        [MANY, np.array(MANY), np.array(MANY, dtype=object), pd.Series(MANY)],
        [MANY_MIXED, MANY_MIXED.to_numpy(), MANY_MIXED.to_numpy().tolist()],
        [
            [1.0, None],
            [1.0, np.nan],
            [1.0, -np.nan],
            pd.Series([1, None], dtype="Int64"),
            np.array([1, pd.NA], dtype=object),
            pd.Series([True, None], dtype="boolean"),
        ],
        [["a", None], ["a", np.nan], pd.Series(["a", None], dtype="string"), pd.Series(["a", pd.NA])],
    ],
    ids=[
        "rows",
        "frames",
        "column",
        "column of pandas",
        "texts",
        "mixed",
        "sparse",
        "many texts",
        "many mixed",
        "missing numbers",
        "missing texts",
    ],
)
def test_the_container_does_not_matter(held):
    """Whoever has turned a frame into an array has the same data still, and must not be sent away."""
    found = {digest(data) for data in held}
    assert len(found) == 1 and None not in found


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_values_and_their_order_do(values, random):
    """Data in another order would be taken for the search's."""
    other = random.sample(values, len(values))
    for convert in (
        list,
        np.array,
        lambda one: list(map(str, one)),
        lambda one: scipy.sparse.csr_matrix([one]).T,
    ):
        assert (digest(convert(values)) == digest(convert(other))) == (values == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], ["1", "2"]),
        ([1, 2, 3, 4], [[1, 2], [3, 4]]),
        (["ab", "c"], ["a", "bc"]),
        ([0.1, 0.2], np.array([0.1, 0.2], dtype=np.float32)),
        ([1.0, 0.0], [1.0, np.nan]),
        (["a", None], ["a", "None"]),
        (["a", np.nan], ["a", "nan"]),
        (["a"], [b"a"]),
        (scipy.sparse.csr_matrix((3, 2)), scipy.sparse.csr_matrix((3, 3))),
    ],
    ids=str,
)
def test_what_looks_alike_is_not_the_same(one, other):
    """Numbers are no texts, and where one ends and the next begins matters."""
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    "data",
    [
        None,
        3,
        object(),
        [object(), object()],
        [{"a": 1}],
        pd.Series(pd.to_datetime(["2020-01-01"])),
        [[1], [2, 3]],
    ],
    ids=str,
)
def test_of_other_things_nothing_is_known(data):
    """What may look different each time must not be taken for other data."""
    assert digest(data) is None


@pytest.mark.parametrize(
    "data",
    [NUMBERS, TEXTS, MIXED, pd.DataFrame(NUMBERS), scipy.sparse.csr_matrix(NUMBERS), NUMBERS.tolist()],
    ids=["numbers", "texts", "mixed", "frame", "sparse", "rows"],
)
def test_large_data_are_looked_at_in_parts(data, monkeypatch):
    """Copies of all data as numbers would take as much memory again; each part counts, and not how many there are."""
    whole, read = digest(data), []
    monkeypatch.setattr(_digest, "_STEP", 2)
    monkeypatch.setattr(
        _digest, "_plain", lambda part, plain=_digest._plain: (read.append(part), plain(part))[1]
    )
    assert digest(data) == whole is not None
    assert len(read) > 2
    shown = data.copy()
    shown[-1:] = shown[:1]
    assert digest(shown) != whole


def test_a_sparse_matrix_stays_as_it_is():
    """It is the user's, and may be read by others meanwhile."""
    values, columns = np.array([1.0, 0.0, 3.0]), np.array([1, 1, 0])
    data = scipy.sparse.csr_matrix((values, columns, [0, 3]))
    assert digest(data) == digest(scipy.sparse.csr_matrix([[3.0, 1.0]]))
    assert data.nnz == 3 and data.indices.tolist() == [1, 1, 0] and data.data.tolist() == [1.0, 0.0, 3.0]


def test_wide_sparse_matrices_are_not_looked_at_row_by_row(monkeypatch):
    """Hashed texts have a million columns, of which a row needs ten."""
    data = scipy.sparse.csr_matrix((np.ones(1000), np.arange(1000), np.arange(1001)), shape=(1000, 2**20))
    read = []
    monkeypatch.setattr(
        _digest, "_plain", lambda part, plain=_digest._plain: (read.append(part), plain(part))[1]
    )
    assert digest(data) is not None
    assert len(read) < 10
