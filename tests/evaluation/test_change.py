"""Hyperparameters that change in mid-training: they have an effect, what was learnt stays, shapes are fixed."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from skhpo.evaluation._change import CHANGES, change_parameters, fixed_parameters, is_fixed
from skhpo.evaluation._families import FAMILIES
from skhpo.space import SearchSpace

X, Y = make_classification(80, random_state=0)


def weights_after(solver, before, after, **parameters):
    """The weights of a net after one epoch, a change, and another epoch; and those after the first epoch."""
    net = MLPClassifier((4,), solver=solver, random_state=0, **parameters).set_params(**before)
    net.partial_fit(X, Y, classes=[0, 1])
    first = net.coefs_[0].copy()
    change_parameters(net, MLPClassifier((4,), solver=solver), before, after)
    net.partial_fit(X, Y)
    return first, net.coefs_[0]


@pytest.mark.parametrize(
    ("solver", "name", "values"),
    [
        ("sgd", "learning_rate_init", (0.1, 1e-12)),
        ("adam", "learning_rate_init", (0.1, 1e-12)),
    ],
)
def test_a_net_hears_of_its_new_learning_rate(solver, name, values):
    """scikit-learn's net keeps the optimiser of its first epoch, and would ignore every change in silence."""
    first, last = weights_after(solver, {name: values[0]}, {name: values[1]}, momentum=0.0)
    np.testing.assert_allclose(first, last, atol=1e-9)


@pytest.mark.parametrize(
    ("solver", "name", "values"),
    [
        ("sgd", "momentum", (0.0, 0.9)),
        ("sgd", "nesterovs_momentum", (True, False)),
        ("sgd", "learning_rate", ("invscaling", "constant")),
        ("adam", "beta_1", (0.9, 0.1)),
        ("adam", "beta_2", (0.999, 0.5)),
        ("adam", "epsilon", (1e-8, 1.0)),
        ("adam", "alpha", (1e-4, 10.0)),
    ],
)
def test_a_net_hears_of_every_other_change(solver, name, values):
    """A hyperparameter without effect is searched for nothing."""
    unchanged = weights_after(solver, {name: values[0]}, {name: values[0]})[1]
    changed = weights_after(solver, {name: values[0]}, {name: values[1]})[1]
    assert np.abs(changed - unchanged).max() > 1e-6


def test_boosted_trees_keep_their_weight_when_the_learning_rate_changes():
    """scikit-learn multiplies all trees by the latest rate: slower steps would undo what there is."""
    model = GradientBoostingClassifier(n_estimators=5, learning_rate=0.5, random_state=0).fit(X, Y)
    before = model.decision_function(X)
    change_parameters(
        model, GradientBoostingClassifier(), {"learning_rate": 0.5}, {"learning_rate": 0.1, "max_depth": 2}
    )
    assert (model.learning_rate, model.max_depth) == (0.1, 2)
    np.testing.assert_allclose(model.decision_function(X), before)


def test_what_is_not_active_any_more_is_as_the_user_has_it():
    """It would keep the value of another branch of the space."""
    model = SGDClassifier(penalty="elasticnet", l1_ratio=0.7)
    change_parameters(model, SGDClassifier(), {"penalty": "elasticnet", "l1_ratio": 0.7}, {"penalty": "l2"})
    assert (model.penalty, model.l1_ratio) == ("l2", 0.15)


def test_a_change_of_a_shape_is_refused():
    """The net would go on with its old layers and be reported with the new ones."""
    net = MLPClassifier((4,))
    with pytest.raises(ValueError, match="'hidden_layer_sizes' cannot change in mid-training"):
        change_parameters(net, net, {"hidden_layer_sizes": (4,)}, {"hidden_layer_sizes": (9,)})
    assert net.hidden_layer_sizes == (4,)


@pytest.mark.parametrize(
    ("estimator", "space", "fixed"),
    [
        (MLPClassifier(), {"hidden_layer_sizes": [(3,), (4,)], "alpha": (0.1, 1.0)}, ["hidden_layer_sizes"]),
        (HistGradientBoostingClassifier(), {"max_bins": (10, 20), "max_depth": (2, 3)}, ["max_bins"]),
        (
            Pipeline([("pca", PCA()), ("clf", SGDClassifier())]),
            {"pca__n_components": [2, 3], "pca": [PCA(), "passthrough"], "clf__alpha": (0.1, 1.0)},
            ["pca__n_components", "pca"],
        ),
        (
            Pipeline([("clf", SGDClassifier())]),
            {"clf": [SGDClassifier(), MLPClassifier()], "clf__alpha": (0.1, 1.0)},
            ["clf"],
        ),
        (
            Pipeline([("clf", SGDClassifier())]),
            {"clf": [SGDClassifier(), MLPClassifier()], "clf__early_stopping": [True, False]},
            ["clf", "clf__early_stopping"],
        ),
        (MultiOutputClassifier(SGDClassifier()), {"estimator__alpha": (0.1, 1.0)}, ["estimator__alpha"]),
        (BaggingClassifier(), {"max_samples": (0.1, 1.0)}, []),
    ],
)
def test_what_cannot_change_is_known(estimator, space, fixed):
    """A step that is fitted already would not hear of a change, and no score would say so."""
    (subspace,) = SearchSpace(space).subspaces
    assert fixed_parameters(estimator, subspace.dimensions) == fixed


def test_the_table_knows_the_families():
    """A misspelt base would make a rule that is never used."""
    bases = {family.base for family in FAMILIES}
    nets = {"sklearn.BaseMultilayerPerceptron"}
    assert {rule.base for rule in CHANGES} <= bases | nets
    assert is_fixed(MLPClassifier(), "", "solver")
