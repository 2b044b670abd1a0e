"""Save a model to one JSON file and load it again, bit for bit.

The file holds a format name and version, the architecture, the parameters by name, free notes, and a SHA-256 of all
that. Loading runs nothing that stands in the file (no pickle, no eval) and refuses whatever is not exactly such a file.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograd.errors import CheckpointError, NonFiniteError

from .activations import ACTIVATIONS, activation_name
from .files import write_atomically
from .layers import MLP
from .module import Module

FORMAT, VERSION = "glassgrad-model", 1
KEYS = {"format", "version", "arch", "parameters", "notes", "sha256"}
LARGEST = 64 * 1024 * 1024  # bytes: a million parameters are about 50 MB


@dataclass
class Checkpoint:
    """What a file holds: the architecture, the parameters by name, and notes of whoever saved it."""

    arch: dict[str, Any]
    parameters: dict[str, float]
    notes: dict[str, Any] = field(default_factory=dict)


def save(model: Module, path: str | os.PathLike[str], notes: dict[str, Any] | None = None) -> None:
    """Write the model to `path` atomically: a crash or a full disk leaves the old file.

    `notes` is a dict of JSON values. Raises NonFiniteError naming a parameter that is nan or infinite, TypeError for
    notes that are not JSON, OSError where the file cannot be written.

    >>> import tempfile
    >>> model = MLP(2, [3, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, folder + "/model.json")
    ...     again = load(folder + "/model.json")
    >>> again.state_dict() == model.state_dict()
    True
    """
    state = model.state_dict()
    for name, x in state.items():
        if not math.isfinite(x):
            raise NonFiniteError(f"{name} is {x}: a model is saved with finite parameters only")
    content = {"format": FORMAT, "version": VERSION, "arch": architecture(model), "parameters": state}
    content["notes"] = {} if notes is None else notes
    content = _plain(content)
    text = json.dumps({**content, "sha256": _checksum(content)}, indent=1, allow_nan=False)
    write_atomically(path, text + "\n")


def load(path: str | os.PathLike[str], into: Module | None = None) -> Module:
    """Return the MLP saved in `path`, built anew; or give its parameters to the model `into` and return that.

    Raises CheckpointError for a file that is damaged, foreign or does not fit (then `into` is unchanged), OSError where
    the file cannot be read.
    """
    checkpoint = read(path)
    model = build(checkpoint, str(path)) if into is None else into
    if into is not None and architecture(into) != checkpoint.arch:
        raise CheckpointError(f"{path}: it holds {describe(checkpoint.arch)}, not {describe(architecture(into))}")
    model.load_state_dict(checkpoint.parameters)
    return model


def read(path: str | os.PathLike[str]) -> Checkpoint:
    """Return what the file holds, checked, without building a model. Raises as `load` does."""
    content = _parse(_text(path), path)
    if set(content) != KEYS or content["format"] != FORMAT:
        raise CheckpointError(f"{path}: not a saved model of glassgrad")
    if type(content["version"]) is not int or content["version"] != VERSION:
        raise CheckpointError(f"{path}: version {content['version']!r} is unknown; this is version {VERSION}")
    if content.pop("sha256") != _checksum(content):
        raise CheckpointError(f"{path}: the checksum does not match: the file was damaged or edited")
    return Checkpoint(*(_section(content, key, path) for key in ("arch", "parameters", "notes")))


def architecture(model: Module) -> dict[str, Any]:
    """Return what is needed to build the model again, as JSON values; for anything but an MLP only its type.

    >>> architecture(MLP(2, [3, 1]))
    {'type': 'MLP', 'nin': 2, 'nouts': [3, 1], 'activation': ['relu'], 'output': 'linear', 'bias': True}
    """
    if type(model) is not MLP:
        return {"type": type(model).__name__}
    neurons = [layer.neurons[0] for layer in model.layers]
    names = [activation_name(neuron.activation) for neuron in neurons]
    return {
        "type": "MLP",
        "nin": neurons[0].nin,
        "nouts": [len(layer.neurons) for layer in model.layers],
        "activation": names[:-1],
        "output": names[-1],
        "bias": neurons[0].b is not None,
    }


def describe(arch: dict[str, Any]) -> str:
    """Return an architecture in short.

    >>> describe(architecture(MLP(2, [3, 1])))
    'MLP(2, [3, 1])'
    """
    return f"MLP({arch['nin']}, {arch['nouts']})" if "nouts" in arch else f"a {arch.get('type')}"


def build(checkpoint: Checkpoint, name: str = "the checkpoint") -> MLP:
    """Return a new MLP of the recorded sizes and activations, its weights not yet loaded.

    Raises CheckpointError for an architecture that is no MLP or does not fit the number of parameters.
    """
    arch = checkpoint.arch
    if not _is_mlp(arch):
        kind = str(arch.get("type"))[:40]
        raise CheckpointError(f"{name}: cannot build a {kind!r} from its record: build one and use load(path, into=it)")
    # Counted before anything is built: a size in a damaged file must not fill the memory.
    if _count(arch) != len(checkpoint.parameters):
        raise CheckpointError(
            f"{name}: {describe(arch)} needs {_count(arch)} parameters, got {len(checkpoint.parameters)}"
        )
    return MLP(
        arch["nin"], arch["nouts"], activation=arch["activation"], output=arch["output"], bias=arch["bias"], seed=0
    )


def _is_mlp(arch: dict[str, Any]) -> bool:
    if set(arch) != {"type", "nin", "nouts", "activation", "output", "bias"} or arch["type"] != "MLP":
        return False
    nouts, hidden = arch["nouts"], arch["activation"]
    if not isinstance(nouts, list) or not isinstance(hidden, list) or len(nouts) != len(hidden) + 1:
        return False
    sizes_fit = all(type(n) is int and n >= 1 for n in [arch["nin"], *nouts])
    names_fit = all(isinstance(name, str) and name in ACTIVATIONS for name in [*hidden, arch["output"]])
    return sizes_fit and names_fit and type(arch["bias"]) is bool


def _count(arch: dict[str, Any]) -> int:
    return sum((a + arch["bias"]) * b for a, b in pairwise([arch["nin"], *arch["nouts"]]))


def _checksum(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    # What JSON makes of it (tuples become lists), so that the checksum is that of what will be read.
    try:
        return dict(json.loads(json.dumps(content, allow_nan=False)))
    except ValueError as error:
        raise NonFiniteError(f"the notes must be finite JSON values: {error}") from None


def _section(content: dict[str, Any], key: str, path: object) -> dict[str, Any]:
    if not isinstance(content[key], dict):
        raise CheckpointError(f"{path}: {key} must be an object, got {type(content[key]).__name__}")
    return content[key]


def _text(path: str | os.PathLike[str]) -> str:
    if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
        raise CheckpointError(f"{path}: not a regular file")
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise CheckpointError(f"{path}: larger than {LARGEST} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path}: not UTF-8 text: {error}") from None


def _parse(text: str, path: object) -> dict[str, Any]:
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: not strict JSON: {str(error)[:200]}") from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: not a saved model of glassgrad")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"{text[:40]} is too large for a float")
    return float(text)
