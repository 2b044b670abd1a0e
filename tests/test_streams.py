"""The numbers that flow between groups are counted where they are read, whatever slot they pass through."""

from plans import plan_of

from autograd.program.planning.plan import Access, Group, Plan, Segment
from viz.streams import streams


def group(space, slot, *accesses, dims=(1,)):
    return Group("sum", dims, tuple(Segment(1, access) for access in accesses), space, slot)


def test_a_layer_reads_all_weights_and_every_input_once():
    def layer(*xs):
        return [xs[3 * k] * xs[-2] + xs[3 * k + 1] * xs[-1] + xs[3 * k + 2] for k in range(4)]

    assert streams(plan_of(layer, "p" * 12 + "dd", [False] * 4)) == {
        ("param", 0): 12,
        ("data", 0): 2,
        (0, "output"): 4,
    }


def test_a_slot_that_is_used_again_belongs_to_its_last_writer():
    groups = (
        group("lane", 0, Access("data", 0, (0,))),
        group("lane", 1, Access("lane", 0, (0,))),
        group("lane", 0, Access("lane", 1, (0,))),
        group("lane", 1, Access("lane", 0, (0,))),
    )
    assert streams(Plan(0, 1, (), 0, 2, 0, groups, (("lane", 1),))) == {
        ("data", 0): 1,
        (0, 1): 1,
        (1, 2): 1,
        (2, 3): 1,
        (3, "output"): 1,
    }


def test_constants_are_not_counted_and_equal_reads_once():
    one = group("lane", 0, Access("const", 0, (0,)), Access("data", 0, (0,)), Access("data", 0, (0,)))
    assert streams(Plan(0, 1, (2.0,), 0, 1, 0, (one,), ())) == {("data", 0): 1}


def test_an_input_may_flow_to_the_outputs():
    assert streams(plan_of(lambda w, x: [x, w], "pd", [False, False])) == {
        ("data", "output"): 1,
        ("param", "output"): 1,
    }


def test_what_is_applied_to_a_result_is_read_too():
    assert streams(plan_of(lambda w, x, y: (w * x + y) / y, "pdd", [False]))["data", 0] == 2
