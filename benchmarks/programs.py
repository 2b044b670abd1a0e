"""What is measured: each program takes the engine as a parameter, so that every engine runs the same text.

A program is a function of an engine and perhaps a size that returns `step`, one repetition. `step` returns the output
and the leaves, so that the numbers of the engines can be compared before their times are.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from compiled_programs.draws import two_moons
from engines import Engine

Step = Callable[[], tuple[Any, list[Any]]]

POINTS = 100
L2 = 1e-4
RATE = 0.05


def readme(engine: Engine) -> Step:
    """Return the expression of micrograd's README, forward and backward (micrograd, MIT licence, README.md)."""
    Value = engine.Value  # noqa: N806

    def step() -> tuple[Any, list[Any]]:
        a = Value(-4.0)
        b = Value(2.0)
        c = a + b
        d = a * b + b**3
        c += c + 1
        c += 1 + c + (-a)
        d += d * 2 + (b + a).relu()
        d += 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        g += 10.0 / f
        g.backward()
        return g, [a, b]

    return step


class Neuron:
    """One neuron as micrograd's nn writes it: a chain of products and sums (micrograd, MIT licence, nn.py)."""

    def __init__(self, engine: Engine, source: random.Random, nin: int, nonlin: bool):
        self.w = [engine.Value(source.uniform(-1, 1)) for _ in range(nin)]
        self.b = engine.Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x: list[Any]) -> Any:
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)  # noqa: B905
        return act.relu() if self.nonlin else act


class MLP:
    """Layers of such neurons: ReLU inside, the last layer linear."""

    def __init__(self, engine: Engine, source: random.Random, sizes: list[int]):
        shapes = list(zip(sizes, sizes[1:]))  # noqa: B905, RUF007
        self.layers = [
            [Neuron(engine, source, nin, nonlin=i < len(shapes) - 1) for _ in range(nout)]
            for i, (nin, nout) in enumerate(shapes)
        ]

    def __call__(self, x: list[Any]) -> Any:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for neuron in layer for p in (*neuron.w, neuron.b)]


def moons(engine: Engine, n: int = POINTS) -> Step:
    """Return one training step of micrograd's moons demo, operation by operation: forward, backward, update."""
    model = MLP(engine, random.Random(1337), [2, 16, 16, 1])
    points, classes = two_moons(n)
    parameters = model.parameters()

    def step() -> tuple[Any, list[Any]]:
        inputs = [list(map(engine.Value, point)) for point in points]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(classes, scores)]  # noqa: B905
        loss = sum(losses) * (1.0 / len(losses)) + L2 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = engine.zero
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss, parameters

    return step


def moons_nn(engine: Engine, n: int = POINTS) -> Step:
    """Return the same training step through our `nn`: one node for each neuron, one for each sum."""
    import autograd
    import nn

    model = nn.MLP(2, [16, 16, 1], rng=random.Random(1337))
    points, classes = two_moons(n)
    parameters = model.parameters()
    optimizer = nn.SGD(parameters, lr=RATE)

    def step() -> tuple[Any, list[Any]]:
        scores = list(map(model, points))
        loss = nn.hinge_loss(scores, classes) + L2 * autograd.dot(parameters, parameters)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss, parameters

    return step


def chain(engine: Engine, n: int = 1000) -> Step:
    """Return a chain of n operations, `*` and `+` in turn with Values as operands, forward and backward."""

    def step() -> tuple[Any, list[Any]]:
        leaves = [engine.Value(0.5), engine.Value(0.999), engine.Value(0.001)]
        out = alternate(leaves[0], n, leaves[1], leaves[2])
        out.backward()
        return out, leaves

    return step


def numbers_chain(engine: Engine, n: int = 1000) -> Step:
    """Return the same chain with plain numbers as operands."""

    def step() -> tuple[Any, list[Any]]:
        leaf = engine.Value(0.5)
        out = alternate(leaf, n, 0.999, 0.001)
        out.backward()
        return out, [leaf]

    return step


def alternate(x: Any, n: int, a: Any, b: Any) -> Any:
    """Return (x * a + b) * a + b ...: n operations, n even."""
    for _ in range(n // 2):
        x = x * a
        x = x + b
    return x


PROGRAMS: dict[str, Callable[..., Step]] = {
    program.__name__: program for program in (readme, moons, moons_nn, chain, numbers_chain)
}

# The operands of the chain whose memory is measured: Values or plain numbers.
OPERANDS: dict[str, Callable[[Engine], tuple[Any, Any]]] = {
    "chain": lambda engine: (engine.Value(0.999), engine.Value(0.001)),
    "numbers_chain": lambda engine: (0.999, 0.001),
}
