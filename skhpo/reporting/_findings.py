"""The conclusions of a report in words, with their uncertainty."""

import math
from typing import NamedTuple

from skhpo.plots.data import clipped, number, plural, score_texts
from skhpo.space import equal_values

_FEWEST_TRIALS, _FEW_TRIALS = 10, 30
_SURE, _LITTLE = 0.3, 0.5
_UNITS = ((3600.0, "hours"), (60.0, "minutes"))


class Finding(NamedTuple):
    """A conclusion.

    Attributes
    ----------
    topic : str
        A few words.
    text : str
        Some sentences.
    is_warning : bool
        Whether whoever skips the rest should read it.
    """

    topic: str
    text: str
    is_warning: bool = False


def findings(worth):
    """Return what can be said, the most important first.

    Parameters
    ----------
    worth : Worth
        What was found.

    Returns
    -------
    list of Finding
        In the order in which they are read.
    """
    tellers = (
        _effort,
        _winner,
        _corrected,
        _gain,
        _rivals,
        _importance,
        _interaction,
        _more,
        _saved,
        _failures,
    )
    return [found for tell in tellers if (found := tell(worth)) is not None]


def _effort(worth):
    subject = worth.subject
    n = len(subject.trials)
    if not n:
        return Finding("Tried", "No trial has been started yet.")
    text = (
        f"{plural(n, 'configuration')} of {_hyperparameters(subject)}, with {plural(subject.n_fits, 'fit')}"
    )
    if math.isfinite(subject.seconds):
        text += f" that took {duration(subject.seconds)} all together"
    return Finding("Tried", f"{text}: {_listed(_counts(subject.trials))}.")


def _hyperparameters(subject):
    names = (
        subject.space.names
        if subject.space is not None
        else {k for t in subject.trials for k in t.configuration}
    )
    return plural(len(names), "hyperparameter")


def _counts(trials):
    words = {
        "complete": "complete",
        "pruned": "stopped early",
        "failed": "failed",
        "running": "under way",
        "paused": "waiting to be given more",
    }
    counts = {word: sum(trial.status == status for trial in trials) for status, word in words.items()}
    return [f"{count} {word}" for word, count in counts.items() if count]


def _winner(worth):
    best, top = worth.subject.best, worth.subject.top
    if best is None:
        return Finding("Winner", "No trial has a score yet.", bool(worth.subject.finished))
    name = worth.data.source.score_name
    kind = f"cross-validated {name}" if len(worth.scores_of(best)) > 1 else name
    text = f"Trial {best.number}, with a {kind} of {_with_error(best.score, worth.error_of(best))}{_others(worth)}."
    if not worth.subject.is_best_score:
        score = _with_error(top.score, worth.error_of(top))
        text += f" {_why(worth.subject)}; the best score of all was {score}, of trial {top.number}."
    if worth.subject.is_stored and worth.data.source.metric is None:
        text += " A file does not tell 'refit': had it been a rule, it may have chosen another trial."
    return Finding("Winner", text)


def _others(worth):
    """Write the winner's scores by other metrics."""
    texts = []
    for metric in worth.subject.metrics[1:]:
        scores = worth.scores_of(worth.subject.best, metric)
        error = worth.error_of(worth.subject.best, metric)
        texts.append(f"{metric} {_with_error(sum(scores) / len(scores), error)}")
    return f" ({_listed(texts)})" if texts else ""


def _why(subject):
    """Say why the winner is not the trial with the best score."""
    if _has_rule(subject):
        return "It was chosen by 'refit'"
    if subject.is_population:
        return "It is the best of the last generation, as models are trained on"
    return "It was chosen by the search"


def _has_rule(subject):
    """Tell whether `refit` is a rule, which may choose another trial than the one with the best score."""
    return callable(getattr(subject.search, "refit", None))


def _with_error(score, error):
    """Write a score with as many digits as its error allows to tell apart."""
    if not math.isfinite(error) or error <= 0:
        return score_texts(score)[0]
    digits = max(2 - math.ceil(math.log10(error)), 0)
    if digits > 6 or abs(score) >= 1e6:
        return f"{number(score, 4)} ± {number(error, 2)}"
    return f"{score:.{digits}f} ± {error:.{digits}f}"


