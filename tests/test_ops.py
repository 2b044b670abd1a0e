"""The table of rows: every property here is asked of every row, so a new row brings its own tests."""

import ast
import math
import random
import struct

import pytest

import autograd
from autograd import Value, gradcheck, ops
from autograd.errors import DomainError, ShapeError
from autograd.ops import ROWS
from autograd.primitive import Leaf, NaryRow, Row

ELEMENTARY = {name: row for name, row in ROWS.items() if not isinstance(row, NaryRow)}
NARY = {name: row for name, row in ROWS.items() if isinstance(row, NaryRow)}
SMOOTH = [(name, x) for name, row in ROWS.items() for x in row.samples if x not in row.kinks]
POINTS = [(name, x) for name, row in ROWS.items() for x in (*row.samples, *row.kinks)]


def label(value):
    return value if isinstance(value, str) else ",".join(f"{x:g}" for x in value)


smooth = pytest.mark.parametrize("name, point", SMOOTH, ids=label)
smooth_elementary = pytest.mark.parametrize("name, point", [p for p in SMOOTH if p[0] in ELEMENTARY], ids=label)
every_elementary = pytest.mark.parametrize("name, point", [p for p in POINTS if p[0] in ELEMENTARY], ids=label)
everywhere = pytest.mark.parametrize("name, point", POINTS, ids=label)


def bits(x):
    return struct.pack("<d", x)


def same(got, expected):
    return all(a == b or (a != a and b != b) for a, b in zip(got, expected, strict=True))


def backward_of(out, leaves):
    for leaf in leaves:
        leaf.grad = 0.0
    out.backward()
    return [leaf.grad for leaf in leaves]


# -- the table ---------------------------------------------------------------------------------------------------------


def without_samples(rows):
    return [row.name for row in rows if not row.samples]


def test_every_row_of_ops_is_in_the_table():
    rows = [row for row in vars(ops).values() if isinstance(row, Row) and not isinstance(row, Leaf)]
    assert len(rows) > 40
    assert all(ROWS[row.name] is row for row in rows)


def test_the_table_holds_operations_and_nothing_else():
    assert not any(isinstance(row, Leaf) for row in ROWS.values())
    assert all(name == row.name for name, row in ROWS.items())


def test_every_row_of_the_table_has_samples():
    assert without_samples(ROWS.values()) == []


def test_a_row_without_samples_would_be_noticed():
    assert without_samples([ops.row("mine", "x + x", "2.0")]) == ["mine"]


def test_every_row_can_be_written_and_drawn():
    assert all(row.name and row.symbol and row.latex for row in ROWS.values())


