"""Totals: what is added up over the lanes is said once, and what all lanes share is multiplied after them."""

import pytest
from plans import form_of, plan_of, written

import autograd
from autograd.program.planning.totals import spaces, totalled
from tests import plan_reference


def totals(f, kinds, reduced, strict=False):
    """Return the outputs of `f` as text, `reduced` ones as totals."""
    form = totalled(form_of(f, kinds, strict), reduced, strict)
    return [written(form, k) for k in form.outputs]


def test_a_sum_that_is_only_an_output_becomes_the_total_itself():
    form = totalled(form_of(lambda x, y: x * y + x, "dd"), [True], False)
    assert written(form) == "total(+d0 +d0*d1)"
    assert "sum" not in form.ops


@pytest.mark.parametrize("strict", [False, True])
def test_a_sum_that_others_read_is_added_up_as_it_is(strict):
    def f(x, y):
        inner = x * y + x
        return [inner, autograd.tanh(inner)]

    assert totals(f, "dd", [True, True], strict) == ["total(+(+d0 +d0*d1))", "total(+tanh((+d0 +d0*d1)))"]


def test_a_number_that_all_lanes_share_is_multiplied_after_them():
    assert totals(lambda w, x: w * x, "pd", [True]) == ["(+p0*total(+d0))"]
    assert totals(lambda w, x, y: x * y - x * autograd.tanh(w), "pdd", [True]) == [
        "(+total(+d0*d1) -tanh(p0)*total(+d0))"
    ]


def test_strict_totals_multiply_in_every_lane_as_the_program_does():
    assert totals(lambda w, x: w * x, "pd", [True], strict=True) == ["total(+d0*p0)"]


def test_the_same_output_twice_is_added_up_once():
    form = totalled(form_of(lambda x, y: [x * y, x * y], "dd"), [True, True], False)
    assert form.outputs[0] == form.outputs[1]


def test_one_number_may_be_asked_for_in_every_lane_and_added_up():
    form = totalled(form_of(lambda x, y: [x * y + x, x * y + x], "dd"), [True, False], False)
    assert [written(form, k) for k in form.outputs] == ["total(+(+d0 +d0*d1))", "(+d0 +d0*d1)"]


def test_an_input_may_be_added_up():
    assert totals(lambda x: x, "d", [True]) == ["total(+d0)"]


def test_a_constant_output_stays_a_constant():
    assert totals(lambda x: [0.0, x], "d", [True, True]) == ["0.0", "total(+d0)"]


def test_spaces_say_what_a_number_depends_on():
    form = totalled(form_of(lambda w, x: (w * w + 1.0) * x, "pd"), [True], False)
    assert {written(form, k): space for k, space in enumerate(spaces(form))} == {
        "p0": "param",
        "d0": "data",
        "1.0": "const",
        "(+1.0 +p0*p0)": "once",
        "total(+d0)": "sum",
        "(+(+1.0 +p0*p0)*total(+d0))": "sum",
    }


@pytest.mark.parametrize("strict", [False, True])
def test_totals_are_the_sums_over_the_rows(strict):
    made = plan_of(lambda w, x, y: [w * x * y, x - y, w * x + autograd.exp(y)], "pdd", [True] * 3, strict)
    rows = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]]
    expected = [sum(term(x, y) for x, y in rows) for term in TERMS]
    assert plan_reference.run(made, [3.0], rows) == pytest.approx(expected, rel=1e-14)


TERMS = (lambda x, y: 3 * x * y, lambda x, y: x - y, lambda x, y: 3 * x + autograd.exp(y))
