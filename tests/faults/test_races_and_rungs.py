"""Faults in searches that do not fit every split of every trial: races, rungs, rungs without a barrier."""

import warnings

import pytest
from sklearn.exceptions import FitFailedWarning

from skhpo import BayesSearchCV, GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV
from skhpo.exceptions import InterruptedWarning
from skhpo.schedulers import Lossless
from tests.faults._estimators import Hazard, X, Y


def searches(fault, **params):
    """Return searches over good values and, as the third one, a value that does harm."""
    values = [1, 2, fault, 4, 5, 6, 7]
    bayes = {"sampler": "grid", "initial_configurations": [{"x": x} for x in values[1:]], "random_state": 0}
    rungs = {"resource": "n_samples", "min_resources": 12, **bayes}
    return [
        GridSearchCV(Hazard(), {"x": values}, racing="margin", cv=3, **params),
        BayesSearchCV(
            Hazard(), {"x": values}, n_iter=7, racing=Lossless(best_score=1), cv=3, **bayes, **params
        ),
        HalvingGridSearchCV(Hazard(), {"x": values}, racing="margin", cv=3, random_state=0, **params),
        HyperbandSearchCV(Hazard(), {"x": values}, racing="margin", cv=3, **rungs, **params),
        HyperbandSearchCV(Hazard(), {"x": values}, asynchronous=True, cv=3, **rungs, **params),
    ]


def warnings_of(search):
    """Fit a search; return the classes of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, Y)
    return {one.category for one in caught}


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize(("fault", "error"), [("killed", "WorkerDied"), ("hangs", "FitTimeout")])
def test_one_bad_configuration_costs_one_row(number, fault, error):
    """A race or a rung that waits for a fit that never comes would end the search's night with nothing."""
    search = searches(fault, n_jobs=2, fit_timeout=0.5)[number]
    assert FitFailedWarning in warnings_of(search)
    assert {"x": fault} in search.cv_results_["params"]
    bad = [trial for trial in search.trials_ if trial.configuration["x"] == fault]
    assert {trial.status for trial in bad} == {"failed"}
    assert {trial.measurements[0].error.type for trial in bad} == {error}
    good = [params["x"] for params in search.cv_results_["params"] if params["x"] != fault]
    assert search.best_params_ == {"x": max(good)} and max(good) > 5


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_error_score_raise_ends_the_search_with_the_error(number, n_jobs):
    """Debugging starts from the original error, and no other fit may be waited for."""
    search = searches("raises", error_score="raise", n_jobs=n_jobs)[number]
    with pytest.raises(RuntimeError, match="x is bad"):
        search.fit(X, Y)


@pytest.mark.parametrize("number", range(5))
def test_interrupt_keeps_what_is_finished(number):
    """A notebook user who stops the cell in the middle of a race or a rung finds the results and a model."""
    search = searches("interrupted")[number]
    assert InterruptedWarning in warnings_of(search)
    assert 1 <= len(search.cv_results_["params"]) <= 8
    assert search.best_estimator_.x == search.best_params_["x"]