def test_every_operation_promised_is_there():
    promised = [
        *("exp", "exp2", "log", "log2", "log10", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh"),
        *("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2", "hypot", "erf", "erfc", "tanh", "sigmoid"),
        *("log_sigmoid", "softplus", "relu", "step", "positive", "sign", "where", "maximum", "minimum", "clip"),
        *("sum", "fsum", "mean", "dot", "neuron", "logsumexp", "max", "min", "abs", "pow", "cross_entropy"),
    ]
    assert [name for name in promised if not callable(getattr(autograd, name, None))] == []


# -- values ------------------------------------------------------------------------------------------------------------


@everywhere
def test_a_row_is_its_formula_on_floats_on_whole_numbers_and_on_values(name, point):
    row = ROWS[name]
    expected = row.formula(*point)
    leaves = [Value(x) for x in point]
    assert type(expected) is float
    assert bits(row(*point)) == bits(expected)
    assert bits(row(*leaves).data) == bits(expected)
    assert bits(row(leaves[0], *point[1:]).data) == bits(expected)
    whole = [int(x) if x == int(x) and (x or math.copysign(1, x) > 0) else x for x in point]
    assert bits(row(*whole)) == bits(expected)


@everywhere
def test_a_row_on_values_records_itself_and_its_operands_in_order(name, point):
    leaves = [Value(x) for x in point]
    out = ROWS[name](*leaves)
    assert out.row is ROWS[name]
    assert len(out.parents) == len(leaves) and all(p is leaf for p, leaf in zip(out.parents, leaves, strict=True))


@pytest.mark.parametrize("name", ELEMENTARY)
@pytest.mark.parametrize("extra", [-1, 1])
def test_a_wrong_number_of_arguments_is_a_type_error(name, extra):
    row = ROWS[name]
    with pytest.raises(TypeError, match=name.replace("(", r"\(").replace(")", r"\)") + " takes"):
        row(*[Value(1.0)] * (len(row.partials) + extra))


# -- derivatives -------------------------------------------------------------------------------------------------------


@smooth
def test_the_derivatives_of_a_row_agree_with_finite_differences(name, point):
    assert gradcheck(ROWS[name], list(point))


@everywhere
def test_what_is_pushed_is_the_local_gradient_times_the_adjoint(name, point):
    row, leaves = ROWS[name], [Value(x) for x in point]
    out = row(*leaves)
    row.push(out, 2.0)
    locals_ = [d() for d in out.local_gradients]
    assert same([leaf.grad for leaf in leaves], [2.0 * d if d or not row.selects else 0.0 for d in locals_])
    assert same(locals_, row.local(point, out.data))


@everywhere
def test_backward_through_one_row_gives_its_local_gradients(name, point):
    leaves = [Value(x) for x in point]
    out = ROWS[name](*leaves)
    out.backward()
    assert same([leaf.grad for leaf in leaves], [d() for d in out.local_gradients])


@everywhere
def test_an_operand_that_is_repeated_receives_every_share(name, point):
    x = Value(point[0])
    alone = [Value(point[0]) for _ in point]
    ROWS[name](*alone).backward()
    ROWS[name](*[x] * len(point)).backward()
    assert x.grad == pytest.approx(sum(leaf.grad for leaf in alone), rel=1e-15, nan_ok=True)


@smooth_elementary
def test_a_local_derivative_can_be_differentiated_again(name, point):
    row = ROWS[name]
    for partial in row.partials:

        def slope(*args, partial=partial):
            return partial(*args, row(*args)) + 0.0 * args[0]

        assert gradcheck(slope, list(point), rtol=1e-6)


@every_elementary
def test_a_local_derivative_is_one_text_for_floats_and_values(name, point):
    row = ROWS[name]
    out, leaves = row(*point), [Value(x) for x in point]
    for partial, slope in zip(row.partials, row.local(point, out), strict=True):
        with autograd.ieee():
            again = partial(*leaves, Value(out))
        number = again.data if isinstance(again, Value) else again
        assert same([number], [slope])


@pytest.mark.parametrize("name, third", [("tanh", -2.0), ("sigmoid", -0.125), ("softplus", 0.0), ("atan", -2.0)])
def test_third_derivatives_at_zero_have_no_kink(name, third):
    # NUMERICS: a slope written with abs gave 0 here
    row, h = ROWS[name], 1e-3

    def second(at):
        x = Value(at)
        row.partials[0](x, row(x)).backward()
        return x.grad

    assert (second(h) - second(-h)) / (2 * h) == pytest.approx(third, abs=1e-4)
    assert second(0.0) == pytest.approx({"softplus": 0.25}.get(name, 0.0), abs=1e-12)


@pytest.mark.parametrize("name", ROWS)
def test_local_derivatives_never_raise_and_are_floats(name):
    specials = [0.0, -0.0, 1.0, -1.0, 0.5, -1.3, 5e-324, -1e-300, 1e300, math.inf, -math.inf, math.nan, 710.0]
    row, n = ROWS[name], len(ROWS[name].samples[-1])
    rng = random.Random(name)
    for args in [[x] * n for x in specials] + [[rng.choice(specials) for _ in range(n)] for _ in range(200)]:
        with autograd.ieee():
            out = row(*args)
        slopes = row.local(args, out)
        assert len(slopes) == n and all(type(slope) is float for slope in slopes), (args, slopes)


# -- the texts ---------------------------------------------------------------------------------------------------------

SHARED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.Call, ast.Load, ast.operator, ast.USub)
BRANCHES = (ast.IfExp, ast.Compare, ast.BoolOp, ast.cmpop, ast.boolop, ast.Attribute)


