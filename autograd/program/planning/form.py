"""A program in normal form: nodes of sums, extremes and rows, equal ones once."""

from __future__ import annotations

from collections.abc import Sequence

from ...lazy import lazy
from ...primitive import Row

# A term of a sum: (sign, left, right), right None where it is no product. Numbers are nodes.
Term = tuple[int, int, "int | None"]
Post = tuple[Row, int, tuple[int, ...]]

SUMS = frozenset(("sum", "total"))
LEAVES = frozenset(("param", "data", "const"))


class Form:
    """Nodes in topological order: `ops[k]` is "param", "data", "const", "sum", "total", "max", "min" or a row.

    A total is a sum over all lanes (totals.py makes them). `args[k]` are the operands of node k: terms for a sum, nodes
    otherwise, and the place of a leaf in its space. `posts[k]` are rows applied to the result: (row, its place
    among the operands, the other operands). In a `strict` form every number keeps its bits.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.ops: list[str | Row] = []
        self.args: list[tuple] = []
        self.posts: list[tuple[Post, ...]] = []
        self.consts: list[float] = []
        self.outputs: list[int] = []
        self.odd: set[int] = set()  # constants and negations: sums and products of them may be simplified
        self._seen: dict[object, int] = {}
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.ops)

    def __str__(self) -> str:
        return "\n".join(f"n{k} = {self._equation(k)}" for k, op in enumerate(self.ops) if op not in LEAVES)

    def node(self, op: str | Row, args: tuple) -> int:
        """Return the node of `op` on `args`: the one there is, or a new one."""
        key = (op, args)
        k = self._seen.get(key)
        if k is None:
            k = self._seen[key] = self.append(op, args)
        return k

    def known(self, op: str | Row, args: tuple) -> int | None:
        """Return the node of `op` on `args` if there is one."""
        return self._seen.get((op, args))

    def append(self, op: str | Row, args: tuple, posts: tuple[Post, ...] = ()) -> int:
        """Return a new node, of which nobody asks whether there is an equal one."""
        self.ops.append(op)
        self.args.append(args)
        self.posts.append(posts)
        return len(self.ops) - 1

    def const(self, number: float) -> int:
        """Return the node of a constant; 0.0 and -0.0 are two."""
        name = number.hex()
        if name not in self._numbers:
            self._numbers[name] = len(self.consts)
            self.consts.append(number)
        k = self.node("const", (self._numbers[name],))
        self.odd.add(k)
        return k

    def number(self, k: int) -> float | None:
        """Return the number of a constant node, None for any other."""
        return self.consts[self.args[k][0]] if self.ops[k] == "const" else None

    def operands(self, k: int) -> list[int]:
        """Return the nodes that node k reads."""
        op, args = self.ops[k], self.args[k]
        if op in LEAVES:
            return []
        read = [v for _, a, b in args for v in (a, b) if v is not None] if op in SUMS else list(args)
        for _, _, others in self.posts[k]:
            read.extend(others)
        return read

    @lazy
    def reads(self) -> list[list[int]]:
        """What every node reads; ask when the form is whole."""
        return [self.operands(k) for k in range(len(self))]

    def _equation(self, k: int) -> str:
        op, args = self.ops[k], self.args[k]
        if op not in SUMS:
            return " ".join([op.name if isinstance(op, Row) else op, *map(self._shown, args)])
        terms = [f"{'+' if sign == 1 else '-'} {self._product(a, b)}" for sign, a, b in args]
        return " ".join(["total", *terms] if op == "total" else terms)

    def _product(self, a: int, b: int | None) -> str:
        return self._shown(a) if b is None else f"{self._shown(a)} * {self._shown(b)}"

    def _shown(self, k: int) -> str:
        if self.ops[k] == "const":
            return repr(self.number(k))
        return f"{self.ops[k]}[{self.args[k][0]}]" if self.ops[k] in LEAVES else f"n{k}"

    def copy(self, k: int, source: Form, new: Sequence[int]) -> int:
        """Return a new node like node k of another form, whose nodes are here as `new` says."""
        posts = tuple((row, place, tuple(new[v] for v in others)) for row, place, others in source.posts[k])
        return self.append(source.ops[k], source.arguments(k, new), posts)

    def arguments(self, k: int, new: Sequence[int]) -> tuple:
        """Return the operands of node k in another numbering."""
        if self.ops[k] in SUMS:
            return tuple((sign, new[a], None if b is None else new[b]) for sign, a, b in self.args[k])
        return self.args[k] if self.ops[k] in LEAVES else tuple(new[a] for a in self.args[k])
