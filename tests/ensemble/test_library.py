"""What an ensemble is made from, and what is said where something is missing."""

from types import SimpleNamespace

import numpy as np
import pytest

from skhpo.ensemble._library import library_of
from skhpo.trial import Trial

NAN = np.nan


def trial(number, score=NAN):
    """A trial that is complete if it has a score."""
    return Trial(number, {}, status="pruned" if np.isnan(score) else "complete", score=score)


def search(predictions, methods=("predict",), models=None, scores=(0.1, 0.3, NAN, 0.2)):
    """What is left of a search after its fit."""
    trials = [trial(number, score) for number, score in enumerate(scores)]
    found = SimpleNamespace(trials_=trials, oof_predictions_=predictions, oof_methods_=list(methods))
    if models is not None:
        found.fold_models_ = dict.fromkeys(models)
    return found


VALUES = np.array([[1.0, 1.0, 1.0], [2.0, NAN, 2.0], [NAN, NAN, NAN], [3.0, NAN, 3.0]])
ARGUMENTS = {"n_best": 9, "needs_models": False, "owner": "EnsembleSelection"}


def test_complete_trials_and_samples_that_all_have_predicted():
    """Samples that no split tests, as the first ones of a time series, have no predictions to choose by."""
    library = library_of(search(VALUES), 3, None, **ARGUMENTS)
    assert library.numbers == [1, 3, 0]
    assert library.methods == ["predict"] * 3
    assert library.rows.tolist() == [0, 2]
    np.testing.assert_array_equal(library.predictions, [[2.0, 2.0], [3.0, 3.0], [1.0, 1.0]])


def test_limits():
    """The best ones are meant, and the best ones whose models there are if those are to predict."""
    assert library_of(search(VALUES), 3, None, **ARGUMENTS | {"n_best": 2}).numbers == [1, 3]
    kept = search(VALUES, models=[0, 3])
    wanted = ARGUMENTS | {"n_best": 1, "needs_models": True}
    assert library_of(kept, 3, None, **wanted).numbers == [3]


def test_each_trial_has_the_best_method_that_it_has():
    """A choice between models with and without probabilities is one library."""
    labels = np.array([[0.0, 1.0], [0.0, 1.0], [NAN, NAN], [0.0, 1.0]])
    decisions = np.full((4, 2), NAN)
    decisions[[1, 3]] = [-100.0, 100.0]
    shares = np.full((4, 2, 2), NAN)
    shares[3] = [[0.7, 0.3], [0.4, 0.6]]
    kept = search({"predict": labels, "predict_proba": shares, "decision_function": decisions})
    library = library_of(kept, 2, np.array([0, 1]), **ARGUMENTS)
    assert library.methods == ["decision_function", "predict_proba", "predict"]
    np.testing.assert_allclose(library.predictions[:, 0], [[1.0, 0.0], [0.7, 0.3], [1.0, 0.0]], atol=1e-12)


def test_trials_of_an_earlier_run_are_missed_aloud():
    """Whoever resumes a search must know that its best trials may not be in the ensemble."""
    values = VALUES.copy()
    values[0] = NAN
    with pytest.warns(UserWarning, match="1 of 3 complete trials have no predictions.*earlier run"):
        assert library_of(search(values), 3, None, **ARGUMENTS).numbers == [1, 3]


@pytest.mark.parametrize(
    ("kept", "changed", "message"),
    [
        (SimpleNamespace(trials_=[], keep=None), {}, "keep=None: fit it with keep='predictions'\\."),
        (SimpleNamespace(trials_=[], keep=None), {"needs_models": True}, "has kept models.*keep='models'\\."),
        (search(VALUES), {"needs_models": True}, "fit it with keep='models', or set refit=True"),
        (search(VALUES[:, :2]), {}, "of 2 samples. Got 3 samples"),
        (search(VALUES, models=[]), {"needs_models": True}, "nothing to choose from"),
        (search(np.where(np.eye(4, 3)[[0, 1, 3, 2]], NAN, 1.0)), {}, "there are none"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*earlier run")
def test_what_is_missing_is_said(kept, changed, message):
    """The error says which parameter of the search would have helped."""
    with pytest.raises(ValueError, match=message):
        library_of(kept, 3, None, **ARGUMENTS | changed)
