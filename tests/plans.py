"""What the tests of programs and plans share: recording, forms as text, and what a plan computes in symbols."""

import math

from autograd import Value
from autograd.modes import tracing
from autograd.primitive import RAISED, Row
from autograd.program.graph import program
from autograd.program.planning.form import SUMS, Form
from autograd.program.planning.groups import plan
from autograd.program.planning.normal import normal
from autograd.program.python import python_source
from autograd.program.symbol import Symbol, traced
from autograd.pullback import pull_back
from autograd.structure import flatten

KINDS = {"p": "param", "d": "data"}


def recorded(f, params, data):
    """Return the program of value and gradient by the parameters, times a seed, and the spaces of its inputs."""
    symbols = [Symbol(f"x{k}") for k in range(params + data + 1)]
    outputs, made = traced(tracing(quick=False)(_value_and_slopes), f, symbols, params)
    return program(_values(outputs), symbols, made), ["param"] * params + ["data"] * (data + 1)


def recorded_loss(loss, args):
    """Return the program of a loss on nested numbers as `recorded` does; the first argument holds the parameters."""
    leaves, rebuild = flatten(args)
    params = len(flatten(args[0])[0])
    return recorded(lambda *xs: loss(*rebuild(list(xs))), params, len(leaves) - params)


def _value_and_slopes(f, symbols, params):
    out = f(*symbols[:-1])
    return [out * symbols[-1], *pull_back(out, symbols[-1], symbols[:params])]


def recorded_outputs(f, inputs):
    """Return the program of what `f` returns, one number or a list, on `inputs` symbols."""
    symbols = [Symbol(f"x{k}") for k in range(inputs)]
    outputs, made = traced(tracing(quick=False)(f), *symbols)
    return program(_values(outputs if isinstance(outputs, list) else [outputs]), symbols, made)


def _values(outputs):
    return [y if isinstance(y, Value) else Value(y, requires_grad=False) for y in outputs]


def form_of(f, kinds, strict=False):
    """Return the normal form of `f`; `kinds` has a letter for each input, p or d."""
    return normal(recorded_outputs(f, len(kinds)), [KINDS[kind] for kind in kinds], strict)


def plan_of(f, kinds, reduced, strict=False):
    """Return the plan of `f`; `reduced` says of each output whether it is added up over the lanes."""
    return plan(form_of(f, kinds, strict), reduced, strict)


def planned(f, params, data, strict):
    """Return the program and the plan of value and gradient."""
    recording, spaces = recorded(f, params, data)
    return recording, plan(normal(recording, spaces, strict), [True] * len(recording.outputs), strict)


def added(recording, params, rows):
    """Return the sums of the outputs over the rows, in order; None where a row raises or a sum is not finite."""
    run = python_source(recording).function()
    totals = [0.0] * len(recording.outputs)
    try:
        for row in rows:
            totals = [a + b for a, b in zip(totals, run(*params, *row), strict=True)]
    except RAISED:
        return None
    return totals if regular(totals) else None


def regular(numbers):
    return all(map(math.isfinite, numbers))


# -- forms as text -----------------------------------------------------------------------------------------------------


def written(form: Form, k=None) -> str:
    """Return a node, the first output if none is named, as text; terms of sums are sorted, so equal sums look equal.

    >>> written(form_of(lambda a, b, x: x - a * b, "ppd"))
    '(+d0 -p0*p1)'
    """
    k = form.outputs[0] if k is None else k
    op, args = form.ops[k], form.args[k]
    if op == "const":
        return repr(form.number(k))
    if op in KINDS.values():
        return f"{op[0]}{args[0]}"
    text = _sum(form, op, args) if op in SUMS else f"{_name(op)}({' '.join(written(form, a) for a in args)})"
    for row, place, others in form.posts[k]:
        operands = [written(form, v) for v in others]
        operands.insert(place, "_")
        text += f".{row.name}({' '.join(operands)})"
    return text


def _name(op):
    return op.name if isinstance(op, Row) else op


def _sum(form, op, terms):
    parts = sorted(
        ("+" if sign == 1 else "-") + "*".join(sorted(written(form, v) for v in (a, b) if v is not None))
        for sign, a, b in terms
    )
    return f"{'total' if op == 'total' else ''}({' '.join(parts)})"


# -- a plan in symbols -------------------------------------------------------------------------------------------------


def expressions(made, numbers):
    """Return what the outputs of a plan are as expressions of its leaves; `numbers` holds a number for each so far.

    Equal expressions have equal numbers, factors and the terms of fast sums in any order. Raises KeyError where an
    equation reads a slot that nothing has written.
    """
    held = {}

    def read(space, at):
        if space in ("param", "data", "const"):
            return numbers.setdefault((space, at), len(numbers))
        return held[space, at]

    for group in made.groups:
        results = [_expression(group, i, read, made.strict) for i in range(group.members)]
        for i, result in enumerate(results):
            held[group.space, group.slot + i] = numbers.setdefault(result, len(numbers))
    return [read(*place) for place in made.outputs]


def _expression(group, i, read, strict):
    def at(access, j, count):
        return read(access.space, access.index(i, j, group.dims, count))

    terms = [
        (s.sign, *sorted(at(a, j, s.count) for a in (s.left, s.right) if a))
        for s in group.segments
        for j in range(s.count)
    ]
    if group.op in ("max", "min") or (group.op == "sum" and not strict):
        terms.sort()
    posts = [(row, place, *(at(a, 0, 1) for a in others)) for row, place, others in group.post]
    return (group.op, group.space, *terms, *posts)


def places_read(group):
    """Return every place that the members of a group read, as (space, index)."""
    segments = [(a, s.count) for s in group.segments for a in (s.left, s.right) if a]
    others = [(a, 1) for _, _, more in group.post for a in more]
    return {
        (a.space, a.index(i, j, group.dims, count))
        for a, count in segments + others
        for i in range(group.members)
        for j in range(count)
    }
