"""The command line `glassgrad-nn`: train a network on a data set, evaluate it, predict with it.

What the user got wrong is one sentence on stderr and exit status 2; Ctrl-C while training saves the best weights and
exits with 130.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograd import no_grad
from autograd.errors import AutogradError, ShapeError

from .activations import ACTIVATIONS
from .checkpoint import architecture, describe
from .data import DATASETS
from .experiment import Experiment, design, divide, evaluate, load, load_trained, prepare_folder, recipe_for
from .init import INITIALISERS
from .losses import LOSSES
from .metrics import predicted_class
from .optim import OPTIMIZERS
from .recipes import RECIPES, Recipe, default_recipe
from .table import decimal
from .train import DivergenceWarning, History

WRONG, INTERRUPTED = 2, 130
CHOICES = ("layers", "activation", "init", "loss", "optimizer", "lr", "momentum", "clip_grad_norm", "epochs", "batch")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 2 for an error, 130 for Ctrl-C."""
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.command(arguments))
    except (AutogradError, ValueError, OSError, ImportError, DivergenceWarning) as error:
        return _complain(_sentence(error), WRONG)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)


def _complain(sentence: str, status: int) -> int:
    print(f"glassgrad-nn: {sentence}", file=sys.stderr)
    return status


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())


def train(arguments: argparse.Namespace) -> int:
    """Train, then write and print what came out of it."""
    data = load(arguments.dataset, arguments.seed)
    recipe = recipe_for(arguments.dataset, data, {name: getattr(arguments, name) for name in CHOICES})
    experiment = design(arguments.dataset, data, recipe, arguments.seed)
    folder = Path(arguments.out or Path("runs") / data.name)
    prepare_folder(folder)
    if not arguments.quiet:
        _introduce(experiment)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DivergenceWarning)  # a run that failed writes nothing
        history = experiment.train(False if arguments.quiet else None, arguments.engine)
    if not arguments.quiet:
        print(_times(history))
    _conclude(experiment, folder, history)
    if history.outcome == "interrupted":
        return _complain("training interrupted; the best weights were saved", INTERRUPTED)
    return 0


def _introduce(experiment: Experiment) -> None:
    split, model, recipe = experiment.data, experiment.model, experiment.recipe
    rows = f"{len(split.train)} rows to train, {len(split.test)} to test"
    print(f"{split.train.name}: {rows}, {len(split.train.features)} features, {len(split.train.classes)} classes")
    size = f"{describe(architecture(model))} with {recipe.activation}, {len(model.parameters())} parameters"
    print(f"{size}; {recipe.loss}, {recipe.optimizer}, rate {recipe.lr:g}, {recipe.epochs} epochs", flush=True)


def _conclude(experiment: Experiment, folder: Path, history: History) -> None:
    paths = experiment.save(folder, history)
    print(f"test accuracy {experiment.test_accuracy():.4f} on {len(experiment.data.test)} rows{_losses(history)}")
    for path in paths:
        print(f"wrote {path}")
    print(f"next: glassgrad-viz run {shlex.quote(str(folder))}")


def _losses(history: History) -> str:
    """Return the first and the last loss: an accuracy alone does not tell a bad rate from a hard problem."""
    losses = [epoch.loss for epoch in history.epochs]
    return f"; the loss went from {losses[0]:.4g} to {losses[-1]:.4g}" if losses else ""


def _times(history: History) -> str:
    """Return how training was done, and how long it took."""
    seconds = {"compiling": 0.0, "training": 0.0, **history.seconds}
    done = f"trained in {seconds['training']:.2f} s"
    if "on Values" not in seconds:
        return f"{done} on Values: {history.reason}"
    return (
        f"{done} with the {history.engine} engine, ready after {seconds['compiling']:.2f} s; "
        f"on Values the same steps take about {seconds['on Values']:.1f} s"
    )


def evaluate_model(arguments: argparse.Namespace) -> int:
    """Print the accuracy of a saved model on the test split it was not trained on."""
    trained = load_trained(arguments.model)
    name = arguments.data or trained.dataset
    data = divide(name, load(name, trained.seed), trained.fraction, trained.seed, trained.scaling)
    if data.test.features != trained.features or data.test.classes != trained.classes:
        raise ShapeError(f"{name} has other features or classes than {trained.dataset}, on which the model was trained")
    print(f"test accuracy {evaluate(trained.model, data.test):.4f} on {len(data.test)} rows of {name}")
    return 0


