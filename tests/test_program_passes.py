"""The passes, each alone: what it removes, what it must leave, and that no bit of any result changes."""

import itertools
import math
import random

import pytest
from random_programs import SPECIAL, bits, outcome, random_point, random_program

import autograd
from autograd import Value, compile, grad, gradients, ops, primitive, sin
from autograd.ops import ROWS
from autograd.primitive import RAISED
from autograd.program import (
    PASSES,
    Equation,
    Program,
    common_subexpressions,
    dead_code,
    fold_constants,
    identities,
    program,
    simplified,
)
from autograd.program.symbol import Symbol
from autograd.pullback import pull_back

SPECIALS = [*SPECIAL, 1.5, -2.5, 1e-310]
every_pass = pytest.mark.parametrize("run", PASSES.values(), ids=PASSES)


def traced(f, n=2):
    symbols = [Symbol("xyzuvw"[k]) for k in range(n)]
    out = f(*symbols)
    return program(out, symbols)


def rows_of(recorded):
    return [equation.row.name for equation in recorded.equations]


def same_at_all_special_numbers(before, after):
    points = itertools.product(SPECIALS, repeat=len(before.inputs))
    for point in points:
        expected, got = (outcome(lambda p=p: p.evaluate(point)) for p in (before, after))  # noqa: B023
        assert got == expected, point


# -- identities --------------------------------------------------------------------------------------------------------

HOLD = {
    "x * 1": lambda x: x * 1.0,
    "1 * x": lambda x: 1.0 * x,
    "x / 1": lambda x: x / 1.0,
    "x ** 1": lambda x: x**1,
    "x ** 1.0": lambda x: x**1.0,
    "x - 0.0": lambda x: x - 0.0,
    "x + -0.0": lambda x: x + -0.0,
    "-0.0 + x": lambda x: -0.0 + x,
    "- - x": lambda x: ops.neg(ops.neg(x)),
    "identity": ops.identity,
    "chain 1 x": lambda x: ops.chain(1.0, x),
    "chain 0 x": lambda x: ops.chain(0.0, x),
    "chain -0 x": lambda x: ops.chain(-0.0, x),
    "where 1": lambda x: autograd.where(1.0, x, 3.0),
    "where 0": lambda x: autograd.where(0.0, 3.0, x),
    "where -0": lambda x: autograd.where(-0.0, 3.0, x),
    "where nan": lambda x: autograd.where(math.nan, x, 3.0),
}


@pytest.mark.parametrize("f", HOLD.values(), ids=HOLD)
def test_an_identity_that_holds_for_every_number_is_used(f):
    recorded = traced(f, 1)
    short = simplified(recorded)
    assert len(short) == 0
    same_at_all_special_numbers(recorded, short)


@pytest.mark.parametrize("f", HOLD.values(), ids=HOLD)
def test_the_pass_of_identities_alone_removes_it(f):
    assert len(dead_code(identities(traced(f, 1)))) == 0


# Each of these is wrong for the number beside it.
DO_NOT_HOLD = {
    "x + 0.0": (lambda x: x + 0.0, -0.0),
    "0.0 + x": (lambda x: 0.0 + x, -0.0),
    "x - -0.0": (lambda x: x - -0.0, -0.0),
    "0.0 - x": (lambda x: 0.0 - x, 0.0),
    "x * 0.0": (lambda x: x * 0.0, math.inf),
    "0.0 * x": (lambda x: 0.0 * x, -1.0),
    "x * -1": (lambda x: x * -1.0, math.nan),
    "x - x": (lambda x: x - x, math.inf),
    "x / x": (lambda x: x / x, 0.0),
    "x ** 0": (lambda x: x**0, math.nan),
    "0 / x": (lambda x: 0.0 / x, 0.0),
    "1 / (1 / x)": (lambda x: 1.0 / (1.0 / x), 3.0),
    "sqrt of a square": (lambda x: autograd.sqrt(x * x), 1e300),
    "log of exp": (lambda x: autograd.log(autograd.exp(x)), 1000.0),
    "chain x 1": (lambda x: ops.chain(x, 1.0), -0.0),
    "chain x 0": (lambda x: ops.chain(x, 0.0), math.inf),
    "gate x 1": (lambda x: ops.gate(x, 1.0), -0.0),
    "max with itself": (lambda x: autograd.maximum(x, x), math.nan),
    "x + x - x": (lambda x: x + x - x, 1e308),
    "where x": (lambda x: autograd.where(x, x, 0.0), -0.0),
    "step": (lambda x: autograd.step(x), math.nan),
    "detach": (lambda x: x.detach() * 1.0 + 0.0, -0.0),
}


