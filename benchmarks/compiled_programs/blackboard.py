"""What several programs write on the blackboard: sums, neurons, softmax, all in plain loops over scalars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd


def total(terms: Sequence[Any]) -> Any:
    """Return terms[0] + terms[1] + ..., from left to right."""
    out = terms[0]
    for term in terms[1:]:
        out = out + term
    return out


def neuron(weights: Sequence[Any], inputs: Sequence[Any], bias: Any) -> Any:
    """Return bias + weights[0] * inputs[0] + ..."""
    out = bias
    for weight, x in zip(weights, inputs, strict=True):
        out = out + weight * x
    return out


def products(weights: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """Return weights[0] * inputs[0] + ..."""
    return total([weight * x for weight, x in zip(weights, inputs, strict=True)])


def linear(matrix: Sequence[Sequence[Any]], inputs: Sequence[Any]) -> list[Any]:
    """Return the product of a matrix, given as rows, and a vector."""
    return [products(row, inputs) for row in matrix]


def mlp(layers: Sequence[Any], inputs: Sequence[Any], activation: Callable[[Any], Any]) -> Sequence[Any]:
    """Return the outputs of layers of [weights, biases]: `activation` inside, the last layer linear."""
    x = inputs
    for k, (weights, biases) in enumerate(layers):
        x = [neuron(w, x, b) for w, b in zip(weights, biases, strict=True)]
        if k < len(layers) - 1:
            x = [activation(xi) for xi in x]
    return x


def softmax(scores: Sequence[Any], engine: Any = autograd) -> list[Any]:
    """Return exp(s) / sum of exp, shifted by the greatest score."""
    top = engine.max(scores)
    exps = [engine.exp(score - top) for score in scores]
    normaliser = total(exps)
    return [e / normaliser for e in exps]


def log_sum_exp(scores: Sequence[Any]) -> Any:
    """Return log(sum of exp(s)), shifted by the greatest score."""
    top = autograd.max(scores)
    return top + autograd.log(total([autograd.exp(score - top) for score in scores]))


def cross_entropy(scores: Sequence[Any], target: Sequence[Any]) -> Any:
    """Return -log of the softmax in the place where `target` is 1."""
    return log_sum_exp(scores) - products(target, scores)
