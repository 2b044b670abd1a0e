"""The README: every Python block runs and prints what it says, every command it shows exists."""

import re
import shlex
import sys

import pytest
from conftest import ROOT, run

README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def promised(block):
    """Return the lines that the `# prints ...` comments of a block promise."""
    return re.findall(r"# prints (.*)$", block, re.MULTILINE)


def commands():
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.strip()]


def shown(program):
    """Return the arguments of every command of a program that the README shows."""
    lines = [line for line in commands() if line.startswith(program)]
    return [pytest.param(shlex.split(line.removeprefix(program)), id=line) for line in lines]


def paths(pattern):
    return sorted(set(re.findall(pattern, README)))


@pytest.mark.parametrize("block", blocks("python"))
def test_a_python_block_prints_what_its_comments_promise(block, tmp_path):
    done = run([sys.executable, "-c", block], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines() == promised(block)


def test_micrograds_example_is_there_with_its_numbers():
    assert any(promised(block) == ["24.7041", "138.8338", "645.5773"] for block in blocks("python"))


def test_the_first_commands_are_the_two_that_set_everything_up():
    assert commands()[:2] == ["python3 dev.py demo", "python3 dev.py test"]


def test_every_command_belongs_to_a_program_of_ours():
    ours = ("python3 dev.py ", "glassgrad-nn ", "glassgrad-viz ", "python3 -m pip install ", ". .venv/bin/activate")
    assert [line for line in commands() if not line.startswith(ours)] == []


@pytest.mark.parametrize("arguments", shown("python3 dev.py"))
def test_a_job_of_the_script_that_is_shown_exists(dev, arguments):
    assert callable(dev.parse(arguments).run)


@pytest.mark.parametrize("arguments", shown("glassgrad-viz"))
def test_a_picture_command_makes_the_file_it_names(arguments, tmp_path):
    done = run([sys.executable, "-m", "viz", *arguments], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stdout
    assert (tmp_path / arguments[arguments.index("-o") + 1]).stat().st_size > 0


@pytest.mark.parametrize("arguments", shown("glassgrad-nn"))
def test_a_training_command_names_flags_that_exist(arguments):
    help_text = run([sys.executable, "-m", "nn", arguments[0], "--help"], cwd=ROOT).stdout
    assert [flag for flag in arguments if flag.startswith("-") and flag not in help_text] == []


@pytest.mark.parametrize("path", paths(r"\]\(([^)#:]+)\)"))
def test_a_link_leads_to_a_file(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", paths(r"`((?:autograd|nn|viz|docs|notebooks|benchmarks)/[\w./]*)`"))
def test_a_file_that_is_named_exists(path):
    assert (ROOT / path).exists()
