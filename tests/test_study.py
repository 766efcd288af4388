"""Ask and tell: budgets, shares, reproducibility, stopping, and what may not be told."""

import gc
import logging
import math
import pickle
import random
import re
import sys

import numpy as np
import pytest

from skhpo import InvalidConfigurationError, Patience, Real, Study, Target
from skhpo.samplers import SAMPLERS, GaussianProcessSampler, Proposal, Sampler
from skhpo.schedulers import FullScheduler, Lossless, RacingScheduler
from skhpo.trial import Job, Measurement

SPACE = {"x": (0.0, 1.0), "lr": (1e-4, 1.0, "log-uniform"), "kind": ["a", "b"]}


def objective(configuration, split=0):
    """A smooth score, a little different on every split."""
    return -((configuration["x"] - 0.3) ** 2) - 0.01 * split - 0.1 * (configuration["kind"] == "b")


def finish(study, order=None, n_workers=1):
    """Run a study; with `order` the next result to come in is drawn among the pending ones."""
    pending = []
    while not study.is_stopped:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
        if not pending:
            break
        job = pending.pop(0 if order is None else order.randrange(len(pending)))
        study.tell(job, score=objective(job.configuration, job.split))
    return study


def finish_constant(study):
    """Run a study of an objective that is zero everywhere."""
    while (job := study.ask()) is not None:
        study.tell(job, score=0.0)
    return study


def test_a_study_needs_no_estimator():
    """Users tune simulations and programs, not only scikit-learn's estimators."""
    study = finish(Study(SPACE, sampler="random", n_iter=30, random_state=0))
    assert len(study.trials) == 30
    assert study.best_score == max(trial.score for trial in study.trials)
    assert study.best_configuration == study.best_trial.configuration
    assert study.ask() is None


def test_several_metrics_can_be_told():
    """A simulation measures more than one thing; the wrong one must not be optimised in silence."""
    study = Study(SPACE, sampler="random", metric="speed", random_state=0)
    assert study.tell(study.ask(), score={"cost": 1.0, "speed": 3.0}).score == 3.0
    with pytest.raises(
        ValueError, match=r"The 'metric' must be one of \['cost', 'weight'\]. Got 'speed' instead."
    ):
        study.tell(study.ask(), score={"cost": 1.0, "weight": 3.0})


def test_a_study_says_whether_it_is_over():
    """None from ask may also mean that results are missing; a user has to know which."""
    study = Study(SPACE, sampler="random", n_iter=1, random_state=0, lookahead=1)
    job = study.ask()
    assert not study.is_over
    assert study.ask() is None
    assert study.is_over
    study.tell(job, score=0.5)
    assert repr(study) == "<Study of 1 trials, 1 of them complete, best score 0.5>"


@pytest.mark.parametrize("lookahead", [None, 5])
def test_results_told_after_the_end_do_not_count(lookahead):
    """They raised that they had not been asked for, or changed the best trial of a study that was over."""
    study = Study(SPACE, sampler="random", random_state=0, lookahead=lookahead, stopping=Target(0.0))
    first, second = study.ask(), study.ask()
    study.tell(first, score=1.0)
    assert study.is_stopped
    assert study.tell(second, score=2.0).number == 1
    assert study.best_score == 1.0


@pytest.mark.parametrize(
    "change",
    [
        lambda configuration: configuration.update(x=99.0, verbose=0),
        lambda configuration: configuration.pop("x"),
        lambda configuration: configuration.clear(),
    ],
)
def test_objectives_may_do_with_their_configuration_what_they_like(change):
    """What they changed was recorded as the best configuration; what they took out made the job unknown."""
    study = Study(SPACE, sampler="random", random_state=0)
    job = study.ask()
    change(job.configuration)
    study.tell(job, score=1.0)
    assert study.best_configuration.keys() == SPACE.keys()
    assert study.best_configuration["x"] <= 1.0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("job", 1.0), TypeError, "The 'job' must be what Study.ask has returned. Got 'job' instead."),
        ((Job(0, {"other": 1}), 1.0), ValueError, "was not asked for"),
        ((None, None, "boom"), TypeError, "The 'error' must be an exception. Got 'boom' instead."),
    ],
)
def test_misuse_is_explained(arguments, error, message):
    """Errors from the inside of the package do not tell what was wrong outside."""
    study = Study(SPACE, sampler="random", initial_configurations=None, random_state=0)
    job = study.ask()
    told = arguments[0] or job
    with pytest.raises(error, match=message):
        study.tell(told, arguments[1], error=arguments[2] if len(arguments) > 2 else None)


