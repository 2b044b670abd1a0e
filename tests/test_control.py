"""Looking into a graph and steering its backward pass: hooks, checkpoints, path sums, operation counts, anomalies."""

import gc
import inspect
import math
import random
import re
import tracemalloc

import pytest
from random_programs import bits, outcome, random_program

import autograd
from autograd import (
    Value,
    checkpoint,
    count_operations,
    derivative,
    detect_anomaly,
    grad,
    gradients,
    hessian,
    hvp,
    jvp,
    no_grad,
    path_sum,
    register_hook,
    sin,
    tanh,
)
from autograd.errors import AutogradError, DomainError, GraphError, NonFiniteError, StaleGraphError
from autograd.forward import Dual
from autograd.graph import topological_order
from autograd.program import program, python_source, simplify


def number(x):
    return x.data if isinstance(x, Value) else x


# -- hooks -------------------------------------------------------------------------------------------------------------

PASSES = {
    "backward": lambda out, x: (out.backward(), x.grad)[1],
    "backward as a graph": lambda out, x: (out.backward(create_graph=True), number(x.grad))[1],
    "gradients": lambda out, x: gradients(out, x),
    "gradients as a graph": lambda out, x: number(gradients(out, x, create_graph=True)),
}
every_pass = pytest.mark.parametrize("run", PASSES.values(), ids=PASSES)


@every_pass
def test_a_hook_sees_the_adjoint_of_its_value(run):
    x, seen = Value(3.0), []
    y = x * x
    register_hook(y, lambda g: seen.append(number(g)))
    assert run(y * 5 + y, x) == 36.0
    assert seen == [6.0]


@every_pass
def test_what_a_hook_returns_replaces_the_adjoint(run):
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: 10 * g)
    assert run(y + 1, x) == 60.0


@every_pass
def test_a_hook_that_returns_nothing_changes_nothing(run):
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: None)
    assert run(y * 2, x) == 12.0


@every_pass
def test_a_hook_that_returns_zero_cuts(run):
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: 0.0)
    assert run(y + x, x) == 1.0


@every_pass
def test_a_removed_hook_is_not_called(run):
    x, seen = Value(3.0), []
    y = x * x
    hook = register_hook(y, seen.append)
    hook.remove()
    hook.remove()
    assert run(y, x) == 6.0
    assert seen == []


@every_pass
def test_a_hook_on_the_output_sees_the_seed(run):
    x, seen = Value(3.0), []
    y = x * x
    register_hook(y, lambda g: seen.append(number(g)))
    run(y, x)
    assert seen == [1.0]


@every_pass
def test_several_hooks_run_in_the_order_of_their_registration(run):
    # as in PyTorch
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: g + 1)
    register_hook(y, lambda g: g * 10)
    assert run(y, x) == 120.0


def test_hooks_are_removed_one_by_one():
    x = Value(2.0)
    y = x * x
    first, second = register_hook(y, lambda g: 2 * g), register_hook(y, lambda g: 10 * g)
    assert gradients(y, x) == 80.0
    first.remove()
    assert gradients(y, x) == 40.0
    second.remove()
    assert gradients(y, x) == 4.0
    first.remove()
    assert gradients(y, x) == 4.0
    assert y.row is (x * x).row


def test_the_grad_of_a_hooked_value_is_what_the_hook_returned():
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: 10 * g)
    (y * 2).backward()
    assert (y.grad, x.grad) == (20.0, 120.0)
    assert gradients(y * 2, y) == number(gradients(y * 2, y, create_graph=True)) == 20.0


def test_a_hook_is_called_at_every_backward_pass():
    x, seen = Value(3.0), []
    y = x * x
    register_hook(y, seen.append)
    (y * 2).backward()
    (y * 3).backward()
    assert seen == [2.0, 3.0]


@pytest.mark.parametrize("make", [lambda x: x + 1, lambda x: autograd.neuron([x], [x], x, tanh), lambda x: x**3])
def test_a_hook_fits_every_kind_of_row(make):
    plain, hooked, seen = Value(0.7), Value(0.7), []
    make(plain).backward()
    y = make(hooked)
    register_hook(y, seen.append)
    y.backward()
    assert bits(hooked.grad) == bits(plain.grad) and seen == [1.0]


