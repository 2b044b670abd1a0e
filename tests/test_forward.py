"""Forward mode: Duals through the same rows, levels that keep nested differentiations apart, jvp and derivative."""

import math
import random
from collections import namedtuple

import mpmath
import pytest
from random_programs import bits, outcome, random_program

import autograd
from autograd import Value, derivative, grad, ieee, jvp, sin, vjp
from autograd.errors import AutogradError, DivisionByZeroError, DomainError, GraphError, ShapeError
from autograd.forward import Dual
from autograd.ops import ROWS
from autograd.primitive import NaryRow
from autograd.structure import flatten

POINTS = [(name, x) for name, row in ROWS.items() for x in row.samples]
everywhere = pytest.mark.parametrize("name, point", POINTS, ids=lambda x: x if isinstance(x, str) else repr(x))


def one_hot(i, n):
    return [1.0 if k == i else 0.0 for k in range(n)]


# -- one row -----------------------------------------------------------------------------------------------------------


@everywhere
def test_the_tangent_of_a_row_is_its_local_derivative(name, point):
    row, n = ROWS[name], len(point)
    locals_ = row.local(point, row(*point))
    for i in range(n):
        value, tangent = jvp(row, point, one_hot(i, n))
        assert bits(value) == bits(row(*point))
        assert tangent == pytest.approx(locals_[i] + 0.0, rel=1e-15, nan_ok=True)


@everywhere
def test_the_tangent_along_a_direction_is_the_sum_over_the_arguments(name, point):
    row = ROWS[name]
    direction = [0.5 + i for i in range(len(point))]
    slopes = row.local(point, row(*point))
    expected = math.fsum(d * t for d, t in zip(slopes, direction, strict=True))
    assert jvp(row, point, direction)[1] == pytest.approx(expected, rel=1e-13, abs=1e-14, nan_ok=True)


@everywhere
def test_a_tangent_of_zero_gives_the_tangent_zero(name, point):
    assert jvp(ROWS[name], point, [0.0] * len(point))[1] == 0.0


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if isinstance(row, NaryRow)])
def test_a_fused_row_and_its_definition_have_the_same_tangent(name):
    row, point = ROWS[name], ROWS[name].samples[-1]
    direction = [0.3 * i - 0.7 for i in range(len(point))]
    fused, opened = (jvp(f, point, direction)[1] for f in (row, row.define))
    assert fused == pytest.approx(opened, rel=1e-13, abs=1e-15)


def test_random_programs_have_one_derivative_in_both_modes():
    compared = 0
    for seed in range(300):
        f, rng = random_program(seed, length=8), random.Random(seed)
        point = [rng.uniform(-2, 2) for _ in range(3)]
        direction = [rng.uniform(-1, 1) for _ in range(3)]
        try:
            _, tangent = jvp(f, point, direction)
        except AutogradError:
            continue
        slopes = vjp(f, *point)[1](1.0)
        if not all(map(math.isfinite, slopes)):
            continue
        scale = math.fsum(abs(s * t) for s, t in zip(slopes, direction, strict=True))
        got = math.fsum(s * t for s, t in zip(slopes, direction, strict=True))
        assert tangent == pytest.approx(got, rel=1e-9, abs=1e-9 * scale + 1e-300), seed
        compared += 1
    assert compared > 100


# -- nested differentiation --------------------------------------------------------------------------------------------


def test_an_inner_derivative_does_not_see_the_outer_tangent():
    # perturbation confusion: Siskind and Pearlmutter 2005
    assert derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0


CONFUSING = {
    "inner constant": (lambda d, x: x * d(lambda y: x + y)(1.0), 1.0),
    "inner product": (lambda d, x: x * d(lambda y: x * y)(2.0), 6.0),
    "inner at the outer variable": (lambda d, x: d(lambda y: x * y * y)(x), 12.0),
    "inner power": (lambda d, x: d(lambda y: (x * y) ** 3)(x), 1215.0),
    "three levels": (lambda d, x: d(lambda y: y * d(lambda z: x * y * z)(y))(x), 12.0),
    "inner ignores its variable": (lambda d, x: x * x + d(lambda y: x * x)(1.0), 6.0),
    "a closure passed inwards": (lambda d, x: d(lambda y: (lambda t: t * y)(x) + x)(1.0), 1.0),
    "two inner ones": (lambda d, x: d(lambda y: x * y)(1.0) * d(lambda y: y * y * x)(x), 18.0 * 3),
    "sine": (lambda d, x: d(lambda y: sin(x * y))(1.0), math.cos(3.0) - 3 * math.sin(3.0)),
}


