"""The trials of a finished search."""

from collections import Counter

from skhpo.trial import Trial


class Trials(tuple[Trial, ...]):
    """The trials of a finished search; a tuple with a short text, as notebooks show fitted attributes.

    Examples
    --------
    >>> from skhpo.search._trials import Trials
    >>> from skhpo.trial import Trial
    >>> Trials([Trial(0, {"C": 1.0}, status="complete", score=0.9)])
    Trials(1 complete)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        counts = Counter(trial.status for trial in self)
        return f"Trials({', '.join(f'{n} {status}' for status, n in counts.items())})"
