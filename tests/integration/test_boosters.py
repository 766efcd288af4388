"""XGBoost, LightGBM, CatBoost and skorch: models that are trained on are those of one go, where that is promised."""

from __future__ import annotations

import numpy as np
import pytest
from ladder import RUNGS, X, Y, climb, outputs
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import GridSearchCV

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

CONTINUED = [0, *RUNGS[:-1]]
REFITTED = [0, 0, 0]


def xgboost(kind="XGBClassifier", **params):
    """A booster of XGBoost."""
    return getattr(pytest.importorskip("xgboost"), kind)(max_depth=3, n_jobs=1, **params)


def lightgbm(kind="LGBMClassifier", **params):
    """A booster of LightGBM."""
    return getattr(pytest.importorskip("lightgbm"), kind)(num_leaves=7, n_jobs=1, verbose=-1, **params)


def catboost(kind="CatBoostClassifier", **params):
    """A booster of CatBoost."""
    module = pytest.importorskip("catboost")
    return getattr(module, kind)(depth=3, thread_count=1, verbose=0, allow_writing_files=False, **params)


NOT_DRAWN = {"learning_rate": 0.1, "bootstrap_type": "No", "random_strength": 0, "boosting_type": "Plain"}


@pytest.mark.parametrize(
    ("make", "params", "name"),
    [
        (xgboost, {}, "n_estimators"),
        (xgboost, {"kind": "XGBRegressor"}, "n_estimators"),
        (xgboost, {"num_parallel_tree": 2, "n_estimators": 5, "random_state": 0}, "n_estimators"),
        (lightgbm, {}, "n_estimators"),
        (lightgbm, {"kind": "LGBMRegressor", "random_state": 0}, "n_estimators"),
        (catboost, NOT_DRAWN, "iterations"),
        (catboost, {"kind": "CatBoostRegressor", **NOT_DRAWN}, "n_estimators"),
    ],
)
def test_boosters_that_draw_nothing_end_at_the_same_model(make, params, name):
    """Otherwise the score of a configuration depends on the rungs it came by."""
    model, started, in_one_go = climb(make(**params), name)
    assert started == CONTINUED
    np.testing.assert_allclose(outputs(model), outputs(in_one_go), rtol=1e-4, atol=1e-6)


def n_trees(model):
    """Count the rounds of boosting."""
    for count in (
        lambda: model.get_booster().num_boosted_rounds(),
        lambda: model.booster_.current_iteration(),
        lambda: model.tree_count_,
    ):
        try:
            return count()
        except AttributeError:
            continue
    raise TypeError(model)


@pytest.mark.parametrize("random_state", [None, 3])
@pytest.mark.parametrize(
    ("make", "params", "name"),
    [
        (xgboost, {"subsample": 0.5, "colsample_bytree": 0.5}, "n_estimators"),
        (lightgbm, {"subsample": 0.5, "subsample_freq": 1, "colsample_bytree": 0.5}, "n_estimators"),
        (catboost, {"learning_rate": 0.3}, "iterations"),
    ],
)
def test_boosters_that_draw_have_as_many_trees_and_are_as_good(make, params, name, random_state):
    """What is drawn for the later trees is another draw; the model is not a worse one."""
    model, started, in_one_go = climb(make(random_state=random_state, **params), name)
    assert started == CONTINUED
    assert n_trees(model) == n_trees(in_one_go) == RUNGS[-1]
    accuracy = [one.score(X[300:], Y[300:]) for one in (model, in_one_go)]
    assert abs(accuracy[0] - accuracy[1]) < 0.1
    again, _, _ = climb(make(random_state=random_state, **params), name)
    np.testing.assert_array_equal(outputs(again), outputs(model))


