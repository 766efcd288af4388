"""A search in a process of its own, for tests that interrupt or kill it: prints what happens, line by line."""

import json
import sys
import time
import warnings

from skhpo import GridSearchCV
from tests.faults._estimators import Hazard, X, Y


class Slow(Hazard):
    """Hangs in the refit as well, if asked to."""

    def fit(self, X, y):
        """Fit; all samples are those of the refit."""
        if len(X) == len(Y):
            sys.stdout.write(f"refitting {time.monotonic()}\n")
            sys.stdout.flush()
            time.sleep(3600)
        return super().fit(X, y)


def main():
    """Fit, with as many workers as the command line says."""
    search = GridSearchCV(Slow(), {"x": [1, 2, "hangs"]}, cv=2, n_jobs=int(sys.argv[1]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, Y)
    told = {
        "rows": [params["x"] for params in search.cv_results_["params"]],
        "best": search.best_params_["x"],
        "is_refitted": hasattr(search, "best_estimator_"),
        "warnings": [str(one.message) for one in caught if one.category.__name__ == "InterruptedWarning"],
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
