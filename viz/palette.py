"""How each kind of node looks: the texts' colours, and shapes and borders that differ too.

So the picture can be read in black and white, and by readers who do not see red.
"""

from __future__ import annotations

WHITE, RED, BLUE, GREY = "#ffffff", "#f6b0a8", "#a9cdf0", "#6b6b6b"

Style = dict[str, str]

# One row per kind; the operation is what stands between Values.
PALETTE: dict[str, Style] = {
    "input": {"shape": "record", "style": "filled", "fillcolor": WHITE},
    "constant": {"shape": "box", "style": "filled,dashed", "fillcolor": WHITE},
    "parameter": {"shape": "Mrecord", "style": "filled", "fillcolor": RED},
    "operation": {"shape": "ellipse", "style": "filled", "fillcolor": BLUE},
    "value": {"shape": "record", "style": "filled", "fillcolor": WHITE, "color": GREY},
    "output": {"shape": "record", "style": "filled", "fillcolor": WHITE, "penwidth": "2.5"},
}
# Groups of equations: what is computed for every row, once, or added up over the rows.
GROUPS: dict[str, Style] = {
    "lane": {"shape": "box", "style": "filled", "fillcolor": BLUE},
    "once": {"shape": "box", "style": "filled,dashed", "fillcolor": BLUE},
    "sum": {"shape": "box", "style": "filled", "fillcolor": BLUE, "peripheries": "2"},
}
# micrograd's picture: black on white.
PLAIN: dict[str, Style] = {kind: {"shape": "record"} for kind in PALETTE} | {"operation": {}}
