"""The order of the examples in the gallery: that in which they are best read."""

from pathlib import Path

#: Examples that are not listed come last.
READING_ORDER = [
    "plot_first_search.py",
    "plot_choice_of_models.py",
    "plot_pipeline.py",
    "plot_stopping.py",
    "plot_racing.py",
    "plot_hyperband.py",
    "plot_population.py",
    "plot_resume.py",
    "plot_importances.py",
    "plot_honest_scores.py",
    "plot_nested.py",
    "plot_noisy_metric.py",
    "plot_refit_rules.py",
    "plot_competition.py",
    "plot_pictures.py",
    "plot_thirty_hyperparameters.py",
    "plot_dark.py",
    "torch_loop.py",
]


class ReadingOrder:
    """Sort key of sphinx-gallery.

    Parameters
    ----------
    folder : str
        Where the examples are; there is only one place.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __call__(self, filename: str) -> tuple[int, str]:
        """Return the place of an example."""
        name = Path(filename).name
        return (READING_ORDER.index(name) if name in READING_ORDER else len(READING_ORDER), name)
