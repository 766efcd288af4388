"""The rows of the migration page on scikit-learn's halving searches, run on both sides."""

from __future__ import annotations

import inspect
import warnings
from functools import wraps

import numpy as np
import pytest
import sklearn.experimental.enable_halving_search_cv  # noqa: F401
from migration.page import rows_of
from sklearn import model_selection
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import ShuffleSplit

import skhpo

differs = rows_of("scikit-learn's `HalvingGridSearchCV`, `HalvingRandomSearchCV`")

X, Y = make_classification(60, 4, random_state=0)
GRID = {"max_depth": [1, 2, 3], "learning_rate": [0.1, 0.3, 1.0]}
PACKAGES = (model_selection, skhpo)
TRAINED: list = []


def counting(fit):
    """Return a `fit` that notes what it is given: how many trees are new, and the rows."""

    @wraps(fit)
    def noted(self, X, y, **params):
        before = len(getattr(self, "estimators_", ())) if self.warm_start else 0
        fit(self, X, y, **params)
        TRAINED.append(("fit", len(self.estimators_) - before, set(zip(map(tuple, X), y, strict=True))))
        return self

    return noted


class Boosting(GradientBoostingClassifier):
    """Notes what each fit and each score is given; fails if it is deep."""

    @counting
    def fit(self, X, y):
        if self.max_depth == 9:
            raise ValueError("too deep")
        return super().fit(X, y)

    def score(self, X, y):
        TRAINED.append(("score", len(X)))
        return super().score(X, y)


def halving(package, grid=GRID, **options):
    """Return the grid search of a package, over few trees unless another resource is given."""
    options = {"resource": "n_estimators", "max_resources": 9, "cv": 2, "random_state": 0, **options}
    return package.HalvingGridSearchCV(Boosting(random_state=0), grid, **options)


def trained_by(search):
    """Return what the fits of a search, without the refit, were given."""
    TRAINED.clear()
    search.set_params(refit=False, return_train_score=False).fit(X, Y)
    return [entry for entry in TRAINED if entry[0] == "fit"], [
        n for kind, n, *_ in TRAINED if kind == "score"
    ]


@differs("must be enabled by an import")
def test_no_import_enables_it(row, monkeypatch) -> None:
    """A script without the experimental import would not run."""
    monkeypatch.delattr(model_selection, "HalvingGridSearchCV")
    with pytest.raises(ImportError, match="enable_halving_search_cv"):
        model_selection.HalvingGridSearchCV  # noqa: B018
    assert halving(skhpo).get_params()["factor"] == 3


@differs("all parameters")
@pytest.mark.parametrize("name", ["HalvingGridSearchCV", "HalvingRandomSearchCV"])
def test_parameters_are_there_with_their_defaults(row, name) -> None:
    """A call that relies on a default would mean something else."""
    theirs, ours = (
        {
            p.name: (p.kind, str(p.default))
            for p in inspect.signature(getattr(source, name)).parameters.values()
        }
        for source in PACKAGES
    )
    assert theirs.items() <= ours.items()


