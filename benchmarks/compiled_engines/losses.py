"""The mean losses of the programs on whole arrays, as they are written in a tensor framework.

The framework enters as `xp`: a namespace of the few functions that JAX and PyTorch name differently (`FUNCTIONS`).
"""

from __future__ import annotations

from typing import Any

from compiled_programs.moons import L2
from compiled_programs.transformer import HEADS, WIDTH


def moons(xp: Any, params: Any, points: Any, labels: Any) -> Any:
    """Return the mean margin loss plus L2."""
    scores = mlp(xp, params, points)[:, 0]
    squares = sum((w * w).sum() + (b * b).sum() for w, b in params)
    return xp.relu(1 - labels * scores).mean() + L2 * squares


def digits(xp: Any, params: Any, pixels: Any, targets: Any) -> Any:
    """Return the mean cross-entropy."""
    return cross_entropy(xp, mlp(xp, params, pixels), targets)


def wide(xp: Any, params: Any, pixels: Any, targets: Any) -> Any:
    """Return the mean squared error."""
    return ((mlp(xp, params, pixels)[:, 0] - targets) ** 2).mean()


def mlp(xp: Any, layers: Any, x: Any) -> Any:
    """Return the outputs of layers of [weights, biases] with ReLU between them."""
    *inner, (weights, biases) = layers
    for w, b in inner:
        x = xp.relu(xp.linear(x, w, b))
    return xp.linear(x, weights, biases)


def cross_entropy(xp: Any, scores: Any, targets: Any) -> Any:
    """Return the mean over all but the last axis of -log of the chance of the one-hot target."""
    return (xp.logsumexp(scores) - (scores * targets).sum(-1)).mean()


def transformer(xp: Any, params: Any, letters: Any, following: Any) -> Any:
    """Return the mean cross-entropy of the letters that follow; letters: rows x positions x 27."""
    x = rms_norm(xp, letters @ params["letter"] + params["position"][: letters.shape[1]])
    normed = rms_norm(xp, x)
    query, key, value = (heads(normed @ params[name].T) for name in ("query", "key", "value"))
    attended = xp.causal_attention(query, key, value).swapaxes(1, 2).reshape(x.shape)
    x = x + attended @ params["out"].T
    x = x + xp.relu(rms_norm(xp, x) @ params["up"].T) @ params["down"].T
    return cross_entropy(xp, x @ params["scores"].T, following)


def rms_norm(xp: Any, x: Any) -> Any:
    """Return x over the root of the mean square of its last axis."""
    return x * xp.rsqrt((x * x).mean(-1)[..., None] + 1e-5)


def heads(x: Any) -> Any:
    """Return rows x positions x width as rows x heads x positions x width of a head."""
    return x.reshape(*x.shape[:2], HEADS, WIDTH // HEADS).swapaxes(1, 2)


def recurrence(xp: Any, params: Any, sequences: Any, targets: Any) -> Any:
    """Return the mean squared error after all steps."""
    rows, width = sequences.shape[0], params["start"].shape[0]
    own, given = params["weights"][:, :width], params["weights"][:, width:]
    driven = sequences.swapaxes(0, 1) @ given.T + params["biases"]  # steps x rows x width, all steps at once
    start = xp.broadcast(params["start"], (rows, width))
    state = xp.loop(lambda state, x: xp.tanh(state @ own.T + x), start, driven)
    return ((state @ params["score"] + params["bias"] - targets) ** 2).mean()


LOSSES = {
    "moons": moons,
    "digits": digits,
    "wide": wide,
    "transformer": transformer,
    "transformer_15": transformer,
    "recurrence": recurrence,
}
