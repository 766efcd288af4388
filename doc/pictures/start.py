"""The first five trials: every fifth of every range is hit, which five random ones rarely do."""

import matplotlib.pyplot as plt
import numpy as np
from common import BLUE, ORANGE, VERMILION, legend_below
from sklearn.ensemble import HistGradientBoostingClassifier

from skhpo import Study

space = {"learning_rate": (1e-3, 1.0, "log-uniform"), "max_leaf_nodes": (8, 128, "log-uniform")}
default = {name: HistGradientBoostingClassifier().get_params()[name] for name in space}
edges = np.linspace(0, 1, 6)
figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.9), sharey=True, layout="constrained")
figure.get_layout_engine().set(wspace=0.06)
titles = {"gp": "the first five trials", "random": "five at random"}
for ax, (sampler, title) in zip(axes, titles.items(), strict=True):
    first = [default] if sampler == "gp" else None
    study = Study(space, sampler=sampler, n_iter=5, initial_configurations=first, random_state=6)
    while (job := study.ask()) is not None:
        study.tell(job, score=float(job.number))
    X = np.array([trial.point for trial in study.trials])
    for column, shade in enumerate((ax.axvspan, ax.axhspan)):
        for k in np.flatnonzero(np.histogram(X[:, column], edges)[0] == 0):
            shade(edges[k], edges[k + 1], color=ORANGE, alpha=0.3, linewidth=0)
    for trial, (x, y) in zip(study.trials, X, strict=True):
        ax.plot(x, y, "o", color=VERMILION if trial.origin == "user" else BLUE, markersize=9)
        ax.annotate(str(trial.number + 1), (x, y), textcoords="offset points", xytext=(7, -3))
    values = study.space.decode(np.column_stack([edges, edges]))
    ax.set_xticks(edges, [f"{value['learning_rate']:.2g}" for value in values])
    ax.set_yticks(edges, [value["max_leaf_nodes"] for value in values])
    ax.set(title=title, xlim=(0, 1), ylim=(0, 1), xlabel="learning_rate")
    ax.grid(True)
axes[0].set_ylabel("max_leaf_nodes")
axes[0].plot([], [], "o", color=VERMILION, markersize=9, label="the estimator's own values")
axes[0].plot([], [], "o", color=BLUE, markersize=9, label="proposed, in this order")
axes[0].fill_between([], [], color=ORANGE, alpha=0.3, linewidth=0, label="never tried")
legend_below(figure, axes[0])
