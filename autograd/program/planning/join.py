"""Sums that only one sum reads become part of it, and extremes too: what is left has any number of terms.

A product may be read several times by the sum that it becomes part of. A longer sum may not: joined again and again,
s + s would double its terms each time. In a strict form only what stands leftmost is joined, and single products, for
there the order of additions stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...primitive import Row
from .form import LEAVES, Form, Term

EXTREMES = ("max", "min")
INPUTS = ("param", "data")


def joined(raw: Form, checked: Sequence[int], strict: bool) -> Form:
    """Return the form without what neither outputs nor the `checked` nodes need, with its sums and extremes joined."""
    readers = Readers(raw, checked, strict)
    joiner = Joiner(raw, readers)
    for k, op in enumerate(raw.ops):
        if readers.counts[k] or op in INPUTS:
            joiner.add(k, op)
    joiner.form.outputs = [joiner.new[k] for k in raw.outputs]
    return joiner.form


class Readers:
    """Say of every node how many needed nodes and outputs read it, and which node it becomes part of, or itself."""

    def __init__(self, raw: Form, checked: Sequence[int], strict: bool):
        self.raw, self.strict = raw, strict
        self.counts, self.host = [0] * len(raw), list(range(len(raw)))
        self.inside = [0] * len(raw)  # how many readers go into the host
        for k in (*raw.outputs, *checked):
            self.counts[k] += 1
        for k in reversed(range(len(raw))):
            if self.counts[k]:
                self._visit(k, raw.ops[k], raw.args[k])

    def _visit(self, k: int, op: str | Row, args: tuple) -> None:
        """Settle the host of node k, all of whose readers have been visited, and count what it reads."""
        if self.inside[k] != self.counts[k] or (self.counts[k] > 1 and not _product(self.raw, k)):
            self.host[k] = k
        if op == "sum":
            self._visit_terms(k, args)
        elif op not in LEAVES:
            for a in args:
                self.counts[a] += 1
                if op in EXTREMES and self.raw.ops[a] == op:
                    self._offer(a, k)

    def _visit_terms(self, k: int, terms: tuple[Term, ...]) -> None:
        leading = True
        for sign, a, b in terms:
            self.counts[a] += 1
            if b is not None:
                self.counts[b] += 1
            elif self.raw.ops[a] == "sum" and (not self.strict or (leading and sign == 1) or _product(self.raw, a)):
                self._offer(a, k)
            leading = False

    def _offer(self, a: int, k: int) -> None:
        """Let node a become part of what node k is part of, unless another of its readers is part of something else."""
        if not self.inside[a]:
            self.host[a] = self.host[k]
        self.inside[a] += self.host[a] == self.host[k]


def _product(raw: Form, k: int) -> bool:
    return raw.ops[k] == "sum" and len(raw.args[k]) == 1


class Joiner:
    """Write a form anew; `parts` are the operands of nodes that wait for their hosts."""

    def __init__(self, raw: Form, readers: Readers):
        self.raw, self.counts, self.host = raw, readers.counts, readers.host
        self.form, self.new = Form(raw.strict), [-1] * len(raw)
        self.form.consts = raw.consts
        self.parts: dict[int, list] = {}

    def add(self, k: int, op: str | Row) -> None:
        """Add a node, or let it wait for its host; the operands of both are here already."""
        if op != "sum" and op not in EXTREMES:
            self.new[k] = self.form.node(op, self.raw.arguments(k, self.new))
            return
        args = self._terms(k) if op == "sum" else self._operands(k)
        if self.host[k] != k:
            self.parts[k] = args
        else:
            self.new[k] = self.form.node(op, tuple(args))

    def _terms(self, k: int) -> list[Term]:
        """Return the terms of a sum and of what waited for it; the longest list grows on, which is linear.

        In a strict form that is the first, for all others have one term.
        """
        lists = [self._part(*term) for term in self.raw.args[k]]
        grown = max(lists, key=len)
        for part in lists:
            if part is not grown:
                grown.extend(part)
        return grown

    def _part(self, sign: int, a: int, b: int | None) -> list[Term]:
        """Return what one term becomes, in a list that is free to grow."""
        if b is not None:
            return [(sign, self.new[a], self.new[b])]
        if self.host[a] == a:
            return [(sign, self.new[a], None)]
        if sign == 1 and self.counts[a] == 1:
            return self.parts.pop(a)
        return [(sign * s, p, q) for s, p, q in self.parts[a]]

    def _operands(self, k: int) -> list[int]:
        """Return the operands of an extreme and of what waited for it, each once."""
        lists = [self.parts.pop(a) if self.host[a] != a else [self.new[a]] for a in self.raw.args[k]]
        grown = max(lists, key=len)
        for part in lists:
            if part is not grown:
                grown.extend(part)
        return grown if self.host[k] != k else list(dict.fromkeys(grown))
