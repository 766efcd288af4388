"""Colours for everybody on light and on dark paper, limits that outliers do not spoil, and numbers as text."""

import math

import numpy as np

# The colours of Okabe and Ito, the darker ones first for light paper and the lighter ones for dark paper.
_ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_ON_DARK = ("#56B4E9", "#E69F00", "#2BC499", "#E59AC4", "#F0E442", "#FF8A3D")
# A score is out of the picture if it is so many times as far from the best as the median, or as the next better one.
_REACH, _JUMP = 8.0, 10.0
_UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def colors(ax):
    """Return the colours for lines and points on an axes, the first one first."""
    return _ON_DARK if is_dark(ax) else _ON_LIGHT


def ink(ax):
    """Return the colour of the text of an axes, which stands out from its background."""
    return ax.xaxis.label.get_color()


def is_dark(ax):
    """Tell whether an axes has bright text, as it has on dark paper."""
    from matplotlib.colors import to_rgb

    return float(np.dot(to_rgb(ink(ax)), (0.299, 0.587, 0.114))) > 0.5


def paper(ax):
    """Return a colour that is close to the background, also where the background is transparent."""
    return "black" if is_dark(ax) else "white"


def score_map(ax):
    """Return the colour map in which the best scores differ most from the background."""
    return "viridis" if is_dark(ax) else "viridis_r"


def score_limits(scores, reach=_REACH):
    """Return limits for showing scores, within which the better ones can be told apart.

    Parameters
    ----------
    scores : array-like of float
        Any scores; NaN is left out.
    reach : float, default=8
        How many times as far as the median from the best score a limit may be.

    Returns
    -------
    low, high : float
        Always finite, and `low` is less than `high`.

    Examples
    --------
    >>> from skhpo.plots._style import score_limits
    >>> score_limits([0.8, 0.9, 1.0])
    (0.8, 1.0)
    >>> score_limits([-50.0, 0.8, 0.9, 1.0])
    (0.8, 1.0)
    """
    known = np.asarray(scores, dtype=float)
    known = known[np.isfinite(known)]
    if len(known) == 0:
        return 0.0, 1.0
    high = float(known.max())
    gaps = np.sort(high - known)
    worse = gaps[gaps > 0]
    usual = float(np.median(gaps)) or float(worse.min(initial=np.inf))
    worse = worse[worse > usual]
    steps = worse / np.concatenate([[usual], worse[:-1]]) if len(worse) else worse
    jumps = np.flatnonzero(steps > _JUMP)
    reached = worse[: jumps[0]] if len(jumps) else worse
    low = high - min(float(reached.max(initial=gaps[gaps <= usual].max(initial=0.0))), reach * usual)
    if high - low <= 1e-12 * max(abs(high), abs(low)):
        margin = 0.05 * abs(high) or 1.0
        return high - margin, high + margin
    return low, high


def padded(limits, share=0.06):
    """Return limits with a margin on both sides."""
    low, high = limits
    margin = share * (high - low)
    return low - margin, high + margin


def number(value, digits=3):
    """Write a number for people, with so many significant digits.

    Examples
    --------
    >>> from skhpo.plots._style import number
    >>> number(0.000123456), number(1234567.0), number(0.00001), number(1000.0), number(64)
    ('0.000123', '1.23e6', '1e-5', '1000', '64')
    """
    if isinstance(value, int | np.integer) and abs(value) < 10**6:
        return str(value)
    if value and 1e-4 <= abs(value) < 1e5:
        return np.format_float_positional(value, digits, fractional=False, trim="-")
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def score_texts(*scores):
    """Write scores with as many digits as it takes to tell them apart, three at least and six at most.

    Examples
    --------
    >>> from skhpo.plots._style import score_texts
    >>> score_texts(0.96312, 0.96298)
    ['0.9631', '0.9630']
    """
    distinct = len(set(scores))
    for digits in (3, 4, 5):
        texts = [f"{score:#.{digits}g}" for score in scores]
        if len(set(texts)) == distinct:
            return texts
    return [f"{score:#.6g}" for score in scores]


def clipped(text, limit=22):
    """Shorten a text in its middle.

    Examples
    --------
    >>> from skhpo.plots._style import clipped
    >>> clipped("columntransformer__onehotencoder__min_frequency", 20)
    'columntra…_frequency'
    """
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[: limit - half - 1]}…{text[-half:]}"


def plural(n, noun):
    """Count something.

    Examples
    --------
    >>> from skhpo.plots._style import plural
    >>> plural(1, "trial"), plural(2, "trial")
    ('1 trial', '2 trials')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def some(places, n):
    """Return at most about `n` places, evenly spread.

    Examples
    --------
    >>> from skhpo.plots._style import some
    >>> some(range(30), 4)
    [0, 8, 16, 24]
    """
    return list(places)[:: max(math.ceil(len(places) / n), 1)]


def time_unit(longest):
    """Return the seconds of a unit in which the longest time is a convenient number, and its name.

    Examples
    --------
    >>> from skhpo.plots._style import time_unit
    >>> time_unit(200.0), time_unit(100.0), time_unit(1e6)
    ((60.0, 'minutes'), (1.0, 'seconds'), (86400.0, 'days'))
    """
    return next((unit for unit in _UNITS if longest >= 3 * unit[0]), _UNITS[-1])