def test_a_hook_on_one_value_leaves_other_values_of_its_row_alone():
    x = Value(3.0)
    y, z = x * x, x * x
    register_hook(y, lambda g: 10 * g)
    assert (gradients(y, x), gradients(z, x)) == (60.0, 6.0)
    assert grad(lambda t: t * t)(3.0) == 6.0


def test_the_adjoint_in_a_graph_of_gradients_is_a_value_that_can_be_used():
    x = Value(3.0)
    y = x * x
    hook = register_hook(y, lambda g: g * x)
    slope = gradients(y * y, x, create_graph=True)
    hook.remove()
    # 2y * x * 2x = 4 x**4, and its derivative
    assert slope.data == 324.0
    assert gradients(slope, x) == 432.0


def test_a_hook_on_a_leaf_is_refused():
    for leaf in (Value(3.0), Value(3.0, requires_grad=False)):
        with pytest.raises(GraphError, match="a hook belongs to a computed Value; the gradient of a leaf is read"):
            register_hook(leaf, print)


def test_a_hook_that_cannot_be_called_is_refused_at_once():
    with pytest.raises(TypeError):
        register_hook(Value(3.0) * 2, 5)


def test_a_hook_that_raises_leaves_the_gradients_as_they_were():
    def fail(g):
        raise ZeroDivisionError("mine")

    x = Value(3.0)
    y = x * x
    register_hook(y, fail)
    x.grad = 5.0
    with pytest.raises(ZeroDivisionError, match="mine"):
        (y + x).backward()
    assert x.grad == 5.0


@pytest.mark.parametrize("foreign", ["a", [1.0]], ids=repr)
def test_a_hook_that_returns_no_number_is_refused(foreign):
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: foreign)
    with pytest.raises(TypeError, match="must be a real number, got"):
        y.backward()


def test_a_hooked_value_keeps_its_row_in_pictures_and_programs():
    x = Value(3.0)
    y = x * x
    register_hook(y, lambda g: 10 * g)
    assert (y._op, y.row.name) == ("*", "mul")
    assert program(y, [x]).evaluate([2.0]) == [4.0]


def test_a_hook_can_clip_a_gradient():
    x = Value(3.0)
    h = x * 100
    register_hook(h, lambda g: autograd.clip(g, -1.0, 1.0))
    (h * h).backward()
    assert x.grad == 100.0


# -- checkpoints -------------------------------------------------------------------------------------------------------


def wave(t):
    return tanh(t * 1.3) * t + sin(t)


def test_a_checkpoint_is_one_node():
    x = Value(0.5)
    y = checkpoint(wave)(x)
    assert (y.data, y.parents) == (wave(0.5), (x,))
    assert "wave" in y.row.name


def test_a_checkpoint_has_the_bits_of_the_plain_function():
    rng = random.Random(3)
    for _ in range(200):
        a, scale = rng.uniform(-2, 2), rng.uniform(-3, 3)
        plain, pieces = Value(a), Value(a)
        (autograd.exp(wave(wave(plain))) * scale).backward()
        (autograd.exp(checkpoint(wave)(checkpoint(wave)(pieces))) * scale).backward()
        assert bits(pieces.grad) == bits(plain.grad), (a, scale)


def test_a_checkpoint_of_random_programs_has_their_bits():
    rng, compared = random.Random(5), 0
    for seed in range(200):
        f, point = random_program(seed), [rng.uniform(-2, 2) for _ in range(3)]
        plain, pieces = [Value(x) for x in point], [Value(x) for x in point]
        try:
            f(*plain).backward(0.7)
        except AutogradError:
            continue
        checkpoint(f)(*pieces).backward(0.7)
        assert [bits(v.grad) for v in pieces] == [bits(v.grad) for v in plain], seed
        compared += 1
    assert compared > 100