def nodes_of(text):
    return list(ast.walk(ast.parse(text, mode="eval")))


def names_of(text):
    return {node.id for node in nodes_of(text) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("name", ELEMENTARY)
def test_a_local_derivative_is_a_straight_line_of_operators_and_rows(name):
    for text in ROWS[name].partial_texts:
        assert "math." not in text and "if" not in text.split()
        assert all(isinstance(node, SHARED) for node in nodes_of(text)), text
        for used in names_of(text) - {"x", "y", "z", "out"}:
            meaning = getattr(ops, used)
            family = meaning in (ops.pow, ops.power_by, ops.gaussian, ops.over_hypot)
            assert isinstance(meaning, (Row, float)) or family, f"{used} in {text}"


@pytest.mark.parametrize("name", ELEMENTARY)
def test_a_forward_formula_uses_only_what_can_be_translated(name):
    from autograd import numeric

    for text in (ROWS[name].formula_text, ROWS[name].limit_text):
        assert all(isinstance(node, SHARED + BRANCHES) for node in nodes_of(text)), text
        assert names_of(text) - {"x", "y", "z"} <= set(numeric.NAMES), text
        attributes = [node for node in nodes_of(text) if isinstance(node, ast.Attribute)]
        assert all(node.value.id == "math" and hasattr(math, node.attr) for node in attributes), text


# -- rows of a list and their definitions ------------------------------------------------------------------------------


def definition_agrees(row, args, close):
    fused_leaves, opened_leaves = [Value(x) for x in args], [Value(x) for x in args]
    fused, opened = row(*fused_leaves), row.define(*opened_leaves)
    pairs = [(fused.data, opened.data)]
    pairs += zip(backward_of(fused, fused_leaves), backward_of(opened, opened_leaves), strict=True)
    assert all(close(a, b) for a, b in pairs), (args, pairs)


@pytest.mark.parametrize("name, point", [(name, x) for name, row in NARY.items() for x in row.samples], ids=label)
def test_the_definition_of_a_fused_row_has_the_same_value_and_gradients(name, point):
    definition_agrees(ROWS[name], point, lambda a, b: math.isclose(a, b, rel_tol=1e-13, abs_tol=1e-15))


@pytest.mark.parametrize("name", NARY)
def test_the_definition_of_a_fused_row_is_made_of_elementary_rows(name):
    from autograd.graph import topological_order

    leaves = [Value(x) for x in ROWS[name].samples[-1]]
    nodes, found = topological_order(ROWS[name].define(*leaves))
    assert all(node.row.define is None for node in nodes)
    assert [leaf for leaf in found if leaf.requires_grad] == [leaf for leaf in found if leaf in leaves]


@pytest.mark.parametrize("name", ELEMENTARY)
def test_an_elementary_row_has_no_definition(name):
    assert ROWS[name].define is None


BITWISE = {
    "sum": ops.sum_row,
    "dot": ops.neuron_row(None, False),
    "neuron": ops.neuron_row(None, True),
    "relu": ops.neuron_row(autograd.relu, True),
    "tanh": ops.neuron_row(autograd.tanh, True),
    "sigmoid": ops.neuron_row(autograd.sigmoid, True),
    "dot relu": ops.neuron_row(autograd.relu, False),
}


@pytest.mark.parametrize("row", BITWISE.values(), ids=BITWISE)
def test_fused_and_opened_have_equal_bits(row):
    rng = random.Random(row.name)
    for _ in range(100):
        n = rng.randint(1, 6)
        length = n if row is ops.sum_row else 2 * n + row.bias
        args = [rng.choice((rng.uniform(-2, 2), rng.uniform(-1, 1) * 10 ** rng.randint(-9, 3))) for _ in range(length)]
        definition_agrees(row, args, lambda a, b: bits(a) == bits(b))


@pytest.mark.parametrize("row", BITWISE.values(), ids=BITWISE)
def test_fused_and_opened_agree_in_the_sign_of_zero(row):
    for zeros in ([-0.0] * 5, [0.0] * 5, [-0.0, 0.0, -0.0, 0.0, -0.0]):
        args = zeros if row is ops.sum_row or row.bias else zeros[:4]
        assert bits(row(*args)) == bits(row.define(*map(Value, args)).data), args


def test_a_neuron_has_the_bits_of_the_chain_that_is_written_by_hand():
    rng = random.Random(5)
    for _ in range(100):
        n = rng.randint(1, 8)
        w, x = ([Value(rng.uniform(-1, 1)) for _ in range(n)] for _ in range(2))
        b = Value(rng.uniform(-1, 1))
        chain = autograd.tanh(sum((wi * xi for wi, xi in zip(w, x, strict=True)), b))
        fused = autograd.neuron(w, x, b, autograd.tanh)
        leaves = [b, *w, *x]
        assert bits(fused.data) == bits(chain.data)
        assert list(map(bits, backward_of(fused, leaves))) == list(map(bits, backward_of(chain, leaves)))


# -- functions of lists ------------------------------------------------------------------------------------------------


def test_a_neuron_is_one_node_with_bias_weights_and_inputs_in_order():
    w, x, b = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], Value(0.5)
    out = autograd.neuron(w, x, b, autograd.relu)
    assert out.parents == (b, *w, *x)
    assert (out.data, out.row.name) == (11.5, "neuron(relu)")
    assert autograd.neuron(w, x).parents == autograd.dot(w, x).parents == (*w, *x)
    assert (autograd.dot(w, x).row.name, autograd.neuron(w, x, b).row.name) == ("dot", "neuron")


