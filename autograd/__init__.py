"""Scalars that remember: a small automatic differentiation engine you can see through.

Read on in this order: primitive.py (what an operation is), ops.py (every operation, one row each), engine.py (Value and
its backward pass). `sum`, `fsum`, `max`, `min`, `abs` and `pow` are reached as `autograd.sum`...: they would shadow
builtins, so a star import leaves them out.
"""

from . import errors
from .engine import Value, neuron
from .gradcheck import gradcheck
from .modes import detect_anomaly, ieee, no_grad
from .ops import (
    abs as abs,
)
from .ops import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    clip,
    cos,
    cosh,
    cross_entropy,
    dot,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    fsum,
    hypot,
    log,
    log1p,
    log2,
    log10,
    log_sigmoid,
    logsumexp,
    maximum,
    mean,
    minimum,
    positive,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    where,
)
from .ops import (
    max as max,
)
from .ops import (
    min as min,
)
from .ops import (
    pow as pow,
)
from .ops import (
    sum as sum,
)

# The packages nn and viz look for this: PyPI has another distribution that installs the import name `autograd`.
__glassgrad__ = "0.1.0"

__all__ = [
    "Value",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "clip",
    "cos",
    "cosh",
    "cross_entropy",
    "detect_anomaly",
    "dot",
    "erf",
    "erfc",
    "errors",
    "exp",
    "exp2",
    "expm1",
    "fsum",
    "gradcheck",
    "hypot",
    "ieee",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "neuron",
    "no_grad",
    "positive",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "where",
]
