"""Plots take plain numbers, need no display and return figures."""

import math
import subprocess
import sys

import pytest

matplotlib = pytest.importorskip("matplotlib")

from viz import plot_confusion, plot_loss  # noqa: E402
from viz.errors import NoEngineError, OutputError, PictureError  # noqa: E402


def lines(figure):
    return [list(map(float, line.get_ydata())) for axes in figure.axes for line in axes.lines]


class TestLoss:
    def test_a_list_of_losses_is_one_curve_from_epoch_1(self):
        figure = plot_loss([3, 2, 1])
        assert lines(figure) == [[3.0, 2.0, 1.0]]
        assert list(figure.axes[0].lines[0].get_xdata()) == [1.0, 2.0, 3.0]

    def test_a_metric_has_a_scale_of_its_own(self):
        figure = plot_loss({"loss": [3, 2], "metric": [0.5, 0.9], "epoch": [5, 10]}, metric_name="accuracy")
        assert lines(figure) == [[3.0, 2.0], [0.5, 0.9]]
        assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]

    @pytest.mark.parametrize(
        "history, message",
        [
            ([], "loss must hold at least one number"),
            ({}, "loss must hold at least one number"),
            ([1.0, math.nan], r"loss\[1\] must be finite, got nan"),
            ([True], r"loss\[0\] must be a number, got bool"),
            (["1"], r"loss\[0\] must be a number, got str"),
            ({"loss": [1, 2], "epoch": [1]}, "entries"),
            ({"loss": [1, 2], "metric": [1, 2, 3]}, "metric must have 2 entries, got 3"),
            ({"loss": 3}, "loss must be a list of numbers, got int"),
        ],
    )
    def test_numbers_that_are_none_are_refused(self, history, message):
        with pytest.raises(PictureError, match=message):
            plot_loss(history)


class TestConfusion:
    def test_every_count_is_written_in_its_cell(self):
        figure = plot_confusion([[5, 1], [0, 400]])
        assert [(text.get_position(), text.get_text()) for text in figure.axes[0].texts] == [
            ((0, 0), "5"),
            ((1, 0), "1"),
            ((0, 1), "0"),
            ((1, 1), "400"),
        ]

    def test_rows_are_true_and_columns_predicted_classes(self):
        axes = plot_confusion([[5, 1], [0, 4]], ["cat", "dog"]).axes[0]
        assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")
        assert [text.get_text() for text in axes.get_yticklabels()] == ["cat", "dog"]

    @pytest.mark.parametrize(
        "counts, labels, message",
        [
            ([], None, "at least one row"),
            ([[1, 2]], None, r"counts\[0\] must have 1 entries, got 2"),
            ([[1, 2], [3]], None, r"counts\[1\] must have 2 entries, got 1"),
            ([[1, -2], [3, 4]], None, "counts must be >= 0"),
            ([[1, 2], [3, 4]], ["a"], "labels must have 2 entries, got 1"),
            ("12", None, "counts must be a list of lists"),
            ([1, 2], None, r"counts\[0\] must be a list of numbers, got int"),
        ],
    )
    def test_what_is_not_square_is_refused(self, counts, labels, message):
        with pytest.raises(PictureError, match=message):
            plot_confusion(counts, labels)

    def test_a_matrix_of_zeros_can_be_shown(self, tmp_path):
        plot_confusion([[0, 0], [0, 0]], path=tmp_path / "zeros.png")


@pytest.mark.parametrize("suffix, start", [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_path_writes_the_figure_by_its_suffix(tmp_path, suffix, start):
    path = tmp_path / f"loss.{suffix}"
    plot_loss([2, 1], path=path)
    assert path.read_bytes().startswith(start)


def test_an_unknown_suffix_or_folder_is_refused_before_anything_is_left(tmp_path):
    with pytest.raises(PictureError, match=r"\.svg, \.png, \.pdf"):
        plot_loss([1], path=tmp_path / "a.gif")
    with pytest.raises(OutputError, match="there is no folder"):
        plot_loss([1], path=tmp_path / "b" / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("text", ["$\\frac{", "a$b$c", "\x00\ud800", "x" * 10_000, "重み", "<b>"])
def test_any_title_and_label_can_be_drawn(tmp_path, text):
    plot_loss({"loss": [1, 2], "metric": [1, 2]}, title=text, metric_name=text, path=tmp_path / "a.svg")
    plot_confusion([[1]], [text], title=text, path=tmp_path / "b.svg")


def test_a_figure_shows_itself_in_a_notebook():
    assert plot_loss([2, 1])._repr_png_().startswith(b"\x89PNG")


def test_pyplot_is_never_loaded_and_importing_viz_loads_no_matplotlib():
    program = (
        "import sys, viz; print('matplotlib' in sys.modules); "
        "viz.plot_loss([1, 2]); print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_without_matplotlib_a_sentence_says_what_to_install(monkeypatch):
    from viz import figure

    figure._figure_class.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(NoEngineError, match=r'pip install "glassgrad\[plots\]"'):
        plot_loss([1, 2])
    figure._figure_class.cache_clear()
