"""Training loops: suspended, resumed and closed, with the results of training in one go."""

import math
import re
import time
from contextlib import nullcontext, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import FitFailedWarning

from skhpo import StorageError, Study, run_study
from skhpo.schedulers import AshaScheduler, HyperbandScheduler, Lossless, RacingScheduler, hyperband_plan

SPACE = {"rate": (1e-3, 1.0, "log-uniform"), "start": (-2.0, 2.0)}
MAKERS = {
    "full": lambda: None,
    "racing": lambda: RacingScheduler(2, Lossless(0.0)),
    "hyperband": lambda: HyperbandScheduler(plan=hyperband_plan(1, 9)),
    "hyperband of two repeats": lambda: HyperbandScheduler(2, hyperband_plan(1, 9)),
    "asha": lambda: AshaScheduler(resources=[1, 3, 9]),
}


def make_study(name="hyperband", n_iter=20, **further):
    """A study of the loops below; Hyperband starts 17 trials by itself."""
    return Study(SPACE, sampler="random", scheduler=MAKERS[name](), n_iter=n_iter, random_state=0, **further)


class Trainer:
    """Gradient descent with noise of its own, which keeps books of what is open and what was trained.

    With `fail_at` the epoch with this number, counted over all loops, raises `error`.
    """

    def __init__(self, n_epochs=9, fail_at=None, error=None):
        self.n_epochs = n_epochs
        self.fail_at = fail_at
        self.error = error
        self.n_trained = 0
        self.n_started = 0
        self.open = []
        self.most_open = 0

    def __call__(self, configuration):
        rng = np.random.default_rng(0)
        self.n_started += 1
        self.open.append(configuration)
        self.most_open = max(self.most_open, len(self.open))
        try:
            x = configuration["start"]
            for _ in range(self.n_epochs):
                if self.n_trained == self.fail_at:
                    self.fail_at = None
                    raise self.error
                self.n_trained += 1
                x -= configuration["rate"] * (x - 1.0 + 0.1 * rng.standard_normal())
                yield -((x - 1.0) ** 2)
        finally:
            self.open.remove(configuration)


def outcome(study):
    """All that a study has found but the times."""
    return [
        (t.configuration, t.status, repr(t.score), [(m.split, m.resource, m.scores) for m in t.measurements])
        for t in study.trials
    ]


def in_one_go(study, n_epochs=9):
    """Run a study with a loop of its own for each job."""
    while (job := study.ask()) is not None:
        scores = list(Trainer(n_epochs)(job.configuration))
        study.tell(job, score=scores[: job.resource][-1])
    return study


@pytest.mark.parametrize("name", MAKERS)
@given(max_suspended=st.none() | st.integers(0, 12), n_epochs=st.integers(1, 12))
def test_results_are_those_of_training_in_one_go(name, max_suspended, n_epochs):
    """Suspending, losing and early ends of loops are no business of who wins."""
    trainer = Trainer(n_epochs)
    study = run_study(make_study(name), trainer, max_suspended=max_suspended)
    assert outcome(study) == outcome(in_one_go(make_study(name), n_epochs))
    assert trainer.open == []
    if max_suspended is not None:
        assert trainer.most_open <= max_suspended + 1


def test_nothing_is_trained_twice():
    """A rung should cost the epochs beyond the one below: that is why loops are suspended."""
    trainer = Trainer()
    study = run_study(make_study(), trainer, max_suspended=None)
    assert trainer.n_trained == sum(trial.resource for trial in study.trials)
    assert trainer.n_started == len(study.trials) == 17


def test_the_best_loops_are_kept():
    """If not all loops can be kept, those that will be resumed should be: then the limit costs nothing."""
    trainer = Trainer()
    run_study(make_study(), trainer, max_suspended=3)
    assert trainer.n_started == 17


def test_all_that_is_suspended_costs_without_a_cache():
    """Without any suspended loops the result is paid for again on each rung."""
    trainer = Trainer()
    study = run_study(make_study(), trainer, max_suspended=0)
    epochs = [m.resource for trial in study.trials for m in trial.measurements]
    assert sum(trial.resource for trial in study.trials) < trainer.n_trained <= sum(epochs)


