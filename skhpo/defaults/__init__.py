"""Default search spaces: an entry for each estimator that people tune, and what is made of these; portfolios."""

from skhpo.defaults._default_space import SPACES, default_space, default_start
from skhpo.defaults._entry import Entry, Size
from skhpo.defaults._nearest import nearest_value
from skhpo.defaults._portfolio import portfolio, portfolios

__all__ = [
    "SPACES",
    "Entry",
    "Size",
    "default_space",
    "default_start",
    "nearest_value",
    "portfolio",
    "portfolios",
]
