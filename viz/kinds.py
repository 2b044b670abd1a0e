"""Say what each Value of a picture is, what it is called, and to which part of a model it belongs.

The texts know inputs, parameters, operations and outputs. A Value does not know which it is, so the rule is:
with `names` (say `model.named_parameters()`) the named Values are the parameters; without, every leaf that requires a
gradient is one, unless it is passed in `inputs`. A leaf without label that requires no gradient is a constant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from autograd import Value

from .trace import Graph

INPUT, CONSTANT, PARAMETER, INNER, OUTPUT = "input", "constant", "parameter", "value", "output"

Names = Iterable[tuple[str, Value]] | Mapping[str, Value]
Path = tuple[str, ...]
DEEPEST = 10  # boxes inside boxes


class Roles:
    """Answer for every Value of one picture: `kind`, `name` and `group` (the dotted path of the module it belongs to).

    Raises TypeError when `names` does not consist of (str, Value) pairs or `inputs` of Values.

    >>> from viz.trace import trace
    >>> w, x = Value(2.0), Value(3.0)
    >>> y = w * x
    >>> roles = Roles(trace(y), names={"layers.0.w.1": w})
    >>> roles.kind(w), roles.kind(x), roles.kind(y)
    ('parameter', 'input', 'output')
    >>> roles.name(w), roles.group[w], roles.group[y]
    ('w.1', ('layers.0',), ('layers.0',))
    """

    def __init__(self, graph: Graph, names: Names | None = None, inputs: Iterable[Value] = ()):
        self.root = graph.nodes[-1]
        self.named = named_values(names)
        self.paths = None if names is None else {v: _steps(name) for v, name in self.named.items()}
        self.inputs = {_value(given, "inputs") for given in inputs}
        self.group = _groups(graph, self.paths or {})

    def kind(self, v: Value) -> str:
        """Return one of the five kinds."""
        if v.parents:
            return OUTPUT if v is self.root else INNER
        if self._is_parameter(v):
            return PARAMETER
        return INPUT if v.requires_grad or v.label or v in self.inputs else CONSTANT

    def _is_parameter(self, v: Value) -> bool:
        if self.paths is not None:
            return v in self.paths
        return v.requires_grad and v not in self.inputs

    def name(self, v: Value) -> str:
        """Return the last part of the name given in `names` ("w.0" of "layers.1.w.0"), otherwise the label."""
        path = (self.paths or {}).get(v)
        return v.label if path is None else path[-1]


def named_values(names: Names | None) -> dict[Value, str]:
    """Return the whole name of each Value in `names`, of several the first.

    >>> list(named_values({"w": Value(2.0)}).values())
    ['w']
    """
    found: dict[Value, str] = {}
    for name, value in names.items() if isinstance(names, Mapping) else names or ():
        if not isinstance(name, str):
            raise TypeError(f"names must be pairs of a str and a Value, got a {type(name).__name__} as name")
        found.setdefault(_value(value, "names"), name)
    return found


def _steps(name: str) -> Path:
    # An index belongs to the word before it: "layers.0.w.1" is the weight "w.1" of the module "layers.0".
    return tuple(re.findall(r"[^.]+(?:\.\d+)*", name))[-DEEPEST:] or (name,)


def _value(given: object, where: str) -> Value:
    if isinstance(given, Value):
        return given
    raise TypeError(f"{where} must hold Values, got {type(given).__name__}")


def _groups(graph: Graph, paths: Mapping[Value, Path]) -> dict[Value, Path]:
    """Return the module of each node: a parameter's by its name, an operation's by the parameters or values in it."""
    group: dict[Value, Path] = {v: path[:-1] for v, path in paths.items()}
    for v, operands in graph.operands().items():  # operands come first
        if v not in group:
            group[v] = _common([group[p] for p in operands if p in paths] or [group[p] for p in operands])
    return group


def _common(own: Sequence[Path]) -> Path:
    """Return the steps that all of these modules begin with."""
    same = takewhile(lambda steps: len(set(steps)) == 1, zip(*own))  # noqa: B905 - to the end of the shortest
    return tuple(steps[0] for steps in same)
