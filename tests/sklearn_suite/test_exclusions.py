"""The table of exclusions is honest: every entry names tests that exist, and there are few of them."""

from collections import Counter

from sklearn_suite._excluded import EXCLUDED, exclusion


def test_every_excluded_test_exists(collected):
    """Would lose the truth of the table: an entry that matches nothing hides that a test was renamed."""
    applying = [entry for entry in EXCLUDED if entry.applies]
    assert [entry for entry in applying if not any(map(entry.matches, collected))] == []


def test_fewer_than_a_tenth_are_excluded(collected):
    """Would lose the meaning of "passes scikit-learn's tests"; what needs other array packages does not count."""
    run = [nodeid for nodeid in collected if "array_api" not in nodeid]
    n_run = Counter(nodeid.partition("::")[0] for nodeid in run)
    n_excluded = Counter(nodeid.partition("::")[0] for nodeid in run if exclusion(nodeid) is not None)
    assert all(n_excluded[file] < n_run[file] / 10 for file in n_run)
