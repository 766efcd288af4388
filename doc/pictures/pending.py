"""A trial that still runs: the band closes where it will report, and the next proposal goes elsewhere."""

import matplotlib.pyplot as plt
import numpy as np
from common import ORANGE, VERMILION, draw_belief, draw_improvement, fitted, legend_below

from skhpo.models._transform import softyj
from skhpo.space import SearchSpace

space = SearchSpace({"C": (0.0, 1.0)})
X = np.array([0.05, 0.28, 0.5, 0.74, 0.97])[:, None]
scores = np.array([0.70, 0.83, 0.79, 0.84, 0.72])
posterior, unit, running = fitted(space, X, scores), np.linspace(0, 1, 500)[:, None], None
figure, axes = plt.subplots(
    2, 2, figsize=(7.4, 4.4), sharex=True, sharey="row", height_ratios=[2, 1], layout="constrained"
)
for (top, bottom), title in zip(axes.T, ("the first worker asks", "the second worker asks"), strict=True):
    if running is not None:
        posterior = posterior.condition(running)
    draw_belief(top, unit[:, 0], posterior.predict(unit))
    top.plot(X[:, 0], -softyj(-scores), "o", color="black", label="trials")
    if running is not None:
        believed = -posterior.predict(running).mean
        top.plot(running[:, 0], believed, "s", color=ORANGE, markersize=8, label="running")
    improvement = draw_improvement(bottom, unit[:, 0], posterior, unit)
    running = unit[[improvement.argmax()]]
    for ax in (top, bottom):
        ax.axvline(running[0, 0], color=VERMILION, linestyle="--", label="next trial")
    top.set_title(title)
    bottom.set_xlabel("position in the range of C")
axes[0, 0].set_ylabel("score (rescaled)")
axes[1, 0].set(ylabel="expected\nimprovement", yticks=[])
legend_below(figure, axes[0, 1], 5)
