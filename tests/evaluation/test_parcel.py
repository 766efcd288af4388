"""Objects on their way to the workers."""

import numpy as np
import pandas as pd

from skhpo.evaluation import _parcel
from skhpo.evaluation._parcel import Parcel, unpack


def test_content_arrives_as_it_was():
    """Data changed on the way would give wrong models without an error."""
    frame = pd.DataFrame({"a": np.arange(20_000.0), "b": ["x", "y"] * 10_000})
    content = {"X": frame, "y": np.arange(20_000), "scorer": lambda model: model.score}
    copy = unpack(*Parcel(content).arguments)
    pd.testing.assert_frame_equal(copy["X"], frame)
    np.testing.assert_array_equal(copy["y"], content["y"])
    assert callable(copy["scorer"])


def test_large_arrays_travel_out_of_band():
    """Only arrays that stand on their own can be memory-mapped."""
    arguments = Parcel({"X": np.zeros((1000, 100)), "small": np.zeros(10)}).arguments
    assert [array.nbytes for array in arguments[2:]] == [800_000]
    assert arguments[1].nbytes < 2000


def test_content_is_rebuilt_once():
    """Rebuilding for every fit would cost more than many fits."""
    arguments = Parcel([1, 2, 3]).arguments
    assert unpack(*arguments) is unpack(*arguments)


def test_old_content_is_let_go():
    """Workers live on between searches; keeping every data set would fill their memory."""
    first = Parcel("first").arguments
    unpack(*first)
    for i in range(_parcel.N_KEPT):
        unpack(*Parcel(i).arguments)
    assert first[0] not in _parcel._unpacked
