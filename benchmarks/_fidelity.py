"""What `fidelity.py` compares: families of models on real tables, and every search as its user would call it.

Two families are trained for long: what a fit costs besides its trees or epochs is nearly nothing there. The yardstick
is scikit-learn's random search with `N_TRIALS` trials. Hyperband and the halvings have the plans that are their
defaults, unless their labels say otherwise.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from _optimisers import our_dimension
from _problems import Parameter, choice, integer, real
from _real_tasks import split
from _real_tasks import table as read_table
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

import skhpo
from skhpo.schedulers import Lossless, Margin

N_TRIALS, N_FOLDS = 40, 5
N_TREES, N_EPOCHS = 27, 27
N_TREES_LONG, N_EPOCHS_LONG = 243, 81

#: Tables, and whether they are of classification.
TABLES = {
    "breast_cancer": True,
    "digits_parity": True,
    "phoneme": True,
    "diabetes": False,
    "winequality-red": False,
    "abalone": False,
}


class Family(NamedTuple):
    """A kind of model.

    Attributes
    ----------
    parameters : tuple of Parameter
        What is tuned.
    classifier, regressor : callable
        Build the model.
    resource, trained_on : str
        What is rationed, in scikit-learn's words and in ours.
    most : int or None
        The whole of the resource; None for all samples.
    learns_by_steps : bool
        Whether OptunaSearchCV can prune: with ``partial_fit``, which no pipeline has.
    n_rows, n_values : int
        At most so many rows are searched, and so many numbers in them.
    """

    parameters: tuple[Parameter, ...]
    classifier: Callable[[], BaseEstimator]
    regressor: Callable[[], BaseEstimator]
    resource: str
    trained_on: str
    most: int | None
    learns_by_steps: bool = False
    n_rows: int = 400
    n_values: int = 1_000_000

    def rows_of(self, n_features: int) -> int:
        """Return how many rows are searched at most."""
        return min(self.n_rows, self.n_values // n_features)


BOOSTING = (
    real("learning_rate", 0.02, 1.0, True),
    integer("max_depth", 1, 4),
    integer("min_samples_leaf", 1, 50, True),
    real("subsample", 0.4, 1.0),
    real("max_features", 0.2, 1.0),
)
C, GAMMA = (1e-3, 1e3, True), (1e-5, 10, True)
SVM = (real("svm__C", *C), real("svm__gamma", *GAMMA))
NETWORK = (
    integer("hidden_layer_sizes", 4, 64, True),
    real("alpha", 1e-6, 10, True),
    real("learning_rate_init", 1e-4, 0.1, True),
    integer("batch_size", 64, 256, True),
    choice("activation", "relu", "tanh", "logistic"),
)
LONG_BOOSTING = (real("learning_rate", 0.005, 0.5, True), integer("max_depth", 1, 5), *BOOSTING[2:])
LONG_NETWORK = (
    integer("hidden_layer_sizes", 8, 128, True),
    real("alpha", 1e-6, 1, True),
    real("learning_rate_init", 1e-4, 0.1, True),
    integer("batch_size", 32, 256, True),
    choice("activation", "relu", "tanh", "logistic"),
)
# No network stops before its last epoch, so that partial_fit and fit train equally long.
EPOCHS, LONG_EPOCHS = (
    {"max_iter": n, "n_iter_no_change": n, "random_state": 0} for n in (N_EPOCHS, N_EPOCHS_LONG)
)
TREES, LONG_TREES = ({"n_estimators": n, "random_state": 0} for n in (N_TREES, N_TREES_LONG))
# Random search takes some 20 seconds then.
LONG_ROWS = {"n_rows": 600, "n_values": 20_000}


def svm_pipeline(model: BaseEstimator) -> BaseEstimator:
    """Put a support vector machine behind a scaler."""
    return Pipeline([("scale", StandardScaler()), ("svm", model)])


FAMILIES = {
    "boosting": Family(
        BOOSTING,
        lambda: GradientBoostingClassifier(**TREES),
        lambda: GradientBoostingRegressor(**TREES),
        "n_estimators",
        "n_estimators",
        N_TREES,
    ),
    "svm": Family(
        SVM,
        lambda: svm_pipeline(SVC(max_iter=50_000)),
        lambda: svm_pipeline(SVR(max_iter=50_000)),
        "n_samples",
        "n_samples",
        None,
    ),
    "network": Family(
        NETWORK,
        lambda: MLPClassifier(**EPOCHS),
        lambda: MLPRegressor(**EPOCHS),
        "max_iter",
        "epochs",
        N_EPOCHS,
        True,
    ),
    "long_boosting": Family(
        LONG_BOOSTING,
        lambda: GradientBoostingClassifier(**LONG_TREES),
        lambda: GradientBoostingRegressor(**LONG_TREES),
        "n_estimators",
        "n_estimators",
        N_TREES_LONG,
        **LONG_ROWS,
    ),
    "long_network": Family(
        LONG_NETWORK,
        lambda: MLPClassifier(**LONG_EPOCHS),
        lambda: MLPRegressor(**LONG_EPOCHS),
        "max_iter",
        "epochs",
        N_EPOCHS_LONG,
        True,
        **LONG_ROWS,
    ),
}
#: Those of `fidelity.md`; the others are asked for.
SHORT_FAMILIES = ("boosting", "svm", "network")


class Problem(NamedTuple):
    """A model to be tuned on one split of a table."""

    family: Family
    estimator: BaseEstimator
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def problem_of(family: str, table: str, tabular: str | None, seed: int) -> Problem:
    """Make a problem; features and numeric targets are standardised beforehand, for all searches alike."""
    is_classification = TABLES[table]
    kind = FAMILIES[family]
    n_features = read_table(table, tabular, is_classification)[0].shape[1]
    X, y, X_test, y_test = split(table, is_classification, tabular, seed, kind.rows_of(n_features))
    scaler = StandardScaler().fit(X)
    if not is_classification:
        y, y_test = (y - y.mean()) / y.std(), (y_test - y.mean()) / y.std()
    estimator = kind.classifier() if is_classification else kind.regressor()
    return Problem(kind, estimator, scaler.transform(X), y, scaler.transform(X_test), y_test)


class Request(NamedTuple):
    """What a search is asked to do."""

    problem: Problem
    scorer: Callable[[Any, Any, Any], float]
    seed: int

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is tuned."""
        return self.problem.family.parameters

    @property
    def common(self) -> dict[str, Any]:
        """Keyword arguments that mean the same everywhere."""
        return {"cv": N_FOLDS, "scoring": self.scorer, "random_state": self.seed, "refit": False}


