"""docs/compiled.md: every block of Python on it prints what the page shows below."""

import contextlib
import io
import re

import pytest
from conftest import ROOT

PAGE = (ROOT / "docs" / "compiled.md").read_text("utf-8")
BLOCK = re.compile(r"^```(python|text|llvm|asm)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MACHINE = "from autograd.program.native.llvm"


def pairs():
    """Return (Python, what it prints) for every block of the page, "" where nothing is shown."""
    found = []
    for language, text in BLOCK.findall(PAGE):
        if language == "python":
            found.append([text, ""])
        else:
            found[-1][1] = text
    return found


def printed(block, names):
    """Run a block of Python and return what it prints."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(compile(block, "docs/compiled.md", "exec"), names)
    return stream.getvalue()


def missing():
    """Return why this machine cannot make the machine code of the page, "" if it can."""
    try:
        from llvmlite import binding
    except ImportError:
        return "llvmlite is not installed"
    if not binding.get_process_triple().startswith("x86_64"):
        return f"the page shows code for x86-64, this is {binding.get_process_triple()}"
    version = f"LLVM {binding.llvm_version_info[0]}"
    return "" if version in PAGE else f"the page shows what another version than {version} makes"


def test_every_block_prints_what_the_page_shows_below_it():
    names = {}
    for block, shown in pairs():
        if MACHINE not in block:
            assert printed(block, names) == shown


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_machine_code_is_that_of_the_kernel_on_the_page():
    names = {}
    outputs = [(printed(block, names), shown) for block, shown in pairs()]
    machine = [(got, shown) for (block, _), (got, shown) in zip(pairs(), outputs, strict=True) if MACHINE in block]
    assert len(machine) == 1
    assert machine[0][0] == machine[0][1]


def test_the_kernel_and_the_machine_code_do_what_the_text_says_of_them():
    shown = dict(BLOCK.findall(PAGE))
    assert shown["llvm"].count("fmuladd") == shown["llvm"].count("shufflevector") == 4
    assert shown["llvm"].count("load <4 x double>") == 1
    assert shown["asm"].count("vfmadd231pd") == shown["asm"].count("vbroadcastsd") == 4
    assert shown["asm"].count("vmovapd") == 1


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w/]+\.py)`", PAGE))))
def test_a_file_that_is_named_exists(path):
    assert (ROOT / path).exists() or (ROOT / "autograd" / "program" / path).exists()
