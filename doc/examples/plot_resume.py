"""
What if the process is killed?
==============================

With `storage` every fit is in a file as soon as it is done, and the same script goes on from there. Here a process is
killed in the middle of its search.
"""

# %%
# The search, in a process of its own
# -----------------------------------
# Any script will do. The only thing about it is `storage`.

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import skhpo
from skhpo.plots import ConvergenceDisplay

SCRIPT = """
import sys
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from skhpo import BayesSearchCV

X, y = load_digits(return_X_y=True)
forest = RandomForestClassifier(n_estimators=20, random_state=0)
space = {"max_features": (0.05, 1.0), "min_samples_leaf": (1, 30, "log-uniform")}
search = BayesSearchCV(forest, space, n_iter=15, cv=3, random_state=0, storage=sys.argv[1])
search.fit(X[:400], y[:400])
print(len(search.trials_), "trials, best score", round(search.best_score_, 4))
"""


def start(name):
    """Start the script in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, name],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )


folder = Path(tempfile.mkdtemp())
process = start("study.db")

# %%
# A look at a running search
# --------------------------
# :func:`skhpo.load` reads the file while the other process writes to it. After four trials that process is killed.


def n_finished():
    """Return how many trials the file has."""
    try:
        return sum(
            trial.is_finished for trial in skhpo.load(folder / "study.db").trials_
        )
    except (FileNotFoundError, skhpo.StorageError):  # nothing is there yet
        return 0


while n_finished() < 4 and process.poll() is None:
    time.sleep(0.02)
process.kill()
process.communicate()
stored = skhpo.load(folder / "study.db")
stored.trials_frame()[
    ["origin", "status", "score", "param_max_features", "param_min_samples_leaf"]
].round(4)

# %%
# Again
# -----
# The same script, started again, does what is left:

print(n_finished(), "trials are there")
print(start("study.db").communicate()[0])

# %%
# The result is that of a search which was never interrupted:

print(start("uninterrupted.db").communicate()[0])
first, second = (
    skhpo.load(folder / name).trials_ for name in ("study.db", "uninterrupted.db")
)
print(
    [trial.configuration for trial in first]
    == [trial.configuration for trial in second]
)

# %%
# Pictures can be drawn from a file as well:

ConvergenceDisplay.from_estimator(folder / "study.db")

# %%
# What one learns
# ---------------
# A file costs a search next to nothing, and saves it from anything that ends a process. What may be changed between two
# starts, and what makes a file be refused, is on the page :doc:`/guide/durable`.
