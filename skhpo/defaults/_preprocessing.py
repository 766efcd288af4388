"""Default spaces of common preprocessing."""

from __future__ import annotations

from typing import Any

from skhpo.defaults._entry import Entry, Size
from skhpo.space import Categorical, Dimension, Integer, Ordinal, Real

_AUTO_SKLEARN = "Feurer et al. (2015), Efficient and robust automated machine learning"


def _imputer(estimator: Any, size: Size) -> dict[str, Dimension]:
    space: dict[str, Dimension] = {"add_indicator": Categorical([False, True])}
    if estimator.strategy in ("mean", "median"):  # the others are for texts as well
        space["strategy"] = Categorical(["mean", "median"])
    return space


def _neighbors_imputer(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "n_neighbors": Integer(1, 30, prior="log-uniform"),
        "weights": Categorical(["uniform", "distance"]),
    }


def _principal_components(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "n_components": Ordinal([0.5, 0.7, 0.8, 0.9, 0.95, 0.99, None]),
        "whiten": Categorical([False, True]),
    }


def _singular_values(estimator: Any, size: Size) -> dict[str, Dimension]:
    most = max(min(size.n_features - 1, 300), 2)
    return {"n_components": Integer(2, most, prior="log-uniform")} if most > 2 else {}


def _select_percentile(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"percentile": Integer(min(max(100 // size.n_features, 1), 10), 100, prior="log-uniform")}


def _select_k_best(estimator: Any, size: Size) -> dict[str, Dimension]:
    if size.n_features < 2:
        return {}
    return {"k": Integer(1, size.n_features, prior="log-uniform")}


def _polynomials(estimator: Any, size: Size) -> dict[str, Dimension]:
    # Three times the power of many columns does not fit into memory.
    degrees = [1, 2, 3] if size.n_features <= 12 else [1, 2]
    return {"degree": Ordinal(degrees), "interaction_only": Categorical([False, True])}


def _bins(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "n_bins": Integer(2, size.at_most(50), prior="log-uniform"),
        "strategy": Categorical(["quantile", "uniform"]),
    }


def _quantiles(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"output_distribution": Categorical(["uniform", "normal"])}


def _splines(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {"n_knots": Integer(3, size.at_most(20), prior="log-uniform"), "degree": Ordinal([1, 2, 3])}


def _one_hot(estimator: Any, size: Size) -> dict[str, Dimension]:
    if estimator.handle_unknown == "error":
        return {}  # rare categories are named in no error
    return {"min_frequency": Ordinal([None, 2, 5, 10, 20])}


def _counts(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "ngram_range": Categorical([(1, 1), (1, 2)]),
        "max_df": Real(0.5, 1.0),
        "binary": Categorical([False, True]),
    }


def _tf_idf(estimator: Any, size: Size) -> dict[str, Dimension]:
    return {
        "ngram_range": Categorical([(1, 1), (1, 2)]),
        "max_df": Real(0.5, 1.0),
        "sublinear_tf": Categorical([False, True]),
        "use_idf": Categorical([True, False]),
    }


PREPROCESSING: dict[str, Entry] = {
    "CountVectorizer": Entry(_counts, source=_AUTO_SKLEARN),
    "KBinsDiscretizer": Entry(_bins, source=_AUTO_SKLEARN),
    "KNNImputer": Entry(_neighbors_imputer, source=_AUTO_SKLEARN),
    "OneHotEncoder": Entry(_one_hot, source=_AUTO_SKLEARN),
    "PCA": Entry(_principal_components, source=_AUTO_SKLEARN),
    "PolynomialFeatures": Entry(_polynomials, source=_AUTO_SKLEARN),
    "QuantileTransformer": Entry(_quantiles, source=_AUTO_SKLEARN),
    "SelectKBest": Entry(_select_k_best, {"k": lambda size: min(size.n_features, 10)}, _AUTO_SKLEARN),
    "SelectPercentile": Entry(_select_percentile, source=_AUTO_SKLEARN),
    "SimpleImputer": Entry(_imputer, source=_AUTO_SKLEARN),
    "SplineTransformer": Entry(_splines, source=_AUTO_SKLEARN),
    "TfidfVectorizer": Entry(_tf_idf, source=_AUTO_SKLEARN),
    "TruncatedSVD": Entry(_singular_values, source=_AUTO_SKLEARN),
}