@pytest.mark.parametrize("kind", [list, tuple, iter, lambda values: (v for v in values)])
def test_weights_and_inputs_may_be_any_iterable(kind):
    w, x, b = [Value(1.0), Value(2.0)], [Value(3.0), 4.0], Value(0.5)
    out = autograd.neuron(kind(w), kind(x), b, autograd.tanh)
    assert bits(out.data) == bits(math.tanh(11.5))


def test_numbers_among_the_inputs_become_constants():
    w = Value(2.0)
    out = autograd.neuron([w], [3], 1, autograd.relu)
    assert [p.requires_grad for p in out.parents] == [False, True, False]
    out.backward()
    assert (out.data, w.grad) == (7.0, 3.0)


def test_a_neuron_of_numbers_is_a_number():
    assert autograd.neuron([1, 2], [3, 4], 0.5) == 11.5


@pytest.mark.parametrize("w, x", [([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0])])
@pytest.mark.parametrize("make", [float, Value])
def test_weights_and_inputs_of_different_lengths_are_refused(w, x, make):
    expected = rf"neuron: {len(w)} weights need {len(w)} inputs, got {len(x)}"
    for b in (None, make(1.0)):
        with pytest.raises(ShapeError, match=expected):
            autograd.neuron(list(map(make, w)), list(map(make, x)), b)


@pytest.mark.parametrize("name", ["mean", "max", "min", "logsumexp"])
def test_an_empty_list_is_refused_where_it_has_no_result(name):
    with pytest.raises(ShapeError, match=f"{name}: expected at least one value, got an empty list"):
        getattr(autograd, name)([])


def test_an_empty_dot_product_or_cross_entropy_is_refused():
    with pytest.raises(ShapeError):
        autograd.dot([], [])
    for b in (None, 1.0, Value(1.0)):
        with pytest.raises(ShapeError):
            autograd.neuron([], [], b)
    with pytest.raises(ShapeError):
        autograd.cross_entropy([], 0)


@pytest.mark.parametrize("name", ["sum", "fsum"])
def test_an_empty_sum_is_zero(name):
    assert getattr(autograd, name)([]) == 0.0


