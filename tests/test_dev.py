"""dev.py: what it says when something is in the way, and which environment it believes."""

import ast
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, run

SCRIPT = ROOT / "dev.py"
NOT_IN_PYTHON_2 = (
    *(ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.Starred, ast.MatMult, ast.YieldFrom),
    *(ast.AsyncFunctionDef, ast.Await, ast.Match),
)


# The text itself


def test_the_text_uses_no_syntax_that_python_2_lacks():
    """`ast.Starred` in the last place of a call is allowed: Python 2 has f(*arguments)."""
    tree = ast.parse(SCRIPT.read_text("utf-8"))
    last_stars = {call.args[-1] for call in ast.walk(tree) if isinstance(call, ast.Call) and call.args}
    found = [n for n in ast.walk(tree) if isinstance(n, NOT_IN_PYTHON_2) and n not in last_stars]
    assert [(type(node).__name__, node.lineno) for node in found] == []


def test_no_function_is_annotated_or_has_keyword_only_arguments():
    functions = [n for n in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))) if isinstance(n, ast.FunctionDef)]
    assert [f.name for f in functions if f.returns or f.args.kwonlyargs] == []
    assert [f.name for f in functions for argument in f.args.args if argument.annotation] == []


def test_only_the_standard_library_is_imported():
    nodes = [n for n in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))) if isinstance(n, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


# Which Python


@pytest.fixture(scope="module")
def pythons(dev):
    """Return {version: path} of every Python found, whatever its version."""
    return {dev.probe(path)[0]: path for path in dev.candidate_paths()}


def test_every_old_python_on_this_machine_says_one_sentence_that_names_a_newer_one(pythons, tmp_path):
    for version, python in pythons.items():
        if (2, 7) <= version < (3, 10):
            done = run([python, SCRIPT, "demo"], cwd=tmp_path)
            assert done.returncode == 2, done.stdout
            assert done.stdout.startswith(f"dev.py: this is Python {version[0]}.{version[1]}, and glassgrad needs 3.10")
            assert done.stdout.count("\n") == 1


def test_every_new_python_on_this_machine_shows_the_help(pythons, tmp_path):
    for version, python in pythons.items():
        if version >= (3, 10):
            done = run([python, SCRIPT, "--help"], cwd=tmp_path)
            assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("found", "advice"), [([], "install one"), ([((3, 12, 1), "python3.12", False)], "`python3.12 dev.py demo`")]
)
def test_an_old_python_is_told_which_to_run(dev, monkeypatch, found, advice):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(sys, "argv", ["dev.py", "demo"])
    monkeypatch.setattr(dev, "interpreters", lambda: found)
    with pytest.raises(dev.SetupError, match=r"Python 3\.9, and glassgrad needs 3\.10 or newer") as caught:
        dev.check_python()
    assert advice in str(caught.value)


def test_a_python_without_ensurepip_is_told_the_package_to_install(dev, monkeypatch):
    monkeypatch.setattr(dev, "output_of", lambda command: "")
    with pytest.raises(dev.SetupError, match="apt install python3-venv"):
        dev.check_can_make_environments("python3")


def test_the_running_interpreter_is_among_those_found(dev):
    assert sys.version_info[:3] in {version for version, _, _ in dev.interpreters()}


def test_a_version_that_is_not_found_is_said(dev):
    with pytest.raises(dev.SetupError, match=r"no CPython 9\.9 was found"):
        dev.chosen_interpreters("9.9")


# What is in the way


