"""How far fast results may be from eager's: the bound that the campaign of machine code judges by."""

import fast_bounds
import pytest
from fast_bounds import UNIT, Raised, Unclear, quick_program

import autograd


def bound(f, *leaves):
    return fast_bounds.bounds(quick_program(lambda xs: [f(*xs)], len(leaves)), leaves)[0]


def test_a_sum_of_n_terms_may_be_2_n_u_times_the_sum_of_their_sizes_off():
    assert bound(lambda a, b, c: a + b - c, 3.0, -1.0, 2.0) == pytest.approx(2 * 3 * UNIT * 6.0)
    assert bound(lambda a, b: autograd.sum([a, b, b, -a]), 1e10, 1.0) == pytest.approx(2 * 4 * UNIT * 2e10, rel=1e-9)


def test_a_sum_has_one_bound_in_any_order_and_association():
    plain, mixed = (lambda a, b, c, d: ((a + b) + c) - d), (lambda a, b, c, d: (c - d) + (b + a))
    assert bound(plain, 1e16, 1.0, -1e16, 3.0) == bound(mixed, 1e16, 1.0, -1e16, 3.0) > 1.0


def test_what_cancelled_is_carried_through_what_follows():
    assert bound(lambda a, b: autograd.exp(a - b), 1e6 + 0.5, 1e6) == pytest.approx(bound(lambda a, b: a - b, 1e6 + 0.5, 1e6) * 1.6487, rel=1e-3)  # fmt: skip  # noqa: E501


def test_where_rounding_decides_nothing_is_said():
    step = lambda a, b: autograd.step(a + b - 0.3)  # noqa: E731
    assert bound(step, 0.1, 0.2) is None and bound(step, 0.1, 0.3) == 0.0
    assert bound(lambda a: 1e308 * a - 1e308 * a, 10.0) is None


def test_a_tie_of_operands_that_are_exact_is_certain():
    assert bound(lambda a, b: autograd.maximum(a, b), 0.3, 0.3) == 0.0
    assert bound(lambda a, b: autograd.grad(autograd.maximum)(a, b), 0.3, 0.3) < 1e-15


def test_what_raises_however_it_is_rounded_is_certain():
    with pytest.raises(Raised):
        bound(autograd.log, -1.0)
    with pytest.raises(Unclear):
        bound(lambda a, b: autograd.log(a + b - 0.3), 0.1, 0.2 - 1e-16)


def test_on_its_flat_side_relu_is_exactly_0_and_so_is_its_slope():
    slope = lambda a, b: autograd.grad(lambda t: autograd.relu(t * b + a))(b)  # noqa: E731
    assert (
        bound(lambda a, b: autograd.relu(a - b), 1.0, 2.0) == 0.0 < bound(lambda a, b: autograd.relu(b - a), 1.0, 2.0)
    )
    assert bound(slope, -5.0, 2.0) < 1e-300
