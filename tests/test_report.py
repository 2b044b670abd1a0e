"""run.json: what a picture of a training run needs, finite and consistent with the model."""

import json
import math

import pytest

import autograd
from nn import MLP, Dataset, Epoch, History, make_moons, make_xor
from nn.report import boundary, confusion, graphs, write_report

HISTORY = History([Epoch(1, 0.7, 0.5, 0.1), Epoch(2, 0.6, 0.75, 0.05)])


def evaluated(graph):
    """Return the expression of a graph, computed from its own numbers."""
    rows = {name: getattr(autograd, name) for name in ("relu", "tanh", "sigmoid", "softplus")}
    return eval(graph["expression"], {**rows, **graph["values"]})


def test_the_report_holds_what_the_pictures_need(tmp_path):
    data, path = make_moons(20), tmp_path / "run.json"
    write_report(path, MLP(2, [3, 1], seed=1), data, data, HISTORY, "MLP(2, [3, 1]) on moons")
    content = json.loads(path.read_text())
    assert (content["format"], content["version"], content["dataset"]) == ("glassgrad-run", 1, "moons")
    assert content["title"] == "MLP(2, [3, 1]) on moons"
    assert content["history"] == {"epoch": [1, 2], "loss": [0.7, 0.6], "metric": [0.5, 0.75], "rate": [0.1, 0.05]}
    assert content["metric_name"] == "accuracy"
    assert set(content) >= {"confusion", "boundary", "graphs"}


def test_a_report_with_a_nan_is_not_written(tmp_path):
    bad = History([Epoch(1, math.nan, 0.5, 0.1)])
    with pytest.raises(ValueError):
        write_report(tmp_path / "run.json", MLP(2, [1]), make_xor(), make_xor(), bad, "title")
    assert not (tmp_path / "run.json").exists()


def test_the_confusion_counts_every_row_under_its_true_class():
    data = make_moons(20)
    made = confusion(MLP(2, [2], seed=1), data)
    assert made["labels"] == ["0", "1"]
    assert [sum(row) for row in made["counts"]] == [10, 10]


def test_the_boundary_of_one_output_is_its_score_on_a_grid_around_the_points():
    data, model = make_moons(20), MLP(2, [3, 1], seed=1)
    made = boundary(model, data)
    assert made["score"][3][5] == model([made["x"][5], made["y"][3]]).data
    assert len(made["score"]) == len(made["y"])
    assert made["points"][0] == [*data.X[0], data.y[0]]
    for x, y, _ in made["points"]:
        assert made["x"][0] < x < made["x"][-1]
        assert made["y"][0] < y < made["y"][-1]


def test_the_boundary_of_several_outputs_is_the_class():
    made = boundary(MLP(2, [3], seed=1), make_moons(20))
    assert {score for row in made["score"] for score in row} <= {0.0, 1.0, 2.0}


def test_points_in_one_place_still_have_a_grid():
    made = boundary(MLP(2, [1], seed=1), Dataset("a", [[1.0, 2.0]], [0]))
    assert made["x"][0] < 1.0 < made["x"][-1]


def test_there_is_no_boundary_for_other_numbers_of_inputs():
    assert boundary(MLP(3, [1]), Dataset("a", [[1.0, 2.0, 3.0]], [0])) is None


def test_the_first_neuron_is_an_expression():
    graph = graphs(MLP(2, [9, 9, 2], seed=1), [0.5, -1.0])[0]
    assert (graph["name"], graph["expression"]) == ("neuron", "relu(b + w0*x0 + w1*x1)")
    assert graph["parameters"] == ["w0", "w1", "b"]
    assert (graph["values"]["x0"], graph["values"]["x1"]) == (0.5, -1.0)


@pytest.mark.parametrize(
    "options", [{}, {"activation": "tanh"}, {"activation": "linear"}, {"output": "sigmoid"}, {"bias": False}]
)
def test_the_expressions_compute_what_the_model_computes(options):
    model, example = MLP(2, [3, 1], seed=1, **options), [0.5, -1.0]
    neuron, network = graphs(model, example)
    assert network["name"] == "network"
    assert evaluated(neuron) == model.layers[0].neurons[0](example).data
    assert evaluated(network) == pytest.approx(model(example).data, rel=1e-15)
    assert len(network["parameters"]) == len(model.parameters())


@pytest.mark.parametrize("nin, nouts", [(9, [1]), (64, [3, 10])])
def test_a_neuron_of_many_inputs_is_not_drawn(nin, nouts):
    assert all(graph["name"] != "neuron" for graph in graphs(MLP(nin, nouts), [0.0] * nin))


@pytest.mark.parametrize("nouts", [[16, 1], [2, 2, 1], [2, 2]])
def test_a_large_or_deep_network_is_not_drawn(nouts):
    assert [graph["name"] for graph in graphs(MLP(2, nouts), [0.0, 0.0])] == ["neuron"]
