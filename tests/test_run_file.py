"""A run.json is checked before anything is drawn from it."""

import copy
import json

import pytest

from viz.errors import RunFileError
from viz.run_file import MAX_BYTES, read_run

RUN = {
    "format": "glassgrad-run",
    "version": 1,
    "dataset": "xor",
    "title": "MLP(2, [4, 1]) on xor",
    "history": {"epoch": [1, 2], "loss": [0.7, 0.1], "metric": [0.5, 1.0], "rate": [0.1, 0.1]},
    "metric_name": "accuracy",
    "confusion": {"labels": ["0", "1"], "counts": [[2, 0], [0, 2]]},
    "boundary": {"x": [0, 1], "y": [0, 1], "score": [[-1, 1], [1, -1]], "points": [[0, 0, 0], [0, 1, 1]]},
    "graphs": [{"name": "neuron", "expression": "tanh(w*x)", "values": {"w": 0.5, "x": 1.0}, "parameters": ["w"]}],
}
GONE = object()


def changed(path, value):
    """Return RUN with the entry at `path`, such as "history.loss", replaced (or removed)."""
    run = copy.deepcopy(RUN)
    *parents, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    place = run
    for step in parents:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return run


def read(tmp_path, content):
    path = tmp_path / "run.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_run(tmp_path)


def test_a_run_is_read(tmp_path):
    run = read(tmp_path, RUN)
    assert (run.title, run.metric_name) == ("MLP(2, [4, 1]) on xor", "accuracy")
    assert run.history == {"epoch": [1.0, 2.0], "loss": [0.7, 0.1], "metric": [0.5, 1.0]}
    assert run.confusion.counts == [[2.0, 0.0], [0.0, 2.0]]
    assert run.boundary.points == [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0]]
    assert run.graphs[0].values == {"w": 0.5, "x": 1.0}


@pytest.mark.parametrize("part", ["confusion", "boundary"])
def test_what_is_null_is_left_out(tmp_path, part):
    assert getattr(read(tmp_path, changed(part, None)), part) is None


WRONG = [
    ("format", "other", "its format must be 'glassgrad-run' version 1, not 'other' version 1"),
    ("version", 2, "version 1, not"),
    ("format", GONE, "its format must be"),
    ("title", 3, "'title' must be a str, got int"),
    ("history", [], "history must be a JSON object, got list"),
    ("history.loss", GONE, r"history\.loss must be a list of numbers, got NoneType"),
    ("history.loss", [], r"history\.loss must hold at least one number"),
    ("history.loss", [0.7], "loss must have 2 entries, got 1"),
    ("history.loss", [0.7, True], r"history\.loss\[1\] must be a number, got bool"),
    ("history.loss", [0.7, "0.1"], "must be a number, got str"),
    ("confusion.counts", [[1, 2]], "counts must have 2 entries, got 1"),
    ("confusion.counts", [[1], [2]], r"counts\[0\] must have 2 entries, got 1"),
    ("confusion.labels", [1, 2], "'labels' must be a list of texts"),
    ("boundary.score", [[1, 2]], "score must have 2 entries, got 1"),
    ("boundary.x", [0, None], r"x\[1\] must be a number"),
    ("boundary.points", [[1, 2]], r"points\[0\] must have 3 entries"),
    ("graphs", {}, "'graphs' must be a list"),
    ("graphs", [{}] * 21, "graphs must be at most 20, got 21"),
    ("graphs.0", "x", r"graphs\[0\] must be a JSON object"),
    ("graphs.0.name", "../evil", r"'\.\./evil' cannot name a graph"),
    ("graphs.0.name", "loss", "'loss' cannot name a graph"),
    ("graphs.0.name", "", "cannot name a graph"),
    ("graphs.0.name", "a" * 41, "cannot name a graph"),
    ("graphs.0.values", {"w": "1"}, r"values\[0\] must be a number"),
    ("graphs.0.expression", 3, "'expression' must be a str"),
    ("graphs.0.parameters", "w", "'parameters' must be a list"),
]


@pytest.mark.parametrize("path, value, message", WRONG)
def test_what_is_wrong_is_named(tmp_path, path, value, message):
    with pytest.raises(RunFileError, match=message):
        read(tmp_path, changed(path, value))


# FAULTS V7
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(tmp_path, number):
    text = json.dumps(RUN).replace("0.7", number)
    with pytest.raises(RunFileError, match=r"no number of JSON|must be finite"):
        read(tmp_path, text.encode())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"3", b"[" * 100_000, b'{"a": ' * 50_000, b"null"])
def test_what_is_no_json_object_is_one_sentence(tmp_path, content):
    with pytest.raises(RunFileError, match=r"is not the run.json of a training") as refused:
        read(tmp_path, content)
    assert "\n" not in str(refused.value)


def test_every_truncation_is_refused(tmp_path):
    content = json.dumps(RUN).encode()
    for length in range(0, len(content) - 1, 7):
        with pytest.raises(RunFileError):
            read(tmp_path, content[:length])


def test_a_file_too_large_is_not_read_whole(tmp_path):
    with open(tmp_path / "run.json", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(RunFileError, match="larger than 50,000,000 bytes"):
        read_run(tmp_path)


def test_a_folder_without_a_run_says_what_to_give(tmp_path):
    with pytest.raises(RunFileError, match="give the folder that a training wrote"):
        read_run(tmp_path / "nowhere")
