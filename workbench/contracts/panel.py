"""`Panel`: bars of one or many symbols."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import Bars, TimeArray
from workbench.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.calendars import Calendar
    from workbench.data.description import Description

PRICE_COLUMNS = ("open", "high", "low", "close")
BAR_COLUMNS = (*PRICE_COLUMNS, "volume")


@dataclass(frozen=True, eq=False)
class Panel:
    """Bars of one or many symbols, each a plain DataFrame, oldest first.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Per symbol: `open high low close volume` as float64, `known_at` (UTC, without a zone; the moment the
        bar is complete) and any extra columns. The index holds the session date for daily and longer bars,
        the opening stamp in UTC for intraday bars; it is unique and increasing.
    interval : str
        Length of a bar, such as `1d`.

    Raises
    ------
    DataError
        A frame lacks a column, or its index or `known_at` does not increase.
    """

    frames: Mapping[str, Bars]
    interval: str = "1d"

    def __post_init__(self) -> None:
        if not self.frames:
            raise DataError("a panel needs the bars of at least one symbol, got none.")
        object.__setattr__(self, "frames", {s: self.frames[s] for s in sorted(self.frames)})
        for symbol, bars in self.frames.items():
            _check_bars(symbol, bars)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols in sorted order."""
        return tuple(self.frames)

    @property
    def times(self) -> TimeArray:
        """Sorted union of the moments at which a bar of any symbol became known, UTC."""
        return np.unique(np.concatenate([bars["known_at"].to_numpy() for bars in self.frames.values()]))

    def __getitem__(self, symbol: str) -> Bars:
        if symbol not in self.frames:
            raise DataError(
                f"the panel has no symbol {symbol!r}.{did_you_mean(symbol, self.frames)} "
                f"It has {', '.join(self.frames)}."
            )
        return self.frames[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(self.frames)

    def __len__(self) -> int:
        return sum(len(bars) for bars in self.frames.values())

    def to_frame(self) -> pd.DataFrame:
        """All bars in one long frame, indexed by (symbol, time)."""
        import pandas as pd

        return pd.concat(dict(self.frames), names=["symbol", "time"])

    def describe(self, *, test_fraction: float = 0.2, calendar: str | Calendar | None = None) -> Description:
        """Describe every symbol: returns, volatility, memory, gaps, and what persistence scores on the last bars.

        Parameters
        ----------
        test_fraction : float, default=0.2
            Share of the bars, the last ones, that is compared with those before.
        calendar : str or Calendar, optional
            Calendar by which gaps are counted; without one, holidays count as gaps.

        Returns
        -------
        Description
            Prints as text, shows as HTML in notebooks; `to_dict()` gives the numbers and `to_html()` a page.
        """
        from workbench.data.describe import describe_panel

        return describe_panel(self, test_fraction=test_fraction, calendar=calendar)

    def until(self, moment: np.datetime64) -> Panel:
        """Bars known at `moment` (UTC) or before; symbols without any are left out."""
        n_known = {s: int(np.searchsorted(b["known_at"].to_numpy(), moment, "right")) for s, b in self.frames.items()}
        return Panel({s: self.frames[s].iloc[:n] for s, n in n_known.items() if n}, self.interval)

    def copy(self) -> Panel:
        """A panel of its own frames, for code that may change them."""
        return Panel({s: bars.copy() for s, bars in self.frames.items()}, self.interval)

    def only(self, *symbols: str) -> Panel:
        """The panel of some of its symbols."""
        return Panel({s: self[s] for s in symbols}, self.interval)


def _check_bars(symbol: str, bars: Bars) -> None:
    missing = [c for c in (*BAR_COLUMNS, "known_at") if c not in bars.columns]
    if missing:
        raise DataError(f"bars of {symbol!r} lack the columns {', '.join(missing)}; got {list(bars.columns)}.")
    if not bars.index.is_monotonic_increasing or not bars.index.is_unique:
        raise DataError(f"bars of {symbol!r} must have one row per time, oldest first.")
    known = bars["known_at"].to_numpy()
    if len(known) > 1 and not (known[1:] > known[:-1]).all():
        raise DataError(f"`known_at` of {symbol!r} must increase from bar to bar.")
    early = known < bars.index.to_numpy()
    if early.any():
        raise DataError(
            f"`known_at` of {symbol!r} is {known[early][0]} for the bar of {bars.index[early][0]}: "
            f"a bar cannot be known before it begins."
        )
