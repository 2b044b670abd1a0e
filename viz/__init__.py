"""Pictures of computations: the graph of a Value with the chain rule on it, and plots of a training."""

import autograd

if getattr(autograd, "__glassgrad__", None) is None:
    raise ImportError(
        "viz needs the package autograd of the distribution glassgrad, but the one found is "
        f"{autograd.__file__ or list(autograd.__path__)}. The distribution autograd (HIPS) installs the same name. "
        "If that file is your own, rename it; otherwise repair this environment with\n"
        "    python -m pip uninstall --yes autograd\n"
        "    python -m pip install --force-reinstall --no-deps PATH\n"
        "where PATH is the folder or wheel that glassgrad was installed from."
    )

from .boundary import plot_decision_boundary
from .draw import draw, draw_dot
from .explain import explain
from .plots import plot_confusion, plot_loss
from .trace import trace
from .tree import print_graph

__all__ = [
    "draw",
    "draw_dot",
    "explain",
    "plot_confusion",
    "plot_decision_boundary",
    "plot_loss",
    "print_graph",
    "trace",
]
