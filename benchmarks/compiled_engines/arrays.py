"""Nested lists as arrays: what is rectangular becomes one array, what is not stays a list or dict of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy


def arrays(tree: Any, make: Callable[[Any], Any] = numpy.asarray) -> Any:
    """Return `tree` with every matrix, vector or number made by `make` from a NumPy array of float64."""
    if isinstance(tree, dict):
        return {key: arrays(child, make) for key, child in tree.items()}
    try:
        return make(numpy.array(tree, dtype=numpy.float64))
    except ValueError:  # not rectangular
        return [arrays(child, make) for child in tree]


def leaves(tree: Any) -> list[Any]:
    """Return the arrays from left to right."""
    if isinstance(tree, (list, tuple, dict)):
        return [leaf for child in (tree.values() if isinstance(tree, dict) else tree) for leaf in leaves(child)]
    return [tree]


def flat(tree: Any) -> list[float]:
    """Return the numbers of all arrays in the order of the nested lists they came from."""
    return [float(x) for leaf in leaves(tree) for x in numpy.asarray(leaf).ravel()]
