from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError
from workbench.contracts.intervals import Interval
from workbench.data.bars import tidy_bars


@pytest.mark.parametrize(
    ("symbol", "interval", "n_bars", "first"),
    [
        ("GOOG", "1d", 2148, "2004-08-19"),
        ("EURUSD", "1h", 5000, "2017-04-19 09:00"),
        ("BTCUSD", "1mo", 156, "2012-01-31"),
    ],
)
def test_each_series_is_there_at_its_one_interval(symbol, interval, n_bars, first):
    source = ws.Sample()

    bars, _ = tidy_bars(source.fetch(symbol, None, None, interval), symbol, Interval.parse(interval))

    assert len(bars) == n_bars
    assert bars.index[0] == pd.Timestamp(first)
    assert bars.notna().all(axis=None)
    assert source.intervals(symbol) == [interval]


def test_the_symbols_are_listed():
    assert ws.Sample().symbols() == ["BTCUSD", "EURUSD", "GOOG"]


def test_another_interval_is_refused_with_the_one_there_is():
    with pytest.raises(DataError, match="EURUSD at interval '1h' only, not '1d'"):
        ws.Sample().fetch("EURUSD", None, None, "1d")


def test_an_unknown_symbol_is_refused_with_the_nearest():
    with pytest.raises(DataError, match=r"no symbol 'goog'\. Did you mean 'GOOG'"):
        ws.Sample().fetch("goog", None, None, "1d")
    assert ws.Sample().intervals("goog") == []


def test_nothing_slow_is_imported_by_importing_the_sources_and_backtesting_never():
    code = (
        "import sys, workbench_sources as ws\n"
        "before = {'pandas', 'duckdb'} & set(sys.modules)\n"
        "ws.Sample().fetch('GOOG', None, None, '1d')\n"
        "print(sorted(before | {'backtesting', 'bokeh'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
