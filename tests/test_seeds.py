"""What the source texts name, with their numbers. The ids are those of the rows: S0 to S4 are the texts.

Some numbers are printed in the texts; the others were worked out with numpy and mpmath.
"""

import math

import pytest

import autograd
from autograd import Value, relu, sigmoid
from nn import MLP, Layer, Linear, binary_cross_entropy_with_logits, cross_entropy, fit, make_xor, mse_loss
from nn.optim import SGD

XOR = make_xor()


def fill(parameters, numbers):
    for p, number in zip(parameters, numbers, strict=True):
        p.data = float(number)


def loss_on_xor(model):
    return mse_loss([model(row) for row in XOR.X], XOR.y)


# -- S0-03: a network of 2 inputs and layers of 5, 10, 5, 2 units ------------------------------------------------------


def test_s0_03_a_network_of_5_10_5_2_units_has_142_parameters():
    model = MLP(2, [5, 10, 5, 2])
    assert [len(layer.parameters()) for layer in model.layers] == [15, 60, 55, 12]
    assert len(model.parameters()) == 142
    assert sum(name.endswith(".b") for name, _ in model.named_parameters()) == 22


# -- S0-08, S0-09: XOR cannot be learnt by a line ----------------------------------------------------------------------


def test_s0_08_the_best_line_for_xor_says_one_half_everywhere():
    model = Linear(2, 1)
    fill(model.parameters(), [0, 0, 0.5])
    loss = loss_on_xor(model)
    loss.backward()
    assert [model(row).data for row in XOR.X] == [0.5] * 4
    assert loss.data == 0.25
    assert [p.grad for p in model.parameters()] == [0.0, 0.0, 0.0]


def test_s0_08_the_normal_equations_of_xor():
    rows = [[*row, 1.0] for row in XOR.X]
    gram = [[sum(r[i] * r[j] for r in rows) for j in range(3)] for i in range(3)]
    assert gram == [[2, 1, 2], [1, 2, 2], [2, 2, 4]]
    assert [sum(r[i] * y for r, y in zip(rows, XOR.y, strict=True)) for i in range(3)] == [1, 1, 2]


def test_s0_08_gradient_descent_finds_that_line():
    # also S0-10, from a start of its own
    model = Linear(2, 1, seed=3)
    fit(model, XOR, loss=mse_loss, optimizer=SGD(model.parameters(), lr=0.3), epochs=600, batch_size=4)
    assert [p.data for p in model.parameters()] == pytest.approx([0, 0, 0.5], abs=1e-9)


def test_s0_09_the_gradient_at_zero():
    model = Linear(2, 1)
    fill(model.parameters(), [0, 0, 0])
    loss_on_xor(model).backward()
    assert [p.grad for p in model.parameters()] == [-0.5, -0.5, -1.0]


# -- S0-11: XOR with one ReLU layer ------------------------------------------------------------------------------------


def oracle():
    model = MLP(2, [2, 1])
    fill(model.parameters(), [1, 1, 0, 1, 1, -1, 1, -2, 0])
    return model


def test_s0_11_one_relu_layer_solves_xor():
    model = oracle()
    hidden = [[v.data for v in model.layers[0](row)] for row in XOR.X]
    assert hidden == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert [model(row).data for row in XOR.X] == [0, 1, 1, 0]


def test_s0_11_before_the_relu():
    layer = Layer(2, 2, activation=None)
    fill(layer.parameters(), [1, 1, 0, 1, 1, -1])
    assert [[v.data for v in layer(row)] for row in XOR.X] == [[0, -1], [1, 0], [1, 0], [2, 1]]


def test_s0_11_the_loss_and_all_gradients_are_zero():
    model = oracle()
    loss = loss_on_xor(model)
    loss.backward()
    assert loss.data == 0.0
    assert [p.grad for p in model.parameters()] == [0.0] * 9


# -- S0-33: the squared error as a loss for classes --------------------------------------------------------------------


@pytest.mark.parametrize("p, expected", [([0.8, 0.0, 0.2], 1.28), ([0.4, 0.4, 0.2], 0.96)])
def test_s0_33_the_squared_error_treats_equal_likelihoods_unevenly(p, expected):
    assert mse_loss(p, [0, 0, 1], reduction="sum") == pytest.approx(expected, rel=1e-15)
    assert -math.log(p[2]) == 1.6094379124341003


def test_s0_33_the_cross_entropy_treats_them_evenly():
    # logits are the logarithms; 0 is put as -1000
    for p in ([0.8, 0.0, 0.2], [0.4, 0.4, 0.2]):
        logits = [math.log(x) if x else -1000.0 for x in p]
        assert cross_entropy(logits, 2) == pytest.approx(1.6094379124341003, rel=1e-15)


# -- S0-45: a piecewise linear function from two layers ----------------------------------------------------------------


