"""
Should the learning rate change while a model is trained?
=========================================================

Population-based training finds a schedule of hyperparameters in one training: bad models are replaced by copies of
good ones, and the hyperparameters of the copies are changed.
"""

# %%
# The search
# ----------
# Twelve networks are trained for 15 generations of two epochs each, by plain gradient descent, whose learning rate
# matters much.

import warnings

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import ShuffleSplit, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhpo import PopulationSearchCV
from skhpo.plots import RungsDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=800, stratify=y, random_state=0
)
net = MLPClassifier((32,), solver="sgd", batch_size=32, random_state=0)
model = make_pipeline(StandardScaler(), net)
space = {
    "mlpclassifier__learning_rate_init": (1e-4, 1.0, "log-uniform"),
    "mlpclassifier__momentum": (0.0, 0.99),
    "mlpclassifier__alpha": (1e-6, 1.0, "log-uniform"),
}
search = PopulationSearchCV(
    model,
    space,
    population_size=12,
    n_generations=15,
    step=2,
    scoring="neg_log_loss",
    cv=ShuffleSplit(1, test_size=0.3, random_state=0),
    random_state=0,
).fit(X, y)
RungsDisplay.from_estimator(search)

# %%
# The schedule of the winner
# --------------------------
# The refit follows it on all data.

epochs = [0, *(resource for resource, _ in search.best_schedule_)]
figure, axes = plt.subplots(3, 1, figsize=(7, 5), sharex=True, layout="constrained")
for ax, name in zip(axes, space, strict=True):
    values = [params[name] for _, params in search.best_schedule_]
    ax.stairs(values, epochs, baseline=None, linewidth=2)
    ax.set(
        ylabel=name.removeprefix("mlpclassifier__"),
        yscale="linear" if "momentum" in name else "log",
    )
axes[-1].set_xlabel("epochs")

# %%
# Accuracy on images that the search has not seen, of the model as it was and of the one that follows the schedule:

warnings.filterwarnings(
    "ignore", category=ConvergenceWarning
)  # 30 epochs are what the schedule has, too
found = {
    "as it was": model.set_params(mlpclassifier__max_iter=30).fit(X, y),
    "schedule": search.best_estimator_,
}
pd.Series({name: fitted.score(X_test, y_test) for name, fitted in found.items()}).round(
    3
).to_frame("accuracy")

# %%
# What one learns
# ---------------
# One training of twelve networks, and there is a schedule that nobody had to design. Any model that can be trained on
# may be used, boosted trees as well. Where a constant rate is good enough, other searches need less: what was measured
# is on the page :doc:`/guide/population`.
