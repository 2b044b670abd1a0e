"""Count and time what derivatives cost: both modes, `grad` against its function, compiled against eager, the passes.

    python benchmarks/costs.py [--quick] [--output FILE]

Operations and equations are exact counts, which tests/test_costs.py holds; times are medians of rounds in which the
things compared take turns, in this one process. `python3 dev.py bench --costs` calls this.
"""

from __future__ import annotations

import argparse
import datetime
import operator
import os
import platform
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from table import markdown, processor, three_digits
from worker import seconds

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import autograd  # noqa: E402
from autograd import Value, count_operations, hvp, jacfwd, jacrev, relu, tanh, value_and_grad  # noqa: E402
from autograd.graph import topological_order  # noqa: E402
from autograd.primitive import CONSTANT  # noqa: E402
from autograd.program import PASSES, Program, program, simplified  # noqa: E402
from autograd.structure import flatten  # noqa: E402

ROUNDS = 9
L2 = 1e-4
SIZES = [2, 16, 16, 1]
HIDDEN = (16, 16)
# (inputs, outputs) of the network of which the Jacobian is taken.
SHAPES = [(1, 1), (1, 16), (1, 64), (16, 1), (16, 16), (16, 64), (64, 1), (64, 16), (64, 64)]

# -- what is measured --------------------------------------------------------------------------------------------------


def rounds(quick: bool) -> int:
    """Return how often everything is timed."""
    return 1 if quick else ROUNDS


def neuron(w: Any, x: Any, b: Any) -> Any:
    """Return tanh(w*x + b)."""
    return tanh(w * x + b)


def moons_loss(layers: Any, x: Any, y: Any) -> Any:
    """Return the loss of one example in the moons demo: max-margin and L2 (micrograd, MIT licence, demo.ipynb)."""
    losses = [relu(1 + -y * score(layers, x))]
    data_loss = sum(losses) * (1.0 / len(losses))
    return data_loss + L2 * sum(p * p for p in flatten(layers)[0])


def score(layers: Any, x: Any) -> Any:
    """Return the output of an MLP given as a list of layers of neurons (w, b): ReLU inside, the last layer linear."""
    for layer in layers[:-1]:
        x = [relu(weighed(w, b, x)) for w, b in layer]
    ((w, b),) = layers[-1]
    return weighed(w, b, x)


def weighed(w: Any, b: Any, x: Any) -> Any:
    return sum((wi * xi for wi, xi in zip(w, x, strict=True)), b)


def moons_arguments() -> tuple[Any, Any, Any]:
    """Return random layers, one point and its class."""
    source = random.Random(1337)
    layers = [
        [([source.uniform(-1, 1) for _ in range(nin)], 0.0) for _ in range(nout)] for nin, nout in pairwise(SIZES)
    ]
    return layers, [0.5, 0.25], -1.0


def network(m: int, p: int) -> Callable[[Any], list[Any]]:
    """Return a function of m inputs and p outputs: weighted sums of them, tanh, weighted sums, tanh, weighted sums."""
    source, sizes = random.Random(1), [m, *HIDDEN, p]
    weights = [[[source.uniform(-1, 1) for _ in range(nin)] for _ in range(nout)] for nin, nout in pairwise(sizes)]

    def f(x: Any) -> list[Any]:
        for matrix in weights[:-1]:
            x = [tanh(h) for h in product(matrix, x)]
        return product(weights[-1], x)

    return f


def product(matrix: Any, x: Any) -> list[Any]:
    """Return matrix times vector, product by product."""
    return [reduce(operator.add, map(operator.mul, row, x)) for row in matrix]


# -- counts ------------------------------------------------------------------------------------------------------------


class Jacobian(NamedTuple):
    """The operations of a whole Jacobian in each mode."""

    forward: int
    reverse: int

    @property
    def cheaper(self) -> str:
        """The mode that needs fewer."""
        if self.forward == self.reverse:
            return "equal"
        return "forward" if self.forward < self.reverse else "reverse"


