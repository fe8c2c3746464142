"""`Description`: the numbers of a panel by symbol, and ways to show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from workbench.data.description.types import (
    Autocorrelation,
    Drawdown,
    Gaps,
    Persistence,
    Prices,
    Returns,
    RollingVolatility,
    Shift,
)
from workbench.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What is drawn of a series: closes, returns at the later close, rolling volatility."""

    close: pd.Series[float]
    returns: pd.Series[float]
    volatility: pd.Series[float]
    test_from: int


@dataclass(frozen=True)
class SymbolDescription:
    """What there is to know of one symbol.

    Parameters
    ----------
    symbol : str
    bars, n_prices : int
        Bars, and those of them that have a close; everything else is about the latter.
    first, last : str or None
        First and last bar with a close: the session date of daily and longer bars, the stamp in UTC of others.
    reasons : mapping of str to str
        Why something is None, by its path, such as `returns.skewness`.
    lines : Lines
        The series themselves, for drawing; not part of `to_dict`.
    """

    symbol: str
    interval: str
    bars: int
    n_prices: int
    first: str | None
    last: str | None
    prices: Prices | None
    returns: Returns | None
    rolling_volatility: RollingVolatility | None
    autocorrelation: Autocorrelation | None
    shift: Shift | None
    gaps: Gaps | None
    drawdown: Drawdown | None
    persistence: Persistence | None
    reasons: Mapping[str, str]
    lines: Lines = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain dictionaries and lists that JSON can hold."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name != "lines"}


@dataclass(frozen=True)
class Description:
    """What `Panel.describe` returns: numbers by symbol, and ways to show them.

    Parameters
    ----------
    interval : str
        Length of a bar.
    test_fraction : float
        Share of the bars, the last ones, that is compared with those before.
    calendar : str or None
        Calendar by which gaps are counted.
    symbols : tuple of SymbolDescription
        Sorted by symbol.
    """

    interval: str
    test_fraction: float
    calendar: str | None
    symbols: tuple[SymbolDescription, ...]

    def __getitem__(self, symbol: str) -> SymbolDescription:
        known = [item.symbol for item in self.symbols]
        if symbol not in known:
            raise DataError(
                f"the description has no symbol {symbol!r}.{did_you_mean(symbol, known)} It has {', '.join(known)}."
            )
        return self.symbols[known.index(symbol)]

    def __iter__(self) -> Iterator[SymbolDescription]:
        return iter(self.symbols)

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        named = ", ".join(item.symbol for item in self.symbols[:3]) + (", ..." if len(self) > 3 else "")
        return f"<Description of {named}: {sum(item.bars for item in self.symbols):,} bars of {self.interval}>"

    def __str__(self) -> str:
        return self.to_text()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain dictionaries and lists that JSON can hold; undefined is None."""
        return {
            "interval": self.interval,
            "test_fraction": self.test_fraction,
            "calendar": self.calendar,
            "symbols": [item.to_dict() for item in self.symbols],
        }

    def to_text(self, *, width: int = 100, unicode: bool = False) -> str:
        """Return the description as text for a terminal or a log.

        Parameters
        ----------
        width : int, default=100
            Columns at most.
        unicode : bool, default=False
            Whether lines are drawn with braille and block characters instead of plain ones.
        """
        from workbench.reports.looking.text import to_text

        return to_text(self, width=width, unicode=unicode)

    def to_html(self, title: str | None = None) -> str:
        """Return the description as a page of HTML that needs nothing beside it.

        Parameters
        ----------
        title : str, optional
            What the page is called; the symbols by default.
        """
        from workbench.reports.looking.page import to_html

        return to_html(self, title)

    def _repr_html_(self) -> str:
        from workbench.reports.looking.page import to_fragment

        return to_fragment(self)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
