"""Which modules of scikit-learn's tests use a search class."""

#: The tests of the searches themselves, and what meta-estimators have in common.
SEARCH = (
    "sklearn.model_selection.tests.test_search",
    "sklearn.tests.test_metaestimators",
    "sklearn.tests.test_metaestimators_metadata_routing",
)

#: The tests of the searches by halving.
HALVING = ("sklearn.model_selection.tests.test_successive_halving",)

#: Tests of other parts of scikit-learn that work through a search.
USERS = (
    "sklearn.decomposition.tests.test_kernel_pca",
    "sklearn.ensemble.tests.test_bagging",
    "sklearn.ensemble.tests.test_forest",
    "sklearn.ensemble.tests.test_voting",
    "sklearn.ensemble.tests.test_weight_boosting",
    "sklearn.feature_extraction.tests.test_text",
    "sklearn.impute.tests.test_impute",
    "sklearn.linear_model.tests.test_coordinate_descent",
    "sklearn.linear_model.tests.test_logistic",
    "sklearn.linear_model.tests.test_ridge",
    "sklearn.linear_model.tests.test_sgd",
    "sklearn.metrics.tests.test_regression",
    "sklearn.metrics.tests.test_score_objects",
    "sklearn.model_selection.tests.test_split",
    "sklearn.model_selection.tests.test_validation",
    "sklearn.neighbors.tests.test_kde",
    "sklearn.tests.test_base",
    "sklearn.tests.test_multiclass",
    "sklearn.tests.test_multioutput",
    "sklearn.utils._repr_html.tests.test_estimator",  # scikit-learn >= 1.7
    "sklearn.utils.tests.test_estimator_html_repr",  # scikit-learn 1.6
    "sklearn.utils.tests.test_parallel",
)
