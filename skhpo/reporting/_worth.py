"""What was found, in numbers: gain, noise, importances, and what is left to be gained."""

import math
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from skhpo.inspection import corrected_score, gain_over_defaults, importances
from skhpo.plots.data import PictureData
from skhpo.reporting._subject import Subject
from skhpo.schedulers import FullScheduler
from skhpo.space import Categorical, short_repr
from skhpo.stopping import RegretBound, fold_scores

_N_PAIRS = 3
_SUBSPACE = "sub-space"  # as importances call it
_NOT_ALONE = ("group", "time")  # in the names of splitters whose samples are not independent of each other


@dataclass
class Worth:
    """What the trials of a subject say, each part computed when it is asked for.

    Attributes
    ----------
    subject : Subject
        The search.
    y : array-like or None
        The target, for the corrected score.
    """

    subject: Subject
    y: Any = None

    @property
    def data(self) -> PictureData:
        """The pictures' data."""
        return self.subject.data

    def error_of(self, trial, metric=None):
        """Return the standard error of a score of a complete trial, NaN for less than two splits."""
        return self._rule.standard_error(self.scores_of(trial, metric))

    def scores_of(self, trial, metric=None):
        """Return the scores of a complete trial on its splits, by default those that were optimised."""
        return fold_scores(trial, self.data.source.metric if metric is None else metric)

    @property
    def _rule(self):
        splits = self.subject.splits
        if len(splits) < 2:
            return RegretBound()
        return RegretBound(test_ratio=float(np.mean([test / max(train, 1) for train, test in splits])))

    @cached_property
    def gain(self):
        """The gain over the defaults, None if these were not tried, or on one split only."""
        if self.subject.is_stored and self.subject.best is not None and not self.subject.is_best_score:
            return None  # a file is compared by its best score, which is not the winner's
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # the report says it in words
            try:
                return gain_over_defaults(self.subject.search, metric=self.data.source.metric)
            except (ValueError, AttributeError):  # such as a search of several metrics without a winner
                return None

    @property
    def corrected(self):
        """The score without the luck of the choice, None if it is not known."""
        return self._correction[0]

    @property
    def not_corrected(self):
        """Why the score without the luck of the choice is not known, though there is a target; else None."""
        return self._correction[1]

    @cached_property
    def _correction(self):
        if self.y is None:
            return None, None
        if not hasattr(self.subject.search, "get_params"):
            return None, "predictions are not stored: they are known to the fitted search alone."
        if self.n_predicted is None:
            return None, "it needs out-of-fold predictions, which a search with keep='predictions' has."
        if not self.subject.complete:
            return None, "no trial is complete."
        is_wrong = self.n_predicted != len(np.asarray(self.y))
        try:
            metric = next(iter(self.subject.metrics), None)  # also where refit=False names none
            return corrected_score(self.subject.search, self.y, metric=metric, random_state=0), None
        except ValueError as error:
            if is_wrong:
                raise
            return None, str(error)

    @property
    def n_predicted(self):
        """Of how many samples there are out-of-fold predictions, None if they were not to be kept."""
        search = self.subject.search
        kept = getattr(search, "oof_predictions_", None)
        if kept is None:
            return None if getattr(search, "keep", None) is None else 0
        first = next(iter(kept.values()), None) if isinstance(kept, dict) else kept
        return 0 if first is None else first.shape[1]

    @property
    def has_groups_or_time(self):
        """Whether the splits say that samples belong together, or follow each other."""
        name = type(getattr(self.subject.search, "cv", None)).__name__.lower()
        return any(word in name for word in _NOT_ALONE)

    @cached_property
    def importances(self):
        """What mattered, None if too little is known."""
        try:
            found = importances(
                self.subject.search, metric=self.data.source.metric, n_pairs=_N_PAIRS, random_state=0
            )
        except (ValueError, TypeError):
            return None
        if not any(share > 0 for share in found.importances.values()):
            return None
        return _renamed(found, self.subject.space) if _SUBSPACE in found.importances else found

    @cached_property
    def rivals(self):
        """The other complete trials within one standard error of the best score, the fastest first."""
        top = self.subject.top
        if top is None or not math.isfinite(error := self.error_of(top)):
            return []
        near = [t for t in self.subject.complete if t is not top and t.score >= top.score - error]
        return sorted(near, key=lambda trial: (not math.isfinite(trial.seconds), trial.seconds))

    @cached_property
    def left(self):
        """What can still be gained, and the standard error of the best score; None if that is not known."""
        space, trials = self.subject.space, self.subject.finished
        if space is None or self.subject.is_rationed or any(trial.parent is not None for trial in trials):
            return None
        n_columns = len(space.columns)
        known = [trial for trial in trials if len(trial.point or ()) == n_columns]
        n_splits = max((len(trial.measurements) for trial in self.subject.complete), default=1)
        return self._rule.gain_left(known, space, FullScheduler(n_splits), self.data.source.metric)

    @cached_property
    def progress(self):
        """Trials up to the best one, and by how much the best score rose in the last third of the trials."""
        run = self.data.convergence().runs[""]
        if not math.isfinite(run.best_score):
            return None
        before = run.best[2 * len(run.best) // 3 - 1] if len(run.best) >= 3 else math.nan
        return run.best_place, float(run.best_score - before)


def _name_of_choice(space):
    """Name what differs between the sub-spaces of a space: the step whose models are chosen, where there is one."""
    parts = [part.dimensions for part in space.subspaces] if space is not None else [{}]
    names = [name for name in parts[0] if all(isinstance(part.get(name), Categorical) for part in parts)]
    choices = {name: [{short_repr(c) for c in part[name].choices} for part in parts] for name in names}
    apart = [name for name, sets in choices.items() if len(set.union(*sets)) == sum(map(len, sets))]
    return f"choice of {apart[0]}" if len(apart) == 1 else f"which {_SUBSPACE}"


def _renamed(found, space):
    """Return importances in which the choice between sub-spaces has a name."""
    choice = _name_of_choice(space)

    def own(key):
        return tuple(map(own, key)) if isinstance(key, tuple) else choice if key == _SUBSPACE else key

    tables = ("importances", "intervals", "interactions", "interaction_intervals")
    return replace(
        found, **{table: {own(k): v for k, v in getattr(found, table).items()} for table in tables}
    )
