"""What the report says in words: never more than is known."""

from __future__ import annotations

from types import SimpleNamespace

import pictured
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from skhpo import BayesSearchCV, GridSearchCV, PopulationSearchCV, Study
from skhpo.reporting._findings import findings
from skhpo.reporting._subject import read_subject
from skhpo.reporting._worth import Worth
from skhpo.search import OneStandardError

X, Y = load_breast_cancer(return_X_y=True)


def _said(search, topic, **arguments):
    found = {one.topic: one for one in findings(Worth(read_subject(search), **arguments))}
    return found.get(topic)


def _noisy(score, n_iter=12, space=None):
    study = Study(space or {"x": (0.0, 1.0)}, sampler="random", n_iter=n_iter, random_state=0)
    while (job := study.ask()) is not None:
        study.tell(job, score=score(job))
    return study


def test_gain_within_noise_is_a_warning():
    """A winner that is no better than the defaults must not be sold as progress."""
    search = BayesSearchCV(
        DecisionTreeClassifier(random_state=0), {"min_samples_leaf": (1, 3)}, n_iter=3, cv=3, random_state=0
    ).fit(X[:150], Y[:150])
    assert _said(search, "Gain over the defaults").is_warning


def test_clear_gain_is_said_with_its_test():
    """A gain without interval and test is only a number."""
    space = {"gamma": (1e-6, 1.0, "log-uniform")}
    search = BayesSearchCV(SVC(gamma=0.1), space, n_iter=10, cv=3, random_state=0).fit(X[:300], Y[:300])
    found = _said(search, "Gain over the defaults")
    assert not found.is_warning
    assert "90 % interval" in found.text
    assert "corrected resampled t-test, a paired test on 3 splits" in found.text


def test_gain_of_splits_of_their_own_names_its_test():
    """Splits that are not the same cannot be paired: who reads of a paired test computes another p-value."""
    space = {"gamma": (1e-6, 1.0, "log-uniform")}
    search = BayesSearchCV(SVC(gamma=0.1), space, n_iter=4, cv=3, random_state=0).fit(X[:150], Y[:150])
    worth = Worth(read_subject(search))
    worth.gain = SimpleNamespace(**vars(worth.gain) | {"is_paired": False, "resource": 9})
    (found,) = [one for one in findings(worth) if one.topic == "Gain over the defaults"]
    assert "Welch's test" in found.text and "paired" not in found.text
    assert "each with 9 of resource" in found.text  # scores with a part of it are not the final ones


def test_rule_that_chose_another_trial_is_told():
    """The refitted model is not the one with the best score then, and the reader would wonder."""
    space = {"max_depth": (1, 12)}
    rule = OneStandardError(["max_depth"])
    model = DecisionTreeClassifier(random_state=0)
    search = BayesSearchCV(model, space, n_iter=8, cv=3, refit=rule, random_state=0).fit(X[:150], Y[:150])
    subject = read_subject(search)
    assert subject.best.configuration == search.best_params_
    if subject.best is not subject.top:
        assert "It was chosen by 'refit'" in _said(search, "Winner").text


def _worst(results):
    return int(results["mean_test_score"].argmin())


def test_findings_about_the_best_trial_do_not_pass_for_the_winner():
    """Where a rule chose another trial, its user would take the score of the best one for that of the model."""
    model, space = KNeighborsClassifier(), {"n_neighbors": [1, 5, 7, 100]}
    search = GridSearchCV(model, space, refit=_worst, cv=3, keep="predictions").fit(X[:150], Y[:150])
    assert (
        "not about the winner, which was chosen by the rule" in _said(search, "Honest score", y=Y[:150]).text
    )
    assert _said(search, "As good as the winner") is None
    assert _said(search, "As good as the best score") is not None
    plain = GridSearchCV(model, space, cv=3, keep="predictions").fit(X[:150], Y[:150])
    assert "not about the winner" not in _said(plain, "Honest score", y=Y[:150]).text


