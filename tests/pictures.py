"""What the tests of pictures share: labels meant to do harm, and an eye that reads an SVG."""

import re
from xml.etree import ElementTree

import pytest

from viz.render import engine_found

needs_engine = pytest.mark.skipif(not engine_found(), reason="no Graphviz here: pip install pygraphviz")

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

HOSTILE = [
    "<b>x</b>",
    "<<b>x</b>>",
    "a|b",
    "{x}",
    '"; evil [label="pwn"]; "',
    "a\\",
    "\\N \\G",
    "\\l\\r\\n",
    "x:y",
    "a:b:c",
    "node",
    "digraph",
    "a\nb",
    "a\tb\rc",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "a\u2028b\u2029c",
    "a\x00b",
    "\x01",
    "\ud800",
    "\u202egpj.exe",
    "A" * 100_000,
    "&lt;",
    "&lt;script&gt;&amp;amp;&#60;",
    "<!--",
    "-->",
    "]]>",
    "${7*7}",
    "${1+1}`",
    "{{7*7}}",
    "'\"><svg onload=alert(1)>",
    '"><svg onload=alert(1)>',
    "%s%n",
    "%s{0}",
    "\x1b[31m",
    "constructor",
    "__proto__",
    "",
    " ",
    "  two  blanks  ",
    "<!--<script>",
    "]]><svg/onload=1>",
    "]]><script>",
    "=1+1",
    "{a|b|<c>}|d",
    '<<TABLE HREF="javascript:alert(1)"><TR><TD>click</TD></TR></TABLE>>',
    'x"; URL="javascript:alert(1)"; y="',
    "重み Σ ∂ 😀",
    "\\\\\\",
    '\\"',
]
NAMES = [f"{i}: {label[:20]!a}" for i, label in enumerate(HOSTILE)]

FORBIDDEN = {"script", "img", "image", "foreignObject", "iframe", "object", "animate", "set", "use"}


def parsed(svg):
    """Return the root element; a text that is not XML fails here."""
    return ElementTree.fromstring(svg)


def texts(svg):
    """Return {node name: its lines of text}, the tooltip under the key "tooltip" of each being left out."""
    nodes = parsed(svg).iter(f"{SVG}g")
    return {
        node.find(f"{SVG}title").text: ["".join(text.itertext()) for text in node.iter(f"{SVG}text")]
        for node in nodes
        if node.get("class") == "node"
    }


def tooltips(svg):
    """Return {node name: its tooltip}."""
    found = {}
    for node in parsed(svg).iter(f"{SVG}g"):
        link = node.find(f".//{SVG}a")
        if node.get("class") == "node" and link is not None:
            found[node.find(f"{SVG}title").text] = link.get(f"{XLINK}title")
    return found


def assert_harmless(svg):
    """Fail if the picture holds anything that could run or lead somewhere."""
    for element in parsed(svg).iter():
        assert element.tag.removeprefix(SVG) not in FORBIDDEN
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert not name.endswith("href")
            assert name == f"{XLINK}title" or "javascript:" not in value.lower()


def plain_blanks(text):
    """Return `text` with every blank, also the unbreakable one, as an ordinary blank."""
    return re.sub(r"\s", " ", text)
