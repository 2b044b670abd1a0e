"""Jacobians, Hessians, Hessian-vector products, and derivatives of third order, in every mixture of the modes."""

import functools
import itertools
import math
import random

import mpmath
import pytest
from mpmath import mp, mpf
from oracles import named

import autograd
from autograd import Value, derivative, grad, gradients, hessian, hvp, jacfwd, jacobian, jacrev, jvp, ops, vjp
from autograd.errors import GraphError, ShapeError
from autograd.ops import ROWS
from autograd.structure import flatten


def number(x):
    return x.data if isinstance(x, Value) else x


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


# -- Hessians ----------------------------------------------------------------------------------------------------------

COMPOSITIONS = {
    "forward over reverse": lambda f: jacfwd(grad(f)),
    "reverse over reverse": lambda f: jacrev(grad(f)),
    "reverse over forward": lambda f: jacrev(jacfwd(f)),
    "forward over forward": lambda f: jacfwd(jacfwd(f)),
    "hessian": hessian,
}
every_composition = pytest.mark.parametrize("second", COMPOSITIONS.values(), ids=COMPOSITIONS)


@every_composition
def test_the_hessian_of_rosenbrock_is_exact(second):
    assert second(rosenbrock)([1.0, 1.0]) == [[802.0, -400.0], [-400.0, 200.0]]
    assert second(rosenbrock)([-1.0, 2.0]) == [[402.0, 400.0], [400.0, 200.0]]


def network(w):
    hidden = [autograd.neuron(w[i : i + 2], [0.3, -0.7], w[i + 2], autograd.tanh) for i in (0, 3)]
    return autograd.cross_entropy([h * w[6] for h in hidden], 1) + 0.1 * autograd.dot(w, w)


SMOOTH = {
    "network": (network, [0.1, -0.2, 0.3, 0.5, 0.7, -0.9, 1.1]),
    "logsumexp": (lambda x: autograd.logsumexp([x[0] * x[1], x[1], x[2]]), [0.5, -1.0, 2.0]),
    "softplus of products": (lambda x: autograd.softplus(x[0] * x[1]) * autograd.erf(x[2]), [0.5, -1.0, 2.0]),
    "quotients": (lambda x: x[0] / x[1] - x[1] / (x[2] + x[0]), [0.5, -1.5, 2.0]),
    "powers": (lambda x: x[0] ** x[1] + x[2] ** 3 + x[0] ** -2, [0.5, 1.5, 2.0]),
    "angles": (lambda x: autograd.atan2(x[0], x[1]) * autograd.hypot(x[1], x[2]), [0.5, -1.5, 2.0]),
    "mean and sum": (lambda x: autograd.mean(x) ** 2 * autograd.sum([x[0], x[0], x[1]]), [0.5, -1.5, 2.0]),
    "neuron": (lambda x: autograd.neuron([x[0], x[1]], [x[1], x[2]], x[2], autograd.sigmoid), [0.5, -1.5, 2.0]),
    "fsum": (lambda x: autograd.exp(autograd.fsum([x[0], x[1] * x[2]])), [0.5, -1.5, 2.0]),
}
every_function = pytest.mark.parametrize("f, x", SMOOTH.values(), ids=SMOOTH)


@every_composition
@every_function
def test_all_four_mixtures_of_modes_give_one_hessian(second, f, x):
    expected = flatten(hessian(f)(x))[0]
    assert flatten(second(f)(x))[0] == pytest.approx(expected, rel=1e-12, abs=1e-14)


@every_function
def test_a_hessian_is_symmetric(f, x):
    h = hessian(f)(x)
    for i, j in itertools.combinations(range(len(x)), 2):
        assert h[i][j] == pytest.approx(h[j][i], rel=1e-12, abs=1e-14)


@every_function
def test_a_hessian_agrees_with_differences_of_the_gradient(f, x):
    step, h = 1e-5, hessian(f)(x)
    for k in range(len(x)):
        up, down = ([xi + s * step * (i == k) for i, xi in enumerate(x)] for s in (1, -1))
        column = [(a - b) / (2 * step) for a, b in zip(grad(f)(up), grad(f)(down), strict=True)]
        assert [row[k] for row in h] == pytest.approx(column, rel=1e-6, abs=1e-7)


