"""Sums that only one sum reads become part of it, and extremes too: what is left has any number of terms.

A product may be read several times by the sum that it becomes part of. A longer sum may not: joined again and again,
s + s would double its terms each time. In a strict form only what stands leftmost is joined, and single products, for
there the order of additions stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .form import Form, Term

EXTREMES = ("max", "min")
INPUTS = ("param", "data")


def joined(raw: Form, checked: Sequence[int], strict: bool) -> Form:
    """Return the form without what neither outputs nor the `checked` nodes need, with its sums and extremes joined."""
    counts = uses(raw, checked)
    joiner = Joiner(raw, counts, hosts(raw, counts, strict), strict)
    for k, op in enumerate(raw.ops):
        if counts[k] or op in INPUTS:
            joiner.add(k, op)
    joiner.form.outputs = [joiner.new[k] for k in raw.outputs]
    return joiner.form


def uses(raw: Form, checked: Sequence[int]) -> list[int]:
    """Return how many nodes and outputs read each node, from those that are needed at all."""
    counts = [0] * len(raw)
    for k in (*raw.outputs, *checked):
        counts[k] += 1
    for k in reversed(range(len(raw))):
        if counts[k]:
            for v in raw.operands(k):
                counts[v] += 1
    return counts


def hosts(raw: Form, counts: Sequence[int], strict: bool) -> list[int]:
    """Return the node of which each node becomes part: itself, or the one into which all its readers go."""
    host, seen = list(range(len(raw))), [0] * len(raw)
    for k in reversed(range(len(raw))):
        if seen[k] != counts[k] or not (seen[k] == 1 or _product(raw, k)):
            host[k] = k
        for a in _joinable(raw, k, strict) if counts[k] else ():
            if not seen[a]:
                host[a] = host[k]
            seen[a] += host[a] == host[k]
    return host


def _joinable(raw: Form, k: int, strict: bool) -> Iterator[int]:
    """Go over the operands that may become part of node k, each as often as it stands there."""
    op = raw.ops[k]
    if op in EXTREMES:
        yield from (a for a in raw.args[k] if raw.ops[a] == op)
    elif op == "sum":
        for place, (sign, a, b) in enumerate(raw.args[k]):
            leading = place == 0 and sign == 1
            if b is None and raw.ops[a] == "sum" and (leading or not strict or _product(raw, a)):
                yield a


def _product(raw: Form, k: int) -> bool:
    return raw.ops[k] == "sum" and len(raw.args[k]) == 1


class Joiner:
    """Write a form anew; `parts` are the operands of nodes that wait for their hosts."""

    def __init__(self, raw: Form, counts: Sequence[int], host: Sequence[int], strict: bool):
        self.raw, self.counts, self.host, self.strict = raw, counts, host, strict
        self.form, self.new = Form(), [-1] * len(raw)
        self.form.consts = raw.consts
        self.parts: dict[int, list] = {}

    def add(self, k: int, op: object) -> None:
        """Add a node, or let it wait for its host; the operands of both are here already."""
        args = self._terms(k) if op == "sum" else self._operands(k) if op in EXTREMES else None
        if self.host[k] != k:
            self.parts[k] = args or []
        elif args is None:
            self.new[k] = self.form.copy(k, self.raw, self.new)
        else:
            self.new[k] = self.form.node(self.raw.ops[k], tuple(args if op == "sum" else dict.fromkeys(args)))

    def _terms(self, k: int) -> list[Term]:
        """Return the terms of a sum with those of sums that waited; the longest list grows on, which is linear."""
        terms, new, parts = self.raw.args[k], self.new, self.parts
        first = self._first(terms) if parts else None
        gathered = [] if first is None else parts.pop(terms[first][1])
        for place, (sign, a, b) in enumerate(terms):
            if b is not None or a not in parts:
                if place != first:
                    gathered.append((sign, new[a], None if b is None else new[b]))
            else:
                gathered.extend((sign * s, p, q) for s, p, q in parts[a])
        return gathered

    def _first(self, terms: Sequence[Term]) -> int | None:
        """Return the place of the sum whose terms come first: in a strict form that of the first, or none."""
        places = range(1 if self.strict else len(terms))
        waited = [place for place in places if self._alone(*terms[place])]
        return max(waited, key=lambda place: len(self.parts[terms[place][1]]), default=None)

    def _alone(self, sign: int, a: int, b: int | None) -> bool:
        return sign == 1 and b is None and a in self.parts and self.counts[a] == 1

    def _operands(self, k: int) -> list[int]:
        """Return the operands of an extreme with those of extremes that waited."""
        lists = [self.parts.pop(a) if a in self.parts else [self.new[a]] for a in self.raw.args[k]]
        longest = max(lists, key=len)
        longest.extend(v for part in lists if part is not longest for v in part)
        return longest
