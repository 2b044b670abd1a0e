"""Compiled functions: recorded once for each structure, the bits of eager, its errors, and its derivatives."""

import copy
import math
import pickle
import random
import re
import sys
import threading
from collections import namedtuple

import pytest
from random_programs import bits, outcome, random_point, random_program

import autograd
from autograd import (
    Value,
    compile,
    derivative,
    detect_anomaly,
    grad,
    gradients,
    hessian,
    hvp,
    ieee,
    jacfwd,
    jacrev,
    jvp,
    no_grad,
    sin,
    tanh,
    value_and_grad,
    vjp,
)
from autograd.errors import AutogradError, DivisionByZeroError, DomainError, GraphError, TraceError
from autograd.program import Program
from autograd.structure import flatten

Pair = namedtuple("Pair", "u v")


def identity_of_tests(x):
    return x


def number(x):
    return x.data if isinstance(x, Value) else x


def numbers(tree):
    return list(map(number, flatten(tree)[0]))


# -- structures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, args",
    [
        (lambda x: x * x, (3.0,)),
        (lambda x, y: x / y, (3.0, 2.0)),
        (lambda v: v[0] * v[1], ([3.0, 2.0],)),
        (lambda v: [v[1], v[0] * v[1]], ((3.0, 2.0),)),
        (lambda p: {"s": p["a"] + p["b"][0], "t": (p["a"],)}, ({"a": 3.0, "b": [2.0]},)),
        (lambda p: p.u - p.v, (Pair(3.0, 2.0),)),
        (lambda p: Pair(p, [p * 2]), (3.0,)),
        (lambda m: [[2 * x for x in row] for row in m], ([[1.0, 2.0], [3.0]],)),
        (lambda: 5.0, ()),
        (lambda x, y: y, (3.0, 2.0)),
        (lambda x: [], (3.0,)),
        (lambda v: autograd.sum(v), ([],)),
    ],
)
def test_structures_go_in_and_come_out(f, args):
    result = compile(f)(*args)
    expected = f(*args)
    assert result == expected and type(result) is type(expected)


def test_a_known_structure_is_not_recorded_again():
    recorded = []

    def total(v):
        recorded.append(1)
        return autograd.sum(v) * 2

    compiled = compile(total)
    for length in (1, 2, 3):
        assert compiled([1.0] * length) == 2.0 * length
    compiled.value_and_grad([1.0, 2.0])
    recorded.clear()
    for length in (2, 1, 3):
        assert compiled([1.0] * length) == 2.0 * length
    compiled.value_and_grad([3.0, 4.0])
    assert recorded == []


def test_structures_that_look_alike_are_kept_apart():
    compiled = compile(lambda v: v["a"] - v["b"] if isinstance(v, dict) else v[0] - v[1] if len(v) == 2 else v)
    assert compiled({"a": 3.0, "b": 1.0}) == 2.0
    assert compiled({"b": 3.0, "a": 1.0}) == -2.0
    assert compiled([3.0, 1.0]) == 2.0
    assert compiled((3.0, 1.0)) == 2.0
    assert compiled(Pair(3.0, 1.0)) == 2.0


def test_whole_numbers_and_numpy_scalars_may_enter_and_floats_come_out():
    numpy = pytest.importorskip("numpy")
    compiled = compile(lambda x, y: [x, x * y])
    for x in (3, numpy.float64(3.0), numpy.int32(3)):
        assert [(type(v), v) for v in compiled(x, 2)] == [(float, 3.0), (float, 6.0)]


@pytest.mark.parametrize("x", ["3", None, True, 1j, [None], {"a": "b"}], ids=repr)
def test_what_is_no_number_is_refused_and_the_argument_named(x):
    with pytest.raises(TypeError, match="argument 'v' must be a real number, got"):
        compile(lambda w, v: 1.0)(1.0, x)


def test_an_array_of_what_is_no_real_number_is_refused():
    numpy = pytest.importorskip("numpy")
    for foreign in (numpy.array([True]), numpy.array([1j]), numpy.array(["a"])):
        with pytest.raises(TypeError, match="must be an array of real numbers, got one of"):
            compile(lambda v: v[0])(foreign)


