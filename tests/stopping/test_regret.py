"""The rule that ends a search when no more than noise can be gained."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhpo import Study
from skhpo.schedulers import (
    FullScheduler,
    HyperbandScheduler,
    Lossless,
    PopulationScheduler,
    RacingScheduler,
    hyperband_plan,
)
from skhpo.space import SearchSpace
from skhpo.stopping import RegretBound
from skhpo.stopping._regret import check_sizes, confidence_width, fold_scores
from skhpo.trial import Measurement, Trial

SPACE = SearchSpace.from_spec({"x": (0.0, 1.0), "y": (0.0, 1.0)})
SPLITS = [(np.arange(8), np.arange(8, 10))] * 5


def told(number, point, score, spread=0.1):
    """A complete trial, with scores of five folds; failed if its score is NaN."""
    if math.isnan(score):
        return Trial(number, {}, point, status="failed", measurements=(Measurement(0, {}),))
    folds = tuple(score + spread * offset for offset in (-1.0, -0.5, 0.0, 0.5, 1.0))
    measurement = Measurement(0, {"score": score}, fold_scores=folds)
    return Trial(number, {}, point, "model", "complete", (measurement,), score=score)


def smooth(n, spread=0.1, seed=0):
    """Trials all over the space of a score that is smooth."""
    points = np.random.default_rng(seed).random((n, 2))
    scores = 1.0 - ((points - 0.4) ** 2).sum(axis=1)
    return [told(i, tuple(x), float(y), spread) for i, (x, y) in enumerate(zip(points, scores, strict=True))]


def bound(rule, scheduler=None, metric=None):
    """The rule in a study of the space."""
    return rule.bound_to(SPACE, scheduler or FullScheduler(), metric)


def test_the_search_ends_where_noise_hides_what_could_be_gained_and_goes_on_where_it_does_not():
    """That is the rule."""
    rule = bound(RegretBound(min_trials=20, n_checks=1))
    assert rule(smooth(20, spread=0.2))
    assert not rule(smooth(20, spread=1e-6))


def test_the_bound_covers_the_true_regret():
    """A bound below what was still to be gained would end searches that go well."""
    for seed in range(6):
        trials = smooth(20, seed=seed)
        gain = bound(RegretBound()).gain(trials)
        assert gain.bound >= 1.0 - max(trial.score for trial in trials)


def test_the_bound_is_in_units_of_the_score():
    """Errors in dollars and in millions of dollars are the same search."""
    trials = smooth(15)
    scaled = [told(t.number, t.point, 1000.0 * t.score, 100.0) for t in trials]
    small, large = (bound(RegretBound()).gain(some) for some in (trials, scaled))
    assert large.bound == pytest.approx(1000.0 * small.bound, rel=1e-3)
    assert large.standard_error == pytest.approx(1000.0 * small.standard_error)


def test_what_is_left_can_be_asked_for_at_any_time():
    """A report says whether more search would pay, also of a search that had no such rule."""
    trials = smooth(15)
    assert RegretBound().gain_left(trials, SPACE, FullScheduler()) == bound(RegretBound()).gain(trials)
    assert RegretBound().gain_left(trials[:4], SPACE, FullScheduler()) is None
    promoting = HyperbandScheduler(1, hyperband_plan(1, 9))
    assert RegretBound().gain_left(trials, SPACE, promoting) is None


def test_standard_error_allows_for_training_parts_that_overlap():
    """The naive one is too small by half, and the search would go on polishing noise."""
    folds = [0.8, 0.85, 0.9, 0.95, 1.0]
    naive = np.std(folds, ddof=1) / math.sqrt(5)
    assert RegretBound().standard_error(folds) == pytest.approx(naive * math.sqrt(1 + 5 / 4))
    assert RegretBound(test_ratio=0.5).standard_error(folds) == pytest.approx(naive * math.sqrt(1 + 5 / 2))


def test_the_ratio_comes_from_the_splits_unless_it_was_given():
    """Repeated splits are more than they look: their number does not say how large they are."""
    assert RegretBound().for_splits(SPLITS, "BayesSearchCV") == RegretBound(test_ratio=0.25)
    assert RegretBound(test_ratio=0.7).for_splits(SPLITS, "BayesSearchCV") == RegretBound(test_ratio=0.7)


def test_several_looks_in_a_row_have_to_agree():
    """A single look is sometimes wrong; more of them are asked for by default."""
    noisy, clear = smooth(24, spread=0.2), smooth(24, spread=1e-6)
    rule = bound(RegretBound(min_trials=20, n_checks=3))
    assert check_sizes(24, 20) == [20, 22, 24]
    assert rule(noisy)
    assert not rule(noisy[:23])
    # What is best at the look after 22 trials has no noise at all.
    best = max(range(22), key=lambda i: noisy[i].score)
    mixed = [clear[i] if i == best else trial for i, trial in enumerate(noisy)]
    assert not rule(mixed)


def test_nothing_is_looked_at_before_the_first_look_and_between_looks(monkeypatch):
    """A model that is fitted after every trial would cost as much as the sampler does."""
    rule, trials = bound(RegretBound(min_trials=20, n_checks=1)), smooth(40)
    looked = []
    monkeypatch.setattr(rule, "gain", lambda some: looked.append(len(some)))
    for n in range(41):
        rule(trials[:n])
    assert looked == check_sizes(40, 20)


def test_an_answer_is_forgotten_when_the_trials_are_others():
    """Without a seed a slow trial comes in late, before others that were looked at already."""
    rule = bound(RegretBound(min_trials=20, n_checks=1))
    assert rule(smooth(20, spread=0.2))
    assert not rule(smooth(20, spread=1e-6))


def test_failed_trials_count_as_bad_ones_and_do_not_end_a_search_alone():
    """A region where fits fail holds no gain, and too few scores say nothing."""
    trials = smooth(20, spread=0.4)
    failed = [told(t.number, t.point, math.nan) if t.point[0] > 0.8 else t for t in trials]
    assert bound(RegretBound(min_trials=20, n_checks=1))(failed)
    all_failed = [told(t.number, t.point, math.nan) for t in trials[4:]]
    assert bound(RegretBound()).gain(trials[:4] + all_failed) is None


def test_equal_scores_say_nothing():
    """Where nothing has made a difference yet, the first good region may still be ahead."""
    assert bound(RegretBound()).gain([told(i, (i / 20, 0.5), 0.5) for i in range(20)]) is None


def test_no_noise_never_ends_a_search():
    """Folds that all score the same would make the smallest gain look larger than the noise, not smaller."""
    assert not bound(RegretBound(100.0, min_trials=20, n_checks=1))(smooth(20, spread=0.0))


def test_scores_of_folds_come_from_whoever_has_them():
    """A search tells folds one by one, a user all at once."""
    folds = tuple(Measurement(i, {"auc": 0.1 * i, "f1": 0.5}) for i in range(3))
    trial = Trial(0, {}, status="complete", measurements=folds)
    assert fold_scores(trial, "auc") == (0.0, 0.1, 0.2)
    assert fold_scores(told(0, (0.1, 0.2), 0.5), None) == pytest.approx((0.4, 0.45, 0.5, 0.55, 0.6))
    assert math.isnan(RegretBound().standard_error([0.5]))


def test_trials_that_a_race_has_stopped_are_known_as_far_as_they_went():
    """Without them the model would believe in gains where there are none."""
    scheduler = RacingScheduler(5, Lossless(1.0))
    raced = []
    for trial in smooth(20, spread=0.2):
        folds = tuple(Measurement(i, {"score": one}) for i, one in enumerate(fold_scores(trial, None)))
        if trial.number % 2 and trial.score < 0.9:
            trial = replace(trial, status="pruned", score=math.nan, measurements=folds[:2])
        else:
            trial = replace(trial, measurements=folds)
        raced.append(trial)
    assert any(trial.status == "pruned" for trial in raced)
    with_them = bound(RegretBound(), scheduler).gain(raced)
    without = bound(RegretBound(), scheduler).gain([t for t in raced if t.status == "complete"])
    assert with_them.bound != without.bound
    assert with_them.standard_error == without.standard_error
    assert bound(RegretBound(min_trials=20, n_checks=1), scheduler)(raced)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RegretBound(0),
            "'factor' parameter of RegretBound must be a float in the range (0, inf). Got 0",
        ),
        (
            lambda: RegretBound(min_trials=0),
            "'min_trials' parameter of RegretBound must be an int in the range [1,",
        ),
        (
            lambda: RegretBound(n_checks=1.5),
            "'n_checks' parameter of RegretBound must be an int in the range [1,",
        ),
        (lambda: RegretBound(test_ratio=-1), "'test_ratio' parameter of RegretBound must be a float"),
        (lambda: RegretBound()([]), "has to be bound to a study"),
        (
            lambda: RegretBound().for_splits(SPLITS[:1], "GridSearchCV"),
            "'cv' parameter of GridSearchCV must yield",
        ),
        (lambda: RegretBound().bound_to(None, FullScheduler(), None), "needs a search space"),
        (lambda: bound(RegretBound(), HyperbandScheduler(2, hyperband_plan(1, 9, 3))), "different resources"),
        (lambda: bound(RegretBound(), PopulationScheduler(2, 4, 10, 5)), "different resources"),
    ],
)
def test_what_the_rule_cannot_do_is_refused(make, message):
    """A rule that silently never fires is worse than none."""
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value)


def test_scores_without_folds_are_refused_at_the_first_trial():
    """A rule that silently never fires would let the study go on for ever."""
    study = Study(SPACE, stopping="regret_bound", random_state=0)
    job = study.ask()
    study.tell(job, error=RuntimeError("no"))
    job = study.ask()
    with pytest.raises(ValueError, match="tell the study the scores of all folds"):
        study.tell(job, score=0.5)


@settings(max_examples=25)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=5, max_size=12))
def test_any_scores_are_answered(scores):
    """A score of 1e300 must not end a search with an error, nor with a warning."""
    trials = [told(i, ((i + 0.5) / 12, 0.5), score, spread=0.0) for i, score in enumerate(scores)]
    gain = bound(RegretBound()).gain(trials)
    assert gain is None or not gain.bound < 0


def test_wider_spaces_and_more_trials_have_wider_bounds():
    """The bounds have to hold for all points and all looks at once."""
    assert confidence_width(2, 20) < confidence_width(9, 20) < confidence_width(9, 80)


@pytest.mark.parametrize("lookahead", [None, 1, 3])
def test_a_study_ends_early_and_the_same_with_a_seed(lookahead):
    """The rule has to work where it is used, and must not depend on what it remembers."""

    def finish():
        study = Study(
            SPACE, n_iter=80, stopping=RegretBound(min_trials=12), random_state=0, lookahead=lookahead
        )
        while (job := study.ask()) is not None:
            score = -((job.configuration["x"] - 0.4) ** 2)
            study.tell(job, score=[score - 0.2, score, score + 0.2])
        return study

    studies = finish(), finish()
    assert studies[0].is_stopped
    assert 14 <= len(studies[0].trials) < 40
    assert [t.configuration for t in studies[0].trials] == [t.configuration for t in studies[1].trials]


def test_a_study_with_the_rule_can_be_pickled():
    """Studies are sent to other processes and kept in files."""
    rule = bound(RegretBound(min_trials=20, n_checks=1))
    trials = smooth(20, spread=0.2)
    assert rule(trials)
    assert pickle.loads(pickle.dumps(rule))(trials)
