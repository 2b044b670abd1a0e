"""Optimisers: PyTorch's rules on numbers worked out by hand, and steps that happen whole or not at all."""

import json
import math

import pytest
from interrupts import interrupted_at

from autograd import Value
from autograd.errors import CheckpointError, NonFiniteError
from nn import MLP, OPTIMIZERS, SGD, Adam
from nn.optim import Optimizer


def descend(optimizer, x, steps=3):
    """Minimise x squared from where x is; return every x."""
    seen = [x.data]
    for _ in range(steps):
        optimizer.zero_grad()
        (x * x).backward()
        optimizer.step()
        seen.append(x.data)
    return seen


def with_gradients(*gradients):
    parameters = [Value(float(i)) for i in range(len(gradients))]
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = g
    return parameters


# Worked out by hand (SEEDS) on x squared from 1, learning rate 0.1; PyTorch prints the same.
PATHS = {
    "S4-51 gradient descent": (SGD, {}, [1, 0.8, 0.64, 0.512]),
    "S4-59 momentum": (SGD, {"momentum": 0.9}, [1, 0.8, 0.46, 0.062]),
    "S4-61 Nesterov": (SGD, {"momentum": 0.9, "nesterov": True}, [1, 0.62, 0.2224, -0.108352]),
    "S4-65 Adam": (Adam, {}, [1, 0.9000000005, 0.800412228692, 0.701586272946]),
    # v1 = 2; v2 = 0.9*2 + 0.5*1.6 = 2.6; v3 = 0.9*2.6 + 0.5*1.08 = 2.88
    "dampening": (SGD, {"momentum": 0.9, "dampening": 0.5}, [1, 0.8, 0.54, 0.252]),
    # g = 2x + x/2: every step keeps three quarters
    "weight decay": (SGD, {"weight_decay": 0.5}, [1, 0.75, 0.5625, 0.421875]),
    # g = 3x, and the first step of Adam is lr whatever g
    "Adam with weight decay": (Adam, {"weight_decay": 1.0}, [1, 0.9 + 0.1 * 1e-8 / 3]),
}


@pytest.mark.parametrize("kind, options, path", PATHS.values(), ids=PATHS)
def test_an_optimiser_walks_the_path_worked_out_by_hand(kind, options, path):
    x = Value(1.0)
    assert descend(kind([x], lr=0.1, **options), x, len(path) - 1) == pytest.approx(path, abs=1e-12)


def test_defaults_are_those_of_pytorch():
    sgd, adam = SGD([Value(1.0)]), Adam([Value(1.0)])
    assert (sgd.lr, sgd.momentum, sgd.dampening, sgd.weight_decay, sgd.nesterov) == (1e-3, 0, 0, 0, False)
    assert (adam.lr, adam.betas, adam.eps, adam.weight_decay) == (1e-3, (0.9, 0.999), 1e-8, 0)


def test_a_constant_gradient_with_momentum_reaches_ten_times_the_step():
    # SEEDS S4-60: 1 / (1 - 0.9)
    x, before = Value(0.0), 0.0
    optimizer = SGD([x], lr=1.0, momentum=0.9)
    for _ in range(400):
        before, x.grad = x.data, 1.0
        optimizer.step()
    assert before - x.data == pytest.approx(10.0)


def test_the_rate_may_change_between_steps():
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1)
    optimizer.lr = 0.5
    assert descend(optimizer, x, 1) == [1.0, 0.0]


def test_zero_grad_sets_every_gradient_to_zero():
    parameters = with_gradients(1.0, 2.0)
    SGD(parameters).zero_grad()
    assert [p.grad for p in parameters] == [0.0, 0.0]


# -- all or nothing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_named_and_nothing_moves(kind, bad):
    # FAULTS L10
    parameters = with_gradients(1.0, 1.0, bad)
    optimizer = kind(parameters)
    before = optimizer.state_dict()
    with pytest.raises(NonFiniteError, match=f"the gradient of parameter 2 is {bad}; nothing was changed"):
        optimizer.step()
    assert [p.data for p in parameters] == [0.0, 1.0, 2.0]
    assert optimizer.state_dict() == before


def test_a_named_parameter_is_named_in_the_error():
    # FAULTS L10
    model = MLP(2, [2, 1])
    model.layers[0].neurons[1].w[0].grad = math.nan
    with pytest.raises(NonFiniteError, match=r"parameter 3 \(layers\.0\.neurons\.1\.w\.0\) is nan"):
        SGD(model.named_parameters()).step()


def test_a_step_beyond_the_floats_is_refused():
    parameters = with_gradients(1.0, 1e308)
    with pytest.raises(NonFiniteError, match="parameter 1 would become -inf"):
        SGD(parameters, lr=100.0).step()
    assert [p.data for p in parameters] == [0.0, 1.0]


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_an_interrupt_at_any_opcode_of_a_step_leaves_all_old_or_all_new(kind):
    def fresh():
        parameters = with_gradients(1.0, -2.0, 3.0)
        return parameters, kind(parameters, lr=0.1, weight_decay=0.1)

    def picture(parameters, optimizer):
        return [p.data for p in parameters], optimizer.state_dict()

    parameters, optimizer = fresh()
    old = picture(parameters, optimizer)
    optimizer.step()
    new = picture(parameters, optimizer)
    k, interrupted, seen = 0, True, []
    while interrupted:
        k += 1
        parameters, optimizer = fresh()
        interrupted = interrupted_at(k, optimizer.step)
        found = picture(parameters, optimizer)
        assert found in (old, new), f"torn at opcode {k}"
        seen.append(found)
    assert old in seen and seen[-1] == new


