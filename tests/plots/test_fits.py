"""When fits were made and by whom, without the times in which nothing ran."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.plots import Pause, TimedFit
from skhpo.plots._fits import KINDS, Timetable, find_pauses, timed_fits
from skhpo.plots._source import Source
from skhpo.trial import FitError, Measurement, Trial

FITS = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 1e6), st.floats(0, 1e4)), min_size=1, max_size=30
).map(
    lambda rows: [
        TimedFit(i, 0, None, worker, start - min(row[1] for row in rows), seconds, "complete")
        for i, (worker, start, seconds) in enumerate(sorted(rows, key=lambda row: row[1]))
    ]
)


def measured(split=0, started=1e9, seconds=1.0, worker=0, **further):
    """A fit of a trial."""
    return Measurement(
        split,
        further.pop("scores", {"score": 0.5}),
        None,
        seconds,
        0.0,
        started=started,
        worker=worker,
        **further,
    )


def fits_of(*trials):
    """The fits of some trials."""
    return timed_fits(Source(list(trials)))


def in_a_row(*starts, seconds=1.0, worker=0):
    """Fits that begin at these times."""
    return [TimedFit(i, 0, None, worker, start, seconds, "complete") for i, start in enumerate(starts)]


def test_each_fit_is_of_the_kind_of_its_fate():
    """A picture in other colours would blame the wrong trials."""
    error = {kind: FitError(kind, "no", "") for kind in ("ValueError", "FitTimeout", "WorkerDied")}
    statuses = "complete", "pruned", "failed", "running", "paused"
    trials = [Trial(i, {}, status=status, measurements=(measured(),)) for i, status in enumerate(statuses)]
    trials += [
        Trial(5 + i, {}, status="failed", measurements=(measured(scores={}, error=one),))
        for i, one in enumerate(error.values())
    ]
    trials.append(Trial(8, {}, status="failed", measurements=(measured(scores={"score": np.nan}),)))
    trials.append(Trial(9, {}, status="pruned", discarded=(measured(),)))
    kinds = ["complete", "stopped early", "failed", "unfinished", "unfinished"]
    kinds += ["failed", "timed out", "failed", "failed", "discarded"]
    found = fits_of(*trials)
    assert [(fit.number, fit.kind) for fit in found] == list(enumerate(kinds))
    assert {fit.kind for fit in found} == set(KINDS)


def test_fits_without_a_time_are_left_out():
    """An older file has none, and a search that goes on with it has some."""
    known, unknown = measured(started=7.0), replace(measured(1), started=None)
    assert [fit.split for fit in fits_of(Trial(0, {}, measurements=(known, unknown)))] == [0]
    with pytest.raises(ValueError, match=r"not known when the fits .* Study\.record"):
        fits_of(Trial(0, {}, measurements=(unknown, measured(seconds=np.nan))))


def test_fits_without_a_worker_take_as_few_as_needed():
    """A picture with a row for each fit shows nothing."""
    known = measured(worker=2, started=0.0)
    times = [(0.0, 3.0), (1.0, 1.0), (2.5, 1.0), (3.0, 1.0)]
    unknown = [measured(1 + i, start, seconds, None) for i, (start, seconds) in enumerate(times)]
    found = fits_of(Trial(0, {}, measurements=(known, *unknown)))
    assert {fit.split: fit.worker for fit in found} == {0: 2, 1: 3, 2: 4, 3: 4, 4: 3}


def test_a_pause_is_longer_than_any_proposal():
    """An hour between two runs would squeeze both to a line; what a sampler takes is no pause."""
    assert find_pauses(in_a_row(*range(0, 20, 2))) == []
    assert find_pauses(in_a_row(0, 1, 2, 100, 101)) == [Pause(3.0, 97.0)]
    # Ten minutes of search, and a wait of half a minute for something else.
    assert find_pauses(in_a_row(0, 630, seconds=600)) == []
    assert find_pauses(in_a_row(0, 670, seconds=600)) == [Pause(600.0, 70.0)]
    # Another worker was busy.
    both = sorted([*in_a_row(0, 100), *in_a_row(0, seconds=100.0, worker=1)], key=lambda fit: fit.start)
    assert find_pauses(both) == []


def test_time_is_counted_without_pauses():
    """The share of a night in which nobody ran the search says nothing about its workers."""
    fits = in_a_row(0, 1, 2, 5000, 5002)
    table = Timetable(fits, find_pauses(fits))
    np.testing.assert_allclose(table.starts, [0, 1, 2, 3, 5])
    np.testing.assert_allclose(table.cuts, [3.0])
    assert table.span == 6.0
    assert table.busy == pytest.approx(5 / 6)


def test_only_workers_that_were_there_can_have_waited():
    """A search that goes on with fewer workers has not lost the others' time."""
    fits = sorted(
        [*in_a_row(0, 5000, seconds=10.0), *in_a_row(0, seconds=5.0, worker=1)], key=lambda fit: fit.start
    )
    assert Timetable(fits, find_pauses(fits)).busy == pytest.approx(25 / 30)


def test_workers_are_in_the_order_of_their_numbers():
    """The tenth worker next to the first one cannot be found."""
    fits = [fit._replace(worker=worker) for fit, worker in zip(in_a_row(0, 1, 2), ("a", 10, 9), strict=True)]
    table = Timetable(fits, [])
    assert table.workers == [9, 10, "a"]
    assert table.rows.tolist() == [2, 1, 0]


@given(FITS)
def test_fits_of_a_worker_never_overlap(fits):
    """A clock that is set back in mid-search would draw bars above each other, and workers that were busy twice."""
    table = Timetable(fits, find_pauses(fits))
    assert (table.ends >= table.starts).all() and table.starts.min() >= 0.0
    for row in range(len(table.workers)):
        mine = table.rows == row
        assert (table.starts[mine][1:] >= table.ends[mine][:-1]).all()
    assert 0.0 <= table.busy <= 1.0 + 1e-9
    assert table.span <= max(fit.start + fit.seconds for fit in fits) + 1e-6
