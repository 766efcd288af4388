"""What was gained over the defaults."""

import warnings

import numpy as np
import pytest
from scipy.stats import ttest_ind, ttest_rel
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import RepeatedKFold, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import skhpo
from skhpo import BayesSearchCV, GridSearchCV, HalvingGridSearchCV, HyperbandSearchCV, Study
from skhpo.inspection import gain_over_defaults, gain_over_simpler
from skhpo.search import OneStandardError

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[::3], Y[::3]
GRID = {"gamma": [1e-5, 1e-4, 1e-3, 1e-2]}


def bayes(model, **parameters):
    """A search that begins with the defaults."""
    return BayesSearchCV(model, {"gamma": (1e-6, 1.0, "log-uniform")}, random_state=0, **parameters).fit(X, Y)


def test_a_real_gain():
    """Where the defaults are bad, the gain and its test must say so."""
    found = gain_over_defaults(bayes(SVC(gamma=0.1), n_iter=8))
    assert found.gain == pytest.approx(found.best_score - found.baseline_score)
    assert found.gain > 0.15
    assert found.p_value < 0.01
    assert found.interval[0] > 0
    assert not found.is_within_noise
    assert found.baseline_params == {"gamma": 0.1}
    assert found.n_splits == 5


def test_a_gain_within_noise_is_warned_about():
    """Whoever sees a third digit improve should know that it means nothing."""
    with pytest.warns(UserWarning, match="The winner is within noise of the defaults: the gain is"):
        found = gain_over_defaults(bayes(SVC(gamma=1e-4), n_iter=4))
    assert found.interval[0] <= 0 <= found.interval[1] or found.gain == 0
    with pytest.warns(UserWarning, match="The winner is the defaults: nothing was gained"):
        found = gain_over_defaults(bayes(SVC(gamma=1e-4), n_iter=1))
    assert (found.gain, found.p_value, found.is_within_noise) == (0.0, 1.0, True)


def test_the_correction():
    """The plain t-test takes overlapping training sets for independent evidence."""
    cv = RepeatedKFold(n_splits=4, n_repeats=3, random_state=0)
    search = GridSearchCV(SVC(), GRID, cv=cv).fit(X, Y)
    row = int(np.argmin(search.cv_results_["mean_test_score"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gain_over_defaults(search, baseline=row, confidence=0.95)
    splits = np.array([search.cv_results_[f"split{i}_test_score"] for i in range(12)])
    plain = ttest_rel(splits[:, search.best_index_], splits[:, row]).confidence_interval(0.95)
    ratio = (found.interval[1] - found.gain) / (plain.high - found.gain)
    assert ratio == pytest.approx(np.sqrt((1 / 12 + 1 / 3) / (1 / 12)), rel=0.01)


def test_against_a_simpler_configuration():
    """A rule names what to compare with."""
    search = GridSearchCV(SVC(), GRID).fit(X, Y)
    with pytest.warns(UserWarning, match=r"within noise of the configuration \{'gamma': "):
        found = gain_over_defaults(search, baseline=OneStandardError(["-gamma"], n_errors=3))
    assert found.baseline_params["gamma"] > search.best_params_["gamma"]


def test_splits_of_its_own():
    """Folds that have nothing to do with each other are no pairs: their differences would seem to say more."""
    cv = ShuffleSplit(8, test_size=0.25, random_state=0)
    search = GridSearchCV(SVC(), {"gamma": [1e-2, 1e-3, 1e-4]}, cv=cv, reshuffle=True).fit(X, Y)
    row = int(np.argmin(search.cv_results_["mean_test_score"]))
    found = gain_over_defaults(search, baseline=row, confidence=0.95)
    splits = np.array([search.cv_results_[f"split{i}_test_score"] for i in range(8)])
    plain = ttest_ind(splits[:, search.best_index_], splits[:, row], equal_var=False).confidence_interval(
        0.95
    )
    ratio = (found.interval[1] - found.gain) / (plain.high - found.gain)
    assert ratio == pytest.approx(np.sqrt((1 / 8 + 1 / 3) / (1 / 8)), rel=0.01)


def stumps(**parameters):
    """A search over depths, of which some more are hardly better."""
    grid = {"max_depth": [1, 2, 3, 4, 6], "min_samples_leaf": [1, 20]}
    return GridSearchCV(DecisionTreeClassifier(random_state=0), grid, **parameters).fit(X, Y)


def test_the_simplest_that_is_as_good():
    """A model that is simpler and as good is the one that can be explained; nobody finds it in a table of rows."""
    search = stumps()
    order = ["max_depth", "-min_samples_leaf"]
    with pytest.warns(UserWarning, match=r"within noise of the configuration \{'max_depth': "):
        found = gain_over_simpler(search, order)
    simple = search.cv_results_["params"].index(found.baseline_params)
    with pytest.warns(UserWarning, match="within noise"):
        assert gain_over_defaults(search, baseline=simple) == found
    assert found.is_within_noise
    assert found.baseline_params["max_depth"] <= search.best_params_["max_depth"]
    # Everything that is simpler still is worse by more than noise.
    for row, one in enumerate(search.cv_results_["params"]):
        key = one["max_depth"], -one["min_samples_leaf"]
        if key < (found.baseline_params["max_depth"], -found.baseline_params["min_samples_leaf"]):
            assert not gain_over_defaults(search, baseline=row).is_within_noise
    with pytest.warns(UserWarning, match="within noise"):
        assert gain_over_simpler(search, lambda one: (one["max_depth"], -one["min_samples_leaf"])) == found


def test_simpler_ones_that_are_worse():
    """Silence says that the complexity of the winner is worth it; without anything simpler there is nothing to say."""
    search = GridSearchCV(SVC(), {"gamma": [1e-4, 1.0]}).fit(X, Y)
    found = gain_over_simpler(search, ["-gamma"])
    assert found.baseline_params == {"gamma": 1.0}
    assert found.interval[0] > 0
    assert gain_over_simpler(search, lambda one: int(one != search.best_params_)) is None
    with pytest.raises(ValueError, match="The 'order' parameter of gain_over_simpler must be a callable"):
        gain_over_simpler(search, "gamma")
    with pytest.raises(ValueError, match="'confidence' parameter of gain_over_simpler must be a float"):
        gain_over_simpler(search, ["gamma"], confidence=2)
    kernels = GridSearchCV(SVC(), {"kernel": ["linear", "rbf"]}, cv=2).fit(X, Y)
    with pytest.raises(
        ValueError, match="'order' parameter of gain_over_simpler must give the values of 'kernel'"
    ):
        gain_over_simpler(kernels, ["kernel"])


def test_simpler_with_as_much_of_the_resource():
    """What was given a little of the resource is simple, and no alternative."""
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-6, 1.0, "log-uniform")},
        resource="epochs",
        max_resources=9,
        cv=3,
        sampler="random",
        random_state=0,
    ).fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gain_over_simpler(search, lambda one: int(one != search.best_params_) * -1)
    full = search.cv_results_["n_resources"] == 9
    means = search.cv_results_["mean_test_score"][full]
    assert np.isclose(means, found.baseline_score).any()


