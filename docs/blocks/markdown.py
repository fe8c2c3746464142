"""Signatures, docstrings and tables as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_SECTION = re.compile(r"^(Parameters|Returns|Raises|Warns|Notes|Examples|References)\n-+\n", re.MULTILINE)
_ADDED = re.compile(r"^\.\. versionadded:: (.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^(\S[^\n]*)((?:\n {4}[^\n]*|\n(?=\n))*)", re.MULTILINE)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return `text` as code, or nothing where there is none."""
    return f"`{text}`" if text else ""


def first_line(thing: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n", 1)[0]


class _AsWritten(str):
    """An annotation that prints without quotes."""

    __repr__ = str.__str__


def signature(function: Callable[..., Any], name: str) -> str:
    """Return `name(parameters) -> result`, annotations as they are written, `self` left out."""
    known = inspect.signature(function)
    own = [p for p in known.parameters.values() if p.name != "self"]
    parameters = [p.replace(annotation=_as_written(p.annotation), default=_shown(p.default)) for p in own]
    return f"{name}{known.replace(parameters=parameters, return_annotation=_as_written(known.return_annotation))}"


def _shown(default: Any) -> Any:
    """Replace defaults whose text would say where they lie in memory, or nothing."""
    return _AsWritten("...") if inspect.isfunction(default) or repr(default) == "<factory>" else default


def _as_written(annotation: Any) -> Any:
    return _AsWritten(annotation) if isinstance(annotation, str) else annotation


def described(cls: type) -> dict[str, str]:
    """Read what the `Parameters` of a class's docstring says of each of its fields."""
    found: dict[str, str] = {}
    for head, body in _entries(_sections(cls).get("Parameters", "")):
        names = head.partition(" : ")[0].split(",")
        found |= {name.strip(): " ".join(body.split()) for name in names}
    return found


def prose(thing: object) -> str:
    """Return a docstring with its sections as Markdown."""
    sections = _sections(thing)
    return "\n\n".join(_section(title, text) for title, text in sections.items() if text)


def _section(title: str, text: str) -> str:
    if title in ("", "Notes"):
        return _ADDED.sub(r"*Added in contract \1.*", text)
    if title == "Examples":
        return "```pycon\n{}\n```".format(text.replace("'''", '"""'))  # as it stands outside of a docstring
    items = [_item(head, " ".join(body.split())) for head, body in _entries(text)]
    return "\n".join([f"**{title}**\n", *items])


def _item(head: str, body: str) -> str:
    name, colon, kind = head.partition(" : ")
    shown = f"`{name}`: {kind}" if colon else code(name) if name.startswith("*") else name
    return f"- {shown}. {body}" if body else f"- {shown}"


def _sections(thing: object) -> dict[str, str]:
    """Return the parts of a docstring by title; what comes before the first is under the empty title."""
    before, *rest = _SECTION.split(inspect.getdoc(thing) or "")
    return {"": before.strip(), **{t: s.strip("\n") for t, s in zip(rest[::2], rest[1::2], strict=True)}}


def _entries(section: str) -> list[tuple[str, str]]:
    return [(head, body) for head, body in _ENTRY.findall(section)]
