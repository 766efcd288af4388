"""Which configuration a trial has: a function of its number, the seed and what it may know of."""

from dataclasses import replace

import pytest

from skhpo._proposals import Proposals
from skhpo.samplers import Proposal, RandomSampler, TPESampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial, TrialLog

SPACE = SearchSpace({"x": (0.0, 1.0)})


def make(sampler=None, initial=(), **arguments):
    """Proposals in a space of one float."""
    return Proposals(SPACE, sampler or RandomSampler(), list(initial), seed=0, **arguments)


def finished(number, x=0.5):
    """A complete trial."""
    return Trial(number, {"x": x}, (x,), status="complete", score=x)


def test_a_trial_does_not_depend_on_when_it_is_proposed():
    """A search that goes on would propose something else than one that was never interrupted."""
    trials = [finished(i, i / 10) for i in range(8)]
    once, again = make(TPESampler()), make(TPESampler())
    for number in range(3):
        once.trial(number, trials[:number])
    assert once.trial(8, trials) == again.trial(8, trials)
    assert once.trial(8, trials).configuration != once.trial(9, trials).configuration


def test_initial_ones_come_first():
    """The user's own guess would not be tried."""
    proposals = make(initial=[Proposal({"x": 0.25}, "user")])
    assert proposals.initial_configurations == [{"x": 0.25}]
    first = proposals.trial(0, [])
    assert (first.configuration, first.origin, first.point) == ({"x": 0.25}, "user", (0.25,))
    assert proposals.trial(1, [first]).origin == "random"


def test_without_a_space_it_ends_with_the_initial_ones():
    """A fixed list of candidates would be followed by others."""
    proposals = Proposals(None, RandomSampler(), [Proposal({"x": object()}, "given")], seed=0)
    assert proposals.trial(0, []).point is None
    assert proposals.trial(1, []) is None


def test_what_must_not_be_known_looks_as_if_it_had_just_begun():
    """Proposals would depend on which of two workers was faster."""
    proposals = make(TPESampler(), lookahead=2)
    trials = TrialLog([finished(0), finished(1), finished(2)])
    seen = proposals.visible(trials, n_known=None)
    assert [trial.status for trial in seen] == ["complete", "complete", "running"]
    assert [t.status for t in proposals.visible(trials, n_known=1)] == ["complete", "running", "running"]
    waiting = TrialLog([finished(0), Trial(1, {"x": 0.5}, (0.5,)), finished(2)])
    assert proposals.visible(waiting, n_known=None) is None
    assert make(RandomSampler(), lookahead=2).visible(waiting, None) is waiting
    assert make(TPESampler()).visible(waiting, None) is waiting


def test_prior_observations_are_learnt_from():
    """What other searches have found would be of no use."""
    prior = [replace(finished(i, 0.9 - i / 100), origin="prior") for i in range(30)]
    near = [make(TPESampler(), prior=prior).trial(i, []).configuration["x"] for i in range(10)]
    assert min(near) > 0.4
    assert make(TPESampler()).trial(0, []).origin != "model"


def test_restored_trials_count_for_their_sub_space():
    """A sub-space would get its share again after a restart."""
    space = SearchSpace([({"a": [1, 2, 3]}, 1), {"b": [1, 2, 3]}])
    proposals = Proposals(space, RandomSampler(), [], seed=0, n_iter=3)
    proposals.check_restored(Trial(0, {"a": 2}, tuple(space.encode([{"a": 2}])[0])))
    assert [set(proposals.trial(number, []).configuration) for number in (1, 2)] == [{"b"}, {"b"}]


@pytest.mark.parametrize(
    ("trial", "message"),
    [
        (Trial(0, {"x": 0.5}), "Trial 0 was {'x': 0.5}, and would be {'x': 0.25} now"),
        (Trial(1, {"x": 2.0}), "'x'"),
        (Trial(1, {"y": 0.5}), "'y'"),
    ],
)
def test_restored_trials_of_another_search_are_refused(trial, message):
    """A search would go on from the results of another one."""
    with pytest.raises(ValueError, match=message):
        make(initial=[Proposal({"x": 0.25}, "user")]).check_restored(trial)
