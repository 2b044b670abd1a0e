"""The normal form: however a sum is written, it is one equation in a fast form, and keeps its bits in a strict one."""

import random

import pytest
from plans import form_of, recorded_outputs, written

import autograd
from autograd.ops import chain, mul
from autograd.program.planning.normal import normal
from autograd.program.planning.totals import totalled

ORDERS = range(20)


def mixed(terms, rng):
    """Return the sum of some terms in a random order and association."""
    terms = rng.sample(terms, len(terms))
    while len(terms) > 1:
        k = rng.randrange(len(terms) - 1)
        terms[k : k + 2] = [terms[k] + terms[k + 1]]
    return terms[0]


def nodes(form, *ops):
    return [k for k, op in enumerate(form.ops) if op in ops]


class TestSums:
    @pytest.mark.parametrize("seed", ORDERS)
    def test_a_fast_sum_in_any_order_and_association_is_one_equation(self, seed):
        form = form_of(lambda a, b, c, x, y: mixed([a, b, c, x, y, a * x], random.Random(seed)), "pppdd")
        assert written(form) == "(+d0 +d0*p0 +d1 +p0 +p1 +p2)"
        assert len(nodes(form, "sum")) == 1

    @pytest.mark.parametrize("seed", ORDERS)
    def test_the_bias_of_a_neuron_may_stand_anywhere(self, seed):
        form = form_of(lambda w, v, b, x, y: mixed([w * x, b, y * v], random.Random(seed)), "pppdd")
        assert written(form) == "(+d0*p0 +d1*p1 +p2)"

    @pytest.mark.parametrize("strict", [False, True])
    def test_a_sum_from_left_to_right_is_one_equation_in_order(self, strict):
        form = form_of(lambda a, b, c, d: ((a + b) + c) + d, "pppp", strict)
        (k,) = nodes(form, "sum")
        assert sorted(form.args[k]) == [(1, j, None) for j in range(4)]
        assert not strict or list(form.args[k]) == sorted(form.args[k])

    def test_strict_sums_of_any_other_tree_stay_several_equations(self):
        assert written(form_of(lambda a, b, c: a + (b + c), "ppp", True)) == "(+(+p1 +p2) +p0)"
        assert written(form_of(lambda a, b, c, d: (a + b) + (c + d), "pppp", True)) == "(+(+p2 +p3) +p0 +p1)"

    def test_strict_terms_keep_the_order_of_the_program(self):
        form = form_of(lambda a, b, x: ((b * x) + a) + x * a, "ppd", True)
        assert form.args[form.outputs[0]] == ((1, 1, 2), (1, 0, None), (1, 0, 2))

    def test_a_strict_difference_on_the_left_is_joined_and_one_on_the_right_is_not(self):
        assert written(form_of(lambda a, b, c: (a - b) - c, "ppp", True)) == "(+p0 -p1 -p2)"
        assert written(form_of(lambda a, b, c: a - (b - c), "ppp", True)) == "(+p0 -(+p1 -p2))"

    def test_a_strict_sum_with_a_sign_is_an_equation_of_its_own(self):
        assert written(form_of(lambda a, b, c: c * 0.5 - (a + b), "ppp", True)) == "(+0.5*p2 -(+p0 +p1))"
        assert written(form_of(lambda a, b, c: -(a + b) - c, "ppp", True)) == "(-(+p0 +p1) -p2)"

    @pytest.mark.parametrize("strict", [False, True])
    def test_differences_and_negations_are_signs(self, strict):
        assert written(form_of(lambda a, b, x: a - b * x, "ppd", strict)) == "(+p0 -d0*p1)"
        assert written(form_of(lambda a, b: a + -b, "pp", strict)) == "(+p0 -p1)"
        assert written(form_of(lambda a, b: (-a) * b, "pp", strict)) == "(-p0*p1)"
        assert written(form_of(lambda a, b: (-a) * -b, "pp", strict)) == "(+p0*p1)"
        assert written(form_of(lambda a: -(a * -1.0), "p", strict)) == "p0"

    def test_the_sign_of_a_fast_sum_goes_into_its_terms(self):
        assert written(form_of(lambda a, b, c: a - (b - c), "ppp")) == "(+p0 +p2 -p1)"

    def test_factors_of_one_and_minus_one_are_signs_too(self):
        assert written(form_of(lambda a, b: a * -1.0 + 1.0 * b, "pp")) == "(+p1 -p0)"

    def test_zero_is_left_out_of_a_sum_and_stays_in_a_product(self):
        assert written(form_of(lambda a, b: a + 0.0 + b + -0.0, "pp")) == "(+p0 +p1)"
        assert written(form_of(lambda a: a * 0.0, "p")) == "(+0.0*p0)"

    def test_a_sum_that_two_read_is_an_equation_of_its_own(self):
        form = form_of(lambda a, b, c: autograd.tanh(a + b) + (a + b + c), "ppp")
        assert written(form) == "(+(+p0 +p1) +p2 +tanh((+p0 +p1)))"

    @pytest.mark.parametrize("order", [lambda p, x: p + x + p, lambda p, x: p + p + x, lambda p, x: p + (x + p)])
    def test_a_product_that_one_sum_reads_twice_becomes_part_of_it_in_whatever_order(self, order):
        assert written(form_of(lambda a, b, x: order(a * b, x), "ppd")) == "(+d0 +p0*p1 +p0*p1)"

    def test_doubling_again_and_again_does_not_double_the_terms(self):
        def f(x):
            for _ in range(200):
                x = x + x
            return x

        form = form_of(f, "p")
        assert max(len(args) for args in form.args) == 2
        assert len(form) == 201

    @pytest.mark.parametrize("row", [mul, chain])
    def test_products_of_numbers_and_of_the_chain_rule_are_one_equation(self, row):
        assert written(form_of(lambda a, b: row(a, b) + b * a, "pp")) == "(+p0*p1 +p0*p1)"

    @pytest.mark.parametrize("strict", [False, True])
    def test_a_hundred_thousand_additions_are_one_equation(self, strict):
        def f(x, y):
            total = x
            for _ in range(100_000):
                total = total + y
            return total

        form = form_of(f, "pd", strict)
        assert len(form) == 3
        assert len(form.args[2]) == 100_001


