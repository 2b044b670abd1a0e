"""Data sets: generated ones in plain Python, real ones through scikit-learn; splitting, scaling and batches.

Everything is drawn with `random()` of a `random.Random(seed)`, whose sequence Python guarantees: the same seed gives
the same data on every version.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any

from autograd.errors import ShapeError

from .choices import choose
from .inputs import listed

Rows = list[list[float]]
Batch = tuple[Rows, list[int]]


@dataclass
class Dataset:
    """Rows of numbers, each with a class: `X` is a list of n >= 1 lists of floats, `y` a list of n ints.

    Numbers to fit (regression) are no classes: they need a loop of one's own, as README.md shows with `mse_loss`.
    `features` and `classes` are names; without them columns are x0, x1, ... and classes "0", "1", .... Raises
    ValueError for a nan or infinite feature or a class out of range, ShapeError for empty data or lengths that differ.

    >>> data = Dataset("and", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    >>> len(data), data.features, data.classes
    (4, ['x0', 'x1'], ['0', '1'])
    """

    name: str
    X: Rows
    y: list[int]
    features: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows, labels = listed(self.X, "X"), listed(self.y, "y")
        if not rows or len(rows) != len(labels):
            raise ShapeError(f"data need as many rows as labels, at least one: got {len(rows)} and {len(labels)}")
        self.X = [_row(row, i) for i, row in enumerate(rows)]
        self.y = [_label(label, i) for i, label in enumerate(labels)]
        self.features = [str(name) for name in self.features] or [f"x{i}" for i in range(len(self.X[0]))]
        self.classes = [str(name) for name in self.classes] or [str(k) for k in range(max(self.y) + 1)]
        self._check()

    def _check(self) -> None:
        width, count = len(self.features), len(self.classes)
        for i, row in enumerate(self.X):
            if len(row) != width:
                raise ShapeError(f"X[{i}] has {len(row)} features, expected {width}")
        for i, label in enumerate(self.y):
            if label >= count:
                raise ValueError(f"y[{i}]: label {label} out of range 0..{count - 1}")

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: list[int]) -> Dataset:
        """Return the data set of these rows."""
        return replace(self, X=[self.X[i] for i in rows], y=[self.y[i] for i in rows])


def _row(row: Any, i: int) -> list[float]:
    return [_feature(x, f"X[{i}][{j}]") for j, x in enumerate(listed(row, f"X[{i}]"))]


def _feature(x: Any, place: str) -> float:
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(f"{place} must be a number, got {type(x).__name__}")
    if not math.isfinite(x):
        raise ValueError(f"{place} is {x}: features must be finite")
    return float(x)


def _label(label: Any, i: int) -> int:
    if isinstance(label, bool) or not isinstance(label, Integral):
        remedy = (
            ": write int(label), or to fit numbers a loop of your own with mse_loss" if isinstance(label, Real) else ""
        )
        raise TypeError(f"y[{i}]: a label must be an int, the number of a class, got {label!r}{remedy}")
    if label < 0:
        raise ValueError(f"y[{i}]: label {label} out of range: labels are 0, 1, ...")
    return int(label)


# Generated data.


def make_moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Return two half circles that reach into each other, n >= 2 points with normal noise added.

    >>> len(make_moons(50)), make_moons(50).y.count(1)
    (50, 25)
    """
    rng, half = _generator(n, noise, seed), n // 2
    outer = [_on_circle(math.pi * i / max(n - half - 1, 1)) for i in range(n - half)]
    inner = [(1 - x, 0.5 - y) for x, y in (_on_circle(math.pi * i / max(half - 1, 1)) for i in range(half))]
    return _two_classes("moons", outer, inner, noise, rng)


def make_circles(n: int = 200, noise: float = 0.05, factor: float = 0.5, seed: int = 0) -> Dataset:
    """Return a circle of radius 1 around one of radius `factor`, n >= 2 points with normal noise added.

    >>> make_circles(4, noise=0.0).X[0]
    [1.0, 0.0]
    """
    rng, half = _generator(n, noise, seed), n // 2
    outer = [_on_circle(2 * math.pi * i / (n - half)) for i in range(n - half)]
    inner = [_on_circle(2 * math.pi * i / half, factor) for i in range(half)]
    return _two_classes("circles", outer, inner, noise, rng)


def make_spirals(n: int = 200, noise: float = 0.02, turns: float = 1.0, seed: int = 0) -> Dataset:
    """Return two spirals of `turns` turns wound into each other, n >= 2 points with normal noise added.

    >>> len(make_spirals(100).features)
    2
    """
    rng, half = _generator(n, noise, seed), n // 2
    first = [_on_spiral((i + 1) / (n - half), turns) for i in range(n - half)]
    second = [(-x, -y) for x, y in (_on_spiral((i + 1) / half, turns) for i in range(half))]
    return _two_classes("spirals", first, second, noise, rng)


def make_xor(seed: int = 0) -> Dataset:
    """Return the four rows of exclusive or; there is nothing to draw, `seed` is taken for the sake of the table.

    >>> make_xor().y
    [0, 1, 1, 0]
    """
    return Dataset("xor", [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])


def _generator(n: int, noise: float, seed: int) -> random.Random:
    if isinstance(n, bool) or not isinstance(n, int) or n < 2:
        raise ValueError(f"n must be an int >= 2, got {n!r}")
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise must be finite and >= 0, got {noise}")
    return random.Random(seed)


def _on_circle(angle: float, radius: float = 1.0) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


def _on_spiral(t: float, turns: float) -> tuple[float, float]:
    return _on_circle(2 * math.pi * turns * t, t)


def _normal(rng: random.Random) -> float:
    # Box & Muller: only random() is promised to give the same numbers on every version of Python.
    return math.sqrt(-2 * math.log(1 - rng.random())) * math.cos(2 * math.pi * rng.random())


def _two_classes(name: str, first: list[Any], second: list[Any], noise: float, rng: random.Random) -> Dataset:
    points = [[x + noise * _normal(rng), y + noise * _normal(rng)] for x, y in first + second]
    return Dataset(name, points, [0] * len(first) + [1] * len(second))


# Real data.


def load_digits(seed: int = 0) -> Dataset:
    """Return 1,797 handwritten digits of 8 x 8 pixels, grey values scaled from 0..16 to 0..1."""
    data = _from_sklearn("digits")
    return replace(data, X=[[x / 16 for x in row] for row in data.X])


def load_iris(seed: int = 0) -> Dataset:
    """Return 150 irises of 3 species, 4 lengths each (Fisher 1936)."""
    return _from_sklearn("iris")


def load_wine(seed: int = 0) -> Dataset:
    """Return 178 wines of 3 growers, 13 chemical measurements each."""
    return _from_sklearn("wine")


def load_breast_cancer(seed: int = 0) -> Dataset:
    """Return 569 tumours, malignant or benign, 30 measurements each."""
    return _from_sklearn("breast_cancer")


def _from_sklearn(name: str) -> Dataset:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(f'the data set {name} comes with scikit-learn: pip install "glassgrad[all]"') from error
    bunch = getattr(datasets, f"load_{name}")()
    features, classes = list(bunch.feature_names), list(bunch.target_names)
    return Dataset(name, bunch.data.tolist(), bunch.target.tolist(), features, classes)


DATASETS: dict[str, Callable[..., Dataset]] = {
    "moons": make_moons,
    "circles": make_circles,
    "spirals": make_spirals,
    "xor": make_xor,
    "digits": load_digits,
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
}


def load_dataset(name: str, seed: int = 0) -> Dataset:
    """Return a data set of the table by its name; `seed` is that of the generated ones.

    Raises ValueError that lists the known names, ImportError with one sentence where scikit-learn is missing.

    >>> load_dataset("xor").X[1]
    [0.0, 1.0]
    """
    return choose("data set", name, DATASETS)(seed=seed)


# Splitting, scaling, batches.


def shuffled(n: int, rng: random.Random) -> list[int]:
    """Return 0..n-1 in random order.

    >>> sorted(shuffled(5, random.Random(1)))
    [0, 1, 2, 3, 4]
    """
    keys = [rng.random() for _ in range(n)]
    return sorted(range(n), key=keys.__getitem__)


def split(data: Dataset, fraction: float = 0.2, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Return (train, test), where every class gives about `fraction` of its rows to the test split, at least one.

    Raises ValueError for a fraction outside (0, 1) or a class with fewer than two rows.

    >>> train, test = split(make_moons(100), 0.2)
    >>> len(train), len(test), test.y.count(0)
    (80, 20, 10)
    """
    if not 0 < fraction < 1:
        raise ValueError(f"fraction must be in (0, 1), got {fraction}")
    rng = random.Random(seed)
    tested = {i for k in sorted(set(data.y)) for i in _drawn(data, k, fraction, rng)}
    rows = range(len(data))
    return data.take([i for i in rows if i not in tested]), data.take([i for i in rows if i in tested])


def _drawn(data: Dataset, k: int, fraction: float, rng: random.Random) -> list[int]:
    members = [i for i, label in enumerate(data.y) if label == k]
    if len(members) < 2:
        raise ValueError(f"class {data.classes[k]!r} of {data.name} has {len(members)} row: a split needs at least 2")
    count = min(max(round(fraction * len(members)), 1), len(members) - 1)
    return [members[i] for i in shuffled(len(members), rng)[:count]]


@dataclass
class Scaling:
    r"""Map every feature to $(x - \mathrm{shift}) / \mathrm{scale}$.

    >>> scaling = Scaling.standard([[1.0, 5.0], [3.0, 5.0]])
    >>> scaling.apply([[3.0, 6.0]])
    [[1.0, 1.0]]
    """

    shift: list[float]
    scale: list[float]

    @classmethod
    def standard(cls, rows: Rows) -> Scaling:
        """Return the scaling to mean 0 and standard deviation 1 of these rows; a constant feature keeps its scale."""
        columns = list(zip(*rows, strict=True))
        means = [math.fsum(column) / len(column) for column in columns]
        squares = [
            math.fsum((x - m) ** 2 for x in column) / len(column) for column, m in zip(columns, means, strict=True)
        ]
        return cls(means, [math.sqrt(s) or 1.0 for s in squares])

    def apply(self, rows: Rows) -> Rows:
        """Return the scaled rows."""
        return [[(x - a) / b for x, a, b in zip(row, self.shift, self.scale, strict=True)] for row in rows]


def standardise(train: Dataset, test: Dataset) -> tuple[Dataset, Dataset]:
    """Return both splits scaled by mean and standard deviation of the training split alone.

    >>> train, test = standardise(*split(make_moons(100)))
    >>> abs(sum(x for x, _ in train.X)) < 1e-9
    True
    """
    scaling = Scaling.standard(train.X)
    return replace(train, X=scaling.apply(train.X)), replace(test, X=scaling.apply(test.X))


def batches(data: Dataset, batch_size: int, rng: random.Random) -> list[Batch]:
    """Return all rows in random order as a list of (X, y) with `batch_size` rows each; the last may be smaller.

    Raises TypeError or ValueError for a size that is not an int >= 1.

    >>> [len(y) for _, y in batches(make_xor(), 3, random.Random(1))]
    [3, 1]
    """
    return [([data.X[i] for i in cut], [data.y[i] for i in cut]) for cut in cuts(len(data), batch_size, rng)]


def cuts(rows: int, batch_size: int, rng: random.Random) -> list[list[int]]:
    """Return the numbers of the rows of each batch, in random order. Raises as `batches` does.

    >>> cuts(4, 3, random.Random(1))
    [[0, 3, 2], [1]]
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, int):
        raise TypeError(f"batch_size must be an int, got {batch_size!r}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be >= 1, got {batch_size}")
    order = shuffled(rows, rng)
    return [order[i : i + batch_size] for i in range(0, rows, batch_size)]
