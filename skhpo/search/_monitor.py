"""Tells people and scikit-learn's callbacks how a search is getting on."""

from contextlib import contextmanager

from skhpo._sklearn import has_callbacks, open_root_context
from skhpo.evaluation import Announcer, RunMonitor
from skhpo.search._predictions import KeptPredictions
from skhpo.trial import ONE_METRIC


def callback_metadata(params):
    """Return the metadata that callbacks are told: the sample weights, if there are any."""
    weight = params.get("sample_weight")
    return None if weight is None else {"sample_weight": weight}


class Monitor(RunMonitor):
    """Follows one fit of a search: progress lines, callbacks, and what kind of scores came back.

    Parameters
    ----------
    search : BaseSearch
        The search.
    task : Task
        What all its fits share.
    plan : Plan
        What it is going to do.
    metadata : dict or None
        What callbacks are told besides the data.
    earlier : KeptPredictions or None, default=None
        What the call of ``fit`` has kept which this one goes on from.

    Attributes
    ----------
    is_multimetric : bool or None
        Whether the scorer returned a dict; None if it was never reached.
    kept : KeptPredictions
        The predictions and models that came with the outcomes.
    """

    def __init__(self, search, task, plan, metadata, earlier=None):
        self._search = search
        self._task = task
        self._n_fits = plan.n_trials * task.n_splits if plan.n_fits is None else plan.n_fits
        self._n_trials = plan.n_trials
        self._n_announced = 0
        self._data = {"X": task.X, "y": task.y, "metadata": metadata}
        self._progress = None
        if search.verbose:
            self._progress = Progress(search.verbose, plan.n_trials, task.n_splits, self._n_fits)
        self._announces = has_callbacks(search) or _has_callbacks_inside(task.estimator)
        self.is_multimetric = None
        self.kept = KeptPredictions.begin(search.keep, task.n_splits, earlier)

    def __enter__(self):
        self._root = open_root_context(self._search, max_subtasks=1 + (self._search.refit is not False))
        self._root.call_on_fit_task_begin(estimator=self._search, **self._data)
        self._context = self._root.subcontext(
            task_name="search", max_subtasks=self._n_fits, sequential_subtasks=False
        )
        self._context.call_on_fit_task_begin(estimator=self._search)
        if self._progress is not None:
            self._progress.begin()
        return self

    def __exit__(self, error_type, error, traceback):
        if error_type is None:
            self._root.call_on_fit_task_end(estimator=self._search, **self._data)

    def on_start(self, trials):
        """Say how much has been done already."""
        if trials:
            scores = next((m.scores for trial in trials for m in trial.measurements if m.scores), None)
            if scores is not None and self.is_multimetric is None:
                self.is_multimetric = scores.keys() != {ONE_METRIC}
            self._search._say(f"Going on after {sum(trial.is_finished for trial in trials)} trials.")
            if self._progress is not None:
                self._progress.take_over(trials)

    def extra_arguments(self, job):
        """Have the fit announced to the callbacks, if there are any."""
        if not self._announces:
            return ()
        task_id = job.number * self._task.n_splits + job.split
        if job.resource is not None:  # a trial and split come again
            task_id, self._n_announced = self._n_announced, self._n_announced + 1
        context = self._context.subcontext(task_name="candidate-split-evaluation", task_id=task_id)
        return (Announcer(context, self._search),)

    def on_outcome(self, outcome):
        """Keep predictions, learn whether there are several metrics, and refuse a `refit` that is none of them."""
        if outcome.predictions is not None:
            self.kept.add(outcome.predictions)
        if self.is_multimetric is None and outcome.is_multimetric is not None:
            self.is_multimetric = outcome.is_multimetric
            if outcome.is_multimetric and callable(self._search.scoring):
                self._search._check_refit_for_multimetric(outcome.measurement.scores)

    def on_trial(self, trial, measurement, finished):
        """Part with models that are not needed any more, and print progress."""
        for one in finished:
            self.kept.end(one)
        if self._progress is not None:
            self._progress.tell(trial, measurement, finished)

    def end_search(self, study):
        """Announce that the last fit of the search is over, and say whether it ended before its last trial."""
        n_finished = sum(trial.is_finished for trial in study.trials)
        if study.is_stopped and n_finished < self._n_trials:
            self._search._say(
                f"The search was stopped after {n_finished} of at most {self._n_trials} trials."
            )
        elif not study.is_over or any(trial.status == "running" for trial in study.trials):
            self._search._say(f"The time was over after {n_finished} of at most {self._n_trials} trials.")
        self._context.call_on_fit_task_end(estimator=self._search)

    @contextmanager
    def refit(self, estimator):
        """Announce the refit around it."""
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._data)
            yield
        context.call_on_fit_task_end(estimator=self._search, **self._data)