@every_function
def test_a_hessian_vector_product_is_the_hessian_times_the_vector(f, x):
    v = [0.5 - k for k in range(len(x))]
    expected = [math.fsum(a * b for a, b in zip(row, v, strict=True)) for row in hessian(f)(x)]
    assert hvp(f, x, v) == pytest.approx(expected, rel=1e-12, abs=1e-13)
    by_reverse = grad(lambda y: autograd.dot(grad(f)(y), v))(x)
    assert list(map(number, by_reverse)) == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_a_hessian_of_a_dict_has_a_dict_in_every_place():
    h = hessian(lambda p: p["w"] ** 2 * p["b"][0])({"w": 3.0, "b": [2.0]})
    assert h == {"w": {"w": 4.0, "b": [6.0]}, "b": [{"w": 6.0, "b": [0.0]}]}


def test_the_hessian_of_a_scalar_is_a_scalar():
    assert hessian(lambda x: x**4)(2.0) == 48.0


def test_the_hessian_of_a_linear_function_is_zero():
    assert hessian(lambda x: 3 * x[0] - x[1])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]


def test_hvp_keeps_the_structure_and_refuses_another():
    assert hvp(lambda p: p["a"] ** 2 * p["b"], {"a": 3.0, "b": 2.0}, {"a": 1.0, "b": 0.0}) == {"a": 4.0, "b": 6.0}
    with pytest.raises(ShapeError):
        hvp(rosenbrock, [1.0, 1.0], [1.0])


def test_results_of_higher_order_are_plain_floats():
    w = SMOOTH["network"][1]
    results = [hessian(network)(w), hvp(rosenbrock, [1.0, 2.0], [1.0, 0.0]), jacrev(grad(network))(w)]
    assert {type(x) for result in results for x in flatten(result)[0]} == {float}


def test_a_hessian_on_values_can_be_differentiated_again():
    x = [Value(1.0), Value(2.0)]
    h = hessian(lambda v: v[0] ** 3 * v[1])(x)
    assert [number(e) for e in flatten(h)[0]] == [12.0, 3.0, 3.0, 0.0]
    h[0][0].backward()
    assert (x[0].grad, x[1].grad) == (12.0, 6.0)


@pytest.mark.parametrize("result", [[1.0], None, "1"], ids=repr)
def test_the_hessian_of_what_is_no_scalar_is_refused(result):
    with pytest.raises(GraphError, match="the function must return one scalar, got"):
        hessian(lambda x: result)([1.0])


# -- Jacobians ---------------------------------------------------------------------------------------------------------


def tree_function(p):
    a, b = p["w"][0], p["w"][1]
    (c,) = p["rest"][0]
    return {"first": a * b, "more": (autograd.sin(c), [a / b, autograd.exp(a - c), 2.0])}


TREE = {"w": [0.5, -1.5], "rest": ([2.0],)}


def test_jacobians_of_both_modes_have_one_structure_and_one_value():
    forward, reverse = jacfwd(tree_function)(TREE), jacrev(tree_function)(TREE)
    assert list(forward) == list(reverse) == ["first", "more"]
    assert isinstance(forward["more"], tuple) and isinstance(forward["more"][1], list)
    assert forward["more"][1][0].keys() == reverse["more"][1][0].keys() == TREE.keys()
    assert flatten(forward)[0] == pytest.approx(flatten(reverse)[0], rel=1e-14, abs=1e-15)


