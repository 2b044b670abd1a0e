"""The backward pass as a graph: the numbers are those of `backward`, and the result can be differentiated again."""

import math
import random

import pytest
from random_programs import bits, random_program

import autograd
from autograd import Value
from autograd.errors import AutogradError, GraphError
from autograd.graph import topological_order
from autograd.ops import ROWS
from autograd.pullback import contributions, pull_back, times

EVERYWHERE = [(name, x) for name, row in ROWS.items() for x in (*row.samples, *row.kinks)]
everywhere = pytest.mark.parametrize("name, point", EVERYWHERE, ids=lambda x: x if isinstance(x, str) else repr(x))


def number(x):
    return x.data if isinstance(x, Value) else x


def both_passes(out, leaves, seed=1.0):
    """Return the gradients of `backward` and those of the graph."""
    for leaf in leaves:
        leaf.grad = 0.0
    out.backward(seed)
    return [leaf.grad for leaf in leaves], list(map(number, pull_back(out, seed, leaves)))


# -- the same numbers --------------------------------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("seed", [1.0, -0.3])
def test_through_one_row_the_graph_has_the_bits_of_backward(name, point, seed):
    leaves = [Value(x) for x in point]
    plain, graph = both_passes(ROWS[name](*leaves), leaves, seed)
    assert list(map(bits, graph)) == list(map(bits, plain))


@everywhere
def test_a_repeated_argument_receives_every_share(name, point):
    x = Value(point[0])
    with autograd.ieee():
        out = ROWS[name](*[x] * len(point))
    plain, graph = both_passes(out, [x])
    assert list(map(bits, graph)) == list(map(bits, plain))


def gradients_of(seed):
    """Return the gradients of both passes through one random program; None where its forward pass raises."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(-3, 3)) for _ in range(3)]
    try:
        out = random_program(seed)(*leaves)
    except AutogradError:
        return None
    return both_passes(out, leaves)


def test_through_random_programs_the_graph_has_the_bits_of_backward():
    pairs = [pair for pair in map(gradients_of, range(600)) if pair]
    different = [k for k, (plain, graph) in enumerate(pairs) if list(map(bits, plain)) != list(map(bits, graph))]
    assert len(pairs) > 300
    assert different == []


def test_a_graph_of_a_hundred_thousand_nodes_needs_no_recursion():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + 0.0
    assert number(pull_back(y, 1.0, [x])[0]) == 1.0


# -- what it is made of ------------------------------------------------------------------------------------------------


def test_the_gradient_is_a_graph_over_the_same_leaves():
    x, y = Value(2.0), Value(3.0)
    slope = pull_back(x * x * y, 1.0, [x])[0]
    assert slope.data == 12.0
    assert set(topological_order(slope)[1]) >= {x, y}


def test_what_the_output_does_not_reach_is_the_number_zero():
    x, other = Value(2.0), Value(3.0)
    assert pull_back(x * x, 1.0, [other]) == [0.0]


def test_the_output_itself_may_be_asked_for():
    x = Value(2.0)
    y = x * x
    assert [number(g) for g in pull_back(y, 3.0, [y, x])] == [3.0, 12.0]


def test_interior_values_may_be_asked_for():
    x = Value(2.0)
    h = x * x
    assert [number(g) for g in pull_back(h * h * x, 1.0, [h, x])] == [16.0, 80.0]


def test_branches_that_lead_to_nothing_wanted_are_not_recorded():
    # SEEDS S0-51
    x, w = Value(2.0), Value(3.0)
    long = w
    for _ in range(50):
        long = autograd.sin(long)
    (slope,) = pull_back(x * long, 1.0, [x])
    rows = [node.row.name for node in topological_order(slope)[0]]
    assert rows.count("cos") == 0


def test_the_same_value_wanted_twice_is_answered_twice():
    x = Value(2.0)
    assert [number(g) for g in pull_back(x * x, 1.0, [x, x])] == [4.0, 4.0]


def test_the_seed_may_be_a_value_and_receives_its_gradient():
    x, seed = Value(3.0), Value(5.0)
    (slope,) = pull_back(x * x, seed, [x])
    slope.backward()
    assert (slope.data, seed.grad, x.grad) == (30.0, 6.0, 10.0)


def test_no_grad_of_any_value_changes():
    x = Value(2.0)
    y = x * x
    x.grad, y.grad = 7.0, 8.0
    pull_back(y * x, 1.0, [x])
    assert (x.grad, y.grad) == (7.0, 8.0)


# -- zeros, infinities, branches ---------------------------------------------------------------------------------------


def test_an_adjoint_of_zero_sends_nothing_against_an_infinite_slope():
    # FAULTS K7
    x = Value(0.0)
    out = autograd.sqrt(x) * 0.0
    assert bits(number(pull_back(out, 1.0, [x])[0])) == bits(0.0)


def test_the_branch_not_taken_receives_nothing():
    # FAULTS K23
    with autograd.ieee():
        x = Value(0.0)
        out = autograd.where(autograd.positive(x), autograd.log(x), x)
        assert [number(g) for g in pull_back(out, 1.0, [x])] == [1.0]


@pytest.mark.parametrize("g", [0.0, -0.0, 2.0, -3.0, math.inf, math.nan], ids=repr)
@pytest.mark.parametrize("d", [0.0, -0.0, 1.0, 0.5, math.inf, -math.inf, math.nan], ids=repr)
def test_one_contribution_is_adjoint_times_derivative_except_that_zero_sends_nothing(g, d):
    assert bits(times(g, d, False)) == bits(g * d if g or d == 1.0 else 0.0)
    assert bits(times(g, d, True)) == bits(g * d if (g and d) or d == 1.0 else 0.0)


def test_derivatives_follow_ieee_where_their_formula_would_raise():
    x = Value(0.0)
    assert number(pull_back(autograd.sqrt(x), 1.0, [x])[0]) == math.inf
    assert autograd.modes.current().ieee is False


# -- what cannot be differentiated again -------------------------------------------------------------------------------


def closure_node():
    x = Value(2.0)
    out = Value(x.data**2, (x,), "square")

    def backward():
        x.grad += 2 * x.data * out.grad

    out._backward = backward
    return x, out


def test_a_closure_on_numbers_is_refused_by_name():
    x, out = closure_node()
    with pytest.raises(GraphError, match="'square' is a closure on numbers: it can be differentiated once only"):
        pull_back(out * 3, 1.0, [x])


def test_a_closure_beside_the_path_does_not_disturb():
    _, out = closure_node()
    y = Value(5.0)
    assert [number(g) for g in pull_back(out * y, 1.0, [y])] == [4.0]


@everywhere
def test_contributions_are_one_for_each_argument(name, point):
    with autograd.ieee():
        out = ROWS[name](*map(Value, point))
        parts = contributions(out.row, 1.0, out, [True] * len(point))
    assert len(parts) == len(point)
    assert None not in parts