def count_jacobian(f: Callable[[Any], list[Any]], m: int) -> Jacobian:
    """Count as `count_operations` does: m passes of forward mode; one evaluation and a pass back from each output."""
    inputs = [Value(0.1 * k) for k in range(m)]
    outputs = f(inputs)
    nodes = {v for y in outputs for v in topological_order(y)[0]}
    steps = {v: sum(p.row is not CONSTANT for p in v.parents) for v in nodes}
    backward = sum(count_operations(y).backward for y in outputs)
    return Jacobian(m * (len(nodes) + 2 * sum(steps.values())), len(nodes) + backward)


def count_gradient(f: Callable[..., Any], *args: Any) -> tuple[int, int]:
    """Return the operations of `f`, and those of `f` with its gradient by the first argument."""
    first, rebuild = flatten(args[0])
    out = f(rebuild([Value(x) for x in first]), *args[1:])
    counted = count_operations(out)
    return counted.forward, counted.forward + counted.backward


def record(f: Callable[..., Any], *args: Any) -> Program:
    """Return the program of what `f` computes from all numbers in `args`, as recorded."""
    leaves, rebuild = flatten(args)
    inputs = [Value(x) for x in leaves]
    return program(f(*rebuild(inputs)), inputs)


def count_equations(recorded: Program) -> list[int]:
    """Return the equations recorded, and those after each pass."""
    counts = [len(recorded)]
    simplified(recorded, lambda name, n: counts.append(counts[-1] - n))
    return counts


def programs() -> dict[str, Program]:
    """Return the three programs whose equations are counted."""
    layers, x, y = moons_arguments()
    return {
        "`tanh(w*x + b)` and its gradient": record(value_and_grad(neuron, (0, 1, 2)), 0.5, 2.0, -1.0),
        "moons loss of one example and its gradient": record(value_and_grad(moons_loss), layers, x, y),
        "its Hessian times a vector": record(
            lambda w, v, x, y: hvp(lambda w: moons_loss(w, x, y), w, v), layers, layers, x, y
        ),
    }


# -- times -------------------------------------------------------------------------------------------------------------

Job = Callable[[], Any]


def in_turn(jobs: dict[str, Job], quick: bool) -> dict[str, list[float]]:
    """Return the seconds of one call of each job, round by round, the jobs taking turns."""
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds(quick)):
        for name, job in jobs.items():
            found[name].append(seconds(job, True, 0.01 if quick else 0.2))
    return found


def shown(values: list[float]) -> str:
    """Return the median with its unit."""
    microseconds = median(values) * 1e6
    return f"{three_digits(microseconds)} µs" if microseconds < 1000 else f"{three_digits(microseconds / 1000)} ms"


def ratio(of: list[float], to: list[float]) -> str:
    """Return the median of the ratios of the rounds, with the least and the greatest."""
    ratios = sorted(a / b for a, b in zip(of, to, strict=True))
    span = f" ({three_digits(ratios[0])} to {three_digits(ratios[-1])})" if len(ratios) > 1 else ""
    return three_digits(median(ratios)) + span


def modes_table(quick: bool) -> Iterator[tuple[str, ...]]:
    """Yield the Jacobian of m inputs and p outputs in both modes."""
    yield ("m", "p", "forward: operations", "reverse: operations", "counted", "forward", "reverse", "reverse / forward")
    for m, p in SHAPES:
        f, x = network(m, p), [0.1 * k for k in range(m)]
        counted = count_jacobian(f, m)
        times = in_turn({"forward": lambda f=f, x=x: jacfwd(f)(x), "reverse": lambda f=f, x=x: jacrev(f)(x)}, quick)
        forward, reverse = times["forward"], times["reverse"]
        operations = (f"{counted.forward:,}", f"{counted.reverse:,}", counted.cheaper)
        yield (str(m), str(p), *operations, shown(forward), shown(reverse), ratio(reverse, forward))


