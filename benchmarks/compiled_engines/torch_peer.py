"""The programs in PyTorch: eager, or through torch.compile; training steps are a loop in Python."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import torch
from torch.nn.functional import linear, scaled_dot_product_attention

from .arrays import arrays, flat, leaves
from .contract import RATE, Run, inputs
from .losses import LOSSES

VERSION = f"PyTorch {torch.__version__}"


def loop(step: Any, state: Any, xs: Any) -> Any:
    """Return the state after a step for each of xs."""
    for x in xs.unbind():
        state = step(state, x)
    return state


FUNCTIONS = SimpleNamespace(
    relu=torch.relu,
    tanh=torch.tanh,
    rsqrt=torch.rsqrt,
    linear=linear,
    logsumexp=partial(torch.logsumexp, dim=-1),
    broadcast=torch.broadcast_to,
    loop=loop,
    causal_attention=partial(scaled_dot_product_attention, is_causal=True),
)


def run(name: str, rows: int, dtype: str = "float64", compiled: bool = False, threads: int = 1) -> Run:
    """Return the run."""
    torch.set_num_threads(threads)
    params, data = inputs(name, rows)
    make = partial(torch.tensor, dtype=getattr(torch, dtype))
    params, columns = arrays(params, make), [arrays(column, make) for column in data]
    variables = [leaf.requires_grad_() for leaf in leaves(params)]
    loss = partial(LOSSES[name], FUNCTIONS)
    loss = torch.compile(loss) if compiled else loss

    def gradient() -> tuple[Any, Any]:
        out = loss(params, *columns)
        return out, torch.autograd.grad(out, variables)

    def steps(n: int) -> None:
        for _ in range(n):
            slopes = gradient()[1]
            with torch.no_grad():
                for variable, slope in zip(variables, slopes, strict=True):
                    variable.sub_(slope, alpha=RATE)

    return Run(gradient, lambda: flat(detached(gradient())), steps, lambda: flat(detached(variables)))


def detached(tree: Any) -> list[Any]:
    """Return the tensors of a tree without their history."""
    return [leaf.detach() for leaf in leaves(tree)]
