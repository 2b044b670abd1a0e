"""Metrics: classes from scores, and how often they are right."""

import numpy as np
import pytest

from autograd import Value
from autograd.errors import ShapeError
from nn import accuracy, confusion_matrix, predicted_class, zero_one


@pytest.mark.parametrize(
    "scores, expected",
    [(0.1, 1), (0.0, 0), (-0.1, 0), (Value(2.0), 1), ([1.0, 3.0, 2.0], 1), ([2.0, 2.0], 0), ([Value(0.0), 1.0], 1)],
)
def test_the_largest_score_or_the_sign_is_the_class(scores, expected):
    assert predicted_class(scores) == expected


def test_accuracy_and_zero_one_loss_add_up_to_one():
    # SEEDS S0-14
    predictions, targets = [1.0, -1.0, 2.0, -2.0], [1, 1, 1, 0]
    assert accuracy(predictions, targets) == 0.75
    assert zero_one(predictions, targets) == 0.25


def test_labels_of_minus_and_plus_one_are_taken():
    assert accuracy([1.0, -1.0], [1, -1]) == 1.0


def test_rows_of_the_confusion_matrix_are_the_true_classes():
    predictions = [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert confusion_matrix(predictions, np.array([0, 1, 2, 2]), 3) == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]


@pytest.mark.parametrize("metric", [accuracy, zero_one])
@pytest.mark.parametrize("predictions, targets", [([1.0], [1, 0]), ([], [])])
def test_different_or_empty_lengths_are_named_both(metric, predictions, targets):
    # FAULTS L15
    with pytest.raises(ShapeError, match=f"got {len(predictions)} and {len(targets)}"):
        metric(predictions, targets)


@pytest.mark.parametrize("target", [True, 1.0, "1", None, -2])
def test_a_target_that_is_no_class_is_refused(target):
    # FAULTS L6
    with pytest.raises(ValueError, match="a target must be a class"):
        accuracy([1.0], [target])


def test_a_class_beyond_the_matrix_is_refused():
    with pytest.raises(ValueError, match=r"class 2 out of range 0\.\.1"):
        confusion_matrix([[0, 1]], [2], 2)
