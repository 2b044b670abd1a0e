"""The public names: what each package exports is what docs/api.md lists, no more and no less."""

import importlib
import inspect
import re

import pytest
from conftest import ROOT

DOCUMENT = (ROOT / "docs" / "api.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## `([\w.]+)`\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))
PACKAGES = ["autograd", "nn", "viz"]


def documented(package):
    """Return the names at the head of the lines of a list: "- `relu`, `tanh`: ..." gives both."""
    heads = re.findall(r"^- (`.*?`)(?::|$)", SECTIONS[package], re.MULTILINE)
    return [name for head in heads for name in re.findall(r"`(\w+)", head)]


def test_every_package_has_its_list():
    assert set(SECTIONS) == {*PACKAGES, "autograd.errors"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_exports_what_is_documented(package):
    assert sorted(importlib.import_module(package).__all__) == sorted(documented(package))


@pytest.mark.parametrize("package", SECTIONS)
def test_no_name_is_documented_twice(package):
    names = documented(package)
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("package", SECTIONS)
def test_every_documented_name_is_there_and_explains_itself(package):
    module = importlib.import_module(package)
    silent = [name for name in documented(package) if not inspect.getdoc(getattr(module, name))]
    assert silent == []


def test_every_error_of_the_engine_is_documented():
    found = vars(importlib.import_module("autograd.errors")).values()
    errors = [kind.__name__ for kind in found if inspect.isclass(kind) and kind.__module__ == "autograd.errors"]
    assert sorted(errors) == sorted(documented("autograd.errors"))
