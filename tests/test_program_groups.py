"""Groups: what looks alike at one depth is one loop, whatever it was written for."""

import math
import random
from collections import Counter

import pytest
from plans import added, plan_of, planned, recorded_loss, regular

import autograd
from autograd import Value, jvp
from autograd.program.graph import program
from autograd.program.planning.groups import plan
from autograd.program.planning.normal import normal
from autograd.structure import flatten, tree_map
from benchmarks.compiled_programs.catalogue import PROGRAMS, example
from benchmarks.compiled_programs.scrambled import scrambled
from tests import plan_reference
from tests.random_programs import random_point, random_program


def random_case(seed):
    rng = random.Random(seed)
    params, data = rng.randint(1, 3), rng.randint(1, 2)
    rows = [[*random_point(rng, data, 0.05), 1.0] for _ in range(3)]
    return random_program(seed), random_point(rng, params, 0.05), rows


@pytest.mark.parametrize("seed", range(400))
def test_a_strict_plan_has_the_bits_of_the_program(seed):
    f, params, rows = random_case(seed)
    recording, made = planned(f, len(params), len(rows[0]) - 1, True)
    expected, got = added(recording, params, rows), plan_reference.run(made, params, rows)
    if expected is not None and regular(got):  # otherwise the rows themselves answer
        assert got == expected


@pytest.mark.parametrize("seed", range(400))
def test_a_fast_plan_agrees_to_rounding(seed):
    f, params, rows = random_case(seed)
    recording, made = planned(f, len(params), len(rows[0]) - 1, False)
    expected, got = added(recording, params, rows), plan_reference.run(made, params, rows)
    if expected is not None and regular(got) and max(map(abs, expected)) < 1e100:
        scale = 1e-9 * max(1.0, *map(abs, expected))
        assert got == pytest.approx(expected, rel=1e-6, abs=scale)


# -- what becomes one group --------------------------------------------------------------------------------------------


def layer(nin, nout, activation=autograd.tanh):
    """Return a function of a layer's parameters, weights row by row and then biases, and of its inputs."""

    def f(*xs):
        weights, biases, x = xs[: nin * nout], xs[nin * nout : nin * nout + nout], xs[nin * nout + nout :]
        return [
            activation(sum((w * v for w, v in zip(weights[k * nin : (k + 1) * nin], x, strict=True)), start=biases[k]))
            for k in range(nout)
        ]

    return f


def is_affine(group):
    return not any(access.table for access in group.accesses())


def computing(made, *spaces):
    """Return the groups that write to these spaces."""
    return [group for group in made.groups if group.space in spaces]


def test_the_neurons_of_a_layer_are_one_group_with_strides():
    made = plan_of(layer(3, 5), "p" * 20 + "d" * 3, [False] * 5)
    (group,) = made.groups
    assert (group.op, group.dims, group.terms, group.space) == ("sum", (5,), 4, "lane")
    assert [row.name for row, _, _ in group.post] == ["tanh"]
    bias, products = group.segments
    assert (bias.left.strides, products.left.strides, products.left.step) == ((1,), (3,), 1)
    assert (products.right.strides, products.right.step) == ((0,), 1)


def test_the_gradient_by_the_weights_is_one_group_over_inputs_and_neurons():
    _, made = planned(lambda *xs: autograd.tanh(autograd.sum(layer(3, 5)(*xs))), 20, 3, strict=False)
    (weights,) = [group for group in computing(made, "sum") if group.members == 15]
    assert sorted(weights.dims) == [3, 5]
    assert is_affine(weights)
    assert {access.space for access in weights.accesses()} == {"lane", "data"}


def test_the_gradient_by_the_inputs_is_one_group_that_reads_the_weights_by_columns():
    def two_layers(*xs):
        first, second, data = xs[:16], xs[16:41], xs[41:]
        return autograd.sum(layer(4, 5)(*second, *layer(3, 4)(*first, *data)))

    _, made = planned(two_layers, 41, 3, strict=False)
    (group,) = [group for group in computing(made, "lane") if (group.op, group.dims, group.terms) == ("sum", (4,), 5)]
    weights = next(a for a in group.accesses() if a.space == "param")
    assert (weights.strides, weights.step) == ((1,), 4)


def test_a_layer_that_is_used_at_three_positions_is_one_group_of_two_loops():
    def f(*xs):
        parameters, data = xs[:20], xs[20:]
        return [y for p in range(3) for y in layer(3, 5)(*parameters, *data[3 * p : 3 * p + 3])]

    made = plan_of(f, "p" * 20 + "d" * 9, [False] * 15)
    (group,) = made.groups
    assert group.dims == (3, 5)  # positions inside: neighbours share the weights
    assert is_affine(group)


def test_a_shared_layer_has_one_group_for_the_gradient_of_both_uses():
    def f(*xs):
        parameters, data = xs[:12], xs[12:]
        return autograd.sum(layer(3, 3)(*parameters, *layer(3, 3)(*parameters, *data)))

    _, made = planned(f, 12, 3, strict=False)
    (weights,) = [group for group in computing(made, "sum") if group.members == 9]
    assert weights.terms == 2


