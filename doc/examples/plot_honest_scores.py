"""
How good is the winner really?
==============================

The best of many scores is too good, because it was chosen for being high. What is left of it can be estimated without
a single further fit.
"""

# %%
# Nothing to be learnt
# --------------------
# The labels of these data are drawn by lot, so that any model is right half of the time. After 60 trials, the best
# score looks as if there was something.

import warnings

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV
from skhpo.inspection import corrected_score, gain_over_defaults

X, y = make_classification(3000, flip_y=1.0, random_state=1)
X, X_new, y, y_new = train_test_split(X, y, train_size=100, random_state=0)
space = {"n_neighbors": (1, 50), "p": [1, 2, 3], "weights": ["uniform", "distance"]}
model = KNeighborsClassifier()
lot = BayesSearchCV(model, space, n_iter=60, keep="predictions", random_state=0)
lot.fit(X, y)

# %%
# `corrected_score` takes off what the choice has added, with an interval. It needs the predictions for the test parts
# of the folds, which ``keep="predictions"`` keeps.

honest_lot = corrected_score(lot, y, random_state=0)
print(f"best score {lot.best_score_:.3f}")
low, high = honest_lot.interval
print(f"corrected {honest_lot.score:.3f}, between {low:.3f} and {high:.3f}")
print(f"on 2,900 new rows {lot.score(X_new, y_new):.3f}")

# %%
# Something to be learnt
# ----------------------

X, y = load_breast_cancer(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=150, stratify=y, random_state=0
)
model = make_pipeline(StandardScaler(), SVC(gamma=1 / 30))
space = {"svc__C": (1e-2, 1e3, "log-uniform"), "svc__gamma": (1e-5, 1.0, "log-uniform")}
search = BayesSearchCV(model, space, n_iter=40, keep="predictions", random_state=0)
search.fit(X, y)
honest = corrected_score(search, y, random_state=0)

figure, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
cases = {
    "labels drawn by lot": (lot, honest_lot, lot.score(X_new, y_new)),
    "tumours": (search, honest, search.score(X_test, y_test)),
}
for place, (found, corrected, new) in enumerate(cases.values()):
    low, high = corrected.interval
    ax.plot(
        [low, high],
        [place, place],
        color="C0",
        label=None if place else "90 % interval",
    )
    ax.plot(
        corrected.score,
        place,
        "o",
        color="C0",
        label=None if place else "corrected score",
    )
    ax.plot(
        found.best_score_, place, "x", color="C1", label=None if place else "best score"
    )
    ax.plot(new, place, "k|", markersize=18, label=None if place else "on new data")
ax.set(yticks=[0, 1], yticklabels=list(cases), xlabel="accuracy", ylim=(-0.5, 1.5))
figure.legend(loc="outside lower center", ncols=4)

# %%
# Was it worth it?
# ----------------
# The winner and the defaults were scored on the same folds, so that they can be compared in pairs. A winner that is
# within noise of the defaults is also warned of; here the last column says so.

warnings.filterwarnings("ignore", message="The winner is within noise")
gains = {name: gain_over_defaults(found) for name, (found, *_) in cases.items()}
rows = {
    name: [g.baseline_score, g.best_score, g.gain, *g.interval, g.is_within_noise]
    for name, g in gains.items()
}
columns = ["defaults", "winner", "gain", "low", "high", "within noise"]
pd.DataFrame.from_dict(rows, orient="index", columns=columns).round(3)

# %%
# What one learns
# ---------------
# Report the corrected score, or that on data which the search has not seen. The fewer rows, the more trials and the
# smaller the true differences, the more is luck. How often the interval holds the truth was measured by simulation:
# :doc:`/guide/measured`.
