"""One training run from choices to files: data, model, training, evaluation, model.json and run.json."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograd import no_grad
from autograd.errors import CheckpointError

from . import checkpoint
from .choices import choose
from .data import DATASETS, Dataset, Scaling, load_dataset, split
from .files import check_writable
from .layers import MLP
from .losses import LOSSES
from .metrics import accuracy
from .optim import OPTIMIZERS, SGD, Optimizer
from .recipes import RECIPES, Recipe, default_recipe
from .report import write_report
from .table import load_csv
from .train import History, fit

MODEL, REPORT = "model.json", "run.json"

# What class 0 and class 1 are to a loss that wants numbers; with several outputs each is one class against the rest.
CODES = {"mse": (-1.0, 1.0), "hinge": (-1.0, 1.0), "bce": (0.0, 1.0)}


@dataclass
class Data:
    """A data set split and scaled, and what is needed to do the same again."""

    name: str
    train: Dataset
    test: Dataset
    seed: int
    fraction: float
    scaling: Scaling | None

    def notes(self) -> dict[str, Any]:
        """Return what a checkpoint remembers of the data, as JSON values."""
        scaling = self.scaling and {"shift": self.scaling.shift, "scale": self.scaling.scale}
        names = {"features": self.train.features, "classes": self.train.classes}
        return {"dataset": self.name, "seed": self.seed, "fraction": self.fraction, "scaling": scaling, **names}


def load(name: str, seed: int) -> Dataset:
    """Return the data set of that name, or the one in a file whose name ends in .csv.

    Raises ValueError that lists the known names, CSVError, ImportError, OSError.
    """
    return load_csv(name) if name.endswith(".csv") else load_dataset(name, seed)


def recipe_for(name: str, data: Dataset, choices: dict[str, Any]) -> Recipe:
    """Return the recipe of the data set with the choices that are not None in place of its own."""
    known = RECIPES[name] if name in DATASETS else default_recipe(len(data.classes))
    return replace(known, **{key: value for key, value in choices.items() if value is not None})


def divide(name: str, data: Dataset, fraction: float, seed: int, scaling: Scaling | None) -> Data:
    """Return the data split by `fraction` (0: everything is both) and scaled."""
    train, test = split(data, fraction, seed) if fraction else (data, data)
    if scaling:
        train, test = (replace(part, X=scaling.apply(part.X)) for part in (train, test))
    return Data(name, train, test, seed, fraction, scaling)


def standardised(name: str, data: Dataset, recipe: Recipe, seed: int) -> Data:
    """Return the data split, and scaled on the training rows if the recipe says so."""
    plain = divide(name, data, recipe.fraction, seed, None)
    return divide(name, data, recipe.fraction, seed, Scaling.standard(plain.train.X)) if recipe.standardise else plain


@dataclass
class Experiment:
    """A model with everything that trains it."""

    data: Data
    model: MLP
    loss: Callable[[list[Any], list[int]], Any]
    optimizer: Optimizer
    recipe: Recipe
    title: str

    def train(self, progress: bool | None, engine: str = "auto") -> History:
        """Train with a rate that falls to a tenth; after Ctrl-C put the best weights in place.

        Raises NonFiniteError where the numbers run away.
        """
        history = fit(
            self.model,
            self.data.train,
            loss=self.loss,
            optimizer=self.optimizer,
            epochs=self.recipe.epochs,
            batch_size=self.recipe.batch,
            seed=self.data.seed,
            schedule=lambda done: 1 - 0.9 * done,
            clip_grad_norm=self.recipe.clip_grad_norm,
            progress=progress,
            engine=engine,
        )
        if history.outcome == "interrupted":
            self.model.load_state_dict(history.best)
        return history

    def test_accuracy(self) -> float:
        """Return the accuracy on the test split."""
        return evaluate(self.model, self.data.test)

    def save(self, folder: Path, history: History) -> list[Path]:
        """Write model.json and run.json and return their paths."""
        checkpoint.save(self.model, folder / MODEL, self.data.notes())
        write_report(folder / REPORT, self.model, self.data.train, self.data.test, history, self.title)
        return [folder / MODEL, folder / REPORT]


def design(name: str, data: Dataset, recipe: Recipe, seed: int) -> Experiment:
    """Return the experiment of a recipe. Raises ValueError for a choice that is unknown or does not fit the data."""
    divided = standardised(name, data, recipe, seed)
    loss = _loss(recipe, len(data.classes))
    model = MLP(len(data.features), recipe.layers, activation=recipe.activation, init=recipe.init, seed=seed)
    title = f"MLP({len(data.features)}, {recipe.layers}) on {data.name}"
    return Experiment(divided, model, loss, _optimizer(recipe, model), recipe, title)


@no_grad()
def evaluate(model: Any, data: Dataset) -> float:
    """Return the accuracy of a model on a data set."""
    return accuracy([model(row) for row in data.X], data.y)


def _optimizer(recipe: Recipe, model: MLP) -> Optimizer:
    kind = choose("optimizer", recipe.optimizer, OPTIMIZERS)
    if kind is SGD:
        return SGD(model.named_parameters(), lr=recipe.lr, momentum=recipe.momentum)
    if recipe.momentum:
        raise ValueError(f"momentum belongs to sgd, not to {recipe.optimizer}")
    return kind(model.named_parameters(), lr=recipe.lr)


def _loss(recipe: Recipe, classes: int) -> Callable[[list[Any], list[int]], Any]:
    loss, outputs = choose("loss", recipe.loss, LOSSES), recipe.layers[-1]
    if outputs != classes and not (classes == 2 and outputs == 1 and recipe.loss in CODES):
        single = " (or 1, with another loss than cross_entropy)" if classes == 2 else ""
        raise ValueError(f"the last layer must have {classes} units, one for each class{single}, got {outputs}")
    if recipe.loss not in CODES:
        return loss
    codes = CODES[recipe.loss]
    return lambda scores, labels: loss(scores, [_code(label, outputs, codes) for label in labels])


def _code(label: int, outputs: int, codes: tuple[float, float]) -> Any:
    return codes[label] if outputs == 1 else [codes[k == label] for k in range(outputs)]


def prepare_folder(folder: Path) -> None:
    """Make the folder and prove that the files can be written into it, before hours of training. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (MODEL, REPORT):
        check_writable(folder / name)
    trial = folder / f".{secrets.token_hex(8)}.tmp"
    trial.touch(exist_ok=False)
    trial.unlink()


