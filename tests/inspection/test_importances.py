"""Importances of functions whose shares are known."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from skhpo import BayesSearchCV, Real, Study
from skhpo.inspection import importances
from skhpo.space import SearchSpace, Tuple
from skhpo.trial import Measurement, Trial

PLAIN = SearchSpace({f"x{i}": (0.0, 1.0) for i in range(4)})


def trials_of(space, function, n, seed=0):
    """Complete trials at random points."""
    points = space.canonical(np.random.default_rng(seed).random((n, len(space.columns))))
    scores = function(points)
    return [
        Trial(i, configuration, tuple(point), status="complete", score=float(score))
        for i, (configuration, point, score) in enumerate(
            zip(space.decode(points), points.tolist(), scores, strict=True)
        )
    ]


def additive_and_product(points):
    """Three quarters of the variance from x0, one quarter from x1 and x2 together, nothing from x3."""
    x = points - 0.5
    return 2.0 * x[:, 0] + 4.0 * x[:, 1] * x[:, 2]


def test_effects_alone_and_together():
    """What matters in a pair only would be missed by looking at one hyperparameter at a time."""
    found = importances(trials_of(PLAIN, additive_and_product, 50), space=PLAIN, random_state=0)
    assert list(found.importances)[0] == "x0"
    assert found.importances["x0"] == pytest.approx(0.75, abs=0.03)
    assert max(found.importances[name] for name in ("x1", "x2", "x3")) < 0.03
    assert list(found.interactions)[0] == ("x1", "x2")
    assert found.interactions["x1", "x2"] == pytest.approx(0.25, abs=0.03)
    assert found.r2 > 0.95


def test_intervals_cover_the_truth_and_are_wider_with_fewer_trials():
    """A share without its uncertainty is believed too easily."""
    widths = []
    for n in (15, 60):
        found = importances(trials_of(PLAIN, additive_and_product, n), space=PLAIN, random_state=0)
        low, high = found.intervals["x0"]
        assert low <= 0.75 <= high
        assert 0 <= low <= found.importances["x0"] <= high <= 1
        widths.append(high - low)
    assert widths[0] > 2 * widths[1]


@pytest.mark.parametrize("method", ["fanova", "ped-anova"])
def test_a_conditional_space_in_sub_spaces(method):
    """What is active in one branch only is compared with the others by its share of the whole space."""
    space = SearchSpace(
        [
            {"kernel": ["rbf"], "gamma": (0.0, 1.0), "C": (0.0, 1.0)},
            {"kernel": ["linear"], "C": (0.0, 1.0)},
        ]
    )
    columns = space.column_names

    def function(points):
        gamma = np.nan_to_num(points[:, columns.index("gamma")], nan=0.0)
        return 4.0 * gamma**2 + 0.05 * points[:, columns.index("C")]

    found = importances(trials_of(space, function, 100), method=method, space=space, random_state=0)
    assert set(found.importances) == {"sub-space", "kernel", "gamma", "C"}
    assert found.importances["kernel"] == 0.0  # its value follows from the sub-space
    if method == "fanova":
        # 4 g^2 has mean 4/3 and variance 64/45, on half of the space.
        branch, gamma, c = (4 / 3) ** 2 / 4, 64 / 45 / 2, 0.05**2 / 12
        whole = branch + gamma + c
        assert found.importances["gamma"] == pytest.approx(gamma / whole, abs=0.05)
        assert found.importances["sub-space"] == pytest.approx(branch / whole, abs=0.05)
    else:
        assert found.importances["C"] < found.importances["gamma"]


def test_conditions_within_one_dict():
    """The same with `when`, as most spaces are written."""
    space = SearchSpace({"kernel": ["linear", "rbf"], "gamma": Real(0.0, 1.0, when={"kernel": ["rbf"]})})

    def function(points):
        return np.where(points[:, 0] > 0.5, 1.0 + np.sqrt(12.0) * (np.nan_to_num(points[:, 1]) - 0.5), 0.0)

    found = importances(trials_of(space, function, 50), space=space, random_state=0)
    assert found.importances["kernel"] == pytest.approx(1 / 3, abs=0.05)
    assert found.importances["gamma"] == pytest.approx(2 / 3, abs=0.05)


def test_a_hyperparameter_of_several_columns_is_one():
    """The sizes of the layers of a network are one hyperparameter to the user."""
    space = SearchSpace({"layers": Tuple((0.0, 1.0), length=2), "lr": (0.0, 1.0)})
    columns = space.column_names

    def function(points):
        layers = [j for j, name in enumerate(columns) if name == "layers"]
        return points[:, layers[-1]] * points[:, layers[-2]] + 0.1 * points[:, columns.index("lr")]

    found = importances(trials_of(space, function, 80), space=space, random_state=0)
    assert list(found.importances) == ["layers", "lr"]
    assert found.importances["layers"] > 0.95
    assert list(found.interactions) == [("layers", "lr")]


def test_regions():
    """What spoils a model is not what makes the best one: among good configurations others matter."""

    def function(points):
        return -5.0 * (points[:, 0] < 0.3) + points[:, 1]

    trials = trials_of(PLAIN, function, 80)
    assert importances(trials, space=PLAIN, random_state=0).importances["x0"] > 0.9
    for method in ("fanova", "ped-anova"):
        good = importances(trials, method=method, region=0.3, space=PLAIN, random_state=0)
        assert good.importances["x1"] > good.importances["x0"], method


def test_ped_anova_shares():
    """The quick method finds what matters, and its shares are of the whole."""
    found = importances(
        trials_of(PLAIN, lambda points: -np.abs(points[:, 2] - 0.4), 60), method="ped-anova", random_state=0
    )
    assert found.importances["x2"] > 0.7
    assert sum(found.importances.values()) == pytest.approx(1.0)
    assert found.interactions == {}
    assert np.isnan(found.r2)


def test_the_same_seed_gives_the_same_shares():
    """A figure in a paper has to be made twice."""
    trials = trials_of(PLAIN, additive_and_product, 20)
    for method in ("fanova", "ped-anova"):
        first, second = (importances(trials, method=method, random_state=1) for _ in range(2))
        assert first.importances == second.importances
        assert first.intervals == second.intervals


def test_nothing_matters():
    """Scores that do not vary, or noise alone, give no shares out of nothing."""
    for method in ("fanova", "ped-anova"):
        found = importances(
            trials_of(PLAIN, lambda points: np.ones(len(points)), 12),
            method=method,
            space=PLAIN,
            random_state=0,
        )
        assert all(np.isfinite(share) for share in found.importances.values())
        if method == "fanova":
            assert set(found.importances.values()) == {0.0}
    rng = np.random.default_rng(0)
    noise = importances(
        trials_of(PLAIN, lambda points: rng.standard_normal(len(points)), 40), space=PLAIN, random_state=0
    )
    assert noise.r2 < 0.2


def test_table_and_number_of_pairs():
    """Reports and plots read the table."""
    found = importances(trials_of(PLAIN, additive_and_product, 20), n_pairs=2, random_state=0)
    table = found.to_frame()
    assert list(table.columns) == ["kind", "share", "low", "high"]
    assert table["kind"].tolist() == ["alone"] * 4 + ["pair"] * 2
    assert table.index[4] == "x1 x x2"
    assert repr(found).startswith("Importances(x0: 0.")


def test_a_chosen_metric():
    """What decides accuracy need not decide time."""
    trials = []
    for trial in trials_of(PLAIN, additive_and_product, 30):
        scores = {"first": trial.score, "second": trial.configuration["x3"]}
        trials.append(
            Trial(
                trial.number,
                trial.configuration,
                trial.point,
                status="complete",
                score=trial.score,
                measurements=(Measurement(0, scores),),
            )
        )
    assert list(importances(trials, metric="second", random_state=0).importances)[0] == "x3"


def test_a_fitted_search_and_a_study():
    """The two things that users have in their hands."""
    X, y = load_iris(return_X_y=True)
    search = BayesSearchCV(SVC(), {"C": (1e-4, 1.0, "log-uniform"), "tol": (1e-4, 1e-3)}, n_iter=12, cv=3)
    assert list(importances(search.fit(X, y), random_state=0).importances)[0] == "C"
    study = Study(PLAIN, sampler="sobol", random_state=0)
    for _ in range(16):
        job = study.ask()
        study.tell(job, score=-job.configuration["x1"])
    assert list(importances(study, random_state=0).importances)[0] == "x1"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"method": "mdi"},
            "The 'method' parameter of importances must be 'fanova' or 'ped-anova'. Got 'mdi'",
        ),
        (
            {"region": 0.0},
            r"The 'region' parameter of importances must be a float in the range \(0, 1\] or None",
        ),
        (
            {"n_pairs": -1},
            r"The 'n_pairs' parameter of importances must be an int in the range \[0, inf\) or None",
        ),
    ],
)
def test_wrong_arguments(wrong, message):
    """Mistakes are named before anything is computed."""
    with pytest.raises(ValueError, match=message):
        importances([], **wrong)
