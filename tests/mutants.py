"""Automatic mutants of a source file, made by cosmic-ray's operators; formulas in strings are mutated too."""

import ast
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# Left out: shifts and bit operators in place of arithmetic (a TypeError each), `|` (only annotations have it here),
# `is` against `==` (Values and rows are equal only to themselves), and the two operators that need to be told names.
LEFT_OUT = ("BitOr", "BitAnd", "BitXor", "Shift", "Invert", "FloorDiv", "Mod", "VariableReplacer", "VariableInserter")
OF_IDENTITY = re.compile(r"Operator_(Is(Not)?_(?!Is)|\w+_Is(Not)?$)(?<!_Is_IsNot)(?<!_IsNot_Is)")
DATA = {
    "samples",
    "kinks",
    "UNARY",
    "POSITIVE",
    "POWERS",
    "INSIDE",
    "BINARY",
    "LISTS",
}  # points of tests


class Mutant(NamedTuple):
    """One change: the line before and after, and the whole text after."""

    file: str
    number: int
    before: str
    after: str
    text: str

    @property
    def key(self) -> str:
        """Return what names the mutant also after lines have moved."""
        return f"{self.file}: {self.before} -> {self.after}"


def operators() -> dict[str, object]:
    names = [name for name in operator_names() if not any(word in name for word in LEFT_OUT)]
    names = [name for name in names if not OF_IDENTITY.search(name)]
    return {name: get_operator(name)() for name in names}


def changes(text: str) -> list[tuple[str, int, int]]:
    """Return every (operator, occurrence, line) that changes `text`."""
    nodes, data = list(ast_nodes(get_ast(text))), list(spans(text))
    return [
        (name, k, start[0])
        for name, operator in operators().items()
        for k, (start, _) in enumerate(p for node in nodes for p in operator.mutation_positions(node))
        if not any(first <= start < last for first, last in data)
    ]


def spans(text: str) -> Iterator[tuple]:
    """Yield where a file holds points of tests: ((line, column), (line, column))."""
    for node in ast.walk(ast.parse(text)):
        named = node.arg if isinstance(node, ast.keyword) else None
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named = node.targets[0].id
        if named in DATA:
            yield (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def formulas(text: str) -> Iterator[ast.Constant]:
    """Yield the strings of a file that are formulas: those of the calls of `row`, but for the name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "row":
            limits = [keyword.value for keyword in node.keywords if keyword.arg == "limit"]
            yield from (s for s in [*node.args[1:], *limits] if isinstance(s, ast.Constant))


def places(path: Path) -> list[tuple]:
    """Return every mutation of the file that can be made: (operator, occurrence, line, formula or None)."""
    text = path.read_text("utf-8")
    inside = [(name, k, s.lineno, s) for s in formulas(text) for name, k, _ in changes(s.value)]
    return [(*change, None) for change in changes(text)] + inside


def mutant(path: Path, place: tuple) -> Mutant | None:
    """Return the mutant of one place, None where it is the same program."""
    name, k, _, formula = place
    text = path.read_text("utf-8")
    operator = get_operator(name)()
    try:
        new = mutate_code(formula.value if formula else text, operator, k)
    except AttributeError:  # an operator that cannot do what it found: `except (A, *B)`
        return None
    if new is not None and formula:
        new = replaced(text, formula, new)
    if new is None or same(text, new):
        return None
    before, after = text.splitlines(), new.splitlines()
    number = next(i for i, (old, now) in enumerate(zip(before, after, strict=False)) if old != now)
    return Mutant(path.name, number + 1, before[number].strip(), after[number].strip(), new)


def replaced(text: str, formula: ast.Constant, new: str) -> str:
    lines = text.splitlines(keepends=True)
    line = lines[formula.lineno - 1]
    lines[formula.lineno - 1] = f'{line[: formula.col_offset]}"{new}"{line[formula.end_col_offset :]}'
    return "".join(lines)


def same(text: str, new: str) -> bool:
    """Tell whether both compile to the same program, annotations left out; what does not compile is no mutant."""
    with contextlib.suppress(SyntaxError):
        return plain(text) == plain(new)
    return True


def plain(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)
