"""Training of one model: from the beginning, or on from where an earlier fit of it ended.

`_families` knows how each kind of estimator goes on, `_keep` where models wait. Here are the decision between the two,
and pipelines: their last step is trained on, behind the fitted steps before it.
"""

import copy
from functools import partial

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object

from skhpo.evaluation._families import FOLLOWS_FIT, family_of

# Their `transform` of the training rows is not what their `fit_transform` gave: what follows would be trained on a
# mixture of both.
CROSS_FITTED = {
    "TargetEncoder",
    "LeaveOneOutEncoder",
    "CatBoostEncoder",
    "StackingClassifier",
    "StackingRegressor",
}


class Training:
    """The training that a job asks for.

    Parameters
    ----------
    task : Task
        What all fits share.
    job : Job
        The configuration, the split and the resource.

    Attributes
    ----------
    estimator : estimator
        What is trained.
    trained : int
        The amount of the resource that it was trained with already; 0 if it is new.
    """

    def __init__(self, task, job):
        self._task, self._job = task, job
        has_resource = task.resource is not None and job.resource is not None
        self._name = task.resource.name if has_resource else None
        self._keeper = task.keeper if has_resource else None
        kept = self._find()
        self.estimator, self.trained = self._begin() if kept is None else kept

    def run(self, X, y, params):
        """Train as far as the job wants.

        Parameters
        ----------
        X, y : indexable
            The training rows; `y` may be None.
        params : dict
            Further arguments of ``fit``.
        """
        if self.trained:
            if self.trained == self._job.resource:
                return
            try:
                self.estimator = self._train(X, y, params)
                return
            except Exception:
                # Whatever it is that going on met with, it must not cost the trial.
                self.estimator, self.trained = self._begin()
        if self._name == "epochs":
            self.estimator = self._train(X, y, params)
        elif y is None:
            self.estimator.fit(X, **params)
        else:
            self.estimator.fit(X, y, **params)

    def keep(self):
        """Keep the model for a later fit, where that may come and can go on from it."""
        job = self._job
        if self._keeper is None or not self._keeper.wants(job.resource):
            return
        if can_go_on(self.estimator, self._name, self._task.fit_params):
            self._keeper.save(job.number, job.split, job.resource, job.configuration, self.estimator)

    def _train(self, X, y, params):
        return _train(self.estimator, X, y, params, self._name, self.trained, self._job.resource)

    def _begin(self):
        estimator = clone(self._task.estimator)
        # The parameters are cloned because they may be estimators themselves, which fits must not share.
        estimator.set_params(**clone(self._job.configuration, safe=False))
        if self._name is not None:
            self._task.resource.prepare(estimator, self._job.resource)
        return estimator, 0

    def _find(self):
        """Return the model to go on from and what it was trained with; None to begin."""
        if self._keeper is None:
            return None
        kept = self._keeper.take(self._job.number, self._job.split, self._job.resource)
        return None if kept is None else (kept.estimator, kept.amount)


def train_in_full(estimator, resource, amount, X, y, params):
    """Train an estimator from the beginning with an amount of a resource, on all rows that are given.

    Parameters
    ----------
    estimator : estimator
        With its hyperparameters set.
    resource : Resource or None
        What the amount is of.
    amount : int or None
        How much; a number of samples is that of `X` in any case.
    X, y : indexable
        The data; `y` may be None.
    params : dict
        Further arguments of ``fit``.

    Returns
    -------
    estimator
        The fitted one.
    """
    if resource is not None:
        resource.prepare(estimator, amount)
        if resource.name == "epochs":
            return _train(estimator, X, y, params, "epochs", 0, amount)
    targets = () if y is None else (y,)
    estimator.fit(X, *targets, **params)  # what it returns is anybody's guess
    return estimator