def test_jacobians_agree_with_finite_differences():
    inputs, rebuild = flatten(TREE)
    columns = []
    for k in range(len(inputs)):
        up, down = ([x + s * 1e-6 * (i == k) for i, x in enumerate(inputs)] for s in (1, -1))
        high, low = (flatten(tree_function(rebuild(moved)))[0] for moved in (up, down))
        columns.append([(a - b) / 2e-6 for a, b in zip(high, low, strict=True)])
    differences = [slope for row in zip(*columns, strict=True) for slope in row]
    assert flatten(jacfwd(tree_function)(TREE))[0] == pytest.approx(differences, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("jac", [jacfwd, jacrev, jacobian])
@pytest.mark.parametrize(
    "f, x, expected",
    [
        (lambda x: x * x, 3.0, 6.0),
        (lambda x: [x, x * x], 3.0, [1.0, 6.0]),
        (lambda x: x[0] * x[1], [2.0, 3.0], [3.0, 2.0]),
        (lambda x: (x[0], [x[1] * x[1]]), (2.0, 3.0), ((1.0, 0.0), [(0.0, 6.0)])),
        (lambda x: {"s": x["a"] * 2}, {"a": 1.0, "b": 5.0}, {"s": {"a": 2.0, "b": 0.0}}),
        (lambda x: [3.0, x], 1.0, [0.0, 1.0]),
        (lambda x: 7.0, [1.0, 2.0], [0.0, 0.0]),
        (lambda x: [[x[0]], [x[1], x[0] * x[1]]], [2.0, 3.0], [[[1.0, 0.0]], [[0.0, 1.0], [3.0, 2.0]]]),
    ],
)
def test_a_jacobian_has_the_structure_of_the_output_with_that_of_the_input_in_each_place(jac, f, x, expected):
    # SEEDS S4-36: numerator layout, a row by output
    assert jac(f)(x) == expected


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_argnums_choose_the_argument_of_a_jacobian(jac):
    f = lambda x, y: [x * y, x + y]  # noqa: E731
    assert jac(f)(2.0, 3.0) == [3.0, 1.0]
    assert jac(f, argnums=1)(2.0, 3.0) == jac(f, 1)(2.0, 3.0) == [2.0, 1.0]
    assert jac(f, argnums=-1)(2.0, 3.0) == [2.0, 1.0]


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_argnums_of_a_jacobian_may_be_several(jac):
    # as jax: a tuple in each place of the output
    assert jac(lambda x, y: [x * y, x + y], argnums=(0, 1))(2.0, 3.0) == [(3.0, 2.0), (1.0, 1.0)]


def test_argnums_of_a_hessian_may_be_several():
    # as jax.hessian: blocks
    assert hessian(lambda x, y: x * x * y, argnums=(0, 1))(2.0, 3.0) == ((6.0, 4.0), (4.0, 0.0))
    assert hessian(lambda x, y: x * x * y, argnums=1)(2.0, 3.0) == 0.0


@pytest.mark.parametrize("make", [jacfwd, jacrev, hessian])
@pytest.mark.parametrize("argnums", [5, -6])
def test_argnums_out_of_range_are_refused_with_a_sentence(make, argnums):
    with pytest.raises(IndexError, match=rf"argnums: there are 2 arguments, got number {argnums}"):
        make(lambda x, y: x * y, argnums)(2.0, 3.0)


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_no_inputs_give_empty_rows(jac):
    assert jac(lambda x: [1.0, 2.0])([]) == [[], []]


@pytest.mark.parametrize("jac", [jacfwd, jacrev])
def test_no_outputs_give_no_rows(jac):
    assert jac(lambda x: [])([1.0, 2.0]) == []


def test_a_jacobian_of_a_composition_is_the_product_of_jacobians():
    # SEEDS S0-50
    f = lambda x: [x[0] * x[1], autograd.sin(x[1]), x[0]]  # noqa: E731
    g = lambda y: [y[0] + y[1] * y[2], autograd.exp(y[2] - y[0])]  # noqa: E731
    x = [0.5, -1.5]
    inner, outer, whole = jacobian(f)(x), jacobian(g)(f(x)), jacobian(lambda v: g(f(v)))(x)
    for i, j in itertools.product(range(2), range(2)):
        assert whole[i][j] == pytest.approx(math.fsum(outer[i][k] * inner[k][j] for k in range(3)), rel=1e-13)


def test_jacobians_of_jacobians_agree_in_every_mixture():
    f = lambda x: [x[0] ** 2 * x[1], autograd.sin(x[0] * x[1])]  # noqa: E731
    x = [0.5, -1.5]
    results = [flatten(a(b(f))(x))[0] for a in (jacfwd, jacrev) for b in (jacfwd, jacrev)]
    for result in results[1:]:
        assert list(map(number, result)) == pytest.approx(list(map(number, results[0])), rel=1e-13)


def test_a_jacobian_counts_its_passes():
    # SEEDS S1-44: forward mode runs the function once for each input, reverse mode once
    runs = []

    def f(x):
        runs.append(1)
        return [x[0] * x[1]] * 5

    jacfwd(f)([2.0, 3.0])
    assert len(runs) == 2
    jacrev(f)([2.0, 3.0])
    assert len(runs) == 3


# -- kinks -------------------------------------------------------------------------------------------------------------


@every_composition
@pytest.mark.parametrize(
    "f, x",
    [
        (autograd.relu, 0.0),
        (autograd.abs, 0.0),
        (autograd.step, 0.0),
        (autograd.sign, 0.0),
        (lambda x: autograd.clip(x, -1.0, 1.0), 1.0),
        (lambda x: autograd.maximum(x, 1.0), 1.0),
        (lambda x: autograd.max([x, 2 * x]), 0.0),
    ],
)
def test_second_derivatives_at_the_kinks_of_piecewise_linear_functions_are_zero(second, f, x):
    assert number(second(f)(x)) == 0.0


@every_composition
@pytest.mark.parametrize("x, expected", [(2.0, 12.0), (-2.0, 0.0), (0.0, 0.0)])
def test_second_derivatives_follow_the_branch_that_was_taken(second, x, expected):
    assert number(second(lambda v: autograd.relu(v) ** 3)(x)) == expected
    assert number(second(lambda v: autograd.where(autograd.positive(v), v**3, v))(x)) == expected


# -- third order -------------------------------------------------------------------------------------------------------

UNARY = {name: row for name, row in ROWS.items() if row.arity == 1}
ORACLES = {
    "neg": lambda x: -x,
    "identity": lambda x: x,
    "exp2": lambda x: mp.power(2, x),
    "expm1": lambda x: mp.exp(x) - 1,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": lambda x: mp.log(1 + x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "log_sigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "sigmoid_slope": lambda x: 1 / (2 + mp.exp(x) + mp.exp(-x)),
    "cauchy": lambda x: 1 / (1 + x * x),
    **{f"gaussian({n})": (lambda x, n=n: (-1) ** n * mp.hermite(n, x) * mp.exp(-x * x)) for n in range(3)},
    **{f"power({n})": (lambda x, n=n: mp.power(x, mpf(n))) for n in (-2, -1, 0, 1, 2, 3, 0.5, 2.5)},
}
# Constant almost everywhere, or made of straight pieces: every derivative beyond the first is 0.
STRAIGHT = {"abs", "relu", "step", "positive", "sign", "nonzero", "stop_gradient"}
# The others, sin and its like, are in mpmath under the same name.
ORACLES |= {name: named(name) for name in UNARY if name not in {*ORACLES, *STRAIGHT} and named(name)}
SMOOTH_POINTS = [(name, x) for name in ORACLES for (x,) in UNARY[name].samples if (x,) not in UNARY[name].kinks]

# Innermost first: f by forward mode, r by reverse mode. test_forward.py has all eight on one function.
THIRD = {names: [{"f": derivative, "r": grad}[name] for name in names] for names in ("fff", "rrr", "rff", "frr")}


def third_derivative(row, x, modes):
    f = row
    for mode in modes:
        f = mode(f)
    return number(f(x))


@functools.cache
def true_third(name, x):
    with mp.workprec(5000 if x > 10 else 1100):  # differences of a saturated function lose most of them
        return float(mpmath.diff(ORACLES[name], mpf(x), 3))


def test_every_row_of_one_argument_has_an_oracle():
    assert set(UNARY) == set(ORACLES) | STRAIGHT


@pytest.mark.parametrize("modes", THIRD.values(), ids=THIRD)
@pytest.mark.parametrize("name, x", SMOOTH_POINTS, ids=str)
def test_third_derivatives_agree_with_arbitrary_precision(name, x, modes):
    expected = true_third(name, x)
    assert third_derivative(UNARY[name], x, modes) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("modes", THIRD.values(), ids=THIRD)
@pytest.mark.parametrize("name", sorted(STRAIGHT))
@pytest.mark.parametrize("x", [-1.3, 0.0, 0.7])
def test_third_derivatives_of_straight_pieces_are_zero(name, x, modes):
    assert third_derivative(UNARY[name], x, modes) == 0.0


AT_ZERO = [name for name in ORACLES if ((0.0,) in UNARY[name].samples or name in ("power(2)", "power(3)", "log1p"))]


@pytest.mark.parametrize("name", AT_ZERO)
def test_derivatives_at_zero_up_to_fourth_order(name):
    # NUMERICS, last section: a slope written with abs gave 0 here
    f, x = UNARY[name], 0.0
    with mp.workprec(600):
        expected = [float(mpmath.diff(ORACLES[name], mpf(0), k)) for k in range(1, 5)]
    for k in range(4):
        f = (derivative, grad)[k % 2](f)
        assert number(f(x)) == pytest.approx(expected[k], rel=1e-12, abs=1e-30), k + 1


BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: mp.power(x, y),
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "atan2": lambda x, y: mp.atan2(x, y),
    "over_hypot(1,1,0)": lambda x, y: x / mp.sqrt(x * x + y * y),
    "over_hypot(2,1,0)": lambda x, y: x / (x * x + y * y),
    "over_hypot(3,0,0,1)": lambda x, y: y * y / mp.sqrt(x * x + y * y) ** 3,
    "over_hypot(4,-1,0,1)": lambda x, y: (y * y - x * x) / (x * x + y * y) ** 2,
    "over_square": lambda x, y: x / y / y,
    "power_by(1,0)": lambda x, y: y * mp.power(x, y - 1),
    "power_by(0,1)": lambda x, y: mp.power(x, y) * mp.log(x),
    "power_by(1,1)": lambda x, y: mp.power(x, y - 1) * (1 + y * mp.log(x)),
    "power_by(2,0)": lambda x, y: y * (y - 1) * mp.power(x, y - 2),
    "exp_difference": lambda x, y: mp.exp(x - y),
    "share": lambda x, y: x / y,
}
BINARY_POINTS = [(name, x) for name in BINARY for x in ROWS[name].samples]


