"""Gradients of functions and of graphs by reverse mode: grad, value_and_grad, vjp, gradients, create_graph."""

import math
import random
import threading

import pytest
from random_programs import bits, random_program

import autograd
from autograd import Value, derivative, grad, gradients, jvp, no_grad, sin, tanh, value_and_grad, vjp
from autograd.errors import AutogradError, DomainError, GraphError, NonFiniteError, ShapeError, StaleGraphError
from autograd.modes import ACTIVE
from autograd.ops import ROWS

POINTS = [(name, x) for name, row in ROWS.items() for x in (*row.samples, *row.kinks)]
everywhere = pytest.mark.parametrize("name, point", POINTS, ids=lambda x: x if isinstance(x, str) else repr(x))


def number(x):
    return x.data if isinstance(x, Value) else x


def product(x, y):
    return x * y


# -- grad and value_and_grad -------------------------------------------------------------------------------------------


@everywhere
def test_the_gradient_of_a_row_has_the_bits_of_backward(name, point):
    leaves = [Value(x) for x in point]
    ROWS[name](*leaves).backward()
    got = grad(ROWS[name], argnums=range(len(point)))(*point)
    assert list(map(bits, got)) == [bits(leaf.grad) for leaf in leaves]


@pytest.mark.parametrize(
    "argnums, expected",
    [(0, 3.0), (1, 2.0), (-1, 2.0), (-2, 3.0), ((0,), (3.0,)), ((0, 1), (3.0, 2.0)), ([1, 0], (2.0, 3.0)), ((), ())],
)
def test_argnums_say_by_which_arguments(argnums, expected):
    assert grad(product, argnums)(2.0, 3.0) == expected
    assert value_and_grad(product, argnums)(2.0, 3.0) == (6.0, expected)


@pytest.mark.parametrize("argnums", [2, -3, (0, 2)])
def test_argnums_out_of_range_are_refused(argnums):
    with pytest.raises(IndexError, match=r"argnums: there are 2 arguments, got number (2|-3)"):
        grad(product, argnums)(2.0, 3.0)


@pytest.mark.parametrize("argnums", [1.0, "0", None])
def test_argnums_that_are_no_whole_numbers_are_refused(argnums):
    with pytest.raises(TypeError, match="argnums"):
        grad(product, argnums)(2.0, 3.0)


def test_the_same_argument_twice_is_refused_or_answered_twice():
    try:
        got = grad(product, (0, 0))(2.0, 3.0)
    except (ValueError, IndexError):
        return
    assert got == (3.0, 3.0)


@pytest.mark.parametrize(
    "x, f, expected",
    [
        ([2.0, 3.0], lambda v: v[0] * v[1], [3.0, 2.0]),
        ([[2.0], [3.0, 4.0]], lambda v: v[0][0] * v[1][1], [[4.0], [0.0, 2.0]]),
        ((2.0, [3.0]), lambda v: v[0] * v[1][0], (3.0, [2.0])),
        ({"w": 2.0, "b": [3.0]}, lambda v: v["w"] * v["b"][0], {"w": 3.0, "b": [2.0]}),
        ([], lambda v: 5.0, []),
    ],
)
def test_a_gradient_has_the_structure_of_the_argument(x, f, expected):
    assert grad(f)(x) == expected


def test_whole_numbers_may_enter_and_floats_come_out():
    value, slope = value_and_grad(lambda x: x)(3)
    assert (value, slope) == (3.0, 1.0)
    assert type(value) is type(slope) is float


def test_keyword_arguments_go_to_the_function_as_they_are():
    def f(x, n, *, scale=1.0, name):
        return scale * x**n if name == "power" else x

    assert value_and_grad(f)(2.0, n=3, scale=10.0, name="power") == (80.0, 120.0)
    assert grad(f)(2.0, 3, name="power") == 12.0


