"""The decision boundary is where the score changes its sign, or the class changes."""

import math

import pytest

from autograd import Value

pytest.importorskip("matplotlib")

from nn import MLP, make_moons
from viz import plot_decision_boundary
from viz.errors import PictureError

POINTS = [(0.0, 1.0, -1), (1.0, 0.0, 1)]


def boundary_points(figure):
    """Return the points of the line drawn where the score is 0."""
    sets = [c for c in figure.axes[0].collections if type(c).__name__ == "QuadContourSet" and not c.filled]
    return [tuple(map(float, point)) for c in sets for path in c.get_paths() for point in path.vertices]


def test_the_line_is_where_the_score_is_zero():
    found = boundary_points(plot_decision_boundary(lambda x, y: x - y, POINTS))
    assert found
    assert all(x == pytest.approx(y, abs=1e-9) for x, y in found)


def test_a_grid_of_scores_has_one_row_per_y_and_one_column_per_x():
    grid = [[x - 0.25 for x in (0.0, 0.5, 1.0)] for _ in (0.0, 1.0)]
    found = boundary_points(plot_decision_boundary(grid, x=[0.0, 0.5, 1.0], y=[0.0, 1.0]))
    assert {round(x, 12) for x, _ in found} == {0.25}


def test_the_score_may_be_a_value_and_no_graph_is_recorded():
    w = Value(2.0)
    seen = []

    def score(x, y):
        seen.append(w * x - y)
        return seen[-1]

    plot_decision_boundary(score, x=[0, 1], y=[0, 1])
    assert [v.parents for v in seen] == [()] * 4


def test_scores_of_one_sign_have_no_line():
    assert boundary_points(plot_decision_boundary(lambda x, y: 1.5, POINTS)) == []


def test_whole_scores_are_classes_unless_said_otherwise():
    grid = [[0, 1], [2, 2]]
    classes = plot_decision_boundary(grid, x=[0, 1], y=[0, 1])
    scores = plot_decision_boundary(grid, x=[0, 1], y=[0, 1], classes=False)
    assert [type(c).__name__ for c in classes.axes[0].collections] == ["QuadMesh"]
    assert [type(c).__name__ for c in scores.axes[0].collections] == ["QuadContourSet"]


def test_every_class_has_its_colour_and_its_marker():
    figure = plot_decision_boundary(lambda x, y: 0, [(0, 0, 0), (1, 0, 1), (0, 1, 2)])
    scatters = [c for c in figure.axes[0].collections if type(c).__name__ == "PathCollection"]
    assert len({tuple(c.get_facecolor()[0]) for c in scatters}) == 3
    assert len({c.get_paths()[0].vertices.tobytes() for c in scatters}) == 3
    assert [text.get_text() for text in figure.axes[0].get_legend().texts] == ["class 0", "class 1", "class 2"]


def test_the_plane_reaches_beyond_the_points():
    axes = plot_decision_boundary(lambda x, y: x, POINTS).axes[0]
    assert axes.get_xlim()[0] < 0 < 1 < axes.get_xlim()[1]


def test_one_point_alone_has_a_plane_around_it():
    assert plot_decision_boundary(lambda x, y: x, [(3.0, 3.0, 1)]).axes[0].get_xlim() == (2.0, 4.0)


def test_a_path_writes_the_figure(tmp_path):
    plot_decision_boundary(lambda x, y: x, POINTS, path=tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"score": lambda x, y: x}, r"give the places on the x axis \(x=\[...\]\)"),
        ({"score": lambda x, y: math.nan, "points": POINTS}, r"score\[0\]\[0\] must be finite"),
        ({"score": lambda x, y: "a", "points": POINTS}, r"score\[0\]\[0\] must be a number, got str"),
        ({"score": [[1, 2]], "x": [0, 1], "y": [0, 1]}, r"one row per entry of y \(2\), got 1"),
        ({"score": [[1], [2]], "x": [0, 1], "y": [0, 1]}, r"score\[0\] must have 2 entries, got 1"),
        ({"score": lambda x, y: x, "points": [(0, 1)]}, r"points\[0\] must have 3 entries, got 2"),
        ({"score": lambda x, y: x, "points": [(0, 1)]}, r"must be \(x, y, label\) each, .* in zip\(data.X, data.y\)\]"),
        ({"score": lambda x, y: x, "points": make_moons()}, r"in zip\(data.X, data.y\)\]: 'Dataset' object"),
        ({"score": MLP(2, [1]), "points": POINTS}, r"must take two floats; .* lambda x, y: model\(\[x, y\]\): "),
        ({"score": lambda x, y: [x, y], "points": POINTS}, r"predicted_class\(model\(\[x, y\]\)\): got list"),
        ({"score": lambda x, y: x, "points": [(0, 1, "a")]}, r"points\[0\]\[2\] must be a number, got str"),
    ],
)
def test_what_cannot_be_plotted_is_refused(arguments, message):
    with pytest.raises(PictureError, match=message):
        plot_decision_boundary(**arguments)