@pytest.mark.parametrize("inner", [derivative, grad], ids=["forward", "reverse"])
@pytest.mark.parametrize("outer", [derivative, grad], ids=["forward", "reverse"])
@pytest.mark.parametrize("f, expected", CONFUSING.values(), ids=CONFUSING)
def test_nested_differentiations_keep_apart_in_every_mixture_of_modes(outer, inner, f, expected):
    assert outer(lambda x: f(inner, x))(3.0) == pytest.approx(expected, rel=1e-14)


def test_a_curried_function_does_not_confuse_levels():
    # Manzyuk et al. 2019, the amazing bug: the derivative of a function that returns a function
    shifted = derivative(lambda x: [lambda g: lambda y: g(x + y)][0](lambda t: t * t)(1.0))
    assert shifted(2.0) == 6.0


MODES = {"forward": derivative, "reverse": grad}


@pytest.mark.parametrize("third", MODES.values(), ids=MODES)
@pytest.mark.parametrize("second", MODES.values(), ids=MODES)
@pytest.mark.parametrize("first", MODES.values(), ids=MODES)
def test_three_levels_agree_in_all_eight_mixtures(first, second, third):
    assert third(second(first(lambda x: x**5)))(2.0) == 240.0


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_high_orders_of_a_polynomial_are_exact(mode):
    f = lambda x: x**6  # noqa: E731
    for expected in (6.0, 30.0, 120.0, 360.0, 720.0, 720.0):
        f = mode(f)
        assert f(1.0) == expected
    assert mode(f)(1.0) == 0.0


def taylor(name, point, order):
    with mpmath.workdps(60):
        return [float(mpmath.diff(getattr(mpmath, name), mpmath.mpf(point), k)) for k in range(order + 1)]


@pytest.mark.parametrize("name", ["exp", "sin", "cos", "tanh", "atan", "erf", "sinh"])
@pytest.mark.parametrize("point", [0.0, 0.7])
def test_five_derivatives_by_forward_mode_alone(name, point):
    f = ROWS[name]
    for expected in taylor(name, point, 5):
        assert f(point) == pytest.approx(expected, rel=1e-13, abs=1e-14)
        f = derivative(f)


# -- jvp ---------------------------------------------------------------------------------------------------------------


def test_a_jvp_returns_the_value_and_the_tangent():
    assert jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0)) == (6.0, 23.0)


def test_a_constant_function_has_the_tangent_zero():
    assert jvp(lambda x: 5.0, (2.0,), (1.0,)) == (5.0, 0.0)


def test_outputs_may_have_any_structure():
    out, tangent = jvp(lambda x: {"a": [x * x, 3.0], "b": (x,)}, (2.0,), (1.0,))
    assert out == {"a": [4.0, 3.0], "b": (2.0,)}
    assert tangent == {"a": [4.0, 0.0], "b": (1.0,)}


Pair = namedtuple("Pair", "u v")


@pytest.mark.parametrize(
    "primal, tangent, f",
    [
        ([2.0, 3.0], [1.0, 10.0], lambda p: p[0] * p[1]),
        ((2.0, 3.0), (1.0, 10.0), lambda p: p[0] * p[1]),
        ([[2.0], (3.0,)], [[1.0], (10.0,)], lambda p: p[0][0] * p[1][0]),
        ({"u": 2.0, "v": 3.0}, {"u": 1.0, "v": 10.0}, lambda p: p["u"] * p["v"]),
        (Pair(2.0, 3.0), Pair(1.0, 10.0), lambda p: p.u * p.v),
    ],
)
def test_inputs_may_have_any_structure(primal, tangent, f):
    assert jvp(f, (primal,), (tangent,)) == (6.0, 23.0)


def test_the_mean_of_a_network_moves_along_a_direction_as_differences_say():
    def loss(w):
        return autograd.tanh(autograd.dot(w[:2], [0.3, -0.7]) + w[2]) ** 2

    w, v, h = [0.5, -0.25, 0.125], [1.0, 2.0, -1.0], 1e-6
    moved = [loss([a + s * h * b for a, b in zip(w, v, strict=True)]) for s in (1, -1)]
    assert jvp(loss, (w,), (v,))[1] == pytest.approx((moved[0] - moved[1]) / (2 * h), rel=1e-7)


def test_whole_numbers_and_numpy_scalars_may_enter():
    numpy = pytest.importorskip("numpy")
    assert jvp(lambda x: x * x, (3,), (1,)) == (9.0, 6.0)
    assert jvp(lambda x: numpy.float64(2.0) * x * numpy.int64(3), (numpy.float32(3.0),), (1.0,)) == (18.0, 6.0)


def test_results_are_plain_floats():
    out, tangent = jvp(lambda x: x, (3,), (1,))
    assert type(out) is type(tangent) is float


# -- kinks, branches, errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x, slope", [(2.0, 2.0), (-2.0, -1.0)])
def test_a_python_branch_takes_the_side_of_the_primal(x, slope):
    assert derivative(lambda t: 2 * t if t > 0 else -t)(x) == slope


