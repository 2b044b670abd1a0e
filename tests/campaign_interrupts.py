"""Ctrl-C before every opcode of a backward pass and of an optimiser's step: nothing is done, or all (FAULTS B8, C14).

No mode is left behind either: neither `ieee()` nor `recording()`, nor the tape of a program that is being recorded.
"""

import operator
import random

from interrupts import give_back_the_lock, interrupted_at
from outcome import Outcome

import autograd
from autograd import Value, modes
from autograd.program.symbol import TAPE
from nn.optim import SGD, Adam

WHAT = (
    "KeyboardInterrupt before every opcode of backward, grad, hessian, compile and an optimiser's step: "
    "all or nothing, and no mode left behind"
)
QUICK, FULL = 1, 40  # operations of the graph, parameters of the optimiser
OPERATIONS = (operator.mul, operator.add, operator.truediv, lambda v, x: autograd.sigmoid(v) - x)
LEAST = 1000  # fewer injected points are a failed run


def closure(a):
    """Return 2 * a, with a derivative given by hand as micrograd's tutorials do."""
    mine = Value(2.0 * a.data, (a,), "mine")

    def double():
        a.grad += 2.0 * mine.grad

    mine._backward = double
    return mine


def graph(size, seed, first):
    """Return an output and its leaves: shared leaves, rows of one, two and many arguments; `first` takes the first."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.5, 2.0)) for _ in range(4)]
    a, b, c, d = leaves
    out = autograd.fsum([first(a), autograd.neuron([a, b], [c, d], b, autograd.tanh), autograd.where(a > b, c, d)])
    for _ in range(size):
        x = rng.choice(leaves)
        out = rng.choice(OPERATIONS)(out, x)
    return out, leaves


def backward(size, seed, first, **options):
    """Return (reset, call, state) for a backward pass."""
    out, leaves = graph(size, seed, first)

    def reset():
        for k, leaf in enumerate(leaves):
            leaf.grad = 0.5 + k

    return reset, lambda: out.backward(**options), lambda: [number(leaf.grad) for leaf in leaves]


def number(grad):
    return grad.data if isinstance(grad, Value) else grad


def step(make, size, seed):
    """Return (reset, call, state) for a step of an optimiser that has already made one."""
    rng = random.Random(seed)
    parameters = [Value(rng.uniform(-1, 1)) for _ in range(size)]
    optimizer = make(parameters)
    for p in parameters:
        p.grad = rng.uniform(-1, 1)
    optimizer.step()
    start, saved = [p.data for p in parameters], optimizer.state_dict()

    def reset():
        optimizer.load_state_dict(saved)
        for p, x in zip(parameters, start, strict=True):
            p.data = x

    return reset, optimizer.step, lambda: [*(p.data for p in parameters), optimizer.state_dict()]


def function(w):
    """Return a scalar of four numbers: rows with domains, a row of many arguments, one that selects."""
    a, b, c, d = w
    return autograd.neuron([a, b], [c, d], b, autograd.tanh) / autograd.where(a > b, c, d) + autograd.sqrt(a) * c


def quotient(w):
    """Return a scalar of one operation that has a domain; a program can be recorded of it."""
    return w[0] / w[1]


def inverse(w):
    """Return a scalar of one number: few enough opcodes to interrupt all that a compiler does."""
    return 1 / w[0]


def walk(call, seed, names=4):
    """Return (reset, call, state) for a derivative that is returned: Values it only looks at keep their gradients."""
    rng = random.Random(seed)
    w = [Value(rng.uniform(0.5, 2.0)) for _ in range(names)]
    for k, leaf in enumerate(w):
        leaf.grad = 0.5 + k
    return lambda: None, lambda: call(w), lambda: [leaf.grad for leaf in w]


def targets(size, seed):
    found = {
        "backward()": backward(size, seed, closure),
        "SGD.step()": step(lambda p: SGD(p, 0.1, momentum=0.9), size, seed),
        "Adam.step()": step(lambda p: Adam(p, 0.1), size, seed),
        "gradients()": walk(lambda w: autograd.gradients(quotient(w), w), seed),
    }
    if size == FULL:  # ten thousand points and more
        found["backward(create_graph=True)"] = backward(size // 10, seed, abs, create_graph=True)
        found["grad(f)"] = walk(lambda w: autograd.grad(function)(floats(w)), seed)
        found["grad(f) of Values"] = walk(autograd.grad(quotient), seed)
        found["hessian"] = walk(lambda w: autograd.hessian(quotient)(floats(w)), seed, 2)
        found["compile"] = walk(lambda w: autograd.compile(quotient)(floats(w)), seed, 2)
        found["compile, gradient"] = walk(lambda w: autograd.compile(inverse).value_and_grad(floats(w)), seed, 1)
    return found


def floats(w):
    return [x.data for x in w]


def torn(name, reset, call, state):
    """Interrupt `call` at every opcode; return what was torn or left behind, the points, and those after the change."""
    reset()
    old = state()
    call()
    new = state()
    faults, points, done, interrupted = [], 0, 0, True
    before = modes_now()
    while interrupted:
        reset()
        points += 1
        interrupted = interrupted_at(points, call)
        give_back_the_lock()
        got, after = state(), modes_now()
        done += interrupted and got == new != old
        if got not in (old, new):
            faults.append(f"{name}: torn by a KeyboardInterrupt before opcode {points}: {got}, old {old}, new {new}")
        if after != before:
            faults.append(f"{name}: a KeyboardInterrupt before opcode {points} leaves the modes {after}, were {before}")
            before = after
    return faults, points - 1, done


def modes_now():
    """Return the modes of this thread, how many others are alive, and whether a program is being recorded."""
    now = modes.current()
    return (now.recording, now.ieee, now.anomaly), len(modes.ACTIVE), TAPE.get() is not None


def run(size, seed):
    faults, total, counts = [], 0, []
    for name, target in targets(size, seed).items():
        with autograd.no_grad():  # so that every walk has a mode to change, be it only that it records
            found, points, done = torn(name, *target)
        faults += found
        total += points
        counts.append(f"{name} {points:,}" + f" ({done} after the change)" * bool(done))
    if total < LEAST:
        faults.append(f"only {total} points were injected, {LEAST} are the least")
    return Outcome(f"{total:,} points", faults, "; ".join(counts))
