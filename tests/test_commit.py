"""Many writes at once: all of them or none."""

from types import SimpleNamespace

import pytest
from interrupts import interrupted_at

from nn.commit import commit


def test_every_attribute_gets_its_value():
    a, b = SimpleNamespace(size=1), SimpleNamespace(size=1)
    commit([(a, "size", 2), (b, "size", 3)])
    assert (a.size, b.size) == (2, 3)


def test_an_error_puts_the_old_values_back():
    a, frozen = SimpleNamespace(size=1), (1, 2)
    with pytest.raises(AttributeError):
        commit([(a, "size", 2), (frozen, "count", 3)])
    assert a.size == 1


def test_an_interrupt_at_any_opcode_leaves_all_old_or_all_new():
    k, interrupted = 0, True
    while interrupted:
        k += 1
        things = [SimpleNamespace(size=0) for _ in range(3)]
        interrupted = interrupted_at(k, lambda t=things: commit((thing, "size", 1) for thing in t))
        assert {thing.size for thing in things} in ({0}, {1}), f"torn at opcode {k}"
    assert k > 30
    assert [thing.size for thing in things] == [1, 1, 1]