@pytest.mark.parametrize("f, x", DO_NOT_HOLD.values(), ids=DO_NOT_HOLD)
def test_what_looks_like_an_identity_keeps_its_value_everywhere(f, x):
    recorded = traced(f, 1)
    short = simplified(recorded)
    assert (
        outcome(lambda: short.evaluate([x])) == outcome(lambda: recorded.evaluate([x])) == outcome(lambda: f(Value(x)))
    )
    same_at_all_special_numbers(recorded, short)


@pytest.mark.parametrize(
    "name", ["x + 0.0", "0.0 + x", "x * 0.0", "0.0 * x", "x - x", "x / x", "chain x 1", "gate x 1"]
)
def test_these_operations_stay(name):
    assert len(simplified(traced(DO_NOT_HOLD[name][0], 1))) == 1


def test_x_plus_zero_keeps_the_sign_of_zero():
    plus, minus = compile(lambda x: x + 0.0), compile(lambda x: x + -0.0)
    assert bits(plus(-0.0)) == bits(0.0)
    assert bits(minus(-0.0)) == bits(-0.0)


def test_a_doubly_negated_result_is_found_through_other_equations():
    recorded = traced(lambda x, y: ops.neg(ops.neg(x * y)) + ops.neg(ops.neg(x)))
    assert rows_of(simplified(recorded)) == ["mul", "add"]
    same_at_all_special_numbers(recorded, simplified(recorded))


def test_an_identity_keeps_a_stopped_gradient():
    x = Value(3.0)
    recorded = traced(lambda t: t.detach() * t, 1)
    (out,) = simplified(recorded).evaluate([x])
    out.backward()
    assert x.grad == 3.0


def other_row(name):
    """Return a user's own operation that bears the name of a row of the table."""
    own = primitive(lambda x, y, out: 1.0, lambda x, y, out: 2.0)(lambda x, y: x + 2 * y)
    own.name = own.symbol = name
    return own


@pytest.mark.parametrize("name, neutral", [("add", -0.0), ("sub", 0.0), ("mul", 1.0), ("div", 1.0), ("chain", 1.0)])
def test_a_users_own_operation_may_bear_the_name_of_a_row(name, neutral):
    own = other_row(name)
    for recorded in (traced(lambda x: own(x, neutral), 1), traced(lambda x: own(neutral, x), 1)):
        assert rows_of(simplified(recorded)) == [name]
        same_at_all_special_numbers(recorded, simplified(recorded))
    assert compile(lambda x: own(x, neutral) + x * 1.0)(3.0) == own(3.0, neutral) + 3.0


def test_own_operations_of_one_name_are_not_taken_for_one_expression():
    first, second = (primitive(lambda x, out, k=k: k)(lambda x, k=k: k * x) for k in (2.0, 3.0))
    assert rows_of(simplified(traced(lambda x: first(x) + second(x), 1))) == ["<lambda>", "<lambda>", "add"]
    assert compile(lambda x: first(x) + second(x))(1.0) == 5.0


# -- constants ---------------------------------------------------------------------------------------------------------


def test_what_depends_on_constants_alone_is_computed():
    x = Value(1.0)
    recorded = program(sin(Value(2.0)) * 3 + x, [x])
    folded = fold_constants(recorded)
    assert folded.equations == (Equation(ops.add, (math.sin(2.0) * 3, 0)),)


