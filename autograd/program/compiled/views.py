"""A block of doubles as structures of arrays and numbers: NumPy makes all views of it at once.

The block is one record whose fields are the arrays: nine of them take 1.2 us, as slices that are given a shape 2.2.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from ..arguments import Form, levels


@lru_cache(maxsize=256)
def views(forms: tuple[Form, ...]) -> Callable[[Any], list[Any]]:
    """Return the function that makes structures of these forms out of a block of doubles, without copying it.

    >>> from array import array
    >>> import numpy
    >>> make = views((None, (dict, ("w", "b"), (("array", (2,)), (list, 1, None)))))
    >>> make(array("d", [0.0, 1.0, 2.0, 3.0]))
    [0.0, {'w': array([1., 2.]), 'b': [3.0]}]
    """
    numpy, text = sys.modules["numpy"], Text()
    made = "".join(f"{text.tree(form)}," for form in forms)
    source = "\n ".join(["def put_together(f):", *text.lines, f"return [{made}]"])
    exec(compile(source, "<views>", "exec"), text.names)
    put_together, record = text.names.pop("put_together"), numpy.dtype([("", "d", shape) for shape in text.shapes])
    if not record.itemsize:
        return lambda block: put_together(numpy.zeros((), record).item())
    return lambda block: put_together(numpy.frombuffer(block, record).item())


class Text:
    """Write Python that puts structures together from the fields of a record, whose shapes it finds.

    Names and whole numbers are all that comes into the text; keys of dicts and kinds are handed to it as objects.
    """

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}

    def tree(self, form: Form) -> str:
        """Write what makes a structure of this form of the next fields; return what it is called.

        >>> text = Text()
        >>> text.tree((tuple, None, (None, (list, 2, (list, 3, None)), ("array", (5,)))))
        'x0'
        >>> text.lines, text.shapes
        (['x0 = (f[0],f[1].tolist(),f[2],)'], [(), (2, 3), (5,)])
        """
        if form is None:
            return self._field(())
        if form[0] == "array":
            return self._field(form[1])
        nested = levels(form)
        if nested and all(kind is list for kind, _ in nested):
            return f"{self._field(tuple(n for _, n in nested))}.tolist()"
        made = self._dict(*form) if form[0] is dict else self._sequence(*form)
        self.lines.append(f"x{len(self.lines)} = {made}")
        return f"x{len(self.lines) - 1}"

    def _dict(self, _: Any, keys: Sequence[Any], forms: Sequence[Form]) -> str:
        items = (f"{self._name(key)}:{self.tree(form)}," for key, form in zip(keys, forms, strict=True))
        return f"{{{''.join(items)}}}"

    def _sequence(self, kind: Any, n: int | None, forms: Any) -> str:
        items = "".join(f"{self.tree(form)}," for form in (forms if n is None else [forms] * n))
        if hasattr(kind, "_fields"):
            return f"{self._name(kind)}({items})"
        return f"({items})" if issubclass(kind, tuple) else f"[{items}]"

    def _field(self, shape: tuple[int, ...]) -> str:
        self.shapes.append(shape)
        return f"f[{len(self.shapes) - 1}]"

    def _name(self, thing: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = thing
        return name
