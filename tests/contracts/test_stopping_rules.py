"""Every entry of the table of stopping rules goes through the same contract."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhpo.schedulers import FullScheduler
from skhpo.space import SearchSpace
from skhpo.stopping import STOPPING, RegretBound, StoppingRule
from skhpo.trial import Measurement, Trial

SPACE = SearchSpace.from_spec({"x": (0.0, 1.0)})
SPLITS = [((0, 1), (2,)), ((1, 2), (0,)), ((0, 2), (1,))]
SCORES = st.lists(st.one_of(st.just(math.nan), st.floats(-1, 1)), max_size=20)


def trials_of(scores):
    """Finished trials with these scores on three folds; NaN means failed."""
    return [
        Trial(
            i,
            {"x": i / 20},
            (i / 20,),
            status="failed" if math.isnan(score) else "complete",
            measurements=tuple(
                Measurement(split, {"score": score + 0.1 * split}, fit_time=0.1, score_time=0.1)
                for split in range(3)
            ),
            score=score,
        )
        for i, score in enumerate(scores)
    ]


def make(name, argument):
    """A rule as a search makes it."""
    rule = STOPPING[name](argument)
    assert isinstance(rule, StoppingRule)
    if isinstance(rule, RegretBound):
        rule = replace(rule, min_trials=6, n_checks=2)  # it would look at longer lists only
    return rule.for_splits(SPLITS, "BayesSearchCV").bound_to(SPACE, FullScheduler(3), None)


@pytest.mark.parametrize("name", sorted(STOPPING))
@settings(max_examples=20)
@given(scores=SCORES, argument=st.integers(1, 6))
def test_rule_is_pure_and_answers_with_a_bool(name, scores, argument):
    """A rule that remembers or changes something would make a resumed search differ."""
    trials = trials_of(scores)
    before = repr(trials)
    rule = make(name, argument)
    rule(trials[:-1])
    answers = {rule(trials), rule(trials), make(name, argument)(tuple(trials))}
    assert len(answers) == 1
    assert isinstance(answers.pop(), bool)
    assert repr(trials) == before


@pytest.mark.parametrize("name", sorted(STOPPING))
def test_rule_ends_a_search_at_some_time(name):
    """A rule that never fires is none."""
    rule = make(name, 1)
    assert any(rule(trials_of([1.0 - (i / 10 - 1.0) ** 2 for i in range(n)])) for n in range(1, 21))


@pytest.mark.parametrize("name", sorted(STOPPING))
def test_rule_does_not_stop_a_search_that_has_not_begun(name):
    """A rule that fires on nothing would leave a search without results."""
    assert make(name, 1)([]) is False
