"""What the output transform does with scores of which a few are terrible."""

import matplotlib.pyplot as plt
import numpy as np
from common import BLUE, VERMILION

from skhpo.models._transform import softyj

rng = np.random.default_rng(0)
x = np.sort(rng.uniform(-4, 2, 40))
r2 = 0.8 - 0.06 * (x + 1) ** 2 + rng.normal(0, 0.01, 40)
diverged = x > 1.4
r2[diverged] = -np.exp(4 * (x[diverged] - 0.9))
figure, axes = plt.subplots(1, 2, figsize=(7.4, 2.8), sharex=True, layout="constrained")
for ax, scores in zip(axes, (r2, -softyj(-r2)), strict=True):
    ax.plot(10 ** x[~diverged], scores[~diverged], "o", color=BLUE, label="trained")
    ax.plot(10 ** x[diverged], scores[diverged], "s", color=VERMILION, label="diverged")
    ax.set(xscale="log", xlabel="learning rate")
axes[0].set(title="as measured", ylabel="$R^2$")
axes[1].set(title="as the model sees them", ylabel="score (rescaled)")
axes[0].legend(loc="lower left")
