"""The command glassgrad-viz: numbers, a picture, or one sentence and exit status 2."""

import json
import os
import shlex

import pytest
from conftest import ROOT
from fresh import run
from pictures import needs_engine, texts
from test_run_file import RUN

from viz.__main__ import main

pytestmark = needs_engine
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def outcome(capsys, *arguments):
    status = main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_values_and_gradients_are_printed(capsys):
    assert outcome(capsys, "w*x + b", "w=-3", "x=2", "b=6.5") == (
        0,
        "name     data    grad\nw        -3      2\nx        2       -3\nb        6.500   1\nw*x + b  0.5000  1\n",
        "",
    )


def test_the_picture_is_drawn(capsys):
    status, out, _ = outcome(capsys, "tanh(w*x + b)", "w=-3", "x=2", "b=6.9", "-o", "neuron.svg")
    assert (status, out.splitlines()[-1], os.listdir()) == (0, "wrote neuron.svg", ["neuron.svg"])
    with open("neuron.svg", encoding="utf-8") as file:
        assert texts(file.read())["v0"][0] == "w"


def test_the_picture_of_the_readme_has_the_colours_that_it_names(capsys):
    line = next(line for line in README.splitlines() if line.startswith("glassgrad-viz") and "neuron.svg" in line)
    outcome(capsys, *shlex.split(line)[1:-1], "neuron.dot")
    with open("neuron.dot", encoding="utf-8") as file:
        source = file.read()
    for kind in ("input", "parameter", "operation", "output"):
        assert f"legend_{kind}" in source


def test_inputs_are_white(capsys):
    outcome(capsys, "w*x", "w=-3", "x=2", "-o", "a.dot", "--inputs", "x")
    with open("a.dot", encoding="utf-8") as file:
        assert "legend_input" in file.read()


def test_a_format_without_a_file_writes_graph(capsys):
    assert outcome(capsys, "x", "x=1", "--format", "txt")[0] == 0
    assert os.listdir() == ["graph.txt"]


def test_a_format_counts_before_the_suffix(capsys):
    outcome(capsys, "x", "x=1", "--format", "txt", "-o", "a.svg")
    with open("a.svg", encoding="utf-8") as file:
        assert file.read() == "x  data 1  grad 1\n"


def test_explain_prints_the_chain_rule(capsys):
    assert "v1 = x * x  x     3                 1          3" in outcome(capsys, "x*x", "x=3", "--explain")[1]


@pytest.mark.parametrize("expression", ["-x", "-x**2 + 1", "-tanh(x)", "-1*x"])
def test_an_expression_may_begin_with_a_minus(capsys, expression):
    assert outcome(capsys, expression, "x=3")[0] == 0


def test_an_expression_called_run_is_written_in_brackets(capsys):
    assert outcome(capsys, "(run)", "run=3")[0] == 0


def test_a_training_is_drawn(capsys, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    status, out, err = outcome(capsys, "run", ".")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"wrote {os.path.join('.', 'loss.png')}"
    assert out.splitlines()[-1] == f"open next: {os.path.join('.', 'boundary.png')}"


MISTAKES = {
    "unknown function": (["foo(x)", "x=1"], "unknown function 'foo'; known: abs, acos"),
    "missing value": (["w*x", "x=1"], "no value for w"),
    "unused value": (["x", "x=1", "y=2"], "y is not in the expression"),
    "bad assignment": (["x", "x:1"], "'x:1' is not name=number"),
    "no expression": (["x +", "x=1"], "is not an expression"),
    "nothing": ([], "the following arguments are required"),
    "unknown option": (["x", "x=1", "--colour"], "--colour"),
    "unknown suffix": (["x", "x=1", "-o", "a.jpg"], ".svg, .png, .pdf, .dot, .gv, .txt"),
    "unknown format": (["x", "x=1", "--format", "jpg"], "invalid choice: 'jpg'"),
    "unknown engine": (["x", "x=1", "--engine", "neato"], "invalid choice: 'neato'"),
    "unknown input": (["x", "x=1", "--inputs", "y"], "--inputs: y is not in the expression"),
    "missing folder": (["x", "x=1", "-o", "nowhere/a.svg"], "there is no folder"),
    "text has no pixels": (["x", "x=1", "-o", "a.svg", "--engine", "text"], "text has no pixels"),
    "domain": (["log(x)", "x=-1"], "log: x must be > 0, got -1.0 ('x')"),
    "division": (["1/x", "x=0"], "division by zero"),
    "overflow": (["9**9**9"], "overflows"),
    "class": (["cross_entropy([x], 3)", "x=1"], "out of range"),
    "too large": (["sum(" + ", ".join(["x*x"] * 400) + ")", "x=1", "-o", "a.svg"], "draw a part of it"),
    "no folder": (["run"], "the following arguments are required: folder"),
    "no run": (["run", "."], "give the folder that a training wrote"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_and_status_2(capsys, mistake):
    arguments, message = MISTAKES[mistake]
    status, _, err = outcome(capsys, *arguments)
    assert status == 2
    assert err.startswith("glassgrad-viz: ")
    assert err.count("\n") == 1
    assert message in err
    assert os.listdir() == []


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert 'glassgrad-viz "tanh(w*x + b)" w=-3 x=2 b=6.9 --inputs x -o neuron.svg' in capsys.readouterr().out


def test_ctrl_c_is_a_word_and_status_130(capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("viz.__main__.parse_expression", interrupt)
    assert outcome(capsys, "x", "x=1")[::2] == (130, "glassgrad-viz: interrupted\n")


def test_a_terminal_without_unicode_gets_ascii():
    program = "import sys; from viz.__main__ import main; sys.exit(main(['x*x', 'x=3', '--explain']))"
    assert "x adjoint" in run(program, PYTHONIOENCODING="ascii")
