"""Run the programs that come in as JSON with PyTorch or JAX, print what they give as JSON.

    python peers_worker.py torch < programs

It needs nothing of this project, so that it runs in an environment that has only the peer.
"""

import json
import math
import sys


def torch_gradient(text, leaves):
    import torch

    torch.set_num_threads(1)
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in leaves]
    out = evaluated(text, TORCH, tensors)
    out.backward()
    return out.item(), [0.0 if t.grad is None else t.grad.item() for t in tensors]


def jax_gradient(text, leaves):
    import jax

    jax.config.update("jax_enable_x64", True)
    value, slopes = jax.value_and_grad(lambda xs: evaluated(text, JAX, xs))(list(leaves))
    return float(value), [float(slope) for slope in slopes]


class Functions:
    """Give autograd's names the peer's functions."""

    def __init__(self, library, special, renamed):
        self.peer, self.special, self.renamed = library, special, renamed

    def __getattr__(self, name):
        return self.special.get(name) or getattr(self.peer, self.renamed.get(name, name))


COMMON = {
    "sum": sum,
    "dot": lambda w, x: sum(a * b for a, b in zip(w, x, strict=True)),
    "neuron": lambda w, x, b: b + sum(a * c for a, c in zip(w, x, strict=True)),
}


def torch_functions():
    import torch

    special = {
        **COMMON,
        "fsum": lambda xs: torch.stack(xs).sum(),
        "mean": lambda xs: torch.stack(xs).mean(),
        "max": lambda xs: torch.stack(xs).amax(),
        "min": lambda xs: torch.stack(xs).amin(),
        "logsumexp": lambda xs: torch.logsumexp(torch.stack(xs), 0),
        "cross_entropy": lambda xs, k: torch.nn.functional.cross_entropy(torch.stack(xs), torch.tensor(k)),
        "log_sigmoid": torch.nn.functional.logsigmoid,
        "softplus": lambda x: torch.nn.functional.softplus(x, threshold=1e9),
        "clip": torch.clamp,
        "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
    }
    return Functions(torch, special, {})


def jax_functions():
    import jax
    import jax.numpy as jnp

    special = {
        **COMMON,
        "fsum": lambda xs: jnp.sum(jnp.stack(xs)),
        "mean": lambda xs: jnp.mean(jnp.stack(xs)),
        "max": lambda xs: jnp.max(jnp.stack(xs)),
        "min": lambda xs: jnp.min(jnp.stack(xs)),
        "logsumexp": lambda xs: jax.nn.logsumexp(jnp.stack(xs)),
        "cross_entropy": lambda xs, k: -jax.nn.log_softmax(jnp.stack(xs))[k],
        "log_sigmoid": jax.nn.log_sigmoid,
        "softplus": jax.nn.softplus,
        "sigmoid": jax.nn.sigmoid,
        "relu": jax.nn.relu,
        "erf": jax.scipy.special.erf,
        "erfc": jax.scipy.special.erfc,
    }
    renamed = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh"}
    return Functions(jnp, special, {**renamed, "atanh": "arctanh", "atan2": "arctan2"})


def evaluated(text, functions, leaves):
    """Return the last variable of a program; each step is (formula in x, y, z; arguments by number)."""
    made = list(leaves)
    for formula, args in text:
        names = dict(zip("xyz", (made[i] for i in args), strict=False))
        made.append(eval(formula, {"autograd": functions}, names))
    return made[-1]


def plain(x):
    return x if math.isfinite(x) else repr(x)  # JSON has no nan


if __name__ == "__main__":
    library = sys.argv[1]
    if library == "torch":
        TORCH, gradient = torch_functions(), torch_gradient
    else:
        JAX, gradient = jax_functions(), jax_gradient
    for line in sys.stdin:
        program = json.loads(line)
        value, slopes = gradient(program["steps"], program["leaves"])
        print(json.dumps([plain(value), [plain(slope) for slope in slopes]]))
