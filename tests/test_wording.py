"""A group in words: what it computes, how often, and where it reads."""

import pytest
from plans import plan_of

import autograd
from autograd.program.planning.plan import Access, Group, Plan, Segment
from viz.wording import lines, size, title

EMPTY = Plan(0, 0, (0.5, 2.0), 0, 0, 0, (), ())


def said(access, count=2, **more):
    """Return the line for one run of terms."""
    group = Group("sum", (3, 2), (Segment(count, access, **more),), "lane", 0)
    return next(lines(group, EMPTY))


def test_a_layer_reads_like_its_formula():
    f = lambda *xs: [autograd.tanh(xs[9 + k] + sum(xs[3 * k + j] * xs[12 + j] for j in range(3))) for k in range(3)]  # noqa: E731
    made = plan_of(f, "p" * 12 + "d" * 3, [False] * 3)
    (group,) = made.groups
    assert [title(group), size(group), *lines(group, made)] == [
        "lane[0 to 2] = tanh(sum)",
        "3 equations of 4 terms",
        "+ param[9 + i]",
        "+ sum of 3: param[3i + j] * data[j]",
    ]


@pytest.mark.parametrize(
    ("access", "text"),
    [
        (Access("data", 7, (0, 0), 0), "+ sum of 2: data[7]"),
        (Access("data", 0, (0, 0), 0), "+ sum of 2: data[0]"),
        (Access("data", 7, (1, -1), 0), "+ sum of 2: data[7 + i - k]"),
        (Access("data", 0, (2, 12), -3), "+ sum of 2: data[2i + 12k - 3j]"),
        (Access("data", step=1, table=(4, 0, 1, 3, 2, 5)), "+ sum of 2: data[table of 6 + j]"),
        (Access("data", step=None, table=tuple(range(12))), "+ sum of 2: data[table of 12]"),
        (Access("const", 1, (0, 0), 0), "+ sum of 2: 2"),
        (Access("const", 0, (1, 0), 0), "+ sum of 2: const[i]"),
    ],
)
def test_an_access_is_a_formula_or_a_table(access, text):
    assert said(access) == text


def test_signs_and_products_are_written_out():
    assert said(Access("lane", 3, (0, 0)), 1, right=Access("param", 0, (1, 3)), sign=-1) == "- lane[3] * param[i + 3k]"


def test_what_is_applied_to_the_result_stands_around_it_with_its_operands_below():
    made = plan_of(lambda w, x, y: autograd.atan2(y, w * x + y), "pdd", [False])
    (group,) = made.groups
    assert title(group) == "lane[0] = atan2(…, sum)"
    assert list(lines(group, made))[-1] == "atan2: data[1]"


def test_loops_are_named_inside_out_and_a_row_has_no_terms():
    row = plan_of(lambda x: [autograd.sin(x)], "d", [False]).groups[0]
    assert size(row) == "1 equation"
    assert size(Group("max", (5, 3), (Segment(4, Access("data", 0, (0, 0), 1)),), "lane", 0)) == (
        "5 × 3 equations of 4 terms"
    )