def distributions(request: Request) -> dict[str, Any]:
    """Write the space with scipy's distributions; integers on a logarithmic scale become a list with that density."""
    return {one.name: _distribution(one) for one in request.parameters}


def _distribution(one: Parameter) -> Any:
    if one.kind == "choice":
        return list(one.choices)
    if one.kind == "integer" and not one.log:
        return stats.randint(int(one.low), int(one.high) + 1)
    if one.kind == "integer":
        return [round(value) for value in np.geomspace(one.low, one.high, 200)]
    return stats.loguniform(one.low, one.high) if one.log else stats.uniform(one.low, one.high - one.low)


def scikit_learn_random(request: Request) -> Any:
    """Build the yardstick."""
    return RandomizedSearchCV(
        request.problem.estimator, distributions(request), n_iter=N_TRIALS, **request.common
    )


def halving(kind: Any, attribute: str) -> Callable[[Request], Any]:
    """Return a builder of a halving over random candidates; `attribute` holds the family's name of the resource."""

    def build(request: Request) -> Any:
        family = request.problem.family
        return kind(
            request.problem.estimator,
            distributions(request),
            resource=getattr(family, attribute),
            max_resources="auto" if family.most is None else family.most,
            return_train_score=False,
            **request.common,
        )

    return build


def our_space(request: Request) -> dict[str, Any]:
    """Write the space for skhpo."""
    return {one.name: our_dimension(one) for one in request.parameters}


def ours(**options: Any) -> Callable[[Request], Any]:
    """Return a builder of our search with all folds of the whole resource, or a race over the folds."""

    def build(request: Request) -> Any:
        return skhpo.BayesSearchCV(
            request.problem.estimator, our_space(request), n_iter=N_TRIALS, **options, **request.common
        )

    return build


def hyperband(share: int | None = None, **options: Any) -> Callable[[Request], Any]:
    """Return a builder of Hyperband; the least of the resource is "auto" or one in `share` of the most."""

    def build(request: Request) -> Any:
        family = request.problem.family
        most = family.most or len(request.problem.X)
        return skhpo.HyperbandSearchCV(
            request.problem.estimator,
            our_space(request),
            resource=family.trained_on,
            min_resources="auto" if share is None else most // share,
            max_resources=most,
            **options,
            **request.common,
        )

    return build