def _corrected(worth):
    if worth.not_corrected is not None:
        return Finding("Honest score", f"Not known: {worth.not_corrected}")
    if worth.corrected is None:
        if not worth.n_predicted:
            return None
        text = "The best of many scores is too good. Predictions were kept: with the target as 'y' it can be corrected."
        return Finding("Honest score", text)
    found = worth.corrected
    low, high = found.interval
    text = (
        f"{number(found.score)} is what to expect on new data of the same kind, with a 90 % interval from "
        f"{number(low)} to {number(high)}. The best score of the out-of-fold predictions, {number(found.uncorrected)}, "
        f"was chosen out of {found.n_trials}, which makes it too good by about {number(max(found.optimism, 0.0), 2)}."
    )
    return Finding("Honest score", f"{text}{_limits(worth)}")


def _limits(worth):
    """Say what the honest score is not about."""
    subject, text = worth.subject, ""
    is_other = _has_rule(subject) or subject.is_population
    if not getattr(worth.corrected, "is_of_winner", not is_other):
        how = "by the rule of 'refit'" if _has_rule(subject) else "in another way"
        how = "in the last generation" if subject.is_population and not _has_rule(subject) else how
        text += f" It is about choosing the best score of all, not about the winner, which was chosen {how}."
    if worth.has_groups_or_time:
        text += (
            " The interval is too short: it takes samples as independent of each other, which those of groups or of a "
            "time series are not."
        )
    n_unknown = len(subject.complete) - worth.corrected.n_trials
    if n_unknown > 0 and not subject.is_population:  # of which the last generation counts
        others = f"the {plural(n_unknown, 'complete trial')} of which there are no predictions"
        text += f" It knows nothing of {others}: they are not stored."
    return text


def _gain(worth):
    gain = worth.gain
    if gain is None:
        return None
    default = worth.subject.default
    if default is not None and equal_values(default.configuration, worth.subject.best.configuration):
        return Finding(
            "Gain over the defaults", "None: the estimator's own parameters are the best so far.", True
        )
    low, high = gain.interval
    numbers = (
        f"{_signed(gain.gain)}, with a 90 % interval from {_signed(low)} to {_signed(high)} (from "
        f"{' to '.join(score_texts(gain.baseline_score, gain.best_score))}{_amount(worth, gain)}; {_test(gain)}, "
        f"p = {number(gain.p_value, 2)})."
    )
    if gain.is_within_noise:
        return Finding("Gain over the defaults", f"Within noise: {numbers}", True)
    return Finding("Gain over the defaults", numbers[0].upper() + numbers[1:])


def _amount(worth, gain):
    resource = getattr(gain, "resource", None)
    return "" if resource is None else f", each with {resource} of {worth.data.source.resource_name}"


def _test(gain):
    if getattr(gain, "is_paired", True):
        return f"corrected resampled t-test, a paired test on {gain.n_splits} splits"
    return f"Welch's test, corrected for overlapping training sets, on {gain.n_splits} splits each"


def _signed(value):
    return f"{'−' if value < 0 else '+'}{number(abs(value), 2)}"


def _rivals(worth):
    rivals, top = worth.rivals, worth.subject.top
    if not rivals:
        return None
    n = len(worth.subject.complete)
    text = (
        f"{len(rivals)} of the other {n - 1} complete trials score within one standard error of the best: these splits "
        f"cannot tell them apart. A simpler or faster one of them is as good a choice"
    )
    fastest = rivals[0]
    if top.seconds > 1.5 * fastest.seconds > 0:
        share, score = top.seconds / fastest.seconds, score_texts(fastest.score)[0]
        text += f", such as trial {fastest.number} ({score}), which was {share:.1f} times as fast"
    topic = "As good as the winner" if worth.subject.is_best_score else "As good as the best score"
    return Finding(topic, f"{text}.", len(rivals) > 0.5 * n)


def _importance(worth):
    found = worth.importances
    if found is None:
        return None
    shares = [(name, share, *found.intervals[name]) for name, share in found.importances.items()]
    clear = [one for one in shares if one[2] > 0.02][:5] or shares[:1]
    listed = _listed(
        [
            f"{clipped(name, 40)} {_percent(s)} ({_percent(low)} to {_percent(high)})"
            for name, s, low, high in clear
        ]
    )
    text = f"Shares of the variance of the score over the search space, each by itself: {listed}."
    others = len(shares) - len(clear)
    if others:
        text += f" Of the other {'one' if others == 1 else others} nothing is certain."
    return Finding("What mattered", f"{text} {_trust(found)}", found.r2 < _SURE)