def _population(**arguments):
    model = SGDClassifier(loss="log_loss", random_state=0)
    space = {"alpha": (1e-6, 1e-1, "log-uniform")}
    size = {"population_size": 4, "n_generations": 6}
    return PopulationSearchCV(model, space, **size, random_state=0, cv=3, **arguments).fit(X, Y)


def test_winner_of_a_population_is_that_of_its_last_generation(tmp_path):
    """Its user has set no 'refit', and a file must not praise a model that was trained on and is gone."""
    search = _population(keep="predictions", storage=tmp_path / "a.db")
    own, stored = read_subject(search), read_subject(tmp_path / "a.db")
    assert own.best.score < own.top.score, (
        "the task has to be one on which the last generation is not the best"
    )
    assert stored.best.number == own.best.number and stored.best.score == search.best_score_
    said = _said(search, "Winner").text
    assert "the best of the last generation" in said and "refit" not in said
    assert said in _said(tmp_path / "a.db", "Winner").text
    assert _said(tmp_path / "a.db", "Gain over the defaults") is None  # which is known of the best score only
    honest = _said(search, "Honest score", y=Y).text
    assert "no predictions" not in honest


def test_file_says_that_it_does_not_know_the_rule(tmp_path):
    """The file of a search with a rule names another winner than the search does, and nobody would know why."""
    path = tmp_path / "a.db"
    model, space = KNeighborsClassifier(), {"n_neighbors": [1, 5, 100]}
    search = GridSearchCV(model, space, refit=_worst, cv=3, storage=path).fit(X[:150], Y[:150])
    assert "A file does not tell 'refit'" in _said(path, "Winner").text
    assert "A file" not in _said(search, "Winner").text


