"""Losses: their numbers, their gradients, their accuracy, and labels that cannot be."""

import math

import mpmath
import numpy as np
import pytest

from autograd import Value, compile, gradcheck, value_and_grad
from autograd.errors import ShapeError
from nn import LOSSES, binary_cross_entropy_with_logits, cross_entropy, hinge_loss, mse_loss

LOGITS = [-800.0, -37.5, -5.0, -0.3, 0.0, 1e-9, 0.7, 4.0, 36.0, 750.0]


def ulps(got, exact):
    return abs(mpmath.mpf(got) - exact) / math.ulp(float(exact))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


# -- in compiled functions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss, target",
    [(mse_loss, 2.5), (hinge_loss, -1.0), (binary_cross_entropy_with_logits, 1.0),
     (binary_cross_entropy_with_logits, 0.25)],
)  # fmt: skip
def test_a_target_may_be_data_of_a_compiled_function(loss, target):
    compiled, eager = compile(loss, strict=True), value_and_grad(loss)
    assert [compiled.value_and_grad(x, target) for x in LOGITS] == [eager(x, target) for x in LOGITS]


def test_a_class_may_be_data_of_a_compiled_function():
    compiled = compile(cross_entropy, strict=True)
    assert compiled([3.0, 0.0, 1.0], 2) == cross_entropy([3.0, 0.0, 1.0], 2)


# -- values ------------------------------------------------------------------------------------------------------------


def test_the_mean_divides_by_every_element_and_the_sum_does_not():
    prediction, target = [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 2.0]]
    assert mse_loss(prediction, target) == 18 / 4
    assert mse_loss(prediction, target, reduction="sum") == 18.0


def test_numbers_give_a_float_and_values_a_value():
    assert type(mse_loss(1, 3)) is float
    assert isinstance(mse_loss(Value(1.0), 3), Value)
    assert isinstance(mse_loss([1.0, 2.0], [Value(0.0), 1.0]), Value)


def test_the_hinge_is_zero_beyond_the_margin():
    assert hinge_loss(2.0, 1) == 0.0
    assert hinge_loss([0.5, 2.0, -3.0], [1, -1, -1], reduction="sum") == 0.5 + 3.0


@pytest.mark.parametrize("loss", [mse_loss, hinge_loss, binary_cross_entropy_with_logits])
def test_one_example_is_its_own_mean(loss):
    assert loss([0.3], [1]) == loss(0.3, 1) == loss([[0.3]], [[1]], reduction="sum")


def test_a_batch_has_the_mean_of_its_examples():
    z, t = [[3.0, 0.0, 1.0], [0.5, 0.2, -1.0]], [0, 2]
    alone = [cross_entropy(row, k) for row, k in zip(z, t, strict=True)]
    assert cross_entropy(z, t) == sum(alone) / 2
    assert cross_entropy(z, t, reduction="sum") == sum(alone)


def test_a_one_hot_target_is_a_class():
    # SEEDS S0-20
    z = [3.0, 0.0, 1.0]
    assert cross_entropy(z, [0.0, 0.0, 1.0]) == cross_entropy(z, 2)


def test_soft_targets_weigh_the_classes():
    # SEEDS S0-18: p = (1/2, 1/4, 1/4) against uniform q
    assert cross_entropy([0.0, 0.0, 0.0], [0.5, 0.25, 0.25]) == pytest.approx(1.0986122886681098, rel=1e-15)


def test_numpy_targets_are_taken():
    assert cross_entropy([[0.0, 1.0]], np.array([1])) == cross_entropy([0.0, 1.0], 1)
    assert mse_loss([1.0, 2.0], np.array([1.0, 1.0])) == 0.5


# -- gradients ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loss, target",
    [(mse_loss, [0.5, -1.0, 2.0]), (hinge_loss, [1, -1, 1]), (binary_cross_entropy_with_logits, [0, 1, 0.3]),
     (cross_entropy, 1), (cross_entropy, [0.2, 0.5, 0.3])],
)  # fmt: skip
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_gradient_is_that_of_finite_differences(loss, target, reduction):
    gradcheck(lambda *z: loss(list(z), target, reduction=reduction), [0.3, -0.7, 1.9])


def test_a_right_and_sure_answer_has_a_tiny_gradient_and_a_wrong_one_a_full_one():
    right, wrong = Value(40.0), Value(-40.0)
    binary_cross_entropy_with_logits(right, 1).backward()
    binary_cross_entropy_with_logits(wrong, 1).backward()
    assert right.grad == pytest.approx(-math.exp(-40), rel=1e-12)
    assert wrong.grad == pytest.approx(-1.0, rel=1e-12)


