"""
Which model is best, and must I write search spaces?
====================================================

No: ``search_spaces="auto"`` has spaces for the models that people tune, and for pipelines of them. And the model may be
a choice itself, so that one search divides its trials among several.
"""

# %%
# A model without a space
# -----------------------

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV
from skhpo.defaults import default_space

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=400, stratify=y, random_state=0
)
pipeline = Pipeline([("scale", StandardScaler()), ("model", KNeighborsClassifier())])
single = BayesSearchCV(pipeline, n_iter=15, cv=3, random_state=0).fit(X, y)
single.best_params_

# %%
# The space is that of :func:`skhpo.defaults.default_space`, a dict that can be looked at and changed.

space = default_space(pipeline, X)
pd.Series(
    {name: str(dimension) for name, dimension in space.items()}, name="dimension"
).to_frame()

# %%
# A choice of models
# ------------------
# Name the step and the candidates. Each brings its own hyperparameters; the search decides how many trials to spend
# on each.

candidates = [
    GaussianNB(),
    KNeighborsClassifier(),
    LogisticRegression(max_iter=300),
    SVC(),
]
spaces = default_space(pipeline, X, choices={"model": candidates})
search = BayesSearchCV(pipeline, spaces, n_iter=40, cv=3, random_state=0).fit(X, y)

trials = search.trials_frame()
trials["model"] = [type(model).__name__ for model in trials["param_model"]]
trials.groupby("model")["score"].agg(trials="count", best="max", median="median").round(
    3
)

# %%
# Which model was tried when:

figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
for (name, group), marker in zip(trials.groupby("model"), "osD^", strict=True):
    ax.plot(group.index, group["score"], marker, label=name)
ax.set(xlabel="trial", ylabel="accuracy", ylim=(0.7, 1.0))
ax.legend(ncols=2)

# %%
# On images that the searches have not seen:

models = {
    "neighbours as they are": pipeline.fit(X, y),
    "neighbours, tuned": single,
    "four models": search,
}
pd.Series(
    {name: model.score(X_test, y_test) for name, model in models.items()},
    name="accuracy",
).round(3).to_frame()

# %%
# What one learns
# ---------------
# There is no need to decide in advance: a model that looks hopeless gets few trials, and the best one most of them.
# Where models come close to each other, ask whether the difference is more than noise:
# :ref:`sphx_glr_auto_examples_plot_honest_scores.py`.
