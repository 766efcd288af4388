"""What the drop-ins share: scikit-learn's own candidates, as a fixed list, or a space in our notations."""

from abc import abstractmethod
from collections.abc import Mapping

from skhpo.samplers import Proposal
from skhpo.schedulers import FullScheduler
from skhpo.search._base import BaseSearch, Plan
from skhpo.search._candidates import check_names, check_names_of_space, merge_repeated
from skhpo.search._initial import initial_proposals
from skhpo.space import Dimension, SearchSpace
from skhpo.study import Study


class DropInSearch(BaseSearch):
    """A search over scikit-learn's candidates.

    What scikit-learn understands keeps its meaning and its order. Only where a space holds something that
    scikit-learn does not know, a dimension of ours or of another package, it is read as a `SearchSpace`, in which
    tuples are choices all the same.
    """

    @abstractmethod
    def _candidates(self):
        """Return scikit-learn's candidates, in order."""

    @abstractmethod
    def _extended_study(self, space, **study_arguments):
        """Return a study of a `SearchSpace`."""

    @abstractmethod
    def _n_extended(self, space):
        """Return the largest number of trials in a `SearchSpace`."""

    def _plan_drop_in(self, task, spec, study_arguments):
        study_arguments.update(scheduler=FullScheduler(task.n_splits), lookahead=1)
        proposals = []
        if self.initial_configurations is not None or is_extended(spec):
            space = SearchSpace.from_spec(spec, tuples_are_choices=True)
            proposals = initial_proposals(self.initial_configurations, task.estimator, space, self._say)
        if is_extended(spec):
            check_names_of_space(task.estimator, space)
            study = self._extended_study(space, initial_configurations=proposals, **study_arguments)
            return Plan(study, None, self._n_extended(space))
        distinct, rows = merge_repeated(self._insert_initial(proposals, list(self._candidates())))
        check_names(task.estimator, distinct)
        origins = dict(enumerate(proposal.origin for proposal in proposals))
        proposals = [Proposal(candidate, origins.get(i, "given")) for i, candidate in enumerate(distinct)]
        study = Study(
            None, n_iter=max(len(proposals), 1), initial_configurations=proposals, **study_arguments
        )
        return Plan(study, rows, len(proposals))

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


def _is_foreign(value):
    package = type(value).__module__.partition(".")[0]
    return isinstance(value, Dimension) or package in {"skopt", "optuna"}
