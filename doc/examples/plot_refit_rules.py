"""
The best score, or the simplest model that is as good?
======================================================

Several configurations are as good as the best one, as far as anybody can tell. `refit` says which of them becomes the
model.
"""

# %%
# One search, four rules
# ----------------------
# The rule may be changed afterwards. With a `storage` the trials are there already, and no fit but the last one is
# repeated.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split

from skhpo import BayesSearchCV
from skhpo.search import FastestWithin, OneStandardError, PosteriorMean

X, y = load_diabetes(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
forest = RandomForestRegressor(n_estimators=10, random_state=0)
space = {
    "n_estimators": (2, 60, "log-uniform"),
    "max_depth": (1, 12),
    "max_features": (0.1, 1.0),
}
rules = {
    "best score": True,
    "one standard error": OneStandardError(["max_depth", "n_estimators"]),
    "fastest within 0.03": FastestWithin(0.03),
    "posterior mean": PosteriorMean(),
}
file = Path(tempfile.mkdtemp()) / "forest.db"
searches = {
    name: BayesSearchCV(
        forest, space, n_iter=30, cv=4, refit=rule, storage=file, random_state=0
    ).fit(X, y)
    for name, rule in rules.items()
}

# %%
rows = []
for name, search in searches.items():
    results, i = search.cv_results_, search.best_index_
    values = [results[f"param_{parameter}"][i] for parameter in space]
    scores = [results["mean_test_score"][i], search.score(X_test, y_test)]
    rows.append([name, *values, 1000 * results["mean_fit_time"][i], *scores])
columns = ["rule", *space, "fit, ms", "CV score", "test data"]
pd.DataFrame(rows, columns=columns).set_index("rule").round(3)

# %%
# Each point is a trial; the rules have chosen those that are marked. The dotted line is one standard error below the
# best score: what lies above it may be as good.

trials = searches["best score"].trials_frame()
folds = searches["best score"].trials_[trials["score"].idxmax()].measurements
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(trials["param_max_depth"], trials["score"], "o", color="0.7", label="trials")
for (name, search), marker in zip(searches.items(), "*sDv", strict=True):
    chosen = trials.iloc[search.best_index_]
    ax.plot(
        chosen["param_max_depth"],
        chosen["score"],
        marker,
        markersize=11,
        alpha=0.8,
        label=name,
    )
error = pd.Series([fold.scores["score"] for fold in folds]).sem()
ax.axhline(trials["score"].max() - error, color="grey", linestyle=":")
ax.set(xlabel="max_depth", ylabel="R²")
ax.legend()

# %%
# What one learns
# ---------------
# On test data the rules differ by less than other test data would change. Then a smaller and faster model costs
# nothing. What "simple" means is for the user to say: `OneStandardError` takes the order. The rules work with every
# search, and :func:`skhpo.inspection.gain_over_defaults` takes them as a baseline.