def test_honest_score_of_groups_is_too_sure():
    """Samples of a group are alike, so that the bootstrap takes them for more than they are."""
    model, space = KNeighborsClassifier(), {"n_neighbors": [1, 5]}
    groups = [i // 10 for i in range(150)]
    search = GridSearchCV(model, space, cv=GroupKFold(3), keep="predictions").fit(
        X[:150], Y[:150], groups=groups
    )
    assert "The interval is too short" in _said(search, "Honest score", y=Y[:150]).text
    plain = GridSearchCV(model, space, cv=3, keep="predictions").fit(X[:150], Y[:150])
    assert "too short" not in _said(plain, "Honest score", y=Y[:150]).text


def test_several_metrics_are_named():
    """Who optimises one metric and watches another would have to look it up elsewhere."""
    model, space, scoring = KNeighborsClassifier(), {"n_neighbors": [1, 5, 9]}, ["roc_auc", "accuracy"]
    search = GridSearchCV(model, space, scoring=scoring, refit="accuracy", cv=3).fit(X[:150], Y[:150])
    said = _said(search, "Winner").text
    assert "cross-validated accuracy of" in said
    mean = search.cv_results_["mean_test_roc_auc"][search.best_index_]
    assert f"(roc_auc {mean:.3f}" in said
    without = GridSearchCV(model, space, scoring=scoring, refit=False, cv=3).fit(X[:150], Y[:150])
    assert "cross-validated roc_auc of" in _said(without, "Winner").text


def test_honest_score_without_refit_is_that_of_the_first_metric():
    """Predictions were kept and a target given, and the report would ask for a metric that cannot be given."""
    model, space, scoring = KNeighborsClassifier(), {"n_neighbors": [1, 5, 9]}, ["roc_auc", "accuracy"]
    arguments = {"scoring": scoring, "cv": 3, "keep": "predictions"}
    search = GridSearchCV(model, space, refit=False, **arguments).fit(X[:150], Y[:150])
    same = GridSearchCV(model, space, refit="roc_auc", **arguments).fit(X[:150], Y[:150])
    assert _said(search, "Honest score", y=Y[:150]) == _said(same, "Honest score", y=Y[:150])


def test_honest_score_of_a_part_of_the_trials_says_so(tmp_path):
    """After an interruption, the choice was among more trials than there are predictions of."""
    for n_iter in (3, 5):
        search = BayesSearchCV(
            KNeighborsClassifier(),
            {"n_neighbors": (1, 40)},
            n_iter=n_iter,
            cv=3,
            random_state=0,
            keep="predictions",
            storage=tmp_path / "a.db",
        ).fit(X[:150], Y[:150])
    said = _said(search, "Honest score", y=Y[:150]).text
    assert (
        "chosen out of 2," in said
        and "nothing of the 3 complete trials of which there are no predictions" in said
    )


def test_single_score_is_not_called_cross_validated():
    """A study that was told one number a trial does not know where it is from."""
    text = _said(_noisy(lambda job: job.number / 10), "Winner").text
    assert "with a score of" in text and "cross-validated" not in text
    assert "cross-validated score" in _said(_noisy(lambda job: [job.number, job.number + 1]), "Winner").text


def test_choice_of_models_is_named():
    """Which model it is matters most and would be called a sub-space, of which nobody has heard."""
    model = Pipeline([("model", KNeighborsClassifier())])
    spaces = [
        {"model": [KNeighborsClassifier()], "model__n_neighbors": (1, 9)},
        {"model": [DecisionTreeClassifier(random_state=0)], "model__max_depth": (1, 9)},
    ]
    search = BayesSearchCV(model, spaces, n_iter=10, cv=3, random_state=0).fit(X[:150], Y[:150])
    assert "choice of model" in Worth(read_subject(search)).importances.importances
    spaces = [{"x": (0.0, 1.0), "k": ["a", "b"]}, {"y": (0.0, 1.0), "k": ["a", "b"]}]
    found = Worth(read_subject(_noisy(lambda job: float("x" in job.configuration), 12, spaces))).importances
    assert "which sub-space" in found.importances


def test_rivals_are_counted():
    """Where half of the trials are as good as the best, the choice between them is luck."""
    study = _noisy(lambda job: [0.8, 0.9, 0.85 + job.number / 1e4])
    found = _said(study, "As good as the winner")
    assert found.is_warning and found.text.startswith("11 of the other 11 complete trials")
    clear = _noisy(lambda job: [job.number, job.number + 0.01, job.number - 0.01])
    assert _said(clear, "As good as the winner") is None


def test_importances_of_noise_are_a_warning():
    """A model that predicts nothing explains nothing."""
    noise = [0.3, 0.9, 0.1, 0.8, 0.7, 0.2, 0.95, 0.05, 0.6, 0.4, 0.5, 0.15]
    found = _said(_noisy(lambda job: noise[job.number]), "What mattered")
    assert found is None or (found.is_warning and "Do not build on it" in found.text)


def test_what_mattered_is_named():
    """The first of two hyperparameters is the one to look at."""
    found = _said(
        _noisy(lambda job: job.configuration["x"], 20, {"x": (0.0, 1.0), "z": (0.0, 1.0)}), "What mattered"
    )
    assert ": x " in found.text and not found.is_warning


@pytest.mark.parametrize(("n_iter", "says"), [(4, "Too little is known"), (30, "can still be gained")])
def test_more_search(n_iter, says):
    """Whether to go on is the question that follows every report; after four trials there is no answer."""
    study = _noisy(
        lambda job: [-((job.configuration["x"] - 0.5) ** 2) + d for d in (-0.05, 0.0, 0.05)], n_iter
    )
    assert says in _said(study, "Would more search pay?").text


def test_failures_are_counted():
    """A search of which a third fails silently searches another space than the user thinks."""
    found = _said(pictured.small(12, fails=(1, 2, 3)), "Failures")
    assert found.is_warning and found.text.startswith("3 trials had fits that failed")


def test_nothing_is_said_of_nothing():
    """An empty study has no winner and no importances, and that is all there is to say."""
    study = Study({"x": (0.0, 1.0)})
    assert [one.topic for one in findings(Worth(read_subject(study)))] == ["Tried", "Winner"]
