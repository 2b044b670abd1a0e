"""Outputs that are added up over the lanes: the last sum of each takes the lanes in, and what is shared is taken out.

The derivative of a penalty is the same in every lane: the sum over the lanes of w * seed. In fast form it is
w * (sum over the lanes of seed): one product after the lanes in place of one in each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .form import LEAVES, Form, Term

SHARED = frozenset(("param", "const", "once"))


def totalled(form: Form, reduced: Sequence[bool], strict: bool) -> Form:
    """Return the form with the reduced outputs as totals; a sum that is only an output becomes one itself."""
    outputs = [_begun(form, k) if strict and total else k for k, total in zip(form.outputs, reduced, strict=True)]
    ends = {k for k, total in zip(outputs, reduced, strict=True) if total and form.ops[k] != "const"}
    needed = _needed(form, outputs)
    read = {v for k in needed for v in form.reads[k]}
    read |= {k for k, total in zip(outputs, reduced, strict=True) if not total}
    shared = [strict or space in SHARED for space in spaces(form)]
    out, new, totals = Form(strict), [-1] * len(form), {}
    out.consts = form.consts
    for k, op in enumerate(form.ops):
        if k not in needed:
            continue
        whole = op != "sum" or k in read or k not in ends
        if whole:
            new[k] = out.copy(k, form, new)
        if k in ends:
            totals[k] = _total(out, [(1, k, None)] if whole else form.args[k], new, shared)
    out.outputs = [totals.get(k, new[k]) if total else new[k] for k, total in zip(outputs, reduced, strict=True)]
    return out


def _begun(form: Form, k: int) -> int:
    """Return x for a node 0.0 + x, as gradients are: their total begins at 0.0, so that it has the same bits."""
    if form.ops[k] == "sum" and len(form.args[k]) == 2:
        (sign, a, b), (plus, x, y) = form.args[k]
        zero = form.number(a)
        if zero == 0 and b is y is None and plus == 1 and math.copysign(sign, zero) > 0:
            return x
    return k


def _needed(form: Form, outputs: Sequence[int]) -> set[int]:
    """Return all nodes but those of a former output that nothing reads."""
    read = {v for operands in form.reads for v in operands}
    return set(range(len(form))) - (set(form.outputs) - set(outputs) - read)


def _total(out: Form, terms: Sequence[Term], new: Sequence[int], shared: Sequence[bool]) -> int:
    """Return the total of some terms; of a product with a shared factor only the other factor is added up."""
    inside: list[Term] = []
    after: list[Term] = []
    for sign, a, b in terms:
        if b is None or shared[a] == shared[b]:
            inside.append((sign, new[a], None if b is None else new[b]))
        else:
            factor, lane = (a, b) if shared[a] else (b, a)
            after.append((sign, new[factor], out.node("total", ((1, new[lane], None),))))
    if not after:
        return out.node("total", tuple(inside))
    rest = [(1, out.node("total", tuple(inside)), None)] if inside else []
    return out.node("sum", (*rest, *after))


def spaces(form: Form) -> list[str]:
    """Return the space of every node; what only totals and shared numbers are read by is computed after the lanes."""
    found: list[str] = []
    for op, operands in zip(form.ops, form.reads, strict=True):
        read = {found[v] for v in operands}
        if op in LEAVES:
            found.append(str(op))
        elif op == "total" or "sum" in read:
            found.append("sum")
        else:
            found.append("once" if read <= SHARED else "lane")
    return found
