"""Files as people have them: what is read of each, what was repaired, or why it is refused."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError, ExperimentError, Repair
from workbench.contracts.intervals import Interval
from workbench.data.bars import tidy_bars

NAN = float("nan")


@dataclass(frozen=True)
class Odd:
    """A file, and what is to be read of it: the times of the bars and some columns, and the kinds of repairs."""

    name: str
    text: str | bytes
    times: Sequence[str] = ("2020-01-02", "2020-01-03")
    columns: Mapping[str, Sequence[float]] = field(default_factory=lambda: {"close": [10.5, 11.5]})
    kinds: Sequence[str] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    interval: str = "1d"
    symbol: str = "X"
    file: str = "X.csv"


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def ohlc(first: str, *more: str, header: str = "date,open,high,low,close,volume") -> str:
    """Two bars with dates as given, closing at 10.5 and 11.5."""
    rows = [f"{first},10,11,9,10.5,100", *(f"{date},11,12,10,11.5,200" for date in more)]
    return lines(header, *rows)


TWO = ohlc("2020-01-02", "2020-01-03")


def closes(*rows: str) -> str:
    return lines("date,close", *rows)


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name.replace("_", "."), text)
    return buffer.getvalue()


ONE = "close_only"

READ = [
    # --- delimiters, encodings, lines around the table
    Odd("plain", TWO),
    Odd("semicolons", TWO.replace(",", ";")),
    Odd("tabs", TWO.replace(",", "\t")),
    Odd("bars", TWO.replace(",", "|")),
    Odd("spaces behind commas", TWO.replace(",", ", ")),
    Odd("carriage returns", TWO.replace("\n", "\r\n")),
    Odd("old Macintosh lines", TWO.replace("\n", "\r")),
    Odd("no newline at the end", TWO.rstrip("\n")),
    Odd("everything quoted", "\n".join('"' + line.replace(",", '","') + '"' for line in TWO.splitlines())),
    Odd("byte order mark", b"\xef\xbb\xbf" + TWO.encode()),
    Odd("UTF-16", TWO.encode("utf-16"), kinds=["encoding"]),
    Odd("UTF-16 without a mark", TWO.encode("utf-16-le"), kinds=["encoding"]),
    Odd("UTF-16, as said", TWO.encode("utf-16"), params={"encoding": "utf-16"}),
    Odd(
        "Windows-1252",
        lines("date,close,währung", "2020-01-02,10.5,€", "2020-01-03,11.5,€").encode("cp1252"),
        kinds=["encoding", ONE],
    ),
    Odd(
        "Windows-1252, as said",
        lines("date,close,währung", "2020-01-02,10.5,€", "2020-01-03,11.5,€").encode("cp1252"),
        params={"encoding": "cp1252"},
        kinds=[ONE],
    ),
    Odd("gzip", gzip.compress(TWO.encode()), file="X.csv.gz"),
    Odd("zip", zipped(data_csv=TWO), file="X.zip"),
    Odd("title before the header", "Prices of X, in USD\n\n" + TWO, kinds=["skipped_lines"]),
    Odd("comments before the header", "# source: somewhere\n# as of, today\n" + TWO, kinds=["skipped_lines"]),
    Odd("separator declared", "sep=;\n" + TWO.replace(",", ";")),
    Odd("lines behind the last row", TWO + "\nSource: somewhere\nTotal,,,,,\n", kinds=["skipped_lines"]),
    Odd("blank lines", TWO.replace("\n", "\n\n")),
    Odd("empty rows", TWO.replace("\n2020-01-03", "\n,,,,,\n2020-01-03"), kinds=["empty_rows"]),
    Odd(
        "header again in the middle",
        TWO.replace("\n2020-01-03", "\n" + TWO.splitlines()[0] + "\n2020-01-03"),
        kinds=["repeated_headers"],
    ),
    Odd(
        "header again, in quotes, with blanks and with a mark",
        TWO.replace(
            "\n2020-01-03",
            '\n"date","open","high","low","close","volume"\ndate, open, high, low, close, volume\n\ufeff'
            + TWO.splitlines()[0]
            + "\n2020-01-03",
        ),
        kinds=["repeated_headers"],
    ),
    Odd(
        "quotes without their other half",
        lines("date,close,note", '2020-01-02,10.5,"pipe', '2020-01-03,11.5,"pipe', "2020-01-06,12.5,"),
        times=["2020-01-02", "2020-01-03", "2020-01-06"],
        columns={"close": [10.5, 11.5, 12.5]},
        kinds=["stray_quotes", ONE],
    ),
    Odd(
        "a field of two lines",
        lines("date,close,note", '2020-01-02,10.5,"one', 'two"', "2020-01-03,11.5,"),
        kinds=[ONE],
    ),
    Odd(
        "a last row that was cut off",
        TWO[:-9],
        columns={"high": [11, 12], "close": [10.5, NAN]},
        kinds=["short_rows"],
    ),
    Odd("comma behind every row", TWO.replace("00\n", "00,\n")),
    Odd("comma behind every line", TWO.replace("\n", ",\n")),
    # --- headers
    Odd("capitals", ohlc("2020-01-02", "2020-01-03", header="DATE,OPEN,HIGH,LOW,CLOSE,VOLUME")),
    Odd(
        "single letters",
        ohlc("2020-01-02", "2020-01-03", header="Date,O,H,L,C,V"),
        columns={"close": [10.5, 11.5], "high": [11, 12], "volume": [100, 200]},
    ),
    Odd(
        "Close/Last and Vol.",
        ohlc("2020-01-02", "2020-01-03", header="Date,Open,High,Low,Close/Last,Vol."),
        columns={"close": [10.5, 11.5], "volume": [100, 200]},
    ),
    Odd(
        "numbered names", ohlc("2020-01-02", "2020-01-03", header="timestamp,1. open,2. high,3. low,4. close,5. volume")
    ),
    Odd("Settle", ohlc("2020-01-02", "2020-01-03", header="Trade Date,Open,High,Low,Settle,Volume")),
    Odd(
        "Price among the others",
        lines("Date,Price,Open,High,Low", "2020-01-02,10.5,10,11,9", "2020-01-03,11.5,11,12,10"),
    ),
    Odd(
        "Last beside Close",
        lines("Date,Close,Last", "2020-01-02,10.5,1", "2020-01-03,11.5,2"),
        columns={"close": [10.5, 11.5], "last": [1, 2]},
        kinds=[ONE],
    ),
    Odd(
        "Adj. Close",
        lines("Date,Close,Adj. Close**", "2020-01-02,10.5,9", "2020-01-03,11.5,10"),
        columns={"close": [10.5, 11.5], "adj_close": [9, 10]},
        kinds=[ONE],
    ),
    Odd(
        "dividends and splits",
        lines("date,close,divCash,splitFactor", "2020-01-02,10.5,0.2,1", "2020-01-03,11.5,0,4"),
        columns={"dividend": [0.2, 0], "split_factor": [1, 4]},
        kinds=[ONE],
    ),
    Odd("dates in a column without a name", ohlc("2020-01-02", "2020-01-03", header=",Open,High,Low,Close,Volume")),
    Odd("row numbers", lines(",Date,Close", "0,2020-01-02,10.5", "1,2020-01-03,11.5"), kinds=[ONE]),
    Odd(
        "no usual name of a price",
        lines("DATE,DCOILBRENTEU", "2020-01-02,10.5", "2020-01-03,."),
        columns={"close": [10.5, NAN]},
        kinds=["only_price", ONE],
    ),
    Odd(
        "yfinance, one ticker",
        lines(
            "Price,Close,High,Low,Open,Volume",
            "Ticker,AAPL,AAPL,AAPL,AAPL,AAPL",
            "Date,,,,,",
            "2020-01-02,10.5,11,9,10,100",
            "2020-01-03,11.5,12,10,11,200",
        ),
        symbol="AAPL",
        kinds=["header_rows"],
    ),
    Odd(
        "yfinance, two tickers",
        lines(
            "Price,Close,Close,Open,Open,High,High,Low,Low",
            "Ticker,A,B,A,B,A,B,A,B",
            "Date,,,,,,,,",
            "2020-01-02,1,10.5,1,10,1,11,1,9",
            "2020-01-03,2,11.5,2,11,2,12,2,10",
        ),
        symbol="B",
        kinds=["header_rows"],
    ),
    Odd(
        "yfinance, tickers first",
        lines(
            "Ticker,B,B,B,B",
            "Price,Open,High,Low,Close",
            "Date,,,,",
            "2020-01-02,10,11,9,10.5",
            "2020-01-03,11,12,10,11.5",
        ),
        symbol="B",
        kinds=["header_rows"],
    ),
    Odd(
        "column of instruments",
        lines("isin,date,close", "DE1,2020-01-02,10.5", "DE2,2020-01-02,1", "DE1,2020-01-03,11.5"),
        symbol="DE1",
        kinds=[ONE],
    ),
    Odd(
        "MetaTrader",
        lines(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
            "2020.01.02\t09:00:00\t10\t11\t9\t10.5\t5\t100\t3",
            "2020.01.02\t10:00:00\t11\t12\t10\t11.5\t6\t200\t3",
        ),
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
        kinds=["joined_columns"],
        columns={"close": [10.5, 11.5], "volume": [100, 200], "tick_volume": [5, 6]},
    ),
    Odd(
        "Finam",
        lines("<TICKER>;<PER>;<DATE>;<TIME>;<CLOSE>", "SBER;60;20200102;093000;10.5", "SBER;60;20200102;103000;11.5"),
        times=["2020-01-02 09:30", "2020-01-02 10:30"],
        interval="1h",
        symbol="SBER",
        kinds=["joined_columns", ONE],
    ),
    Odd(
        "Binance",
        lines(
            "Open time,Open,High,Low,Close,Volume,Close time",
            "1577955600000,10,11,9,10.5,100,1577959199999",
            "1577959200000,11,12,10,11.5,200,1577962799999",
        ),
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
        kinds=["epoch"],
    ),
    # --- columns set apart by blanks
    Odd("runs of blanks", TWO.replace(",", "   ")),
    Odd("blanks and lines indented", "  " + TWO.replace(",", "  ").replace("\n", "\n  ").rstrip(" ")),
    Odd("single blanks", TWO.replace(",", " ")),
    Odd(
        "names with a blank between runs of them",
        lines("Date        Close   Adj Close", "2020-01-02  10.5    9", "2020-01-03  11.5    10"),
        columns={"close": [10.5, 11.5], "adj_close": [9, 10]},
        kinds=[ONE],
    ),
    Odd(
        "dates and times between blanks",
        lines("Date Time Close", "2020-01-02 09:00 10.5", "2020-01-02 10:00 11.5"),
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
        kinds=["joined_columns", ONE],
    ),
    # --- names in other languages
    *(
        Odd(
            f"header in {language}",
            ohlc("2020-01-02", "2020-01-03", header=header),
            columns={"open": [10, 11], "high": [11, 12], "low": [9, 10], "close": [10.5, 11.5], "volume": [100, 200]},
        )
        for language, header in (
            ("German", "Datum,Eröffnung,Hoch,Tief,Schluss,Volumen"),
            ("German of Investing.com", "Datum,Eröffn.,Hoch,Tief,Zuletzt,Vol."),
            ("French", "Date,Ouverture,Plus Haut,Plus Bas,Clôture,Volume"),
            ("French of Investing.com", "Date,Ouv.,Plus Haut,Plus Bas,Dernier,Vol."),
            ("Spanish", "Fecha,Apertura,Máximo,Mínimo,Cierre,Volumen"),
            ("Portuguese", "Data,Abertura,Máxima,Mínima,Último,Vol."),
            ("Italian", "Data,Apertura,Massimo,Minimo,Ultimo,Vol."),
            ("Dutch", "Datum,Open,Hoog,Laag,Laatste,Vol."),
        )
    ),
    Odd(
        "accents written as two characters",
        ohlc("2020-01-02", "2020-01-03", header="Datum,Ero\u0308ffnung,Hoch,Tief,Schluss,Volumen"),
        columns={"open": [10, 11]},
    ),
    Odd(
        "pieces beside turnover",
        lines("Datum,Schlusskurs,Volumen,Stücke", "2020-01-02,10.5,1050,100", "2020-01-03,11.5,2300,200"),
        columns={"close": [10.5, 11.5], "volume": [100, 200], "volumen": [1050, 2300]},
        kinds=[ONE],
    ),
    # --- dates under other names
    Odd(
        "CoinGecko",
        lines("snapped_at,price,total_volume", "2020-01-02 00:00:00 UTC,10.5,1", "2020-01-03 00:00:00 UTC,11.5,2"),
        kinds=[ONE],
    ),
    Odd(
        "Polygon",
        lines("ticker,close,window_start", "A,10.5,1577955600000000000", "A,11.5,1577959200000000000"),
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
        kinds=["epoch", ONE],
    ),
    Odd(
        "single letters with the time",
        ohlc("2020-01-02T09:00:00Z", "2020-01-02T10:00:00Z", header="t,o,h,l,c,v"),
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
    ),
    Odd(
        "months",
        lines("Month,Close", "Jan-2020,10.5", "Feb-2020,11.5"),
        times=["2020-01-01", "2020-02-01"],
        interval="1mo",
        kinds=["date_column", "date_format", ONE],
    ),
    Odd(
        "dates of no usual name",
        lines("Close,Fixed on", "10.5,2020-01-02", "11.5,2020-01-03"),
        kinds=["date_column", ONE],
    ),
    Odd(
        "two columns of dates of no usual name",
        lines("From,To,Close", "2020-01-02,2020-02-02,10.5", "2020-01-03,2020-02-03,11.5"),
        kinds=["date_column", ONE],
    ),
    Odd(
        "digits under a name that says time",
        lines("Bar time,Close", "202001020900,10.5", "202001021000,11.5"),
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
        kinds=["date_column", ONE],
    ),
    # --- columns as said
    Odd(
        "all columns as said",
        lines("A,B,C,D,E", "X,2020-01-02,10.5,10,1", "X,2020-01-03,11.5,11,2"),
        params={"columns": {"symbol": "A", "date": "B", "close": "C", "volume": "E"}},
        columns={"close": [10.5, 11.5], "volume": [1, 2], "d": [10, 11]},
        kinds=[ONE],
    ),
    Odd(
        "another close than the usual one, in any spelling",
        lines("date,Close,Adj. Close", "2020-01-02,1,10.5", "2020-01-03,2,11.5"),
        params={"columns": {"close": "adj_close"}},
        columns={"close": [10.5, 11.5], "other_close": [1, 2]},
        kinds=[ONE],
    ),
    Odd(
        "one symbol of a column each, called by numbers",
        lines("date,600519,600520", "2020-01-02,10.5,1", "2020-01-03,11.5,2"),
        params={"columns": {"close": 600519}},
        columns={"close": [10.5, 11.5], "600520": [1, 2]},
        kinds=[ONE],
    ),
    Odd(
        "date and time as said",
        lines("D,T,close", "2020-01-02,900,10.5", "2020-01-02,1000,11.5"),
        params={"columns": {"date": "D", "time": "T"}},
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
        interval="1h",
        kinds=["joined_columns", ONE],
    ),
    # --- numbers
    Odd(
        "thousands in quotes",
        closes('2020-01-02,"1,234.5"', '2020-01-03,"12,345.75"'),
        columns={"close": [1234.5, 12345.75]},
        kinds=["thousands", ONE],
    ),
    Odd(
        "decimal commas",
        lines("Datum;date;close", "x;2020-01-02;10,5", "x;2020-01-03;11,5"),
        kinds=["decimal_comma", ONE],
    ),
    Odd(
        "points between thousands",
        lines("date;close;volume", "2020-01-02;1.234,5;123.456", "2020-01-03;999,25;1.000"),
        columns={"close": [1234.5, 999.25], "volume": [123456, 1000]},
        kinds=["thousands", "decimal_comma", ONE],
    ),
    Odd(
        "spaces between thousands",
        lines("date;close", "2020-01-02;1 234,5", "2020-01-03;12\u00a0345,75"),
        columns={"close": [1234.5, 12345.75]},
        kinds=["thousands", "decimal_comma", ONE],
    ),
    Odd(
        "apostrophes between thousands",
        lines("date;close", "2020-01-02;1'234.5", "2020-01-03;12'345.75"),
        columns={"close": [1234.5, 12345.75]},
        kinds=["thousands", ONE],
    ),
    Odd(
        "thousands of volume beside plain prices",
        closes("2020-01-02,10.5", "2020-01-03,11.5")
        .replace("close", "close,volume")
        .replace("10.5", '10.5,"1,000"')
        .replace("11.5", '11.5,"2,000"'),
        columns={"close": [10.5, 11.5], "volume": [1000, 2000]},
        kinds=["thousands", ONE],
    ),
    Odd(
        "doubtful comma, as said",
        closes('2020-01-02,"1,234"', '2020-01-03,"2,345"'),
        params={"decimal": ","},
        columns={"close": [1.234, 2.345]},
        kinds=["decimal_comma", ONE],
    ),
    Odd(
        "doubtful comma, said the other way",
        closes('2020-01-02,"1,234"', '2020-01-03,"2,345"'),
        params={"decimal": "."},
        columns={"close": [1234, 2345]},
        kinds=["thousands", ONE],
    ),
    Odd(
        "dollars",
        closes('2020-01-02,"$1,234.50"', "2020-01-03,$9.25"),
        columns={"close": [1234.5, 9.25]},
        kinds=["currency", "thousands", ONE],
    ),
    Odd(
        "euros behind",
        lines("date;close", "2020-01-02;10,50 €", "2020-01-03;11,50 €"),
        kinds=["currency", "decimal_comma", ONE],
    ),
    Odd(
        "millions and percents",
        lines("Date,Price,Vol.,Change %", "2020-01-02,10.5,8.1M,0.15%", "2020-01-03,11.5,350K,-2.00%"),
        columns={"close": [10.5, 11.5], "volume": [8.1e6, 350e3], "change_pct": [0.0015, -0.02]},
        kinds=["magnitude", "percent", ONE],
    ),
    Odd(
        "negative in parentheses",
        closes("2020-01-02,(1.5)", "2020-01-03,11.5"),
        columns={"close": [-1.5, 11.5]},
        kinds=["parentheses", ONE],
    ),
    Odd(
        "negative prices",
        closes("2020-01-02,-37.63", "2020-01-03,10.01"),
        columns={"close": [-37.63, 10.01]},
        kinds=[ONE],
    ),
    Odd("exponents", closes("2020-01-02,1.05e1", "2020-01-03,1.15E+1"), kinds=[ONE]),
    *(
        Odd(
            f"missing value {word!r}",
            closes("2020-01-02,10.5", f"2020-01-03,{word}"),
            columns={"close": [10.5, NAN]},
            kinds=[ONE],
        )
        for word in ("", "null", "N/A", "#N/A", ".", "-", " nan ")
    ),
    Odd(
        "a close without the other prices",
        ohlc("2020-01-02").rstrip("\n") + "\n2020-01-03,null,null,null,11.5,\n",
        columns={"open": [10, NAN], "close": [10.5, 11.5], "volume": [100, NAN]},
    ),
    # --- bid and ask
    Odd(
        "bid and ask bars",
        lines(
            "timestamp,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close",
            "2020-01-02,10,12,8,10.4,11,13,9,10.6",
            "2020-01-03,10,12,8,11.4,11,13,9,11.6",
        ),
        columns={"open": [10.5, 10.5], "high": [12.5, 12.5], "close": [10.5, 11.5], "spread": [0.2 / 10.5, 0.2 / 11.5]},
        kinds=["mid_prices"],
    ),
    Odd(
        "bid and ask alone",
        lines("date,Bid,Ask", "2020-01-02,10.4,10.6", "2020-01-03,11.4,11.6"),
        kinds=["mid_prices", ONE],
    ),
    Odd(
        "FXCM names",
        lines(
            "DateTime,BidOpen,BidHigh,BidLow,BidClose,AskOpen,AskHigh,AskLow,AskClose",
            "2020-01-02,10,12,8,10.4,11,13,9,10.6",
            "2020-01-03,10,12,8,11.4,11,13,9,11.6",
        ),
        kinds=["mid_prices"],
    ),
    # --- dates
    Odd(
        "days first",
        ohlc("02/01/2020", "03/01/2020", "13/01/2020"),
        times=["2020-01-02", "2020-01-03", "2020-01-13"],
        columns={"close": [10.5, 11.5, 11.5]},
        kinds=["day_first"],
    ),
    Odd(
        "months first",
        ohlc("1/2/2020", "1/3/2020", "1/13/2020"),
        times=["2020-01-02", "2020-01-03", "2020-01-13"],
        columns={"close": [10.5, 11.5, 11.5]},
        kinds=["month_first"],
    ),
    Odd("days first, as said", ohlc("02.01.2020", "03.01.2020"), params={"date_format": "%d.%m.%Y"}),
    Odd("years of two digits", ohlc("30/12/99", "31/12/99"), times=["1999-12-30", "1999-12-31"], kinds=["day_first"]),
    Odd(
        "years of two digits first",
        ohlc("19-12-30", "19-12-31", "20-01-02", "20-02-03"),
        kinds=["date_format"],
        times=["2019-12-30", "2019-12-31", "2020-01-02", "2020-02-03"],
        columns={"close": [10.5, 11.5, 11.5, 11.5]},
    ),
    Odd("names of months", ohlc("02-Jan-2020", "03-Jan-2020"), kinds=["date_format"]),
    Odd("long names of months", ohlc('"January 2, 2020"', '"January 3, 2020"'), kinds=["date_format"]),
    Odd("names of weekdays", ohlc('"Thu, 2 Jan 2020"', '"Fri, 3 Jan 2020"'), kinds=["date_format"]),
    Odd("years first with points", ohlc("2020.01.02", "2020.01.03")),
    Odd("digits", ohlc("20200102", "20200103")),
    Odd("seconds since 1970", ohlc("1577923200", "1578009600"), kinds=["epoch"]),
    Odd("microseconds since 1970", ohlc("1577923200000000", "1578009600000000"), kinds=["epoch"]),
    Odd("nanoseconds since 1970", ohlc("1577923200000000000", "1578009600000000000"), kinds=["epoch"]),
    Odd("seconds since 1970, as said", ohlc("1577923200", "1578009600"), params={"date_format": "epoch_s"}),
    Odd("days of a spreadsheet, as said", ohlc("43832", "43833"), params={"date_format": "excel"}),
    Odd(
        "half past nine in the afternoon",
        ohlc("01/13/2020 9:30 PM", "01/13/2020 10:30 PM"),
        interval="1h",
        times=["2020-01-13 21:30", "2020-01-13 22:30"],
        kinds=["month_first"],
    ),
    *(
        Odd(
            f"day first, {between!r} before the time",
            ohlc(f'"13.01.2020{between}09:30"', f'"13.01.2020{between}10:30"'),
            interval="1h",
            times=["2020-01-13 09:30", "2020-01-13 10:30"],
            kinds=["day_first"],
        )
        for between in (" ", "  ", "T", ", ", ",")
    ),
    Odd(
        "day first, some with a time",
        ohlc("13.01.2020", "13.01.2020 01:00"),
        interval="1h",
        times=["2020-01-13 00:00", "2020-01-13 01:00"],
        kinds=["day_first"],
    ),
    Odd(
        "names of months and times",
        ohlc("13 Jan 2020 09:30", "13 Jan 2020 10:30"),
        interval="1h",
        times=["2020-01-13 09:30", "2020-01-13 10:30"],
        kinds=["date_format"],
    ),
    Odd(
        "ISO stamps of two lengths",
        ohlc("2020-01-02 09:00", "2020-01-02 10:00:00"),
        interval="1h",
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
    ),
    Odd(
        "UTC in words",
        ohlc("2020-01-02 09:00:00 UTC", "2020-01-02 10:00:00 UTC"),
        interval="1h",
        times=["2020-01-02 09:00", "2020-01-02 10:00"],
    ),
    Odd(
        "Dukascopy",
        ohlc("13.01.2020 09:00:00.000 GMT+0100", "13.01.2020 10:00:00.000 GMT+0100"),
        interval="1h",
        times=["2020-01-13 08:00", "2020-01-13 09:00"],
        kinds=["day_first"],
    ),
    Odd(
        "offsets",
        ohlc("2020-01-02T09:00:00-05:00", "2020-01-02T10:00:00-05:00"),
        interval="1h",
        times=["2020-01-02 14:00", "2020-01-02 15:00"],
    ),
    Odd(
        "date and time, in a zone",
        lines("Date,Time,Close", "01/13/2020,09:30,10.5", "01/13/2020,10:30,11.5"),
        interval="1h",
        params={"timezone": "America/New_York"},
        times=["2020-01-13 14:30", "2020-01-13 15:30"],
        kinds=["joined_columns", "month_first", ONE],
    ),
    Odd(
        "end of summer time",
        ohlc("2020-11-01 00:30", "2020-11-01 01:30", "2020-11-01 01:30", "2020-11-01 02:30"),
        params={"timezone": "America/New_York"},
        interval="1h",
        columns={"close": [10.5, 11.5, 11.5, 11.5]},
        times=["2020-11-01 04:30", "2020-11-01 05:30", "2020-11-01 06:30", "2020-11-01 07:30"],
        kinds=["repeated_hour"],
    ),
    Odd(
        "end of summer time, newest first",
        ohlc(
            "2020-11-01 02:30",
            "2020-11-01 01:30",
            "2020-11-01 01:00",
            "2020-11-01 01:30",
            "2020-11-01 01:00",
            "2020-11-01 00:30",
        ),
        params={"timezone": "America/New_York"},
        interval="30m",
        columns={"close": [11.5, 11.5, 11.5, 11.5, 11.5, 10.5]},
        times=[
            "2020-11-01 04:30",
            "2020-11-01 05:00",
            "2020-11-01 05:30",
            "2020-11-01 06:00",
            "2020-11-01 06:30",
            "2020-11-01 07:30",
        ],
        kinds=["repeated_hour", "newest_first"],
    ),
    Odd(
        "beginning of summer time",
        ohlc("2020-03-08 01:30", "2020-03-08 02:30"),
        params={"timezone": "America/New_York"},
        interval="1h",
        times=["2020-03-08 06:30", "2020-03-08 07:30"],
        kinds=["nonexistent_hour"],
    ),
    Odd(
        "stamps at the end of bars",
        ohlc("2020-01-02 09:16", "2020-01-02 09:17", "2020-01-02 09:18"),
        interval="1m",
        params={"stamps": "end", "timezone": "Asia/Kolkata"},
        columns={"close": [10.5, 11.5, 11.5]},
        times=["2020-01-02 03:45", "2020-01-02 03:46", "2020-01-02 03:47"],
    ),
    Odd(
        "dates at the end of bars stay",
        ohlc("2020-01-02", "2020-01-03", "2020-01-04"),
        params={"stamps": "end"},
        times=["2020-01-02", "2020-01-03", "2020-01-04"],
        columns={"close": [10.5, 11.5, 11.5]},
    ),
    Odd(
        "dates whose day looks like an offset, and offsets that change",
        closes("2020-03-15T00:00:00+00:00,10.5", "2020-04-15T00:00:00+01:00,11.5"),
        times=["2020-03-15", "2020-04-15"],
        kinds=[ONE],
    ),
    Odd(
        "a column that names the zone",
        lines(
            "date,Timezone,close", "2020-01-02 09:30,America/New_York,10.5", "2020-01-02 10:30,America/New_York,11.5"
        ),
        times=["2020-01-02 14:30", "2020-01-02 15:30"],
        interval="1h",
        kinds=["time_zone", ONE],
    ),
    Odd(
        "a column that names the zone, and another as said",
        lines("date,tz,close", "2020-01-02 09:30,Asia/Tokyo,10.5", "2020-01-02 10:30,Asia/Tokyo,11.5"),
        params={"timezone": "America/New_York"},
        times=["2020-01-02 14:30", "2020-01-02 15:30"],
        interval="1h",
        kinds=[ONE],
    ),
    Odd(
        "a column of zones beside dates",
        lines("date,tz,close", "2020-01-02,Asia/Tokyo,10.5", "2020-01-03,Europe/Berlin,11.5"),
        kinds=[ONE],
    ),
    Odd(
        "years, as said",
        lines("date,close", "2020,10.5", "2021,11.5"),
        params={"date_format": "%Y"},
        interval="1mo",
        times=["2020-01-01", "2021-01-01"],
        kinds=[ONE],
    ),
    # --- points, and digits of other scripts
    Odd(
        "rates of three decimals",
        lines("date,close", "2020-01-02,1.021", "2020-01-03,1.034"),
        columns={"close": [1.021, 1.034]},
        kinds=[ONE],
    ),
    Odd(
        "rates of three decimals, one of them whole",
        closes("2020-01-02,99.875", "2020-01-03,100"),
        columns={"close": [99.875, 100]},
        kinds=[ONE],
    ),
    Odd(
        "points that mark thousands, as said",
        closes("2020-01-02,1.021", "2020-01-03,995"),
        params={"decimal": ","},
        columns={"close": [1021, 995]},
        kinds=["thousands", ONE],
    ),
    Odd(
        "points beside whole numbers, as said",
        closes("2020-01-02,1.021", "2020-01-03,995"),
        params={"decimal": "."},
        columns={"close": [1.021, 995]},
        kinds=[ONE],
    ),
    Odd(
        "volumes of three decimals and other ones",
        lines("date,close,volume", "2020-01-02,10.5,1.204", "2020-01-03,11.5,0.319"),
        columns={"volume": [1.204, 0.319]},
        kinds=[ONE],
    ),
    Odd(
        "Arabic digits",
        closes("2020-01-02,\u0661\u0660\u066b\u0665", "\u0662\u0660\u0662\u0660-01-03,11.5"),
        kinds=[ONE],
    ),
    Odd("digits of full width", closes("2020-01-02,\uff11\uff10\uff0e\uff15", "2020-01-03,11.5"), kinds=[ONE]),
    # --- order and repetition
    Odd("newest first", ohlc("2020-01-03", "2020-01-02"), columns={"close": [11.5, 10.5]}, kinds=["newest_first"]),
    Odd(
        "out of order",
        ohlc("2020-01-02", "2020-01-06", "2020-01-03"),
        times=["2020-01-02", "2020-01-03", "2020-01-06"],
        columns={"close": [10.5, 11.5, 11.5]},
        kinds=["out_of_order"],
    ),
    Odd("repeated rows", TWO + TWO.splitlines()[2], kinds=["duplicates"]),
]

REFUSED = [
    ("nothing", b"", {}, "it is empty"),
    ("blanks", b" \n\n", {}, "it is empty"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00" * 20, {}, "it is no text"),
    (
        "bytes of no encoding",
        TWO.replace("date", "dat\u00e9").encode("latin-1") + b"\x81",
        {},
        "not in the encoding 'cp1252'",
    ),
    ("an encoding that is another", TWO.encode("utf-16"), {"encoding": "utf-8"}, "not in the encoding 'utf-8'"),
    ("an encoding of no name", TWO, {"encoding": "utf-99"}, "no encoding 'utf-99'; usual ones"),
    ("broken gzip", gzip.compress(TWO.encode())[:-9], {}, "cannot be unpacked"),
    ("an archive of two files", zipped(a_csv=TWO, b_csv=TWO), {}, "zip archive of 2 files; unpack it"),
    ("a sentence", "just words.\n", {}, "'just words.', names fewer than two columns"),
    ("a header alone", TWO.split("\n", 1)[0], {}, "'.*X.csv': it has a header but no rows"),
    (
        "no header",
        TWO.split("\n", 1)[1],
        {},
        "no row names its columns: the first is '2020-01-02,10.*look like date,open,high,low,close,volume. Expected",
    ),
    (
        "no header, as MetaTrader writes it",
        lines("2020.01.02,09:00,10,11,9,10.5,100", "2020.01.02,10:00,11,12,10,11.5,200"),
        {},
        "they look like date,time,open,high,low,close,volume",
    ),
    (
        "no header, as Binance writes it",
        lines("1577955600000,10,11,9,10.5,100,1577959199999,1000,5"),
        {},
        "they look like date,open,high,low,close,volume,column_7,column_8,column_9",
    ),
    (
        "no header, with symbols",
        lines("AB1;20200102;10.5;100", "AB1;20200103;11.5;200"),
        {},
        "they look like symbol;date;close;volume",
    ),
    (
        "no header, with nothing that tells",
        lines("1,2,3", "2,3,4"),
        {},
        "they look like date,open,high,low,close,volume",
    ),
    (
        "a column for each symbol",
        lines("Date,AAPL,MSFT", "2020-01-02,1,2", "2020-01-03,1,2"),
        {},
        r'one column per symbol \(AAPL, MSFT\).*`columns = {close = "AAPL"}`.*melt\("Date"',
    ),
    (
        "numbers of no usual name",
        lines("Nr,Close", "20200102,1"),
        {},
        'no column holds the dates.*`columns = {date = "Nr"}`',
    ),
    ("numbers of a share", lines("TSLA,MSFT", "1577836800,2"), {}, "no column holds the dates"),
    (
        "ends of bars alone",
        lines("close_time,close", "1577959199999,1"),
        {},
        "no column holds the dates",
    ),
    ("a column that is not there", TWO, {"columns": {"close": "closed"}}, "no column 'closed'. Did you mean 'close'"),
    (
        "a column called twice",
        TWO,
        {"columns": {"close": "low", "open": "low"}},
        "'low' cannot be both 'close' and 'open'",
    ),
    ("no dates", lines("open,high,low,close", "1,2,3,4"), {}, "no column holds the dates"),
    ("two closes", lines("date,close,Close", "2020-01-02,1,2"), {}, "more than one column called close"),
    ("a row too long", TWO + "2020-01-06,1,2,3,4,5,6\n", {}, "Expected 6 fields in line 4, saw 7"),
    ("decimal commas between commas", closes("2020-01-02,10,5", "2020-01-03,11,5"), {}, "decimal commas need quotes"),
    ("an empty date", closes("2020-01-02,10.5", ",11.5"), {}, "row 2 has no date"),
    ("words for a date", closes("2020-01-02,10.5", "soon,11.5"), {}, "'2020-01-02' and 'soon' are not ISO"),
    ("days and months", closes("05/04/2020,1", "06/04/2020,2"), {}, "may be day before month or month before day"),
    (
        "days, months and years",
        closes("01-02-03,1", "02-02-03,2"),
        {},
        "the year first or day before month or month before",
    ),
    (
        "a day that is none",
        closes("2020-02-27,1", "2020-02-28,1", "2020-02-30,2"),
        {},
        "row 3 has the date '2020-02-30', which is none or written otherwise than '2020-02-27'",
    ),
    (
        "days and months with times",
        closes("05/04/2020 9:30 PM,1", "06/04/2020 9:30 PM,2"),
        {},
        "'%d/%m/%Y %I:%M %p' or '%m/%d/%Y %I:%M %p'",
    ),
    ("mixed forms", closes("13/01/2020,1", "01/14/2020,2"), {}, "nor all of one other known form"),
    ("offsets in some rows", closes("2020-01-02T09:00Z,1", "2020-01-02T10:00,2"), {}, "some stamps name their offset"),
    (
        "an offset in a later row",
        closes("2020-01-02T09:00,1", "2020-01-02T10:00Z,2"),
        {},
        "some stamps name their offset",
    ),
    ("a zone by letters", closes("2020-01-02 09:00 EST,1", "2020-01-02 10:00 EST,2"), {}, "not ISO"),
    ("days of a spreadsheet", closes("43832,1", "43833,2"), {}, "days of a spreadsheet.*date_format = 'excel'"),
    ("small numbers for dates", closes("1,1", "2,2"), {}, "no counts since 1970"),
    (
        "another format than said",
        closes("2020-01-02,1"),
        {"date_format": "%d.%m.%Y"},
        "row 1 has the date '2020-01-02'",
    ),
    (
        "a time that is none",
        lines("date,time,close", *["2020-01-02,09:30,1"] * 50, "2020-01-02,99:30,2"),
        {},
        "'99:30', which is no time",
    ),
    (
        "an hour that happens twice",
        closes("2020-11-01 00:30,1", "2020-11-01 01:30,2", "2020-11-01 02:30,3"),
        {"timezone": "America/New_York"},
        "nothing tells which one 2020-11-01 01:30:00 means",
    ),
    (
        "a doubtful comma",
        closes('2020-01-02,"1,234"', '2020-01-03,"2,345"'),
        {},
        "'1,234' in 'close' may be 1234 or 1.234.*`decimal",
    ),
    (
        "a date with a time among dates",
        closes("2020-02-15,1", "2020-03-15,2", "2020-05-15T00:00:00Z,3"),
        {},
        "some stamps name their offset from UTC, and '2020-02-15' does not",
    ),
    (
        "points that may mark thousands",
        closes("2020-01-02,1.021", "2020-01-03,995"),
        {},
        "'1.021' beside '995' in 'close' may be 1021 or 1.021.*`decimal",
    ),
    (
        "points that may mark thousands, among text",
        lines("date;close;volume", "2020-01-02;1.021;1K", "2020-01-03;995;2K"),
        {},
        "'1.021' beside '995' in 'close' may be 1021 or 1.021.*`decimal",
    ),
    (
        "points that may mark thousands of volumes",
        lines("date,close,volume", "2020-01-02,10.5,1.204", "2020-01-03,11.5,7.319"),
        {},
        "'1.204' in 'volume' may be 1204 or 1.204.*`decimal",
    ),
    (
        "two currencies",
        closes("2020-01-02,\u20ac10.5", "2020-01-03,$11.5"),
        {},
        "'close' has amounts in 2 currencies, such as '\u20ac10.5' and '\\$11.5'",
    ),
    (
        "quotes that swallow rows",
        lines("date,close,note", '2020-01-02,10.5,"pipe, a', '2020-01-03,11.5,"pipe', "2020-01-06,12.5,"),
        {},
        "a quotation mark in line 2 .* would make one field of several rows",
    ),
    (
        "days and months turned by a spreadsheet",
        closes(
            *(
                f"{month:02}/{day:02}/2021,1" if day <= 12 else f"{day}/{month:02}/2021,1"
                for month in (1, 2, 3)
                for day in range(1, 28)
            )
        ),
        {},
        "days and months look mixed.*'13/01/2021' can be read.*'01/01/2021'.*`date_format = '%d/%m/%Y'`",
    ),
    (
        "two zones",
        lines("date,tz,close", "2020-01-02 09:30,Asia/Tokyo,1", "2020-01-02 10:30,Europe/Berlin,2"),
        {},
        r"'tz' names several time zones \(Asia/Tokyo, Europe/Berlin\)",
    ),
    (
        "prices under Chinese names",
        ohlc("2020-01-02", "2020-01-03", header="\u65e5\u671f,\u5f00,\u9ad8,\u4f4e,\u6536,\u91cf"),
        {},
        'set `columns = {open = "\u5f00", high = "\u9ad8", low = "\u4f4e", close = "\u6536"}`',
    ),
    (
        "prices under Chinese names, the close behind the open",
        lines("\u65e5\u671f,\u5f00,\u6536,\u9ad8,\u4f4e", "2020-01-02,10,10.5,11,9", "2020-01-03,11,11.5,12,10"),
        {},
        'set `columns = {open = "\u5f00", high = "\u9ad8", low = "\u4f4e", close = "\u6536"}`',
    ),
    (
        "numbers under Chinese names",
        lines("\u65e5\u671f,\u5f00,\u6536", "2020-01-02,10,10.5", "2020-01-03,11,11.5"),
        {},
        'columns = {close = "its name"}',
    ),
    ("years", closes("2020,1", "2021,2"), {}, "perhaps years. If they are, set `date_format = '%Y'`"),
    ("months", closes("202011,1", "202012,2"), {}, "perhaps years and months. .*`date_format = '%Y%m'`"),
    (
        "Japanese",
        "\u65e5\u4ed8,\u7d42\u5024\n".encode("shift_jis") + b"\x81",
        {},
        "nor in UTF-8. Name its `encoding`, such as shift_jis",
    ),
    (
        "Chinese, without its encoding",
        "\u65e5\u671f,\u6536\u76d8\nsoon,1\nlater,2\n".encode("gb18030"),
        {},
        "read as Windows-1252, which it fits; .* give its `encoding`",
    ),
    ("a web page", "<!DOCTYPE html><html><body>404, not found</body></html>", {}, "it is a web page"),
    ("JSON", '{"chart":{"result":null,"error":{"code":"Not Found"}}}', {}, "it is JSON, not a table"),
    ("two decimal marks", lines("date;open;high;low;close", "2020-01-02;1.5;2,5;1,5;2.5"), {}, "written in two ways"),
    (
        "words among the numbers",
        closes("2020-01-02,10.5", "2020-01-03,halted"),
        {},
        "'halted' in row 2, which is no number",
    ),
    ("claims for numbers", closes("2020-01-02,TRUE", "2020-01-03,FALSE"), {}, "'TRUE' in row 1, which is no number"),
    ("infinity", closes("2020-01-02,inf", "2020-01-03,1"), {}, "'inf' in row 1, which is no finite number"),
    (
        "two rows for one day",
        TWO + "2020-01-03,11,12,10,11.75,200\n",
        {},
        "different rows for one time, once: 2020-01-03",
    ),
    ("a row without a symbol", lines("date,symbol,close", "2020-01-02,,5"), {}, "'symbol' names no symbol in 1 rows"),
    ("bid without ask", lines("date,bid_close", "2020-01-02,5"), {}, "lack open, high, low, close"),
    ("some prices only", lines("date,open,close", "2020-01-02,5,6"), {}, "lack high, low"),
    (
        "ends of bars of no length",
        closes("2020-01-02 09:30,1", "2020-01-02 09:31,1"),
        {"stamps": "end"},
        "needs the length of a bar",
    ),
]


@pytest.fixture
def bars_of(tmp_path):
    def _read(text: str | bytes, file: str, symbol: str, interval: str, params: Mapping[str, Any]):
        path = tmp_path / file
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        source = ws.Csv(path=path, **params)
        symbol = symbol if symbol in source.symbols() else source.symbols()[0]
        return tidy_bars(source.fetch(symbol, None, None, interval), symbol, Interval.parse(interval))

    return _read


@pytest.mark.parametrize("odd", READ, ids=lambda odd: odd.name)
def test_an_odd_file_is_read_and_says_what_was_repaired(bars_of, odd):
    bars, repairs = bars_of(odd.text, odd.file, odd.symbol, odd.interval, odd.params)

    assert bars.index.tolist() == [pd.Timestamp(time) for time in odd.times]
    for column, values in odd.columns.items():
        np.testing.assert_allclose(bars[column].to_numpy(), values, rtol=1e-12, err_msg=column)
    assert sorted(repair.kind for repair in repairs) == sorted(odd.kinds)
    assert all(_is_told(repair) for repair in repairs)


def _is_told(repair: Repair) -> bool:
    return (repair.detail[0].isupper() or repair.detail[0].isdigit()) and repair.detail.endswith(".")


@pytest.mark.parametrize("odd", READ, ids=lambda odd: odd.name)
def test_strict_refuses_what_was_repaired_and_nothing_else(bars_of, odd):
    params = {**odd.params, "strict": True}

    if odd.kinds:
        with pytest.raises(
            DataError, match=r"`strict` allows no repairs, and these were needed: .* leave out `strict`"
        ):
            bars_of(odd.text, odd.file, odd.symbol, odd.interval, params)
    else:
        assert len(bars_of(odd.text, odd.file, odd.symbol, odd.interval, params)[0]) == len(odd.times)


@pytest.mark.parametrize(("text", "params", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_file_that_cannot_be_read_safely_is_refused_with_the_reason(bars_of, text, params, reason):
    with pytest.raises(DataError, match=reason):
        bars_of(text, "X.csv", "X", "1d", params)


def test_names_of_columns_that_are_not_ours_or_contradict_each_other_are_refused():
    with pytest.raises(ExperimentError, match=r"'closes_' is none of our names\. Did you mean 'close'"):
        ws.Csv(path="X.csv", columns={"closes_": "Last"})
    with pytest.raises(ExperimentError, match="`date_column` is 'A' and `columns` says that date is 'B'"):
        ws.Parquet(path="X.parquet", date_column="A", columns={"date": "B"})


@pytest.mark.parametrize(
    ("stamps", "is_told"),
    [
        (["2020-10-25 01:00", "2020-10-25 02:00", "2020-10-25 02:00", "2020-10-25 03:00"], True),
        (["2020-10-25 02:00", "2020-10-25 02:30", "2020-10-25 02:00", "2020-10-25 02:30"], True),
        (["2020-10-26 01:00", "2020-10-26 02:00", "2020-10-26 02:00", "2020-10-26 03:00"], False),
        (["2020-10-25 02:00", "2020-10-25 05:00", "2020-10-25 02:00", "2020-10-25 05:00"], False),
        (["2020-07-26 01:00", "2020-07-26 02:00", "2020-07-26 02:00", "2020-07-26 03:00"], False),
    ],
)
def test_different_rows_for_an_hour_that_may_happen_twice_are_told_to_name_the_zone(bars_of, stamps, is_told):
    text = closes(*(f"{stamp},{row}" for row, stamp in enumerate(stamps)))

    with pytest.raises(DataError, match="different rows for one time") as caught:
        bars_of(text, "X.csv", "X", "30m", {})

    assert ("an hour happens twice there, at the end of summer time" in str(caught.value)) == is_told


def test_dates_under_an_unusual_name_are_named_in_the_repair(bars_of):
    _, repairs = bars_of(lines("From,To,Close", "2020-01-02,2020-02-02,1"), "X.csv", "X", "1d", {})

    assert repairs[0].detail == (
        "No column has a usual name of dates: 'From', the first of 'From', 'To', holds nothing but dates, and was "
        "taken for them."
    )