@pytest.mark.parametrize("name", ["hyperband", "asha"])
def test_loops_are_closed_as_soon_as_they_will_not_be_resumed(name):
    """A network that has lost should not occupy memory until the end of the search."""
    trainer, study = Trainer(n_epochs=100), make_study(name)

    def watched(configuration):
        revived = ("pruned",) if name == "asha" else ()
        needed = [t for t in study.trials[:-1] if not t.is_finished or t.status in revived]
        assert len(trainer.open) <= len(needed)
        yield from trainer(configuration)

    run_study(study, watched, max_suspended=None, raise_errors=True)
    assert {trial.status for trial in study.trials} == {"complete", "pruned"}
    assert trainer.open == []


def test_a_stopped_study_leaves_nothing_open():
    """A stopping rule ends the search in the middle of a rung, with loops that were to go on."""
    trainer = Trainer()
    study = make_study("asha", stopping=lambda trials: len(trials) == 11)
    run_study(study, trainer, max_suspended=None)
    assert study.is_stopped
    assert trainer.open == []


@pytest.mark.parametrize("name", MAKERS)
@given(fail_at=st.integers(0, 25))
def test_an_interrupted_study_goes_on_when_it_is_run_again(name, fail_at):
    """Ctrl-C must cost the suspended loops, never a trial or the search."""
    trainer, study = Trainer(fail_at=fail_at, error=KeyboardInterrupt()), make_study(name)
    with pytest.raises(KeyboardInterrupt):
        run_study(study, trainer)
    assert trainer.open == []
    assert sum(len(trial.pending) for trial in study.trials) == 1
    run_study(study, trainer)
    assert outcome(study) == outcome(in_one_go(make_study(name)))
    assert trainer.open == []


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.parametrize("name", MAKERS)
@given(fail_at=st.integers(0, 25))
def test_an_error_costs_one_trial(name, fail_at):
    """One configuration that runs out of memory must not end a night of training."""
    trainer = Trainer(fail_at=fail_at, error=MemoryError("out of memory"))
    study = run_study(make_study(name), trainer)
    (failed,) = (trial for trial in study.trials if trial.status == "failed")
    assert failed.error.message == "out of memory"
    assert "raise self.error" in failed.error.traceback
    assert study.best_trial is not failed
    assert trainer.open == []


def test_failures_are_not_silent():
    """A search whose best part has failed should not look like any other."""
    with pytest.warns(FitFailedWarning, match="1 training loops have failed.*MemoryError: no"):
        run_study(make_study(), Trainer(fail_at=3, error=MemoryError("no")))


@pytest.mark.parametrize("name", MAKERS)
def test_errors_can_be_raised(name):
    """Whoever writes a loop wants the first mistake at once, and the study as it is."""
    trainer, study = Trainer(fail_at=7, error=OSError("disk full")), make_study(name)
    with pytest.raises(OSError, match="disk full"):
        run_study(study, trainer, raise_errors=True)
    assert trainer.open == []
    assert any(m.error is not None for trial in study.trials for m in trial.measurements)
    run_study(study, trainer)


def test_a_search_without_any_success_says_why():
    """A typing mistake in the loop is not found from an empty study."""

    def train(configuration):
        yield configuration["rat"]

    study = make_study("full", n_iter=3)
    with pytest.raises(ValueError, match=r"All 3 trials have failed. The first error was KeyError: 'rat'\n"):
        run_study(study, train)
    assert len(study.trials) == 3


def test_a_search_of_scores_that_are_not_finite_says_so():
    """A loss that diverges everywhere raises nothing by itself."""
    with pytest.raises(ValueError, match="All 2 trials have failed. The scores are not finite."):
        run_study(make_study("full", n_iter=2), lambda configuration: float("nan"))