@pytest.fixture
def checkout(tmp_path):
    """Return a fresh checkout, in a path with spaces, that holds what dev.py reads and empty packages."""
    folder = tmp_path / "a fresh checkout"
    folder.mkdir()
    for name in ("dev.py", "setup.cfg", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("name", ["autograd.py", "nn.py", "viz.py"])
@pytest.mark.parametrize("job", ["demo", "test", "bench", "notebooks"])
def test_a_file_that_hides_a_package_is_named_before_anything_is_made(checkout, tmp_path, name, job):
    (tmp_path / name).write_text("")
    done = run([sys.executable, checkout / "dev.py", job], cwd=tmp_path)
    assert done.returncode == 2
    assert (
        done.stdout == f"dev.py: {tmp_path / name} hides a package of glassgrad: rename that file and run this again.\n"
    )
    assert not (checkout / ".venv").exists()


def test_another_packages_folder_is_named_but_not_our_own(dev, tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("from .wrap_util import grad\n")
    assert dev.shadowing_files([str(tmp_path), str(ROOT)]) == [str(tmp_path / "autograd" / "__init__.py")]


def install_by_hand(checkout, name, entry_points=""):
    """Put the metadata of a distribution where an environment of this checkout would have it."""
    site = checkout / ".venv" / ("Lib" if os.name == "nt" else "lib/python3.11") / "site-packages"
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(entry_points)
    return site


@pytest.mark.parametrize("name", ["autograd", "glassgrad"])
def test_a_foreign_distribution_in_the_environment_is_named(checkout, name):
    site = install_by_hand(checkout, name)
    done = run([sys.executable, checkout / "dev.py", "demo"], cwd=checkout)
    assert done.returncode == 2
    assert done.stdout.startswith(f"dev.py: the distribution {name} in {site} is not glassgrad's and takes its place")


def test_our_own_distribution_is_not_foreign(dev, checkout):
    site = install_by_hand(checkout, "glassgrad", "[console_scripts]\nglassgrad-nn = nn.__main__:main\n")
    assert dev.foreign_distributions([str(site)]) == []


def test_variables_that_lead_out_of_the_environment_are_dropped(dev, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_TARGET", "elsewhere")
    variables = dev.clean_variables()
    assert "PYTHONPATH" not in variables and "PIP_TARGET" not in variables


# Which environment is believed


class Machine:
    """Stands for venv and pip: makes the folders they would make, and keeps what was asked of it."""

    def __init__(self, environment):
        self.environment = environment
        self.asked = []
        self.refuses = ()
        self.interrupts = False

    def __call__(self, command):
        self.asked.append("venv" if "venv" in command else " ".join(command[command.index(":all:") + 1 :]))
        if "venv" in command:
            self.make()
        elif self.interrupts:
            raise KeyboardInterrupt
        missing = [word for word in command if word.startswith(self.refuses)] if self.refuses else []
        said = f"first line\nERROR: No matching distribution found for {missing}" if missing else ""
        return subprocess.CompletedProcess(command, int(bool(missing)), said)

    def make(self):
        os.makedirs(os.path.dirname(self.environment.python))
        with open(self.environment.python, "w"):
            pass

    def forget(self):
        asked, self.asked = self.asked, []
        return asked


@pytest.fixture
def environment(dev, checkout, monkeypatch):
    monkeypatch.setattr(dev, "ROOT", str(checkout))
    monkeypatch.setattr(dev, "output_of", lambda command: "yes")
    return dev.Environment(".venv", sys.executable, ["--editable", "."], dev.DEMO_EXTRAS)


@pytest.fixture
def machine(dev, environment, monkeypatch):
    fake = Machine(environment)
    monkeypatch.setattr(dev, "quietly", fake)
    return fake


def test_a_first_run_makes_the_environment_and_installs_the_extras(environment, machine):
    environment.ensure()
    made, _pip, everything = machine.forget()
    assert made == "venv"
    assert everything.startswith("--editable . ")
    assert {"scikit-learn", "matplotlib", "tqdm"} <= set(everything.split())
    assert "pytest" not in everything


def test_a_second_run_asks_for_nothing(environment, machine):
    environment.ensure()
    machine.forget()
    environment.ensure()
    assert machine.asked == []


def test_an_interrupted_install_is_not_believed_and_starts_over(environment, machine):
    machine.interrupts = True
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    assert not environment.is_ready()
    machine.interrupts = False
    machine.forget()
    environment.ensure()
    assert machine.asked[0] == "venv"
    assert environment.is_ready()


def test_a_folder_left_empty_by_an_interruption_is_used(environment, machine):
    os.makedirs(environment.folder)
    environment.ensure()
    assert environment.is_ready()


def test_an_install_that_fails_shows_pips_last_lines_and_one_sentence(dev, environment, machine, capsys):
    machine.refuses = "--editable"
    with pytest.raises(dev.SetupError, match=r"pip could not install --editable \.: the lines above say why"):
        environment.ensure()
    assert "    ERROR: No matching distribution" in capsys.readouterr().out
    assert not environment.is_ready()


def test_changed_settings_are_installed_into_the_same_environment(environment, machine, checkout):
    environment.ensure()
    machine.forget()
    with open(checkout / "setup.cfg", "a") as file:
        file.write("\n# changed\n")
    environment.ensure()
    assert "venv" not in machine.asked and machine.asked[-1].startswith("--editable .")


def test_a_moved_checkout_makes_its_environment_again(dev, environment, machine, monkeypatch, checkout):
    environment.ensure()
    moved = checkout.rename(checkout.parent / "moved")
    monkeypatch.setattr(dev, "ROOT", str(moved))
    machine.environment = dev.Environment(".venv", sys.executable, environment.install, environment.extras)
    machine.forget()
    machine.environment.ensure()
    assert machine.asked[0] == "venv"


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_checkout_reached_through_a_link_is_the_same_checkout(checkout, tmp_path):
    (tmp_path / "link").symlink_to(checkout)
    code = f"import runpy; print(runpy.run_path({str(tmp_path / 'link' / 'dev.py')!r})['ROOT'])"
    assert run([sys.executable, "-c", code]).stdout == f"{os.path.realpath(checkout)}\n"


def test_an_environment_whose_python_is_gone_is_made_again(dev, environment, machine, monkeypatch):
    environment.ensure()
    os.remove(environment.python)
    monkeypatch.setattr(dev, "output_of", lambda command: "" if "pip" in command and not machine.asked else "yes")
    machine.forget()
    environment.ensure()
    assert machine.asked[0] == "venv"


def test_the_tests_requirements_are_added_and_stay(dev, environment, machine):
    environment.ensure()
    machine.forget()
    for_tests = dev.Environment(".venv", sys.executable, environment.install, dev.TEST_EXTRAS).ensure()
    assert "venv" not in machine.asked and "pytest>=8" in machine.asked[-1]
    machine.forget()
    environment.ensure()
    assert machine.asked == [] and for_tests.is_ready()


def test_an_environment_that_someone_else_made_is_left_alone(dev, environment, machine):
    os.makedirs(environment.folder)
    with open(os.path.join(environment.folder, "pyvenv.cfg"), "w"):
        pass
    with pytest.raises(dev.SetupError, match="was not made by this script: rename or delete it"):
        environment.ensure()
    assert os.listdir(environment.folder) == ["pyvenv.cfg"]


def test_a_package_without_a_wheel_is_left_out_with_what_is_lost(environment, machine, capsys):
    machine.refuses = "pygraphviz"
    environment.ensure()
    assert "No wheel of pygraphviz fits this Python, so pictures of graphs" in capsys.readouterr().out
    assert "tqdm" in machine.asked
    assert environment.is_ready()


def test_every_package_that_can_be_left_out_is_required_somewhere(dev):
    required = {dev.distribution_name(line) for line in dev.requirements(dev.TEST_EXTRAS)}
    assert set(dev.WITHOUT) <= required


# The jobs


def test_arguments_after_test_reach_pytest_in_order(dev):
    options = dev.parse(
        ["test", "-k", "relu and not slow", "tests/test_ops.py", "-x", "--lf", "-p", "no:cacheprovider"]
    )
    assert options.arguments == ["-k", "relu and not slow", "tests/test_ops.py", "-x", "--lf", "-p", "no:cacheprovider"]
    assert options.python is None
    assert dev.parse(["test", "--python", "all", "-q"]).arguments == ["-q"]


def test_arguments_after_bench_reach_the_benchmarks(dev):
    assert dev.parse(["bench", "--quick"]).arguments == ["--quick"]
    costs = dev.parse(["bench", "--costs", "--quick"])
    assert costs.costs and costs.arguments == ["--quick"]


def test_arguments_after_campaign_reach_the_campaigns(dev):
    assert dev.parse(["campaign", "grid", "--full", "--seed", "3"]).arguments == ["grid", "--full", "--seed", "3"]


@pytest.mark.parametrize("arguments", [[], ["dmeo"], ["demo", "--fast"], ["test", "--python"]])
def test_a_command_line_that_is_not_understood_ends_with_status_2(dev, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        dev.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: dev.py")


@pytest.fixture
def jobs(dev, monkeypatch):
    """Replace setting up and running by notes of what was run; `jobs.fails` are words of commands that fail."""

    class Jobs:
        commands, fails, python = [], (), "python"

        def program(self, name):
            return name

        def run(self, command):
            self.commands.append(command)
            return int(any(word in command for word in self.fails))

    noted = Jobs()
    noted.commands = []
    monkeypatch.setattr(dev, "set_up", lambda extras: noted)
    return noted


def test_demo_trains_and_draws_each_run_and_says_what_to_open(dev, jobs, capsys):
    assert dev.main(["demo"]) == 0
    assert [command[:2] for command in jobs.commands] == [["glassgrad-nn", "train"], ["glassgrad-viz", "run"]] * 3
    assert "Now open demo/" in capsys.readouterr().out.splitlines()[-1]


def test_campaign_runs_the_campaigns_and_has_their_status(dev, jobs):
    jobs.fails = ("grid",)
    assert dev.main(["campaign", "grid", "--full"]) == 1
    assert jobs.commands == [["python", os.path.join("tests", "campaign.py"), "grid", "--full"]]


def test_demo_stops_at_the_first_command_that_fails(dev, jobs):
    jobs.fails = ("glassgrad-viz",)
    assert dev.main(["demo"]) == 1
    assert len(jobs.commands) == 2


def test_the_text_is_checked_before_the_tests_are_run(dev, jobs):
    assert dev.main(["test", "-x"]) == 0
    assert [command[2:4] for command in jobs.commands[:-1]] == [
        *(["ruff", "check"], ["ruff", "format"], ["mypy", "autograd"]),
    ]
    assert jobs.commands[-1][2:] == ["pytest", "-n", "auto", "-x"]


def test_a_failed_check_of_the_text_is_the_last_line_and_the_status(dev, jobs, capsys):
    jobs.fails = ("mypy",)
    assert dev.main(["test"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "lint: 2 passed, 1 failed"


def test_a_failed_test_is_the_status(dev, jobs):
    jobs.fails = ("pytest",)
    assert dev.main(["test"]) == 1


def test_each_interpreter_gets_a_line_and_one_that_fails_fails_all(dev, jobs, monkeypatch, capsys):
    found = [((3, 10, 1), "a", False), ((3, 12, 0), "b", False), ((3, 13, 0), "c", True)]
    outcomes = {"a": (0, "7 passed in 0.1s"), "b": (1, "1 failed, 6 passed in 0.1s")}
    monkeypatch.setattr(dev, "interpreters", lambda: found)
    monkeypatch.setattr(dev.Environment, "ensure", lambda self: self)
    monkeypatch.setattr(dev, "run_and_keep_last_line", lambda environment, command: outcomes[environment.base])
    assert dev.main(["test", "--python", "all"]) == 1
    assert capsys.readouterr().out.splitlines()[-5:] == [
        "lint     passed   0 of 3 checks failed",
        "3.10.1   passed   7 passed in 0.1s",
        "3.12.0   failed   1 failed, 6 passed in 0.1s",
        "3.13.0   skipped  a free-threaded build",
        "2 passed, 1 failed, 1 skipped",
    ]


def test_the_last_line_of_a_run_is_kept(dev, environment):
    code = "print('a'); print('=== 3 passed in 0.1s ==='); print()"
    assert dev.run_and_keep_last_line(environment, [sys.executable, "-c", code]) == (0, "3 passed in 0.1s")


def test_a_machine_without_the_peers_python_is_told(dev, jobs, monkeypatch, capsys):
    monkeypatch.setattr(dev, "interpreters", lambda: [((3, 12, 0), "b", False)])
    assert dev.main(["bench"]) == 2
    assert "the peers need Python 3.11, and none was found" in capsys.readouterr().err


def test_an_interruption_ends_with_a_sentence(dev, monkeypatch, capsys):
    def interrupt(extras):
        raise KeyboardInterrupt

    monkeypatch.setattr(dev, "set_up", interrupt)
    assert dev.main(["demo"]) == 130
    assert "dev.py: interrupted" in capsys.readouterr().err


# The doctor


def test_the_doctor_finds_nothing_wrong_with_a_fresh_checkout_and_makes_nothing(checkout):
    done = run([sys.executable, checkout / "dev.py", "doctor"], cwd=checkout)
    assert done.returncode == 0, done.stdout
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
    assert not (checkout / ".venv").exists()


def problems(checkout, cwd, **variables):
    done = run([sys.executable, checkout / "dev.py", "doctor"], cwd=cwd, env=variables)
    assert done.returncode == 1, done.stdout
    return [line for line in done.stdout.splitlines() if line.startswith("problem")]


@pytest.mark.parametrize("name", ["autograd.py", "nn.py", "viz.py"])
def test_the_doctor_names_a_file_that_hides_a_package(checkout, tmp_path, name):
    (tmp_path / name).write_text("")
    (line,) = problems(checkout, tmp_path)
    assert str(tmp_path / name) in line


def test_the_doctor_looks_on_pythonpath_too(checkout, tmp_path):
    (tmp_path / "nn.py").write_text("")
    (line,) = problems(checkout, checkout, PYTHONPATH=str(tmp_path))
    assert str(tmp_path / "nn.py") in line


@pytest.mark.parametrize("name", ["autograd", "glassgrad"])
def test_the_doctor_names_a_foreign_distribution(checkout, name):
    site = install_by_hand(checkout, name)
    lines = problems(checkout, checkout)
    assert f"{name} in {site}" in lines[0]


def test_the_doctor_says_when_no_picture_can_be_drawn(dev, environment, monkeypatch):
    monkeypatch.setattr(dev.shutil, "which", lambda name: None)
    monkeypatch.setattr(dev, "quietly", lambda command: subprocess.CompletedProcess(command, 1, "No module pygraphviz"))
    trouble, subject, text = dev.check_drawing(environment)
    assert trouble and subject == "drawing" and "install Graphviz" in text


# CI


def test_ci_begins_with_the_command_of_the_readme():
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert next(line for line in lines if line.startswith("python3")) == "python3 dev.py test"
