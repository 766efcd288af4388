"""The scale of one hyperparameter: where its values lie, whether logarithmically, and what its ticks say."""

import math
import numbers
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from skhpo.plots._style import clipped, number
from skhpo.space import equal_values

_MOST_TICKS = 12
_LABEL = 16


@dataclass(frozen=True)
class Scale:
    """Positions of the values of a hyperparameter.

    Attributes
    ----------
    name : str
        The hyperparameter.
    low, high : float
        The ends of the range; for levels 0 and the last one.
    is_log, is_integer : bool
        What kind of numbers these are.
    levels : list or None
        The values in order, where they are not a range of numbers.
    is_ordered : bool
        Whether neighbouring levels are expected to behave alike.
    labels : list of str
        Short texts of the levels.

    Examples
    --------
    >>> from skhpo import Real
    >>> from skhpo.plots._scale import make_scale
    >>> scale = make_scale("C", [0.1, 1.0], [Real(0.01, 100, "log-uniform")])
    >>> scale.is_log, round(scale.unit(1.0), 3), scale.text(0.01234)
    (True, 0.5, '0.0123')
    """

    name: str
    low: float
    high: float
    is_log: bool = False
    is_integer: bool = False
    levels: list | None = None
    is_ordered: bool = True
    labels: list = field(default_factory=list)

    @property
    def is_numeric(self):
        """Whether the values are numbers on a range."""
        return self.levels is None

    @property
    def n_levels(self):
        """How many values there are; None for a range of floats."""
        if self.levels is not None:
            return len(self.levels)
        return int(self.high - self.low) + 1 if self.is_integer else None

    def place(self, value):
        """Return where a value lies on an axis of a picture: the number itself, or that of its level."""
        if self.levels is None:
            return float(value)
        return next((float(i) for i, level in enumerate(self.levels) if equal_values(level, value)), math.nan)

    def unit(self, value):
        """Return where a value lies between 0 and 1."""
        return float(self.to_unit(self.place(value)))

    def to_unit(self, places):
        """Move places on an axis to the unit interval."""
        places = np.asarray(places, dtype=float)
        if self.levels is not None:
            return (places + 0.5) / len(self.levels)
        low, high = self.low, self.high
        if self.is_log:
            places, low, high = np.log(places), math.log(low), math.log(high)
        return np.clip((places - low) / (high - low), 0.0, 1.0) if high > low else np.full_like(places, 0.5)

    def to_place(self, units):
        """Move positions on the unit interval to places on an axis."""
        units = np.asarray(units, dtype=float)
        if self.levels is not None:
            return units * len(self.levels) - 0.5
        if not self.is_log:
            return self.low + units * (self.high - self.low)
        low, high = math.log(self.low), math.log(self.high)
        return np.clip(np.exp(low + units * (high - low)), self.low, self.high)

    def grid(self, n):
        """Return at most `n` places that cover the scale; every level, and the integers of a short range."""
        if self.levels is not None:
            return np.arange(len(self.levels), dtype=float)
        if self.is_integer and self.n_levels <= n:
            return np.arange(self.low, self.high + 1, dtype=float)
        return self.to_place(np.linspace(0.0, 1.0, n))

    def text(self, place, digits=3):
        """Write the value at a place."""
        if self.levels is not None:
            return self.labels[round(place)]
        return number(round(place)) if self.is_integer else number(place, digits)

    def ticks(self, n=5):
        """Return some places and their texts, round numbers where that is possible."""
        if self.levels is not None:
            step = math.ceil(len(self.levels) / max(n, _MOST_TICKS))
            places = range(0, len(self.levels), step)
            return [float(i) for i in places], [self.labels[i] for i in places]
        places = self._log_ticks(n) if self.is_log else self._even_ticks(n)
        return list(places), [self.text(place) for place in places]

    def apply(self, axis, n=5, room=40):
        """Give an axis of matplotlib this scale, with about `n` ticks; long texts below it are turned.

        `room` is how many letters fit below a horizontal axis.
        """
        if self.levels is not None:
            limits = -0.6, len(self.levels) - 0.4
        elif self.is_log:
            margin = (self.high / self.low) ** 0.03
            limits = self.low / margin, self.high * margin
        else:
            margin = 0.03 * (self.high - self.low) or 0.5
            limits = self.low - margin, self.high + margin
        letter = axis.axis_name
        axis.axes.set(**{f"{letter}scale": "log" if self.is_log else "linear", f"{letter}lim": limits})
        places, texts = self.ticks(n)
        axis.set_ticks(places, texts)
        axis.set_ticks([], minor=True)
        if letter == "x" and len(texts) * max(map(len, texts)) > room:
            for label in axis.get_ticklabels():
                label.set(rotation=35, ha="right", rotation_mode="anchor")

    def _even_ticks(self, n):
        """Return round numbers, `n` steps apart at most."""
        if self.high <= self.low:
            return [self.low]
        rough = (self.high - self.low) / n
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(
            digit * unit for digit in (1.0, 2.0, 2.5, 5.0, 10.0) if digit * unit >= rough * (1 - 1e-9)
        )
        if self.is_integer:
            step = max(math.ceil(step), 1)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [i * step for i in range(first, last + 1)]

    def _log_ticks(self, n):
        """Return powers of ten, or of two for short ranges of integers; 1, 2, 5, 10... where these are too few."""
        base = 2.0 if self.is_integer and self.high / self.low < 1000 else 10.0
        first = math.ceil(math.log(self.low, base) - 1e-9)
        last = math.floor(math.log(self.high, base) + 1e-9)
        places = [base**power for power in range(first, last + 1)]
        if len(places) < 3:
            steps = [digit * 10.0**power for power in range(first - 1, last + 2) for digit in (1, 2, 5)]
            places = [
                place for place in steps if self.low <= place * (1 + 1e-9) and place <= self.high * (1 + 1e-9)
            ]
        if len(places) < 3:
            return self._even_ticks(n)
        return places[:: math.ceil(len(places) / n)]