@differs(
    "`n_candidates_`, `n_resources_` and all other attributes of the schedule",
    '``resource="n_estimators"`` or another parameter',
)
def test_schedule_rows_and_winner_are_the_same(row) -> None:
    """A drop-in that tries other candidates, or gives them other numbers of trees, chooses another model."""
    theirs, ours = (halving(package) for package in PACKAGES)
    before = ours.schedule(X, Y)
    theirs.fit(X, Y), ours.fit(X, Y)
    for name in (one for one in vars(theirs) if one.startswith(("n_", "m")) and one.endswith("resources_")):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.n_candidates_ == theirs.n_candidates_ == before["n_candidates"].tolist()
    for column in ("params", "iter", "n_resources", "mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(ours.cv_results_[column], theirs.cv_results_[column])
    assert ours.best_params_ == theirs.best_params_


@differs("each rung trains its models from the beginning")
def test_models_are_trained_on(row, monkeypatch) -> None:
    """Trees of the rungs before would be grown again, as in scikit-learn: a third more of them here."""
    monkeypatch.setattr(GradientBoostingClassifier, "fit", counting(GradientBoostingClassifier.fit))
    model = GradientBoostingClassifier(random_state=0)
    trees = [
        sum(new for _, new, _ in trained_by(halving(package).set_params(estimator=model))[0])
        for package in PACKAGES
    ]
    # Rungs of 9, 3 and 1 candidates with 1, 3 and 9 trees, on two folds.
    assert trees == [2 * (9 * 1 + 3 * 3 + 1 * 9), 2 * (9 * 1 + 3 * 2 + 1 * 6)]


@differs('``resource="n_samples"`` draws rows whatever their class, and cuts test parts as well')
def test_subsets_keep_the_shares_of_the_classes(row) -> None:
    """Scores of the lower rungs would be noisier, and configurations be compared on rows that differ by chance."""
    options = {"resource": "n_samples", "max_resources": 48, "min_resources": 16}
    tested, shares = [], []
    for package in PACKAGES:
        fits, n_tested = trained_by(halving(package, {"max_depth": [1, 2, 3]}, **options))
        tested.append(set(n_tested))
        shares.append({sum(y for _, y in rows) / len(rows) for _, _, rows in fits})
        # Three candidates with two folds each, then the best of them: the first is on the rung with few rows.
        folds = [[rows for _, _, rows in fits[i::2]] for i in range(2)]
        assert all(len(first) < len(last) for first, *_, last in folds)
    assert all(first <= last for first, *_, last in folds)  # ours
    assert max(tested[0]) < 30 and tested[1] == {30}
    assert shares[0] > shares[1] == {0.5}


@differs('``resource="epochs"`` is not known')
def test_epochs_are_a_resource(row) -> None:
    """Models that are trained by `partial_fit` would have no resource but samples."""
    arguments = SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2, 1.0]}
    options = {**row.options("theirs"), "max_resources": 3, "cv": 2, "random_state": 0}
    with pytest.raises(ValueError, match="epochs"):
        model_selection.HalvingGridSearchCV(*arguments, **options).fit(X, Y)
    ours = skhpo.HalvingGridSearchCV(*arguments, **options).fit(X, Y)
    assert ours.n_resources_ == [1, 3]


@differs('``scoring=["accuracy", "roc_auc"]`` raises')
def test_several_metrics_are_taken(row) -> None:
    """A halving that looks at a second metric would raise here as well."""
    options = row.options("theirs")
    with pytest.raises(ValueError, match="scoring"):
        halving(model_selection, refit="roc_auc", **options).fit(X, Y)
    ours = halving(skhpo, refit="roc_auc", **options).fit(X, Y)
    assert ours.best_score_ == ours.cv_results_["mean_test_roc_auc"][ours.best_index_]


@differs("a callable `refit` is not called")
def test_a_callable_refit_chooses(row) -> None:
    """Somebody's rule for the winner would be ignored in silence."""
    chosen = []

    def last(results):
        chosen.append(results["iter"].tolist())
        return len(results["params"]) - 1

    for package in PACKAGES:
        halving(package, {"max_depth": [1, 2, 3]}, max_resources=3, refit=last).fit(X, Y)
    assert chosen == [[1]]


@differs("``cv=ShuffleSplit(2)`` raises, because it has no seed")
def test_a_splitter_without_a_seed_is_taken(row) -> None:
    """A splitter that every other search takes would be refused."""
    options = row.options("theirs", {"ShuffleSplit": ShuffleSplit})
    with pytest.raises(ValueError, match="random_state"):
        halving(model_selection, **options).fit(X, Y)
    assert halving(skhpo, **options).fit(X, Y).n_splits_ == 2


@differs("a candidate that fails goes on if too few do not")
def test_failed_candidates_do_not_go_on(row) -> None:
    """Fits that can only fail again would be made on every rung."""
    grid = [{"max_depth": [9], "learning_rate": [0.1 * i for i in range(1, 9)]}, {"max_depth": [1]}]
    n_deep = []
    for package in PACKAGES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = halving(package, grid).fit(X, Y)
        on_later_rungs = search.cv_results_["iter"] > 0
        n_deep.append(int((search.cv_results_["param_max_depth"][on_later_rungs] == 9).sum()))
    assert n_deep[0] > 0 == n_deep[1]
