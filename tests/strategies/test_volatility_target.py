"""Holding less where more movement is forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError, ExperimentError, Panel
from workbench_strategies import VolatilityTarget


def log_range_of(volatility, periods=252.0):
    """The log range whose Parkinson volatility, a year, is the one given."""
    return np.log(np.asarray(volatility) / np.sqrt(periods) * 2 * np.sqrt(np.log(2)))


def panel_of(interval="1d", symbols=("A",), n=9):
    index = pd.date_range("2024-01-01", periods=n)
    prices = dict.fromkeys(["open", "high", "low", "close"], 10.0)
    bars = pd.DataFrame({**prices, "volume": 1.0, "known_at": index + pd.Timedelta(days=1)}, index=index)
    return Panel(dict.fromkeys(symbols, bars), interval)


def forecasts_of(log_range, symbol="A"):
    n = len(log_range)
    return pd.DataFrame(
        {"symbol": symbol, "origin": pd.date_range("2024-01-01", periods=n), "step": 1, "forecast": log_range}
    )


def signals(strategy, volatility, panel=None, periods=252.0):
    forecasts = forecasts_of(log_range_of(volatility, periods))
    return strategy.signals(forecasts, panel or panel_of()).to_numpy()


def test_exposure_is_the_target_over_the_volatility_that_is_forecast_and_at_most_all():
    exposures = signals(VolatilityTarget(target_volatility=0.15, band=0), [0.15, 0.30, 0.10, 0.60])

    np.testing.assert_allclose(exposures, [1, 0.5, 1, 0.25], rtol=1e-12)


def test_a_largest_exposure_may_be_set():
    exposures = signals(VolatilityTarget(band=0, max_exposure=0.4), [0.15, 0.60])

    np.testing.assert_allclose(exposures, [0.4, 0.25])


def test_the_volatility_of_a_random_walk_is_read_off_its_ranges():
    rng = np.random.default_rng(1)
    steps = rng.normal(0, 0.2 / np.sqrt(252 * 2000), (1000, 2000))
    walk = np.concatenate([np.zeros((1000, 1)), np.cumsum(steps, axis=1)], axis=1)
    ranges = walk.max(axis=1) - walk.min(axis=1)

    by_mean_square = np.log(np.sqrt(np.mean(ranges**2)))
    strategy = VolatilityTarget(target_volatility=0.1)

    assert strategy.exposures(np.array([by_mean_square]), 252.0)[0] == pytest.approx(0.5, rel=0.04)
    usual = strategy.exposures(np.array([np.mean(np.log(ranges))]), 252.0)[0]
    assert usual == pytest.approx(0.5 / 0.919, rel=0.04)  # what a forecast of the logarithm takes for the volatility


def test_the_exposure_is_held_until_the_one_asked_for_is_a_band_away():
    strategy = VolatilityTarget(target_volatility=0.1, band=0.1)
    asked = np.array([0.50, 0.55, 0.59, 0.61, 0.55, 0.52, 0.50, 0.50])

    exposures = signals(strategy, 0.1 / asked)

    np.testing.assert_allclose(exposures, [0.50, 0.50, 0.50, 0.61, 0.61, 0.61, 0.50, 0.50])


def test_without_a_forecast_nothing_is_held_and_what_follows_is_taken_at_once():
    forecasts = forecasts_of([*log_range_of([0.3, 0.3]), np.nan, *log_range_of([0.29, 0.29])])

    exposures = VolatilityTarget().signals(forecasts, panel_of()).to_numpy()

    np.testing.assert_allclose(exposures, [0.5, 0.5, 0, 0.15 / 0.29, 0.15 / 0.29])


def test_absurd_forecasts_give_all_or_nothing_and_no_warning():
    forecasts = forecasts_of([-1e6, 1e6, -np.inf, np.inf])

    assert VolatilityTarget().signals(forecasts, panel_of()).tolist() == [1, 0, 1, 0]


def test_the_band_does_not_keep_what_no_forecast_asks_for():
    forecasts = forecasts_of([*log_range_of([3.0]), np.nan])

    np.testing.assert_allclose(VolatilityTarget(band=0.5).signals(forecasts, panel_of()), [0.05, 0])


@pytest.mark.parametrize(
    ("interval", "periods"), [("1d", 252), ("1wk", 52), ("1mo", 12), ("3mo", 4), ("2d", 126)], ids=str
)
def test_a_year_holds_as_many_bars_as_is_usual_for_their_length(interval, periods):
    exposures = signals(VolatilityTarget(band=0), [0.3], panel_of(interval), periods)

    np.testing.assert_allclose(exposures, [0.5])


def test_the_bars_of_a_year_may_be_given_and_of_intraday_bars_must_be():
    hourly = panel_of("1h")

    np.testing.assert_allclose(signals(VolatilityTarget(band=0, periods_per_year=1764), [0.3], hourly, 1764), [0.5])
    np.testing.assert_allclose(signals(VolatilityTarget(band=0, periods_per_year=365), [0.3], None, 365), [0.5])
    with pytest.raises(DataError, match="how many bars of 1h make a year; give it `periods_per_year`"):
        signals(VolatilityTarget(), [0.3], hourly)


def test_each_symbol_has_an_exposure_of_its_own_whatever_the_order_of_rows():
    a, b = forecasts_of(log_range_of([0.3, 0.6, 0.2])), forecasts_of(log_range_of([0.2, 0.21, 0.5]), "B")
    panel = panel_of(symbols=("A", "B"))
    together = pd.concat([b, a]).sample(frac=1, random_state=3)

    answer = VolatilityTarget().signals(together, panel)

    assert list(answer.index) == list(zip(together["origin"], together["symbol"], strict=True))
    for part in (a, b):
        alone = VolatilityTarget().signals(part, panel)
        pd.testing.assert_series_equal(answer[alone.index], alone)


def test_no_forecasts_give_no_signals():
    assert VolatilityTarget().signals(forecasts_of([]), panel_of()).empty


@given(
    st.lists(st.floats(-12, 3) | st.just(np.nan), min_size=1, max_size=30),
    st.floats(0, 0.9),
    st.floats(0.05, 1),
    st.data(),
)
def test_exposures_are_bounded_near_what_is_asked_and_depend_on_no_later_forecast(log_ranges, band, most, data):
    strategy = VolatilityTarget(band=band, max_exposure=most)
    whole = strategy.signals(forecasts_of(log_ranges), panel_of()).to_numpy()
    cut = data.draw(st.integers(1, len(log_ranges)))

    asked = strategy.exposures(np.array(log_ranges), 252.0)

    assert ((whole >= 0) & (whole <= most)).all()
    assert (np.abs(whole - asked) <= band + 1e-12).all()
    np.testing.assert_array_equal(strategy.signals(forecasts_of(log_ranges[:cut]), panel_of()), whole[:cut])


@pytest.mark.parametrize(
    "wrong", [{"target_volatility": 0}, {"max_exposure": 1.5}, {"band": 1.0}, {"band": -0.1}, {"periods_per_year": 0}]
)
def test_parameters_are_checked(wrong):
    with pytest.raises(ExperimentError, match=next(iter(wrong))):
        VolatilityTarget(**wrong)
