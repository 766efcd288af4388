"""
How many trials are enough?
===========================

A search may be given a number of trials, a time, a target, or a rule that ends it when nothing more is to be gained.
"""

# %%
# Four ends of one search
# -----------------------
# With a seed, a search that ends earlier is the beginning of a longer one. So one picture is enough, with a line where
# each rule ends it.

import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, Patience
from skhpo.plots import ConvergenceDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=400, stratify=y, random_state=0
)
model = make_pipeline(StandardScaler(), SVC(gamma=1 / 64))
space = {"svc__C": (1e-3, 1e3, "log-uniform"), "svc__gamma": (1e-5, 1e1, "log-uniform")}
rules = {
    "60 trials": None,
    "target": {"target": 0.96},
    "patience": Patience(25, min_delta=1e-3),
    "regret bound": "regret_bound",
}
searches = {
    name: BayesSearchCV(
        model, space, n_iter=60, cv=3, stopping=rule, random_state=0
    ).fit(X, y)
    for name, rule in rules.items()
}
display = ConvergenceDisplay.from_estimator(searches["60 trials"])
for height, name in zip(
    (0.2, 0.3, 0.4), ("target", "patience", "regret bound"), strict=True
):
    n_trials = len(searches[name].trials_)
    display.ax_.axvline(n_trials, color="grey", linewidth=1)
    display.ax_.annotate(
        name, (n_trials - 0.5, height), xycoords=("data", "axes fraction"), ha="right"
    )

# %%
rows = {
    name: [len(search.trials_), search.best_score_, search.score(X_test, y_test)]
    for name, search in searches.items()
}
pd.DataFrame.from_dict(
    rows, orient="index", columns=["trials", "CV score", "new images"]
).round(4)

# %%
# `Patience` ends a search after so many trials without improvement. `RegretBound` asks a model how much could still be
# gained anywhere in the space, and ends the search when that is within the noise of cross-validation.
#
# A budget of time
# ----------------
# `timeout` is the time of the whole `fit`, refit included. In ``stopping``, ``"fit_seconds"`` is what all workers
# together may spend on fits. A rule of one's own is a function of the trials that are finished.


def three_good_ones(trials):
    """Return whether three configurations are better than 0.94."""
    return (
        sum(trial.status == "complete" and trial.score > 0.94 for trial in trials) >= 3
    )


short = BayesSearchCV(
    model,
    space,
    n_iter=60,
    timeout=30,
    stopping=[{"fit_seconds": 20}, three_good_ones],
    random_state=0,
)
print(len(short.fit(X, y).trials_), "trials")

# %%
# What one learns
# ---------------
# Most of what a search finds it finds early; what the later trials add in cross-validation is often gone on new data.
# What the rules save, and what they cost, was measured on 18 tasks: :doc:`/guide/stopping`.
