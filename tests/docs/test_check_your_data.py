"""The page on checking data tells of every kind of problem, in the words of the code."""

from __future__ import annotations

import re

import snippets

from workbench.data.health import KINDS

PAGE = snippets.DOCS / "how-to/check-your-data.md"


def test_the_table_has_every_kind_with_its_severity_and_meaning():
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert rows == [(name, kind.severity, kind.meaning) for name, kind in KINDS.items()]
