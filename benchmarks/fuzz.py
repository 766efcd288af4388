"""Opens mutated storage files, and searches random spaces: a result or an error that says what is wrong, nothing else.

A file: `StorageError`, from `skhpo.load` as well as from a search that is to go on from it; or a result. A space:
`InvalidSpaceError` or another ValueError, or a TypeError, raised before the first fit; or a result. Everything else, a
hang included, is counted as a finding and printed with what reproduces it.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import random
import shutil
import signal
import sqlite3
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
from sklearn.base import BaseEstimator, ClassifierMixin

import skhpo
from skhpo import BayesSearchCV, Categorical, Integer, Ordinal, Patience, Real, StorageError, Tuple
from skhpo.space import SearchSpace
from skhpo.storage._rows import digest

X, Y = np.arange(16.0).reshape(8, 2), np.arange(8) % 2
SECONDS = 20  # more than that is a hang


class FreeClassifier(ClassifierMixin, BaseEstimator):
    """Learns nothing and takes every value."""

    def __init__(self, a=0.5, b="x", c=1):
        self.a = a
        self.b = b
        self.c = c

    def fit(self, X, y):
        """Learn nothing."""
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        """Answer always the same."""
        return np.zeros(len(X), dtype=int)


SPACES: dict[str, Any] = {
    "a": (0.0, 1.0),
    "b": ["x", "y", None, (1, 2)],
    "c": Integer(1, 9, when={"b": ["x", "y"]}),
}


def make_search(kind: str, path: Path | None) -> Any:
    """One of the searches whose files are mutated."""
    common: dict = {"cv": 2, "refit": False, "storage": path}
    common_random = common | {"random_state": 0}
    if kind == "bayes":
        return BayesSearchCV(
            FreeClassifier(), SPACES, n_iter=5, sampler="tpe", stopping=Patience(9), **common_random
        )
    if kind == "random":
        space = {"a": scipy.stats.uniform(), "b": ["x", "y", None]}
        return skhpo.RandomizedSearchCV(FreeClassifier(), space, n_iter=5, **common)
    if kind == "hyperband":
        return skhpo.HyperbandSearchCV(
            FreeClassifier(),
            {"a": (0.0, 1.0), "b": ["x", "y"]},
            resource="c",
            max_resources=4,
            factor=2,
            sampler="random",
            **common_random,
        )
    return skhpo.GridSearchCV(FreeClassifier(), {"a": [1, 2.0, None], "b": ["x", len]}, **common)


class HangError(BaseException):
    """It took too long."""


def within_time(function: Callable[[], Any]) -> Any:
    """Call a function that has to be through in some seconds."""

    def ring(number: int, frame: Any) -> None:
        raise HangError

    previous = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        return function()
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


def outcome_of(function: Callable[[], Any], allowed: tuple[type[BaseException], ...]) -> str:
    """Return "a result", the name of an allowed error, or what was found."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            within_time(function)
    except allowed as error:
        return type(error).__name__
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"FOUND {type(error).__name__}: {str(error)[:150]} in {Path(last.filename).name}:{last.lineno}"
    return "a result"


def mutate_bytes(rng: random.Random, path: Path) -> None:
    """Flip bytes, put others in, or cut the file off."""
    content = bytearray(path.read_bytes())
    action = rng.choice(["flip", "flip", "fill", "cut", "extend"])
    if action == "cut":
        del content[rng.randrange(len(content)) :]
    elif action == "extend":
        content += rng.randbytes(rng.randrange(5000))
    elif action == "fill":
        start = rng.randrange(len(content))
        n = min(rng.randrange(1, 600), len(content) - start)
        content[start : start + n] = bytes([rng.choice([0, 255, rng.randrange(256)])]) * n
    else:
        # The first page, with the header and the tables, is hit often.
        end = rng.choice([100, 4096, len(content)])
        for _ in range(rng.choice([1, 2, 10])):
            content[rng.randrange(end)] = rng.randrange(256)
    path.write_bytes(content)


