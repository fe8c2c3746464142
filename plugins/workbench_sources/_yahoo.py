"""Yahoo Finance, through `yfinance`."""

from __future__ import annotations

import datetime
import importlib.util
import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field

from workbench import DataError
from workbench_sources._actions import Split, as_traded
from workbench_sources._examples import example_bars
from workbench_sources._http import Get, get_as_browser
from workbench_sources._remote import Vendor

if TYPE_CHECKING:
    import pandas as pd

_DAY = datetime.timedelta(days=1)
_WIDEST_OFFSET = datetime.timedelta(hours=14)
"""A date begins so long before it does in UTC, at most."""
_RECENT = 7 * _DAY
"""Ranges that end within so long are asked for up to now, so that no later split is missed."""
_OLDEST = datetime.date(1900, 1, 1)
_REACH = {"1m": 7, "5m": 59, "15m": 59, "30m": 59, "1h": 729}
"""Days back from now for which Yahoo has such bars."""
_NOTHING_THERE = "Data doesn't exist for startDate"
_NAMES = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Volume": "volume",
    "Dividends": "dividend",
    "Capital Gains": "capital_gain",
}


class Yahoo(Vendor, name="yahoo"):
    """Bars of shares, funds, indices and currencies from Yahoo Finance, prices as traded; needs `yfinance`.

    Parameters
    ----------
    timeout : float, default=30.0
        Seconds for one request, from connecting to the last byte.
    retries : int, default=3
        Further tries where a request fails in a way that may pass.
    base_url : str, default="https://query2.finance.yahoo.com"
        Where the vendor is; a `file:` address is a folder of recorded answers.

    Notes
    -----
    Yahoo divides all prices by the splits that came later, up to today, so that a split tomorrow would change every
    bar. Here they are undone: prices, dividends and volumes are those of their day, and stay what they are.
    `split_factor` is 4 on the day of a 4:1 split, else 1; `dividend` is the cash per share on the ex-date, else 0.
    Where a range ends more than a week ago, a second request asks for the splits since. There is no `adj_close`, which
    would change with every dividend. Bars without a price are kept as Yahoo gives them.
    """

    example_symbol: ClassVar[str | None] = "AAPL"
    lengths: ClassVar[Mapping[str, str]] = {
        "1d": "1d",
        "1wk": "1wk",
        "1mo": "1mo",
        "1m": "1m",
        "5m": "5m",
        "15m": "15m",
        "30m": "15m",  # asked for half-hours it gives hours; yfinance makes them of quarters
        "1h": "1h",
    }

    base_url: str = Field("https://query2.finance.yahoo.com", description="where the vendor is")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Read a recorded answer of 60 daily bars, which is written into `folder`."""
        (folder / "AAPL-1d.json").write_text(json.dumps(_recorded_example()), encoding="utf-8")
        return cls(base_url=folder.resolve().as_uri())

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return the bars of `symbol`, oldest first; no rows where there are none.

        Raises
        ------
        DataError
            `yfinance` is not installed, there is no such symbol or interval, or no answer came.
        """
        import pandas as pd

        _need_yfinance()
        self._check_interval(interval)
        today = datetime.datetime.now(datetime.UTC).date()
        first = _first(start, interval, today)
        last = today if end is None else datetime.date.fromisoformat(end)
        asked_until = max(last, today) + 2 * _DAY if last >= today - _RECENT else last + 2 * _DAY
        if first > last:
            return pd.DataFrame()
        with self._understood(symbol):
            answer = self._chart(symbol, interval, first, asked_until, "div,splits,capitalGains")
            if not answer.get("timestamp"):
                return pd.DataFrame()
            splits = _splits(answer)
            if asked_until <= today and not self._is_recorded:
                splits += _splits(self._chart(symbol, "1mo", last, today + 2 * _DAY, "splits"))
            bars = _read(answer, symbol, interval, first, asked_until)
        bars = as_traded(bars, sorted(set(splits)), spans_days=interval in ("1wk", "1mo"))
        days = pd.DatetimeIndex(bars.index).date
        return bars.loc[(days >= first) & (days <= last)]

    def _get(self) -> Get:
        return get_as_browser

    def _chart(
        self, symbol: str, interval: str, first: datetime.date, last: datetime.date, events: str
    ) -> dict[str, Any]:
        """Return what Yahoo has between two dates, events and all."""
        params = {
            "period1": str(_epoch(first) - int(_WIDEST_OFFSET.total_seconds())),
            "period2": str(_epoch(last)),
            "interval": self.lengths[interval],
            "includePrePost": "false",
            "events": events,
        }
        path = f"/v8/finance/chart/{quote(symbol.upper(), safe='')}"
        return _result(self._ask(path, params, symbol=symbol, interval=interval), symbol, interval)


