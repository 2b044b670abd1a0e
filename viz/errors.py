"""The errors of pictures: each a sentence that says what was given, what is allowed and what to do.

AutogradError
├── PictureError           (ValueError)    something that cannot be drawn as asked
│   ├── GraphTooLargeError                 more values than a layout can take
│   ├── ExpressionError                    a text that is no expression, or names without values
│   └── RunFileError                       a run.json that is not one
├── NoEngineError          (RuntimeError)  nothing here can turn DOT into pixels
└── OutputError            (OSError)       a file that cannot be written
"""

from autograd.errors import AutogradError


class PictureError(AutogradError, ValueError):
    """Say why something cannot be drawn as asked."""


class GraphTooLargeError(PictureError):
    """Say how large a graph is, how large it may be, and what to do."""


class ExpressionError(PictureError):
    """Say why a text is not an expression that can be evaluated."""


class RunFileError(PictureError):
    """Say why a file does not describe a training run."""


class NoEngineError(AutogradError, RuntimeError):
    """Say which engine is missing and how to get one."""


class OutputError(AutogradError, OSError):
    """Say why a file cannot be written."""