def make_scale(name, values, dimensions=()):
    """Return the scale of a hyperparameter.

    Parameters
    ----------
    name : str
        The hyperparameter.
    values : list
        Those of all trials in which it is active.
    dimensions : sequence of Dimension, default=()
        Its domains, as far as they are known.

    Returns
    -------
    Scale
        A range of numbers, if all values are numbers, or levels.
    """
    listed = [dimension for dimension in dimensions if hasattr(dimension, "choices")]
    ranges = [dimension for dimension in dimensions if not hasattr(dimension, "choices")]
    choices = [choice for dimension in listed for choice in dimension.choices]
    is_ordinal = bool(listed) and all(dimension.columns[0].kind == "ordered" for dimension in listed)
    if all(map(_is_number, [*values, *choices])) and not is_ordinal and (values or choices or ranges):
        return _numeric(name, values, choices, ranges)
    levels = []
    for value in [*choices, *_in_order(values)]:
        if not any(equal_values(value, level) for level in levels):
            levels.append(value)
    levels = levels or [None]
    return Scale(
        name, 0.0, len(levels) - 1.0, levels=levels, is_ordered=is_ordinal, labels=level_labels(levels)
    )


def _numeric(name, values, choices, ranges):
    ends = [end for dimension in ranges for end in dimension.decode(np.array([[0.0], [1.0]]))]
    known = [*values, *choices, *ends]
    low, high = float(min(known)), float(max(known))
    is_integer = all(isinstance(value, numbers.Integral) for value in known)
    if ranges:
        is_log = all(
            _is_logarithmic(*dimension.decode(np.array([[0.0], [0.5], [1.0]]))) for dimension in ranges
        )
    else:
        is_log = _is_logarithmic(low, float(np.median(sorted(set(known)))), high)
    return Scale(name, low, high, is_log and low > 0 and high > low, is_integer)


def _is_logarithmic(low, middle, high):
    """Tell whether a value in the middle is closer to it after taking logarithms."""
    if low <= 0 or high < 10 * low:
        # The logarithm of so short a range shows the same.
        return 0 < low < high and math.isclose(middle, math.sqrt(low) * math.sqrt(high), rel_tol=1e-6)
    even = abs((middle - low) / (high - low) - 0.5)
    return abs((math.log(middle / low)) / math.log(high / low) - 0.5) < even


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_) and math.isfinite(value)


def _in_order(values):
    """Sort values that are not of a known list: numbers by size, then the others by their text."""
    numeric = sorted((value for value in values if _is_number(value)), key=float)
    return numeric + sorted((value for value in values if not _is_number(value)), key=repr)


def level_labels(levels):
    """Return a short text for each level; two that differ have different ones.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from skhpo.plots._scale import level_labels
    >>> level_labels(["rbf", None, 0.25, SVC(), SVC(C=2.0)])
    ['rbf', 'None', '0.25', 'SVC()', 'SVC(C=2.0)']
    """
    texts = [clipped(_level_text(level), _LABEL) for level in levels]
    counts = Counter(texts)
    return [f"{text} #{i + 1}" if counts[text] > 1 else text for i, text in enumerate(texts)]


def _level_text(level):
    if isinstance(level, str):
        return level
    if isinstance(level, float):
        return number(level)
    named = getattr(level, "__name__", None)  # functions and classes
    text = named if isinstance(named, str) else getattr(level, "text", None)  # a StoredObject
    return " ".join((text if isinstance(text, str) else repr(level)).split())