class TestRowsOfManyArguments:
    @pytest.mark.parametrize("strict", [False, True])
    def test_a_neuron_is_what_it_looks_like_when_written_by_hand(self, strict):
        fused = form_of(lambda w, b, x: autograd.neuron([w], [x], b, autograd.tanh), "ppd", strict)
        by_hand = form_of(lambda w, b, x: autograd.tanh(b + w * x), "ppd", strict)
        assert written(fused) == written(by_hand) == "tanh((+d0*p0 +p1))"

    @pytest.mark.parametrize("strict", [False, True])
    def test_sum_dot_and_mean_are_sums(self, strict):
        assert written(form_of(lambda a, b: autograd.sum([a, b, a]), "pp", strict)) == "(+p0 +p0 +p1)"
        assert written(form_of(lambda a, b: autograd.dot([a, b], [b, b]), "pp", strict)) == "(+p0*p1 +p1*p1)"
        assert written(form_of(lambda a, b: autograd.mean([a, b]), "pp", strict)) == "div((+p0 +p1) 2.0)"

    def test_a_square_is_a_product_where_bits_may_differ(self):
        assert written(form_of(lambda a: a**2, "p")) == "(+p0*p0)"
        assert written(form_of(lambda a: a**2, "p", strict=True)) == "power(2)(p0)"

    def test_strictly_a_maximum_is_the_row_that_knows_which_zero_it_takes(self):
        assert written(form_of(lambda a, b: autograd.maximum(a, b), "pp", strict=True)) == "maximum(p0 p1)"

    def test_maxima_of_maxima_are_one_equation(self):
        def f(a, b, c, x):
            return autograd.maximum(autograd.maximum(a, autograd.max([b, x])), autograd.maximum(c, a))

        form = form_of(f, "pppd")
        assert sorted(form.args[form.outputs[0]]) == [0, 1, 2, 3]
        assert len(nodes(form, "max")) == 1

    def test_a_maximum_that_is_used_elsewhere_is_an_equation_of_its_own(self):
        form = form_of(lambda a, b, x: [(inner := autograd.maximum(a, b)) * x, autograd.maximum(inner, x)], "ppd")
        assert written(form, form.outputs[1]) == "max(max(p0 p1) d0)"

    def test_a_maximum_of_a_minimum_is_two_equations(self):
        assert written(form_of(lambda a, b, x: autograd.maximum(autograd.minimum(a, b), x), "ppd")) == (
            "max(min(p0 p1) d0)"
        )

    def test_a_chain_of_ten_thousand_maxima_is_one_equation(self):
        def f(a, x):
            top = a
            for k in range(10_000):
                top = autograd.maximum(top, x * float(k + 2))
            return top

        form = form_of(f, "pd")
        assert len(nodes(form, "max")) == 1
        assert len(form.args[form.outputs[0]]) == 10_001

    def test_a_fast_logarithm_of_a_sum_of_exponentials_is_shifted_by_the_greatest(self):
        form = form_of(lambda a, b: autograd.logsumexp([a, b]), "pp")
        assert "max(p0 p1)" in written(form)
        assert written(form_of(lambda a, b: autograd.logsumexp([a, b]), "pp", True)) == "logsumexp(p0 p1)"


