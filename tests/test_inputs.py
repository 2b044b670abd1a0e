"""Inputs: what may enter a layer, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

from autograd import Value
from nn.inputs import Inputs, listed, size, values


def test_numbers_become_constants_and_values_stay_themselves():
    v = Value(2.0)
    made = values([1, v, Fraction(1, 2), np.float32(0.25)])
    assert made[1] is v
    assert [x.data for x in made] == [1.0, 2.0, 0.5, 0.25]
    assert not any(x.requires_grad for x in made if x is not v)


def test_a_checked_list_is_not_checked_again():
    made = values([1.0])
    assert type(made) is Inputs
    assert values(made) is made


def test_a_lone_value_is_a_list_of_one():
    v = Value(1.0)
    assert values(v) == [v]


@pytest.mark.parametrize("x", [(1.0, 2.0), range(1, 3), iter([1.0, 2.0]), np.array([1.0, 2.0]), (i for i in (1, 2))])
def test_anything_that_lists_numbers_is_accepted(x):
    assert [v.data for v in values(x)] == [1.0, 2.0]


@pytest.mark.parametrize("x", ["12", b"12", bytearray(b"12"), {1: 2}, {1, 2}, frozenset([1]), 1.0, None, 3])
def test_what_is_no_list_of_inputs_is_refused(x):
    # FAULTS L2
    with pytest.raises(TypeError, match=f"x must be a list, got {type(x).__name__}"):
        values(x)


@pytest.mark.parametrize("bad", [None, "1", True, 1j, [1.0], np.array([1.0, 2.0])])
def test_a_bad_element_is_named_by_its_place(bad):
    # FAULTS T10
    with pytest.raises(TypeError, match=r"x\[1\]: .*must be a real number"):
        values([1.0, bad])


def test_a_list_keeps_its_items():
    assert listed((i for i in "ab"), "x") == ["a", "b"]


@pytest.mark.parametrize("n", [1, 7, np.int64(3)])
def test_a_size_is_an_int(n):
    assert size(n, "nin") == n
    assert type(size(n, "nin")) is int


@pytest.mark.parametrize("n", [True, 2.0, 2.5, "2", None, [2]])
def test_a_size_of_another_type_is_refused(n):
    # FAULTS L4
    with pytest.raises(TypeError, match="layer sizes must be integers >= 1, got nin="):
        size(n, "nin")


@pytest.mark.parametrize("n", [0, -1])
def test_a_size_below_one_is_refused(n):
    # FAULTS L3
    with pytest.raises(ValueError, match=f"layer sizes must be integers >= 1, got nin={n}"):
        size(n, "nin")
