"""What an ensemble is made from, and what is said where something is missing."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer

from skhpo import BayesSearchCV, EnsembleSelection, EnsembleStacking, GridSearchCV
from skhpo.ensemble._library import library_of
from skhpo.search._oof_splits import OofSplits
from skhpo.trial import Trial

NAN = np.nan
X, Y = load_diabetes(return_X_y=True)
BOTH = pytest.mark.parametrize("kind", [EnsembleSelection, EnsembleStacking])


def seed(kind):
    """Return the arguments that make an ensemble reproducible: only selection draws."""
    return {"random_state": 0} if kind is EnsembleSelection else {}


def trial(number, score=NAN):
    """A trial that is complete if it has a score."""
    return Trial(number, {}, status="pruned" if np.isnan(score) else "complete", score=score)


def search(
    predictions, methods=("predict",), models=None, scores=(0.1, 0.3, NAN, 0.2), tested=None, **parameters
):
    """What is left of a search after its fit; unless it is said, samples were tested that have predictions."""
    trials = [trial(number, score) for number, score in enumerate(scores)]
    arrays = predictions.values() if isinstance(predictions, dict) else [predictions]

    def splits_of(number):
        known = [~np.isnan(one[number]).reshape(one.shape[1], -1).all(axis=1) for one in arrays]
        return [(np.zeros(0, dtype=int), np.flatnonzero(np.any(known, axis=0)) if tested is None else tested)]

    splits = OofSplits(splits_of, range(len(scores)), n_samples=3)
    parameters = {"oof_splits_": splits, "storage": None} | parameters
    found = SimpleNamespace(
        trials_=trials, oof_predictions_=predictions, oof_methods_=list(methods), **parameters
    )
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


def test_columns_of_regressors_are_values():
    """A column less the target of one dimension is a square, whose scores are nobody's."""
    values = np.array([[1.0, 1.0], [2.0, 2.0], [NAN, NAN], [3.0, 3.0]])
    library = library_of(search(values[..., None]), 2, None, **ARGUMENTS)
    np.testing.assert_array_equal(library.predictions, [[2.0, 2.0], [3.0, 3.0], [1.0, 1.0]])
    two = library_of(search(np.stack([values, values], axis=2)), 2, None, **ARGUMENTS)
    assert two.predictions.shape == (3, 2, 2)


@pytest.mark.parametrize("wrong", [NAN, np.inf, -np.inf])
def test_what_is_not_finite_is_left_out_aloud(wrong):
    """One diverged trial must take neither the score of the ensemble nor samples from the others."""
    values = np.array([[1.0, 1.0, NAN], [2.0, wrong, NAN], [NAN, NAN, NAN], [3.0, 3.0, NAN]])
    with pytest.warns(UserWarning, match="1 of 3 complete trials have predicted NaN or infinite values"):
        library = library_of(search(values, tested=np.array([0, 1])), 3, None, **ARGUMENTS)
    assert library.numbers == [3, 0]
    assert library.rows.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("refit", "needed"), [(False, "models and predictions"), (True, "predictions, which refit")]
)
@pytest.mark.parametrize("kept", [{}, np.full((4, 3), NAN)], ids=["nothing evaluated", "nothing complete"])
def test_a_search_that_is_complete_in_its_storage(kept, refit, needed):
    """The second run of a script would fail without a word of the file that makes it fail."""
    resumed = search(kept, models=[], storage="search.db")
    with pytest.raises(
        ValueError, match=f"{needed}.* not in the search's storage.*without 'storage', or delete"
    ):
        library_of(resumed, 3, None, **ARGUMENTS | {"needs_models": not refit})


@pytest.mark.parametrize(
    ("kept", "changed", "message"),
    [
        (SimpleNamespace(trials_=[], keep=None), {}, "keep=None: fit it with keep='predictions'\\."),
        (SimpleNamespace(trials_=[], keep=None), {"needs_models": True}, "has kept models.*keep='models'\\."),
        (search(VALUES), {"needs_models": True}, "fit it with keep='models', or set refit=True"),
        (search(VALUES[:, :2]), {}, "of 2 samples. Got 3 samples"),
        (search(VALUES, models=[]), {"needs_models": True}, "nothing to choose from"),
        (search(np.full((4, 3), np.inf)), {}, "no complete trial has predicted finite values only"),
        (search(np.where(np.eye(4, 3)[[0, 1, 3, 2]], NAN, 1.0)), {}, "there are none"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*earlier run", "ignore:.*infinite values")
def test_what_is_missing_is_said(kept, changed, message):
    """The error says which parameter of the search would have helped."""
    with pytest.raises(ValueError, match=message):
        library_of(kept, 3, None, **ARGUMENTS | changed)


class Odd(RegressorMixin, BaseEstimator):
    """The mean of the target, as a column and with something else in one place if asked."""

    def __init__(self, kind="plain", shift=0.0):
        self.kind = kind
        self.shift = shift

    def fit(self, X, y):
        """Take the mean."""
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        """Repeat it, with a bit of the data."""
        values = self.mean_ + self.shift + X[:, 2]
        if self.kind in ("nan", "inf"):
            values[0] = float(self.kind)
        return values[:, None] if self.kind == "column" else values


@BOTH
@pytest.mark.parametrize("scoring", [None, "neg_mean_absolute_error", "neg_median_absolute_error"])
def test_regressors_that_predict_columns(kind, scoring):
    """Neural networks do, and scikit-learn's scorers make nothing of it."""
    grid = {"shift": [-9.0, 0.0, 9.0]}
    found = [
        kind(GridSearchCV(Odd(shape), grid, cv=3, scoring=scoring), **seed(kind)).fit(X, target)
        for shape, target in [("plain", Y), ("column", Y), ("column", Y[:, None])]
    ]
    for one in found:
        assert one.oof_score_ == pytest.approx(found[0].oof_score_)
        np.testing.assert_allclose(one.predict(X), found[0].predict(X))


def _score_of_finite(y, predicted):
    return -np.mean(np.abs(y - predicted)[np.isfinite(predicted)])


@BOTH
@pytest.mark.parametrize("wrong", ["nan", "inf"])
def test_trials_that_predict_what_is_not_finite_are_left_out(kind, wrong):
    """A metric may look away, but one such number would spoil all sums."""
    grid = {"kind": ["plain", wrong], "shift": [0.0, 5.0]}
    search = GridSearchCV(Odd(), grid, cv=3, scoring=make_scorer(_score_of_finite), refit=False)
    with pytest.warns(UserWarning, match="2 of 4 complete trials have predicted NaN or infinite") as caught:
        ensemble = kind(search, **seed(kind)).fit(X, Y)
    assert {one["kind"] for one in ensemble.configurations_} == {"plain"}
    assert np.isfinite([ensemble.oof_score_, ensemble.single_oof_score_]).all()
    assert np.isfinite(ensemble.predict(X)).all()
    assert [warning.filename for warning in caught if "infinite" in str(warning.message)] == [__file__]


@BOTH
@pytest.mark.parametrize("refit", [False, True])
def test_the_second_run_with_a_storage_says_what_to_do(kind, refit, tmp_path):
    """Neither models nor predictions are in the file, and running it again would never help."""
    search = BayesSearchCV(
        Ridge(), {"alpha": (0.1, 1.0)}, n_iter=2, cv=3, random_state=0, storage=str(tmp_path / "search.db")
    )
    ensemble = kind(search, refit=refit).fit(X, Y)
    needed = "refit=True needs" if refit else "models and predictions are not"
    with pytest.raises(ValueError, match=f"{needed}.*Fit the search without 'storage', or delete the file"):
        ensemble.fit(X, Y)