# -- accuracy ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", LOGITS)
@pytest.mark.parametrize("y, allowed", [(0, 3), (1, 3), (0.25, 4)])
def test_the_binary_cross_entropy_is_accurate_everywhere(x, y, allowed):
    # NUMERICS: 2 ulp hard, 3 soft, and one for other libraries
    with mpmath.workprec(400):
        exact = y * softplus(-mpmath.mpf(x)) + (1 - y) * softplus(mpmath.mpf(x))
        assert ulps(binary_cross_entropy_with_logits(x, y), exact) <= allowed


@pytest.mark.parametrize("z", [[1000.0, 0.0], [-1000.0, 1000.0], [300.5, 300.25], [0.0, -40.0], [1e-9, -1e-9]])
def test_the_cross_entropy_is_accurate_everywhere(z):
    # SEEDS S0-26: logits of 1000 must survive
    with mpmath.workprec(4000):
        exact = softplus(mpmath.mpf(z[1]) - mpmath.mpf(z[0]))
        assert ulps(cross_entropy(z, 0), exact) <= 4


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [2, 7, -1])
def test_a_class_out_of_range_is_refused(label):
    # FAULTS L6
    for call in (lambda: cross_entropy([0.0, 1.0], label), lambda: cross_entropy([[0.0, 1.0]], [label])):
        with pytest.raises(ValueError, match=rf"label {label} out of range 0\.\.1"):
            call()


@pytest.mark.parametrize("label", [True, False, 1.0, "1", None, np.bool_(True)])
def test_a_class_that_is_no_int_is_refused(label):
    # FAULTS L6
    with pytest.raises(TypeError):
        cross_entropy([0.0, 1.0], label)


@pytest.mark.parametrize("target", [2, -0.1, 1.0000001, math.nan, math.inf])
def test_a_binary_target_outside_zero_to_one_is_refused(target):
    # FAULTS L7
    with pytest.raises(ValueError, match=r"target must be in \[0, 1\]"):
        binary_cross_entropy_with_logits(0.5, target)


@pytest.mark.parametrize("target", [0, 2, 0.5, math.nan])
def test_a_hinge_target_other_than_plus_or_minus_one_is_refused(target):
    with pytest.raises(ValueError, match="target must be -1 or 1"):
        hinge_loss(0.5, target)


@pytest.mark.parametrize("loss", [mse_loss, hinge_loss, binary_cross_entropy_with_logits])
def test_different_lengths_are_named_both(loss):
    # FAULTS L15
    with pytest.raises(ShapeError, match="3 predictions need as many targets, got 2"):
        loss([0.1, 0.2, 0.3], [1, 1])


def test_different_lengths_of_a_batch_are_named_both():
    # FAULTS L15
    with pytest.raises(ShapeError, match="2 predictions need as many targets, got 1"):
        cross_entropy([[0.0, 1.0], [0.0, 1.0]], [0])


@pytest.mark.parametrize("bad", ["1", True, None, 1j])
def test_an_element_that_is_no_number_is_refused(bad):
    with pytest.raises(TypeError, match="mse_loss: "):
        mse_loss([1.0, bad], [1.0, 1.0])
    with pytest.raises(TypeError, match="mse_loss: "):
        mse_loss([1.0, 1.0], [1.0, bad])


@pytest.mark.parametrize("prediction, target", [(1.0, [1.0]), ([1.0], 1.0), ([[1.0]], [1.0])])
def test_different_depths_are_refused(prediction, target):
    with pytest.raises(TypeError, match=r"must both be numbers or both be lists, got (float|list) and (float|list)"):
        mse_loss(prediction, target)


def test_a_hinge_target_of_zero_says_how_labels_become_targets():
    with pytest.raises(ValueError, match=r"got 0; make labels 0 and 1 such targets, \[2 \* y - 1 for y in labels\]"):
        hinge_loss(0.5, 0)


def test_labels_of_a_batch_for_one_list_of_logits_are_told_from_probabilities():
    with pytest.raises(ValueError, match=r"if these are labels, .* the logits must be a list of lists"):
        cross_entropy([0.0, 1.0, 2.0], [0, 1, 1])


@pytest.mark.parametrize("loss", LOSSES.values())
def test_empty_predictions_are_refused(loss):
    with pytest.raises(ShapeError, match="at least"):
        loss([], [])


def test_cross_entropy_needs_two_logits_or_more():
    with pytest.raises(ShapeError, match="at least 2 logits"):
        cross_entropy([1.0], 0)
    with pytest.raises(TypeError, match="the logits must be a list"):
        cross_entropy(Value(1.0), 0)


@pytest.mark.parametrize("target", [[0.5, 0.6], [1.5, -0.5], [math.nan, 1.0]])
def test_probabilities_that_are_none_are_refused(target):
    with pytest.raises(ValueError, match="numbers >= 0 with sum 1"):
        cross_entropy([0.0, 1.0], target)


def test_a_wrong_number_of_probabilities_is_refused():
    with pytest.raises(ShapeError, match="2 logits need 2 target probabilities, got 3"):
        cross_entropy([0.0, 1.0], [0.5, 0.25, 0.25])
