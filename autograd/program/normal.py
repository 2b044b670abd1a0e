"""The normal form of a program: sums of products with any number of terms, maxima of any number of operands, and rows.

Programs that differ in how they were written become equal here: a sum in any order and association is one equation, a
layer's products and its bias too, and so is the gradient of either. In a strict form every number keeps the bits of the
program: only sums written from left to right are joined, and their terms stay in order. What may differ is the sign of
a zero: + 0.0 is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import ops
from ..primitive import RAISED, Row
from .equations import Atom, Equation, Program

# A term of a sum: (sign, left, right), right None where it is no product. Numbers are nodes.
Term = tuple[int, int, "int | None"]
Operation = "str | Row"


class Form:
    """Nodes in topological order: `ops[k]` is "param", "data", "const", "sum", "total", "max", "min" or a row.

    A total is a sum over all lanes (totals.py makes them). `args[k]` are the operands of node k: terms for a sum, nodes
    otherwise, and the place of a leaf in its space.
    """

    def __init__(self) -> None:
        self.ops: list[str | Row] = []
        self.args: list[tuple] = []
        self.consts: list[float] = []
        self.outputs: list[int] = []
        self._seen: dict[object, int] = {}
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.ops)

    def node(self, op: str | Row, args: tuple) -> int:
        """Return the node of `op` on `args`: the one there is, or a new one."""
        key = (op, args)
        k = self._seen.get(key)
        if k is None:
            k = self._seen[key] = len(self.ops)
            self.ops.append(op)
            self.args.append(args)
        return k

    def const(self, number: float) -> int:
        """Return the node of a constant; 0.0 and -0.0 are two."""
        name = number.hex()
        if name not in self._numbers:
            self._numbers[name] = len(self.consts)
            self.consts.append(number)
        return self.node("const", (self._numbers[name],))

    def number(self, k: int) -> float | None:
        """Return the number of a constant node, None for any other."""
        return self.consts[self.args[k][0]] if self.ops[k] == "const" else None

    def operands(self, k: int) -> list[int]:
        """Return the nodes that node k reads."""
        if self.ops[k] in SUMS:
            return [v for _, a, b in self.args[k] for v in (a, b) if v is not None]
        return [] if self.ops[k] in LEAVES else list(self.args[k])

    def arguments(self, k: int, new: Sequence[int]) -> tuple:
        """Return the operands of node k in another numbering."""
        if self.ops[k] in SUMS:
            return tuple((sign, new[a], None if b is None else new[b]) for sign, a, b in self.args[k])
        return self.args[k] if self.ops[k] in LEAVES else tuple(new[a] for a in self.args[k])


SUMS = frozenset(("sum", "total"))
LEAVES = frozenset(("param", "data", "const"))
PRODUCTS = frozenset((ops.mul, ops.chain, ops.gate))
SAME = frozenset((ops.identity, ops.stop_gradient))
EXTREMES: dict[Row, str] = {ops.maximum: "max", ops.minimum: "min", ops.max_row: "max", ops.min_row: "min"}


def normal(program: Program, spaces: Sequence[str], strict: bool = False) -> Form:
    """Return the normal form; `spaces` says of each input whether it is a "param" or "data"."""
    raw, checked = _elementary(program, spaces, strict)
    return _joined(raw, checked, strict)


def _elementary(program: Program, spaces: Sequence[str], strict: bool) -> tuple[Form, list[int]]:
    """Return the program with every sum and product as a node of its own, equal ones once, and the rows that raise."""
    form, counts = Form(), {"param": 0, "data": 0}
    atoms: list[int] = []
    for space in spaces:
        atoms.append(form.node(space, (counts[space],)))
        counts[space] += 1
    checked = []
    for equation in program.equations:
        args = [_node(form, atoms, atom) for atom in equation.args]
        atoms.append(_opened(form, equation, args, strict))
        if equation.row.raises and form.ops[atoms[-1]] != "sum":
            checked.append(atoms[-1])
    form.outputs = [_node(form, atoms, atom) for atom in program.outputs]
    return form, checked


def _node(form: Form, atoms: Sequence[int], atom: Atom) -> int:
    return atoms[atom] if isinstance(atom, int) else form.const(atom)


def _opened(form: Form, equation: Equation, args: list[int], strict: bool) -> int:
    """Return the node of one equation; rows of many arguments become their definitions."""
    row = equation.row
    if row in SAME:
        return args[0]
    if (number := _folded(form, row, args)) is not None:
        return form.const(number)
    if row in EXTREMES:
        return form.node(EXTREMES[row], tuple(args)) if len(args) > 1 else args[0]
    terms = _terms(row, args)
    if terms is not None:
        return _sum(form, terms)
    if isinstance(row, ops.NeuronRow):
        b, w, x = row.split(args)
        total = _sum(form, [*((1, k, None) for k in b), *((1, *_pair(p, q)) for p, q in zip(w, x, strict=True))])
        return form.node(_activation(row), (total,)) if row.activation else total
    if row is ops.mean_row:
        total = _sum(form, [(1, k, None) for k in args])
        return form.node(ops.div, (total, form.const(float(len(args)))))
    return _quick(form, row, args) if not strict else form.node(row, tuple(args))


def _folded(form: Form, row: Row, args: list[int]) -> float | None:
    """Return the result where all operands are constants; a row that raises is left to raise when the program runs."""
    numbers = [form.number(k) for k in args]
    if None in numbers:
        return None
    try:
        return row.formula(*numbers)
    except RAISED:
        return None


def _activation(row: ops.NeuronRow) -> Row:
    assert row.activation is not None
    return row.activation.ieee if row.guarded else row.activation


def _terms(row: Row, args: list[int]) -> list[Term] | None:
    """Return the terms of a row that is a sum or a product."""
    if row is ops.add:
        return [(1, args[0], None), (1, args[1], None)]
    if row in PRODUCTS:
        return [(1, *_pair(*args))]
    if row is ops.sub:
        return [(1, args[0], None), (-1, args[1], None)]
    if row is ops.neg:
        return [(-1, args[0], None)]
    if row is ops.sum_row:
        return [(1, k, None) for k in args]
    return None


def _quick(form: Form, row: Row, args: list[int]) -> int:
    """Return the node of a row in fast form: sums in any order, logarithms of sums by their definition."""
    if row is ops.power(2) or row is ops.power(2.0):
        return _sum(form, [(1, args[0], args[0])])
    if row is ops.fsum_row or row is ops.fsum_row.ieee:
        return _sum(form, [(1, k, None) for k in args])
    if row is ops.logsumexp_row:
        return _log_of_sum(form, args, [])
    if row.name.startswith("cross_entropy(") and row is ops.cross_entropy_row(k := int(row.name[14:-1])):
        return _log_of_sum(form, args, [(-1, args[k], None)])
    return form.node(row, tuple(args))


def _log_of_sum(form: Form, args: list[int], more: list[Term]) -> int:
    """Return top + log(sum of exp(arg - top)) + more."""
    top = form.node("max", tuple(args)) if len(args) > 1 else args[0]
    powers = [form.node(ops.exp_difference, (arg, top)) for arg in args]
    logarithm = form.node(ops.log.ieee, (_sum(form, [(1, power, None) for power in powers]),))
    return _sum(form, [(1, top, None), *more, (1, logarithm, None)])


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a <= b else (b, a)


def _sum(form: Form, terms: list[Term]) -> int:
    """Return the node of a sum; neutral numbers are left out, and a sum of one plain term is that term."""
    kept = [term for term in (_reduced(form, term) for term in terms) if not _zero(form, term)]
    if not kept:
        return form.const(0.0)
    if len(kept) == 1 and kept[0][0] == 1 and kept[0][2] is None:
        return kept[0][1]
    return form.node("sum", tuple(kept))


def _zero(form: Form, term: Term) -> bool:
    return term[2] is None and form.number(term[1]) == 0


def _reduced(form: Form, term: Term) -> Term:
    """Return a term without a factor 1 or -1, with the sign of a negated operand as its own."""
    sign, a, b = term
    if b is not None:
        for one, other in ((a, b), (b, a)):
            if form.number(one) in (1.0, -1.0):
                return _reduced(form, (sign * int(form.number(one) or 1), other, None))
    if b is None and form.ops[a] == "sum" and len(form.args[a]) == 1:
        s, a, b = form.args[a][0]
        return (sign * s, a, b)
    flip, a = _negated(form, a)
    if b is not None:
        more, b = _negated(form, b)
        return (sign * flip * more, *_pair(a, b))
    return (sign * flip, a, b)


def _negated(form: Form, k: int) -> tuple[int, int]:
    if form.ops[k] == "sum" and len(form.args[k]) == 1 and form.args[k][0][2] is None:
        return form.args[k][0][0], form.args[k][0][1]
    return 1, k


def _joined(raw: Form, checked: Sequence[int], strict: bool) -> Form:
    """Return the form without dead nodes, with sums that are used once joined to the sum that uses them."""
    uses = _uses(raw, checked)
    waits = _waiting(raw, uses, strict)
    form, new = Form(), [-1] * len(raw)
    parts: dict[int, list[Term]] = {}
    form.consts = raw.consts
    for k, op in enumerate(raw.ops):
        if not uses[k]:
            continue
        if op == "sum":
            terms = _gathered(raw.args[k], new, parts, waits, strict)
            if waits[k]:
                parts[k] = terms
            else:
                new[k] = _sum(form, terms)
        else:
            new[k] = _renumbered(form, raw, k, new)
    form.outputs = [new[k] for k in raw.outputs]
    return form


def _uses(raw: Form, checked: Sequence[int]) -> list[int]:
    """Return how many nodes and outputs read each node, from those that are needed at all."""
    uses = [0] * len(raw)
    for k in (*raw.outputs, *checked):
        uses[k] += 1
    for k in reversed(range(len(raw))):
        if uses[k]:
            for operand in raw.operands(k):
                uses[operand] += 1
    return uses


def _waiting(raw: Form, uses: Sequence[int], strict: bool) -> bytearray:
    """Mark the sums that will be joined to the one sum that reads them."""
    waits = bytearray(len(raw))
    for k, op in enumerate(raw.ops):
        if op == "sum" and uses[k]:
            for place, (sign, a, b) in enumerate(raw.args[k]):
                if b is None and raw.ops[a] == "sum" and uses[a] == 1:
                    waits[a] = not strict or len(raw.args[a]) == 1 or (place == 0 and sign == 1)
    return waits


def _gathered(
    terms: Sequence[Term], new: Sequence[int], parts: dict[int, list[Term]], waits: bytearray, strict: bool
) -> list[Term]:
    """Return the terms in the new numbering with those of joined sums; the longest list is kept, which is linear."""
    first = _longest(terms, parts, waits) if not strict else _leading(terms, waits)
    gathered = parts.pop(terms[first][1]) if first is not None else []
    for place, (sign, a, b) in enumerate(terms):
        if b is None and waits[a]:
            if place != first:
                gathered.extend((sign * s, p, q) for s, p, q in parts.pop(a))
        else:
            gathered.append((sign, new[a], None if b is None else new[b]))
    return gathered


def _leading(terms: Sequence[Term], waits: bytearray) -> int | None:
    sign, a, b = terms[0]
    return 0 if sign == 1 and b is None and waits[a] else None


def _longest(terms: Sequence[Term], parts: dict[int, list[Term]], waits: bytearray) -> int | None:
    lengths = [len(parts[a]) if b is None and sign == 1 and waits[a] else 0 for sign, a, b in terms]
    longest = max(lengths)
    return lengths.index(longest) if longest else None


def _renumbered(form: Form, raw: Form, k: int, new: Sequence[int]) -> int:
    """Return the node of a row, an extreme or a leaf; extremes of extremes become one, for they are exact."""
    op, args = raw.ops[k], raw.args[k]
    if op in LEAVES:
        return form.node(op, args)
    operands = [new[a] for a in args]
    if op in ("max", "min"):
        operands = [v for a in operands for v in (form.args[a] if form.ops[a] == op else (a,))]
        operands = list(dict.fromkeys(operands))
    return form.node(op, tuple(operands))