@pytest.mark.parametrize(
    ("score", "status"), [(np.array(0.5), "complete"), (10**400, "failed"), ([1e308] * 3, "failed")]
)
def test_numbers_of_every_kind_are_scores(score, status):
    """A mean or a number beyond the range of floats raised OverflowError."""
    study = Study(SPACE, sampler="random", random_state=0)
    assert study.tell(study.ask(), score=score).status == status


def test_no_best_trial_before_the_first_score():
    """An arbitrary configuration must not pass for the best one."""
    study = Study(SPACE, sampler="random", random_state=0)
    with pytest.raises(ValueError, match="No trial is complete yet"):
        study.best_trial  # noqa: B018
    study.tell(study.ask(), score=math.nan)
    with pytest.raises(ValueError, match="No trial is complete yet"):
        study.best_score  # noqa: B018


def test_fold_scores_are_averaged_and_kept():
    """Scores of folds tell how noisy a configuration is; throwing them away would lose that."""
    study = Study(SPACE, sampler="random", random_state=0)
    trial = study.tell(study.ask(), score=np.array([0.5, 0.7]))
    assert trial.score == pytest.approx(0.6)
    assert trial.measurements[0].fold_scores == (0.5, 0.7)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, [0.5, math.nan]])
def test_scores_that_are_not_finite_are_failures(score):
    """An infinite score would win the search (it does elsewhere), a NaN would poison the model."""
    study = Study(SPACE, sampler="random", random_state=0)
    trial = study.tell(study.ask(), score=score)
    assert trial.status == "failed"
    assert math.isnan(trial.score)


def test_an_error_is_kept_with_its_trial():
    """A user has to see why a configuration failed."""
    study = Study(SPACE, sampler="random", random_state=0)
    trial = study.tell(study.ask(), error=MemoryError("too big"))
    assert (trial.status, trial.error.type, trial.error.message) == ("failed", "MemoryError", "too big")


def test_what_an_evaluation_took_is_kept_whatever_came_out():
    """Failed evaluations took time too, and samplers that heed costs have to know."""
    study = Study(SPACE, sampler="random", random_state=0)
    told = [{"score": 1.0}, {"score": [0.5, 0.7]}, {"score": {"a": 1.0}}, {"error": ValueError("no")}]
    for outcome in told:
        assert study.tell(study.ask(), **outcome, seconds=3).seconds == 3.0
        assert math.isnan(study.tell(study.ask(), **outcome).seconds)


@pytest.mark.parametrize(
    ("seconds", "error", "message"),
    [
        ("3", TypeError, "The 'seconds' must be a number. Got '3' instead."),
        (True, TypeError, "Got True instead."),
        (-1.0, ValueError, "The 'seconds' must be in the range [0, inf). Got -1.0 instead."),
        (math.nan, ValueError, "Got nan instead."),
        (10**400, ValueError, "must be in the range [0, inf)."),
    ],
)
def test_a_duration_that_is_none_is_refused(seconds, error, message):
    """A score told in its place would mislead the whole search."""
    study = Study(SPACE, sampler="random", random_state=0)
    with pytest.raises(error, match=re.escape(message)):
        study.tell(study.ask(), score=1.0, seconds=seconds)


def test_cheap_evaluations_come_first_where_costs_are_heeded():
    """Without an estimator the sampler learns of costs from what is told."""

    def spent(is_told, seed):
        sampler = GaussianProcessSampler(cost_aware=True)
        study = Study(SPACE, sampler=sampler, random_state=seed, n_iter=20)
        while (job := study.ask()) is not None:
            seconds = 100.0 ** job.configuration["x"]
            score = -(math.log10(job.configuration["lr"]) ** 2)
            study.tell(job, score=score, seconds=seconds if is_told else None)
        return np.mean([100.0 ** trial.configuration["x"] for trial in study.trials[8:]])

    told, not_told = (sum(spent(is_told, seed) for seed in range(4)) for is_told in (True, False))
    assert told < 0.5 * not_told