def test_other_arguments_pass_through_untouched():
    data = {"x": [1, "text", None]}
    assert grad(lambda w, d: w * d["x"][0] if d is data else None)(2.0, data) == 1.0


@pytest.mark.parametrize("constant", [3.0, 3, 0.0])
def test_a_constant_function_has_the_gradient_zero(constant):
    assert value_and_grad(lambda x: constant)(2.0) == (constant, 0.0)


def test_an_argument_that_is_not_used_has_the_gradient_zero():
    assert grad(lambda x, y: x * x, argnums=(0, 1))(3.0, 5.0) == (6.0, 0.0)


@pytest.mark.parametrize("result", [None, [1.0], (1.0, 2.0), "1", {}], ids=repr)
def test_a_function_that_returns_no_scalar_is_refused(result):
    with pytest.raises(GraphError, match=r"grad: the function must return one scalar, got .*; for more use jacobian"):
        grad(lambda x: result)(1.0)


@pytest.mark.parametrize("x", ["1", None, True, 1j, [1.0, None]], ids=repr)
def test_an_argument_that_is_no_number_is_refused(x):
    with pytest.raises(TypeError, match="an input must be a real number, got"):
        grad(lambda v: 1.0)(x)


def test_an_error_of_the_function_comes_through():
    with pytest.raises(DomainError, match=r"log: x must be > 0, got -1\.0"):
        grad(autograd.log)(-1.0)


def test_random_functions_have_the_gradients_of_backward():
    rng, compared = random.Random(4), 0
    for seed in range(300):
        f, point = random_program(seed), [rng.uniform(-3, 3) for _ in range(3)]
        leaves = [Value(x) for x in point]
        try:
            out = f(*leaves)
        except AutogradError as error:
            with pytest.raises(type(error)):
                value_and_grad(f, (0, 1, 2))(*point)
            continue
        out.backward()
        value, slopes = value_and_grad(f, (0, 1, 2))(*point)
        assert [bits(value), *map(bits, slopes)] == [bits(out.data), *(bits(leaf.grad) for leaf in leaves)], seed
        compared += 1
    assert compared > 150


# -- nothing else changes ----------------------------------------------------------------------------------------------


def test_the_grad_of_a_closed_over_value_does_not_change():
    w = Value(5.0)
    w.grad = 7.0
    slope = grad(lambda x: w * x * x)(3.0)
    assert (number(slope), w.grad) == (30.0, 7.0)


def test_the_gradient_is_a_function_of_the_values_closed_over():
    w = Value(5.0)
    slope = grad(lambda x: w * x * x)(3.0)
    slope.backward()
    assert w.grad == 6.0


def test_a_value_given_as_argument_stays_connected():
    x = Value(3.0)
    x.grad = 1.0
    slope = grad(lambda t: t**3)(x)
    assert (slope.data, x.grad) == (27.0, 1.0)
    slope.backward()
    assert x.grad == 19.0


def test_a_constant_value_given_as_argument_is_differentiated_like_its_number():
    assert number(grad(lambda t: t * t)(Value(3.0, requires_grad=False))) == 6.0


def test_results_of_nested_gradients_are_plain_floats():
    nested = [
        grad(lambda x: grad(lambda y: sin(x * y))(1.0))(3.0),
        grad(lambda x: x * grad(lambda y: x * y * y)(2.0))(3.0),
        grad(grad(tanh))(0.5),
        grad(lambda x: vjp(lambda y: x * y * y, 2.0)[1](1.0)[0])(3.0),
        derivative(lambda x: grad(lambda y: sin(x * y))(1.0))(3.0),
        grad(lambda x: derivative(lambda y: sin(x * y))(1.0))(3.0),
        value_and_grad(lambda x: value_and_grad(lambda y: sin(x * y))(1.0)[0])(3.0)[0],
    ]
    assert [type(x) for x in nested] == [float] * len(nested)


