"""Population-based training: all members are trained a step further, then the next generation begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skhpo.schedulers._multi_fidelity import Row
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait
from skhpo.trial import Trial


class PopulationScheduler(Scheduler):
    """Trains a population in generations.

    A trial is a member in one generation. A generation begins when the one before it is complete, and is proposed from
    that: so the trials are the same for any number of workers and any order of results. Who goes on from whose model,
    and with what, is for the sampler to say, see `PopulationSampler`.

    Parameters
    ----------
    n_splits : int, default=1
        Number of cross-validation splits.
    population_size : int, default=20
        Members of a generation.
    n_generations : int, default=10
        How many generations there are.
    step : int, default=1
        How much of the resource a generation adds.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.samplers import PopulationSampler
    >>> from skhpo.schedulers import PopulationScheduler
    >>> study = Study(
    ...     {"x": (0.0, 1.0)},
    ...     sampler=PopulationSampler(population_size=4),
    ...     scheduler=PopulationScheduler(population_size=4, n_generations=3, step=5),
    ...     random_state=0,
    ... )
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=job.configuration["x"])
    >>> [trial.resource for trial in study.trials]
    [5, 5, 5, 5, 10, 10, 10, 10, 15, 15, 15, 15]
    """

    def __init__(
        self, n_splits: int = 1, population_size: int = 20, n_generations: int = 10, step: int = 1
    ) -> None:
        self.n_splits = n_splits
        self.population_size = population_size
        self.n_generations = n_generations
        self.step = step

    def decide(self, trials: Sequence[Trial], starting: Starting = "open") -> Decision:
        """Fit the splits of what has begun, then start the next member; the next generation waits for this one."""
        generation, n_members = divmod(len(trials), self.population_size)
        first = generation * self.population_size
        for trial in trials[first - (0 if n_members else self.population_size) :]:
            split = self._next_split(trial)
            if split is not None:
                return Resume(trial.number, split, trial.resource)
        is_begun = n_members > 0 or all(trial.is_finished for trial in trials[-self.population_size :])
        if starting != "open" or generation == self.n_generations or not is_begun:
            return Wait()
        return Start(0, (generation + 1) * self.step, generation, first)

    def verdicts(self, trials: Sequence[Trial], number: int) -> Mapping[int, Verdict]:
        """A trial is complete with its last split."""
        trial = trials[number]
        is_complete = not trial.is_finished and len(trial.measurements) == self.n_splits
        return {number: Verdict("complete")} if is_complete else {}

    def spent(self, trials: Sequence[Trial], finished: Sequence[Trial]) -> list[Trial]:
        """Return the members of all generations before that from which the latest one goes on."""
        generation = max(len(trials) - 1, 0) // self.population_size
        return list(trials[: max(generation - 1, 0) * self.population_size])

    def table(self, trials: Sequence[Trial]) -> list[Row]:
        """Return who was given how much, and in which generation; see `MultiFidelityScheduler.table`.

        Parameters
        ----------
        trials : sequence of Trial
            All trials so far.
        """
        return [Row(trial, trial.resource or 0, trial.bracket) for trial in trials]

    def _next_split(self, trial: Trial) -> int | None:
        if trial.is_finished:
            return None
        taken = {measurement.split for measurement in trial.measurements}.union(trial.pending)
        return next((split for split in range(self.n_splits) if split not in taken), None)