class TestConstants:
    def test_what_depends_on_constants_alone_is_computed(self):
        form = form_of(lambda x: x * (autograd.tanh(x * 0.0 + 1.0) * 0.0 + 2.0) + 3.0, "d")
        assert "2.0" in written(form)
        recording = recorded_outputs(lambda x: [x + 1.0], 1)
        assert written(normal(recording, ["data"])) == "(+1.0 +d0)"

    def test_zero_and_minus_zero_are_two_constants(self):
        form = form_of(lambda x: [x * 0.0, x * -0.0], "d")
        assert [written(form, k) for k in form.outputs] == ["(+0.0*d0)", "(+-0.0*d0)"]
        assert sorted(map(repr, form.consts)) == ["-0.0", "0.0"]

    def test_an_output_may_be_a_constant(self):
        assert written(form_of(lambda x: 2.5, "d")) == "2.5"

    def test_an_output_may_be_an_input(self):
        form = form_of(lambda w, x: [x, w, x], "pd")
        assert [written(form, k) for k in form.outputs] == ["d0", "p0", "d0"]

    def test_what_is_computed_twice_is_one_equation(self):
        form = form_of(lambda a, x: autograd.tanh(a * x) * autograd.tanh(x * a), "pd")
        assert len([op for op in form.ops if op is autograd.tanh]) == 1


class TestWhatIsNeeded:
    @pytest.mark.parametrize("strict", [False, True])
    def test_a_row_that_may_raise_stays_although_nobody_reads_it(self, strict):
        def f(a, x):
            autograd.log(a * x)
            autograd.tanh(a * x)
            return a + x

        form = form_of(f, "pd", strict)
        assert [op.name for op in form.ops if not isinstance(op, str)] == ["log"]

    def test_inputs_that_nobody_reads_keep_their_places(self):
        form = form_of(lambda a, b, x, y: b * y, "ppdd")
        assert form.ops[:4] == ["param", "param", "data", "data"]
        assert written(form) == "(+d1*p1)"

    @pytest.mark.parametrize("strict", [False, True])
    def test_nothing_else_is_left_that_nobody_reads(self, strict):
        def f(a, b, x):
            autograd.maximum(autograd.maximum(a, b), x)
            return autograd.maximum(a, b + x) + autograd.sum([a, x * b])

        form = form_of(f, "ppd", strict)
        read = {v for k in range(len(form)) for v in form.operands(k)} | set(form.outputs)
        assert read >= set(range(3, len(form)))

    def test_a_cut_gradient_is_the_number_itself(self):
        assert written(form_of(lambda a, x: a.detach() * x, "pd")) == "(+d0*p0)"


def test_a_form_prints_as_equations_of_nodes():
    form = form_of(lambda w, b, x: [autograd.maximum(b - w * x, 2.0), autograd.exp(x)], "ppd")
    assert str(form) == "n3 = + param[1] - param[0] * data[0]\nn5 = max n3 2.0\nn6 = exp data[0]"


def test_a_form_prints_what_is_added_up_over_the_rows():
    form = totalled(form_of(lambda w, x: w * x, "pd"), [True], False)
    assert str(form) == "n2 = total + data[0]\nn3 = + param[0] * n2"


def test_a_row_of_the_users_called_like_one_of_ours_is_its_own():
    def square(x):
        return x * x

    square.__name__ = "cross_entropy(mine)"
    own = autograd.primitive(lambda x, out: 2.0 * x)(square)
    with pytest.warns(UserWarning, match="without a formula"):
        assert autograd.compile(lambda w, x: own(w * x), engine="numpy").batch(3.0, [1.0, 2.0], reduce="sum") == 45.0
