"""Searches that try the portfolio after the defaults."""

import pytest
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV, HyperbandSearchCV, PopulationSearchCV, RandomizedSearchCV
from skhpo.defaults import default_space, portfolio
from skhpo.search._portfolio import configurations
from skhpo.space import SearchSpace

X, Y = load_iris(return_X_y=True)


def origins(search):
    """Where the trials of a search come from."""
    return [trial.origin for trial in search.trials_]


def bayes(estimator=None, *args, **changes):
    """A short search, by default of the default space of nearest neighbours."""
    estimator = KNeighborsClassifier() if estimator is None else estimator
    return BayesSearchCV(estimator, *args, **{"n_iter": 9, "cv": 2, "random_state": 0, **changes})


def test_the_portfolio_follows_the_defaults_in_a_quarter_of_the_trials():
    """A short search finds good configurations at once, and a longer one still learns from its own data."""
    search = bayes().fit(X, Y)
    assert origins(search)[:4] == ["default", "portfolio", "portfolio", "initial design"]
    first = portfolio(KNeighborsClassifier(), X)[0]
    assert first.items() <= search.trials_[1].configuration.items()


def test_steps_without_a_portfolio_keep_their_defaults():
    """Most models are pipelines, and what was not measured together is not changed together."""
    steps = [("knn", KNeighborsClassifier()), ("rest", "passthrough")]
    search = bayes(Pipeline(steps[::-1])).fit(X, Y)
    assert origins(search)[1] == "portfolio"
    assert "knn__n_neighbors" in search.trials_[1].configuration


@pytest.mark.parametrize("given", [[], [{"n_neighbors": 7, "weights": "uniform", "p": 2}], None])
def test_it_can_be_left_out(given):
    """Whoever compares searches, or knows better, wants nothing that was not asked for."""
    assert "portfolio" not in origins(bayes(initial_configurations=given, n_iter=5).fit(X, Y))


def test_prior_observations_take_its_place():
    """What is known of these very data says more, and would be measured again."""
    first = bayes().fit(X, Y)
    assert "portfolio" not in origins(bayes(prior_observations=first).fit(X, Y))


def test_it_can_be_asked_for_with_a_space_of_ones_own():
    """Only members that the user's own space holds are tried."""
    space = {"n_neighbors": (1, 30), "p": [1, 2]}
    search = bayes(None, space, n_iter=12, initial_configurations="portfolio").fit(X, Y)
    tried = [trial.configuration for trial in search.trials_ if trial.origin == "portfolio"]
    assert tried
    assert all(SearchSpace(space).contains(one) for one in tried)
    assert "portfolio" not in origins(bayes(None, space).fit(X, Y))


def test_a_choice_of_models_is_tried_model_by_model():
    """Each model's defaults come before the second thoughts about any of them."""
    pipeline = make_pipeline(StandardScaler(), KNeighborsClassifier())
    tree, forest = DecisionTreeClassifier(random_state=0), RandomForestClassifier(random_state=0)
    models = [KNeighborsClassifier(), tree, forest]
    spaces = default_space(pipeline, X, choices={"kneighborsclassifier": models})
    found = configurations(pipeline, X, SearchSpace(spaces))
    assert [one["kneighborsclassifier"] for one in found[:3]] == models
    assert found[1]["kneighborsclassifier"] is tree
    assert found[1]["kneighborsclassifier__max_depth"] is None
    assert found[3]["kneighborsclassifier"] is models[0]
    assert found[3] != found[0]


def test_nothing_is_tried_twice():
    """A trial that repeats another one is thrown away."""
    space = SearchSpace({"n_neighbors": [5], "weights": ["uniform", "distance"], "p": [2]})
    search = bayes(None, space, n_iter=40, initial_configurations="portfolio")
    with pytest.warns(UserWarning, match="There is no portfolio"):
        search.fit(X, Y)
    assert len(search.trials_) == 2


def test_hyperband_tries_it_too():
    """Brackets begin with configurations that were good on other data."""
    search = HyperbandSearchCV(DecisionTreeClassifier(random_state=0), cv=2, random_state=0).fit(X, Y)
    assert origins(search)[:2] == ["default", "portfolio"]


def test_a_quarter_of_a_population_has_it():
    """The others are spread over the space, and better ones are found by training."""
    model = SGDClassifier(random_state=0)
    search = PopulationSearchCV(
        model, population_size=8, resource="epochs", n_generations=1, cv=2, random_state=0
    )
    assert origins(search.fit(X, Y)).count("portfolio") == 2


def test_a_longer_search_goes_on_from_a_shorter_one(tmp_path):
    """The portfolio's share grows with n_iter, but what has been tried has been tried."""
    stored = {"storage": tmp_path / "search.db"}
    first = bayes(n_iter=6, **stored).fit(X, Y)
    assert origins(first).count("portfolio") == 1
    second = bayes(n_iter=20, **stored).fit(X, Y)
    assert origins(second)[:6] == origins(first)
    assert origins(second).count("portfolio") == 1


@pytest.mark.parametrize("other", [{}, {"KNeighborsClassifier": [{"n_neighbors": 19}, {"n_neighbors": 18}]}])
@pytest.mark.parametrize("is_newer", [False, True])
def test_a_file_of_a_version_with_another_portfolio_is_taken(other, is_newer, tmp_path, monkeypatch):
    """An update in the middle of a search of days must not cost the search."""
    arguments = {"storage": tmp_path / "search.db"}
    with monkeypatch.context() as patch:
        if is_newer:
            patch.setattr("skhpo.defaults._portfolio.portfolios", lambda: other)
        first = bayes(n_iter=8, **arguments).fit(X, Y)
    with monkeypatch.context() as patch:
        if not is_newer:
            patch.setattr("skhpo.defaults._portfolio.portfolios", lambda: other)
        second = bayes(n_iter=10, **arguments).fit(X, Y)
    assert [trial.configuration for trial in second.trials_[:8]] == [
        one.configuration for one in first.trials_
    ]


def test_a_search_that_was_interrupted_in_its_portfolio_goes_on_with_it(tmp_path):
    """A resumed search ends as if it had not been interrupted."""
    arguments = {"storage": tmp_path / "search.db", "n_iter": 16}
    whole = bayes(n_iter=16).fit(X, Y)
    bayes(stopping={"n_trials": 3}, **arguments).fit(X, Y)
    resumed = bayes(**arguments).fit(X, Y)
    assert [one.configuration for one in resumed.trials_] == [one.configuration for one in whole.trials_]


@pytest.mark.parametrize(
    "search", [RandomizedSearchCV(SVC(), {"C": [1.0]}, initial_configurations="portfolio")]
)
def test_drop_ins_have_none(search):
    """Their candidates are the user's list."""
    with pytest.raises(ValueError, match="'initial_configurations' parameter of RandomizedSearchCV must be"):
        search.fit(X, Y)


def test_an_estimator_without_portfolio_is_searched_as_before():
    """Where portfolios were no help there is none."""
    assert portfolio(DummyClassifier()) == []


def test_it_is_said_if_there_is_no_portfolio():
    """Whoever asks for one by name believes otherwise that it was tried."""
    search = BayesSearchCV(SVC(), {"C": (1.0, 10.0)}, n_iter=2, cv=2, initial_configurations="portfolio")
    with pytest.warns(UserWarning, match="There is no portfolio for SVC"):
        search.fit(X, Y)
