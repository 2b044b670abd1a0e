"""Scalars that remember: a small automatic differentiation engine you can see through.

Read on in this order: primitive.py (what an operation is), ops.py (every operation, one row each), engine.py (Value and
its backward pass). `sum`, `fsum`, `max`, `min`, `abs` and `pow` are reached as `autograd.sum`...: they would shadow
builtins, so a star import leaves them out.
"""

from . import errors, ops
from .control import checkpoint, count_operations, path_sum, register_hook
from .custom import Function, primitive
from .engine import Value, neuron
from .forward import derivative, jvp
from .gradcheck import gradcheck, gradgradcheck
from .higher import hessian, hvp, jacfwd, jacobian, jacrev
from .modes import detect_anomaly, ieee, no_grad
from .ops import *  # noqa: F403 - the operations that `__all__` of ops.py names
from .ops import abs as abs, max as max, min as min, pow as pow, sum as sum
from .program import compile as compile, simplify
from .reverse import grad, gradients, value_and_grad, vjp
from .selection import take

# The packages nn and viz look for this: PyPI has another distribution that installs the import name `autograd`.
__glassgrad__ = "0.1.0"

__all__ = [
    "Function",
    "Value",
    "checkpoint",
    "count_operations",
    "derivative",
    "detect_anomaly",
    "errors",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "gradients",
    "hessian",
    "hvp",
    "ieee",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "neuron",
    "no_grad",
    "path_sum",
    "primitive",
    "register_hook",
    "simplify",
    "take",
    "value_and_grad",
    "vjp",
]
__all__ += ops.__all__
