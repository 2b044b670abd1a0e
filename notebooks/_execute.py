"""Run the notebooks again, in place, and leave in them, but for times, only what is the same on every machine.

`python3 dev.py notebooks` calls this. The tests use `executed` too, so a notebook that passes is one that runs here.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
INLINE = "module://matplotlib_inline.backend_inline"  # pictures go into the notebook, not into a window
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class ThisPython(AsyncKernelManager):
    """Start the interpreter that runs this file, whatever kernels a user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return how to start it."""
        # What C libraries write by themselves (a complaint about fonts, say) is none of a notebook's business.
        options = ["--log-level=ERROR", "--IPKernelApp.capture_fd_output=False"]
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *options]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def paths() -> list[Path]:
    """Return the notebooks in reading order."""
    return sorted(FOLDER.glob("[0-9]*.ipynb"))


def executed(notebook: NotebookNode) -> NotebookNode:
    """Run every cell in a fresh kernel and return the notebook; raise CellExecutionError where a cell fails."""
    place = {"metadata": {"path": str(FOLDER)}}
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        timeout=120,
        record_timing=False,
        coalesce_streams=True,  # how the prints of a cell are cut into pieces is chance
        resources=place,
    )
    with tempfile.TemporaryDirectory() as settings:
        client.execute(env=os.environ | {"PYTHONPATH": str(ROOT), "IPYTHONDIR": settings, "MPLBACKEND": INLINE})
    return notebook


def normalised(notebook: NotebookNode) -> NotebookNode:
    """Number cells and outputs anew and drop everything that another run would write otherwise."""
    notebook.metadata = nbformat.from_dict(METADATA)
    codes = 0
    for i, cell in enumerate(notebook.cells, 1):
        cell.id, cell.metadata = f"cell-{i:02}", NotebookNode()
        if cell.cell_type == "code":
            codes += 1
            cell.execution_count = codes
            cell.outputs = [_normalised_output(output, codes) for output in cell.outputs]
    return notebook


def _normalised_output(output: NotebookNode, count: int) -> NotebookNode:
    if output.output_type == "execute_result":
        output.execution_count = count
    if "data" in output:
        output.metadata = NotebookNode()
        svg = output.data.get("image/svg+xml")
        if svg:  # the comments name the version of Graphviz
            output.data["image/svg+xml"] = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    return output


def trouble(notebook: NotebookNode) -> list[str]:
    """Return what may not be committed: warnings, and paths of this machine."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    warnings = [output.text for output in outputs if output.get("name") == "stderr"]
    texts = [text for output in outputs for text in (output.get("text"), *output.get("data", {}).values()) if text]
    places = {str(ROOT), str(Path.home()), sys.prefix, tempfile.gettempdir()}
    return warnings + [f"a path of this machine: {place}" for place in sorted(places) if place in "".join(texts)]


def main() -> int:
    """Run every notebook and write it back; return 1 if one of them was left as it was."""
    status = 0
    for path in paths():
        notebook = normalised(executed(nbformat.read(path, as_version=4)))
        problems = trouble(notebook)
        if problems:
            status = 1
            print(f"{path.name} was not written:", *problems, sep="\n    ")
        else:
            nbformat.write(notebook, path)
            print(f"{path.name}: {len(notebook.cells)} cells")
    return status


if __name__ == "__main__":
    sys.exit(main())