def test_constants_that_differ_only_in_a_group_key_never_share_a_group():
    """COMPILE: x**-1 and x**-0.5 at one level once became one kernel: wrong gradients, a nearly right loss."""

    def f(x, y):
        return [(x + y) ** -1, (x - y) ** -0.5, (x * y) ** -1.0, autograd.tanh(x * x) ** -0.5]

    made = plan_of(f, "dd", [False] * 4)
    for group in made.groups:
        assert len({row for row, _, _ in group.post} | {group.op}) == 1 + len(group.post)
    x, y = 3.0, 2.0
    expected = [1 / (x + y), (x - y) ** -0.5, 1 / (x * y), autograd.tanh(x * x) ** -0.5]
    assert [column[0] for column in plan_reference.run(made, [], [[x, y]])] == pytest.approx(expected, rel=1e-15)


def test_constants_in_the_terms_of_a_sum_may_share_a_group_for_they_are_read_from_a_table():
    made = plan_of(lambda x, y: [2.0 * x + y, 3.0 * y + x], "dd", [False, False])
    (group,) = made.groups
    assert group.members == 2
    assert plan_reference.run(made, [], [[5.0, 7.0]]) == [[17.0], [26.0]]


def test_sums_of_other_signs_or_lengths_are_groups_of_their_own():
    made = plan_of(lambda x, y: [x + y, x - y, x + y + 1.0], "dd", [False] * 3)
    assert sorted(group.members for group in made.groups) == [1, 1, 1]


def test_what_no_lane_changes_is_computed_once():
    made = plan_of(lambda w, x: autograd.exp(w) * x, "pd", [False])
    assert [(group.space, group.members) for group in made.groups] == [("once", 1), ("lane", 1)]


def test_the_derivative_of_a_penalty_is_not_computed_in_every_lane():
    weights = 20
    f = lambda *xs: xs[-1] * xs[0] + 0.1 * autograd.sum([w * w for w in xs[:-1]])  # noqa: E731
    _, made = planned(f, weights, 1, strict=False)
    assert sum(group.members for group in computing(made, "lane")) < weights


# -- programs as they come ---------------------------------------------------------------------------------------------


def values_of(recording, params, rows):
    """Return the sums of the outputs over the rows, row by row as the equations say."""
    totals = [0.0] * len(recording.outputs)
    for row in rows:
        totals = [a + b for a, b in zip(totals, recording.evaluate([*params, *row]), strict=True)]
    return totals


def first_rows(name, count):
    timed = PROGRAMS[name]
    columns = timed.data(count, 1)
    return flatten(timed.params(1))[0], [[*flatten(row)[0], 1.0] for row in zip(*columns, strict=True)]


LARGE = ("wide", "transformer_15")
NAMES = [name for name in PROGRAMS if name not in LARGE]  # both kinds of plan hold for the large ones too, in a minute


@pytest.mark.parametrize("name", NAMES)
def test_a_program_has_its_bits_in_a_strict_plan_and_agrees_in_a_fast_one(name):
    params, rows = first_rows(name, 2)
    recording, spaces = recorded_loss(PROGRAMS[name].loss, example(PROGRAMS[name]))
    expected = values_of(recording, params, rows)
    for strict in (True, False):
        made = plan(normal(recording, spaces, strict), [True] * len(recording.outputs), strict)
        assert (made.params, made.data) == (len(params), len(rows[0]))
        got = plan_reference.run(made, params, rows)
        assert got == expected if strict else got == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_sums_in_any_order_make_the_same_groups(name):
    loss, args = PROGRAMS[name].loss, example(PROGRAMS[name])
    plain, mixed = (fast_plan(f, args) for f in (needed(loss, args), scrambled(loss, args, 1)))
    assert shapes(mixed) == shapes(plain)


def fast_plan(loss, args):
    recording, spaces = recorded_loss(loss, args)
    return plan(normal(recording, spaces), [True] * len(recording.outputs))


def needed(loss, args):
    """Return the loss without what it computes in vain, for that is not scrambled either."""
    inputs = tree_map(Value, args)
    recording = program(loss(*inputs), inputs)
    return lambda *args: recording.evaluate(flatten(args)[0])[0]


def shapes(made):
    """Return how many groups there are of each shape."""
    return Counter((getattr(g.op, "name", g.op), g.members, g.terms, g.space, len(g.post)) for g in made.groups)


def hessian_vector(params, vector, x):
    return autograd.hvp(lambda p: small_net(p, x), params, vector)


def small_net(p, x):
    hidden = [autograd.tanh(p[2 * k] * x + p[2 * k + 1]) for k in range(3)]
    return autograd.log(autograd.sum([h * h for h in hidden]) + 1.0)


