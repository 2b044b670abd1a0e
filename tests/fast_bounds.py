"""How far a fast program may be from eager: n u times the sum of |terms| for a sum, carried through all that follows.

Every number of a program has an error e, in units of u = 2**-53, that bounds what either way to compute it may be off:

    a leaf, a constant      0
    a sum of n terms        sum of the terms' e + n * sum of |terms|, sums within sums opened: in any order
    a product x * y         |x| e(y) + |y| e(x) + 2 u e(x) e(y) + |x * y|
    max, min, |x|, relu     the largest e of an operand
    any other function      the change while operands move by 2 u e, + 16 (|f| + sum of |operand * slope|): 8 ulp of f

and 8 units of the smallest float wherever something is rounded. Two results may differ by 2 u e. Nothing is said of a
number that a jump, a pole, the end of a domain or an overflow is so near to that rounding decides on which side it is.
"""

from math import inf, isfinite
from typing import NamedTuple

from autograd import ops
from autograd.errors import AutogradError
from autograd.program.recording import record

UNIT = 2.0**-53
SMALLEST = 2.0**-1018  # eight times the smallest float, in units of u
NEAR = 1e-6  # an operand may be off by so much of itself, or of 1, where a function is not linear

PASSED = {ops.identity, ops.stop_gradient}
PRODUCTS = {ops.mul, ops.chain, ops.gate}
SUMS = {ops.sum_row, ops.fsum_row, ops.fsum_row.ieee}
EXTREMES = {ops.maximum, ops.minimum, ops.max_row, ops.min_row}
CONTINUOUS = {*EXTREMES, ops.abs, ops.relu, ops.clamp}
# Where an operand near 0 may be off by a small part of 1.
SMOOTH = {"exp", "exp2", "expm1", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh"}
SMOOTH |= {"atanh", "erf", "erfc", "sigmoid", "log_sigmoid", "softplus", "logsumexp", "exp_difference"}
JUMPS = {"step", "positive", "sign", "greater", "inside", "equal", "nonzero", "where"}


class Unclear(Exception):  # noqa: N818 - an answer
    """Nothing can be said: rounding decides."""


class Number(NamedTuple):
    """A number, its error without the roundings of its sum, the sum of |terms| and how many; 0 where it is no sum."""

    value: float
    carried: float = 0.0
    size: float = 0.0
    terms: int = 0

    @property
    def error(self):
        return self.carried + self.terms * self.size

    @property
    def reach(self):
        """How far it may be from the same number computed another way."""
        return 2 * UNIT * self.error

    @property
    def as_terms(self):
        return self if self.terms else Number(self.value, self.carried, abs(self.value), 1)


class Raised(Exception):  # noqa: N818 - an answer
    """The program raises, however it is rounded."""


def quick_program(f, leaves):
    """Return the equations that fast mode computes for f(list of numbers)."""
    return record(f, [(list, leaves, None)], None, quick=True).program


def bounds(program, inputs):
    """Return how far each output may be from eager's, None for one that nothing can be said of; see `numbers`."""
    return [x.reach if isfinite(x.error) else None for x in numbers(program, inputs)]


def numbers(program, inputs):
    """Return the outputs with their errors.

    Raises Raised where the program raises in any case, Unclear where it may or may not.
    """
    made = [Number(x) for x in inputs]
    for equation in program.equations:
        args = [made[atom] if isinstance(atom, int) else Number(atom) for atom in equation.args]
        made.append(result(equation.row, args))
    return [made[atom] if isinstance(atom, int) else Number(atom) for atom in program.outputs]


def result(row, args):
    """Return the number that a row makes of numbers."""
    if row is ops.neg:
        return signed(-1.0, args[0])
    if row in PASSED:
        return args[0]
    if row in (ops.add, ops.sub):
        return total([args[0], signed(-1.0, args[1]) if row is ops.sub else args[1]])
    if row in SUMS:
        return total(args)
    if row in PRODUCTS:
        return product(row, *args)
    if row is ops.mean_row:
        return quotient(total(args), len(args))
    if isinstance(row, ops.NeuronRow):
        return neuron(row, args)
    return applied(row, args)


def signed(sign, x):
    return x._replace(value=sign * x.value)


def total(args):
    """Return a sum; of numbers that are not finite the result is what it is, unless rounding made them so."""
    value = ops.sum_row(*[x.value for x in args])
    terms = [x.as_terms for x in args]
    if not isfinite(value) and exact(args) and any(not isfinite(x.value) for x in args):
        return Number(value)
    carried, size = sum(x.carried for x in terms), sum(x.size for x in terms)
    return Number(value, carried + SMALLEST, size, sum(x.terms for x in terms))


def product(row, x, y):
    for one, other in ((x, y), (y, x)):
        if one.value in (1.0, -1.0) and not one.error:
            return signed(one.value, other)
    value = row(x.value, y.value)
    if not isfinite(value) and exact((x, y)) and not (isfinite(x.value) and isfinite(y.value)):
        return Number(value)
    both = 2 * UNIT * x.error * y.error
    return Number(value, abs(x.value) * y.error + abs(y.value) * x.error + both + abs(value) + SMALLEST)


def quotient(x, n):
    value = ops.div(x.value, float(n))
    return Number(value) if exact([x]) and not isfinite(value) else Number(value, x.error / n + abs(value) + SMALLEST)


def neuron(row, args):
    bias, weights, inputs = row.split(args)
    inner = total([*bias, *(product(ops.mul, w, x) for w, x in zip(weights, inputs, strict=True))])
    return applied(row.activation.ieee if row.guarded else row.activation, [inner]) if row.activation else inner


def exact(args):
    return not any(x.error for x in args)


def winner(args, value):
    """Return the operand that is the extreme wherever all of them may be: to be equal to it is then no question."""
    first = next((x for x in args if x.value == value), None)
    others = [x for x in args if x is not first]
    if first is not None and all(abs(x.value - value) > x.reach + first.reach for x in others):
        return first
    return None


def unsure(args):
    return not all(isfinite(x.error) for x in args)


def applied(row, args):
    """Return what any other row makes of numbers."""
    value = evaluated(row, args)
    if row in EXTREMES and (found := winner(args, value)):
        return found
    if row in CONTINUOUS and clear(row, args):
        return Number(value)  # the flat side of relu, say
    if row in CONTINUOUS:
        return Number(value, sum(x.error for x in args) if unsure(args) else max(x.error for x in args))
    if row.name in JUMPS:
        return jumped(row, args, value)
    if not isfinite(value):
        special = exact(args) and (not all(isfinite(x.value) for x in args))
        return Number(value, 0.0 if special else inf)
    floats = [x.value for x in args]
    slopes = [abs(slope) for slope in row.local(floats, value)]
    moved = 0.0 if exact(args) else sum(movement(row, args, k, value) for k, x in enumerate(args) if x.error)
    conditions = sum(abs(x) * slope for x, slope in zip(floats, slopes, strict=True) if x and isfinite(x))
    carried = sum(x.error * slope for x, slope in zip(args, slopes, strict=True) if x.error)
    return Number(value, max(moved, carried) + 16 * (abs(value) + conditions) + SMALLEST)


def evaluated(row, args):
    """Return the row's value. Raises Raised where it raises at every place that the operands may have."""
    try:
        return row(*[x.value for x in args])
    except AutogradError:
        if all(raises(row, moved) for k in range(len(args)) for moved in neighbours(args, k)):
            raise Raised from None
        raise Unclear from None


def raises(row, floats):
    try:
        row(*floats)
    except AutogradError:
        return True
    return False


def neighbours(args, k):
    """Return the operands with number k at either end of where it may be."""
    floats = [x.value for x in args]
    return [[*floats[:k], floats[k] + step, *floats[k + 1 :]] for step in (args[k].reach, -args[k].reach)]


def jumped(row, args, value):
    """Return what a row with jumps makes of numbers that no jump is near to."""
    if row is ops.select:
        chosen = args[1] if args[0].value != 0 else args[2]
        return chosen._replace(value=value) if clear(ops.nonzero, args[:1]) else Number(value, inf)
    return Number(value, 0.0 if clear(row, args) else inf)


def clear(row, args):
    """Tell whether a row gives the same wherever the operands may be."""
    if unsure(args):
        return False
    if len(args) > 1 and all(x is args[0] for x in args):
        return True
    value = row(*[x.value for x in args])
    moved = [row(*floats) for k in range(len(args)) if args[k].error for floats in neighbours(args, k)]
    alike = all(x == value or (x != x and value != value) for x in moved)
    several = sum(x.error > 0 for x in args) > 1 and row.arity == 2
    return alike and not (several and abs(args[0].value - args[1].value) <= args[0].reach + args[1].reach)


def movement(row, args, k, value):
    """Return how far the value moves, in units of 2 u, while operand k moves as far as it may."""
    x = args[k]
    size = max(abs(x.value), 1.0) if row.name in SMOOTH else abs(x.value)
    if not (isfinite(x.value) and x.reach <= NEAR * size):
        return inf
    try:
        ends = [row(*floats) for floats in neighbours(args, k)]
        slopes = [abs(row.local(floats, end)[k]) for floats, end in zip(neighbours(args, k), ends, strict=True)]
    except AutogradError:
        raise Unclear from None
    return max(max(abs(end - value) for end in ends) / (2 * UNIT), max(slopes) * x.error)
