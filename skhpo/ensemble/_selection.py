"""Ensemble selection: the trials of a search that predict best together, weighted."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval

from skhpo.ensemble._base import BaseEnsemble
from skhpo.ensemble._greedy import select_in_bags


class EnsembleSelection(BaseEnsemble):
    """Weighted average of the configurations of a search that score best together.

    From the out-of-fold predictions of the search's trials, members are chosen one by one, the same one again if that
    is best, while the score of their average rises: ensemble selection [1]_ with sorted initialisation and bagging.
    That takes no fits. The models which the search has fitted on its splits predict, averaged over the splits; they are
    kept for that, so that the ensemble costs the search alone. With `refit`, the chosen configurations are trained on
    all data instead.

    Parameters
    ----------
    search : estimator
        A search of this package for a classifier or a regressor. A copy of it is fitted, unless it is fitted already
        and in a :class:`sklearn.frozen.FrozenEstimator`, see also :meth:`from_search`. Where its `keep` does not ask
        for what is needed, the copy's does.
    refit : bool, default=False
        Whether the members are trained again on all data. Without it, each one is the average of the models of all
        splits; where splits train on little of the data, as the first ones of ``TimeSeriesSplit`` do, the refit is
        better.
    n_best : int, default=50
        How many trials there are to choose from, the best ones; among those whose models were kept without `refit`.
    n_rounds : int, default=50
        Largest number of members in each bag, repeated ones included.
    n_initial : int, default=5
        As many of the best trials, up to this number, as score best together make the beginning.
    n_bags : int, default=20
        How many ensembles are chosen, each from a random part of the trials, and averaged. It makes the choice less
        dependent on chance; 0 for one ensemble from all trials, which has fewer members.
    bag_fraction : float, default=0.5
        The share of the trials in each bag.
    scoring : str, callable or None, default=None
        What is improved; None for what the search has improved.
    n_jobs : int or None, default=None
        For the refit.
    random_state : int, RandomState instance or None, default=None
        For the bags.

    Attributes
    ----------
    search_ : estimator
        The fitted search.
    trial_numbers_ : list of int
        The trials that were chosen, by descending weight.
    configurations_ : list of dict
        Their hyperparameters.
    weights_ : ndarray of shape (n_members,)
        Their weights, which sum to one.
    estimators_ : list of list of estimators
        Their models: one for each split, or a single one with `refit`.
    oof_score_ : float
        Score of the weighted out-of-fold predictions. As the members were chosen by it, it is a little too good.
    single_oof_score_ : float
        The same of the best trial alone.
    classes_ : ndarray of shape (n_classes,)
        Of a classifier.
    n_features_in_, feature_names_in_
        Those of the models.

    See Also
    --------
    EnsembleStacking : A model of the predictions in place of weights.

    Notes
    -----
    Classifiers are averaged by their probabilities. Of those which have none, decisions are put through the logistic
    function, and where there are none either, classes count as votes.

    The score is that of all out-of-fold predictions at once. Samples that no split tests are left out, and predictions
    of samples that several splits test are averaged.

    A bag lacks the best trial as often as any other one. Where few trials are to choose from and one is far better than
    the others, `oof_score_` may be below `single_oof_score_`, which it never is with ``n_bags=0``.

    Models and predictions are a cache: a search that was resumed from its `storage` has only those of the fits since.

    References
    ----------
    .. [1] Caruana, R., Niculescu-Mizil, A., Crew, G. & Ksikes, A. (2004). Ensemble selection from libraries of models.
           International Conference on Machine Learning.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhpo import EnsembleSelection, RandomizedSearchCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> space = {"n_neighbors": range(1, 40), "p": [1, 2], "weights": ["uniform", "distance"]}
    >>> search = RandomizedSearchCV(KNeighborsClassifier(), space, scoring="roc_auc", random_state=0)
    >>> ensemble = EnsembleSelection(search, random_state=0).fit(X, y)
    >>> bool(ensemble.oof_score_ >= ensemble.single_oof_score_)
    True
    >>> len(ensemble.weights_) == len(ensemble.configurations_)
    True
    """

    _parameter_constraints: dict = {
        **BaseEnsemble._parameter_constraints,
        "n_rounds": [Interval(Integral, 1, None, closed="left")],
        "n_initial": [Interval(Integral, 1, None, closed="left")],
        "n_bags": [Interval(Integral, 0, None, closed="left")],
        "bag_fraction": [Interval(Real, 0, 1, closed="right")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        search,
        *,
        refit=False,
        n_best=50,
        n_rounds=50,
        n_initial=5,
        n_bags=20,
        bag_fraction=0.5,
        scoring=None,
        n_jobs=None,
        random_state=None,
    ):
        self.search = search
        self.refit = refit
        self.n_best = n_best
        self.n_rounds = n_rounds
        self.n_initial = n_initial
        self.n_bags = n_bags
        self.bag_fraction = bag_fraction
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _choose(self, library, measure_of, X, y, routed):
        measure = measure_of(library.rows)
        parts = measure.reduce(library.predictions)
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        weights = select_in_bags(
            parts,
            measure,
            rng,
            n_rounds=self.n_rounds,
            n_initial=self.n_initial,
            n_bags=self.n_bags,
            bag_fraction=self.bag_fraction,
        )
        chosen = [int(i) for i in np.argsort(-weights, kind="stable") if weights[i] > 0]
        self.weights_ = weights[chosen]
        self.oof_score_ = float(measure.score(np.tensordot(self.weights_, parts[chosen], axes=1)[None])[0])
        self.single_oof_score_ = float(np.max(measure.of_each(np.zeros_like(parts[0]), parts, 1)))
        return chosen

    def _combine(self, predictions):
        return np.tensordot(self.weights_, predictions, axes=1)
