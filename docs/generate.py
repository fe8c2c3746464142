"""Fill the generated blocks of the documentation.

A page holds hand-written text and blocks between two comments,

    <!-- generated: NAME -->
    <!-- end -->

whose inside is replaced by what the function `BLOCKS[NAME]` returns. Run `python docs/generate.py` after a
change of commands, hooks, plugins, fields or public docstrings; a test fails when a block is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from blocks import BLOCKS

DOCS = Path(__file__).parent
_BLOCK = re.compile(r"(<!-- generated: ([\w.-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """Return the text of a page with every generated block brought up to date."""
    return _BLOCK.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]().strip()}\n\n{match[3]}", page)


def pages() -> Iterator[Path]:
    """Yield every page that holds a generated block."""
    return (path for path in sorted(DOCS.rglob("*.md")) if _BLOCK.search(path.read_text(encoding="utf-8")))


def main() -> None:
    """Rewrite the pages whose blocks are out of date."""
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"wrote {page.relative_to(DOCS.parent)}", file=sys.stderr)


if __name__ == "__main__":
    main()