def piecewise():
    model = MLP(1, [5, 1])
    hidden = [number for knot in (0, 1, 2, 3, 6) for number in (1, -knot)]
    fill(model.parameters(), [*hidden, 1, -1, 2, -3, 1, 0])
    return model


@pytest.mark.parametrize("x, y", [(0, 0), (1, 1), (2, 1), (3, 3), (4, 2), (5, 1), (6, 0), (7, 0), (-1, 0)])
def test_s0_45_two_layers_make_the_piecewise_linear_function(x, y):
    assert piecewise()([x]).data == y


@pytest.mark.parametrize("x, slope", [(0.5, 1), (1.5, 0), (2.5, 2), (4.5, -1), (6.5, 0)])
def test_s0_45_the_slopes_between_the_knots(x, slope):
    v = Value(x)
    piecewise()([v]).backward()
    assert v.grad == slope


# -- S0-57: gradient descent on a quartic ------------------------------------------------------------------------------


def test_s0_57_gradient_descent_on_the_quartic():
    limit = (3 + math.sqrt(73)) / 8
    x, seen, first = Value(2.0), [2.0], None
    for _ in range(100):
        y = x**4 - x**3 - 2 * x**2 + 3
        y.backward()
        first = x.grad if first is None else first
        x.data = x.data - 0.13 * x.grad
        x.grad = 0.0
        seen.append(x.data)
    assert first == 12.0
    assert seen[:6] == pytest.approx([2, 0.44, 0.70000832, 1.07675083, 1.43966841, 1.44498829], abs=5e-9)
    assert limit == 1.4430004681646913
    assert seen[-1] == pytest.approx(limit, abs=1e-15)
    assert (x**4 - x**3 - 2 * x**2 + 3).data == pytest.approx(0.16657759099964853, abs=1e-15)
    assert next(i for i, v in enumerate(seen) if abs(v - limit) < 1e-6) == 21
    assert next(i for i, v in enumerate(seen) if abs(v - limit) < 1e-12) == 48


# -- S0-59: a network with a penalty -----------------------------------------------------------------------------------


def test_s0_59_the_gradients_of_a_network_with_a_penalty():
    first, second = Linear(2, 2, bias=False), Linear(2, 1, bias=False)
    fill(first.parameters(), [0.5, 0, 0, 1])
    fill(second.parameters(), [1, 0])
    hidden = [relu(v) for v in first([1.0, 1.0])]
    z = second(hidden)
    likelihood = binary_cross_entropy_with_logits(z, 0)
    penalty = 0.01 * autograd.sum([w * w for w in first.parameters() + second.parameters()])
    total = likelihood + penalty
    total.backward()
    assert [h.data for h in hidden] == [0.5, 1.0]
    assert z.data == 0.5
    assert likelihood.data == pytest.approx(0.9740769841801067, rel=1e-15)
    assert penalty.data == pytest.approx(0.0225, rel=1e-15)
    assert total.data == pytest.approx(0.9965769841801067, rel=1e-15)
    assert z.grad == pytest.approx(0.6224593312018546, rel=1e-15)
    assert [w.grad for w in first.parameters()] == pytest.approx([0.6324593312, 0.6224593312, 0, 0.02], abs=1e-10)
    assert [w.grad for w in second.parameters()] == pytest.approx([0.3312296656, 0.6224593312], abs=1e-10)


# -- S2-25: a chain of three sigmoids ----------------------------------------------------------------------------------


def test_s2_25_the_gradient_shrinks_along_a_chain_of_sigmoids():
    model = MLP(1, [1, 1, 1], activation="sigmoid", output="sigmoid", bias=False)
    fill(model.parameters(), [1, 1, 1])
    u2 = model.layers[0]([1.0])
    u4 = model.layers[1](u2)
    y = model.layers[2](u4)
    y.backward()
    assert [u2.data, u4.data, y.data] == pytest.approx([0.7310585786, 0.6750375274, 0.6626302265], abs=1e-10)
    assert model.parameters()[0].grad == pytest.approx(0.0096415845, abs=1e-10)
    assert model.parameters()[0].grad < 0.25**3


# -- S4-35, S4-44, S4-48: single derivatives ---------------------------------------------------------------------------


def test_s4_35_the_gradient_of_a_function_of_two_variables():
    x1, x2 = Value(2.0), Value(3.0)
    (x1**2 + 5 * x1 * x2).backward()
    assert (x1.grad, x2.grad) == (19.0, 10.0)


def test_s4_44_the_slope_of_the_sigmoid_at_zero_is_a_quarter():
    x = Value(0.0)
    y = sigmoid(x)
    y.backward()
    assert (y.grad, x.grad) == (1.0, 0.25)


@pytest.mark.parametrize("a", [-1.5, 0.0, 3.0])
def test_s4_48_a_value_used_several_times_receives_the_sum(a):
    x, y = Value(a), Value(a)
    (x + x).backward()
    (y * y * y).backward()
    assert (x.grad, y.grad) == (2.0, 3 * a * a)
