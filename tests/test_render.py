"""Pixels come from `dot`, else from pygraphviz, else a sentence says what to install."""

import io
import os
import stat
import sys

import pytest
from pictures import needs_engine

from viz import render
from viz.errors import NoEngineError, PictureError

pytestmark = needs_engine

DOT = "digraph { a -> b }"


@pytest.fixture
def fake_dot(tmp_path, monkeypatch):
    """Return a function that puts a program `dot` of this Python text on PATH."""
    if os.name == "nt":
        pytest.skip("needs a script that can be run")

    def install(body):
        program = tmp_path / "dot"
        program.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return install


ECHO = "sys.stdout.write('drawn by dot as ' + sys.argv[1] + ': ' + sys.stdin.read())"


def test_dot_is_asked_first(fake_dot):
    fake_dot(ECHO)
    assert render.render(DOT, "svg") == b"drawn by dot as -Tsvg: " + DOT.encode()


def test_pygraphviz_can_be_asked_for(fake_dot):
    fake_dot(ECHO)
    assert render.render(DOT, "svg", "pygraphviz").startswith(b"<?xml")


@pytest.mark.parametrize("broken", ["sys.exit(3)", "pass", "sys.stderr.write('no plugins'); sys.exit(1)"])
def test_a_dot_that_does_not_work_is_passed_over(fake_dot, broken):
    fake_dot(broken)
    assert render.render(DOT, "svg").startswith(b"<?xml")


def test_a_dot_that_was_asked_for_by_name_says_what_it_said(fake_dot):
    fake_dot("sys.stderr.write('no plugins'); sys.exit(1)")
    with pytest.raises(NoEngineError, match="dot: no plugins"):
        render.render(DOT, "svg", "dot")


# FAULTS V9: one Value used in every term of a long sum has few nodes, but no layout ends
def test_a_layout_by_pygraphviz_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(render, "TIMEOUT", 0.01)
    with pytest.raises(NoEngineError, match="pygraphviz was stopped"):
        render.render(DOT, "svg", "pygraphviz")


# FAULTS V9
def test_a_dot_that_takes_too_long_is_stopped(fake_dot, monkeypatch):
    fake_dot("time.sleep(60)")
    monkeypatch.setattr(render, "TIMEOUT", 0.2)
    with pytest.raises(NoEngineError, match=r"dot was stopped after 0\.2 s; draw a smaller part"):
        render.render(DOT, "svg")


# FAULTS V10
def test_without_dot_pygraphviz_draws(monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    assert render.render(DOT, "svg").startswith(b"<?xml")


# FAULTS V10
def test_without_both_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(NoEngineError, match=r"no such program on PATH; pygraphviz: not installed.*pip install"):
        render.render(DOT, "svg")


def test_where_there_are_no_processes_a_sentence_says_so(monkeypatch):
    def no_process(*_, **__):
        raise OSError(138, "emscripten does not support processes")

    monkeypatch.setattr(render.subprocess, "run", no_process)
    with pytest.raises(NoEngineError, match="emscripten does not support processes"):
        render.render(DOT, "svg")


def test_an_unknown_engine_lists_the_known():
    with pytest.raises(PictureError, match="auto, dot, pygraphviz, text"):
        render.render(DOT, "svg", "neato")


@pytest.mark.parametrize("form, start", [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pygraphviz_writes_every_format(form, start):
    assert render.render(DOT, form, "pygraphviz").startswith(start)


def test_the_text_in_a_png_is_there():
    """A picture without fonts has the right size and empty boxes."""
    image = pytest.importorskip("PIL.Image")

    def dark_pixels(label):
        node = f'digraph {{ a [shape=box, fixedsize=true, width=3, label="{label}"] }}'
        picture = image.open(io.BytesIO(render.render(node, "png"))).convert("L")
        return sum(count for level, count in enumerate(picture.histogram()) if level < 128)

    assert dark_pixels("MMMMMMMM") > dark_pixels("") + 100


def test_nothing_that_graphviz_says_reaches_the_terminal(capfd):
    render.render(DOT, "png", "pygraphviz")
    assert capfd.readouterr() == ("", "")


def test_a_file_of_the_users_with_any_name_does_not_get_in_the_way(tmp_path, monkeypatch):
    (tmp_path / "pygraphviz.py").write_text("raise SystemExit('mine')")
    monkeypatch.chdir(tmp_path)
    assert render.render(DOT, "svg", "pygraphviz").startswith(b"<?xml")


def test_dot_that_pygraphviz_cannot_read_is_a_sentence():
    with pytest.raises(NoEngineError, match=r"pygraphviz: .*Invalid Input"):
        render.render("digraph { a -> ", "svg", "pygraphviz")
