"""The modes of a thread: recording, IEEE arithmetic, the watch for the first nan; detach and requires_grad."""

import asyncio
import math

import pytest
from interrupts import interrupted_at

import autograd
from autograd import Value, detect_anomaly, ieee, no_grad
from autograd.errors import DivisionByZeroError, DomainError, FloatOverflowError, GraphError, NonFiniteError
from autograd.modes import ACTIVE, current
from autograd.program.symbol import TAPE

MODES = {"no_grad": no_grad, "ieee": ieee, "detect_anomaly": detect_anomaly}


@pytest.fixture(autouse=True)
def no_mode_is_left_open():
    yield
    assert not ACTIVE
    assert (Value(1.0) * 2).parents != ()


def recording():
    return (Value(1.0) * 2).parents != ()


# -- no_grad -----------------------------------------------------------------------------------------------------------

RESULTS = {
    "operator": lambda x: x * x + 1,
    "reflected": lambda x: 3 / x,
    "method": lambda x: x.tanh(),
    "function": autograd.sigmoid,
    "power": lambda x: x**2,
    "list": lambda x: autograd.sum([x, 2.0]),
    "neuron": lambda x: autograd.neuron([x], [x], x, autograd.relu),
    "negative": lambda x: -x,
}


@pytest.mark.parametrize("f", RESULTS.values(), ids=RESULTS)
def test_inside_no_grad_results_are_constants_with_the_same_number(f):
    x = Value(0.5)
    recorded = f(x)
    with no_grad():
        y = f(x)
    assert (y.parents, y.requires_grad, y.data) == ((), False, recorded.data)
    assert recorded.parents and recorded.requires_grad


def test_nothing_flows_through_what_was_made_inside_no_grad():
    x = Value(3.0)
    with no_grad():
        y = x * x
    z = y * x
    z.backward()
    assert x.grad == 9.0


def test_a_leaf_made_inside_no_grad_is_a_leaf():
    with no_grad():
        x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0


def test_backward_works_inside_no_grad():
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0


def test_no_grad_decorates_a_function():
    @no_grad()
    def predict(x):
        """Predict."""
        return x * 2

    assert predict(Value(1.0)).parents == ()
    assert predict.__doc__ == "Predict."
    assert recording()


def values():
    yield Value(1.0)


async def later():
    return Value(1.0)


async def stream():
    yield Value(1.0)


@pytest.mark.parametrize("f", [values, later, stream])
def test_a_function_that_runs_after_its_call_cannot_be_decorated(f):
    with pytest.raises(TypeError, match=f"{f.__name__} runs after its call has returned.* write `with`"):
        no_grad()(f)


def test_a_decorated_function_may_call_itself():
    @no_grad()
    def countdown(n):
        return countdown(n - 1) if n else recording()

    assert countdown(5) is False
    assert recording()


def test_no_grad_may_be_nested():
    with no_grad():
        with no_grad():
            assert not recording()
        assert not recording()
    assert recording()


def test_one_no_grad_may_be_entered_again_and_again():
    mode = no_grad()
    for _ in range(2):
        with mode:
            with mode:
                assert not recording()
            assert not recording()
        assert recording()


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_inside_closes_the_mode(mode, error):
    with pytest.raises(error), mode():
        raise error
    assert not ACTIVE
    assert recording()
    with pytest.raises(DomainError):
        autograd.log(-1.0)


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_an_exception_inside_a_decorated_function_closes_the_mode(mode):
    @mode()
    def fails():
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert not ACTIVE


def test_modes_may_be_combined_and_closed_in_order():
    with no_grad(), ieee():
        assert not recording()
        assert autograd.log(0.0) == -math.inf
        with pytest.raises(NonFiniteError), detect_anomaly():
            Value(1.0) / 0.0
        assert (Value(1.0) / 0.0).data == math.inf
    with pytest.raises(DomainError):
        autograd.log(0.0)


def test_a_generator_that_is_dropped_closes_its_mode():
    def inside():
        with no_grad():
            yield 1

    generator = inside()
    next(generator)
    generator.close()
    assert recording()


def test_a_generator_closed_after_the_mode_around_it_does_not_bring_that_back():
    def inside():
        with no_grad():
            yield 1

    with ieee():
        generator = inside()
        next(generator)
    generator.close()
    assert recording()
    with pytest.raises(DomainError):
        autograd.log(0.0)


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------


