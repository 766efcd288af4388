"""The data side of every fit of a search, validated once before the first one."""

from dataclasses import dataclass
from typing import Any

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from skhpo._sklearn import check_method_params
from skhpo.evaluation._splits import Reshuffle, draw_splits


@dataclass(frozen=True)
class Task:
    """What all fits of a search share.

    Attributes
    ----------
    estimator : estimator
        Unfitted clone of the user's estimator.
    X, y : indexable
        The data; `y` may be None.
    splits : list of (ndarray of int, ndarray of int)
        Train and test indices of every cross-validation split; those of the first trial if each has others.
    scorer : callable
        A scorer, a multi-metric scorer, or the user's callable that returns a number or a dict of numbers.
    fit_params, score_params : dict
        Arguments of the estimator's ``fit`` and of the scorer; entries as long as the data are sliced with it.
    return_train_score : bool
        Whether the training part is scored too.
    error_score : "raise" or float
        "raise" lets the first error end the search.
    groups : array-like of shape (n_samples,) or None, default=None
        The groups that the splitter was given.
    resource : Resource or None, default=None
        What `Job.resource` counts; None where every fit gets everything.
    keeper : Keeper or None, default=None
        Where models wait to be trained on; None to train each from the beginning.
    is_staged : bool, default=False
        Whether hyperparameters change in mid-training, as `Job.history` says.
    early_stopping : EarlyStopping or None, default=None
        What boosters are stopped by.
    keeps_predictions : bool, default=False
        Whether predictions of the test parts come back, too.
    keeps_models : bool, default=False
        Whether the models come back as well, and predictions by the method that ensembles need.
    reshuffle : Reshuffle or None, default=None
        What draws other splits for each trial; None for the same splits for all.
    """

    estimator: Any
    X: Any
    y: Any
    splits: list
    scorer: Any
    fit_params: dict
    score_params: dict
    return_train_score: bool
    error_score: Any
    groups: Any = None
    resource: Any = None
    keeper: Any = None
    is_staged: bool = False
    early_stopping: Any = None
    keeps_predictions: bool = False
    keeps_models: bool = False
    reshuffle: Any = None

    @classmethod
    def from_fit(cls, search, scorer, X, y, params, split_seed=0):
        """Collect and check what a call of ``search.fit(X, y, **params)`` provides.

        Parameters
        ----------
        search : BaseSearch
            The search, for its constructor's arguments and the routing of `params`.
        scorer : callable
            What `search.scoring` stands for.
        X, y : indexable
            The data.
        params : dict
            Fit parameters of the user: for the estimator, the splitter and the scorer.
        split_seed : int, default=0
            What splits are drawn with if each trial has others.

        Returns
        -------
        Task
            Everything the fits need.

        Raises
        ------
        ValueError
            If the data are inconsistent in length, or the splitter yields another number of splits than it says, or
            none, or is to shuffle and does not.
        """
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        routed = search._get_routed_params_for_fit(params)
        cv, arguments = (
            check_cv(search.cv, y, classifier=is_classifier(search.estimator)),
            routed.splitter.split,
        )
        reshuffle = Reshuffle.make(search, cv, X, y, arguments, split_seed) if search.reshuffle else None
        return cls(
            estimator=clone(search.estimator),
            X=X,
            y=y,
            splits=draw_splits(cv, X, y, arguments) if reshuffle is None else reshuffle.splits(0, X, y),
            scorer=scorer,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            return_train_score=search.return_train_score,
            error_score=search.error_score,
            groups=arguments.get("groups"),
            keeps_predictions=getattr(search, "keep", None) is not None,
            keeps_models=getattr(search, "keep", None) not in (None, "predictions"),
            reshuffle=reshuffle,
        )

    @property
    def n_splits(self):
        """Number of cross-validation splits."""
        return len(self.splits)

    def training_rows(self, job):
        """Return the rows that a job is trained on: the training part of its split, or the subset it is given.

        Parameters
        ----------
        job : Job
            The split and the amount of the resource.

        Returns
        -------
        ndarray of int
            Their indices.
        """
        if self.early_stopping is not None:
            return self.early_stopping.parts(self, job)[0]
        train, _ = self.splits_of(job.number)[job.split]
        if self.resource is None or job.resource is None:
            return train
        return self.resource.rows(job.split, train, job.resource, job.number)

    def splits_of(self, number):
        """Return the splits of a trial.

        Parameters
        ----------
        number : int
            Its number.

        Returns
        -------
        list of (ndarray of int, ndarray of int)
            Train and test indices.
        """
        return self.splits if self.reshuffle is None else self.reshuffle.splits(number, self.X, self.y)
