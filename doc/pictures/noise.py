"""Cross-validation is noisy: the band is about the curve behind the trials, not about their scatter."""

import matplotlib.pyplot as plt
import numpy as np
from common import VERMILION, draw_belief, fitted, legend_below

from skhpo.models._transform import softyj
from skhpo.space import SearchSpace

rng = np.random.default_rng(1)
space = SearchSpace({"C": (0.0, 1.0)})
X = np.sort(rng.random((40, 1)), axis=0)
scores = 0.9 - 0.3 * (X[:, 0] - 0.6) ** 2 + rng.normal(0, 0.012, 40)
posterior, unit = fitted(space, X, scores), np.linspace(0, 1, 300)
z = softyj(-scores)
figure, ax = plt.subplots(figsize=(7.4, 3.3), layout="constrained")
draw_belief(ax, unit, posterior.predict(unit[:, None]))
ax.plot(X[:, 0], -z, "o", color="black", markersize=4, label="trials")
ax.axhline(-z.min(), color=VERMILION, linestyle="--", label="the best trial, which was lucky")
ax.set(xlabel="position in the range of C", ylabel="score (rescaled)")
legend_below(figure, ax)
