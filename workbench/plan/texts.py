"""The text of a class that no file or distribution keeps: one defined in a notebook, a script or a test."""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from workbench.contracts.origin import file_of


def text_of(cls: type) -> str | None:
    """Return the source text of a class and of the classes and functions beside it that it refers to.

    A notebook has no file, so that `inspect.getsource` fails there; the text is found through the code of a method,
    whose cell Python remembers for its tracebacks. Values of global variables are left out: they may be secrets.

    Parameters
    ----------
    cls : type

    Returns
    -------
    str or None
        Definitions in the order in which they were found, the class last; None where a text is not known, as at a
        prompt that keeps none.
    """
    found: dict[str, str | None] = {}
    _collect(cls, found)
    texts = [text for text in found.values() if text is not None]
    return "\n\n\n".join(texts) + "\n" if len(texts) == len(found) else None


def _collect(thing: Any, found: dict[str, str | None]) -> None:
    """Add a definition after those that it refers to."""
    if thing.__qualname__ in found:
        return
    found[thing.__qualname__] = None
    text = _own_text(thing)
    for other in _references(thing, text or ""):
        _collect(other, found)
    del found[thing.__qualname__]  # goes behind what it needs
    found[thing.__qualname__] = text


def _references(thing: Any, text: str) -> Iterator[Any]:
    """Yield the classes and functions of the same module whose names stand in a text."""
    members = next((function.__globals__ for function in _functions(thing)), None)
    if members is None:
        members = vars(sys.modules.get(thing.__module__, builtins))
    names = {node.id: None for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    for name in names:
        other = members.get(name)
        if isinstance(other, (type, FunctionType)) and other.__module__ == thing.__module__ and other is not thing:
            yield other


def _own_text(thing: Any) -> str | None:
    """Return the text of one definition, found in the file or the cell that holds its code."""
    code = next((function.__code__ for function in _functions(thing)), None)
    lines = linecache.getlines(code.co_filename if code else file_of(thing))
    inside = code.co_firstlineno if code else None
    span = _span("".join(lines), thing.__name__, inside)
    return textwrap.dedent("".join(lines[span[0] - 1 : span[1]])).rstrip() if span else None


def _functions(thing: Any) -> Iterator[FunctionType]:
    """Yield a function itself, or the methods that stand in the body of a class."""
    members = vars(thing).values() if isinstance(thing, type) else [thing]
    for member in members:
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and function.__qualname__.startswith(thing.__qualname__):
            yield function


def _span(text: str, name: str, inside: int | None) -> tuple[int, int] | None:
    """Return first and last line of the definition called `name` that contains a line, or of the last one."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a cell with the magic commands of a notebook
        return None
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    spans = [
        (min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, definitions) and node.name == name
    ]
    fitting = [span for span in spans if inside is None or span[0] <= inside <= span[1]]
    return fitting[-1] if fitting else None