def _trust(found):
    if found.r2 < _SURE:
        return (
            f"Do not build on it: the model of the scores predicts trials badly that it has not seen (R² "
            f"{found.r2:.2f}, from {plural(found.n_trials, 'trial')})."
        )
    return f"(90 % intervals; the model predicts {_percent(found.r2)} of the variance of trials that it has not seen.)"


def _percent(share):
    return f"{100 * max(share, 0.0):.0f} %"


def _interaction(worth):
    found = worth.importances
    if found is None or not found.interactions or found.r2 < _SURE:
        return None
    pair, share = next(iter(found.interactions.items()))
    low, high = found.interaction_intervals[pair]
    names = " and ".join(clipped(name, 40) for name in pair)
    if low < 0.01:
        return Finding("Interactions", "No pair of hyperparameters certainly depends on each other.")
    interval = f"{_percent(low)} to {_percent(high)}"
    return Finding(
        "Interactions", f"{names} together explain another {_percent(share)} ({interval}): look at both."
    )


def _more(worth):
    if worth.progress is None:
        return None
    place, rise = worth.progress
    n = len(worth.subject.finished)
    text = f"The best score came with trial {place} of {n}"
    if math.isfinite(rise):
        text += (
            f"; over the last third of the trials it rose by {number(rise, 2)}"
            if rise > 0
            else (", and did not rise over the last third of the trials")
        )
    return Finding("Would more search pay?", f"{text}. {_bound(worth, n, rise)}")


def _bound(worth, n, rise):
    left, error = worth.left, worth.error_of(worth.subject.top)
    if left is None or not math.isfinite(left.bound):
        if n >= _FEWEST_TRIALS and math.isfinite(error) and math.isfinite(rise):
            return (
                "More may be found."
                if rise > _LITTLE * error
                else "That is little beside the noise of the scores."
            )
        return "Too little is known to say more."
    bound = f"At most {number(max(left.bound, 0.0), 2)} can still be gained in this space with a probability of 90 %"
    if not math.isfinite(left.standard_error) or left.standard_error <= 0:
        return f"{bound}."
    bound += f", while the standard error of the best score is {number(left.standard_error, 2)}"
    if left.bound < _LITTLE * left.standard_error:
        doubt = "" if n >= _FEW_TRIALS else f" (an early estimate, from {n} trials)"
        return f"{bound}: more search would hardly pay{doubt}; better data or another space might."
    return f"{bound}: more search may pay."


def _saved(worth):
    subject = worth.subject
    stopped = [trial for trial in subject.finished if trial.status == "pruned"]
    if not stopped or not subject.complete:
        return None
    in_full = [trial.seconds for trial in subject.complete if math.isfinite(trial.seconds)]
    spent = [trial.seconds for trial in stopped if math.isfinite(trial.seconds)]
    text = f"{len(stopped)} of {plural(len(subject.finished), 'trial')} were stopped early"
    if not subject.is_rationed:
        text += f", and {plural(worth.data.race().n_skipped, 'fit')} skipped"
    if in_full and spent:
        mean = sum(in_full) / len(in_full)
        text += (
            f". The complete ones took {duration(mean)} on average, the others {duration(sum(spent) / len(spent))}: "
            f"that saved about {duration(max(mean * len(spent) - sum(spent), 0.0))} of fits"
        )
    return Finding("Stopped early", f"{text}.")


def _failures(worth):
    failed = [trial for trial in worth.subject.trials if trial.error is not None or trial.status == "failed"]
    if not failed:
        return None
    first = failed[0].error
    text = f"{plural(len(failed), 'trial')} had fits that failed"
    text += f", the first one with {first.type}: {clipped(first.message, 120)}" if first is not None else ""
    return Finding("Failures", f"{text}.", len(failed) > 0.1 * len(worth.subject.trials))


def duration(seconds):
    """Write a time for people.

    Examples
    --------
    >>> from skhpo.reporting._findings import duration
    >>> duration(0.25), duration(90.0), duration(600.0), duration(14400.0)
    ('0.25 seconds', '90 seconds', '10 minutes', '4 hours')
    """
    for unit, name in _UNITS:
        if seconds >= 3 * unit:
            return f"{number(seconds / unit, 2)} {name}"
    return f"{number(seconds, 2)} seconds"


def _listed(texts):
    """Join texts as in a sentence."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
