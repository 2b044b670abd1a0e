"""Neurons, layers and networks: micrograd's numbers, PyTorch's names, and errors for what cannot be."""

import random

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.errors import ShapeError
from nn import MLP, Layer, Linear, Neuron, ReLU, Sequential, Tanh

ACTIVATIONS = ["linear", "relu", "tanh", "sigmoid", "softplus"]


def test_weights_are_drawn_from_the_global_generator_in_order_and_biases_are_not():
    random.seed(7)
    model = MLP(2, [2, 1])
    random.seed(7)
    drawn = iter([random.uniform(-1, 1) for _ in range(6)])
    expected = [0.0 if name.endswith(".b") else next(drawn) for name, _ in model.named_parameters()]
    assert [p.data for p in model.parameters()] == expected


def test_hidden_layers_have_relu_and_the_last_is_linear():
    assert repr(MLP(2, [2, 1])) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"


def test_a_neuron_may_be_linear():
    assert repr(Neuron(3, nonlin=False)) == "LinearNeuron(3)"
    assert (Neuron(3).nonlin, Neuron(3, nonlin=False).nonlin, Neuron(3, activation=None).nonlin) == (True, False, False)


def test_a_layer_of_one_neuron_returns_a_value_and_still_stacks():
    model = MLP(1, [1, 1, 3])
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert len(model([0.5])) == 3
    assert len(model(Value(0.5))) == 3


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_fused_neuron_has_the_bits_of_its_elementary_nodes(activation, bias):
    fused, opened = (Neuron(5, activation=activation, bias=bias, seed=4, fused=fused) for fused in (True, False))
    x = [0.1, -2.3, 1e-3, 7.7, -0.4]
    one, many = fused(x), opened(x)
    assert one.data == many.data
    one.backward()
    many.backward()
    assert [p.grad for p in fused.parameters()] == [p.grad for p in opened.parameters()]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_a_neuron_adds_left_to_right_bias_first(bias, fused):
    n, large = Neuron(3, nonlin=False, bias=bias, init=lambda rng, nin, nout: 1.0, fused=fused), 2.0**53
    if bias:
        n.b.data = -1.0
    # (-1 + large) + 1 is exact and large + 1 rounds to large: any other order gives 1 or -1.
    assert n([large, 1.0, -large]).data == 0.0


def test_an_opened_neuron_records_products_and_sums_bias_first():
    n = Neuron(2, fused=False)
    total = n([1.0, 2.0]).parents[0]
    before, last = total.parents
    assert (total._op, before._op, last._op, before.parents[0]) == ("+", "+", "*", n.b)


def test_a_fused_neuron_is_one_node():
    n = Neuron(2)
    x = [Value(1.0), Value(2.0)]
    assert n(x).parents == (n.b, *n.w, *x)


def test_inputs_become_values_once_for_the_whole_layer():
    out = Layer(2, 3)([1.0, 2.0])
    assert len({node.parents[-1] for node in out}) == 1


def test_inputs_that_are_values_receive_gradients():
    x = [Value(1.0), Value(-2.0)]
    n = Neuron(2, nonlin=False)
    n(x).backward()
    assert [v.grad for v in x] == [w.data for w in n.w]


def test_a_generator_serves_every_neuron():
    # FAULTS L2
    layer = Layer(2, 3, seed=1)
    assert [v.data for v in layer(float(i) for i in (1, 2))] == [v.data for v in layer([1.0, 2.0])]


def test_a_numpy_row_is_an_input():
    n = Neuron(2, seed=1)
    assert n(np.array([1.0, 2.0])).data == n([1.0, 2.0]).data
    assert type(n(np.array([1.0, 2.0], dtype=np.float32)).data) is float


@pytest.mark.parametrize("x", [{0: 1.0, 1: 2.0}, "12", {1.0, 2.0}, b"12"])
def test_dicts_strings_and_sets_are_no_inputs(x):
    # FAULTS L2
    for module in (Neuron(2), Layer(2, 2), MLP(2, [1]), Linear(2, 1)):
        with pytest.raises(TypeError, match="x must be a list"):
            module(x)


