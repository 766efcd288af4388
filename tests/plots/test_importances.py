"""How much each hyperparameter matters."""

import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from pictured import constant, large, small

from skhpo.plots import Importance, ImportancesDisplay


def drawn(importances, **arguments):
    """Draw importances on axes that pyplot does not know."""
    return ImportancesDisplay.from_importances(importances, ax=Figure().subplots(), **arguments)


def test_most_important_comes_first_with_its_interval():
    """Bars without an order, or without doubt, are misread."""
    display = drawn({"a": (0.1, 0.0, 0.2), "b": (0.6, 0.5, 0.8)})
    assert list(display.importances) == ["b", "a"]
    assert display.importances["b"] == Importance(0.6, 0.5, 0.8)
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["b", "a"]
    (bars,) = [one for one in display.ax_.containers if hasattr(one, "patches")]
    assert [bar.get_width() for bar in bars] == [0.6, 0.1]


def test_title_claims_no_more_than_the_intervals():
    """Where intervals overlap, or are not known, who matters most is not settled."""
    assert drawn({"a": (0.1, 0.0, 0.2), "b": (0.6, 0.5, 0.8)}).ax_.get_title() == "b matters most"
    assert drawn({"a": (0.4, 0.2, 0.6), "b": (0.6, 0.5, 0.8)}).ax_.get_title() == "b seems to matter most"
    assert drawn({"a": 0.1, "b": 0.6}).ax_.get_title() == "b seems to matter most"


def test_repeated_values_become_an_interval():
    """Bootstrap samples are what many methods give."""
    values = np.linspace(0, 1, 101)
    found = drawn({"a": values}).importances["a"]
    np.testing.assert_allclose(found, (0.5, 0.05, 0.95))


def test_numbers_have_no_interval():
    """An interval of width 0 would claim certainty."""
    found = drawn({"a": 0.3, "b": np.float64(0.2)}).importances["a"]
    assert found.value == 0.3 and math.isnan(found.low)


@pytest.mark.parametrize("value", [np.array([]), np.ones((2, 2)), np.array([math.nan])])
def test_nonsense_is_refused(value):
    """An error that names the hyperparameter is found."""
    with pytest.raises(ValueError, match="importance of 'a' must be"):
        drawn({"a": value})


def test_many_are_cut_and_it_is_said():
    """Thirty bars are legible, three hundred are not."""
    display = drawn({f"h{i}": i for i in range(50)})
    assert len(display.importances) == 20 and display.n_left_out == 30
    assert "30 hyperparameters left out" in display.ax_.get_title()


def test_search_has_a_rough_importance_of_its_own():
    """Without any further computation the picture shows what matters."""
    display = ImportancesDisplay.from_estimator(large(60), ax=Figure().subplots())
    assert set(list(display.importances)[:2]) == {"model__depth_3", "model__choice_2"}
    assert (
        ImportancesDisplay.from_estimator(small(40), ax=Figure().subplots())
        .ax_.get_title()
        .startswith(("C", "gamma"))
    )


def test_equal_scores_have_no_importance():
    """Nothing is learnt from trials that are all alike, and it is said."""
    assert (
        ImportancesDisplay.from_estimator(constant(), ax=Figure().subplots()).ax_.get_title()
        == "too little is known"
    )
