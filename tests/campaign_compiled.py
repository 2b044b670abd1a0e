"""Random programs, special numbers included: recorded, simplified and compiled ones have the bits of eager ones."""

import contextlib

from campaign_grid import SPECIALS
from graphs import EVERY, Graph, Step, live, run as run_graph, shrunk, source
from outcome import Outcome, failures_of, rngs

import autograd
from autograd import Value
from autograd.errors import AutogradError
from autograd.program import program, python_source, simplified

WHAT = "random programs: compiled equals eager, bit for bit, before and after the passes, special values included"
QUICK, FULL = 120, 20_000


def random_graph(rng):
    """Draw up to three leaves, a third of them special numbers, and up to fifteen operations of any kind."""
    leaves = [rng.choice(SPECIALS) if rng.random() < 0.33 else rng.uniform(-2, 2) for _ in range(rng.randint(1, 3))]
    steps = []
    for k in range(rng.randint(1, 15)):
        name = rng.choice(list(EVERY))
        steps.append(Step(name, tuple(rng.randrange(len(leaves) + k) for _ in EVERY[name].names)))
    return live(Graph(tuple(leaves), tuple(steps)))


def outcome(call):
    """Return what `call` returns as text, which tells zeros and nan apart; an error of ours is 'refused'."""
    try:
        return repr(call())
    except AutogradError:
        return "refused"


def eager(graph):
    """Return (value, gradients) of the program on Values."""
    leaves = list(map(Value, graph.leaves))
    out = run_graph(graph, EVERY, leaves)[-1]
    out.backward()
    return out.data, [leaf.grad for leaf in leaves]


def recorded(graph, simplify, run):
    """Return the value of the program that the eager graph becomes."""
    leaves = list(map(Value, graph.leaves))
    equations = simplify(program(run_graph(graph, EVERY, leaves)[-1], leaves))
    return run(equations)(graph.leaves)[0]


def interpreted(equations):
    return lambda inputs: equations.evaluate(inputs)


def translated(equations):
    function = python_source(equations).function()
    return lambda inputs: function(*inputs)


def compiled(graph):
    return autograd.compile(lambda xs: run_graph(graph, EVERY, xs)[-1], engine="python")


def forms(graph):
    """Return what each way to run the program gives: {what: (got, expected)}."""
    both = outcome(lambda: eager(graph))
    value = outcome(lambda: eager(graph)[0])
    xs = list(graph.leaves)
    return {
        "program(...).evaluate": (outcome(lambda: recorded(graph, lambda p: p, interpreted)), value),
        "python_source(program(...))": (outcome(lambda: recorded(graph, lambda p: p, translated)), value),
        "simplified(...).evaluate": (outcome(lambda: recorded(graph, simplified, interpreted)), value),
        "python_source(simplified(...))": (outcome(lambda: recorded(graph, simplified, translated)), value),
        "compile(f)": (outcome(lambda: compiled(graph)(xs)), value),
        "compile(f).value_and_grad": (outcome(lambda: compiled(graph).value_and_grad(xs)), both),
    }


def fault_of(graph):
    """Return which form differs from the eager one, strictly and under ieee(), "" if none does."""
    for mode in (contextlib.nullcontext, autograd.ieee):
        with mode():
            for what, (got, expected) in forms(graph).items():
                if got != expected:
                    return f"{mode.__name__}: {what} gives {got}, eager {expected}"
    return ""


def minimal(graph):
    small = shrunk(graph, lambda candidate: bool(candidate.steps) and fault_of(candidate) != "")
    return f"{source(small, EVERY)}\n# {fault_of(small)}"


def run(size, seed):
    graphs = (graph for graph in map(random_graph, rngs(size, seed)) if graph.steps)
    return Outcome(f"{size:,} programs", failures_of(graphs, fault_of, minimal), "strictly and under ieee()")
