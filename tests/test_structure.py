"""Lists, tuples and dicts of scalars: taken apart from left to right, put together as they were."""

from collections import namedtuple

import pytest
from hypothesis import given, strategies as st

from autograd import Value, grad
from autograd.errors import ShapeError
from autograd.structure import check_same, flatten, shape, tree_map

Point = namedtuple("Point", "x y")

STRUCTURES = {
    "scalar": (1.0, [1.0]),
    "list": ([1.0, 2.0], [1.0, 2.0]),
    "tuple": ((1.0, 2.0), [1.0, 2.0]),
    "dict": ({"w": 1.0, "b": 2.0}, [1.0, 2.0]),
    "nested list": ([[1.0, 2.0], [3.0]], [1.0, 2.0, 3.0]),
    "all in one": ({"layers": [{"w": [1.0, 2.0], "b": 3.0}, (4.0,)], "rate": 5.0}, [1.0, 2.0, 3.0, 4.0, 5.0]),
    "named tuple": (Point(1.0, [2.0]), [1.0, 2.0]),
    "empty list": ([], []),
    "empty inside": ([[], 1.0, {}, ()], [1.0]),
    "keys that are numbers": ({2: 1.0, 1: 2.0}, [1.0, 2.0]),
}
every_structure = pytest.mark.parametrize("tree, leaves", STRUCTURES.values(), ids=STRUCTURES)


@every_structure
def test_scalars_are_found_from_left_to_right(tree, leaves):
    assert flatten(tree)[0] == leaves


@every_structure
def test_a_structure_is_put_together_as_it_was(tree, leaves):
    found, rebuild = flatten(tree)
    again = rebuild(found)
    assert again == tree
    assert type(again) is type(tree)


@every_structure
def test_other_scalars_take_the_same_places(tree, leaves):
    rebuild = flatten(tree)[1]
    others = [10 * leaf for leaf in leaves]
    assert flatten(rebuild(others))[0] == others


def test_one_rebuild_serves_many_times():
    rebuild = flatten([0.0, (0.0,)])[1]
    assert (rebuild([1.0, 2.0]), rebuild([3.0, 4.0])) == ([1.0, (2.0,)], [3.0, (4.0,)])


def test_a_named_tuple_keeps_its_names():
    assert tree_map(lambda x: -x, Point(1.0, 2.0)) == Point(-1.0, -2.0)
    assert grad(lambda p: p.x * p.y)(Point(2.0, 3.0)) == Point(3.0, 2.0)


def test_a_map_applies_its_function_to_every_scalar():
    assert tree_map(lambda x: x + 1, {"a": [1.0, 2.0], "b": (3.0,)}) == {"a": [2.0, 3.0], "b": (4.0,)}


def test_values_are_scalars():
    v = Value(1.0)
    assert flatten([v, (v, 2.0)])[0] == [v, v, 2.0]


def test_rebuilding_makes_new_containers():
    tree = [[1.0], {"a": 2.0}]
    leaves, rebuild = flatten(tree)
    again = rebuild(leaves)
    assert again is not tree and again[0] is not tree[0] and again[1] is not tree[1]


@pytest.mark.parametrize("others", [[1.0], []])
def test_too_few_scalars_are_an_error(others):
    with pytest.raises((RuntimeError, StopIteration, ValueError)):
        flatten([0.0, [0.0]])[1](others)


trees = st.recursive(
    st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


@given(trees)
def test_taking_apart_and_putting_together_changes_nothing(tree):
    leaves, rebuild = flatten(tree)
    assert repr(rebuild(leaves)) == repr(tree)


def test_a_structure_may_be_as_deep_as_python_prints_it():
    tree = 1.0
    for _ in range(150):
        tree = [tree]
    leaves, rebuild = flatten(tree)
    assert leaves == [1.0] and rebuild(leaves) == tree


def test_structures_that_differ_are_shown():
    with pytest.raises(ShapeError, match=r"^the tangents must have the structure of \{'w': \[\., \.\]\}, got \[\.\]$"):
        check_same([1.0], {"w": [1.0, 2.0]}, "the tangents")


def test_long_structures_are_shown_from_their_beginning():
    with pytest.raises(ShapeError) as caught:
        check_same([0.0] * 1000, 0.0, "the seeds")
    assert len(str(caught.value)) < 120 and "[., ., ., " in str(caught.value) and str(caught.value).endswith("...")


@pytest.mark.parametrize("tree", [tree for tree, _ in STRUCTURES.values()], ids=STRUCTURES)
def test_equal_structures_pass_and_others_do_not(tree):
    check_same(tree_map(lambda leaf: "other", tree), tree, "it")
    for other in ([tree], (tree, tree), {"more": tree}):
        with pytest.raises(ShapeError, match="it must have the structure of"):
            check_same(other, tree, "it")


def test_a_long_list_of_scalars_and_one_with_a_list_in_it_have_shapes_of_one_kind():
    assert shape([1.0, 2.0]) == (list, None, None)
    assert shape([1.0, [2.0]]) == (list, None, (list, None))
    assert shape([1.0, 2.0]) != shape((1.0, 2.0)) != shape([1.0])


def test_a_change_of_the_structure_afterwards_does_not_reach_what_rebuilds_it():
    tree = [1.0, 2.0, [3.0]]
    rebuild = flatten(tree)[1]
    tree[2].append(4.0)
    tree.append(5.0)
    assert rebuild([1.0, 2.0, 3.0]) == [1.0, 2.0, [3.0]]
