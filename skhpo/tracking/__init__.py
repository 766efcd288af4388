"""Other tools are told of a search: MLflow, Optuna and its dashboard, or whatever takes a table."""

from skhpo.tracking._follow import follow
from skhpo.tracking._mlflow import log_to_mlflow
from skhpo.tracking._optuna import to_optuna

__all__ = ["follow", "log_to_mlflow", "to_optuna"]
