"""Slots: what is still to be read is never overwritten, and what is free is used again."""

import random

import pytest
from plans import expressions, places_read, planned, recorded_loss
from test_program_groups import random_case

from autograd.program.planning.groups import plan
from autograd.program.planning.normal import normal
from autograd.program.planning.slots import Slots
from benchmarks.compiled_programs.catalogue import PROGRAMS, example


@pytest.mark.parametrize("seed", range(100))
def test_what_is_taken_is_free_and_stays_until_its_level_has_passed(seed):
    rng, slots = random.Random(seed), Slots()
    taken = []
    for level in range(40):
        slots.release(level)
        taken = [(until, used) for until, used in taken if until >= level]
        for _ in range(rng.randint(0, 3)):
            count, until = rng.randint(1, 6), level + rng.choice((0, 1, 2, 10, 100))
            start = slots.take(count, until)
            used = set(range(start, start + count))
            assert not any(used & others for _, others in taken)
            assert start + count <= slots.size
            taken.append((until, used))


def test_ranges_of_one_length_need_no_more_than_lives_at_once():
    slots = Slots()
    for level in range(100):
        slots.release(level)
        slots.take(5, level + 2)
    assert slots.size == 15


def test_neighbours_that_are_free_are_one_range():
    slots = Slots()
    for until in (1, 1, 1, 9):
        slots.take(2, until)
    slots.release(2)
    assert slots.take(6, 9) == 0


def test_a_free_range_at_the_end_grows():
    slots = Slots()
    slots.take(4, 9)
    slots.take(2, 1)
    slots.release(2)
    assert slots.take(5, 9) == 4
    assert slots.size == 9


def without_reuse(monkeypatch, make):
    with monkeypatch.context() as patch:
        patch.setattr(Slots, "release", lambda self, level: None)
        return make()


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("seed", range(150))
def test_a_random_plan_computes_the_same_whether_slots_are_used_again_or_not(seed, strict, monkeypatch):
    f, params, rows = random_case(seed)

    def make():
        return planned(f, len(params), len(rows[0]) - 1, strict)[1]

    made, roomy, numbers = make(), without_reuse(monkeypatch, make), {}
    assert outputs(made, numbers) == outputs(roomy, numbers)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", ["moons_shared", "recurrence", "gated", "pendulum"])
def test_a_program_computes_the_same_in_fewer_slots(name, strict, monkeypatch):
    recording, spaces = recorded_loss(PROGRAMS[name].loss, example(PROGRAMS[name]))

    def make():
        return plan(normal(recording, spaces, strict), [True] * len(recording.outputs), strict)

    made, roomy, numbers = make(), without_reuse(monkeypatch, make), {}
    assert outputs(made, numbers) == outputs(roomy, numbers)
    assert made.lanes < 0.8 * roomy.lanes


def outputs(made, numbers):
    """Return what the outputs are; no group may write a slot that one of its own members reads."""
    for group in made.groups:
        written = {(group.space, group.slot + i) for i in range(group.members)}
        assert not written & places_read(group)
    return expressions(made, numbers)
