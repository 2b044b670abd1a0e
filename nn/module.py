"""Module: something with parameters. They are found, named and saved by walking its attributes.

A parameter is a leaf Value that requires a gradient and is reached from the module through attributes, lists, tuples,
dicts and other modules. Its name is the way to it: `layers.0.neurons.1.w.0`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autograd import Value
from autograd.errors import CheckpointError

from .commit import commit


class Module:
    """Be the base of everything that has parameters: define `forward` (or `__call__`) and assign attributes.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Value(3.0)
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale()(2).data, Scale().state_dict()
    (6.0, {'factor': 3.0})
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every module says how."""
        raise NotImplementedError(f"{type(self).__name__} must define forward (or __call__)")

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return (name, parameter) pairs in the order of assignment; a shared parameter has its first name only."""
        return [(name, value) for value, name in _find(self).items()]

    def parameters(self) -> list[Value]:
        """Return the parameters in the order of assignment, each once."""
        return list(_find(self))

    def children(self) -> list[Module]:
        """Return the modules directly below this one, in the order of assignment."""
        return list(dict.fromkeys(_modules(self)))

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0; without it gradients add up from one backward to the next."""
        for p in self.parameters():
            p.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """Return the parameters as numbers by name: what `load_state_dict` takes and a checkpoint holds."""
        return {name: p.data for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter to the finite number of its name: all of them or, on an error or Ctrl-C, none.

        Raises CheckpointError that lists the first three differences between the names, or numbers, and this module.
        """
        named = dict(self.named_parameters())
        problems = list(_differences(named, state))
        if problems:
            more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
            raise CheckpointError(f"the state does not fit {type(self).__name__}: {'; '.join(problems[:3])}{more}")
        commit((p, "data", float(state[name])) for name, p in named.items())


def _entries(item: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(item, Module):
        return vars(item).items()
    if isinstance(item, (list, tuple)):
        return enumerate(item)
    return item.items() if isinstance(item, dict) else ()


def _find(module: Module) -> dict[Value, str]:
    found: dict[Value, str] = {}
    _collect(module, "", found, set())
    return found


def _collect(container: Any, prefix: str, found: dict[Value, str], visited: set[int]) -> None:
    # A container that was visited before is shared or contains itself: it brings nothing new.
    if id(container) in visited:
        return
    visited.add(id(container))
    for name, item in _entries(container):
        if isinstance(item, Value):
            if item.requires_grad and not item.parents:
                found.setdefault(item, f"{prefix}{name}")
        elif isinstance(item, (Module, list, tuple, dict)):
            _collect(item, f"{prefix}{name}.", found, visited)


def _modules(container: Any) -> Iterator[Module]:
    for _, item in _entries(container):
        if isinstance(item, Module):
            yield item
        else:
            yield from _modules(item)


def _differences(named: Mapping[str, Value], state: Any) -> Iterator[str]:
    if not isinstance(state, Mapping):
        raise CheckpointError(f"a state is a dict of names and numbers, got {type(state).__name__}")
    for name in named:
        if name not in state:
            yield f"{name} is missing"
        elif not _is_weight(state[name]):
            yield f"{name} must be a finite number, got {str(state[name])[:40]!r}"
    yield from (f"{str(name)[:80]} is unknown" for name in state if name not in named)


def _is_weight(x: Any) -> bool:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return False
    try:
        return math.isfinite(x)
    except OverflowError:  # an int beyond the floats
        return False
