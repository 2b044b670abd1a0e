"""Modules: parameters are found, named, saved and loaded by walking attributes."""

import math

import pytest
from interrupts import interrupted_at

from autograd import Value
from autograd.errors import CheckpointError
from nn import MLP, Linear, Module, Sequential, Tanh


class Holder(Module):
    """A module with whatever is given as attributes."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


def test_parameters_are_found_in_attributes_lists_tuples_and_dicts():
    a, b, c, d = (Value(float(i)) for i in range(4))
    module = Holder(first=a, rest=[(b,), {"c": c}], inner=Holder(d=d), text="no", number=3.0)
    assert module.named_parameters() == [("first", a), ("rest.0.0", b), ("rest.1.c", c), ("inner.d", d)]
    assert module.parameters() == [a, b, c, d]


def test_names_are_the_way_to_the_parameter():
    names = [name for name, _ in MLP(2, [2, 1]).named_parameters()]
    assert names[:3] == ["layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1", "layers.0.neurons.0.b"]
    assert names[4] == "layers.0.neurons.1.w.1"
    assert names[-1] == "layers.1.neurons.0.b"


def test_a_shared_parameter_counts_once_under_its_first_name():
    # FAULTS M7
    shared, other = Value(1.0), Value(2.0)
    module = Holder(a=[shared, other], b=[other, shared], c=shared)
    assert module.parameters() == [shared, other]
    assert [name for name, _ in module.named_parameters()] == ["a.0", "a.1"]


def test_a_shared_module_counts_once():
    # FAULTS M7
    layer = Linear(2, 2)
    assert len(Sequential(layer, Tanh(), layer).parameters()) == 6


def test_equal_numbers_are_different_parameters():
    assert len(Holder(a=Value(1.0), b=Value(1.0)).parameters()) == 2


def test_constants_and_computed_values_are_no_parameters():
    w = Value(1.0)
    module = Holder(w=w, constant=Value(2.0, requires_grad=False), last_output=w * 2)
    assert module.parameters() == [w]


def test_a_module_that_contains_itself_is_walked_once():
    module = Holder(w=Value(1.0))
    module.me, module.loop = module, [module]
    module.loop.append(module.loop)
    assert len(module.parameters()) == 1


def test_children_are_the_modules_directly_below():
    inner = Holder(deep=Holder())
    other = Tanh()
    module = Holder(a=inner, b=[other, {"again": inner}])
    assert module.children() == [inner, other]


def test_zero_grad_sets_every_gradient_to_zero():
    module = Holder(w=[Value(1.0), Value(2.0)])
    for p in module.parameters():
        p.grad = 5.0
    module.zero_grad()
    assert [p.grad for p in module.parameters()] == [0.0, 0.0]


def test_without_zero_grad_gradients_add_up():
    # FAULTS B7
    module, seen = Holder(w=Value(3.0)), []
    for _ in range(3):
        (2.0 * module.w).backward()
        seen.append(module.w.grad)
    module.zero_grad()
    (2.0 * module.w).backward()
    assert [*seen, module.w.grad] == [2.0, 4.0, 6.0, 2.0]


def test_forward_may_be_overridden():
    class Double(Module):
        def forward(self, x, *, times=2):
            return times * x

    assert Double()(3) == 6
    assert Double()(3, times=4) == 12


def test_call_may_be_overridden():
    class Triple(Module):
        def __call__(self, x):
            return 3 * x

    assert Sequential(Triple(), Triple())(1) == 9


def test_a_module_without_either_says_so():
    with pytest.raises(NotImplementedError, match="Holder must define forward"):
        Holder()(1)


def test_a_state_goes_from_one_model_to_another():
    source, target = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    target.load_state_dict(source.state_dict())
    assert [p.data for p in target.parameters()] == [p.data for p in source.parameters()]
    assert target([0.3, 0.7]).data == source([0.3, 0.7]).data


def test_the_order_of_the_names_in_a_state_does_not_matter():
    # FAULTS F7
    model = MLP(2, [3, 1], seed=1)
    state = model.state_dict()
    model.load_state_dict(dict(reversed(state.items())))
    assert model.state_dict() == state


@pytest.mark.parametrize(
    "change, message",
    [
        ({"a": None}, "a must be a finite number"),
        ({"a": math.nan}, "a must be a finite number, got 'nan'"),
        ({"a": math.inf}, "a must be a finite number"),
        ({"a": True}, "a must be a finite number, got 'True'"),
        ({"a": "1.0"}, "a must be a finite number"),
        ({"a": 10**400}, "a must be a finite number"),
        ({"z": 1.0}, "z is unknown"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    # FAULTS F7
    module = Holder(a=Value(1.0), b=Value(2.0))
    with pytest.raises(CheckpointError, match=message):
        module.load_state_dict({"a": 5.0, "b": 5.0, **change})
    assert module.state_dict() == {"a": 1.0, "b": 2.0}


def test_the_first_three_differences_are_listed_and_the_rest_counted():
    # FAULTS F7
    module = Holder(a=Value(1.0), b=Value(2.0))
    with pytest.raises(CheckpointError, match="a is missing; b is missing; x is unknown and 2 more"):
        module.load_state_dict({"x": 1.0, "y": 1.0, "z": 1.0})


@pytest.mark.parametrize("state", [None, [1.0, 2.0], "ab"])
def test_a_state_that_is_no_dict_is_refused(state):
    with pytest.raises(CheckpointError, match="a state is a dict"):
        Holder(a=Value(1.0)).load_state_dict(state)


def test_an_interrupt_while_loading_leaves_all_old_or_all_new():
    module = Holder(w=[Value(0.0), Value(0.0), Value(0.0)])
    new = dict.fromkeys(module.state_dict(), 1.0)
    k, interrupted, seen = 0, True, set()
    while interrupted:
        for p in module.parameters():
            p.data = 0.0
        k += 1
        interrupted = interrupted_at(k, lambda: module.load_state_dict(new))
        found = set(module.state_dict().values())
        assert found in ({0.0}, {1.0}), f"torn at opcode {k}"
        seen |= found
    assert seen == {0.0, 1.0}