def test_what_was_not_asked_for_cannot_be_told():
    """A result told twice, or to the wrong study, would silently corrupt the record."""
    study = Study(SPACE, sampler="random", random_state=0)
    job = study.ask()
    study.tell(job, score=1.0)
    with pytest.raises(ValueError, match="was not asked for, or it has been told before"):
        study.tell(job, score=1.0)
    with pytest.raises(ValueError, match="Exactly one of 'score' and 'error'"):
        study.tell(study.ask())
    with pytest.raises(TypeError, match="must be a number or a sequence of numbers. Got 'good' instead"):
        study.tell(study.ask(), score="good")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"n_iter": 0},
            ValueError,
            "'n_iter' parameter of Study must be an int in the range [1, inf) or None",
        ),
        ({"n_iter": 2.5}, ValueError, "Got 2.5 instead."),
        ({"lookahead": 0}, ValueError, "'lookahead' parameter of Study"),
        (
            {"sampler": "bayes"},
            ValueError,
            "'sampler' parameter of Study must be a Sampler or a str among ['auto'",
        ),
        ({"sampler": 3}, TypeError, "Got 3 instead."),
        ({"random_state": -1}, ValueError, "'random_state' parameter must be an int in the range [0, inf)"),
        ({"random_state": "seed"}, ValueError, "Got 'seed' instead."),
        ({"stopping": {"pat": 3}}, ValueError, "Got 'pat' instead."),
        ({"initial_configurations": [{"x": 2.0}]}, InvalidConfigurationError, "'x'"),
        (
            {"initial_configurations": [3]},
            InvalidConfigurationError,
            "A configuration must be a dict. Got 3 instead.",
        ),
    ],
)
def test_bad_arguments_say_what_was_expected(arguments, error, message):
    """Mistakes have to show before anything is computed."""
    with pytest.raises(error) as caught:
        Study(SPACE, **arguments)
    assert message in str(caught.value)


def test_initial_configurations_come_first_once_and_count():
    """Known-good settings are tried before anything else, and never at extra cost."""
    first = {"x": 0.5, "lr": 0.1, "kind": "a"}
    second = {"x": 0.6, "lr": 0.1, "kind": "b"}
    initial = [Proposal(first, "default"), second, dict(first)]
    study = finish(Study(SPACE, sampler="random", n_iter=5, initial_configurations=initial, random_state=0))
    assert [trial.configuration for trial in study.trials[:2]] == [first, second]
    assert [trial.origin for trial in study.trials[:3]] == ["default", "user", "random"]
    assert len(study.trials) == 5


def test_finite_space_is_covered_and_then_ends_with_a_log_line(caplog):
    """Fits of configurations that are known already are pure waste, and an error would lose the results."""
    with caplog.at_level(logging.INFO, logger="skhpo"):
        study = Study({"a": [1, 2, 3], "b": [True, False]}, sampler="random", n_iter=20, random_state=0)
        while (job := study.ask()) is not None:
            study.tell(job, score=1.0)
    assert len({tuple(trial.configuration.items()) for trial in study.trials}) == 6
    assert len(study.trials) == 6
    assert "Nothing is left to try: the study ends after 6 trials." in caplog.text


def test_sub_spaces_share_one_budget():
    """A list of spaces must not multiply the number of fits, nor leave some of it unused."""
    space = [{"x": (0.0, 1.0)}, {"kind": ["a", "b"]}, {"y": (0.0, 1.0)}]
    study = Study(space, sampler="random", n_iter=25, random_state=0)
    finish_constant(study)
    names = [next(iter(trial.configuration)) for trial in study.trials]
    assert len(names) == 25
    assert names.count("kind") == 2
    assert min(names.count("x"), names.count("y")) > 0


def test_a_sub_space_gets_the_number_of_trials_it_was_promised():
    """Pairs of a space and a number are how scikit-optimize's users weight their models."""
    space = [({"x": (0.0, 1.0)}, 7), {"y": (0.0, 1.0)}, {"z": (0.0, 1.0)}]
    study = Study(space, sampler="random", n_iter=20, random_state=0)
    finish_constant(study)
    names = [next(iter(trial.configuration)) for trial in study.trials]
    assert (len(names), names.count("x")) == (20, 7)
    overlapping = Study(
        [({"x": (0.0, 1.0)}, 4), ({"x": (0.0, 1.0)}, 3)], sampler="random", n_iter=20, random_state=0
    )
    assert len(finish_constant(overlapping).trials) == 7
    with pytest.raises(ValueError, match="sum up to at most n_iter=5. Got a sum of 7 instead."):
        Study(space, n_iter=5)


def test_study_without_a_space_tries_a_list():
    """The drop-in searches bring their candidates themselves."""
    candidates = [Proposal({"C": c}, "given") for c in (1, 2, 3)]
    study = Study(None, n_iter=3, initial_configurations=candidates)
    asked = [study.ask() for _ in range(4)]
    assert [job and job.configuration for job in asked] == [{"C": 1}, {"C": 2}, {"C": 3}, None]