class Half(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x / 2

    @staticmethod
    def backward(ctx, g):
        return g / 2


def graph(x):
    return 1 / x * x


WALKS = {
    "backward as a graph": lambda x: graph(x).backward(create_graph=True),
    "gradients": lambda x: autograd.gradients(graph(x), x, create_graph=True),
    "grad": autograd.grad(graph),
    "grad of a number": lambda x: autograd.grad(graph)(2.0),
    "jvp": lambda x: autograd.jvp(graph, (x,), (1.0,)),
    "hessian": lambda x: autograd.hessian(lambda w: graph(w[0]))([2.0]),
    "checkpoint": lambda x: autograd.checkpoint(graph)(x).backward(),
    "function": lambda x: autograd.grad(Half.apply)(x),
    "compile": lambda x: autograd.compile(graph)(2.0),
    "compile, function": lambda x: autograd.compile(Half.apply)(2.0),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # while a generator was closed
@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_ctrl_c_at_any_call_of_a_walk_leaves_the_modes_of_the_thread(walk):  # FAULTS B8
    with no_grad():  # what a walk changes: it always records
        x, before = Value(2.0), (current(), len(ACTIVE))
        walk(x)
        k = 1
        while interrupted_at(k, lambda: walk(x), "call"):
            assert (current(), len(ACTIVE)) == before
            assert TAPE.get() is None
            k += 1
    assert k > 10


def decorated():
    x = Value(2.0)

    @no_grad()
    @ieee()
    def inside():
        return x * x

    return inside


def test_ctrl_c_at_any_opcode_of_a_decorated_function_leaves_no_mode_on():  # FAULTS B8
    inside, k = decorated(), 1
    while interrupted_at(k, inside):
        assert not ACTIVE
        assert recording()
        k += 1
    assert k > 50


def test_an_error_that_is_kept_keeps_no_mode_on():
    x = Value(0.0)
    with pytest.raises(ZeroDivisionError) as kept:
        autograd.grad(lambda w: no_grad()(lambda: 1 / (w - x))())(0.0)
    assert kept.traceback
    assert not ACTIVE


def test_a_mode_without_effect_leaves_the_fast_path_open():
    seen = []
    autograd.grad(lambda w: seen.append(list(ACTIVE)) or w * w)(2.0)
    assert seen == [[]]


def test_tasks_have_modes_of_their_own():
    async def silent(entered, left):
        with no_grad():
            entered.set()
            await left.wait()
            return recording()

    async def both():
        entered, left = asyncio.Event(), asyncio.Event()
        task = asyncio.ensure_future(silent(entered, left))
        await entered.wait()
        outside = recording()
        left.set()
        return outside, await task

    assert asyncio.run(both()) == (True, False)


# -- ieee --------------------------------------------------------------------------------------------------------------

IEEE_TABLE = [
    (lambda x: 1 / x, 0.0, math.inf, -math.inf),
    (lambda x: autograd.log(x), 0.0, -math.inf, math.inf),
    (lambda x: autograd.sqrt(x), -1.0, math.nan, math.nan),
    (lambda x: autograd.exp(x), 1000.0, math.inf, math.inf),
    (lambda x: autograd.exp2(x), 1e4, math.inf, math.inf),
    (lambda x: autograd.cosh(x), -800.0, math.inf, -math.inf),
    (lambda x: autograd.sinh(x), -800.0, -math.inf, math.inf),
    (lambda x: autograd.atanh(x), 1.0, math.inf, math.inf),
    (lambda x: autograd.atanh(x), -1.0, -math.inf, math.inf),
    (lambda x: autograd.log1p(x), -1.0, -math.inf, math.inf),
    (lambda x: x**-1, 0.0, math.inf, -math.inf),
    (lambda x: x**0.5, -1.0, math.nan, math.nan),
    (lambda x: autograd.sin(x), math.inf, math.nan, math.nan),
]


@pytest.mark.parametrize("f, at, value, slope", IEEE_TABLE, ids=range(len(IEEE_TABLE)))
def test_ieee_gives_the_limit_in_value_and_slope(f, at, value, slope):
    x = Value(at)
    with ieee():
        y = f(x)
        y.backward()
    assert repr((y.data, x.grad)) == repr((value, slope))


def test_ieee_holds_for_plain_numbers_too():
    with ieee():
        assert autograd.log(0.0) == -math.inf
        assert autograd.exp(1000) == math.inf


def test_a_graph_made_under_ieee_can_be_walked_outside():
    x = Value(0.0)
    with ieee():
        y = autograd.log(x) * 2
    y.backward()
    assert x.grad == math.inf


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: Value(1.0) / 0.0, DivisionByZeroError),
        (lambda: autograd.log(0.0), DomainError),
        (lambda: autograd.exp(1e3), FloatOverflowError),
    ],
)
def test_without_ieee_the_forward_step_is_strict(call, error):
    with ieee():
        call()
    with pytest.raises(error):
        call()


def test_a_local_derivative_is_ieee_even_in_strict_mode():
    x = Value(0.0)
    autograd.sqrt(x).backward()
    assert x.grad == math.inf
    assert [d() for d in autograd.asin(Value(1.0)).local_gradients] == [math.inf]


# -- detect_anomaly ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Value(1e308, label="huge") * 10, r"mul: 1e\+308 \('huge'\) \* 10\.0 is inf"),
        (lambda: Value(1.7e308) + 1.7e308, r"add: 1\.7e\+308 \+ 1\.7e\+308 is inf"),
        (lambda: Value(2.0) * 1e308 * -1e308 * 3, r"mul: 2\.0 \* 1e\+308 is inf"),
        (lambda: autograd.neuron([Value(1e300)], [Value(1e300)], Value(0.0)), r"neuron: .* is inf"),
    ],
)
def test_the_operation_where_infinity_was_born_is_named(make, message):
    with pytest.raises(NonFiniteError, match=rf"^{message} \(test_modes\.py:\d+: .*\)$"), detect_anomaly():
        make()


