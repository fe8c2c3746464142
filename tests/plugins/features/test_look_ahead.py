"""No feature sees the future: cutting it off or changing it leaves every earlier row as it was."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import workbench_features as wf

CORE = [
    partial(wf.Column),
    partial(wf.LogReturn, periods=3),
    partial(wf.SimpleReturn),
    partial(wf.SMA, window=7),
    partial(wf.EMA, window=7),
    partial(wf.MACD),
    partial(wf.Bollinger, window=9),
    partial(wf.RSI),
    partial(wf.ATR),
    partial(wf.ADX),
]
OFFERED = [cls for cls in wf.ta.INDICATORS if cls is not wf.ta.trend.KST]
REQUIRED = {wf.ta.trend.SMA: {"window": 12}}


def ta_makers():
    """Every indicator of `ta` as it comes, and with settings in which `ta` is careless."""
    yield from (partial(cls, **REQUIRED.get(cls, {})) for cls in OFFERED)
    yield partial(wf.ta.trend.DPO, window=1)
    yield partial(wf.ta.trend.DPO, window=2)
    yield partial(wf.ta.trend.TRIX, window=1)
    yield partial(wf.ta.momentum.KAMA, window=1)
    yield partial(wf.ta.volatility.DonchianChannel, offset=4)
    yield partial(wf.ta.volatility.KeltnerChannel, original_version=False)
    yield partial(wf.ta.volume.VolumePriceTrend, smoothing_factor=5)


def describe(make: partial) -> str:
    return make.func.name + "".join(f"-{k}={v}" for k, v in make.keywords.items())


@pytest.mark.parametrize("make", CORE, ids=describe)
def test_a_core_feature_is_blind_to_the_future_at_every_bar(make, bars, assert_blind_to_the_future):
    assert_blind_to_the_future(make, bars, range(1, len(bars)))


@pytest.mark.parametrize("make", list(ta_makers()), ids=describe)
def test_an_indicator_of_ta_is_blind_to_the_future(make, bars, assert_blind_to_the_future):
    warmup = make().warmup
    rng = np.random.default_rng(warmup)
    cuts = {warmup + 1, warmup + 2, *rng.integers(1, len(bars), 9).tolist()}

    assert_blind_to_the_future(make, bars, sorted(cuts))


@pytest.mark.slow
@pytest.mark.parametrize("make", list(ta_makers()), ids=describe)
def test_an_indicator_of_ta_is_blind_to_the_future_at_every_bar(make, toy_bars, assert_blind_to_the_future):
    bars = toy_bars(150)

    assert_blind_to_the_future(make, bars, range(1, len(bars)))


def test_the_check_itself_finds_a_mean_of_the_whole_series(bars, assert_blind_to_the_future):
    class Leaky(wf.Column):
        def compute(self, bars):
            close = bars["close"]
            return close.shift(1, fill_value=close.mean())

    with pytest.raises(AssertionError, match="future cut off from row 7"):
        assert_blind_to_the_future(Leaky, bars, [7])