@every_pass
def test_a_checkpoint_has_the_gradient_of_its_function_in_every_pass(run):
    assert run(checkpoint(lambda t: t * t * t)(Value(2.0)) * 1, Value(0.0)) == 0.0
    x = Value(2.0)
    assert run(checkpoint(lambda t: t * t * t)(x) * 5, x) == 60.0


def test_parameters_closed_over_receive_their_gradients():
    w, b, x = Value(2.0), Value(0.5), Value(3.0)
    checkpoint(lambda t: w * t * t + b)(x).backward()
    assert (w.grad, b.grad, x.grad) == (9.0, 1.0, 12.0)


def test_a_parameter_closed_over_and_given_receives_both_shares():
    x = Value(3.0)
    checkpoint(lambda t: t * x)(x).backward()
    assert x.grad == 6.0


@every_pass
def test_a_captured_computed_value_receives_its_gradient(run):
    w, x = Value(3.0), Value(2.0)
    h = w * x
    assert run(checkpoint(lambda t: t * h)(x) * 1, x) == 12.0
    assert gradients(checkpoint(lambda t: t * h)(x), h) == 2.0
    h.grad = 0.0
    checkpoint(lambda t: t * h)(x).backward()
    assert h.grad == 2.0


def test_several_arguments_and_numbers_among_them():
    x, y = Value(2.0), Value(3.0)
    checkpoint(lambda a, b, c: a * b + c)(x, y, 4.0).backward()
    assert (x.grad, y.grad) == (3.0, 2.0)


def test_of_numbers_alone_a_checkpoint_returns_a_number():
    assert checkpoint(lambda t: t * t)(3.0) == 9.0


def test_an_argument_given_twice_receives_both_shares():
    x = Value(3.0)
    checkpoint(lambda a, b: a * b)(x, x).backward()
    assert x.grad == 6.0


def test_nested_checkpoints():
    inner = checkpoint(lambda t: sin(t) * t)
    outer = checkpoint(lambda t: inner(inner(t)) + t)
    plain = lambda t: (lambda s: sin(s) * s)(sin(t) * t) + t  # noqa: E731
    assert grad(outer)(0.7) == pytest.approx(grad(plain)(0.7), rel=1e-14)
    assert grad(grad(outer))(0.7) == pytest.approx(grad(grad(plain))(0.7), rel=1e-13)


def test_a_checkpoint_runs_its_function_once_forward_and_once_backward():
    runs = []

    def f(t):
        runs.append(1)
        return t * t

    y = checkpoint(f)(Value(3.0))
    assert len(runs) == 1
    y.backward()
    assert len(runs) == 2


def test_a_checkpoint_works_in_forward_mode():
    assert jvp(checkpoint(wave), (0.5,), (1.0,)) == pytest.approx(jvp(wave, (0.5,), (1.0,)))
    w = Value(2.0)
    tangent = jvp(checkpoint(lambda t: w * t * t), (3.0,), (1.0,))[1]
    assert number(tangent) == 12.0


def test_a_checkpoint_works_in_second_order():
    expected = grad(grad(wave))(0.5)
    assert grad(grad(checkpoint(wave)))(0.5) == pytest.approx(expected, rel=1e-14)
    assert derivative(grad(checkpoint(wave)))(0.5) == pytest.approx(expected, rel=1e-14)
    assert number(grad(derivative(checkpoint(wave)))(0.5)) == pytest.approx(expected, rel=1e-14)
    assert hessian(checkpoint(wave))(0.5) == pytest.approx(expected, rel=1e-14)
    assert hvp(lambda x: checkpoint(wave)(x[0]), [0.5], [1.0]) == pytest.approx([expected], rel=1e-14)


RELATED = {
    "arguments that depend on each other": (lambda c, x: c(lambda a, b: a * b)(x, x * x), 27.0, 18.0),
    "the same argument twice": (lambda c, x: c(lambda a, b: a * b)(x, x), 6.0, 2.0),
    "an argument closed over": (lambda c, x: c(lambda t: t * x)(x), 6.0, 2.0),
    "a computed value closed over": (lambda c, x: (lambda h: c(lambda t: t * h)(x))(x * x), 27.0, 18.0),
    "one checkpoint after another": (lambda c, x: c(lambda t: t * t)(c(lambda t: t * t)(x)), 108.0, 108.0),
}


