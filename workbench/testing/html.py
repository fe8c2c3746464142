"""Reading a fragment of HTML as a careful reviewer would."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_WHOLE_PAGES = frozenset({"html", "head", "body", "base", "meta", "title"})
_SCRIPTED = frozenset({"script", "iframe", "object", "embed", "applet"})
_LOADED = frozenset({"src", "srcset", "data", "poster", "background", "xlink:href", "href", "formaction", "action"})
_OUTSIDE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_OUTSIDE_STYLE = re.compile(r"@import|url\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[a-zA-Z_:][\w:.-]*")


class FragmentReader(HTMLParser):
    """Collects what is wrong with a fragment.

    Attributes
    ----------
    unbalanced : list of str
        Tags that are not closed, or closed without having been opened, and attributes that are none.
    active : list of str
        Scripts, frames, and parts of a page that a fragment must not have.
    outside : list of str
        Whatever a browser would load from elsewhere.
    tags : set of str
        Every tag that is there.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.unbalanced: list[str] = []
        self.active: list[str] = []
        self.outside: list[str] = []
        self.tags: set[str] = set()
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.unbalanced += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag that opens."""
        self._look(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag that closes itself."""
        self._look(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Look at a tag that closes."""
        if self._open and self._open[-1] == tag:
            self._open.pop()
        elif tag not in _VOID:
            inside = f" inside <{self._open[-1]}>" if self._open else ", which is not open"
            self.unbalanced.append(f"</{tag}>{inside}")

    def handle_data(self, data: str) -> None:
        """Look at what a style sheet loads."""
        if self._open and self._open[-1] == "style" and _OUTSIDE_STYLE.search(data):
            self.outside.append(f"a style sheet: {data.strip()[:60]}")

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag in _SCRIPTED or (tag in _WHOLE_PAGES and "svg" not in self._open):  # a drawing has titles of its own
            self.active.append(f"<{tag}>")
        for name, value in attrs:
            text = value or ""
            if not _ATTRIBUTE.fullmatch(name):
                self.unbalanced.append(f"the attribute {name!r} of <{tag}>")
            if name.startswith("on") or text.strip().lower().startswith("javascript:"):
                self.active.append(f"{name} of <{tag}>")
            loaded = name in _LOADED and tag != "a" and _OUTSIDE.match(text)
            if loaded or (name == "style" and _OUTSIDE_STYLE.search(text)):
                self.outside.append(f'{name}="{text[:60]}" of <{tag}>')
