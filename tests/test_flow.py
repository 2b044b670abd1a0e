"""What flows along the edges of a picture is what backward sends: arrivals add up to the grad of each Value."""

import math
import random
from collections import defaultdict

import pytest

import autograd
from autograd import Value
from viz.flow import flows
from viz.trace import trace


def arrivals(graph):
    """Return {Value: the sum of the adjoints on the edges that lead back into it}."""
    total = defaultdict(float)
    for flow in flows(graph.edges):
        if flow.adjoint is not None:
            total[flow.parent] += flow.adjoint
    return total


def micrograd_neuron():
    w, x = [Value(-3.0), Value(1.0)], [Value(2.0), Value(0.0)]
    return (x[0] * w[0] + x[1] * w[1] + 6.8813735870195432).tanh()


def random_expression(seed):
    dice = random.Random(seed)
    pool = [Value(dice.uniform(-2, 2)) for _ in range(4)]
    for _ in range(20):
        a, b = dice.choice(pool), dice.choice(pool)
        pool.append(dice.choice([a + b, a - b, a * b, a.tanh(), a / (b * b + 1), autograd.dot([a, b], [b, a]), a**2]))
    return autograd.sum(pool[-5:])


def fused_expression():
    v = [Value(0.3 * i - 0.5) for i in range(5)]
    hidden = [autograd.neuron(v[:2], v[2:4], v[4], autograd.tanh), autograd.neuron(v[1:3], v[:2], 0.5, autograd.relu)]
    return autograd.cross_entropy([*hidden, v[0]], 1) + autograd.mean(v) * autograd.logsumexp(v) + autograd.max(v)


GRAPHS = {
    "micrograd's neuron": micrograd_neuron,
    "fused nodes": fused_expression,
    **{f"random {seed}": lambda seed=seed: random_expression(seed) for seed in range(10)},
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("fused", [False, True])
def test_after_one_backward_the_adjoints_that_arrive_add_up_to_the_grad_of_every_value(name, fused):
    root = GRAPHS[name]()
    root.backward()
    graph = trace(root, fused)
    found = arrivals(graph)
    for v in graph.nodes[:-1]:
        assert found[v] == pytest.approx(v.grad, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", GRAPHS)
def test_for_computed_values_this_holds_after_any_number_of_backward_passes(name):
    root = GRAPHS[name]()
    for _ in range(3):
        root.backward()
    graph = trace(root)
    found = arrivals(graph)
    for v in graph.nodes[:-1]:
        assert not v.parents or found[v] == pytest.approx(v.grad, rel=1e-12, abs=1e-14)


def test_the_local_derivatives_are_those_of_the_engine():
    a, b = Value(2.0), Value(5.0)
    root = a / b
    assert [flow.local for flow in flows(trace(root).edges)] == [d() for d in root.local_gradients]


def test_before_backward_nothing_flows():
    x = Value(2.0)
    assert [flow.adjoint for flow in flows(trace(x * x).edges)] == [0.0, 0.0]


def test_a_constant_has_a_local_derivative_but_receives_nothing():
    x = Value(2.0)
    y = x * 3
    y.backward()
    assert [(flow.local, flow.adjoint) for flow in flows(trace(y).edges)] == [(3.0, 3.0), (2.0, None)]


def test_an_adjoint_of_zero_meets_an_infinite_slope_as_zero():
    x = Value(0.0)
    y = x.sqrt()
    (y * 0.0).backward()
    assert [(flow.local, flow.adjoint) for flow in flows(trace(y).edges)] == [(math.inf, 0.0)]


def test_the_branch_not_taken_receives_zero_even_from_an_infinite_adjoint():
    x = Value(-1.0)
    y = x.relu()
    y.grad = math.inf
    (flow,) = flows(trace(y).edges)
    assert (flow.local, flow.adjoint) == (0.0, 0.0)


def test_an_operation_defined_by_hand_has_edges_without_numbers():
    x = Value(2.0)
    out = Value(8.0, (x,), "cube")
    out._backward = lambda: None
    (flow,) = flows(trace(out).edges)
    assert (flow.local, flow.adjoint) == (None, None)
