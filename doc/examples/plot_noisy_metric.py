"""
What if the metric is noisy?
============================

With few rows, or a random method, the same configuration scores differently on other folds. A search then finds the
luckiest trial, unless something is done about it.
"""

# %%
# How noisy is it?
# ----------------
# The same model on 20 ways of cutting 80 rows into five folds:

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.model_selection import (
    KFold,
    RepeatedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.svm import SVC

from skhpo import BayesSearchCV
from skhpo.plots import HyperparameterDisplay
from skhpo.search import PosteriorMean

X_all, y_all = make_classification(
    4000, n_features=10, n_informative=5, flip_y=0.2, random_state=0
)
X, _, y, _ = train_test_split(
    X_all, y_all, train_size=80, stratify=y_all, random_state=0
)
model = SVC(gamma=0.1)
scores = [
    cross_val_score(model, X, y, cv=KFold(5, shuffle=True, random_state=seed)).mean()
    for seed in range(20)
]
print(f"mean {np.mean(scores):.3f}, standard deviation {np.std(scores):.3f}")

# %%
# What the model of the search sees
# ---------------------------------
# The points scatter; the line and its band are about the score behind the noise. How large the noise is, is learnt
# from the trials.

space = {"C": (1e-2, 1e3, "log-uniform"), "gamma": (1e-4, 1e1, "log-uniform")}
once = KFold(5, shuffle=True, random_state=0)
search = BayesSearchCV(model, space, n_iter=40, cv=once, random_state=0).fit(X, y)
HyperparameterDisplay.from_estimator(search)

# %%
# Two remedies
# ------------
# `PosteriorMean` has the model of all scores choose, instead of the single highest score; it costs nothing. Repeated
# folds make the scores less noisy; of the additional fits, racing skips most. Three times 80 other rows:

often = RepeatedKFold(n_splits=5, n_repeats=6, random_state=0)
remedies = {
    "5 folds": {"cv": once},
    "5 folds, PosteriorMean": {"cv": once, "refit": PosteriorMean()},
    "30 folds, racing": {"cv": often, "racing": "margin"},
}
rows = []
for seed in range(3):
    X_now, X_later, y_now, y_later = train_test_split(
        X_all, y_all, train_size=80, stratify=y_all, random_state=seed
    )
    for name, remedy in remedies.items():
        found = BayesSearchCV(model, space, n_iter=30, random_state=seed, **remedy)
        found.fit(X_now, y_now)
        n_fits = sum(len(trial.measurements) for trial in found.trials_)
        promised = found.cv_results_["mean_test_score"][found.best_index_]
        rows.append([name, n_fits, promised, found.score(X_later, y_later)])
table = (
    pd.DataFrame(rows, columns=["search", "fits", "CV score", "new rows"])
    .groupby("search")
    .mean()
)
table["too good by"] = table["CV score"] - table["new rows"]
table.round(3)

# %%
# What one learns
# ---------------
# What is promised comes closer to what is kept. What is found hardly differs: most of this noise comes from there being
# 80 rows and no more, and however they are cut, they remain the same rows. Then more search does not help; a rule that
# ends it within the noise saves it (:ref:`sphx_glr_auto_examples_plot_stopping.py`). More is on the page
# :doc:`/questions/noisy_metric`.
