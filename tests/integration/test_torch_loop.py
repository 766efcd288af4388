"""A PyTorch network in a loop of its own, which needs torch."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from skhpo import Study, run_study
from skhpo.schedulers import HyperbandScheduler, hyperband_plan

pytestmark = pytest.mark.integration

PATH = Path(__file__).parents[2] / "doc" / "examples" / "torch_loop.py"
SPACE = {
    "learning_rate": (1e-3, 1.0, "log-uniform"),
    "momentum": (0.0, 0.9),
    "batch_size": [64, 128],
    "width": (8, 32),
    "dropout": (0.0, 0.5),
}


@pytest.fixture
def example():
    """The example as a module."""
    pytest.importorskip("torch")
    spec = importlib.util.spec_from_file_location("torch_loop", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_tunes_a_network(example, capsys) -> None:
    """Whoever starts from the example should see a search that works, in a small part of the epochs."""
    example.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "357 epochs instead of 1323"
    assert float(lines[-1].rpartition(" ")[2]) > 0.95


def test_suspended_networks_learn_what_others_do(example) -> None:
    """Weights, momentum and dropout have to survive being suspended: a lost loop must give the same scores."""
    fit, choose, _ = example.load_data()
    scores = []
    for max_suspended in (None, 0):
        scheduler = HyperbandScheduler(plan=hyperband_plan(1, 9))
        study = Study(SPACE, scheduler=scheduler, random_state=0)
        run_study(study, lambda c: example.train(c, fit, choose), max_suspended=max_suspended)
        scores.append([(t.configuration, [dict(m.scores) for m in t.measurements]) for t in study.trials])
    assert scores[0] == scores[1]