# -- what is refused ---------------------------------------------------------------------------------------------------

NAMES = [(SGD, name) for name in ("lr", "momentum", "weight_decay")] + [
    (Adam, n) for n in ("lr", "eps", "weight_decay")
]


@pytest.mark.parametrize("kind, name", NAMES)
@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_an_option_that_is_negative_or_not_finite_is_refused(kind, name, bad):
    # FAULTS L8
    with pytest.raises(ValueError, match=f"{name} must be "):
        kind([Value(1.0)], **{name: bad})


@pytest.mark.parametrize("kind, name", NAMES)
@pytest.mark.parametrize("bad", ["0.1", None, True, 1j, [0.1]])
def test_an_option_that_is_no_number_is_refused(kind, name, bad):
    # FAULTS L8
    with pytest.raises(TypeError, match=f"{name} must be a number"):
        kind([Value(1.0)], **{name: bad})


@pytest.mark.parametrize("betas", [(1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (math.nan, 0.9)])
def test_betas_outside_zero_to_one_are_refused(betas):
    # FAULTS L8
    with pytest.raises(ValueError, match="betas must be"):
        Adam([Value(1.0)], betas=betas)


@pytest.mark.parametrize("betas", [0.9, (0.9,), (0.9, 0.9, 0.9), "ab", None])
def test_betas_that_are_no_pair_are_refused(betas):
    with pytest.raises((TypeError, ValueError), match="betas"):
        Adam([Value(1.0)], betas=betas)


def test_a_later_rate_is_checked_too():
    # FAULTS L8
    optimizer = SGD([Value(1.0)], lr=0.1)
    with pytest.raises(ValueError, match="lr must be finite, got nan"):
        optimizer.lr = math.nan
    assert optimizer.lr == 0.1


@pytest.mark.parametrize("options", [{"nesterov": True}, {"nesterov": True, "momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_without_dampening(options):
    with pytest.raises(ValueError, match="nesterov needs momentum > 0 and dampening = 0"):
        SGD([Value(1.0)], **options)


def test_an_empty_list_of_parameters_is_refused():
    # FAULTS L9
    with pytest.raises(ValueError, match="optimizer got no parameters"):
        SGD([])


def test_a_parameter_given_twice_is_refused():
    # FAULTS M6
    x = Value(1.0)
    with pytest.raises(ValueError, match=r"appears twice \(index 0 and 3\)"):
        SGD([x, Value(1.0), Value(1.0), x])


@pytest.mark.parametrize("bad", [3.0, "w", None, [Value(1.0)]])
def test_what_is_no_value_is_refused_by_its_place(bad):
    with pytest.raises(TypeError, match="parameter 1 must be a Value"):
        SGD([Value(1.0), bad])


@pytest.mark.parametrize("bad", [Value(1.0), MLP(1, [1]), "abc", {"w": Value(1.0)}, None])
def test_what_is_no_list_of_parameters_is_refused(bad):
    with pytest.raises(TypeError, match="the parameters"):
        SGD(bad)


def test_computed_values_and_constants_cannot_be_optimised():
    with pytest.raises(ValueError, match="parameter 0 cannot be optimised: it is computed"):
        SGD([Value(1.0) * 2])
    with pytest.raises(ValueError, match="parameter 0 cannot be optimised: it is a constant"):
        SGD([Value(1.0, requires_grad=False)])


def test_a_generator_of_pairs_is_taken():
    optimizer = SGD((name, Value(1.0)) for name in "ab")
    assert optimizer.names == ["a", "b"]


def test_the_base_says_that_there_is_no_rule():
    with pytest.raises(NotImplementedError):
        Optimizer([Value(1.0)], lr=0.1).step()


# -- saving and continuing ---------------------------------------------------------------------------------------------

SAVED = [(SGD, {"momentum": 0.9}), (SGD, {}), (Adam, {}), (Adam, {"weight_decay": 0.1})]


@pytest.mark.parametrize("kind, options", SAVED)
def test_a_saved_optimiser_continues_bit_for_bit(kind, options):
    x = Value(1.0)
    whole = descend(kind([x], lr=0.1, **options), x, 6)
    y = Value(1.0)
    first = kind([y], lr=0.1, **options)
    descend(first, y, 3)
    second = kind([y], lr=9.0, **options)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert descend(second, y, 3)[1:] == whole[4:]


def test_a_saved_state_does_not_follow_later_steps():
    x = Value(1.0)
    optimizer = SGD([x], lr=0.1, momentum=0.9)
    descend(optimizer, x, 1)
    saved = optimizer.state_dict()
    velocity = list(saved["velocity"])
    descend(optimizer, x, 1)
    assert saved["velocity"] == velocity


@pytest.mark.parametrize(
    "change, message",
    [
        ({"optimizer": "Adam"}, "optimizer is 'Adam'"),
        ({"momentum": 0.5}, "momentum is 0.5 in the state, 0.9 here"),
        ({"velocity": [1.0]}, "velocity must be a list of 2 numbers"),
        ({"velocity": [1.0, math.nan]}, "finite"),
        ({"velocity": [1.0, "2"]}, "finite"),
        ({"steps": -1}, "steps must be an int"),
        ({"steps": True}, "steps must be an int"),
        ({"lr": math.nan}, "lr must be finite"),
        ({"extra": 1}, "expected the keys"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    optimizer = SGD([Value(1.0), Value(2.0)], lr=0.1, momentum=0.9)
    before = optimizer.state_dict()
    with pytest.raises(CheckpointError, match=message):
        optimizer.load_state_dict({**before, **change})
    assert optimizer.state_dict() == before
