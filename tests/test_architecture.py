"""The arrows `nn -> autograd <- viz`, read from every import statement, and what the packages may not contain."""

import ast
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

STANDARD = set(sys.stdlib_module_names)
PACKAGES = ("autograd", "nn", "viz")
ALWAYS = {"autograd": {"autograd"}, "nn": {"nn", "autograd"}, "viz": {"viz", "autograd", "graphviz"}}
LAZILY = {
    "nn/data.py": {"sklearn"},
    "nn/train.py": {"tqdm"},
    "autograd/program/arrays/executor.py": {"numpy"},
    "autograd/program/native/llvm.py": {"llvmlite"},
    "viz": {"matplotlib", "pygraphviz"},
}
RUNS_FILES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "dbm"}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
# They compile the formulas written in ops.py and the source made of them, and what takes apart and puts together
# structures of a form, in which names and whole numbers are all there is: never anything read or given.
OWN_TEXT = (
    "autograd/primitive.py",
    "autograd/program/python.py",
    *(f"autograd/program/compiled/{name}.py" for name in ("reading", "views")),
)


def modules(package):
    """Return every module of a package, as paths relative to the checkout."""
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py"))


ALL = [module for package in PACKAGES for module in modules(package)]


def tree_of(module):
    return parsed((ROOT / module).read_text("utf-8"))


@cache
def parsed(text):
    return ast.parse(text)


def dotted(module):
    """Return a module's import name: "nn/__init__.py" is "nn", "nn/data.py" is "nn.data"."""
    return ".".join(Path(module).with_suffix("").parts).removesuffix(".__init__")


def base_of(module, level):
    """Return the package that `level` leading dots mean inside a module."""
    parts = Path(module).with_suffix("").parts[:-level] if level else ()
    return ".".join(parts)


def targets(module, statement):
    """Return the absolute names that an import statement names; `from . import x` names `package.x`."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    base = ".".join(part for part in (base_of(module, statement.level), statement.module) if part)
    return [f"{base}.{alias.name}" for alias in statement.names]


def imports(module, nodes):
    statements = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {name for statement in statements for name in targets(module, statement)}


def all_imports(module):
    return imports(module, ast.walk(tree_of(module)))


def imports_at_once(module):
    """Return what importing the module imports: everything outside functions, but for `if TYPE_CHECKING:`."""
    return imports(module, at_once(tree_of(module)))


def at_once(node):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or is_for_type_checkers(child):
            continue
        yield child
        yield from at_once(child)


def is_for_type_checkers(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def top(names):
    return {name.split(".")[0] for name in names}


def lazily(module):
    return LAZILY.get(module, set()) | LAZILY.get(module.split("/")[0], set())


@pytest.mark.parametrize("module", ALL)
def test_a_module_imports_only_what_its_package_may(module):
    allowed = STANDARD | ALWAYS[module.split("/")[0]]
    assert top(all_imports(module)) - allowed - lazily(module) == set()
    assert top(imports_at_once(module)) - allowed == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_itself_in_a_circle(package):
    names = {dotted(module): module for module in modules(package)}
    graph = {name: edges(name, imports_at_once(module), names) for name, module in names.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(reversed(circle.args[1])))


# What each stage of a program's way to its executor may know of the others; the equations beside them know none.
STAGES = {
    "": set(),
    "planning": set(),
    "formulas": set(),
    "arrays": {"planning", "formulas"},
    "native": {"planning", "formulas"},
    "compiled": {"planning"},
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_of_programs_knows_only_the_stages_before_it(stage):
    folder = "/".join(filter(None, ("autograd/program", stage)))
    found = [m for m in modules("autograd") if m.rpartition("/")[0] == folder and m != "autograd/program/__init__.py"]
    known = {stage_of(name) for module in found for name in imports_at_once(module)}
    assert found
    assert known & set(STAGES) - {stage, ""} <= STAGES[stage]


def stage_of(name):
    """Return the stage that an imported name belongs to, None for what is outside programs."""
    inside = name.removeprefix("autograd.program.")
    return None if inside == name else inside.split(".")[0]


def edges(name, imported, names):
    """Return the modules of the package that `imported` names: x.y means module x.y, or else something in module x."""
    found = {target if target in names else target.rpartition(".")[0] for target in imported}
    return found & set(names) - {name}


@pytest.mark.parametrize("module", ALL)
def test_no_module_asserts_because_user_input_gets_an_error_that_explains_itself(module):
    assert [node.lineno for node in ast.walk(tree_of(module)) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("module", ALL)
def test_no_module_can_run_what_a_file_holds(module):
    """FAULTS F1: a malicious model file must find nothing that unpickles or evaluates it."""
    assert top(all_imports(module)) & RUNS_FILES == set()
    calls = {node.func.id for node in ast.walk(tree_of(module)) if is_named_call(node)}
    assert calls & RUNS_TEXT <= ({"eval", "exec", "compile"} if module in OWN_TEXT else set())
    words = {word.arg for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call) for word in node.keywords}
    assert "allow_pickle" not in words


def is_named_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


@pytest.mark.parametrize("module", ALL)
def test_a_module_says_in_its_first_line_what_it_is_for(module):
    documentation = ast.get_docstring(tree_of(module)) or ""
    assert documentation.splitlines()[:1] and documentation.splitlines()[0].endswith((".", ":", "?"))


@pytest.mark.parametrize(
    "statement", ["import viz", "import viz.draw as d", "from viz import draw", "from viz.draw import draw"]
)
def test_the_check_sees_every_form_of_import_wherever_it_stands(statement, monkeypatch, tmp_path):
    (tmp_path / "x.py").write_text(f"def f():\n    try:\n        {statement}\n    except ImportError:\n        pass\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert top(all_imports("x.py")) == {"viz"}
    assert imports_at_once("x.py") == set()


def test_the_check_sees_a_circle():
    graph = {"p.a": edges("p.a", {"p.b.name"}, {"p.a", "p.b"}), "p.b": edges("p.b", {"p.a"}, {"p.a", "p.b"})}
    with pytest.raises(CycleError):
        TopologicalSorter(graph).prepare()


def test_dots_mean_the_package_they_are_in():
    assert base_of("autograd/program/passes.py", 1) == "autograd.program"
    assert base_of("autograd/program/passes.py", 2) == "autograd"
    assert base_of("autograd/__init__.py", 1) == "autograd"