def can_go_on(estimator, name, params, forced=False):
    """Whether an estimator can be trained on.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.
    name : str
        Of the resource.
    params : dict
        Arguments of ``fit``.
    forced : bool, default=False
        Whether it is to be trained on even if training from the beginning costs less, or gives another model.

    Returns
    -------
    bool
        False where it has to be trained from the beginning.
    """
    if any(key.rpartition("__")[2] in FOLLOWS_FIT for key in params):
        return False
    while type(estimator) is Pipeline:
        if any(_is_cross_fitted(step) for _, step in estimator.steps[:-1]):
            return False
        estimator, name = _last_step(estimator, name)
    family = None if name is None else family_of(estimator, name, forced)
    if family is None:
        return False
    check = family.can_be_forced if forced and family.can_be_forced is not None else family.can_go_on
    return bool(check(estimator))


def _last_step(pipeline, name):
    """Return the last step of a pipeline and what the resource is called there; None if it is not the step's."""
    step, last = pipeline.steps[-1]
    if name in (None, "epochs"):
        return last, name
    head, _, tail = name.partition("__")
    return last, tail if head == step and tail else None


def _is_cross_fitted(step):
    nested = step.get_params(deep=True).values() if hasattr(step, "get_params") else ()
    return any(type(one).__name__ in CROSS_FITTED for one in (step, *nested))


def train_further(estimator, X, y, params, name, trained, amount):
    """Train an estimator on, also where training from the beginning costs less.

    Parameters
    ----------
    estimator : estimator
        Fitted, unless `trained` is 0.
    X, y : indexable
        The training rows; `y` may be None.
    params : dict
        Further arguments of ``fit``.
    name : str
        Of the resource; "epochs" if `trained` is 0.
    trained, amount : int
        How much of the resource it was trained with, and how much it is to be in all.

    Returns
    -------
    estimator
        The fitted one.
    """
    return _train(estimator, X, y, params, name, trained, amount, forced=True)


def _train(estimator, X, y, params, name, trained, amount, forced=False):
    """Train an estimator, or the last step of a pipeline, from an amount to another; returns the fitted one."""
    if type(estimator) is not Pipeline:
        family = family_of(estimator, name, forced)
        if family is None:
            raise TypeError(
                f"resource={name!r} is not supported by {estimator!r}: it has no method partial_fit."
            )
        return family.train(estimator, name, trained, amount, X, y, params)
    step, last = estimator.steps[-1]
    last, name = _last_step(estimator, name)
    end = LastStep(last, partial(_train, name=name, trained=trained, amount=amount, forced=forced))
    # The pipeline's own `fit` hands the data and their metadata from step to step; only the steps are others.
    shell = copy.copy(estimator)
    shell.steps = [*estimator.steps[:-1], (step, end)]
    if trained:
        shell.memory = None
        shell.steps[:-1] = [
            (key, _Fitted(one) if hasattr(one, "transform") else one) for key, one in shell.steps[:-1]
        ]
    shell.fit(X, y, **params)
    steps = estimator.steps if trained else shell.steps
    estimator.steps = [*steps[:-1], (step, end.estimator)]
    return estimator


class _Fitted(BaseEstimator):
    """Stands for a step that is fitted and stays as it is."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y=None, **params):
        """Do nothing."""
        return self

    def fit_transform(self, X, y=None, **params):
        """Transform, without fitting."""
        return self.estimator.transform(X)

    def transform(self, X):
        """Transform."""
        return self.estimator.transform(X)

    def get_metadata_routing(self):
        """Ask for what the step asks for."""
        return get_routing_for_object(self.estimator)


class LastStep(BaseEstimator):
    """Stands for the last step, and trains it in its own way."""

    def __init__(self, estimator, train):
        self.estimator = estimator
        self.train = train

    def fit(self, X, y=None, **params):
        """Train; `estimator` is the trained model then."""
        self.estimator = self.train(self.estimator, X, y, params)
        return self

    def get_metadata_routing(self):
        """Ask for what the step asks for."""
        return get_routing_for_object(self.estimator)
