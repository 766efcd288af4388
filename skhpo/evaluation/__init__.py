"""Fits models: the data side of a search, one fit, the workers, and the loop that joins them to a study."""

from skhpo.evaluation._change import fixed_parameters
from skhpo.evaluation._continue import can_go_on, train_in_full
from skhpo.evaluation._early_stopping import EarlyStopping, set_iterations
from skhpo.evaluation._executor import Executor
from skhpo.evaluation._fit_and_score import Announcer, Outcome, fit_and_score
from skhpo.evaluation._interrupts import Interrupts
from skhpo.evaluation._keep import Keeper
from skhpo.evaluation._limits import Limits
from skhpo.evaluation._predict import Predictions, all_classes
from skhpo.evaluation._resource import RESOURCES, Resource, make_resource
from skhpo.evaluation._run import RunMonitor, run
from skhpo.evaluation._splits import seed_of_splits
from skhpo.evaluation._stages import begin, train_stages
from skhpo.evaluation._task import Task

__all__ = [
    "RESOURCES",
    "Announcer",
    "EarlyStopping",
    "Executor",
    "Interrupts",
    "Keeper",
    "Limits",
    "Outcome",
    "Predictions",
    "Resource",
    "RunMonitor",
    "Task",
    "all_classes",
    "begin",
    "can_go_on",
    "fit_and_score",
    "fixed_parameters",
    "make_resource",
    "run",
    "seed_of_splits",
    "set_iterations",
    "train_in_full",
    "train_stages",
]