def optuna_search(request: Request) -> Any:
    """Build OptunaSearchCV with TPE; it prunes networks after epochs, other models it cannot."""
    optuna = importlib.import_module("optuna")
    integration = importlib.import_module("optuna_integration")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    prunes = request.problem.family.learns_by_steps
    space = {}
    for one in request.parameters:
        if one.kind == "choice":
            space[one.name] = optuna.distributions.CategoricalDistribution(one.choices)
        elif one.kind == "integer":
            space[one.name] = optuna.distributions.IntDistribution(int(one.low), int(one.high), log=one.log)
        else:
            space[one.name] = optuna.distributions.FloatDistribution(one.low, one.high, log=one.log)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls itself experimental
        return integration.OptunaSearchCV(
            request.problem.estimator,
            space,
            n_trials=N_TRIALS,
            enable_pruning=prunes,
            max_iter=request.problem.family.most or N_EPOCHS,
            **request.common,
        )


def scikit_optimize(request: Request) -> Any:
    """Build scikit-optimize's search with a Gaussian process."""
    space_of = importlib.import_module("skopt.space")
    space = {}
    for one in request.parameters:
        prior = "log-uniform" if one.log else "uniform"
        if one.kind == "choice":
            space[one.name] = space_of.Categorical(list(one.choices))
        else:
            kind = space_of.Integer if one.kind == "integer" else space_of.Real
            space[one.name] = kind(one.low, one.high, prior=prior)
    search = importlib.import_module("skopt").BayesSearchCV
    return search(request.problem.estimator, space, n_iter=N_TRIALS, **request.common)


class Entry(NamedTuple):
    """A row of the tables; `n_seeds` is how many seeds it is given at most, where a run is dear."""

    label: str
    package: str
    build: Callable[[Request], Any]
    modules: tuple[str, ...] = ()
    n_seeds: int = 1_000

    @property
    def version(self) -> str:
        """The package and its version."""
        return f"{self.package} {version(self.package) if self.package != 'skhpo' else skhpo.__version__}"


YARDSTICK = "random"
ENTRIES: dict[str, Entry] = {
    YARDSTICK: Entry("RandomizedSearchCV (scikit-learn)", "scikit-learn", scikit_learn_random),
    "full": Entry("skhpo BayesSearchCV", "skhpo", ours()),
    # The string "lossless" knows the best score of scikit-learn's scorers only; that of the clock's scorer is told.
    "lossless": Entry("skhpo BayesSearchCV(racing='lossless')", "skhpo", ours(racing=Lossless(1.0))),
    "margin": Entry("skhpo BayesSearchCV(racing='margin')", "skhpo", ours(racing=Margin(best_score=1.0))),
    "hyperband_auto": Entry("skhpo HyperbandSearchCV", "skhpo", hyperband()),
    "hyperband_race": Entry(
        "skhpo HyperbandSearchCV(n_repeats=2, racing='margin')",
        "skhpo",
        hyperband(n_repeats=2, racing=Margin(best_score=1.0)),
    ),
    "hyperband": Entry("skhpo HyperbandSearchCV(brackets='all')", "skhpo", hyperband(brackets="all")),
    "hyperband_9": Entry(
        "skhpo HyperbandSearchCV(brackets='all'), from 1/9, 4 times",
        "skhpo",
        hyperband(9, brackets="all", n_repeats=4),
    ),
    "narrow": Entry(
        "skhpo HyperbandSearchCV, narrow, from 1/9, racing='margin'",
        "skhpo",
        hyperband(9, brackets="narrow", racing=Margin(best_score=1.0)),
    ),
    "halving": Entry(
        "skhpo HalvingRandomSearchCV", "skhpo", halving(skhpo.HalvingRandomSearchCV, "trained_on")
    ),
    "sklearn_halving": Entry(
        "HalvingRandomSearchCV (scikit-learn)", "scikit-learn", halving(HalvingRandomSearchCV, "resource")
    ),
    "optuna": Entry("OptunaSearchCV", "optuna-integration", optuna_search, ("optuna", "optuna_integration")),
    "skopt": Entry("BayesSearchCV (scikit-optimize)", "scikit-optimize", scikit_optimize, ("skopt",), 1),
}
