"""Ensembles are scikit-learn estimators: fitted from searches of all kinds, with all kinds of data and splits."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.sparse import csr_matrix
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV as ScikitLearnGridSearchCV
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils._test_common.instance_generator import PER_ESTIMATOR_XFAIL_CHECKS
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn_suite._loader import without_iterators

from skhpo import (
    BayesSearchCV,
    EnsembleSelection,
    EnsembleStacking,
    GridSearchCV,
    HalvingGridSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
)

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])
TREE = DecisionTreeClassifier(random_state=0)
GRID = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 9]}
SEARCH = RandomizedSearchCV(
    TREE,
    GRID,
    n_iter=5,
    cv=KFold(3, shuffle=True, random_state=0),
    scoring="neg_log_loss",
    random_state=0,
    keep="models",
)
X_TWO, Y_TWO = make_classification(120, flip_y=0.1, random_state=0)
SGD = SGDClassifier(loss="log_loss", random_state=0)
RANGE = {"alpha": (1e-5, 1.0, "log-uniform")}
BOTH = pytest.mark.parametrize("kind", [EnsembleSelection, EnsembleStacking])


def seed(kind):
    """Return the arguments that make an ensemble reproducible: only selection draws."""
    return {"random_state": 0} if kind is EnsembleSelection else {}


@BOTH
def test_from_a_fitted_search_without_a_fit(kind, monkeypatch):
    """Models that were trained already must not be trained again, and the search stays as it is."""
    search = clone(SEARCH).fit(X, Y)
    models = {number: pickle.dumps(search.fold_models_[number]) for number in search.fold_models_}

    def fit(self, *args, **kwargs):
        raise RuntimeError("a fit")

    monkeypatch.setattr(DecisionTreeClassifier, "fit", fit)
    ensemble = kind.from_search(search, X, Y, n_best=3, **seed(kind))
    assert ensemble.search_ is search
    assert len(ensemble.estimators_) == len(ensemble.trial_numbers_) <= 3
    for number, own in zip(ensemble.trial_numbers_, ensemble.estimators_, strict=True):
        kept = pickle.loads(models[number])
        for model, other in zip(own, kept, strict=True):
            np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    assert ensemble.configurations_ == [search.trials_[n].configuration for n in ensemble.trial_numbers_]
    frozen = kind(FrozenEstimator(search), n_best=3, **seed(kind))
    again = clone(frozen).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), ensemble.predict_proba(X))


@BOTH
def test_fitting_runs_the_search_with_what_is_needed(kind):
    """Nobody should have to know what has to be kept."""
    for keep in (None, "predictions", "models"):
        search = clone(SEARCH).set_params(keep=keep)
        ensemble = kind(search, n_best=4, **seed(kind)).fit(X, Y)
        assert not hasattr(search, "trials_")
        assert ensemble.search_.keep == ("models" if keep == "models" else 4)
        assert [len(models) for models in ensemble.estimators_] == [3] * len(ensemble.estimators_)
        refitted = kind(search, n_best=4, refit=True, **seed(kind)).fit(X, Y)
        assert [len(models) for models in refitted.estimators_] == [1] * len(refitted.estimators_)
        if keep != "predictions":
            assert refitted.trial_numbers_ == ensemble.trial_numbers_


@BOTH
def test_refitted_members_are_trained_on_all_data(kind):
    """The winner alone, refitted, is what the search predicts."""
    search = clone(SEARCH).fit(X, Y)
    n_jobs = 2 if kind is EnsembleSelection else None
    ensemble = kind.from_search(search, X, Y, refit=True, n_best=1, n_jobs=n_jobs)
    ((model,),) = ensemble.estimators_
    np.testing.assert_array_equal(model.predict_proba(X), search.predict_proba(X))


@BOTH
def test_names_of_classes_and_columns(kind):
    """Submissions need the names, in the order of the columns."""
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    ensemble = kind(SEARCH).fit(frame, NAMES[Y])
    np.testing.assert_array_equal(ensemble.classes_, NAMES)
    assert ensemble.n_features_in_ == 4
    assert ensemble.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    proba = ensemble.predict_proba(frame)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    assert proba.max() <= 1.0
    np.testing.assert_array_equal(ensemble.predict(frame), NAMES[proba.argmax(axis=1)])
    assert ensemble.score(frame, NAMES[Y]) == np.mean(ensemble.predict(frame) == NAMES[Y]) > 0.9
    assert -log_loss(Y, proba) > ensemble.single_oof_score_
    again = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(again.predict_proba(frame), proba)


@BOTH
def test_regression(kind):
    """There are no classes and no probabilities."""
    X, y = load_diabetes(return_X_y=True)
    grid = {"max_depth": [2, 3, 5], "min_samples_leaf": [5, 20]}
    ensemble = kind(GridSearchCV(DecisionTreeRegressor(random_state=0), grid, cv=3)).fit(X, y)
    assert is_regressor(ensemble) and not is_classifier(ensemble)
    assert not hasattr(ensemble, "predict_proba") and not hasattr(ensemble, "classes_")
    assert (
        ensemble.oof_score_
        > ensemble.single_oof_score_
        == pytest.approx(ensemble.search_.best_score_, abs=0.02)
    )
    assert ensemble.predict(X).shape == y.shape
    assert ensemble.score(X, y) > ensemble.oof_score_


def test_regression_with_several_targets():
    """Averages are taken target by target."""
    X, y = load_diabetes(return_X_y=True)
    targets = np.column_stack([y, X[:, 0]])
    search = GridSearchCV(Ridge(), {"alpha": [0.01, 0.1, 1.0]}, cv=3)
    for kind in (EnsembleSelection, EnsembleStacking):
        ensemble = kind(search).fit(X, targets)
        assert ensemble.predict(X).shape == targets.shape
        assert ensemble.score(X, targets) > 0.3


@pytest.mark.parametrize(
    "search",
    [
        BayesSearchCV(SGD, RANGE, n_iter=4, cv=3, random_state=0),
        BayesSearchCV(SGD, RANGE, n_iter=6, cv=5, racing="margin", random_state=0, scoring="roc_auc"),
        HalvingGridSearchCV(SGD, {"alpha": [1e-4, 1e-2, 1.0]}, cv=3, min_resources=40, random_state=0),
        HyperbandSearchCV(SGD, RANGE, resource="epochs", max_resources=4, cv=3, random_state=0),
        PopulationSearchCV(
            SGD, RANGE, resource="epochs", population_size=3, n_generations=2, cv=3, random_state=0
        ),
        GridSearchCV(SGD, {"alpha": [1e-4, 1e-4, 1e-2]}, cv=3, n_jobs=2),
    ],
    ids=lambda search: type(search).__name__,
)
def test_every_search(search):
    """What was kept of complete trials is what predicts, and is scored as it was measured."""
    ensemble = EnsembleSelection(search, n_bags=0, n_initial=1, random_state=0).fit(X_TWO, Y_TWO)
    trials = [ensemble.search_.trials_[number] for number in ensemble.trial_numbers_]
    assert {trial.status for trial in trials} == {"complete"}
    best = max(trial.score for trial in ensemble.search_.trials_ if trial.status == "complete")
    assert ensemble.single_oof_score_ == pytest.approx(best, abs=0.05)
    assert ensemble.oof_score_ >= ensemble.single_oof_score_
    assert ensemble.score(X_TWO, Y_TWO) > 0.8
    refitted = EnsembleSelection.from_search(ensemble.search_, X_TWO, Y_TWO, refit=True, n_bags=0)
    assert refitted.score(X_TWO, Y_TWO) > 0.8


@pytest.mark.parametrize(
    ("cv", "n_rows", "n_models"),
    [
        (RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0), 150, 6),
        (ShuffleSplit(1, test_size=0.4, random_state=0), 60, 1),
        (TimeSeriesSplit(3), 111, 3),
        (GroupKFold(3), 150, 3),
    ],
    ids=lambda cv: type(cv).__name__,
)
def test_splits_of_all_kinds(cv, n_rows, n_models):
    """Samples are predicted by models that have not seen them, or not at all."""
    order = np.random.default_rng(0).permutation(150)
    X_mixed, y = X[order], Y[order]
    groups = {"groups": np.repeat(np.arange(15), 10)} if isinstance(cv, GroupKFold) else {}
    search = clone(SEARCH).set_params(cv=cv).fit(X_mixed, y, **groups)
    make = EnsembleSelection.from_search
    if isinstance(cv, TimeSeriesSplit):
        with pytest.warns(UserWarning, match="trained on 39 to 113 samples.*refit=True"):
            ensemble = make(search, X_mixed, y, fit_params=groups)
    else:
        ensemble = make(search, X_mixed, y, fit_params=groups)
    assert {len(models) for models in ensemble.estimators_} == {n_models}
    kept = search.oof_predictions_[ensemble.trial_numbers_]
    known = np.flatnonzero(~np.isnan(kept).any(axis=(0, 2)))
    assert len(known) == n_rows
    shares = np.minimum(np.tensordot(ensemble.weights_, kept[:, known], axes=1), 1.0)
    assert ensemble.oof_score_ == pytest.approx(-log_loss(y[known], shares, labels=[0, 1, 2]))


def test_a_choice_of_models_with_different_methods():
    """Support vector machines have no probabilities, and are members all the same."""
    pipeline = Pipeline([("scale", StandardScaler()), ("model", SVC())])
    models = [SVC(C=0.1), GaussianNB(), LogisticRegression(), SVC(C=10.0)]
    for scoring in ("accuracy", "roc_auc"):
        search = GridSearchCV(pipeline, {"model": models}, cv=3, scoring=scoring)
        ensemble = EnsembleSelection(search, random_state=0).fit(X_TWO, Y_TWO)
        assert len(ensemble.weights_) >= 3
        assert ensemble.oof_score_ > 0.75
        assert ensemble.score(X_TWO, Y_TWO) > 0.85


def test_labels_alone_are_votes():
    """A search that has kept labels only makes an ensemble that votes, as it was measured."""
    search = clone(SEARCH).set_params(scoring="accuracy", keep="predictions").fit(X, NAMES[Y])
    ensemble = EnsembleSelection.from_search(search, X, NAMES[Y], refit=True, n_bags=0)
    np.testing.assert_allclose(
        ensemble.predict_proba(X),
        sum(
            weight * (model.predict(X)[:, None] == NAMES)
            for weight, (model,) in zip(ensemble.weights_, ensemble.estimators_, strict=True)
        ),
    )


def test_metadata_reach_the_search_and_the_members():
    """Weights of samples are meant for every fit."""
    weight = np.where(Y == 2, 0.0, 1.0)
    ensemble = EnsembleSelection(SEARCH, refit=True).fit(X, Y, sample_weight=weight)
    assert ensemble.predict_proba(X)[:, 2].max() == 0.0
    with sklearn.config_context(enable_metadata_routing=True):
        tree = clone(TREE).set_fit_request(sample_weight=True)
        scorer = sklearn.metrics.get_scorer("accuracy").set_score_request(sample_weight="importance")
        search = clone(SEARCH).set_params(estimator=tree, scoring=scorer, cv=GroupKFold(3))
        ensemble = EnsembleSelection(search, refit=True, n_bags=0)
        groups, importance = np.tile(np.arange(15), 10), np.where(Y == 0, 1.0, 0.0)
        ensemble.fit(X, Y, sample_weight=weight, groups=groups, importance=importance)
    assert ensemble.predict_proba(X)[:, 2].max() == 0.0
    assert ensemble.oof_score_ == 1.0


def test_sparse_data_and_pipelines():
    """Data are the members' own business."""
    ensemble = EnsembleSelection(SEARCH).fit(csr_matrix(X), Y)
    assert ensemble.predict(csr_matrix(X)).shape == Y.shape
    outer = make_pipeline(StandardScaler(), EnsembleSelection(SEARCH))
    scores = cross_val_score(outer, X, Y, cv=3)
    assert scores.shape == (3,) and scores.mean() > 0.9


