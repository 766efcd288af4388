"""What a notebook shows of a fitted search, above scikit-learn's diagram of its estimators."""

import html
import math

_MOST_PARAMETERS = 8
_WIDTH, _HEIGHT = 180.0, 36.0
_LONGEST = 60


def summary_html(search):
    """Return the essentials of a fitted search as HTML; nothing if it has no trials.

    Parameters
    ----------
    search : BaseSearch
        Any search.

    Returns
    -------
    str
        Best score and configuration, what it took, and a line of the best score so far.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearchCV
    >>> from skhpo.search._notebook import summary_html
    >>> summary_html(GridSearchCV(SVC(), {"C": [1, 10]}))
    ''
    """
    trials = getattr(search, "trials_", ())
    if not trials:
        return ""
    parts = [_best_text(search), html.escape(_effort_text(trials))]
    style = "font-family: system-ui, sans-serif; font-size: 0.9em; line-height: 1.5; margin-bottom: 0.5em"
    lines = "".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div class="skhpo-summary" style="{style}">{lines}{_sparkline(trials)}</div>'


def _best_text(search):
    """Return the score and the configuration of the winner, as far as there is one."""
    score, params = getattr(search, "best_score_", None), getattr(search, "best_params_", None)
    if params is None:
        return ""
    shown = [
        f"{html.escape(str(name))}=<b>{html.escape(_short(value))}</b>" for name, value in params.items()
    ]
    text = ", ".join(shown[:_MOST_PARAMETERS]) + (", …" if len(shown) > _MOST_PARAMETERS else "")
    return f"Best score <b>{score:.4g}</b> with {text}" if isinstance(score, float) else f"Best: {text}"


def _short(value):
    text = " ".join((f"{value:.4g}" if isinstance(value, float) else str(value)).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _effort_text(trials):
    n_fits = sum(len(trial.measurements) for trial in trials)
    seconds = sum(trial.seconds for trial in trials if math.isfinite(trial.seconds))
    n_failed = sum(trial.status == "failed" for trial in trials)
    n_stopped = sum(trial.status == "pruned" for trial in trials)
    text = f"{_plural(len(trials), 'trial')}, {_plural(n_fits, 'fit')}, {seconds:.3g} seconds of fitting"
    text += f", {n_stopped} stopped early" if n_stopped else ""
    return text + (f", {n_failed} failed" if n_failed else "")


def _plural(n, noun):
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _sparkline(trials):
    """Draw the best score so far over the trials; nothing if it never rose."""
    best, course = -math.inf, []
    for trial in trials:
        if trial.status == "complete" and math.isfinite(trial.score):
            best = max(best, trial.score)
        course.append(best)
    known = [(i, score) for i, score in enumerate(course) if math.isfinite(score)]
    if len(known) < 2 or known[0][1] == best:
        return ""
    # A terrible first score would flatten everything that comes after it.
    low = sorted(score for _, score in known)[len(known) // 4]
    low = low if low < best else known[0][1]
    steps, before = [], None
    for i, score in known:
        if score != before or i == len(course) - 1:
            y = _HEIGHT - 3 - (_HEIGHT - 6) * max((score - low) / (best - low), 0.0)
            x = 2 + (_WIDTH - 4) * i / (len(course) - 1)
            steps.append(f"H{x:.1f}V{y:.1f}" if steps else f"M{x:.1f},{y:.1f}")
        before = score
    label = f"Best score so far, up to {best:.4g} after {_plural(len(course), 'trial')}"
    return (
        f'<svg role="img" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" aria-label="{label}"><title>{label}</title>'
        f'<path d="{"".join(steps)}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )
