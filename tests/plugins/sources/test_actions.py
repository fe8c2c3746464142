"""Prices as traded come back, whatever splits follow."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_sources._actions import Split, as_traded

from .vendors import YahooMarket, make_prices


def bars_of(closes: list[float], first: str = "2020-08-26", freq: str = "B") -> pd.DataFrame:
    index = pd.date_range(first, periods=len(closes), freq=freq, tz="America/New_York")
    prices = {name: closes for name in ("open", "high", "low", "close")}
    return pd.DataFrame({**prices, "volume": 400.0, "dividend": 0.0}, index=index)


def test_a_split_is_undone_before_its_day_and_marked_on_it():
    bars = bars_of([125.0, 126.0, 124.0, 129.0, 130.0])  # Wednesday to Tuesday; 4:1 on Monday
    bars.loc[bars.index[1], "dividend"] = 0.205

    raw = as_traded(bars, [Split(date(2020, 8, 31), 4.0)], spans_days=False)

    assert raw["close"].tolist() == [500.0, 504.0, 496.0, 129.0, 130.0]
    assert raw["volume"].tolist() == [100.0, 100.0, 100.0, 400.0, 400.0]
    assert raw["dividend"].tolist() == [0.0, 0.82, 0.0, 0.0, 0.0]
    assert raw["split_factor"].tolist() == [1.0, 1.0, 1.0, 4.0, 1.0]


def test_a_split_after_the_rows_is_undone_in_all_and_marked_nowhere():
    raw = as_traded(
        bars_of([125.0, 126.0]), [Split(date(2022, 6, 6), 20.0), Split(date(2021, 1, 4), 0.5)], spans_days=False
    )

    assert raw["close"].tolist() == [1250.0, 1260.0]
    assert raw["split_factor"].tolist() == [1.0, 1.0]


def test_a_split_before_the_rows_changes_nothing():
    raw = as_traded(bars_of([125.0, 126.0]), [Split(date(2014, 6, 9), 7.0)], spans_days=False)

    assert raw["close"].tolist() == [125.0, 126.0]
    assert raw["split_factor"].tolist() == [1.0, 1.0]


def test_a_split_on_a_day_without_a_bar_is_marked_on_the_next():
    halted = bars_of([100.0, 0.0, 50.0]).iloc[[0, 2]]

    raw = as_traded(halted, [Split(date(2020, 8, 27), 2.0)], spans_days=False)

    assert raw["close"].tolist() == [200.0, 50.0]
    assert raw["split_factor"].tolist() == [1.0, 2.0]


def test_a_split_falls_into_the_week_or_month_that_it_lies_in():
    weeks = bars_of([100.0, 101.0, 102.0], "2020-08-17", "W-MON")

    raw = as_traded(weeks, [Split(date(2020, 8, 26), 2.0)], spans_days=True)
    last = as_traded(weeks, [Split(date(2020, 9, 2), 2.0)], spans_days=True)
    later = as_traded(weeks, [Split(date(2020, 12, 2), 2.0)], spans_days=True)

    assert raw["close"].tolist() == [200.0, 101.0, 102.0]
    assert raw["split_factor"].tolist() == [1.0, 2.0, 1.0]
    assert (last["close"].tolist(), last["split_factor"].tolist()) == ([200.0, 202.0, 102.0], [1.0, 1.0, 2.0])
    assert (later["close"].tolist(), later["split_factor"].tolist()) == ([200.0, 202.0, 204.0], [1.0, 1.0, 1.0])


def test_intraday_bars_of_the_day_of_a_split_are_all_after_it():
    bars = bars_of([100.0] * 4, "2020-08-28 15:00", "1h")
    bars.index = bars.index[:2].append(bars.index[2:] + pd.Timedelta(days=3))

    raw = as_traded(bars, [Split(date(2020, 8, 31), 4.0)], spans_days=False)

    assert raw["close"].tolist() == [400.0, 400.0, 100.0, 100.0]
    assert raw["split_factor"].tolist() == [1.0, 1.0, 4.0, 1.0]


def test_a_missing_price_stays_missing():
    raw = as_traded(bars_of([100.0, np.nan, 102.0]), [Split(date(2021, 1, 4), 3.0)], spans_days=False)

    np.testing.assert_array_equal(raw["close"], [300.0, np.nan, 306.0])


@pytest.mark.parametrize("single", [True, False])
@given(factors=st.lists(st.sampled_from([2.0, 3.0, 7.0, 20.0, 1.5, 0.1]), max_size=3), seed=st.integers(0, 50))
def test_the_same_prices_come_out_whatever_splits_come_later(single, factors, seed):
    market = YahooMarket(make_prices(n=20, seed=seed))
    market.single = single
    splits = [Split(date(2021, 1, 4 + 7 * i), factor) for i, factor in enumerate(factors)]
    market.splits = {split.day.isoformat(): split.factor for split in splits}
    given_ = market.adjusted().drop(columns="stamp")
    prices = ["open", "high", "low", "close"]
    given_[prices] = given_[prices].astype(np.float32).astype(float) if single else given_[prices]

    raw = as_traded(given_.tz_localize("America/New_York"), splits, spans_days=False)

    np.testing.assert_array_equal(raw[prices], market.bars[prices])
    np.testing.assert_array_equal(raw["volume"], market.bars["volume"])
