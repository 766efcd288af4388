"""Default spaces of linear models, discriminant analysis and naive Bayes."""

from __future__ import annotations

from typing import Any

from skhpo.defaults._entry import Entry, Size
from skhpo.space import Categorical, Dimension, Real

_STRENGTH = (
    "the usual grid of powers of ten; van Rijn & Hutter (2018), Hyperparameter importance across datasets"
)
_AUTO_SKLEARN = "Feurer et al. (2015), Efficient and robust automated machine learning"


def balanced() -> Categorical:
    """Whether classes count alike."""
    return Categorical([None, "balanced"])


def _inverse_strength(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"C": Real(1e-4, 1e4, prior="log-uniform"), "class_weight": balanced()}


def _ridge(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"alpha": Real(1e-4, 1e5, prior="log-uniform")}


def _ridge_classifier(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {**_ridge(estimator, size), "class_weight": balanced()}


def _lasso(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"alpha": Real(1e-4, 1e2, prior="log-uniform")}


def _elastic_net(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"alpha": Real(1e-4, 1e2, prior="log-uniform"), "l1_ratio": Real(0.05, 1.0)}


def _generalised(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"alpha": Real(1e-4, 1e2, prior="log-uniform")}


def _huber(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"alpha": Real(1e-6, 1e2, prior="log-uniform"), "epsilon": Real(1.05, 3.0)}


def _sgd(estimator: Any, size: Size) -> dict[str, Dimension]:
    # The loss decides whether there are probabilities, and stays the user's choice.
    return {
        "alpha": Real(1e-7, 1e-1, prior="log-uniform"),
        "penalty": Categorical(["l2", "l1", "elasticnet"]),
        "l1_ratio": Real(0.05, 0.95, when={"penalty": ["elasticnet"]}),
        "average": Categorical([False, True]),
    }


def _sgd_classifier(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {**_sgd(estimator, size), "class_weight": balanced()}


def _linear_discriminant(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"solver": Categorical(["svd", "lsqr"]), "shrinkage": Real(0.0, 1.0, when={"solver": ["lsqr"]})}


def _quadratic_discriminant(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"reg_param": Real(0.0, 1.0)}


def _gaussian_bayes(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"var_smoothing": Real(1e-12, 1.0, prior="log-uniform")}


def _discrete_bayes(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"alpha": Real(1e-3, 1e2, prior="log-uniform"), "fit_prior": Categorical([True, False])}


LINEAR: dict[str, Entry] = {
    "BernoulliNB": Entry(_discrete_bayes, source=_AUTO_SKLEARN),
    "ComplementNB": Entry(_discrete_bayes, source=_AUTO_SKLEARN),
    "ElasticNet": Entry(_elastic_net, source=_STRENGTH),
    "GammaRegressor": Entry(_generalised, source=_STRENGTH),
    "GaussianNB": Entry(_gaussian_bayes, source="from the default, 1e-9, up to the variance of the features"),
    "HuberRegressor": Entry(_huber, source=_STRENGTH),
    "Lasso": Entry(_lasso, source=_STRENGTH),
    "LinearDiscriminantAnalysis": Entry(_linear_discriminant, source=_AUTO_SKLEARN),
    "LinearSVC": Entry(_inverse_strength, source=_STRENGTH),
    "LogisticRegression": Entry(_inverse_strength, source=_STRENGTH),
    "MultinomialNB": Entry(_discrete_bayes, source=_AUTO_SKLEARN),
    "PoissonRegressor": Entry(_generalised, source=_STRENGTH),
    "QuadraticDiscriminantAnalysis": Entry(_quadratic_discriminant, source=_AUTO_SKLEARN),
    "Ridge": Entry(_ridge, source=_STRENGTH),
    "RidgeClassifier": Entry(_ridge_classifier, source=_STRENGTH),
    "SGDClassifier": Entry(_sgd_classifier, source=_AUTO_SKLEARN),
    "SGDRegressor": Entry(_sgd, source=_AUTO_SKLEARN),
    "TweedieRegressor": Entry(_generalised, source=_STRENGTH),
}