class Progress:
    """Prints a line a trial: its score, the incumbent, the time and the configuration.

    Parameters
    ----------
    verbose : int
        From 1 on a line a trial, from 3 on a line a fit as well.
    n_trials, n_splits : int
        How many trials there will be at most, and splits in each.
    n_fits : int or None, default=None
        How many fits there will be at most; None for all splits of all trials.
    """

    def __init__(self, verbose, n_trials, n_splits, n_fits=None):
        self._verbose = verbose
        self._n_trials = n_trials
        self._n_splits = n_splits
        self._n_fits = n_trials * n_splits if n_fits is None else n_fits
        self._told = set()  # the numbers of the trials that have had their line
        self._best = None

    def begin(self):
        """Say what is going to be done."""
        print(
            f"Fitting {self._n_splits} folds for each of {self._n_trials} candidates, totalling {self._n_fits} fits",
            flush=True,
        )

    def take_over(self, trials):
        """Count trials of an earlier run without a line for each."""
        for one in trials:
            if one.is_finished:
                self._take_note(one)

    def tell(self, trial, measurement, finished):
        """Report a fit and the trials that ended with it."""
        if self._verbose > 2:
            self._print_fit(trial, measurement)
        for one in finished:
            if one.number not in self._told:
                self._take_note(one)
                self._print_trial(one)

    def _take_note(self, trial):
        self._told.add(trial.number)
        if trial.status == "complete" and (self._best is None or trial.score > self._best.score):
            self._best = trial

    def _print_fit(self, trial, measurement):
        print(
            f"[CV {measurement.split + 1}/{self._n_splits}] END {_format_configuration(trial.configuration)};"
            f"{_format_scores(measurement)}{_format_failure(measurement.error)} "
            f"total time={measurement.fit_time + measurement.score_time:.1f}s",
            flush=True,
        )

    def _print_trial(self, trial):
        seconds = sum(measurement.fit_time + measurement.score_time for measurement in trial.measurements)
        width = len(str(self._n_trials))
        outcome = {
            "complete": f"{trial.score:.4g}",
            "pruned": f"stopped after {_format_extent(trial)}",
        }.get(trial.status, f"failed{_format_failure(trial.error)}")
        best = "none yet" if self._best is None else f"{self._best.score:.4g} (trial {self._best.number})"
        print(
            f"[{len(self._told):{width}d}/{self._n_trials}] {outcome}  best {best}  {seconds:.2f}s  "
            f"{_format_configuration(trial.configuration)}",
            flush=True,
        )


def _format_scores(measurement):
    parts = []
    for name, score in measurement.scores.items():
        text = f"{score:.3f}"
        if measurement.train_scores is not None:
            text = f"(train={measurement.train_scores[name]:.3f}, test={text})"
        parts.append(f" {name}={text}" if len(measurement.scores) == 1 else f" {name}: {text}")
    return "".join(parts)


def _format_extent(trial):
    n_folds = len(trial.measurements)
    return f"{n_folds} folds" if trial.resource is None else f"{trial.resource} resources"


def _format_failure(error):
    return "" if error is None else f" ({error.type})"


def _format_configuration(configuration):
    return ", ".join(f"{name}={_format_value(value)}" for name, value in configuration.items())


def _format_value(value):
    text = f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _has_callbacks_inside(estimator):
    return any(map(has_callbacks, [estimator, *estimator.get_params(deep=True).values()]))
