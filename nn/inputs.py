"""Let inputs enter: anything that lists numbers or Values becomes a list of Values, made and checked once."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

from autograd import Value
from autograd.primitive import Operand

# What can be iterated over but is not a list of inputs: the order or the meaning of the items would be a guess.
REFUSED = (str, bytes, bytearray, dict, set, frozenset)


class Inputs(list[Any]):
    """A checked list of Values, or other operands; a layer makes it once and hands it to all its neurons."""


def listed(x: Any, role: str) -> list[Any]:
    """Return the items of `x` as a list, so that a generator can be read more than once.

    Raises TypeError for a number, a string, a dict or a set; `role` says in the message what `x` is.

    >>> listed((i * i for i in range(3)), "x")
    [0, 1, 4]
    >>> listed({"a": 1}, "x")
    Traceback (most recent call last):
    TypeError: x must be a list, got dict
    """
    if isinstance(x, REFUSED) or not isinstance(x, Iterable):
        raise TypeError(f"{role} must be a list, got {type(x).__name__}")
    return list(x)


def constant(x: Any, role: str) -> Value:
    """Return the number `x` as a Value without a gradient.

    Raises TypeError for whatever is not a real number; `role` says in the message where it stood.

    >>> constant("1", "x[0]")
    Traceback (most recent call last):
    TypeError: x[0]: Value data must be a real number, got str
    """
    try:
        return Value(x, requires_grad=False)
    except TypeError as error:
        raise TypeError(f"{role}: {error}") from None


def values(x: Any) -> Inputs:
    """Return `x` as a list of Values; numbers become constants, a lone Value a list of one.

    >>> [v.data for v in values([1, 2.5])]
    [1.0, 2.5]
    """
    if type(x) is Inputs:
        return x
    if isinstance(x, Operand):
        return Inputs([x])
    return Inputs([v if isinstance(v, Operand) else constant(v, f"x[{i}]") for i, v in enumerate(listed(x, "x"))])


def size(n: Any, name: str) -> int:
    """Return `n` as an int >= 1.

    Raises TypeError for a bool, a float or anything else that is not an integer, ValueError below 1.

    >>> size(0, "nin")
    Traceback (most recent call last):
    ValueError: layer sizes must be integers >= 1, got nin=0
    """
    sentence = f"layer sizes must be integers >= 1, got {name}={n!r}"
    if isinstance(n, bool) or not isinstance(n, Integral):
        raise TypeError(sentence)
    if n < 1:
        raise ValueError(sentence)
    return int(n)
