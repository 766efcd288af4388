"""Tune a whole pipeline: how to scale, which model, and that model's own hyperparameters.

Run it with ``python examples/quickstart.py``; it takes less than a minute on two cores. The data come with
scikit-learn: 442 patients, nine measurements and one category each, and how far their diabetes had gone a
year later.
"""

from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
from sklearn.svm import SVR

from skhpo import BayesSearchCV, Categorical, Integer, Real


def load_data():
    """Return the patients as a mixed table, and their disease's progression."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    return X.assign(sex=X["sex"].map({1: "1", 2: "2"}).astype("category")), y


def make_search():
    """Return a search over three kinds of models; each has hyperparameters the others do not have."""
    forest, ridge, svr = RandomForestRegressor(random_state=0), Ridge(), SVR()
    columns = ColumnTransformer(
        [
            ("numeric", StandardScaler(), make_column_selector(dtype_include="number")),
            ("category", OneHotEncoder(), make_column_selector(dtype_include="category")),
        ]
    )
    space = {
        "columns__numeric": [StandardScaler(), QuantileTransformer(n_quantiles=50)],
        "model": [forest, ridge, svr],
        "model__min_samples_leaf": Integer(1, 50, "log-uniform", when={"model": [forest]}),
        "model__max_features": Real(0.1, 1.0, when={"model": [forest]}),
        "model__alpha": Real(1e-3, 1e3, "log-uniform", when={"model": [ridge]}),
        "model__C": Real(1e-1, 1e3, "log-uniform", when={"model": [svr]}),
        "model__kernel": Categorical(["linear", "rbf"], when={"model": [svr]}),
        "model__gamma": Real(1e-4, 1e1, "log-uniform", when={"model__kernel": ["rbf"]}),
    }
    pipeline = Pipeline([("columns", columns), ("model", forest)])
    return BayesSearchCV(pipeline, space, n_iter=40, n_jobs=2, verbose=1, random_state=0)


def print_best_trials(search, n):
    """Print the best trials as a table: a hyperparameter that a model does not have is left empty."""
    trials = search.trials_frame().nlargest(n, "score")
    table = trials[["score"]].join(
        trials.filter(like="param_").rename(columns=lambda name: name.removeprefix("param_").split("__")[-1])
    )
    print(f"\nThe best {n} of {len(search.trials_)} trials (score: R^2, mean over {search.n_splits_} folds)")
    print(table.to_string(float_format="{:.4g}".format, na_rep=""))


def print_gain(defaults, tuned):
    """Print the scores before and after the search, and what was gained."""
    print("\nR^2                  defaults    tuned     gain")
    for name, before, after in zip(["cross-validation", "held-out patients"], defaults, tuned, strict=True):
        print(f"{name:20s} {before:8.3f} {after:8.3f} {after - before:+8.3f}")


def main():
    """Search, then show what it found and what that is worth on patients it has not seen."""
    X, y = load_data()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
    search = make_search().fit(X_train, y_train)

    print_best_trials(search, n=5)
    # The first trial is the pipeline as it was, with its own hyperparameters.
    defaults = (
        search.cv_results_["mean_test_score"][0],
        search.estimator.fit(X_train, y_train).score(X_test, y_test),
    )
    print_gain(defaults, (search.best_score_, search.score(X_test, y_test)))


if __name__ == "__main__":
    main()
