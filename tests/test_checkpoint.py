"""Checkpoints: bits come back, nothing runs, and whatever is not exactly a saved model is refused."""

import hashlib
import json
import math
import os
import random
import struct
import subprocess
import sys

import pytest
from conftest import ROOT

from autograd import Value, sin
from autograd.errors import CheckpointError, NonFiniteError
from nn import MLP, Linear, Module, Sequential, Tanh, checkpoint, load, save
from nn.checkpoint import read


def bits(model):
    return [struct.pack("<d", p.data) for p in model.parameters()]


def resigned(content):
    """Return a file's text with the checksum made right again: for faults that the checksum would hide."""
    body = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return json.dumps({**body, "sha256": hashlib.sha256(text.encode()).hexdigest()})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.json"


@pytest.fixture
def saved(path):
    save(MLP(2, [3, 1], activation="tanh", seed=1), path, {"who": "me"})
    return json.loads(path.read_text())


# -- there and back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        MLP(2, [3, 1], seed=1),
        MLP(4, [3, 2, 5], activation=["tanh", "sigmoid"], output="softplus", bias=False, seed=2),
        MLP(1, [1], output="relu", seed=3),
    ],
    ids=repr,
)
def test_a_network_is_built_anew_from_its_file(model, path):
    save(model, path)
    again = load(path)
    assert repr(again) == repr(model)
    assert bits(again) == bits(model)


def test_every_float_comes_back_bit_for_bit(path):
    # FAULTS F6
    rng = random.Random(1)
    special = [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 0.0, 0.1, 1e23, 9007199254740993.0]
    drawn = [struct.unpack("<d", rng.randbytes(8))[0] for _ in range(2000)]
    numbers = special + [x for x in drawn if math.isfinite(x)]
    model = MLP(len(numbers), [1], bias=False)
    for p, x in zip(model.parameters(), numbers, strict=True):
        p.data = x
    save(model, path)
    assert bits(load(path)) == bits(model)


def test_loading_and_saving_leave_the_global_generator_alone(path):
    # FAULTS L13
    save(MLP(2, [1], seed=1), path)
    before = random.getstate()
    load(path)
    assert random.getstate() == before


def test_any_module_can_be_loaded_into_one_of_the_same_shape(path):
    source, target = (Sequential(Linear(2, 3, seed=s), Tanh(), Linear(3, 1, seed=s + 1)) for s in (1, 5))
    save(source, path)
    assert load(path, into=target) is target
    assert bits(target) == bits(source)


def test_notes_come_back(path):
    save(MLP(1, [1]), path, {"classes": ["a", "b"], "seed": 3, "pair": (1, 2.5), "none": None})
    assert read(path).notes == {"classes": ["a", "b"], "seed": 3, "pair": [1, 2.5], "none": None}


