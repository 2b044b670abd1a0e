"""Random graphs against PyTorch and JAX, where they are installed: every difference is explained (FAULTS C8).

Half of the graphs are smooth: there a difference is ours unless 200-bit arithmetic says that we are right. The others
are made of kinks on small integers, where all is exact: there a difference must stand in the table of kinks. The peers
run in the Python that runs this, or in `.venv-peers`, which `python3 dev.py bench` makes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import campaign_floats
import fresh
from graphs import Graph, Step, live, operations, run as run_graph, source
from outcome import Outcome, rngs

from autograd import Value

WHAT = "random graphs against PyTorch and JAX: equal, or explained by the table of kinks or by 200-bit arithmetic"
QUICK, FULL = 16, 5000
RELATIVE = 1e-12
WORKER = Path(__file__).with_name("peers_worker.py")
PEERS = ("torch", "jax")

# Where a peer decides otherwise at a kink: (peer, operation, where, what). The sources are in FAULTS 2.5.
KINKS = (
    ("jax", "abs", lambda x: x == 0, "abs'(0) is 0 here and in PyTorch, 1 in JAX"),
    ("jax", "clip", lambda x: x in (-1.0, 2.0), "clip' is 1 on the closed interval, in JAX 0.5 at its ends"),
)
KINKED = operations(
    {
        **{name: f"autograd.{name}(x)" for name in ("relu", "abs")},
        **{name: f"autograd.{name}(x, y)" for name in ("maximum", "minimum")},
        **{name: f"autograd.{name}([x, y, z])" for name in ("max", "min", "sum")},
        **{symbol: f"x {symbol} y" for symbol in "+-*"},
        "clip": "autograd.clip(x, -1.0, 2.0)",
        "x ** 2": "x ** 2",
    }
)
SMOOTH = campaign_floats.OPERATIONS


def kinked_graph(rng):
    """Draw a graph of kinks on small integers, with many ties."""
    leaves = tuple(float(rng.randint(-2, 2)) for _ in range(rng.randint(1, 4)))
    steps = []
    for k in range(rng.randint(1, 12)):
        name = rng.choice(list(KINKED))
        steps.append(Step(name, tuple(rng.randrange(len(leaves) + k) for _ in KINKED[name].names)))
    return live(Graph(leaves, tuple(steps)))


def cases(size, seed):
    """Return (graph, its operations): smooth ones and ones of kinks in turn."""
    made = []
    for k, rng in enumerate(rngs(size, seed)):
        graph, table = (kinked_graph(rng), KINKED) if k % 2 else (live(campaign_floats.random_graph(rng)), SMOOTH)
        made += [(graph, table)] * bool(graph.steps)
    return made


def ours(graph, table):
    values = run_graph(graph, table, list(map(Value, graph.leaves)))
    values[-1].backward()
    return values[-1].data, [v.grad for v in values[: len(graph.leaves)]]


def python_of(peer):
    """Return a Python that has the peer, or None."""
    found = f"import importlib.util as u, sys; sys.exit(u.find_spec({peer!r}) is None)"
    folder = fresh.ROOT / ".venv-peers"
    for python in (sys.executable, folder / "bin" / "python", folder / "Scripts" / "python.exe"):
        if Path(python).exists() and subprocess.run([python, "-c", found], check=False).returncode == 0:
            return str(python)
    return None


def theirs(peer, python, graphs):
    """Return what the peer gives for each graph: (value, gradients)."""
    programs = [
        json.dumps({"leaves": graph.leaves, "steps": [(table[name].text, args) for name, args in graph.steps]})
        for graph, table in graphs
    ]
    done = subprocess.run(
        [python, str(WORKER), peer],
        input="\n".join(programs),
        capture_output=True,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{peer} failed: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def close(got, expected, least):
    """Tell whether two lists of numbers agree, relative to their size or, for small ones, to `least`."""
    pairs = [(float(a), float(b)) for a, b in zip(got, expected, strict=True)]
    return all(abs(a - b) <= RELATIVE * max(abs(a), abs(b), least) for a, b in pairs)


def at_a_kink(peer, graph, table):
    """Return the sentence of the table that explains a difference, or ""."""
    values = [v.data for v in run_graph(graph, table, list(map(Value, graph.leaves)))]
    for name, args in graph.steps:
        for who, operation, where, why in KINKS:
            if who == peer and operation == name and where(*[values[i] for i in args]):
                return why
    return ""


def explanation(peer, graph, table):
    """Return why the peer may differ, or ""."""
    if table is KINKED:
        return at_a_kink(peer, graph, table)
    within = campaign_floats.worst_ratio(graph) <= 2 * max(5, len(graph.steps))
    return "200-bit arithmetic says that we are right" if within else ""


def compared(peer, python, graphs):
    """Return (faults, how often each explanation was needed)."""
    faults, reasons = [], {}
    for (graph, table), (value, slopes) in zip(graphs, theirs(peer, python, graphs), strict=True):
        data, grads = ours(graph, table)
        thirds = 1.0 if table is KINKED else 0.0  # what ties of three send is rounded
        if close([data, *grads], [value, *slopes], thirds):
            continue
        why = explanation(peer, graph, table)
        reasons[why] = reasons.get(why, 0) + 1
        if not why:
            text = f"{source(graph, table)}\nv{len(graph.steps) - 1}.backward()"
            faults.append(f"{text}\n# ours {data}, {grads}\n# {peer} {value}, {slopes}")
    return faults, reasons


def run(size, seed):
    asked = PEERS if size == FULL else PEERS[:1]  # JAX compiles every operation at first
    pythons = {peer: python for peer in asked if (python := python_of(peer))}
    if not pythons:
        return Outcome("", [], skipped="neither PyTorch nor JAX is installed; `python3 dev.py bench` makes .venv-peers")
    graphs, faults, seen = cases(size, seed), [], []
    for peer, python in pythons.items():
        found, reasons = compared(peer, python, graphs)
        faults += found
        counts = "; ".join(f"{count} {why}" for why, count in reasons.items() if why)
        seen.append(f"{peer} {version(peer, python)}: {counts or 'no difference'}")
    seen += [f"{peer} is not installed" for peer in asked if peer not in pythons]
    return Outcome(f"{len(graphs):,} graphs", faults, ". ".join(seen))


def version(peer, python):
    asked = f"from importlib.metadata import version; print(version({peer!r}))"
    return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False).stdout.strip()