def test_folding_works_through_several_steps_and_into_outputs():
    c = Value(2.0)
    folded = fold_constants(program([c * c * c, Value(1.0) * 1], [Value(0.0)]))
    assert (len(folded), folded.outputs) == (0, (8.0, 1.0))


@pytest.mark.parametrize(
    "row, args", [(ops.log, (-1.0,)), (ops.div, (1.0, 0.0)), (ops.exp, (1000.0,)), (ops.sqrt, (-1.0,))]
)
def test_an_operation_on_constants_that_raises_stays_and_raises_when_it_runs(row, args):
    recorded = Program(("x",), (Equation(row, args), Equation(ops.mul, (0, 1))), (2,))
    short = simplified(recorded)
    assert rows_of(short) == rows_of(recorded)
    assert outcome(lambda: short.evaluate([1.0])) == outcome(lambda: recorded.evaluate([1.0]))
    assert isinstance(outcome(lambda: short.evaluate([1.0])), tuple)


@pytest.mark.parametrize("row, args", [(ops.log, (0.0,)), (ops.div, (1.0, 0.0)), (ops.exp, (1000.0,))])
def test_the_ieee_twin_of_that_operation_is_computed(row, args):
    folded = fold_constants(Program(("x",), (Equation(row.ieee, args),), (1,)))
    assert len(folded) == 0 and math.isinf(folded.outputs[0])


def test_folding_keeps_special_constants_apart():
    recorded = Program(("x",), (Equation(ops.mul, (0.0, -1.0)), Equation(ops.add, (0, 1))), (2,))
    assert fold_constants(recorded).equations[0].args[1].hex() == "-0x0.0p+0"


def test_what_depends_on_an_input_is_not_computed():
    recorded = traced(lambda x: x * 2.0 + 1.0, 1)
    assert fold_constants(recorded) == recorded


def test_folding_leaves_identities_to_others():
    recorded = traced(lambda x: x * 1.0, 1)
    assert fold_constants(recorded) == recorded


# -- common subexpressions ---------------------------------------------------------------------------------------------


def test_equal_expressions_are_computed_once():
    recorded = traced(lambda x, y: sin(x * y) + sin(x * y) * 2)
    shared = common_subexpressions(recorded)
    assert sorted(rows_of(shared)) == ["add", "mul", "mul", "sin"]
    same_at_all_special_numbers(recorded, shared)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: (x - y) + (y - x),
        lambda x, y: x / y + y / x,
        lambda x, y: x * 0.0 + x * -0.0,
        lambda x, y: x**2 + x**3,
        lambda x, y: (x + 0.0) * (x + -0.0),
        lambda x, y: autograd.neuron([x], [y], 0.0, autograd.relu) + autograd.neuron([x], [y], 0.0, autograd.tanh),
        lambda x, y: autograd.cross_entropy([x, y], 0) + autograd.cross_entropy([x, y], 1),
        lambda x, y: autograd.maximum(x, 0.0) * autograd.maximum(x, -0.0),
    ],
)
def test_expressions_that_differ_stay_apart(f):
    recorded = traced(f)
    assert len(common_subexpressions(recorded)) == len(recorded)
    same_at_all_special_numbers(recorded, common_subexpressions(recorded))


def test_a_guarded_row_and_a_plain_one_are_not_equal():
    recorded = Program(("x",), (Equation(ops.log, (0,)), Equation(ops.log.ieee, (0,)), Equation(ops.add, (1, 2))), (3,))
    assert len(simplified(recorded)) == 3
    assert outcome(lambda: simplified(recorded).evaluate([0.0])) == outcome(lambda: recorded.evaluate([0.0]))
    assert isinstance(outcome(lambda: simplified(recorded).evaluate([0.0])), tuple)


def test_nan_constants_may_be_shared_but_zeros_of_different_sign_may_not():
    nan = traced(lambda x: (x * math.nan) + (x * math.nan), 1)
    assert len(common_subexpressions(nan)) == 2
    zeros = traced(lambda x: autograd.atan2(0.0, x) + autograd.atan2(-0.0, x), 1)
    assert len(simplified(zeros)) == 3
    assert simplified(zeros).evaluate([-1.0]) == [0.0]