@pytest.mark.parametrize("orders", [(3, 0), (2, 1), (1, 2), (0, 3)], ids=str)
@pytest.mark.parametrize("name, point", BINARY_POINTS, ids=str)
def test_third_derivatives_of_rows_of_two_arguments(name, point, orders):
    f = ROWS[name]
    for argnum in [0] * orders[0] + [1] * orders[1]:
        f = grad(f, argnum)
    with mp.workprec(600):
        expected = float(mpmath.diff(BINARY[name], tuple(map(mpf, point)), orders))
    assert number(f(*point)) == pytest.approx(expected, rel=1e-11, abs=1e-12)


def test_every_row_of_two_arguments_is_covered():
    flat = {"greater", "equal", "maximum", "minimum", "chain", "gate"}
    assert {name for name, row in ROWS.items() if row.arity == 2} == set(BINARY) | flat


@pytest.mark.parametrize(
    "name", ["logsumexp", "mean", "neuron(tanh)", "neuron", "dot", "cross_entropy(0)", "fsum", "sum"]
)
def test_third_derivatives_of_fused_rows_are_those_of_their_definitions(name):
    row, point = ROWS[name], ROWS[name].samples[-1]
    rng = random.Random(name)
    u, v, w = ([rng.uniform(-1, 1) for _ in point] for _ in range(3))

    def third(f):
        along = lambda g, d: lambda *x: jvp(g, x, d)[1]  # noqa: E731
        return along(along(along(f, u), v), w)(*point), grad(lambda x: hvp(lambda y: f(*y), x, u)[0])(list(point))

    fused, opened = third(row), third(row.define)
    assert fused[0] == pytest.approx(opened[0], rel=1e-10, abs=1e-11)
    assert list(map(number, fused[1])) == pytest.approx(list(map(number, opened[1])), rel=1e-10, abs=1e-11)


