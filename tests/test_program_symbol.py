"""A Symbol: a Value without a number. What can be recorded with it, and the sentence for what cannot."""

import copy
import math
import pickle

import pytest

import autograd
from autograd import Value, compile, derivative, grad, jvp, no_grad, register_hook, where
from autograd.errors import GraphError, TraceError
from autograd.ops import ROWS
from autograd.program import program
from autograd.program.symbol import Symbol

POINTS = [(name, row.samples[-1]) for name, row in ROWS.items()]


# -- recording ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, point", POINTS, ids=lambda x: x if isinstance(x, str) else "")
def test_every_row_is_recorded_with_its_arguments_in_order(name, point):
    symbols = [Symbol(f"v{k}") for k in range(len(point))]
    out = ROWS[name](*symbols)
    assert isinstance(out, Symbol)
    assert out.row is ROWS[name] and out.parents == tuple(symbols)


def test_numbers_and_values_beside_a_symbol_become_its_parents():
    x, w = Symbol("x"), Value(5.0)
    assert [p.data for p in (3 * x).parents[:1]] == [3.0]
    assert (x * w).parents == (x, w) and (w * x).parents == (w, x)
    assert isinstance(w * x, Symbol) and isinstance(1 - x, Symbol) and isinstance(2.0**x, Symbol)


METHODS = {
    "methods": lambda x: x.tanh() + x.exp() + x.relu() + x.log1p(),
    "operators": lambda x: -x + abs(x) * 2 / (1 + x) - x**2 + 2**x,
    "powers": lambda x: x**0.5 + x**-1 + x**x + pow(x, 2),
    "clip": lambda x: x.clip(0.0, 1.0) + x.clamp(min=0.2) + autograd.clip(x, None, 3),
    "lists": lambda x: autograd.mean([x, 1.0, x * x]) + autograd.max([x, 0.5]) + sum([x, x]),
    "branches": lambda x: where(autograd.positive(x - 0.3), x, -x) + autograd.maximum(x, 0.5) + autograd.step(x),
    "loops": lambda x: [x := x * 1.1 for _ in range(5)][-1],
    "comprehensions over zip": lambda x: autograd.sum([a * b for a, b in zip([x, 1.0], [2.0, x], strict=True)]),
    "detach": lambda x: x.detach() * x,
    "plus": lambda x: +x,
    "constants made inside": lambda x: x * Value(3.0, requires_grad=False),
    "identity test": lambda x: x * 2 if x == x else x,
    "NumPy's numbers": lambda x: pytest.importorskip("numpy").float64(2.0) * x + pytest.importorskip("numpy").int64(1),
    "a dictionary by name": lambda x: {"a": x}["a"] * 2,
    "a label": lambda x: setattr(x, "label", "input") or x * 2,
}


@pytest.mark.parametrize("f", METHODS.values(), ids=METHODS)
def test_what_python_can_do_with_a_value_can_be_recorded(f):
    value = compile(f)(0.7)
    assert value == f(Value(0.7)).data


def test_a_symbol_shows_its_name_or_operation():
    x = Symbol("x")
    assert repr(x) == "Symbol('x')"
    assert "tanh" in repr(autograd.tanh(x))


def test_symbols_may_be_printed_while_recording(capsys):
    compile(lambda x: print(x) or x * 2)(3.0)
    assert "x0" in capsys.readouterr().out


def test_a_symbol_is_found_in_sets_and_lists_by_identity():
    x, y = Symbol("x"), Symbol("x")
    assert x in [x] and y not in [x] and len({x, y}) == 2


def test_the_order_of_a_graph_of_symbols():
    x = Symbol("x")
    assert len(program(autograd.sin(x) * x, [x])) == 2


def test_modes_while_recording():
    def cut(x):
        with no_grad():
            y = x * x
        return y * x

    assert compile(cut).value_and_grad(3.0) == (27.0, 9.0)


def test_a_hook_can_be_recorded():
    def f(x):
        h = x * x
        register_hook(h, lambda g: 10 * g)
        return h + x

    assert compile(f).value_and_grad(3.0) == (12.0, 61.0)


# -- what has no number yet --------------------------------------------------------------------------------------------

NUMBERS = {
    "data": lambda x: x * x.data,
    "data of a result": lambda x: (x * x).data * x,
    "item": lambda x: x * x.item(),
    "float": lambda x: x * float(x),
    "int": lambda x: x * int(x),
    "math.exp": lambda x: x * math.exp(x),
    "range": lambda x: sum(x for _ in range(x)),
    "index": lambda x: [x, x][x],
    "a format": lambda x: (f"{x:.2f}", x)[1],
    "a format without details": lambda x: (f"{x}", x)[1],
    "str.format": lambda x: ("{:.1f}".format(x), x)[1],  # noqa: UP032
    "writing data": lambda x: (setattr(x, "data", 3.0), x)[1],
    "grad": lambda x: x * x.grad,
    "grad of a result": lambda x: x * (x * x).grad,
    "backward": lambda x: ((x * x).backward(), x)[1],
    "backward as a graph": lambda x: ((x * x).backward(create_graph=True), x)[1],
    "_backward": lambda x: ((x * x)._backward(), x)[1],
    "local gradients": lambda x: (x * x).local_gradients[0]() * x,
    "path sums": lambda x: autograd.path_sum(x * x, x).value * x,
    "data of a Dual": lambda x: jvp(lambda t: t * t.data, (x,), (1.0,))[1],
    "float of a Dual": lambda x: jvp(lambda t: t * math.exp(t), (x,), (1.0,))[1],
    "data in a gradient": lambda x: grad(lambda t: t * t.data)(x),
    "data in a derivative": lambda x: derivative(derivative(lambda t: t * t.data))(x),
    "copy": lambda x: copy.copy(x),
    "deepcopy": lambda x: copy.deepcopy([x])[0],
    "pickle": lambda x: (pickle.dumps(x), x)[1],
}


