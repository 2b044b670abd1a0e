"""The programs in JAX: one jitted call a gradient, and training steps either one call each or all in one scan."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .arrays import arrays, flat
from .contract import RATE, Run, inputs
from .losses import LOSSES

VERSION = f"JAX {jax.__version__}"


def causal_attention(query: Any, key: Any, value: Any) -> Any:
    """Return the values so far, weighted by softmax(query . key / root of the width)."""
    scores = query @ key.swapaxes(-1, -2) * query.shape[-1] ** -0.5
    seen = jnp.tril(jnp.ones(scores.shape[-2:], bool))
    return jax.nn.softmax(jnp.where(seen, scores, -jnp.inf), axis=-1) @ value


FUNCTIONS = SimpleNamespace(
    relu=jax.nn.relu,
    tanh=jnp.tanh,
    rsqrt=lax.rsqrt,
    linear=lambda x, w, b: x @ w.T + b,
    logsumexp=partial(jax.nn.logsumexp, axis=-1),
    broadcast=jnp.broadcast_to,
    loop=lambda step, state, xs: lax.scan(lambda state, x: (step(state, x), None), state, xs)[0],
    causal_attention=causal_attention,
)


def run(name: str, rows: int, dtype: str = "float64", scan: bool = True) -> Run:
    """Return the run; with `scan`, `steps(n)` is one call, otherwise n."""
    jax.config.update("jax_enable_x64", dtype == "float64")
    params, data = inputs(name, rows)
    params, columns = arrays(params, jnp.asarray), [arrays(column, jnp.asarray) for column in data]
    value_and_grad = jax.value_and_grad(partial(LOSSES[name], FUNCTIONS))
    call = jax.jit(value_and_grad)

    def step(params: Any, _: Any = None) -> tuple[Any, None]:
        gradient = value_and_grad(params, *columns)[1]
        return jax.tree.map(lambda p, g: p - RATE * g, params, gradient), None

    return Run(
        lambda: jax.block_until_ready(call(params, *columns)),
        lambda: numbers(call(params, *columns), params),
        *(scanned(step, params) if scan else repeated(step, params)),
    )


def numbers(result: tuple[Any, Any], params: Any) -> list[float]:
    """Return loss and gradient, flat, in the order of the parameters."""
    return flat([result[0], in_order(result[1], params)])


def in_order(tree: Any, params: Any) -> Any:
    """Return a dict in the order of the parameters: JAX sorts the keys."""
    return {key: tree[key] for key in params} if isinstance(params, dict) else tree


def scanned(step: Any, params: Any) -> tuple[Any, Any]:
    """Return `steps` and `parameters`, all n steps in one compiled loop."""
    state = SimpleNamespace(params=params)
    several = jax.jit(lambda params, n: lax.scan(step, params, None, length=n)[0], static_argnums=1)

    def steps(n: int) -> None:
        state.params = jax.block_until_ready(several(state.params, n))

    return steps, lambda: flat(in_order(state.params, params))


def repeated(step: Any, params: Any) -> tuple[Any, Any]:
    """Return `steps` and `parameters`, one call a step."""
    state = SimpleNamespace(params=params)
    one = jax.jit(lambda params: step(params)[0])

    def steps(n: int) -> None:
        for _ in range(n):
            state.params = one(state.params)
        jax.block_until_ready(state.params)

    return steps, lambda: flat(in_order(state.params, params))