def test_resumed_searches_say_what_is_missing(tmp_path):
    """Predictions are not in the file: whoever resumes a search has those of the rest only."""
    path = str(tmp_path / "search.db")
    search = BayesSearchCV(
        TREE, {"max_depth": (1, 5)}, n_iter=3, cv=3, random_state=0, storage=path, keep="models"
    )
    clone(search).fit(X, Y)
    longer = clone(search).set_params(n_iter=5).fit(X, Y)
    with pytest.warns(UserWarning, match="3 of 5 complete trials have no predictions"):
        ensemble = EnsembleSelection.from_search(longer, X, Y)
    assert set(ensemble.trial_numbers_) <= {3, 4}


@BOTH
def test_a_failed_fit_changes_nothing(kind):
    """Whoever goes on after an error must not be given the classes of other data."""
    ensemble = kind(SEARCH, n_best=2, **seed(kind)).fit(X, NAMES[Y])
    before, predicted = dict(vars(ensemble)), ensemble.predict(X)
    with pytest.raises(ValueError, match="All the 15 fits failed"):
        ensemble.fit(np.full_like(X, np.inf), 2 - Y)
    kept = clone(SEARCH).set_params(keep=None).fit(X, 2 - Y)
    with pytest.raises(ValueError, match="must be a search that has kept models"):
        ensemble.set_params(search=FrozenEstimator(kept)).fit(X, 2 - Y)
    ensemble.set_params(search=before["search"])
    assert vars(ensemble).keys() == before.keys()
    assert all(vars(ensemble)[name] is before[name] for name in before)
    np.testing.assert_array_equal(ensemble.predict(X), predicted)


