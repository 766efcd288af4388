"""Plain cross-validation as a scheduler."""

from skhpo import Study
from skhpo.schedulers import FullScheduler, Resume, Start, Verdict, Wait
from skhpo.trial import FitError, Measurement, Trial


def test_starts_when_there_is_nothing_to_resume():
    """Without a start there is no search."""
    assert FullScheduler(3).decide([]) == Start(0)


def test_fills_the_youngest_trial_before_starting_another():
    """Many half-done trials would leave the model without finished ones to learn from."""
    done = Measurement(0, {"score": 1.0})
    trial = Trial(0, {}, measurements=(done,), pending=(1,))
    assert FullScheduler(3).decide([trial]) == Resume(0, 2)
    assert FullScheduler(2).decide([trial]) == Start(0)
    assert FullScheduler(2).decide([trial], "held") == Wait()


def test_a_trial_is_finished_with_its_last_split():
    """A trial declared finished too early would be ranked by a part of its folds."""
    one = Trial(0, {}, measurements=(Measurement(0, {}),))
    assert FullScheduler(1).verdicts([one], 0) == {0: Verdict("complete")}
    assert FullScheduler(2).verdicts([one], 0) == {}


def test_a_fit_that_costs_a_worker_is_the_last_of_its_trial():
    """Every further split would cost another worker, or wait for as long again."""
    study = Study({"x": (0.0, 1.0)}, sampler="random", n_iter=2, scheduler=FullScheduler(3), random_state=0)
    first, second = study.ask(), study.ask()
    died = Measurement(0, {}, error=FitError("WorkerDied", "was killed", "was killed"))
    assert study.record(first, died).status == "failed"
    assert (study.ask().number, study.ask().number) == (1, 1)
    # What was going on at the same time is over, or ends by itself.
    assert study.record(second, Measurement(1, {"score": 1.0})).measurements == study.trials[0].measurements
    assert study.trials[0].measurements[0].error is died.error
