"""Training goes on where it ended: in pipelines, from other trials, and from the beginning where it cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sklearn
from ladder import RUNGS, X, Y, climb, outputs, task_of, train
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler, TargetEncoder

from skhpo.evaluation import Executor, Keeper, fit_and_score, make_resource
from skhpo.evaluation._continue import Training, can_go_on
from skhpo.trial import Job

Y2 = Y % 2
WEIGHTS = np.linspace(0.1, 2.0, 300)


class CountingScaler(StandardScaler):
    n_fits = 0

    def fit(self, X, y=None, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


class Net(ClassifierMixin, BaseEstimator):
    """Records the calls of `partial_fit`; fails where it is told to."""

    def __init__(self, rate=1.0, fails_at=None):
        self.rate = rate
        self.fails_at = fails_at

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        self.calls_ = [*getattr(self, "calls_", []), (self.rate, classes is not None)]
        if len(self.calls_) == self.fails_at:
            raise RuntimeError("exploded")
        self.classes_ = np.unique(y)
        return self

    def fit(self, X, y):
        raise AssertionError("epochs are calls of partial_fit")

    def predict(self, X):
        return np.zeros(len(X))


def forest(**changes):
    """A small forest that gives the same trees every time."""
    return RandomForestClassifier(max_depth=3, random_state=0, **changes)


def rationed(estimator, name, keeper, y=Y2, **changes):
    """A task with a resource and a keeper."""
    task = task_of(estimator, y=y, **changes)
    return replace(task, resource=make_resource(name, task), keeper=keeper)


def pipe(last, *prefix):
    """A pipeline whose last step is called "clf"."""
    return Pipeline([*((f"s{i}", one) for i, one in enumerate(prefix)), ("clf", last)])


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (pipe(forest(), CountingScaler()), "clf__n_estimators"),
        (pipe(forest()), "clf__n_estimators"),
        (pipe(pipe(forest(), StandardScaler()), CountingScaler(), "passthrough"), "clf__clf__n_estimators"),
        (pipe(MLPClassifier((4,), random_state=0), CountingScaler()), "epochs"),
        (pipe(GaussianNB(), CountingScaler(), None), "epochs"),
    ],
    ids=["prefix", "no prefix", "nested", "epochs", "epochs and no step"],
)
def test_last_steps_of_pipelines_are_trained_on(estimator, name):
    """Nearly every model is in a pipeline: without this, continuing would be for examples only."""
    CountingScaler.n_fits = 0
    model, started, in_one_go = climb(estimator, name, y=Y2)
    assert started == [0, *RUNGS[:-1]]
    np.testing.assert_allclose(outputs(model), outputs(in_one_go), rtol=1e-9)
    assert repr(model) == repr(in_one_go)
    assert CountingScaler.n_fits in (0, 2), "fitted once by the ladder, and once in one go"


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (pipe(forest(), TargetEncoder()), "clf__n_estimators"),
        (pipe(forest(), pipe("passthrough", TargetEncoder())), "clf__n_estimators"),
        (pipe(forest(), StandardScaler()), "s0__copy_count"),
        (pipe(GaussianNB(), StandardScaler()), "clf__n_estimators"),
    ],
    ids=["cross-fitted", "cross-fitted inside", "resource of another step", "no family"],
)
def test_pipelines_that_cannot_go_on(estimator, name):
    """What a target encoder gives its training rows is not what it gives others."""
    assert not can_go_on(estimator, name, {})


def test_a_cross_fitted_step_is_refitted():
    """The trees after it would be trained on two encodings."""
    _, started, _ = climb(pipe(forest(), TargetEncoder()), "clf__n_estimators", y=Y2)
    assert started == [0, 0, 0]


@pytest.mark.parametrize("name", ["clf__n_estimators", "epochs"])
def test_memory_of_a_pipeline_is_no_obstacle(name, tmp_path):
    """With `memory` a pipeline fits clones of its steps."""
    last = forest() if name != "epochs" else MLPClassifier((4,), random_state=0)
    estimator = pipe(last, StandardScaler()).set_params(memory=str(tmp_path))
    model, started, in_one_go = climb(estimator, name, y=Y2)
    assert started == [0, *RUNGS[:-1]]
    np.testing.assert_allclose(outputs(model), outputs(in_one_go), rtol=1e-9)


@pytest.mark.parametrize("with_routing", [False, True])
@pytest.mark.parametrize("name", ["clf__n_estimators", "epochs"])
def test_weights_reach_the_step_they_are_for(name, with_routing):
    """Trees that are added without the weights would be those of another problem."""
    last = forest() if name != "epochs" else GaussianNB()
    with sklearn.config_context(enable_metadata_routing=with_routing):
        params = {"clf__sample_weight": WEIGHTS, "s0__sample_weight": WEIGHTS}
        scaler = StandardScaler()
        if with_routing:
            params = {"sample_weight": WEIGHTS}
            scaler.set_fit_request(sample_weight=True)
            last.set_fit_request(sample_weight=True)
        estimator = pipe(last, scaler)
        in_one_go, _ = train(rationed(estimator, name, None), Job(0, {}, 0, 18), params)
        with Keeper() as keeper:
            task = rationed(estimator, name, keeper)
            fits = [train(task, Job(0, {}, 0, amount), params) for amount in RUNGS]
        without, _ = train(rationed(estimator, name, None), Job(0, {}, 0, 18))
    assert [started for _, started in fits] == [0, *RUNGS[:-1]]
    np.testing.assert_allclose(outputs(fits[-1][0]), outputs(in_one_go), rtol=1e-9)
    assert not np.allclose(outputs(without), outputs(in_one_go))


def test_epochs_are_calls_of_partial_fit_with_the_classes_at_the_first():
    """scikit-learn demands the classes at the first call."""
    with Keeper() as keeper:
        task = rationed(Net(), "epochs", keeper)
        for amount in (2, 5):
            model, _ = train(task, Job(0, {}, 0, amount))
    assert model.calls_ == [(1.0, True), *[(1.0, False)] * 4]


def test_the_same_amount_again_trains_nothing():
    """A repeated job costs the scoring only."""
    with Keeper() as keeper:
        task = rationed(Net(), "epochs", keeper)
        assert [train(task, Job(0, {}, 0, 3))[1] for _ in range(2)] == [0, 3]
        assert len(train(task, Job(0, {}, 0, 3))[0].calls_) == 3


def test_nothing_is_trained_backwards():
    """A model that has seen more than its rung allows would win it."""
    with Keeper() as keeper:
        task = rationed(Net(), "epochs", keeper)
        train(task, Job(0, {}, 0, 5))
        assert len(train(task, Job(0, {}, 0, 3))[0].calls_) == 3


def test_a_lost_file_costs_time_and_nothing_else():
    """Files are a cache: on another machine there are none."""
    with Keeper() as keeper:
        task = rationed(GradientBoostingClassifier(subsample=0.5, random_state=0), "n_estimators", keeper)
        for amount in RUNGS[:2]:
            train(task, Job(0, {}, 0, amount))
        continued, started = train(task, Job(0, {}, 0, 18))
        for path in Path(keeper.folder).iterdir():
            path.unlink()
        again, started_again = train(task, Job(0, {}, 0, 18))
    assert (started, started_again) == (6, 0)
    np.testing.assert_allclose(outputs(again), outputs(continued), rtol=1e-9)


def test_an_error_while_going_on_means_from_the_beginning():
    """A configuration must not fail because of how it was trained."""
    with Keeper() as keeper:
        task = rationed(Net(), "epochs", keeper)
        broken = Net()
        broken.calls_ = None
        keeper.save(0, 0, 2, {}, broken)
        model, started = train(task, Job(0, {}, 0, 6))
    assert (started, len(model.calls_)) == (2, 6)


def test_an_error_in_both_is_a_record():
    """The trial fails, the search goes on."""
    with Keeper() as keeper:
        task = rationed(Net(), "epochs", keeper, error_score=np.nan)
        first = fit_and_score(task, Job(0, {"fails_at": 4}, 0, 2)).measurement
        second = fit_and_score(task, Job(0, {"fails_at": 4}, 0, 6)).measurement
    assert (first.error, first.resource, second.resource) == (None, 2, 6)
    assert second.error.message == "exploded"


def test_a_step_without_partial_fit_says_so():
    """A configuration may choose a model that has no epochs: its row must say why it failed."""
    task = rationed(Pipeline([("clf", None)]), "epochs", None, error_score=np.nan)
    measurement = fit_and_score(task, Job(0, {"clf": forest()}, 0, 2)).measurement
    assert "resource='epochs' is not supported by RandomForestClassifier" in measurement.error.message


class OwnFit(MLPClassifier):
    def fit(self, X, y):
        raise AssertionError("epochs are calls of partial_fit")


def test_epochs_do_not_depend_on_who_wrote_fit():
    """A subclass has the epochs of what it is derived from."""
    model, started, _ = climb(OwnFit((4,), random_state=0), "epochs", y=Y2)
    assert started == [0, *RUNGS[:-1]]
    assert outputs(model).shape == (len(X), 2)


@pytest.mark.parametrize("ends_in_error", [False, True])
def test_workers_share_the_models_and_leave_none_behind(ends_in_error):
    """A trial is resumed by whichever worker is free; the disk of the user is as it was."""
    seen = []

    def climb_with_workers():
        with Keeper(most=18) as keeper:
            folders.append(Path(keeper.folder))
            task = rationed(forest(), "n_estimators", keeper)
            with Executor(fit_and_score, task, n_jobs=2) as executor:
                for amount in RUNGS:
                    executor.submit(Job(0, {}, 0, amount))
                    seen.append(executor.wait()[1].measurement)
                kept.extend(sorted(path.name for path in Path(keeper.folder).iterdir()))
                if ends_in_error:
                    raise RuntimeError("oh")

    folders, kept = [], []
    if ends_in_error:
        with pytest.raises(RuntimeError, match="oh"):
            climb_with_workers()
    else:
        climb_with_workers()
    assert [one.resource for one in seen] == list(RUNGS)
    assert kept == ["0-0-2", "0-0-6"]
    assert not folders[0].exists()


def test_fits_without_an_end_of_their_own_are_refitted():
    """A callback or a validation set may end a fit, and would begin to count again."""
    assert can_go_on(forest(), "n_estimators", {"sample_weight": WEIGHTS})
    assert not can_go_on(forest(), "n_estimators", {"monitor": print})
    assert not can_go_on(pipe(forest()), "clf__n_estimators", {"clf__eval_set": []})


def test_nothing_is_kept_that_nobody_goes_on_from():
    """Models are large."""
    with Keeper(most=6) as keeper:
        for estimator, name, amount in [
            (forest(), "n_estimators", 6),
            (forest(), "max_depth", 2),
            (forest(), "n_samples", 100),
            (Net(), "epochs", 6),
        ]:
            train(rationed(estimator, name, keeper), Job(0, {}, 0, amount))
        assert not list(Path(keeper.folder).iterdir())


def test_models_whose_fit_or_score_failed_are_not_kept():
    """A failed trial is not resumed."""
    with Keeper() as keeper:
        task = rationed(forest(), "n_estimators", keeper, scorer=lambda model, X, y: np.nan, error_score=0.0)
        assert fit_and_score(task, Job(0, {}, 0, 3)).measurement.error is not None
        assert not list(Path(keeper.folder).iterdir())


def test_the_time_of_a_fit_is_what_was_spent_on_it():
    """Costs are compared: a continued fit must not be charged for what an earlier one did."""
    with Keeper() as keeper:
        task = rationed(RandomForestClassifier(random_state=0), "n_estimators", keeper)
        long, short = (
            fit_and_score(task, Job(0, {}, 0, amount)).measurement.fit_time for amount in (200, 201)
        )
    assert short < long / 2


def test_classes_of_the_main_program_are_kept():
    """Estimators from a notebook have no module to be imported from."""
    made_here = type("MadeHere", (Net,), {"__module__": "__main__"})
    with Keeper() as keeper:
        task = rationed(made_here(), "epochs", keeper)
        assert [train(task, Job(0, {}, 0, amount))[1] for amount in (2, 4)] == [0, 2]


class Doubling(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return np.hstack([X, X])


def test_steps_without_fit_transform_are_kept():
    """A step needs `fit` and `transform`, nothing more."""
    step = Doubling()
    model, started, in_one_go = climb(
        pipe(forest(), step, FunctionTransformer(np.abs)), "clf__n_estimators", y=Y2
    )
    assert started == [0, *RUNGS[:-1]]
    np.testing.assert_array_equal(outputs(model), outputs(in_one_go))


def test_without_a_resource_everything_is_as_before():
    """Searches that ration nothing must not change."""
    with Keeper() as keeper:
        task = replace(task_of(forest(), y=Y2), keeper=keeper)
        training = Training(task, Job(0, {"n_estimators": 3}))
        training.run(X[:300], Y2[:300], {})
        training.keep()
        assert not list(Path(keeper.folder).iterdir())
    assert len(training.estimator.estimators_) == 3


class SeededNet(Net):
    """Keeps its seed elsewhere, and has a `set_params` of its own for that."""

    def __init__(self, rate=1.0, fails_at=None, random_state=0):
        super().__init__(rate, fails_at)
        self.random_state = random_state
        self.seeds = []

    def set_params(self, **params):
        self.seeds.append(params.get("random_state"))
        return super().set_params(**params)


def test_the_seed_of_an_epoch_is_set_as_the_estimator_wants_it():
    """An estimator that passes its parameters on would shuffle the rows into the same order in every epoch."""
    model, _ = train(rationed(SeededNet(), "epochs", None), Job(0, {}, 0, 3))
    assert [seed for seed in model.seeds if seed is not None] == [1, 2, 0]