@pytest.mark.parametrize("values", ["abc", b"ab", {1.0: 2.0}, {1.0}, 3.0, None, Value(1.0)], ids=repr)
@pytest.mark.parametrize("name", ["sum", "fsum", "mean", "max", "min", "logsumexp"])
def test_what_is_not_a_list_is_refused(name, values):
    with pytest.raises(TypeError, match=f"{name}: expected a list of Values or numbers, got"):
        getattr(autograd, name)(values)


@pytest.mark.parametrize("activation", [math.tanh, "relu", "", 0, False, autograd.atan2, autograd.where, ops.sum_row])
@pytest.mark.parametrize("make", [float, Value])
def test_an_activation_that_is_no_row_of_one_argument_is_refused(activation, make):
    with pytest.raises(TypeError, match="neuron: activation must be a row of one argument such as relu or None"):
        autograd.neuron([make(1.0)], [make(2.0)], make(3.0), activation)


@pytest.mark.parametrize("k", [-1, 2, 7])
def test_a_label_out_of_range_is_refused(k):
    with pytest.raises(ValueError, match=rf"cross_entropy: label {k} out of range 0\.\.1"):
        autograd.cross_entropy([Value(1.0), Value(2.0)], k)


@pytest.mark.parametrize("k", [True, 1.0, "1", None], ids=repr)
def test_a_label_that_is_no_int_is_refused(k):
    with pytest.raises(TypeError, match="cross_entropy: the class must be an int, got"):
        autograd.cross_entropy([1.0, 2.0], k)


def test_a_list_with_something_foreign_names_its_place():
    for call in (autograd.sum, autograd.mean, autograd.logsumexp):
        with pytest.raises(TypeError, match="argument 2 must be a real number, got NoneType"):
            call([Value(1.0), None])


# -- where and clip ----------------------------------------------------------------------------------------------------


def test_where_takes_a_truth_value_a_number_or_a_value():
    a, b = Value(2.0), Value(3.0)
    assert autograd.where(a < b, a, b).data == 2.0
    assert autograd.where(0, a, b).data == 3.0
    assert autograd.where(Value(-1.0), a, b).data == 2.0
    assert autograd.where(True, 1.0, 2.0) == 1.0


def test_the_condition_of_where_gets_no_gradient():
    c, a, b = Value(1.0), Value(2.0), Value(3.0)
    autograd.where(c, a, b).backward()
    assert (c.grad, a.grad, b.grad) == (0.0, 1.0, 0.0)


def test_clip_without_a_bound_or_with_crossed_bounds_is_refused():
    with pytest.raises(ValueError, match="clip: give min, max or both"):
        autograd.clip(Value(1.0))
    with pytest.raises(ValueError, match=r"clip: min must be <= max, got 1\.0, 2\.0, 1\.0"):
        autograd.clip(Value(1.0), 2.0, 1.0)


def test_the_bounds_of_clip_may_be_values():
    x, low, high = Value(5.0), Value(0.0), Value(2.0)
    out = autograd.clip(x, low, high)
    out.backward()
    assert (out.data, x.grad, low.grad, high.grad) == (2.0, 0.0, 0.0, 1.0)


# -- powers ------------------------------------------------------------------------------------------------------------


def test_a_number_as_exponent_belongs_to_the_row():
    x = Value(3.0)
    y = x**2
    assert y.parents == (x,)
    assert (y.row.name, y.row.symbol, y._op) == ("power(2)", "**2", "**2")


def test_a_value_as_exponent_is_a_parent():
    x, n = Value(3.0), Value(2.0)
    assert (x**n).parents == (x, n)
    assert (2**n).row is ops.power_of


def test_a_power_row_is_made_once():
    assert ops.power(3) is ops.power(3)


