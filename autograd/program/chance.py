"""The generators of random numbers of Python and NumPy: to see whether a function drew, and to take a draw back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple


class Generator(NamedTuple):
    """How the state of a generator is read and set, and what it was."""

    get: Callable[[], Any]
    set: Callable[[Any], Any]
    state: Any


def random_states(held: Iterable[Any] = ()) -> list[Generator]:
    """Return the states of Python's and NumPy's own generators, and of those among what a function holds.

    >>> before = random_states()
    >>> x = random.random()
    >>> drawn_since(before)
    True
    >>> restore(before)
    >>> random.random() == x
    True
    """
    return [Generator(get, put, get()) for get, put in _accesses(held)]


def drawn_since(states: list[Generator]) -> bool:
    """Say whether a number was drawn since `random_states` returned these."""
    return any(_plain(one.get()) != _plain(one.state) for one in states)


def restore(states: list[Generator]) -> None:
    """Put all generators back to where they were when `random_states` returned these."""
    for one in states:
        one.set(one.state)


def _accesses(held: Iterable[Any]) -> Iterator[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    yield random.getstate, random.setstate
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        yield partial(numpy.get_state, legacy=False), numpy.set_state
    for thing in held:
        if isinstance(thing, random.Random):
            yield thing.getstate, thing.setstate
        elif numpy is not None and isinstance(thing, numpy.Generator):
            yield partial(getattr, thing.bit_generator, "state"), partial(setattr, thing.bit_generator, "state")
        elif numpy is not None and isinstance(thing, numpy.RandomState):
            yield partial(thing.get_state, legacy=False), thing.set_state


def _plain(state: Any) -> Any:
    """Return a state with bytes in place of arrays: they compare at once, and a text of them would take 5 ms."""
    if isinstance(state, dict):
        return {name: _plain(part) for name, part in state.items()}
    return state.tobytes() if hasattr(state, "tobytes") else state
