"""Neurons, layers and networks: micrograd's by default, and PyTorch's Linear and Sequential."""

from __future__ import annotations

from typing import Any

from autograd import Value, neuron
from autograd.errors import ShapeError

from .activations import activation_name, activation_row
from .init import Initialiser, fan_in, generator, initialiser
from .inputs import listed, size, values
from .module import Module

DISPLAY = {"linear": "Linear", "relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "softplus": "Softplus"}


class Neuron(Module):
    r"""Compute $\phi(b + w_0 x_0 + w_1 x_1 + \dots)$, added left to right, bias first.

    By default micrograd's neuron: weights from `random.uniform(-1, 1)`, bias 0, ReLU. Options: `activation` is a name,
    a row of autograd or None; `nonlin=False` makes it linear; `bias=False` leaves b out; `init` is the name of an
    initialiser or a function (rng, nin, nout), where `nout` is the number of neurons in the layer; `seed` or `rng`
    leave the global `random` untouched; `fused=False` records each product and sum as a node of its own (same bits).

    Raises TypeError or ValueError for an impossible size or option.

    >>> n = Neuron(2, activation="tanh", seed=1)
    >>> n
    TanhNeuron(2)
    >>> len(n.parameters()), n([1.0, -2.0]).row
    (3, <row neuron(tanh)>)
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Any = "relu",
        bias: bool = True,
        init: str | Initialiser = "uniform",
        nout: int = 1,
        rng: Any = None,
        seed: int | None = None,
        fused: bool = True,
    ):
        self.nin, self.fused = size(nin, "nin"), fused
        self.activation: Any = activation_row(activation) if nonlin else None
        draw, rng = initialiser(init), generator(rng, seed)
        self.w: list[Any] = [Value(draw(rng, self.nin, nout)) for _ in range(self.nin)]
        self.b = Value(0.0) if bias else None

    @property
    def nonlin(self) -> bool:
        """Say whether there is an activation."""
        return self.activation is not None

    def forward(self, x: Any) -> Value:
        """Return the output for a list of `nin` numbers or Values.

        Raises ShapeError for a wrong number of inputs, TypeError for a dict, a set, a string or a list of no numbers.
        """
        x = values(x)
        if len(x) != self.nin:
            raise ShapeError(f"Neuron expects {self.nin} input{'s' * (self.nin > 1)}, got {len(x)}")
        return neuron(self.w, x, self.b, self.activation) if self.fused else self._opened(x)

    def _opened(self, x: list[Value]) -> Value:
        terms = [w * v for w, v in zip(self.w, x, strict=True)]
        total = self.b if self.b is not None else terms.pop(0)
        for term in terms:
            total = total + term
        return self.activation(total) if self.activation else total

    def __repr__(self) -> str:
        name = activation_name(self.activation)
        return f"{DISPLAY[name] if name else self.activation.name.capitalize()}Neuron({self.nin})"


class Layer(Module):
    """Apply `nout` neurons to the same inputs; the options are those of Neuron.

    >>> layer = Layer(3, 2, seed=1)
    >>> layer
    Layer of [ReLUNeuron(3), ReLUNeuron(3)]
    >>> len(layer([1.0, 2.0, 3.0]))
    2
    """

    def __init__(self, nin: int, nout: int, *, rng: Any = None, seed: int | None = None, **options: Any):
        nout, rng = size(nout, "nout"), generator(rng, seed)
        self.neurons = [Neuron(nin, nout=nout, rng=rng, **options) for _ in range(nout)]

    def forward(self, x: Any) -> Any:
        """Return the list of the neurons' outputs, or the output itself if there is one neuron.

        A lone Value is taken as a list of one, so that layers of one neuron can be stacked. Raises as Neuron does.
        """
        x = values(x)
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Stack layers of the sizes `nouts`: a multi-layer perceptron.

    By default micrograd's: ReLU in the hidden layers, the last one linear. `activation` is that of the hidden layers
    (or a list, one for each), `output` that of the last; the other options are those of Neuron.

    >>> model = MLP(2, [4, 1], activation="tanh", seed=1)
    >>> len(model.parameters()), type(model([0.5, -0.5])).__name__
    (17, 'Value')
    """

    def __init__(
        self,
        nin: int,
        nouts: Any,
        *,
        activation: Any = "relu",
        output: Any = None,
        rng: Any = None,
        seed: int | None = None,
        **options: Any,
    ):
        nouts = listed(nouts, "the layer sizes")
        if not nouts:
            raise ValueError("an MLP needs at least one layer, got no sizes")
        sizes = [size(nin, "nin"), *(size(n, f"nouts[{i}]") for i, n in enumerate(nouts))]
        rows, rng = [*_hidden(activation, len(nouts) - 1), output], generator(rng, seed)
        self.layers = [
            Layer(a, b, activation=row, rng=rng, **options)
            for a, b, row in zip(sizes[:-1], sizes[1:], rows, strict=True)
        ]

    def forward(self, x: Any) -> Any:
        """Return the last layer's output: a list, or a Value if it has one neuron. Raises as Neuron does."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def _hidden(activation: Any, count: int) -> list[Any]:
    if not isinstance(activation, (list, tuple)):
        return [activation] * count
    if len(activation) != count:
        raise ValueError(f"give one activation per hidden layer: {count} hidden layers, {len(activation)} activations")
    return list(activation)


class Linear(Module):
    r"""Compute $W x + b$ under PyTorch's names: `weight[i][j]` joins input j to output i.

    Weights, then biases, are drawn from $[-1/\sqrt{n}, 1/\sqrt{n}]$, n = in_features, as PyTorch does. One output is a
    Value, several are a list, as with every layer here. Raises as Neuron does.

    >>> Linear(3, 2, seed=1)
    Linear(in_features=3, out_features=2, bias=True)
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, rng: Any = None, seed: int | None = None
    ):
        nin, nout = size(in_features, "in_features"), size(out_features, "out_features")
        rng = generator(rng, seed)
        self.in_features, self.out_features = nin, nout
        self.weight = [[Value(fan_in(rng, nin, nout)) for _ in range(nin)] for _ in range(nout)]
        self.bias = [Value(fan_in(rng, nin, nout)) for _ in range(nout)] if bias else None

    def forward(self, x: Any) -> Any:
        """Return the outputs for a list of `in_features` numbers or Values."""
        x = values(x)
        if len(x) != self.in_features:
            raise ShapeError(f"Linear expects {self.in_features} input{'s' * (self.in_features > 1)}, got {len(x)}")
        biases: list[Any] = self.bias or [None] * self.out_features
        out = [neuron(w, x, b) for w, b in zip(self.weight, biases, strict=True)]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"Linear({sizes}, bias={self.bias is not None})"


class Sequential(Module):
    """Apply modules (or functions) one after the other.

    >>> from nn import Tanh
    >>> model = Sequential(Linear(2, 3, seed=1), Tanh(), Linear(3, 1, seed=2))
    >>> len(model.parameters())
    13
    """

    def __init__(self, *layers: Any):
        for i, layer in enumerate(layers):
            if not callable(layer):
                raise TypeError(f"Sequential: layer {i} must be a module or a function, got {type(layer).__name__}")
        self.layers = list(layers)

    def forward(self, x: Any) -> Any:
        """Return the output of the last module."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(str, self.layers))})"
