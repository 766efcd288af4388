"""The contract of samplers: every entry of the table SAMPLERS is put through it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import finite_spaces, search_spaces

from skhpo.exceptions import InvalidSpaceError
from skhpo.samplers import SAMPLERS
from skhpo.samplers._distinct import point_keys
from skhpo.space import Integer, Real, SearchSpace
from skhpo.trial import Trial

ENTRIES = sorted(SAMPLERS)
every_sampler = pytest.mark.parametrize("name", ENTRIES)
SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=settings.default.max_examples // 2)

SCORES = {
    "ordinary": lambda rng, n: rng.normal(size=n),
    "constant": lambda rng, n: np.full(n, 0.5),
    "tied": lambda rng, n: rng.integers(0, 2, size=n) / 2.0,
    "outlier": lambda rng, n: np.where(np.arange(n) == n // 2, -1e12, rng.normal(size=n)),
    "lucky outlier": lambda rng, n: np.where(np.arange(n) == n // 2, 1e12, rng.normal(size=n)),
    "huge": lambda rng, n: rng.choice([-1e308, 1e308], size=n),
    "failed": lambda rng, n: np.full(n, np.nan),
    "some failed": lambda rng, n: np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n)),
}
ORIGINS = ["default", "user", "initial design", "model", "random", "grid"]


def make_trial(space, number, configuration, score=np.nan, origin="model", is_running=False):
    """One trial as a study would record it."""
    point = tuple(space.encode([configuration])[0].tolist())
    if is_running:
        return Trial(number, configuration, point, origin, "running", pending=(0,))
    status = "failed" if np.isnan(score) else "complete"
    return Trial(number, configuration, point, origin, status, score=float(score))


@st.composite
def histories(draw, space, max_trials=20):
    """Trials of a space: any length from 0, repeated configurations, every pattern of scores, some running."""
    rng = np.random.default_rng(draw(SEEDS))
    n = draw(st.sampled_from([0, 1, 2, 5, 11, max_trials]))
    configurations = space.sample(rng, n)
    if n > 2 and draw(st.booleans()):
        configurations[n // 2 :] = [configurations[0]] * (n - n // 2)
    scores = SCORES[draw(st.sampled_from(sorted(SCORES)))](rng, n)
    n_running = draw(st.sampled_from([0, 0, 1, n]))
    return [
        make_trial(space, i, configuration, score, ORIGINS[rng.integers(6)], i >= n - n_running)
        for i, (configuration, score) in enumerate(zip(configurations, scores, strict=True))
    ]


def spaces_for(name):
    """Spaces a sampler is made for: a grid needs a finite one."""
    return finite_spaces() if name == "grid" else search_spaces()


def keys(space, proposals):
    """Keys of proposed configurations."""
    return point_keys(space.encode([proposal.configuration for proposal in proposals]))


def tried(space, trials):
    """Keys of the configurations in a history."""
    return set(point_keys(space.encode([trial.configuration for trial in trials])))


def same(space, first, second):
    """Whether two lists of proposals are the same."""
    return keys(space, first) == keys(space, second) and [p.origin for p in first] == [
        p.origin for p in second
    ]


@every_sampler
@few
@given(data=st.data(), seed=SEEDS, n=st.sampled_from([1, 1, 3]))
def test_proposals_are_new_configurations_of_the_space(name, data, seed, n):
    """Fits would be wasted on what is invalid, or known already, whatever happened before."""
    space = data.draw(spaces_for(name))
    trials = data.draw(histories(space))
    proposals = SAMPLERS[name]().sample(space, trials, n, np.random.default_rng(seed))
    for proposal in proposals:
        space.check(proposal.configuration)
        assert proposal.origin in ORIGINS
    found, known = keys(space, proposals), tried(space, trials)
    assert len(set(found)) == len(found)
    assert not set(found) & known
    assert len(found) == (n if space.size is None else min(n, space.size - len(known)))


@every_sampler
@few
@given(data=st.data(), seed=SEEDS)
def test_same_trials_and_seed_give_the_same_answer(name, data, seed):
    """A search could not be repeated or resumed if an instance remembered anything that changes proposals."""
    space = data.draw(spaces_for(name))
    trials = data.draw(histories(space))
    sampler = SAMPLERS[name]()
    expected = sampler.sample(space, trials, 2, np.random.default_rng(seed))
    sampler.sample(space, trials[: len(trials) // 2], 1, np.random.default_rng(seed + 1))
    for other in (sampler, SAMPLERS[name](), pickle.loads(pickle.dumps(sampler)), copy.deepcopy(sampler)):
        assert same(space, expected, other.sample(space, tuple(trials), 2, np.random.default_rng(seed)))


@pytest.mark.parametrize("name", [name for name in ENTRIES if SAMPLERS[name].uses_scores])
@settings(few, max_examples=min(few.max_examples, 10))
@given(
    space=search_spaces(),
    kind=st.sampled_from(sorted(SCORES)),
    n=st.sampled_from([1, 4, 15, 70, 90, 130, 290, 297, 320, 347]),
    seed=SEEDS,
)
def test_a_search_goes_on_from_its_trials_as_if_never_stopped(name, space, kind, n, seed):
    """A resumed search would leave the way of the first one, if what a sampler remembers changed what it proposes."""
    rng = np.random.default_rng(seed)
    scores = SCORES[kind](rng, n + 9)
    trials = [make_trial(space, i, one, scores[i]) for i, one in enumerate(space.sample(rng, n))]
    sampler = SAMPLERS[name]()
    for i in range(n, n + 8):
        proposals = sampler.sample(space, trials, 1, np.random.default_rng([seed, i]))
        if i == n or i == n + 7:
            fresh = SAMPLERS[name]().sample(space, tuple(trials), 1, np.random.default_rng([seed, i]))
            assert same(space, proposals, fresh)
        if not proposals:
            return
        configuration = proposals[0].configuration
        if i == n + 3:
            # a result that comes late, and one that never does
            trials.append(make_trial(space, i, configuration, is_running=True))
        else:
            trials.append(make_trial(space, i, configuration, scores[i], proposals[0].origin))
        if i == n + 5 and trials[n + 3].number % 2:
            trials[n + 3] = make_trial(space, n + 3, trials[n + 3].configuration, scores[n + 3])


@every_sampler
@few
@given(kind=st.sampled_from(sorted(SCORES)), n=st.sampled_from([1, 2, 6, 30]), seed=SEEDS)
def test_hyperparameters_that_never_varied_are_survived(name, kind, n, seed):
    """A user's own list of configurations often changes one hyperparameter only; the others must be tried then."""
    space = SearchSpace({"a": (1, 40), "b": (1, 9, "log-uniform"), "kernel": ["rbf", "poly", "linear"]})
    rng = np.random.default_rng(seed)
    scores = SCORES[kind](rng, n)
    trials = [
        make_trial(space, i, {"a": 1 + i, "b": 3, "kernel": "poly"}, score) for i, score in enumerate(scores)
    ]
    proposals = SAMPLERS[name]().sample(space, trials, 4, np.random.default_rng(seed))
    assert len(proposals) == 4
    assert not set(keys(space, proposals)) & tried(space, trials)


