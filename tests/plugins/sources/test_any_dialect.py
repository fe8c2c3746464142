"""Bars written in any dialect are read back as they were."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench_sources as ws
from workbench.contracts.intervals import Interval
from workbench.data.bars import tidy_bars

COLUMNS = ["open", "high", "low", "close", "volume"]
HEADERS = [
    ("Date", "Open", "High", "Low", "Close", "Volume"),
    ("timestamp", "open", "high", "low", "close", "volume"),
    ("<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"),
    ("DATETIME", "OPEN", "HIGH", "LOW", "CLOSE/LAST", "VOL."),
    ("", "o", "h", "l", "c", "v"),
    ("Trade Date", "Open Price", "High Price", "Low Price", "Last", "Total Volume"),
]
EPOCHS = {"epoch s": 1, "epoch ms": 10**3, "epoch us": 10**6, "epoch ns": 10**9}
DAILY = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    *EPOCHS,
]
INTRADAY = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "offset", *EPOCHS]
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney"]


@dataclass(frozen=True)
class Dialect:
    """How to write bars."""

    delimiter: str
    decimal: str
    thousands: str
    header: tuple[str, ...]
    quoting: int
    newest_first: bool
    encoding: str
    nothing: str
    packed_in: tuple[str, ...]

    def number(self, value: float, digits: int) -> str:
        if value != value:
            return self.nothing
        return f"{value:,.{digits}f}".translate({ord(","): self.thousands, ord("."): self.decimal})


@st.composite
def dialects(draw) -> Dialect:
    decimal = draw(st.sampled_from([".", ","]))
    thousands = draw(st.sampled_from(["", "'", "\u00a0", "." if decimal == "," else ","]))
    return Dialect(
        draw(st.sampled_from([",", ";", "\t", "|"])),
        decimal,
        thousands,
        draw(st.sampled_from(HEADERS)),
        draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        draw(st.booleans()),
        draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])),
        draw(st.sampled_from(["", "-", "null", "NaN", "N/A", "#N/A", "."])),
        draw(st.sampled_from([(), ("Prices of X",), ("# made up", "")])),
    )


@st.composite
def bars(draw, stamps: pd.DatetimeIndex) -> pd.DataFrame:
    """Random bars in cents, some without a price or volume."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([1, 50, 5_000, 2_000_000]))
    four = np.sort(np.round(scale * np.exp(rng.normal(0, 0.3, (len(stamps), 4))), 2), axis=1)
    frame = pd.DataFrame({"open": four[:, 1], "high": four[:, 3], "low": four[:, 0], "close": four[:, 2]}, index=stamps)
    frame["volume"] = rng.integers(0, 10**7, len(stamps)).astype(float)
    gaps = draw(st.lists(st.integers(1, len(stamps) - 1), max_size=3))
    frame.iloc[gaps, :4] = np.nan
    frame.iloc[draw(st.lists(st.integers(1, len(stamps) - 1), max_size=3)), 4] = np.nan
    return frame


def written(frame: pd.DataFrame, dates: list[str], dialect: Dialect) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dialect.delimiter, quoting=dialect.quoting)
    writer.writerow(dialect.header)
    rows = [
        [date, *(dialect.number(value, 2) for value in values[:4]), dialect.number(values[4], 0)]
        for date, values in zip(dates, frame.to_numpy(), strict=True)
    ]
    writer.writerows(rows[::-1] if dialect.newest_first else rows)
    before = "".join(line + "\n" for line in dialect.packed_in)
    return (before + text.getvalue()).encode(dialect.encoding)


def read_back(content: bytes, interval: str, **params) -> tuple[pd.DataFrame, set[str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "X.csv"
        path.write_bytes(content)
        raw = ws.Csv(path=path, **params).fetch("X", None, None, interval)
    found, repairs = tidy_bars(raw, "X", Interval.parse(interval))
    return found, {repair.kind for repair in repairs}


def assert_same(found: pd.DataFrame, frame: pd.DataFrame) -> None:
    assert found.index.tolist() == frame.index.tolist()
    np.testing.assert_array_equal(found[COLUMNS].to_numpy(), frame[COLUMNS].to_numpy())


def dates_as(stamps: pd.DatetimeIndex, form: str) -> list[str]:
    if form in EPOCHS:
        return [str(moment // (10**9 // EPOCHS[form])) for moment in stamps.as_unit("ns").asi8]
    if form == "offset":
        return [stamp.isoformat() for stamp in stamps]
    return stamps.strftime(form).tolist()


@settings(deadline=None, max_examples=60)
@given(st.data(), dialects(), st.sampled_from(DAILY))
def test_daily_bars_are_read_back_from_any_dialect(data, dialect, form):
    first = data.draw(st.dates(pd.Timestamp("1980-01-01").date(), pd.Timestamp("2030-01-01").date()))
    stamps = pd.bdate_range(first, periods=data.draw(st.integers(25, 60)))
    frame = data.draw(bars(stamps))

    found, kinds = read_back(written(frame, dates_as(stamps, form), dialect), "1d")

    assert_same(found, frame)
    assert ("newest_first" in kinds) == dialect.newest_first
    assert ("epoch" in kinds) == (form in EPOCHS)
    assert ("day_first" in kinds) == (form in ("%d/%m/%Y", "%d.%m.%Y"))
    assert ("encoding" in kinds) == dialect.encoding.startswith("utf-16")
    assert ("decimal_comma" in kinds) == (dialect.decimal == ",")


@settings(deadline=None, max_examples=60)
@given(st.data(), dialects(), st.sampled_from(INTRADAY), st.sampled_from(ZONES), st.sampled_from(["30m", "1h"]))
def test_intraday_bars_are_read_back_from_any_dialect_and_zone(data, dialect, form, zone, interval):
    step = {"30m": "30min", "1h": "h"}[interval]
    year, month = data.draw(st.integers(2000, 2029)), data.draw(st.sampled_from([3, 4, 10, 11]))  # clocks change then
    utc = pd.date_range(pd.Timestamp(year, month, data.draw(st.sampled_from([8, 24, 28]))), periods=300, freq=step)
    frame = data.draw(bars(utc))
    local = utc.tz_localize("UTC").tz_convert(zone)
    params = {} if form == "offset" or form in EPOCHS else {"timezone": zone}

    found, kinds = read_back(written(frame, dates_as(local, form), dialect), interval, **params)

    assert_same(found, frame)
    assert "nonexistent_hour" not in kinds
    assert ("repeated_hour" in kinds) == (bool(params) and bool(local.tz_localize(None).duplicated().any()))


@settings(deadline=None, max_examples=40)
@given(st.data(), dialects())
def test_bars_stamped_at_their_end_are_brought_to_their_start(data, dialect):
    utc = pd.date_range("2020-05-04 03:45", periods=120, freq="min")
    frame = data.draw(bars(utc))
    ends = (
        (utc + pd.Timedelta(minutes=1))
        .tz_localize("UTC")
        .tz_convert("Asia/Kolkata")
        .strftime("%Y-%m-%d %H:%M")
        .tolist()
    )

    found, _ = read_back(written(frame, ends, dialect), "1m", timezone="Asia/Kolkata", stamps="end")

    assert_same(found, frame)
