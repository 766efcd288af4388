"""The progress bar of scikit-learn, which needs rich."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV

pytestmark = pytest.mark.integration


@pytest.mark.filterwarnings("ignore")  # scikit-learn announces that its callbacks are experimental
def test_the_progress_bar_follows_a_search(capsys) -> None:
    """A user of scikit-learn's progress bar sees our searches advance too, to the end."""
    callback = pytest.importorskip("sklearn.callback")
    pytest.importorskip("rich")
    X, y = load_iris(return_X_y=True)
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": (1, 5)}, n_iter=4, cv=3, random_state=0
    )
    search.set_callbacks(callback.ProgressBar()).fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert "BayesSearchCV" in capsys.readouterr().out
