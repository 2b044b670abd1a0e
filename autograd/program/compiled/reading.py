"""Arguments of a known form, read at once: it is only checked that they have it, and their numbers are collected.

What `Call` finds out about any arguments costs as much as the machine code of a middling program: 13 us where a dict of
nine arrays and two arrays of rows are given. A function that is written for their form, in straight-line Python, takes
2.4.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from ...primitive import Operand
from ..arguments import PLAIN, Form, has_arrays, levels, one_run, size

Run = tuple[Any, int]  # doubles, row by row, and how many columns they are
Reader = Callable[[Sequence[Any]], tuple[Any, list[Run]]]
FEW = 8  # so many children of one form are written out; more are a loop


class Unlike(Exception):  # noqa: N818 - it is no error
    """An argument has another form, or other than plain numbers in it: it must be looked at closely."""


def reader(forms: Sequence[Form], varies: Sequence[bool], rows: int) -> Reader:
    """Return the function that reads arguments of the forms `forms`; those that vary have `rows` rows.

    It returns what all rows share, as one run of doubles, and what varies, as one for each part that has rows of its
    own. It raises Unlike.

    >>> read = reader([None, (list, 2, (tuple, 2, None))], [False, True], 2)
    >>> read([3.0, [(1.0, 2.0), (4.0, 5.0)]])
    (array('d', [3.0]), [(array('d', [1.0, 2.0, 4.0, 5.0]), 2)])
    """
    text = Text()
    with text.inside("def read(args):"):
        text.check(f"len(args) != {len(forms)}")
        args = list(zip(forms, text.unpacked("args", len(forms)), varies, strict=True))
        params = text.run([(form, x) for form, x, own in args if not own])
        data = [run for form, x, own in args if own for run in text.rows(form, x, rows)]
        text.line(f"return {params}, [{', '.join(data)}]")
    exec(compile("\n".join(text.lines), "<reading>", "exec"), text.names)
    return text.names.pop("read")


class Text:
    """Write Python that takes structures of known forms apart.

    Names and whole numbers are all that comes into the text; keys, kinds and shapes are handed to it as objects.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.margin, self.count = "", 0
        self.names: dict[str, Any] = {"Unlike": Unlike, "as_double": as_double, "one_run": one_run}
        self.waiting: list[str] = []  # runs of numbers that are to be appended
        if numpy := sys.modules.get("numpy"):
            self.names |= {"ndarray": numpy.ndarray, "double": numpy.dtype("d")}

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append(self.margin + text)

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        """Write what follows into a block."""
        self.line(head)
        self.margin += " "
        yield
        self.margin = self.margin[:-1]

    def check(self, wrong: str) -> None:
        """Write that what is wrong is unlike the form."""
        self.line(f"if {wrong}: raise Unlike")

    def fresh(self) -> str:
        """Return a new name."""
        self.count += 1
        return f"x{self.count}"

    def constant(self, thing: Any) -> str:
        """Return the name of something that the text refers to."""
        name = self.fresh()
        self.names[name] = thing
        return name

    def unpacked(self, x: str, count: int) -> list[str]:
        """Write that the children of x have names, and return these."""
        names = [self.fresh() for _ in range(count)]
        if names:
            self.line(f"{''.join(f'{name},' for name in names)} = {x}")
        return names

    def run(self, trees: Sequence[tuple[Form, str]]) -> str:
        """Write that the numbers of some structures are collected; return what makes one run of them."""
        runs = self.fresh()
        self.line(f"{runs} = []")
        for form, x in trees:
            self.tree(form, x, runs)
        self.flush(runs)
        return f"one_run({runs}, {any(has_arrays(form) for form, _ in trees)})"

    def rows(self, form: Form, x: str, rows: int) -> Iterator[str]:
        """Write the same for what varies; return a run for each part that has rows of its own, and its columns."""
        if rows == 1 or not (form[0] is dict or hasattr(form[0], "_fields")):
            yield f"({self.run([(form, x)])}, {size(form) // rows})"
            return
        for child, y in self.taken_apart(form, x):
            yield from self.rows(child, y, rows)

    def flush(self, runs: str) -> None:
        """Write that what waits is appended."""
        if self.waiting:
            self.line(f"{runs} += {''.join(f'{run},' for run in self.waiting)}")
        self.waiting = []

    def tree(self, form: Form, x: str, runs: str) -> None:
        """Write that the numbers of x are collected."""
        if form is None:
            self.waiting.append(f"({x} if type({x}) is float else as_double({x}),)")
        elif form[0] == "array":
            shape = self.constant(form[1])
            self.check(
                f"type({x}) is not ndarray or {x}.shape != {shape} or ({x}.dtype is not double and {x}.dtype != double)"
            )
            self.waiting.append(x)
        elif nested := levels(form):
            self.waiting.append(f"{self.constant(_lists(nested))}({x})")
        elif form[0] is not dict and (form[1] or 0) > FEW:
            self.loop(form, x, runs)
        else:
            for child, y in self.taken_apart(form, x):
                self.tree(child, y, runs)

    def taken_apart(self, form: Form, x: str) -> list[tuple[Form, str]]:
        """Write that x is taken apart; return the forms and names of its children."""
        kind, n, forms = form
        self.check(f"type({x}) is not {self.constant(kind)}")
        children = forms if n is None or kind is dict else [forms] * n
        if kind is dict:
            self.check(f"tuple({x}) != {self.constant(n)}")
        else:
            self.check(f"len({x}) != {len(children)}")
        names = self.unpacked(f"{x}.values()" if kind is dict else x, len(children))
        return list(zip(children, names, strict=True))

    def loop(self, form: Form, x: str, runs: str) -> None:
        """Write that the numbers of the children of x, which have one form, are collected."""
        kind, n, child = form
        self.check(f"type({x}) is not {self.constant(kind)} or len({x}) != {n}")
        self.flush(runs)
        y = self.fresh()
        with self.inside(f"for {y} in {x}:"):
            self.tree(child, y, runs)
            self.flush(runs)


def as_double(x: Any) -> float:
    """Return a number that is no float as one."""
    if type(x) is int:
        return float(x)
    if isinstance(x, Operand) or getattr(x, "dtype", None) != "d" or x.shape:
        raise Unlike
    return x.item()  # of NumPy: a scalar, or an array without an axis


def _lists(nested: Sequence[tuple[Any, int]]) -> Callable[[Any], Any]:
    """Return the function that checks lists of lists and returns their numbers."""
    (outer, length), *inner = nested

    def read(tree: Any) -> Any:
        if type(tree) is not outer or len(tree) != length:
            raise Unlike
        items: Any = tree
        for kind, n in inner:
            if set(map(type, items)) != {kind} or set(map(len, items)) != {n}:
                raise Unlike
            items = list(chain.from_iterable(items))
        if not PLAIN.issuperset(map(type, items)):
            raise Unlike
        return items

    return read