def test_equal_outputs_become_one():
    shared = common_subexpressions(traced(lambda x: [x * x, x * x], 1))
    assert (len(shared), shared.outputs) == (1, (1, 1))


# -- dead code ---------------------------------------------------------------------------------------------------------


def test_what_no_output_needs_is_left_out():
    recorded = Program(("x",), (Equation(ops.sin, (0,)), Equation(ops.mul, (0, 0)), Equation(ops.neg, (2,))), (2,))
    cleaned = dead_code(recorded)
    # sin raises at infinity, and so it stays
    assert rows_of(cleaned) == ["sin", "mul"]
    assert cleaned.evaluate([3.0]) == [9.0]


def test_a_chain_that_leads_nowhere_goes_at_once():
    equations = (
        Equation(ops.tanh, (0,)),
        Equation(ops.mul, (1, 1)),
        Equation(ops.add, (2, 1)),
        Equation(ops.neg, (0,)),
    )
    assert rows_of(dead_code(Program(("x",), equations, (4,)))) == ["neg"]
    assert rows_of(dead_code(Program(("x",), equations, (2, 4)))) == ["tanh", "mul", "neg"]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.raises and row.arity == 1])
def test_an_operation_that_may_raise_stays(name):
    row = ROWS[name]
    recorded = Program(("x",), (Equation(row, (0,)),), (0,))
    assert rows_of(dead_code(recorded)) == [name]
    assert dead_code(Program(("x",), (Equation(row.ieee, (0,)),), (0,))).equations == ()


def test_what_an_operation_that_may_raise_needs_stays_too():
    recorded = Program(("x",), (Equation(ops.tanh, (0,)), Equation(ops.log, (1,))), (0,))
    assert rows_of(dead_code(recorded)) == ["tanh", "log"]


def test_inputs_that_are_not_used_stay_inputs():
    cleaned = simplified(traced(lambda x, y: y * y))
    assert cleaned.inputs == ("x", "y")
    assert cleaned.evaluate([1.0, 3.0]) == [9.0]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_can_raise_says_so(name):
    # else dead code would lose the error, and a derivative's graph would raise
    row, n = ROWS[name], len(ROWS[name].samples[-1])
    rng = random.Random(name)
    raised = []
    for args in [[x] * n for x in SPECIALS] + [[rng.choice(SPECIALS) for _ in range(n)] for _ in range(300)]:
        try:
            row.formula(*args)
        except RAISED as error:
            raised.append((args, error))
    assert row.raises or raised == []


@pytest.mark.parametrize("activation", [autograd.log, autograd.exp, autograd.sqrt, autograd.sinh])
def test_a_neuron_with_an_activation_that_can_raise_says_so(activation):
    row = ops.neuron_row(activation, True)
    assert row.raises
    assert bits(row.ieee(0.0, -1.0, 1.0)) == bits(activation.ieee(-1.0))
    assert bits(row.ieee(0.0, 1000.0, 1.0)) == bits(activation.ieee(1000.0))
    error = outcome(lambda: autograd.neuron([Value(-1000.0)], [1.0], 0.0, activation))
    assert not isinstance(error, tuple) or "must be ," not in error[1]


# -- all of them -------------------------------------------------------------------------------------------------------


def redundant_program(seed):
    """Return a random program with constants in place of two inputs and with every result computed twice."""
    f = random_program(seed)
    recorded = traced(lambda x, y, z: [f(x, y, z), f(x, y, z)], 3)
    constants = {1: SPECIALS[seed % len(SPECIALS)], 2: 0.5}
    equations = [Equation(e.row, tuple(constants.get(a, a) for a in e.args)) for e in recorded.equations]
    return Program(recorded.inputs, tuple(equations), recorded.outputs)


