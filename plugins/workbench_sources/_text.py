"""From a file of text to a table: numbers as numbers where they are plain, everything else as text."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import DataError, Repair
from workbench_sources._blanks import with_tabs
from workbench_sources._bytes import read_text
from workbench_sources._columns import text_columns
from workbench_sources._dialect import Dialect, find_dialect, said_of_short_rows
from workbench_sources._headers import NUMBERS, tidy_names
from workbench_sources._numbers import EMPTY
from workbench_sources._points import may_mark_thousands
from workbench_sources._rows import without_headers, without_stray_quotes

if TYPE_CHECKING:
    import pandas as pd

    from workbench_sources._table import Layout

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def read_rows(path: Path, layout: Layout, encoding: str | None) -> tuple[pd.DataFrame, tuple[Repair, ...]]:
    """Read a file of text as a table, its columns called as in the file.

    Raises
    ------
    DataError
        It is no table.
    """
    try:
        text = read_text(path, encoding)
        data = with_tabs(text.data)
        dialect = find_dialect(data, tuple(layout.columns.values()))
        body, repeated = without_headers(data[dialect.start : dialect.end], dialect)
        body, quoted = without_stray_quotes(body, dialect)
        repairs = (*text.repairs, *dialect.repairs, *repeated, *quoted)
        del text, data
        table = _parse(body, dialect, layout)
        if table.iloc[:, dialect.n_named - 1].isna().any():
            repairs = (*repairs, *said_of_short_rows(body, dialect))
    except DataError as err:
        raise DataError(
            f"it is no table that can be read: {str(err).rstrip('.')}. Expected text with a row of column names such "
            "as Date,Open,High,Low,Close,Volume."
        ) from err
    return (_one_block_per_ticker(table, dialect) if dialect.tickers else table), repairs


def _parse(body: bytes, dialect: Dialect, layout: Layout) -> pd.DataFrame:
    """Read rows fast where prices are plain numbers, else all as text: one column tells how others are written."""
    names = list(dialect.header)
    first = _first_row(body, dialect)
    if dialect.tickers:  # one date and numbers
        text, numbers = [0], list(range(1, len(names)))
    else:
        text = text_columns(names, first, layout.columns)
        numbers = [at for at, name in enumerate(tidy_names(names, layout.columns)) if name in NUMBERS]
    if layout.decimal != "," and all(_is_plain(first[at]) for at in numbers if at < len(first)):
        iso = [at for at in text if at < len(first) and layout.date_format is None and _ISO.fullmatch(first[at])]
        table = _read_plain(body, dialect, text, iso)
        if all(table.iloc[:, at].dtype.kind in "iuf" for at in numbers) and not (
            layout.decimal is None and not dialect.tickers and _has_doubtful_points(table, names, layout)
        ):
            return table
    return _read(body, dialect, dict.fromkeys(range(len(names)), str), text)


def _has_doubtful_points(table: pd.DataFrame, names: list[str], layout: Layout) -> bool:
    return any(
        name in NUMBERS and table.dtypes.iloc[at].kind == "f" and may_mark_thousands(name, table.iloc[:, at].to_numpy())
        for at, name in enumerate(tidy_names(names, layout.columns))
    )


def _read_plain(body: bytes, dialect: Dialect, text: list[int], iso: list[int]) -> pd.DataFrame:
    """Read with stamps made of ISO dates on the way, which saves the text of them, where all of them are such."""
    if iso:
        table = _read(body, dialect, {at: str for at in text if at not in iso}, text, iso)
        if all(table.iloc[:, at].dtype.kind == "M" and not table.iloc[:, at].isna().any() for at in iso):
            return table
    return _read(body, dialect, dict.fromkeys(text, str))


def _is_plain(field: str) -> bool:
    return field in EMPTY or _PLAIN.fullmatch(field) is not None


def _first_row(body: bytes, dialect: Dialect) -> list[str]:
    import csv

    line = body[: body.find(b"\n") if b"\n" in body else len(body)].decode(errors="replace")
    return [field.strip() for field in next(csv.reader([line], delimiter=dialect.delimiter), [])]


def _read(
    body: bytes, dialect: Dialect, types: dict[int, Any], text: list[int] | None = None, iso: list[int] | None = None
) -> pd.DataFrame:
    import pandas as pd

    columns = range(len(dialect.header))
    as_text = types if text is None else text
    empty: dict[Any, list[str]] = {at: EMPTY for at in columns if at not in as_text}
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # a column that is a number in parts only: read again
        try:
            table = pd.read_csv(
                io.BytesIO(body),
                sep=dialect.delimiter,
                header=None,
                names=list(columns),
                index_col=False,
                dtype=types,
                na_values=empty,
                keep_default_na=False,
                skipinitialspace=True,
                parse_dates=iso or False,
                date_format="ISO8601" if iso else None,
            )
        except (ValueError, OSError, pd.errors.ParserWarning, pd.errors.ParserError) as err:
            raise DataError(_explained(err, dialect)) from err
    return table.set_axis(list(dialect.header), axis=1)


def _explained(err: Exception, dialect: Dialect) -> str:
    """Return what pandas says, with the lines of the file."""
    text = str(err).strip().split("\n", 1)[0].rstrip(".").removeprefix("Error tokenizing data. C error: ")
    text = re.sub(r"(?<=line )\d+", lambda found: str(int(found[0]) + dialect.n_before), text)
    if dialect.delimiter != "," or not text.startswith(("Expected", "Length")):
        return text
    return f"{text} (numbers with decimal commas need quotes, or another mark between columns)"


def _one_block_per_ticker(table: pd.DataFrame, dialect: Dialect) -> pd.DataFrame:
    """Put the columns of several tickers, side by side, below each other, with a column `symbol`."""
    import pandas as pd

    dates, names = table.iloc[:, 0], list(dialect.header)
    blocks = []
    for ticker in dict.fromkeys(dialect.tickers):
        own = [at for at, of in enumerate(dialect.tickers, start=1) if of == ticker]
        block = table.iloc[:, own].set_axis([names[at] for at in own], axis=1)
        block.insert(0, names[0], dates)
        block.insert(1, "symbol", ticker)
        blocks.append(block)
    return pd.concat(blocks, ignore_index=True)
