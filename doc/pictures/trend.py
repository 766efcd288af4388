"""The polynomial part of the model: predictions after 30 trials of five hyperparameters, without it and with it."""

import matplotlib.pyplot as plt
import numpy as np
from common import BLUE, GREY, ORANGE
from scipy.optimize import minimize

from skhpo.models import ColumnLayout
from skhpo.models._gaussian_process import GaussianProcessPosterior
from skhpo.models._kernels import Kernel
from skhpo.models._likelihood import negative_log_posterior, prior
from skhpo.models._transform import softyj


def score(X):
    """Rise to one hill, with a ripple."""
    return -np.sum((X - 0.6) ** 2, axis=1) - 0.3 * (X[:, 0] - X[:, 1]) ** 2 + 0.05 * np.sin(9 * X.sum(axis=1))


rng = np.random.default_rng(0)
X, untried = rng.random((30, 5)), rng.random((300, 5))
z = softyj(-score(X))
kernel = Kernel(ColumnLayout.from_columns([("continuous", None)] * 5), (False,) * 5)
mean, _, low, high = prior(kernel)
without = np.append(high[:-2], low[-2:])  # the last two are the logarithms of the variances of the trend
figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.3), sharex=True, sharey=True, layout="constrained")
cases = [("without a trend", without, ORANGE), ("with a trend, as skhpo does it", high, BLUE)]
for ax, (title, limit, color) in zip(axes, cases, strict=True):
    bounds = np.column_stack([low, limit])
    found = minimize(negative_log_posterior(kernel, X, z), np.minimum(mean, limit), jac=True, bounds=bounds)
    predicted = -GaussianProcessPosterior.from_data(kernel, found.x, X, z).predict(untried).mean
    ax.plot(predicted, score(untried), "o", color=color, markersize=4, alpha=0.6, markeredgewidth=0)
    correlation = np.corrcoef(predicted, score(untried))[0, 1]
    ax.text(0.04, 0.9, f"correlation {correlation:.2f}", transform=ax.transAxes, color=GREY)
    ax.set(title=title, xlabel="predicted score (rescaled)")
axes[0].set_ylabel("true score")
