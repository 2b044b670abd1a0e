"""Whether a program computes the loss and the gradient that Values do, but for rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

CLOSE = 1e-9  # of the loss, and of the largest gradient: sums in another order differ by far less
NUDGE = 1e-12  # relative: far more than rounding does to a number, and far less than CLOSE

Numbers = Sequence[float]  # the loss, then its gradient


def agrees(expected: Numbers, found: Numbers, nudged: Callable[[], Numbers]) -> bool:
    """Say whether `found` is `expected`: the loss by its own size, the gradient by that of its largest entry.

    Where terms cancel, as in a model that is already trained, all that is left may be rounding. So what does not agree
    at once may be as far off as the program's own results move when every number given to it is nudged: `nudged`
    returns those.

    >>> agrees([1e9, 0.32], [1e9, 0.01], lambda: [1e9, 0.01])
    False
    >>> agrees([0.5, 3e-17], [0.5, -2e-17], lambda: [0.5, 4e-13])
    True
    """
    return _near(expected, found, found) or _near(expected, found, nudged())


def _near(expected: Numbers, found: Numbers, moved: Numbers) -> bool:
    parts = (slice(0, 1), slice(1, None))
    return all(_within(expected[part], found[part], moved[part]) for part in parts)


def _within(expected: Numbers, found: Numbers, moved: Numbers) -> bool:
    bound = CLOSE * max(map(abs, expected), default=0.0) + max(_distances(found, moved), default=0.0)
    return not any(distance > bound for distance in _distances(expected, found))


def _distances(xs: Numbers, ys: Numbers) -> list[float]:
    return [abs(x - y) for x, y in zip(xs, ys, strict=True)]
