"""Threads that call `backward` on shared leaves and shared graphs: not one update is lost (FAULTS R4, R5, C12).

Every number is a small integer or a power of two, so sums are exact in any order.
"""

import sys
import threading

from outcome import Outcome

import autograd
from autograd import Value

WHAT = "8 threads that call backward on shared leaves, and on one shared graph: exact sums"
QUICK, FULL = 400, 20_000  # calls of each thread
THREADS = 8


def at_once(jobs):
    """Run the jobs in threads that start together and switch as often as possible; return what they raised."""
    raised, start, before = [], threading.Barrier(len(jobs)), sys.getswitchinterval()

    def run(job):
        try:
            start.wait(30)
            job()
        except BaseException as error:
            raised.append(repr(error))

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    return raised


def repeated(calls, loss):
    def job():
        for _ in range(calls):
            loss.backward()

    return job


def shared_leaf(calls):
    w = Value(1.0)
    raised = at_once([repeated(calls, w * float(i + 1)) for i in range(THREADS)])
    return raised, [("w * i", w.grad, calls * sum(range(1, THREADS + 1)))]


def shared_graph(calls):
    x, y = Value(3.0), Value(-2.0)
    shared = (x * y + 8.0) * x
    raised = at_once([repeated(calls, autograd.relu(shared) * float(2**i)) for i in range(THREADS)])
    scale = calls * (2**THREADS - 1)
    return raised, [("d/dx relu(x*y*x + 8*x)", x.grad, -4.0 * scale), ("d/dy", y.grad, 9.0 * scale)]


def run(size, seed):
    faults = []
    for case in (shared_leaf, shared_graph):
        raised, sums = case(size)
        wrong = [f"{case.__name__}: {what} is {got}, expected {wanted}" for what, got, wanted in sums if got != wanted]
        faults += raised + wrong
    return Outcome(f"{THREADS} threads x {size:,} calls, twice", faults, "" if faults else "no update lost")
