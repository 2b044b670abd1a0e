"""Turn numbers and any text a user may write into text that is safe and honest in a picture.

A label is data. In DOT a backslash, a brace or `<...>` would be read as an instruction, and a control character would
make the SVG invalid. So every text passes through `readable`, which leaves only characters that can be shown, and then
through the escaper of the place it goes to: `record_field` inside a record node, `plain` everywhere else.
"""

from __future__ import annotations

import math
import re

import graphviz

# What would break XML (controls, surrogates, noncharacters), and what would reorder or break a line.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_INVISIBLE = re.compile("[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LOST_BLANKS = re.compile("^ +| +$| {2,}")  # a record would fold these
_BLANKS = re.compile("[\t\n\r]")

NODE_LENGTH = 40
TOOLTIP_LENGTH = 400


def number(x: float) -> str:
    """Return `x` for a picture: integers exactly, other numbers to 4 significant digits, nan, inf and -0 as they are.

    >>> [number(x) for x in (0.5, 24.7041, -3.0, 1e-05, -0.0, float("inf"))]
    ['0.5000', '24.70', '-3', '1.000e-05', '-0', 'inf']
    """
    if x == 0.0:
        return "-0" if math.copysign(1.0, x) < 0 else "0"
    if x.is_integer() and abs(x) < 2.0**53:
        return str(int(x))
    if 999.95 <= abs(x) < 1e6:  # 1234.6 must not be shown as 1235, which would look exact
        return f"{x:.1f}"
    return f"{x:#.4g}"


def readable(text: str) -> str:
    r"""Return `text` on one line with nothing invisible in it.

    What cannot be shown becomes U+FFFD; what would break or reorder a line is spelled out.

    >>> readable("a\nb"), readable("\x00"), readable("\u202egpj")
    ('a b', '\ufffd', '\\u202egpj')
    """
    text = _BLANKS.sub(" ", text)
    text = _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return _UNFIT.sub("\ufffd", text)


def shorten(text: str, length: int = NODE_LENGTH) -> str:
    """Return `text` cut to `length` characters, with an ellipsis where something is missing.

    >>> shorten("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"


def record_field(text: str, length: int = NODE_LENGTH) -> str:
    r"""Return `text` for one field of a record node: no character of it is read as an instruction.

    >>> print(record_field("{a|b} & \\N"))
    \{a\|b\} &amp; \\N
    """
    safe = shorten(readable(text), length).replace("&", "&amp;")
    safe = _LOST_BLANKS.sub(lambda match: "\u00a0" * len(match[0]), safe)
    return re.sub(r"([\\{}|<>])", r"\\\1", safe)


def record(text: str) -> str:
    """Return `text` for a record node of one field."""
    return graphviz.nohtml("{" + record_field(text) + "}")


def plain(text: str) -> str:
    r"""Return `text` for the label of an ellipse, an edge or a box, marked so that `<...>` is not taken for HTML.

    >>> print(plain("<b>\\N"))
    <b>\\N
    """
    return graphviz.escape(shorten(readable(text)).replace("&", "&amp;"))


def tooltip(text: str) -> str:
    r"""Return `text` for what shows under the pointer.

    Some versions of Graphviz read the escapes of a tooltip twice, others once, so no backslash may be in it.

    >>> print(tooltip("a\\N"))
    a＼N
    """
    safe = shorten(readable(text), TOOLTIP_LENGTH).replace("&", "&amp;")
    return graphviz.nohtml(safe.replace("\\", "＼"))
