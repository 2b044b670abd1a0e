"""Write run.json: everything a picture of a training run needs, as plain finite numbers."""

from __future__ import annotations

import json
import os
from typing import Any

from autograd import Value, no_grad

from .activations import activation_name
from .data import Dataset
from .files import write_atomically
from .layers import MLP, Neuron
from .metrics import confusion_matrix, predicted_class
from .train import History

FORMAT, VERSION = "glassgrad-run", 1
GRID = 48  # points of the decision boundary's grid along each side
MOST_INPUTS, MOST_PARAMETERS = 8, 40  # of a neuron, of a network that is drawn whole

Graph = dict[str, Any]


def write_report(
    path: str | os.PathLike[str], model: MLP, train: Dataset, test: Dataset, history: History, title: str
) -> None:
    """Write the report of a run atomically. Raises ValueError for a nan or infinity, OSError."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "dataset": train.name,
        "title": title,
        "history": history.columns(),
        "metric_name": "accuracy",
        "confusion": confusion(model, test),
        "boundary": boundary(model, train),
        "graphs": graphs(model, telling_row(train)),
    }
    write_atomically(path, json.dumps(content, allow_nan=False) + "\n")


@no_grad()
def confusion(model: Any, data: Dataset) -> dict[str, Any]:
    """Return the labels and counts[true][predicted] of a model on a data set."""
    scores = [model(row) for row in data.X]
    return {"labels": data.classes, "counts": confusion_matrix(scores, data.y, len(data.classes))}


@no_grad()
def boundary(model: Any, data: Dataset) -> dict[str, Any] | None:
    """Return the scores of a model of two inputs on a grid around the data, or None for other numbers of inputs.

    The score is the output itself if there is one (the boundary is at 0), otherwise the predicted class.
    """
    if len(data.features) != 2:
        return None
    x, y = (_axis([row[i] for row in data.X]) for i in range(2))
    score = [[_score(model([a, b])) for a in x] for b in y]
    points = [[*row, label] for row, label in zip(data.X, data.y, strict=True)]
    return {"x": x, "y": y, "score": score, "points": points}


def _axis(numbers: list[float]) -> list[float]:
    low, high = min(numbers), max(numbers)
    margin = 0.15 * (high - low) or 1.0
    step = (high - low + 2 * margin) / (GRID - 1)
    return [low - margin + step * i for i in range(GRID)]


def _score(output: Any) -> float:
    return output.data if isinstance(output, Value) else float(predicted_class(output))


def telling_row(data: Dataset) -> list[float]:
    """Return the first row without a zero, on which every weight has a gradient; without such a row the first.

    >>> telling_row(Dataset("and", [[0, 0], [0, 1], [1, 1]], [0, 0, 1]))
    [1.0, 1.0]
    """
    return next((row for row in data.X if all(row)), data.X[0])


def graphs(model: MLP, example: list[float]) -> list[Graph]:
    """Return the first neuron, and the whole network, as expressions on one row, where they are small enough."""
    found = []
    if model.layers[0].neurons[0].nin <= MOST_INPUTS:
        found.append(_neuron_graph(model.layers[0].neurons[0], example))
    # An expression repeats what it uses twice, so that only one hidden layer stays readable.
    if len(model.layers) <= 2 and len(model.layers[-1].neurons) == 1 and len(model.parameters()) <= MOST_PARAMETERS:
        found.append(_network_graph(model, example))
    return found


def _neuron_graph(neuron: Neuron, example: list[float]) -> Graph:
    names = [f"x{i}" for i in range(neuron.nin)]
    expression, values = _expression(neuron, "", names)
    return _graph("neuron", expression, values, names, example)


def _network_graph(model: MLP, example: list[float]) -> Graph:
    names = [f"x{i}" for i in range(model.layers[0].neurons[0].nin)]
    expressions, values = names, {}
    for depth, layer in enumerate(model.layers, 1):
        made = [_expression(neuron, f"{depth}_{j}", expressions) for j, neuron in enumerate(layer.neurons)]
        expressions = [f"({text})" if depth < len(model.layers) else text for text, _ in made]
        values.update({name: x for _, numbers in made for name, x in numbers.items()})
    return _graph("network", expressions[0], values, names, example)


def _graph(name: str, expression: str, values: dict[str, float], inputs: list[str], example: list[float]) -> Graph:
    known = {**values, **dict(zip(inputs, example, strict=True))}
    return {"name": name, "expression": expression, "values": known, "parameters": list(values)}


def _expression(neuron: Neuron, mark: str, inputs: list[str]) -> tuple[str, dict[str, float]]:
    """Return a neuron as text, such as relu(b + w0*x0 + w1*x1), and its parameters by name."""
    gap = "_" if mark else ""
    names = [f"w{mark}{gap}{i}" for i in range(neuron.nin)]
    values = dict(zip(names, (w.data for w in neuron.w), strict=True))
    terms = [f"{w}*{x}" for w, x in zip(names, inputs, strict=True)]
    if neuron.b is not None:
        values[f"b{mark}"] = neuron.b.data
        terms.insert(0, f"b{mark}")
    total = " + ".join(terms)
    name = activation_name(neuron.activation)
    return (f"{name}({total})" if neuron.nonlin else total), values
