"""Training in stages: a function of the stages, whether models are kept or not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skhpo.evaluation import Keeper, Task, begin, fit_and_score, make_resource, train_stages
from skhpo.evaluation._stages import StagedTraining
from skhpo.trial import Job

X, Y = make_classification(90, random_state=0)
SPLIT = (np.arange(60), np.arange(60, 90))
SGD = SGDClassifier(learning_rate="constant", random_state=0)
# Estimator, resource, and a hyperparameter that halves from stage to stage.
CASES = {
    "sgd": (SGD, "epochs", "eta0", 0.5),
    "net": (MLPClassifier((5,), random_state=0), "epochs", "learning_rate_init", 0.1),
    "boosting": (GradientBoostingClassifier(random_state=0), "n_estimators", "learning_rate", 0.5),
    "histograms": (HistGradientBoostingClassifier(random_state=0), "max_iter", "learning_rate", 0.5),
    "forest": (RandomForestClassifier(random_state=0), "n_estimators", "max_features", 1.0),
    "pipeline": (Pipeline([("scale", StandardScaler()), ("clf", SGD)]), "epochs", "clf__eta0", 0.5),
}


def task_of(estimator, name, keeper=None, error_score=np.nan):
    """A task whose models are trained in stages."""
    task = Task(estimator, X, Y, [SPLIT], get_scorer("accuracy"), {}, {}, False, error_score)
    return replace(task, resource=make_resource(name, task), keeper=keeper, is_staged=True)


def stages_of(name, start, n=4):
    """A schedule."""
    return [(2 * (i + 1), {name: start / 2**i}) for i in range(n)]


def jobs_of(stages):
    """The jobs of a line, one after the other."""
    return [
        Job(i, stage[1], 0, stage[0], i - 1 if i else None, tuple(stages[:i]))
        for i, stage in enumerate(stages)
    ]


def outputs(model):
    """What a model says, before classes are decided on."""
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict_proba(X)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_lost", [False, True])
def test_a_line_of_kept_models_is_the_replayed_schedule(case, is_lost):
    """What is refitted has to be what was scored; a file that is lost costs time and nothing else."""
    estimator, resource, name, start = CASES[case]
    stages, rows = stages_of(name, start), SPLIT[0]
    with Keeper() as keeper:
        task = task_of(estimator, resource, keeper)
        for job in jobs_of(stages):
            training = StagedTraining(task, job)
            training.run(X[rows], Y[rows], {})
            training.keep()
            for path in Path(keeper.folder).iterdir() if is_lost else ():
                path.unlink()
    replayed = train_stages(begin(estimator, stages), task, stages, X[rows], Y[rows], {})
    np.testing.assert_allclose(outputs(training.estimator), outputs(replayed), rtol=1e-12)
    assert replayed.get_params()[name] == stages[-1][1][name]


@pytest.mark.parametrize("case", CASES)
def test_the_stages_make_a_difference(case):
    """A schedule that is not followed is the same as its last values."""
    estimator, resource, name, start = CASES[case]
    stages, task = stages_of(name, start), task_of(estimator, resource)
    constant = [(amount, stages[-1][1]) for amount, _ in stages]
    models = [train_stages(begin(estimator, one), task, one, X, Y, {}) for one in (stages, constant)]
    assert np.abs(outputs(models[0]) - outputs(models[1])).max() > 1e-6


def test_sgd_goes_on_by_partial_fit():
    """Its schedule is the point of it: the weights so far must not be thrown away."""
    stages = [(2, {"eta0": 0.1}), (4, {"eta0": 1e-12})]
    task = task_of(SGD, "epochs")
    one, both = (train_stages(begin(SGD, s), task, s, X, Y, {}) for s in (stages[:1], stages))
    np.testing.assert_allclose(one.coef_, both.coef_, atol=1e-6)


def test_fitted_steps_stay_as_they_are():
    """Another scaling would move the data under the model's feet."""
    estimator, resource, name, start = CASES["pipeline"]
    stages, task = stages_of(name, start), task_of(estimator, resource)
    model = train_stages(begin(estimator, stages), task, stages, X, Y, {})
    np.testing.assert_array_equal(model[0].mean_, clone(estimator[0]).fit(X).mean_)


def test_an_estimator_that_cannot_be_trained_on_says_so():
    """A model that began anew would be taken for one that went on."""
    task = task_of(DecisionTreeClassifier(), "max_depth")
    job = Job(1, {"ccp_alpha": 0.1}, 0, 4, 0, ((2, {"ccp_alpha": 0.2}),))
    measurement = fit_and_score(task, job).measurement
    assert (
        "DecisionTreeClassifier cannot be trained on with resource='max_depth'" in measurement.error.message
    )


def test_the_models_of_two_children_are_their_own():
    """Both go on from one file."""
    with Keeper() as keeper:
        task = task_of(SGD, "epochs", keeper)
        fit_and_score(task, Job(0, {"eta0": 0.1}, 0, 1))
        scores = []
        for number, eta0 in [(1, 100.0), (2, 1e-12), (3, 100.0)]:
            training = StagedTraining(task, Job(number, {"eta0": eta0}, 0, 2, 0, ((1, {"eta0": 0.1}),)))
            training.run(X, Y, {})
            scores.append(training.estimator.coef_.copy())
        np.testing.assert_array_equal(scores[0], scores[2])
        assert keeper.load(0, 0, 1).estimator.eta0 == 0.1
