"""scikit-learn's callbacks around a search."""

import joblib
import pytest
import sklearn
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import BayesSearchCV, GridSearchCV

X, Y = load_iris(return_X_y=True)
HAS_CALLBACKS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="scikit-learn has callbacks since 1.9")


class Recorder:
    """A callback that writes down the tasks that end, and stops after some of them."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.ended = []

    def setup(self, estimator, context):
        """Nothing to prepare."""

    def teardown(self, estimator, context):
        """Nothing to clean up."""

    def on_fit_task_begin(self, estimator, context):
        """Not of interest."""

    def on_fit_task_end(self, estimator, context):
        """Write the task down and say whether to stop."""
        self.ended.append(context.task_name)
        return self.ended.count("candidate-split-evaluation") == self.stop_after


@needs_callbacks
def test_every_task_of_a_search_is_announced():
    """A progress bar that misses fits never reaches its end."""
    recorder = Recorder()
    BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=3, cv=2, random_state=0).set_callbacks(recorder).fit(X, Y)
    assert recorder.ended.count("candidate-split-evaluation") == 6
    assert recorder.ended[-3:] == ["search", "refit-with-best-params", "fit"]


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callback_that_returns_true_stops_the_search(n_jobs):
    """Elsewhere the answer of the callback is ignored, and everything is evaluated all the same."""
    search = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=50, cv=2, random_state=0, n_jobs=n_jobs)
    with joblib.parallel_config("threading"):
        search.set_callbacks(Recorder(stop_after=6)).fit(X, Y)
    assert 2 <= len(search.cv_results_["params"]) <= 4
    assert search.predict(X).shape == Y.shape


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scoring_monitor_logs_the_fits(n_jobs):
    """Learning curves of every fit of a search, also from worker processes."""
    from sklearn.callback import ScoringMonitor
    from sklearn.callback.tests._utils import MaxIterEstimator

    monitor = ScoringMonitor(scoring="r2")
    estimator = MaxIterEstimator().set_callbacks(monitor)
    search = GridSearchCV(estimator, {"max_iter": [2, 3]}, cv=2, scoring="r2", n_jobs=n_jobs).fit(X, Y)
    # One log of the whole search: a row an iteration and a row a fit, for 4 fits and the refit.
    assert len(monitor.get_logs(select="all")) == 1
    max_iters = [2, 2, 3, 3, search.best_params_["max_iter"]]
    assert len(monitor.get_logs().data) == sum(n + 1 for n in max_iters)


def test_without_callbacks_nothing_is_sent_along():
    """The search itself must not travel to the workers with every fit for nothing."""
    search = GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2).fit(X, Y)
    assert not hasattr(search, "_callback_fit_ctx")
