"""
What pictures are there?
========================

All of them, each of a search over few hyperparameters. None needs an argument, and each one also draws studies, storage
files and searches that still run.
"""

# %%
# Three searches
# --------------
# One over a space with conditions; the same as a race over folds; and one in which the number of trees is rationed.

# sphinx_gallery_thumbnail_number = 3
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, HyperbandSearchCV, Integer, Real
from skhpo.plots import (
    ConvergenceDisplay,
    HyperparameterDisplay,
    ImportancesDisplay,
    InteractionDisplay,
    ParallelCoordinatesDisplay,
    RaceDisplay,
    RungsDisplay,
    TimelineDisplay,
)

X, y = load_breast_cancer(return_X_y=True)
model = make_pipeline(StandardScaler(), SVC(gamma=1 / 30))
space = {
    "svc__kernel": ["linear", "rbf", "poly"],
    "svc__C": (1e-3, 1e3, "log-uniform"),
    "svc__gamma": Real(1e-5, 1e1, "log-uniform", when={"svc__kernel": ["rbf", "poly"]}),
    "svc__degree": Integer(2, 4, when={"svc__kernel": ["poly"]}),
}
search = BayesSearchCV(model, space, n_iter=40, random_state=0).fit(X, y)
race = BayesSearchCV(
    model, space, n_iter=30, cv=10, racing="margin", random_state=0
).fit(X, y)
trees = GradientBoostingClassifier(random_state=0)
space = {
    "learning_rate": (1e-3, 1.0, "log-uniform"),
    "max_depth": (1, 4),
    "subsample": (0.3, 1.0),
}
rationed = HyperbandSearchCV(
    trees,
    space,
    resource="n_estimators",
    max_resources=27,
    min_resources=3,
    cv=2,
    random_state=0,
).fit(X, y)

# %%
# Has it converged?
# -----------------
# The dotted line is the model as it came.

ConvergenceDisplay.from_estimator(search)

# %%
# Which values are good?
# ----------------------
# Where the band is wide, nothing is known.

HyperparameterDisplay.from_estimator(search)

# %%
# Do two of them depend on each other?
# ------------------------------------

InteractionDisplay.from_estimator(search)

# %%
# A map for each pair of three; combinations that cannot be are hatched.

InteractionDisplay.from_estimator(search, n_hyperparameters=3)

# %%
# What have good configurations in common?
# ----------------------------------------

ParallelCoordinatesDisplay.from_estimator(search)

# %%
# What matters?
# -------------

ImportancesDisplay.from_estimator(search)

# %%
# What did racing save?
# ---------------------

RaceDisplay.from_estimator(race)

# %%
# Who was promoted?
# -----------------

RungsDisplay.from_estimator(rationed)

# %%
# What did the workers do?
# ------------------------
# There was one; gaps are time in which nothing was fitted.

TimelineDisplay.from_estimator(race)

# %%
# What one learns
# ---------------
# How each picture is to be read, and how it is changed or saved, is on the page :doc:`/guide/plots`. The same for
# thirty hyperparameters: :ref:`sphx_glr_auto_examples_plot_thirty_hyperparameters.py`.
