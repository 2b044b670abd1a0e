"""Write a plan in the DOT language, a box for each group, level by level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import graphviz

from autograd.program.planning.plan import Group, Plan

from . import labels
from .legend import write_samples
from .palette import GROUPS, PALETTE, Style
from .streams import LEAVES, OUTPUT, End
from .wording import lines, size, title

LINE = 90  # characters
LINES = 12  # of one group
LEAF: dict[End, Style] = {"param": PALETTE["parameter"], "data": PALETTE["input"], OUTPUT: PALETTE["output"]}
WHERE = {"lane": "for every row", "once": "once for all rows", "sum": "added up over the rows"}
NOTATION = (
    r"i, k, l, m count the equations of a group,\l"
    r"j the terms; a table is where no pattern is.\l"
    r"On an edge: how many numbers flow.\l"
)
SEED = r"The seed is 1 in every row: what outputs are multiplied by.\l"


class GroupWriter:
    """Write `plan` into `dot`: g0, g1, ... are its groups; `flowing` says how many numbers go where.

    The last column of the data of a `seeded` plan is 1 in every row.
    """

    def __init__(self, dot: graphviz.Digraph, plan: Plan, flowing: Mapping[tuple[End, End], int], seeded: bool):
        self.dot, self.plan, self.flowing, self.seeded = dot, plan, flowing, seeded

    def write(self) -> None:
        """Write leaves, levels and outputs, then the edges."""
        ends = {end for edge in self.flowing for end in edge}
        for end in (*LEAVES, OUTPUT):
            if end in ends:
                self.dot.node(_name(end), labels.record(_leaf_text(end, self.plan, self.seeded)), **LEAF[end])
        for (phase, level), groups in by_level(self.plan).items():
            with self.dot.subgraph(name=f"level_{phase}_{level}", graph_attr={"rank": "same"}) as box:
                for k in groups:
                    self._write(box, k, self.plan.groups[k])
        for (source, target), count in self.flowing.items():
            self.dot.edge(_name(source), _name(target), f"{count:,}")

    def _write(self, box: graphviz.Digraph, k: int, group: Group) -> None:
        said = [labels.shorten(line, LINE) for line in description(group, self.plan)]
        cut = said if len(said) <= LINES else [*said[: LINES - 1], f"… {len(said) - LINES + 1} more"]
        text = "".join(graphviz.escape(labels.readable(line)).replace("&", "&amp;") + r"\l" for line in cut)
        box.node(f"g{k}", text, tooltip=labels.tooltip(" ".join(said)), **GROUPS[kind(group)])


def kind(group: Group) -> str:
    """Return how often a group runs: "lane" for every row, "sum" the same and added up, "once" otherwise."""
    return group.space if group.phase == "lanes" else "once"


def by_level(plan: Plan) -> dict[tuple[str, int], list[int]]:
    """Return the numbers of the groups that may run side by side: those of one phase and level."""
    levels: dict[tuple[str, int], list[int]] = defaultdict(list)
    for k, group in enumerate(plan.groups):
        levels[group.phase, group.level].append(k)
    return levels


def description(group: Group, plan: Plan) -> Iterator[str]:
    """Go over the lines that describe a group."""
    yield title(group)
    yield size(group)
    yield from lines(group, plan)


def text_of(plan: Plan, seeded: bool) -> str:
    """Return the plan as text: what it is in all, then every group under its level."""
    equations = _counted(sum(group.members for group in plan.groups), "equation")
    parts = [f"{equations} in {_counted(len(plan.groups), 'group')}; {_leaves_text(plan, seeded)}"]
    for (phase, level), groups in by_level(plan).items():
        parts.append(f"{PHASES[phase]}, level {level}")
        for first, *rest in (description(plan.groups[k], plan) for k in groups):
            parts += [f"  {first}", *(f"      {line}" for line in rest)]
    return "\n".join(parts)


PHASES = {"once": "before the rows", "lanes": "for every row", "after": "after the rows"}


def write_group_legend(dot: graphviz.Digraph, plan: Plan, seeded: bool) -> None:
    """Say what the boxes and the letters mean."""
    kinds = {kind(group) for group in plan.groups}
    write_samples(dot, {k: (WHERE[k], style) for k, style in GROUPS.items() if k in kinds}, NOTATION + SEED * seeded)


def _leaves_text(plan: Plan, seeded: bool) -> str:
    return ", ".join(_leaf_text(end, plan, seeded) for end in (*LEAVES, OUTPUT))


def _leaf_text(end: End, plan: Plan, seeded: bool) -> str:
    data = f"{_counted(plan.data - seeded, 'column')} of data{' and the seed' * seeded}"
    texts = {"param": _counted(plan.params, "parameter"), "data": data}
    return texts.get(str(end), _counted(len(plan.outputs), "output"))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _name(end: End) -> str:
    return f"g{end}" if isinstance(end, int) else f"leaf_{end}"
