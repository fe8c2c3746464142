"""The source that needs no files and no network: series that the `backtesting` package brings along."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import DataError, DataSource
from workbench_sources._headers import suggest

if TYPE_CHECKING:
    import pandas as pd

_INTERVALS = {"BTCUSD": "1mo", "EURUSD": "1h", "GOOG": "1d"}


class Sample(DataSource, name="sample"):
    """Three real series to try things on: GOOG (daily), EURUSD (hourly), BTCUSD (monthly).

    Notes
    -----
    GOOG covers 2004 to 2013, EURUSD April 2017 to February 2018, BTCUSD 2012 to 2024. The stamps of EURUSD name no
    zone and are taken as UTC; the months of BTCUSD are labelled by their last day.
    """

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return the whole series, oldest first.

        Raises
        ------
        DataError
            There is no such symbol, or it has bars of another length; the message says which.
        """
        import pandas as pd

        self._check(symbol, interval)
        return pd.read_csv(_folder() / f"{symbol}.csv", index_col=0, parse_dates=True)

    def symbols(self) -> list[str]:
        """Return the three symbols."""
        return sorted(_INTERVALS)

    def intervals(self, symbol: str) -> list[str]:
        """Return the one interval there is for `symbol`."""
        return [_INTERVALS[symbol]] if symbol in _INTERVALS else []

    def _check(self, symbol: str, interval: str) -> None:
        if symbol not in _INTERVALS:
            known = self.symbols()
            raise DataError(f"'sample' has no symbol {symbol!r}.{suggest(symbol, known)} It has {', '.join(known)}.")
        if interval != _INTERVALS[symbol]:
            raise DataError(
                f"'sample' has {symbol} at interval {_INTERVALS[symbol]!r} only, not {interval!r}. "
                f'Set `interval = "{_INTERVALS[symbol]}"`.'
            )


def _folder() -> Path:
    spec = find_spec("backtesting")  # found, not imported: the import is slow
    if spec is None or spec.origin is None:
        raise DataError("the series of 'sample' come with the package backtesting, which is not installed.")
    return Path(spec.origin).parent / "test"
