"""From trials to tables."""

import io
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skhpo.search._results import TrialRows, trials_frame
from skhpo.trial import FitError, Measurement, Trial

SEARCH = SimpleNamespace(error_score=-1.0, return_train_score=True, multimetric_=False)
ERROR = FitError("ValueError", "no", "Traceback ...")


def trial(number, *measurements, status="complete"):
    """A trial with these measurements."""
    return Trial(number, {"C": number}, status=status, measurements=measurements)


def test_rows_repeat_trials_and_leave_out_unfinished_ones():
    """scikit-learn lists a candidate as often as it was drawn; a row of half a trial would be ranked wrongly."""
    trials = [trial(0, Measurement(0, {"score": 0.5})), trial(1, status="running")]
    rows = TrialRows.of_finished(trials, [0, 1, 0], SEARCH)
    assert rows.candidates == [{"C": 0}, {"C": 0}]
    assert TrialRows.of_finished(trials, [0, 5], SEARCH).candidates == [{"C": 0}]
    assert TrialRows.of_finished(trials, None, SEARCH).candidates == [{"C": 0}]


def test_error_score_stands_for_exceptions_only():
    """A metric that is NaN by nature is not an error to be scored as one."""
    nan = FitError("NonFiniteScore", "The score is nan.", "", "score")
    rows = TrialRows(
        [
            trial(0, Measurement(0, {"score": 0.5}, {"score": 0.6})),
            trial(1, Measurement(0, {}, error=ERROR)),
            trial(2, Measurement(0, {"score": math.nan}, {"score": 0.6}, error=nan)),
        ],
        SEARCH,
    )
    results = rows.as_fit_results(1)
    np.testing.assert_equal([result["test_scores"] for result in results], [0.5, -1.0, math.nan])
    np.testing.assert_equal([result["train_scores"] for result in results], [0.6, -1.0, 0.6])


def test_failed_fits_get_the_names_of_the_metrics():
    """A row without its columns would break the whole table."""
    search = SimpleNamespace(error_score=math.nan, return_train_score=False, multimetric_=True)
    rows = TrialRows(
        [trial(0, Measurement(0, {}, error=ERROR)), trial(1, Measurement(0, {"a": 1.0, "b": 2.0}))], search
    )
    np.testing.assert_equal(rows.as_fit_results(1)[0]["test_scores"], {"a": math.nan, "b": math.nan})


def test_scoring_errors_are_warned_about_once():
    """A thousand warnings hide the one that matters."""
    error = FitError("ValueError", "no", "Traceback: the metric", "score")
    failed = [trial(i, Measurement(0, {"score": math.nan}, error=error), status="failed") for i in range(3)]
    rows = TrialRows([*failed, trial(3, Measurement(0, {"score": 1.0}))], SEARCH)
    with pytest.warns(UserWarning, match="Scoring failed") as caught:
        rows.raise_or_warn_about_failures()
    assert len(caught) == 1
    assert "3 times:\nTraceback: the metric" in str(caught[0].message)


def test_nothing_to_show_is_an_error():
    """An empty table would fail later, and say less."""
    with pytest.raises(ValueError, match="No fits were performed"):
        TrialRows([], SEARCH).raise_or_warn_about_failures()


def test_frame_holds_values_as_they_are():
    """Numbers that become text, or tuples that become columns, cannot be analysed."""
    trials = [
        Trial(
            0,
            {"C": 1.0, "shape": (8, 8)},
            status="complete",
            score=0.5,
            measurements=(Measurement(0, {}, None, 1.0, 2.0),),
        ),
        Trial(1, {"C": 2.0}, status="failed", measurements=(Measurement(0, {}, None, 3.0, 0.0, ERROR),)),
    ]
    frame = trials_frame(trials)
    assert frame["param_C"].dtype == float
    assert frame.loc[0, "param_shape"] == (8, 8)
    assert frame.loc[1, "param_shape"] is None or frame["param_shape"].isna()[1]
    assert list(frame["fit_time"]) == [1.0, 3.0]
    assert frame.loc[1, "error"] == "ValueError: no"
    assert len(trials_frame([])) == 0


def test_a_table_shows_the_scores_of_each_split_at_the_last_rung():
    """A CSV file of a search would hold means only, or mix the scores of different rungs."""
    fits = (
        Measurement(0, {"a": 0.1, "b": 0.2}, {"a": 1.0, "b": 1.0}, resource=10),
        Measurement(0, {"a": 0.3, "b": 0.4}, {"a": 1.0, "b": 1.0}, resource=30),
    )
    trials = [
        Trial(0, {"C": 1.0}, measurements=fits, resource=30, bracket=1, status="complete", score=0.3),
        Trial(1, {"C": 2.0}),
    ]
    frame = trials_frame(trials)
    splits = frame.filter(like="split0")
    assert list(splits) == ["split0_test_a", "split0_train_a", "split0_test_b", "split0_train_b"]
    assert splits.loc[0].tolist() == [0.3, 1.0, 0.4, 1.0]
    assert splits.loc[1].isna().all()
    assert frame.loc[0, ["resource", "bracket"]].tolist() == [30, 1]
    read = pd.read_csv(io.StringIO(frame.to_csv()), index_col="number")
    pd.testing.assert_frame_equal(read[splits.columns], splits)


def test_a_table_has_no_columns_of_resources_where_none_is_rationed():
    """Two columns without a meaning would be in every file."""
    frame = trials_frame([Trial(0, {"C": 1.0}, measurements=(Measurement(0, {"score": 0.5}),))])
    assert not {"resource", "bracket"} & set(frame)
    assert frame["split0_test_score"].tolist() == [0.5]