def test_no_grad_outside_does_not_change_a_gradient():
    x = Value(3.0)
    y, z = x * x, x * x * x
    with no_grad():
        assert grad(lambda t: t * t)(3.0) == 6.0
        assert value_and_grad(lambda t: t * t)(3.0) == (9.0, 6.0)
        assert gradients([y, z], x) == 33.0
        assert vjp(lambda t: [t * t, t], 3.0)[1]([1.0, 1.0]) == (7.0,)


def test_no_grad_inside_cuts():
    def f(x):
        with no_grad():
            y = x * x
        return y * x

    assert grad(f)(3.0) == 9.0


def test_detach_inside_cuts():
    assert grad(lambda x: x.detach() * x)(3.0) == 3.0


# -- second order ------------------------------------------------------------------------------------------------------


def test_the_gradient_of_a_gradient_norm():
    # the penalty of a gradient norm: d/dx of |grad f|**2 for f = x**2 * y
    def norm(x, y):
        dx, dy = grad(lambda a, b: a**2 * b, (0, 1))(x, y)
        return dx * dx + dy * dy

    assert grad(norm, (0, 1))(2.0, 3.0) == (2 * 12 * 6 + 2 * 4 * 4.0, 2 * 12 * 4.0)


@everywhere
def test_second_derivatives_of_a_row_are_the_same_by_reverse_over_reverse_and_forward_over_reverse(name, point):
    row, n = ROWS[name], len(point)
    for i in range(n):
        slope = grad(row, i)
        for k in range(n):
            direction = [1.0 if j == k else 0.0 for j in range(n)]
            reverse = number(grad(slope, k)(*point))
            forward = number(jvp(slope, point, direction)[1])
            assert forward == pytest.approx(reverse, rel=1e-12, abs=1e-14, nan_ok=True) or (
                not math.isfinite(forward) and not math.isfinite(reverse)
            )


# -- vjp ---------------------------------------------------------------------------------------------------------------


def test_a_vjp_returns_the_output_and_pulls_cotangents_back():
    out, pull = vjp(lambda x, y: {"p": x * y, "s": [x + y]}, 2.0, 3.0)
    assert out == {"p": 6.0, "s": [5.0]}
    assert pull({"p": 1.0, "s": [10.0]}) == (13.0, 12.0)
    assert pull({"p": 0.0, "s": [1.0]}) == (1.0, 1.0)


def test_a_vjp_answers_in_the_structure_of_its_arguments():
    _, pull = vjp(lambda p, q: p["w"][0] * q, {"w": [2.0]}, 3.0)
    assert pull(1.0) == ({"w": [3.0]}, 2.0)


@pytest.mark.parametrize("cotangent", [1.0, [1.0], [1.0, 2.0, 3.0], {"p": 1.0, "s": 1.0}, [[1.0, 2.0]]])
def test_cotangents_of_another_structure_are_refused(cotangent):
    pull = vjp(lambda x: [x, x * x], 2.0)[1]
    with pytest.raises(ShapeError):
        pull(cotangent)


@pytest.mark.parametrize("foreign", ["a", True, None, 1j], ids=repr)
def test_cotangents_are_numbers(foreign):
    with pytest.raises(TypeError, match="a cotangent must be a real number, got"):
        vjp(lambda x: [x, x], 2.0)[1]([1.0, foreign])


def test_a_cotangent_may_be_a_value_and_receives_its_gradient():
    seed = Value(5.0)
    (slope,) = vjp(lambda x: x * x, 3.0)[1](seed)
    slope.backward()
    assert (slope.data, seed.grad) == (30.0, 6.0)


def test_a_seed_may_be_a_value_and_receives_its_gradient():
    x, seed = Value(3.0), Value(5.0)
    slope = gradients(x * x, x, seeds=seed, create_graph=True)
    assert slope.data == 30.0
    assert gradients(slope, [x, seed]) == [10.0, 6.0]
    several = gradients([x * x, x], x, seeds=[seed, 1.0], create_graph=True)
    assert (several.data, gradients(several, seed)) == (31.0, 6.0)


