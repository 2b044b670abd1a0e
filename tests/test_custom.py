"""A user's own operations, `@primitive` and `Function`: they work in every mode, and a wrong rule is caught."""

import math
import random
from collections import namedtuple

import numpy
import pytest
from random_programs import bits, outcome

import autograd
from autograd import (
    Function,
    Value,
    derivative,
    exp,
    grad,
    gradcheck,
    gradgradcheck,
    gradients,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    primitive,
    relu,
    sin,
    sqrt,
    step,
    tanh,
    value_and_grad,
)
from autograd.errors import DomainError, GradcheckError, GraphError, TraceError
from autograd.program import program


def number(x):
    return x.data if isinstance(x, Value) else x


# -- the same two operations, declared in every way --------------------------------------------------------------------


@primitive(lambda x, out: 3 * x**2)
def cube(x):
    """Return x cubed."""
    return x * x * x


@primitive(lambda x, y, out: y * tanh(x * y), lambda x, y, out: x * tanh(x * y))
def log_cosh_product(x, y):
    """Return log(cosh(x * y))."""
    return math.log(math.cosh(x * y))


class Cube(Function):
    """Keeps its argument."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_values
        return g * 3 * x**2


class LogCosh(Function):
    """Takes two arguments; computes with rows."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return autograd.log(autograd.cosh(x * y))

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_values
        return g * y * tanh(x * y), g * x * tanh(x * y)


