"""Gradients limited before a step: PyTorch's numbers, and the same training in machine code."""

import math

import pytest
from interrupts import interrupted_at

from autograd import Value
from nn import MLP, SGD, Adam, clip_grad_norm_, clip_grad_value_, cross_entropy, fit, load_iris, make_moons, mse_loss
from nn.clip import Limits


def with_gradients(*gradients):
    values = [Value(1.0) for _ in gradients]
    for value, g in zip(values, gradients, strict=True):
        value.grad = g
    return values


def grads(values):
    return [value.grad for value in values]


@pytest.mark.parametrize(
    "gradients, limit, norm, expected",
    [
        ([3.0, 4.0], 1.0, 5.0, [0.59999988, 0.79999984]),  # as PyTorch prints them: 3 / (5 + 1e-6)
        ([3.0, 4.0], 10.0, 5.0, [3.0, 4.0]),
        ([-3.0, 4.0], 0.0, 5.0, [0.0, 0.0]),
        ([0.0, 0.0], 1.0, 0.0, [0.0, 0.0]),
        ([3e200, 4e200], 5.0, 5e200, [3.0, 4.0]),  # whose squares overflow
        ([], 1.0, 0.0, []),
    ],
)
def test_a_norm_is_limited_as_in_pytorch(gradients, limit, norm, expected):
    values = with_gradients(*gradients)
    assert clip_grad_norm_(values, limit) == pytest.approx(norm)
    assert grads(values) == pytest.approx(expected)


def test_a_gradient_within_the_limits_keeps_its_bits():
    values = with_gradients(0.1, -0.2)
    clip_grad_norm_(values, 1.0)
    clip_grad_value_(values, 0.2)
    assert grads(values) == [0.1, -0.2]


def test_values_are_limited_each():
    values = with_gradients(3.0, -4.0, 0.5)
    clip_grad_value_(values, 1.0)
    assert grads(values) == [1.0, -1.0, 0.5]


def test_one_value_or_named_ones_may_be_given():
    (x,) = with_gradients(2.0)
    assert clip_grad_norm_([("x", x)], 5.0) == 2.0
    clip_grad_value_(x, 1.0)
    assert x.grad == 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_left_for_the_optimiser_to_name(bad):
    values = with_gradients(1.0, bad, 5.0)
    assert not math.isfinite(clip_grad_norm_(values, 1.0))
    clip_grad_value_(values, 1.0)
    assert repr(grads(values)) == repr([1.0, bad, 5.0])


@pytest.mark.parametrize("clip, name", [(clip_grad_norm_, "max_norm"), (clip_grad_value_, "clip_value")])
def test_limits_and_parameters_that_are_none_are_refused(clip, name):
    for bad in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"{name} must be"):
            clip([], bad)
    with pytest.raises(TypeError, match=f"{name} must be a number, got str"):
        clip([], "1")
    with pytest.raises(TypeError, match=r"a parameter must be a Value or a .* got float"):
        clip([1.0], 1.0)
    with pytest.raises(TypeError, match="the parameters must be a list"):
        clip(1.0, 1.0)


def test_ctrl_c_at_any_opcode_limits_all_gradients_or_none():
    for opcode in range(0, 2000, 7):
        values = with_gradients(3.0, 4.0, 12.0)
        finished = not interrupted_at(opcode, lambda: clip_grad_norm_(values, 1.0))  # noqa: B023
        assert grads(values) in ([3.0, 4.0, 12.0], pytest.approx([3 / 13, 4 / 13, 12 / 13]))
        if finished:
            break


# -- in training -------------------------------------------------------------------------------------------------------

LIMITS = {
    "norm": {"clip_grad_norm": 0.3},
    "value": {"clip_grad_value": 0.02},
    "both": {"clip_grad_norm": 0.5, "clip_grad_value": 0.05},
    "zero": {"clip_grad_norm": 0.0},
}


def trained(engine, optimizer=SGD, **options):
    model = MLP(4, [5, 3], activation="tanh", seed=1)
    rule = optimizer(model.named_parameters(), lr=0.1)
    history = fit(
        model, load_iris(), loss=cross_entropy, optimizer=rule, epochs=3, progress=False, engine=engine, **options
    )
    return history, model.state_dict(), [p.grad for p in model.parameters()]


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_compiled_training_limits_gradients_as_values_do(engine, limits, optimizer):
    pytest.importorskip("llvmlite")
    _, state, gradient = eager = trained("eager", optimizer, **LIMITS[limits])
    strict = trained(engine, optimizer, strict=True, **LIMITS[limits])
    assert strict[0].engine == engine
    assert (strict[0].epochs, *strict[1:]) == (eager[0].epochs, *eager[1:])
    fast = trained(engine, optimizer, **LIMITS[limits])
    assert [*fast[1].values(), *fast[2]] == pytest.approx([*state.values(), *gradient], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("engine", ["eager", "native"])
def test_the_limits_hold_and_change_training(engine):
    pytest.importorskip("llvmlite")
    _, free, _ = trained(engine)
    _, state, gradient = trained(engine, clip_grad_norm=0.1)
    assert state != free and math.hypot(*gradient) <= 0.1
    assert max(map(abs, trained(engine, clip_grad_value=0.01)[2])) == 0.01


@pytest.mark.parametrize("engine", ["eager", "native"])
def test_a_norm_whose_squares_overflow_is_limited(engine):
    pytest.importorskip("llvmlite")
    data, model = make_moons(12, seed=1), MLP(2, [2, 1], seed=1)
    optimizer = SGD(model.named_parameters(), lr=0.1)
    steep = lambda scores, labels: mse_loss(scores, labels) * 1e200  # noqa: E731
    fit(model, data, loss=steep, optimizer=optimizer, epochs=1, progress=False, engine=engine, clip_grad_norm=1.0)
    assert math.hypot(*(p.grad for p in model.parameters())) == pytest.approx(1.0)


@pytest.mark.parametrize("option", ["clip_grad_norm", "clip_grad_value"])
def test_fit_refuses_a_limit_below_zero(option):
    with pytest.raises(ValueError, match=f"{option} must be >= 0, got -1"):
        trained("eager", **{option: -1.0})


def test_without_limits_nothing_changes():
    values = with_gradients(3.0, 4.0)
    Limits()(values)
    assert grads(values) == [3.0, 4.0]
