"""Integer graphs: far below 2**53 every float operation is exact, so gradients are compared with no tolerance at all.

The oracle is forward mode on Python's ints: it shares neither code nor direction with the engine (FAULTS C1, B14).
"""

from graphs import Graph, Step, operations, run as run_graph, shrunk, source
from outcome import Outcome, failures_of, rngs

from autograd import Value

WHAT = "integer graphs: values and gradients equal to forward mode on Python's ints, tolerance zero"
QUICK, FULL = 3000, 100_000

LIMIT = 2**40
OPERATIONS = operations(
    {
        "+": "x + y",
        "-": "x - y",
        "*": "x * y",
        "neg": "-x",
        "relu": "autograd.relu(x)",
        "times 3": "x * 3",
        "5 -": "5 - x",
    }
)
MODELS = {
    "+": (lambda x, y: x + y, lambda x, y: (1, 1)),
    "-": (lambda x, y: x - y, lambda x, y: (1, -1)),
    "*": (lambda x, y: x * y, lambda x, y: (y, x)),
    "neg": (lambda x: -x, lambda x: (-1,)),
    "relu": (lambda x: max(x, 0), lambda x: (int(x > 0),)),
    "times 3": (lambda x: x * 3, lambda x: (3,)),
    "5 -": (lambda x: 5 - x, lambda x: (-1,)),
}


class Model:
    """Be an integer that knows its derivatives by every node before it, and a bound on every partial sum of them."""

    def __init__(self, data, slopes=(), sizes=()):
        self.data, self.slopes, self.sizes = data, dict(slopes), dict(sizes)
        self.slopes[self] = self.sizes[self] = 1

    def largest(self):
        return max(abs(self.data), *self.sizes.values())


def combine(name, *models):
    """Return the model of an operation on `models` by the chain rule, forwards."""
    forward, local = MODELS[name]
    numbers = [m.data for m in models]
    slopes, sizes = {}, {}
    for m, d in zip(models, local(*numbers), strict=True):
        for node, slope in m.slopes.items():
            slopes[node] = slopes.get(node, 0) + d * slope
        for node, size in m.sizes.items():
            sizes[node] = sizes.get(node, 0) + abs(d) * size
    return Model(forward(*numbers), slopes, sizes)


def random_graph(rng):
    """Draw one to four leaves, up to twenty operations with repeated operands, and calls on one to three outputs."""
    leaves = [rng.randint(-5, 5) for _ in range(rng.randint(1, 4))]
    models, steps = [Model(n) for n in leaves], []
    for _ in range(rng.randint(1, 20)):
        name = rng.choice(list(OPERATIONS))
        args = tuple(rng.randrange(max(0, len(models) - 6), len(models)) for _ in OPERATIONS[name].names)
        model = combine(name, *(models[i] for i in args))
        if model.largest() < LIMIT:
            models.append(model)
            steps.append(Step(name, args))
    roots = [len(models) - 1, *(rng.randrange(len(models)) for _ in range(rng.randint(0, 2)))]
    calls = [(root, rng.choice((1.0, 1.0, 2.0, -1.0))) for root in roots for _ in range(rng.randint(1, 3))]
    return Graph(tuple(map(float, leaves)), tuple(steps), tuple(calls))


def models_of(graph):
    models = [Model(int(n)) for n in graph.leaves]
    for name, args in graph.steps:
        models.append(combine(name, *(models[i] for i in args)))
    return models


def dirty(i):
    """Return the gradient that variable i has before the first call: an old one must not get into a new one."""
    return float(i * 7 % 19 - 9)


def fault_of(graph):
    """Return what differs from the model, "" if nothing does."""
    values, models = run_graph(graph, OPERATIONS, list(map(Value, graph.leaves))), models_of(graph)
    for i, v in enumerate(values):
        v.grad = dirty(i)
    if max(m.largest() for m in models) >= LIMIT:  # a simpler program may have larger numbers
        return ""
    n = len(graph.leaves)
    expected = [dirty(i) for i in range(n)]
    for root, seed in graph.calls:
        values[root].backward(seed)
        slopes = models[root].slopes
        expected = [old + seed * slopes.get(m, 0) for old, m in zip(expected, models[:n], strict=True)]
        inner = [(v.grad, seed * slopes[m]) for v, m in zip(values[n:], models[n:], strict=True) if m in slopes]
        if [v.grad for v in values[:n]] != expected:
            return f"gradients of the leaves {[v.grad for v in values[:n]]}, expected {expected}"
        if any(got != wanted for got, wanted in inner):
            return f"(gradient, expected) of the computed values: {inner}"
    if [v.data for v in values] != [m.data for m in models]:
        return f"values {[v.data for v in values]}, expected {[m.data for m in models]}"
    return ""


def minimal(graph):
    small = shrunk(graph, lambda candidate: fault_of(candidate) != "")
    start = "# before the first call the gradient of variable i is i * 7 % 19 - 9, leaves first"
    return f"{source(small, OPERATIONS)}\n{start}\n# {fault_of(small)}"


def run(size, seed):
    return Outcome(f"{size:,} graphs", failures_of(map(random_graph, rngs(size, seed)), fault_of, minimal))
