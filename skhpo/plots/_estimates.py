"""What the scores of trials that were stopped early would have been: as the samplers of such searches see them."""

import numpy as np

from skhpo.schedulers import AshaScheduler, Margin, RacingScheduler


def estimated_scores(trials, n_columns, metric=None):
    """Return comparable scores of trials, however much of each was measured.

    Parameters
    ----------
    trials : list of Trial
        Finished ones.
    n_columns : int
        How many hyperparameters there are.
    metric : str, default=None
        What is optimised; None for the first score.

    Returns
    -------
    scores : ndarray of shape (n_trials,)
        NaN where nothing can be said.
    noisiness : ndarray of shape (n_trials,)
        How many times noisier each of them is than that of a trial which was measured on all folds.

    Examples
    --------
    >>> from skhpo.plots._estimates import estimated_scores
    >>> from skhpo.trial import Measurement, Trial
    >>> fits = [Measurement(0, {"score": 0.7}), Measurement(1, {"score": 0.9})]
    >>> trials = [Trial(0, {}, status="complete", measurements=tuple(fits), score=0.8)]
    >>> trials.append(Trial(1, {}, status="pruned", measurements=(Measurement(0, {"score": 0.6}),)))
    >>> estimated_scores(trials, 1)[0].round(3).tolist()
    [0.8, 0.7]
    """
    n_splits = max((m.split for trial in trials for m in trial.measurements), default=0) + 1
    viewed = trials
    is_population = any(trial.parent is not None for trial in trials)
    if not is_population and any(m.resource is not None for trial in trials for m in trial.measurements):
        viewed = AshaScheduler(n_splits, metric=metric).view(trials, n_columns)
    elif _can_race(trials, n_splits):
        viewed = RacingScheduler(n_splits, Margin(), metric).view(trials, n_columns)
    scores = np.array([trial.score for trial in viewed], dtype=float)
    scores[~np.isfinite(scores)] = np.nan
    return scores, np.array([trial.noisiness for trial in viewed], dtype=float)


def _can_race(trials, n_splits):
    """Tell whether the folds of stopped trials can be compared with those of complete ones."""
    stopped = [trial for trial in trials if trial.status == "pruned"]
    is_full = any(trial.status == "complete" and len(trial.measurements) == n_splits for trial in trials)
    return bool(stopped) and is_full and all(trial.measurements for trial in stopped)
