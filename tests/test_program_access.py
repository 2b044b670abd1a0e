"""Accesses: whatever the members read, they find it; and where they read in a pattern, strides say so."""

import random
from itertools import product
from math import prod

import pytest

from autograd.program.planning.access import Place, arranged

SPACES = ("param", "data", "lane")


def place(at, space="lane"):
    return Place(space, at)


def checked(members, others=()):
    """Arrange, see that every member finds its terms and other operands, and return the sizes and the segments."""
    others = others or [[] for _ in members]
    dims, segments, more = arranged(members, others)
    assert prod(dims) == len(members)
    for i, terms in enumerate(members):
        assert [term for segment in segments for term in read(segment, i, dims)] == list(terms)
        assert [Place(a.space, a.index(i, 0, dims, 1)) for a in more] == list(others[i])
    return dims, segments


def read(segment, i, dims):
    def at(access, j):
        return access and Place(access.space, access.index(i, j, dims, segment.count))

    return [(segment.sign, at(segment.left, j), at(segment.right, j)) for j in range(segment.count)]


def affine(segments):
    return not any(a.table for s in segments for a in (s.left, s.right) if a)


def dot(x, y):
    return sum(map(prod, zip(x, y, strict=True)))


def layer(nin, nout, first=0):
    """Return the terms of a layer's neurons: weights in a row, inputs shared."""
    return [[(1, place(first + k * nin + j, "param"), place(j, "data")) for j in range(nin)] for k in range(nout)]


@pytest.mark.parametrize("seed", range(200))
def test_members_that_read_anywhere_find_what_they_read(seed):
    rng = random.Random(seed)
    kinds = [(rng.choice((1, -1)), rng.choice(SPACES), rng.choice((*SPACES, None))) for _ in range(rng.randint(1, 12))]
    members = [
        [(sign, place(rng.randrange(9), left), right and place(rng.randrange(9), right)) for sign, left, right in kinds]
        for _ in range(rng.randint(1, 12))
    ]
    others = [[place(rng.randrange(9), "param"), place(rng.randrange(9))] for _ in members]
    checked(members, others)


@pytest.mark.parametrize("seed", range(200))
def test_members_that_read_in_nested_loops_need_no_table(seed):
    rng = random.Random(seed)
    sizes = [rng.randint(2, 4) for _ in range(rng.randint(1, 3))]
    # The strides of the first operand are such that no two dimensions look like one.
    strides = [(rng.randint(1, 3), 7, 31)[: len(sizes)], tuple(rng.randint(0, 2) for _ in sizes)]
    steps, count = [rng.randint(0, 5), rng.randint(0, 5)], rng.randint(1, 6)
    members = [
        [(1, *(place(dot(at, s) + j * step) for s, step in zip(strides, steps, strict=True))) for j in range(count)]
        for at in (indices[::-1] for indices in product(*map(range, sizes[::-1])))
    ]
    _, segments = checked(members)
    assert affine(segments)


def test_a_layer_is_one_loop_with_strides():
    dims, (segment,) = checked(layer(3, 5))
    assert dims == (5,)
    assert (segment.left.strides, segment.left.step) == ((3,), 1)
    assert (segment.right.strides, segment.right.step) == ((0,), 1)


def test_a_layer_at_several_positions_is_two_loops():
    rows = [[(1, w, place(x.at + 3 * p)) for _, w, x in neuron] for p in range(4) for neuron in layer(3, 5)]
    dims, (segment,) = checked(rows)
    assert dims == (5, 4)
    assert (segment.left.strides, segment.right.strides) == ((3, 0), (0, 3))


def test_terms_of_other_signs_and_spaces_are_segments_of_their_own():
    members = [[(1, place(i), None), (-1, place(i), None), (1, place(i, "data"), place(i))] for i in range(4)]
    _, segments = checked(members)
    assert [(s.sign, s.left.space, s.right is None) for s in segments] == [
        (1, "lane", True),
        (-1, "lane", True),
        (1, "data", False),
    ]


def test_operands_of_a_row_are_segments_of_their_own():
    members = [[(1, place(i), None), (1, place(9), None)] for i in range(4)]
    _, segments, _ = arranged(members, [[]] * 4, apart=True)
    assert [(s.count, s.left.base, s.left.strides) for s in segments] == [(1, 0, (1,)), (1, 9, (0,))]


def test_terms_are_cut_where_the_step_changes():
    members = [[(1, place(100 * i + at), None) for at in (*range(8), *range(50, 58))] for i in range(3)]
    _, segments = checked(members)
    assert [s.count for s in segments] == [8, 8]
    assert affine(segments)


def test_terms_without_a_pattern_are_not_cut_into_crumbs():
    members = [[(1, place(100 * i + at), None) for at in (0, 3, 4, 9, 11, 12, 20)] for i in range(3)]
    _, segments = checked(members)
    assert [s.count for s in segments] == [7]
    assert segments[0].left.step is None


def test_members_of_other_steps_share_a_full_table():
    members = [[(1, place(j * i), None) for j in range(3)] for i in range(1, 4)]
    _, (segment,) = checked(members)
    assert segment.left.step is None
    assert len(segment.left.table) == 9


def test_members_that_begin_anywhere_have_a_table_of_rows():
    members = [[(1, place(start + j), None) for j in range(4)] for start in (0, 10, 13, 40)]
    _, (segment,) = checked(members)
    assert segment.left.table == (0, 10, 13, 40)
    assert segment.left.step == 1


def test_an_irregular_operand_does_not_cost_the_others_their_strides():
    starts = (5, 1, 4, 2, 3, 0)
    members = [[(1, place(3 * i, "param"), place(start))] for i, start in enumerate(starts)]
    dims, (segment,) = checked(members)
    assert dims == (6,)
    assert segment.left.strides == (3,)
    assert segment.right.table == starts


def test_one_member_is_a_loop_of_one():
    dims, (segment,) = checked([[(1, place(7), None)]])
    assert dims == (1,)
    assert segment.left.base == 7
