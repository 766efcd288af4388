"""Search spaces: which configurations there are, and how they become points of a unit cube."""

from skhpo.space._categorical import Categorical, Ordinal
from skhpo.space._composite import Tuple
from skhpo.space._dimension import Column, Dimension
from skhpo.space._distribution import Distribution
from skhpo.space._numeric import Integer, Real
from skhpo.space._search_space import SearchSpace
from skhpo.space._sub_space import SubSpace
from skhpo.space._values import equal_values, short_repr, value_to_json

DIMENSIONS: dict[str, type[Dimension]] = {
    "Categorical": Categorical,
    "Distribution": Distribution,
    "Integer": Integer,
    "Ordinal": Ordinal,
    "Real": Real,
    "Tuple": Tuple,
}

__all__ = [
    "DIMENSIONS",
    "Categorical",
    "Column",
    "Dimension",
    "Distribution",
    "Integer",
    "Ordinal",
    "Real",
    "SearchSpace",
    "SubSpace",
    "Tuple",
    "equal_values",
    "short_repr",
    "value_to_json",
]