def test_the_same_model_gives_the_same_file(path, tmp_path):
    for name in ("a", "b"):
        save(MLP(2, [3, 1], seed=1), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# -- saving refuses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_parameter_that_is_not_finite_is_not_saved(path, bad):
    # FAULTS F6
    model = MLP(1, [1], seed=1)
    save(model, path)
    before = path.read_bytes()
    model.layers[0].neurons[0].b.data = bad
    with pytest.raises(NonFiniteError, match=r"layers\.0\.neurons\.0\.b is"):
        save(model, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("notes, error", [({"x": math.nan}, NonFiniteError), ({"x": Value(1.0)}, TypeError)])
def test_notes_that_are_not_json_are_refused(path, notes, error):
    with pytest.raises(error):
        save(MLP(1, [1]), path, notes)
    assert not path.exists()


def test_a_path_that_cannot_be_written_is_an_oserror(tmp_path):
    # FAULTS F8
    with pytest.raises(OSError):
        save(MLP(1, [1]), tmp_path / "none" / "model.json")
    with pytest.raises(IsADirectoryError):
        save(MLP(1, [1]), tmp_path)


# -- loading refuses ---------------------------------------------------------------------------------------------------


def test_every_truncation_is_refused(path, saved):
    # FAULTS F2, C16
    content = path.read_bytes().rstrip()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError):
            load(path)


def test_no_flipped_bit_goes_unnoticed(path, saved):
    # FAULTS F3, C16: a flip is refused or (in white space) changes nothing that is read
    content, model = path.read_bytes(), bits(load(path))
    rng = random.Random(1)
    for i in range(len(content)):
        damaged = bytearray(content)
        damaged[i] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            again = load(path)
        except CheckpointError:
            continue
        assert bits(again) == model


FOREIGN = {
    "nothing": b"",
    "text": b"hello",
    # os.system("true")
    "a pickle": b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.",
    "a number": b"3",
    "null": b"null",
    "a list": b"[]",
    "another object": b'{"format": "other"}',
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number too large": b'{"a": 1e999}',
    "a key twice": b'{"a": 1, "a": 2}',
    "deep nesting": b"[" * 200_000,
    "an endless integer": b'{"a": ' + b"1" * 100_000 + b"}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": "{}".encode("utf-16"),
    "latin-1": b'{"a": "\xe9"}',
    "nul": b"{}\x00",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused(path, content):
    # FAULTS F1, F3
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.json: ") as caught:
        load(path)
    assert len(str(caught.value)) < 500


def change(**values):
    return lambda content: {**content, **values}


def arch(**values):
    return lambda content: {**content, "arch": {**content["arch"], **values}}


def weights(change):
    return lambda content: {**content, "parameters": change(content["parameters"])}


FIRST = "layers.0.neurons.0.w.0"
FORGED = {
    "another format": change(format="other"),
    "a newer version": change(version=2),
    "a version that is true": change(version=True),
    "a version that is a float": change(version=1.0),
    "an unknown key": change(extra=1),
    "a missing key": lambda content: {k: v for k, v in content.items() if k != "notes"},
    "parameters in a list": change(parameters=[1.0]),
    "no architecture": change(arch=None),
    "notes in a list": change(notes=[]),
    "an unknown type": arch(type="Evil"),
    "a size too few": arch(nouts=[3]),
    "a size that is true": arch(nin=True),
    "a size that is a float": arch(nin=2.0),
    "a size below one": arch(nouts=[3, 0]),
    "a size beyond memory": arch(nin=10**12),
    "an unknown activation": arch(output="evil"),
    "an activation in a list": arch(output=["tanh"]),
    "a bias that is a number": arch(bias=1),
    "an unknown part": arch(extra=1),
    "a missing weight": weights(lambda w: {k: v for k, v in w.items() if k != FIRST}),
    "an extra weight": weights(lambda w: {**w, "extra": 1.0}),
    "a renamed weight": weights(lambda w: {("x" if k == FIRST else k): v for k, v in w.items()}),
    "a weight that is true": weights(lambda w: {**w, FIRST: True}),
    "a weight that is null": weights(lambda w: {**w, FIRST: None}),
    "a weight that is text": weights(lambda w: {**w, FIRST: "3"}),
    "a weight that is nan": weights(lambda w: {**w, FIRST: math.nan}),
    "a weight that is infinite": weights(lambda w: {**w, FIRST: -math.inf}),
    "a weight in a list": weights(lambda w: {**w, FIRST: [1.0]}),
    "a weight beyond the floats": weights(lambda w: {**w, FIRST: 10**400}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_file_with_a_right_checksum_is_refused(path, saved, forge):
    # FAULTS F3, F7
    path.write_text(resigned(forge(saved)))
    with pytest.raises(CheckpointError):
        load(path)


def test_the_forger_of_these_tests_can_also_make_a_good_file(path, saved):
    path.write_text(resigned(saved))
    assert len(load(path).parameters()) == 13


@pytest.mark.parametrize("twice", ['"notes": {}, "notes": ', '"version": 2, "version": '])
def test_a_good_file_with_a_key_twice_is_refused(path, saved, twice):
    # FAULTS F3: the last one would win
    key = twice.split()[-1] + " "
    path.write_text(path.read_text().replace(key, twice, 1))
    with pytest.raises(CheckpointError, match="a key appears twice"):
        load(path)


def test_a_weight_that_is_an_int_is_a_number(path, saved):
    path.write_text(resigned(weights(lambda w: {**w, FIRST: 3})(saved)))
    assert load(path).parameters()[0].data == 3.0


def test_an_edited_weight_is_noticed(path, saved):
    # FAULTS F3
    saved["parameters"][FIRST] = 0.5
    path.write_text(json.dumps(saved))
    with pytest.raises(CheckpointError, match="the checksum does not match: the file was damaged or edited"):
        load(path)


def test_a_file_beyond_the_limit_is_not_parsed(path, saved, monkeypatch):
    # FAULTS F3
    monkeypatch.setattr(checkpoint, "LARGEST", 100)
    with pytest.raises(CheckpointError, match="larger than 100 bytes"):
        load(path)


def test_a_model_of_another_architecture_is_refused_and_unchanged(path, saved):
    # FAULTS F7
    for model in (MLP(2, [4, 1]), MLP(2, [3, 1], activation="relu"), MLP(2, [3, 1], bias=False), Linear(2, 1)):
        before = bits(model)
        with pytest.raises(CheckpointError, match=r"it holds MLP\(2, \[3, 1\]\)"):
            load(path, into=model)
        assert bits(model) == before


def test_a_module_of_the_same_type_and_other_names_is_refused_and_unchanged(path):
    # FAULTS F7
    save(Sequential(Linear(2, 3), Tanh()), path)
    model = Sequential(Linear(2, 4), Tanh())
    before = bits(model)
    with pytest.raises(CheckpointError, match=r"layers\.0\.weight\.3\.0 is missing; .* is missing; .* is missing"):
        load(path, into=model)
    assert bits(model) == before


def test_what_cannot_be_built_from_its_record_says_what_to_do(path):
    class Own(Module):
        def __init__(self):
            self.w = Value(1.0)

    save(Own(), path)
    with pytest.raises(CheckpointError, match=r"cannot build a 'Own' .* use load\(path, into=it\)"):
        load(path)
    save(MLP(1, [1], output=sin), path)
    with pytest.raises(CheckpointError, match="cannot build"):
        load(path)


def test_a_file_that_cannot_be_read_is_an_oserror(tmp_path):
    # FAULTS F8
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")
    with pytest.raises(OSError):
        load(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="needs devices")
def test_a_device_is_refused():
    with pytest.raises(CheckpointError, match="not a regular file"):
        load("/dev/zero")


def test_two_processes_saving_at_once_leave_a_whole_file(path):
    # FAULTS F9
    program = "import sys, nn; m = nn.MLP(8, [8], seed=int(sys.argv[2])); [nn.save(m, sys.argv[1]) for _ in range(40)]"
    processes = [subprocess.Popen([sys.executable, "-c", program, str(path), seed], cwd=ROOT) for seed in "12"]
    while any(process.poll() is None for process in processes):
        if path.exists():
            load(path)
    assert [process.returncode for process in processes] == [0, 0]
    assert bits(load(path)) in [bits(MLP(8, [8], seed=s)) for s in (1, 2)]
