"""The core indicators equal the published ones: TA-Lib, R's TTR and the StockCharts worksheets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench_features as wf

VECTORS = Path(__file__).parents[2] / "vectors"


def load(name: str) -> dict:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def numbers(values: list) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


@pytest.mark.parametrize(
    ("feature", "column", "expected"),
    [
        (wf.SimpleReturn(), None, "simple_return"),
        (wf.LogReturn(), None, "log_return"),
        (wf.SMA(window=20), None, "sma20"),
        (wf.EMA(window=12), None, "ema12"),
        (wf.RSI(), None, "rsi14"),
        (wf.MACD(), "line", "macd_line"),
        (wf.MACD(), "signal", "macd_signal"),
        (wf.MACD(), "histogram", "macd_hist"),
        (wf.Bollinger(), "middle", "bb_mid"),
        (wf.Bollinger(), "upper", "bb_up"),
        (wf.Bollinger(), "lower", "bb_low"),
        (wf.ATR(), None, "atr14"),
        (wf.ADX(), "plus_di", "plus_di14"),
        (wf.ADX(), "minus_di", "minus_di14"),
        (wf.ADX(), "adx", "adx14"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_core_indicator_equals_ta_lib_and_ttr_undefined_rows_included(feature, column, expected):
    vectors = load("indicators")
    bars = pd.DataFrame(vectors["ohlcv"], index=pd.date_range("2020-01-01", periods=120))

    answer = feature.compute(bars)

    values = answer if column is None else answer[column]
    np.testing.assert_allclose(values, numbers(vectors["expected"][expected]), rtol=0, atol=1e-8)


def test_rsi_equals_the_stockcharts_worksheet():
    vectors = load("rsi_stockcharts")

    rsi = wf.RSI().compute(pd.DataFrame({"close": vectors["close"]}))

    np.testing.assert_allclose(rsi, numbers(vectors["expected"]), rtol=0, atol=1e-8)
    np.testing.assert_allclose(rsi[14:18], [70.53, 66.32, 66.55, 69.41], atol=0.005)


def test_adx_on_the_stockcharts_worksheet_is_seeded_as_in_ta_lib():
    vectors = load("adx_stockcharts")

    answer = wf.ADX().compute(pd.DataFrame({name: vectors[name] for name in ("high", "low", "close")}))

    np.testing.assert_allclose(answer["adx"], numbers(vectors["expected_talib"]), rtol=0, atol=2e-4)


def slow_wilder(values: list[float], window: int) -> list[float]:
    average = sum(values[:window]) / window
    averages = [average]
    for value in values[window:]:
        average = ((window - 1) * average + value) / window
        averages.append(average)
    return averages


@pytest.mark.parametrize("window", [1, 2, 5, 30])
def test_rsi_equals_a_loop_written_from_the_definition(bars, window):
    change = np.diff(bars["close"])
    gains = slow_wilder([max(c, 0.0) for c in change], window)
    losses = slow_wilder([max(-c, 0.0) for c in change], window)

    rsi = wf.RSI(window=window).compute(bars)

    expected = [100.0 * gain / (gain + loss) for gain, loss in zip(gains, losses, strict=True)]
    np.testing.assert_allclose(rsi[window:], expected, rtol=1e-10)


def test_returns_reach_back_the_periods_asked_for(bars):
    close = bars["close"].to_numpy()

    simple = wf.SimpleReturn(periods=5).compute(bars)
    log = wf.LogReturn(periods=5).compute(bars)

    np.testing.assert_allclose(simple[5:], close[5:] / close[:-5] - 1, rtol=1e-12)
    np.testing.assert_allclose(log[5:], np.log(close[5:]) - np.log(close[:-5]), rtol=1e-9)
    assert simple[:5].isna().all() and log[:5].isna().all()
