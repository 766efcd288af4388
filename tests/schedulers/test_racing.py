"""Racing over folds: who is stopped, and that the winner stays the same."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo import Study
from skhpo.schedulers import RACING, Lossless, Margin, Race, RacingScheduler, Resume, Start, Verdict, Wait
from skhpo.trial import FitError, Measurement, Trial


def trial(number, *scores, status="running", pending=()):
    """A trial with these scores on its first folds."""
    measurements = tuple(Measurement(i, {"score": score}) for i, score in enumerate(scores))
    return Trial(number, {}, measurements=measurements, status=status, pending=pending)


def race(scores, rule, lookahead=None):
    """Race the rows of a matrix of scores, one fit after the other; the study."""
    n, k = scores.shape
    study = Study(
        {"i": list(range(n))},
        sampler="grid",
        scheduler=RacingScheduler(k, rule, lookahead=lookahead),
        lookahead=lookahead,
    )
    while (job := study.ask()) is not None:
        study.tell(job, score=float(scores[job.configuration["i"], job.split]))
    return study


MATRICES = st.integers(1, 10).flatmap(
    lambda k: st.lists(
        st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]), min_size=k, max_size=k),
        min_size=1,
        max_size=12,
    )
)


@given(rows=MATRICES, lookahead=st.sampled_from([None, 1, 3]))
def test_lossless_racing_finds_the_winner_of_the_full_evaluation(rows, lookahead):
    """The promise of the name: the first one of the best, as `best_index_` is defined, ties included."""
    scores = np.array(rows)
    study = race(scores, Lossless(best_score=1.0), lookahead)
    means = np.average(scores, axis=1)
    assert study.best_trial.configuration["i"] == int(np.argmax(means))
    assert study.best_score == means.max()


@given(rows=MATRICES)
def test_stopped_trials_could_not_have_won(rows):
    """What is skipped must not have mattered, for any trial and not the winner alone."""
    scores = np.array(rows)
    study = race(scores, Lossless(best_score=1.0))
    for one in study.trials:
        if one.status == "pruned":
            assert np.average(scores, axis=1)[one.number] <= study.best_score
            assert len(one.measurements) < scores.shape[1]
            assert math.isnan(one.score)


def test_a_tie_is_won_by_the_older_trial():
    """Whoever came first wins in scikit-learn, and a trial that can only tie is not worth its folds."""
    scheduler = RacingScheduler(2, Lossless(best_score=1.0))
    older, younger = trial(0, 1.0, 0.5, status="complete"), trial(1, 0.5)
    assert scheduler.verdicts([older, younger], 1) == {1: Verdict("pruned", 1)}
    rival = trial(1, 1.0, 0.5, status="complete")
    assert scheduler.verdicts([trial(0, 0.5), rival], 1) == {}


def test_a_failed_fold_ends_a_trial():
    """A trial with a failed fold never wins: its other folds are wasted."""
    scheduler = RacingScheduler(3, Lossless(best_score=1.0))
    assert scheduler.verdicts([trial(0, math.nan)], 0) == {0: Verdict("failed", 1)}


def test_a_failed_fit_that_counts_may_go_on():
    """In the drop-ins a number given as `error_score` is a score, and may even win."""
    failed = Measurement(0, {}, error=error())
    scheduler = RacingScheduler(2, Lossless(best_score=1.0), failed_score=0.9)
    assert scheduler.verdicts([Trial(0, {}, measurements=(failed,))], 0) == {}


def error():
    """An error as workers record it."""
    return FitError("ValueError", "no", "Traceback")


def test_trials_run_side_by_side_with_a_fit_each():
    """A fold that is fitted before the verdict on the last one may be wasted."""
    scheduler = RacingScheduler(3, Lossless(best_score=1.0))
    assert scheduler.decide([trial(0, 0.5)]) == Resume(0, 1)
    assert scheduler.decide([trial(0, 0.5, pending=(1,))]) == Start()


def test_folds_are_fitted_ahead_rather_than_to_idle():
    """A core that waits for a verdict is wasted for certain."""
    scheduler = RacingScheduler(3, Lossless(best_score=1.0))
    running = trial(0, 0.5, pending=(1,))
    assert scheduler.decide([running], "held") == Resume(0, 2)
    assert scheduler.decide([trial(0, 0.5, pending=(1, 2))], "over") == Wait()


def test_results_of_abandoned_fits_are_ignored():
    """They are under way when the verdict falls, and must neither raise nor count."""
    study = Study({"i": [0, 1]}, sampler="grid", scheduler=RacingScheduler(3, Lossless(best_score=1.0)))
    for _ in range(3):
        study.tell(study.ask(), score=1.0)
    first, ahead = study.ask(), study.ask()
    assert study.tell(first, score=0.0).status == "pruned"
    assert len(study.tell(ahead, score=1.0).measurements) == 1
    with pytest.raises(ValueError, match="told before"):
        study.tell(ahead, score=1.0)


def test_a_bound_that_is_no_number_is_refused():
    """A typing error would stop everything or nothing."""
    with pytest.raises(ValueError, match="'best_score' parameter of Lossless must be a float or None"):
        Lossless(best_score="1")


@pytest.mark.parametrize("rule", [rule(best_score=1.0) for rule in RACING.values()])
@given(rows=MATRICES)
def test_every_rule_leaves_a_winner_measured_on_all_folds(rule, rows):
    """Whatever is stopped, the best complete trial has to be one."""
    scores = np.array(rows)
    study = race(scores, rule)
    means = [np.average(scores, axis=1)[t.number] for t in study.trials if t.status == "complete"]
    assert study.best_score == max(means)
    assert study.trials[0].status == "complete"


def test_margin_skips_more_than_lossless_and_loses_little():
    """Its reason to exist: noisy folds, clear differences between the configurations."""
    rng = np.random.default_rng(0)
    skipped, losses = {}, []
    for _ in range(20):
        scores = np.clip(rng.normal(0.8, 0.05, (40, 1)) + rng.normal(0.0, 0.02, (40, 10)), 0.0, 1.0)
        for name, rule in RACING.items():
            study = race(scores, rule(best_score=1.0))
            n_done = sum(len(trial.measurements) for trial in study.trials)
            skipped[name] = skipped.get(name, 0.0) + 1.0 - n_done / scores.size
        losses.append(np.average(scores, axis=1).max() - study.best_score)
    assert skipped["margin"] > skipped["lossless"] + 2.0
    assert np.mean(losses) < 0.0005


def test_margin_never_stops_who_is_ahead():
    """A trial that leads is the one to measure."""
    assert not Margin().is_hopeless(Race((0.9,), 5, (0.8, 0.81, 0.79, 0.8, 0.8)))
    assert Margin().is_hopeless(Race((0.7,), 5, (0.8, 0.8, 0.8, 0.8, 0.8)))


@pytest.mark.parametrize("tolerance", [-1.0, math.nan, "0.1"])
def test_a_tolerance_that_is_no_number_is_refused(tolerance):
    """A typing error would stop everything or nothing."""
    with pytest.raises(ValueError, match="'tolerance' parameter of Margin must be a float"):
        Margin(tolerance=tolerance)


def test_stopped_trials_are_shown_with_a_fair_estimate():
    """Who was stopped after an easy fold would look better than who did well on hard ones."""
    scheduler = RacingScheduler(2, Lossless(best_score=1.0))
    easy_first = [trial(0, 0.9, 0.5, status="complete"), trial(1, 0.8, 0.4, status="complete")]
    seen = scheduler.view([*easy_first, trial(2, 0.85, status="pruned")], 1)
    assert seen[:2] == easy_first
    assert seen[2].status == "pruned" and seen[2].noisiness == 2.0
    assert seen[2].score == pytest.approx(0.65)


def as_seen(trials):
    """What a view says of each trial."""
    return [(one.status, repr(one.score), one.noisiness) for one in trials]


class Checked(RacingScheduler):
    """Compares what it says of a log with what one says that remembers nothing and has to look at all trials."""

    def fresh(self):
        """Return another one."""
        return RacingScheduler(self.n_splits, self.rule, self.metric, self.lookahead)

    def decide(self, trials, starting="open"):
        """Decide twice."""
        decision = super().decide(trials, starting)
        assert decision == self.fresh().decide(list(trials), starting)
        assert as_seen(self.view(trials, 1)) == as_seen(self.fresh().view(list(trials), 1))
        return decision

    def verdicts(self, trials, number):
        """Judge twice."""
        found = super().verdicts(trials, number)
        assert found == self.fresh().verdicts(list(trials), number)
        return found


@given(rows=MATRICES, lookahead=st.sampled_from([None, 2]), order=st.randoms(use_true_random=False))
def test_what_a_race_remembers_makes_no_difference(rows, lookahead, order):
    """Finished trials are read once, or a search of thousands would be slow; a resumed search remembers none."""
    scores = np.array(rows)
    n, k = scores.shape
    scheduler = Checked(k, Margin(best_score=1.0), lookahead=lookahead)
    study = Study({"i": list(range(n))}, sampler="grid", scheduler=scheduler, lookahead=lookahead)
    pending = []
    while True:
        while len(pending) < 4 and (job := study.ask()) is not None:
            pending.append(job)
        if not pending:
            break
        job = pending.pop(order.randrange(len(pending)))
        study.tell(job, score=float(scores[job.configuration["i"], job.split]))
    assert len(study.trials) == n and all(one.is_finished for one in study.trials)


def test_a_new_incumbent_stops_those_that_run():
    """They would be fitted on another fold although they cannot win any more."""
    trials = [
        trial(0, 0.9, 0.9, 0.9, status="complete"),
        trial(1, 0.1, pending=(1,)),
        trial(2, 0.95, pending=(1,)),
    ]
    scheduler = RacingScheduler(3, Lossless(best_score=1.0))
    assert scheduler.verdicts(trials, 0) == {1: Verdict("pruned", 1)}
