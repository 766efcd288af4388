"""The models of the real tasks, and what is tuned of them. One evaluation takes at most 0.2 seconds of CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from _problems import Condition, Configuration, Parameter, choice, integer, real
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SCALERS: dict[str, Callable[[], Any]] = {
    "none": lambda: "passthrough",
    "standard": StandardScaler,
    "minmax": MinMaxScaler,
    "robust": RobustScaler,
    "quantile": lambda: QuantileTransformer(n_quantiles=50),
}
SCALER = choice("scaler", "none", "standard", "minmax", "robust")
# What has not converged after so many iterations, such as a polynomial of unscaled features, never will.
SVM_ITERATIONS = 50_000
SVM = (real("C", 1e-3, 1e4, True), real("gamma", 1e-6, 10, True))
FOREST = (
    integer("n_estimators", 5, 25),
    integer("max_depth", 1, 20),
    real("max_features", 0.1, 1.0),
    integer("min_samples_leaf", 1, 20, True),
    real("min_samples_split", 0.005, 0.3, True),
)
BOOSTING = (
    integer("max_iter", 5, 30, True),
    real("learning_rate", 0.01, 1.0, True),
    integer("max_leaf_nodes", 2, 31, True),
    integer("min_samples_leaf", 2, 60, True),
    real("l2_regularization", 1e-6, 100, True),
    real("max_features", 0.2, 1.0),
)
NETWORK = (
    integer("units", 4, 64, True),
    integer("layers", 1, 2),
    real("alpha", 1e-6, 10, True),
    real("learning_rate_init", 1e-4, 0.3, True),
    choice("activation", "relu", "tanh", "logistic"),
    integer("batch_size", 16, 128, True),
)


class Task(NamedTuple):
    """A model to be tuned on a table."""

    key: str
    table: str
    is_classification: bool
    parameters: tuple[Parameter, ...]
    build: Callable[[Configuration], BaseEstimator]
    # The estimator's own parameters, or what is nearest to them in the space, as BayesSearchCV tries them first.
    default: Configuration | None = None


def scaled(model: Callable[..., Any], **fixed: Any) -> Callable[[Configuration], BaseEstimator]:
    """Return a builder of a model behind a scaler, which may be tuned too."""

    def build(configuration: Configuration) -> BaseEstimator:
        rest = {name: value for name, value in configuration.items() if name != "scaler"}
        return make_pipeline(SCALERS[configuration.get("scaler", "standard")](), model(**fixed, **rest))

    return build


def network(model: Callable[..., Any]) -> Callable[[Configuration], BaseEstimator]:
    """Return a builder of a network of a few short epochs."""

    def build(configuration: Configuration) -> BaseEstimator:
        rest = {name: value for name, value in configuration.items() if name not in ("units", "layers")}
        sizes = (configuration["units"],) * configuration["layers"]
        return make_pipeline(
            StandardScaler(), model(hidden_layer_sizes=sizes, max_iter=15, random_state=0, **rest)
        )

    return build


def polynomial_ridge(configuration: Configuration) -> BaseEstimator:
    """Build a ridge regression on selected products of features."""
    terms = PolynomialFeatures(
        configuration["degree"], interaction_only=configuration["interactions"], include_bias=False
    )
    select = SelectKBest(f_regression, k=configuration["k"])
    return make_pipeline(StandardScaler(), select, terms, StandardScaler(), Ridge(configuration["alpha"]))


CLASSIFIERS: dict[str, Callable[..., BaseEstimator]] = {
    "logistic": lambda **rest: LogisticRegression(max_iter=200, **rest),
    "svc": lambda **rest: SVC(max_iter=SVM_ITERATIONS, **rest),
    "neighbours": KNeighborsClassifier,
    "tree": lambda **rest: DecisionTreeClassifier(random_state=0, **rest),
}
REGRESSORS: dict[str, Callable[..., BaseEstimator]] = {
    "ridge": Ridge,
    "svr": lambda **rest: SVR(max_iter=SVM_ITERATIONS, **rest),
    "tree": lambda **rest: DecisionTreeRegressor(random_state=0, **rest),
}


def chosen(models: dict[str, Callable[..., BaseEstimator]]) -> Callable[[Configuration], BaseEstimator]:
    """Return a builder of a pipeline whose model is a hyperparameter."""

    def build(configuration: Configuration) -> BaseEstimator:
        name = configuration["model"]
        rest = {key.split("__")[1]: value for key, value in configuration.items() if "__" in key}
        return make_pipeline(SCALERS[configuration["scaler"]](), models[name](**rest))

    return build


def of(model: str) -> Condition:
    """Return the condition that a model is chosen."""
    return Condition("model", (model,))


MODEL_CHOICE = (
    choice("scaler", *SCALERS),
    choice("model", *CLASSIFIERS),
    real("logistic__C", 1e-4, 1e4, True, of("logistic")),
    real("svc__C", 1e-3, 1e4, True, of("svc")),
    choice("svc__kernel", "rbf", "poly", when=of("svc")),
    real("svc__gamma", 1e-6, 10, True, of("svc")),
    integer("svc__degree", 2, 4, when=Condition("svc__kernel", ("poly",))),
    integer("neighbours__n_neighbors", 1, 50, True, of("neighbours")),
    choice("neighbours__weights", "uniform", "distance", when=of("neighbours")),
    integer("tree__max_depth", 1, 20, when=of("tree")),
    integer("tree__min_samples_leaf", 1, 50, True, of("tree")),
)
REGRESSOR_CHOICE = (
    choice("scaler", *SCALERS),
    choice("model", *REGRESSORS),
    real("ridge__alpha", 1e-4, 1e4, True, of("ridge")),
    real("svr__C", 1e-2, 1e3, True, of("svr")),
    real("svr__gamma", 1e-5, 10, True, of("svr")),
    real("svr__epsilon", 1e-3, 2, True, of("svr")),
    integer("tree__max_depth", 1, 20, when=of("tree")),
    integer("tree__min_samples_leaf", 1, 50, True, of("tree")),
)
LOGISTIC = (
    SCALER,
    real("C", 1e-4, 1e4, True),
    choice("class_weight", None, "balanced"),
    choice("fit_intercept", True, False),
)
SGD = (
    SCALER,
    choice("loss", "hinge", "log_loss", "modified_huber", "perceptron"),
    choice("penalty", "l1", "l2", "elasticnet"),
    real("alpha", 1e-7, 1.0, True),
    real("eta0", 1e-3, 1.0, True),
    choice("learning_rate", "optimal", "invscaling", "adaptive", "constant"),
)
NEIGHBOURS = (
    SCALER,
    integer("n_neighbors", 1, 60, True),
    choice("weights", "uniform", "distance"),
    real("p", 1.0, 4.0),
)
ELASTIC = (SCALER, real("alpha", 1e-6, 10, True), real("l1_ratio", 0.0, 1.0))
RIDGE = (
    integer("k", 1, 10),
    integer("degree", 1, 3),
    choice("interactions", True, False),
    real("alpha", 1e-3, 1e5, True),
)
SVR_SPACE = (real("C", 1e-2, 1e4, True), real("gamma", 1e-6, 10, True), real("epsilon", 1e-2, 50, True))

SCALED: Configuration = {"scaler": "standard"}
LOGISTIC_DEFAULT = SCALED | {"C": 1.0, "class_weight": None, "fit_intercept": True}
SGD_DEFAULT = SCALED | {
    "loss": "hinge", "penalty": "l2", "alpha": 1e-4, "eta0": 0.01, "learning_rate": "optimal"
}  # fmt: skip
NEIGHBOURS_DEFAULT = SCALED | {"n_neighbors": 5, "weights": "uniform", "p": 2.0}
ELASTIC_DEFAULT = SCALED | {"alpha": 1.0, "l1_ratio": 0.5}
RIDGE_DEFAULT: Configuration = {"k": 10, "degree": 2, "interactions": False, "alpha": 1.0}
# These are outside of the space: what is nearest.
BOOSTING_DEFAULT: Configuration = {
    "max_iter": 30, "learning_rate": 0.1, "max_leaf_nodes": 31, "min_samples_leaf": 20, "l2_regularization": 1e-6,
    "max_features": 1.0,
}  # fmt: skip
NETWORK_DEFAULT: Configuration = {
    "units": 64, "layers": 1, "alpha": 1e-4, "learning_rate_init": 1e-3, "activation": "relu", "batch_size": 128
}  # fmt: skip
TREES_DEFAULT: Configuration = {
    "n_estimators": 25, "max_depth": 20, "max_features": 1.0, "min_samples_leaf": 1, "min_samples_split": 0.005
}  # fmt: skip
FOREST_DEFAULT = TREES_DEFAULT | {"max_features": 5**-0.5}
SVM_DEFAULT: Configuration = {"C": 1.0, "gamma": 1 / 30}
SVR_DEFAULT: Configuration = {"C": 1.0, "gamma": 0.1, "epsilon": 0.1}
LOGISTIC_CHOICE = SCALED | {"model": "logistic", "logistic__C": 1.0}
RIDGE_CHOICE = SCALED | {"model": "ridge", "ridge__alpha": 1.0}

TASKS: tuple[Task, ...] = (
    Task("logistic_wine", "wine", True, LOGISTIC, scaled(LogisticRegression, max_iter=200),
         LOGISTIC_DEFAULT),
    Task("logistic_ecoli", "ecoli", True, LOGISTIC, scaled(LogisticRegression, max_iter=200),
         LOGISTIC_DEFAULT),
    Task("sgd_phoneme", "phoneme", True, SGD, scaled(SGDClassifier, max_iter=30, random_state=0),
         SGD_DEFAULT),
    Task("neighbours_ecoli", "ecoli", True, NEIGHBOURS, scaled(KNeighborsClassifier), NEIGHBOURS_DEFAULT),
    Task("svc_breast_cancer", "breast_cancer", True, SVM, scaled(SVC, max_iter=SVM_ITERATIONS), SVM_DEFAULT),
    Task("svc_digits", "digits", True, (SCALER, *SVM), scaled(SVC, max_iter=SVM_ITERATIONS),
         SCALED | SVM_DEFAULT | {"gamma": 1 / 64}),
    Task("forest_phoneme", "phoneme", True, FOREST, scaled(RandomForestClassifier, random_state=0),
         FOREST_DEFAULT),
    Task("boosting_banknote", "banknote_authentication", True, BOOSTING,
         scaled(HistGradientBoostingClassifier, random_state=0), BOOSTING_DEFAULT),
    Task("mlp_breast_cancer", "breast_cancer", True, NETWORK, network(MLPClassifier), NETWORK_DEFAULT),
    Task("choice_breast_cancer", "breast_cancer", True, MODEL_CHOICE, chosen(CLASSIFIERS), LOGISTIC_CHOICE),
    Task("choice_phoneme", "phoneme", True, MODEL_CHOICE, chosen(CLASSIFIERS), LOGISTIC_CHOICE),
    Task("elasticnet_wine_quality", "winequality-red", False, ELASTIC, scaled(ElasticNet, max_iter=300),
         ELASTIC_DEFAULT),
    Task("ridge_diabetes", "diabetes", False, RIDGE, polynomial_ridge, RIDGE_DEFAULT),
    Task("svr_diabetes", "diabetes", False, SVR_SPACE, scaled(SVR, max_iter=SVM_ITERATIONS), SVR_DEFAULT),
    Task("trees_abalone", "abalone", False, FOREST, scaled(ExtraTreesRegressor, random_state=0), TREES_DEFAULT),
    Task("boosting_wine_quality", "winequality-red", False, BOOSTING,
         scaled(HistGradientBoostingRegressor, random_state=0), BOOSTING_DEFAULT),
    Task("mlp_abalone", "abalone", False, NETWORK, network(MLPRegressor), NETWORK_DEFAULT),
    Task("choice_abalone", "abalone", False, REGRESSOR_CHOICE, chosen(REGRESSORS), RIDGE_CHOICE),
)  # fmt: skip
