"""Make a figure of matplotlib part of a page: its text is text, its colours are the page's, its ids no other plot's."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# (matplotlib leaves the types of its keyword arguments open)

from __future__ import annotations

import io
import re
from typing import Final
from xml.etree import ElementTree as ET

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, MUTED, GRID, REFERENCE, CURRENT, FAULT, PAPER = (f"#0{place}0a0{place}" for place in range(1, 8))
"""Colours that nothing else has: the page says what they are, in light and in dark."""

VARIABLES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--line)",
    REFERENCE: "var(--reference)",
    CURRENT: "var(--current)",
    FAULT: "var(--attention)",
    PAPER: "var(--paper)",
}
_COLOURS: Final = re.compile("|".join(VARIABLES))
_REFERENCES: Final = re.compile(r"url\(#([^)]+)\)")
_LINK: Final = "{http://www.w3.org/1999/xlink}href"


def to_svg(figure: Figure, *, prefix: str, label: str) -> str:
    """Return a figure as an element of HTML, described by `label`; the ids in it begin with `prefix`.

    The same figure makes the same text.
    """
    written = io.BytesIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    FigureCanvasSVG(figure).print_svg(written, metadata=nothing)
    root = ET.fromstring(written.getvalue())  # noqa: S314 - what we have just written
    _remove(root, ("metadata", "style"))
    used = {found for element in root.iter() for found in _references(element)}
    for element in root.iter():
        element.tag = _plain(element.tag)
        for name in list(element.attrib):
            element.attrib[_plain(name)] = _ours(element.attrib.pop(name), name, used, prefix)
        if element.attrib.get("id") == "":
            del element.attrib["id"]
        if element.tag == "text":
            _inherit_font(element)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": label}
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


def _remove(element: ET.Element, names: tuple[str, ...]) -> None:
    for child in list(element):
        if _plain(child.tag) in names:
            element.remove(child)
        else:
            _remove(child, names)


def _references(element: ET.Element) -> list[str]:
    linked = element.attrib.get(_LINK, "").removeprefix("#")
    return [found for value in element.attrib.values() for found in _REFERENCES.findall(value)] + [linked]


def _ours(value: str, name: str, used: set[str], prefix: str) -> str:
    """Return the value of an attribute: ids that nothing refers to are dropped, all others are made the plot's own."""
    if name == "id":
        return f"{prefix}-{value}" if value in used else ""
    if name == _LINK:
        return f"#{prefix}-{value.removeprefix('#')}"
    return _COLOURS.sub(lambda match: VARIABLES[match[0]], _REFERENCES.sub(rf"url(#{prefix}-\1)", value))


def _plain(name: str) -> str:
    """Return a name without its namespace: inside HTML an SVG element needs none."""
    return name.rpartition("}")[2]


def _inherit_font(element: ET.Element) -> None:
    """Keep the size of a text, and let its font be the page's."""
    style = element.attrib.get("style", "")
    size = re.search(r"([\d.]+)px", style)
    kept = [part for part in style.split(";") if part.split(":")[0].strip() in {"fill", "text-anchor", "opacity"}]
    if size:
        kept.append(f" font-size: {size[1]}px")
    element.attrib["style"] = ";".join(kept).strip()
