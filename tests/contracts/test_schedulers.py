"""Every entry of the table of schedulers goes through the same contract."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo import Study
from skhpo.schedulers import SCHEDULERS

N_SPLITS = 3


def run_in_random_order(name, seed, n_iter=6, n_workers=4, failing=frozenset()):
    """A study whose pending jobs are told in random order, some with an error; the jobs in order of asking."""
    order = random.Random(seed)
    study = Study(
        {"x": (0.0, 1.0)},
        sampler="random",
        n_iter=n_iter,
        scheduler=SCHEDULERS[name](N_SPLITS),
        random_state=0,
    )
    pending, asked = [], []
    while True:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
            asked.append(job)
        if not pending:
            return study, asked
        job = pending.pop(order.randrange(len(pending)))
        if len(asked) in failing:
            study.tell(job, error=ValueError("no"))
        else:
            study.tell(job, score=job.configuration["x"] + job.split)


@pytest.mark.parametrize("name", sorted(SCHEDULERS))
@given(seed=st.integers(0, 10**6), failing=st.frozensets(st.integers(1, 18)), n_workers=st.integers(1, 8))
def test_terminates_with_one_fit_per_split(name, seed, failing, n_workers):
    """Whatever fails and whatever ends first: nothing is fitted twice and nothing is forgotten."""
    study, asked = run_in_random_order(name, seed, failing=failing, n_workers=n_workers)
    assert sorted((job.number, job.split) for job in asked) == [
        (t, k) for t in range(6) for k in range(N_SPLITS)
    ]
    assert all(trial.is_finished and not trial.pending for trial in study.trials)


@pytest.mark.parametrize("name", sorted(SCHEDULERS))
@given(seed=st.integers(0, 10**6))
def test_is_pure(name, seed):
    """A scheduler that remembers could not be resumed from the trials alone."""
    trials = run_in_random_order(name, seed)[0].trials
    before = repr(trials)
    for end in range(len(trials) + 1):
        fresh, used = SCHEDULERS[name](N_SPLITS), SCHEDULERS[name](N_SPLITS)
        used.decide(trials)
        assert fresh.decide(trials[:end]) == used.decide(trials[:end])
    assert repr(trials) == before
