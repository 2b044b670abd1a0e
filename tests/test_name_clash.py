"""Another package called `autograd`: said clearly by `nn` and `viz`, and repaired by the two commands they name."""

import re
import shlex

import pytest
from conftest import new_environment, pip, run

PACKAGES = ["nn", "viz"]


def imported(python, package, folder):
    """Import a package in another Python, outside the checkout; return what that prints."""
    return run([python, "-c", f"import {package}; print('imported')"], cwd=folder).stdout


@pytest.fixture(scope="module")
def story(wheel, tmp_path_factory):
    """Install ours, then HIPS autograd over it, then follow the advice; return what an import says at each stage."""
    python, elsewhere = new_environment(tmp_path_factory.mktemp("both")), tmp_path_factory.mktemp("elsewhere")
    pip("--python", python, "install", "--quiet", wheel)
    pip("--python", python, "install", "--quiet", "--only-binary", ":all:", "autograd>=1.7")
    said = {"clash": {package: imported(python, package, elsewhere) for package in PACKAGES}}
    for stage, command in zip(("half repaired", "repaired"), advice(said["clash"]["nn"]), strict=True):
        pip("--python", python, *(wheel if word == "PATH" else word for word in command))
        said[stage] = {package: imported(python, package, elsewhere) for package in PACKAGES}
    return said, python


def advice(message):
    """Return the arguments of each pip command that a message names."""
    return [shlex.split(line) for line in re.findall(r"^ +python -m pip (.*)$", message, re.MULTILINE)]


@pytest.mark.parametrize("package", PACKAGES)
def test_hips_autograd_in_our_place_is_named_with_its_file_and_both_distributions(story, package):
    said, python = story
    message = said["clash"][package].split("ImportError: ")[1]
    assert message.startswith(f"{package} needs the package autograd of the distribution glassgrad")
    assert str(python.parent.parent) in message
    assert "The distribution autograd (HIPS) installs the same name" in message


@pytest.mark.parametrize("package", PACKAGES)
def test_the_empty_package_that_an_uninstall_leaves_is_recognised(story, package):
    said, _ = story
    assert f"ImportError: {package} needs the package autograd" in said["half repaired"][package]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_two_commands_of_the_message_repair_the_environment(story, package):
    said, _ = story
    assert said["repaired"][package] == "imported\n"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_students_own_autograd_file_is_named(installed, package, tmp_path):
    (tmp_path / "autograd.py").write_text("")
    message = imported(installed.python, package, tmp_path)
    assert str(tmp_path / "autograd.py") in message
    assert "If that file is your own, rename it" in message