@every_sampler
@few
@given(data=st.data(), seed=SEEDS)
def test_inputs_are_left_alone(name, data, seed):
    """The trials are the record of the search: a sampler that edits them corrupts the results."""
    space = data.draw(spaces_for(name))
    trials = data.draw(histories(space))
    before, described = pickle.dumps(trials), repr(space)
    global_state = pickle.dumps(np.random.get_state())
    SAMPLERS[name]().sample(space, trials, 1, np.random.default_rng(seed))
    assert pickle.dumps(trials) == before
    assert repr(space) == described
    assert pickle.dumps(np.random.get_state()) == global_state


@every_sampler
@settings(few, max_examples=few.max_examples // 2)
@given(space=finite_spaces(max_size=24), seed=SEEDS, batch=st.sampled_from([1, 1, 4]))
def test_finite_space_is_covered_without_repetition(name, space, seed, batch):
    """A small space would be searched forever, or never wholly."""
    sampler, rng = SAMPLERS[name](), np.random.default_rng(seed)
    trials = []
    while len(trials) < space.size:
        proposals = sampler.sample(space, trials, batch, np.random.default_rng([seed, len(trials)]))
        assert len(proposals) == min(batch, space.size - len(trials))
        for proposal in proposals:
            trials.append(
                make_trial(space, len(trials), proposal.configuration, rng.normal(), proposal.origin)
            )
    assert len(tried(space, trials)) == space.size
    assert sampler.sample(space, trials, 3, rng) == []


@every_sampler
@few
@given(data=st.data(), seed=SEEDS)
def test_only_open_sub_spaces_are_proposed(name, data, seed):
    """The budget of a sub-space could not be kept."""
    space = data.draw(spaces_for(name).filter(lambda space: len(space.subspaces) > 1))
    trials = data.draw(histories(space))
    index = data.draw(st.integers(0, len(space.subspaces) - 1))
    opened = space.open_to([index])
    proposals = SAMPLERS[name]().sample(opened, trials, 3, np.random.default_rng(seed))
    alone = SearchSpace(dict(space.subspaces[index].dimensions))
    assert all(alone.contains(proposal.configuration) for proposal in proposals)
    known = {
        key
        for trial in trials
        if alone.contains(trial.configuration)
        for key in point_keys(alone.encode([trial.configuration]))
    }
    if alone.size is None or alone.size > len(known):
        assert proposals


@pytest.mark.parametrize("name", [name for name in ENTRIES if not SAMPLERS[name].uses_scores])
@few
@given(data=st.data(), seed=SEEDS)
def test_samplers_that_do_not_use_scores_ignore_them(name, data, seed):
    """Searches do not wait for results on behalf of these samplers, so results must not change proposals."""
    space = data.draw(spaces_for(name))
    trials = data.draw(histories(space))
    unfinished = [
        Trial(trial.number, trial.configuration, trial.point, trial.origin, pending=(0,)) for trial in trials
    ]
    first = SAMPLERS[name]().sample(space, trials, 2, np.random.default_rng(seed))
    second = SAMPLERS[name]().sample(space, unfinished, 2, np.random.default_rng(seed))
    assert same(space, first, second)


@every_sampler
def test_space_of_one_configuration(name):
    """A list with a single choice is a common leftover of a larger space; nothing varies in it."""
    space, sampler = SearchSpace({"kernel": ["rbf"], "degree": [3]}), SAMPLERS[name]()
    [proposal] = sampler.sample(space, [], 5, np.random.default_rng(0))
    assert proposal.configuration == {"kernel": "rbf", "degree": 3}
    trials = [make_trial(space, i, proposal.configuration, float(i)) for i in range(20)]
    assert sampler.sample(space, trials, 1, np.random.default_rng(0)) == []


@every_sampler
def test_values_are_plain_python(name):
    """`set_params`, JSON and users' own checks such as ``isinstance(n, int)`` meet numpy scalars badly."""
    spec = {"a": (1, 30), "b": [1.5, 2.5], "c": ["x", "y"], "e": [True, False], "f": (1, 1000, "log-uniform")}
    if name != "grid":
        spec["d"] = (0.1, 1.0)
    space, trials = SearchSpace(spec), []
    types = {"a": int, "b": float, "c": str, "d": float, "e": bool, "f": int}
    for i in range(16):
        proposals = SAMPLERS[name]().sample(space, trials, 1, np.random.default_rng(i))
        configuration = proposals[0].configuration
        assert type(configuration) is dict
        assert {key: type(value) for key, value in configuration.items()} == {key: types[key] for key in spec}
        trials.append(make_trial(space, i, configuration, -configuration["a"], proposals[0].origin))


@every_sampler
def test_choices_are_the_users_own_objects(name):
    """Copies of estimators or callables would lose identity, and cost memory."""
    choices = [object(), object(), [1, 2], None]
    space, trials = SearchSpace({"step": choices}), []
    for i in range(4):
        [proposal] = SAMPLERS[name]().sample(space, trials, 1, np.random.default_rng(i))
        assert any(proposal.configuration["step"] is choice for choice in choices)
        trials.append(make_trial(space, i, proposal.configuration, float(i), proposal.origin))


@every_sampler
def test_trials_outside_the_space_are_passed_over(name):
    """A default configuration outside the space has no encoded point; it must not stop the search."""
    space = SearchSpace({"a": (1, 30), "b": (1, 30)})
    outside = Trial(0, {"a": "auto", "b": 1}, None, "default", "complete", score=1.0)
    running = Trial(1, {"a": "auto", "b": 2}, None, "default", "running", pending=(0,))
    others = [
        make_trial(space, i, configuration, float(i))
        for i, configuration in enumerate(space.sample(np.random.default_rng(0), 15), start=2)
    ]
    for trials in ([outside], [outside, running, *others]):
        assert len(SAMPLERS[name]().sample(space, trials, 2, np.random.default_rng(0))) == 2


@every_sampler
def test_finite_branch_of_an_infinite_space_is_not_repeated(name):
    """A branch with few configurations, such as a linear kernel beside an rbf kernel with gamma, would be refitted."""
    gamma = Real(0.1, 1.0, when={"kernel": ["rbf"]})
    degree = Integer(2, 3, when={"kernel": ["poly"]})
    space = SearchSpace({"kernel": ["linear", "poly", "rbf"], "gamma": gamma, "degree": degree})
    sampler, trials = SAMPLERS[name](), []
    if name == "grid":
        with pytest.raises(InvalidSpaceError, match="gamma"):
            sampler.sample(space, trials, 1, np.random.default_rng(0))
        return
    for i in range(30):
        [proposal] = sampler.sample(space, trials, 1, np.random.default_rng(i))
        assert not set(keys(space, [proposal])) & tried(space, trials)
        score = 1.0 if proposal.configuration["kernel"] == "linear" else 0.0
        trials.append(make_trial(space, i, proposal.configuration, score, proposal.origin))
