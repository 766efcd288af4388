"""Schedulers: which fit is done next, and so how much is spent on whom."""

from skhpo.schedulers._full import FullScheduler
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start

SCHEDULERS: dict[str, type[Scheduler]] = {"full": FullScheduler}

__all__ = ["SCHEDULERS", "Decision", "FullScheduler", "Resume", "Scheduler", "Start"]
