"""Populations of skorch's nets and of boosters: changes have an effect, and the refit follows the schedule."""

from __future__ import annotations

import numpy as np
import pytest
from ladder import X, Y
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import PopulationSearchCV
from skhpo.evaluation._change import change_parameters

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore")]

DATA = X.astype(np.float32)


def population(estimator, space, **parameters):
    """A small search."""
    defaults = {"population_size": 5, "n_generations": 3, "cv": ShuffleSplit(1, random_state=0)}
    return PopulationSearchCV(estimator, space, random_state=0, **{**defaults, **parameters})


def net(**parameters):
    """A linear net."""
    torch, skorch = pytest.importorskip("torch"), pytest.importorskip("skorch")
    torch.manual_seed(0)
    return skorch.NeuralNetClassifier(
        torch.nn.Linear, module__in_features=64, module__out_features=10, verbose=0,
        criterion=torch.nn.CrossEntropyLoss, **parameters,
    )  # fmt: skip


@pytest.mark.parametrize("with_callbacks", [False, True])
def test_nets_of_skorch(with_callbacks):
    """What population-based training was made for; also with the user's callbacks."""
    skorch = pytest.importorskip("skorch")
    callbacks = [skorch.callbacks.GradientNormClipping(1.0)] if with_callbacks else None
    space = {
        "lr": (1e-3, 1.0, "log-uniform"),
        "optimizer__momentum": (0.0, 0.95),
        "module__bias": [True, False],
    }
    search = population(net(callbacks=callbacks), space, step=2, initial_configurations=None).fit(DATA, Y)
    assert search.fixed_params_ == ["module__bias"]
    assert len(search.best_estimator_.history) == 6
    (group,) = search.best_estimator_.optimizer_.param_groups
    assert (group["lr"], group["momentum"]) == (
        search.best_params_["lr"],
        search.best_params_["optimizer__momentum"],
    )
    assert search.best_score_ > 0.5


def test_a_net_hears_of_its_new_learning_rate_and_keeps_its_weights():
    """A net that is initialised anew, or trained on with the old rate, would be scored as if it were another."""
    model = net(lr=0.1, max_epochs=1).fit(DATA, Y)
    before = model.module_.weight.detach().clone()
    change_parameters(model, net(), {"lr": 0.1}, {"lr": 1e-12})
    model.partial_fit(DATA, Y)
    np.testing.assert_allclose(model.module_.weight.detach(), before, atol=1e-6)


def xgboost():
    """A booster of XGBoost."""
    return pytest.importorskip("xgboost").XGBClassifier(max_depth=2, n_jobs=1, random_state=0)


def lightgbm():
    """A booster of LightGBM."""
    return pytest.importorskip("lightgbm").LGBMClassifier(num_leaves=7, n_jobs=1, verbose=-1, random_state=0)


def catboost():
    """A booster of CatBoost."""
    kind = pytest.importorskip("catboost").CatBoostClassifier
    return kind(
        depth=2, learning_rate=0.1, thread_count=1, verbose=0, allow_writing_files=False, random_state=0
    )


@pytest.mark.parametrize("make", [xgboost, lightgbm, catboost])
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_boosters_change_their_learning_rate_from_tree_to_tree(make, in_pipeline):
    """Trees that are there keep their weight; a booster that fails when it goes on would fail in every generation."""
    estimator, prefix = make(), ""
    if in_pipeline:
        estimator = make_pipeline(StandardScaler(), estimator)
        prefix = f"{estimator.steps[-1][0]}__"
    space = {f"{prefix}learning_rate": (0.01, 1.0, "log-uniform"), f"{prefix}reg_lambda": (0.1, 10.0)}
    cv = [(np.arange(200), np.arange(200))]
    search = population(
        estimator, space, resource=f"{prefix}n_estimators", step=2, cv=cv, initial_configurations=None
    ).fit(X[:200], Y[:200])
    assert all(trial.status == "complete" for trial in search.trials_)
    assert search.best_params_[f"{prefix}n_estimators"] == 6
    assert search.score(X[:200], Y[:200]) == search.best_score_
    parameters = search.best_estimator_.get_params()
    assert all(parameters[name] == search.best_params_[name] for name in space)