def _need_yfinance() -> None:
    if importlib.util.find_spec("yfinance") is None:
        raise DataError("'yahoo' needs the package yfinance. Run `pip install 'trading-workbench[data]'`.")


def _first(start: str | None, interval: str, today: datetime.date) -> datetime.date:
    if start is not None:
        return datetime.date.fromisoformat(start)
    return today - _REACH[interval] * _DAY if interval in _REACH else _OLDEST


def _epoch(day: datetime.date) -> int:
    return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())


def _result(answer: Any, symbol: str, interval: str) -> dict[str, Any]:
    """Find the chart in an answer, or say what it says instead; nothing where it has nothing for the dates."""
    chart = answer.get("chart") if isinstance(answer, dict) else None
    chart = chart if isinstance(chart, dict) else {}
    results = chart.get("result")
    if isinstance(results, list) and results and isinstance(results[0], dict) and not chart.get("error"):
        found = dict(results[0])
        if isinstance(found.get("meta"), dict) and found["meta"].get("exchangeTimezoneName"):
            return found
    error = chart.get("error")
    said = error.get("description") if isinstance(error, dict) else None
    if str(said).startswith(_NOTHING_THERE):
        return {}
    began = f"'yahoo' gave no bars of {symbol!r} at interval {interval!r}"
    if said:
        raise DataError(
            f"{began}. It says: {' '.join(str(said).split()).rstrip('.')}. Look whether it has such a symbol, and bars "
            f"of this length for these dates."
        )
    raise DataError(f"{began}: its answer holds no chart. Ask later.")


def _splits(answer: Mapping[str, Any]) -> list[Split]:
    if not answer:
        return []
    zone = ZoneInfo(answer["meta"]["exchangeTimezoneName"])
    found = (answer.get("events") or {}).get("splits") or {}
    return [
        Split(
            datetime.datetime.fromtimestamp(item["date"], zone).date(),
            float(item["numerator"]) / float(item["denominator"]),
        )
        for item in found.values()
        if item.get("denominator") and item.get("numerator")
    ]


class _Answered:
    """Stands for yfinance's connection: what it would ask for has been answered already."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.text = json.dumps({"chart": {"result": [answer], "error": None}})

    def get(self, *_: Any, **__: Any) -> _Answered:
        return self

    cache_get = get

    def json(self) -> Any:
        return json.loads(self.text)


def _read(
    answer: Mapping[str, Any], symbol: str, interval: str, first: datetime.date, last: datetime.date
) -> pd.DataFrame:
    """Let yfinance read an answer: the dates of sessions, summer time, the last bar, which may come twice.

    It asks nobody, and keeps no files: of its own ways of asking, each prints its failures, returns an empty frame and
    leaves caches behind.
    """
    meta = answer["meta"]
    failed, bars = "", None
    with warnings.catch_warnings():  # of its warnings yfinance would have some shown, whoever asks
        from yfinance.scrapers.history import PriceHistory
    with _silent():
        try:
            history = PriceHistory(_Answered(answer), symbol, meta["exchangeTimezoneName"], session=object())
            bars = history.history(
                interval=interval,
                start=_epoch(first),
                end=_epoch(last),
                auto_adjust=False,
                keepna=interval != "30m",
                prepost="tradingPeriods" not in meta,
            )
        except Exception as err:  # whatever a library makes of an answer that it does not expect
            failed = f"{type(err).__name__}: {err}"
    if bars is None or bars.empty:
        why = f" ({failed})" if failed else ""
        raise DataError(
            f"'yahoo' gave bars of {symbol!r} that yfinance cannot read{why}. Ask later; if it stays so, look for a "
            f"newer yfinance."
        )
    named: pd.DataFrame = bars[[name for name in _NAMES if name in bars]].rename(columns=_NAMES)
    return named.astype("float64")


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what yfinance says of its own accord out of the way; all of it is told by errors."""
    logger = logging.getLogger("yfinance")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _recorded_example() -> dict[str, Any]:
    bars = example_bars()
    opened = bars["date"] + datetime.timedelta(hours=14, minutes=30)
    prices = {name: bars[name].tolist() for name in ("open", "high", "low", "close", "volume")}
    meta = {"symbol": "AAPL", "currency": "USD", "instrumentType": "EQUITY", "exchangeTimezoneName": "America/New_York"}
    result = {
        "meta": {**meta, "validRanges": ["1d", "max"], "priceHint": 2},
        "timestamp": [int(moment.timestamp()) for moment in opened],
        "indicators": {"quote": [prices], "adjclose": [{"adjclose": prices["close"]}]},
    }
    return {"chart": {"result": [result], "error": None}}
