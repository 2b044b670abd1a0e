"""The distribution: what the built wheel holds, and that it works where nothing else is installed."""

import email
import sys
import zipfile
from configparser import ConfigParser

import pytest
from conftest import ROOT, run

import autograd

PACKAGES = ["autograd", "nn", "viz"]


@pytest.fixture(scope="module")
def configuration():
    parser = ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_the_three_packages_their_type_markers_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_every_module_of_the_checkout_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert modules <= names


def test_the_version_is_the_marker_of_the_engine(metadata):
    assert metadata["Version"] == autograd.__glassgrad__


def test_only_graphviz_is_required_and_everything_else_is_an_extra(metadata):
    required = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert required == ["graphviz>=0.20.3"]


def test_all_means_every_extra_but_the_tests(metadata):
    lines = [line for line in metadata.get_all("Requires-Dist") if "extra == 'all'" in line or 'extra == "all"' in line]
    extras = {name for line in lines for name in line.split("[")[1].split("]")[0].split(",")}
    assert extras == set(metadata.get_all("Provides-Extra")) - {"all", "test"}


def test_the_licence_and_the_pythons_are_stated(metadata):
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.10"
    minors = [line.split("3.")[1] for line in metadata.get_all("Classifier") if ":: Python :: 3." in line]
    assert minors == ["10", "11", "12", "13", "14"]


def test_pyproject_holds_the_build_system_and_tool_tables_only():
    tables = [line for line in (ROOT / "pyproject.toml").read_text("utf-8").splitlines() if line.startswith("[")]
    kept = ("[build-system]", "[tool.ruff", "[tool.mypy", "[[tool.mypy")
    assert [table for table in tables if not table.startswith(kept)] == []


def test_every_package_and_no_other_is_named(configuration):
    found = [path.parent.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("__init__.py")]
    assert configuration["options"]["packages"].split() == sorted(".".join(path.parts) for path in found)


def test_the_installed_wheel_computes_a_gradient_outside_the_checkout(installed, tmp_path):
    code = "import autograd, nn, viz; x = autograd.Value(3.0); (x * x).backward(); print(x.grad)"
    done = run([installed.python, "-c", code], cwd=tmp_path)
    assert done.stdout == "6.0\n"


def test_the_installed_packages_come_from_the_wheel(installed, tmp_path):
    done = run([installed.python, "-c", "import autograd; print(autograd.__file__)"], cwd=tmp_path)
    assert done.stdout.startswith(str(installed.python.parent.parent))


@pytest.mark.parametrize("script", ["glassgrad-nn", "glassgrad-viz"])
def test_a_console_script_shows_its_help(installed, script, tmp_path):
    done = run([installed.scripts / script, "--help"], cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("usage: " + script)


def test_engine_and_networks_need_the_standard_library_alone(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import autograd, nn; print(nn.MLP(2, [1]))"
    done = run([sys.executable, "-I", "-S", "-c", code])
    assert done.returncode == 0, done.stdout
