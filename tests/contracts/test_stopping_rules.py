"""Every entry of the table of stopping rules goes through the same contract."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo.stopping import STOPPING
from skhpo.trial import Trial

SCORES = st.lists(st.one_of(st.just(math.nan), st.floats(-1, 1)), max_size=20)


def trials_of(scores):
    """Finished trials with these scores; NaN means failed."""
    return [
        Trial(i, {}, status="failed" if math.isnan(score) else "complete", score=score)
        for i, score in enumerate(scores)
    ]


@pytest.mark.parametrize("name", sorted(STOPPING))
@given(scores=SCORES, argument=st.integers(1, 6))
def test_rule_is_pure_and_answers_with_a_bool(name, scores, argument):
    """A rule that remembers or changes something would make a resumed search differ."""
    trials = trials_of(scores)
    before = repr(trials)
    rule = STOPPING[name](argument)
    answers = {rule(trials), rule(trials), STOPPING[name](argument)(tuple(trials))}
    assert len(answers) == 1
    assert isinstance(answers.pop(), bool)
    assert repr(trials) == before


@pytest.mark.parametrize("name", sorted(STOPPING))
def test_rule_does_not_stop_a_search_that_has_not_begun(name):
    """A rule that fires on nothing would leave a search without results."""
    assert STOPPING[name](1)([]) is False