@pytest.mark.parametrize("strict", [False, True])
def test_a_hessian_times_a_vector_is_a_plan_like_any_other(strict):
    point, vector, xs = [0.3, -0.2, 0.5, 0.1, -0.7, 0.4], [1.0, 0.5, -0.25, 2.0, 0.0, -1.0], [0.5, -1.5]
    made = plan_of(lambda *v: hessian_vector(list(v[:6]), list(v[6:12]), v[12]), "p" * 12 + "d", [False] * 6, strict)
    got = list(zip(*plan_reference.run(made, point + vector, [[x] for x in xs]), strict=True))
    expected = [hessian_vector(point, vector, x) for x in xs]
    assert [list(row) for row in got] == [pytest.approx(row, rel=0 if strict else 1e-12) for row in expected]


@pytest.mark.parametrize("strict", [False, True])
def test_a_directional_derivative_is_a_plan_like_any_other(strict):
    point, vector, xs = [0.3, -0.2, 0.5, 0.1, -0.7, 0.4], [1.0, 0.5, -0.25, 2.0, 0.0, -1.0], [0.5, -1.5]

    def f(params, direction, x):
        return list(jvp(lambda p: small_net(p, x), (params,), (direction,)))

    made = plan_of(lambda *v: f(list(v[:6]), list(v[6:12]), v[12]), "p" * 12 + "d", [False, False], strict)
    got = list(zip(*plan_reference.run(made, point + vector, [[x] for x in xs]), strict=True))
    assert [list(row) for row in got] == [pytest.approx(f(point, vector, x), rel=0 if strict else 1e-12) for x in xs]


@pytest.mark.parametrize("strict", [False, True])
class TestEdges:
    def test_a_program_without_equations_has_no_groups(self, strict):
        made = plan_of(lambda w, x: [x, w, 2.0], "pd", [False] * 3, strict)
        assert made.groups == ()
        assert plan_reference.run(made, [3.0], [[5.0], [6.0]]) == [[5.0, 6.0], 3.0, 2.0]

    def test_a_program_without_outputs_has_no_groups(self, strict):
        assert plan_of(lambda x: [], "d", [], strict).groups == ()

    def test_an_input_may_be_an_output_twice_and_be_added_up(self, strict):
        made = plan_of(lambda x, y: [x, x, x * y], "dd", [True, False, True], strict)
        assert plan_reference.run(made, [], [[1.0, 2.0], [3.0, 4.0]]) == [4.0, [1.0, 3.0], 14.0]

    def test_the_same_output_twice_has_one_place(self, strict):
        made = plan_of(lambda x, y: [x * y, y * x], "dd", [True, True], strict)
        assert made.outputs[0] == made.outputs[1]

    def test_a_gradient_that_is_always_zero_is_a_constant(self, strict):
        _, made = planned(lambda a, b, x: a * x, 2, 1, strict)
        assert (made.outputs[2][0], made.consts[made.outputs[2][1]]) == ("const", 0.0)

    def test_inputs_that_nobody_reads_are_counted(self, strict):
        _, made = planned(lambda a, b, x, y: a * x, 2, 2, strict)
        assert (made.params, made.data) == (2, 3)

    def test_a_row_that_may_raise_is_in_a_group_although_nobody_reads_it(self, strict):
        made = plan_of(lambda x, y: [autograd.log(x), x * y][1:], "dd", [True], strict)
        assert any(getattr(group.op, "raises", False) for group in made.groups)

    def test_nan_passes_through(self, strict):
        made = plan_of(lambda x, y: autograd.maximum(x * y, x + y), "dd", [True], strict)
        assert not regular(plan_reference.run(made, [], [[math.nan, 1.0]]))

    def test_a_zero_adjoint_against_infinity_is_nan_and_so_is_noticed(self, strict):
        _, made = planned(lambda a, x: autograd.relu(a) * autograd.exp(x) * a, 1, 1, strict)
        assert not regular(plan_reference.run(made, [-1.0], [[math.inf, 1.0]]))

    def test_the_same_program_gives_the_same_plan(self, strict):
        f, params, rows = random_case(7)
        first, second = (planned(f, len(params), len(rows[0]) - 1, strict)[1] for _ in range(2))
        assert first == second

    def test_sums_fifty_thousand_deep_need_no_recursion(self, strict):
        def f(w, x):
            total = x
            for _ in range(50_000):
                total = w + total
            return total

        made = plan_of(f, "pd", [True], strict)
        assert max(group.terms for group in made.groups) == (2 if strict else 50_001)

    def test_a_chain_of_rows_ten_thousand_deep_keeps_few_slots(self, strict):
        def f(x, y):
            for _ in range(10_000):
                x = autograd.sin(x * y) + y
            return x

        made = plan_of(f, "dd", [True], strict)
        assert made.lanes <= 3
        assert len(made.groups) == len({group.level for group in made.groups})


def test_a_group_adds_up_over_rows_where_it_reads_what_rows_have():
    made = plan_of(lambda w, x: w * autograd.tanh(x), "pd", [True])
    assert [(g.totals, g.phase) for g in made.groups] == [(False, "lanes"), (True, "lanes"), (False, "after")]
