"""Activations: names, rows and modules stand for the same functions."""

import math

import pytest

import autograd
from autograd import Value
from nn import ACTIVATIONS, Neuron, ReLU, Sigmoid, Tanh
from nn.activations import activation_name, activation_row


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_name_stands_for_its_row_and_back(name):
    assert activation_name(activation_row(name)) == name


def test_none_and_rows_stand_for_themselves():
    assert activation_row(None) is None
    assert activation_row(autograd.sin) is autograd.sin


@pytest.mark.parametrize("bad", ["Relu", autograd.hypot, math.tanh, 3])
def test_what_is_no_activation_is_refused_with_the_known_ones(bad):
    with pytest.raises(ValueError, match=r"unknown activation .*linear, relu, tanh, sigmoid, softplus"):
        activation_row(bad)


def test_a_row_without_a_name_serves_as_well():
    n = Neuron(1, activation=autograd.sin, init=lambda rng, nin, nout: 1.0)
    assert n([0.5]).data == math.sin(0.5)
    assert activation_name(n.activation) is None
    assert repr(n) == "SinNeuron(1)"


@pytest.mark.parametrize(
    "module, row", [(ReLU(), autograd.relu), (Tanh(), autograd.tanh), (Sigmoid(), autograd.sigmoid)]
)
def test_a_module_applies_its_row_to_every_element(module, row):
    x = [-1.5, 0.0, 2.0]
    assert [v.data for v in module([Value(v) for v in x])] == [row(v) for v in x]
    assert module([[0.5], [1.0, 2.0]]) == [[row(0.5)], [row(1.0), row(2.0)]]
    assert module(Value(0.5)).row is row
    assert module.parameters() == []


def test_a_module_is_shown_as_in_pytorch():
    assert repr(ReLU()) == "ReLU()"


def test_a_module_refuses_what_is_no_list():
    with pytest.raises(TypeError, match="Tanh: x must be a list, got str"):
        Tanh()("abc")