@pytest.mark.parametrize("f, first, second", RELATED.values(), ids=RELATED)
@pytest.mark.parametrize("wrap", [checkpoint, lambda f: f], ids=["checkpoint", "plain"])
def test_no_path_is_counted_twice(wrap, f, first, second):
    x = Value(3.0)
    assert gradients(f(wrap, x), x) == first
    slope = gradients(f(wrap, x), x, create_graph=True)
    assert slope.data == first
    assert gradients(slope, x) == second
    assert number(grad(lambda t: f(wrap, t))(3.0)) == first
    assert number(grad(grad(lambda t: f(wrap, t)))(3.0)) == second


def test_captured_parameters_take_part_in_second_order():
    w = Value(2.0)
    slope = gradients(checkpoint(lambda t: w * w * t)(Value(3.0)), w, create_graph=True)
    assert (slope.data, gradients(slope, w)) == (12.0, 6.0)


def test_a_checkpoint_works_in_a_compiled_function():
    compiled = autograd.compile(lambda x: checkpoint(wave)(x) * 2)
    value, slope = compiled.value_and_grad(0.5)
    assert value == wave(0.5) * 2
    assert slope == pytest.approx(2 * grad(wave)(0.5), rel=1e-15)


def test_a_program_of_a_checkpoint_computes_it_at_other_points():
    x = Value(2.0)
    y = checkpoint(lambda t: t * t * t)(x) * 2
    recorded = program(y, [x])
    assert recorded.evaluate([5.0]) == [250.0]
    assert python_source(recorded).function()(5.0) == (250.0,)
    assert grad(lambda t: recorded.evaluate([t])[0])(5.0) == 150.0
    assert gradients(simplify(y * 1), x) == 24.0


def test_a_program_of_a_checkpoint_sees_captured_inputs():
    w, x = Value(2.0), Value(3.0)
    recorded = program(checkpoint(lambda t: w * t)(x), [x, w])
    assert recorded.evaluate([5.0, 7.0]) == [35.0]


def test_what_is_captured_may_be_under_differentiation_itself():
    assert number(derivative(lambda d: checkpoint(lambda t: t * d)(Value(2.0)))(3.0)) == 2.0
    with pytest.warns(UserWarning, match="Values that are not its arguments"):  # the checkpoint keeps its Value
        assert autograd.compile(lambda s: checkpoint(lambda t: t * s)(Value(2.0))).value_and_grad(3.0) == (6.0, 2.0)
    assert number(grad(lambda r: checkpoint(lambda t: t * r)(Value(2.0)))(3.0)) == 2.0


def test_parameters_captured_with_numbers_as_arguments_are_checkpointed_too():
    # the first layer of a network: its arguments are data
    w = Value(2.0)
    y = checkpoint(lambda t: sin(sin(sin(w * t))))(3.0)
    y.backward()
    slope, w.grad = w.grad, 0.0
    sin(sin(sin(w * 3.0))).backward()
    assert bits(slope) == bits(w.grad)
    assert len(topological_order(y)[0]) == 1


def test_a_checkpoint_keeps_nothing_inside():
    x = Value(0.5)
    y = checkpoint(lambda t: sin(sin(sin(sin(t)))))(x)
    assert len(topological_order(y)[0]) == 1


def test_a_checkpoint_inside_another_leaves_no_more_in_the_graph():
    inner = checkpoint(sin)
    x = Value(0.5)
    y = checkpoint(lambda t: sin(inner(sin(t))))(x)
    assert len(topological_order(y)[0]) == 1
    y.backward()
    plain = Value(0.5)
    sin(sin(sin(plain))).backward()
    assert x.grad == plain.grad


