"""What a search may ask of its workers."""

import math
import os
import sys
from pathlib import Path

import joblib
import pytest
from sklearn.dummy import DummyClassifier

from skhpo import GridSearchCV, RandomizedSearchCV
from skhpo.evaluation import Executor, Limits
from tests.evaluation.test_executor import run_all


def visible_device(shared, job):
    """The device and the process that a fit sees."""
    return os.environ.get("CUDA_VISIBLE_DEVICES"), os.getpid()


def die_once(shared, job):
    """Bring the first process down."""
    if not Path(shared).exists():
        Path(shared).touch()
        os._exit(1)
    return visible_device(shared, job)


def limits_of(**arguments):
    """Check limits as a search does."""
    return Limits.of(RandomizedSearchCV(None, {}, **arguments))


def test_every_worker_is_pinned_to_its_device(monkeypatch):
    """Two fits on one accelerator run out of its memory, while the other one idles."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    limits = limits_of(devices=[3, "MIG-5"])
    with Executor(visible_device, None, n_jobs=2, limits=limits) as executor:
        seen = {pid: device for device, pid in run_all(executor, range(20)).values()}
    assert set(seen.values()) <= {"3", "MIG-5"}
    # Nobody else gets a worker that sees one device only.
    with Executor(visible_device, None, n_jobs=2) as executor:
        assert run_all(executor, [0])[0][0] is None


def test_the_successor_of_a_worker_has_its_device(tmp_path, monkeypatch):
    """Otherwise the device idles from the first crash on."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    limits = limits_of(devices=[7])
    with Executor(die_once, str(tmp_path / "mark"), limits=limits) as executor:
        assert run_all(executor, [0])[0][0] == "7"


def test_devices_are_counted_as_this_process_sees_them(monkeypatch):
    """A job on a shared machine must not use the devices of another one."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert limits_of(devices=[0, 1]).devices == ("4", "6")
    with pytest.raises(ValueError, match="must name devices that this process sees"):
        limits_of(devices=[0, 2])


@pytest.mark.parametrize("devices", [[], [1.5], [-1], [True]])
def test_what_is_no_device_is_refused(devices):
    """Fits on a device that does not exist would run on the processor, without a word."""
    with pytest.raises(ValueError, match="The 'devices' parameter of RandomizedSearchCV must be a list of"):
        limits_of(devices=devices)


def test_devices_say_how_many_workers_there_are():
    """Nobody wants to count them twice."""
    assert GridSearchCV(None, {}, devices=[0, 1, 2])._n_jobs == 3
    assert GridSearchCV(None, {}, devices=[0, 1, 2], n_jobs=6)._n_jobs == 6
    assert GridSearchCV(None, {})._n_jobs is None


def test_one_worker_is_isolated_whatever_the_backend():
    """The backend is for more workers than one."""
    with (
        joblib.parallel_config("threading"),
        Executor(visible_device, 0, 1, limits=Limits(isolation="process")) as one,
    ):
        assert run_all(one, [0])[0][1] != os.getpid()


def test_memory_is_written_as_one_likes(monkeypatch):
    """``4e9`` was refused because it is a float, without a word of how else to write it."""
    monkeypatch.setattr(sys, "platform", "linux")
    limits = limits_of(fit_memory=4e9)
    assert limits.fit_memory == 4_000_000_000 and type(limits.fit_memory) is int
    assert limits_of(fit_memory=2**30).fit_memory == 2**30


@pytest.mark.parametrize("memory", ["4GB", 0, -1.0, math.inf, math.nan])
def test_what_is_no_memory_is_refused(memory):
    """A limit that means nothing would be noticed by the first fit, or never."""
    with pytest.raises(ValueError, match="The 'fit_memory' parameter of GridSearchCV must be"):
        GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, fit_memory=memory).fit(
            [[0]] * 10, [0, 1] * 5
        )
