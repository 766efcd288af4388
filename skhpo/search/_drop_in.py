"""What the drop-ins share: scikit-learn's own candidates, as a fixed list, or a space in our notations."""

import warnings
from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from skhpo.samplers import Proposal
from skhpo.search._base import BaseSearch, Plan, lookahead
from skhpo.search._candidates import check_names, check_names_of_space, merge_repeated
from skhpo.search._initial import initial_proposals
from skhpo.search._racing import fold_scheduler
from skhpo.space import Dimension, SearchSpace
from skhpo.study import Study


class DropInSearch(BaseSearch):
    """A search over scikit-learn's candidates.

    What scikit-learn understands keeps its meaning and its order. Only where a space holds something that
    scikit-learn does not know, a dimension of ours or of another package, it is read as a `SearchSpace`, in which
    tuples are choices all the same.
    """

    @abstractmethod
    def _candidates(self, ledger):
        """Return scikit-learn's candidates, in order."""

    @abstractmethod
    def _extended_study(self, space, ledger, **study_arguments):
        """Return a study of a `SearchSpace`."""

    @abstractmethod
    def _n_extended(self, space, ledger):
        """Return the largest number of trials in a `SearchSpace`."""

    @abstractmethod
    def _spec(self):
        """Return the space as the user wrote it."""

    def _draw_candidates(self, ledger):
        # scikit-learn draws the candidates first, which shows where a splitter shares their generator.
        return None if is_extended(self._spec()) else list(self._candidates(ledger))

    def _plan(self, task, drawn, ledger, **study_arguments):
        spec = self._spec()
        warn_of_priors(spec)
        # Candidates do not wait for results, and only a race depends on how far results lag behind.
        lag = ledger.lookahead(
            1 if self.racing is False else lookahead(self._n_jobs, task.n_splits, races=True)
        )
        failed_score = np.nan if self.error_score == "raise" else self.error_score
        scheduler = fold_scheduler(self, task, study_arguments["metric"], lag, failed_score)
        study_arguments.update(scheduler=scheduler, lookahead=lag)
        proposals = []
        if self.initial_configurations is not None or drawn is None:
            space = SearchSpace.from_spec(spec, tuples_are_choices=True)
            proposals = initial_proposals(self.initial_configurations, task.estimator, space, self._say)
        if drawn is None:
            check_names_of_space(task.estimator, space)
            study = self._extended_study(space, ledger, initial_configurations=proposals, **study_arguments)
            return Plan(study, None, self._n_extended(space, ledger))
        distinct, rows = merge_repeated(self._insert_initial(proposals, drawn))
        check_names(task.estimator, distinct)
        origins = dict(enumerate(proposal.origin for proposal in proposals))
        proposals = [Proposal(candidate, origins.get(i, "given")) for i, candidate in enumerate(distinct)]
        study = Study(
            None, n_iter=max(len(proposals), 1), initial_configurations=proposals, **study_arguments
        )
        return Plan(study, rows, len(proposals), candidates=drawn)

    def _insert_initial(self, proposals, candidates):
        """Put the initial configurations before the candidates, which are not tried again."""
        initial = [proposal.configuration for proposal in proposals]
        _, rows = merge_repeated(initial + candidates)
        new = [one for one, row in zip(candidates, rows[len(initial) :], strict=True) if row >= len(initial)]
        return initial + new if initial else candidates


def is_extended(spec):
    """Whether a space holds something that scikit-learn does not understand."""
    if isinstance(spec, SearchSpace):
        return True
    parts = spec if isinstance(spec, list | tuple) else [spec]
    return any(
        isinstance(part, tuple) or (isinstance(part, Mapping) and any(map(_is_foreign, part.values())))
        for part in parts
    )


def warn_of_priors(spec):
    """Warn where a range in the notation of `BayesSearchCV` is a tuple of three choices here."""
    for part in spec if isinstance(spec, list | tuple) else [spec]:
        for name, value in part.items() if isinstance(part, Mapping) else ():
            if isinstance(value, tuple) and len(value) == 3 and value[2] in ("uniform", "log-uniform"):
                warnings.warn(
                    f"{value!r} is three choices for parameter {name!r}, as in scikit-learn. For a range write "
                    f"Real{value!r} or Integer{value!r}.",
                    UserWarning,
                    stacklevel=2,
                )


def _is_foreign(value):
    package = type(value).__module__.partition(".")[0]
    return isinstance(value, Dimension) or package in {"skopt", "optuna"}
