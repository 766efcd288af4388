"""
What if there are thirty hyperparameters?
=========================================

Then pictures show those that matter, and say how many they leave out.
"""

# %%
# A large space
# -------------
# A network of ten layers that have three hyperparameters each, nearly. The scores are made up, so that the truth is
# known: the learning rate matters most, and then the dropout, the activation and the width of a single layer each.

import math

import numpy as np

from skhpo import Study
from skhpo.plots import (
    ConvergenceDisplay,
    HyperparameterDisplay,
    ImportancesDisplay,
    InteractionDisplay,
    ParallelCoordinatesDisplay,
)

space = {f"layer_{i}__dropout": (0.0, 0.9) for i in range(10)}
space |= {f"layer_{i}__units": (8, 512, "log-uniform") for i in range(10)}
space |= {f"layer_{i}__activation": ["relu", "tanh", "gelu"] for i in range(8)}
space |= {"learning_rate": (1e-5, 1.0, "log-uniform"), "batch_size": [16, 32, 64, 128]}


def score(number, configuration):
    """Stand for the training of a network, with its noise."""
    value = 0.9 - 0.03 * (math.log10(configuration["learning_rate"]) + 2) ** 2
    value -= 0.15 * (configuration["layer_0__dropout"] - 0.2) ** 2
    value += 0.02 * (configuration["layer_0__activation"] == "gelu")
    value += 0.01 * math.log2(configuration["layer_9__units"] / 64)
    return value + np.random.default_rng(number).normal(0.0, 0.01)


study = Study(space, n_iter=80, random_state=0)
while (job := study.ask()) is not None:
    study.tell(job, score=score(job.number, job.configuration))
print(len(space), "hyperparameters,", len(study.trials), "trials")

# %%
# What matters?
# -------------

ImportancesDisplay.from_estimator(study)

# %%
# Which values are good?
# ----------------------
# "No clear effect" means that a curve rises by less than the model is in doubt.

HyperparameterDisplay.from_estimator(study)

# %%
# What have good configurations in common?
# ----------------------------------------

ParallelCoordinatesDisplay.from_estimator(study)

# %%
# Do two of them depend on each other?
# ------------------------------------

InteractionDisplay.from_estimator(study)

# %%
# Has it converged?
# -----------------

ConvergenceDisplay.from_estimator(study)

# %%
# What one learns
# ---------------
# Eighty trials tell what matters most, and no more: the order of the many that matter little is chance. With `names`
# pictures show the hyperparameters that you ask for.