@pytest.mark.parametrize("compare", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("other", [1.0, 2.0, 3.0])
def test_duals_compare_by_their_numbers(compare, other):
    def f(x, y):
        assert eval(f"x {compare} other", {"x": x, "other": other}) == eval(f"2.0 {compare} {other}")
        assert eval(f"other {compare} x", {"x": x, "other": other}) == eval(f"{other} {compare} 2.0")
        assert eval(f"x {compare} y", {"x": x, "y": y}) == eval(f"2.0 {compare} {other}")
        return x

    jvp(f, (2.0, other), (1.0, 1.0))


@pytest.mark.parametrize(
    "f, x, slope",
    [
        (autograd.relu, 0.0, 0.0),
        (autograd.abs, 0.0, 0.0),
        (autograd.sqrt, 0.0, math.inf),
        (lambda x: autograd.clip(x, -1.0, 1.0), 1.0, 1.0),
        (lambda x: autograd.maximum(x, 1.0), 1.0, 0.5),
        (lambda x: autograd.maximum(x, x), 1.0, 1.0),
        (lambda x: x**0, 0.0, 0.0),
        (autograd.tanh, 20.0, 1.6993417021166355e-17),
    ],
)
def test_slopes_at_kinks_are_those_of_reverse_mode(f, x, slope):
    # FAULTS K1 K3 K4 K5 K7 K12 K29
    assert grad(f)(x) == pytest.approx(slope, rel=1e-15)
    assert derivative(f)(x) == pytest.approx(slope, rel=1e-15)


def test_a_tangent_of_zero_sends_nothing_against_an_infinite_slope():
    # FAULTS K7
    assert jvp(lambda x, y: autograd.sqrt(x) * y, (0.0, 2.0), (0.0, 1.0)) == (0.0, 0.0)


def test_the_branch_not_taken_sends_no_tangent():
    # FAULTS K23
    with autograd.ieee():
        f = derivative(lambda x: autograd.where(autograd.positive(x), autograd.log(x), x))
        assert f(0.0) == 1.0


@pytest.mark.parametrize("f", [autograd.log, autograd.sqrt, lambda x: 1 / (x + 1), lambda x: x**0.5])
def test_the_forward_step_raises_as_on_values(f):
    assert outcome(lambda: derivative(f)(-1.0)) == outcome(lambda: f(Value(-1.0)))
    with pytest.raises((DomainError, DivisionByZeroError)):
        derivative(f)(-1.0)


@pytest.mark.parametrize(
    "primals, tangents",
    [
        ((1.0, 2.0), (1.0,)),
        (([1.0, 2.0],), ([1.0],)),
        (([1.0, 2.0],), (1.0, 2.0)),
        (([[1.0], 2.0],), ([1.0, [2.0]],)),
        (({"a": 1.0},), ([1.0],)),
        (({"a": 1.0, "b": 2.0},), ({"a": 1.0, "c": 2.0},)),
        ((1.0,), ([1.0],)),
    ],
)
def test_tangents_of_another_structure_are_refused(primals, tangents):
    with pytest.raises(ShapeError):
        jvp(lambda *args: 1.0, primals, tangents)


def test_tangents_of_another_order_are_matched_by_key_or_refused():
    try:
        got = jvp(lambda d: 10 * d["a"] + d["b"], ({"a": 1.0, "b": 2.0},), ({"b": 1.0, "a": 0.0},))
    except ShapeError:
        return
    assert got == (12.0, 1.0)


@pytest.mark.parametrize("x", ["3", "a", None, True, 1j, b"1"], ids=repr)
def test_what_is_no_number_is_refused(x):
    with pytest.raises(TypeError, match="must be a real number, got"):
        jvp(lambda t: t, (x,), (1.0,))
    with pytest.raises(TypeError, match="must be a real number, got"):
        jvp(lambda t: t, (1.0,), (x,))


OF_NOTHING = {
    "jvp": lambda f: jvp(f, (1.0,), (1.0,)),
    "derivative": lambda f: derivative(f)(1.0),
    "jacfwd": lambda f: autograd.jacfwd(f)(1.0),
    "vjp": lambda f: vjp(f, 1.0)[1](1.0),
    "jacrev": lambda f: autograd.jacrev(f)(1.0),
}


@pytest.mark.parametrize("run", OF_NOTHING.values(), ids=OF_NOTHING)
@pytest.mark.parametrize("result", [None, "a", 1j, [None]], ids=repr)
def test_a_function_that_returns_no_numbers_is_refused(run, result):
    # a forgotten `return` must not have the derivative 0
    with pytest.raises((TypeError, GraphError), match=r"the function must return|must be a real number, got"):
        run(lambda x: result)


def test_primals_that_are_no_sequence_are_refused_with_a_sentence():
    with pytest.raises(TypeError, match="jvp"):
        jvp(lambda t: t, 1.0, 1.0)


# -- the Dual ----------------------------------------------------------------------------------------------------------


def in_forward_mode(f):
    """Return what `f` returns inside a differentiation, its argument being 3 with the tangent 1."""
    return jvp(f, (3.0,), (1.0,))


def test_a_dual_shows_primal_and_tangent():
    seen = []
    in_forward_mode(lambda x: seen.append(repr(x * x)) or x)
    assert seen == ["Dual(primal=9.0, tangent=6.0)"]


def test_the_number_of_a_dual_is_its_data():
    assert in_forward_mode(lambda x: x * x.data) == (9.0, 3.0)
    assert derivative(lambda x: grad(lambda y: y * y.data * x)(3.0))(2.0) == 3.0


def test_the_number_under_several_levels_is_a_float():
    seen = []
    derivative(grad(derivative(lambda x: seen.append(x.data) or x**3)))(2.0)
    assert seen == [2.0] and type(seen[0]) is float


def test_duals_compare_with_values():
    def f(x):
        assert x > Value(2.0) and not x < Value(2.0) and x >= Value(3.0) and x <= Value(3.0)
        assert Value(2.0) < x and not Value(2.0) > x
        return x

    in_forward_mode(f)


@pytest.mark.parametrize("convert", [float, math.exp])
def test_a_dual_is_no_float(convert):
    with pytest.raises(TypeError, match="a Dual is not turned into a float silently"):
        in_forward_mode(convert)


def test_a_dual_answers_like_a_value():
    assert in_forward_mode(lambda x: (1.0 if f"{x:.2f}" == "3.00" else 0.0) * x) == (3.0, 1.0)
    with pytest.raises(TypeError, match="// and % have no useful derivative"):
        in_forward_mode(lambda x: x // 2)
    with pytest.raises(TypeError, match="not turned into a float silently"):
        in_forward_mode(int)
    with pytest.raises(TypeError, match="the other side of a comparison must be a real number, got str"):
        in_forward_mode(lambda x: x < "a")


@pytest.mark.parametrize("foreign", ["a", None, [1.0], 1j], ids=repr)
def test_a_dual_refuses_foreign_operands(foreign):
    for f in (lambda x: x + foreign, lambda x: foreign * x, lambda x: x**foreign):
        with pytest.raises(TypeError):
            in_forward_mode(f)


def test_forward_mode_keeps_no_graph():
    kept = []
    in_forward_mode(lambda x: kept.append(x * x) or kept[0])
    assert isinstance(kept[0], Dual)
    assert (kept[0].primal, kept[0].tangent) == (9.0, 6.0)
    assert not hasattr(kept[0], "__dict__")


def test_values_of_a_closure_stay_connected():
    w = Value(5.0)
    value, tangent = jvp(lambda x: w * x * x, (3.0,), (1.0,))
    tangent.backward()
    assert (value.data, tangent.data, w.grad) == (45.0, 30.0, 6.0)


def test_primals_and_tangents_may_be_values():
    # reverse over forward by hand
    x, t = Value(3.0), Value(2.0)
    _, tangent = jvp(lambda s: s**3, (x,), (t,))
    tangent.backward()
    assert (tangent.data, x.grad, t.grad) == (54.0, 36.0, 27.0)


def test_no_grad_does_not_concern_forward_mode():
    with autograd.no_grad():
        assert derivative(lambda x: x * x)(3.0) == 6.0


@pytest.mark.parametrize("one", [1, 1.0])
@pytest.mark.parametrize("zero", [0.0, Value(0.0)])
def test_a_number_beside_a_dual_follows_ieee_754_where_it_is_asked_for(one, zero):
    with ieee():
        assert numbers(jvp(lambda x: one / x, (zero,), (1.0,))) == [math.inf, -math.inf]


@pytest.mark.parametrize("x", [1.0, Value(1.0)])
def test_a_division_by_the_number_zero_follows_ieee_754_in_every_mode(x):
    with ieee():
        assert numbers(jvp(lambda x: x / 0.0, (x,), (1.0,))) == [math.inf, math.inf]
        assert numbers(derivative(grad(lambda x: x / 0.0))(x)) == [0.0]
        assert numbers(grad(derivative(lambda x: x / 0.0))(x)) == [0.0]


def test_a_tangent_beside_numbers_is_a_plain_float():
    _, tangent = jvp(derivative(lambda x: x / 2), (3.0,), (1.0,))
    assert type(tangent) is float


def numbers(tree):
    return [x.data if isinstance(x, Value) else x for x in flatten(tree)[0]]
