"""Each check of targets, with a small plugin that breaks it and some that are easily accused wrongly."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import PrivateAttr

from workbench import DataError, Target
from workbench.testing import CHECKS, check_plugin


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    """Run one check, which has to fail."""
    result = results(plugin, [check])[check]
    assert not result.passed
    return result


class Change(Target, name="change"):
    """Difference of closes."""

    def compute(self, bars, horizon):
        close = bars["close"].to_numpy()
        return np.column_stack([np.append(close[k:], [np.nan] * min(k, len(close))) - close for k in steps(horizon)])

    def to_price(self, forecast, last_price):
        return last_price[:, None] + forecast

    def persistence(self, windows):
        return np.zeros((len(windows), windows.horizon))


def steps(horizon):
    return range(1, horizon + 1)


# What conforms


def test_an_honest_target_passes_every_check():
    found = results(Change)

    assert set(found) == {check.name for check in CHECKS["target"]}
    assert [r for r in found.values() if not r.passed] == []


class Range(Change, name="range"):
    """Easily accused: its persistence is not zero, it has no price, and it is known from the first bar on."""

    def compute(self, bars, horizon):
        size = np.log(bars["high"].where(bars["high"] > 0) / bars["low"].where(bars["low"] > 0))
        return np.column_stack([size.shift(-k) for k in steps(horizon)])

    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows):
        last = np.array([windows.history(i)[-1] for i in range(len(windows))])
        return np.repeat(last[:, None], windows.horizon, axis=1)

    def realised(self, bars):
        return np.log(bars["high"].where(bars["high"] > 0) / bars["low"].where(bars["low"] > 0)).to_numpy()


class InUnitsOfVolatility(Change, name="in_units_of_volatility"):
    """Easily accused: undefined until a volatility is there, which depends on all bars before."""

    def compute(self, bars, horizon):
        close = bars["close"]
        size = close.diff().ewm(span=20, min_periods=10).std()
        return np.column_stack([(close.shift(-k) - close) / size.where(size > 0) for k in steps(horizon)])

    def to_price(self, forecast, last_price):
        return None


@pytest.mark.slow
@pytest.mark.parametrize("target", [Range, InUnitsOfVolatility])
def test_honest_targets_of_other_kinds_are_not_accused(target):
    assert [r for r in check_plugin(target) if not r.passed] == []


def test_a_target_that_says_nothing_of_price_is_told_so():
    assert results(Range, ["prices_come_back"])["prices_come_back"].reason == "its forecasts say nothing of price"


# What does not


class FilledEnd(Change, name="filled_end"):
    """Wrong: zero where there is no bar yet."""

    def compute(self, bars, horizon):
        return np.nan_to_num(super().compute(bars, horizon))


def test_a_target_that_fills_its_end_is_named_with_the_row():
    found = failure(FilledEnd, "shape_and_dtype")

    assert (found.column, found.first_row) == ("step 1", 299)


class Holes(Change, name="holes"):
    """Wrong: undefined here and there."""

    def compute(self, bars, horizon):
        y = super().compute(bars, horizon)
        y[50] = np.nan
        return y


def test_a_hole_among_lively_bars_fails():
    assert failure(Holes, "shape_and_dtype").first_row == 50


class OneColumn(Change, name="one_column"):
    """Wrong: one step whatever the horizon."""

    def compute(self, bars, horizon):
        return super().compute(bars, 1)


def test_a_wrong_shape_is_named():
    assert "expected (300, 2)" in failure(OneColumn, "shape_and_dtype").reason


class ScaledByHorizon(Change, name="scaled_by_horizon"):
    """Wrong: each step is divided by the horizon."""

    def compute(self, bars, horizon):
        return super().compute(bars, horizon) / horizon


def test_steps_that_depend_on_the_horizon_fail():
    assert "with horizon 5" in failure(ScaledByHorizon, "steps_agree").reason


class NotLagged(Change, name="not_lagged"):
    """Wrong: what is to come is said to be realised."""

    def realised(self, bars):
        return self.compute(bars, 1)[:, 0]


def test_a_realised_series_that_is_not_lagged_fails_twice():
    assert failure(NotLagged, "realised_is_lagged").first_row == 1
    assert failure(NotLagged, "no_look_ahead").column == "realised"


class NoPersistence(Change, name="no_persistence"):
    """Wrong: it has none."""

    def persistence(self, windows):
        return np.full((len(windows), windows.horizon), np.nan)


def test_an_undefined_persistence_fails():
    assert "is undefined" in failure(NoPersistence, "persistence_is_defined").reason


class PercentPrice(Change, name="percent_price"):
    """Wrong: takes its forecasts for percents."""

    def to_price(self, forecast, last_price):
        return last_price[:, None] * (1 + forecast / 100)


def test_a_price_that_does_not_come_back_fails():
    assert failure(PercentPrice, "prices_come_back").column == "step 1"


class UpsideDown(Change, name="upside_down"):
    """Wrong: higher forecasts give lower prices."""

    def to_price(self, forecast, last_price):
        return last_price[:, None] - forecast


def test_prices_that_fall_with_the_forecast_fail():
    assert "quantiles would cross" in failure(UpsideDown, "prices_rise_with_forecasts").reason


class Running(Change, name="running"):
    """Wrong: each price counts on from the one before."""

    def to_price(self, forecast, last_price):
        return last_price[:, None] + forecast + np.arange(len(forecast))[:, None]


def test_rows_that_depend_on_their_place_fail():
    found = failure(Running, "rows_stand_alone")

    assert found.column == "to_price step 1"
    assert "one row by itself" in found.reason


class TwoAhead(Change, name="two_ahead"):
    """Wrong: looks one bar further than it says, where there is one."""

    def compute(self, bars, horizon):
        y, further = super().compute(bars, horizon), super().compute(bars, horizon + 1)[:, 1:]
        return np.where(np.isnan(y) | np.isnan(further), y, y + 1e-3 * further)


class RememberedLongest(Change, name="remembered_longest"):
    """Wrong: once it has seen more bars, it uses them."""

    longest: ClassVar[dict[str, pd.Series]] = {}

    def compute(self, bars, horizon):
        seen = self.longest.get("close")
        if seen is None or len(seen) < len(bars):
            self.longest["close"] = bars["close"].copy()
        return super().compute(bars, horizon) + self.longest["close"].iloc[-1]


class MeanOfBlock(Change, name="mean_of_block"):
    """Wrong: persistence is the mean of the block's last prices."""

    def persistence(self, windows):
        return np.full((len(windows), windows.horizon), windows.last_price.mean() - 50)


