"""The tables of a report: all trials, the winner, failures, settings."""

import math
from collections import defaultdict

from skhpo.plots.data import number
from skhpo.reporting._html import element, join
from skhpo.space import short_repr

_LONGEST = 120
_MANY = 12
_STATUSES = {
    "complete": "complete",
    "pruned": "stopped early",
    "failed": "failed",
    "running": "under way",
    "paused": "paused",
}


def value_text(value):
    """Write the value of a hyperparameter.

    Examples
    --------
    >>> from skhpo.reporting._table import value_text
    >>> [value_text(value) for value in ("rbf", 0.000123456, None, 64, len)]
    ['rbf', '0.0001235', 'None', '64', 'len']
    """
    if isinstance(value, float) and math.isfinite(value):
        return number(value, 4)
    named = getattr(value, "__name__", None)  # functions and classes
    text = named if isinstance(named, str) else getattr(value, "text", value)  # a StoredObject
    return " ".join(text.split())[:_LONGEST] if isinstance(text, str) else short_repr(text, _LONGEST)


def trials_table(subject):
    """Return the table of all trials, with what sorts and filters it.

    Parameters
    ----------
    subject : Subject
        The search.

    Returns
    -------
    Html
        The controls and the table.
    """
    trials = subject.trials
    names = list(dict.fromkeys(name for trial in trials for name in trial.configuration))
    scores = subject.metrics or ["Score"]
    fixed = ["Trial", "Status", *scores, "Seconds", "Origin", *(["Resource"] if subject.is_rationed else [])]
    heads = [
        element(
            "th",
            element("button", name, type="button"),
            scope="col",
            aria_sort="none" if i else "ascending",
            data_score=2 <= i < 2 + len(scores),
        )
        for i, name in enumerate([*fixed, *names])
    ]
    rows = [_row(trial, names, subject) for trial in trials]
    caption = "All trials. The buttons in the first row sort the table."
    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *rows),
        id="trials",
    )
    region = {"class_": "scroll", "role": "region", "aria_label": "Table of trials", "tabindex": 0}
    return join(_controls(trials), element("div", table, **region))


def _controls(trials):
    found = list(dict.fromkeys(_STATUSES[trial.status] for trial in trials))
    options = [
        element("option", "all", value=""),
        *(element("option", status, value=status) for status in found),
    ]
    return element(
        "form",
        element(
            "label", "Filter ", element("input", type="search", id="filter", placeholder="rbf, or C 0.1")
        ),
        element("label", "Status ", element("select", *options, id="status")),
        element(
            "p",
            f"{len(trials)} of {len(trials)} trials shown.",
            id="count",
            role="status",
            aria_live="polite",
        ),
        id="controls",
        role="search",
        aria_label="Trials",
    )


def _row(trial, names, subject):
    status = _STATUSES[trial.status]
    is_best = trial is subject.best
    score = number(trial.score, 5) if trial.status == "complete" and math.isfinite(trial.score) else ""
    seconds = number(trial.seconds, 3) if math.isfinite(trial.seconds) else ""
    others = [_mean_text(trial, name) for name in subject.metrics[1:]]
    cells = [f"{status}, best" if is_best else status, score, *others, seconds, trial.origin]
    if subject.is_rationed:
        cells.append("" if trial.resource is None else trial.resource)
    cells += [value_text(trial.configuration[name]) if name in trial.configuration else "" for name in names]
    return element(
        "tr",
        element("th", trial.number, scope="row"),
        *(element("td", cell) for cell in cells),
        class_="best" if is_best else None,
        data_status=status,
    )


def _mean_text(trial, metric):
    """Write the mean score of a complete trial."""
    scores = [m.scores.get(metric, math.nan) for m in trial.measured_at(trial.resource)]
    mean = sum(scores) / max(len(scores), 1)
    return number(mean, 5) if trial.status == "complete" and math.isfinite(mean) else ""


def winner_table(subject):
    """Return the configuration of the winner beside the estimator's own one, None if there is no winner."""
    best, default = subject.best, subject.default
    if best is None:
        return None
    columns = [best] if default is None or default is best else [best, default]
    titles = [f"Trial {best.number}, the winner", "Defaults"][: len(columns)]
    names = list(dict.fromkeys(name for trial in columns for name in trial.configuration))
    heads = [
        element("th", "Hyperparameter", scope="col"),
        *(element("th", one, scope="col") for one in titles),
    ]
    rows = [
        element(
            "tr", element("th", name, scope="row"), *(element("td", _value(trial, name)) for trial in columns)
        )
        for name in names
    ]
    caption = element("caption", "The configuration of the winner.")
    table = element(
        "table", caption, element("thead", element("tr", *heads)), element("tbody", *rows), class_="plain"
    )
    return element(
        "details",
        element("summary", f"Configuration of trial {best.number}"),
        table,
        open=len(names) <= _MANY,
    )


def _value(trial, name):
    return value_text(trial.configuration[name]) if name in trial.configuration else "not active"


def failures_section(subject):
    """Return what failed, alike ones together, each with the first traceback; None if nothing did."""
    groups = defaultdict(list)
    for trial in subject.trials:
        for error in dict.fromkeys(m.error for m in trial.measurements if m.error is not None):
            groups[error.type, error.message].append((trial.number, error))
    if not groups:
        return None
    return join(
        *(_failure(key, found) for key, found in sorted(groups.items(), key=lambda item: -len(item[1])))
    )


def _failure(key, found):
    kind, message = key
    numbers = list(dict.fromkeys(number for number, _ in found))
    listed = ", ".join(map(str, numbers[:12])) + (", …" if len(numbers) > 12 else "")
    title = f"{kind}: {short_repr(message, 200)[1:-1]}"
    which = f"{'trial' if len(numbers) == 1 else f'{len(numbers)} trials'} {listed}"
    traceback = found[0][1].traceback or "There is no traceback."
    return element(
        "details",
        element("summary", element("strong", title), f" — {which}"),
        element("pre", traceback, tabindex=0),
    )


def settings_table(subject):
    """Return how the search was set up, None if that is not known."""
    settings = {**({"estimator": subject.estimator} if subject.estimator else {}), **subject.settings}
    if not settings:
        return None
    rows = [
        element("tr", element("th", name, scope="row"), element("td", text))
        for name, text in settings.items()
    ]
    text = "Settings that are not the default, and versions."
    if subject.is_stored:
        text += " The file does not hold what may be another when it goes on, such as n_iter, refit and keep."
    return element("table", element("caption", text), element("tbody", *rows), class_="plain")
