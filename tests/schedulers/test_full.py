"""Plain cross-validation as a scheduler."""

from skhpo.schedulers import FullScheduler, Resume, Start, Verdict, Wait
from skhpo.trial import Measurement, Trial


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
