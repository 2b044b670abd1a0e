"""Where the first weights come from: a table of initialisers and the generator they draw from.

An initialiser is a function `(rng, nin, nout) -> float` that draws one weight of a layer with `nin` inputs and `nout`
neurons. All here draw uniformly from [-limit, limit].
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from .choices import choose

Initialiser = Callable[[Any, int, int], float]


def uniform(rng: Any, nin: int, nout: int) -> float:
    """Draw from [-1, 1], whatever the size (as micrograd)."""
    return float(rng.uniform(-1, 1))


def fan_in(rng: Any, nin: int, nout: int) -> float:
    r"""Draw with limit $1/\sqrt{n_{in}}$ (the default of PyTorch's Linear; LeCun et al. 1998)."""
    limit = 1 / math.sqrt(nin)
    return float(rng.uniform(-limit, limit))


def xavier(rng: Any, nin: int, nout: int) -> float:
    r"""Draw with limit $\sqrt{6/(n_{in}+n_{out})}$, made for tanh (Glorot & Bengio 2010)."""
    limit = math.sqrt(6 / (nin + nout))
    return float(rng.uniform(-limit, limit))


def he(rng: Any, nin: int, nout: int) -> float:
    r"""Draw with limit $\sqrt{6/n_{in}}$, made for ReLU (He et al. 2015).

    >>> abs(he(random.Random(1), 24, 8)) <= 0.5
    True
    """
    limit = math.sqrt(6 / nin)
    return float(rng.uniform(-limit, limit))


INITIALISERS: dict[str, Initialiser] = {"uniform": uniform, "fan_in": fan_in, "xavier": xavier, "he": he}


def initialiser(choice: str | Initialiser) -> Initialiser:
    """Return an initialiser given by its name or as a function of (rng, nin, nout).

    Raises ValueError that lists the known names.

    >>> initialiser("zeros")
    Traceback (most recent call last):
    ValueError: unknown initialiser 'zeros' (known: uniform, fan_in, xavier, he)
    """
    return choice if callable(choice) else choose("initialiser", choice, INITIALISERS)


def generator(rng: Any = None, seed: int | None = None) -> Any:
    """Return where random numbers come from: `rng`, a new generator for `seed`, or Python's global `random`.

    Raises TypeError for a seed that is not an int, ValueError if both are given.

    >>> generator(seed=1).random() == generator(seed=1).random()
    True
    """
    if seed is None:
        return random if rng is None else rng
    if rng is not None:
        raise ValueError("give rng or seed, not both")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed must be an int, got {seed!r}")
    return random.Random(seed)
