"""Activations: a table of names, and the same functions as modules.

Any row of one argument serves as an activation, also one that has no name here: `Neuron(3, activation=autograd.sin)`.
"""

from __future__ import annotations

from typing import Any

from autograd import Value, relu, sigmoid, softplus, tanh

from .choices import choose
from .inputs import listed
from .module import Module

ACTIVATIONS: dict[str, Any] = {
    "linear": None,
    "relu": relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
}


def activation_row(choice: Any) -> Any:
    """Return the row of an activation given by its name, as a row of autograd, or as None (linear).

    Raises ValueError that lists the known names.

    >>> activation_row("tanh")
    <row tanh>
    >>> activation_row("gauss")
    Traceback (most recent call last):
    ValueError: unknown activation 'gauss' (known: linear, relu, tanh, sigmoid, softplus)
    """
    if choice is None or len(getattr(choice, "partials", ())) == 1:
        return choice
    return choose("activation", choice, ACTIVATIONS)


def activation_name(row: Any) -> str | None:
    """Return the name of a row in the table, or None if it has none there.

    >>> activation_name(None), activation_name(relu)
    ('linear', 'relu')
    """
    return next((name for name, known in ACTIVATIONS.items() if known is row), None)


class Activation(Module):
    """Be a module that applies one row to every element."""

    row: Any

    def forward(self, x: Any) -> Any:
        """Return the row of a Value or number, or the list of the rows of a list of any depth."""
        if isinstance(x, (Value, int, float)):
            return self.row(x)
        return [self.forward(item) for item in listed(x, type(self).__name__ + ": x")]

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ReLU(Activation):
    r"""Apply $\max(0, x)$ to a Value or to every element of a list.

    >>> ReLU()([-1.0, 2.0])
    [0.0, 2.0]
    """

    row = relu


class Tanh(Activation):
    r"""Apply $\tanh x$ to a Value or to every element of a list.

    >>> Tanh()(0.0)
    0.0
    """

    row = tanh


class Sigmoid(Activation):
    r"""Apply $1 / (1 + e^{-x})$ to a Value or to every element of a list.

    >>> Sigmoid()([0.0])
    [0.5]
    """

    row = sigmoid
