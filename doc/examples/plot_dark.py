"""
What do pictures look like in a dark notebook?
==============================================

Colours go by the background of the figure. There is nothing to set.
"""

# %%
# Any dark style will do.

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, Real
from skhpo.plots import (
    ConvergenceDisplay,
    HyperparameterDisplay,
    ImportancesDisplay,
    InteractionDisplay,
    ParallelCoordinatesDisplay,
    RaceDisplay,
)

X, y = load_breast_cancer(return_X_y=True)
model = make_pipeline(StandardScaler(), SVC(gamma=1 / 30))
space = {
    "svc__kernel": ["linear", "rbf"],
    "svc__C": (1e-3, 1e3, "log-uniform"),
    "svc__gamma": Real(1e-5, 1e1, "log-uniform", when={"svc__kernel": ["rbf"]}),
}
search = BayesSearchCV(model, space, n_iter=30, racing="margin", random_state=0)
search.fit(X, y)

plt.style.use("dark_background")
ConvergenceDisplay.from_estimator(search)

# %%
HyperparameterDisplay.from_estimator(search)

# %%
InteractionDisplay.from_estimator(search)

# %%
ParallelCoordinatesDisplay.from_estimator(search)

# %%
ImportancesDisplay.from_estimator(search)

# %%
RaceDisplay.from_estimator(search)

# %%
# What one learns
# ---------------
# Nothing has to be done for a dark page. Figures that are saved keep their background; how they are changed is on the
# page :doc:`/guide/plots`.