@pytest.mark.parametrize("sampler", sorted(set(SAMPLERS) - {"grid"}))
def test_results_do_not_depend_on_the_order_of_completion(sampler):
    """With a seed, a search on many cores can be repeated, whatever fit happens to end first."""

    def configurations(order, n_workers):
        study = Study(
            {**SPACE, "z": Real(0.0, 1.0, when={"kind": ["a"]})},
            sampler=sampler,
            n_iter=14,
            scheduler=FullScheduler(3),
            random_state=5,
            lookahead=3,
        )
        return [trial.configuration for trial in finish(study, order, n_workers).trials]

    in_order = configurations(None, 1)
    assert len(in_order) == 14
    for seed in range(3):
        assert configurations(random.Random(seed), n_workers=4) == in_order


@pytest.mark.parametrize("sampler", ["gp", "tpe"])
def test_results_do_not_depend_on_the_order_of_completion_on_many_workers(sampler):
    """With eight trials pending most of what a model knows is belief: it may not depend on who was faster."""

    def proposals(order, n_workers):
        study = Study(SPACE, sampler=sampler, n_iter=30, random_state=3, lookahead=9)
        return [(trial.configuration, trial.origin) for trial in finish(study, order, n_workers).trials]

    in_order = proposals(None, 1)
    assert sum(origin == "model" for _, origin in in_order) > 10
    for seed in range(2):
        assert proposals(random.Random(seed), n_workers=8) == in_order


@pytest.mark.parametrize("lookahead", [None, 9])
def test_a_study_goes_on_from_a_copy_as_it_would_have(lookahead):
    """A search that was interrupted while trials were running must not end elsewhere when it is resumed."""
    study = Study(SPACE, sampler="gp", n_iter=20, random_state=2, lookahead=lookahead)
    jobs = [study.ask() for _ in range(9)]
    for job in jobs[:6]:
        study.tell(job, score=objective(job.configuration))
    results = []
    for one in (study, pickle.loads(pickle.dumps(study))):
        running = [one.ask(), one.ask(), *jobs[6:]]
        for job in running:
            one.tell(job, score=objective(job.configuration))
        results.append([trial.configuration for trial in finish(one).trials])
    assert results[0] == results[1]


def test_lookahead_waits_for_the_trials_it_needs():
    """Proposals that see a result or not by chance could not be repeated."""

    class Recorder(Sampler):
        """Writes down which scores it is shown."""

        seen = []

        def sample(self, space, trials, n, rng):
            self.seen.append([trial.score for trial in trials])
            return [Proposal(configuration, "model") for configuration in space.sample(rng, n)]

    study = Study({"x": (0.0, 1.0)}, sampler=Recorder(), random_state=0, lookahead=2)
    first, second, nothing = study.ask(), study.ask(), study.ask()
    assert nothing is None
    study.tell(second, score=2.0)
    assert study.ask() is None
    study.tell(first, score=1.0)
    assert study.ask() is not None
    # Trial 1 was told before trial 2 was proposed, and still counts as pending.
    assert Recorder.seen[-1][0] == 1.0
    assert math.isnan(Recorder.seen[-1][1])


def test_without_lookahead_every_result_counts_at_once():
    """With no seed to honour, waiting would only leave cores idle."""
    study = Study({"x": (0.0, 1.0)}, sampler="tpe")
    jobs = [study.ask() for _ in range(5)]
    assert None not in jobs


@pytest.mark.parametrize("n_workers", [1, 3])
def test_results_past_the_stopping_point_are_discarded(n_workers):
    """The same seed stops at the same trial on one core and on many."""
    study = Study(SPACE, sampler="random", random_state=1, lookahead=3, stopping=[Patience(4), Target(0.9)])
    finish(study, random.Random(0), n_workers)
    reference = finish(Study(SPACE, sampler="random", random_state=1, lookahead=3, stopping=Patience(4)))
    assert study.is_stopped
    assert [t.configuration for t in study.trials] == [t.configuration for t in reference.trials]
    assert Patience(4)(study.trials)
    assert not Patience(4)(study.trials[:-1])


def test_rules_without_lookahead_see_finished_trials_only():
    """A rule of the user must not have to know about trials that are still running."""
    shown = []
    study = Study(SPACE, sampler="random", stopping=lambda trials: bool(shown.append(list(trials))))
    first, second = study.ask(), study.ask()
    study.tell(second, score=0.0)
    study.tell(first, score=0.0)
    assert [[trial.number for trial in trials] for trials in shown] == [[1], [0, 1]]


