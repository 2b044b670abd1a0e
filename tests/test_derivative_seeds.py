"""What the source texts say of derivatives, with their numbers. The ids are those of the rows: S0 to S4 are the texts.

Some numbers are printed in the texts; the others were worked out with numpy and mpmath.
"""

import itertools
import math
import random

import pytest

import autograd
from autograd import (
    Function,
    Value,
    checkpoint,
    count_operations,
    cross_entropy,
    derivative,
    grad,
    gradients,
    hessian,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    path_sum,
    relu,
    sigmoid,
    simplify,
    sin,
    softplus,
    sqrt,
    step,
    tanh,
    value_and_grad,
    vjp,
)
from autograd.graph import topological_order
from autograd.structure import flatten


def number(x):
    return x.data if isinstance(x, Value) else x


def numbers(tree):
    return list(map(number, flatten(tree)[0]))


def matrix(rng, rows, columns):
    return [[rng.uniform(-1, 1) for _ in range(columns)] for _ in range(rows)]


def times(m, v):
    return [sum(a * b for a, b in zip(row, v, strict=True)) for row in m]


def transposed(m):
    return [list(column) for column in zip(*m, strict=True)]


def product(a, b):
    return [times(transposed(b), row) for row in a]


# -- losses and their slopes -------------------------------------------------------------------------------------------


def test_the_slope_of_the_log_likelihood_is_the_softmax_minus_one_hot():
    # SEEDS S0-25
    slopes = grad(lambda z: cross_entropy(z, 0))([3.0, 0.0, 1.0])
    assert slopes == pytest.approx([-0.15620527, 0.04201007, 0.11419520], abs=5e-9)
    softmax = grad(autograd.logsumexp)([3.0, 0.0, 1.0])
    assert slopes == pytest.approx([softmax[0] - 1, softmax[1], softmax[2]], rel=1e-14)
    assert softmax == pytest.approx([0.843794734, 0.042010066, 0.114195199], abs=5e-10)


@pytest.mark.parametrize("z, squared, likelihood", [(-10, -9.0787e-05, -0.99995), (-5, -0.0132071244, -0.9933071491)])
def test_the_squared_error_of_a_sigmoid_does_not_learn_where_it_is_most_wrong(z, squared, likelihood):
    # SEEDS S0-32
    assert grad(lambda t: (sigmoid(t) - 1) ** 2)(z) == pytest.approx(squared, rel=1e-5)
    assert grad(lambda t: softplus(-t))(z) == pytest.approx(likelihood, rel=1e-5)


def test_the_steepest_place_of_that_squared_error():
    # SEEDS S0-32: 8/27 at sigma = 2/3, z = ln 2, for y = 0
    loss, z = lambda t: sigmoid(t) ** 2, math.log(2.0)
    assert grad(loss)(z) == pytest.approx(8 / 27, rel=1e-14)
    assert grad(grad(loss))(z) == pytest.approx(0.0, abs=1e-15)
    assert grad(grad(grad(loss)))(z) < 0
    assert all(grad(loss)(z + d) < 8 / 27 for d in (-1.0, -0.1, 0.1, 1.0))


def logistic_loss(w, b):
    margins = [1 * (w[0] * 1 + w[1] * 2 + b), -1 * (w[0] * -1 + w[1] * 0.5 + b)]
    return autograd.sum([softplus(-m) for m in margins])


def test_the_gradient_of_logistic_regression():
    # SEEDS S3-13, S3-09
    loss, (dw, db) = value_and_grad(logistic_loss, (0, 1))([0.3, -0.2], 0.1)
    assert loss == pytest.approx(1.2475024250, abs=5e-11)
    assert dw == pytest.approx([-0.9255574832, -0.7872212584], abs=5e-11)  # the row's digits end in 4760 and 2569
    assert db == pytest.approx(-0.0744425168, abs=5e-11)