@pytest.mark.parametrize(
    ("make", "params", "name"),
    [
        (xgboost, {"booster": "dart"}, "n_estimators"),
        (xgboost, {"kind": "XGBRFClassifier"}, "n_estimators"),
        (lightgbm, {"boosting_type": "dart"}, "n_estimators"),
        (catboost, {}, "iterations"),
    ],
    ids=["dart", "forest", "dart of LightGBM", "learning rate of CatBoost's own"],
)
def test_boosters_whose_trees_depend_on_their_number_are_refitted(make, params, name):
    """Going on would give another model, without a word."""
    model, started, in_one_go = climb(make(**params), name)
    assert started == REFITTED
    np.testing.assert_array_equal(outputs(model), outputs(in_one_go))


@pytest.mark.parametrize(("make", "params"), [(xgboost, {}), (lightgbm, {}), (catboost, NOT_DRAWN)])
def test_boosters_go_on_in_pipelines(make, params):
    """The prefix is kept, and the booster behind it is told of the model to go on from."""
    booster = make(**params)
    step = type(booster).__name__.lower()
    pipeline = make_pipeline(StandardScaler(), booster)
    if make is catboost:
        pipeline.set_params(**{f"{step}__n_estimators": 10})
    model, started, in_one_go = climb(pipeline, f"{step}__n_estimators")
    assert started == CONTINUED
    np.testing.assert_allclose(outputs(model), outputs(in_one_go), rtol=1e-4, atol=1e-6)
    if make is not catboost:  # whose parameters count the trees of the last part
        assert model.get_params()[f"{step}__n_estimators"] == RUNGS[-1]


@pytest.mark.parametrize("name", ["epochs", "max_epochs"])
@pytest.mark.parametrize("has_callbacks", [False, True])
def test_nets_go_on_with_the_state_of_their_optimiser(name, has_callbacks):
    """Adam without its moments would begin to wander again."""
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")

    torch.manual_seed(0)
    net = skorch.NeuralNetClassifier(
        torch.nn.Linear(64, 10),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        callbacks=[skorch.callbacks.EarlyStopping()] if has_callbacks else None,
        verbose=0,
    )
    data = X.astype(np.float32)
    model, started, in_one_go = climb(net, name, X=data)
    assert started == (REFITTED if has_callbacks else CONTINUED)
    np.testing.assert_allclose(outputs(model, data), outputs(in_one_go, data), rtol=1e-4, atol=1e-6)
    assert len(model.history) == len(in_one_go.history)


@pytest.mark.parametrize("early_stopping", ["fold", 0.2])
@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "catboost"])
def test_boosters_stop_early_by_the_fold(name, in_pipeline, early_stopping):
    """Each takes the data in its own way, and names its iterations in its own way."""
    package = pytest.importorskip(name)
    model = {
        "xgboost": lambda: package.XGBClassifier(n_estimators=200, early_stopping_rounds=5, n_jobs=1),
        "lightgbm": lambda: package.LGBMClassifier(
            n_estimators=200, early_stopping_round=5, n_jobs=1, verbose=-1
        ),
        "catboost": lambda: package.CatBoostClassifier(
            iterations=200, early_stopping_rounds=5, thread_count=1, verbose=False, allow_writing_files=False
        ),
    }[name]()
    X, y = load_breast_cancer(return_X_y=True)
    prefix = f"{type(model).__name__.lower()}__" if in_pipeline else ""
    estimator = make_pipeline(StandardScaler(), model) if in_pipeline else model
    search = GridSearchCV(
        estimator, {f"{prefix}learning_rate": [0.1, 0.3]}, cv=3, early_stopping=early_stopping
    ).fit(X, y)
    booster = search.best_estimator_[-1] if in_pipeline else search.best_estimator_
    n_iterations = round(search.cv_results_["median_n_iterations"][search.best_index_])
    names = {"iterations", "n_estimators"} & booster.get_params().keys()
    assert [booster.get_params()[one] for one in names] == [n_iterations] and n_iterations < 200
    assert search.score(X, y) > 0.95