@every_pass
@pytest.mark.parametrize("make", [lambda seed: traced(random_program(seed), 3), redundant_program])
def test_a_pass_alone_keeps_every_bit_of_random_programs(run, make):
    rng, shorter, errors = random.Random(2), 0, 0
    for seed in range(300):
        recorded = make(seed)
        after = run(recorded)
        shorter += len(after) < len(recorded)
        assert len(after) <= len(recorded)
        for special in (0.0, 0.5, 1.0):
            point = random_point(rng, 3, special)
            expected, got = (outcome(lambda p=p: p.evaluate(point)) for p in (recorded, after))  # noqa: B023
            assert got == expected, (seed, point)
            errors += isinstance(expected, tuple)
    assert errors > 100
    assert shorter > 100 or make is not redundant_program or run in (identities, dead_code)


@every_pass
def test_a_pass_alone_keeps_every_bit_of_gradient_programs(run):
    rng = random.Random(2)
    for seed in range(200):
        symbols = [Symbol(name) for name in "xyz"]
        out = random_program(seed, length=9)(*symbols)
        recorded = program([v for v in [out, *pull_back(out, 1.0, symbols)] if isinstance(v, Value)], symbols)
        after = run(recorded)
        for special in (0.0, 0.6):
            point = random_point(rng, 3, special)
            expected, got = (outcome(lambda p=p: p.evaluate(point)) for p in (recorded, after))  # noqa: B023
            assert got == expected, (seed, point)


def test_the_passes_together_reach_an_end():
    for seed in range(50):
        recorded = simplified(traced(random_program(seed, length=40), 3))
        assert simplified(recorded) == recorded
        for run in PASSES.values():
            assert run(recorded) == recorded


def test_a_pass_opens_the_way_for_another():
    # folding makes the 1, the identity removes the product, sharing finds the equal sines
    x = Value(3.0)
    recorded = program(sin(x * (Value(0.5) * 2)) + sin(x), [x])
    assert rows_of(simplified(recorded)) == ["sin", "add"]


def test_what_was_removed_is_reported_by_pass():
    removed = {}

    def report(name, count):
        removed[name] = removed.get(name, 0) + count

    x = Value(3.0)
    recorded = program(sin(x * 1) + sin(x) + Value(2.0) * 3, [x])
    short = simplified(recorded, report)
    assert sum(removed.values()) == len(recorded) - len(short) == 3
    assert set(removed) == set(PASSES)
    assert (removed["constants"], removed["identities"], removed["common subexpressions"]) == (1, 1, 1)


def test_value_and_gradient_of_a_neuron_share_what_they_have_in_common():
    symbols = [Symbol(name) for name in "wxb"]
    out, again = (autograd.tanh(symbols[0] * symbols[1] + symbols[2]) for _ in range(2))
    recorded = program([out, *pull_back(again, 1.0, symbols)], symbols)
    short = simplified(recorded)
    assert len(short) <= len(recorded) - 3
    rng = random.Random(0)
    for special in (0.0, 0.5) * 20:
        point = random_point(rng, 3, special)
        assert outcome(lambda: short.evaluate(point)) == outcome(lambda: recorded.evaluate(point))  # noqa: B023


def test_programs_after_the_passes_are_differentiated_as_before():
    rng, compared = random.Random(6), 0
    for seed in range(150):
        recorded = traced(random_program(seed, length=8), 3)
        short, point = simplified(recorded), [rng.uniform(0.1, 2) for _ in range(3)]
        if isinstance(outcome(lambda: recorded.evaluate(point)), tuple):  # noqa: B023
            continue
        slopes = [grad(lambda v, p=p: p.evaluate(v)[0])(point) for p in (recorded, short)]
        assert list(map(bits, slopes[0])) == list(map(bits, slopes[1])), seed
        compared += 1
    assert compared > 60


def test_a_derivative_graph_never_raises_after_the_passes():
    x = Value(0.0)
    slope = gradients(autograd.sqrt(x) * 3, x, create_graph=True)
    short = autograd.simplify(slope)
    assert slope.data == short.data == math.inf
