"""A description as text: charts of characters, and sentences broken at the width."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Sequence

from workbench.contracts.intervals import Interval
from workbench.data.description import Description, SymbolDescription
from workbench.reports.looking import tables, words
from workbench.reports.looking.charts import Ink, bar, date_format, line_chart, two_sided_bar

NARROWEST = 40
_HEIGHT = 12
"""Rows of the chart of closes."""
_BESIDE = 100
"""Columns from which two charts stand side by side."""
_KEPT = "\0"
"""Stands for a blank at which no line is broken."""
_PLAIN = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{LEFT DOUBLE QUOTATION MARK}": "'",
        "\N{RIGHT DOUBLE QUOTATION MARK}": "'",
        "\N{PLUS-MINUS SIGN}": "+/-",
    }
)
_FEWER = str.maketrans({"\N{LEFT DOUBLE QUOTATION MARK}": "'", "\N{RIGHT DOUBLE QUOTATION MARK}": "'"})


def to_text(found: Description, *, width: int = 100, unicode: bool = False) -> str:
    """Return a description as text; of several symbols, a table of them."""
    width = max(width, NARROWEST)
    ink = Ink(unicode)
    lines = _symbol(found.symbols[0], width, ink) if len(found) == 1 else _table(found, width)
    text = "\n".join(line.rstrip() for line in lines)
    return text.translate(_FEWER if unicode else _PLAIN)


def _table(found: Description, width: int) -> list[str]:
    rows = [tables.SUMMARY_COLUMNS, *(tables.summary(item) for item in found)]
    shown = _columns_that_fit(rows, width)
    named = [f"{len(found)} symbols, {sum(item.bars for item in found):,} bars of {found.interval}", ""]
    note = tables.summary_note([tables.SUMMARY_COLUMNS[i] for i in shown])
    return [*named, *_aligned([[row[i] for i in shown] for row in rows]), "", *_wrapped([note], width)]


def _columns_that_fit(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Leave columns out, the least wanted first, until a row fits."""
    columns = list(range(len(rows[0])))
    for dropped in ("gaps", "first", "last close", "drawdown", "last", "MAE", "outside"):
        lengths = [max(len(row[i]) for row in rows) for i in columns]
        if sum(lengths) + 2 * (len(columns) - 1) <= width:
            break
        columns.remove(list(rows[0]).index(dropped))
    return columns


def _symbol(found: SymbolDescription, width: int, ink: Ink) -> list[str]:
    blocks = [
        [*_wrapped([words.title(found)], width), *_wrapped(words.prices(found), width)],
        _closes(found, width, ink),
        _returns(found, width),
        _charts(found, width, ink),
        [*_wrapped(words.memory(found), width), *_wrapped([words.rolling(found)], width)],
        ["Train and test", *_wrapped(words.shift(found), width, "  ")],
        ["Gaps", *_wrapped(words.gaps(found), width, "  ")],
        _wrapped(words.persistence(found), width),
    ]
    return list(itertools.chain.from_iterable([*block, ""] for block in blocks if block))[:-1]


def _closes(found: SymbolDescription, width: int, ink: Ink) -> list[str]:
    close = found.lines.close
    if len(close) < 2:
        return []
    stamps = date_format(close.index, is_intraday=Interval.parse(found.interval).is_intraday)
    return ["Close", *line_chart(close, width=width, height=_HEIGHT, ink=ink, stamps=stamps)]


def _returns(found: SymbolDescription, width: int) -> list[str]:
    returns = found.returns
    facts = [f"{name} {value}" for name, value in tables.returns_facts(found)]
    if returns is None:
        return _wrapped(facts, width)
    quantiles = [f"{name}: {value}" for name, value in tables.quantiles(returns)]
    moves = [
        f"{at} {value}" + (f" ({simple} simple)" if returns.kind == "log_return" else "")
        for at, value, simple, _ in tables.largest(returns)
    ]
    return [
        f"{tables.kind_of(returns)}, {returns.n:,} of them",
        *_flowed("", facts, width),
        *_flowed("quantiles  ", quantiles, width),
        *_flowed("largest  ", moves, width),
    ]


def _charts(found: SymbolDescription, width: int, ink: Ink) -> list[str]:
    beside = width >= _BESIDE
    each = (width - 4) // 2 if beside else width
    left, right = _histogram(found, each, ink), _memory(found, each, ink)
    if not beside or not left or not right:
        return [*left, *([""] if left and right else []), *right]
    paired = itertools.zip_longest(left, right, fillvalue="")
    return [f"{one:<{each}}    {other}" for one, other in paired]


def _histogram(found: SymbolDescription, width: int, ink: Ink) -> list[str]:
    returns = found.returns
    if returns is None:
        return []
    bins = returns.histogram
    names = tables.middles(returns)
    rows = list(zip(names, bins.counts, strict=True))
    if bins.below:
        rows.insert(0, ("below", bins.below))
    if bins.above:
        rows.append(("above", bins.above))
    name, count = max(len(name) for name, _ in rows), max(len(f"{n:,}") for _, n in rows)
    most = max(n for _, n in rows)
    room = width - name - count - 6
    lines = [f"  {label:>{name}}  {n:>{count},} {bar(n / most, room, ink)}" for label, n in rows]
    return [f"How often each {'return' if returns.kind == 'log_return' else 'difference'} came", *lines]


def _memory(found: SymbolDescription, width: int, ink: Ink) -> list[str]:
    there = found.autocorrelation
    if there is None or there.returns is None:
        return []
    absolute = there.absolute or tuple(0.0 for _ in there.lags)
    scale = max(*map(abs, there.returns), *map(abs, absolute), 1.5 * there.band)
    room = max((width - 22) // 2, 5)
    head = f"  lag  {'returns':<{room + 7}}  {'their size'}"
    lines = [
        f"  {lag:>3}  {_value(one)} {two_sided_bar(one, scale, there.band, room, ink)}  "
        + (f"{_value(other)} {two_sided_bar(other, scale, there.band, room, ink)}" if there.absolute else "undefined")
        for lag, one, other in zip(there.lags, there.returns, absolute, strict=True)
    ]
    return ["Autocorrelation", head, *lines]


def _value(number: float) -> str:
    return f"{round(number, 2) + 0.0:>5.2f}"  # adding zero turns -0.0 into 0.0


def _wrapped(sentences: Iterable[str], width: int, indent: str = "") -> list[str]:
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(
            sentence, width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
        )
    ]


def _flowed(head: str, items: Sequence[str], width: int) -> list[str]:
    """Put items on as few lines as they take, broken inside only where one is longer than a line."""
    first, following = f"  {head}", " " * (2 + len(head))
    room = width - len(first) - 1
    kept = "; ".join(item.replace(" ", _KEPT) if len(item) < room else item for item in items)
    lines = textwrap.wrap(kept, width, initial_indent=first, subsequent_indent=following, break_on_hyphens=False)
    return [line.replace(_KEPT, " ") for line in lines]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    lengths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(n) if i == 0 else cell.rjust(n) for i, (cell, n) in enumerate(zip(row, lengths, strict=True))
        )
        for row in rows
    ]
