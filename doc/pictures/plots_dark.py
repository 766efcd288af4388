"""The same picture on dark paper."""

import matplotlib.pyplot as plt
from searched import searched

from skhpo.plots import HyperparameterDisplay

plt.style.use("dark_background")
plt.rcParams["figure.facecolor"] = "black"
HyperparameterDisplay.from_estimator(searched(), names=["svc__C", "svc__kernel"])
