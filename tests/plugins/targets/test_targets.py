from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench_targets as wt
from workbench import DataError, Windows

TARGETS = [wt.LogReturn(), wt.SimpleReturn(), wt.Price()]
by_name = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


def bars_of(closes) -> pd.DataFrame:
    return pd.DataFrame({"close": closes}, index=pd.bdate_range("2020-04-15", periods=len(closes)), dtype=float)


def windows_at(last_price: np.ndarray, horizon: int) -> Windows:
    n = len(last_price)
    return Windows(
        values=np.zeros((n, 1), dtype=np.float32),
        ends=np.arange(n),
        lookback=1,
        horizon=horizon,
        feature_names=("x",),
        symbols=np.array(["X"] * n, dtype=object),
        origins=np.arange(n).astype("datetime64[D]"),
        last_price=last_price,
    )


def test_targets_are_cumulative_from_the_origin_and_unknown_beyond_the_last_bar():
    bars = bars_of([10.0, 11.0, 12.0, 15.0])
    nan = np.nan

    np.testing.assert_allclose(wt.Price().compute(bars, 2), [[11, 12], [12, 15], [15, nan], [nan, nan]])
    np.testing.assert_allclose(
        wt.SimpleReturn().compute(bars, 2), [[0.1, 0.2], [1 / 11, 4 / 11], [0.25, nan], [nan, nan]]
    )
    np.testing.assert_allclose(
        wt.LogReturn().compute(bars, 2), np.log([[1.1, 1.2], [12 / 11, 15 / 11], [1.25, nan], [nan, nan]])
    )


@by_name
@given(
    closes=st.lists(st.floats(0.01, 1e5), min_size=1, max_size=30),
    horizon=st.integers(1, 40),
)
def test_the_target_turned_into_a_price_is_the_later_close(target, closes, horizon):
    bars = bars_of(closes)

    prices = target.to_price(target.compute(bars, horizon), bars["close"].to_numpy())

    assert prices.shape == (len(closes), horizon)
    for origin in range(len(closes)):
        known = closes[origin + 1 : origin + 1 + horizon]
        np.testing.assert_allclose(prices[origin, : len(known)], known, rtol=1e-9)
        assert np.isnan(prices[origin, len(known) :]).all()


@by_name
@given(closes=st.lists(st.floats(0.01, 1e5), min_size=5, max_size=20), horizon=st.integers(1, 4))
def test_what_single_bars_realise_after_an_origin_adds_up_to_the_target(target, closes, horizon):
    bars = bars_of(closes)
    realised = target.realised(bars)

    added_up = target.from_steps(realised[None, 1 : horizon + 1], bars["close"].to_numpy()[:1])

    np.testing.assert_allclose(added_up, target.compute(bars, horizon)[:1], rtol=1e-9, atol=1e-8)


@by_name
def test_persistence_is_today_s_price_at_every_step(target):
    last_price = np.array([10.0, 12.5, 3.0])

    forecast = target.persistence(windows_at(last_price, horizon=4))

    np.testing.assert_array_equal(target.to_price(forecast, last_price), np.tile(last_price[:, None], (1, 4)))


@by_name
def test_what_was_realised_at_a_bar_depends_on_no_later_bar(target):
    closes = np.exp(np.random.default_rng(1).normal(0, 0.1, 50)) * 20

    whole = target.realised(bars_of(closes))

    for n_bars in range(1, 50):
        np.testing.assert_array_equal(target.realised(bars_of(closes[:n_bars])), whole[:n_bars])


def test_the_realised_series_of_a_return_starts_undefined_and_that_of_a_price_does_not():
    bars = bars_of([10.0, 11.0, 9.9])

    np.testing.assert_allclose(wt.SimpleReturn().realised(bars), [np.nan, 0.1, -0.1])
    np.testing.assert_allclose(wt.LogReturn().realised(bars), [np.nan, np.log(1.1), np.log(0.9)])
    np.testing.assert_allclose(wt.Price().realised(bars), [10.0, 11.0, 9.9])


@by_name
def test_a_missing_close_leaves_only_the_targets_that_touch_it_undefined(target):
    answer = target.compute(bars_of([10.0, 11.0, np.nan, 13.0, 14.0]), 1)[:, 0]

    price = target.name == "price"
    assert np.isnan(answer).tolist() == [False, True, not price, False, True]


def test_log_return_refuses_prices_that_are_not_positive_and_names_the_way_out():
    oil = bars_of([20.0, 18.0, 18.3, -37.6, 0.0])

    with pytest.raises(DataError, match=r"2 are not, the first on 2020-04-20.*\(-37\.6\).*'simple_return', or 'price'"):
        wt.LogReturn().compute(oil, 1)


def test_simple_return_is_undefined_only_from_an_origin_that_is_not_positive():
    oil = bars_of([20.0, -37.6, 10.0, 12.0])

    np.testing.assert_allclose(wt.SimpleReturn().compute(oil, 1)[:, 0], [-2.88, np.nan, 0.2, np.nan])


@pytest.mark.parametrize("target", TARGETS[:2], ids=lambda target: target.name)
def test_a_return_on_a_price_that_is_not_positive_gives_no_price(target):
    prices = target.to_price(np.zeros((3, 2)), np.array([-37.6, 0.0, 10.0]))

    np.testing.assert_array_equal(prices, [[np.nan] * 2, [np.nan] * 2, [10.0] * 2])


def test_prices_may_be_negative():
    oil = bars_of([20.0, -37.6, 10.0])

    np.testing.assert_array_equal(wt.Price().compute(oil, 1)[:, 0], [-37.6, 10.0, np.nan])
    assert wt.Price().persistence(windows_at(np.array([-37.6]), 2)).tolist() == [[-37.6, -37.6]]


def test_a_forecast_of_prices_is_returned_as_a_copy():
    forecast = np.ones((2, 1))

    wt.Price().to_price(forecast, np.ones(2))[0, 0] = 9.0

    assert forecast[0, 0] == 1.0


def test_each_target_brings_a_default_feature_that_suits_it():
    assert [target.default_features for target in TARGETS] == [("log_return",), ("simple_return",), ("column",)]
    assert [target.in_price_units for target in TARGETS] == [False, False, True]
