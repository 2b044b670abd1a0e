"""From the normal form to a plan: equations of one depth and one shape become one loop.

Equations at one depth cannot depend on each other. So those that look alike, whatever they were written for, are a
group: its members get neighbouring slots, and where they read is said by strides as far as that goes, else by tables.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...primitive import Row
from ..collector import collector_paused
from .access import Place, Placed, arranged, kind
from .form import LEAVES, SUMS, Form
from .fuse import fused
from .plan import Group, Plan
from .slots import Slots
from .totals import spaces, totalled

# Of two factors the one that varies more stands right, and terms are sorted by it.
ORDER = {"const": 0, "param": 1, "once": 2, "data": 3, "lane": 4, "sum": 5}
FOREVER = sys.maxsize
PHASES = (("once",), ("lane", "total"), ("sum",))


class Member(NamedTuple):
    """An equation that looks for its group: its node, its terms, and the operands of what is applied to its result."""

    node: int
    terms: list[Placed]
    others: list[Place]


@collector_paused()
def plan(form: Form, reduced: Sequence[bool], strict: bool = False) -> Plan:
    """Return the plan of a form; `reduced` says of each output whether it is added up over the lanes."""
    return Planner(fused(totalled(form, reduced, strict)), strict).plan()


class Planner:
    """Give every node of a form its place, level by level."""

    def __init__(self, form: Form, strict: bool):
        self.form, self.strict = form, strict
        self.spaces = spaces(form)
        self.levels = levels(form, self.spaces)
        self.until = last_levels(form, self.levels)
        self.places: dict[int, Place] = {}
        self.variation: dict[int, tuple[int, int, int]] = {}  # the space, the group that made a node, its place there
        for k, (op, args) in enumerate(zip(form.ops, form.args, strict=True)):
            if op in LEAVES:
                self._settle(k, Place(str(op), args[0]), -1)
        self.groups: list[Group] = []
        self.slots = {"once": Slots(), "lane": Slots(), "sum": Slots()}

    def plan(self) -> Plan:
        """Return the plan: what no lane changes, then the lanes, then what reads their totals."""
        for phase in PHASES:
            for level, nodes in self._by_level(phase):
                self.slots["lane"].release(level)  # the others' are kept: later blocks and phases read them
                for members in self._alike(nodes).values():
                    self._place(level, members)
        count = self.form.ops.count
        return Plan(
            count("param"), count("data"), tuple(self.form.consts),
            self.slots["once"].size, self.slots["lane"].size, self.slots["sum"].size,
            tuple(self.groups), tuple(self.places[k] for k in self.form.outputs), self.strict,
        )  # fmt: skip

    def _settle(self, k: int, place: Place, group: int) -> None:
        self.places[k], self.variation[k] = place, (ORDER[place.space], group, place.at)

    def _by_level(self, phase: tuple[str, ...]) -> Iterator[tuple[int, list[int]]]:
        by_level: dict[int, list[int]] = defaultdict(list)
        for k, op in enumerate(self.form.ops):
            if op not in LEAVES and ("total" if op == "total" else self.spaces[k]) in phase:
                by_level[self.levels[k]].append(k)
        yield from sorted(by_level.items())

    def _alike(self, nodes: Sequence[int]) -> dict[tuple, list[Member]]:
        """Return nodes by what must be equal in a group: the operations, and the kinds of their operands."""
        alike: dict[tuple, list[Member]] = defaultdict(list)
        for k in nodes:
            member = Member(k, self._terms(k), self._others(k))
            posts = [(row, place) for row, place, _ in self.form.posts[k]]
            key = (
                self.form.ops[k],
                self.spaces[k],
                *map(kind, member.terms),
                *posts,
                *(o.space for o in member.others),
            )
            alike[key].append(member)
        return alike

    def _others(self, k: int) -> list[Place]:
        return [self.places[v] for _, _, others in self.form.posts[k] for v in others]

    def _terms(self, k: int) -> list[Placed]:
        """Return the terms of a node in order of kind and place; of a row, and of a strict sum, as they are."""
        op, args = self.form.ops[k], self.form.args[k]
        if op not in SUMS:
            terms: list[Placed] = [(1, self.places[a], None) for a in args]
            return terms if isinstance(op, Row) else sorted(terms, key=_by_kind)
        terms = [(sign, *self._factors(a, b)) for sign, a, b in args]
        return terms if self.strict else sorted(terms, key=_by_kind)

    def _factors(self, a: int, b: int | None) -> tuple[Place, Place | None]:
        if b is None:
            return self.places[a], None
        if self.variation[a] > self.variation[b]:
            a, b = b, a
        return self.places[a], self.places[b]

    def _place(self, level: int, members: list[Member]) -> None:
        """Make a group; what its members share in every lane runs outside, so that neighbours share loads."""
        members.sort(key=_by_operands)
        first = members[0].node
        op, space = self.form.ops[first], self.spaces[first]
        dims, segments, others = arranged(
            [m.terms for m in members], [m.others for m in members], apart=isinstance(op, Row)
        )
        queue = iter(others)
        posts = tuple((row, place, tuple(next(queue) for _ in more)) for row, place, more in self.form.posts[first])
        slot = self.slots[space].take(len(members), max(self.until[m.node] for m in members))
        for i, member in enumerate(members):
            self._settle(member.node, Place(space, slot + i), len(self.groups))
        squares = op in SUMS and any(left == right for m in members for _, left, right in m.terms)
        self.groups.append(Group("sum" if op == "total" else op, dims, segments, space, slot, level, posts, squares))


def _by_kind(term: Placed) -> tuple:
    sign, left, right = term
    last = right or left
    return ORDER[left.space], ORDER[last.space], right is None, sign, last.at, left.at


def _by_operands(member: Member) -> tuple[list[int], list[int], list[Place]]:
    varying = [(right or left).at for _, left, right in member.terms]
    return varying, [left.at for _, left, _ in member.terms], member.others


def levels(form: Form, spaces: Sequence[str]) -> list[int]:
    """Return the depth of every node: 0 for a leaf, otherwise one more than the deepest operand of its phase."""
    found: list[int] = []
    for k, op in enumerate(form.ops):
        after = spaces[k] == "sum" and op != "total"
        deep = [0 if after and form.ops[v] == "total" else found[v] for v in form.reads[k]]
        found.append(1 + max(deep, default=-1))
    return found


def last_levels(form: Form, levels: Sequence[int]) -> list[int]:
    """Return the level of the last reader of every node; results are read for ever."""
    until = list(levels)
    for k, level in enumerate(levels):
        for v in form.reads[k]:
            until[v] = max(until[v], level)
    for k in form.outputs:
        until[k] = FOREVER
    return until
