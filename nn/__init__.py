"""Neural networks made of scalar Values: modules, losses, optimisers, data, training, checkpoints."""

import autograd

if getattr(autograd, "__glassgrad__", None) is None:
    raise ImportError(
        "nn needs the package autograd of the distribution glassgrad, but the one found is "
        f"{autograd.__file__ or list(autograd.__path__)}. The distribution autograd (HIPS) installs the same name. "
        "If that file is your own, rename it; otherwise repair this environment with\n"
        "    python -m pip uninstall --yes autograd\n"
        "    python -m pip install --force-reinstall --no-deps PATH\n"
        "where PATH is the folder or wheel that glassgrad was installed from."
    )

from .activations import ACTIVATIONS, ReLU, Sigmoid, Tanh
from .checkpoint import load, save
from .clip import clip_grad_norm_, clip_grad_value_
from .data import (
    DATASETS,
    Dataset,
    Scaling,
    batches,
    load_breast_cancer,
    load_dataset,
    load_digits,
    load_iris,
    load_wine,
    make_circles,
    make_moons,
    make_spirals,
    make_xor,
    split,
    standardise,
)
from .init import INITIALISERS
from .layers import MLP, Layer, Linear, Neuron, Sequential
from .losses import LOSSES, binary_cross_entropy_with_logits, cross_entropy, hinge_loss, mse_loss
from .metrics import accuracy, confusion_matrix, predicted_class, zero_one
from .module import Module
from .optim import OPTIMIZERS, SGD, Adam, Optimizer
from .table import CSVError, load_csv
from .train import DivergenceWarning, Epoch, History, fit

__all__ = [
    "ACTIVATIONS", "DATASETS", "INITIALISERS", "LOSSES", "MLP", "OPTIMIZERS", "SGD", "Adam", "CSVError", "Dataset",
    "DivergenceWarning", "Epoch", "History", "Layer", "Linear", "Module", "Neuron", "Optimizer", "ReLU", "Scaling",
    "Sequential", "Sigmoid", "Tanh", "accuracy", "batches", "binary_cross_entropy_with_logits", "clip_grad_norm_",
    "clip_grad_value_", "confusion_matrix", "cross_entropy", "fit", "hinge_loss", "load", "load_breast_cancer",
    "load_csv", "load_dataset", "load_digits", "load_iris", "load_wine", "make_circles", "make_moons", "make_spirals",
    "make_xor", "mse_loss", "predicted_class", "save", "split", "standardise", "zero_one",
]  # fmt: skip
