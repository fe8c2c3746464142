"""The made-up bars that plugins are tried on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench import Panel
from workbench.testing import toy_bars, toy_panel
from workbench.testing.series import halted_bars, odd_bars


@pytest.mark.parametrize(("interval", "n"), [("1d", 1), ("1d", 300), ("1h", 100)])
def test_toy_bars_are_bars(interval, n):
    bars = toy_bars(n, interval=interval, columns=["vix", "close"])

    Panel({"AAA": bars}, interval)
    assert len(bars) == n
    assert list(bars.columns) == ["open", "high", "low", "close", "volume", "known_at", "vix"]
    assert (bars["high"] >= bars[["open", "close"]].max(axis=1)).all()
    assert (bars["low"] <= bars[["open", "close"]].min(axis=1)).all()


def test_the_same_seed_gives_the_same_bars():
    pd.testing.assert_frame_equal(toy_bars(50, seed=4), toy_bars(50, seed=4))
    assert not toy_bars(50, seed=4)["close"].equals(toy_bars(50, seed=5)["close"])


def test_daily_bars_skip_days_and_hourly_ones_go_round_the_clock():
    gaps = np.diff(toy_bars(300).index.to_numpy()).astype("timedelta64[D]").astype(int)
    hourly = toy_bars(200, interval="1h")

    assert {1, 3} < set(gaps)
    assert set(hourly.index.hour) == set(range(24))
    assert set(hourly.index.dayofweek) == set(range(7))


def test_halted_bars_keep_the_last_close_and_have_no_volume():
    bars = halted_bars(toy_bars(400))
    halted = bars["volume"] == 0

    assert 10 < halted.sum() < 80
    for column in ("open", "high", "low"):
        assert bars.loc[halted, column].equals(bars.loc[halted, "close"].rename(column))
    assert (bars["close"].diff()[halted] == 0).mean() > 0.9
    assert bars["close"].notna().all()
    Panel({"AAA": bars})


def test_symbols_of_a_panel_start_at_different_times():
    panel = toy_panel(100, ("AAA", "BBB", "CCC"))

    assert [len(panel[s]) for s in panel] == [100, 87, 74]
    assert len({panel[s].index[0] for s in panel}) == 3


def test_odd_bars_are_odd_in_the_way_they_say():
    odd = odd_bars()

    for bars in odd.values():
        Panel({"AAA": bars})
    assert odd["a constant price"]["close"].nunique() == 1
    assert odd["missing prices and volumes"][["close", "volume"]].isna().any().all()
    assert (odd["prices that cross zero"]["close"] < 0).any()
    assert odd["prices that cross zero"]["close"].iloc[[0, -1]].gt(0).all()
    thin = odd["bars that were mostly not traded"]
    assert 0.5 < (thin["volume"] == 0).mean() < 0.9
    assert thin["volume"].rolling(20).median().dropna().eq(0).any()
