"""A training is drawn from its folder; what cannot be drawn is said and stops nothing else."""

import json
import os
import sys

import pytest
from pictures import needs_engine, texts
from test_run_file import RUN, changed

from viz import render
from viz.errors import OutputError
from viz.run import draw_run

pytestmark = needs_engine

pytest.importorskip("matplotlib")

ALL = ["loss.png", "confusion.png", "boundary.png", "neuron.svg", "neuron.png"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    return tmp_path


def names(paths):
    return [os.path.basename(path) for path in paths]


def rewrite(folder, path, value):
    (folder / "run.json").write_text(json.dumps(changed(path, value)))


def test_every_picture_is_written_and_nothing_else(folder):
    made = draw_run(folder)
    assert names(made.paths) == ALL
    assert made.lost == []
    assert sorted(os.listdir(folder)) == sorted([*ALL, "run.json"])


def test_the_graph_has_parameters_and_gradients(folder):
    draw_run(folder)
    shown = texts((folder / "neuron.svg").read_text("utf-8"))
    assert shown["v0"] == ["w", "data 0.5000", "grad 0.7864"]
    assert {"legend_parameter", "legend_input"} <= set(shown)


def test_only_what_has_data_is_drawn(folder):
    (folder / "run.json").write_text(json.dumps({**RUN, "confusion": None, "boundary": None, "graphs": []}))
    assert names(draw_run(folder).paths) == ["loss.png"]


def test_the_picture_that_says_most_is_opened_first(folder):
    assert draw_run(folder).first().endswith("boundary.png")
    (folder / "run.json").write_text(json.dumps({**RUN, "boundary": None}))
    assert draw_run(folder).first().endswith("confusion.png")
    (folder / "run.json").write_text(json.dumps({**RUN, "confusion": None, "boundary": None}))
    assert draw_run(folder).first().endswith("loss.png")


@pytest.mark.parametrize("expression", ["foo(w)", "w*x*y", "w", "w/(x - x)", "sum(" + "w*x, " * 400 + "1)"])
def test_a_graph_that_cannot_be_drawn_is_said_and_stops_nothing(folder, expression):
    rewrite(folder, "graphs.0.expression", expression)
    made = draw_run(folder)
    assert names(made.paths) == ALL[:3]
    assert len(made.lost) == 2
    assert all(sentence.startswith("neuron.") for sentence in made.lost)


# FAULTS V10
def test_without_an_engine_graphs_are_written_as_text(folder, monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setattr(render, "find_spec", lambda _: None)
    made = draw_run(folder)
    assert names(made.paths) == [*ALL[:3], "neuron.txt"]
    assert 'pip install "glassgrad[dot]"' in made.lost[0]


def test_without_matplotlib_the_graphs_are_drawn(folder, monkeypatch):
    from viz import figure

    figure._figure_class.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    made = draw_run(folder)
    figure._figure_class.cache_clear()
    assert names(made.paths) == ALL[3:]
    assert all("plots need matplotlib" in sentence for sentence in made.lost)


def test_a_place_that_cannot_be_written_is_refused(folder):
    (folder / "loss.png").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        draw_run(folder)