@pytest.mark.parametrize("f", NUMBERS.values(), ids=NUMBERS)
def test_reading_a_number_while_recording_is_refused_and_says_what_to_do(f):
    with pytest.raises(TraceError, match="a program is being recorded"):
        compile(f)(2.0)


@pytest.mark.parametrize("name", ["data", "item", "float", "math.exp", "a format"])
def test_the_sentence_about_numbers_names_what_is_not_possible(name):
    with pytest.raises(TraceError, match=r"\.data, \.item\(\), float\(\) and formatting are not possible"):
        compile(NUMBERS[name])(2.0)


# -- branches ----------------------------------------------------------------------------------------------------------

BRANCHES = {
    "if": lambda x: x if x > 0 else -x,
    "less": lambda x: x if x < 1 else -x,
    "at most": lambda x: x if x <= 1 else -x,
    "at least": lambda x: x if x >= 1 else -x,
    "reflected": lambda x: x if 0 < x else -x,  # noqa: SIM300
    "two symbols": lambda x: x if x > x * 2 else -x,
    "a Value on the left": lambda x: x if Value(1.0) > x else -x,
    "truth": lambda x: x if x else -x,
    "not": lambda x: x if not x else -x,
    "or": lambda x: x or 1.0,
    "while": lambda x: halve(x),
    "max": lambda x: max(x, 1.0),
    "min of a list": lambda x: min([x, x * 2]),
    "sorted": lambda x: sorted([x, x * 2])[0],
    "a condition for where": lambda x: where(x > 0, x, -x),
    "assert": lambda x: check(x),
    "any": lambda x: x if any([x]) else -x,
    "an if in a derivative": lambda x: derivative(lambda t: t if t > 0 else -t)(x),
    "an if in a gradient": lambda x: grad(lambda t: t if t > 0 else -t)(x),
    "NumPy's number on the left": lambda x: x if pytest.importorskip("numpy").float64(1.0) < x else -x,
}


def halve(x):
    while x > 1:
        x = x / 2
    return x


def check(x):
    assert x > 0
    return x


@pytest.mark.parametrize("f", BRANCHES.values(), ids=BRANCHES)
def test_a_branch_while_recording_is_refused_and_names_the_rows_to_use(f):
    with pytest.raises(TraceError, match=r"cannot branch .*positive\(x\), step\(x\) or where\(positive\(x\), a, b\)"):
        compile(f)(2.0)


@pytest.mark.parametrize("numbers", [(0.5, -1.0, 1.0), (-1.0, -1.0, 1.0), (2.0, -1.0, 1.0), (-3.0, -1.0, 1.0)])
def test_the_bounds_of_clip_may_be_arguments(numbers):
    def f(x, low, high):
        return 3.0 * autograd.clip(x, low, high) + autograd.clip(x, max=high)

    value, slopes = compile(f, argnums=(0, 1, 2)).value_and_grad(*numbers)
    assert (value, slopes) == autograd.value_and_grad(f, argnums=(0, 1, 2))(*numbers)
    assert slopes[0] == 3.0 * (-1.0 <= numbers[0] <= 1.0) + (numbers[0] <= 1.0)  # 1 on the closed interval


def test_the_sentence_names_what_to_use_for_max():
    with pytest.raises(TraceError, match=r"maximum, relu, clip or logsumexp in place of max\(\)"):
        compile(BRANCHES["max"])(2.0)


def test_what_the_sentence_names_works():
    f = compile(lambda x: where(autograd.positive(x), x, -x) + autograd.maximum(x, 1.0) + autograd.step(x))
    assert (f(2.0), f(-2.0), f(0.0)) == (5.0, 3.0, 2.0)


def test_the_error_points_at_the_users_line():
    with pytest.raises(TraceError) as caught:
        compile(halve)(2.0)
    assert any(entry.name == "halve" for entry in caught.traceback)


def test_a_trace_error_is_a_graph_error_and_a_runtime_error():
    assert issubclass(TraceError, GraphError) and issubclass(TraceError, RuntimeError)


def test_after_a_refusal_everything_works_as_before():
    for f in (*NUMBERS.values(), *BRANCHES.values()):
        with pytest.raises(TraceError):
            compile(f)(2.0)
    assert not autograd.modes.ACTIVE
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


@pytest.mark.parametrize("f", [lambda x: x // 2, lambda x: x % 2, lambda x: divmod(x, 2)])
def test_floor_division_is_refused_without_advice_that_does_not_work_here(f):
    with pytest.raises((TypeError, TraceError)) as caught:
        compile(f)(2.0)
    assert "use v.data" not in str(caught.value)


@pytest.mark.parametrize("foreign", ["a", None, [1.0], 1j, True], ids=repr)
def test_foreign_operands_are_refused_as_on_values(foreign):
    for f in (lambda x: x + foreign, lambda x: foreign * x):
        with pytest.raises(TypeError):
            compile(f)(2.0)
    with pytest.raises(TypeError, match="maximum: argument 2 must be a real number, got"):
        compile(lambda x: autograd.maximum(x, foreign))(2.0)


def test_a_symbol_that_escapes_is_refused_in_another_recording():
    kept = []
    compile(lambda x: kept.append(x) or x * 2)(3.0)
    with pytest.raises((TraceError, GraphError)):
        compile(lambda x: x * kept[0])(3.0)


def test_a_symbol_that_escapes_has_no_number():
    kept = []
    compile(lambda x: kept.append(x) or x * 2)(3.0)
    with pytest.raises(TraceError):
        print(kept[0].data)
    with pytest.raises(TraceError):
        (kept[0] * Value(2.0)).backward()