def test_keyword_arguments_are_taken_or_refused_with_a_sentence():
    compiled = compile(lambda x, y: x - y)
    try:
        assert compiled(y=1.0, x=3.0) == 2.0
    except TypeError:
        return


# -- bit for bit -------------------------------------------------------------------------------------------------------


def test_five_hundred_random_programs_compiled_equal_eager_bit_for_bit_errors_included():
    rng, errors, compared = random.Random(1), 0, 0
    for seed in range(500):
        f = random_program(seed)
        compiled = compile(lambda v: f(*v))  # noqa: B023
        for special in (0.0, 0.5):
            point = random_point(rng, 3, special)
            expected = outcome(lambda: value_and_grad(lambda v: f(*v))(point))  # noqa: B023
            assert outcome(lambda: compiled.value_and_grad(point)) == expected, (seed, point)  # noqa: B023
            value = outcome(lambda: f(*map(Value, point)))  # noqa: B023
            assert outcome(lambda: compiled(point)) == value, (seed, point)  # noqa: B023
            errors += isinstance(expected, tuple)
            compared += 1
    assert compared == 1000 and 100 < errors < 900


def test_random_programs_in_ieee_mode_compiled_equal_eager_bit_for_bit():
    rng = random.Random(1)
    for seed in range(200):
        f = random_program(seed)
        compiled = compile(lambda v: f(*v))  # noqa: B023
        for special in (0.3, 1.0):
            point = random_point(rng, 3, special)
            with ieee():
                expected = outcome(lambda: value_and_grad(lambda v: f(*v))(point))  # noqa: B023
                assert outcome(lambda: compiled.value_and_grad(point)) == expected, (seed, point)  # noqa: B023


def test_random_second_derivatives_compiled_equal_eager_bit_for_bit():
    rng = random.Random(2)
    for seed in range(120):
        f = random_program(seed, length=6)

        def second(v, f=f):
            return hvp(lambda x: f(*x), v, [1.0, -0.5, 0.25])

        compiled = compile(second, engine="python")
        for special in (0.0, 0.4):
            point = random_point(rng, 3, special)
            expected = outcome(lambda: second(point))  # noqa: B023
            assert outcome(lambda: compiled(point)) == expected, (seed, point)  # noqa: B023


def network(w, x):
    hidden = [autograd.neuron(w[i : i + 2], x, w[i + 2], autograd.relu) for i in (0, 3)]
    out = [autograd.dot(w[6:8], hidden), autograd.dot(w[8:10], hidden)]
    return autograd.cross_entropy(out, 1) + 0.01 * autograd.dot(w, w)


def test_a_network_compiled_equals_eager_bit_for_bit():
    compiled, rng = compile(network), random.Random(3)
    for _ in range(20):
        w, x = [rng.uniform(-1, 1) for _ in range(10)], [rng.uniform(-1, 1) for _ in range(2)]
        assert outcome(lambda: compiled.value_and_grad(w, x)) == outcome(lambda: value_and_grad(network)(w, x))  # noqa: B023


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f, x, error, sentence",
    [
        (autograd.log, -1.0, DomainError, r"^log: x must be > 0, got -1\.0$"),
        (lambda x: 1 / x, 0.0, DivisionByZeroError, r"^division by zero: 1\.0 / 0\.0$"),
        (lambda x: autograd.exp(x) * 2, 1000.0, OverflowError, r"^exp\(1000\.0\) overflows$"),
        (lambda x: x**0.5, -1.0, DomainError, "fractional exponent"),
        (lambda x: autograd.log(x) * 0.0, 0.0, DomainError, "log: x must be > 0"),
    ],
)
def test_errors_are_the_sentences_of_the_rows(f, x, error, sentence):
    compiled = compile(f)
    with pytest.raises(error, match=sentence):
        compiled(x)
    with pytest.raises(error, match=sentence):
        compiled.value_and_grad(x)
    with ieee():
        assert bits(compiled(x)) == bits(f(Value(x)).data)


def test_an_error_does_not_spoil_the_program():
    compiled = compile(autograd.log)
    with pytest.raises(DomainError):
        compiled(-1.0)
    assert compiled(1.0) == 0.0


