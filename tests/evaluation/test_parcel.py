"""Objects on their way to the workers."""

import threading
import weakref

import numpy as np
import pandas as pd

from skhpo.evaluation import _parcel
from skhpo.evaluation._parcel import Parcel, StoredParcel, unpack


def test_content_arrives_as_it_was():
    """Data changed on the way would give wrong models without an error."""
    frame = pd.DataFrame({"a": np.arange(20_000.0), "b": ["x", "y"] * 10_000})
    content = {"X": frame, "y": np.arange(20_000), "scorer": lambda model: model.score}
    copy = unpack(*Parcel(content).arguments)
    pd.testing.assert_frame_equal(copy["X"], frame)
    np.testing.assert_array_equal(copy["y"], content["y"])
    assert callable(copy["scorer"])


def test_large_arrays_travel_apart():
    """Only arrays that stand on their own can be memory-mapped; copies would be made in every worker."""
    matrix = np.zeros((1000, 100))
    view = matrix[:, ::2]
    arguments = Parcel({"X": matrix, "view": view, "same": matrix, "small": np.zeros(10)}).arguments
    assert [array is one for array, one in zip(arguments[2:], [matrix, view], strict=True)] == [True, True]
    assert arguments[1].nbytes < 2000


def test_memory_maps_are_handed_on_as_they_are(tmp_path):
    """Data that are on disk already must not be copied into shared memory."""
    np.save(tmp_path / "X.npy", np.zeros((1000, 100)))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert Parcel({"X": mapped}).arguments[2] is mapped


def test_content_is_rebuilt_once():
    """Rebuilding for every fit would cost more than many fits."""
    arguments = Parcel([1, 2, 3]).arguments
    assert unpack(*arguments) is unpack(*arguments)


def test_content_is_let_go_when_no_call_asks_for_it(monkeypatch):
    """Workers live on between searches; keeping every data set would fill their memory."""
    monkeypatch.setattr(_parcel, "KEEP_SECONDS", 0.0)
    content = Parcel({"X": np.zeros(3)})
    reference = weakref.ref(unpack(*content.arguments)["X"])
    janitor = next((t for t in threading.enumerate() if t.name.endswith("(_forget_unused)")), None)
    if janitor is not None:
        janitor.join(timeout=30)
    assert reference() is None


def test_stored_content_arrives_as_it_was_without_copies(tmp_path):
    """Data changed on the way would give wrong models without an error; a copy in every worker would fill memory."""
    matrix = np.asfortranarray(np.arange(100_000.0).reshape(-1, 10))
    dates = np.arange(20_000).astype("datetime64[D]")
    content = {
        "X": matrix,
        "view": matrix[:, ::2],
        "frame": pd.DataFrame({"date": dates, "name": "x"}),
        "n": 3,
    }
    parcel = StoredParcel(content, folder=str(tmp_path))
    copy = parcel.address.open()
    np.testing.assert_array_equal(copy["X"], matrix)
    np.testing.assert_array_equal(copy["view"], matrix[:, ::2])
    pd.testing.assert_frame_equal(copy["frame"], content["frame"])
    assert copy["X"].flags.f_contiguous and not copy["X"].flags.writeable and type(copy["X"]) is np.ndarray
    parcel.close()
    assert not list(tmp_path.iterdir())


def test_stored_parcels_name_memory_maps_instead_of_copying_them(tmp_path):
    """Data on disk may be larger than the memory."""
    np.save(tmp_path / "X.npy", np.arange(100_000.0).reshape(-1, 10))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    (tmp_path / "folder").mkdir()
    parcel = StoredParcel({"X": mapped, "part": mapped[5:]}, folder=str(tmp_path / "folder"))
    copy = parcel.address.open()
    np.testing.assert_array_equal(copy["X"], mapped)
    np.testing.assert_array_equal(copy["part"], mapped[5:])
    sizes = [path.stat().st_size for path in (tmp_path / "folder").rglob("*.npy")]
    parcel.close()
    assert len(sizes) == 1  # the part is not the whole file