@pytest.mark.parametrize("name", MAKERS)
def test_functions_are_loops_of_one_epoch(name):
    """An objective that returns its score needs no ``yield``, and is not called again for more epochs."""
    calls = []

    def objective(configuration):
        calls.append(configuration)
        return configuration["rate"] - 1.0  # below the bound of the race

    study = run_study(make_study(name), objective)
    assert study.best_score == pytest.approx(max(call["rate"] for call in calls) - 1.0)
    n_splits = max(len(trial.measured_at(trial.resource)) for trial in study.trials)
    assert len(calls) <= len(study.trials) * n_splits


def test_any_iterator_is_a_loop():
    """A class with ``__next__`` and ``close``, as trainers of libraries are, works like a generator."""
    n_closed = 0

    class Loop:
        def __init__(self, configuration):
            self.score = configuration["rate"]

        def __iter__(self):
            return self

        def __next__(self):
            self.score += 1.0
            return self.score

        def close(self):
            nonlocal n_closed
            n_closed += 1

    study = run_study(make_study(), Loop)
    assert n_closed == len(study.trials)
    assert study.best_score == study.best_configuration["rate"] + 9


def test_several_metrics():
    """Accuracy and loss are yielded together; the one that was asked for decides."""

    def train(configuration):
        for epoch in range(9):
            yield {"loss": -configuration["rate"], "accuracy": configuration["rate"] + epoch}

    scheduler = HyperbandScheduler(plan=hyperband_plan(1, 9), metric="accuracy")
    study = run_study(
        Study(SPACE, scheduler=scheduler, metric="accuracy", random_state=0), train, max_suspended=3
    )
    assert study.best_score == study.best_configuration["rate"] + 8
    assert study.best_trial.measured_at(9)[0].scores.keys() == {"loss", "accuracy"}


def test_a_metric_that_only_one_of_them_knows_is_refused():
    """A scheduler that promotes by another metric than the study's loses the best trials unnoticed."""
    study = Study(SPACE, scheduler=HyperbandScheduler(), metric="accuracy")
    message = (
        "The 'metric' parameters of the study and of its scheduler must be the same. "
        "Got 'accuracy' and None instead."
    )
    with pytest.raises(ValueError, match=message):
        run_study(study, Trainer())


def test_epochs_are_paid_for_once():
    """Samplers that heed costs see what each rung has added, not the time since the beginning of the search."""
    study = run_study(make_study(), Trainer())
    assert all(m.fit_time >= 0.0 for trial in study.trials for m in trial.measurements)
    assert all(trial.seconds < 5.0 for trial in study.trials)


@pytest.mark.parametrize("error", [None, ValueError("no")])
def test_when_a_loop_was_trained_is_known(error):
    """The timeline of a study would be empty, or lack what has failed."""
    before = time.time()
    trainer = Trainer(fail_at=None if error is None else 5, error=error)
    with nullcontext() if error is None else pytest.warns(FitFailedWarning):
        study = run_study(make_study(), trainer)
    fits = [m for trial in study.trials for m in trial.measurements]
    assert any(m.error is not None for m in fits) == (error is not None)
    assert all(before <= m.started <= time.time() and m.worker == 0 for m in fits)


def test_a_loop_that_yields_another_metric_is_refused():
    """Whatever it yields instead would be optimised without a word."""
    with pytest.raises(ValueError, match="'metric' must be one of"):
        run_study(make_study("full", metric="accuracy"), lambda configuration: {"loss": 1.0})


def test_a_loop_may_change_its_configuration():
    """`configuration.pop` is a habit of many; the study's records must not suffer."""

    def train(configuration):
        yield configuration.pop("rate")

    study = run_study(make_study(), train)
    assert all(trial.configuration.keys() == SPACE.keys() for trial in study.trials)


def test_a_loop_that_yields_nothing_fails():
    """A condition that is wrong from the start would look like a score otherwise."""

    def train(configuration):
        if configuration["start"] > 0.0:
            yield 1.0

    with pytest.warns(FitFailedWarning, match="has ended before it yielded a score"):
        study = run_study(make_study("full"), train)
    assert {t.status for t in study.trials if t.configuration["start"] <= 0.0} == {"failed"}


