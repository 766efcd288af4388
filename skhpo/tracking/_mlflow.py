"""A search as runs of MLflow: one for the search, and nested in it one for each trial."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, field
from typing import Any

from skhpo.tracking._source import Source, digest, plain_value, read_source
from skhpo.trial import Trial

_STATUSES = {
    "running": "RUNNING",
    "paused": "RUNNING",
    "complete": "FINISHED",
    "pruned": "KILLED",
    "failed": "FAILED",
}
_PARENT = "mlflow.parentRunId"
_SEARCH, _NUMBER, _STATE = "skhpo.search", "skhpo.trial", "skhpo.state"
_MAX_TEXT = 6000  # of a parameter; of a tag it is more
_MAX_PARAMS, _MAX_METRICS = 100, 500  # of one request
_MAX_RUNS = 1000  # of one page


def log_to_mlflow(
    source: Any,
    *,
    experiment_name: str = "skhpo",
    run_name: str | None = None,
    tracking_uri: str | None = None,
) -> str:
    """Log a search to MLflow: a run of the search, and nested in it a run for each trial.

    Needs MLflow: ``pip install "skhpo[mlflow]"``. Called again, also while the search runs, it adds what is new or has
    changed; :func:`follow` does so by itself.

    Parameters
    ----------
    source : fitted search, Study, StoredSearch, str or Path
        The search; a path is that of its storage file.
    experiment_name : str, default="skhpo"
        The experiment; made if there is none.
    run_name : str or None, default=None
        Name of the search's run, by which a further call finds it; None for one made of the search's.
    tracking_uri : str or None, default=None
        Where to, such as ``"sqlite:///mlflow.db"`` or the address of a server; None for what MLflow is set to.

    Returns
    -------
    str
        The id of the search's run.

    Raises
    ------
    ImportError
        If MLflow is not installed.
    ValueError
        If the run of that name is of another search.

    Notes
    -----
    When a fit began is not recorded: a run begins when it is logged first, or as many seconds earlier as its fits took.

    Examples
    --------
    >>> from skhpo import Study
    >>> from skhpo.tracking import log_to_mlflow
    >>> study = Study({"x": (-5.0, 5.0)}, sampler="random", n_iter=10, random_state=0)
    >>> while (job := study.ask()) is not None:
    ...     trial = study.tell(job, score=-(job.configuration["x"] ** 2))
    >>> run_id = log_to_mlflow(study, tracking_uri="sqlite:///mlflow.db")  # doctest: +SKIP
    """
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise ImportError('log_to_mlflow needs MLflow: pip install "skhpo[mlflow]"') from error
    found = read_source(source)
    writer = _Writer(MlflowClient(tracking_uri=tracking_uri), experiment_name)
    name = found.name if run_name is None else run_name
    parent = writer.open({_SEARCH: digest(name)}, name)
    known = writer.runs(f"tags.`{_PARENT}` = '{parent.info.run_id}'")
    children = {run.data.tags.get(_NUMBER): run for run in known}
    entries = [(trial, _entry_of_trial(trial, found)) for trial in found.trials]
    for trial, entry in entries:
        if (run := children.get(str(trial.number))) is not None and _is_of_another(run, entry):
            raise ValueError(
                f"The run {name!r} of the experiment {experiment_name!r} is of another search: its trial "
                f"{trial.number} is {run.data.params}, and not {entry.params}. Choose another 'run_name'."
            )
    for trial, entry in entries:
        run = children.get(str(trial.number))
        if run is None or not _is_up_to_date(run, entry):
            tags = {_PARENT: parent.info.run_id, _NUMBER: str(trial.number)}
            writer.write(run or writer.create(tags, f"trial {trial.number}", trial.seconds), entry)
    entry = _entry_of_search(found, writer.history(parent, "best_score"))
    if not _is_up_to_date(parent, entry):
        writer.write(parent, entry)
    return str(parent.info.run_id)


@dataclass
class _Entry:
    """What a run is to say."""

    status: str
    params: dict[str, str] = field(default_factory=dict)
    metrics: set[tuple[str, float, int]] = field(default_factory=set)  # name, value, step
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: float, step: int = 0) -> None:
        """Add a metric, unless it is not known."""
        if math.isfinite(value):
            self.metrics.add((_key(name), float(value), step))

    @property
    def state(self) -> str:
        """A checksum of all of it."""
        return digest(
            self.status, sorted(self.params.items()), sorted(self.metrics), sorted(self.tags.items())
        )


class _Writer:
    """Writes to one experiment, as much as possible in one request."""

    def __init__(self, client: Any, experiment_name: str) -> None:
        self._client = client
        experiment = client.get_experiment_by_name(experiment_name)
        self._experiment = (
            client.create_experiment(experiment_name) if experiment is None else experiment.experiment_id
        )

    def runs(self, condition: str) -> list[Any]:
        """Return the runs for which a condition holds."""
        found: list[Any] = []
        token = None
        while True:
            page = self._client.search_runs(
                [self._experiment], condition, max_results=_MAX_RUNS, page_token=token
            )
            found.extend(page)
            token = page.token
            if not token:
                return found

    def open(self, tags: dict[str, str], name: str) -> Any:
        """Return the run with these tags; a new one if there is none."""
        condition = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        known = self.runs(condition)
        return known[0] if known else self.create(tags, name)

    def create(self, tags: dict[str, str], name: str, seconds: float = 0.0) -> Any:
        """Begin a run that has taken some seconds already."""
        began = _now() - (int(1000 * seconds) if math.isfinite(seconds) else 0)
        return self._client.create_run(self._experiment, start_time=began, tags=tags, run_name=name)

    def history(self, run: Any, metric: str) -> set[tuple[str, float, int]]:
        """Return all values of a metric."""
        if metric not in run.data.metrics:
            return set()
        found = self._client.get_metric_history(run.info.run_id, metric)
        return {(one.key, one.value, one.step) for one in found}

    def write(self, run: Any, entry: _Entry) -> None:
        """Make a run say what it is to say."""
        from mlflow.entities import Metric, Param, RunTag

        run_id, now = run.info.run_id, _now()
        written = set().union(*(self.history(run, name) for name in run.data.metrics))
        tags = {**entry.tags, _STATE: entry.state}
        tags = {key: value for key, value in tags.items() if run.data.tags.get(key) != value}
        metrics = [Metric(key, value, now, step) for key, value, step in sorted(entry.metrics - written)]
        params = [Param(key, one) for key, one in entry.params.items() if key not in run.data.params]
        # The checksum is in the last request: a call that was interrupted is made good by the next one.
        for start in range(_MAX_METRICS, len(metrics), _MAX_METRICS):
            self._client.log_batch(run_id, metrics=metrics[start : start + _MAX_METRICS])
        for start in range(_MAX_PARAMS, len(params), _MAX_PARAMS):
            self._client.log_batch(run_id, params=params[start : start + _MAX_PARAMS])
        self._client.log_batch(
            run_id,
            metrics=metrics[:_MAX_METRICS],
            params=params[:_MAX_PARAMS],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
        if run.info.status != entry.status:
            if entry.status == "RUNNING":
                self._client.update_run(run_id, status=entry.status)
            else:
                self._client.set_terminated(run_id, entry.status)


def _entry_of_trial(trial: Trial, source: Source) -> _Entry:
    status = _STATUSES[trial.status]
    entry = _Entry("KILLED" if source.is_over and status == "RUNNING" else status)
    entry.params = {_key(name): _text(value) for name, value in trial.configuration.items()}
    entry.tags = {"origin": trial.origin, "status": trial.status, "bracket": str(trial.bracket)}
    if trial.error is not None:
        entry.tags["error"] = _text(f"{trial.error.type}: {trial.error.message}")
        entry.tags["traceback"] = trial.error.traceback[-_MAX_TEXT:]
    for one in trial.measurements:
        step = int(one.resource or 0)
        for kind, scores in (("test", one.scores), ("train", one.train_scores or {})):
            for name, value in scores.items():
                entry.add(f"split{one.split}_{kind}_{name}", value, step)
    for resource, mean in source.rungs(trial).items():
        entry.add("rung_score", mean, resource)
    entry.add("score", trial.score)
    entry.add("fit_time", sum(one.fit_time for one in trial.measurements))
    entry.add("score_time", sum(one.score_time for one in trial.measurements))
    return entry


def _entry_of_search(source: Source, logged: set[tuple[str, float, int]]) -> _Entry:
    entry = _Entry("FINISHED" if source.is_over else "RUNNING")
    entry.params = {_key(name): _text(value) for name, value in source.settings.items()}
    entry.tags = {f"version.{name}": version for name, version in source.versions.items()}
    statuses = [trial.status for trial in source.trials]
    n_finished = sum(trial.is_finished for trial in source.trials)
    for status in ("complete", "pruned", "failed"):
        entry.add(f"n_{status}", statuses.count(status), n_finished)
    # The best score by the number of the trial. What was logged stays, so that a trial which ends late is shown late.
    entry.metrics |= logged
    last = max((step for _, _, step in logged), default=0)
    best = max((value for _, value, _ in logged), default=-math.inf)
    for trial in source.trials:
        if trial.status == "complete" and trial.score > best:
            last, best = max(last, trial.number), trial.score
            entry.add("best_score", best, last)
    complete = [trial for trial in source.trials if trial.status == "complete"]
    if complete:
        winner = max(complete, key=lambda trial: trial.score)
        params = {name: plain_value(value) for name, value in winner.configuration.items()}
        entry.tags |= {"best_trial": str(winner.number), "best_params": str(params)[:_MAX_TEXT]}
    return entry


def _is_of_another(run: Any, entry: _Entry) -> bool:
    return any(entry.params.get(key) != value for key, value in run.data.params.items())


def _is_up_to_date(run: Any, entry: _Entry) -> bool:
    return bool(run.data.tags.get(_STATE) == entry.state and run.info.status == entry.status)


def _key(name: str) -> str:
    """Return a name with nothing in it that MLflow refuses."""
    return re.sub(r"[^\w\-. :/]", "_", name)


def _text(value: Any) -> str:
    return str(plain_value(value))[:_MAX_TEXT]


def _now() -> int:
    return int(1000 * time.time())
