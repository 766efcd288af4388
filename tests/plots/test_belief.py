"""What the surrogate expects along hyperparameters, on the scale of the scores."""

import numpy as np
from pictured import constant, failed, finished, hill, large, small

from skhpo.plots._belief import make_belief, order_by_importance
from skhpo.plots._source import Source, read_source
from skhpo.plots._table import make_table


def belief_of(study):
    """Return the belief of all trials of a study."""
    return make_belief(make_table(read_source(study)))


def test_curve_has_the_scores_scale_and_its_top_at_the_best_value():
    """A curve beside the points, or with its top elsewhere, sends the user to the wrong values."""
    study = finished({"x": (0.0, 1.0), "y": (0.0, 1.0)}, lambda c, job: 50 - 100 * (c["x"] - 0.7) ** 2, 30)
    curve = belief_of(study).curve(0)
    assert abs(curve.places[np.argmax(curve.mean)] - 0.7) < 0.05
    np.testing.assert_allclose(curve.mean, 50 - 100 * (curve.places - 0.7) ** 2, atol=5.0)
    assert (curve.low <= curve.mean).all() and (curve.mean <= curve.high).all()


def test_terrible_scores_do_not_bend_the_curve():
    """The average of scores of -1e6 and of others of 0.9 is nobody's expectation."""

    def score(c, job):
        return -1e6 if c["x"] < 0.2 else 0.9 - (c["x"] - 0.5) ** 2

    curve = belief_of(finished({"x": (0.0, 1.0), "y": (0.0, 1.0)}, score, 30)).curve(0)
    good = curve.places > 0.4
    np.testing.assert_allclose(curve.mean[good], 0.9 - (curve.places[good] - 0.5) ** 2, atol=0.05)
    assert curve.mean[0] < -1


def test_what_matters_comes_first():
    """With thirty hyperparameters the first ones are what is looked at."""
    study = large(60)
    table = make_table(read_source(study))
    order = order_by_importance(table, make_belief(table))
    assert {table.names[d] for d in order[:2]} == {"model__depth_3", "model__choice_2"}


def test_curve_of_a_conditional_hyperparameter_is_that_of_active_trials():
    """The expectation at a gamma must not be that of a kernel without one."""
    table = make_table(read_source(small(40)))
    belief, gamma, kernel = make_belief(table), table.names.index("gamma"), table.names.index("kernel")
    curve = belief.curve(gamma)
    assert 1e-3 < curve.places[np.argmax(curve.mean)] < 1e-1
    _, levels, surface = belief.surface(gamma, kernel)
    assert levels.tolist() == [0, 1, 2]
    assert np.isnan(surface[0]).all() and np.isfinite(surface[1:]).all()


def test_levels_are_compared_at_the_same_values_of_the_others():
    """A kernel that was tried with bad values of C only is not bad for that."""
    trials = [t for t in small(60, fails=()).trials if t.configuration["kernel"] != "poly"]
    unfair = [
        t
        for t in trials
        if t.configuration["kernel"] == "rbf" or abs(np.log10(t.configuration["C"]) - 1) > 1.5
    ]
    table = make_table(Source(unfair))
    curve = make_belief(table).curve(table.names.index("kernel"))
    by_level = dict(
        zip((table.scales[0].labels[int(place)] for place in curve.places), curve.mean, strict=True)
    )
    scores = [trial.score for trial in unfair if trial.configuration["kernel"] == "linear"]
    rival = np.mean([hill({"C": t.configuration["C"]}) for t in unfair])
    assert abs(by_level["linear"] - rival) < abs(np.mean(scores) - rival)


def test_nothing_is_believed_where_nothing_is_known():
    """A curve through equal scores, or through none, would be made up."""
    assert belief_of(constant()) is None
    assert belief_of(failed()) is None
    assert belief_of(small(3)) is None


def test_same_trials_give_the_same_belief():
    """A picture that changes from look to look is not trusted."""
    one, other = belief_of(small()), belief_of(small())
    np.testing.assert_array_equal(one.curve(1).mean, other.curve(1).mean)
    np.testing.assert_array_equal(one.importance, other.importance)