def test_the_first_error_of_the_function_is_the_error():
    compiled = compile(lambda x, y: autograd.log(x) + autograd.sqrt(y))
    with pytest.raises(DomainError, match=r"^log"):
        compiled(-1.0, -1.0)
    with pytest.raises(DomainError, match=r"^log"):
        compiled.value_and_grad(-1.0, -1.0)


def test_an_unused_operation_that_raises_still_raises():
    compiled = compile(lambda x: [autograd.log(x), x * 2][1])
    assert compiled(3.0) == 6.0
    with pytest.raises(DomainError, match="log: x must be > 0"):
        compiled(-1.0)


def test_an_error_while_recording_is_raised_every_time():
    calls = []

    def f(x):
        calls.append(1)
        raise KeyError("mine")

    compiled = compile(f)
    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            compiled(1.0)
    assert len(calls) == 2


@pytest.mark.parametrize("result", [None, "a", [None], [1.0, "a"]], ids=repr)
def test_a_function_that_returns_no_numbers_is_refused_with_a_sentence(result):
    sentence = r"what <lambda> returns must be a real number, got .*; numbers may be in lists.*`return` missing"
    with pytest.raises(TypeError, match=sentence):
        compile(lambda x: result)(1.0)


def test_with_options_alone_it_is_a_decorator():
    @compile(argnums=1, engine="python")
    def product(a, b):
        return a * b

    assert product.value_and_grad(3.0, 5.0) == (15.0, 3.0)


def test_a_name_that_only_has_a_position_is_no_keyword():
    def f(x, /, **others):
        return x * others.get("x", 1.0)

    with pytest.raises(TypeError, match="f has no argument 'x' with a position"):
        compile(f)(2.0, x=7.0)


def test_a_function_may_refer_to_a_name_that_is_not_bound_yet():
    def f(x):
        return x * 2 if True else later

    assert compile(f)(3.0) == 6.0
    later = 1.0


def test_a_pickled_function_takes_the_best_engine_of_where_it_is_loaded(monkeypatch):
    stored = pickle.dumps(compile(identity_of_tests))
    monkeypatch.setattr("autograd.program.compiled.engines.find_spec", lambda name: None)
    assert pickle.loads(stored).options.best[0] == "python"


