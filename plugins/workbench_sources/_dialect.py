"""How a text is laid out: delimiter, header, and the lines before and after the table."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from workbench import DataError, Repair
from workbench_sources._headerless import proposed_header
from workbench_sources._headers import DATE_NAMES, is_known, snake_case, usual_names
from workbench_sources._repairs import counted, was

_DELIMITERS = ",;\t|"
_HEAD = 65_536
_LOOKED_AT = 50
_MONTHS = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """Where the table is in a text, and how its rows are written.

    Parameters
    ----------
    delimiter : str
    header : tuple of str
        Names as written.
    start, end : int
        Bytes of the text that hold rows.
    n_before : int
        Lines before them.
    tickers : tuple of str
        Symbols of the columns, where the header has a row of them.
    repairs : tuple of Repair
    """

    delimiter: str
    header: tuple[str, ...]
    start: int
    end: int
    n_before: int = 1
    tickers: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def n_named(self) -> int:
        """Columns up to the last that has a name."""
        return max(at for at, name in enumerate(self.header, start=1) if name or at == 1)


def find_dialect(data: bytes, also_known: tuple[str, ...] = ()) -> Dialect:
    """Find the table in a text.

    Parameters
    ----------
    data : bytes
        UTF-8.
    also_known : tuple of str
        Names of columns that the user gave.

    Raises
    ------
    DataError
        There is no row of column names.
    """
    lines = _head_lines(data)
    delimiter, row = _find_header(lines, also_known)
    if row and _fields(lines[row - 1], delimiter)[:1] == ["Ticker"]:  # above the names of the prices
        row -= 1
    fields = _fields(lines[row], delimiter)
    before = [line for line in lines[:row] if line.strip() and not line.lower().startswith("sep=")]
    repairs = _skipped(before, delimiter)
    tickers: tuple[str, ...] = ()
    n_header = 1
    following = [_fields(line, delimiter) for line in lines[row + 1 : row + 3]]
    if _has_rows_of_tickers(fields, following):
        fields, tickers, said = _flattened(fields, following)
        repairs, n_header = [*repairs, said], 3
    start = sum(len(line.encode()) + 1 for line in lines[: row + n_header])
    end, footers = _find_end(data, start, delimiter, len(fields))
    return Dialect(delimiter, tuple(fields), start, end, row + n_header, tickers, (*repairs, *footers))


def _head_lines(data: bytes) -> list[str]:
    head = data[:_HEAD]
    if len(data) > _HEAD:
        head = head[: head.rfind(b"\n") + 1]
    return head.decode(errors="replace").split("\n")


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return []


def _find_header(lines: list[str], also_known: tuple[str, ...]) -> tuple[str, int]:
    """Return the delimiter and the line of the names: the first that has the most of known names."""
    best, found = 0, None
    for number, line in enumerate(lines[:60]):
        for delimiter in _DELIMITERS:
            fields = _fields(line, delimiter)
            score = _n_known(fields, also_known) if len(fields) > 1 else 0
            if score > best:
                best, found = score, (delimiter, number)
    return found if found is not None and best >= 1 else _first_of_usual_width(lines)


def _n_known(fields: list[str], also_known: tuple[str, ...]) -> int:
    names = usual_names(fields)
    return sum(field in also_known or is_known(name) for field, name in zip(fields, names, strict=True))


def _first_of_usual_width(lines: list[str]) -> tuple[str, int]:
    """Take the first of the lines of the usual width, where no name is known; it must hold no numbers."""
    filled = [(number, line) for number, line in enumerate(lines[:200]) if line.strip()]
    delimiter = max(_DELIMITERS, key=lambda mark: sum(line.count(mark) for _, line in filled[:20]))
    widths = Counter(len(_fields(line, delimiter)) for _, line in filled)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    if usual < 2:
        first = filled[0][1].strip()[:60] if filled else ""
        raise DataError(f"its first line, {first!r}, names fewer than two columns")
    row = next(number for number, line in filled if len(_fields(line, delimiter)) == usual)
    numbers = [field for field in _fields(lines[row], delimiter) if re.fullmatch(r"[-+]?[\d.,:/ -]*\d", field)]
    if numbers:
        table = [_fields(line, delimiter) for _, line in filled if len(_fields(line, delimiter)) == usual]
        raise DataError(
            f"no row names its columns: the first is {lines[row].strip()[:60]!r}. Put their names in a row before it; "
            f"they look like {delimiter.join(proposed_header(table[:_LOOKED_AT]))}"
        )
    return delimiter, row


def _skipped(lines: list[str], delimiter: str) -> list[Repair]:
    if not lines:
        return []
    first = lines[0].strip().strip(delimiter)[:60]
    sentence = (
        f"{counted(len(lines), 'line')} before the names of the columns, such as {first!r}, {was(len(lines))} left out."
    )
    return [Repair("skipped_lines", sentence, len(lines), tuple(f"line {n + 1}" for n in range(min(len(lines), 5))))]


def _has_rows_of_tickers(names: list[str], following: list[list[str]]) -> bool:
    """Whether two more rows of the header name tickers and the dates, as yfinance writes them."""
    if len(following) < 2 or any(len(fields) != len(names) for fields in following):
        return False
    tickers, dates = following
    return (
        snake_case(names[0]) in ("price", "ticker", "")
        and snake_case(tickers[0]) in ("ticker", "price", "")
        and all(tickers[1:])
        and snake_case(dates[0]) in DATE_NAMES
        and not any(dates[1:])
    )


def _flattened(names: list[str], following: list[list[str]]) -> tuple[list[str], tuple[str, ...], Repair]:
    tickers, dates = following
    prices = names
    if not any(map(is_known, usual_names(names[1:2]))):  # the tickers stand above the prices
        prices, tickers = tickers, names
    sentence = (
        f"The names of the columns stand in three rows, of prices, of tickers ({', '.join(_few(tickers[1:]))}) and of "
        "the dates: they were read as one, and the tickers as symbols."
    )
    return [dates[0], *prices[1:]], tuple(tickers[1:]), Repair("header_rows", sentence, 3)


def _few(names: list[str]) -> list[str]:
    unique = list(dict.fromkeys(names))
    return unique if len(unique) < 5 else [*unique[:3], "..."]


def _find_end(data: bytes, start: int, delimiter: str, width: int) -> tuple[int, list[Repair]]:
    """Return where the rows end, before lines such as `Source: ...` or `Total`."""
    whole = end = len(data.rstrip())
    footers: list[str] = []
    while end > start:
        begin = max(data.rfind(b"\n", start, end) + 1, start)
        line = data[begin:end].decode(errors="replace")
        if line.strip() and not _is_footer(line, delimiter, width):
            break
        if line.strip():
            footers.append(line)
        end = max(begin - 1, start)
    if not footers:
        return whole, []
    last = footers[-1].strip().strip(delimiter)[:60]
    sentence = f"{counted(len(footers), 'line')} behind the last row, such as {last!r}, {was(len(footers))} left out."
    return end, [Repair("skipped_lines", sentence, len(footers))]


def _is_footer(line: str, delimiter: str, width: int) -> bool:
    """Whether a line cannot be a row: words where the date would be, and less than a row has."""
    fields = _fields(line, delimiter)
    filled = [field for field in fields if field]
    if not filled or (len(filled) > 1 and len(fields) >= width):
        return False
    first = filled[0]
    return first.startswith("#") or (
        not re.match(r"[\d.-]", first) and not _MONTHS.match(first) and re.search("[A-Za-z]{2}", first) is not None
    )


def said_of_short_rows(body: bytes, dialect: Dialect) -> list[Repair]:
    """Say which rows have fewer fields than there are columns: they may have been cut off."""
    rows = csv.reader(io.StringIO(body.decode()), delimiter=dialect.delimiter)
    short = [rows.line_num for fields in rows if 0 < len(fields) < dialect.n_named]
    if not short:
        return []
    lines = tuple(f"line {number + dialect.n_before}" for number in short[:5])
    sentence = (
        f"{counted(len(short), 'row')} had fewer fields than there are columns, the first in {lines[0]}: what is "
        "lacking was taken as missing."
    )
    return [Repair("short_rows", sentence, len(short), lines)]
