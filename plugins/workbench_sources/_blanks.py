"""Columns set apart by runs of blanks, as in listings made for the eye."""

from __future__ import annotations

import re

from workbench_sources._headers import is_known, usual_names

_LOOKED_AT = 16_384
_N_LINES = 200
_RUNS = (re.compile(rb"(?<=[^\n ]) {2,}(?=[^\n ])"), re.compile(rb"(?<=[^\n ]) +(?=[^\n ])"))
"""Of two and more, so that names and stamps may have blanks in them; failing this, of any."""


def with_tabs(data: bytes) -> bytes:
    """Return a text whose columns are set apart by blanks with a tab between them, and any other as it is."""
    lines = data[:_LOOKED_AT].split(b"\n")
    complete = [line for line in (lines[:-1] if len(data) > _LOOKED_AT else lines)[:_N_LINES] if line.strip()]
    if not complete or any(mark in complete[0] for mark in b",;\t|") or not _is_header(complete[0]):
        return data
    for run in _RUNS:
        widths = {len(run.split(line.strip())) for line in complete}
        if len(widths) == 1 and widths != {1}:
            return run.sub(b"\t", re.sub(rb"(?m)^ +| +$", b"", data))
    return data


def _is_header(line: bytes) -> bool:
    names = usual_names(line.decode(errors="replace").split())
    return sum(map(is_known, names)) >= 2