@pytest.mark.parametrize("engine", ["python", "numpy", "native"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_class_may_be_data(engine, strict):
    pytest.importorskip({"python": "math", "native": "llvmlite"}.get(engine, engine))

    def loss(z, k):
        return autograd.cross_entropy(z, k)

    points = [[0.5, -1.0, 2.0], [30.0, 0.0, -800.0], [0.0, 0.0, 0.0], [1e-9, 2.0, -0.0]]
    compiled = compile(loss, engine=engine, strict=strict)
    for z in points:
        for k in range(3):
            value, slopes = compiled.value_and_grad(z, k)
            expected, wanted = value_and_grad(lambda z, k=k: loss(z, k))(z)
            if strict or engine == "python":
                assert [*map(bits, (value, *slopes))] == [*map(bits, (expected, *wanted))]
            assert value == pytest.approx(expected, rel=1e-14, abs=1e-300)
            assert slopes == pytest.approx(wanted, rel=1e-14, abs=1e-15)
    with pytest.raises(IndexError, match=r"whole number from 0 to 2, got 3\.0"):
        compiled(points[0], 3)


def test_the_watch_for_anomalies_is_not_switched_off():
    compiled = compile(lambda x: x * 1e300)
    assert compiled(1e300) == math.inf
    with detect_anomaly(), pytest.raises(AutogradError, match=r"mul.* is inf"):
        compiled(Value(1e300))


# -- value_and_grad ----------------------------------------------------------------------------------------------------


def product(x, y):
    return x * y * y


@pytest.mark.parametrize("argnums, expected", [(0, 9.0), (1, 12.0), (-1, 12.0), (-2, 9.0)])
def test_argnums_choose_the_argument(argnums, expected):
    assert compile(product, argnums=argnums).value_and_grad(2.0, 3.0) == (18.0, expected)
    assert compile(product, argnums).value_and_grad(2.0, 3.0) == (18.0, expected)


@pytest.mark.parametrize("argnums", [(0, 1), [1, 0], (1,), ()])
def test_argnums_may_be_several(argnums):
    assert compile(product, argnums=argnums).value_and_grad(2.0, 3.0) == value_and_grad(product, argnums)(2.0, 3.0)


@pytest.mark.parametrize("argnums", [2, -3])
def test_argnums_out_of_range_is_refused(argnums):
    with pytest.raises(IndexError, match=rf"argnums: there are 2 arguments, got number {argnums}"):
        compile(product, argnums=argnums).value_and_grad(2.0, 3.0)


def test_the_gradient_has_the_structure_of_the_argument():
    f = compile(lambda p, x: tanh(p["w"][0] * x + p["b"]))
    value, slopes = f.value_and_grad({"w": [0.5], "b": -1.0}, 2.0)
    assert (value, slopes) == (0.0, {"w": [2.0], "b": 1.0})


def test_a_constant_function_has_the_gradient_zero():
    assert compile(lambda x: 3.0)(2.0) == 3.0
    assert compile(lambda x: 3.0).value_and_grad(2.0) == value_and_grad(lambda x: 3.0)(2.0) == (3.0, 0.0)


def test_an_argument_that_is_not_used_has_the_gradient_zero():
    assert compile(lambda x, y: y * y).value_and_grad(2.0, 3.0) == (9.0, 0.0)


def test_the_gradient_of_a_function_that_returns_its_argument_is_one():
    assert compile(lambda x: x).value_and_grad(2.0) == (2.0, 1.0)


@pytest.mark.parametrize("result", [lambda x: [x], lambda x: None, lambda x: {"a": x}])
def test_the_gradient_of_what_is_no_scalar_is_refused(result):
    with pytest.raises(GraphError, match="the function must return one scalar"):
        compile(result).value_and_grad(2.0)


def test_an_empty_structure_has_an_empty_gradient():
    assert compile(lambda v, x: x * x).value_and_grad([], 3.0) == (9.0, [])


def test_values_and_gradients_are_plain_floats():
    value, slopes = compile(lambda v: v[0] * 2).value_and_grad([1, 2])
    assert {type(value), *map(type, slopes)} == {float}


def test_a_stopped_gradient_stays_stopped():
    def cut(x):
        with no_grad():
            y = x * x
        return y * x + x.detach()

    assert compile(cut).value_and_grad(3.0) == value_and_grad(cut)(3.0) == (30.0, 9.0)


# -- other operands ----------------------------------------------------------------------------------------------------


def test_called_with_values_it_records_a_graph():
    w, x = Value(0.5), Value(2.0)
    compiled = compile(lambda w, x: tanh(w * x) * w)
    out = compiled(w, x)
    out.backward()
    u, v = Value(0.5), Value(2.0)
    (tanh(u * v) * u).backward()
    assert list(map(bits, (w.grad, x.grad))) == list(map(bits, (u.grad, v.grad)))


def test_values_and_numbers_may_be_mixed():
    x = Value(2.0)
    out = compile(lambda v: v[0] * v[1])([x, 3.0])
    out.backward()
    assert (out.data, x.grad) == (6.0, 3.0)


def test_value_and_grad_of_values_can_be_differentiated_again():
    x = Value(2.0)
    value, slope = compile(lambda t: t**3).value_and_grad(x)
    assert (value.data, slope.data) == (8.0, 12.0)
    slope.backward()
    assert x.grad == 12.0


def test_called_with_duals_it_carries_tangents():
    compiled = compile(lambda x: sin(x) * x)
    assert jvp(compiled, (0.5,), (1.0,)) == jvp(lambda x: sin(x) * x, (0.5,), (1.0,))
    assert derivative(lambda x: compiled.value_and_grad(x)[1])(0.5) == pytest.approx(
        2 * math.cos(0.5) - 0.5 * math.sin(0.5), rel=1e-14
    )


def test_a_compiled_function_can_be_differentiated_by_every_function_of_functions():
    f = lambda v: autograd.logsumexp([v[0] * v[1], v[1]])  # noqa: E731
    compiled, x = compile(f), [0.5, -1.5]
    for run in (lambda g: grad(g)(x), lambda g: jacfwd(g)(x), lambda g: hvp(g, x, [1.0, 2.0]), lambda g: hessian(g)(x),
                lambda g: vjp(g, x)[1](1.0)):  # fmt: skip
        assert numbers(run(compiled)) == pytest.approx(numbers(run(f)), rel=1e-13)


def test_a_compiled_function_inside_a_compiled_function():
    inner = compile(lambda x: sin(x) * x)
    outer = compile(lambda x: inner(x) + inner(2 * x))
    expected = value_and_grad(lambda x: sin(x) * x + sin(2 * x) * (2 * x))(0.5)
    assert outer.value_and_grad(0.5) == pytest.approx(expected, rel=1e-15)
    with_gradient = compile(lambda x: inner.value_and_grad(x)[1])
    assert with_gradient(0.5) == inner.value_and_grad(0.5)[1]


# -- derivatives of functions, compiled --------------------------------------------------------------------------------

DERIVATIVES = {
    "grad": grad(lambda v: sin(v[0] * v[1]) + v[1] ** 3),
    "value_and_grad": value_and_grad(lambda v: sin(v[0] * v[1])),
    "hvp": lambda v: hvp(lambda x: sin(x[0] * x[1]) * x[1], v, [1.0, -2.0]),
    "hvp along an argument": lambda v: hvp(lambda x: sin(x[0] * x[1]), v, [v[1], 1.0]),
    "hessian": hessian(lambda v: sin(v[0] * v[1]) * v[1]),
    "jacfwd": jacfwd(lambda v: [v[0] * v[1], autograd.exp(v[0])]),
    "jacrev": jacrev(lambda v: [v[0] * v[1], autograd.exp(v[0])]),
    "jvp": lambda v: jvp(lambda x: sin(x) * v[1], (v[0],), (v[1],)),
    "vjp": lambda v: vjp(lambda x, y: [x * y, sin(x)], v[0], v[1])[1]([1.0, v[0]]),
    "derivative": lambda v: derivative(derivative(lambda x: autograd.exp(x * v[1])))(v[0]),
    "grad of grad": lambda v: grad(grad(lambda x: tanh(x * v[1])))(v[0]),
    "grad at a constant": lambda v: grad(lambda x: x * x)(2.0) * v[0],
    "gradients": lambda v: gradients(sin(v[0] * v[1]), v, create_graph=True),
    "a gradient inside a loss": lambda v: grad(lambda x: x**3 * v[1])(v[0]) ** 2 + v[1],
    "a Newton step": lambda v: v[0] - grad(lambda x: x**4 + v[1])(v[0]) / grad(grad(lambda x: x**4 + v[1]))(v[0]),
    "unrolled gradient descent": lambda v: descend(v[0], v[1]),
}


def descend(x, rate):
    for _ in range(5):
        x = x - rate * grad(lambda t: t**4 - 2 * t**2)(x)
    return x


@pytest.mark.parametrize("f", DERIVATIVES.values(), ids=DERIVATIVES)
def test_derivatives_compile_and_keep_their_bits(f):
    compiled, rng = compile(f), random.Random(5)
    for _ in range(10):
        point = [rng.uniform(0.1, 1), rng.uniform(-1, 1)]
        eager = f([Value(x) for x in point])
        assert list(map(bits, numbers(compiled(point)))) == list(map(bits, numbers(eager)))


@pytest.mark.parametrize("name", ["a gradient inside a loss", "a Newton step", "unrolled gradient descent"])
def test_a_compiled_derivative_can_be_differentiated(name):
    f, point = DERIVATIVES[name], [0.7, 0.05]
    value, slopes = compile(f).value_and_grad(point)
    expected, expected_slopes = value_and_grad(f)(point)
    assert (value, slopes) == (pytest.approx(number(expected)), pytest.approx(numbers(expected_slopes), rel=1e-13))


def test_a_compiled_derivative_contains_no_derivative_any_more():
    compiled = compile(grad(lambda x: x**3))
    assert compiled(2.0) == 12.0
    assert not re.search(r"\b(Value|Dual|grad|jvp)\b", compiled.source)


# -- what is frozen ----------------------------------------------------------------------------------------------------


class Model:
    def __init__(self):
        self.w = Value(2.0)

    def parameters(self):
        return [self.w]

    def __call__(self, x):
        return self.w * x


MODEL = Model()
CLOSED_OVER = {
    "a model": MODEL, "its method": MODEL.__call__, "a function of it": lambda x: MODEL(x),
    "a Value": lambda x, w=None: W * x, "a dict": lambda x: NESTED["a"][0] * x,
}  # fmt: skip
W = Value(2.0)
NESTED = {"a": [W]}


@pytest.mark.parametrize("f", CLOSED_OVER.values(), ids=CLOSED_OVER)
def test_values_that_are_no_arguments_are_frozen_with_a_warning(f):
    compiled = compile(f)
    with pytest.warns(
        UserWarning, match=r"uses Values that are not its arguments \(1\): every run .* make them arguments"
    ):
        assert compiled(3.0) == 6.0
    assert compiled(4.0) == 8.0


def test_values_made_inside_and_numbers_read_outside_are_frozen_without_a_word(recwarn):
    def total(x):
        out = Value(0.0)
        for _ in range(3):
            out = out + x * W.data
        return out

    assert compile(total)(3.0) == 18.0
    assert not recwarn.list


def test_numbers_of_a_closure_and_random_numbers_are_frozen():
    factor = [2.0]
    compiled = compile(lambda x: x * factor[0])
    assert compiled(3.0) == 6.0
    factor[0] = 5.0
    assert compiled(3.0) == 6.0


def test_each_program_keeps_the_numbers_of_its_own_recording():
    factor = [2.0]
    compiled = compile(lambda v: v[0] * factor[0])
    compiled([3.0])
    factor[0] = 5.0
    assert compiled([3.0, 4.0]) == 15.0


def test_the_grads_of_closed_over_values_do_not_change():
    w = Value(2.0)
    w.grad = 7.0
    compiled = compile(lambda x: w * x)
    with pytest.warns(UserWarning, match="not its arguments"):
        compiled.value_and_grad(3.0)
    assert w.grad == 7.0


# -- modes -------------------------------------------------------------------------------------------------------------


def test_a_program_recorded_under_no_grad_can_be_differentiated_later():
    compiled = compile(lambda x: x * x)
    with no_grad():
        assert compiled(3.0) == 9.0
        assert compiled.value_and_grad(3.0) == (9.0, 6.0)
    assert compiled.value_and_grad(3.0) == (9.0, 6.0)
    x = Value(3.0)
    compiled(x).backward()
    assert x.grad == 6.0


def test_under_no_grad_a_compiled_function_of_values_records_nothing():
    compiled = compile(lambda x: x * x)
    compiled(3.0)
    with no_grad():
        assert compiled(Value(3.0)).parents == ()


def test_a_program_recorded_in_ieee_mode_is_strict_later():
    compiled = compile(autograd.log)
    with ieee():
        assert compiled(0.0) == -math.inf
        assert compiled.value_and_grad(0.0) == (-math.inf, math.inf)
    with pytest.raises(DomainError):
        compiled(0.0)
    with pytest.raises(DomainError):
        compiled.value_and_grad(0.0)


def test_a_program_recorded_strictly_follows_ieee_later():
    compiled = compile(autograd.log)
    with pytest.raises(DomainError):
        compiled(0.0)
    with ieee():
        assert compiled(0.0) == -math.inf


def test_recording_leaves_no_mode_open():
    with pytest.raises(TraceError):
        compile(lambda x: grad(lambda t: t * t.data)(x))(3.0)
    assert not autograd.modes.ACTIVE


# -- text --------------------------------------------------------------------------------------------------------------


def test_equations_and_source_are_those_of_the_program_that_ran_last():
    compiled = compile(lambda v: autograd.sum([x * x for x in v]))
    compiled([3.0])
    short = compiled.equations
    compiled([3.0, 4.0])
    assert compiled.equations != short
    compiled([5.0])
    assert compiled.equations == short
    compiled.value_and_grad([5.0])
    assert compiled.equations != short
    assert compiled.source.count("def run(") == 1


def test_before_the_first_call_there_is_no_text_and_a_sentence_says_so():
    compiled = compile(lambda x: x)
    for ask in (lambda: compiled.equations, lambda: compiled.source):
        with pytest.raises(GraphError, match="nothing has been recorded yet: call the compiled function first"):
            ask()


def test_on_numbers_the_text_runs_and_no_row_is_called(monkeypatch):
    compiled = compile(lambda x: autograd.logsumexp([sin(x), x]) / x)
    expected = compiled(0.5), compiled.value_and_grad(0.5)
    calls = []
    monkeypatch.setattr(Program, "evaluate", lambda *args: calls.append(args))
    assert (compiled(0.5), compiled.value_and_grad(0.5)) == expected
    assert calls == []


def test_the_text_shows_the_simplified_program():
    compiled = compile(lambda x: x * 1 + x * 1)
    compiled(3.0)
    assert compiled.equations == "{ lambda x0 ; let\n    a = add x0 x0\n  in (a) }"
    assert "    a = x0 + x0\n" in compiled.source


def test_a_compiled_function_shows_which_function_it_is():
    def loss(x):
        return x

    assert "loss" in repr(compile(loss)) or getattr(compile(loss), "__name__", "") == "loss"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_a_compiled_function_that_has_run_can_be_copied_and_pickled(duplicate):
    compiled = compile(product, argnums=(0,), strict=True)
    found = compiled.batch_value_and_grad(2.0, [3.0] * 400)  # so much that machine code runs, where it can
    twin = duplicate(compiled)
    assert twin.batch_value_and_grad(2.0, [3.0] * 400) == found
    assert twin.options == compiled.options


@pytest.mark.parametrize("foreign", [3.0, [], "x"], ids=repr)
def test_what_cannot_be_called_is_refused(foreign):
    with pytest.raises(TypeError, match="compile: expected a function, got"):
        compile(foreign)


# -- more than one thread ----------------------------------------------------------------------------------------------


def test_threads_do_not_run_each_others_programs():
    compiled = compile(lambda v: autograd.sum(v) * len(v))
    wrong = []

    def run(n):
        for _ in range(4000):
            try:
                if compiled([1.0] * n) != float(n * n):
                    wrong.append(n)
            except TypeError as error:
                wrong.append(str(error))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(n,)) for n in (1, 2, 3, 4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []


def weighted(x, w=2.0, shift=1.0, *, power=2):
    return w * x**power + shift


def test_arguments_may_be_given_by_name():
    compiled = compile(weighted)
    assert compiled(3.0, shift=5.0) == compiled(shift=5.0, x=3.0) == compiled(3.0, 2.0, 5.0) == 23.0
    assert compiled(3.0, w=4.0) == compiled(3.0, 4.0) == 37.0
    assert compiled.value_and_grad(x=3.0, w=4.0) == (37.0, 24.0)
    rows = compile(weighted, argnums=1, batch="x")
    assert rows.batch([1.0, 2.0], w=3.0, reduce=None) == [4.0, 13.0]
    assert rows.batch_value_and_grad(w=3.0, x=[1.0, 2.0], reduce="sum") == (17.0, 5.0)


@pytest.mark.parametrize(
    "args, kwargs, sentence",
    [
        ((3.0,), {"power": 3}, "has no argument 'power' with a position, .* it has x, w, shift"),
        ((3.0,), {"scale": 3.0}, "has no argument 'scale' with a position"),
        ((3.0,), {"x": 3.0}, "multiple values for argument 'x'"),
        ((), {"w": 3.0}, "missing a required argument: 'x'"),
    ],
)
def test_an_argument_that_has_no_such_name_is_refused(args, kwargs, sentence):
    with pytest.raises(TypeError, match=sentence):
        compile(weighted)(*args, **kwargs)


def test_a_function_that_calls_itself_for_another_structure():
    def total(v):
        return v[0] if len(v) == 1 else v[0] + compiled(v[1:])

    compiled = compile(total)
    assert compiled([1.0, 2.0, 3.0]) == 6.0
    assert compiled([1.0, 2.0]) == 3.0


def test_training_with_a_compiled_loss_takes_the_same_steps():
    compiled, x = compile(network), [0.3, -0.7]
    rng = random.Random(7)
    w = [rng.uniform(-1, 1) for _ in range(10)]
    eager = list(w)
    for _ in range(20):
        w = [a - 0.1 * g for a, g in zip(w, compiled.value_and_grad(w, x)[1], strict=True)]
        eager = [a - 0.1 * g for a, g in zip(eager, grad(network)(eager, x), strict=True)]
    assert w == eager
