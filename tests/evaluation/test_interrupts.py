"""Ctrl-C, held back and let through."""

import signal
import threading

import pytest

from skhpo.evaluation import Interrupts


def press():
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_interrupts_are_held_back_and_strike_later():
    """A result that is half recorded, in memory or on disk, is worse than none."""
    reached, woken = [], []
    with pytest.raises(KeyboardInterrupt), Interrupts(lambda: woken.append(1)) as interrupts:
        press()
        reached.append("recorded")
        assert interrupts.is_set and woken == [1]
        with interrupts.allowed():
            reached.append("waited")
    assert reached == ["recorded"]


def test_interrupts_strike_at_once_where_they_are_allowed():
    """A fit of an hour in this process ends when the user wants it to."""
    with pytest.raises(KeyboardInterrupt), Interrupts(lambda: None) as interrupts, interrupts.allowed():
        press()
        pytest.fail("not interrupted")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_at_the_very_end_is_not_forgotten():
    """The user who pressed Ctrl-C while the last result came in must not wait for the refit."""
    with pytest.raises(KeyboardInterrupt), Interrupts(lambda: None):
        press()


def test_what_a_program_does_at_an_interrupt_is_left_to_it():
    """A server that shuts down in its own way is not to be stopped in its middle."""
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("own"))
    try:
        with Interrupts(lambda: seen.append("woken")) as interrupts:
            press()
            assert not interrupts.is_set
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["own"]


def test_nothing_is_done_in_other_threads():
    """Python lets the main thread alone set handlers; a search in another one has to work all the same."""
    seen = []

    def search():
        with Interrupts(lambda: None) as interrupts, interrupts.allowed():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=search)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
