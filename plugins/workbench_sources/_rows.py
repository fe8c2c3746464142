"""Rows of a text that are none, and quotes that swallow others."""

from __future__ import annotations

import csv
import io
import re

import numpy as np

from workbench import DataError, Repair
from workbench_sources._dialect import Dialect
from workbench_sources._repairs import counted, was


def without_headers(body: bytes, dialect: Dialect) -> tuple[bytes, list[Repair]]:
    """Leave out the row of names where it comes again, in whatever quotes, as in files that were put together."""
    if dialect.tickers or dialect.header[0].encode() not in body:
        return body, []
    cells = [rb'[ "]*' + re.escape(name.encode()) + rb'[ "]*' for name in dialect.header]
    again = rb"(?m)^(?:\xef\xbb\xbf)?" + re.escape(dialect.delimiter.encode()).join(cells) + rb"(?:\n|\Z)"
    body, n = re.subn(again, b"", body)
    if not n:
        return body, []
    sentence = f"The names of the columns come again in {counted(n, 'row')}, which {was(n)} left out."
    return body, [Repair("repeated_headers", sentence, n)]


def without_stray_quotes(body: bytes, dialect: Dialect) -> tuple[bytes, list[Repair]]:
    """Take out quotes that would make one field of several rows.

    Raises
    ------
    DataError
        Without them the rows have not as many fields as there are columns.
    """
    if b'"' not in body:
        return body, []
    if not _is_quoted_over_lines(body):
        return body, []
    lines = body.split(b"\n")
    odd = [at for at, line in enumerate(lines) if line.count(b'"') % 2]
    if not odd or not _swallows_rows(body, lines, dialect):
        return body, []
    named = tuple(f"line {at + 1 + dialect.n_before}" for at in odd[:5])
    if any(_width(lines[at], dialect) != len(dialect.header) for at in odd):
        raise DataError(
            f"a quotation mark in {named[0]} is opened or closed and would make one field of several rows. Correct it"
        )
    for at in odd:
        lines[at] = lines[at].replace(b'"', b"")
    sentence = (
        f"{counted(len(odd), 'row')} had a quotation mark without its other half, the first in {named[0]}, which would "
        "have made one field of several rows: these marks were taken out."
    )
    return b"\n".join(lines), [Repair("stray_quotes", sentence, len(odd), named)]


def _is_quoted_over_lines(body: bytes) -> bool:
    """Whether some line ends within quotes: behind an odd number of them."""
    marks = np.frombuffer(body, dtype=np.uint8)
    within = np.bitwise_xor.accumulate((marks == ord('"')).view(np.uint8))
    return bool(within[marks == ord("\n")].any())


def _width(line: bytes, dialect: Dialect) -> int:
    return line.count(dialect.delimiter.encode()) + 1


def _is_row(line: bytes, dialect: Dialect) -> bool:
    """Whether a line is a whole row, and no mere end of a date that has a line break in its quotes."""
    return (
        _width(line, dialect) >= len(dialect.header) and line.split(dialect.delimiter.encode())[0].strip(b'" ') != b""
    )


def _swallows_rows(body: bytes, lines: list[bytes], dialect: Dialect) -> bool:
    """Whether a field that goes on over several lines holds whole rows."""
    rows = csv.reader(io.StringIO(body.decode()), delimiter=dialect.delimiter, skipinitialspace=True)
    before = 0
    try:
        for _ in rows:
            within, before = lines[before + 1 : rows.line_num], rows.line_num
            if any(_is_row(line, dialect) for line in within):
                return True
    except csv.Error:
        return True  # a field too long to be one
    return False
