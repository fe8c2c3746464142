from __future__ import annotations

import os

import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError, ExperimentError
from workbench.contracts.intervals import Interval
from workbench.data.bars import tidy_bars

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume"
ROWS = ("2020-01-02,1,3,0.5,2,1.9,100", "2020-01-03,2,4,1.5,3,2.9,200")


def tidy(path, symbol="NFLX", interval="1d", **params) -> pd.DataFrame:
    raw = ws.Csv(path=path, **params).fetch(symbol, None, None, interval)
    return tidy_bars(raw, symbol, Interval.parse(interval))[0]


def dates(bars: pd.DataFrame) -> list[str]:
    return bars.index.strftime("%Y-%m-%d").tolist()


def test_the_close_is_the_close_of_the_file_and_the_adjusted_one_stays_beside_it(write):
    bars = tidy(write(HEADER, *ROWS))

    assert bars["close"].tolist() == [2.0, 3.0]
    assert bars["adj_close"].tolist() == [1.9, 2.9]
    assert dates(bars) == ["2020-01-02", "2020-01-03"]


def test_a_file_without_symbols_holds_one_named_like_the_file(write):
    assert ws.Csv(path=write(HEADER, *ROWS, name="GC=F.csv")).symbols() == ["GC=F"]


def test_the_one_symbol_of_a_file_can_be_named(write):
    source = ws.Csv(path=write(HEADER, *ROWS, name="download(3).csv"), symbol="NFLX")

    assert source.symbols() == ["NFLX"]
    assert len(source.fetch("NFLX", None, None, "1d")) == 2


def test_a_symbol_is_not_named_over_those_that_a_file_or_a_folder_names(write, tmp_path):
    own = write("symbol," + HEADER, *(f"AAPL,{row}" for row in ROWS))

    assert ws.Csv(path=own, symbol="AAPL").symbols() == ["AAPL"]
    with pytest.raises(DataError, match=r"names its symbols itself \(AAPL\), and none is 'NFLX'; leave `symbol` out"):
        ws.Csv(path=own, symbol="NFLX").symbols()
    with pytest.raises(DataError, match="is a folder, whose files are named after their symbols"):
        ws.Csv(path=str(tmp_path), symbol="NFLX").symbols()


@pytest.mark.parametrize(
    "header",
    ["date,open,high,low,close,adjClose,volume", "TIMESTAMP,OPEN,HIGH,LOW,CLOSE,ADJ CLOSE,VOLUME", "\ufeff" + HEADER],
    ids=["lower", "upper", "byte order mark"],
)
def test_headers_may_be_spelled_in_any_usual_way(write, header):
    assert tidy(write(header, *ROWS)).equals(tidy(write(HEADER, *ROWS)))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_header(write, delimiter):
    path = write(*(line.replace(",", delimiter) for line in (HEADER, *ROWS)))

    assert tidy(path)["close"].tolist() == [2.0, 3.0]


def test_row_numbers_in_an_unnamed_column_are_left_out(write):
    path = write("," + HEADER, *(f"{i},{row}" for i, row in enumerate(ROWS)))

    assert list(tidy(path).columns) == ["open", "high", "low", "close", "volume", "known_at", "adj_close"]


def test_dates_in_an_unnamed_column_are_found(write):
    path = write(HEADER.removeprefix("Date"), *ROWS)

    assert dates(tidy(path)) == ["2020-01-02", "2020-01-03"]


@pytest.mark.parametrize("column", ["symbol", "Name", "Ticker"])
def test_a_column_of_symbols_is_found_and_tells_them_apart(write, column):
    path = write(
        f"date,{column},close", "2020-01-03,B,4", "2020-01-02,A,1", "2020-01-02,B,3", "2020-01-03,A,2", name="all.csv"
    )
    source = ws.Csv(path=path)

    assert source.symbols() == ["A", "B"]
    assert source.fetch("A", None, None, "1d")["close"].tolist() == [1, 2]
    assert source.fetch("B", None, None, "1d")["close"].tolist() == [3, 4]
    assert list(source.fetch("B", None, None, "1d").columns) == ["close"]


def test_symbols_that_look_like_values_stay_text(write):
    path = write("date,symbol,close", "2020-01-02,NA,1", "2020-01-02,TRUE,2", "2020-01-02,7203,3", "2020-01-02,null,4")

    assert ws.Csv(path=path).symbols() == ["7203", "NA", "TRUE", "null"]


