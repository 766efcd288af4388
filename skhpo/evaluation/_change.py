"""Which hyperparameters can change in mid-training, and how a trained model is told: the table `CHANGES`.

Most estimators read their parameters whenever they are trained on, so that ``set_params`` is enough. The table lists
those that remember some of them elsewhere, and the parameters that shape the model.
"""

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skhpo._sklearn import optimiser_of
from skhpo.space import equal_values

# They shape the model, whatever it is.
SHAPES = ("n_components", "n_clusters", "hidden_layer_sizes")
_N_CHOICES = 100


class Change(NamedTuple):
    """What is particular to estimators derived from one class.

    Attributes
    ----------
    base : str
        Package and name of the class.
    fixed : tuple of str
        Parameters that cannot change; those with the prefix, where an entry ends in "__".
    is_nested : bool
        Whether parameters of a nested object are read when training goes on. Other meta-estimators train on clones that
        do not hear of it.
    tell : callable or None
        Called as ``tell(model, changes)`` in place of ``set_params``.
    """

    base: str
    fixed: tuple[str, ...] = ()
    is_nested: bool = False
    tell: Callable | None = None


def _tell_perceptron(model, changes):
    """Tell the optimiser too, which scikit-learn makes once and keeps."""
    model.set_params(**changes)
    optimiser = optimiser_of(model)
    if optimiser is None:
        return
    if "learning_rate" in changes:
        optimiser.learning_rate = float(optimiser.learning_rate_init)
    if "learning_rate_init" in changes:
        # What an adaptive schedule has taken off stays off.
        optimiser.learning_rate *= changes["learning_rate_init"] / optimiser.learning_rate_init
    names = {"learning_rate": "lr_schedule", "nesterovs_momentum": "nesterov"}
    for name, value in changes.items():
        attribute = names.get(name, name)
        if hasattr(optimiser, attribute):
            setattr(optimiser, attribute, value)


def _rescale_trees(model, changes):
    """Keep what the trees so far say: scikit-learn multiplies all of them by the latest learning rate."""
    before = model.learning_rate
    model.set_params(**changes)
    if model.learning_rate != before and hasattr(model, "estimators_"):
        for tree in model.estimators_.ravel():
            tree.tree_.value[:] *= before / model.learning_rate


def _note_for_successor(model, changes):
    """Have CatBoost's next model made with other parameters; those of a fitted one cannot be set."""
    model._init_params.update(changes)


CHANGES = (
    Change(
        "sklearn.BaseMultilayerPerceptron", ("activation", "solver", "early_stopping"), tell=_tell_perceptron
    ),
    Change("sklearn.BaseSGD", ("average", "early_stopping")),
    Change("sklearn.BaseGradientBoosting", ("init", "loss", "n_iter_no_change"), tell=_rescale_trees),
    Change(
        "sklearn.BaseHistGradientBoosting",
        ("loss", "max_bins", "categorical_features", "early_stopping", "scoring", "validation_fraction"),
    ),
    Change("sklearn.BaseBagging", ("oob_score",), is_nested=True),
    Change("xgboost.XGBModel", ("objective", "booster", "num_class")),
    Change("lightgbm.LGBMModel", ("objective", "boosting_type", "num_class", "max_bin")),
    Change(
        "catboost.CatBoost",
        ("loss_function", "boosting_type", "border_count", "max_bin"),
        tell=_note_for_successor,
    ),
    Change("skorch.NeuralNet", ("module", "module__", "optimizer", "criterion"), is_nested=True),
)
_ANY = Change("")


def change_parameters(estimator, template, before, after):
    """Give a trained model other hyperparameters; what it has learnt stays.

    Parameters
    ----------
    estimator : estimator
        Fitted with `before`; it is changed.
    template : estimator
        The user's own, which says what hyperparameters are that are not active any more.
    before, after : dict
        The configurations.

    Raises
    ------
    ValueError
        If one of them cannot change in mid-training.
    """
    changes = {
        name: value
        for name, value in after.items()
        if name not in before or not equal_values(before[name], value)
    }
    gone = before.keys() - after.keys()
    if gone:
        defaults = template.get_params(deep=True)
        changes.update({name: defaults[name] for name in sorted(gone)})
    if not changes:
        return
    last, prefix = last_step(estimator)
    refused = [name for name in changes if is_fixed(last, prefix, name)]
    if refused:
        raise ValueError(f"The hyperparameter {refused[0]!r} cannot change in mid-training.")
    changes = clone(changes, safe=False)
    own = {name.removeprefix(prefix): value for name, value in changes.items()}
    tell = _rule_of(last).tell
    if tell is None:
        last.set_params(**own)
    else:
        tell(last, own)


def fixed_parameters(estimator, dimensions):
    """Return the names of the hyperparameters that cannot change in mid-training.

    Parameters
    ----------
    estimator : estimator
        The user's own.
    dimensions : mapping of str to Dimension
        What is searched.

    Returns
    -------
    list of str
        Steps of a pipeline before the last one, what shapes a model, and choices among estimators.
    """
    last, prefix = last_step(estimator)
    step = dimensions.get(prefix.removesuffix("__"))
    lasts = [last, *(_choices(step) if step is not None else ())]
    return [
        name
        for name, dimension in dimensions.items()
        if any(hasattr(value, "get_params") for value in _choices(dimension))
        or any(is_fixed(one, prefix, name) for one in lasts)
    ]


def last_step(estimator):
    """Return the last step of a pipeline and the prefix of its parameters; of anything else itself and ""."""
    prefix = ""
    while type(estimator) is Pipeline:
        step, estimator = estimator.steps[-1]
        prefix += f"{step}__"
    return estimator, prefix


def is_fixed(last, prefix, name):
    """Whether a hyperparameter cannot change in mid-training.

    Parameters
    ----------
    last : estimator
        What is trained on.
    prefix : str
        How names of its parameters begin.
    name : str
        The hyperparameter.

    Returns
    -------
    bool
        True for all but the parameters of `last` that it reads when it is trained on.

    Examples
    --------
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skhpo.evaluation._change import is_fixed
    >>> is_fixed(MLPClassifier(), "", "hidden_layer_sizes"), is_fixed(MLPClassifier(), "", "alpha")
    (True, False)
    """
    if not name.startswith(prefix):
        return True
    rule, own = _rule_of(last), name.removeprefix(prefix)
    if own in SHAPES or own in rule.fixed or ("__" in own and not rule.is_nested):
        return True
    return any(own.startswith(entry) for entry in rule.fixed if entry.endswith("__"))


def _rule_of(model):
    bases = {f"{one.__module__.partition('.')[0]}.{one.__name__}" for one in type(model).__mro__}
    return next((rule for rule in CHANGES if rule.base in bases), _ANY)


def _choices(dimension):
    return () if dimension.n_values is None else islice(dimension.values(), _N_CHOICES)
