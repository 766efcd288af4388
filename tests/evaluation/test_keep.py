"""Kept models are there while they are needed, and gone afterwards."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from skhpo.evaluation import Keeper


def kept_amount(keeper, number=0, split=0, at_most=100):
    """The amount of the model that is found."""
    kept = keeper.load(number, split, at_most)
    return None if kept is None else kept.amount


def test_the_longest_training_that_is_not_too_long_is_found():
    """A model cannot be trained backwards, and a short one costs the rest again."""
    with Keeper() as keeper:
        for amount in (1, 3, 9):
            keeper.save(0, 0, amount, {"a": amount}, "model")
        assert kept_amount(keeper, at_most=4) == 3
        assert kept_amount(keeper) == 9
        assert keeper.load(0, 0, 4).configuration == {"a": 3}
        assert kept_amount(keeper, at_most=0) is None


def test_trials_and_splits_are_told_apart():
    """A model that has seen the test part of a split makes its score too good."""
    with Keeper() as keeper:
        keeper.save(1, 2, 3, {}, "model")
        keeper.save(11, 2, 5, {}, "model")
        assert kept_amount(keeper, 1, 2) == 3
        assert kept_amount(keeper, 2, 1) is None


def test_workers_use_the_same_directory():
    """A trial is resumed by whichever worker is free."""
    with Keeper(most=9) as keeper:
        pickle.loads(pickle.dumps(keeper)).save(0, 0, 3, {}, "model")
        assert kept_amount(keeper) == 3


def test_everything_is_gone_after_an_error():
    """Temporary directories that stay fill the disk of the user."""
    with pytest.raises(RuntimeError, match="oh"), Keeper() as keeper:
        keeper.save(0, 0, 1, {}, "model")
        raise RuntimeError("oh")
    assert not Path(keeper.folder).exists()
    assert not list(Path(keeper.folder).parent.glob(Path(keeper.folder).name + "*"))


def test_a_worker_that_is_late_does_not_bring_the_directory_back():
    """Threads cannot be killed: one may end its fit when the search is over."""
    with Keeper() as keeper:
        pass
    keeper.save(0, 0, 1, {}, "model")
    assert not Path(keeper.folder).exists()
    assert kept_amount(keeper) is None


def test_what_cannot_be_pickled_is_not_kept():
    """It is trained again, and the search goes on."""
    with Keeper() as keeper:
        keeper.save(0, 0, 1, {}, (one for one in "generator"))
        assert kept_amount(keeper) is None
        assert not list(Path(keeper.folder).iterdir())


def test_a_broken_file_is_no_model():
    """A full disk leaves such files behind."""
    with Keeper() as keeper:
        Path(keeper.folder, "0-0-5").write_bytes(b"half a mod")
        assert kept_amount(keeper) is None


def test_trials_can_be_forgotten():
    """Most trials are never resumed, and their models are large."""
    with Keeper() as keeper:
        for number in (0, 1):
            for amount in (1, 3):
                keeper.save(number, 0, amount, {}, "model")
        keeper.forget(0)
        keeper.forget(1, below=3)
        assert kept_amount(keeper, 0) is None
        assert kept_amount(keeper, 1) == 3
        assert kept_amount(keeper, 1, at_most=2) is None


def test_small_models_wait_in_memory_and_are_handed_over():
    """A file for each model takes longer than a few more trees, where fits are short."""
    with Keeper() as keeper:
        models = [["model"] for _ in range(3)]
        for split, model in enumerate(models):
            keeper.save(0, split, 3, {}, model)
        # The first one is a file, which says how large they are.
        assert [path.name for path in Path(keeper.folder).iterdir()] == ["0-0-3"]
        assert keeper.take(0, 1, 9).estimator is models[1]
        assert keeper.take(0, 1, 9) is None
        assert keeper.take(0, 0, 9).estimator == ["model"] and keeper.take(0, 0, 9) is not None


def test_who_only_reads_has_a_copy():
    """Of a model in a population several others go on: they would train one and the same."""
    with Keeper() as keeper:
        models = [["model"] for _ in range(2)]
        for number, model in enumerate(models):
            keeper.save(number, 0, 3, {}, model)
        read = [keeper.load(1, 0, 9).estimator for _ in range(2)]
        assert read[0] == read[1] == models[1]
        assert len({id(one) for one in (*read, *models)}) == 4


def test_the_longest_training_is_found_wherever_it_is():
    """The model of the first trial on a rung is a file, those of others are held."""
    with Keeper() as keeper:
        for number in (0, 1):
            keeper.save(number, 0, 1, {}, "model")
        keeper.save(1, 0, 3, {}, "longer")
        keeper.save(0, 0, 3, {}, "longer")
        keeper.save(0, 0, 1, {}, "shorter")
        assert kept_amount(keeper, 0) == kept_amount(keeper, 1) == 3
        assert kept_amount(keeper, 0, at_most=2) == kept_amount(keeper, 1, at_most=2) == 1


def test_large_models_are_files():
    """A hundred forests do not fit into the memory."""
    with Keeper() as keeper:
        for split in range(3):
            keeper.save(0, split, 1, {}, bytes(2**26))
        assert len(list(Path(keeper.folder).iterdir())) == 3


def test_copies_do_not_hold_models():
    """What one worker held, the next one that resumes the trial would not find."""
    with Keeper() as keeper:
        copy = pickle.loads(pickle.dumps(keeper))
        for split in range(2):
            copy.save(0, split, 3, {}, "model")
        assert kept_amount(keeper, 0, 1) == 3


def test_the_last_rung_is_not_kept():
    """Nothing can follow it."""
    with Keeper(most=9) as keeper:
        assert keeper.wants(8)
        assert not keeper.wants(9)