def test_under_ieee_the_watch_still_sees_the_first_nan():
    with (
        pytest.raises(NonFiniteError, match=r"^log: log\(-1\.0 \('p'\)\) is nan \(test_modes"),
        ieee(),
        detect_anomaly(),
    ):
        autograd.log(Value(-1.0, label="p"))


def test_what_was_infinite_from_the_start_is_not_blamed_on_an_operation():
    with detect_anomaly():
        assert (Value(math.inf) + 1).data == math.inf
        assert (Value(math.nan) + 1).data != 0


def test_the_gradient_where_infinity_was_born_is_named():
    x = Value(0.0, label="x")
    y = autograd.sqrt(x) * 3
    with (
        pytest.raises(NonFiniteError, match=r"backward of sqrt: .* Value 'x' became inf"),
        detect_anomaly(),
    ):
        y.backward()
    assert x.grad == 0.0


def test_an_anomaly_leaves_every_gradient_as_it_was():
    x, w = Value(0.0), Value(1.0)
    loss = w * 2 + autograd.sqrt(x)
    x.grad, w.grad = 0.25, 0.5
    with pytest.raises(NonFiniteError), detect_anomaly():
        loss.backward()
    assert (x.grad, w.grad) == (0.25, 0.5)


def test_the_watch_changes_no_number():
    def run():
        x, w = Value(0.3), Value(-2.0)
        y = autograd.neuron([w, x], [x, 1.5], w, autograd.tanh) ** 2 + autograd.relu(w) / 3 + autograd.max([x, w])
        y.backward()
        return y.data, x.grad, w.grad

    expected = run()
    with detect_anomaly():
        assert run() == expected


def test_a_stale_graph_is_noticed_under_the_watch_too():
    x = Value(2.0)
    y = x * x
    x.data = 3.0
    with pytest.raises(GraphError), detect_anomaly():
        y.backward()


def test_a_graph_with_a_factor_of_zero_is_walked_alike_under_the_watch():
    x = Value(0.0)
    with detect_anomaly():
        (autograd.sqrt(x) * 0.0).backward()
    assert x.grad == 0.0


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_graphs_made_in_a_mode_have_the_same_gradients(mode):
    x, w = Value(0.5), Value(2.0)

    def loss():
        return autograd.relu(x * w + 1) - autograd.fsum([x, w]) / w + autograd.ops.mul(x, w) + autograd.ops.add(x, w)

    loss().backward()
    expected = x.grad, w.grad
    x.grad = w.grad = 0.0
    with mode():
        inside = loss()
    inside.backward()
    assert (x.grad, w.grad) == (expected if mode is not no_grad else (0.0, 0.0))


# -- detach and requires_grad ------------------------------------------------------------------------------------------


def test_a_detached_value_is_a_constant_with_the_same_number():
    x = Value(3.0, label="x")
    y = x * x
    d = y.detach()
    assert (d.data, d.parents, d.requires_grad) == (9.0, (), False)


def test_nothing_flows_through_a_detached_value():
    x = Value(3.0)
    ((x * x).detach() * x).backward()
    assert x.grad == 9.0


def test_writing_a_detached_value_leaves_the_original_alone():
    x = Value(3.0)
    d = x.detach()
    y = x * x
    d.data = 100.0
    y.backward()
    assert (x.data, x.grad) == (3.0, 6.0)


def test_a_constant_receives_no_gradient():
    x, w = Value(3.0, requires_grad=False), Value(2.0)
    (x * w).backward()
    assert (x.grad, w.grad) == (0.0, 3.0)


def test_a_number_as_operand_is_a_constant():
    y = Value(3.0) * 2
    assert [p.requires_grad for p in y.parents] == [True, False]
    y.backward()
    assert [p.grad for p in y.parents] == [2.0, 0.0]


def test_a_leaf_may_be_frozen_and_thawed():
    w = Value(2.0)
    assert w.requires_grad is True
    w.requires_grad = False
    (w * 3).backward()
    assert (w.requires_grad, w.grad) == (False, 0.0)
    w.requires_grad = True
    (w * 3).backward()
    assert w.grad == 3.0


def test_a_frozen_leaf_keeps_its_gradient():
    w = Value(2.0)
    (w * 3).backward()
    w.requires_grad = False
    (w * 3).backward()
    assert w.grad == 3.0


def test_a_computed_value_requires_a_gradient_if_one_of_its_leaves_does():
    w, c = Value(2.0), Value(3.0, requires_grad=False)
    assert (w * c).requires_grad is True
    assert (c * 2 + 1).requires_grad is False
    assert autograd.fsum([c, c * 2, w]).requires_grad is True


def test_requires_grad_of_a_computed_value_cannot_be_set():
    y = Value(2.0) * 3
    with pytest.raises(GraphError, match=r"computed Value \(op '\*'\) follows its leaves; use detach\(\)"):
        y.requires_grad = False