def test_columns_of_unusual_names_can_be_named(write):
    path = write("when,stock,close", "2020-01-02,A,1", "2020-01-03,A,2")

    source = ws.Csv(path=path, date_column="when", symbol_column="stock")

    assert source.fetch("A", None, None, "1d")["close"].tolist() == [1, 2]


@pytest.mark.parametrize("word", ["", "null", "-", "NaN", "N/A"])
def test_fields_without_a_value_are_missing_and_their_rows_are_kept(write, word):
    bars = tidy(write(HEADER, ROWS[0], f"2020-01-03,{word},{word},{word},{word},{word},{word}"))

    assert bars.iloc[1][["open", "high", "low", "close", "volume", "adj_close"]].isna().all()
    assert dates(bars) == ["2020-01-02", "2020-01-03"]


def test_rows_in_which_nothing_is_written_are_left_out(write):
    assert len(tidy(write(HEADER, ROWS[0], ",,,,,,", "", ROWS[1], ""))) == 2


def test_newest_first_is_turned_round(write):
    assert tidy(write(HEADER, *ROWS[::-1])).equals(tidy(write(HEADER, *ROWS)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2002-05-23", "2002-06-03"),
        ("2002/05/23", "2002/06/03"),
        ("20020523", "20020603"),
        ("2002-05-23 00:00:00+00:00", "2002-06-03 00:00:00+00:00"),
        ("2002-05-23T00:00:00-04:00", "2002-06-03T00:00:00-05:00"),
        ("23-05-2002", "03-06-2002"),
        ("23/05/2002", "3/6/2002"),
        ("23.05.2002", "03.06.2002"),
        ("05/23/2002", "06/03/2002"),
        ("23-May-2002", "03-Jun-2002"),
        ("23-05-2002 00:00", "03-06-2002 00:00"),
    ],
)
def test_dates_are_read_in_the_one_way_that_fits_all_rows(write, first, second):
    bars = tidy(write("date,close", f"{first},1", f"{second},2", name="X.csv"), "X", "1d")

    assert dates(bars) == ["2002-05-23", "2002-06-03"]


def test_month_names_with_a_comma_are_read(write):
    bars = tidy(write("date;close", "May 23, 2002;1", "Jun 03, 2002;2"))

    assert dates(bars) == ["2002-05-23", "2002-06-03"]


def test_day_and_month_that_cannot_be_told_apart_are_never_guessed(write):
    path = write("date,close", "05-04-2020,1", "06-04-2020,2")

    with pytest.raises(
        DataError, match=r"'05-04-2020' may be day before month.*`date_format`: '%d-%m-%Y' or '%m-%d-%Y'"
    ):
        tidy(path)
    assert dates(tidy(path, date_format="%d-%m-%Y")) == ["2020-04-05", "2020-04-06"]
    assert dates(tidy(path, date_format="%m-%d-%Y")) == ["2020-05-04", "2020-06-04"]


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({}, ["23-05-2002,1", "05-23-2002,2"], "'23-05-2002' and '05-23-2002' are not ISO"),
        ({}, ["2020-01-02,1", "soon,2"], "'2020-01-02' and 'soon' are not ISO"),
        ({}, ["2020-01-02,1", ",2"], "row 2 has no date"),
        ({"date_format": "%d-%m-%Y"}, ["23-05-2002,1", "2002-05-24,2"], "row 2 has the date '2002-05-24'"),
    ],
)
def test_dates_that_cannot_be_read_are_refused_with_the_file_and_an_example(write, params, rows, message):
    with pytest.raises(DataError, match=rf"NFLX\.csv.*{message}"):
        tidy(write("date,close", *rows), **params)


def test_stamps_without_a_zone_are_utc_unless_the_zone_is_said(write):
    path = write("time,close", "2020-03-02 09:30,1", "2020-03-02 10:30,2")

    assert tidy(path, interval="1h").index[0] == pd.Timestamp("2020-03-02 09:30")
    assert tidy(path, interval="1h", timezone="America/New_York").index[0] == pd.Timestamp("2020-03-02 14:30")


def test_a_daily_bar_keeps_its_date_in_the_zone_said(write):
    path = write("time,close", "2020-03-02T02:00:00Z,1", "2020-03-03T02:00:00Z,2")

    assert dates(tidy(path)) == ["2020-03-02", "2020-03-03"]
    assert dates(tidy(path, timezone="America/New_York")) == ["2020-03-01", "2020-03-02"]


