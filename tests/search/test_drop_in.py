"""`GridSearchCV` and `RandomizedSearchCV` against scikit-learn's: the same results, times apart, in many situations."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn import config_context, model_selection
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_blobs, make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GroupKFold, KFold, RepeatedStratifiedKFold, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import skhpo

X, Y = make_classification(n_samples=60, n_features=6, random_state=0)
X_REGRESSION, Y_REGRESSION = make_regression(n_samples=50, n_features=4, noise=5.0, random_state=0)
X_BLOBS, _ = make_blobs(n_samples=50, random_state=0)
FRAME = pd.DataFrame(X, columns=list("abcdef")).assign(g=np.where(X[:, 0] > 0, "left", "right"))
WEIGHTS = np.random.default_rng(0).uniform(0.1, 2.0, size=60)


@dataclass(frozen=True)
class Case:
    """An estimator, its space and its data, and everything the search is told."""

    estimator: Any
    space: Any
    X: Any = field(default_factory=lambda: X)
    y: Any = field(default_factory=lambda: Y)
    options: Mapping[str, Any] = field(default_factory=dict)
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    grid: bool = True  # whether the space is a grid
    n_iter: int = 4


class FailingRidge(Ridge):
    """Fails for one of its candidates."""

    def fit(self, X, y, sample_weight=None):
        if self.alpha == 1.0:
            raise ArithmeticError("It was to fail.")
        return super().fit(X, y, sample_weight)


def least_complex(results):
    """Choose the smallest C among those close to the best."""
    good = results["mean_test_score"] >= results["mean_test_score"].max() - 0.05
    candidates = np.flatnonzero(good)
    return int(candidates[np.argmin([results["params"][i]["C"] for i in candidates])])


def worst_recall(results):
    """Choose the candidate of the lowest recall."""
    return int(results["mean_test_recall"].argmin())


def several_scores(estimator, X, y):
    """Score by a callable that returns a dict."""
    correct = estimator.predict(X) == y
    return {"right": correct.mean(), "wrong": -float((~correct).sum())}


def one_score(estimator, X, y=None):
    """Score by a callable that returns a number."""
    return float(estimator.score(X, y)) / 2


logistic = LogisticRegression(max_iter=200)
C = {"C": [0.01, 0.1, 1.0, 10.0]}

CASES: dict[str, Callable[[], Case]] = {
    "classification": lambda: Case(logistic, C),
    "regression": lambda: Case(
        Ridge(),
        {"alpha": np.logspace(-3, 3, 5), "fit_intercept": [True, False]},
        X_REGRESSION,
        Y_REGRESSION,
        {"scoring": "neg_mean_squared_error", "cv": KFold(4, shuffle=True, random_state=1)},
    ),
    "several metrics": lambda: Case(
        SVC(),
        {"C": [0.1, 1], "kernel": ["rbf", "linear"]},
        options={"scoring": ["f1", "accuracy"], "refit": "f1"},
    ),
    "several metrics with training scores": lambda: Case(
        DecisionTreeRegressor(random_state=0),
        {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5]},
        X_REGRESSION,
        Y_REGRESSION,
        {
            "scoring": {"r2": "r2", "mae": make_scorer(mean_absolute_error, greater_is_better=False)},
            "refit": "mae",
            "return_train_score": True,
        },
    ),
    "several metrics without refit": lambda: Case(
        logistic, C, options={"scoring": ["precision", "recall"], "refit": False}
    ),
    "callable that returns several scores": lambda: Case(
        logistic, C, options={"scoring": several_scores, "refit": "right", "return_train_score": True}
    ),
    "callable score": lambda: Case(logistic, C, options={"scoring": one_score}),
    "callable refit": lambda: Case(logistic, C, options={"refit": least_complex}),
    "callable refit of several metrics": lambda: Case(
        logistic, C, options={"scoring": ["recall", "accuracy"], "refit": worst_recall}
    ),
    "training scores": lambda: Case(
        KNeighborsClassifier(), {"n_neighbors": range(1, 8)}, options={"return_train_score": True}
    ),
    "pipeline with choices of steps": lambda: Case(
        Pipeline([("scale", StandardScaler()), ("model", logistic)]),
        {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"], "model__C": [0.1, 1.0]},
    ),
    "pipeline with choices of models": lambda: Case(
        Pipeline([("model", GaussianNB())]),
        [
            {"model": [LogisticRegression(), LogisticRegression(max_iter=50)], "model__C": [0.1, 1.0]},
            {"model": [GaussianNB()], "model__var_smoothing": [1e-9, 1e-3]},
        ],
    ),
    "sparse": lambda: Case(
        SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2], "penalty": ["l2", None]}, sparse.csr_matrix(X)
    ),
    "data frame": lambda: Case(
        make_pipeline(
            make_column_transformer((StandardScaler(), list("abcdef")), (OneHotEncoder(), ["g"])), logistic
        ),
        {"columntransformer__onehotencoder__drop": [None, "first"], "logisticregression__C": [0.1, 1.0]},
        FRAME,
        pd.Series(np.where(Y, "yes", "no"), name="answer"),
    ),
    "lists": lambda: Case(
        DecisionTreeClassifier(random_state=0), {"max_depth": (1, 2, 3)}, X.tolist(), Y.tolist()
    ),
    "groups": lambda: Case(
        logistic, C, options={"cv": GroupKFold(4)}, fit_params={"groups": np.arange(60) % 7}
    ),
    "sample weights": lambda: Case(
        Ridge(), {"alpha": [0.1, 1.0, 10.0]}, X, Y * 1.0, fit_params={"sample_weight": WEIGHTS}
    ),
    "a failing candidate": lambda: Case(
        FailingRidge(), {"alpha": [0.1, 1.0, 10.0]}, X_REGRESSION, Y_REGRESSION, {"return_train_score": True}
    ),
    "a failing candidate with a score of its own": lambda: Case(
        FailingRidge(), {"alpha": [0.1, 1.0, 10.0]}, X_REGRESSION, Y_REGRESSION, {"error_score": -7.5}
    ),
    "repeated candidates": lambda: Case(logistic, {"C": [1.0, 0.1, 1.0, 1.0]}),
    "repeated candidates in several grids": lambda: Case(
        SVR(), [{"C": [1, 10]}, {"C": [10, 1], "kernel": ["rbf"]}, {"C": [1]}], X_REGRESSION, Y_REGRESSION
    ),
    "list of grids": lambda: Case(
        SVC(),
        [{"kernel": ["rbf"], "gamma": ["scale", 0.1]}, {"kernel": ["poly"], "degree": [2, 3]}, {}],
        n_iter=3,
    ),
    "mixed types of values": lambda: Case(
        RandomForestClassifier(n_estimators=3, random_state=0),
        {"max_features": ["sqrt", 1, 0.5, None], "class_weight": [None, "balanced", {0: 1, 1: 2}]},
        n_iter=6,
    ),
    "an empty grid": lambda: Case(LinearRegression(), {}, X_REGRESSION, Y_REGRESSION, n_iter=1),
    "unsupervised": lambda: Case(KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3, 4]}, X_BLOBS, None),
    "density": lambda: Case(
        KernelDensity(), {"bandwidth": [0.1, 1.0], "kernel": ["exponential", "gaussian"]}, X_BLOBS, None
    ),
    "precomputed kernel": lambda: Case(SVC(kernel="precomputed"), {"C": [0.1, 1.0]}, rbf_kernel(X)),
    "several outputs": lambda: Case(
        Ridge(),
        {"alpha": [0.1, 1.0, 10.0]},
        X_REGRESSION,
        np.column_stack([Y_REGRESSION, -(Y_REGRESSION**2)]),
    ),
    "an iterator of splits": lambda: Case(
        logistic, C, options={"cv": iter(list(ShuffleSplit(3, random_state=3).split(X)))}
    ),
    "repeated folds": lambda: Case(
        logistic, C, options={"cv": RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)}
    ),
    "distributions": lambda: Case(
        SVC(),
        {
            "C": stats.loguniform(1e-2, 1e2),
            "gamma": stats.expon(),
            "kernel": ["rbf", "poly"],
            "degree": stats.randint(2, 5),
        },
        grid=False,
        n_iter=8,
    ),
    "distributions in several spaces": lambda: Case(
        Ridge(),
        [{"alpha": stats.uniform(0, 3)}, {"alpha": [5], "fit_intercept": [True, False]}],
        X_REGRESSION,
        Y_REGRESSION,
        {"random_state": np.random.RandomState(5)},
        grid=False,
        n_iter=6,
    ),
}


def is_time(column):
    """Whether a column of `cv_results_` holds times."""
    return "_time" in column


def assert_equal_columns(name, ours, theirs):
    """Compare one column: values, type and mask."""
    if isinstance(theirs, list):
        assert repr(ours) == repr(theirs), name
        return
    assert type(ours) is type(theirs), name
    assert ours.dtype == theirs.dtype, name
    if isinstance(theirs, np.ma.MaskedArray):
        np.testing.assert_array_equal(np.ma.getmaskarray(ours), np.ma.getmaskarray(theirs), err_msg=name)
        ours, theirs = ours.compressed(), theirs.compressed()
    if theirs.dtype == object:
        assert repr(list(ours)) == repr(list(theirs)), name
    else:
        # Workers have fewer threads than this process, on which sums depend in the last bit.
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0, err_msg=name)


def fitted(source, kind, case, n_jobs):
    """Fit the search of a package."""
    options = {"cv": 3, "n_jobs": n_jobs, **case.options}
    if kind == "random":
        options = {"n_iter": case.n_iter, "random_state": 0, **options}
        search = source.RandomizedSearchCV(case.estimator, case.space, **options)
    else:
        search = source.GridSearchCV(case.estimator, case.space, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(case.X, case.y, **case.fit_params)


@cache
def reference(kind, name):
    """Fit scikit-learn's own search, once for all tests."""
    return fitted(model_selection, kind, CASES[name](), n_jobs=1)


