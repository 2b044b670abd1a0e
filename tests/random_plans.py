"""Random plans, made by hand and not recorded: every kind of access, space, operation and size, from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import prod

from autograd import ops
from autograd.program.planning.plan import Access, Group, Plan, Segment

ROWS = (ops.tanh.ieee, ops.relu, ops.positive, ops.sigmoid, ops.maximum, ops.sub)
LATER = (ops.tanh.ieee, ops.neg, ops.mul, ops.add, ops.relu)


class Maker:
    """Make one plan."""

    def __init__(self, seed: int, strict: bool):
        self.rng, self.strict = random.Random(seed), strict
        self.params, self.data = self.rng.randint(1, 40), self.rng.randint(2, 12)
        self.consts = tuple(self.rng.uniform(-1, 1) for _ in range(self.rng.randint(1, 5)))
        self.sizes = {
            "param": self.params,
            "data": self.data,
            "const": len(self.consts),
            "once": 0,
            "lane": 0,
            "sum": 0,
        }
        self.groups: list[Group] = []

    def plan(self) -> Plan:
        """Return the plan."""
        for space, spaces in (
            ("once", ("param", "const", "once")),
            ("lane", ("param", "const", "once", "data", "lane")),
            ("sum", ("param", "const", "once", "data", "lane")),
            ("sum", ("param", "const", "once", "sum")),
        ):
            for level in range(self.rng.randint(1, 4)):
                if space == "sum" and spaces[-1] == "lane":
                    self.total(level)
                else:
                    self.group(space, level, spaces)
        outputs = [
            (space, k)
            for space in ("once", "sum", "lane", "data")
            for k in range(self.sizes[space] - (space == "data"))
        ]
        return Plan(
            self.params, self.data, self.consts, self.sizes["once"], self.sizes["lane"], self.sizes["sum"],
            tuple(self.groups), tuple(self.rng.sample(outputs, len(outputs))), self.strict,
        )  # fmt: skip

    def dims(self) -> tuple[int, ...]:
        """Return the sizes of the loops over members."""
        rng = self.rng
        dims = tuple(rng.choice((1, 2, 3, 4, 5, 7, 8, 9, 16, 17)) for _ in range(rng.choice((1, 1, 2, 3))))
        return dims if prod(dims) <= 100 else (dims[0],)

    def total(self, level: int) -> None:
        """Add a group of totals: something odd, so that its lanes without a row, whose seed is 0, add nothing."""
        rng, dims = self.rng, self.dims()
        spaces = [s for s in ("param", "const", "once", "data", "lane") if self.sizes[s]]
        seed = Access("data", self.data - 1, (0,) * len(dims))
        segments = []
        for _ in range(rng.randint(1, 2)):
            count = rng.choice((1, 1, 2, 5))
            segments.append(Segment(count, self.access(dims, count, spaces), seed, rng.choice((1, -1))))
        post = rng.choice(
            ((), (), ((ops.tanh.ieee, 0, ()), (ops.neg, 0, ())), ((ops.mul, 1, (self.access(dims, 1, spaces),)),))
        )
        self.add(Group("sum", dims, tuple(segments), "sum", self.sizes["sum"], level, post))
        lanes = self.sizes["lane"]
        self.add(
            Group(
                "sum",
                (lanes,),
                (Segment(1, Access("lane", 0, (1,)), Access("data", self.data - 1, (0,))),),
                "lane",
                lanes,
            )
        )
        inside = Access("lane", lanes + self.rng.randrange(lanes), (0,) * len(dims))
        self.add(
            Group("sum", dims, (Segment(1, self.access(dims, 1, spaces), inside),), "sum", self.sizes["sum"], level)
        )
        both = (Access("data", 0, (1, 0)), Access("lane", lanes, (0, 1)))
        self.add(Group("sum", (self.data, min(lanes, 19)), (Segment(1, *both),), "sum", self.sizes["sum"], level))

    def add(self, group: Group) -> None:
        """Add a group."""
        self.groups.append(group)
        self.sizes[group.space] += group.members

    def group(self, space: str, level: int, spaces: Sequence[str]) -> None:
        """Add a group that reads what there is."""
        rng, dims = self.rng, self.dims()
        usable = [s for s in spaces if self.sizes[s]]
        op = rng.choice(("sum", "sum", "sum", "max", "min", rng.choice(ROWS)))
        if isinstance(op, str):
            segments = [self.segment(dims, usable, op) for _ in range(rng.randint(1, 3))]
        else:
            segments = [Segment(1, self.access(dims, 1, usable)) for _ in range(op.arity)]
        post = tuple(self.later(dims, usable) for _ in range(rng.choice((0, 0, 1, 2))))
        self.add(Group(op, dims, tuple(segments), space, self.sizes[space], level, post))

    def segment(self, dims: tuple[int, ...], spaces: Sequence[str], op: str) -> Segment:
        """Return a run of products or plain terms."""
        rng = self.rng
        count = rng.choice((1, 1, 2, 3, 5, 16))
        left = self.access(dims, count, spaces)
        if op != "sum":
            return Segment(count, left)
        right = rng.choice((None, left, self.access(dims, count, spaces)))
        return Segment(count, left, right, rng.choice((1, 1, -1)))

    def later(self, dims: tuple[int, ...], spaces: Sequence[str]):
        """Return a row applied to the result."""
        row = self.rng.choice(LATER)
        others = tuple(self.access(dims, 1, spaces) for _ in range(row.arity - 1))
        return row, self.rng.randint(0, len(others)), others

    def access(self, dims: tuple[int, ...], count: int, spaces: Sequence[str]) -> Access:
        """Return an access of any kind that stays inside its space."""
        rng, space = self.rng, self.rng.choice(list(spaces))
        size, members = self.sizes[space], prod(dims)
        kind = rng.choice(("affine", "affine", "row", "full"))
        step = 0 if kind == "full" else rng.randint(0, max(0, (size - 1) // (2 * count)))
        room = size - step * (count - 1)
        strides = []
        for _ in dims if kind == "affine" else dims[: rng.choice((0, 0, 1, 2))]:
            strides.append(rng.choice((0, 1, rng.randint(0, 5))))
            if sum((d - 1) * s for d, s in zip(dims, strides, strict=False)) >= room:
                strides[-1] = 0
        room -= sum((d - 1) * s for d, s in zip(dims, strides, strict=False))
        if kind == "affine":
            return Access(space, rng.randrange(room), tuple(strides), step)
        entries = members // prod(dims[: len(strides)]) * (count if kind == "full" else 1)
        table = tuple(rng.randrange(room) for _ in range(entries))
        return Access(space, 0, tuple(strides), None if kind == "full" else step, table)


def random_plan(seed: int, strict: bool = False) -> Plan:
    """Return the plan of a seed."""
    return Maker(seed, strict).plan()
