"""Random programs as data: leaves, steps and backward calls, that can be run, printed as Python, and made minimal."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import autograd


class Step(NamedTuple):
    """One operation on earlier variables, by number; the leaves are the first."""

    name: str
    args: tuple[int, ...]


class Graph(NamedTuple):
    """Leaves, steps that make one variable each, and calls of `backward`: (variable, seed)."""

    leaves: tuple[float, ...]
    steps: tuple[Step, ...]
    calls: tuple[tuple[int, float], ...] = ()


class Operation:
    """A text in x, y, z such as `autograd.tanh(x)`, and the function that it is."""

    def __init__(self, text: str):
        self.text = text
        self.names = [name for name in "xyz" if re.search(rf"\b{name}\b", text)]
        self.function = eval(f"lambda {', '.join(self.names)}: {text}", {"autograd": autograd})

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def shown(self, args: Sequence[str]) -> str:
        """Return the text with other names."""
        names = dict(zip(self.names, args, strict=True))
        return re.sub(r"\b[xyz]\b", lambda match: names[match.group()], self.text)


Operations = dict[str, Operation]


def operations(texts: dict[str, str]) -> Operations:
    """Return the operations of a table of texts."""
    return {name: Operation(text) for name, text in texts.items()}


# Names of autograd's functions, each an operation of as many arguments.
UNARY = (*(name for name in autograd.__all__ if getattr(getattr(autograd, name), "arity", 0) == 1), "abs")
BINARY = ("atan2", "hypot", "maximum", "minimum", "pow")
EVERY = operations(
    {
        **{name: f"autograd.{name}(x)" for name in UNARY},
        **{name: f"autograd.{name}(x, y)" for name in BINARY},
        **{symbol: f"x {symbol} y" for symbol in "+-*/"},
        **{f"x ** {n}": f"x ** {n}" for n in (2, 3, -1, 0.5, 2.5)},
        **{text: text for text in ("-x", "x * 1", "1 * x", "x / 1", "x * 0", "2.5 - x")},
        **{text: text for text in ("x - 0.0", "x + 0.0", "x + -0.0")},
        "where": "autograd.where(x, y, z)",
        "clip": "autograd.clip(x, -1.5, 2.0)",
        "sum": "autograd.sum([x, y, z])",
        "fsum": "autograd.fsum([x, y, z])",
        "mean": "autograd.mean([x, y])",
        "max": "autograd.max([x, y, z])",
        "min": "autograd.min([x, y])",
        "logsumexp": "autograd.logsumexp([x, y])",
        "cross_entropy": "autograd.cross_entropy([x, y, z], 1)",
        "dot": "autograd.dot([x, y], [y, z])",
        "neuron": "autograd.neuron([x, y], [z, x], y, autograd.tanh)",
        "relu neuron": "autograd.neuron([x], [y], z, autograd.relu)",
    }
)


def live(graph: Graph) -> Graph:
    """Return the program without the steps that the last variable does not need."""
    needed = {len(graph.leaves) + len(graph.steps) - 1}
    for k in reversed(range(len(graph.steps))):
        if len(graph.leaves) + k in needed:
            needed.update(graph.steps[k].args)
        else:
            graph = without(graph, k)
            needed = {i - (i > len(graph.leaves) + k) for i in needed}
    return graph


def run(graph: Graph, table: Operations, leaves: Sequence[Any]) -> list[Any]:
    """Return every variable of the program, computed from `leaves`."""
    made = list(leaves)
    for name, args in graph.steps:
        made.append(table[name](*[made[i] for i in args]))
    return made


def without(graph: Graph, k: int) -> Graph:
    """Return the program without step k; whoever used its result uses its first argument."""
    gone = len(graph.leaves) + k
    first = graph.steps[k].args[0]

    def moved(i: int) -> int:
        return first if i == gone else i - (i > gone)

    steps = [Step(name, tuple(map(moved, args))) for name, args in graph.steps[:k] + graph.steps[k + 1 :]]
    return Graph(graph.leaves, tuple(steps), tuple((moved(i), seed) for i, seed in graph.calls))


def smaller(graph: Graph) -> list[Graph]:
    """Return programs that are one step, one call or one digit simpler, the greatest gain first."""
    cut = [without(graph, k) for k in reversed(range(len(graph.steps)))]
    calls = [graph._replace(calls=graph.calls[:k] + graph.calls[k + 1 :]) for k in range(len(graph.calls))]
    leaves = [
        graph._replace(leaves=(*graph.leaves[:k], plain, *graph.leaves[k + 1 :]))
        for k, x in enumerate(graph.leaves)
        for plain in (1.0, 2.0, 0.5, -1.0, float(f"{x:.1g}"))
        if len(repr(plain)) < len(repr(x))
    ]
    return cut + [call for call in calls if call.calls] + leaves


def shrunk(graph: Graph, fails: Callable[[Graph], bool]) -> Graph:
    """Return a program that still fails and of which no simpler neighbour does."""
    while True:
        simpler = next((candidate for candidate in smaller(graph) if fails(candidate)), None)
        if simpler is None:
            return graph
        graph = simpler


def source(graph: Graph, table: Operations) -> str:
    """Return the program as Python, without the leaves that nothing uses."""
    names = [f"x{i}" for i in range(len(graph.leaves))] + [f"v{k}" for k in range(len(graph.steps))]
    used = {i for _, args in graph.steps for i in args} | {i for i, _ in graph.calls}
    lines = [f"{names[i]} = Value({x!r})" for i, x in enumerate(graph.leaves) if i in used]
    for name, (operation, args) in zip(names[len(graph.leaves) :], graph.steps, strict=True):
        lines.append(f"{name} = {table[operation].shown([names[i] for i in args])}")
    return "\n".join(lines + [f"{names[i]}.backward({seed!r})" for i, seed in graph.calls])
