"""The matrix of trials and folds."""

import numpy as np
from matplotlib.figure import Figure
from pictured import failed, raced, small

from skhpo.plots import RaceDisplay
from skhpo.trial import Measurement, Trial


def drawn(study):
    """Draw a study on axes that pyplot does not know."""
    return RaceDisplay.from_estimator(study, ax=Figure().subplots())


def test_every_fit_has_its_cell():
    """What was fitted, skipped and failed is what the picture is for."""
    study = raced()
    display = drawn(study)
    assert display.scores.shape == (20, 5)
    n_fits = sum(len(trial.measurements) for trial in study.trials)
    assert display.fitted.sum() == n_fits
    assert np.isfinite(display.scores).sum() == n_fits - sum(
        m.error is not None for trial in study.trials for m in trial.measurements
    )


def test_title_counts_what_was_saved():
    """How many fits racing has saved is why one looks."""
    display = drawn(raced())
    stopped = [i for i, status in enumerate(display.statuses) if status == "pruned"]
    assert display.n_skipped == (~display.fitted[stopped]).sum() > 0
    share = round(100 * display.n_skipped / 100)
    assert f"{len(stopped)} trials stopped early: {share} % of 100 fits skipped" in display.ax_.get_title()


def test_search_without_a_race_says_so():
    """Every fit of a plain cross-validation was done."""
    assert drawn(small()).ax_.get_title().endswith("no fit was skipped")
    assert drawn(failed()).ax_.get_title() == "no trial is complete, no fit was skipped"


def test_best_is_the_best_of_complete_trials():
    """A trial that was stopped after one lucky fold has not won."""
    fits = [
        tuple(Measurement(i, {"s": score}) for i in range(n)) for score, n in ((0.5, 3), (0.9, 1), (0.6, 3))
    ]
    statuses = "complete", "pruned", "complete"
    trials = [
        Trial(i, {"a": i}, status=status, measurements=done, score=0.5)
        for i, (status, done) in enumerate(zip(statuses, fits, strict=True))
    ]
    display = RaceDisplay.from_trials(trials, ax=Figure().subplots())
    assert display.ax_.get_title() == "best 0.600, 1 trial stopped early: 22 % of 9 fits skipped"


def test_fits_to_come_are_neither_skipped_nor_failed():
    """While a search runs, an empty cell is simply not there yet."""
    done = Trial(
        0, {}, status="complete", score=1.0, measurements=(Measurement(0, {"s": 1}), Measurement(1, {"s": 1}))
    )
    running = Trial(1, {}, measurements=(Measurement(0, {"s": 1.0}),), pending=(1,))
    display = RaceDisplay.from_trials([done, running], ax=Figure().subplots())
    assert display.n_skipped == 0
    assert display.fitted.tolist() == [[True, True], [True, False]]
