"""The same program in fresh processes with different hash seeds and heaps: one bit pattern (FAULTS B10, C13)."""

import fresh
from outcome import Outcome

WHAT = "fresh processes, each with its own PYTHONHASHSEED and heap: one bit pattern of gradients and training"
QUICK, FULL = 4, 30

PROGRAM = """
    import random, autograd
    from autograd import Value
    from nn import MLP, Adam
    rng, junk = random.Random({seed}), [object() for _ in range({heap})]
    leaves = [Value(rng.uniform(-1, 1)) for _ in range(30)]
    nodes = list(leaves)
    for _ in range(400):
        a, b = rng.choice(nodes), rng.choice(nodes)
        nodes.append(rng.choice([a + b, a * b, a - b, a / 3.0, autograd.tanh(a), autograd.neuron([a, b], [b, a])]))
        junk.append(bytearray(rng.randrange(1, 200)))
    autograd.sum([autograd.tanh(n) for n in nodes[-40:]]).backward()
    model = MLP(2, [4, 4, 1], seed={seed})
    optimizer = Adam(model.parameters(), 0.05)
    for _ in range(20):
        loss = autograd.mean([(model([x.data, -x.data]) - x.data * x.data) ** 2 for x in leaves[:8]])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(*(x.grad.hex() for x in leaves), *(p.data.hex() for p in model.parameters()))
"""


def run(size, seed):
    found = {}
    for k in range(size):
        bits = fresh.run(PROGRAM.format(seed=seed, heap=k * 1000), PYTHONHASHSEED=str(k))
        found.setdefault(bits, []).append(k)
    faults = [f"PYTHONHASHSEED {seeds}: {bits[:200]}..." for bits, seeds in found.items()] if len(found) > 1 else []
    return Outcome(f"{size} processes", faults, f"{len(found)} bit pattern" + "s" * (len(found) > 1))
