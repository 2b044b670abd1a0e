"""Rows join what they follow: where nobody else reads it, in the same space, and not without end."""

import pytest
from plans import form_of, written

import autograd
from autograd.program.planning.fuse import LONGEST, fused
from autograd.program.planning.totals import totalled


def joined(f, kinds, strict=False):
    """Return the outputs of `f` as text after rows have joined; "_" is the result so far."""
    form = fused(form_of(f, kinds, strict))
    return [written(form, k) for k in form.outputs]


def test_an_activation_joins_its_neuron():
    assert joined(lambda w, b, x: autograd.tanh(w * x + b), "ppd") == ["(+d0*p0 +p1).tanh(_)"]


def test_rows_join_one_after_another():
    assert joined(lambda x, y: autograd.exp(autograd.sin(x + y)), "dd") == ["(+d0 +d1).sin(_).exp(_)"]


def test_a_row_keeps_the_place_of_what_it_joins_among_its_operands():
    assert joined(lambda w, b, x: [x / (w * x + b)], "ppd") == ["(+d0*p0 +p1).div(d0 _)"]
    assert joined(lambda w, b, x: [(w * x + b) / x], "ppd") == ["(+d0*p0 +p1).div(_ d0)"]


def test_a_product_joins_a_factor():
    assert joined(lambda w, b, x, y: (w * x + b) * y, "ppdd") == ["(+d0*p0 +p1).mul(_ d1)"]


def test_a_change_of_sign_joins_too():
    assert joined(lambda x, y: -autograd.tanh(x * y), "dd") == ["(+d0*d1).tanh(_).neg(_)"]
    assert joined(lambda x, y: -(autograd.tanh(x * y) * y), "dd") == ["(+d0*d1).tanh(_).mul(_ d1).neg(_)"]


def test_of_several_operands_the_one_with_most_terms_is_joined():
    assert joined(lambda a, b, x, y: (a + x) / (a + b + x * y), "ppdd") == [
        "(+d0*d1 +p0 +p1).div((+d0 +p0) _)",
    ]


def test_what_two_read_is_joined_by_neither():
    form = fused(form_of(lambda x, y: [autograd.tanh(s := x + y), autograd.exp(s)], "dd"))
    assert [form.posts[k] for k in form.outputs] == [(), ()]


def test_what_one_row_reads_twice_is_not_joined():
    assert joined(lambda x, y: autograd.atan2(s := x + y, s), "dd") == ["atan2((+d0 +d1) (+d0 +d1))"]
    assert joined(lambda x, y: (s := x + y) * s, "dd") == ["(+(+d0 +d1)*(+d0 +d1))"]


def test_an_output_is_not_joined_for_it_would_not_be_stored():
    assert joined(lambda x, y: [s := x + y, autograd.tanh(s)], "dd") == ["(+d0 +d1)", "tanh((+d0 +d1))"]


def test_an_input_is_not_joined():
    assert joined(lambda x: autograd.tanh(x), "d") == ["tanh(d0)"]


def test_what_no_lane_changes_is_not_joined_by_what_lanes_change():
    assert joined(lambda w, v, x: autograd.tanh(w + v) / x, "ppd") == ["div((+p0 +p1).tanh(_) d0)"]


def test_a_total_is_not_joined_for_its_factor_is_multiplied_once_after_the_lanes():
    form = fused(totalled(form_of(lambda w, x: w * x, "pd"), [True], False))
    assert written(form) == "(+p0*total(+d0))"


@pytest.mark.parametrize("strict", [False, True])
def test_a_row_that_nobody_reads_joins_nothing_and_hinders_nothing(strict):
    def f(a, b, x):
        s = a * b + x
        autograd.log(s)
        return s * x

    form = fused(form_of(f, "ppd", strict))
    assert written(form) == "(+(+d0 +p0*p1)*d0)"
    assert any(getattr(op, "name", op) == "log" for op in form.ops)


def test_a_long_chain_of_rows_is_cut():
    def f(x):
        x = x + 1.0
        for _ in range(100):
            x = autograd.sin(x)
        return x

    lengths = [len(posts) for posts in fused(form_of(f, "d")).posts]
    assert max(lengths) == LONGEST
    assert len(lengths) < 100 / LONGEST + 3


def test_a_chain_is_cut_by_its_own_length_not_by_that_of_another_operand():
    def f(x, y):
        short = x * y + x + y
        long = x + 2.0
        for _ in range(LONGEST - 1):
            long = autograd.sin(long)
        return autograd.cos(autograd.atan2(long, short))

    (text,) = joined(f, "dd")
    assert text.startswith("(+d0 +d0*d1 +d1).atan2(") and text.endswith(".cos(_)")