@pytest.mark.parametrize("count", [0, 2, 5])
def test_a_wrong_number_of_inputs_is_refused(count):
    # FAULTS L1
    for module in (Neuron(3), Neuron(3, fused=False), Layer(3, 2), MLP(3, [2, 1])):
        with pytest.raises(ShapeError, match=f"Neuron expects 3 inputs, got {count}"):
            module([1.0] * count)
    with pytest.raises(ShapeError, match=f"Linear expects 3 inputs, got {count}"):
        Linear(3, 2)([1.0] * count)


def test_one_input_is_spelt_in_the_singular():
    with pytest.raises(ShapeError, match="Neuron expects 1 input, got 2"):
        Neuron(1)([1.0, 2.0])


@pytest.mark.parametrize(
    "make",
    [lambda: Neuron(0), lambda: Layer(2, 0), lambda: MLP(0, [1]), lambda: MLP(2, [0, 1]), lambda: MLP(-1, [1]),
     lambda: Linear(0, 1), lambda: Linear(1, -1)],
)  # fmt: skip
def test_a_size_below_one_is_refused(make):
    # FAULTS L3
    with pytest.raises(ValueError, match="layer sizes must be integers >= 1"):
        make()


def test_a_network_without_layers_is_refused():
    # FAULTS L3
    with pytest.raises(ValueError, match="at least one layer"):
        MLP(2, [])


@pytest.mark.parametrize(
    "make", [lambda: MLP(2.5, [1]), lambda: MLP(True, [1]), lambda: MLP(2, [1.0]), lambda: MLP(2, 3)]
)
def test_a_size_of_another_type_is_refused(make):
    # FAULTS L4
    with pytest.raises(TypeError, match="layer sizes"):
        make()


@pytest.mark.parametrize("nouts", [(3, 1), [3, 1], range(3, 0, -2), np.array([3, 1]), iter([3, 1])])
def test_any_sequence_of_ints_gives_the_sizes(nouts):
    # FAULTS L4
    assert len(MLP(2, nouts).parameters()) == 13


def test_options_reach_every_neuron():
    model = MLP(2, [2, 2, 1], activation=["tanh", "sigmoid"], output="relu", bias=False, fused=False, seed=1)
    names = [n.activation.name for layer in model.layers for n in layer.neurons]
    assert names == ["tanh", "tanh", "sigmoid", "sigmoid", "relu"]
    assert all(n.b is None and not n.fused for layer in model.layers for n in layer.neurons)
    assert len(model.parameters()) == 10


def test_one_activation_per_hidden_layer_is_needed():
    with pytest.raises(ValueError, match="1 hidden layers, 2 activations"):
        MLP(2, [2, 1], activation=["tanh", "relu"])


def test_linear_computes_w_x_plus_b():
    layer = Linear(2, 2)
    for row, numbers in zip(layer.weight, ([1.0, 2.0], [3.0, 4.0]), strict=True):
        for w, number in zip(row, numbers, strict=True):
            w.data = number
    for b, number in zip(layer.bias, (0.5, -0.5), strict=True):
        b.data = number
    assert [v.data for v in layer([1.0, -1.0])] == [-0.5, -1.5]


def test_linear_draws_weights_then_biases_within_one_over_the_root_of_n():
    layer, rng = Linear(4, 2, seed=9), random.Random(9)
    assert [p.data for p in layer.parameters()] == [rng.uniform(-0.5, 0.5) for _ in range(10)]
    assert [name for name, _ in layer.named_parameters()][-3:] == ["weight.1.3", "bias.0", "bias.1"]


def test_linear_may_have_no_bias():
    # SEEDS S4-10: n = 4, m = 2 without bias has 8 parameters
    layer = Linear(4, 2, bias=False, seed=9)
    assert len(layer.parameters()) == 8
    assert layer([0.0] * 4)[0].data == 0.0
    assert repr(layer) == "Linear(in_features=4, out_features=2, bias=False)"


def test_sequential_applies_one_after_the_other():
    model = Sequential(Linear(2, 3, seed=1), Tanh(), Linear(3, 1, seed=2), ReLU())
    by_hand = autograd.relu(model.layers[2]([autograd.tanh(v) for v in model.layers[0]([0.5, -0.5])]))
    assert model([0.5, -0.5]).data == by_hand.data
    assert repr(Sequential(Tanh(), ReLU())) == "Sequential(Tanh(), ReLU())"


def test_sequential_refuses_what_cannot_be_called():
    with pytest.raises(TypeError, match="layer 1 must be a module or a function, got int"):
        Sequential(Tanh(), 3)