def predict(arguments: argparse.Namespace) -> int:
    """Print the class a saved model gives to one row of numbers, and its scores."""
    trained = load_trained(arguments.model)
    row = [decimal(text, f"number {i}") for i, text in enumerate(arguments.numbers, 1)]
    if len(row) != len(trained.features):
        raise ShapeError(f"the model expects {len(trained.features)} numbers, got {len(row)}")
    output = _output(trained.model, trained.scaling.apply([row])[0] if trained.scaling else row)
    scores = output if isinstance(output, list) else [output]
    print(f"class {trained.classes[predicted_class(output)]}, scores {' '.join(f'{s.data:.4g}' for s in scores)}")
    return 0


@no_grad()
def _output(model: Any, row: list[float]) -> Any:
    return model(row)


def list_datasets(arguments: argparse.Namespace) -> int:
    """Print the data sets and what each is."""
    for name, loader in DATASETS.items():
        print(
            f"{name:14} {' '.join(str(loader.__doc__).split()).removeprefix('Return ').split(';')[0].split(' >>>')[0]}"
        )
    return 0


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message} (see {self.prog} --help)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="glassgrad-nn", description="Train, evaluate and use networks made of scalar Values.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    layout = argparse.RawDescriptionHelpFormatter  # the columns of the defaults
    training = commands.add_parser(
        "train", help="train a network on a data set and save it", epilog=_defaults(), formatter_class=layout
    )
    _add_train(training)
    _add_evaluate(commands.add_parser("eval", help="print the test accuracy of a saved model"))
    _add_predict(commands.add_parser("predict", help="print the class a saved model gives to one row of numbers"))
    listing = commands.add_parser("datasets", help="list the data sets")
    listing.set_defaults(command=list_datasets)
    return parser


def _defaults() -> str:
    """Return the choices of each data set that are made where no flag says otherwise."""
    rows = {**RECIPES, "FILE of 2 classes": default_recipe(2), "FILE of 3 classes": default_recipe(3)}
    width = max(map(len, rows))
    lines = [f"  {name:{width}}  {_flags(recipe)}" for name, recipe in rows.items()]
    return "\n".join(["defaults, by data set:", *lines])


def _flags(recipe: Recipe) -> str:
    choices = {name: getattr(recipe, name) for name in CHOICES}
    said = {**choices, "layers": ",".join(map(str, recipe.layers))}
    return " ".join(f"--{name} {choice}" for name, choice in said.items() if choice)


def _add_train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("dataset", metavar="DATASET", help=f"one of {', '.join(RECIPES)}, or a file ending in .csv")
    add("--layers", type=_layers, metavar="N,N", help="units of each layer, the outputs last, such as 32,10")
    add("--activation", help=f"of the hidden layers: {', '.join(ACTIVATIONS)}")
    add("--init", help=f"first weights: {', '.join(INITIALISERS)}")
    add("--loss", help=", ".join(LOSSES))
    add("--optimizer", help=", ".join(OPTIMIZERS))
    add("--lr", type=float, metavar="RATE", help="learning rate at the start; it falls to a tenth")
    add("--momentum", type=float, metavar="M", help="of sgd, in [0, 1)")
    add("--clip-grad-norm", type=float, metavar="NORM", help="limit of the gradient's norm (default none)")
    add("--epochs", type=_count, metavar="N", help="passes over the data")
    add("--batch", type=_count, metavar="N", help="rows in a batch")
    add("--engine", default="auto", help="what trains: auto, eager (on Values), numpy or native (default auto)")
    add("--seed", type=int, default=0, metavar="N", help="of data, split, weights and order (default 0)")
    add("--out", metavar="FOLDER", help="where model.json and run.json go (default runs/DATASET)")
    add("--quiet", action="store_true", help="print the result only, no progress bar")
    parser.set_defaults(command=train)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a saved model, or the folder of its run")
    parser.add_argument("--data", metavar="DATASET", help="another data set than the one it was trained on")
    parser.set_defaults(command=evaluate_model)


def _add_predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a saved model, or the folder of its run")
    parser.add_argument("numbers", nargs=argparse.REMAINDER, metavar="NUMBER", help="the features, in their order")
    parser.set_defaults(command=predict)


def _layers(text: str) -> list[int]:
    if not all(part.isascii() and part.isdigit() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected integers parted by commas such as 32,10, got {text!r}")
    return [int(part) for part in text.split(",")]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"expected an integer >= 1, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