def test_that_gradient_is_minus_the_sum_of_labels_inputs_and_sigmoids():
    # SEEDS S3-13
    w, b, data = [0.3, -0.2], 0.1, [([1, 2], 1), ([-1, 0.5], -1)]
    weight = [y * sigmoid(-y * (w[0] * x[0] + w[1] * x[1] + b)) for x, y in data]
    dw, db = grad(logistic_loss, (0, 1))(w, b)
    assert db == pytest.approx(-sum(weight), rel=1e-14)
    assert dw == pytest.approx([-sum(s * x[d] for s, (x, _) in zip(weight, data, strict=True)) for d in (0, 1)])


# -- the chain rule ----------------------------------------------------------------------------------------------------


def test_the_chain_rule_of_numbers_and_of_lists():
    # SEEDS S0-50
    f, g = (lambda x: sin(x) * x), (lambda y: autograd.exp(y) - y)
    assert grad(lambda x: g(f(x)))(0.7) == pytest.approx(grad(g)(f(0.7)) * grad(f)(0.7), rel=1e-14)
    inner = lambda v: [v[0] * v[1], v[0] + sin(v[1]), v[1]]  # noqa: E731
    outer = lambda u: [u[0] * u[2], u[1] ** 2 + u[0]]  # noqa: E731
    x = [0.7, -1.2]
    whole = jacobian(lambda v: outer(inner(v)))(x)
    expected = product(jacobian(outer)(inner(x)), jacobian(inner)(x))
    assert numbers(whole) == pytest.approx(numbers(expected), rel=1e-14)


def test_the_gradient_of_an_input_is_not_computed_where_it_is_not_asked_for():
    # SEEDS S0-51
    w, x = Value(0.5), Value(2.0, requires_grad=False)
    out = tanh(w * x)
    out.backward()
    assert (w.grad != 0.0, x.grad) == (True, 0.0)
    only_w = topological_order(gradients(out, w, create_graph=True))[0]
    both = gradients(tanh(w * (v := Value(2.0))), [w, v], create_graph=True)
    assert len(only_w) < sum(len(topological_order(g)[0]) for g in both)


def test_gradients_of_matrices_by_flattening():
    # SEEDS S0-52
    w, x = [[0.5, -1.0], [2.0, 0.25], [1.5, -0.5]], [0.3, 0.7]
    nested = jacobian(lambda m: times(m, x))(w)
    flat = jacobian(lambda v: times([v[0:2], v[2:4], v[4:6]], x))(flatten(w)[0])
    assert [numbers(row) for row in nested] == flat
    # d (W x)_i / d W_jk = x_k where i = j
    for i, j, k in itertools.product(range(3), range(3), range(2)):
        assert nested[i][j][k] == (x[k] if i == j else 0.0)


def test_the_outer_product_equals_the_flattened_recipe_at_a_fraction_of_the_cost():
    # SEEDS S0-53
    rng = random.Random(1)
    w, h, upstream = matrix(rng, 4, 3), [rng.uniform(-1, 1) for _ in range(3)], [rng.uniform(-1, 1) for _ in range(4)]
    outer = [[g * hk for hk in h] for g in upstream]
    (pulled,) = vjp(lambda m: times(m, h), w)[1](upstream)
    full = [flatten(row)[0] for row in jacobian(lambda m: times(m, h))(w)]
    recipe = times(transposed(full), upstream)
    assert numbers(pulled) == pytest.approx(numbers(outer), rel=1e-15)
    assert recipe == pytest.approx(numbers(outer), rel=1e-15)
    products_of_outer, products_of_recipe = 4 * 3, len(full) * len(full[0])
    assert (products_of_outer, products_of_recipe) == (4 * 3, 4 * 4 * 3)


def test_derivatives_of_single_functions():
    # SEEDS S4-35, S4-37, S4-38, S4-44
    assert grad(lambda x, y: x**2 + 5 * x * y, (0, 1))(2.0, 3.0) == (19.0, 10.0)
    for mode in (grad, derivative):
        assert mode(lambda v: autograd.cos(v**2))(1.5) == pytest.approx(-2.3342195906637637, rel=1e-15)
        assert mode(lambda v: sin(autograd.cos(v**2)))(1.5) == pytest.approx(
            math.cos(math.cos(2.25)) * -math.sin(2.25) * 3, rel=1e-14
        )
        assert mode(sigmoid)(0.0) == 0.25
    assert grad(lambda u, v, w: u * v * w, (0, 1, 2))(2.0, 3.0, 5.0) == (15.0, 10.0, 6.0)
    assert grad(lambda u, v: u * v, (0, 1))(2.0, 3.0) == (3.0, 2.0)


