"""Every private scikit-learn name that the package uses, so that an upgrade is checked in one place.

Checked on scikit-learn 1.6.0, 1.7, 1.8 and 1.9.1.
"""

from contextlib import contextmanager, nullcontext

from sklearn.base import _fit_context as fit_context
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer
from sklearn.metrics._scorer import _PassthroughScorer as PassthroughScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _warn_or_raise_about_fit_failures as warn_or_raise_about_fit_failures,
)
from sklearn.utils._missing import is_pandas_na
from sklearn.utils.metadata_routing import _routing_enabled as routing_is_enabled
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as check_method_params

__all__ = [
    "BaseSearchCV",
    "MultimetricScorer",
    "PassthroughScorer",
    "check_method_params",
    "data_checked_once",
    "fit_context",
    "has_callbacks",
    "is_pandas_na",
    "open_root_context",
    "optimiser_of",
    "response_methods_of",
    "routing_is_enabled",
    "safe_split",
    "scorers_by_name",
    "sign_and_name_of",
    "warn_or_raise_about_fit_failures",
    "weights_by_scorer",
    "with_summary",
]


def with_summary(summary):
    """Let estimators of a class say something above scikit-learn's diagram in a notebook: the HTML of `summary`.

    Older notebooks ask for ``_repr_html_``, which is made of ``_repr_html_inner``, newer ones for the bundle.
    """

    def decorate(kind):
        def _repr_html_inner(self):
            return summary(self) + super(kind, self)._repr_html_inner()

        def _repr_mimebundle_(self, **kwargs):
            bundle = super(kind, self)._repr_mimebundle_(**kwargs)
            if "text/html" in bundle:
                bundle["text/html"] = summary(self) + bundle["text/html"]
            return bundle

        kind._repr_html_inner, kind._repr_mimebundle_ = _repr_html_inner, _repr_mimebundle_
        return kind

    return decorate


def scorers_by_name(scorer):
    """Scorers of a multi-metric scorer by name, or None if it is not one."""
    return scorer._scorers if isinstance(scorer, MultimetricScorer) else None


def optimiser_of(perceptron):
    """The optimiser that a fitted multi-layer perceptron keeps for its next ``partial_fit``, None if there is none."""
    return getattr(perceptron, "_optimizer", None)


@contextmanager
def data_checked_once(perceptron):
    """Let a multi-layer perceptron check its data at the first call of ``partial_fit`` only; they must not change."""
    check = getattr(perceptron, "_validate_input", None)
    checked = []

    def checked_once(*arguments, **options):
        if not checked:
            checked.append(check(*arguments, **options))
        return checked[0]

    if check is None:
        yield
        return
    perceptron._validate_input = checked_once
    try:
        yield
    finally:
        del perceptron._validate_input


def has_callbacks(estimator):
    """Whether scikit-learn's callbacks (1.9 and later) have to be told about the fits of an estimator."""
    return bool(getattr(estimator, "_skl_callbacks", None)) or hasattr(estimator, "_parent_callback_ctx")


def open_root_context(search, max_subtasks):
    """Open scikit-learn's context of one call of ``fit``, or a `SilentContext` where there are no callbacks."""
    if not hasattr(search, "_init_callback_context"):
        return SilentContext()
    return search._init_callback_context(max_subtasks=max_subtasks)


class SilentContext:
    """Stands in for scikit-learn's callback contexts on versions that have none."""

    def subcontext(self, **arguments):
        """Open the context of a part of the work."""
        return self

    def call_on_fit_task_begin(self, **arguments):
        """Announce the beginning of a task."""
        return self

    def call_on_fit_task_end(self, **arguments):
        """Announce the end of a task; never asks to stop."""
        return False

    def propagate_callback_context(self, estimator):
        """Hand the callbacks on to an estimator."""
        return nullcontext()


def response_methods_of(scorer):
    """For each metric the names of the methods that it may call, the preferred one first; None if it does not say."""
    scorers = scorers_by_name(scorer)
    methods = [_methods_of(one) for one in ([scorer] if scorers is None else scorers.values())]
    return None if None in methods else methods


def _methods_of(scorer):
    if isinstance(scorer, PassthroughScorer):
        return ("predict",)
    methods = getattr(scorer, "_response_method", None)
    if isinstance(methods, str):
        return ("predict" if methods == "default" else methods,)
    return None if methods is None else tuple(methods)


def weights_by_scorer(scorer, params):
    """Return the sample weights that each metric is given, by its name; None is the name of the only one."""
    scorers = scorers_by_name(scorer)
    if scorers is None:
        return {None: params.get("sample_weight")}
    if routing_is_enabled():
        routed = process_routing(scorer, "score", **params)
        return {name: routed[name].score.get("sample_weight") for name in scorers}
    # Before 1.7 nothing is passed on without routing, and later only to those that take it.
    accepts = {name: getattr(one, "_accept_sample_weight", bool)() for name, one in scorers.items()}
    return {name: params.get("sample_weight") if accepts[name] else None for name in scorers}


def sign_and_name_of(scorer):
    """Return +1 or -1 and the name of a scorer's metric; None and "score" for the estimator's own method."""
    if isinstance(scorer, PassthroughScorer):
        return None, "score"
    function = getattr(scorer, "_score_func", None)
    # Keyword arguments such as a `sample_weight` leave the bounds of scikit-learn's metrics as they are.
    is_own = getattr(function, "__module__", "").startswith("sklearn.metrics.")
    # Counts instead of shares have no bound that is known beforehand.
    is_own &= getattr(scorer, "_kwargs", {}).get("normalize", True) is not False
    return (scorer._sign, function.__name__) if is_own else (None, None)
