"""`Panel`: bars of one or many symbols."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench import DataError, Panel


def test_symbols_come_sorted_and_the_timeline_is_the_sorted_union_of_moments(toy_bars):
    panel = Panel({"ZZZ": toy_bars(5, freq="D"), "AAA": toy_bars(5, freq="2D")})

    assert panel.symbols == tuple(panel) == ("AAA", "ZZZ")
    assert len(panel) == 10
    assert panel.times.tolist() == sorted({*panel["AAA"]["known_at"].array.asi8, *panel["ZZZ"]["known_at"].array.asi8})


def test_bars_of_a_symbol_are_a_plain_frame_and_the_long_frame_holds_them_all(toy_panel):
    panel = toy_panel(6, ("AAA", "BBB"))

    long = panel.to_frame()

    assert long.index.names == ["symbol", "time"]
    pd.testing.assert_frame_equal(long.loc["BBB"], panel["BBB"], check_freq=False)


def test_until_keeps_what_was_known_by_then_and_drops_symbols_that_had_not_begun(toy_bars):
    early, late = toy_bars(10), toy_bars(10, start="2021-01-01")
    panel = Panel({"EARLY": early, "LATE": late})

    seen = panel.until(early["known_at"].to_numpy()[3])

    assert seen.symbols == ("EARLY",)
    assert len(seen) == 4
    assert panel.until(np.datetime64("2022-01-01")).symbols == panel.symbols


def test_only_picks_symbols_and_keeps_the_interval(toy_bars):
    panel = Panel({s: toy_bars(5) for s in "ABC"}, interval="1wk")

    picked = panel.only("C", "A")

    assert picked.symbols == ("A", "C")
    assert picked.interval == "1wk"


def test_a_symbol_the_panel_lacks_is_named_with_the_near_miss(toy_panel):
    with pytest.raises(DataError, match=r"no symbol 'AAPL'\. Did you mean 'AAP'\? It has AAP\."):
        toy_panel(5, ("AAP",))["AAPL"]


def test_a_panel_of_nothing_is_refused():
    with pytest.raises(DataError, match="at least one symbol"):
        Panel({})


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume", "known_at"])
def test_a_missing_column_is_named(toy_bars, column):
    with pytest.raises(DataError, match=rf"'AAA' lack the columns {column};"):
        Panel({"AAA": toy_bars(5).drop(columns=column)})


@pytest.mark.parametrize("order", [[1, 0, 2], [0, 1, 1]])
def test_times_that_do_not_increase_are_refused(toy_bars, order):
    with pytest.raises(DataError, match="one row per time, oldest first"):
        Panel({"AAA": toy_bars(3).iloc[order]})


@pytest.mark.parametrize("moment", ["2020-01-02", "NaT"])
def test_moments_that_do_not_increase_are_refused(toy_bars, moment):
    bars = toy_bars(3).assign(known_at=pd.to_datetime(["2020-01-02", "2020-01-03", moment]))

    with pytest.raises(DataError, match="`known_at` of 'AAA' must increase"):
        Panel({"AAA": bars})