def chain_memory(n, pieces):
    """Return the peak of memory of a chain of n sines, forward and backward, and its gradient."""

    def piece(t, m=n // pieces):
        for _ in range(m):
            t = sin(t)
        return t

    step = checkpoint(piece) if pieces > 1 else piece
    gc.collect()
    tracemalloc.start()
    x = Value(0.5)
    t = x
    for _ in range(pieces):
        t = step(t)
    t.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, x.grad


def test_the_memory_of_a_chain_falls_from_n_to_the_order_of_its_root():
    # SEEDS S4-43; n = 10**5: 316 pieces of 316 need about 2 * 316 nodes, 1/158 of them
    n, pieces = 316 * 316, 316
    plain, slope = chain_memory(n, 1)
    less, same = chain_memory(n, pieces)
    assert less < plain / 25
    assert same == pytest.approx(slope, rel=1e-9)


def test_the_memory_grows_with_the_root():
    small, _ = chain_memory(32 * 32, 32)
    large, _ = chain_memory(128 * 128, 128)
    assert large < 8 * small  # 4 times for 16 times the operations


def test_a_written_parameter_makes_a_checkpoint_stale():
    w, x = Value(2.0, label="w"), Value(3.0)
    y = checkpoint(lambda t: w * t)(x)
    w.data = 5.0
    with pytest.raises(StaleGraphError, match="'w' was overwritten"):
        y.backward()


def test_inside_no_grad_a_checkpoint_is_a_constant():
    with no_grad():
        y = checkpoint(lambda t: t * t)(Value(3.0))
    assert (y.data, y.parents) == (9.0, ())


def test_an_error_of_the_function_comes_through():
    with pytest.raises(DomainError, match=r"log: x must be > 0, got -1\.0"):
        checkpoint(autograd.log)(Value(-1.0))


def test_a_checkpoint_leaves_the_grads_of_others_alone():
    w, x = Value(2.0), Value(3.0)
    w.grad, x.grad = 10.0, 20.0
    y = checkpoint(lambda t: w * t)(x)
    assert (w.grad, x.grad) == (10.0, 20.0)
    (y * y).backward()
    assert (w.grad, x.grad) == (10.0 + 36.0, 20.0 + 24.0)


@pytest.mark.parametrize("result", [None, [Value(1.0)], "a"], ids=["None", "list", "str"])
def test_a_checkpoint_of_what_returns_no_scalar_is_refused(result):
    with pytest.raises(GraphError, match="checkpoint: the function must return one scalar, got"):
        checkpoint(lambda t: result)(Value(1.0))


def test_a_checkpoint_of_a_constant_function_has_the_gradient_zero():
    assert grad(lambda x: checkpoint(lambda t: 5.0)(x) + x)(3.0) == 1.0


def test_a_network_in_checkpoints_has_the_gradients_of_the_network():
    rng = random.Random(1)
    weights = [[Value(rng.uniform(-1, 1)) for _ in range(3)] for _ in range(4)]

    def layer(w):
        return lambda a, b: tanh(w[0] * a + w[1] * b + w[2])

    def network(wrap):
        a, b = Value(0.3), Value(-0.7)
        h = [wrap(layer(w))(a, b) for w in weights[:2]]
        out = [wrap(layer(w))(*h) for w in weights[2:]]
        loss = autograd.cross_entropy(out, 1)
        loss.backward()
        grads = [w.grad for row in weights for w in row]
        for row in weights:
            for w in row:
                w.grad = 0.0
        return grads

    assert list(map(bits, network(checkpoint))) == list(map(bits, network(lambda f: f)))


# -- path sums ---------------------------------------------------------------------------------------------------------


def doublings(n):
    a = Value(1.0)
    out = a
    for _ in range(n):
        out = out + out
    return a, out


@pytest.mark.parametrize("n", [0, 1, 2, 10])
def test_n_doublings_have_two_to_the_n_paths(n):
    # SEEDS S1-40
    a, out = doublings(n)
    assert path_sum(out, a) == (2.0**n, 2**n)


def test_twenty_doublings_are_refused_with_their_number_and_backward_takes_twenty_steps():
    # SEEDS S1-40
    a, out = doublings(20)
    with pytest.raises(GraphError, match=r"path_sum: 1,048,576 paths are more than limit=1,000,000; backward"):
        path_sum(out, a)
    out.backward()
    assert a.grad == 1048576.0 == 2.0**20


def test_the_limit_can_be_moved():
    a, out = doublings(5)
    assert path_sum(out, a, limit=32).paths == 32
    with pytest.raises(GraphError, match="32 paths are more than limit=31"):
        path_sum(out, a, limit=31)


def test_a_number_of_paths_too_long_to_print_is_refused_too():
    a, out = doublings(15_000)
    with pytest.raises(GraphError, match="paths are more than limit=1,000,000"):
        path_sum(out, a)


def test_the_sum_over_paths_is_the_gradient():
    # SEEDS S1-36, S1-40
    x, y = Value(0.7), Value(-1.2)
    h = sin(x * y) + x
    out = h * h + y / h
    assert path_sum(out, x).value == pytest.approx(gradients(out, x), rel=1e-14)
    assert path_sum(out, y).value == pytest.approx(gradients(out, y), rel=1e-14)
    assert path_sum(out, h).value == pytest.approx(gradients(out, h), rel=1e-14)
    assert path_sum(out, h).paths == 3


def test_a_product_with_itself_has_two_paths():
    x = Value(3.0)
    assert path_sum(x * x, x) == (6.0, 2)


def test_a_leaf_that_is_not_reached_has_no_path():
    assert path_sum(Value(2.0) * 3, Value(1.0)) == (0.0, 0)
    assert path_sum(Value(2.0), Value(2.0)) == (0.0, 0)


def test_a_value_has_one_path_to_itself():
    x = Value(2.0)
    assert path_sum(x, x) == (1.0, 1)


def test_paths_through_a_closure_are_refused_by_name():
    x = Value(3.0)
    with pytest.raises(GraphError, match="'mine' is a closure"):
        path_sum(Value(9.0, (x,), "mine"), x)


def test_a_path_sum_changes_no_grad():
    x = Value(3.0)
    y = x * x
    x.grad, y.grad = 5.0, 6.0
    path_sum(y * 2, x)
    assert (x.grad, y.grad) == (5.0, 6.0)


def test_a_long_chain_has_one_path():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = -y
    assert path_sum(y, x) == (1.0, 1)


# -- operation counts --------------------------------------------------------------------------------------------------


def test_operations_are_counted_for_each_mode():
    w, x = Value(2.0), Value(3.0)
    assert count_operations(w * x) == (1, 4, 5)
    assert count_operations(w * x + 1) == (2, 6, 8)


def test_a_leaf_costs_nothing():
    assert count_operations(Value(1.0)) == (0, 0, 0)


def test_what_is_used_twice_is_counted_once():
    x = Value(2.0)
    y = x * x
    assert count_operations(y * y).forward == 2


def test_the_backward_pass_costs_a_small_multiple_of_the_forward_pass_whatever_the_number_of_inputs():
    # SEEDS S3-21: the cheap gradient principle
    for n in (1, 10, 100):
        xs = [Value(0.1 * k) for k in range(n)]
        root = sum((tanh(x * x) for x in xs), Value(0.0))
        counted = count_operations(root)
        assert counted.backward <= 5 * counted.forward


def test_reverse_mode_wins_with_many_inputs_and_forward_mode_with_many_outputs():
    # SEEDS S1-44
    def costs(inputs, outputs):
        xs = [Value(0.1 * k) for k in range(inputs)]
        hidden = autograd.dot(xs, xs)
        counted = count_operations(autograd.sum([sin(hidden * k) for k in range(1, outputs + 1)]))
        return inputs * counted.forward_mode, counted.forward + outputs * counted.backward

    forward, reverse = costs(inputs=50, outputs=1)
    assert reverse < forward
    forward, reverse = costs(inputs=1, outputs=50)
    assert forward < reverse


# -- anomalies ---------------------------------------------------------------------------------------------------------


def this_line(offset):
    """Return "file:line" of the caller, `offset` lines further down."""
    frame = inspect.currentframe().f_back
    return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}\\D+{frame.f_lineno + offset}"


