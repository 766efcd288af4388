"""
Which hyperparameters mattered, and which depend on each other?
===============================================================

How much of what was gained or lost is due to each hyperparameter, how sure that is, and which pairs have to be tuned
together.
"""

# %%
# Shares
# ------
# Four hyperparameters of a support vector machine, one of which is known to have next to no effect. Of the variance of
# the score over the whole space, each bar is the share that one explains alone. The line says what cannot be known from
# so few trials.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.svm import SVR

from skhpo import BayesSearchCV
from skhpo.inspection import importances
from skhpo.plots import HyperparameterDisplay, ImportancesDisplay, InteractionDisplay

X, y = load_diabetes(return_X_y=True)
y = (y - y.mean()) / y.std()
space = {
    "C": (1e-3, 1e3, "log-uniform"),
    "gamma": (1e-4, 1e2, "log-uniform"),
    "epsilon": (1e-3, 1.0, "log-uniform"),
    "shrinking": [True, False],
}
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharex=True, layout="constrained")
searches, found = {}, {}
for ax, sampler in zip(axes, ("auto", "sobol"), strict=True):
    search = BayesSearchCV(
        SVR(gamma=1.0), space, n_iter=40, sampler=sampler, cv=3, random_state=0
    ).fit(X, y)
    searches[sampler], found[sampler] = search, importances(search, random_state=0)
    shares, intervals = found[sampler].importances, found[sampler].intervals
    ImportancesDisplay.from_importances(
        {name: (shares[name], *intervals[name]) for name in space}, ax=ax
    )
    ax.set(title=sampler, xlim=(0, 1))

# %%
# A Bayesian search looks closely where scores are good, and leaves the rest of the space alone: of that it can say
# little, and the intervals say so. A search with ``sampler="sobol"`` covers the space evenly, and answers the question
# better. `r2` says how well trials are predicted that were left out; where it is near 0, the shares mean nothing. Each
# of the two is better at its own job:

rows = [[found[sampler].r2, search.best_score_] for sampler, search in searches.items()]
pd.DataFrame(rows, index=list(searches), columns=["r2", "best score"]).round(3)

# %%
# Pairs
# -----
# What two hyperparameters explain together, beyond what each of them does alone:

answer = found["sobol"]
rows = [
    [*pair, share, *answer.interaction_intervals[pair]]
    for pair, share in answer.interactions.items()
]
pd.DataFrame(rows, columns=["", " ", "share", "low", "high"]).set_index("").round(3)

# %%
# `C` and `gamma` interact. The ridge shows how: a smaller `gamma` wants a larger `C`.

InteractionDisplay.from_estimator(searches["sobol"], names=["gamma", "C"])

# %%
# Which values
# ------------

HyperparameterDisplay.from_estimator(searches["sobol"])

# %%
# Among the good ones
# -------------------
# What spoils a model is often not what makes the best one. With `region` the question is what matters among the best
# third of the trials.

good = importances(searches["sobol"], region=0.33, random_state=0)
pd.DataFrame({"whole space": answer.importances, "best third": good.importances}).round(
    3
)

# %%
# What one learns
# ---------------
# Hyperparameters with a share near 0 can be left out of the next search; two that interact cannot be tuned one after
# the other. More is on the page :doc:`/guide/inspection`.
