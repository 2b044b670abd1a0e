"""What derivatives cost, in operations and equations: exact counts. Nothing here looks at a time."""

import importlib
import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import random_programs

from autograd import Value, compile, count_operations, grad, hvp, jacfwd, jacrev, value_and_grad
from autograd.program import simplified
from autograd.structure import flatten

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
PAGE = (FOLDER / "COSTS.md").read_text("utf-8")
MODULES = ("cases", "costs", "engines", "programs", "table", "worker")


@pytest.fixture(scope="module")
def costs():
    """Import benchmarks/costs.py, which is in a folder of scripts and no package; forget it afterwards."""
    before = list(sys.path)
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module("costs")
    finally:
        sys.path[:] = before
        for name in MODULES:
            sys.modules.pop(name, None)


def bits(numbers):
    return list(map(random_programs.bits, numbers))


def rows(section):
    """Return the cells of the table of one section of the page, without the two header lines."""
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.M)[2:]]


# -- forward mode against reverse mode ---------------------------------------------------------------------------------


def counted_by_hand(sizes):
    """Return (nodes, varying edges) of the hidden layers and of one output of the network."""
    layers = list(pairwise(sizes[:-1]))
    nodes = sum(n * (2 * m - 1) + n for m, n in layers)  # products, additions, tanh
    edges = sum(n * (3 * m - 2) + n for m, n in layers)  # a weight is a constant: one edge to a product
    return (nodes, edges), (2 * sizes[-2] - 1, 3 * sizes[-2] - 2)


@pytest.mark.parametrize("m, p", [(1, 1), (3, 2), (2, 5), (64, 64)])
def test_the_operations_of_both_modes_are_those_of_the_formula(costs, m, p):
    # SEEDS S1-44
    (nodes, edges), (own_nodes, own_edges) = counted_by_hand([m, *costs.HIDDEN, p])
    counted = costs.count_jacobian(costs.network(m, p), m)
    assert counted.forward == m * (nodes + p * own_nodes + 2 * (edges + p * own_edges))
    assert counted.reverse == nodes + p * own_nodes + p * 2 * (edges + own_edges)


@pytest.mark.parametrize(
    "m, p, cheaper",
    [(1, 1, "equal"), (1, 2, "forward"), (2, 1, "reverse"), (16, 16, "reverse"), (16, 64, "forward")],
)
def test_few_inputs_are_for_forward_mode_and_few_outputs_for_reverse_mode(costs, m, p, cheaper):
    # SEEDS S1-44
    assert costs.count_jacobian(costs.network(m, p), m).cheaper == cheaper


def test_reverse_mode_finds_any_number_of_slopes_for_at_most_five_times_the_function(costs):
    # The cheap gradient principle: with two operands a node, at most 1 + 2 * 2 operations for each of the function.
    for m in (1, 10, 100):
        counted = count_operations(costs.network(m, 1)([Value(0.1 * k) for k in range(m)])[0])
        assert counted.forward + counted.backward <= 5 * counted.forward


def test_both_modes_give_the_same_jacobian(costs):
    # SEEDS S1-44
    f, x = costs.network(3, 4), [0.1, -0.2, 0.3]
    assert flatten(jacfwd(f)(x))[0] == pytest.approx(flatten(jacrev(f)(x))[0], rel=1e-13)


# -- the functions measured --------------------------------------------------------------------------------------------


def test_the_moons_loss_is_that_of_the_benchmark(costs):
    programs, engines = importlib.import_module("programs"), importlib.import_module("engines")
    layers, x, y = costs.moons_arguments()
    model = programs.MLP(engines.glassgrad(), costs.random.Random(1337), costs.SIZES)
    assert [v.data for v in model.parameters()] == flatten(layers)[0]
    wanted = (1 + -y * model(x)).relu() * 1.0 + costs.L2 * sum(p * p for p in model.parameters())
    wanted.backward()
    value, slopes = value_and_grad(costs.moons_loss)(layers, x, y)
    assert value == wanted.data
    assert flatten(slopes)[0] == [p.grad for p in model.parameters()]


def test_the_gradient_of_the_loss_costs_less_than_five_times_the_loss(costs):
    assert costs.count_gradient(costs.moons_loss, *costs.moons_arguments()) == (1321, 6463)


# -- equations ---------------------------------------------------------------------------------------------------------


def test_the_equations_before_and_after_each_pass_are_counted(costs):
    assert [costs.count_equations(recorded) for recorded in costs.programs().values()] == [
        [15, 15, 11, 11, 11],
        [4229, 4227, 3889, 3552, 3552],
        [6484, 6483, 6144, 5774, 5774],
    ]


def test_the_recorded_programs_compute_the_derivatives_they_are_named_for(costs):
    layers, x, y = costs.moons_arguments()
    direction = [[([0.5 for _ in w], -0.25) for w, b in layer] for layer in layers]
    _, gradient, product = costs.programs().values()
    numbers = [*flatten(layers)[0], *x, y]
    assert bits(gradient.evaluate(numbers)[1:]) == bits(flatten(grad(costs.moons_loss)(layers, x, y))[0])
    wanted = flatten(hvp(lambda w: costs.moons_loss(w, x, y), layers, direction))[0]
    slopes = product.evaluate([*flatten(layers)[0], *flatten(direction)[0], *x, y])
    assert slopes == wanted
    assert any(slopes) and len(slopes) == 337


def test_the_passes_change_no_bit_of_the_gradient(costs):
    layers, x, y = costs.moons_arguments()
    gradient = list(costs.programs().values())[1]
    numbers = [*flatten(layers)[0], *x, y]
    assert bits(simplified(gradient).evaluate(numbers)) == bits(gradient.evaluate(numbers))
    value, slopes = compile(costs.moons_loss, strict=True).value_and_grad(layers, x, y)
    assert bits([value, *flatten(slopes)[0]]) == bits(gradient.evaluate(numbers))


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_holds_the_operations_of_today(costs):
    found = []
    for m, p in costs.SHAPES:
        counted = costs.count_jacobian(costs.network(m, p), m)
        found.append([str(m), str(p), f"{counted.forward:,}", f"{counted.reverse:,}", counted.cheaper])
    assert [row[:5] for row in rows("Forward mode against reverse mode")] == found
    alone, both = costs.count_gradient(costs.moons_loss, *costs.moons_arguments())
    assert rows("`grad` relative to its function")[1][1:3] == [f"{alone:,}", f"{both:,}"]


def test_the_page_holds_the_equations_of_today(costs):
    assert rows("Equations before and after each pass") == [list(row) for row in costs.equations_table()][1:]


def test_a_short_run_prints_the_page_and_a_full_run_writes_it(costs, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(costs, "in_turn", lambda jobs, quick: {name: [2e-6, 4e-6, 3e-3] for name in jobs})
    output = tmp_path / "COSTS.md"
    for options, written in ((["--quick"], False), ([], True)):
        monkeypatch.setattr(sys, "argv", ["costs.py", "--output", str(output), *options])
        assert costs.main() == 0
        assert "| 64 | 64 |" in capsys.readouterr().out
        assert output.exists() == written
    text = output.read_text(encoding="utf-8")
    assert "| 4 µs | 4 µs | 1 (1 to 1) |" in text
    assert all(part in text for part in ("- Machine: ", "- Python ", "`python3 dev.py bench --costs`", "- Date: 20"))


def test_what_is_compared_takes_turns(costs):
    seen = []
    found = costs.in_turn({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, quick=True)
    assert set(found) == {"a", "b"} and all(len(times) == 1 for times in found.values())
    assert seen[0] == "a" and seen[-1] == "b"
