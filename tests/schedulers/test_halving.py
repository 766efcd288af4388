"""Successive halving, Hyperband and ASHA: the plan is what is run, and who goes on is who was best."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo import Study
from skhpo.schedulers import (
    AshaScheduler,
    HyperbandScheduler,
    Lossless,
    Margin,
    Rung,
    halving_plan,
    hyperband_plan,
    narrow_plan,
)
from skhpo.schedulers._rungs import score_at
from skhpo.trial import Measurement, Trial

SPACE = {"x": (0.0, 1.0)}


def run(scheduler, n_workers=1, order=0, sampler="random", n_iter=None, space=SPACE):
    """Run a study to its end with results in random order."""
    rng = random.Random(order)
    study = Study(space, sampler=sampler, scheduler=scheduler, random_state=0, n_iter=n_iter)
    pending = []
    while True:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
        if not pending:
            return study
        job = pending.pop(rng.randrange(len(pending)))
        study.tell(job, score=job.configuration["x"] + 0.1 * job.resource)


def counts(study):
    """How many trials of each bracket were measured with each resource."""
    found = {}
    for trial in study.trials:
        for resource in {m.resource for m in trial.measurements}:
            found[trial.bracket, resource] = found.get((trial.bracket, resource), 0) + 1
    return found


@pytest.mark.parametrize("sampler", ["random", "gp"])
def test_the_plan_is_what_is_run(sampler):
    """Users reckon with it what a search will cost."""
    plan = hyperband_plan(1, 27, factor=3)
    study = run(HyperbandScheduler(2, plan), sampler=sampler)
    assert counts(study) == {(b, r.resource): r.n_trials for b, rungs in enumerate(plan) for r in rungs}


@given(
    low=st.integers(1, 50), ratio=st.integers(1, 200), factor=st.integers(2, 5), n_repeats=st.integers(1, 3)
)
def test_plans_are_sound(low, ratio, factor, n_repeats):
    """Every bracket ends with the largest resource, nobody gets less than the smallest, and rungs shrink."""
    plan = hyperband_plan(low, low * ratio, factor, n_repeats)
    assert len(plan) % n_repeats == 0
    for bracket in plan:
        resources, sizes = [r.resource for r in bracket], [r.n_trials for r in bracket]
        assert resources[-1] == low * ratio and resources[0] >= low
        assert resources == sorted(set(resources)) and sizes == sorted(sizes, reverse=True) and sizes[-1] >= 1
    costs = [sum(r.n_trials * r.resource for r in bracket) for bracket in plan]
    assert max(costs) <= 3 * factor * min(costs)


@pytest.mark.parametrize("sampler", ["random", "gp"])
@pytest.mark.parametrize("n_workers", [2, 5])
def test_synchronous_searches_do_not_depend_on_the_workers(sampler, n_workers):
    """The same seed gives the same result on a laptop and on a cluster."""
    scheduler = HyperbandScheduler(2, hyperband_plan(1, 9))
    alone = run(scheduler, sampler=sampler)
    for order in range(3):
        assert repr(run(scheduler, n_workers, order, sampler).trials) == repr(alone.trials)


def test_the_best_of_a_rung_go_on():
    """Promoting others is the same as promoting at random."""
    study = run(HyperbandScheduler(1, (halving_plan(9, [1, 3, 9], factor=3),)))
    by_x = sorted(study.trials, key=lambda trial: -trial.configuration["x"])
    assert [trial.resource for trial in by_x] == [9, 3, 3] + [1] * 6
    assert [trial.status for trial in by_x] == ["complete"] + ["pruned"] * 8
    assert study.best_trial is by_x[0]


def test_a_space_that_ends_early_shortens_the_bracket():
    """A grid of five points must not make a rung of nine wait for ever."""
    study = run(HyperbandScheduler(1, hyperband_plan(1, 9)), space={"x": [0.1, 0.2, 0.3, 0.4, 0.5]})
    assert len(study.trials) == 5
    assert study.best_configuration == {"x": 0.5}
    assert all(trial.is_finished for trial in study.trials)


def test_idle_workers_begin_the_next_bracket():
    """Waiting for the last fit of a rung wastes all other cores."""
    scheduler = HyperbandScheduler(1, hyperband_plan(1, 3))
    study = Study(SPACE, sampler="random", scheduler=scheduler, random_state=0)
    jobs = [study.ask() for _ in range(5)]
    assert [study.trials[job.number].bracket for job in jobs] == [0, 0, 0, 1, 1]


def test_samplers_see_one_resource_at_a_time():
    """A score with one epoch beside one with nine would teach that long training is a hyperparameter."""
    scheduler = HyperbandScheduler(1, hyperband_plan(1, 9))

    def trial(number, *scores, status="pruned"):
        measured = [Measurement(0, {"score": s}, resource=3**i) for i, s in enumerate(scores)]
        return Trial(
            number, {}, (0.5,), measurements=tuple(measured), resource=3 ** (len(scores) - 1), status=status
        )

    few = [trial(0, 0.1, 0.2, 0.5), trial(1, 0.3), trial(2, 0.4), trial(3, math.nan, status="failed")]
    seen = scheduler.view(few, n_columns=1)
    assert [(t.status, t.score) for t in seen[:3]] == [
        ("complete", 0.1),
        ("complete", 0.3),
        ("complete", 0.4),
    ]
    assert seen[3].status == "failed"


def test_the_two_largest_resources_are_put_on_one_scale():
    """The few results of full trainings would be all that a model sees, or none of them."""
    scheduler = HyperbandScheduler(1, hyperband_plan(1, 9))

    def trial(number, scores, status="pruned"):
        measured = [Measurement(0, {"score": s}, resource=r) for r, s in scores.items()]
        return Trial(number, {}, (0.5,), measurements=tuple(measured), resource=max(scores), status=status)

    trials = [
        trial(0, {1: 0.1, 3: 0.5, 9: 0.7}, "complete"),
        trial(1, {3: 0.4, 9: 0.8}, "complete"),
        trial(2, {3: 0.3}),
        trial(3, {1: 0.2}),
    ]
    seen = scheduler.view(trials, n_columns=1)
    assert [t.score for t in seen[:3]] == pytest.approx([0.7, 0.8, 0.6])
    assert [t.noisiness for t in seen[:3]] == [1.0, 1.0, 10.0]
    assert seen[3].is_unknown
    assert [t.status for t in scheduler.view(trials[:2] + trials[3:] * 3, n_columns=9)[:2]] == [
        "complete",
        "pruned",
    ]


def test_who_lost_a_race_on_a_rung_is_shown_with_a_fair_estimate():
    """A model that learns nothing from those who lost would propose them again."""
    scheduler = HyperbandScheduler(2, hyperband_plan(3, 9), rule=Lossless(best_score=1.0))

    def trial(number, scores, status="pruned"):
        measured = [
            Measurement(i, {"score": s}, resource=r) for r, row in scores.items() for i, s in enumerate(row)
        ]
        return Trial(number, {}, (0.5,), measurements=tuple(measured), resource=max(scores), status=status)

    trials = [
        trial(0, {3: [0.7, 0.3], 9: [0.8, 0.6]}, "complete"),
        trial(1, {3: [0.5, 0.1]}),
        trial(2, {3: [0.5]}),
        trial(3, {3: [0.6, 0.2], 9: [0.5]}),
    ]
    seen = scheduler.view(trials, n_columns=1)
    # With 9 of the resource there is .2 more, the first split is by .1 the easier one there, and by .2 with 3.
    assert [t.score for t in seen] == pytest.approx([0.7, 0.5, 0.5, 0.4])
    assert [t.noisiness for t in seen] == [1.0, 10.0, 20.0, 2.0]
    assert [t.is_unknown for t in seen] == [False] * 4
    alone = scheduler.view(trials[1:3], n_columns=1)
    assert [t.score for t in alone] == pytest.approx([0.3, 0.3]) and alone[1].noisiness == 2.0


@given(
    low=st.integers(1, 50), ratio=st.integers(1, 200), factor=st.integers(2, 5), n_repeats=st.integers(1, 3)
)
def test_narrow_plans_are_sound(low, ratio, factor, n_repeats):
    """They end with the largest resource, give nobody less than the smallest, and cost what Hyperband costs."""
    plan = narrow_plan(low, low * ratio, factor, n_repeats)
    for bracket in plan:
        resources, sizes = [r.resource for r in bracket], [r.n_trials for r in bracket]
        assert resources[-1] == low * ratio and resources[0] >= low
        assert resources == sorted(set(resources)) and sizes == sorted(sizes, reverse=True) and sizes[-1] >= 1

    def cost(brackets):
        return sum(
            r.n_trials * (r.resource - below)
            for b in brackets
            for r, below in zip(b, [0, *[r.resource for r in b]], strict=False)
        )

    whole = cost(hyperband_plan(low, low * ratio, factor, n_repeats))
    assert len(plan) == 1 or abs(cost(plan) - whole) <= cost(plan[1:2]) / 2


def test_asha_never_waits():
    """A worker that waits for a rung is what it was made to avoid."""
    study = Study(SPACE, sampler="random", n_iter=30, scheduler=AshaScheduler(1, [1, 3]), random_state=0)
    pending = [study.ask() for _ in range(4)]
    for step in range(26):
        job = pending.pop(step % 4)
        study.tell(job, score=job.configuration["x"])
        pending.append(study.ask())
        assert pending[-1] is not None


def test_asha_promotes_a_third():
    """More would be full training for everybody, less a random choice."""
    study = run(AshaScheduler(1, [1, 3, 9]), n_workers=4, n_iter=27)
    n_at = [sum(bool(t.measured_at(r)) for t in study.trials) for r in (1, 3, 9)]
    assert n_at[0] == 27 and 9 <= n_at[1] <= 14 and 3 <= n_at[2] <= 6


def test_halving_counts_as_scikit_learn():
    """The drop-ins have its rows."""
    assert halving_plan(7, [2, 6], factor=3) == (Rung(7, 2), Rung(3, 6))


SCORES = np.random.default_rng(0).normal(0.85, 0.12, (100, 1)) + np.random.default_rng(1).normal(
    0.0, 0.05, (100, 4)
)


HALVINGS = (halving_plan(27, [1, 3, 9], factor=3), halving_plan(9, [3, 9], factor=3))


def run_matrix(rule, n_workers=1, order=0, seed=0, plan=HALVINGS):
    """Run some halvings over rows of a matrix, resources adding a little; the study and the number of fits."""
    rng = random.Random(order)
    rows = np.random.default_rng(seed).permutation(100)[:27]
    study = Study(
        {"i": (0, 10**6)},
        sampler="random",
        scheduler=HyperbandScheduler(4, plan, rule=rule),
        random_state=0,
    )
    pending, n_fits = [], 0
    while True:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
            n_fits += 1
        if not pending:
            return study, n_fits
        job = pending.pop(rng.randrange(len(pending)))
        study.tell(job, score=min(float(SCORES[rows[job.number % 27], job.split]) + 0.01 * job.resource, 1.0))


@pytest.mark.parametrize("seed", range(5))
def test_lossless_races_on_a_rung_let_the_same_trials_go_on(seed):
    """What cannot take one of the places may be stopped, and nothing else."""
    full, n_full = run_matrix(None, seed=seed)
    race, n_race = run_matrix(Lossless(best_score=1.0), seed=seed)
    assert n_race < n_full
    assert [t.resource for t in race.trials] == [t.resource for t in full.trials]
    assert race.best_trial.number == full.best_trial.number and race.best_score == full.best_score


@pytest.mark.parametrize("seed", range(3))
def test_races_save_fits_in_brackets_of_a_few_too(seed):
    """Nobody had a rival where three begin and one goes on: the race cost what there was without it."""
    plan = narrow_plan(3, 9, n_repeats=6)
    full, n_full = run_matrix(None, seed=seed, plan=plan)
    race, n_race = run_matrix(Lossless(best_score=1.0), seed=seed, plan=plan)
    assert race.best_trial.number == full.best_trial.number and race.best_score == full.best_score
    assert n_race < 0.9 * n_full
    finalists = [trial for trial in race.trials if trial.resource == 9]
    assert len(finalists) == len(plan)
    assert any(trial.status == "pruned" and len(trial.measured_at(9)) < 4 for trial in finalists)


@pytest.mark.parametrize("rule", [Lossless(best_score=1.0), Margin(best_score=1.0)])
@pytest.mark.parametrize("n_workers", [2, 5, 9])
@pytest.mark.parametrize("plan", [HALVINGS, narrow_plan(1, 9)], ids=["wide", "narrow"])
def test_races_on_a_rung_do_not_depend_on_the_workers(rule, n_workers, plan):
    """The same seed gives the same result on a laptop and on a cluster."""
    alone, _ = run_matrix(rule, plan=plan)
    for order in range(3):
        assert repr(run_matrix(rule, n_workers, order, plan=plan)[0].trials) == repr(alone.trials)


def test_asha_lets_the_best_reach_the_end():
    """A space of a few points ended without anybody having had the whole resource."""
    study = run(AshaScheduler(1, [1, 3, 9]), n_workers=2, space={"x": [0.1, 0.2, 0.3, 0.4]})
    assert study.best_configuration == {"x": 0.4} and study.best_trial.resource == 9


@pytest.mark.parametrize("n_repeats", [1, 4])
def test_what_is_known_is_not_added_up_again(n_repeats, monkeypatch):
    """Every decision asks for all scores: searches of many short fits would spend their time on means."""
    added = []

    def counted(*arguments):
        added.append(arguments)
        return score_at(*arguments)

    monkeypatch.setattr("skhpo.schedulers._multi_fidelity.score_at", counted)
    study = run(HyperbandScheduler(3, hyperband_plan(1, 27, n_repeats=n_repeats)))
    n_results = sum(len(trial.measurements) for trial in study.trials)
    assert len(added) <= 4 * n_results


@pytest.mark.parametrize("n_workers", [1, 7])
def test_closed_brackets_need_not_be_looked_at(n_workers):
    """A search of thousands of trials went through all its brackets for every fit; leaving some out must not matter."""
    plan = hyperband_plan(1, 9, n_repeats=3)
    order = random.Random(0)

    class Checked(HyperbandScheduler):
        """Decides on a list, in which nothing is known to have settled, as well."""

        def decide(self, trials, starting="open"):
            decision = super().decide(trials, starting)
            assert decision == HyperbandScheduler(2, plan).decide(list(trials), starting)
            return decision

    study = Study({"x": (0.0, 1.0)}, sampler="random", scheduler=Checked(2, plan), random_state=0)
    pending = []
    while True:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
        if not pending:
            break
        job = pending.pop(order.randrange(len(pending)))
        study.tell(job, score=job.configuration["x"] + 0.1 * job.split)
    assert len(study.trials) == sum(bracket[0].n_trials for bracket in plan)
    assert all(trial.is_finished for trial in study.trials)
