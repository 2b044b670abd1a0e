"""Chains a million operations deep, and freeing longer ones with the collector off (FAULTS D1, D3, D4, C10, C11)."""

import fresh
from outcome import Outcome

WHAT = "backward through a deep chain, then freeing one five times as long, collector off, recursion limit untouched"
QUICK, FULL = 30_000, 1_000_000

PROGRAM = """
    import gc, sys
    gc.disable()
    limit = sys.getrecursionlimit()
    from autograd import Value
    import autograd
    from autograd.graph import topological_order

    def check(what, got, expected):
        if got != expected:
            print(what, "is", got, "and not", expected)

    def chain(n, make):
        y = x
        for _ in range(n):
            y = make(y)
        return y

    gc.collect()  # what importing left
    x, n = Value(1.0), {size}
    before = sys.getallocatedblocks()
    y = chain(n, lambda y: y + x)
    y.backward()
    check("value and gradient", (y.data, x.grad), (n + 1.0, n + 1.0))
    check("nodes in order", len(topological_order(y)[0]), n)
    del y
    for name, make in {{
        "one parent": lambda y: -y, "two parents": lambda y: y + x, "many parents": lambda y: autograd.fsum([y, x, x]),
        "closures": lambda y: Value(y.data, (y, x), "mine"),
    }}.items():
        y = chain(5 * n if name == "two parents" else n, make)
        del y
        check("blocks left of a chain of " + name, sys.getallocatedblocks() - before < 10_000, True)
    y = x
    x.grad = 0.0
    for _ in range(1000):
        y = y + y
    y.backward()
    check("a thousand doublings", x.grad, 2.0**1000)
    check("recursion limit", sys.getrecursionlimit(), limit)
    check("garbage", gc.collect(), 0)
"""


def run(size, seed):
    faults = fresh.run(PROGRAM.format(size=size)).splitlines()
    return Outcome(f"{size:,} deep, {5 * size:,} freed", faults)
