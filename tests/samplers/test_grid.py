"""Grid sampler."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo.exceptions import InvalidSpaceError
from skhpo.samplers import GridSampler
from skhpo.space import SearchSpace
from skhpo.trial import Trial


@pytest.fixture
def space():
    """Six configurations."""
    return SearchSpace({"kernel": ["rbf", "poly"], "degree": (1, 3)})


def walk(space, trials=(), n=1):
    """Sample until nothing is left."""
    trials, rng = list(trials), np.random.default_rng(0)
    while proposals := GridSampler().sample(space, trials, n, rng):
        for configuration, origin, _ in proposals:
            point = tuple(space.encode([configuration])[0].tolist())
            trials.append(Trial(len(trials), configuration, point, origin))
    return trials


@pytest.mark.parametrize("n", [1, 2, 100])
def test_follows_the_grid(space, n):
    """Users read results of a grid search in the order of the grid, however many workers there are."""
    trials = walk(space, n=n)
    assert [trial.configuration for trial in trials] == list(space.grid())
    assert {trial.origin for trial in trials} == {"grid"}


def test_passes_over_what_others_tried(space):
    """A user's own first configurations would be fitted twice."""
    given = [{"kernel": "poly", "degree": 1}, {"kernel": "rbf", "degree": 1}]
    points = space.encode(given).tolist()
    first = [Trial(i, given[i], tuple(points[i]), "user") for i in range(2)]
    trials = walk(space, first)
    expected = given + [configuration for configuration in space.grid() if configuration not in given]
    assert [trial.configuration for trial in trials] == expected


def test_history_in_another_order_is_completed(space):
    """The shortcut over the start of the grid would lose configurations if it were trusted blindly."""
    last = list(space.grid())[-2:]
    points = space.encode(last).tolist()
    trials = walk(space, [Trial(i, last[i], tuple(points[i]), "grid") for i in range(2)])
    assert len(trials) == 6


def test_starts_at_the_beginning_of_a_sub_space_opened_late():
    """What was spent on a closed sub-space must not be left out of the next one."""
    space = SearchSpace([({"a": (1, 5)}, 3), {"b": (1, 5)}])
    trials = []
    for indices in ([0], [0], [0], [1]):
        [proposal] = GridSampler().sample(space.open_to(indices), trials, 1, np.random.default_rng(0))
        point = tuple(space.encode([proposal.configuration])[0].tolist())
        trials.append(Trial(len(trials), proposal.configuration, point, proposal.origin))
    assert [trial.configuration for trial in trials] == [{"a": 1}, {"a": 2}, {"a": 3}, {"b": 1}]


def test_infinite_space_names_the_hyperparameter():
    """The user must learn which range to replace by a list."""
    space = SearchSpace({"kernel": ["rbf"], "C": (0.1, 1.0)})
    with pytest.raises(InvalidSpaceError, match="'C'"):
        GridSampler().sample(space, [], 1, np.random.default_rng(0))


def test_huge_grid_is_lazy():
    """A grid of 10**18 configurations would fill the memory before the first fit."""
    space = SearchSpace({name: (1, 10**6) for name in "abc"})
    [proposal] = GridSampler().sample(space, [], 1, np.random.default_rng(0))
    assert proposal.configuration == {"a": 1, "b": 1, "c": 1}