@pytest.mark.parametrize(
    ("target", "column"), [(TwoAhead, "step 1"), (RememberedLongest, "step 1"), (MeanOfBlock, "persistence step 1")]
)
def test_looking_ahead_is_found_and_its_column_named(target, column):
    assert failure(target, "no_look_ahead").column == column


class Careless(Change, name="careless"):
    """Wrong in all that it touches."""

    calls: ClassVar[list[int]] = []
    _seen: int = PrivateAttr(0)

    def compute(self, bars, horizon):
        bars["close"] *= 1.0001
        self.calls.append(horizon)
        self._seen += 1
        return super().compute(bars, horizon) + np.random.normal()


@pytest.mark.parametrize("check", ["input_is_unchanged", "plugin_is_unchanged", "shares_nothing", "same_numbers_again"])
def test_a_careless_target_fails(check):
    failure(Careless, check)


class ScribblesOnForecasts(Change, name="scribbles_on_forecasts"):
    """Wrong: works in the array it was given."""

    def to_price(self, forecast, last_price):
        forecast += last_price[:, None]
        return forecast


def test_forecasts_that_are_written_on_are_found():
    assert "the forecasts" in failure(ScribblesOnForecasts, "input_is_unchanged").reason


class FailsOnOne(Change, name="fails_on_one"):
    """Wrong: needs two bars."""

    def compute(self, bars, horizon):
        bars["close"].iloc[1]
        return super().compute(bars, horizon)


class RefusesOne(FailsOnOne, name="refuses_one"):
    """Right: says why."""

    def compute(self, bars, horizon):
        if len(bars) < 2:
            raise DataError("one bar is not enough; load two.")
        return super().compute(bars, horizon)


def test_odd_bars_may_be_refused_but_not_stumbled_over():
    assert "a single bar" in failure(FailsOnOne, "odd_input").reason
    assert results(RefusesOne, ["odd_input"])["odd_input"].reason == "it refuses a single bar"