def model_path(path: str | os.PathLike[str]) -> Path:
    """Return the file of a saved model given by itself or by its folder."""
    return Path(path) / MODEL if Path(path).is_dir() else Path(path)


@dataclass
class Trained:
    """A model from a training run with what its notes say of the data."""

    model: Any
    dataset: str
    seed: int
    fraction: float
    scaling: Scaling | None
    features: list[str]
    classes: list[str]


def load_trained(path: str | os.PathLike[str]) -> Trained:
    """Return the model in a file or folder written by a training run. Raises CheckpointError, OSError."""
    file = model_path(path)
    notes = checkpoint.read(file).notes
    if not _are_notes(notes):
        raise CheckpointError(f"{file}: it holds a model, but no notes of the training run")
    scaling = notes["scaling"] and Scaling(**notes["scaling"])
    return Trained(checkpoint.load(file), **{**notes, "scaling": scaling})


def _are_notes(notes: dict[str, Any]) -> bool:
    if set(notes) != {"dataset", "seed", "fraction", "scaling", "features", "classes"}:
        return False
    if not _are_names(notes["features"]) or not _are_names(notes["classes"]) or type(notes["dataset"]) is not str:
        return False
    if type(notes["seed"]) is not int or type(notes["fraction"]) is not float or not 0 <= notes["fraction"] < 1:
        return False
    return notes["scaling"] is None or _is_scaling(notes["scaling"], len(notes["features"]))


def _are_names(names: Any) -> bool:
    return type(names) is list and len(names) > 0 and all(type(name) is str for name in names)


def _is_scaling(scaling: Any, width: int) -> bool:
    if not isinstance(scaling, dict) or set(scaling) != {"shift", "scale"}:
        return False
    fit = all(type(xs) is list and len(xs) == width and set(map(type, xs)) == {float} for xs in scaling.values())
    return fit and all(scaling["scale"])
