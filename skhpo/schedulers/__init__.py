"""Schedulers: which fit is done next, and so how much is spent on whom."""

from skhpo.schedulers._full import FullScheduler
from skhpo.schedulers._racing import RacingScheduler
from skhpo.schedulers._rules import RACING, Lossless, Race, RacingRule
from skhpo.schedulers._rules import mean as mean_score
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait

SCHEDULERS: dict[str, type[Scheduler]] = {"full": FullScheduler, "racing": RacingScheduler}

__all__ = [
    "RACING",
    "SCHEDULERS",
    "Decision",
    "FullScheduler",
    "Lossless",
    "Race",
    "RacingRule",
    "RacingScheduler",
    "Resume",
    "Scheduler",
    "Start",
    "Starting",
    "Verdict",
    "Wait",
    "mean_score",
]
