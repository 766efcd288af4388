"""
Why does the score drop on new data, and what may I report?
===========================================================

`best_score_` was used for choosing, so that it is no estimate of what comes. The corrected score, nested
cross-validation and data that were put aside are estimates.
"""

# %%
# The search as a model
# ---------------------
# A search is an estimator, so that it can be cross-validated like any other: for each outer fold the whole search is
# done again, and its winner is scored on data that this search has not seen.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV
from skhpo.inspection import corrected_score

X, y = make_classification(5000, n_informative=4, flip_y=0.2, random_state=0)
space = {
    "max_depth": (1, 12),
    "min_samples_leaf": (1, 20, "log-uniform"),
    "max_features": (0.1, 1.0),
    "criterion": ["gini", "entropy"],
    "splitter": ["best", "random"],
}
tree = DecisionTreeClassifier(max_depth=5, max_features=1.0, random_state=0)
search = BayesSearchCV(tree, space, n_iter=25, cv=5, keep="predictions", random_state=0)

# %%
# Five times
# ----------
# Each time 100 rows are what one has, and 4,900 others are what comes later.

rows = []
for seed in range(5):
    X_now, X_later, y_now, y_later = train_test_split(
        X, y, train_size=100, stratify=y, random_state=seed
    )
    search.fit(X_now, y_now)
    corrected = corrected_score(search, y_now, random_state=0).score
    later = search.score(X_later, y_later)
    nested = cross_val_score(search, X_now, y_now, cv=4).mean()
    rows.append([search.best_score_, corrected, nested, later])
table = pd.DataFrame(rows, columns=["best score", "corrected", "nested", "later data"])

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.plot(table.T, color="0.8")
ax.plot(table.mean(), "o-", color="C0", label="mean of five")
ax.set(ylabel="accuracy")
ax.legend()

# %%
mean = table.mean()
pd.DataFrame({"mean": mean, "too good by": mean - mean["later data"]}).round(3)

# %%
# What one learns
# ---------------
# The best score promises too much; the other two are closer, on average. A single estimate from 100 rows is far off in
# either direction, whatever it is called: mind the grey lines. Nested cross-validation costs a search for every
# outer fold, the corrected score nothing, and data put aside cost rows. What else makes scores drop is on the page
# :doc:`/questions/score_drops`.