def halving(**parameters):
    """A halving of numbers of neighbours, of which the worst are soon left."""
    grid = {"n_neighbors": [1, 3, 5, 15, 40]}
    return HalvingGridSearchCV(KNeighborsClassifier(), grid, cv=3, random_state=0, **parameters).fit(X, Y)


def test_rungs(tmp_path):
    """More samples make scores better: with few of them the defaults would be an easy opponent."""
    search = halving(storage=tmp_path / "search.db")
    results = search.cv_results_
    last = [row for row, one in enumerate(results["params"]) if one["n_neighbors"] == 40][-1]
    shared = int(results["n_resources"][last])
    assert shared < results["n_resources"][search.best_index_]
    rows = [
        row
        for row, one in enumerate(results["params"])
        if one == search.best_params_ and results["n_resources"][row] == shared
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gain_over_defaults(search, baseline=last)
        stored = gain_over_defaults(skhpo.load(tmp_path / "search.db"), baseline=4)
    assert found.resource == shared
    assert found.best_score == pytest.approx(results["mean_test_score"][rows[0]])
    assert found.baseline_score == pytest.approx(results["mean_test_score"][last])
    assert stored == found


def test_rungs_without_one_in_common():
    """A gain that is only one of more epochs is none, and must not be told as one."""
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0),
        {"alpha": (1e-6, 1.0, "log-uniform")},
        resource="epochs",
        max_resources=9,
        cv=3,
        initial_configurations="default",
        sampler="random",
        random_state=0,
    ).fit(X, Y)
    resources, brackets = search.cv_results_["n_resources"], search.cv_results_["bracket"]
    alphas = [one["alpha"] for one in search.cv_results_["params"]]
    # A configuration that was given one epoch only, against one that began with nine.
    first = next(row for row, alpha in enumerate(alphas) if alphas.count(alpha) == 1 and resources[row] == 1)
    search.best_index_ = int(np.flatnonzero((resources == 9) & (brackets == brackets.max()))[-1])
    with pytest.raises(ValueError, match=r"not measured with the same amount of the resource.*with \[9\]"):
        gain_over_defaults(search, baseline=first)


def test_several_metrics():
    """The metric of `refit`, or the one that is asked for."""
    search = GridSearchCV(SVC(), GRID, scoring=["accuracy", "recall"], refit="recall").fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        own = gain_over_defaults(search, baseline=0)
        other = gain_over_defaults(search, baseline=0, metric="accuracy")
    assert own.best_score == pytest.approx(search.best_score_)
    assert other.best_score == pytest.approx(search.cv_results_["mean_test_accuracy"][search.best_index_])


