"""Explain the colours, shapes and numbers of a picture in the picture itself."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import graphviz

from .palette import GREY, PALETTE, Style

SMALL = {"fontsize": "10", "height": "0.25", "margin": "0.08,0.02"}
TEXTS = {
    "input": "input",
    "constant": "constant",
    "parameter": "parameter",
    "operation": "operation",
    "value": "value between",
    "output": "output",
}


def write_legend(dot: graphviz.Digraph, kinds: set[str], places: bool, after_backward: bool) -> None:
    """Write a box with one sample of each of `kinds`, and what the numbers on an edge mean."""
    samples = {kind: (TEXTS[kind], PALETTE[kind]) for kind in TEXTS if kind in kinds}
    write_samples(dot, samples, _numbers(places, after_backward))


def write_samples(dot: graphviz.Digraph, samples: Mapping[str, tuple[str, Style]], edge: str) -> None:
    """Write a box with samples, each a text and a style by name, and a text about edges."""
    with dot.subgraph(name="cluster_legend") as box:
        box.attr(label="", style="dotted", color=GREY)
        for name, (text, style) in samples.items():
            box.node(f"legend_{name}", text, **style, **SMALL)
        box.node("legend_edge", edge, shape="plaintext", **SMALL)
        for left, right in pairwise([*(f"legend_{name}" for name in samples), "legend_edge"]):
            box.edge(left, right, style="invis")


def _numbers(places: bool, after_backward: bool) -> str:
    lines = ["on an edge:"] + ["(1) first operand"] * places + ["× local derivative"]
    lines += ["← adjoint that flowed"] * after_backward
    return "".join(line + r"\l" for line in lines)