def compare(ours, theirs, case):
    """Compare all that two fitted searches show."""
    assert set(ours.cv_results_) == set(theirs.cv_results_)
    for column, values in theirs.cv_results_.items():
        if not is_time(column):
            assert_equal_columns(column, ours.cv_results_[column], values)
        else:
            assert ours.cv_results_[column].dtype == values.dtype
    assert ours.n_splits_ == theirs.n_splits_
    assert ours.multimetric_ == theirs.multimetric_
    for attribute in ("best_index_", "best_score_", "best_params_"):
        assert hasattr(ours, attribute) == hasattr(theirs, attribute), attribute
        assert repr(getattr(ours, attribute, None)) == repr(getattr(theirs, attribute, None)), attribute
    if theirs.refit and hasattr(theirs, "predict"):
        np.testing.assert_array_equal(ours.predict(case.X), theirs.predict(case.X))


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for name, case in CASES.items()
        for kind in ("grid", "random")
        if kind == "random" or case().grid
    ],
)
def test_results_equal_those_of_scikit_learn(kind, name, n_jobs):
    """Would lose the promise of a drop-in: change the import and every number stays."""
    case = CASES[name]()
    compare(fitted(skhpo, kind, case, n_jobs), reference(kind, name), case)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_results_equal_under_metadata_routing(n_jobs):
    """Would lose weights that reach the estimator and the scorer where routing is switched on."""
    with config_context(enable_metadata_routing=True):
        estimator = Ridge().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        case = Case(estimator, {"alpha": [0.1, 1.0]}, X, Y * 1.0, fit_params={"sample_weight": WEIGHTS})
        compare(fitted(skhpo, "grid", case, n_jobs), fitted(model_selection, "grid", case, 1), case)


def test_estimator_inside_a_search_is_not_touched():
    """Would lose the estimator that the user handed in: a search works on copies."""
    case = CASES["classification"]()
    before = repr(case.estimator.get_params())
    fitted(skhpo, "grid", case, 1)
    assert repr(case.estimator.get_params()) == before and not hasattr(case.estimator, "coef_")