def gradient_table(quick: bool) -> Iterator[tuple[str, ...]]:
    """Yield what a gradient costs relative to its function."""
    yield ("function", "its operations", "with the gradient", "ratio", "on Values", "with the gradient", "ratio")
    cases = {"`tanh(w*x + b)`, by w": (neuron, (0.5, 2.0, -1.0)), "moons loss": (moons_loss, moons_arguments())}
    for name, (f, args) in cases.items():
        alone, both = count_gradient(f, *args)
        operations = (f"{alone:,}", f"{both:,}", three_digits(both / alone))
        times = in_turn({"f": on_values(f, args), "both": lambda f=f, args=args: value_and_grad(f)(*args)}, quick)
        yield (name, *operations, shown(times["f"]), shown(times["both"]), ratio(times["both"], times["f"]))


def on_values(f: Callable[..., Any], args: tuple[Any, ...]) -> Job:
    """Return a call of `f` with the first argument as Values, which are made anew each time, as `grad` does."""
    first, rebuild = flatten(args[0])
    return lambda: f(rebuild([Value(x) for x in first]), *args[1:])


def compiled_table(quick: bool) -> Iterator[tuple[str, ...]]:
    """Yield eager against compiled on the moons loss of one example."""
    yield ("moons loss of one example", "eager", "compiled", "eager / compiled")
    args, fast = moons_arguments(), autograd.compile(moons_loss, engine="python")
    cases = {
        "its value, on plain numbers": (lambda: moons_loss(*args), lambda: fast(*args)),
        "its value, on Values": (on_values(moons_loss, args), lambda: fast(*args)),
        "value and gradient": (lambda: value_and_grad(moons_loss)(*args), lambda: fast.value_and_grad(*args)),
    }
    for name, (eager, compiled) in cases.items():
        times = in_turn({"eager": eager, "compiled": compiled}, quick)
        yield (name, shown(times["eager"]), shown(times["compiled"]), ratio(times["eager"], times["compiled"]))


def equations_table() -> Iterator[tuple[str, ...]]:
    """Yield the equations before and after each pass."""
    yield ("program", "recorded", *PASSES)
    for name, recorded in programs().items():
        yield (name, *(f"{n:,}" for n in count_equations(recorded)))


# -- the page ----------------------------------------------------------------------------------------------------------


def dashed(sizes: Iterable[int]) -> str:
    return "-".join(map(str, sizes))


def page(quick: bool) -> str:
    """Return COSTS.md."""
    return f"""# Costs

What derivatives cost. Operations and equations are counted, exactly and the same everywhere; times are medians of
{rounds(quick)} rounds in which the columns of a row took turns, ratios the medians of a round's, with the least and
greatest.

## Forward mode against reverse mode

The Jacobian of a function of m inputs and p outputs: a network m-{dashed(HIDDEN)}-p with tanh, its weights
constants, each product and each addition one operation. Counted as `count_operations` counts: a node is one, an edge
to something that varies two more, in either mode. Forward mode repeats everything for each input; reverse mode goes
forward once and repeats the way back for each output, through what that output depends on.

So reverse mode wins up to as many outputs as inputs and somewhat beyond, forward mode where outputs are far more. In
time the border lies further on that side: a Dual goes the general way through a row, a Value the fast way.

{markdown(list(modes_table(quick)))}

## `grad` relative to its function

{markdown(list(gradient_table(quick)))}

## Compiled against eager

With `engine="python"`, which is the specification, `autograd.compile` records once and runs straight-line Python; what
NumPy and machine code do is in RESULTS.md. The loss is that of micrograd's moons demo: an MLP
{dashed(SIZES)}, max-margin and L2, operation by operation. A compiled call has to take its
{len(flatten(moons_arguments())[0])} numbers out of their lists and to check each of them; Python on plain numbers need
not do that.

{markdown(list(compiled_table(quick)))}

## Equations before and after each pass

What is left after each of the passes, which are tried in this order.

{markdown(list(equations_table()))}

- Machine: {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}
- Python {platform.python_version()}; glassgrad {autograd.__glassgrad__}
- Command: `python3 dev.py bench --costs`
- Date: {datetime.date.today().isoformat()}
"""


def main() -> int:
    """Read the command line, count and measure, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="one short round; prints the page, writes no file")
    parser.add_argument("--output", metavar="FILE", type=Path, default=HERE / "COSTS.md")
    options = parser.parse_args()
    text = page(options.quick)
    print(text)
    if not options.quick:
        options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