JUNK: list[Any] = [
    *(
        None,
        0,
        -1,
        7,
        2**63 - 1,
        -(2**63),
        1.5,
        float("inf"),
        "",
        "0",
        "text",
        "null",
        "[]",
        "{}",
        "[1]",
        "NaN",
    ),
    *('{"a":1}', '"x"', "1e999", "[" * 5000, b"", b"\x00\xff", b"\x80\x04", "\x00", "é\u2028"),
]
JSON_JUNK: list[Any] = [
    *(None, True, 0, -1, 3, 10**30, 0.5, -0.0, "", "x", "nan", "inf", [], [0], [[]], {}, {"a": 1}),
    *({"float": "nan"}, {"float": 1}, {"numpy": "float64", "value": 1}, {"numpy": "O", "value": 1}),
    *({"tuple": [1, {"float": "x"}]}, {"repr": "x", "choice": 9}, {"repr": "x", "choice": None}, "complete"),
    *("running", "paused", "failed", "pruned", 2**31, 1e308, [None], [0.5], [0.5, 0.5], [0, 0], [1, 0]),
]


def mutate_json(rng: random.Random, content: Any) -> Any:
    """Change something somewhere in what a JSON text says."""
    if isinstance(content, dict) and content and rng.random() < 0.85:
        key = rng.choice(list(content))
        if rng.random() < 0.1:
            return {k: v for k, v in content.items() if k != key}
        if rng.random() < 0.05:
            return content | {"more": rng.choice(JSON_JUNK)}
        return content | {key: mutate_json(rng, content[key])}
    if isinstance(content, list) and content and rng.random() < 0.7:
        place = rng.randrange(len(content))
        return [*content[:place], mutate_json(rng, content[place]), *content[place + 1 :]]
    return rng.choice(JSON_JUNK)


def mutate_rows(rng: random.Random, path: Path) -> None:
    """Change, remove or double rows through SQLite, with digests that are right as often as not."""
    connection = sqlite3.connect(path, isolation_level=None)
    for _ in range(rng.choice([1, 1, 2, 4])):
        table = rng.choice(["study", "splits", "trials", "trials", "fits", "fits"])
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
        columns = [one[1] for one in connection.execute(f"PRAGMA table_info({table})")]
        if not rows:
            continue
        row = list(rng.choice(rows))
        condition = " AND ".join(f"{name} = ?" for name in columns[:-2] if name not in ("train", "test"))
        if rng.random() < 0.7:
            n_keys = condition.count("?")
            connection.execute(f"DELETE FROM {table} WHERE {condition}", row[:n_keys])
        if rng.random() < 0.85:
            place = rng.randrange(len(columns))
            value = row[place]
            is_json = isinstance(value, str) and place == len(columns) - 2 and rng.random() < 0.8
            row[place] = rng.choice(JUNK)
            with suppress(ValueError, RecursionError):  # it may be junk already
                row[place] = json.dumps(mutate_json(rng, json.loads(value))) if is_json else row[place]
            if rng.random() < 0.7:
                row[-1] = digest(*row[:-1])
            try:
                connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({','.join('?' * len(row))})", row)
            except (sqlite3.Error, OverflowError):
                continue
    if rng.random() < 0.1:
        connection.execute(f"PRAGMA user_version = {rng.choice([0, -1, 2, 99])}")
    connection.close()


def fuzz_files(
    n: int, seed: int, kinds: tuple[str, ...] = ("bayes", "random", "hyperband", "grid")
) -> Counter:
    """Open mutated files; returns how often what came of it."""
    found: Counter = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in kinds:
            complete = folder / f"{kind}.db"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                make_search(kind, complete).fit(X, Y)
            for suffix in ("-wal", "-shm"):
                (folder / f"{kind}.db{suffix}").unlink(missing_ok=True)
        path = folder / "mutated.db"
        for number in range(n):
            rng = random.Random(f"{seed}-{number}")
            kind = kinds[number % len(kinds)]
            shutil.copyfile(folder / f"{kind}.db", path)
            mutate = rng.choice([mutate_bytes, mutate_rows, mutate_rows])
            mutate(rng, path)
            for what, function in {
                "load": lambda: str(skhpo.load(path).trials_frame()),
                "search": lambda kind=kind: make_search(kind, path).fit(X, Y),
            }.items():
                outcome = outcome_of(function, (StorageError,))
                found[what, outcome] += 1
                if outcome.startswith("FOUND"):
                    print(f"{what} of {kind}, {mutate.__name__}, --seed {seed} --only {number}: {outcome}")
            for other in folder.glob("mutated.db*"):
                other.unlink()
    return found