@BOTH
def test_another_fit_leaves_nothing_of_the_first(kind):
    """Names of columns that are no longer there would be asked for."""
    ensemble = kind(SEARCH, n_best=2, **seed(kind)).fit(pd.DataFrame(X, columns=["a", "b", "c", "d"]), Y)
    assert not hasattr(ensemble.fit(X, Y), "feature_names_in_")


@BOTH
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"search": ScikitLearnGridSearchCV(TREE, GRID)}, "must be a search of skhpo"),
        ({"search": GridSearchCV(KMeans(), {"n_clusters": [2]})}, "for a classifier or a regressor"),
        ({"n_best": 0}, "The 'n_best' parameter of .* must be an int in the range"),
        ({"refit": "yes"}, "The 'refit' parameter of"),
    ],
)
def test_mistakes(kind, parameters, message):
    """They are said before anything is trained."""
    with pytest.raises(ValueError, match=message):
        kind(SEARCH).set_params(**parameters).fit(X, Y)


@BOTH
def test_several_labels_at_once(kind):
    """The error names what is not supported, and does not send the user to reshape the target."""
    with pytest.raises(ValueError, match="does not support multilabel or multioutput classification"):
        kind(SEARCH).fit(X, np.column_stack([Y == 0, Y == 1]).astype(int))


