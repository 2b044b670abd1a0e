"""Draw a program: its equations where they are few, otherwise its groups."""

from __future__ import annotations

from autograd.program import Compiled, Program
from autograd.program.compiled.specialised import Specialised
from autograd.program.planning.groups import plan
from autograd.program.planning.normal import normal
from autograd.program.planning.plan import Plan

from .drawing import Drawing, new_drawing
from .equations import EquationWriter, write_equation_legend
from .errors import PictureError
from .groups import GroupWriter, text_of, write_group_legend
from .limit import check_groups
from .streams import streams

Drawable = Program | Plan | Compiled

EQUATIONS = 60  # drawn one by one


def draw_program(root: Drawable, max_nodes: int, rankdir: str, legend: bool, format: str, engine: str) -> Drawing:
    """Return the picture of a program, a plan, or what a compiled function ran last.

    Raises PictureError for a compiled function that has not run, GraphTooLargeError above `max_nodes` groups.
    """
    run, shown = _shown(root)
    if isinstance(shown, Program):
        drawing = new_drawing(format, rankdir, engine, str(shown), len(shown))
        EquationWriter(drawing, shown, () if run is None else run.places).write()
        if legend:
            write_equation_legend(drawing, shown)
        return drawing
    flowing, seeded = streams(shown), run is not None
    check_groups(len(shown.groups), len(flowing), max_nodes)
    drawing = new_drawing(format, rankdir, engine, text_of(shown, seeded), len(shown.groups))
    GroupWriter(drawing, shown, flowing, seeded).write()
    if legend:
        write_group_legend(drawing, shown, seeded)
    return drawing


def _last_run(compiled: Compiled) -> Specialised:
    if compiled.last is None:
        raise PictureError("this compiled function has not run yet: call it once, then draw it")
    return compiled.last


def _shown(root: Drawable) -> tuple[Specialised | None, Program | Plan]:
    """Return the last run of a compiled function, None for others; and the equations if few, otherwise the plan."""
    if isinstance(root, Compiled):
        return _last_run(root), _shown_of_run(_last_run(root))
    return None, root if isinstance(root, Plan) or len(root) <= EQUATIONS else _planned(root)


def _shown_of_run(run: Specialised) -> Program | Plan:
    return run.program if run.length <= EQUATIONS else run.plan


def _planned(program: Program) -> Plan:
    """Return the plan of a program of which nobody says what varies: all of it may."""
    return plan(normal(program, ["data"] * len(program.inputs)), [False] * len(program.outputs))
