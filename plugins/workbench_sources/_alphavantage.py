"""Alpha Vantage, asked over plain HTTP."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from workbench import DataError, secret
from workbench_sources._examples import example_bars
from workbench_sources._http import Get, get_plain, without
from workbench_sources._remote import Vendor

if TYPE_CHECKING:
    import pandas as pd

KEY = "ALPHAVANTAGE_API_KEY"

_FUNCTIONS = {"1d": "TIME_SERIES_DAILY", "1wk": "TIME_SERIES_WEEKLY", "1mo": "TIME_SERIES_MONTHLY"}
_COLUMNS = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "volume": "volume",
    "adjusted close": "adj_close",
    "dividend amount": "dividend",
    "split coefficient": "split_factor",
}
_PRICES = ("open", "high", "low", "close")
_REFUSALS = ("Error Message", "Note", "Information")
_COMPACT_DAYS = 130
"""Calendar days that hold fewer than the hundred bars of a compact answer."""
_ADVICE = ", or use a key with a larger allowance"


class AlphaVantage(Vendor, name="alphavantage"):
    """Bars of shares from Alpha Vantage, as traded; needs a key of one's own.

    The key is the secret `ALPHAVANTAGE_API_KEY`: an environment variable, or a line in the file of secrets.

    Parameters
    ----------
    adjusted : bool, default=False
        Ask for adjusted closes, splits and dividends too: columns `adj_close`, `split_factor` and `dividend` (of weekly
        and monthly bars `adj_close` and `dividend`). Prices stay as traded. Needs a key that allows it.
    timeout : float, default=30.0
        Seconds for one request, from connecting to the last byte.
    retries : int, default=3
        Further tries where a request fails in a way that may pass.
    base_url : str, default="https://www.alphavantage.co"
        Where the vendor is; a `file:` address is a folder of recorded answers.

    Notes
    -----
    Weekly bars are labelled by their Monday and monthly ones by the first of the month; Alpha Vantage itself labels
    them by their last session. Intraday stamps are opening stamps in New York, and are brought to UTC; each month from
    `start` on, which has to be given, is one request.
    """

    example_symbol: ClassVar[str | None] = "IBM"
    lengths: ClassVar[Mapping[str, str]] = {
        "1d": "Time Series (Daily)",
        "1wk": "Weekly",
        "1mo": "Monthly",
        "1m": "1min",
        "5m": "5min",
        "15m": "15min",
        "30m": "30min",
        "1h": "60min",
    }

    adjusted: bool = Field(False, description="ask for adjusted closes, splits and dividends too")
    base_url: str = Field("https://www.alphavantage.co", description="where the vendor is")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Read a recorded answer of 60 daily bars, which is written into `folder`."""
        series = {
            f"{row.date:%Y-%m-%d}": {
                f"{place}. {name}": f"{getattr(row, name):.4f}"
                for place, name in enumerate(("open", "high", "low", "close", "volume"), start=1)
            }
            for row in example_bars().itertuples()
        }
        answer = {"Meta Data": {"2. Symbol": "IBM"}, "Time Series (Daily)": series}
        (folder / "IBM-1d.json").write_text(json.dumps(answer), encoding="utf-8")
        return cls(base_url=folder.resolve().as_uri())

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return the bars of `symbol`, oldest first; no rows where there are none.

        Raises
        ------
        DataError
            There is no key, no such symbol or no such interval, the allowance is used up, or no answer came.
        """
        import pandas as pd

        self._check_interval(interval)
        if start is None and interval not in _FUNCTIONS:
            raise DataError("'alphavantage' is asked for intraday bars month by month; say with `start` from when on.")
        with self._understood(symbol):
            parts = [self._bars(symbol, interval, params) for params in self._questions(interval, start, end)]
        bars = pd.concat(parts).sort_index()
        until = None if end is None else f"{end} 23:59:59"
        return bars[~bars.index.duplicated(keep="last")].loc[start:until]

    def _get(self) -> Get:
        return get_plain

    def _variants(self) -> list[str]:
        return ["adjusted"] if self.adjusted else []

    def _questions(self, interval: str, start: str | None, end: str | None) -> Iterator[dict[str, str]]:
        """Give the parameters of each request; intraday bars come by the month."""
        suffix = "_ADJUSTED" if self.adjusted else ""
        if interval in _FUNCTIONS:
            size = {"outputsize": _size(start)} if interval == "1d" else {}
            yield {"function": _FUNCTIONS[interval] + suffix, **size}
            return
        common = {
            "function": "TIME_SERIES_INTRADAY",
            "interval": self.lengths[interval],
            "adjusted": "false",
            "extended_hours": "false",
            "outputsize": "full",
        }
        for month in _months(start, end):
            yield {**common, "month": month}

    def _bars(self, symbol: str, interval: str, params: dict[str, str]) -> pd.DataFrame:
        hidden = {} if self._is_recorded else {"apikey": secret(KEY)}
        answer = self._ask(
            "/query",
            {**params, "symbol": symbol, "datatype": "json"},
            symbol=symbol,
            interval=interval,
            hidden=hidden,
            limit_advice=_ADVICE,
        )
        return _frame(_series(answer, symbol, interval, list(hidden.values())), interval, symbol)


def _size(start: str | None) -> str:
    """Ask for the last hundred bars where they are enough: that costs less, and any key may."""
    if start is None:
        return "full"
    age = datetime.datetime.now(datetime.UTC).date() - datetime.date.fromisoformat(start)
    return "compact" if age.days <= _COMPACT_DAYS else "full"


def _months(start: str | None, end: str | None) -> Iterator[str]:
    assert start is not None, "intraday bars are asked for from some day on"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    year, month = int(start[:4]), int(start[5:7])
    while (text := f"{year}-{month:02}") <= min(end or today, today)[:7]:
        yield text
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _series(answer: Any, symbol: str, interval: str, hidden: list[str]) -> Mapping[str, Mapping[str, str]]:
    """Find the bars in an answer, or say what it says instead."""
    fields = answer if isinstance(answer, dict) else {}
    found = next((value for name, value in fields.items() if "Time Series" in name), None)
    if isinstance(found, dict):
        return found
    said = next((str(fields[name]) for name in _REFUSALS if fields.get(name)), "")
    said, *names = (without(text, hidden) for text in (said, *map(str, fields)))  # it repeats the key in some messages
    raise DataError(_refusal(symbol, interval, " ".join(said.split()), names))


def _refusal(symbol: str, interval: str, said: str, fields: list[str]) -> str:
    began = f"'alphavantage' gave no bars of {symbol!r} at interval {interval!r}"
    if not said:
        has = f"its answer has {', '.join(fields[:5])}" if fields else "its answer is empty"
        return f"{began}: {has}, and no bars. Look whether it has such a symbol."
    low = said.lower()
    if "premium" in low and "rate limit" not in low and "per day" not in low:
        advice = "Your key does not allow this: ask for less history, without `adjusted`, or use another key."
    elif any(words in low for words in ("rate limit", "frequency", "per day", "per minute", "per second", "thank you")):
        advice = "The allowance of your key is used up: wait, ask for less, or use a key with a larger one."
    elif "apikey" in low or "api key" in low:
        advice = f"Look whether the secret {KEY} is right."
    else:
        advice = f"Look whether {symbol!r} is one of its symbols, spelt as it does."
    return f"{began}. It says: {said.rstrip('.')}. {advice}"


def _frame(series: Mapping[str, Mapping[str, str]], interval: str, symbol: str) -> pd.DataFrame:
    import pandas as pd

    rows = pd.DataFrame(list(series.values()), index=list(series))
    rows.columns = [_COLUMNS.get(str(name).partition(". ")[2], "") for name in rows.columns]
    rows = rows.loc[:, rows.columns != ""]
    try:
        bars = rows.astype("float64").set_axis(pd.to_datetime(rows.index, format="ISO8601"))
    except (ValueError, TypeError):
        bars = None
    if bars is None or bars.index.hasnans or (len(bars) and not set(_PRICES) <= set(bars.columns)):
        raise DataError(f"'alphavantage' gave bars of {symbol!r} that are no dates and numbers. Ask later.")
    return bars.set_axis(_opening(pd.DatetimeIndex(bars.index), interval)).sort_index()


def _opening(labels: pd.DatetimeIndex, interval: str) -> pd.DatetimeIndex:
    """Label bars by when they begin."""
    if interval == "1wk":
        return labels.to_period("W").start_time
    if interval == "1mo":
        return labels.to_period("M").start_time
    if interval == "1d":
        return labels
    return labels.tz_localize("America/New_York", ambiguous="NaT", nonexistent="shift_forward").tz_convert("UTC")
