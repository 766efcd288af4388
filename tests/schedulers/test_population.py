"""Generations: who is trained when, and whose models are still needed."""

import pytest

from skhpo import Study
from skhpo.samplers import PopulationSampler
from skhpo.schedulers import PopulationScheduler

SIZE = 5


def new_study(n_splits=2, n_generations=4, exploit="truncation"):
    """A study of a small population."""
    return Study(
        {"x": (0.0, 1.0)},
        sampler=PopulationSampler(SIZE, exploit),
        scheduler=PopulationScheduler(n_splits, SIZE, n_generations, step=3),
        random_state=0,
    )


def run(study, n_workers=1):
    """Run a study to its end; the jobs in order."""
    jobs, pending = [], []
    while True:
        while len(pending) < n_workers and (job := study.ask()) is not None:
            pending.append(job)
            jobs.append(job)
        if not pending:
            return jobs
        job = pending.pop()
        study.tell(job, score=job.configuration["x"])


@pytest.mark.parametrize("exploit", ["truncation", "tournament"])
def test_jobs_say_how_their_models_came_about(exploit):
    """A model that is lost is trained again from what the job says."""
    study = new_study(exploit=exploit)
    for job in run(study):
        trial = study.trials[job.number]
        assert job.resource == 3 * (1 + job.number // SIZE)
        assert job.source == trial.parent
        assert [amount for amount, _ in job.history] == list(range(3, job.resource, 3))
        if job.source is not None:
            assert job.history[-1][1] == study.trials[job.source].configuration
            assert job.source // SIZE == job.number // SIZE - 1


def test_a_generation_waits_for_the_one_before():
    """Who is worst is not known before all are measured."""
    study = new_study(n_splits=1)
    jobs = [study.ask() for _ in range(SIZE)]
    assert study.ask() is None and not study.is_over
    for job in jobs[1:]:
        study.tell(job, score=job.configuration["x"])
    assert study.ask() is None
    study.tell(jobs[0], score=0.0)
    assert study.ask().number == SIZE


def test_the_best_survive_and_the_worst_do_not():
    """That is what the population is for."""
    study = new_study(n_generations=8)
    run(study)
    first, last = study.trials[:SIZE], study.trials[-SIZE:]
    assert max(t.score for t in last) >= max(t.score for t in first)
    assert min(t.score for t in last) > min(t.score for t in first)


def test_models_are_needed_until_the_next_generation_is_trained():
    """A file that is removed too early costs all the training so far; one that stays fills the disk."""
    scheduler, study = PopulationScheduler(1, SIZE, 4), new_study(n_splits=1)
    run(study)
    trials = study.trials
    n_spent = [len(scheduler.spent(trials[:n], trials[n - 1 : n])) for n in range(len(trials) + 1)]
    assert n_spent == [0] * 11 + [5] * 5 + [10] * 5
