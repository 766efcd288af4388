"""
How do I tune a pipeline whose parts have hyperparameters of their own?
=======================================================================

How to scale, which features to keep, which kernel: steps are choices like any other value, and a hyperparameter that
only one choice has is searched only there.
"""

# %%
# The space
# ---------
# Names are those of ``set_params``. Whole steps may be replaced, or left out by ``"passthrough"``. With `when` a
# hyperparameter exists only where another one has the given values: `gamma` does not exist for a linear kernel.

# sphinx_gallery_thumbnail_number = 2
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.svm import SVC

from skhpo import BayesSearchCV, Integer, Real
from skhpo.plots import HyperparameterDisplay, ParallelCoordinatesDisplay

X, y = load_breast_cancer(return_X_y=True)
pca, best = PCA(), SelectKBest()
pipeline = Pipeline(
    [("scale", StandardScaler()), ("reduce", "passthrough"), ("svc", SVC(gamma=1 / 30))]
)
space = {
    "scale": [StandardScaler(), RobustScaler()],
    "reduce": ["passthrough", pca, best],
    "reduce__n_components": Integer(2, 20, when={"reduce": [pca]}),
    "reduce__k": Integer(2, 20, when={"reduce": [best]}),
    "svc__kernel": ["linear", "rbf"],
    "svc__C": (1e-2, 1e3, "log-uniform"),
    "svc__gamma": Real(1e-4, 1.0, "log-uniform", when={"svc__kernel": ["rbf"]}),
}
search = BayesSearchCV(
    pipeline, space, n_iter=40, cv=4, scoring="roc_auc", random_state=0
).fit(X, y)

# %%
# The best trials
# ---------------
# A hyperparameter that a trial does not have is empty in the table of trials, masked in `cv_results_`, and absent from
# `params`.

trials = search.trials_frame().nlargest(5, "score")
names = [name for name in trials if name.startswith("param_")]
trials[["score", *names]].round(4).astype(str).replace(["nan", "NaN"], "")

# %%
# In the picture each line is a trial. Those that go through the foot of an axis do not have that hyperparameter.

ParallelCoordinatesDisplay.from_estimator(search)

# %%
# Against a single hyperparameter, only those trials are shown that have it.

HyperparameterDisplay.from_estimator(
    search, names=["svc__C", "svc__gamma", "reduce", "reduce__n_components"]
)

# %%
# What one learns
# ---------------
# All parts share one budget: what is learnt about `C` with one kernel, or with one scaler, helps with the others. And
# no trial is spent on two configurations that differ only in a value without effect.
# More about conditions is on the page :doc:`/guide/spaces`.
