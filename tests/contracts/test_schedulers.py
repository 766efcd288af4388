"""Every entry of the table of schedulers goes through the same contract."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skhpo import Study
from skhpo.samplers import PopulationSampler
from skhpo.schedulers import (
    SCHEDULERS,
    AshaScheduler,
    FullScheduler,
    HyperbandScheduler,
    Lossless,
    PopulationScheduler,
    RacingScheduler,
    hyperband_plan,
)

N_SPLITS = 3
N_TRIALS = 17
# How each of them is made; scores are at most 3. Hyperband with these resources starts as many trials by itself.
MAKERS = {
    "full": lambda lookahead: FullScheduler(N_SPLITS),
    "racing": lambda lookahead: RacingScheduler(N_SPLITS, Lossless(best_score=3.0), lookahead=lookahead),
    "hyperband": lambda lookahead: HyperbandScheduler(N_SPLITS, hyperband_plan(1, 9)),
    "hyperband with races": lambda lookahead: HyperbandScheduler(
        N_SPLITS, hyperband_plan(1, 9), rule=Lossless(best_score=3.0)
    ),
    "asha": lambda lookahead: AshaScheduler(N_SPLITS, [1, 3, 9]),
    "population": lambda lookahead: PopulationScheduler(N_SPLITS, population_size=5, n_generations=4, step=2),
}
# Which generation a trial belongs to decides what is proposed.
SAMPLERS = {"population": PopulationSampler(population_size=5)}
REPRODUCIBLE = sorted(MAKERS.keys() - {"asha"})
# Without a lookahead these do not depend on the number of workers either.
SYNCHRONOUS = ["full", "hyperband", "population"]


def new_study(name, lookahead=None):
    """A study that has not begun."""
    return Study(
        {"x": (0.0, 1.0)},
        sampler=SAMPLERS.get(name, "random"),
        n_iter=N_TRIALS,
        scheduler=MAKERS[name](lookahead),
        random_state=0,
        lookahead=lookahead,
    )


def run_in_random_order(name, seed, n_workers=4, failing=frozenset(), lookahead=None):
    """A study whose pending jobs are told in random order, some with an error; the jobs in order of asking."""
    order = random.Random(seed)
    study = new_study(name, lookahead)
    pending, asked = [], []
    while True:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
            asked.append(job)
        if not pending:
            return study, asked
        job = pending.pop(order.randrange(len(pending)))
        if (job.number, job.split) in failing:
            study.tell(job, error=ValueError("no"))
        else:
            study.tell(job, score=job.configuration["x"] + job.split)


def test_every_scheduler_is_tested():
    """One that is not in the suite may do anything."""
    assert MAKERS.keys() - {"hyperband with races"} == SCHEDULERS.keys()


# A study takes some ten milliseconds.
few = settings(max_examples=settings.default.max_examples // 2)
FAILING = st.frozensets(st.tuples(st.integers(0, N_TRIALS - 1), st.integers(0, N_SPLITS - 1)))


@pytest.mark.parametrize("name", sorted(MAKERS))
@pytest.mark.parametrize("lookahead", [None, 2])
@few
@given(seed=st.integers(0, 10**6), failing=FAILING, n_workers=st.integers(1, 8))
def test_terminates_and_fits_nothing_twice(name, lookahead, seed, failing, n_workers):
    """Whatever fails and whatever ends first: nothing is fitted twice, and nothing is left hanging."""
    study, asked = run_in_random_order(name, seed, n_workers, failing, lookahead)
    fits = [(job.number, job.split, job.resource) for job in asked]
    assert len(set(fits)) == len(fits)
    assert len(study.trials) == N_TRIALS
    assert all(trial.is_finished and not trial.pending for trial in study.trials)
    assert study.ask() is None and study.is_over


@pytest.mark.parametrize("name", REPRODUCIBLE)
@few
@given(seed=st.integers(0, 10**6), failing=FAILING, n_workers=st.integers(1, 8))
def test_the_order_of_results_does_not_matter_with_a_lookahead(name, seed, failing, n_workers):
    """The same seed has to give the same table, on a busy machine too."""
    runs = [run_in_random_order(name, order, n_workers, failing, lookahead=2)[0] for order in (0, seed)]
    assert repr(runs[0].trials) == repr(runs[1].trials)


@pytest.mark.parametrize("name", SYNCHRONOUS)
@few
@given(seed=st.integers(0, 10**6), failing=FAILING, n_workers=st.integers(2, 8))
def test_the_number_of_workers_does_not_matter_to_synchronous_ones(name, seed, failing, n_workers):
    """Whoever repeats a search on another machine wants the same result."""
    alone = run_in_random_order(name, 0, 1, failing)[0]
    together = run_in_random_order(name, seed, n_workers, failing)[0]
    assert repr(alone.trials) == repr(together.trials)


@pytest.mark.parametrize("name", REPRODUCIBLE)
@few
@given(seed=st.integers(0, 10**6), failing=FAILING, n_workers=st.integers(1, 8))
def test_replaying_the_results_gives_the_same_trials(name, seed, failing, n_workers):
    """A search that was interrupted is resumed by telling a new study what is known."""
    study, _ = run_in_random_order(name, seed, n_workers, failing, lookahead=2)
    known = {(t.number, m.split, m.resource): m for t in study.trials for m in t.measurements}
    replayed = new_study(name, lookahead=2)
    while (job := replayed.ask()) is not None:
        replayed.record(job, known[job.number, job.split, job.resource])
    assert repr(replayed.trials) == repr(study.trials)


@pytest.mark.parametrize("name", sorted(MAKERS))
@few
@given(seed=st.integers(0, 10**6))
def test_is_pure(name, seed):
    """A scheduler that remembers could not be resumed from the trials alone."""
    trials = run_in_random_order(name, seed)[0].trials
    before = repr(trials)
    for end in range(len(trials) + 1):
        fresh, used = MAKERS[name](None), MAKERS[name](None)
        used.decide(trials)
        for number in range(end):
            used.verdicts(trials, number)
        for starting in ("open", "held", "over"):
            assert fresh.decide(trials[:end], starting) == used.decide(trials[:end], starting)
    assert repr(trials) == before


@pytest.mark.parametrize("name", sorted(MAKERS))
@few
@given(seed=st.integers(0, 10**6), failing=FAILING)
def test_the_best_trial_is_measured_on_every_split(name, seed, failing):
    """A winner by a part of its folds is a winner by luck."""
    study, _ = run_in_random_order(name, seed, failing=failing)
    complete = [trial for trial in study.trials if trial.status == "complete"]
    largest = max((trial.resource or 0 for trial in study.trials if trial.status != "failed"), default=0)
    # In a population every generation is complete.
    assert name == "population" or all((trial.resource or 0) == largest for trial in complete)
    assert all(len(trial.measured_at(trial.resource)) == N_SPLITS for trial in complete)
