"""What was found, in numbers: gain, noise, importances, and what is left to be gained."""

import math
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skhpo.inspection import corrected_score, gain_over_defaults, importances
from skhpo.plots.data import PictureData
from skhpo.reporting._subject import Subject
from skhpo.schedulers import FullScheduler
from skhpo.stopping import RegretBound, fold_scores

_N_PAIRS = 3


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

    def error_of(self, trial):
        """Return the standard error of the score of a complete trial, NaN for less than two splits."""
        return self._rule.standard_error(fold_scores(trial, self.data.source.metric))

    @property
    def _rule(self):
        splits = self.subject.splits
        if len(splits) < 2:
            return RegretBound()
        return RegretBound(test_ratio=float(np.mean([test / max(train, 1) for train, test in splits])))

    @cached_property
    def gain(self):
        """The gain over the defaults, None if these were not tried, or on one split only."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # the report says it in words
            try:
                return gain_over_defaults(self.subject.search, metric=self.data.source.metric)
            except (ValueError, AttributeError):  # such as a search of several metrics without a winner
                return None

    @cached_property
    def corrected(self):
        """The score without the luck of the choice, None if the target is not given."""
        if self.y is None:
            return None
        return corrected_score(self.subject.search, self.y, random_state=0)

    @property
    def has_predictions(self):
        """Whether out-of-fold predictions were kept."""
        return getattr(self.subject.search, "oof_predictions_", None) is not None

    @cached_property
    def importances(self):
        """What mattered, None if too little is known."""
        try:
            found = importances(
                self.subject.search, metric=self.data.source.metric, n_pairs=_N_PAIRS, random_state=0
            )
        except (ValueError, TypeError):
            return None
        return found if any(share > 0 for share in found.importances.values()) else None

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