def test_an_anomaly_names_operation_and_label():
    huge = Value(1e308, label="huge")
    with detect_anomaly(), pytest.raises(NonFiniteError, match=r"mul: 1e\+308 \('huge'\) \* 10\.0 is inf"):
        huge * 10


def test_an_anomaly_names_the_users_line():
    huge = Value(1e308, label="huge")
    place = this_line(2)
    with detect_anomaly(), pytest.raises(NonFiniteError, match=place):
        huge * 10


def test_an_anomaly_in_the_backward_pass_names_the_users_line_of_the_forward_pass():
    x = Value(0.0, label="x")
    with detect_anomaly():
        place = this_line(1)
        y = autograd.sqrt(x)
        with pytest.raises(NonFiniteError, match=r"sqrt.*'x'") as caught:
            y.backward()
    assert re.search(place, str(caught.value)), str(caught.value)


def test_outside_the_watch_nothing_is_raised():
    assert (Value(1e308) * 10).data == math.inf
    assert outcome(lambda: grad(autograd.sqrt)(0.0)) == [bits(math.inf)]


@pytest.mark.parametrize("ask", [lambda y, x: path_sum(y, x), lambda y, x: [d() for d in y.local_gradients]])
def test_what_reads_local_derivatives_refuses_a_stale_graph(ask):
    x = Value(3.0, label="x")
    y = x * x
    x.data = 5.0
    with pytest.raises(StaleGraphError, match="'x' was overwritten"):
        ask(y, x)


