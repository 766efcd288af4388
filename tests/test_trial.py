"""Records of trials: errors as text, and what is read off them."""

import copy
import gc
import math
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.trial import FitError, Measurement, Trial, TrialLog, unfinished


def test_error_keeps_type_message_traceback_and_stage():
    """Without these a user could not find out why a configuration failed."""
    try:
        raise ValueError("gamma must be positive")
    except ValueError as caught:
        error = FitError.from_exception(caught, "score")
    assert (error.type, error.message, error.stage) == ("ValueError", "gamma must be positive", "score")
    assert "test_error_keeps_type" in error.traceback


def test_records_survive_pickling():
    """Trials come back from worker processes."""
    trial = Trial(3, {"C": 1.0}, (0.5,), measurements=(Measurement(0, {"score": 0.9}),))
    assert repr(pickle.loads(pickle.dumps(trial))) == repr(trial)


def test_first_error_of_a_trial_is_shown():
    """The row of a failed configuration says why it failed, also if other folds went well."""
    error = FitError("ValueError", "no", "")
    trial = Trial(0, {}, measurements=(Measurement(0, {"score": 1.0}), Measurement(1, {}, error=error)))
    assert trial.error is error
    assert Trial(0, {}).error is None


def test_seconds_of_a_trial_are_those_of_all_its_fits():
    """A budget of time, and samplers that heed it, count what was really spent."""
    known, unknown = Measurement(0, {}, fit_time=2.0, score_time=0.5), Measurement(1, {})
    assert Trial(0, {}, measurements=(known, known)).seconds == 5.0
    assert math.isnan(Trial(0, {}, measurements=(known, unknown)).seconds)
    assert math.isnan(Trial(0, {}).seconds)


@pytest.mark.parametrize(
    "scores", [{"score": 0.5}, {"score": 1}, {"score": math.nan}, {"f1": 0.5}, {"b": 0.5, "a": 1.0}, {}]
)
def test_scores_are_the_dict_that_was_given(scores):
    """They are stored without a dict of their own; nobody is to notice."""
    measurement = Measurement(0, scores, train_scores=dict(scores))
    for one in (measurement, pickle.loads(pickle.dumps(measurement)), copy.deepcopy(measurement)):
        for found in (one.scores, one.train_scores):
            assert type(found) is dict and list(found) == list(scores)
            assert repr(found) == repr(scores) and list(map(type, found.values())) == list(
                map(type, scores.values())
            )
        assert repr(one) == repr(measurement)
    measurement.scores["score"] = 7.0
    assert repr(measurement.scores) == repr(scores)


def test_many_measurements_share_the_names_of_their_scores():
    """A search of ten thousand trials held two kilobytes a trial of dicts and names alone."""
    measurements = pickle.loads(
        pickle.dumps([Measurement(i % 5, {"f1": 0.1 * i, "auc": 0.2}) for i in range(50)])
    )
    assert all(
        a is b for one in measurements for a, b in zip(one.scores, measurements[0].scores, strict=True)
    )
    (plain,) = pickle.loads(pickle.dumps([Measurement(0, {"score": 0.25})]))
    assert not any(isinstance(one, dict) for one in gc.get_referents(plain))


@given(
    st.lists(st.tuples(st.sampled_from(["start", "end", "revive", "cut"]), st.integers(0, 9)), max_size=40)
)
def test_a_log_knows_which_trials_are_unfinished(steps):
    """Schedulers and samplers rely on it instead of looking at all trials: they would pass over some."""
    log, settled_by_history = TrialLog(), {}
    for step, number in steps:
        if step == "start":
            log.append(Trial(len(log), {}))
        elif step == "cut":
            log.cut(number)
        elif number < len(log):
            log.put(replace(log[number], status="complete" if step == "end" else "running"))
        expected = [one for one in log if not one.is_finished]
        assert log.unfinished() == unfinished(list(log)) == unfinished(log) == expected
        assert log.n_settled == (expected[0].number if expected else len(log))
        # What is remembered by the history of a log must still be true.
        known = settled_by_history.setdefault(log.history, [])
        assert all(a is b for a, b in zip(known, log, strict=False))
        settled_by_history[log.history] = max(known, log[: log.n_settled], key=len)


def test_a_log_as_it_was_known():
    """A proposal that sees a result too early depends on which worker was faster."""
    trials = [
        Trial(i, {}, status=status, score=0.5) for i, status in enumerate(["complete", "failed", "complete"])
    ]
    log = TrialLog(trials)
    known = log.as_known_of(2)
    assert [trial.status for trial in known] == ["complete", "failed", "running"]
    assert math.isnan(known[2].score) and known.n_settled == 2 and known.history is log.history
    assert known.unfinished() == [known[2]] and log.unfinished() == []


def test_when_and_by_whom_is_no_part_of_what_was_measured():
    """Two runs of one seed would differ by the clock, and what compares trials would be led by it."""
    one = Measurement(0, {"score": 0.5}, started=1.0, worker=0)
    other = replace(one, started=2.0, worker="another")
    assert one == other and (other.started, other.worker) == (2.0, "another")
    assert Trial(0, {}, measurements=(one,)) == Trial(0, {}, measurements=(other,), discarded=(one,))


def test_a_discarded_fit_does_not_change_the_history():
    """Samplers would forget what they have learnt, for a result that does not count."""
    log = TrialLog([Trial(0, {}, status="complete"), Trial(1, {})])
    log.take_changes()
    before = log.history
    log.put(replace(log[0], discarded=(Measurement(1, {"score": 0.5}),)))
    assert log.history is before and [trial.number for trial in log.take_changes()] == [0]
    log.put(replace(log[0], status="failed"))
    assert log.history is not before
