"""Which configuration a new trial has: the initial ones first, then what the sampler says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from skhpo._shares import Shares
from skhpo.samplers import Proposal, Sampler
from skhpo.space import SearchSpace, equal_values
from skhpo.trial import Trial, TrialLog


class Proposals:
    """Makes the trials of a study, each from its number, the seed and the trials it may know of.

    Parameters
    ----------
    space : SearchSpace or None
        The space; None if there are the initial configurations only.
    sampler : Sampler
        Chooses configurations.
    initial : list of Proposal
        Tried first.
    seed : int
        From which the random numbers of each trial are derived.
    n_iter : int or None, default=None
        Largest number of trials.
    lookahead : int or None, default=None
        How many trials a proposal lags behind, see `Study`.
    prior : sequence of Trial, default=()
        What the sampler knows besides.

    Examples
    --------
    >>> from skhpo.samplers import RandomSampler
    >>> proposals = Proposals(SearchSpace({"C": (0.1, 1.0)}), RandomSampler(), [], seed=0)
    >>> proposals.trial(0, []).origin
    'random'
    """

    def __init__(
        self,
        space: SearchSpace | None,
        sampler: Sampler,
        initial: Sequence[Proposal],
        seed: int,
        n_iter: int | None = None,
        lookahead: int | None = None,
        prior: Sequence[Trial] = (),
    ) -> None:
        self._space = space
        self._sampler = sampler
        self._initial = list(initial)
        self._seed = seed
        self._lookahead = lookahead
        self._prior = list(prior)
        self._shares = None if space is None else Shares(space, n_iter)
        if space is not None:
            sampler.check_space(space)

    @property
    def initial_configurations(self) -> list[dict[str, Any]]:
        """What is tried first, in this order."""
        return [dict(proposal.configuration) for proposal in self._initial]

    def visible(self, trials: TrialLog, n_known: int | None) -> Sequence[Trial] | None:
        """Return the trials as the next proposal may see them, or None while it has to wait.

        Parameters
        ----------
        trials : TrialLog
            All trials so far.
        n_known : int or None
            How many of them the scheduler wants to be known; None if it does not matter to it.
        """
        number = len(trials)
        if not self._sampler.uses_scores or number < len(self._initial):
            return trials
        if n_known is None:
            if self._lookahead is None:
                return trials
            n_known = max(number - self._lookahead + 1, 0)
        return None if trials.n_settled < n_known else trials.as_known_of(n_known)

    def trial(self, number: int, seen: Sequence[Trial]) -> Trial | None:
        """Return a new trial, None if nothing is left to try.

        Parameters
        ----------
        number : int
            Its number.
        seen : sequence of Trial
            What the sampler is to know of this study's trials.
        """
        proposal = self._propose(number, seen)
        if proposal is None:
            return None
        trial = Trial(number, proposal.configuration, None, proposal.origin, parent=proposal.parent)
        if self._space is None:
            return trial
        trial = replace(trial, point=tuple(self._space.encode([proposal.configuration])[0].tolist()))
        self._count(trial)
        return trial

    def check_restored(self, trial: Trial) -> None:
        """Take note of a trial of an earlier run; raises ValueError if it would be another one now."""
        # What is in a portfolio changes from version to version.
        if trial.number < len(self._initial) and trial.origin != "portfolio":
            expected = self._initial[trial.number].configuration
            if not equal_values(dict(expected), dict(trial.configuration)):
                raise ValueError(
                    f"Trial {trial.number} was {trial.configuration!r}, and would be {dict(expected)!r} now: the "
                    "initial configurations, or the candidates, are others."
                )
        if self._space is not None:
            self._space.check(trial.configuration)
        self._count(trial)

    def _count(self, trial: Trial) -> None:
        if self._shares is not None:
            self._shares.count(trial.configuration)

    def _propose(self, number: int, seen: Sequence[Trial]) -> Proposal | None:
        if number < len(self._initial):
            return self._initial[number]
        space = self._space
        if self._shares is not None and not self._sampler.repeats:
            space = self._shares.open_space()
        if space is None:
            return None
        known = [*self._prior, *seen] if self._prior else seen
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(number,)))
        return next(iter(self._sampler.sample(space, known, 1, rng)), None)
