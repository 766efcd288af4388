"""The tests of scikit-learn that our classes do not pass, each with its reason.

An excluded test is run and must fail: as soon as it passes, its line here has to go.
"""

from __future__ import annotations

from typing import NamedTuple

import sklearn
from sklearn.utils.fixes import parse_version


class Excluded(NamedTuple):
    """Tests of one file whose names start with `prefix`.

    They are excluded in the releases of scikit-learn from `since` to before `until`. A test that fails `by_chance`
    passes where a search happens to propose its configurations in a certain order.
    """

    file: str
    prefix: str
    reason: str
    since: str = "1.6"
    until: str = "99"
    by_chance: bool = False

    def matches(self, nodeid: str) -> bool:
        """Whether a test is among these."""
        file, _, name = nodeid.rpartition("/")[-1].partition("::")
        return file == f"{self.file}.py" and name.startswith(self.prefix)

    @property
    def applies(self) -> bool:
        """Whether the installed scikit-learn is one of these releases."""
        return parse_version(self.since) <= parse_version(sklearn.__version__) < parse_version(self.until)


DRAWN_ONCE = (
    "refuses splitters that shuffle without a seed; ours draws from them once, so that they do no harm"
)
WHOLE_TEST_PARTS = (
    "expects test parts to be thinned out like training parts; ours score every rung on the whole"
)
PRIVATE = "calls a private method that chooses the winner"
HOOK = (
    "subclasses scikit-learn's private hook `_run_search`, which has a barrier and is not called by our loop"
)
NAN = "no configuration has a score on every split, which our searches report as an error"
AGAIN = "counts the fits of a candidate that is drawn twice: its scores are reused"
MERGED = "repeats a choice, which makes one configuration in `BayesSearchCV`"
ORDER = "relies on the order of scikit-learn's candidates"
DRAWS = "relies on the candidates which scikit-learn draws with this seed"
WORDING = "matches the wording of scikit-learn's message about a grid; ours is about a search space"
TENSE = "matches a message whose wording ours shares with newer releases"
EMPTY = "searches an empty grid: `BayesSearchCV` says that there is nothing to search"

EXCLUDED: tuple[Excluded, ...] = (
    Excluded("test_search_drop_in", "test_search__test_custom_run_search", HOOK),
    Excluded("test_search_drop_in", "test_search__test_random_search_bad_cv", TENSE, until="1.7"),
    Excluded("test_search_drop_in", "test_search__test_search_cv_results_none_param", NAN),
    Excluded("test_search_drop_in", "test_search__test_unsupported_sample_weight_scorer", NAN, since="1.7"),
    Excluded(
        "test_search_drop_in", "test_search__test_search_callbacks_no_propagation[search1", AGAIN, since="1.9"
    ),
    Excluded(
        "test_search_drop_in", "test_search__test_search_callbacks_propagation[search1", AGAIN, since="1.9"
    ),
    Excluded("test_search_bayes", "test_search__test_custom_run_search", HOOK),
    Excluded("test_search_bayes", "test_search__test_random_search_bad_cv", TENSE, until="1.7"),
    Excluded("test_search_bayes", "test_search__test_search_cv_results_none_param", NAN),
    Excluded("test_search_bayes", "test_search__test_unsupported_sample_weight_scorer", NAN, since="1.7"),
    Excluded("test_search_bayes", "test_search__test_callable_multimetric_clf_all_fits_fail", MERGED),
    Excluded("test_search_bayes", "test_search__test_grid_search_classifier_all_fits_fail", MERGED),
    Excluded("test_search_bayes", "test_search__test_grid_search_cv_splits_consistency", MERGED),
    Excluded("test_search_bayes", "test_search__test_grid_search_bad_param_grid", WORDING),
    Excluded("test_search_bayes", "test_search__test_predict_proba_disabled", EMPTY),
    Excluded("test_search_bayes", "test_search__test_search_with_2d_array", DRAWS),
    Excluded(
        "test_search_bayes", "test_search__test_random_search_cv_results_multimetric", DRAWS, by_chance=True
    ),
    Excluded("test_search_halving", "test_successive_halving__test_input_errors[params4", DRAWN_ONCE),
    Excluded("test_search_halving", "test_successive_halving__test_input_errors[params5", DRAWN_ONCE),
    Excluded("test_search_halving", "test_successive_halving__test_base_estimator_inputs", WHOLE_TEST_PARTS),
    Excluded("test_search_halving", "test_successive_halving__test_select_best_index", PRIVATE),
    Excluded("test_users_drop_in", "test_ridge__test_ridgecv_sample_weight", NAN),
    Excluded("test_users_drop_in", "test_split__test_nested_cv", NAN, until="1.7"),
    Excluded("test_users_bayes", "test_ridge__test_ridgecv_sample_weight", NAN),
    Excluded("test_users_bayes", "test_split__test_nested_cv", NAN, until="1.7"),
    Excluded("test_users_bayes", "test_sgd__test_multi_core_gridsearch_and_early_stopping", DRAWS),
    Excluded("test_users_bayes", "test_text__test_vectorizer_pipeline_grid_selection", ORDER),
)


def exclusion(nodeid: str) -> Excluded | None:
    """Return why a test is excluded, or None."""
    return next((entry for entry in EXCLUDED if entry.applies and entry.matches(nodeid)), None)
