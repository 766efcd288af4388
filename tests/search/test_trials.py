"""The trials of a finished search."""

import pickle

from skhpo.search._trials import Trials
from skhpo.trial import Trial


def test_trials_are_a_tuple_with_a_short_text():
    """A notebook that shows fitted attributes must not print thousands of trials."""
    trials = Trials(Trial(i, {"C": i}, status="complete" if i else "failed") for i in range(1000))
    assert repr(trials) == "Trials(1 failed, 999 complete)"
    assert trials[5].configuration == {"C": 5}
    assert isinstance(pickle.loads(pickle.dumps(trials)), Trials)