ATOMS: list[Any] = [
    *(
        None,
        True,
        0,
        1,
        -3,
        5,
        10**20,
        0.0,
        0.5,
        1.5,
        -1e308,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "x",
        "log-uniform",
    ),
    *(
        "uniform",
        b"x",
        (),
        [],
        {},
        (0.0, 1.0),
        (1, 9),
        (1, 2, 3),
        (0.1, 9.0, "log-uniform"),
        (5, 1),
        ("a", "b"),
    ),
    *(
        [1, 2, 3],
        ["x"],
        [None, 1.0],
        [[1], [2]],
        [float("nan")],
        np.arange(3),
        np.float64(0.5),
        np.array(3),
        len,
    ),
    *(object(), {1, 2}, range(3), 1j, Real, scipy.stats.norm, scipy.stats.norm(), scipy.stats.randint(1, 5)),
    *(
        scipy.stats.uniform(0, np.inf),
        Integer(1, 5),
        Real(0.1, 1.0),
        Categorical(["a", "b"]),
        Ordinal([1, 2]),
    ),
    *(Tuple((0.0, 1.0), 2), FreeClassifier(), FreeClassifier, slice(3), "b", np.datetime64("2020-01-01")),
]


def random_domain(rng: random.Random, depth: int = 2) -> Any:
    """A domain, or something like one."""
    if depth == 0 or rng.random() < 0.4:
        return rng.choice(ATOMS)
    entries = [random_domain(rng, depth - 1) for _ in range(rng.randrange(4))]
    kind = rng.randrange(8)
    if kind < 2:
        return tuple(entries)
    if kind < 4:
        return entries
    if kind == 4:
        return {str(i): one for i, one in enumerate(entries)}
    maker = rng.choice([Real, Integer, Categorical, Ordinal, Tuple])
    n_needed = 1 if maker in (Categorical, Ordinal) else 2
    entries = [random_domain(rng, depth - 1) for _ in range(n_needed)]
    when = {rng.choice(["a", "b", "c", 3]): random_domain(rng, 0)} if rng.random() < 0.4 else None
    return maker(*entries, when=when)


SOUND: list[Any] = [
    *((0.0, 1.0), (1, 9), (0.1, 9.0, "log-uniform"), [1, 2, 3], ["x", None, (1,)], scipy.stats.uniform(0, 2)),
    *(Integer(1, 5), Real(0.1, 1.0), Categorical(["a", "b"]), Ordinal([1, 2]), Tuple((0.0, 1.0), 2)),
]


def nearly_sound_domain(rng: random.Random) -> Any:
    """A domain, with something wrong in it now and then."""
    if rng.random() < 0.75:
        return rng.choice(SOUND)
    domain = rng.choice(SOUND[:5])
    entries = list(domain)
    entries[rng.randrange(len(entries))] = rng.choice(ATOMS)
    return type(domain)(entries)


def random_spec(rng: random.Random) -> Any:
    """A space, or something like one."""
    names = rng.sample(["a", "b", "c"], rng.randrange(4)) + rng.choice([[]] * 6 + [["no_such"], [3], [""]])
    make = rng.choice([random_domain, nearly_sound_domain])
    spec = {name: make(rng) for name in names}
    if rng.random() < 0.75:
        return spec
    other = {name: nearly_sound_domain(rng) for name in rng.sample(["a", "b", "c"], 2)}
    share = rng.choice(ATOMS)
    return rng.choice([[spec, other], [(spec, share), other], [(spec, 2)], (spec, other), [[spec]], share])


def fuzz_spaces(n: int, seed: int) -> Counter:
    """Read and search random spaces; returns how often what came of it."""
    found: Counter = Counter()

    def read(number: int) -> None:
        SearchSpace.from_spec(random_spec(random.Random(f"{seed}-{number}")))

    def search(number: int) -> None:
        spec = random_spec(random.Random(f"{seed}-{number}"))
        BayesSearchCV(FreeClassifier(), spec, n_iter=2, sampler="random", cv=2, random_state=0).fit(X, Y)

    for number in range(n):
        for what, function in (("space", read), ("fit", search)):
            outcome = outcome_of(lambda f=function, i=number: f(i), (ValueError, TypeError))
            found[what, outcome] += 1
            if outcome.startswith("FOUND"):
                print(f"{what}, --seed {seed} --only {number}: {outcome}")
    return found


def show(found: Counter) -> None:
    """Print a table."""
    print("| what | outcome | number |\n|---|---|---|")
    for (what, outcome), number in sorted(found.items()):
        print(f"| {what} | {outcome} | {number} |")
    print()


def main() -> None:
    """Fuzz."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--spaces", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    faulthandler.enable()
    if arguments.files:
        show(fuzz_files(arguments.files, arguments.seed))
    if arguments.spaces:
        show(fuzz_spaces(arguments.spaces, arguments.seed))


if __name__ == "__main__":
    main()
