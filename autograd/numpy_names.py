"""What to write in place of a function of NumPy on a Value, whose history NumPy cannot see."""

from __future__ import annotations

from . import ops

OTHERS = {
    "arccos": "autograd.acos(v)",
    "arccosh": "autograd.acosh(v)",
    "arcsin": "autograd.asin(v)",
    "arcsinh": "autograd.asinh(v)",
    "arctan": "autograd.atan(v)",
    "arctan2": "autograd.atan2(y, x)",
    "arctanh": "autograd.atanh(v)",
    "absolute": "autograd.abs(v)",
    "fabs": "autograd.abs(v)",
    "heaviside": "autograd.step(v)",
    "logaddexp": "autograd.logsumexp([a, b])",
    "square": "v ** 2",
    "reciprocal": "1 / v",
    "equal": "autograd.where(v - 1, b, a), which is a where v is 1",
}


def in_place_of(name: str) -> str:
    """Return what to write for the function `name`.

    >>> in_place_of("tanh"), in_place_of("arcsin"), in_place_of("floor")
    ('autograd.tanh(v)', 'autograd.asin(v)', 'it on v.data, a plain number')
    """
    return OTHERS.get(name) or (f"autograd.{name}(v)" if name in ops.__all__ else "it on v.data, a plain number")
