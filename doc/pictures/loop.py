"""One hyperparameter: what the model believes after 5, 7 and 10 trials, and where it looks next."""

import matplotlib.pyplot as plt
import numpy as np
from common import VERMILION, draw_belief, draw_improvement, fitted, legend_below, measured

from skhpo import Study
from skhpo.models._transform import softyj


def accuracy(C):
    """Stand for a cross-validation: two good regions, the right one is better."""
    x = np.log10(C)
    return 0.6 + 0.25 * np.exp(-((x + 1.6) ** 2)) + 0.35 * np.exp(-(((x - 1.3) / 0.8) ** 2))


study = Study({"C": (1e-3, 1e3, "log-uniform")}, sampler="gp", n_iter=11, random_state=0)
unit = np.linspace(0, 1, 400)[:, None]
C = 10 ** (6 * unit[:, 0] - 3)
figure, axes = plt.subplots(
    2, 3, figsize=(7.4, 4.2), sharex=True, sharey="row", height_ratios=[2, 1], layout="constrained"
)
panels = {5: axes[:, 0], 7: axes[:, 1], 10: axes[:, 2]}
while (job := study.ask()) is not None:
    if job.number in panels:
        top, bottom = panels[job.number]
        X, scores = measured(study)
        posterior = fitted(study.space, X, scores)
        draw_belief(top, C, posterior.predict(unit))
        top.plot(10 ** (6 * X[:, 0] - 3), -softyj(-scores), "o", color="black", label="trials")
        top.set_title(f"after {job.number} trials")
        improvement = draw_improvement(bottom, C, posterior, unit)
        bottom.text(0.03, 0.85, f"at most {improvement.max():.2f}", transform=bottom.transAxes, fontsize=8)
        for ax in (top, bottom):
            ax.axvline(job.configuration["C"], color=VERMILION, linestyle="--", label="next trial")
    study.tell(job, accuracy(**job.configuration))
axes[0, 0].set(xscale="log", ylabel="score (rescaled)")
axes[1, 0].set(ylabel="expected\nimprovement", yticks=[])
for ax in axes[1]:
    ax.set_xlabel("C")
legend_below(figure, axes[0, 0])
