"""A server on 127.0.0.1 that answers as vendors do, well and badly, and notes what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

NEW_YORK = ZoneInfo("America/New_York")


@dataclass
class Reply:
    """What to answer: a body with its state and headers; perhaps late, cut or dripping."""

    body: bytes | str | dict[str, Any] = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    late: float = 0.0
    missing: int = 0
    """Bytes that the length promises and the body lacks."""
    drip: float = 0.0
    """Seconds between single bytes."""

    @property
    def raw(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


Market = Callable[[str, dict[str, str]], Reply]


class VendorServer:
    """Answers with what is in `queue` first, then as `market` does."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.queue: list[Reply] = []
        self.log: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.stop = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                server.paths.append(parts.path)
                server.log.append(params)
                reply = server.queue.pop(0) if server.queue else server.market(parts.path, params)
                try:
                    self._send(reply)
                except OSError:  # the other side has given up
                    pass

            def _send(self, reply: Reply) -> None:
                server.stop.wait(reply.late)
                raw = reply.raw
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(raw) + reply.missing))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for start in range(0, len(raw), 1 if reply.drip else len(raw) or 1):
                    self.wfile.write(raw[start : start + (1 if reply.drip else len(raw))])
                    if reply.drip and server.stop.wait(reply.drip):
                        break

            def log_message(self, *_: Any) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @contextmanager
    def running(self) -> Iterator[VendorServer]:
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def make_prices(first: str = "2020-08-03", n: int = 60, seed: int = 5) -> pd.DataFrame:
    """Bars as traded on business days, with two digits behind the point, and volumes in hundreds."""
    rng = np.random.default_rng(seed)
    close = np.round(400 * np.exp(np.cumsum(rng.normal(0, 0.01, n))), 2)
    open_ = np.round(close * np.exp(rng.normal(0, 0.003, n)), 2)
    return pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) + 1.0,
            "low": np.minimum(open_, close) - 1.0,
            "close": close,
            "volume": 100.0 * rng.integers(100, 900, n),
        },
        index=pd.bdate_range(first, periods=n, name="date"),
    )


class YahooMarket:
    """Answers as Yahoo does: prices divided by all splits up to today, in single precision.

    `bars` are as traded; `splits` and `dividends` map days to factors and cash per share as traded.
    """

    def __init__(self, bars: pd.DataFrame) -> None:
        self.bars = bars
        self.splits: dict[str, float] = {}
        self.dividends: dict[str, float] = {}
        self.single = True
        self.opens = "09:30"
        self.zone = NEW_YORK
        self.symbols = {"AAPL"}

    def __call__(self, path: str, params: dict[str, str]) -> Reply:
        symbol = path.rpartition("/")[2].replace("%5E", "^")
        if symbol not in self.symbols:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return Reply({"chart": {"result": None, "error": error}}, status=404)
        first, last = int(params["period1"]), int(params["period2"])
        bars = self.adjusted()
        bars = bars[(bars["stamp"] >= first) & (bars["stamp"] < last)]
        result: dict[str, Any] = {"meta": self.meta(symbol), "indicators": {"quote": [{}]}}
        if params["interval"] != "1mo" and len(bars):
            result["timestamp"] = bars["stamp"].tolist()
            quote = {name: self._numbers(bars[name]) for name in ("open", "high", "low", "close")}
            result["indicators"] = {
                "quote": [{**quote, "volume": bars["volume"].round().astype(int).tolist()}],
                "adjclose": [{"adjclose": quote["close"]}],
            }
        result["events"] = self._events(first, last)
        return Reply({"chart": {"result": [result], "error": None}})

    def meta(self, symbol: str) -> dict[str, Any]:
        return {
            "symbol": symbol,
            "currency": "USD",
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": str(self.zone),
            "validRanges": ["1d", "max"],
            "priceHint": 2,
        }

    def stamp(self, day: Any) -> int:
        text = str(day)
        moment = pd.Timestamp(text if ":" in text and text[11:16] != "00:00" else f"{text[:10]} {self.opens}")
        return int(moment.tz_localize(self.zone).timestamp())

    def factor(self, day: Any) -> float:
        today = pd.Timestamp(day).normalize()
        return float(np.prod([factor for when, factor in self.splits.items() if pd.Timestamp(when) > today]))

    def adjusted(self) -> pd.DataFrame:
        factors = np.array([self.factor(day) for day in self.bars.index])
        adjusted = self.bars.assign(stamp=[self.stamp(day) for day in self.bars.index])
        for name in ("open", "high", "low", "close"):
            adjusted[name] = adjusted[name] / factors
        return adjusted.assign(volume=adjusted["volume"] * factors)

    def _numbers(self, values: pd.Series) -> list[float | None]:
        numbers = values.to_numpy(np.float32 if self.single else np.float64).astype(float)
        return [None if np.isnan(number) else float(number) for number in numbers]

    def _events(self, first: int, last: int) -> dict[str, Any]:
        splits = {
            str(self.stamp(day)): {"date": self.stamp(day), "numerator": factor, "denominator": 1.0}
            for day, factor in self.splits.items()
            if first <= self.stamp(day) < last
        }
        dividends = {
            str(self.stamp(day)): {"date": self.stamp(day), "amount": cash / self.factor(day)}
            for day, cash in self.dividends.items()
            if first <= self.stamp(day) < last
        }
        return {"splits": splits, "dividends": dividends}


class AlphaVantageMarket:
    """Answers as Alpha Vantage does; `bars` are as traded, in New York time where intraday."""

    TITLES: ClassVar[dict[str, str]] = {
        "TIME_SERIES_DAILY": "Time Series (Daily)",
        "TIME_SERIES_WEEKLY": "Weekly Time Series",
        "TIME_SERIES_MONTHLY": "Monthly Time Series",
    }

    def __init__(self, bars: pd.DataFrame) -> None:
        self.bars = bars
        self.symbols = {"IBM"}

    def __call__(self, path: str, params: dict[str, str]) -> Reply:
        if path != "/query" or params.get("symbol") not in self.symbols:
            said = "Invalid API call. Please retry or visit the documentation for TIME_SERIES_DAILY."
            return Reply({"Error Message": said})
        bars = self.bars
        if "month" in params:
            bars = bars.loc[params["month"]]
        if params.get("outputsize") == "compact":
            bars = bars.iloc[-100:]
        function = params["function"].removesuffix("_ADJUSTED")
        title = self.TITLES.get(function) or f"Time Series ({params['interval']})"
        adjusted = params["function"].endswith("_ADJUSTED")
        return Reply({"Meta Data": {"2. Symbol": params["symbol"]}, title: self._rows(bars[::-1], adjusted)})

    @staticmethod
    def _rows(bars: pd.DataFrame, adjusted: bool) -> dict[str, dict[str, str]]:
        names = ["open", "high", "low", "close"]
        names += ["adjusted close", "volume", "dividend amount", "split coefficient"] if adjusted else ["volume"]
        rows = {}
        for label, row in bars.iterrows():
            stamp = str(label) if str(label)[11:] != "00:00:00" else str(label)[:10]
            rows[stamp] = {f"{place}. {name}": f"{row[name]:.4f}" for place, name in enumerate(names, start=1)}
        return rows
