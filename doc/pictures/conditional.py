"""A conditional space as the model sees it: a column for each hyperparameter, empty where it is not active."""

import matplotlib.pyplot as plt
import numpy as np
from common import GREY

from skhpo import Integer, Real, Study

study = Study(
    {
        "kernel": ["linear", "rbf", "poly"],
        "C": (1e-2, 1e3, "log-uniform"),
        "gamma": Real(1e-4, 1e1, "log-uniform", when={"kernel": ["rbf", "poly"]}),
        "degree": Integer(2, 5, when={"kernel": ["poly"]}),
    },
    sampler="gp",
    n_iter=6,
    random_state=0,
)
while (job := study.ask()) is not None:
    study.tell(job, score=float(job.number))
points = np.array([trial.point for trial in study.trials])
names = list(study.space.column_names)
figure, ax = plt.subplots(figsize=(6.0, 2.9), layout="constrained")
# The palest half of the colours: black text stays legible on them.
ax.pcolormesh(np.ma.masked_invalid(points), cmap="Blues", vmin=-0.2, vmax=2, edgecolor="white", linewidth=3)
for row, trial in enumerate(study.trials):
    for column, name in enumerate(names):
        value = trial.configuration.get(name, "not active")
        if isinstance(value, float):
            value = np.format_float_positional(value, precision=2, fractional=False, trim="-")
        color = "black" if name in trial.configuration else GREY
        ax.text(column + 0.5, row + 0.5, value, ha="center", va="center", color=color)
ax.set_xticks(np.arange(len(names)) + 0.5, names)
ax.set_yticks(np.arange(len(points)) + 0.5, [f"trial {trial.number + 1}" for trial in study.trials])
ax.invert_yaxis()
ax.xaxis.tick_top()
ax.tick_params(length=0)
ax.spines[:].set_visible(False)
