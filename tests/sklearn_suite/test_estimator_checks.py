"""scikit-learn's checks of estimators, run over our classes with the arguments that it uses for its own."""

import pytest
from sklearn import model_selection
from sklearn.base import is_classifier
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._test_common.instance_generator import INIT_PARAMS, PER_ESTIMATOR_XFAIL_CHECKS
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
    parametrize_with_checks,
)
from sklearn_suite._loader import without_iterators

from skhpo import (
    BayesSearchCV,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    PopulationSearchCV,
    RandomizedSearchCV,
)

# The checks themselves give rise to the warnings of the estimators inside.
pytestmark = pytest.mark.filterwarnings("default")


def _estimators():
    for arguments in INIT_PARAMS[model_selection.GridSearchCV]:
        yield GridSearchCV(**arguments)
    yield GridSearchCV(**arguments, racing="margin")
    for arguments in INIT_PARAMS[model_selection.HalvingGridSearchCV]:
        yield HalvingGridSearchCV(**arguments)
    for arguments in INIT_PARAMS[model_selection.RandomizedSearchCV]:
        yield RandomizedSearchCV(**arguments)
        given = dict(arguments)
        space = given.pop("param_distributions")
        yield BayesSearchCV(search_spaces=space, n_iter=2, **given)
        yield HyperbandSearchCV(search_spaces=space, min_resources=10, **given)
    # It shares everything with the other halving but the candidates.
    yield HalvingRandomSearchCV(**INIT_PARAMS[model_selection.HalvingRandomSearchCV][0])
    scaled = Pipeline([("scale", StandardScaler()), ("model", SGDClassifier(random_state=0))])
    for inner, name in ((SGDRegressor(random_state=0), "alpha"), (scaled, "model__alpha")):
        space = {name: (1e-4, 1e-1)}
        yield PopulationSearchCV(inner, space, population_size=3, n_generations=2, cv=2, error_score="raise")


def _name(estimator):
    inner = getattr(estimator.estimator, "steps", [(None, estimator.estimator)])[-1][1]
    kind = type(estimator).__name__ + "-racing" * (estimator.racing is not False)
    return f"{kind}-{'Pipeline-' * hasattr(estimator.estimator, 'steps')}{type(inner).__name__}"


def _fails_for_scikit_learn_too(estimator):
    """Checks which scikit-learn's own searches do not pass with the same estimator."""
    known = PER_ESTIMATOR_XFAIL_CHECKS[model_selection.GridSearchCV]
    # Classifiers do warn about a column of targets, and so do models trained by SGD.
    return {} if is_classifier(estimator) or isinstance(estimator, PopulationSearchCV) else known


each_estimator = pytest.mark.parametrize("estimator", list(_estimators()), ids=_name)


@without_iterators
@parametrize_with_checks(list(_estimators()), expected_failed_checks=_fails_for_scikit_learn_too)
def test_estimator_checks(estimator, check):
    """Would lose a search that behaves like every other estimator, inside scikit-learn's own tools."""
    check(estimator)


@each_estimator
def test_parameters_are_validated_in_fit(estimator):
    """Would lose the message that names a wrong parameter and says what was expected."""
    check_param_validation(type(estimator).__name__, estimator)


@each_estimator
def test_names_of_columns_are_checked(estimator):
    """Would lose the error about columns in another order than those of fit."""
    check_dataframe_column_names_consistency(type(estimator).__name__, estimator)
