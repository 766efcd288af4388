"""Training in stages, with other hyperparameters in each: what population-based training does to a model.

A model is a function of its stages. Kept models save time and nothing else: where one is gone, its stages are trained
again from the first one.
"""

from sklearn.base import clone

from skhpo.evaluation._change import change_parameters
from skhpo.evaluation._continue import can_go_on, train_further, train_in_full


class StagedTraining:
    """The training that a job asks for, stage by stage.

    Parameters
    ----------
    task : Task
        What all fits share.
    job : Job
        The stages are its history, and itself.

    Attributes
    ----------
    estimator : estimator
        What is trained.
    """

    def __init__(self, task, job):
        self._task, self._job = task, job
        self._stages = (*job.history, (job.resource, job.configuration))
        kept = None
        if task.keeper is not None and job.source is not None:
            kept = task.keeper.load(job.source, job.split, at_most=job.resource)
        is_usable = kept is not None and kept.amount == job.history[-1][0]
        self._n_done = len(job.history) if is_usable else 0
        self.estimator = kept.estimator if is_usable else begin(task.estimator, self._stages)

    def run(self, X, y, params):
        """Train what is left of the stages.

        Parameters
        ----------
        X, y : indexable
            The training rows; `y` may be None.
        params : dict
            Further arguments of ``fit``.
        """
        self.estimator = train_stages(
            self.estimator, self._task, self._stages, X, y, params, n_done=self._n_done
        )

    def keep(self):
        """Keep the model for the next generation."""
        job, keeper = self._job, self._task.keeper
        if keeper is not None and keeper.wants(job.resource):
            keeper.save(job.number, job.split, job.resource, job.configuration, self.estimator)


def begin(template, stages):
    """Return a new model with the hyperparameters of the first stage."""
    # The parameters are cloned because they may be estimators themselves, which fits must not share.
    return clone(template).set_params(**clone(dict(stages[0][1]), safe=False))


def train_stages(estimator, task, stages, X, y, params, *, n_done=0):
    """Train a model through its stages.

    Parameters
    ----------
    estimator : estimator
        From `begin`, or trained through the first stages.
    task : Task
        For the resource and the user's own estimator.
    stages : sequence of (int, dict)
        Up to how much of the resource the model is trained with which configuration, in order.
    X, y : indexable
        The training rows; `y` may be None.
    params : dict
        Further arguments of ``fit``.
    n_done : int, default=0
        How many stages it is through with.

    Returns
    -------
    estimator
        The trained one.

    Raises
    ------
    ValueError
        If the estimator cannot be trained on, or a hyperparameter changes that cannot.
    """
    name = task.resource.name
    for i in range(n_done, len(stages)):
        amount, configuration = stages[i]
        if i == 0:
            if name == "epochs":
                estimator = train_further(estimator, X, y, params, name, 0, amount)
            else:
                estimator = train_in_full(estimator, task.resource, amount, X, y, params)
            continue
        trained, before = stages[i - 1]
        change_parameters(estimator, task.estimator, before, configuration)
        if not can_go_on(estimator, name, params, forced=True):
            raise ValueError(f"{type(estimator).__name__} cannot be trained on with resource={name!r}.")
        estimator = train_further(estimator, X, y, params, name, trained, amount)
    return estimator
