"""What a model keeps from call to call besides its parameters: to see that a trial changed it, and to put it back.

A program does what the model did when it was recorded. A model that counts its calls, or draws from a generator of its
own, does something else at every call, so it cannot be compiled; and the calls of a trial must not count.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from numbers import Number
from types import ModuleType
from typing import Any

from autograd.program.chance import drawn_since, generator, random_states, restore

from .commit import commit
from .module import Module

CHANGES, DRAWS = "changes its own attribute", "draws random numbers from its own"
State = tuple[str, Any]  # what a change of it is called, and what is compared


class Kept:
    """Remember what is reached from a model, its gradients, and the generators that all share.

    >>> class Counting(Module):
    ...     calls = 0
    ...     def forward(self, x):
    ...         self.calls += 1
    ...         return x
    >>> model = Counting()
    >>> kept = Kept(model)
    >>> _ = model(1.0)
    >>> kept.change()
    "the model changes its own attribute 'calls' from call to call"
    >>> kept.put_back()
    >>> model.calls, kept.change()
    (0, '')
    """

    def __init__(self, model: Module):
        self.model, self.chance = model, random_states()
        self.gradients = [(p, "grad", p.grad) for p in model.parameters()]
        self.states = _states(model)
        self.undo = [undo for _, item in _reached(model) for undo in _undo(item)]

    def change(self) -> str:
        """Say in a sentence what has changed since; an empty text where nothing has."""
        after = _states(self.model)
        for name in {**self.states, **after}:
            if self.states.get(name) != after.get(name):
                return f"the model {(after.get(name) or self.states[name])[0]} {name!r} from call to call"
        return "the model or the loss draws random numbers" if drawn_since(self.chance) else ""

    def put_back(self) -> None:
        """Make everything what it was."""
        for undo in self.undo:
            undo()
        restore(self.chance)
        commit(self.gradients)


def _reached(model: Module) -> Iterator[tuple[str, Any]]:
    """Go over the model and what it holds: names and items, what holds others before them, and once."""
    stack: list[tuple[str, Any]] = [("", model)]
    visited: set[int] = set()
    while stack:
        name, item = stack.pop()
        if (own := _entries(item)) and id(item) in visited:
            continue
        visited |= {id(item)} if own else set()
        yield name, item
        stack += [(f"{name}.{key}" if name else f"{key}", held) for key, held in reversed(own.items())]


def _entries(item: Any) -> dict[Any, Any]:
    if isinstance(item, (list, tuple)):
        return dict(enumerate(item))
    return _named(item) or {}


def _named(item: Any) -> dict[Any, Any] | None:
    """Return the dict of an item's attributes or entries; None for a generator, whose state says it all."""
    if isinstance(item, (ModuleType, random.Random)):
        return None
    own = item if isinstance(item, dict) else getattr(item, "__dict__", None)
    return own if isinstance(own, dict) else None


def _states(model: Module) -> dict[str, State]:
    found = {name: _state(item) for name, item in _reached(model)}
    return {name: state for name, state in found.items() if state is not None}


def _state(item: Any) -> State | None:
    """Return what says whether a number, a text, an array or a generator is as it was; None for anything else."""
    if isinstance(item, (Number, str, bytes)):
        return CHANGES, item
    if _is_array(item):
        return CHANGES, (item.shape, item.tobytes())
    found = generator(item)
    return None if found is None else (DRAWS, found.mark)


def _undo(item: Any) -> Iterator[Callable[[], object]]:
    """Return the call, if there is one, that gives an item back what it holds now."""
    if (found := generator(item)) is not None:
        yield found.restore
    if _is_array(item):
        yield partial(_fill_array, item, item.copy())
    elif isinstance(item, list):
        yield partial(list.__setitem__, item, slice(None), list(item))
    elif (own := _named(item)) is not None:
        yield partial(_fill, own, dict(own))


def _fill(own: dict[Any, Any], content: dict[Any, Any]) -> None:
    dict.update(own, content)
    for key in own.keys() - content.keys():
        del own[key]


def _fill_array(array: Any, content: Any) -> None:
    if array.tobytes() != content.tobytes():  # one that may not be written was not
        array[...] = content


def _is_array(item: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(item, numpy.ndarray)