def test_cotangents_of_another_order_are_matched_by_key_or_refused():
    pull = vjp(lambda x: {"a": x, "b": 10 * x}, 1.0)[1]
    try:
        got = pull({"b": 1.0, "a": 0.0})
    except ShapeError:
        return
    assert got == (10.0,)


def test_forward_and_reverse_mode_are_dual():
    # SEEDS S4-49: u . (J v) = (J^T u) . v
    def f(x, y, z):
        return [x * y + sin(z), autograd.exp(x - z), autograd.logsumexp([x, y, z]), tanh(y) / x]

    rng = random.Random(2)
    for _ in range(20):
        point = [rng.uniform(0.5, 2) for _ in range(3)]
        u, v = [rng.gauss(0, 1) for _ in range(4)], [rng.gauss(0, 1) for _ in range(3)]
        pushed, pulled = jvp(f, point, v)[1], vjp(f, *point)[1](u)
        left = math.fsum(a * b for a, b in zip(u, pushed, strict=True))
        right = math.fsum(a * b for a, b in zip(pulled, v, strict=True))
        assert left == pytest.approx(right, rel=1e-12, abs=1e-12)


# -- gradients of graphs -----------------------------------------------------------------------------------------------


def small_graph():
    x, y = Value(2.0), Value(3.0)
    h = x * y
    return x, y, h, h * x


