"""The normal form of a program: sums of products with any number of terms, maxima of any number of operands, and rows.

Programs that differ in how they were written become equal here: a sum in any order and association is one equation, a
layer's products and its bias too, and so is the gradient of either. In a strict form every number keeps the bits of the
program: only sums written from left to right are joined, and their terms stay in order; + 0.0 is left out of others
alone, for it makes 0.0 of -0.0. One thing may differ, the sign of a zero inside a derivative: an adjoint 0 sends on 0.0
in eager, and here its product, which may be -0.0. A gradient begins at 0.0 and does not show it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ... import ops
from ...primitive import RAISED, Row
from ..collector import collector_paused
from ..equations import Equation, Program
from .form import Form, Term
from .join import joined

PRODUCTS = frozenset((ops.mul, ops.chain, ops.gate))
ADJOINTS = frozenset((ops.chain, ops.gate))
CONDITIONS = frozenset((ops.select, ops.nonzero))
SAME = frozenset((ops.identity, ops.stop_gradient))
EXTREMES: dict[Row, str] = {ops.maximum: "max", ops.minimum: "min", ops.max_row: "max", ops.min_row: "min"}


@collector_paused()
def normal(program: Program, spaces: Sequence[str], strict: bool = False) -> Form:
    """Return the normal form; `spaces` says of each input whether it is a "param" or "data"."""
    raw, checked = _elementary(program, spaces, strict)
    return joined(raw, checked, strict)


def _elementary(program: Program, spaces: Sequence[str], strict: bool) -> tuple[Form, list[int]]:
    """Return the program with every sum and product as a node of its own, equal ones once, and what is to be checked.

    That is what may raise, also where nothing uses it; a sum only there, for a group looks at its squares itself.
    """
    form, counts = Form(strict), {"param": 0, "data": 0}
    atoms: list[int] = []
    for space in spaces:
        atoms.append(form.node(space, (counts[space],)))
        counts[space] += 1
    checked: list[int] = []
    sums: list[int] = []
    for equation in program.equations:
        args = [atoms[atom] if isinstance(atom, int) else form.const(atom) for atom in equation.args]
        node = _plain(form, equation.row, args)
        atoms.append(_opened(form, equation, args, strict) if node is None else node)
        if equation.row.raises:
            (sums if form.ops[atoms[-1]] == "sum" else checked).append(atoms[-1])
    form.outputs = [atoms[atom] if isinstance(atom, int) else form.const(atom) for atom in program.outputs]
    checked += [_finite(form, atoms[atom]) for atom in _unsure(program)]
    return form, [*checked, *_unused(form, sums, checked)]


def _unused(form: Form, nodes: list[int], checked: list[int]) -> list[int]:
    """Return those that neither outputs nor what is checked need."""
    if not nodes:
        return []
    needed = {*form.outputs, *checked}
    for k in range(len(form) - 1, -1, -1):
        if k in needed:
            needed.update(form.operands(k))
    return [k for k in nodes if k not in needed]


def _unsure(program: Program) -> list[int]:
    """Return what conditions read that may be nan where eager has a number.

    An adjoint 0 sends 0 on, also through a derivative that is infinite; in normal form that is a product. A nan among
    the results is noticed, but a condition makes a number of it.
    """
    if not any(equation.row in CONDITIONS for equation in program.equations):
        return []
    found: list[int] = []
    adjoints: set[int] = set()
    for k, equation in enumerate(program.equations, len(program.inputs)):
        read = [atom for atom in equation.args if isinstance(atom, int)]
        if equation.row in ADJOINTS or not adjoints.isdisjoint(read):
            adjoints.add(k)
        if equation.row in CONDITIONS and read[:1] == [equation.args[0]] and read[0] in adjoints:
            found.append(read[0])
    return found


def _finite(form: Form, k: int) -> int:
    """Return a node that raises unless node k is finite."""
    return form.node(ops.div, (k, form.const(1.0)))


def _plain(form: Form, row: Row, args: list[int]) -> int | None:
    """Return the node of a product or a sum of two that nothing simplifies: most are, and need no closer look."""
    if (row in PRODUCTS or row is ops.add) and form.odd.isdisjoint(args):
        a, b = args
        if row is ops.add:
            return form.node("sum", ((1, a, None), (1, b, None)))
        return form.node("sum", ((1, a, b) if a <= b else (1, b, a),))
    return None


def _opened(form: Form, equation: Equation, args: list[int], strict: bool) -> int:
    """Return the node of one equation; rows of many arguments become their definitions."""
    row = equation.row
    if row in SAME:
        return args[0]
    if form.odd.issuperset(args) and (number := _folded(form, row, args)) is not None:
        return form.const(number)
    if row in EXTREMES and not strict:  # which of 0.0 and -0.0 is the larger, each row has its own rule
        return form.node(EXTREMES[row], tuple(args)) if len(args) > 1 else args[0]
    terms = _terms(row, args)
    if terms is not None:
        return _sum(form, terms)
    if isinstance(row, ops.NeuronRow):
        b, w, x = row.split(args)
        total = _sum(form, [*((1, k, None) for k in b), *((1, *_pair(p, q)) for p, q in zip(w, x, strict=True))])
        return form.node(row.activation.ieee if row.guarded else row.activation, (total,)) if row.activation else total
    if row is ops.mean_row:
        total = _sum(form, [(1, k, None) for k in args])
        return form.node(ops.div, (total, form.const(float(len(args)))))
    if row.plain is not None and (known := form.known(row.plain, tuple(args))) is not None:
        return known  # where that raises, all of the call is done again
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
        return _log_of_sum(form, args)
    if row is ops.take_row:
        return _taken(form, args[0], args[1:])
    if isinstance(row, ops.CrossEntropyRow):
        return _log_of_sum(form, args, args[row.k])
    return form.node(row, tuple(args))


def _taken(form: Form, index: int, rows: list[int]) -> int:
    """Return the sum of the rows times 1 or 0; added is log(sum of these) = log(1) = 0, which fails where all are 0."""
    mine = [form.node(ops.equal, (index, form.const(float(i)))) for i in range(len(rows))]
    check = form.node(ops.log, (_sum(form, [(1, k, None) for k in mine]),))
    return _sum(form, [*((1, *_pair(k, row)) for k, row in zip(mine, rows, strict=True)), (1, check, None)])


def _log_of_sum(form: Form, args: list[int], target: int | None = None) -> int:
    """Return top - target + log1p(sum of exp(arg - top) of all but one that is top): small losses keep their digits."""
    top = form.node("max", tuple(dict.fromkeys(args))) if len(set(args)) > 1 else args[0]
    ties = [form.node(ops.equal, (arg, top)) for arg in args]
    powers = [form.node(ops.exp_difference, (arg, top)) for arg in args]
    zero = form.const(0.0)
    others = [form.node(ops.select, (tie, zero, power)) for tie, power in zip(ties, powers, strict=True)]
    more = form.node(ops.sub, (_sum(form, [(1, tie, None) for tie in ties]), form.const(1.0)))
    logarithm = form.node(ops.log1p.ieee, (_sum(form, [(1, term, None) for term in (*others, more)]),))
    start = top if target is None else form.node(ops.sub, (top, target))
    return _sum(form, [(1, start, None), (1, logarithm, None)])


def _pair(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a <= b else (b, a)


def _sum(form: Form, terms: list[Term]) -> int:
    """Return the node of a sum; neutral numbers are left out, and a sum of one plain term is that term."""
    kept = [term for term in (_reduced(form, term) for term in terms) if not _neutral(form, term)]
    if not kept:
        return form.const(-0.0 if form.strict else 0.0)
    if len(kept) > 1 or kept[0][2] is not None:
        return form.node("sum", tuple(kept))
    return kept[0][1] if kept[0][0] == 1 else _negation(form, kept[0])


def _negation(form: Form, term: Term) -> int:
    k = form.node("sum", (term,))
    form.odd.add(k)
    return k


def _neutral(form: Form, term: Term) -> bool:
    """Say whether a term changes no sum: in a strict form that is -0.0."""
    sign, a, b = term
    number = form.number(a)
    return b is None and number == 0 and (not form.strict or math.copysign(sign, number) < 0)


def _reduced(form: Form, term: Term) -> Term:
    """Return a term without a factor 1 or -1, with the sign of a negated operand as its own."""
    sign, a, b = term
    if b is not None:
        for one, other in ((a, b), (b, a)):
            if form.number(one) in (1.0, -1.0):
                return _reduced(form, (sign * int(form.number(one) or 1), other, None))
    flip, a = _negated(form, a)
    if b is not None:
        more, b = _negated(form, b)
        return (sign * flip * more, *_pair(a, b))
    return (sign * flip, a, b)


def _negated(form: Form, k: int) -> tuple[int, int]:
    if form.ops[k] == "sum" and len(form.args[k]) == 1 and form.args[k][0][2] is None:
        return form.args[k][0][0], form.args[k][0][1]
    return 1, k
