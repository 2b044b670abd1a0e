"""A drawing writes files by suffix, whole or not at all, and shows itself in a notebook without ever raising."""

import os

import pytest
from pictures import needs_engine, parsed, texts

from autograd import Value
from viz import draw, draw_dot, render
from viz.errors import NoEngineError, OutputError, PictureError

pytestmark = needs_engine

FORMS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph", "gv": b"digraph", "txt": b"v"}


@pytest.fixture
def drawing():
    w, x = Value(-3.0, label="w"), Value(2.0, label="x")
    out = w * x
    out.backward()
    return draw(out)


@pytest.fixture
def no_engine(monkeypatch):
    monkeypatch.setattr(render, "ENGINES", dict.fromkeys(render.ENGINES, missing))


def missing(form):
    raise render._MissingError("not here")


class TestFiles:
    @pytest.mark.parametrize("form", FORMS)
    def test_the_suffix_says_the_format(self, drawing, tmp_path, form):
        path = tmp_path / f"neuron.{form.upper()}"
        assert drawing.save(path) == str(path)
        assert path.read_bytes().startswith(FORMS[form])

    def test_an_unknown_suffix_lists_the_known(self, drawing, tmp_path):
        with pytest.raises(PictureError, match=r"\.svg, \.png, \.pdf, \.dot, \.gv, \.txt"):
            drawing.save(tmp_path / "neuron.jpg")
        assert os.listdir(tmp_path) == []

    # FAULTS V11
    def test_nothing_else_is_left_in_the_folder(self, drawing, tmp_path):
        drawing.save(tmp_path / "a.svg")
        drawing.render(tmp_path / "b")
        assert sorted(os.listdir(tmp_path)) == ["a.svg", "b.svg"]

    # FAULTS V11
    def test_a_failure_leaves_the_old_file_and_no_litter(self, drawing, tmp_path, monkeypatch):
        path = tmp_path / "a.svg"
        path.write_text("old")
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OutputError, match="no space left"):
            drawing.save(path)
        assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a.svg"])

    # FAULTS V11
    def test_no_name_of_a_file_comes_from_a_label(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        draw_dot(Value(1.0, label="../../evil")).render()
        assert os.listdir(tmp_path) == ["Digraph.gv.svg"]

    # FAULTS V11
    def test_no_viewer_is_opened_unless_asked(self, drawing, tmp_path, monkeypatch):
        opened = []
        monkeypatch.setattr(type(drawing), "_view", lambda self, path, **_: opened.append(path))
        drawing.save(tmp_path / "a.svg")
        drawing.render(tmp_path / "b")
        assert opened == []
        drawing.render(tmp_path / "c", view=True)
        assert opened == [str(tmp_path / "c.svg")]

    def test_a_missing_folder_is_named(self, drawing, tmp_path):
        with pytest.raises(OutputError, match=r"there is no folder .*nowhere"):
            drawing.save(tmp_path / "nowhere" / "a.svg")

    def test_render_takes_graphviz_arguments(self, drawing, tmp_path):
        assert drawing.render("a", directory=tmp_path, format="png", cleanup=True) == str(tmp_path / "a.png")
        assert drawing.render(outfile=tmp_path / "b.pdf") == str(tmp_path / "b.pdf")


class TestPipe:
    @pytest.mark.parametrize("form", FORMS)
    def test_pipe_returns_bytes(self, drawing, form):
        assert drawing.pipe(form).startswith(FORMS[form])

    def test_pipe_with_an_encoding_returns_text(self, drawing):
        assert drawing.pipe(encoding="utf-8").startswith("<?xml")

    def test_an_unknown_format_lists_the_known(self, drawing):
        with pytest.raises(PictureError, match="choose one of svg, png"):
            drawing.pipe("bmp")

    def test_an_svg_shrinks_with_the_page_and_keeps_its_view_box(self, drawing):
        root = parsed(drawing.pipe("svg"))
        assert "max-width:100%" in root.get("style")
        assert root.get("viewBox")

    def test_a_copy_draws_the_same(self, drawing):
        assert texts(drawing.copy().pipe("svg")) == texts(drawing.pipe("svg"))


class TestNotebook:
    def test_a_small_graph_shows_svg_png_and_text(self, drawing):
        bundle = drawing._repr_mimebundle_()
        assert set(bundle) == {"image/svg+xml", "image/png", "text/plain"}
        assert isinstance(bundle["image/svg+xml"], str)
        assert bundle["image/png"].startswith(b"\x89PNG")

    def test_a_large_graph_shows_no_png(self):
        v = Value(1.0)
        for _ in range(80):
            v = -v
        assert set(draw(v)._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}

    def test_the_format_asked_for_is_shown(self):
        assert set(draw_dot(Value(1.0), format="pdf")._repr_mimebundle_()) >= {"application/pdf", "text/plain"}

    def test_include_and_exclude_are_honoured(self, drawing):
        assert set(drawing._repr_mimebundle_(include=["image/png"])) == {"image/png"}
        assert set(drawing._repr_mimebundle_(exclude={"image/png"})) == {"image/svg+xml", "text/plain"}
        assert drawing._repr_mimebundle_(include=["image/png"], exclude=["image/png"]) == {}
        assert drawing._repr_mimebundle_(include=[]) == {}

    # FAULTS V10
    def test_without_an_engine_the_text_and_how_to_get_one_are_shown(self, drawing, no_engine):
        bundle = drawing._repr_mimebundle_()
        assert set(bundle) == {"text/plain"}
        assert "w  data -3" in bundle["text/plain"]
        assert 'pip install "glassgrad[dot]"' in bundle["text/plain"]

    @pytest.mark.parametrize("error", [OSError(138, "no processes"), RuntimeError("x"), MemoryError(), ValueError("y")])
    def test_whatever_an_engine_raises_the_notebook_shows_text(self, drawing, monkeypatch, error):
        def broken(form):
            raise error

        monkeypatch.setattr(render, "ENGINES", {"dot": broken})
        assert set(drawing._repr_mimebundle_()) == {"text/plain"}

    def test_the_repr_is_short(self, drawing):
        assert repr(drawing) == "<Drawing of v2 = *  data -6  grad 1: save('name.svg') writes it>"
        assert len(repr(drawing).splitlines()) == 1

    def test_the_text_is_that_of_the_moment_of_drawing(self):
        x = Value(2.0, label="x")
        drawing = draw(x * 1)
        x.grad = 99.0
        assert "99" not in drawing.text


class TestEngines:
    # FAULTS V10
    def test_without_an_engine_the_dot_text_can_still_be_written(self, drawing, no_engine, tmp_path):
        drawing.save(tmp_path / "a.dot")
        drawing.save(tmp_path / "a.txt")
        with pytest.raises(NoEngineError, match=r"glassgrad\[dot\].*apt install graphviz"):
            drawing.save(tmp_path / "a.svg")
        assert sorted(os.listdir(tmp_path)) == ["a.dot", "a.txt"]

    def test_the_text_engine_has_no_pixels(self):
        drawing = draw(Value(1.0), engine="text")
        assert set(drawing._repr_mimebundle_()) == {"text/plain"}
        with pytest.raises(NoEngineError, match="text has no pixels"):
            drawing.pipe("png")

    def test_an_unknown_engine_lists_the_known(self):
        with pytest.raises(PictureError, match="'neato'; choose one of auto, dot, pygraphviz, text"):
            draw(Value(1.0), engine="neato")
