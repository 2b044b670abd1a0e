"""The generators of random numbers of Python and NumPy: to see whether one drew, and to take its draws back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any


class Generator:
    """A generator of random numbers, by how its state is read and set, and the state in which it was found."""

    def __init__(self, get: Callable[[], Any], put: Callable[[Any], object]):
        self.get, self.put, self.state = get, put, get()

    @property
    def mark(self) -> Any:
        """That state as something that can be compared."""
        return _plain(self.state)

    def has_drawn(self) -> bool:
        """Say whether it is in another state now."""
        return _plain(self.get()) != self.mark

    def restore(self) -> None:
        """Put it back."""
        self.put(self.state)


def random_states(held: Iterable[Any] = ()) -> list[Generator]:
    """Return Python's and NumPy's own generators, and those among what a function holds.

    >>> before = random_states()
    >>> x = random.random()
    >>> drawn_since(before)
    True
    >>> restore(before)
    >>> random.random() == x
    True
    """
    return [*_shared(), *(found for thing in held if (found := generator(thing)) is not None)]


def drawn_since(generators: list[Generator]) -> bool:
    """Say whether a number was drawn since `random_states` returned these."""
    return any(one.has_drawn() for one in generators)


def restore(generators: list[Generator]) -> None:
    """Put all of them back to where they were when `random_states` returned them."""
    for one in generators:
        one.restore()


def generator(thing: Any) -> Generator | None:
    """Return a generator of Python's or NumPy's as one of these; None for anything else."""
    if isinstance(thing, random.Random) and not isinstance(thing, random.SystemRandom):  # which has no state
        return Generator(thing.getstate, thing.setstate)
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None and isinstance(thing, numpy.RandomState):
        return Generator(partial(thing.get_state, legacy=False), thing.set_state)
    if numpy is not None and isinstance(thing, numpy.Generator):
        bits = thing.bit_generator
        return Generator(partial(getattr, bits, "state"), partial(setattr, bits, "state"))
    return None


def _shared() -> Iterator[Generator]:
    yield Generator(random.getstate, random.setstate)
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        yield Generator(partial(numpy.get_state, legacy=False), numpy.set_state)


def _plain(state: Any) -> Any:
    """Return a state with bytes in place of arrays: they compare at once, and a text of them would take 5 ms."""
    if isinstance(state, dict):
        return {name: _plain(part) for name, part in state.items()}
    return state.tobytes() if hasattr(state, "tobytes") else state
