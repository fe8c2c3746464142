"""Find and run the code blocks of the documentation.

The blocks of a page run from top to bottom, in one folder and one namespace. Words behind the language say how:

    python               run it
    python file=NAME     write it to a file; `toml` and `csv` may be files too
    toml                 check that it is TOML
    console              run each line after `$`, and compare its output with the lines below it
    console quick        the same, with one epoch
    console exit=2       the same, expecting that exit code
    ... slow             run it in the slow tests only, with all of the page
    ... needs=MODULE     run it where that module is installed
    ... skip             leave it alone, because it needs a network or minutes

A line `...` in an output stands for any lines, and `...` in a line for any text. Other languages are only shown. A
block inside a comment of HTML runs like any other, and readers do not see it.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import shell

DOCS = Path(__file__).parent
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """One code block of a page."""

    where: str
    language: str
    options: dict[str, str]
    text: str


def every_page() -> list[Path]:
    """Return every page of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def snippets_of(page: Path) -> Iterator[Snippet]:
    """Yield the code blocks of a page, top to bottom."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        words = [word.partition("=") for word in match[2].split()]
        line = text.count("\n", 0, match.start()) + 1
        options = {name: value for name, _, value in words}
        yield Snippet(f"{page.relative_to(DOCS)}:{line}", match[1], options, match[3])


def run_snippets(page: Path, *, slow: bool = False) -> int:
    """Run the blocks of a page in the working directory, and return how many there were to run.

    Parameters
    ----------
    page : Path
    slow : bool, default=False
        Whether the blocks marked `slow` are run too.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    chosen = [s for s in snippets_of(page) if s.language in ("python", "toml", "console") or "file" in s.options]
    for snippet in chosen:
        if _is_wanted(snippet, slow):
            _run(snippet, namespace)
    return len(chosen)


def has_slow_blocks(page: Path) -> bool:
    """Whether the slow tests have something to run on a page that the others leave out."""
    return any("slow" in snippet.options for snippet in snippets_of(page))


def _is_wanted(snippet: Snippet, slow: bool) -> bool:
    if "skip" in snippet.options or ("slow" in snippet.options and not slow):
        return False
    return "needs" not in snippet.options or find_spec(snippet.options["needs"]) is not None


def _run(snippet: Snippet, namespace: dict[str, Any]) -> None:
    if snippet.language == "toml":
        tomllib.loads(snippet.text)
    if "file" in snippet.options:
        file = Path(snippet.options["file"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(snippet.text, encoding="utf-8")
    elif snippet.language == "python":
        exec(compile(snippet.text, snippet.where, "exec"), namespace)
    elif snippet.language == "console":
        _run_console(snippet)


def _run_console(snippet: Snippet) -> None:
    for command, expected in _commands(snippet.text):
        code, output = shell.call(command, quick="quick" in snippet.options)
        wanted = int(snippet.options.get("exit", 0))
        assert code == wanted, f"{snippet.where}: `{command}` ended with {code}, not {wanted}:\n{output}"
        assert matches(expected, output), f"{snippet.where}: `{command}` printed\n{output}\ninstead of\n{expected}"


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command with the output shown below it; a line that ends in a backslash goes on."""
    for part in re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command.strip(), output


def call_workbench(command: str, *, quick: bool = False) -> tuple[int, str]:
    """Run a `workbench` command in this process alone; return its exit code and what it printed."""
    program, *arguments = shlex.split(command)
    assert program == "workbench", f"{command!r} is not a workbench command."
    return shell.call_workbench(arguments, quick=quick)


def matches(expected: str, output: str) -> bool:
    """Whether an output is as shown: spaces and rules of tables aside, `...` standing for anything."""
    shown = _words(expected)
    if not shown:
        return True
    pattern = ".*".join(re.escape(part.strip()) for part in re.split(r"\.{3,}", shown))  # more dots are no more text
    return re.fullmatch(pattern.replace(r"\ ", r"\s*"), _words(output), re.DOTALL) is not None


def _words(text: str) -> str:
    return " ".join(re.sub(r"─+", " ", text).split())
