"""What several tests need: the script dev.py as a module, and the built wheel installed where nothing else is."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from autograd.graph import LOCK

ROOT = Path(__file__).resolve().parent.parent
BUILT_FROM = ("autograd", "nn", "viz", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")

# Helpers hold no tests; --doctest-modules would import them, and the campaigns' own need more than the tests require.
collect_ignore = [path.name for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_")]

os.environ.setdefault("MPLBACKEND", "Agg")  # no test opens a window
settings.register_profile("glassgrad", deadline=None, derandomize=True)  # the same examples every time, however slow
settings.load_profile("glassgrad")


@pytest.fixture(autouse=True)
def the_engines_lock_is_given_back():
    """Fail the test that keeps the engine's lock, and not the next one that waits for it in another thread for ever."""
    yield
    kept = LOCK._is_owned()
    while LOCK._is_owned():
        LOCK.release()
    assert not kept, "this test ended while its thread held autograd.graph.LOCK"


class Installed(NamedTuple):
    """A virtual environment outside the checkout that holds the wheel and what it requires."""

    python: Path
    scripts: Path
    wheel: Path


def run(command, **options) -> subprocess.CompletedProcess:
    """Run a command with a clean environment; its output, errors included, is in `.stdout`."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    variables.update({"PYTHONIOENCODING": "utf-8", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **options.pop("env", {})})
    return subprocess.run(
        [str(part) for part in command],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        **options,
    )


def pip(*arguments) -> None:
    """Run pip; skip the test where there is no package index, except in CI, which must have one."""
    done = run([sys.executable, "-m", "pip", *arguments])
    if done.returncode and "Retrying" in done.stdout and not os.environ.get("CI"):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stdout


def new_environment(folder: Path) -> Path:
    """Make an empty virtual environment, without pip; return its Python."""
    done = run([sys.executable, "-m", "venv", "--without-pip", folder])
    assert done.returncode == 0, done.stdout
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture(scope="session")
def dev():
    """Return dev.py as a module."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel from a copy, so that no build folder of the checkout leaks into it."""
    source = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", out, source)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Installed:
    """Install the wheel into an empty environment outside the checkout."""
    python = new_environment(tmp_path_factory.mktemp("environment of its own"))
    pip("--python", python, "install", "--quiet", wheel)
    return Installed(python, python.parent, wheel)