def test_the_rows_of_a_jacobian_are_outputs():
    # SEEDS S4-36: numerator layout
    j = jacobian(lambda x: [x[0] ** 2 + 5 * x[0] * x[1], x[1], x[0]])([2.0, 3.0])
    assert j == [[19.0, 10.0], [0.0, 1.0], [1.0, 0.0]]
    assert (len(j), len(j[0])) == (3, 2)


def test_a_function_along_a_path():
    # SEEDS S4-39
    f = lambda x, y: x**2 * sin(y)  # noqa: E731
    x, y = (lambda t: t**3), (lambda t: autograd.exp(t))
    t = 0.7
    fx, fy = grad(f, (0, 1))(x(t), y(t))
    expected = fx * derivative(x)(t) + fy * derivative(y)(t)
    assert derivative(lambda s: f(x(s), y(s)))(t) == pytest.approx(expected, rel=1e-14)
    assert jvp(f, (x(t), y(t)), (derivative(x)(t), derivative(y)(t)))[1] == pytest.approx(expected, rel=1e-14)


def test_adjoints_along_a_composition():
    # SEEDS S4-45: delta of z_(i-1) is f_i'(z_(i-1)) times delta of z_i
    steps = [sin, tanh, autograd.exp, lambda z: z**3, sigmoid]
    z = [Value(0.7)]
    for f in steps:
        z.append(f(z[-1]))
    z[-1].backward()
    assert z[-1].grad == 1.0
    for k, f in enumerate(steps):
        assert z[k].grad == pytest.approx(derivative(f)(z[k].data) * z[k + 1].grad, rel=1e-14)


def test_the_adjoints_of_a_line_are_the_factors_crosswise():
    # SEEDS S4-46: the text has them the wrong way round
    w, x, b = Value(2.0), Value(5.0), Value(-1.0)
    (w * x + b).backward()
    assert (x.grad, w.grad, b.grad) == (2.0, 5.0, 1.0)


