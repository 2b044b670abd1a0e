"""Ctrl-C before every opcode of `backward` and of an optimiser's step: nothing is done, or all (FAULTS B8, C14)."""

import operator
import random

from interrupts import interrupted_at
from outcome import Outcome

import autograd
from autograd import Value
from autograd.graph import LOCK
from autograd.modes import ACTIVE, STATE
from nn.optim import SGD, Adam

WHAT = "KeyboardInterrupt before every opcode of backward and of an optimiser's step: all or nothing"
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


def targets(size, seed):
    found = {
        "backward()": backward(size, seed, closure),
        "SGD.step()": step(lambda p: SGD(p, 0.1, momentum=0.9), size, seed),
        "Adam.step()": step(lambda p: Adam(p, 0.1), size, seed),
    }
    if size == FULL:  # ten thousand points and more
        found["backward(create_graph=True)"] = backward(size // 10, seed, abs, create_graph=True)
    return found


def torn(name, reset, call, state):
    """Interrupt `call` at every opcode; return what was torn, and counts: points, done, modes left on."""
    reset()
    old = state()
    call()
    new = state()
    faults, points, done, left_on, interrupted = [], 0, 0, 0, True
    while interrupted:
        reset()
        points += 1
        interrupted = interrupted_at(points, call)
        give_back_the_lock()
        left_on += switch_off_the_modes()
        got = state()
        done += interrupted and got == new
        if got not in (old, new):
            faults.append(f"{name}: torn by a KeyboardInterrupt before opcode {points}: {got}, old {old}, new {new}")
    return faults, (points - 1, done, left_on)


def give_back_the_lock():
    # The tracer interrupts between the body of a `with` and its end too, where CPython never delivers a signal.
    while LOCK._is_owned():
        LOCK.release()


def switch_off_the_modes():
    # An interrupt inside the __enter__ or __exit__ of a mode leaves it on: no `with` in Python can exclude that.
    was_on = bool(ACTIVE)
    STATE.ieee = False
    ACTIVE.clear()
    return was_on


def run(size, seed):
    faults, total, counts = [], 0, []
    for name, (reset, call, state) in targets(size, seed).items():
        found, (points, done, left_on) = torn(name, reset, call, state)
        faults += found
        total += points
        counts.append(f"{name} {points:,} ({done} after the change, {left_on} left a mode on)")
    if total < LEAST:
        faults.append(f"only {total} points were injected, {LEAST} are the least")
    return Outcome(f"{total:,} points", faults, "; ".join(counts))