@BOTH
@pytest.mark.parametrize(
    "changed",
    [
        {"cv": 3},
        {"cv": KFold(3, shuffle=True)},
        {"cv": RepeatedStratifiedKFold(n_splits=3, n_repeats=2)},
        {"cv": ShuffleSplit(2, test_size=0.4)},
        {"cv": GroupKFold(3)},
        {"reshuffle": True},
        {"scoring": lambda model, X, y: float(np.random.default_rng().normal())},
        {"scoring": ["neg_log_loss", "accuracy"], "refit": "accuracy"},
    ],
    ids=lambda changed: "-".join(map(str, changed.values()))[:30],
)
def test_other_data_than_the_searchs(kind, changed):
    """Rows in another order would make an ensemble by chance, whatever the splits and the scores are."""
    groups = {"groups": np.arange(150) % 10} if isinstance(changed.get("cv"), GroupKFold) else {}
    search = clone(SEARCH).set_params(**changed).fit(X, Y, **groups)
    kind.from_search(search, X, Y)
    kind.from_search(search, pd.DataFrame(X), Y.tolist(), fit_params=groups)
    order = np.random.default_rng(0).permutation(150)
    for X_other, y_other, what in [(X[order], Y[order], "X"), (X, Y[order], "y"), (X[order], Y, "X")]:
        with pytest.raises(
            ValueError,
            match=f"X and y of {kind.__name__} must be those .* in the same order.*'{what}' is not",
        ):
            kind.from_search(search, X_other, y_other)


@BOTH
def test_other_weights_than_the_searchs(kind):
    """Members would be trained, and chosen, by other weights than they were measured with."""
    weights = np.where(Y == 2, 0.0, 1.0)
    search = clone(SEARCH).fit(X, Y, sample_weight=weights)
    kind.from_search(search, X, Y, fit_params={"sample_weight": weights})
    for params in (None, {"sample_weight": weights[::-1]}):
        with pytest.raises(ValueError, match="so must the fit parameters.*'sample_weight' is not"):
            kind.from_search(search, X, Y, fit_params=params)


@BOTH
def test_not_fitted(kind):
    """The usual errors."""
    with pytest.raises(NotFittedError):
        kind(SEARCH).predict(X)
    with pytest.raises(NotFittedError):
        kind(FrozenEstimator(SEARCH)).fit(X, Y)
    with pytest.raises(ValueError, match="requires y to be passed"):
        kind(SEARCH).fit(X, None)
    with pytest.raises(TypeError, match="unexpected keyword"):
        kind.from_search(clone(SEARCH).fit(X, Y), X, Y, bags=3)


OPTIONS = {"cv": 2, "error_score": "raise", "refit": False}
CHECKED = [
    EnsembleSelection(GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, **OPTIONS), n_bags=2),
    EnsembleStacking(GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, **OPTIONS)),
]


def _fails_for_searches_too(ensemble):
    """Checks which scikit-learn's own searches do not pass with the same estimator."""
    known = PER_ESTIMATOR_XFAIL_CHECKS[ScikitLearnGridSearchCV]
    return {name: known[name] for name in ["check_supervised_y_2d"] if not is_classifier(ensemble)}


@pytest.mark.filterwarnings("default")
@without_iterators
@parametrize_with_checks(CHECKED, expected_failed_checks=_fails_for_searches_too)
def test_estimator_checks(estimator, check):
    """Would lose an ensemble that behaves like every other estimator, inside scikit-learn's own tools."""
    check(estimator)


@BOTH
def test_precomputed_kernels(kind):
    """Models of the splits have seen parts of the kernel only, and would fail at the first prediction."""
    kernel = X @ X.T
    search = GridSearchCV(SVC(kernel="precomputed"), {"C": [0.1, 1.0]}, cv=3, keep="models")
    with pytest.raises(
        ValueError, match="The 'refit' parameter of .* must be True for kernels and distances"
    ):
        kind(search).fit(kernel, Y)
    assert kind(search, refit=True).fit(kernel, Y).score(kernel, Y) > 0.9