class ProductAndQuotient(Function):
    """Has two results."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x / y

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_values
        return g * y + h / y, g * x - h * x / (y * y)


def test_an_operation_with_several_results_sums_over_them():
    # SEEDS S4-47, S1-41
    x, y = Value(3.0), Value(2.0)
    p, q = ProductAndQuotient.apply(x, y)
    (p * 10 + q).backward()
    assert (x.grad, y.grad) == (20.5, 30 - 0.75)


@pytest.mark.parametrize("a", [-1.5, 0.0, 3.0])
def test_what_is_used_several_times_receives_the_sum(a):
    # SEEDS S4-48
    for mode in (grad, derivative):
        assert mode(lambda x: x + x)(a) == 2.0
        assert mode(lambda x: x * x * x)(a) == 3 * a * a


def test_products_with_transposed_jacobians_of_matrices():
    # SEEDS S4-49, S4-41
    rng = random.Random(2)
    w, x, g = matrix(rng, 3, 4), [rng.uniform(-1, 1) for _ in range(4)], [1.0, -2.0, 0.5]
    dw, dx = vjp(times, w, x)[1](g)
    assert dx == pytest.approx(times(transposed(w), g), rel=1e-14)
    assert numbers(dw) == pytest.approx([gi * xj for gi in g for xj in x], rel=1e-14)


def test_forward_order_has_every_input_before_its_use():
    # SEEDS S4-41, S1-35
    x, y = Value(2.0), Value(3.0)
    root = tanh(x * y) + sin(x) * (x * y)
    seen = set(topological_order(root)[1])
    for node in topological_order(root)[0]:
        assert set(node.parents) <= seen
        seen.add(node)


def test_every_edge_carries_its_own_adjoint():
    # SEEDS S4-42: the adjoint of a value is the sum over the edges that leave it
    x = Value(0.7)
    left, right = sin(x), x * 2
    out = left * right
    out.backward()
    along_left = left.local_gradients[0]() * left.grad
    along_right = right.local_gradients[0]() * right.grad
    assert x.grad == pytest.approx(along_left + along_right, rel=1e-15)


# -- three targets -----------------------------------------------------------------------------------------------------


def toy(w, x):
    hidden = [tanh(autograd.dot(row, x)) for row in w]
    return hidden, softplus(-autograd.sum(hidden))


def test_gradients_of_weights_of_intermediates_and_of_inputs():
    # SEEDS S4-34
    w = [[Value(0.5), Value(-1.0)], [Value(1.5), Value(0.25)]]
    x = [Value(0.3), Value(0.7)]
    hidden, loss = toy(w, x)
    loss.backward()
    assert all(v.grad != 0.0 for v in [*flatten(w)[0], *hidden, *x])
    assert numbers(gradients(loss, hidden)) == [h.grad for h in hidden]
    # the fast gradient sign method: a small step along the signs of the input's gradient raises the loss
    attacked = [Value(v.data + 0.1 * math.copysign(1, v.grad)) for v in x]
    assert toy(w, attacked)[1].data > loss.data
    # the most sensitive input is the one whose change changes the loss most
    moved = [[Value(v.data + 1e-4 * (i == k)) for i, v in enumerate(x)] for k in range(2)]
    changes = [abs(toy(w, inputs)[1].data - loss.data) for inputs in moved]
    assert (changes[0] > changes[1]) == (abs(x[0].grad) > abs(x[1].grad))


# -- memory and recomputation ------------------------------------------------------------------------------------------


def test_a_repeated_function_stored_or_computed_again():
    # SEEDS S1-34, S4-43
    runs = []

    def f(w):
        runs.append(1)
        return sin(w) * w

    w = 0.7
    d = derivative(f)
    expected = d(number(f(f(w)))) * d(number(f(w))) * d(w)
    runs.clear()
    assert grad(lambda v: f(f(f(v))))(w) == pytest.approx(expected, rel=1e-14)
    assert len(runs) == 3  # stored
    runs.clear()
    again = checkpoint(f)
    assert grad(lambda v: again(again(again(v))))(w) == pytest.approx(expected, rel=1e-14)
    assert len(runs) == 6  # computed once more on the way back


# -- the graph of thirteen nodes ---------------------------------------------------------------------------------------


def thirteen():
    """Return u1 ... u13; the parameters are u2, u3, u8, u9."""
    u = {k: Value(v, label=f"u{k}") for k, v in {1: 0.5, 2: -1.5, 3: 0.8, 5: 2.0, 6: 0.4, 8: 1.2, 9: -0.3}.items()}
    u[4] = u[1] * u[2]
    u[7] = tanh(u[3] + u[4])
    u[10] = u[8] * u[7]
    u[11] = u[10] + u[9]
    u[12] = u[5] * u[6]
    u[13] = (u[12] - u[11]) ** 2
    return u


def test_the_partial_derivatives_of_the_graph_one_after_another():
    # SEEDS S1-33, S1-36, S1-37
    u = thirteen()
    u[13].backward()
    d = {k: v.grad for k, v in u.items()}
    error = 2 * (u[12].data - u[11].data)
    slope = 1 - u[7].data ** 2
    assert d[12] == pytest.approx(error, rel=1e-14)
    assert d[11] == pytest.approx(-error, rel=1e-14)
    assert d[9] == d[11]
    assert d[10] == d[11]
    assert d[7] == pytest.approx(d[10] * u[8].data, rel=1e-14)  # the text prints du10/du9 here
    assert d[8] == pytest.approx(d[10] * u[7].data, rel=1e-14)
    assert d[3] == pytest.approx(d[7] * slope, rel=1e-13)
    assert d[4] == pytest.approx(d[7] * slope, rel=1e-13)
    assert d[1] == pytest.approx(d[4] * u[2].data, rel=1e-13)
    assert d[2] == pytest.approx(d[4] * u[1].data, rel=1e-13)


def test_the_wanted_leaves_of_the_graph_by_every_road():
    # SEEDS S1-33, S1-35, S1-40
    u = thirteen()
    wanted = [u[k] for k in (2, 3, 8, 9)]
    plain = gradients(u[13], wanted)
    assert numbers(gradients(u[13], wanted, create_graph=True)) == plain
    assert [path_sum(u[13], leaf).value for leaf in wanted] == pytest.approx(plain, rel=1e-13)
    order = topological_order(u[13])[0]
    assert order[-1] is u[13]
    for later, earlier in ((7, 4), (10, 7), (11, 10), (13, 11), (13, 12)):
        assert [v is u[earlier] for v in order].index(True) < [v is u[later] for v in order].index(True)


# -- symbol to symbol, own functions, paths ----------------------------------------------------------------------------


def test_a_derivative_is_another_graph_and_so_is_its_derivative():
    # SEEDS S1-38
    x = Value(0.7, label="x")
    first = gradients(tanh(x), x, create_graph=True)
    second = gradients(first, x, create_graph=True)
    third = gradients(second, x)
    t = math.tanh(0.7)
    assert first.data == pytest.approx(1 - t * t, rel=1e-14)
    assert second.data == pytest.approx(-2 * t * (1 - t * t), rel=1e-14)
    assert third == pytest.approx((6 * t * t - 2) * (1 - t * t), rel=1e-13)
    assert x in topological_order(first)[1]


class MyReLU(Function):
    """ReLU as the text declares it."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * step(x)


