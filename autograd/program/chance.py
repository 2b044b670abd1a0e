"""The generators of random numbers of Python and NumPy: to see whether a function drew, and to take a draw back."""

from __future__ import annotations

import random
import sys
from typing import Any


def random_states() -> tuple[Any, Any]:
    """Return the states of both; None for NumPy's where nobody has imported it.

    >>> before = random_states()
    >>> x = random.random()
    >>> drawn_since(before)
    True
    >>> restore(before)
    >>> random.random() == x
    True
    """
    numpy = sys.modules.get("numpy.random")
    return random.getstate(), None if numpy is None else numpy.get_state(legacy=False)


def drawn_since(states: tuple[Any, Any]) -> bool:
    """Say whether a number was drawn since `random_states` returned these."""
    return [*map(_plain, states)] != [*map(_plain, random_states())]


def restore(states: tuple[Any, Any]) -> None:
    """Put both generators back to where they were when `random_states` returned these."""
    python, numpy = states
    random.setstate(python)
    if numpy is not None:
        sys.modules["numpy.random"].set_state(numpy)


def _plain(state: Any) -> Any:
    """Return a state with bytes in place of arrays: they compare at once, and a text of them would take 5 ms."""
    if isinstance(state, dict):
        return {name: _plain(part) for name, part in state.items()}
    return state.tobytes() if hasattr(state, "tobytes") else state
