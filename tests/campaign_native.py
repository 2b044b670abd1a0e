"""Random programs as machine code: strict ones have the bits of eager, fast ones are as near as rounding allows.

Many programs are compiled as one function, since that costs a tenth of compiling each, and then one after the other
gets its special numbers while the rest stay where they are. Each returns its value, its gradient and its derivative
along a direction (jvp); another function is the sum of all, of which compile takes the gradient. Then the same again
with the sums scrambled.
"""

import importlib.util
import itertools
import math
import os
import random
import struct
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import fast_bounds
from campaign_grid import SPECIALS
from fast_bounds import quick_program
from graphs import EVERY, Graph, Step, live, operations, run as run_graph, shrunk, source
from outcome import SHOWN, Outcome
from random_programs import bits, outcome

import autograd
from autograd.errors import AutogradError
from autograd.numeric import left_to_right
from autograd.program.compiled.specialised import Specialised
from autograd.program.recording import record

WHAT = (
    "random programs, and the same with sums scrambled, as machine code: value, gradient, jvp; strict equals eager bit "
    "for bit, fast within n u times the sum of |terms|, special values included"
)
QUICK, FULL = 24, 20_000
TOGETHER = 64  # programs of one compiled function
ROWS, TRIED = 3, 2  # rows of a batch; sets of special numbers for each program
FORMS = ("one", "rows", "sum")
OPERATIONS = EVERY | operations(
    {
        "five terms": "x + y + z + x * y - z * y",
        "tree": "(x + y) + (z - x * z)",
        "long dot": "autograd.dot([x, y, z, x, y], [y, z, z, x, x])",
        "long sum": "autograd.sum([x, y, z, y, x, x])",
        "long max": "autograd.max([y, x, z, y])",
    }
)
SUMS = ("+", "-", "sum", "dot", "neuron", "five terms", "tree", "long dot", "long sum")
KINKS = (-1.5, 2.0, 1.0, -1.0, 0.0, math.pi / 2, 0.1, 0.3)


class Noticed(Exception):  # noqa: N818 - not an error of the user's
    """Machine code leaves a call to Python, which has the bits of eager: the campaign "compiled" is about that."""


def leave(*_):
    raise Noticed


class Case(NamedTuple):
    """A program, which of its leaves vary over rows, directions of the leaves, and points: for each row all leaves."""

    graph: Graph
    varies: tuple[bool, ...]
    directions: tuple[float, ...]
    plain: tuple[tuple[float, ...], ...]
    special: tuple[tuple[tuple[float, ...], ...], ...]
    mixed: int | None = None  # the seed by which its sums are scrambled

    def split(self, point):
        """Return (shared leaves, leaves that vary for each row)."""
        shared = [x for x, varies in zip(point[0], self.varies, strict=True) if not varies]
        return shared, [[x for x, varies in zip(row, self.varies, strict=True) if varies] for row in point]

    def joined(self, shared, varying):
        """Return all leaves in order."""
        sources = (iter(shared), iter(varying))
        return [next(sources[varies]) for varies in self.varies]


# -- drawing -----------------------------------------------------------------------------------------------------------


def random_case(rng):
    """Draw programs until one has a point where all is finite."""
    while True:
        case = _drawn(rng)
        if case.graph.steps and case.plain:
            return case


def _drawn(rng):
    n = rng.randint(1, 4)
    steps = []
    for k in range(rng.choice((1, 2, 3, 4, 5, 6, 8, 10))):
        name = rng.choice(SUMS if rng.random() < 0.25 else list(OPERATIONS))
        newest = rng.randrange(len(OPERATIONS[name].names))  # one operand is: nothing is in vain
        steps.append(
            Step(
                name,
                tuple(n + k - 1 if j == newest else rng.randrange(n + k) for j in range(len(OPERATIONS[name].names))),
            )
        )
    graph = live(Graph((1.0,) * n, tuple(steps)))
    case = Case(graph, tuple(rng.random() < 0.5 for _ in range(n)), tuple(rng.choice((1.0, -0.5, 0.0, 0.7)) for _ in range(n)), (), ())  # fmt: skip  # noqa: E501
    special = tuple(_point(rng, case, _odd) for _ in range(TRIED))
    return case._replace(plain=_regular(rng, case) if graph.steps else (), special=special)


def _point(rng, case, number):
    shared = _numbers(rng, case, number)
    rows = [_numbers(rng, case, number) for _ in range(ROWS)]
    return tuple(tuple(x if varies else s for x, s, varies in zip(row, shared, case.varies, strict=True)) for row in rows)  # fmt: skip  # noqa: E501


