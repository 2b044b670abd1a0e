"""Rows that join what they follow: a result that only one row reads is worked on before it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from ... import ops
from ...primitive import Row
from .form import LEAVES, SUMS, Form, Post
from .totals import spaces

LONGEST = 8  # posts of one node: longer code is shared by fewer groups
WIDEST = 3  # operands of a row that joins
FIXED = LEAVES | {"total"}  # a product with a total is one number after the lanes, not one in each


def fused(form: Form) -> Form:
    """Return the form with rows, and products of two factors, joined to the operand that nobody else reads."""
    hosts = _hosts(form)
    joined = set(hosts) - {None}
    out, new = Form(form.strict), [-1] * len(form)
    waiting: dict[int, tuple[str | Row, tuple, tuple[Post, ...]]] = {}
    out.consts = form.consts
    for k, host in enumerate(hosts):
        if host is None:
            node = form.ops[k], form.arguments(k, new), form.posts[k]
        else:
            op, args, posts = waiting.pop(host)
            node = op, args, posts + _posts(form, k, host, new)
        if k in joined:
            waiting[k] = node
        else:
            new[k] = out.append(*node)
    out.outputs = [new[k] for k in form.outputs]
    return out


def _hosts(form: Form) -> list[int | None]:
    """Return for every node the operand that it joins, if any."""
    counts, where = _readers(form), spaces(form)
    length = [0] * len(form)
    hosts: list[int | None] = []
    for k in range(len(form)):
        free = [
            v
            for v in _joinable(form, k)
            if counts[v] == 1 and where[v] == where[k] and form.ops[v] not in FIXED and length[v] < LONGEST
        ]
        host = max(free, key=lambda v: len(form.args[v]), default=None)
        length[k] = 0 if host is None else length[host] + 1
        hosts.append(host)
    return hosts


def _readers(form: Form) -> Counter[int]:
    """Return how many nodes and outputs read each node; rows that only may raise count too."""
    return Counter(chain(form.outputs, *form.reads))


def _joinable(form: Form, k: int) -> Sequence[int]:
    """Return the operands that node k might join: those of a short row, of a product, of a change of sign."""
    op, args = form.ops[k], form.args[k]
    if op in SUMS:
        return [v for v in args[0][1:] if v is not None] if len(args) == 1 and op == "sum" else []
    return args if isinstance(op, Row) and len(args) <= WIDEST else []


def _posts(form: Form, k: int, host: int, new: Sequence[int]) -> tuple[Post, ...]:
    """Return node k as rows applied to the result of its host."""
    op, args = form.ops[k], form.args[k]
    if isinstance(op, Row):
        place = args.index(host)
        return ((op, place, tuple(new[v] for v in (*args[:place], *args[place + 1 :]))),)
    ((sign, a, b),) = args
    product: tuple[Post, ...] = () if b is None else ((ops.mul, 0, (new[b if a == host else a],)),)
    return product if sign == 1 else (*product, (ops.neg, 0, ()))
