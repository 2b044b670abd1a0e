"""Record a function once and run it as a program: straight-line Python, NumPy over rows, or machine code."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, overload

from ...errors import TraceError
from ...primitive import describe
from ...reverse import positions
from ..recording import named
from .call import Call, Roles
from .options import Options
from .ready import Recent
from .results import Results
from .specialised import Outcome, Specialised

REDUCTIONS = ("mean", "sum", None)
PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
Kind = tuple[bool, bool, Any]  # of a call: whether with its gradient, whether over rows, and how these are reduced


class Compiled:
    """A function of nested lists, tuples, dicts and arrays of numbers, recorded once for each shape of its arguments.

    >>> from autograd import tanh
    >>> f = compile(lambda w, x: tanh(w[0] * x + w[1]))
    >>> f([0.5, -1.0], 2.0)
    0.0
    >>> f.value_and_grad([0.5, -1.0], 2.0)
    (0.0, [2.0, 1.0])
    >>> f.batch_value_and_grad([0.5, -1.0], [2.0, 2.0, 2.0], reduce="sum")
    (0.0, [6.0, 3.0])
    """

    def __init__(self, f: Callable[..., Any], argnums: int | Sequence[int], batch: Any, options: Options):
        self.f, self.argnums, self.rows, self.options = f, argnums, batch, options
        self.names = _parameters(f)
        self.last: Specialised | None = None
        self._known: dict[Any, Specialised] = {}
        self._known_roles: dict[tuple[int, bool], Roles] = {}
        self._recent: dict[Kind, Recent] = defaultdict(Recent)

    def __repr__(self) -> str:
        return f"<compiled {named(self.f)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle what it was made of: a copy records anew, for machine code is of this process alone."""
        return Compiled, (self.f, self.argnums, self.rows, self.options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the value of one example."""
        return self._one(self._in_order(args, kwargs), False)[0]

    def value_and_grad(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return the value and the gradient by argument `argnums`, in that argument's structure."""
        value, *slopes = self._one(self._in_order(args, kwargs), True)
        return value, slopes[0] if isinstance(self.argnums, int) else tuple(slopes)

    def batch(self, *args: Any, reduce: str | None = "mean", **kwargs: Any) -> Any:
        """Return the value over rows: arguments that vary have one more axis in front, the others are shared.

        `reduce` is "mean", "sum" (results of single examples, added in the order of the rows) or None for one result
        per row: a list, or an array where the rows came as one. Raises ShapeError where arguments differ in the number
        of rows, ValueError for another `reduce` and where nothing varies; an error of an operation names the row.
        """
        return self._many(self._in_order(args, kwargs), False, reduce)[0]

    def batch_value_and_grad(self, *args: Any, reduce: str | None = "mean", **kwargs: Any) -> tuple[Any, Any]:
        """Return the value over rows and its gradient; see `batch`. With None there is a gradient for each row.

        All arrays of a gradient lie in one block of memory: copy one that is to outlive the others.
        """
        value, *slopes = self._many(self._in_order(args, kwargs), True, reduce)
        return value, slopes[0] if isinstance(self.argnums, int) else tuple(slopes)

    @property
    def equations(self) -> str:
        """The program that ran last, as text: the equations of one example."""
        return str(self._ran().program)

    @property
    def source(self) -> str:
        """The program that ran last, as Python source."""
        return self._ran().source.text

    @property
    def groups(self) -> str:
        """What the plan that ran last found, as a table: which equations are one loop, how many, how they read."""
        return self._ran().groups

    @property
    def kernels(self) -> list[str]:
        """The source texts of what ran last: of machine code, the kernels in LLVM's language."""
        return self._ran().kernels

    def stats(self) -> dict[str, Any]:
        """Return figures of what ran last.

        engine and why; equations recorded, and left after each pass; nodes of the normal form; groups; the share of
        work in groups of 8 or more; kernels; seconds of each stage; whether the machine code came from the cache; how
        many calls Python did again; the most memory that the process has had, in bytes.
        """
        return self._ran().stats()

    def _ran(self) -> Specialised:
        if self.last is None:
            raise TraceError("nothing has been recorded yet: call the compiled function first")
        return self.last

    def _in_order(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        return _in_order(self.f, args, kwargs) if kwargs else args

    def _one(self, args: tuple[Any, ...], gradient: bool) -> list[Any]:
        answer = self._recent[gradient, False, None].answer(args)
        return self._one_anew(args, gradient) if answer is None else self._answered(*answer)

    def _one_anew(self, args: tuple[Any, ...], gradient: bool) -> list[Any]:
        call = Call(args, self._roles(len(args), gradient), batched=False)
        program = self._specialised(call, gradient)
        # One example may run as a batch of one row, with the same plan.
        with _advised(call):
            found = program.results(call, bool(call.roles.varying) and not self.options.strict)
        results = Results(program.forms, program.own[found.reduced], "first", plain=not call.operands)
        self._keep((gradient, False, None), program, found, call, args, results)
        return results(found.sums, found.lanes)

    def _many(self, args: tuple[Any, ...], gradient: bool, reduce: str | None) -> list[Any]:
        if reduce not in REDUCTIONS:
            raise ValueError(f"reduce must be 'mean', 'sum' or None, got {reduce!r}")
        answer = self._recent[gradient, True, reduce].answer(args)
        return self._many_anew(args, gradient, reduce) if answer is None else self._answered(*answer)

    def _many_anew(self, args: tuple[Any, ...], gradient: bool, reduce: str | None) -> list[Any]:
        roles = self._roles(len(args), gradient)
        if not roles.varying:
            raise ValueError("nothing varies over rows: name what does, as in compile(f, batch='x'), or use no .batch")
        call = Call(args, roles, batched=True)
        program = self._specialised(call, gradient)
        found = program.results(call, reduce is not None)
        divisor = float(call.count or 1) if reduce == "mean" else 1.0
        own = program.own[reduce is not None]
        plain = not call.operands
        results = Results(program.forms, own, "stacked" if call.arrays and plain else "each", divisor, plain)
        self._keep((gradient, True, reduce), program, found, call, args, results)
        return results(found.sums, found.lanes)

    def _answered(self, parts: list[Any], program: Specialised) -> list[Any]:
        self.last = program
        return parts

    def _keep(
        self, kind: Kind, program: Specialised, found: Outcome, call: Call, args: Sequence[Any], results: Results
    ) -> None:
        if found.repeats and not self.options.check:
            self._recent[kind].keep(program, found.how, call, args, results)

    def _specialised(self, call: Call, gradient: bool) -> Specialised:
        key = (gradient, call.forms)
        if key not in self._known:
            self._known[key] = Specialised(self.f, call.forms, call.roles, gradient, self.options)
        found = self.last = self._known[key]
        return found

    def _roles(self, count: int, gradient: bool) -> Roles:
        """Return what each of so many arguments is for. Raises as `grad` does for wrong numbers of arguments."""
        key = (count, gradient)
        if key not in self._known_roles:
            wanted = positions(count, self.argnums) if gradient else _inside(count, self.argnums)
            rest = [n for n in range(count) if n not in wanted]
            varying = rest if self.rows is None else positions(count, self.rows, "batch")
            self._known_roles[key] = Roles(self.names, wanted, varying, count)
        return self._known_roles[key]


@overload
def compile(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    engine: str = "auto",
    batch: Any = None,
    dtype: str = "float64",
    strict: bool = False,
    threads: int = 1,
    check: bool = False,
) -> Compiled: ...
@overload
def compile(
    f: None = None,
    argnums: int | Sequence[int] = 0,
    *,
    engine: str = "auto",
    batch: Any = None,
    dtype: str = "float64",
    strict: bool = False,
    threads: int = 1,
    check: bool = False,
) -> Callable[[Callable[..., Any]], Compiled]: ...
def compile(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    engine: str = "auto",
    batch: Any = None,
    dtype: str = "float64",
    strict: bool = False,
    threads: int = 1,
    check: bool = False,
) -> Compiled | Callable[[Callable[..., Any]], Compiled]:
    """Return `f` as a compiled function: the same structures of numbers in and out, many times faster.

    With options alone it is a decorator.

    `f` takes numbers in lists, tuples, dicts and arrays. It may contain loops, lists and closures; its graph must not
    depend on the numbers. It runs a few times for each shape of its arguments, for its value and for its gradient, on
    symbols that are Values, not floats. What it takes from elsewhere is frozen then, for that shape and result: numbers
    and Values it closes over (make them arguments to vary them), what it draws at random, what it prints. Raises
    TraceError where it reads or compares a number, and names the line and what to use instead.

    `argnums` are the arguments to differentiate by. `batch` are those that vary over rows, by number or name; all
    others by default. `engine` is "python" (straight-line Python, with the bits of eager: the specification), "numpy",
    "native" (machine code, by llvmlite) or "auto", the best there is. Results are those of eager to rounding, with
    `strict` to the bit; where a number leaves a domain or is not finite, Python runs the call again and answers.
    Without it `fsum` is a sum, sums are in any order, and what cancels or overflows inside one alone raises nothing;
    slopes of tanh and sigmoid are made of their results, right beside 1 and not beside themselves.
    `dtype` "float32" is for NumPy and machine code; it ends at 3e38, and whole numbers at 2**24. `threads` share the
    rows in machine code, and the results do not depend on how many; with `strict` one adds the rows up in order.
    With `check` eager runs beside it, on a sample of the rows, and CheckError says where they differ.

    Raises TypeError or ValueError for options that are not these, ImportError where the engine is not installed.

    >>> compile(lambda x: x * x)(3.0)
    9.0
    >>> @compile(batch="x")
    ... def line(w, b, x):
    ...     return w * x + b
    >>> line.batch(2.0, 1.0, [0.0, 1.0], reduce=None)
    [1.0, 3.0]
    """
    options = Options(engine, dtype, strict, threads, check)
    if f is None:
        return lambda f: _compiled(f, argnums, batch, options)
    return _compiled(f, argnums, batch, options)


def _compiled(f: Callable[..., Any], argnums: int | Sequence[int], batch: Any, options: Options) -> Compiled:
    if not callable(f):
        raise TypeError(f"compile: expected a function, got {describe(f)}")
    return Compiled(f, argnums, _numbered(f, batch), options)


@contextmanager
def _advised(call: Call) -> Iterator[None]:
    """Say more where one example was wanted, and what is wrong with the arguments may be that they are rows."""
    try:
        yield
    except TypeError as error:
        rows = [name for n, name in enumerate(call.roles.names) if n in call.roles.varying and call.forms[n]]
        if not rows:
            raise
        raise TypeError(f"{error}; if {rows[0]} holds rows, call .batch or .batch_value_and_grad") from error


def _parameters(f: Callable[..., Any], kinds: Sequence[Any] = PLACED) -> list[str]:
    try:
        parameters = inspect.signature(f).parameters.values()
    except ValueError:  # a function of C without a signature
        return []
    return [p.name for p in parameters if p.kind in kinds]


def _in_order(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Return all arguments by position; one left out before the last given has its default."""
    places = _parameters(f)
    if others := [name for name in kwargs if name not in _parameters(f, PLACED[1:])]:
        raise TypeError(
            f"{named(f)} has no argument {others[0]!r} with a position, which a compiled function needs; "
            f"it has {', '.join(places) or 'unnamed ones'}"
        )
    bound = inspect.signature(f).bind(*args, **kwargs)
    given = max(map(places.index, kwargs)) + 1
    bound.apply_defaults()
    return tuple(bound.arguments[name] for name in places[:given])


def _numbered(f: Callable[..., Any], batch: Any) -> Any:
    """Return `batch` with positions in place of names."""
    if batch is None:
        return None
    return [_position(f, one) for one in (batch if isinstance(batch, (list, tuple, range)) else [batch])]


def _position(f: Callable[..., Any], one: Any) -> Any:
    if not isinstance(one, str):
        return one
    names = _parameters(f)
    if one not in names:
        raise ValueError(
            f"batch: {named(f)} has no argument {one!r}, only {', '.join(names) or 'unnamed ones'}; "
            "several are a tuple: batch=('x', 'y')"
        )
    return names.index(one)


def _inside(count: int, argnums: Any) -> list[int]:
    """Return the places of `argnums` as far as there are so many arguments."""
    numbers = argnums if isinstance(argnums, (list, tuple, range)) else [argnums]
    return [n % count for n in numbers if isinstance(n, int) and -count <= n < count]
