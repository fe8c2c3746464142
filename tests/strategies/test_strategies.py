"""Built-in strategies, row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench_strategies
from workbench import ExperimentError, Panel
from workbench_strategies import (
    BuyAndHold,
    FollowDirection,
    LongFlat,
    LongShort,
    Threshold,
    TopBottom,
    VolatilityTarget,
)

EXPECTED = [0.02, 0.001, 0.0005, 0.0, -0.0005, -0.001, -0.02, np.nan]


def forecasts_of(expected_return, symbol="A"):
    n = len(expected_return)
    return pd.DataFrame(
        {
            "model": "lstm",
            "symbol": symbol,
            "seed": 7,
            "fold": 0,
            "origin": pd.date_range("2024-01-01", periods=n),
            "step": 1,
            "target_time": pd.date_range("2024-01-02", periods=n),
            "last_price": 10.0,
            "forecast": 0.0,
            "price": 10.0,
            "expected_return": expected_return,
        }
    )


@pytest.fixture
def panel():
    index = pd.date_range("2024-01-01", periods=9)
    prices = dict.fromkeys(["open", "high", "low", "close"], 10.0)
    bars = pd.DataFrame({**prices, "volume": 1.0, "known_at": index + pd.Timedelta(days=1)}, index=index)
    return Panel({"A": bars, "B": bars})


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (LongFlat(), [1, 1, 1, 0, 0, 0, 0, 0]),
        (LongShort(), [1, 1, 1, 0, -1, -1, -1, 0]),
        (Threshold(), [1, 0, 0, 0, 0, 0, 0, 0]),
        (Threshold(threshold=0.0005), [1, 1, 0, 0, 0, 0, 0, 0]),
        (Threshold(allow_short=True), [1, 0, 0, 0, 0, 0, -1, 0]),
        (Threshold(threshold=0, allow_short=True), [1, 1, 1, 0, -1, -1, -1, 0]),
        (BuyAndHold(), [1, 1, 1, 1, 1, 1, 1, 1]),
    ],
    ids=lambda value: value.label if hasattr(value, "label") else "",
)
def test_signals_of_forecasts_from_strong_rise_to_none(strategy, expected, panel):
    signals = strategy.signals(forecasts_of(EXPECTED), panel)

    assert signals.tolist() == expected
    assert signals.dtype == np.float64


def test_a_forecast_without_a_price_is_flat_and_not_a_change_kept_open(panel):
    missing = forecasts_of(pd.array([0.01, None, 0.01], dtype="Float64"))

    assert LongShort().signals(missing, panel).tolist() == [1, 0, 1]


def test_signals_are_indexed_by_origin_and_symbol_in_the_order_given(panel):
    both = pd.concat([forecasts_of([0.1, -0.1], "B"), forecasts_of([-0.1, 0.1], "A")])

    signals = LongFlat().signals(both, panel)

    assert signals.index.names == ["origin", "symbol"]
    assert list(signals.index) == list(zip(both["origin"], both["symbol"], strict=True))
    assert signals.tolist() == [1, 0, 0, 1]


def test_no_forecasts_give_no_signals(panel):
    for strategy in (LongFlat(), LongShort(), Threshold(allow_short=True), BuyAndHold()):
        assert strategy.signals(forecasts_of([]), panel).empty


def test_parameters_are_checked():
    with pytest.raises(ExperimentError, match="threshold"):
        Threshold(threshold=-0.1)
    with pytest.raises(ExperimentError, match="step"):
        LongFlat(step=0)


def test_the_package_offers_its_strategies_by_name():
    offered = {cls.name: cls for cls in workbench_strategies.workbench_strategies()}

    assert offered == {
        "buy_and_hold": BuyAndHold,
        "follow_direction": FollowDirection,
        "long_flat": LongFlat,
        "long_short": LongShort,
        "threshold": Threshold,
        "top_bottom": TopBottom,
        "volatility_target": VolatilityTarget,
    }
    assert {name: set(cls.for_targets) for name, cls in offered.items() if cls.for_targets} == {
        "follow_direction": {"direction"},
        "volatility_target": {"log_range"},
    }


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (FollowDirection(), [1, 1, 0, 0, 0, 0]),
        (FollowDirection(allow_short=True), [1, 1, 0, -1, -1, 0]),
        (FollowDirection(threshold=0.1), [1, 0, 0, 0, 0, 0]),
        (FollowDirection(threshold=0.1, allow_short=True), [1, 0, 0, 0, -1, 0]),
    ],
    ids=lambda value: value.label if hasattr(value, "label") else "",
)
def test_the_side_that_is_forecast_is_taken(strategy, expected, panel):
    forecasts = forecasts_of([np.nan] * 6).assign(forecast=[0.5, 0.1, 0.0, -0.1, -0.5, np.nan])

    signals = strategy.signals(forecasts, panel)

    assert signals.tolist() == expected
    assert list(signals.index) == list(zip(forecasts["origin"], forecasts["symbol"], strict=True))


@given(st.lists(st.floats(-1, 1) | st.just(float("nan")), min_size=1, max_size=30), st.data())
def test_a_signal_depends_on_its_own_forecast_only(expected, data):
    cut = data.draw(st.integers(1, len(expected)))
    for strategy in (LongFlat(), LongShort(), Threshold(allow_short=True), BuyAndHold()):
        whole = strategy.signals(forecasts_of(expected), None)
        alone = strategy.signals(forecasts_of(expected[:cut]), None)

        pd.testing.assert_series_equal(whole.iloc[:cut], alone, check_freq=False)
        assert whole.between(-1, 1).all()
