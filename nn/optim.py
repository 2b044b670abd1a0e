"""Optimisers: how parameters follow their gradients. Signatures, defaults and rules are PyTorch's.

The state (velocities, moments) is in the optimiser. A step first checks every gradient, then computes every new number,
then writes them all: an error or Ctrl-C leaves parameters and state as they were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd import Value, sqrt
from autograd.errors import CheckpointError, NonFiniteError

from .commit import commit
from .inputs import listed

Numbers = list[float]


class Optimizer:
    """Be the base of optimisers: hold the parameters, check, and commit what `update` proposes."""

    options: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()

    def __init__(self, parameters: Iterable[Any], lr: float):
        self.names, self.parameters = _accept(parameters)
        self.lr = lr
        self.state: dict[str, Any] = {"steps": 0, **{slot: [0.0] * len(self.parameters) for slot in self.slots}}

    @property
    def lr(self) -> float:
        """Return the learning rate; it may be set between steps to a finite number >= 0."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = at_least_zero(lr, "lr")

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for p in self.parameters:
            p.grad = 0.0

    def step(self) -> None:
        """Move every parameter once.

        Raises NonFiniteError naming the parameter whose gradient, or new value, is nan or infinite; nothing is changed.
        """
        gradients = [p.grad for p in self.parameters]
        self._check(gradients, "the gradient of parameter {} is {}")
        values, state = self.update([p.data for p in self.parameters], gradients)
        self._check(values, "parameter {} would become {}; a smaller lr may help")
        changes = [(p, "data", value) for p, value in zip(self.parameters, values, strict=True)]
        commit([*changes, (self, "state", state)])

    def update(self, values: Numbers, gradients: Numbers) -> tuple[Numbers, dict[str, Any]]:
        """Return the new values and the new state, without changing anything: `rule` for every parameter."""
        shared, slots = self.shared(self.state["steps"]), [self.state[slot] for slot in self.slots]
        moved, *kept = zip(
            *(self.rule(x, g, slot, shared) for x, g, *slot in zip(values, gradients, *slots, strict=True)), strict=True
        )
        state = {slot: list(numbers) for slot, numbers in zip(self.slots, kept, strict=True)}
        return list(moved), {"steps": self.state["steps"] + 1, **state}

    def rule(self, x: Any, g: Any, slots: Sequence[Any], shared: Sequence[Any]) -> Sequence[Any]:
        """Return the new value of a parameter, then its new slots, from its gradient and the numbers all share.

        It is written in operators and autograd's functions, so that it runs on floats and compiles.
        """
        raise NotImplementedError(f"{type(self).__name__} must define rule(x, g, slots, shared) or update")

    def shared(self, steps: int) -> tuple[float, ...]:
        """Return what all parameters share after so many steps: the learning rate, and what depends on the step."""
        return (self.lr,)

    def state_dict(self) -> dict[str, Any]:
        """Return the state and the options as numbers and lists, ready for JSON."""
        return {"optimizer": type(self).__name__, "lr": self.lr, **self._options(), **_copied(self.state)}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` gave: all of it or, on an error, nothing.

        Raises CheckpointError where `saved` is of another optimiser, other options or another number of parameters.
        """
        expected = self.state_dict()
        if not isinstance(saved, Mapping) or set(saved) != set(expected):
            raise CheckpointError(f"not the state of {type(self).__name__}: expected the keys {sorted(expected)}")
        for key in ("optimizer", *self.options):
            if _plain(saved[key]) != expected[key]:
                raise CheckpointError(f"{key} is {saved[key]!r} in the state, {expected[key]!r} here")
        state = {key: _like(expected[key], saved[key], key) for key in self.state}
        try:
            commit([(self, "lr", saved["lr"]), (self, "state", state)])
        except (TypeError, ValueError) as error:
            raise CheckpointError(str(error)) from None

    def _options(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in self.options}

    def _check(self, numbers: Numbers, sentence: str) -> None:
        if all(map(math.isfinite, numbers)):
            return
        i, bad = next((i, x) for i, x in enumerate(numbers) if not math.isfinite(x))
        name = f"{i} ({self.names[i]})" if self.names[i] else str(i)
        raise NonFiniteError(f"{sentence.format(name, bad)}; nothing was changed")


class SGD(Optimizer):
    r"""Gradient descent with momentum (as `torch.optim.SGD`).

    $g \leftarrow \nabla + \lambda\theta,\; v \leftarrow \mu v + (1-d) g$ (the first v is g),
    $\theta \leftarrow \theta - \eta v$, or with Nesterov $\theta - \eta (g + \mu v)$.
    `parameters` are Values or (name, Value) pairs. Raises ValueError for an empty list, a repeated parameter, or an
    option that is negative, nan or infinite; TypeError for what is not a Value or number.

    >>> x = Value(1.0)
    >>> x.grad = 2.0
    >>> SGD([x], lr=0.1).step()
    >>> x.data
    0.8
    """

    options = ("momentum", "dampening", "weight_decay", "nesterov")
    slots = ("velocity",)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        super().__init__(parameters, lr)
        self.momentum, self.dampening = at_least_zero(momentum, "momentum"), _finite(dampening, "dampening")
        self.weight_decay, self.nesterov = at_least_zero(weight_decay, "weight_decay"), nesterov
        if nesterov and (self.momentum == 0 or self.dampening != 0):
            raise ValueError("nesterov needs momentum > 0 and dampening = 0")

    def rule(self, x: Any, g: Any, slots: Sequence[Any], shared: Sequence[Any]) -> Sequence[Any]:
        """Return the new value and velocity of a parameter."""
        lr, momentum, keep = shared
        if self.weight_decay:
            g = g + self.weight_decay * x
        velocity = momentum * slots[0] + keep * g if self.momentum else g
        step = g + self.momentum * velocity if self.nesterov else velocity
        return x - lr * step, velocity

    def shared(self, steps: int) -> tuple[float, ...]:
        """Return the learning rate, and what is kept of velocity and gradient: the first velocity is the gradient."""
        return (self.lr, self.momentum, 1 - self.dampening) if steps else (self.lr, 0.0, 1.0)


class Adam(Optimizer):
    r"""Adam (Kingma & Ba 2015; as `torch.optim.Adam`).

    $m \leftarrow \beta_1 m + (1-\beta_1) g,\; v \leftarrow \beta_2 v + (1-\beta_2) g^2$,
    $\theta \leftarrow \theta - \eta \frac{m/(1-\beta_1^t)}{\sqrt{v/(1-\beta_2^t)} + \epsilon}$, with
    $g = \nabla + \lambda\theta$. Arguments and errors as in SGD; betas lie in [0, 1).

    >>> x = Value(1.0)
    >>> x.grad = 2.0
    >>> Adam([x], lr=0.1).step()
    >>> round(x.data, 10)
    0.9000000005
    """

    options = ("betas", "eps", "weight_decay")
    slots = ("first", "second")

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr)
        self.betas, self.eps = _betas(betas), at_least_zero(eps, "eps")
        self.weight_decay = at_least_zero(weight_decay, "weight_decay")

    def rule(self, x: Any, g: Any, slots: Sequence[Any], shared: Sequence[Any]) -> Sequence[Any]:
        """Return the new value and moments of a parameter."""
        (b1, b2), (rate, scale) = self.betas, shared
        if self.weight_decay:
            g = g + self.weight_decay * x
        first = slots[0] + (g - slots[0]) * (1 - b1)
        second = b2 * slots[1] + (1 - b2) * g * g
        return x - rate * first / (sqrt(second) / scale + self.eps), first, second

    def shared(self, steps: int) -> tuple[float, ...]:
        """Return the learning rate and the scale of the second moment with the bias of the first steps taken out."""
        b1, b2 = self.betas
        return self.lr / (1 - b1 ** (steps + 1)), math.sqrt(1 - b2 ** (steps + 1))


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "adam": Adam}


def _accept(parameters: Any) -> tuple[list[str], list[Value]]:
    items = listed(parameters, "the parameters (model.parameters())")
    if not items:
        raise ValueError("optimizer got no parameters")
    pairs = [item if isinstance(item, tuple) and len(item) == 2 else ("", item) for item in items]
    seen: dict[Value, int] = {}
    for i, (_, p) in enumerate(pairs):
        _check_parameter(i, p)
        if seen.setdefault(p, i) != i:
            raise ValueError(f"a parameter appears twice (index {seen[p]} and {i})")
    return [str(name) for name, _ in pairs], [p for _, p in pairs]


def _check_parameter(i: int, p: Any) -> None:
    if not isinstance(p, Value):
        raise TypeError(f"parameter {i} must be a Value or a (name, Value) pair, got {type(p).__name__}")
    if p.parents or not p.requires_grad:
        raise ValueError(f"parameter {i} cannot be optimised: it is {'computed' if p.parents else 'a constant'}")


def _finite(x: Any, name: str) -> float:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        raise TypeError(f"{name} must be a number, got {type(x).__name__}")
    if not math.isfinite(x):
        raise ValueError(f"{name} must be finite, got {x}")
    return float(x)


def at_least_zero(x: Any, name: str) -> float:
    """Return `x` as a float. Raises TypeError for what is not a number, ValueError unless it is finite and >= 0."""
    x = _finite(x, name)
    if x < 0:
        raise ValueError(f"{name} must be >= 0, got {x}")
    return x


def _betas(betas: Any) -> tuple[float, float]:
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise TypeError(f"betas must be a pair of numbers, got {betas!r}")
    b1, b2 = (at_least_zero(b, "betas") for b in betas)
    if max(b1, b2) >= 1:
        raise ValueError(f"betas must be in [0, 1), got {(b1, b2)}")
    return b1, b2


def _plain(x: Any) -> Any:
    return list(x) if isinstance(x, tuple) else x


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {key: list(x) if isinstance(x, list) else x for key, x in state.items()}


def _like(expected: Any, saved: Any, key: str) -> Any:
    if not isinstance(expected, list):
        if type(saved) is not int or saved < 0:
            raise CheckpointError(f"{key} must be an int >= 0 in the state, got {saved!r}")
        return saved
    if not isinstance(saved, list) or len(saved) != len(expected):
        raise CheckpointError(f"{key} must be a list of {len(expected)} numbers")
    if not all(type(x) is float and math.isfinite(x) for x in saved):
        raise CheckpointError(f"{key} must hold finite numbers only")
    return list(saved)