def _numbers(rng, case, number):
    made = []
    for _ in case.varies:
        made.append(rng.choice(made) if made and rng.random() < 0.1 else number(rng))
    return made


def _odd(rng):
    kind = rng.random()
    return rng.choice(SPECIALS) if kind < 0.3 else rng.choice(KINKS) if kind < 0.5 else rng.uniform(-2, 2)


def _regular(rng, case):
    """Return rows at which eager's results are finite; () where none are found."""
    for low in (0.2, 0.2, -2, -2, 1.0):
        point = _point(rng, case, lambda rng, low=low: rng.uniform(low, 2))
        if all(_finite(case, row) for row in point):
            return point
    return ()


def _finite(case, row):
    try:
        values = run_graph(case.graph, OPERATIONS, list(map(autograd.Value, row)))
        slopes = [x.row.local([p.data for p in x.parents], x.data) for x in values if x.parents]
        every = [*results(case, row), *(x.data for x in values), *itertools.chain(*slopes)]
    except AutogradError:
        return False
    return all(map(math.isfinite, every))


# -- programs ----------------------------------------------------------------------------------------------------------


def mixer():
    """Return the module that scrambles sums; benchmarks/ is a folder of scripts."""
    path = Path(__file__).resolve().parent.parent / "benchmarks" / "compiled_programs" / "scrambled.py"
    spec = importlib.util.spec_from_file_location("scrambled_sums", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Mixer


MIXER = mixer()


def function(case):
    """Return the program of a case as a function of its leaves."""

    def plain(*leaves):
        return run_graph(case.graph, OPERATIONS, leaves)[-1]

    if case.mixed is None:
        return plain
    recorded = record(lambda *leaves: autograd.ops.identity(plain(*leaves)), [None] * len(case.varies)).program
    mixed = MIXER(recorded, random.Random(case.mixed)).mixed()
    return lambda *leaves: mixed.evaluate(leaves)[0]


def results(case, leaves, f=None):
    """Return value, gradient by all leaves and derivative along the direction, of floats or whatever is recorded."""
    f = f or function(case)
    value, slopes = autograd.value_and_grad(f, argnums=tuple(range(len(leaves))))(*leaves)
    return [value, *slopes, autograd.jvp(f, tuple(leaves), case.directions)[1]]


class Together:
    """Some programs compiled as one function, in one mode, and what eager makes of each."""

    def __init__(self, cases, strict, form, total, whole):
        self.cases, self.strict, self.form, self.total, self.whole = cases, strict, form, total, whole
        self.functions = [function(case) for case in cases]
        self.base = [case.split(case.plain) for case in cases]
        options = {"engine": "native", "strict": strict, "batch": 1}
        self.compiled = autograd.compile(self.sum if total else self.all, (0, 1), **options)
        self.calls = 0

    def leaves(self, shared, varying):
        return [case.joined(*pair) for case, *pair in zip(self.cases, shared, varying, strict=True)]

    def all(self, shared, varying):
        """Return the results of all programs: value, gradient, jvp."""
        every = zip(self.cases, self.leaves(shared, varying), self.functions, strict=True)
        return [results(case, leaves, f) for case, leaves, f in every]

    def sum(self, shared, varying):
        """Return the sum of the programs' values, to be differentiated by `compile` itself."""
        every = zip(self.leaves(shared, varying), self.functions, strict=True)
        return autograd.sum([f(*leaves) for leaves, f in every])

    def found(self, k, point):
        """Return what machine code makes of program k at a point, while the others stay at theirs."""
        args = list(self.base)
        if point is not None:
            args[k] = self.cases[k].split(point)
        shared, rows = [a for a, _ in args], [list(row) for row in zip(*(b for _, b in args), strict=True)]
        self.calls += 1
        run = self.slopes if self.total else self.outputs
        if self.whole:
            return run(k, shared, rows)
        with mock.patch.object(Specialised, "one", leave):
            return run(k, shared, rows)

    def regular(self):
        """Tell whether machine code answers where all programs are at their plain points."""
        try:
            with mock.patch.object(self, "whole", False):
                self.found(0, None)
        except Exception:  # whatever it is, it is asked again of each program by itself
            return False
        return True

    def outputs(self, k, shared, rows):
        if self.form == "one":
            return [self.compiled(shared, rows[0])[k]]
        if self.form == "sum":
            return [self.compiled.batch(shared, rows, reduce="sum")[k]]
        return [row[k] for row in self.compiled.batch(shared, rows, reduce=None)]

    def slopes(self, k, shared, rows):
        """Return the gradient by the leaves of program k: those that are shared, then those of each row."""
        if self.form == "one":
            _, (by_shared, by_row) = self.compiled.value_and_grad(shared, rows[0])
            return [by_shared[k], by_row[k]]
        reduce = "sum" if self.form == "sum" else None
        _, (by_shared, by_rows) = self.compiled.batch_value_and_grad(shared, rows, reduce=reduce)
        first = [by_shared[k]] if self.form == "sum" else [row[k] for row in by_shared]
        return first + [row[k] for row in by_rows]

    def expected(self, k, point):
        """Return the same as eager has it."""
        case, made = self.cases[k], []
        for n, row in enumerate(point[:1] if self.form == "one" else point):
            try:
                made.append(results(case, row, self.functions[k]))
            except AutogradError as error:
                raise error if self.form == "one" else type(error)(f"row {n}: {error}") from None
        return self.arranged(case, made, added)

    def arranged(self, case, rows, add):
        """Return results for each row as the form has them: added up or not, by leaves that vary or not."""
        if not self.total:
            return [add(rows)] if self.form == "sum" else rows
        slopes = [row[1:-1] for row in rows]
        shared, varying = ([list(itertools.compress(row, which)) for row in slopes]
                           for which in ([not v for v in case.varies], case.varies))  # fmt: skip
        return ([add(shared)] if self.form == "sum" else shared) + varying

    def allowed(self, k, point):
        """Return the numbers with how far they may be from eager's."""
        rows = point[:1] if self.form == "one" else point
        case = self.cases[k]
        program = quick_program(lambda leaves: results(case, leaves, self.functions[k]), len(case.varies))
        return self.arranged(case, [fast_bounds.numbers(program, row) for row in rows], summed)


def added(rows):
    return [left_to_right([0.0, *column]) for column in zip(*rows, strict=True)]


def summed(rows):
    return [fast_bounds.total(column) for column in zip(*rows, strict=True)]


# -- judging -----------------------------------------------------------------------------------------------------------


class Judge:
    """Compare, and count what was compared."""

    def __init__(self):
        self.counts = {"strict": 0, "fast": 0, "unclear": 0, "calls": 0, "python": 0, "worst": 0.0}

    def fault(self, together, k, point):
        """Return what is wrong with program k at a point, "" if nothing is."""
        try:
            got = outcome(lambda: together.found(k, point))
        except Noticed:
            return ""
        except Exception as error:
            return f"{described(together)}: raised {error!r}"
        expected = outcome(lambda: together.expected(k, point or together.cases[k].plain))
        self.counts["strict" if together.strict else "fast"] += 1
        if alike(got, expected):
            return ""
        if together.strict or not self.near(together, k, point or together.cases[k].plain, got, expected):
            return f"{described(together)}: {shown(got)}\n# eager: {shown(expected)}"
        return ""

    def near(self, together, k, point, got, expected):
        """Tell whether fast results are as near to eager's as rounding allows, or nothing can be said."""
        try:
            allowed = [*itertools.chain(*together.allowed(k, point))]
        except fast_bounds.Unclear:
            self.counts["unclear"] += 1
            return True
        except fast_bounds.Raised:
            return False
        if isinstance(got, tuple) or isinstance(expected, tuple):
            return not all(math.isfinite(x.error) for x in allowed)
        return all(map(self.close, map(number, got), map(number, expected), allowed))

    def close(self, x, y, allowed):
        """Tell whether two numbers are as near to each other as one and its error allow."""
        if x == y or (x != x and y != y):
            return True
        if not math.isfinite(allowed.error):
            self.counts["unclear"] += 1
            return True
        distance = abs(x - y)
        if distance <= allowed.reach:
            self.counts["worst"] = max(self.counts["worst"], distance / allowed.reach)
        return distance <= allowed.reach


def number(text):
    """Return the number of some bits."""
    return math.nan if text == "nan" else struct.unpack("<d", bytes.fromhex(text))[0]


def alike(got, expected):
    """Tell whether two outcomes are the same to the bit; of derivatives both zeros are one, see normal.py."""
    if isinstance(got, tuple) or isinstance(expected, tuple):
        return got == expected
    return got[:1] == expected[:1] and signless(got) == signless(expected)


def signless(found):
    return [bits(0.0) if x == bits(-0.0) else x for x in found]


def shown(found):
    return f"{found[0]}: {found[1]}" if isinstance(found, tuple) else str(list(map(number, found)))


def described(together):
    mode = "strict" if together.strict else "fast"
    what = "gradient of compile" if together.total else "value, gradient, jvp"
    return f"native, {mode}, {together.form}, {what}"


# -- running -----------------------------------------------------------------------------------------------------------


def ways(rng, modes=(True, False)):
    """Return how some programs run: a sixth also differentiated by compile, a tenth with Python where that answers."""
    totals, whole = (False, True) if rng.random() < 1 / 6 else (False,), rng.random() < 0.1
    return [(strict, rng.choice(FORMS), total, whole) for total in totals for strict in modes]


def checked(cases, way, judge):
    """Return (fault, case, point, way) of all that is wrong."""
    together = Together(cases, *way)
    if len(cases) > 1 and not together.regular():
        half = len(cases) // 2  # one that is irregular where it should not be would hide all others
        return checked(cases[:half], way, judge) + checked(cases[half:], way, judge)
    found = []
    for k, case in enumerate(cases):
        for point in (None, *case.special):
            fault = judge.fault(together, k, point)
            if fault:
                found.append((fault, case, point or case.plain, way))
    judge.counts["calls"] += together.calls
    judge.counts["python"] += together.compiled.last.irregular
    return found


def alone(case, point, way):
    """Return the fault of one program by itself, at one point."""
    try:
        together = Together([case._replace(plain=point)], *way)
        return Judge().fault(together, 0, None)
    except AutogradError:
        return ""


def minimal(fault, case, point, way):
    """Return the smallest program that is wrong by itself, as Python."""
    single = next(((row,) * ROWS for row in point if alone(case, (row,) * ROWS, way)), None)
    if single is None and not alone(case, point, way):
        return f"only together with others: {case}\n# at {point}\n# {fault}"

    def fails(graph):
        here = (graph.leaves,) * ROWS if single else point
        return bool(graph.steps) and alone(case._replace(graph=graph), here, way) != ""

    graph = shrunk(case.graph._replace(leaves=(single or point)[0]), fails)
    here = (graph.leaves,) * ROWS if single else point
    mixed = "" if case.mixed is None else f"\n# its sums scrambled by seed {case.mixed}"
    place = "" if single else f"\n# rows: {point}"
    roles = f"\n# vary over rows: {case.varies}, directions: {case.directions}{place}{mixed}"
    return f"{source(graph, OPERATIONS)}{roles}\n# {alone(case._replace(graph=graph), here, way)}"


def has_sums(case):
    """Tell whether there is something to scramble."""
    program = record(lambda *leaves: autograd.ops.identity(function(case)(*leaves)), [None] * len(case.varies)).program
    return sum(equation.row is autograd.ops.add for equation in program.equations) > 1


@contextmanager
def cache_of_its_own():
    """Keep machine code in a folder that goes away."""
    before = os.environ.get("GLASSGRAD_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLASSGRAD_CACHE"] = folder
        try:
            yield
        finally:
            os.environ.pop("GLASSGRAD_CACHE")
            if before is not None:
                os.environ["GLASSGRAD_CACHE"] = before


def searched(seed, first, last):
    """Return (what is wrong, how many were scrambled, what was compared) of some programs."""
    judge, rng = Judge(), random.Random(f"{seed}:{first}")
    plain = [random_case(random.Random(f"{seed}:{k}")) for k in range(first, last)]
    mixed = [case._replace(mixed=rng.randrange(2**32)) for case in plain if has_sums(case)]
    runs = [(plain, way) for way in ways(rng)]
    runs += [(mixed, way) for way in ways(rng, [rng.random() < 0.5]) if mixed]
    return [fault for cases, way in runs for fault in checked(cases, way, judge)], len(mixed), judge.counts


def parts(size, seed):
    """Yield what is found in all programs, some at a time; more than some, on all processors."""
    firsts = range(0, size, TOGETHER)
    spans = [seed] * len(firsts), firsts, [min(first + TOGETHER, size) for first in firsts]
    if size <= TOGETHER:
        yield from map(searched, *spans)
        return
    with ProcessPoolExecutor() as pool:
        yield from pool.map(searched, *spans)


def run(size, seed):
    if importlib.util.find_spec("llvmlite") is None:
        return Outcome("", [], skipped="machine code is made by llvmlite, which is not installed")
    found, scrambled, counts, worst = [], 0, Counter(), 0.0
    with cache_of_its_own():
        for faults, mixed, seen in parts(size, seed):
            found, scrambled, worst = found + faults, scrambled + mixed, max(worst, seen.pop("worst"))
            counts.update(seen)
        texts = [minimal(*fault) if n < SHOWN else fault[0] for n, fault in enumerate(found)]
    figure = (
        "{strict:,} comparisons strict, {fast:,} fast; {python:,} of {calls:,} calls were left to Python, as a number "
        "was not finite or out of a domain; largest difference in fast mode {worst:.2f} of what is allowed; rounding "
        "decides at {unclear:,} places"
    )
    return Outcome(f"{size:,} programs, {scrambled:,} scrambled", texts, figure.format(worst=worst, **counts))