def test_what_cannot_be_compared_is_said():
    """The message tells what to do."""
    search = GridSearchCV(SVC(), GRID).fit(X, Y)
    with pytest.raises(ValueError, match="give initial_configurations='default'"):
        gain_over_defaults(search)
    with pytest.raises(ValueError, match="must be a row of cv_results_, from 0 to 3"):
        gain_over_defaults(search, baseline=4)
    with pytest.raises(ValueError, match="The 'baseline' must be 'default', a row"):
        gain_over_defaults(search, baseline="simple")
    with pytest.raises(ValueError, match="'metric' parameter must be one of"):
        gain_over_defaults(search, baseline=0, metric="f1")
    with pytest.raises(ValueError, match="'confidence' parameter of gain_over_defaults"):
        gain_over_defaults(search, confidence=90)
    one_split = GridSearchCV(SVC(), GRID, cv=[(np.arange(100), np.arange(100, 150))]).fit(X, Y)
    with pytest.raises(ValueError, match="There are 1"):
        gain_over_defaults(one_split, baseline=0)
    with pytest.raises(NotFittedError):
        gain_over_defaults(GridSearchCV(SVC(), GRID))


def test_the_gain_from_a_file_is_that_of_the_search(tmp_path):
    """Whoever has only the file of a search, which may still run, asks the same question."""
    search = bayes(SVC(gamma=0.1), n_iter=6, storage=tmp_path / "search.db")
    assert gain_over_defaults(skhpo.load(tmp_path / "search.db")) == gain_over_defaults(search)


def test_the_gain_of_a_study():
    """A loop of one's own has folds, too, which it tells as a list."""
    study = Study({"x": (0.0, 1.0)}, sampler="random", n_iter=4, random_state=0)
    with pytest.raises(ValueError, match="No trial is complete yet"):
        gain_over_defaults(study)
    while (job := study.ask()) is not None:
        study.tell(job, score=[job.number + 0.01, job.number - 0.01, job.number])
    found = gain_over_defaults(study, baseline=1)
    assert found.gain == pytest.approx(2.0) and found.n_splits == 3 and not found.is_within_noise
    with pytest.raises(ValueError, match="The estimator's own parameters were not tried"):
        gain_over_defaults(study)


def test_best_of_a_metric_without_a_winner():
    """With several metrics and without a refit there is no winner; the best by a metric is asked for by its name."""
    scoring = ["accuracy", "recall"]
    search = GridSearchCV(SVC(), GRID, scoring=scoring, refit=False, cv=3).fit(X, Y)
    means = search.cv_results_["mean_test_recall"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gain_over_defaults(search, baseline=int(np.argmin(means)), metric="recall")
        simpler = gain_over_simpler(search, lambda one: -one["gamma"], metric="accuracy")
    assert found.best_score == pytest.approx(means.max())
    assert simpler is None or simpler.best_score == pytest.approx(
        search.cv_results_["mean_test_accuracy"].max()
    )


def test_a_row_that_is_the_defaults():
    """A grid that holds the estimator's own parameters has tried them, whoever proposed the row."""
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5, 60]}, cv=3).fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gain_over_defaults(search)
    assert found.baseline_params == {"n_neighbors": 5}


def test_splits_of_its_own_in_a_file(tmp_path):
    """Read from a file, splits that differ must not be taken for pairs, which would find gains that are none."""
    grid, path = {"gamma": [1e-2, 1e-4]}, tmp_path / "search.db"
    search = GridSearchCV(SVC(), grid, cv=3, reshuffle=True, storage=path).fit(X, Y)
    row = 1 - search.best_index_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gain_over_defaults(search, baseline=row)
        assert gain_over_defaults(skhpo.load(path), baseline=row) == found
        assert not found.is_paired
        assert gain_over_defaults(GridSearchCV(SVC(), grid, cv=3).fit(X, Y), baseline=row).is_paired


def test_simpler_names_are_checked(tmp_path):
    """A typo in the order must not read as if nothing were simpler; a file is told from a search."""
    grid = {"n_neighbors": [1, 5]}
    search = GridSearchCV(KNeighborsClassifier(), grid, cv=3, storage=tmp_path / "search.db").fit(X, Y)
    with pytest.raises(ValueError, match="must name hyperparameters of the estimator. Got 'n_neighbours'"):
        gain_over_simpler(search, ["-n_neighbours"])
    with pytest.raises(TypeError, match="'search' parameter of gain_over_simpler must be a fitted search"):
        gain_over_simpler(skhpo.load(tmp_path / "search.db"), ["-n_neighbors"])
