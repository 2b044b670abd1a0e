"""Make an SVG fit the page it is shown on."""

import re

STYLE = ' style="max-width:100%;height:auto"'


def scalable(svg: str) -> str:
    """Return `svg` so that it keeps its size where there is room and shrinks, text and all, where there is not.

    >>> scalable('<svg width="99pt" height="9pt" viewBox="0 0 99 9">')
    '<svg style="max-width:100%;height:auto" width="99pt" height="9pt" viewBox="0 0 99 9">'
    """
    return re.sub(r"<svg\b", f"<svg{STYLE}", svg, count=1)
