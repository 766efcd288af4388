"""Trials as rows of positions, whatever sub-spaces, tuples and conditions they come from."""

import numpy as np
import pytest
from pictured import finished, small

from skhpo import Tuple
from skhpo.plots._source import Source, read_source
from skhpo.plots._table import make_table
from skhpo.trial import Trial


def test_inactive_values_are_missing_and_parents_known():
    """A gamma that was not used must not appear as if it had been."""
    table = make_table(read_source(small()))
    kernel, gamma, degree = (table.names.index(name) for name in ("kernel", "gamma", "degree"))
    is_linear = table.places[:, kernel] == 0
    assert is_linear.any()
    np.testing.assert_array_equal(np.isnan(table.places[:, gamma]), is_linear)
    assert np.isnan(table.places[:, degree]).sum() > is_linear.sum()
    assert table.parents == {kernel}


def test_parents_are_found_without_a_space():
    """A file or a list of candidates shows its conditions only in what is absent."""
    study = small()
    table = make_table(Source(list(study.trials)))
    assert table.parents == {table.names.index("kernel")}


def test_one_name_of_several_sub_spaces_is_one_column():
    """C of two kernels belongs on one axis, from the lowest bound to the highest one."""
    space = [{"k": ["a"], "C": (1.0, 2.0)}, {"k": ["b"], "C": (10.0, 40.0)}]
    table = make_table(read_source(finished(space, lambda c, job: c["C"], 10)))
    assert table.names == ["k", "C"]
    assert (table.scales[1].low, table.scales[1].high) == (1.0, 40.0)
    assert table.scales[0].levels == ["a", "b"]


def test_entries_of_tuples_have_columns_of_their_own():
    """Fifty different tuples on one axis of categories show nothing."""
    space = {"layers": Tuple((8, 256, "log-uniform"), length=(1, 3))}
    table = make_table(read_source(finished(space, lambda c, job: len(c["layers"]), 12)))
    assert table.names == ["len(layers)", "layers[0]", "layers[1]", "layers[2]"]
    lengths = [len(trial.configuration["layers"]) for trial in table.trials]
    np.testing.assert_array_equal((~np.isnan(table.places[:, 1:])).sum(axis=1), lengths)
    assert table.scales[1].is_log and table.scales[1].high == 256


def test_positions_lie_between_0_and_1():
    """The surrogate knows no other positions."""
    table = make_table(read_source(small()))
    units = table.units[~np.isnan(table.units)]
    assert units.min() >= 0 and units.max() <= 1


def test_unknown_names_are_refused():
    """A misspelt hyperparameter must not draw an empty picture."""
    with pytest.raises(ValueError, match="must be among .* Got 'c' instead"):
        make_table(read_source(small())).columns_of(["C", "c"])


def test_scores_are_those_of_complete_trials():
    """What a trial had before it was stopped is no score."""
    trials = [
        Trial(0, {"a": 1}, status="complete", score=0.5),
        Trial(1, {"a": 2}, status="pruned", score=0.9),
    ]
    table = make_table(Source(trials))
    np.testing.assert_array_equal(table.scores, [0.5, np.nan])
    assert table.best == 0