@pytest.mark.parametrize("n", [math.inf, -math.inf, math.nan, 1e300, 5e-324, -0.0, 2**60])
def test_an_unusual_exponent_still_has_a_value_and_a_slope(n):
    x = Value(1.0)
    y = x**n
    y.backward()
    assert y.data == 1.0
    assert x.grad == float(n) or n != n


def test_a_clip_whose_bounds_meet_is_that_number():
    assert ops.clip(3.0, 2.0, 2.0) == 2.0


def test_products_of_minus_zero_add_up_to_minus_zero():
    assert math.copysign(1.0, ops.dot([-0.0], [1.0])) == -1.0


def test_equal_rows_of_a_family_are_one_row():
    assert ops.cross_entropy_row(1) is ops.cross_entropy_row(1)
    assert ops.over_hypot(1, 1, 0) is ops.over_hypot(1, 1, 0)
    assert ops.power_by(1, 0) is ops.power_by(1, 0)
    assert ops.gaussian(1) is ops.gaussian(1)


def test_a_fast_program_has_a_short_derivative_of_a_fractional_power_alone():
    assert ops.power(2.5).quick[0](4.0, 32.0) == 20.0
    assert not ops.power(3.0).quick


def test_a_condition_may_be_a_truth_value_of_numpys():
    numpy = pytest.importorskip("numpy")
    assert (ops.where(numpy.bool_(True), 1.0, 2.0), ops.where(numpy.bool_(False), 1.0, 2.0)) == (1.0, 2.0)


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_a_neuron_takes_its_weights_as_a_list_or_whatever_goes_over_them(kind):
    w = [Value(1.0), Value(2.0)]
    made = autograd.neuron(kind(w), [3.0, 4.0], Value(0.5))
    made.backward()
    assert (made.data, w[0].grad, w[1].grad) == (11.5, 3.0, 4.0)


def test_the_activation_of_a_neuron_says_what_is_wrong_with_the_sum():
    with pytest.raises(DomainError, match=r"log: x must be > 0, got -1\.0"):
        autograd.neuron([Value(1.0)], [-1.0], Value(0.0), ops.log)


def test_a_quotient_over_the_square_of_zero_is_infinite_in_ieee_mode():
    with autograd.ieee():
        assert (ops.over_square(1.0, 0.0), ops.over_square(-1.0, -0.0)) == (math.inf, -math.inf)
        assert math.isnan(ops.over_square(0.0, 0.0))


NOT_TAKEN = {
    "relu": (lambda x, y: ops.relu(x), -1.0, 0.0),
    "maximum": (ops.maximum, 1.0, 2.0), "minimum": (ops.minimum, 2.0, 1.0),
    "logsumexp": (lambda x, y: ops.logsumexp([x, y]), -1000.0, 0.0),
    "take": (lambda x, y: autograd.take([x, y], Value(1.0)), 1.0, 2.0),
    "max": (lambda x, y: ops.max([x, y]), 1.0, 2.0), "min": (lambda x, y: ops.min([x, y]), 2.0, 1.0),
    "clip": (lambda x, y: ops.clip(x, -1.0, 1.0), 3.0, 0.0), "where": (lambda x, y: ops.where(0.0, x, y), 1.0, 2.0),
}  # fmt: skip


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(("f", "x", "y"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_a_branch_not_taken_gets_nothing_even_of_an_infinite_adjoint(f, x, y, create_graph):
    x, y = Value(x), Value(y)
    (f(x, y) * 1e308).backward(1e10, create_graph=create_graph)
    assert float(getattr(x.grad, "data", x.grad)) == 0.0


@pytest.mark.parametrize("engine", ["python", "numpy"])
def test_bounds_of_clip_that_cross_are_refused_in_compiled_programs_too(engine):
    pytest.importorskip("numpy")
    f = autograd.compile(lambda x, low, high: autograd.clip(x, low, high), batch=["x"], engine=engine)
    assert f.batch([0.5, 3.0], 0.0, 2.0) == 1.25
    with pytest.raises(ValueError, match="row 0: clip: min must be <= max"):
        f.batch([0.5, 3.0], 2.0, 0.0)
