"""The command glassgrad-nn: what it trains, writes and prints, and how it refuses."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT

import nn.experiment
import nn.train
from nn import DATASETS, MLP, Epoch, History, load, load_dataset, save
from nn.__main__ import main
from nn.recipes import RECIPES

TABLE = "length,width,kind\n" + "".join(
    f"{i / 10},{(i * 7 % 5) - 2},{'long' if i > 9 else 'short'}\n" for i in range(20)
)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "sticks.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("xor")
    assert main(["train", "xor", "--out", str(folder), "--quiet"]) == 0
    return folder


def snapshot(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- train -------------------------------------------------------------------------------------------------------------


def test_training_writes_a_model_and_a_report_and_says_what_to_type_next(run, tmp_path):
    folder = tmp_path / "my runs" / "xor"
    status, out, err = run("train", "xor", "--out", folder)
    assert (status, err) == (0, "")
    assert "test accuracy 1.0000 on 4 rows" in out
    assert f"wrote {folder / 'model.json'}\nwrote {folder / 'run.json'}\n" in out
    assert out.endswith(f"next: glassgrad-viz run '{folder}'\n")
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "run.json"]


def test_the_same_command_writes_the_same_bytes(run, tmp_path, trained):
    run("train", "xor", "--out", tmp_path / "again", "--quiet")
    assert snapshot(tmp_path / "again") == snapshot(trained)


def test_every_choice_is_a_flag(run, tmp_path):
    flags = (
        "--layers 3,2 --activation sigmoid --init xavier --loss mse --optimizer sgd --lr 0.1 --momentum 0.5 --epochs 7"
    )
    status, out, _ = run("train", "xor", *flags.split(), "--batch", 2, "--seed", 5, "--out", tmp_path)
    report = json.loads((tmp_path / "run.json").read_text())
    assert status == 0
    assert "MLP(2, [3, 2]) with sigmoid, 17 parameters; mse, sgd, rate 0.1, 7 epochs" in out
    assert report["title"] == "MLP(2, [3, 2]) on xor"
    assert report["history"]["epoch"] == list(range(1, 8))
    assert report["history"]["rate"][0] == 0.1


def test_the_norm_of_the_gradient_can_be_limited(run, tmp_path):
    def weights(*flags):
        run("train", "xor", "--epochs", 2, *flags, "--out", tmp_path, "--quiet")
        return (tmp_path / "model.json").read_text()

    assert weights("--clip-grad-norm", 0.01) != weights() == weights("--clip-grad-norm", 1e6)
    status, _, err = run("train", "xor", "--clip-grad-norm", -1, "--out", tmp_path)
    assert (status, "clip_grad_norm must be >= 0, got -1.0" in err) == (2, True)


@pytest.mark.parametrize("loss", ["mse", "hinge", "bce", "cross_entropy"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_every_loss_trains_one_output_or_one_for_each_class(run, tmp_path, loss, outputs):
    layers = f"8,{outputs}"
    status, out, err = run("train", "xor", "--loss", loss, "--layers", layers, "--seed", 1, "--out", tmp_path)
    if (loss, outputs) == ("cross_entropy", 1):
        assert (status, out) == (2, "")
        assert "the last layer must have 2 units" in err
    else:
        assert status == 0
        assert "test accuracy 1.0000" in out


def test_the_help_of_train_says_what_each_data_set_takes_by_default(run, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    rows = dict(line.split("  --", 1) for line in capsys.readouterr().out.splitlines() if "  --layers" in line)
    flags = {name.strip(): f"--{row}" for name, row in rows.items() if not name.strip().startswith("--")}
    assert flags["moons"] == (
        "--layers 16,16,1 --activation relu --init he --loss bce --optimizer adam --lr 0.02 --epochs 30 --batch 16"
    )
    assert "--optimizer sgd --lr 0.3 --momentum 0.9" in flags["xor"]
    assert set(RECIPES) < set(flags)


def test_a_training_that_failed_shows_in_its_loss(run, tmp_path):
    _, out, _ = run("train", "moons", "--optimizer", "sgd", "--lr", 100, "--epochs", 2, "--out", tmp_path, "--quiet")
    report = json.loads((tmp_path / "run.json").read_text())
    first, last = report["history"]["loss"]
    assert f"; the loss went from {first:.4g} to {last:.4g}\n" in out


def test_quiet_prints_the_result_only(run, tmp_path):
    _, out, _ = run("train", "xor", "--quiet", "--out", tmp_path)
    assert out.startswith("test accuracy")


def test_without_out_the_files_go_to_a_folder_of_the_data_set(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("train", "xor", "--epochs", 1)[0] == 0
    assert sorted(os.listdir(tmp_path / "runs" / "xor")) == ["model.json", "run.json"]


def test_a_table_of_ones_own_is_a_data_set(run, tmp_path, table):
    folder = tmp_path / "out"
    status, out, _ = run("train", table, "--out", folder, "--epochs", 30)
    assert status == 0
    assert "sticks: 16 rows to train, 4 to test, 2 features, 2 classes" in out
    assert "test accuracy 1.0000 on 4 rows" in run("eval", folder)[1]
    assert run("predict", folder, "1.9", "0")[1].startswith("class long,")


def test_every_data_set_has_a_recipe_that_fits():
    pytest.importorskip("sklearn")
    assert RECIPES.keys() == DATASETS.keys()
    for name, recipe in RECIPES.items():
        nn.experiment.design(name, load_dataset(name), recipe, seed=0)


def test_digits_are_learnt(tmp_path, run):
    # One of six epochs: the whole is what the demo does.
    pytest.importorskip("sklearn")
    _, out, _ = run("train", "digits", "--epochs", 1, "--out", tmp_path, "--quiet")
    assert float(out.split()[2]) > 0.8
    assert json.loads((tmp_path / "run.json").read_text())["confusion"]["labels"] == list("0123456789")


# -- eval, predict, datasets -------------------------------------------------------------------------------------------


def test_eval_repeats_the_accuracy(run, trained):
    expected = (0, "test accuracy 1.0000 on 4 rows of xor\n", "")
    assert run("eval", trained) == run("eval", trained / "model.json") == expected


def test_eval_refuses_a_data_set_of_another_kind(run, trained):
    pytest.importorskip("sklearn")
    status, out, err = run("eval", trained, "--data", "iris")
    assert (status, out) == (2, "")
    assert "iris has other features or classes than xor" in err


def test_predict_prints_the_class_and_the_scores(run, trained):
    for row, expected in (((0, 0), "0"), ((0, 1), "1"), ((1, 0), "1"), ((1, 1), "0")):
        status, out, _ = run("predict", trained, *row)
        assert status == 0
        assert out.startswith(f"class {expected}, scores ")


def test_predict_takes_negative_numbers(run, trained):
    assert run("predict", trained, "-1.5", "-2e-3")[0] == 0


def test_datasets_lists_them_all(run):
    lines = run("datasets")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(DATASETS)
    assert max(map(len, lines)) <= 120


# -- bad input: one sentence, status 2, nothing lost -------------------------------------------------------------------

WRONG = {
    "no command": ("", "the following arguments are required: COMMAND"),
    "an unknown command": ("tran xor", "invalid choice: 'tran'"),
    "no data set": ("train", "the following arguments are required: DATASET"),
    "an unknown data set": ("train mnist", "unknown data set 'mnist' (known: moons, circles, spirals, xor, digits"),
    "an unknown activation": ("train xor --activation gauss", "unknown activation 'gauss' (known: linear, relu"),
    "an unknown loss": ("train xor --loss huber", "unknown loss 'huber' (known: mse, hinge, bce, cross_entropy)"),
    "an unknown optimiser": ("train xor --optimizer lion", "unknown optimizer 'lion' (known: sgd, adam)"),
    "an unknown initialiser": ("train xor --init zeros", "unknown initialiser 'zeros' (known: uniform"),
    "a rate that is nan": ("train xor --lr nan", "lr must be finite, got nan"),
    "a negative rate": ("train xor --lr -0.1", "lr must be >= 0, got -0.1"),
    "a rate that is text": ("train xor --lr fast", "argument --lr: invalid float value: 'fast'"),
    "momentum for Adam": ("train xor --optimizer adam --momentum 0.9", "momentum belongs to sgd, not to adam"),
    "no epochs": ("train xor --epochs 0", "argument --epochs: expected an integer >= 1, got '0'"),
    "a batch of none": ("train xor --batch -3", "argument --batch: expected an integer >= 1, got '-3'"),
    "layers that are text": ("train xor --layers a,b", "expected integers parted by commas such as 32,10, got 'a,b'"),
    "a layer of none": ("train xor --layers 0,1", "layer sizes must be integers >= 1, got nouts[0]=0"),
    "a wrong number of outputs": ("train xor --layers 4,3", "the last layer must have 2 units"),
    "a table that is not there": ("train none.csv", "none.csv: No such file or directory"),
    "a model that is not there": ("eval none.json", "none.json: No such file or directory"),
    "an unknown flag": ("train xor --colour red", "unrecognized arguments: --colour red"),
}


@pytest.mark.parametrize("line, sentence", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence_and_nothing_is_touched(run, tmp_path, trained, monkeypatch, line, sentence):
    monkeypatch.chdir(tmp_path)
    before = snapshot(trained)
    arguments = [*line.split(), *(["--out", trained] if line.startswith("train ") else [])]
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("glassgrad-nn: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert snapshot(trained) == before
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "numbers, sentence",
    [
        (["nan", "1"], "number 1: expected a plain decimal number, got 'nan'"),
        (["1", "1_0"], "number 2: expected a plain decimal number, got '1_0'"),
        (["1"], "the model expects 2 numbers, got 1"),
    ],
)
def test_predict_refuses_what_is_no_row(run, trained, numbers, sentence):
    assert run("predict", trained, *numbers) == (2, "", f"glassgrad-nn: {sentence}\n")


def test_a_damaged_model_is_refused(run, trained, tmp_path):
    (tmp_path / "model.json").write_bytes((trained / "model.json").read_bytes()[:-40])
    for command in (["eval", tmp_path], ["predict", tmp_path, 1, 1]):
        status, out, err = run(*command)
        assert (status, out) == (2, "")
        assert "not strict JSON" in err


NOTES = {"dataset": "xor", "seed": 0, "fraction": 0.0, "scaling": None, "features": ["x0", "x1"], "classes": ["0", "1"]}
BAD_NOTES = [
    {},
    {**NOTES, "extra": 1},
    {**NOTES, "dataset": 3},
    {**NOTES, "seed": True},
    {**NOTES, "fraction": 1.5},
    {**NOTES, "features": "ab"},
    {**NOTES, "features": [1, 2]},
    {**NOTES, "classes": []},
    {**NOTES, "scaling": [1]},
    {**NOTES, "scaling": {"shift": [0.0], "scale": [1.0]}},
    {**NOTES, "scaling": {"shift": [0.0, 0.0], "scale": [1.0, 0.0]}},
]


@pytest.mark.parametrize("notes", BAD_NOTES, ids=str)
def test_a_model_without_notes_of_a_run_is_refused(run, tmp_path, trained, notes):
    save(load(trained / "model.json"), tmp_path / "model.json", notes)
    status, out, err = run("eval", tmp_path)
    assert (status, out) == (2, "")
    assert "no notes of the training run" in err


def test_a_folder_that_cannot_be_written_is_found_before_training(run, tmp_path, monkeypatch):
    monkeypatch.setattr(nn.experiment, "fit", lambda *a, **k: pytest.fail("trained in vain"))
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken" / "run.json").mkdir(parents=True)
    for folder in ("file", "file/below", "taken"):
        status, out, err = run("train", "xor", "--out", tmp_path / folder)
        assert (status, out) == (2, "")
        assert err.startswith(f"glassgrad-nn: {tmp_path}")
        assert err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_found_before_training(run, tmp_path):
    tmp_path.chmod(0o555)
    assert run("train", "xor", "--out", tmp_path)[0] == 2
    tmp_path.chmod(0o755)


def test_a_missing_scikit_learn_is_one_sentence(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    status, out, err = run("train", "digits", "--out", tmp_path)
    assert (status, out) == (2, "")
    assert err == 'glassgrad-nn: the data set digits comes with scikit-learn: pip install "glassgrad[all]"\n'


# -- training that ends badly ------------------------------------------------------------------------------------------


def stop_at(monkeypatch, step, error):
    """Make the training step of that number raise `error`."""
    real, calls = nn.steps.EagerSteps.step, iter(range(10**6))

    def stopped(self, cut):
        if next(calls) == step:
            raise error
        return real(self, cut)

    monkeypatch.setattr(nn.steps.EagerSteps, "step", stopped)


@pytest.mark.parametrize("step", [0, 1, 50])
def test_ctrl_c_saves_the_best_weights_and_exits_with_130(run, tmp_path, monkeypatch, step):
    # FAULTS L12
    stop_at(monkeypatch, step, KeyboardInterrupt())
    status, out, err = run("train", "xor", "--out", tmp_path)
    assert (status, err) == (130, "glassgrad-nn: training interrupted; the best weights were saved\n")
    assert f"wrote {tmp_path / 'model.json'}" in out
    assert len(json.loads((tmp_path / "run.json").read_text())["history"]["epoch"]) == step
    assert len(load(tmp_path / "model.json").parameters()) == 17


def test_ctrl_c_saves_the_best_weights_and_not_the_latest(run, tmp_path, monkeypatch):
    # FAULTS L12
    best = MLP(2, [4, 1], activation="tanh", seed=99).state_dict()
    monkeypatch.setattr(nn.experiment, "fit", lambda *a, **k: History([Epoch(1, 0.5, 0.5, 0.1)], best, "interrupted"))
    assert run("train", "xor", "--out", tmp_path)[0] == 130
    assert load(tmp_path / "model.json").state_dict() == best


def test_ctrl_c_before_training_writes_nothing(run, tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.__main__.load", interrupted)
    assert run("train", "xor", "--out", tmp_path) == (130, "", "glassgrad-nn: interrupted\n")
    assert os.listdir(tmp_path) == []


RUNAWAYS = {
    "beyond the floats": "--loss mse --lr 1e300",
    "beyond a thousand times the best": "--loss mse --layers 1 --lr 0.8 --momentum 0",
}


@pytest.mark.parametrize("flags", RUNAWAYS.values(), ids=RUNAWAYS)
def test_numbers_that_run_away_are_one_sentence_and_leave_the_old_files(run, trained, flags):
    # FAULTS L11
    before = snapshot(trained)
    status, out, err = run("train", "xor", *flags.split(), "--out", trained)
    assert status == 2
    assert "a learning rate below" in err
    assert err.count("\n") == 1
    assert "wrote" not in out
    assert snapshot(trained) == before


def test_the_module_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "nn", "train", "nosuch"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("glassgrad-nn: unknown data set 'nosuch'")