class Exp(Function):
    """Keeps its result, as the first example of PyTorch's documentation does."""

    @staticmethod
    def forward(ctx, x):
        y = exp(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_values
        return g * y


class ExpAttribute(Function):
    """Keeps its result as an attribute."""

    @staticmethod
    def forward(ctx, x):
        ctx.y = exp(x)
        return ctx.y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.y


class SquareOfSine(Function):
    """Keeps an intermediate that is neither argument nor result."""

    @staticmethod
    def forward(ctx, x):
        s = sin(x)
        ctx.save_for_backward(x, s)
        return s * s

    @staticmethod
    def backward(ctx, g):
        x, s = ctx.saved_values
        return g * 2 * s * autograd.cos(x)


class ProductAndSum(Function):
    """Has two results."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y

    @staticmethod
    def backward(ctx, g_product, g_sum):
        x, y = ctx.saved_values
        return g_product * y + g_sum, g_product * x + g_sum


def both_results(x, y):
    p, s = ProductAndSum.apply(x, y)
    return sin(p) * s


ONE = {"primitive": cube, "Function": Cube.apply}
TWO = {"primitive": log_cosh_product, "Function": LogCosh.apply}
# operation: (the same in rows, a point)
SAME = {
    "primitive of one": (cube, lambda x: x * x * x, [1.3]),
    "primitive of two": (log_cosh_product, lambda x, y: autograd.log(autograd.cosh(x * y)), [0.7, -1.2]),
    "Function of one": (Cube.apply, lambda x: x * x * x, [-1.3]),
    "Function of two": (LogCosh.apply, lambda x, y: autograd.log(autograd.cosh(x * y)), [0.7, -1.2]),
    "Function that keeps its result": (Exp.apply, exp, [0.7]),
    "Function with an attribute": (ExpAttribute.apply, exp, [0.7]),
    "Function that keeps an intermediate": (SquareOfSine.apply, lambda x: sin(x) * sin(x), [0.7]),
    "Function of two results": (both_results, lambda x, y: sin(x * y) * (x + y), [0.7, -1.2]),
}
every_operation = pytest.mark.parametrize("own, rows, point", SAME.values(), ids=SAME)


# -- every mode --------------------------------------------------------------------------------------------------------


def close(got, expected):
    return list(map(number, got)) == pytest.approx(list(map(number, expected)), rel=1e-12, abs=1e-14)


def of_list(f):
    return lambda x: f(*x)


@every_operation
def test_on_numbers_an_own_operation_returns_a_number(own, rows, point):
    assert own(*point) == pytest.approx(rows(*point), rel=1e-15)
    assert type(own(*point)) is float


@every_operation
def test_on_values_it_has_the_gradient_of_backward(own, rows, point):
    mine, theirs = [Value(x) for x in point], [Value(x) for x in point]
    own(*mine).backward()
    rows(*theirs).backward()
    assert close([v.grad for v in mine], [v.grad for v in theirs])


@every_operation
def test_reverse_mode(own, rows, point):
    assert close(grad(of_list(own))(point), grad(of_list(rows))(point))


@every_operation
def test_forward_mode(own, rows, point):
    direction = [1.0, -2.0][: len(point)]
    assert close(jvp(own, point, direction), jvp(rows, point, direction))


@every_operation
@pytest.mark.parametrize("outer", [jacfwd, jacrev])
@pytest.mark.parametrize("inner", [jacfwd, jacrev])
def test_second_order_in_every_mixture_of_modes(own, rows, point, outer, inner):
    got, expected = (outer(inner(of_list(f)))(point) for f in (own, rows))
    for row, expected_row in zip(got, expected, strict=True):
        assert close(row, expected_row)


@every_operation
def test_the_hessian_and_its_product_with_a_vector(own, rows, point):
    v = [1.0, -2.0][: len(point)]
    assert close(hvp(of_list(own), point, v), hvp(of_list(rows), point, v))
    assert close(hessian(of_list(own))(point)[0], hessian(of_list(rows))(point)[0])


@every_operation
def test_third_order(own, rows, point):
    def third(f):
        return grad(lambda x: hvp(of_list(f), x, [1.0, -2.0][: len(point)])[0])(point)

    assert close(third(own), third(rows))


@every_operation
def test_both_checkers_agree(own, rows, point):
    assert gradcheck(own, point)
    assert gradgradcheck(own, point)


@every_operation
def test_a_compiled_function_calls_it(own, rows, point):
    compiled = autograd.compile(of_list(own))
    value, slopes = compiled.value_and_grad(point)
    expected, expected_slopes = value_and_grad(of_list(own))(point)
    assert bits(compiled(point)) == bits(value) == bits(expected)
    assert list(map(bits, slopes)) == [bits(number(s)) for s in expected_slopes]


@every_operation
def test_its_derivatives_of_second_order_compile(own, rows, point):
    v = [1.0, -2.0][: len(point)]
    compiled = autograd.compile(lambda x: hvp(of_list(own), x, v))
    assert close(compiled(point), hvp(of_list(rows), point, v))


@every_operation
def test_it_becomes_a_program_and_comes_back(own, rows, point):
    inputs = [Value(x) for x in point]
    (again,) = program(own(*inputs), inputs).evaluate(point)
    assert bits(again) == bits(own(*point))


@every_operation
def test_its_program_can_be_differentiated_at_another_point(own, rows, point):
    inputs = [Value(x) for x in point]
    recorded = program(own(*inputs), inputs)
    other = [0.5 - x for x in point]
    elsewhere = [Value(x) for x in other]
    (out,) = recorded.evaluate(elsewhere)
    out.backward()
    assert close([v.grad for v in elsewhere], grad(of_list(rows))(other))
    assert close(grad(lambda v: recorded.evaluate(v)[0])(other), grad(of_list(rows))(other))
    direction = [1.0, -2.0][: len(point)]
    assert close(jvp(lambda *v: recorded.evaluate(v)[0], other, direction), jvp(rows, other, direction))


@every_operation
def test_gradients_as_a_graph(own, rows, point):
    mine, theirs = [Value(x) for x in point], [Value(x) for x in point]
    first = gradients(own(*mine), mine, create_graph=True)
    expected = gradients(rows(*theirs), theirs, create_graph=True)
    assert close(first, expected)
    assert close(gradients(first[0], mine), gradients(expected[0], theirs))


@every_operation
def test_inside_a_larger_function(own, rows, point):
    def around(f):
        return lambda x: tanh(f(*[xi * 0.5 for xi in x])) * x[0]

    assert close(grad(around(own))(point), grad(around(rows))(point))


@every_operation
def test_in_a_checkpoint(own, rows, point):
    assert close(grad(of_list(autograd.checkpoint(own)))(point), grad(of_list(rows))(point))


@pytest.mark.parametrize("f", ONE.values(), ids=ONE)
def test_its_node_carries_its_name_and_arguments(f):
    x = Value(2.0)
    out = f(x)
    assert out.parents == (x,)
    assert (out.row.name.lower(), out._op.lower()) == ("cube", "cube")
    assert [d() for d in out.local_gradients] == [12.0]


@pytest.mark.parametrize("f", TWO.values(), ids=TWO)
def test_numbers_among_the_arguments_are_constants(f):
    x = Value(0.7)
    out = f(x, 2.0)
    out.backward()
    assert [p.requires_grad for p in out.parents] in ([True, False], [True])  # a Function keeps it as it is
    assert x.grad == pytest.approx(2 * math.tanh(1.4), rel=1e-14)


@pytest.mark.parametrize("f", TWO.values(), ids=TWO)
def test_an_argument_given_twice_receives_both_shares(f):
    x = Value(0.7)
    f(x, x).backward()
    assert x.grad == pytest.approx(2 * 0.7 * math.tanh(0.49), rel=1e-14)
    assert grad(grad(lambda t: f(t, t)))(0.7) == pytest.approx(
        2 * math.tanh(0.49) + 4 * 0.49 / math.cosh(0.49) ** 2, rel=1e-12
    )


@pytest.mark.parametrize("f", [*ONE.values(), *TWO.values()], ids=[*ONE, *TWO])
def test_a_wrong_number_of_arguments_is_a_type_error(f):
    with pytest.raises(TypeError):
        f(Value(1.0), Value(2.0), Value(3.0))


# -- MyReLU ------------------------------------------------------------------------------------------------------------


class MyReLU(Function):
    """ReLU with the slope 1 at 0."""  # SEEDS S1-39

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return relu(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_values
        return g * step(x)


class MyReLUInPyTorchsWords(Function):
    """The same with clamp, saved_tensors and a Python branch."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(min=0)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output if input >= 0 else 0.0


RELUS = pytest.mark.parametrize("own", [MyReLU, MyReLUInPyTorchsWords])


@RELUS
@pytest.mark.parametrize("x, slope", [(-2.0, 0.0), (-1e-300, 0.0), (0.0, 1.0), (-0.0, 1.0), (3.0, 1.0)])
def test_my_relu_has_the_slope_one_at_zero_in_every_mode(own, x, slope):
    # SEEDS S1-39, S0-34: torch.relu has 0 there
    v = Value(x)
    own.apply(v).backward()
    assert v.grad == slope
    assert grad(own.apply)(x) == derivative(own.apply)(x) == slope
    assert autograd.compile(own.apply).value_and_grad(x) == (max(x, 0.0), slope)
    assert number(grad(lambda t: own.apply(t) * t)(x)) == (2 * x if slope else 0.0)


@RELUS
def test_my_relu_passes_the_check_away_from_the_kink_and_on_the_right_of_it(own):
    assert gradcheck(own.apply, 1.5) and gradcheck(own.apply, -1.5)
    assert gradcheck(own.apply, 0.0, side="right")
    assert not gradcheck(own.apply, 0.0, side="left", raise_exception=False)
    assert not gradcheck(relu, 0.0, side="right", raise_exception=False)


@RELUS
def test_the_second_derivative_of_my_relu_is_zero(own):
    assert number(grad(grad(own.apply))(2.0)) == 0.0


def test_a_backward_with_a_branch_compiles_as_a_call():
    compiled = autograd.compile(lambda x: MyReLUInPyTorchsWords.apply(x) * x)
    assert [compiled.value_and_grad(x) for x in (-2.0, 0.0, 3.0)] == [(-0.0, 0.0), (0.0, 0.0), (9.0, 6.0)]


def test_a_backward_with_a_branch_cannot_be_compiled_twice_and_says_so():
    with pytest.raises(
        GraphError, match="reads numbers in backward: write it with operators to differentiate it twice"
    ):
        autograd.compile(grad(grad(lambda x: MyReLUInPyTorchsWords.apply(x) * x)))(2.0)


# -- what Function keeps -----------------------------------------------------------------------------------------------


def test_a_saved_result_stays_connected():
    assert number(grad(grad(Exp.apply))(1.0)) == pytest.approx(math.e, rel=1e-15)
    assert number(derivative(derivative(Exp.apply))(1.0)) == pytest.approx(math.e, rel=1e-15)


def test_a_saved_result_stays_connected_as_an_attribute():
    assert number(grad(grad(ExpAttribute.apply))(1.0)) == pytest.approx(math.e, rel=1e-15)


def test_a_saved_intermediate_stays_connected_or_is_refused():
    try:
        second = number(grad(grad(SquareOfSine.apply))(0.7))
    except GraphError:
        return
    assert second == pytest.approx(2 * math.cos(1.4), rel=1e-14)


Pair = namedtuple("Pair", "x y")

CONTAINERS = {
    "tuple": (lambda x: (x, 2.0), lambda kept: kept[0]),
    "list": (lambda x: [[x]], lambda kept: kept[0][0]),
    "dict": (lambda x: {"x": x}, lambda kept: kept["x"]),
    "dict of lists": (lambda x: {"x": [x]}, lambda kept: kept["x"][0]),
    "named tuple": (lambda x: Pair(x, 2.0), lambda kept: kept.x),
}


@pytest.mark.parametrize("put, take", CONTAINERS.values(), ids=CONTAINERS)
def test_what_is_kept_inside_a_container_stays_connected(put, take):
    class Kept(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.kept = put(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            return g * 3 * take(ctx.kept) ** 2

    assert grad(Kept.apply)(2.0) == 12.0
    assert grad(grad(Kept.apply))(2.0) == 12.0
    assert derivative(derivative(Kept.apply))(2.0) == 12.0


class Noise(Function):
    """Multiplies by a random number."""

    runs = 0

    @staticmethod
    def forward(ctx, x):
        Noise.runs += 1
        ctx.factor = random.random()
        return x * ctx.factor

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor


@pytest.fixture
def noise():
    random.seed(1)
    Noise.runs = 0
    return Noise


def test_randomness_in_forward_is_kept_for_backward(noise):
    for _ in range(5):
        x = Value(2.0)
        y = noise.apply(x)
        y.backward()
        assert y.data == 2.0 * x.grad


def test_randomness_in_forward_is_kept_in_every_mode(noise):
    value, slope = value_and_grad(noise.apply)(2.0)
    assert value == 2.0 * slope
    value, tangent = jvp(noise.apply, (2.0,), (1.0,))
    assert value == 2.0 * tangent
    x = Value(2.0)
    y = noise.apply(x)
    assert y.data == 2.0 * number(gradients(y, x, create_graph=True)) == 2.0 * gradients(y, x)
    value, tangent = jvp(grad(lambda t: noise.apply(t) * t), (2.0,), (1.0,))
    assert value == 2.0 * tangent


def test_forward_runs_once_per_apply(noise):
    noise.apply(Value(2.0))
    assert noise.runs == 1
    noise.apply(2.0)
    assert noise.runs == 2
    jvp(noise.apply, (2.0,), (1.0,))
    assert noise.runs == 3


def test_forward_of_several_results_runs_once_per_apply():
    runs = []

    class Counting(ProductAndSum):
        @staticmethod
        def forward(ctx, x, y):
            runs.append(1)
            return ProductAndSum.forward(ctx, x, y)

    Counting.apply(Value(2.0), Value(3.0))
    assert len(runs) == 1


def test_backward_does_not_run_forward_again(noise):
    x = Value(2.0)
    y = noise.apply(x)
    before = noise.runs
    y.backward()
    y.backward()
    assert noise.runs == before


def test_a_compiled_function_keeps_randomness_between_value_and_gradient(noise):
    with pytest.warns(UserWarning, match="drew random numbers while it was recorded"):
        value, slope = autograd.compile(noise.apply).value_and_grad(2.0)
    assert value == 2.0 * slope


class NoisyTable(Function):
    """Draws at random and reads numbers."""

    runs = 0

    @staticmethod
    def forward(ctx, x):
        NoisyTable.runs += 1
        ctx.factor = random.random() * (2.0 if x.data > 0 else 1.0)
        return x.data * ctx.factor

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor


def test_a_compiled_function_that_reads_numbers_keeps_randomness_between_value_and_gradient():
    compiled = autograd.compile(NoisyTable.apply)
    values = set()
    for _ in range(5):
        NoisyTable.runs = 0
        value, slope = compiled.value_and_grad(2.0)
        assert value == 2.0 * slope
        values.add(value)
        assert NoisyTable.runs == 1 or len(values) == 1  # recording runs it too
    assert len(values) == 5


@pytest.mark.parametrize("draw", [random.random, lambda: float(numpy.random.rand())])
def test_a_function_that_is_called_at_every_run_draws_as_on_values(draw):
    class Noisy(Function):
        @staticmethod
        def forward(ctx, x):
            return x.data * draw() if x.data > 0 else x.data

        @staticmethod
        def backward(ctx, g):
            return g

    random.seed(1), numpy.random.seed(1)
    eager = [Noisy.apply(Value(2.0)).data for _ in range(3)]
    random.seed(1), numpy.random.seed(1)
    compiled = autograd.compile(Noisy.apply)
    assert [compiled(2.0) for _ in range(3)] == eager


def test_two_applications_keep_their_own_contexts(noise):
    x = Value(2.0)
    a, b = noise.apply(x), noise.apply(x)
    assert a.data != b.data
    assert gradients(a, x) * 2.0 == a.data and gradients(b, x) * 2.0 == b.data


def test_a_program_of_a_function_tells_the_two_zeros_apart():
    class Side(Function):
        @staticmethod
        def forward(ctx, x):
            return autograd.atan2(x, -1.0)

        @staticmethod
        def backward(ctx, g):
            return g

    x = Value(0.0)
    recorded = program(Side.apply(x), [x])
    assert recorded.evaluate([-0.0]) == [-math.pi]
    assert recorded.evaluate([0.0]) == [math.pi]


def test_the_context_holds_anything():
    class Keep(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.note = {"factor": 3.0}
            return x * 3.0

        @staticmethod
        def backward(ctx, g):
            return g * ctx.note["factor"]

    assert grad(Keep.apply)(2.0) == 3.0


def test_what_was_saved_in_one_call_replaces_what_was_saved_before():
    class Twice(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x)
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y, g * x

    assert grad(Twice.apply, (0, 1))(2.0, 3.0) == (3.0, 2.0)


def test_forward_sees_values_without_history():
    seen = []

    class Look(Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(x.parents)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    Look.apply(Value(1.0) * Value(2.0))
    assert seen == [()]


def test_numbers_given_to_apply_arrive_as_numbers():
    # as in PyTorch: what is no tensor is handed over as it is, and receives None
    class Power(Function):
        @staticmethod
        def forward(ctx, x, n, note):
            ctx.save_for_backward(x)
            ctx.n = n
            assert note == "as it is"
            return x**n

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_values
            return g * ctx.n * x ** (ctx.n - 1), None, None

    x = Value(-2.0)
    Power.apply(x, 3, "as it is").backward()
    assert x.grad == 12.0


# -- what backward may return ------------------------------------------------------------------------------------------


def function_returning(adjoints, arity=2):
    """Return a Function x * y (or x * 1) whose backward returns `adjoints(x, y, g)`."""

    class Made(Function):
        @staticmethod
        def forward(ctx, *args):
            ctx.save_for_backward(*args)
            return args[0] * args[1] if arity == 2 else args[0] * 1.0

        @staticmethod
        def backward(ctx, g):
            return adjoints(*ctx.saved_values, g)

    return Made


def test_a_gradient_of_none_is_zero():
    made = function_returning(lambda x, y, g: (g * y, None))
    assert grad(made.apply, (0, 1))(2.0, 3.0) == (3.0, 0.0)
    assert jvp(made.apply, (2.0, 3.0), (1.0, 1.0)) == (6.0, 3.0)
    assert autograd.compile(lambda v: made.apply(*v)).value_and_grad([2.0, 3.0]) == (6.0, [3.0, 0.0])
    assert number(grad(grad(made.apply), 1)(2.0, 3.0)) == 1.0


def test_a_gradient_may_be_a_plain_number():
    made = function_returning(lambda x, g: 1, arity=1)
    assert grad(made.apply)(2.0) == 1.0


def test_a_list_of_gradients_is_as_good_as_a_tuple():
    made = function_returning(lambda x, y, g: [g * y, g * x])
    assert grad(made.apply, (0, 1))(2.0, 3.0) == (3.0, 2.0)


@pytest.mark.parametrize("given", [1, 3])
def test_a_wrong_number_of_gradients_is_refused_by_name(given):
    made = function_returning(lambda x, y, g: (g,) * given)
    for run in (lambda: made.apply(Value(2.0), Value(3.0)).backward(), lambda: grad(made.apply)(2.0, 3.0),
                lambda: jvp(made.apply, (2.0, 3.0), (1.0, 0.0)), lambda: hessian(of_list(made.apply))([2.0, 3.0]),
                lambda: autograd.compile(made.apply).value_and_grad(2.0, 3.0)):  # fmt: skip
        with pytest.raises(GraphError, match=f"Made: backward must return 2 adjoints, got {given}"):
            run()


@pytest.mark.parametrize("foreign", ["a", [1.0], {}, True], ids=repr)
def test_a_gradient_that_is_no_number_is_refused_by_name(foreign):
    made = function_returning(lambda x, g: (foreign,), arity=1)
    with pytest.raises(TypeError, match=r"Made.*must be a real number, got"):
        made.apply(Value(2.0)).backward()


def test_an_error_in_backward_leaves_the_gradients_as_they_were():
    made = function_returning(lambda x, y, g: (g,))
    x, y = Value(2.0), Value(3.0)
    x.grad, y.grad = 5.0, 6.0
    with pytest.raises(GraphError):
        (made.apply(x, y) * x).backward()
    assert (x.grad, y.grad) == (5.0, 6.0)


class Root(Function):
    """A square root whose slope divides by the root."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return sqrt(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_values
        return g * 0.5 / sqrt(x)


def test_a_backward_that_divides_by_zero_follows_ieee():
    # FAULTS K7; as a row's local derivative, which never raises
    x = Value(0.0)
    Root.apply(x).backward()
    assert x.grad == math.inf
    y = Value(0.0)
    Root.apply(y).backward(create_graph=True)
    assert number(y.grad) == math.inf
    assert grad(Root.apply)(0.0) == derivative(Root.apply)(0.0) == math.inf
    assert autograd.compile(Root.apply).value_and_grad(0.0) == (0.0, math.inf)


def test_a_derivative_of_a_primitive_that_divides_by_zero_follows_ieee():
    root = primitive(lambda x, out: 0.5 / out)(lambda x: math.sqrt(x))
    x = Value(0.0)
    root(x).backward()
    assert x.grad == grad(root)(0.0) == derivative(root)(0.0) == math.inf
    assert autograd.compile(root).value_and_grad(0.0) == (0.0, math.inf)


# -- several results ---------------------------------------------------------------------------------------------------


def test_several_results_are_a_tuple_of_nodes():
    x, y = Value(2.0), Value(3.0)
    results = ProductAndSum.apply(x, y)
    assert isinstance(results, tuple) and [r.data for r in results] == [6.0, 5.0]
    assert ProductAndSum.apply(2.0, 3.0) == (6.0, 5.0)
    assert len({r.row.name for r in results}) == 2


def test_each_result_is_differentiated_by_itself():
    # SEEDS S4-47
    x, y = Value(2.0), Value(3.0)
    p, s = ProductAndSum.apply(x, y)
    assert gradients(p, [x, y]) == [3.0, 2.0]
    assert gradients(s, [x, y]) == [1.0, 1.0]
    assert gradients([p, s], [x, y], seeds=[10.0, 1.0]) == [31.0, 21.0]


def test_a_result_that_is_not_used_costs_nothing():
    x, y = Value(2.0), Value(3.0)
    p, _ = ProductAndSum.apply(x, y)
    p.backward()
    assert (x.grad, y.grad) == (3.0, 2.0)


def test_the_jacobian_of_several_results():
    for jac in (jacfwd, jacrev):
        assert jac(lambda v: ProductAndSum.apply(*v))([2.0, 3.0]) == ([3.0, 2.0], [1.0, 1.0])


def test_several_results_compile():
    compiled = autograd.compile(lambda x, y: ProductAndSum.apply(x, y))
    assert compiled(2.0, 3.0) == (6.0, 5.0)
    assert "ProductAndSum.0" in compiled.equations and "ProductAndSum.1" in compiled.equations


class ReadsNumbers(ProductAndSum):
    """Reads a number in forward, as a table look-up would."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.big = x.data > 100
        return ProductAndSum.forward(ctx, x, y)


def test_a_function_of_several_outputs_that_reads_numbers_compiles_or_says_why_not():
    def f(x, y):
        p, s = ReadsNumbers.apply(x, y)
        return sin(p) * s

    assert value_and_grad(f)(0.7, -1.2)[0] == pytest.approx(both_results(0.7, -1.2))
    try:
        value, _ = autograd.compile(f).value_and_grad(0.7, -1.2)
    except TraceError as error:
        assert "ReadsNumbers" in str(error)
    else:
        assert value == both_results(0.7, -1.2)


class Table(Function):
    """Looks a number up: forward and backward read numbers."""

    @staticmethod
    def forward(ctx, x):
        ctx.k = int(x.data)
        return [1.0, 10.0, 100.0][ctx.k]

    @staticmethod
    def backward(ctx, g):
        return g * float(ctx.k)


def test_a_function_that_reads_numbers_in_both_steps_compiles_as_a_call():
    compiled = autograd.compile(lambda x: Table.apply(x) * 2.0)
    for x in (0.5, 1.5, 2.5):
        assert compiled.value_and_grad(x) == value_and_grad(lambda t: Table.apply(t) * 2.0)(x)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [3.0, "2 * x", None], ids=repr)
def test_a_derivative_that_cannot_be_called_is_refused(given):
    with pytest.raises(TypeError, match=r"primitive: a derivative must be a function of x, \.\.\., out, got"):
        primitive(given)


def test_a_derivative_too_few_is_refused_when_declared():
    with pytest.raises(TypeError, match=r"(?i)derivative"):

        @primitive(lambda x, y, out: 1.0)
        def add(x, y):
            return x + y


def test_a_function_of_more_parameters_than_derivatives_is_refused_when_declared():
    with pytest.raises(TypeError, match=r"add has 1 derivatives?: it must take 1 argument"):

        @primitive(lambda x, out: 1.0)
        def add(x, y):
            return x + y


def test_a_derivative_without_the_result_among_its_parameters_is_refused_when_declared():
    with pytest.raises(TypeError, match="out"):

        @primitive(lambda x: 2 * x)
        def square(x):
            return x * x


def test_primitive_without_parentheses_is_refused_with_a_sentence():
    with pytest.raises(TypeError, match="primitive"):

        @primitive
        def square(x):
            return x * x

        square(3.0)


@pytest.mark.parametrize("foreign", [None, "a", [1.0]], ids=repr)
def test_a_derivative_that_returns_no_number_is_refused(foreign):
    own = primitive(lambda x, out: foreign)(lambda x: x * x)
    with pytest.raises(TypeError, match="must be a real number, got"):
        own(Value(2.0)).backward()


@pytest.mark.parametrize("foreign", [None, "a", [1.0], 1j], ids=repr)
def test_a_result_that_is_no_number_is_refused(foreign):
    def mine(x):
        return foreign

    with pytest.raises(TypeError, match="the result of mine must be a real number, got"):
        primitive(lambda x, out: 1.0)(mine)(2.0)

    class Mine(Function):
        @staticmethod
        def forward(ctx, x):
            return foreign if foreign != [1.0] else None

    with pytest.raises(TypeError, match="must be a real number, got"):
        Mine.apply(Value(1.0))


def test_a_function_without_forward_or_backward_says_what_is_missing():
    class Empty(Function):
        pass

    class Half(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.0

    with pytest.raises(NotImplementedError, match=r"a Function needs a static method forward\(ctx, \.\.\.\)"):
        Empty.apply(Value(1.0))
    with pytest.raises(NotImplementedError, match=r"a Function needs a static method backward\(ctx, g\)"):
        Half.apply(Value(1.0)).backward()


@pytest.mark.parametrize("make", [float, Value])
def test_what_the_function_raises_becomes_a_sentence_with_its_name(make):
    @primitive(lambda x, out: 1 / x)
    def mine(x):
        return math.log(x)

    with pytest.raises(DomainError, match=r"mine: .*got -1\.0"):
        mine(make(-1.0))
    assert outcome(lambda: autograd.compile(mine)(-1.0)) == outcome(lambda: mine(-1.0))


def test_an_error_in_forward_comes_through():
    with pytest.raises(DomainError, match=r"sqrt: x must be >= 0, got -1\.0"):
        Root.apply(Value(-1.0))
    with pytest.raises(DomainError):
        autograd.compile(Root.apply)(-1.0)


def test_foreign_arguments_of_a_primitive_are_refused():
    for foreign in ("a", None, True, [1.0]):
        with pytest.raises(TypeError, match="cube: argument 1 must be a real number, got"):
            cube(foreign)


# -- a wrong rule is caught --------------------------------------------------------------------------------------------

WRONG = {
    "off by a factor": lambda x, out: 2 * x**2,
    "off by five parts in ten thousand": lambda x, out: 3.0015 * x**2,
    "off by a constant": lambda x, out: 3 * x**2 + 1e-4,
    "sign": lambda x, out: -3 * x**2,
    "detached": lambda x, out: 0.0,
}


@pytest.mark.parametrize("slope", WRONG.values(), ids=WRONG)
def test_a_wrong_derivative_is_caught(slope):
    wrong = primitive(slope)(lambda x: x**3)
    assert gradcheck(wrong, 1.3, raise_exception=False) is False


@pytest.mark.parametrize("slope", WRONG.values(), ids=WRONG)
def test_a_wrong_backward_is_caught(slope):
    class Wrong(Cube):
        @staticmethod
        def backward(ctx, g):
            return g * slope(ctx.saved_values[0], None)

    assert gradcheck(Wrong.apply, 1.3, raise_exception=False) is False


def test_a_wrong_rule_is_named():
    @primitive(lambda x, y, out: y, lambda x, y, out: -x)
    def times(x, y):
        return x * y

    class Times(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_values
            return g * y, -g * x

    report = r"\(reverse mode\), argument 1, at \[2\.0, 3\.0\]: expected (2\.0|1\.99)\d*, got -2\.0$"
    with pytest.raises(GradcheckError, match="^times " + report):
        gradcheck(times, [2.0, 3.0])
    with pytest.raises(GradcheckError, match="^Times(.apply)? " + report):
        gradcheck(Times.apply, [2.0, 3.0])


def test_a_right_slope_with_a_wrong_second_derivative_is_caught_by_the_second_check():
    class Detached(Cube):
        @staticmethod
        def backward(ctx, g):
            return g * (3 * ctx.saved_values[0].data ** 2)

    assert gradcheck(Detached.apply, 1.3)
    assert gradgradcheck(Detached.apply, 1.3, raise_exception=False) is False