def test_an_hour_that_happens_twice_is_refused_where_it_cannot_be_told(write):
    path = write("time,close", "2020-11-01 01:30,1", "2020-11-01 09:30,2")

    with pytest.raises(DataError, match="cannot be placed in the zone 'America/New_York'"):
        tidy(path, interval="1h", timezone="America/New_York")


def test_an_unknown_zone_is_refused_when_the_source_is_made():
    with pytest.raises(ExperimentError, match=r"`timezone` of 'csv' is 'Mars/Olympus'.*no such time zone"):
        ws.Csv(path="x.csv", timezone="Mars/Olympus")


def test_a_missing_file_is_named_with_the_nearest_in_its_folder(write):
    path = write(HEADER, *ROWS)

    with pytest.raises(DataError, match=r"no file '.*NFLIX\.csv'\. Did you mean 'NFLX\.csv'\?"):
        ws.Csv(path=path.with_name("NFLIX.csv")).symbols()
    with pytest.raises(DataError, match="nor a folder"):
        ws.Csv(path=path.parent / "nowhere" / "NFLX.csv").symbols()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([""], "is no table"),
        (["just a sentence."], "'just a sentence.', names fewer than two columns"),
        (["a,b", "1,2"], "no column holds the dates.*'a', 'b'"),
        (["date,close", "2020-01-02,1,5", "2020-01-03,2,6"], "is no table"),
        (["date,close", "2020-01-02,1", "2020-01-03,2,6"], "is no table.*Expected 2 fields in line 3"),
        (["date,symbol,close", "2020-01-02,,5"], "'symbol' names no symbol in 1 rows"),
    ],
    ids=["empty", "sentence", "no dates", "rows too long", "a row too long", "no symbol"],
)
def test_what_is_no_table_of_bars_is_refused_with_a_sentence(write, lines, message):
    with pytest.raises(DataError, match=rf"NFLX\.csv.*{message}"):
        ws.Csv(path=write(*lines)).symbols()


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe" * 20)

    with pytest.raises(DataError, match="is no table"):
        ws.Csv(path=path).symbols()


def test_a_comma_at_the_end_of_every_row_does_no_harm(write):
    assert tidy(write(HEADER, *(row + "," for row in ROWS)))["close"].tolist() == [2.0, 3.0]


def test_text_among_the_numbers_is_named(write):
    with pytest.raises(DataError, match="column 'close' has 'halted' in row 2"):
        tidy(write("date,close", "2020-01-02,1", "2020-01-03,halted"))


def test_a_symbol_that_is_not_there_is_named_with_the_nearest(write):
    with pytest.raises(DataError, match=r"NFLX\.csv' has no symbol 'nflx'\. Did you mean 'NFLX'\? It has NFLX\."):
        ws.Csv(path=write(HEADER, *ROWS)).fetch("nflx", None, None, "1d")


def test_a_column_that_is_not_there_is_named_with_the_nearest(write):
    with pytest.raises(DataError, match=r"no column 'Symbols'\. Did you mean 'symbol'"):
        ws.Csv(path=write("date,symbol,close", "2020-01-02,A,5"), symbol_column="Symbols").symbols()


def test_a_file_that_has_changed_is_read_again(write):
    path = write(HEADER, *ROWS)
    source = ws.Csv(path=path)
    assert len(source.fetch("NFLX", None, None, "1d")) == 2

    write(HEADER, *ROWS, "2020-01-06,2,4,1.5,9,2.9,200")

    assert source.fetch("NFLX", None, None, "1d")["close"].tolist() == [2, 3, 9]


def test_what_was_fetched_can_be_changed_without_harm_to_the_next_fetch(write):
    source = ws.Csv(path=write(HEADER, *ROWS))

    rows = source.fetch("NFLX", None, None, "1d")
    rows.loc[:, "close"] = 0

    assert source.fetch("NFLX", None, None, "1d")["close"].tolist() == [2, 3]


def test_the_location_is_the_absolute_path(write, monkeypatch):
    path = write(HEADER, *ROWS)
    monkeypatch.chdir(path.parent)

    assert ws.Csv(path="NFLX.csv").location() == os.path.realpath(path)
