"""The rules that look at scores, numbers and times alone."""

import math

import pytest

from skhpo.stopping import FitSeconds, MaxTrials, Patience, Target, measured_seconds
from skhpo.trial import Measurement, Trial


def trials_of(scores):
    """Finished trials with these scores; NaN means failed."""
    return [
        Trial(i, {}, status="failed" if math.isnan(score) else "complete", score=score)
        for i, score in enumerate(scores)
    ]


@pytest.mark.parametrize(
    ("scores", "stops"),
    [
        ([], False),
        ([0.5, 0.4], False),
        ([0.5, 0.4, 0.5, 0.3], True),
        ([0.5, 0.4, 0.5, 0.6], False),
        ([math.nan, math.nan, math.nan], True),
        ([0.5, math.nan, math.nan, 0.6], False),
    ],
)
def test_patience_counts_trials_without_a_gain(scores, stops):
    """A search that stops too early misses the best configuration; failed trials are no gain."""
    assert Patience(3)(trials_of(scores)) is stops


def test_patience_ignores_gains_below_min_delta():
    """Tiny gains would keep a search going for ever."""
    scores = [0.5, 0.501, 0.502, 0.503]
    assert Patience(3, min_delta=0.01)(trials_of(scores))
    assert not Patience(3)(trials_of(scores))


def test_target_stops_at_the_score_itself():
    """A user who asks for 0.9 is content with 0.9."""
    assert Target(0.9)(trials_of([0.2, 0.9]))
    assert not Target(0.9)(trials_of([0.2, math.nan]))


def test_a_number_of_trials_counts_failed_ones():
    """Where everything fails, a limit that counts successes is none."""
    assert not MaxTrials(3)(trials_of([math.nan, 0.5]))
    assert MaxTrials(3)(trials_of([math.nan, 0.5, math.nan]))


def timed(number, *seconds):
    """A failed trial whose fits took so long."""
    told = tuple(Measurement(i, {}, fit_time=one, score_time=0.25) for i, one in enumerate(seconds))
    return Trial(number, {}, status="failed", measurements=told)


def test_fit_seconds_are_those_of_all_fits_and_scorings():
    """Who pays for computing pays for failed fits and for scoring, too."""
    trials = [timed(0, 1.0, 2.0), timed(1, 1.0)]
    assert measured_seconds(trials) == 4.75
    assert FitSeconds(4.75)(trials)
    assert not FitSeconds(4.8)(trials)


def test_times_that_are_not_known_do_not_count():
    """One trial told without its time would make the sum NaN, and the search endless."""
    assert measured_seconds([Trial(0, {}), timed(1, math.nan), timed(2, 1.0)]) == 1.25


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Patience(0), "'n_trials' parameter of Patience must be an int in the range [1, inf)"),
        (lambda: Patience(True), "Got True instead."),
        (lambda: Patience(2, -1.0), "'min_delta' parameter of Patience"),
        (lambda: Target("high"), "'score' parameter of Target must be a float. Got 'high' instead."),
        (lambda: Target(math.nan), "Got nan instead."),
        (
            lambda: MaxTrials(0),
            "'n_trials' parameter of MaxTrials must be an int in the range [1, inf). Got 0",
        ),
        (
            lambda: FitSeconds(0),
            "'seconds' parameter of FitSeconds must be a float in the range (0, inf). Got 0",
        ),
        (lambda: FitSeconds("1h"), "Got '1h' instead."),
    ],
)
def test_bad_arguments_say_what_was_expected(make, message):
    """A misspelt rule that is silently ignored would cost hours of computing."""
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value)