def test_stop_ends_the_study():
    """A callback that wants to stop the search is obeyed."""
    study = Study(SPACE, sampler="random")
    study.stop()
    assert study.ask() is None


def test_seeds_repeat_and_differ():
    """A seed that is ignored makes results that cannot be shown to anybody."""

    def first(random_state):
        return Study(SPACE, sampler="random", random_state=random_state).ask().configuration

    assert first(3) == first(3) == first(np.int64(3))
    assert first(np.random.RandomState(3)) == first(np.random.RandomState(3))
    assert len({first(seed)["x"] for seed in (0, 1, None, None, np.random.default_rng(0))}) == 5


@pytest.mark.parametrize("score", [{"accuracy": 1.0}, {"accuracy": 1.0, "f1": 0.5}, {}])
def test_a_misspelt_metric_is_refused(score):
    """Another metric would be optimised in its place, however many are told (a single one was accepted)."""
    study = Study(SPACE, metric="acc", sampler="random", random_state=0)
    with pytest.raises(ValueError, match=re.escape(f"must be one of {sorted(score)}. Got 'acc' instead.")):
        study.tell(study.ask(), score=score)


def test_a_study_says_which_trials_have_just_ended():
    """Models that are not needed any more are removed by it, and progress is printed by it."""
    study = Study(SPACE, sampler="random", scheduler=FullScheduler(2), random_state=0)
    jobs = [study.ask() for _ in range(4)]
    study.tell(jobs[0], score=0.5)
    assert study.newly_finished == ()
    trial = study.tell(jobs[1], score=0.5)
    assert study.newly_finished == (trial,) and trial.is_finished
    study.tell(jobs[2], score=0.5)
    assert study.newly_finished == ()


def test_a_text_of_an_error_is_kept_once():
    """Ten thousand fits that fail alike held ten thousand tracebacks."""
    study = Study(SPACE, sampler="random", random_state=0)
    for _ in range(3):
        study.tell(study.ask(), error=pickle.loads(pickle.dumps(ValueError("no"))))
    assert len({id(trial.error) for trial in study.trials}) == 1


def test_a_trial_takes_little_memory():
    """A search of ten thousand trials would not fit beside the data: at most 2 kB for five splits of three numbers."""
    n_trials, n_splits = 200, 5
    study = Study(SPACE, sampler="random", scheduler=FullScheduler(n_splits), n_iter=n_trials, random_state=0)
    while (job := study.ask()) is not None:
        sent = Measurement(job.split, {"score": random.random()}, None, random.random(), random.random())
        study.record(job, pickle.loads(pickle.dumps(sent)))
    seen, stack, n_bytes = {id(study)}, [study.trials], 0
    while stack:
        one = stack.pop()
        n_bytes += sys.getsizeof(one)
        new = [
            other for other in gc.get_referents(one) if id(other) not in seen and not isinstance(other, type)
        ]
        seen.update(map(id, new))
        stack.extend(new)
    assert n_bytes <= 2000 * n_trials


def test_rules_are_asked_when_a_trial_has_ended():
    """With every fit they would go through all trials for nothing."""
    asked = []
    study = Study(
        SPACE, sampler="random", scheduler=FullScheduler(3), stopping=lambda trials: asked.append(len(trials))
    )
    for _ in range(9):
        study.tell(study.ask(), score=0.5)
    assert asked == [1, 2, 3]


def raced_by_two(late_score):
    """A trial that is stopped while another of its fits is still running."""
    study = Study(SPACE, scheduler=RacingScheduler(3, Lossless(best_score=1.0)), n_iter=3, random_state=0)
    for _ in range(3):
        study.tell(study.ask(), score=0.9)
    first, second = study.ask(), study.ask()
    while second.number != first.number:
        study.tell(second, score=0.8)
        second = study.ask()
    study.tell(first, score=-5.0)
    study.record(second, Measurement(second.split, {"score": late_score}, started=5.0, worker=1))
    return study, first.number


def test_a_fit_that_came_too_late_is_kept_apart():
    """Whose time it was could not be told, or it would count although it depends on the order of events."""
    (study, number), (other, _) = raced_by_two(0.5), raced_by_two(0.7)
    trial = study.trials[number]
    assert trial.status == "pruned" and len(trial.measurements) == 1
    assert [(m.scores, m.started, m.worker) for m in trial.discarded] == [({"score": 0.5}, 5.0, 1)]
    assert study.trials == other.trials and repr(study.trials) == repr(other.trials)
