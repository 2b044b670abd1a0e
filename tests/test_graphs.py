"""Random programs as data: what is removed, shrunk and printed still is the same program."""

import campaign_integers
from campaign_compiled import random_graph
from campaign_integers import OPERATIONS
from graphs import EVERY, Graph, Step, live, run, shrunk, source, without
from outcome import rngs

import autograd
from autograd import Value

SQUARE = Graph((2.0, 3.0), (Step("*", (0, 0)), Step("neg", (1,)), Step("+", (2, 0))), ((4, 1.0),))


def test_a_program_runs_on_any_operands():
    assert run(SQUARE, OPERATIONS, [5, 7]) == [5, 7, 25, -7, 30]


def test_who_used_a_removed_step_uses_its_first_argument():
    assert without(SQUARE, 0) == Graph((2.0, 3.0), (Step("neg", (1,)), Step("+", (0, 0))), ((3, 1.0),))


def test_steps_that_the_last_one_does_not_need_are_dead():
    assert live(SQUARE).steps == (Step("*", (0, 0)), Step("+", (2, 0)))


def test_the_live_part_of_a_program_has_the_same_result():
    with autograd.ieee():
        for graph in map(random_graph, rngs(200, 1)):
            longer = Graph(graph.leaves, (*graph.steps, Step("-x", (0,))))
            last = Graph(graph.leaves, (*longer.steps, Step("x * 1", (len(graph.leaves) + len(graph.steps) - 1,))))
            got, expected = (run(g, EVERY, list(map(Value, g.leaves)))[-1].data for g in (live(last), last))
            assert repr(got) == repr(expected)


def test_shrinking_leaves_what_makes_a_program_fail():
    squares = shrunk(SQUARE, lambda graph: any(name == "*" for name, _ in graph.steps))
    assert squares.steps == (Step("*", (0, 0)),)
    assert squares.leaves == (2.0, 3.0)


def test_the_printed_program_is_that_program():
    names = {"Value": Value}
    exec(source(SQUARE, OPERATIONS), names)
    assert (names["v2"].data, names["x0"].grad) == (6.0, 5.0)
    assert "x1" in names  # v1 uses it


def test_a_wrong_derivative_is_found_and_shown_by_a_minimal_program(monkeypatch):
    forward, _ = campaign_integers.MODELS["times 3"]
    monkeypatch.setitem(campaign_integers.MODELS, "times 3", (forward, lambda x: (2,)))
    failures = campaign_integers.run(50, 1).failures
    assert failures
    lines = failures[0].splitlines()
    assert lines[1].startswith("v0 = ") and lines[1].endswith(" * 3")
    assert len([line for line in lines if not line.startswith("#")]) == 3
