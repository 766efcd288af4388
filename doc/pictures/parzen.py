"""The tree-structured Parzen estimator: how frequent a value is among the good and among the other trials."""

import matplotlib.pyplot as plt
import numpy as np
from common import BLUE, GREEN, GREY, VERMILION

from skhpo.samplers._parzen import ParzenEstimator
from skhpo.samplers._tpe import _split
from skhpo.space import SearchSpace
from skhpo.trial import Trial

rng = np.random.default_rng(0)
space = SearchSpace({"C": (0.0, 1.0)})
X = rng.random((40, 1))
scores = np.exp(-(((X[:, 0] - 0.65) / 0.15) ** 2)) + 0.5 * np.exp(-(((X[:, 0] - 0.2) / 0.1) ** 2))
scores += rng.normal(0, 0.05, 40)
trials = [
    Trial(i, {"C": x}, (x,), status="complete", score=score)
    for i, (x, score) in enumerate(zip(X[:, 0].tolist(), scores.tolist(), strict=True))
]
good, weights = _split(trials)
others = np.delete(np.arange(40), good)
unit = np.linspace(0, 1, 400)[:, None]
density = np.exp(ParzenEstimator(space.columns, X[good], weights).log_density(unit))
other_density = np.exp(ParzenEstimator(space.columns, X[others], np.ones(len(others))).log_density(unit))
figure, (top, bottom) = plt.subplots(2, 1, figsize=(7.4, 4.2), sharex=True, layout="constrained")
top.plot(X[others, 0], scores[others], "o", color=GREY, label="the other trials")
top.plot(X[good, 0], scores[good], "D", color=BLUE, label="good trials: the best 15 %")
top.set_ylabel("score")
bottom.plot(unit, other_density, color=GREY, linestyle="--", label="density of the others")
bottom.plot(unit, density, color=BLUE, label="density of the good ones")
ratio = density / other_density
bottom.plot(unit, ratio, color=GREEN, linestyle=":", label="ratio: where to look")
bottom.axvline(unit[ratio.argmax(), 0], color=VERMILION, linestyle="--", label="the highest ratio")
bottom.set(xlabel="position in the range of C", ylabel="density, ratio", yticks=[])
top.legend()
bottom.legend()
