"""Every error the project raises on purpose.

    AutogradError
    ├── DomainError            (ValueError)         log(-1): outside the domain
    │   └── OutOfRangeError    (IndexError)         take: no row has this index
    ├── DivisionByZeroError    (ZeroDivisionError)  1 / 0
    ├── FloatOverflowError     (OverflowError)      exp(1000)
    ├── NonFiniteError         (FloatingPointError) a nan or inf where none may be
    ├── GraphError             (RuntimeError)       the graph cannot be differentiated
    │   ├── StaleGraphError                         a value was overwritten after it was used
    │   └── TraceError                              a function that cannot be recorded
    ├── ShapeError             (ValueError)         a wrong number of inputs
    ├── CheckpointError        (ValueError)         a file that is not a saved model
    ├── CheckError             (AssertionError)     a compiled function that differs from eager
    └── GradcheckError         (AssertionError)     a gradient that is wrong

Each is also the built-in exception a Python reader would catch.
"""


class AutogradError(Exception):
    """Be the base of every error raised on purpose."""


class DomainError(AutogradError, ValueError):
    """Say that an argument lies outside the domain of an operation."""


class OutOfRangeError(DomainError, IndexError):
    """Say that an index that is data selects nothing."""


class DivisionByZeroError(AutogradError, ZeroDivisionError):
    """Say that an operation divides by zero."""


class FloatOverflowError(AutogradError, OverflowError):
    """Say that a result is too large for a float."""


class NonFiniteError(AutogradError, FloatingPointError):
    """Say where a nan or an infinity stands that may not be there."""


class GraphError(AutogradError, RuntimeError):
    """Say why a graph cannot be walked."""


class StaleGraphError(GraphError):
    """Say which value was overwritten after the graph had used it."""


class TraceError(GraphError):
    """Say why a function cannot be recorded as a program, and what to use instead."""


class ShapeError(AutogradError, ValueError):
    """Say how many inputs were expected and how many came."""


class CheckpointError(AutogradError, ValueError):
    """Say why a file is not a saved model that fits."""


class CheckError(AutogradError, AssertionError):
    """Say where a compiled function differs from eager, and both numbers."""


class GradcheckError(AutogradError, AssertionError):
    """Say which gradient is wrong, where, and by how much."""
