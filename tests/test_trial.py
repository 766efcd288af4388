"""Records of trials: errors as text, and what is read off them."""

import math
import pickle

from skhpo.trial import FitError, Measurement, Trial, Trials


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


def test_trials_are_a_tuple_with_a_short_text():
    """A notebook that shows fitted attributes must not print thousands of trials."""
    trials = Trials(Trial(i, {"C": i}, status="complete" if i else "failed") for i in range(1000))
    assert repr(trials) == "Trials(1 failed, 999 complete)"
    assert trials[5].configuration == {"C": 5}
    assert isinstance(pickle.loads(pickle.dumps(trials)), Trials)
