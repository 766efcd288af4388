"""Scores of trials that were stopped early, made comparable."""

import numpy as np
from pictured import halved, raced

from skhpo.plots._estimates import estimated_scores
from skhpo.trial import Measurement, Trial


def test_stopped_trials_of_a_race_have_estimates():
    """A model of the few complete trials alone would hope for much where everybody was stopped."""
    trials = list(raced().trials)
    scores, noisiness = estimated_scores(trials, 2)
    stopped = np.array([trial.status == "pruned" for trial in trials])
    truth = np.array([1 - trial.configuration["x"] ** 2 + 0.02 for trial in trials])
    assert stopped.any()
    np.testing.assert_allclose(scores[stopped], truth[stopped], atol=0.02)
    assert (noisiness[stopped] > 1).all()
    assert np.isnan(scores[[trial.status == "failed" for trial in trials]]).all()


def test_trials_of_rungs_are_compared_with_the_same_resource():
    """More of the resource makes better scores: side by side they would be those of the resource."""
    trials = list(halved().trials)
    scores, _ = estimated_scores(trials, 2)
    known = np.isfinite(scores)
    x = np.array([trial.configuration["x"] for trial in trials])[known]
    assert known.sum() > sum(trial.status == "complete" for trial in trials)
    assert np.ptp(scores[known] + x**2) < 0.15


def test_generations_of_a_population_count_as_they_are():
    """All of them were trained as long as their forefathers and themselves together."""
    trials = [
        Trial(i, {"a": i}, status="complete", score=i / 10, resource=1, parent=None if i < 2 else i - 2)
        for i in range(6)
    ]
    trials = [
        Trial(**{**vars_of(t), "measurements": (Measurement(0, {"s": t.score}, resource=1 + t.number // 2),)})
        for t in trials
    ]
    np.testing.assert_allclose(estimated_scores(trials, 1)[0], [t.score for t in trials])


def vars_of(trial):
    """Return the fields of a trial."""
    return {name: getattr(trial, name) for name in trial.__dataclass_fields__}


def test_trials_without_fits_are_no_problem():
    """Trials that somebody made by hand have scores and no measurements."""
    trials = [Trial(0, {"a": 1}, status="complete", score=0.5), Trial(1, {"a": 2}, status="pruned")]
    np.testing.assert_array_equal(estimated_scores(trials, 1)[0], [0.5, np.nan])