def test_the_texts_own_relu_has_the_slope_one_at_zero():
    # SEEDS S1-39
    assert [grad(MyReLU.apply)(x) for x in (-1.0, 0.0, 2.0)] == [0.0, 1.0, 1.0]
    assert [grad(relu)(x) for x in (-1.0, 0.0, 2.0)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("n", [1, 5, 10, 16])
def test_the_sum_over_all_paths_is_what_backward_computes(n):
    # SEEDS S1-40
    a = Value(1.0)
    out = a
    for _ in range(n):
        out = out + out
    out.backward()
    assert path_sum(out, a) == (a.grad, 2**n) == (2.0**n, 2**n)
    assert count_operations(out).forward == n


def test_twenty_doublings_have_the_gradient_1048576():
    # SEEDS S1-40
    assert grad(lambda a: [a := a + a for _ in range(20)][-1])(1.0) == 1048576.0
    assert derivative(lambda a: [a := a + a for _ in range(20)][-1])(1.0) == 1048576.0


def test_where_there_is_no_derivative_the_choice_is_the_smallest_slope():
    # SEEDS S1-41: torch, HIPS and CasADi have 0 for abs too, jax has 1
    for mode in (grad, derivative):
        assert mode(autograd.abs)(0.0) == 0.0
        assert mode(relu)(0.0) == 0.0
        assert mode(lambda x: autograd.maximum(x, 0.0))(0.0) == 0.5


# -- gradient descent --------------------------------------------------------------------------------------------------


def test_descent_on_an_absolute_value_never_settles_and_on_a_softened_one_it_does():
    # SEEDS S1-30
    def descend(f, rate, steps=200):
        x = 1.03
        for _ in range(steps):
            x -= rate * grad(f)(x)
        return x

    assert abs(descend(autograd.abs, 0.1)) > 0.01
    assert abs(descend(autograd.abs, 0.1, steps=201)) > 0.01
    assert abs(descend(lambda x: sqrt(x * x + 0.25), 0.1)) < 1e-3
    assert abs(descend(lambda x: x * x, 0.001)) > 0.5  # too small
    assert abs(descend(lambda x: x * x, 1.1)) > 1e3  # too large


@pytest.mark.parametrize("rate", [0.01, 0.13, 0.5])
def test_a_step_of_descent_is_the_minimum_of_the_local_model(rate):
    # SEEDS S2-13: L + e g + |e|**2 / (2 rate) is least at e = -rate g
    loss = lambda x: x[0] ** 4 + x[0] * x[1] + autograd.exp(x[1])  # noqa: E731
    theta = [0.7, -0.3]
    g = grad(loss)(theta)

    def model(e):
        return loss(theta) + e[0] * g[0] + e[1] * g[1] + (e[0] ** 2 + e[1] ** 2) / (2 * rate)

    least = [-rate * gi for gi in g]
    assert grad(model)(least) == pytest.approx([0.0, 0.0], abs=1e-14)
    assert numbers(hessian(model)(least)) == pytest.approx([1 / rate, 0.0, 0.0, 1 / rate])


# -- vanishing gradients -----------------------------------------------------------------------------------------------


def test_a_hundred_sigmoids_let_the_gradient_vanish():
    # SEEDS S1-42: at most 0.25 ** 100 = 6.22e-61
    assert grad(grad(sigmoid))(0.0) == 0.0 and grad(sigmoid)(0.0) == 0.25

    def chain(x, layer):
        for _ in range(100):
            x = layer(x)
        return x

    vanished = grad(lambda x: chain(x, lambda u: sigmoid(u)))(0.0)
    assert 0 < vanished < 0.25**100 == pytest.approx(6.22e-61, rel=1e-3)
    centred = grad(lambda x: chain(x, lambda u: sigmoid(u) - 0.5))(0.0)
    assert centred == 0.25**100
    assert grad(lambda x: chain(x, relu))(1.0) == 1.0
    residual = grad(lambda x: chain(x, lambda u: u + 0.01 * sigmoid(u)))(0.0)
    assert residual > 1.0


# -- simplification, forward and reverse -------------------------------------------------------------------------------


def test_the_graph_of_a_derivative_is_simplified():
    # SEEDS S1-43
    x = Value(0.7)
    slope = gradients(x * 1 + (x * 1) ** 2, x, create_graph=True)
    short = simplify(slope)
    assert short.data == slope.data
    assert len(topological_order(short)[0]) < len(topological_order(slope)[0])


def test_forward_mode_gives_a_directional_derivative_in_one_pass():
    # SEEDS S1-43
    f = lambda x: sin(x[0] * x[1]) + x[2]  # noqa: E731
    x, v = [0.7, -1.2, 3.0], [1.0, 2.0, -0.5]
    expected = sum(g * vi for g, vi in zip(grad(f)(x), v, strict=True))
    assert jvp(f, (x,), (v,))[1] == pytest.approx(expected, rel=1e-14)


SIZES = [((4, 5, 6, 1), "reverse"), ((1, 5, 6, 4), "forward"), ((10, 3, 3, 2), "reverse")]


@pytest.mark.parametrize("sizes, cheaper", SIZES)
def test_the_order_of_a_product_of_jacobians_decides_its_cost(sizes, cheaper):
    # SEEDS S1-44: n inputs, two hidden widths, p outputs
    rng = random.Random(3)
    n, a, b, p = sizes
    first, second, third = matrix(rng, a, n), matrix(rng, b, a), matrix(rng, p, b)
    forward = a * n * b + b * n * p  # second first, then third (second first)
    reverse = p * b * a + p * a * n
    assert (reverse < forward) == (cheaper == "reverse")
    left = product(product(third, second), first)
    right = product(third, product(second, first))
    assert numbers(left) == pytest.approx(numbers(right), rel=1e-12, abs=1e-14)
    f = lambda x: times(third, times(second, times(first, x)))  # noqa: E731
    x = [rng.uniform(-1, 1) for _ in range(n)]
    assert numbers(jacfwd(f)(x)) == pytest.approx(numbers(left), rel=1e-12, abs=1e-14)
    assert numbers(jacrev(f)(x)) == pytest.approx(numbers(left), rel=1e-12, abs=1e-14)


# -- networks by hand --------------------------------------------------------------------------------------------------


def test_a_network_with_norms_in_its_loss():
    # SEEDS S2-20: norms not squared; two paths lead into the first layer
    rng = random.Random(4)
    w1, w2, x, rate = matrix(rng, 3, 2), [rng.uniform(-1, 1) for _ in range(3)], [0.5, -1.0], 0.1

    def norm(values):
        return sqrt(autograd.sum([v * v for v in values]))

    def loss(first, second, parts=(1.0, 1.0)):
        hidden = [sigmoid(autograd.dot(row, x)) for row in first]
        fit = softplus(-autograd.dot(second, hidden))
        return parts[0] * fit + parts[1] * rate * (norm(flatten(first)[0]) + norm(second))

    whole = numbers(grad(loss)(w1, w2))
    through_fit = numbers(grad(lambda w: loss(w, w2, (1.0, 0.0)))(w1))
    through_norm = numbers(grad(lambda w: loss(w, w2, (0.0, 1.0)))(w1))
    assert whole == pytest.approx([a + b for a, b in zip(through_fit, through_norm, strict=True)], rel=1e-13)
    length = math.sqrt(sum(v * v for v in flatten(w1)[0]))
    assert through_norm == pytest.approx([rate * v / length for v in flatten(w1)[0]], rel=1e-13)


def test_the_norm_of_nothing_has_the_gradient_zero():
    # SEEDS S2-20, FAULTS K25
    norm = lambda v: autograd.hypot(autograd.hypot(v[0], v[1]), v[2])  # noqa: E731
    assert grad(norm)([0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert grad(norm)([3.0, 4.0, 12.0]) == pytest.approx([3 / 13, 4 / 13, 12 / 13], rel=1e-15)
    assert jvp(norm, ([0.0, 0.0, 0.0],), ([1.0, 0.0, 0.0],))[1] == 0.0


def forward_by_hand(weights, biases, x):
    """Return the sums and the activations of every layer."""
    sums, activations = [], [x]
    for w, b in zip(weights, biases, strict=True):
        sums.append([s + bi for s, bi in zip(times(w, activations[-1]), b, strict=True)])
        activations.append([math.tanh(s) for s in sums[-1]])
    return sums, activations


def backward_by_hand(weights, sums, activations, target):
    """Return dl/dw and dl/db of every layer for the loss sum (x_L - target)**2."""
    dx = [2 * (a - t) for a, t in zip(activations[-1], target, strict=True)]
    slopes = []
    for w, s, below in zip(reversed(weights), reversed(sums), reversed(activations[:-1]), strict=True):
        ds = [d * (1 - math.tanh(si) ** 2) for d, si in zip(dx, s, strict=True)]
        slopes.append(([[d * xj for xj in below] for d in ds], ds))
        dx = times(transposed(w), ds)
    return slopes[::-1]


@pytest.mark.parametrize("seed", range(6))
def test_backprop_by_hand_equals_the_engine_on_random_networks(seed):
    # SEEDS S3-19, S3-20: outer products, and a sum over the samples
    rng = random.Random(seed)
    widths = [rng.randint(1, 4) for _ in range(rng.randint(2, 5))]
    weights = [matrix(rng, m, n) for n, m in itertools.pairwise(widths)]
    biases = [[rng.uniform(-1, 1) for _ in range(m)] for m in widths[1:]]
    samples = [([rng.uniform(-1, 1) for _ in range(widths[0])], [rng.uniform(-1, 1) for _ in range(widths[-1])])
               for _ in range(3)]  # fmt: skip

    def loss(p):
        total = 0.0
        for x, target in samples:
            for w, b in zip(p["w"], p["b"], strict=True):
                x = [tanh(s + bi) for s, bi in zip(times(w, x), b, strict=True)]
            total = total + autograd.sum([(a - t) ** 2 for a, t in zip(x, target, strict=True)])
        return total

    engine = grad(loss)({"w": weights, "b": biases})
    expected = [0.0] * len(flatten([weights, biases])[0])
    for x, target in samples:
        slopes = backward_by_hand(weights, *forward_by_hand(weights, biases, x), target)
        one = flatten([[w for w, _ in slopes], [b for _, b in slopes]])[0]
        expected = [a + b for a, b in zip(expected, one, strict=True)]
    assert numbers(engine) == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_graph_nodes_are_operations_or_data():
    # SEEDS S4-40: edges carry the data, nodes are the operations that made them
    x, y = Value(2.0), Value(3.0)
    root = tanh(x * y)
    assert [node.row.name for node in topological_order(root)[0]] == ["mul", "tanh"]
    assert [p.data for p in root.parents] == [6.0]
