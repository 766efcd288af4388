"""How much each of thirty hyperparameters matters."""

from searched import wide

from skhpo.plots import ImportancesDisplay

ImportancesDisplay.from_estimator(wide())
