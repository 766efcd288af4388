"""Schedulers: which fit is done next, and so how much is spent on whom."""

from skhpo.schedulers._full import FullScheduler
from skhpo.schedulers._halving import AshaScheduler, HyperbandScheduler
from skhpo.schedulers._multi_fidelity import MultiFidelityScheduler, Row
from skhpo.schedulers._population import PopulationScheduler
from skhpo.schedulers._racing import RacingScheduler
from skhpo.schedulers._rules import RACING, Lossless, Margin, Race, RacingRule
from skhpo.schedulers._rules import mean as mean_score
from skhpo.schedulers._rungs import Bracket, Plan, Rung, halving_plan, hyperband_plan, narrow_plan, plan_cost
from skhpo.schedulers._scheduler import Decision, Resume, Scheduler, Start, Starting, Verdict, Wait

SCHEDULERS: dict[str, type[Scheduler]] = {
    "full": FullScheduler,
    "racing": RacingScheduler,
    "hyperband": HyperbandScheduler,
    "asha": AshaScheduler,
    "population": PopulationScheduler,
}

__all__ = [
    "RACING",
    "SCHEDULERS",
    "AshaScheduler",
    "Bracket",
    "Decision",
    "FullScheduler",
    "HyperbandScheduler",
    "Lossless",
    "Margin",
    "MultiFidelityScheduler",
    "Plan",
    "PopulationScheduler",
    "Race",
    "RacingRule",
    "RacingScheduler",
    "Resume",
    "Row",
    "Rung",
    "Scheduler",
    "Start",
    "Starting",
    "Verdict",
    "Wait",
    "halving_plan",
    "hyperband_plan",
    "mean_score",
    "narrow_plan",
    "plan_cost",
]
