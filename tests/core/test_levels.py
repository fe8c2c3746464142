"""Which features are levels of prices, found by trying it out."""

from __future__ import annotations

import pytest

from workbench import PanelFeature
from workbench.evaluation.levels import level_features
from workbench_features import ADX, ATR, EMA, MACD, RSI, SMA, Bollinger, Column, LogReturn, SimpleReturn


class Spread(PanelFeature, name="toy_spread"):
    """Each close over the first close of the first symbol."""

    def compute(self, panel):
        return {symbol: panel[symbol]["close"] / panel["AAA"]["close"].iloc[0] for symbol in panel}


@pytest.mark.parametrize("feature", [Column(), Column(column="volume"), SMA(), EMA(), ATR(), MACD()])
def test_what_is_in_units_of_price_or_volume_is_a_level(feature, toy_panel):
    assert level_features(toy_panel(120), [("x", feature)]) == ["x"]


@pytest.mark.parametrize("feature", [LogReturn(), SimpleReturn(periods=3), RSI(), ADX(), Spread()])
def test_returns_and_ratios_are_none(feature, toy_panel):
    assert level_features(toy_panel(120, ("AAA", "BBB")), [("x", feature)]) == []


def test_of_several_features_the_levels_are_named_by_their_labels(toy_panel):
    features = [("r", LogReturn()), ("close", Column()), ("bands", Bollinger())]

    assert level_features(toy_panel(60), features) == ["close", "bands"]
