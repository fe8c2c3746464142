from __future__ import annotations

import duckdb
import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError
from workbench.contracts.intervals import Interval
from workbench.data.bars import tidy_bars


@pytest.fixture
def write_parquet(tmp_path):
    def _write(select: str, name: str = "EURUSD.parquet"):
        path = tmp_path / name
        duckdb.execute(f"copy ({select}) to '{path}' (format parquet)")
        return path

    return _write


BARS = """
    select timestamp '2020-01-01 09:00' + interval (i) hour as "timestamp",
           i + 1.0::double as open, i + 3.0::double as high, i + 0.5::double as low, i + 2.0::double as close
    from range(5) t(i) order by i desc
"""


def test_bars_are_read_and_put_oldest_first(write_parquet):
    source = ws.Parquet(path=write_parquet(BARS))

    bars, _ = tidy_bars(source.fetch("EURUSD", None, None, "1h"), "EURUSD", Interval.parse("1h"))

    assert source.symbols() == ["EURUSD"]
    assert bars["close"].tolist() == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert bars.index[0] == pd.Timestamp("2020-01-01 09:00")


def test_the_zone_of_stamps_can_be_said(write_parquet):
    source = ws.Parquet(path=write_parquet(BARS), timezone="Asia/Kolkata")

    bars, _ = tidy_bars(source.fetch("EURUSD", None, None, "1h"), "EURUSD", Interval.parse("1h"))

    assert bars.index[0] == pd.Timestamp("2020-01-01 03:30")


def test_symbols_are_told_apart(write_parquet):
    path = write_parquet(
        "select date '2020-01-01' as date, s as symbol, 1.0::double as close from (values ('A'), ('B')) t(s)"
    )

    assert ws.Parquet(path=path).symbols() == ["A", "B"]
    assert len(ws.Parquet(path=path).fetch("B", None, None, "1d")) == 1


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "X.parquet"
    path.write_text("Date,Close\n2020-01-01,1\n")

    with pytest.raises(DataError, match=r"X\.parquet': it is no Parquet file"):
        ws.Parquet(path=path).symbols()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        ws.Parquet(path=tmp_path / "X.parquet").symbols()


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ("timestamp '2020-01-02 09:00' + interval (i) hour as \"__index_level_0__\"", ["close_only"]),
        ("date '2020-01-02' as date, make_time(9 + i, 0, 0) as time", ["joined_columns", "close_only"]),
        ("epoch_ms(timestamp '2020-01-02 09:00' + interval (i) hour) as open_time", ["epoch", "close_only"]),
    ],
)
def test_dates_are_found_in_whatever_columns_hold_them(write_parquet, columns, kinds):
    path = write_parquet(f"select {columns}, i + 1.0::double as close from range(2) t(i)")

    bars, repairs = tidy_bars(ws.Parquet(path=path).fetch("EURUSD", None, None, "1h"), "EURUSD", Interval.parse("1h"))

    assert bars.index.tolist() == [pd.Timestamp("2020-01-02 09:00"), pd.Timestamp("2020-01-02 10:00")]
    assert [repair.kind for repair in repairs] == kinds
