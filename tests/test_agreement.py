"""A program is compared with Values number by number, and rounding is told from a mistake."""

import pytest

from nn.agreement import agrees


def still():
    raise AssertionError("there was no need to nudge")


def test_what_differs_by_rounding_agrees_at_once():
    assert agrees([1.0, 2.0, 1e-20], [1.0 + 1e-12, 2.0 - 1e-12, -1e-20], still)


def test_a_large_loss_does_not_excuse_a_wrong_gradient():
    assert not agrees([1e9, 0.32], [1e9, 0.01], lambda: [1e9, 0.01])


def test_a_large_gradient_does_not_excuse_a_wrong_loss():
    assert not agrees([1e-3, 1e9], [2e-3, 1e9], lambda: [2e-3, 1e9])


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_left_of_terms_that_cancel_agrees_where_a_nudge_moves_it_further(place):
    expected, found, nudged = [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]
    expected[place], found[place], nudged[place] = 3e-17, -2e-17, 5e-13
    assert agrees(expected, found, lambda: nudged)
    assert not agrees(expected, found, lambda: found)
