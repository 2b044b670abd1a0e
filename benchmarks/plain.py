"""A Value as short as they come, with plain Python numbers: what the compiled transformer is compared with.

After microgpt (Andrej Karpathy, MIT licence): a node keeps its operands and the local derivatives as numbers. The
backward pass keeps its own stack, so that graphs may be deep.
"""

from __future__ import annotations

import builtins
import math
from typing import Any


class Value:
    """A number that remembers its operands and its derivatives by them."""

    __slots__ = ("children", "data", "grad", "slopes")

    def __init__(self, data: float, children: tuple[Value, ...] = (), slopes: tuple[float, ...] = ()):
        self.data = data
        self.grad = 0.0
        self.children = children
        self.slopes = slopes

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Value:
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + (-other)

    def __truediv__(self, other: Any) -> Value:
        return self * other**-1.0

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self) -> None:
        """Add d(this)/d(node) to the grad of every node this was computed from."""
        self.grad = 1.0
        for node in reversed(ordered(self)):
            grad = node.grad
            for child, slope in zip(node.children, node.slopes):  # noqa: B905 - a keyword costs
                child.grad += slope * grad


def ordered(root: Value) -> list[Value]:
    """Return all nodes below and with `root`, operands first."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend([(child, False) for child in node.children])
    return order


def exp(x: Value) -> Value:
    """Return e**x."""
    y = math.exp(x.data)
    return Value(y, (x,), (y,))


def log(x: Value) -> Value:
    """Return the natural logarithm."""
    return Value(math.log(x.data), (x,), (1.0 / x.data,))


def relu(x: Value) -> Value:
    """Return max(0, x)."""
    return Value(builtins.max(0.0, x.data), (x,), (float(x.data > 0.0),))


def max(values: list[Value]) -> float:
    """Return the greatest as a number: what shifts a softmax needs no gradient."""
    return builtins.max(value.data for value in values)
