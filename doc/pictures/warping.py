"""Warped inputs: a range whose one end decides, as the user gave it and as the model measures it."""

import matplotlib.pyplot as plt
import numpy as np
from common import draw_belief, fitted, legend_below, measured

from skhpo import Study
from skhpo.models._kernels import warp
from skhpo.models._transform import softyj


def score(alpha):
    """Stand for a cross-validation: what matters is the order of magnitude, the best is 0.3."""
    return 0.9 - 0.1 * (np.log10(alpha + 0.01) + 0.5) ** 2


study = Study({"alpha": (0.0, 10.0)}, sampler="gp", n_iter=16, random_state=0)
while (job := study.ask()) is not None:
    study.tell(job, score(**job.configuration))
X, scores = measured(study)
posterior, unit = fitted(study.space, X, scores), np.linspace(0.02, 1, 500) ** 3
hyper = posterior.factor.hyper
figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.2), sharey=True, layout="constrained")
for ax, place in zip(axes, (lambda u: 10 * u, lambda u: warp(u, hyper.a, hyper.b)), strict=True):
    draw_belief(ax, place(unit), posterior.predict(unit[:, None]))
    ax.plot(place(X[:, 0]), -softyj(-scores), "o", color="black", label="trials")
axes[0].set(title="the range as you gave it", xlabel="alpha", ylabel="score (rescaled)")
axes[1].set(title="the range as the model measures it", xlabel="alpha, warped")
legend_below(figure, axes[0])