@pytest.mark.parametrize("create_graph", [False, True])
def test_inputs_may_be_leaves_interior_values_and_the_output_itself(create_graph):
    x, y, h, out = small_graph()
    got = gradients(out, [x, y, h, out], create_graph=create_graph)
    assert list(map(number, got)) == [12.0, 4.0, 2.0, 1.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_inputs_have_any_structure_and_the_gradient_has_the_same(create_graph):
    x, y, h, out = small_graph()
    got = gradients(out, {"x": x, "rest": (y, [h])}, create_graph=create_graph)
    assert (number(got["x"]), number(got["rest"][0]), number(got["rest"][1][0])) == (12.0, 4.0, 2.0)
    assert number(gradients(out, x, create_graph=create_graph)) == 12.0
    assert gradients(out, [], create_graph=create_graph) == []


@pytest.mark.parametrize("create_graph", [False, True])
def test_several_outputs_are_weighted_by_their_seeds(create_graph):
    x, y, h, out = small_graph()
    got = gradients([out, h, x], [x, y], seeds=[1.0, 10.0, 100.0], create_graph=create_graph)
    assert list(map(number, got)) == [142.0, 24.0]
    plain = gradients([out, h, x], [x, y], create_graph=create_graph)
    assert list(map(number, plain)) == [16.0, 6.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_an_input_the_output_does_not_reach_has_the_gradient_zero(create_graph):
    *_, out = small_graph()
    assert number(gradients(out, Value(1.0), create_graph=create_graph)) == 0.0


@pytest.mark.parametrize("create_graph", [False, True])
def test_no_grad_attribute_changes(create_graph):
    graph = small_graph()
    for k, v in enumerate(graph):
        v.grad = 10.0 + k
    gradients(graph[-1], list(graph[:-1]), create_graph=create_graph)
    assert [v.grad for v in graph] == [10.0, 11.0, 12.0, 13.0]


def test_a_repeated_input_is_answered_twice():
    x = Value(3.0)
    assert gradients(x * x, [x, x]) == [6.0, 6.0]


def test_an_output_that_is_an_input_has_the_gradient_one():
    x = Value(3.0)
    assert gradients(x, x) == 1.0


@pytest.mark.parametrize("create_graph", [False, True])
def test_constants_and_numbers_are_refused_as_inputs(create_graph):
    x, constant = Value(3.0), Value(3.0, requires_grad=False)
    for wrong in (constant, [x, constant], 3.0, None, constant * 2):
        with pytest.raises(GraphError, match="gradients: inputs must be Values that require a gradient, got"):
            gradients(x * x, wrong, create_graph=create_graph)


@pytest.mark.parametrize("outputs", [3.0, None, [1.0], "x"], ids=repr)
def test_outputs_that_are_no_values_are_refused(outputs):
    with pytest.raises(GraphError, match="gradients: outputs must be Values, got"):
        gradients(outputs, Value(1.0))


def test_seeds_and_outputs_must_be_equally_many():
    x = Value(3.0)
    with pytest.raises(ShapeError, match="gradients: 2 outputs need as many seeds, got 1"):
        gradients([x * x, x], x, seeds=[1.0])


@pytest.mark.parametrize("create_graph", [False, True])
def test_seeds_are_numbers(create_graph):
    x = Value(3.0)
    slope = gradients(x, x, seeds=2, create_graph=create_graph)
    assert (slope, type(slope)) == (2.0, float)
    for seed in ("a", True, 1j, [None]):
        with pytest.raises(TypeError, match=r"seed.* must be a real number, got"):
            gradients(x * x, x, seeds=seed, create_graph=create_graph)


def test_a_seed_that_is_not_finite_is_treated_as_by_backward():
    x = Value(3.0)
    with pytest.raises(ValueError, match="seed must be finite, got nan"):
        (x * x).backward(math.nan)
    with pytest.raises(ValueError, match="seed"):
        gradients(x * x, x, seeds=math.nan)


def test_gradients_agree_with_backward_bit_for_bit_on_random_graphs():
    rng, compared = random.Random(9), 0
    for seed in range(200):
        leaves = [Value(rng.uniform(-3, 3)) for _ in range(3)]
        try:
            out = random_program(seed)(*leaves)
        except AutogradError:
            continue
        plain, graph = gradients(out, leaves), gradients(out, leaves, create_graph=True)
        assert [leaf.grad for leaf in leaves] == [0.0] * 3
        out.backward()
        expected = [bits(leaf.grad) for leaf in leaves]
        assert list(map(bits, plain)) == [bits(number(g)) for g in graph] == expected, seed
        compared += 1
    assert compared > 100


def test_an_error_on_the_way_leaves_every_grad_as_it_was():
    x = Value(3.0)
    y = Value(9.0, (x,), "mine")
    x.grad, y.grad = 5.0, 6.0
    with pytest.raises(GraphError, match="nothing says how to differentiate 'mine'"):
        gradients(y * 2, x)
    assert (x.grad, y.grad) == (5.0, 6.0)


def test_gradients_from_several_threads_are_exact():
    x = Value(3.0)
    y = x * x * x
    wrong = []

    def ask():
        for _ in range(300):
            if gradients(y, x) != 27.0 or number(gradients(y, x, create_graph=True)) != 27.0:
                wrong.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and x.grad == 0.0


# -- backward(create_graph=True) ---------------------------------------------------------------------------------------


def test_backward_with_create_graph_gives_values_that_can_be_differentiated():
    x = Value(3.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    assert first.data == 27.0
    assert gradients(first, x) == 18.0


@everywhere
@pytest.mark.parametrize("seed", [1.0, -0.3])
def test_backward_with_create_graph_has_the_bits_of_backward(name, point, seed):
    plain, graph = [Value(x) for x in point], [Value(x) for x in point]
    for leaf in (*plain, *graph):
        leaf.grad = 0.7
    ROWS[name](*plain).backward(seed)
    ROWS[name](*graph).backward(seed, create_graph=True)
    assert [bits(leaf.grad) for leaf in plain] == [bits(number(leaf.grad)) for leaf in graph]


def test_gradients_accumulate_over_calls_with_create_graph():
    x = Value(2.0)
    y = 3 * x
    for expected in (3.0, 6.0, 9.0):
        y.backward(create_graph=True)
        assert number(x.grad) == expected


def test_backward_after_create_graph_accumulates():
    x = Value(2.0)
    (x**3).backward(create_graph=True)
    (x * x).backward()
    assert number(x.grad) == 16.0


def test_constants_receive_no_grad_with_create_graph():
    c = Value(5.0, requires_grad=False)
    (Value(2.0) * c * 3).backward(create_graph=True)
    assert c.grad == 0.0


def test_a_leaf_is_its_own_gradient_with_create_graph():
    x = Value(2.0)
    x.backward(create_graph=True)
    assert number(x.grad) == 1.0


def test_interior_gradients_are_fresh_with_create_graph():
    x = Value(2.0)
    h = x * x
    out = h * x
    h.grad = 99.0
    out.backward(create_graph=True)
    assert number(h.grad) == 2.0


@pytest.mark.parametrize("seed", [math.nan, math.inf])
def test_a_seed_that_is_not_finite_is_refused_with_create_graph(seed):
    x = Value(2.0)
    with pytest.raises(ValueError, match="seed must be finite"):
        (x * x).backward(seed, create_graph=True)


def test_a_grad_of_none_is_refused_with_a_sentence():
    x = Value(2.0)
    x.grad = None
    for create_graph in (False, True):
        with pytest.raises(GraphError, match=r"the grad of a leaf is not a number: set it to 0\.0"):
            (x * x).backward(create_graph=create_graph)
        assert x.grad is None


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_stale_graph_is_refused(create_graph):
    x = Value(3.0, label="x")
    y = x * x
    x.data = 4.0
    x.grad = 1.0
    with pytest.raises(StaleGraphError, match="'x' was overwritten after mul had used it"):
        y.backward(create_graph=create_graph)
    with pytest.raises(StaleGraphError, match="'x' was overwritten after mul had used it"):
        gradients(y, x, create_graph=create_graph)
    assert x.grad == 1.0


def test_a_gradient_graph_becomes_stale_like_any_other():
    x = Value(3.0)
    slope = gradients(x**3, x, create_graph=True)
    x.data = 4.0
    with pytest.raises(StaleGraphError):
        slope.backward()


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_watch_for_anomalies_sees_a_nan_in_the_backward_pass(create_graph):
    x = Value(0.0)
    y = autograd.sqrt(x * 1.0)
    with autograd.detect_anomaly(), pytest.raises(NonFiniteError):
        y.backward(create_graph=create_graph)


def test_an_interrupt_leaves_every_leaf_as_it_was_with_create_graph():
    def interrupt(g):
        raise KeyboardInterrupt

    x, w = Value(2.0), Value(3.0)
    h = x * w
    out = h * x
    autograd.register_hook(h, interrupt)
    x.grad, w.grad = 5.0, 6.0
    with pytest.raises(KeyboardInterrupt):
        out.backward(create_graph=True)
    assert (x.grad, w.grad) == (5.0, 6.0)
    assert not autograd.modes.ACTIVE


def test_a_function_under_differentiation_runs_at_full_speed():
    # Any open mode sends every operation the general way, at half the speed; recording is the mode already.
    seen = []

    def f(x):
        seen.append(list(ACTIVE))
        return x * x

    assert value_and_grad(f)(3.0) == (9.0, 6.0)
    assert seen == [[]]


def test_gradients_of_nothing_are_refused_in_a_sentence():
    with pytest.raises(ShapeError, match="expected at least one output"):
        gradients([], Value(2.0))


def test_a_computed_value_shows_the_same_gradient_whether_a_graph_is_made_of_it_or_not():
    def gradients_shown(create_graph):
        w, fixed = Value(2.0), Value(3.0, requires_grad=False)
        shifted = fixed * 4.0  # reaches no variable
        product = w * shifted
        (product + autograd.relu(-product)).backward(create_graph=create_graph)
        return [float(getattr(v.grad, "data", v.grad)) for v in (w, shifted, product)]

    assert gradients_shown(True) == gradients_shown(False) == [12.0, 2.0, 1.0]
