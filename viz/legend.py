"""Explain the colours, shapes and numbers of a picture in the picture itself."""

from __future__ import annotations

from itertools import pairwise

import graphviz

from .palette import GREY, PALETTE

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
    with dot.subgraph(name="cluster_legend") as box:
        box.attr(label="", style="dotted", color=GREY)
        shown = [kind for kind in TEXTS if kind in kinds]
        for kind in shown:
            box.node(f"legend_{kind}", TEXTS[kind], **PALETTE[kind], **SMALL)
        box.node("legend_edge", _numbers(places, after_backward), shape="plaintext", **SMALL)
        for left, right in pairwise([*(f"legend_{kind}" for kind in shown), "legend_edge"]):
            box.edge(left, right, style="invis")


def _numbers(places: bool, after_backward: bool) -> str:
    lines = ["on an edge:"] + ["(1) first operand"] * places + ["× local derivative"]
    lines += ["← adjoint that flowed"] * after_backward
    return "".join(line + r"\l" for line in lines)
