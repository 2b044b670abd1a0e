"""The accuracy table: for every row the largest error of its value and of each partial against 400-bit arithmetic (C4).

Oracles, targets and the judge are those of test_accuracy.py. A fixed target is in ulp; 4k stands for 4 ulp times the
condition number, and the error is then given as a part of that. Additions from left to right are measured against n
roundings of the sum of the magnitudes.
"""

import math
import random
from collections import defaultdict

import test_accuracy as accuracy
from mpmath import mp, mpf
from outcome import Outcome

import autograd
from autograd.ops import ROWS

WHAT = "every row: largest error of value and partials against mpmath (400 bits) at wide, special and random points"
QUICK, FULL = 5, 4000  # random points per row
SPECIAL_PER_POINT = 2  # special points of a small run; a large one takes all
CONDITION = "4k"
ROUNDINGS = "n roundings"


class Worst:
    """The largest error of one function, as a part of what is allowed, and where it was."""

    def __init__(self, target):
        self.target, self.part, self.where = target, 0.0, ""

    def add(self, part, args, got):
        if not part <= self.part:
            self.part, self.where = float(part), f"{args}: {got!r}"

    @property
    def shown(self):
        """Return (largest error, target) as the table shows them."""
        if isinstance(self.target, str):
            return f"{self.part:.2f}", self.target
        return f"{self.part * self.target if self.target else self.part:.2f}", f"{self.target:g}"


# -- rows of one to three arguments ------------------------------------------------------------------------------------


def points(oracle, size, rng):
    """Return special points, and `size` random ones of all magnitudes, inside the domain."""
    n = len(oracle.slopes)
    special = [p for p in accuracy.special_points(n, rng) if oracle.where(*p)]
    found = special if size >= 100 else rng.sample(special, min(len(special), SPECIAL_PER_POINT * size))
    while size:
        p = tuple(accuracy.draw(rng) for _ in range(n))
        if oracle.where(*p):
            found.append(p)
            size -= 1
    return found


def of_row(name, size, rng):
    """Return [value, partial, ...], each a Worst."""
    row, oracle = ROWS[name], accuracy.ORACLES[name]
    functions = [oracle.value, *oracle.slopes]
    targets = [oracle.target, *(oracle.targets or [accuracy.CONDITION] * len(oracle.slopes))]
    worst = [Worst(CONDITION if target is accuracy.CONDITION else target) for target in targets]
    with autograd.ieee():
        for p in points(oracle, size, rng):
            value = row(*p)
            results = [value, *row.local(p, value)] if math.isfinite(value) else [value]
            for seen, function, target, got in zip(worst, functions, targets, results, strict=False):
                seen.add(accuracy.judge(function, target, p, got), p, got)
    return worst


# -- rows of a list: each gives pairs (what, target, part of what is allowed) ------------------------------------------


def mixture(rng, least=1):
    """Draw one to six numbers, mixed in size, some with ties and with one large term."""
    scale = rng.choice(accuracy.SCALES)
    xs = [rng.uniform(-1, 1) * scale * 10 ** rng.uniform(-3, 0) for _ in range(rng.randint(least, 6))]
    return rng.choice((xs, [*xs, xs[0]], [*xs, 30 * scale], [*xs, -xs[0]]))


def roundings(got, terms, n):
    """Return an error as a part of n roundings of the sum of the magnitudes."""
    size = mp.fsum(map(abs, terms))
    return abs(mpf(got) - mp.fsum(terms)) / (n * accuracy.UNIT * size + n * mpf(accuracy.SMALLEST))


def exactly(got, expected):
    return 0.0 if list(got) == list(expected) else math.inf


def of_sum(xs):
    yield "value", ROUNDINGS, roundings(autograd.sum(xs), [*map(mpf, xs)], len(xs))
    yield "partials", 0, exactly(ROWS["sum"].local(xs, 0.0), [1.0] * len(xs))


def of_mean(xs):
    yield "value", ROUNDINGS, roundings(autograd.mean(xs), [mpf(x) / len(xs) for x in xs], len(xs))
    yield "partials", 0, exactly(ROWS["mean"].local(xs, 0.0), [1 / len(xs)] * len(xs))


def of_fsum(xs):
    yield "value", 0.5, accuracy.error(autograd.fsum(xs), accuracy.exact_sum(xs), 0.5)
    yield "partials", 0, exactly(ROWS["fsum"].local(xs, 0.0), [1.0] * len(xs))


def of_extreme(name, choose):
    def check(xs):
        best = choose(xs)
        yield "value", 0, exactly([ROWS[name](*xs)], [best])
        yield "partials", 0, exactly(ROWS[name].local(xs, best), [(x == best) / xs.count(best) for x in xs])

    return check


