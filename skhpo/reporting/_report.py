"""Writes the report of a search: one page with everything in it."""

import os
import secrets
from pathlib import Path

from skhpo.reporting._easel import check_bokeh
from skhpo.reporting._page import make_page
from skhpo.reporting._pictures import make_pictures
from skhpo.reporting._subject import read_subject
from skhpo.reporting._worth import Worth


def report(search, path, *, y=None, pictures=True):
    """Write what a search has found to one HTML file, which needs no network.

    It has the conclusions in words, with their uncertainty; interactive pictures; a table of all trials that can be
    sorted and filtered; and what failed. It is a snapshot: of a search that still runs, write it again later.

    Parameters
    ----------
    search : fitted search, Study, StoredSearch, str or Path
        The search; a study may still run, and a path is that of a storage file, which may still be written to.
    path : str or Path
        The file, which is replaced if it is there already, and never half written.
    y : array-like, default=None
        The target that the search was fitted with: for the corrected score of the winner, where the search has
        ``keep="predictions"``. Where there are no predictions, the report says so.
    pictures : bool, default=True
        Whether there are pictures. They need bokeh: ``python -m pip install "skhpo[report]"``. Without them the file
        takes a few dozen kilobytes, and about 0.2 MB for 1,000 trials.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    NotFittedError
        If the search is not fitted.
    TypeError
        If it is something else.
    ValueError
        If `y` is not as long as the target of the search.
    ImportError
        If the pictures' library is missing.
    OSError
        If the file cannot be written, or its folder does not exist.

    See Also
    --------
    skhpo.plots : The same as pictures of matplotlib.
    skhpo.inspection : The same as numbers.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import BayesSearchCV, report
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": (1e-2, 1e2, "log-uniform"), "kernel": ["linear", "rbf"]}
    >>> search = BayesSearchCV(SVC(), space, n_iter=8, cv=3, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = report(search, f"{folder}/report.html", pictures=False).read_text(encoding="utf-8")
    >>> "The search is finished." in page, "Gain over the defaults" in page
    (True, True)
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(path.parent)!r} to write the report to.")
    if pictures:
        check_bokeh()
    worth = Worth(read_subject(search), y)
    if y is not None:
        worth.corrected  # noqa: B018  (a wrong `y` is refused before anything else is computed)
    made = make_pictures(worth) if pictures else (None, ())
    return _write(make_page(worth, *made), path)


def _write(text, path):
    """Write a file as a whole: whoever opens it sees the old one or the new one."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
