"""
Can one see early who will lose?
================================

A network that is bad after six epochs is seldom the best one after 54. Hyperband starts many configurations with few
epochs, and only the best third of each rung is trained on.
"""

# %%
# The search
# ----------
# The resource is ``"epochs"`` for everything with ``partial_fit``, and otherwise the name of a parameter, such as
# ``"n_estimators"`` of a booster. Models are trained on from rung to rung, not again.

import warnings

import pandas as pd
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import BayesSearchCV, HyperbandSearchCV
from skhpo.plots import RungsDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=500, stratify=y, random_state=0
)
net = MLPClassifier(solver="sgd", max_iter=54, n_iter_no_change=54, random_state=0)
model = Pipeline([("scale", StandardScaler()), ("net", net)])
space = {
    "net__learning_rate_init": (1e-5, 1.0, "log-uniform"),
    "net__momentum": (0.0, 0.99),
    "net__alpha": (1e-6, 10.0, "log-uniform"),
    "net__activation": ["relu", "tanh"],
    "net__batch_size": [16, 32, 64, 128],
    "net__hidden_layer_sizes": [(8,), (16,), (32,), (64,)],
}
settings = {"cv": 2, "scoring": "neg_log_loss", "random_state": 0}
search = HyperbandSearchCV(
    model, space, resource="epochs", max_resources=54, **settings
).fit(X, y)
RungsDisplay.from_estimator(search)

# %%
# Each line is a configuration; where it ends, it was stopped. How many were stopped after how many epochs:

epochs = pd.Series([trial.resource for trial in search.trials_])
epochs.value_counts().sort_index().rename_axis("epochs").to_frame("configurations")

# %%
# Beside training everything to the end
# -------------------------------------
# For as many epochs in all, a Bayesian search trains fewer configurations, each of them to the end.

warnings.filterwarnings(
    "ignore", category=ConvergenceWarning
)  # 54 epochs are all that is wanted
whole = BayesSearchCV(model, space, n_iter=round(epochs.sum() / 54), **settings)
whole.fit(X, y)

rows = {
    "Hyperband": [
        len(epochs),
        epochs.sum(),
        search.best_score_,
        search.score(X_test, y_test),
    ],
    "whole trainings": [
        len(whole.trials_),
        54 * len(whole.trials_),
        whole.best_score_,
        whole.score(X_test, y_test),
    ],
}
columns = ["configurations", "epochs", "CV score", "on new images"]
pd.DataFrame.from_dict(rows, orient="index", columns=columns).round(3)

# %%
# What one learns
# ---------------
# Most configurations can be told to be bad from a few epochs, and what they would have cost is spent on others. That
# pays where training is long, hyperparameters are many and learning curves seldom cross. Here an epoch takes
# milliseconds, so that there is nothing to gain in seconds; where it takes minutes, epochs are what counts. When
# Hyperband is the better choice, and when it is not, is on the page :doc:`/guide/fewer_fits`.