def test_what_is_yielded_must_be_a_score():
    """A forgotten score is a mistake in every trial: the search ends at once, and all is closed."""
    is_closed = False

    def train(configuration):
        nonlocal is_closed
        try:
            while True:
                yield
        finally:
            is_closed = True

    study = make_study()
    message = "The objective must yield a score after each epoch, or return one. Got None instead."
    with pytest.raises(TypeError, match=message):
        run_study(study, train)
    assert is_closed
    with pytest.raises(TypeError, match="The 'score' must be a number"):
        run_study(study, lambda configuration: "good")
    assert len(study.trials) == 1
    run_study(study, Trainer())
    assert outcome(study) == outcome(in_one_go(make_study()))


def test_a_loop_that_cannot_be_closed_is_reported():
    """An error in a ``finally`` block belongs to a trial that is over, and must not cost the others."""

    def train(configuration):
        try:
            while True:
                yield configuration["rate"]
        finally:
            raise OSError("file is gone")

    with pytest.warns(
        RuntimeWarning, match=r"trial \d+ could not be closed properly: OSError\('file is gone'\)"
    ):
        study = run_study(make_study(), train)
    assert len(study.trials) == 17


def test_an_interrupt_while_closing_leaves_nothing_open():
    """A second Ctrl-C, in the clean-up of one loop, must not keep the others from theirs."""
    n_open = 0

    def train(configuration):
        nonlocal n_open
        n_open += 1
        try:
            yield configuration["rate"]
            if n_open < 5:
                yield 0.0
        finally:
            n_open -= 1
            if n_open == 4:
                raise KeyboardInterrupt

    study = make_study()
    with suppress(KeyboardInterrupt):
        run_study(study, train, max_suspended=None)
    assert n_open == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (None, Trainer()),
            TypeError,
            "The 'study' parameter of run_study must be a Study. Got None instead.",
        ),
        (
            (make_study(), 3),
            TypeError,
            "The 'objective' parameter of run_study must be a callable that takes a configuration. "
            "Got 3 instead.",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, message):
    """A message that names the argument saves reading the source."""
    with pytest.raises(error, match=re.escape(message)):
        run_study(*arguments)


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "all"])
def test_a_wrong_limit_is_refused(wrong):
    """-1 for "no limit" is what other packages take; here it would keep nothing."""
    message = "The 'max_suspended' parameter of run_study must be an int in the range [0, inf) or None. "
    with pytest.raises(ValueError, match=re.escape(message + f"Got {wrong!r} instead.")):
        run_study(make_study(), Trainer(), max_suspended=wrong)


def test_a_killed_run_goes_on_from_its_file(tmp_path):
    """An hour of training would be lost with the process."""

    def make():
        scheduler = HyperbandScheduler(plan=hyperband_plan(1, 9))
        return Study({"x": (0.0, 1.0), "f": [min, max]}, scheduler=scheduler, random_state=0)

    trained = []

    def train(configuration, n_until_killed=math.inf):
        trained.append(configuration)
        if len(trained) > n_until_killed:
            raise KeyboardInterrupt
        for epoch in range(9):
            yield -abs(configuration["x"] - 0.3) + epoch * 0.01

    expected = run_study(make(), train)
    n_alone = len(trained)
    trained.clear()
    with pytest.raises(KeyboardInterrupt):
        run_study(make(), lambda one: train(one, 6), storage=tmp_path / "study.db")
    trained.clear()
    study = run_study(make(), train, storage=tmp_path / "study.db")
    assert [(t.configuration, t.status, t.score) for t in study.trials] == [
        (t.configuration, t.status, t.score) for t in expected.trials
    ]
    assert len(trained) < n_alone
    assert study.best_configuration["f"] in (min, max)


def test_a_file_of_another_study_is_refused(tmp_path):
    """Trials of two studies would be mixed."""
    path = tmp_path / "study.db"
    run_study(Study({"x": (0.0, 1.0)}, n_iter=2, random_state=0), lambda one: one["x"], storage=path)
    with pytest.raises(StorageError, match="space or its metric"):
        run_study(Study({"x": (0.0, 2.0)}, n_iter=2, random_state=0), lambda one: one["x"], storage=path)