def of_logsumexp(xs):
    got, true = autograd.logsumexp(xs), accuracy.logsumexp(xs)
    near_zero = abs(mpf(got) - true) <= 4 * accuracy.UNIT * max(map(abs, xs))  # there every form is ill-conditioned
    yield "value", 8, 0.0 if near_zero else accuracy.error(got, true, 8 + accuracy.SLACK)
    for k, slope in enumerate(ROWS["logsumexp"].local(xs, got)):
        yield "partials", 4, accuracy.error(slope, accuracy.softmax(xs, k), 4 + accuracy.SLACK)


def of_cross_entropy(xs):
    row = ROWS["cross_entropy(0)"]
    got = row(*xs)
    yield "value", 3, accuracy.error(got, accuracy.surprise(xs, 0), 3 + accuracy.SLACK)
    others = [accuracy.softmax(xs, k) for k in range(1, len(xs))]
    for slope, true in zip(row.local(xs, got), [-mp.fsum(others), *others], strict=True):
        yield "partials", 4, accuracy.error(slope, true, 4 + accuracy.SLACK)


def of_dot(xs):
    half = len(xs) // 2
    w, x = xs[:half], xs[half : 2 * half]
    terms = [mpf(a) * mpf(b) for a, b in zip(w, x, strict=True)]
    yield "value", ROUNDINGS, roundings(autograd.dot(w, x), terms, 2 * half)
    yield "partials", 0, exactly(ROWS["dot"].local([*w, *x], 0.0), [*x, *w])


def of_neuron(xs):
    half = (len(xs) - 1) // 2
    b, w, x = xs[0], xs[1 : 1 + half], xs[1 + half : 1 + 2 * half]
    terms = [mpf(b), *(mpf(a) * mpf(c) for a, c in zip(w, x, strict=True))]
    yield "value", ROUNDINGS, roundings(autograd.neuron(w, x, b), terms, 2 * half + 1)
    yield "partials", 0, exactly(ROWS["neuron"].local([b, *w, *x], 0.0), [1.0, *x, *w])


def of_definition(name):
    """Compare bits with the definition in elementary rows, whose accuracy is that of those rows."""

    def check(xs):
        args = xs[: 2 * ((len(xs) - 1) // 2) + 1]
        with autograd.ieee():
            yield "value", 0, exactly([repr(ROWS[name](*args))], [repr(ROWS[name].define(*args))])

    return check


def of_take(xs):
    for k, x in enumerate(xs):
        one_hot = [0.0] * len(xs)
        one_hot[k] = 1.0
        yield "value", 0, exactly([ROWS["take"](float(k), *xs)], [x])
        yield "partials", 0, exactly(ROWS["take"].local([float(k), *xs], x), [0.0, *one_hot])


LISTS = {
    "sum": of_sum,
    "mean": of_mean,
    "fsum": of_fsum,
    "max": of_extreme("max", max),
    "min": of_extreme("min", min),
    "take": of_take,
    "logsumexp": of_logsumexp,
    "cross_entropy(0)": of_cross_entropy,
    "dot": of_dot,
    "neuron": of_neuron,
    "neuron(relu)": of_definition("neuron(relu)"),
    "neuron(tanh)": of_definition("neuron(tanh)"),
}


def of_list(name, size, rng):
    """Return [value, partials], each a Worst."""
    seen = {}
    for _ in range(size):
        xs = mixture(rng, least=3)
        for what, target, part in LISTS[name](xs):
            seen.setdefault(what, Worst(target)).add(part, xs, what)
    return list(seen.values())


# -- the table ---------------------------------------------------------------------------------------------------------


def measured(size, seed):
    """Return {row: [Worst, ...]} and the names of rows that have no oracle."""
    found, missing = defaultdict(list), []
    for name in ROWS:
        rng = random.Random(f"{seed}:{name}")
        if name in accuracy.ORACLES:
            found[name] = of_row(name, size, rng)
        elif name in LISTS:
            found[name] = of_list(name, size, rng)
        else:
            missing.append(name)
    return found, missing


def line(name, value, *partials):
    errors, targets = zip(*(partial.shown for partial in partials), strict=True) if partials else ((), ())
    return f"| `{name}` | {' | '.join(value.shown)} | {', '.join(errors)} | {', '.join(targets)} |"


def table(found):
    head = "| row | value: largest error | target | partials: largest error | target |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *(line(name, *worst) for name, worst in found.items())])


def run(size, seed):
    with mp.workprec(accuracy.PRECISION):
        found, missing = measured(size, seed)
    faults = [f"{name} has no oracle in test_accuracy.py" for name in missing]
    for name, worst in found.items():
        faults += [
            f"{name}, {'value' if k == 0 else f'partial {k}'}: {' of '.join(seen.shown)} at {seen.where}"
            for k, seen in enumerate(worst)
            if not seen.part <= 1
        ]
    part, name = max((seen.part, name) for name, worst in found.items() for seen in worst)
    report = "Errors in ulp; 4k: as a part of 4 ulp times the condition number. glibc.\n\n" + table(found)
    figure = f"largest error {part:.2f} of its target, of {name}"
    return Outcome(f"{len(found)} rows x {size:,} random points", faults, figure, report=report if size >= 100 else "")