@pytest.mark.parametrize(
    "f, at",
    [(lambda x: autograd.sqrt(x) ** 3, 0.0), (lambda x: autograd.sqrt(autograd.relu(x)), -1.0)],
)
def test_a_path_through_an_exact_0_ends_there_as_an_adjoint_does(f, at):
    x = Value(at)
    y = f(x)
    y.backward()
    assert path_sum(y, x).value == x.grad == 0.0


def test_a_path_keeps_an_infinite_slope_that_no_zero_stops():
    x = Value(0.0)
    assert path_sum(2 * autograd.sqrt(x), x).value == math.inf


@pytest.mark.parametrize(
    "ask", [lambda v: path_sum(v, Value(1.0)), lambda v: path_sum(Value(1.0), v), count_operations,
            lambda v: register_hook(v, print)],
)  # fmt: skip
@pytest.mark.parametrize("given", [2.0, None, Dual(1.0, 1.0, 1)], ids=["float", "None", "Dual"])
def test_what_is_no_value_is_named(ask, given):
    with pytest.raises(TypeError, match=f"expected a Value, got {type(given).__name__}$"):
        ask(given)


def test_an_anomaly_in_the_gradient_of_a_function_is_named():
    with detect_anomaly(), pytest.raises(NonFiniteError, match="backward of sqrt"):
        grad(autograd.sqrt)(0.0)


def test_a_function_that_gives_another_number_when_run_again_is_refused():
    draws = iter([2.0, 3.0])
    x = Value(5.0)
    y = checkpoint(lambda a: a * next(draws))(x)
    with pytest.raises(GraphError, match=r"gave 10\.0 at first and 15\.0 when it was run again"):
        y.backward()
    assert x.grad == 0.0


def test_a_constant_that_was_overwritten_inside_is_refused():
    w, x = Value(2.0, requires_grad=False), Value(3.0)
    y = checkpoint(lambda a: a * w)(x)
    w.data = 5.0
    with pytest.raises(GraphError, match="it must give the same each time"):
        y.backward()
    with pytest.raises(GraphError, match="it must give the same each time"):
        gradients(y, x, create_graph=True)


def test_a_checkpoint_in_a_program_may_be_run_at_other_numbers_after_its_inputs_were_written():
    x = Value(2.0)
    recorded = program(checkpoint(lambda a: a * a * a)(x), [x])
    x.data = 5.0
    other = Value(3.0)
    (out,) = recorded.evaluate([other])
    out.backward()
    assert (out.data, other.grad) == (27.0, 27.0)


def test_a_nan_is_the_same_nan_when_run_again():
    x = Value(math.nan)
    checkpoint(lambda a: a * a)(x).backward()
    assert math.isnan(x.grad)
