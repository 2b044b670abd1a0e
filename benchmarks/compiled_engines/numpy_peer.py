"""The programs in NumPy with the gradients derived by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from compiled_programs.moons import L2
from compiled_programs.transformer import HEADS, WIDTH

from .arrays import arrays, flat, leaves
from .contract import RATE, Run, inputs

VERSION = f"NumPy {np.__version__}"
Array = Any


def moons(params: Any, points: Array, labels: Array) -> tuple[Any, Any]:
    """Return the mean margin loss plus L2, and its gradient."""
    scores, back = mlp(params, points)
    margins = 1 - labels * scores[:, 0]
    slopes = np.where(margins > 0, -labels, 0.0) / len(labels)
    gradient = back(slopes[:, None])
    loss = np.maximum(margins, 0).mean()
    for layer, slope in zip(params, gradient, strict=True):
        for p, g in zip(layer, slope, strict=True):
            loss += L2 * np.vdot(p, p)
            g += 2 * L2 * p
    return loss, gradient


def digits(params: Any, pixels: Array, targets: Array) -> tuple[Any, Any]:
    """Return the mean cross-entropy and its gradient."""
    scores, back = mlp(params, pixels)
    loss, slopes = cross_entropy(scores, targets)
    return loss, back(slopes)


def wide(params: Any, pixels: Array, targets: Array) -> tuple[Any, Any]:
    """Return the mean squared error and its gradient."""
    scores, back = mlp(params, pixels)
    errors = scores[:, 0] - targets
    return np.vdot(errors, errors) / len(errors), back(2 / len(errors) * errors[:, None])


def mlp(layers: Any, x: Array) -> tuple[Array, Any]:
    """Return the outputs, and what turns their adjoints into the gradients of the layers."""
    inputs_of = []
    for k, (w, b) in enumerate(layers):
        inputs_of.append(x)
        x = x @ w.T
        x += b
        if k < len(layers) - 1:
            np.maximum(x, 0, out=x)

    def back(d: Array) -> list[Any]:
        gradient = []
        for (w, _), x in zip(reversed(layers), reversed(inputs_of), strict=True):
            gradient.append([d.T @ x, d.sum(0)])
            if x is not inputs_of[0]:
                d = d @ w
                d *= x > 0
        return gradient[::-1]

    return x, back


def cross_entropy(scores: Array, targets: Array) -> tuple[Any, Array]:
    """Return the mean of -log of the chance of the one-hot target, and its slope by the scores."""
    shifted = scores - scores.max(-1, keepdims=True)
    exps = np.exp(shifted)
    totals = exps.sum(-1, keepdims=True)
    loss = (np.log(totals[..., 0]) - (shifted * targets).sum(-1)).mean()
    return loss, (exps / totals - targets) / totals.size


def transformer(params: Any, letters: Array, following: Array) -> tuple[Any, Any]:
    """Return the mean cross-entropy of the letters that follow, and its gradient."""
    n = letters.shape[1]
    x0, back0 = rms_norm(letters @ params["letter"] + params["position"][:n])
    x1, back1 = rms_norm(x0)
    query, key, value = (split(x1 @ params[name].T) for name in ("query", "key", "value"))
    attended, back_attention = attention(query, key, value)
    x2 = x0 + attended @ params["out"].T
    x3, back3 = rms_norm(x2)
    hidden = np.maximum(x3 @ params["up"].T, 0)
    x4 = x2 + hidden @ params["down"].T
    loss, d = cross_entropy(x4 @ params["scores"].T, following)

    gradient = {"scores": outer(d, x4)}
    d4 = d @ params["scores"]
    gradient["down"] = outer(d4, hidden)
    d_hidden = (d4 @ params["down"]) * (hidden > 0)
    gradient["up"] = outer(d_hidden, x3)
    d2 = d4 + back3(d_hidden @ params["up"])
    gradient["out"] = outer(d2, attended)
    d1 = 0.0
    for name, slope in zip(("query", "key", "value"), back_attention(d2 @ params["out"]), strict=True):
        gradient[name] = outer(slope, x1)
        d1 = d1 + slope @ params[name]
    d0 = back0(d2 + back1(d1))
    gradient["letter"] = outer(letters, d0)
    gradient["position"] = np.zeros_like(params["position"])
    gradient["position"][:n] = d0.sum(0)
    return loss, {name: gradient[name] for name in params}


def rms_norm(x: Array) -> tuple[Array, Any]:
    """Return x over the root of its mean square, and what passes adjoints back."""
    scale = ((x * x).mean(-1, keepdims=True) + 1e-5) ** -0.5
    out = x * scale
    return out, lambda d: scale * (d - out * (d * out).mean(-1, keepdims=True))


def attention(query: Array, key: Array, value: Array) -> tuple[Array, Any]:
    """Return causal attention of all heads, side by side, and what passes adjoints back to query, key and value."""
    n, scale = query.shape[2], query.shape[3] ** -0.5
    scores = query @ key.swapaxes(2, 3) * scale + np.triu(np.full((n, n), -np.inf), 1)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)

    def back(d: Array) -> list[Array]:
        d = split(d)
        d_weights = d @ value.swapaxes(2, 3)
        d_scores = weights * (d_weights - (d_weights * weights).sum(-1, keepdims=True)) * scale
        slopes = (d_scores @ key, d_scores.swapaxes(2, 3) @ query, weights.swapaxes(2, 3) @ d)
        return [joined(slope) for slope in slopes]

    return joined(weights @ value), back


def split(x: Array) -> Array:
    """Return rows x positions x width as rows x heads x positions x width of a head."""
    return x.reshape(*x.shape[:2], HEADS, WIDTH // HEADS).swapaxes(1, 2)


def joined(x: Array) -> Array:
    """Return the heads side by side again."""
    return x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], WIDTH)


def outer(d: Array, x: Array) -> Array:
    """Return the sum over rows and positions of d times x."""
    return d.reshape(-1, d.shape[-1]).T @ x.reshape(-1, x.shape[-1])


def recurrence(params: Any, sequences: Array, targets: Array) -> tuple[Any, Any]:
    """Return the mean squared error after all steps, and its gradient."""
    rows, steps, _ = sequences.shape
    width = len(params["start"])
    own, given = params["weights"][:, :width], params["weights"][:, width:]
    driven = sequences.swapaxes(0, 1) @ given.T + params["biases"]
    states = np.empty((steps + 1, rows, width))
    states[0] = params["start"]
    for t in range(steps):
        np.tanh(states[t] @ own.T + driven[t], out=states[t + 1])
    errors = states[-1] @ params["score"] + params["bias"] - targets
    slopes = 2 / rows * errors
    d = slopes[:, None] * params["score"]
    inner = np.empty((steps, rows, width))
    for t in reversed(range(steps)):
        inner[t] = d * (1 - states[t + 1] ** 2)
        d = inner[t] @ own
    weights = np.hstack([outer(inner, states[:-1]), outer(inner, np.ascontiguousarray(sequences.swapaxes(0, 1)))])
    gradient = {"start": d.sum(0), "weights": weights, "biases": inner.sum((0, 1))}
    return np.vdot(errors, errors) / rows, gradient | {"score": slopes @ states[-1], "bias": slopes.sum()}


BY_HAND = {
    "moons": moons,
    "digits": digits,
    "wide": wide,
    "transformer": transformer,
    "transformer_15": transformer,
    "recurrence": recurrence,
}


def run(name: str, rows: int) -> Run:
    """Return the run."""
    params, data = inputs(name, rows)
    columns = [np.array(column) for column in data]
    state = SimpleNamespace(params=arrays(params))
    by_hand = BY_HAND[name]

    def steps(n: int) -> None:
        for _ in range(n):
            _, gradient = by_hand(state.params, *columns)
            for p, g in zip(leaves(state.params), leaves(gradient), strict=True):
                p -= RATE * g

    return Run(
        lambda: by_hand(state.params, *columns),
        lambda: flat(by_hand(state.params, *columns)),
        steps,
        lambda: flat(state.params),
    )
