"""Run a plan with NumPy: every group is some array operations over its members and a block of lanes.

The numbers of a space are rows of an array, one column per lane; what all lanes share has one column. A group gathers
its operands by index tables. In a strict plan terms are added one after the other and functions are applied element by
element, so that every result has the bits of Python's floats; in a fast plan sums of products are those of products.py
and functions are NumPy's. For where there is no compiler, and to compare others with.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from ...primitive import Row
from ..formulas.machine import COMPARE, LIBRARY, outcome
from ..formulas.translation import Constant, computed
from ..planning.plan import WIDE, Access, Group, Irregular, Plan
from .products import FastSum, indices

Array = Any
# How many numbers a block of lanes may have: so many stay in the processor's cache.
BLOCK = 2**19


def build(plan: Plan, *, rows: int, dtype: str = "float64", threads: int = 1) -> Arrays:
    """Return what runs `plan` on any number of rows; NumPy decides on threads itself. Raises ImportError without NumPy.

    >>> from autograd.program.planning.plan import Segment
    >>> product = Segment(1, Access("param", 0, (0,)), Access("data", 0, (0,)))
    >>> plan = Plan(1, 2, (), 0, 0, 1, (Group("sum", (1,), (product,), "sum", 0),), (("sum", 0),))
    >>> sums, lanes = build(plan, rows=2)([3.0], [([1.0, 2.0], 1)], 2)
    >>> sums.tolist()
    [9.0]
    """
    return Arrays(plan, _numpy(), dtype)


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise ImportError("the NumPy engine needs NumPy: pip install numpy, or choose another engine") from None
    return numpy


class NumpyMachine:
    """Compute on arrays over members and lanes, or on a float that is the same in all of them."""

    add, sub, mul = staticmethod(operator.add), staticmethod(operator.sub), staticmethod(operator.mul)
    neg, absolute = staticmethod(operator.neg), staticmethod(abs)
    both, either = staticmethod(operator.and_), staticmethod(operator.or_)

    def __init__(self, numpy: Any, strict: bool, dtype: str = "float64"):
        self.numpy, self.strict, self.kind = numpy, strict, numpy.dtype(dtype).type
        self.div, self.root, self.rint = numpy.true_divide, numpy.sqrt, numpy.rint
        self.copysign, self.select, self.invert = numpy.copysign, numpy.where, numpy.logical_not
        names = {name: _NAMES.get(name, name) for name in LIBRARY}
        self.numpy_functions = {} if strict else {a: getattr(numpy, b) for a, b in names.items() if hasattr(numpy, b)}
        self.quick, self.most = frozenset(self.numpy_functions), math.inf

    def constant(self, x: float) -> Array:
        """Return a number that is the same everywhere."""
        return self.kind(x)

    def fma(self, a: Array, b: Array, c: Array) -> Array:
        """Return a * b + c."""
        return a * b + c

    def scale(self, a: Array, k: Array) -> Array:
        """Return a * 2**k."""
        return self.numpy.ldexp(a, _whole(self.numpy, k))

    def power2(self, k: Array) -> Array:
        """Return 2**k."""
        return self.numpy.ldexp(self.kind(1.0), _whole(self.numpy, k))

    def exponent(self, a: Array) -> Array:
        """Return the whole k with a = mantissa * 2**k."""
        return self.numpy.frexp(a)[1].astype(self.kind) - self.kind(1.0)

    def mantissa(self, a: Array) -> Array:
        """Return a / 2**exponent, in [1, 2)."""
        return self.numpy.frexp(a)[0] * self.kind(2.0)

    def compare(self, sign: str, a: Array, b: Array) -> Array:
        """Return a < b, or as `sign` says."""
        return COMPARE[sign](a, b)

    def call(self, name: str, *args: Array) -> Array:
        """Return a function of the C library: NumPy's own, or in strict mode Python's, element by element."""
        if name in self.numpy_functions:
            return self.numpy_functions[name](*args)
        return self.each(LIBRARY[name], args)

    def own(self, row: Row, operands: Sequence[Array]) -> Array:
        """Return the Python formula of `row`, element by element; nan where it raises."""
        return self.each(lambda *args: outcome(row, args), operands)

    def each(self, function: Callable[..., float], args: Sequence[Array]) -> Array:
        """Return a function of floats, element by element."""
        arrays = self.numpy.broadcast_arrays(*args)
        values = map(function, *(array.ravel().tolist() for array in arrays))
        return self.numpy.fromiter(values, self.kind, arrays[0].size).reshape(arrays[0].shape)


# NumPy's names for functions of the C library.
_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
          "acosh": "arccosh", "atanh": "arctanh", "pow": "power"}  # fmt: skip


def _whole(numpy: Any, k: Array) -> Array:
    return numpy.nan_to_num(k).astype("int32")


class Arrays:
    """Be a plan made ready to run."""

    def __init__(self, plan: Plan, numpy: Any, dtype: str):
        self.plan, self.numpy, self.dtype = plan, numpy, dtype
        self.machine = NumpyMachine(numpy, plan.strict, dtype)
        steps = [Step(group, plan, self.machine) for group in plan.groups]
        self.before, self.lanes, self.after = (
            [step for step in steps if step.group.phase == phase] for phase in ("once", "lanes", "after")
        )
        self.block = max(1, BLOCK // (plan.lanes + plan.data + 1))
        self.per_lane = [place for place in plan.outputs if place[0] in WIDE]
        self.shared = [place for place in plan.outputs if place[0] not in WIDE]
        self.gather = [
            (space, [k for k, place in enumerate(self.shared) if place[0] == space],
             numpy.array([at for name, at in self.shared if name == space], int))
            for space in ("param", "const", "once", "sum")
        ]  # fmt: skip

    def __call__(self, params: Any, data: Any, rows: int) -> tuple[Array, Array]:
        """Return the outputs that all rows share, and the others, rows x outputs.

        `data` are runs of numbers, rows x columns, each with its number of columns; the seed is not among them. Raises
        Irregular where a result is not finite.
        """
        with self.numpy.errstate(all="ignore"):
            spaces = self._spaces(params)
            given = [self.numpy.asarray(run, self.dtype).reshape(rows, count) for run, count in data]
            columns = self.numpy.concatenate([*given, self.numpy.empty((rows, 0), self.dtype)], axis=1).T
            kept = self.numpy.empty((len(self.per_lane), rows), self.dtype)
            self._run(self.before, spaces)
            for start in range(0, rows, self.block):
                stop = min(start + self.block, rows)
                self._block(spaces, columns[:, start:stop], kept[:, start:stop])
            self._run(self.after, spaces)
            sums = self.numpy.empty(len(self.shared), self.dtype)
            for space, places, at in self.gather:
                sums[places] = spaces[space][at, 0]
        for result in (sums, kept):
            check(self.numpy, result)
        return sums, kept.T

    def _spaces(self, params: Any) -> dict[str, Array]:
        given = self.numpy.asarray(params, self.dtype).reshape(-1, 1)
        consts = self.numpy.array(self.plan.consts, self.dtype).reshape(-1, 1)
        made = {name: self.numpy.zeros((size, 1), self.dtype)
                for name, size in (("once", self.plan.once), ("sum", self.plan.sums))}  # fmt: skip
        return {"param": given, "const": consts, **made}

    def _block(self, spaces: dict[str, Array], columns: Array, kept: Array) -> None:
        """Run a block of lanes; the last column is the seed."""
        lanes = columns.shape[1]
        spaces["data"] = self.numpy.concatenate([columns, self.numpy.ones((1, lanes), self.dtype)])
        spaces["lane"] = self.numpy.empty((self.plan.lanes, lanes), self.dtype)
        self._run(self.lanes, spaces)
        for k, (space, index) in enumerate(self.per_lane):
            kept[k] = spaces[space][index]

    def _run(self, steps: Sequence[Step], spaces: dict[str, Array]) -> None:
        for step in steps:
            step.store(step.result(spaces), spaces)


def check(numpy: Any, result: Array) -> None:
    """Raise Irregular where a result is not finite."""
    if not numpy.isfinite(result).all():
        raise Irregular


class Step:
    """Be one group with its index tables."""

    def __init__(self, group: Group, plan: Plan, machine: NumpyMachine):
        self.group, self.plan, self.machine, self.numpy = group, plan, machine, machine.numpy
        self.post = [(row, place, [self._operand(a) for a in others]) for row, place, others in group.post]
        self.compute = self._computed()

    def result(self, spaces: dict[str, Array]) -> Array:
        """Return the result, members x lanes; in a fast plan totals are added up already.

        Every row that may raise is checked, and every square: what follows may make its result finite again.
        """
        result = self._checked(self.group.op, self.compute(spaces), self.group.squares and not self.plan.strict)
        for row, place, others in self.post:
            operands = [other(spaces) for other in others]
            operands.insert(place, result)
            result = self._checked(row, computed(row, operands, self.machine, self.plan.strict))
        return result

    def _checked(self, row: str | Row, result: Array, square: bool = False) -> Array:
        if square or (isinstance(row, Row) and row.raises):
            check(self.numpy, result)
        return result

    def store(self, result: Array, spaces: dict[str, Array]) -> None:
        """Put the result into its slots, or add it to them over the lanes."""
        place = spaces[self.group.space][self.group.slot : self.group.slot + self.group.members]
        if not self.group.totals:
            place[:] = result
        elif self.plan.strict:
            terms = self.numpy.concatenate([place, result], axis=1)
            place[:] = self.numpy.add.accumulate(terms, axis=1)[:, -1:]
        else:
            place += result.sum(axis=1, keepdims=True)

    def _computed(self) -> Callable[[dict[str, Array]], Array]:
        group = self.group
        if group.op == "sum" and not self.plan.strict:
            return FastSum(self.numpy, group, group.totals and not group.post)
        terms = [term for segment in group.segments for term in self._terms(segment)]
        if group.op == "sum":
            return lambda spaces: _in_order(terms, spaces)
        operands = [left for _, left, _ in terms]
        if isinstance(group.op, Row):
            row = group.op
            return lambda spaces: computed(row, [at(spaces) for at in operands], self.machine, self.plan.strict)
        extreme = self.numpy.maximum if group.op == "max" else self.numpy.minimum
        return lambda spaces: _extreme(extreme, operands, spaces)

    def _terms(self, segment: Any) -> Iterator[tuple[int, Any, Any]]:
        for j in range(segment.count):
            right = None if segment.right is None else self._operand(segment.right, j, segment.count)
            yield segment.sign, self._operand(segment.left, j, segment.count), right

    def _operand(self, access: Access, j: int = 0, count: int = 1) -> Callable[[dict[str, Array]], Any]:
        """Return what gathers term j of every member; a constant of all members is known to formulas."""
        table = indices(self.numpy, access, self.group.dims, count)[:, j]
        if access.space == "const" and (table == table[0]).all():
            known = Constant(self.plan.consts[table[0]])
            return lambda spaces: known
        return partial(_gathered, access.space, _slice(table))


def _slice(table: Array) -> Any:
    """Return neighbouring rows as a slice: a view where a table would copy."""
    start = int(table[0])
    regular = (table[1:] - table[:-1] == 1).all()
    return slice(start, start + len(table)) if regular else table


def _gathered(space: str, table: Any, spaces: dict[str, Array]) -> Array:
    return spaces[space][table]


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Constant) else x


def _in_order(terms: Sequence[tuple[int, Any, Any]], spaces: dict[str, Array]) -> Array:
    """Return the sum of some terms, first to last; -0.0 is the start that changes no bit."""
    total: Array = -0.0
    for sign, left, right in terms:
        product = _value(left(spaces)) if right is None else _value(left(spaces)) * _value(right(spaces))
        total = total + product if sign == 1 else total - product
    return total


def _extreme(extreme: Any, operands: Sequence[Any], spaces: dict[str, Array]) -> Array:
    best = _value(operands[0](spaces))
    for operand in operands[1:]:
        best = extreme(best, _value(operand(spaces)))
    return best