def test_gradients_of_gradients_of_gradients_on_one_graph():
    x = Value(2.0)
    slope = x**5
    for expected in (80.0, 160.0, 240.0, 240.0, 120.0, 0.0):
        slope = gradients(slope, x, create_graph=True) if isinstance(slope, Value) else 0.0
        assert number(slope) == expected


def test_the_derivative_of_order_eight_of_a_sine():
    f = ops.sin
    for k in range(8):
        f = (derivative, grad)[k % 2](f)
    assert number(f(0.5)) == pytest.approx(math.sin(0.5), rel=1e-13)


def test_a_taylor_polynomial_by_repeated_gradients():
    # exp around 0.3: every derivative is exp(0.3)
    f, value = autograd.exp, 0.0
    for k in range(8):
        value += f(0.3) * 0.1**k / math.factorial(k)
        f = grad(f)
    assert value == pytest.approx(math.exp(0.4), rel=1e-14)


# -- vjp of grad, jvp of vjp -------------------------------------------------------------------------------------------


@every_function
def test_pushing_a_gradient_and_pulling_it_back_are_one_product(f, x):
    v = [0.5 - k for k in range(len(x))]
    pulled = vjp(grad(f), x)[1](v)[0]
    assert list(map(number, pulled)) == pytest.approx(hvp(f, x, v), rel=1e-12, abs=1e-13)
