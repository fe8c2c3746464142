"""Figures as inline SVG that takes its colours from the page around it."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from workbench.reports.figures.canvas import COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROLE_OF_COLOUR = {colour: role for role, colour in COLOURS.items()}
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_LONG_FRACTION = re.compile(r"(\d+\.\d)\d+")
_FONT = re.compile(r"font-family:[^;]*;?\s*")
_POINTER = re.compile(r"url\(#([^)]+)\)")
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def to_svg(figure: Figure, *, name: str, title: str, description: str) -> str:
    """Return a figure as an `<svg>` element to stand in an HTML page.

    Text stays text, in the page's font. Every colour of our palette becomes the CSS variable `--fig-<role>`, so
    one drawing serves light and dark. The same figure always gives the same bytes.

    Parameters
    ----------
    figure : Figure
        Drawn in `workbench.reports.figures.canvas.COLOURS`.
    name : str
        Unique on the page; every id inside starts with it.
    title, description : str
        What a screen reader says.
    """
    root = ElementTree.fromstring(_save(figure, name))
    _drop_namespaces(root)
    for defs in root.findall("defs"):
        if defs.find("style") is not None:  # its rules would reach the whole page
            root.remove(defs)
    for element in root.iter():
        _restyle(element)
    _rename_ids(root, name)
    _drop_empty_groups(root)
    box = root.get("viewBox", "")
    root.attrib.clear()
    spoken = {"aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-desc"}
    root.attrib.update({"viewBox": box, "role": "img", **spoken})
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(tag, id=f"{name}-{tag}")
        element.text = text
        root.insert(position, element)
    return ElementTree.tostring(root, encoding="unicode")


def _save(figure: Figure, name: str) -> str:
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        # The page's font draws the text, so what matplotlib's own font lacks does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="svg", transparent=True, metadata=_NO_METADATA)
    return buffer.getvalue()


def _drop_namespaces(root: ElementTree.Element) -> None:
    """Inline SVG needs none, and without them the page names no address at all."""
    for element in root.iter():
        element.tag = _local(element.tag)
        for key in [key for key in element.attrib if key.startswith("{")]:
            element.set(_local(key), element.attrib.pop(key))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _restyle(element: ElementTree.Element) -> None:
    element.tail = None
    if element.tag != "text" and not (element.text or "").strip():
        element.text = None
    if "style" in element.attrib:
        element.set("style", _FONT.sub("", _COLOUR.sub(_variable, element.attrib["style"])))
    if "d" in element.attrib:
        element.set("d", _LONG_FRACTION.sub(r"\1", " ".join(element.attrib["d"].split())))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]


def _variable(match: re.Match[str]) -> str:
    role = _ROLE_OF_COLOUR.get(match[0])
    return f"var(--fig-{role})" if role else match[0]


def _rename_ids(root: ElementTree.Element, name: str) -> None:
    """Keep only ids that something points to, and make them unique on the page."""
    wanted = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            found = _POINTER.findall(value)
            wanted |= {*found, *([value[1:]] if key == "href" and value.startswith("#") else [])}
            if found:
                element.set(key, _POINTER.sub(rf"url(#{name}-\1)", value))
            elif key == "href":
                element.set(key, f"#{name}-{value[1:]}")
    for element in root.iter():
        own = element.attrib.pop("id", None)
        if own in wanted:
            element.set("id", f"{name}-{own}")


def _drop_empty_groups(element: ElementTree.Element) -> None:
    for child in list(element):
        _drop_empty_groups(child)
        if child.tag == "g" and not len(child):
            element.remove(child)
