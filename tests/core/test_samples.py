"""Samples: features and targets row by row, and the windows cut from them."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench import DataError, Feature, Panel, PanelFeature, PluginError, Target
from workbench.evaluation.samples import Samples, SymbolSamples, build_samples, compute_feature, make_windows
from workbench_targets import LogReturn, Price


class Close(Feature, name="toy_close"):
    def compute(self, bars):
        return bars["close"]


class Lagged(Feature, name="toy_lagged"):
    lag: int = 2

    @property
    def warmup(self):
        return self.lag

    def compute(self, bars):
        return pd.DataFrame({"open": bars["open"].shift(self.lag), "volume": bars["volume"]})


class Rank(PanelFeature, name="toy_rank"):
    def compute(self, panel):
        return {symbol: panel[symbol]["close"] - 1 for symbol in panel}


def samples_of(panel, *features, target=None, lookback=3, horizon=2) -> Samples:
    labelled = [(f.label, f) for f in features or [Close()]]
    return build_samples(panel, labelled, target or Price(), lookback=lookback, horizon=horizon)


def feature_that(answer):
    class Toy(Feature, name="toy"):
        def compute(self, bars):
            return answer(bars)

    return Toy()


# Building


def test_columns_are_named_after_the_label_and_aligned_with_the_bars(toy_panel):
    panel = toy_panel(12, ("AAA", "BBB"))

    features = [("c", Close()), ("lag", Lagged()), ("rank", Rank())]
    samples = build_samples(panel, features, Price(), lookback=3, horizon=2)

    assert samples.feature_names == ("c", "lag_open", "lag_volume", "rank")
    for symbol, part in samples.by_symbol.items():
        bars = panel[symbol]
        expected = np.column_stack([bars["close"], bars["open"].shift(2), bars["volume"], bars["close"] - 1])
        assert part.values.dtype == np.float32
        np.testing.assert_array_equal(part.values, expected.astype(np.float32))
        np.testing.assert_array_equal(part.labels, bars.index.to_numpy())
        np.testing.assert_array_equal(samples.known_at[symbol], bars["known_at"].to_numpy())


def test_targets_are_those_of_the_target_and_the_future_is_nan(toy_panel):
    panel = toy_panel(6)

    part = samples_of(panel, target=LogReturn(), horizon=2).by_symbol["AAA"]

    log = np.log(panel["AAA"]["close"].to_numpy())
    np.testing.assert_allclose(part.y[:4], np.column_stack([log[1:5] - log[:4], log[2:] - log[:4]]), rtol=1e-12)
    assert np.isnan(part.y[4, 1]) and np.isnan(part.y[5]).all()
    np.testing.assert_allclose(part.realised, [np.nan, *np.diff(log)], rtol=1e-12)


def test_no_feature_at_all_is_possible(toy_panel):
    panel = toy_panel(6)

    part = build_samples(panel, [], Price(), lookback=1, horizon=1).by_symbol["AAA"]

    assert part.values.shape == (6, 0)
    assert part.usable(1).all()


def test_a_feature_may_spoil_the_bars_it_was_given(toy_panel):
    def spoil(bars):
        bars["close"] = 0.0
        return bars["close"]

    panel = toy_panel(6)
    before = panel["AAA"].copy()

    samples_of(panel, feature_that(spoil))

    pd.testing.assert_frame_equal(panel["AAA"], before)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            lambda bars: 1 / 0,
            r"feature 'toy' \(local file .*test_samples.py\) failed in compute \(line \d+\): ZeroDivisionError",
        ),
        (lambda bars: bars["close"].to_numpy(), "must return a Series or DataFrame, got ndarray"),
        (lambda bars: bars["close"].to_numpy(), r"got ndarray\. Return `pd\.Series\(values, index=bars\.index\)`\."),
        (lambda bars: (bars["open"], bars["close"]), r"got tuple\. For several columns return `pd\.DataFrame\("),
        (lambda bars: {"up": bars["close"]}, r"got dict\. For several columns return `pd\.DataFrame\("),
        (lambda bars: [bars["close"]], r"got list\. For several columns return `pd\.DataFrame\("),
        (lambda bars: None, r"got NoneType\.$"),
        (lambda bars: bars["close"].iloc[1:], "returned 5 rows on another index than the 6 bars"),
        (lambda bars: bars["close"].diff().dropna(), r"it was given\. Leave undefined rows in, as NaN\.$"),
        (lambda bars: bars["close"].reset_index(drop=True), r"on another index .* Return it on `bars\.index`\.$"),
        (lambda bars: bars["close"] * np.inf, "returned infinite values; undefined rows must be NaN"),
        (lambda bars: bars["close"].astype(str) + "x", "returned values that are no numbers"),
        (lambda bars: bars["close"].astype(str), "returned values that are no numbers: they are texts"),
        (lambda bars: bars["close"].astype(str).astype(object), "no numbers: they are texts"),
        (lambda bars: bars[["close"]].iloc[:, [0] * (1 + (bars["close"].iloc[0] > 50))], "other columns for 'BBB'"),
    ],
)
def test_a_feature_that_breaks_its_contract_is_named(toy_panel, answer, sentence):
    panel = toy_panel(6, ("AAA", "BBB"), seed=3)
    assert (panel["AAA"]["close"].iloc[0] > 50) != (panel["BBB"]["close"].iloc[0] > 50)

    with pytest.raises(PluginError, match=sentence):
        samples_of(panel, feature_that(answer))


@pytest.mark.parametrize(
    ("undefined", "found"),
    [
        (slice(0, 0), None),
        (slice(0, 15), None),  # a warm-up, however long
        (slice(19, 20), None),  # one row of twenty
        (slice(0, 20), ("toy_close", "AAA", 20, 20)),
        (slice(1, None, 2), ("toy_close", "AAA", 10, 20)),
    ],
)
def test_the_feature_that_is_undefined_most_often_is_known(toy_panel, undefined, found):
    panel = toy_panel(20, ("AAA", "BBB"))
    panel.frames["AAA"].iloc[undefined, panel["AAA"].columns.get_loc("close")] = np.nan

    assert samples_of(panel, Lagged(), Close()).most_undefined() == found


@pytest.mark.parametrize("answer", [None, {}, {"AAA": None, "ZZZ": None}])
def test_a_panel_feature_answers_for_every_symbol(toy_panel, answer):
    class Bad(PanelFeature, name="toy_bad"):
        def compute(self, panel):
            return answer

    with pytest.raises(PluginError, match=r"must return a dict with one entry per symbol \(AAA\)"):
        compute_feature("toy_bad", Bad(), toy_panel(6))


def test_data_that_a_feature_or_target_refuses_are_the_users_business(toy_panel):
    def refuse(bars):
        raise DataError("no logarithm of a negative price")

    with pytest.raises(DataError, match="no logarithm"):
        samples_of(toy_panel(6), feature_that(refuse))


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (
            lambda n, h: np.zeros((n, h + 1)),
            r"target 'toy_target' .*returned shape \(6, 3\) from compute, expected \(6, 2\)",
        ),
        (lambda n, h: 1 / 0, r"target 'toy_target' .* failed in compute .*ZeroDivisionError"),
        (lambda n, h: "no numbers", "target 'toy_target' .* failed in compute: ValueError"),
        (lambda n, h: np.full((n, h), np.inf), "target 'toy_target' .*returned infinite values from compute"),
    ],
)
def test_a_target_that_breaks_its_contract_is_named(toy_panel, y, sentence):
    class Bad(Target, name="toy_target"):
        def compute(self, bars, horizon):
            return y(len(bars), horizon)

        def to_price(self, forecast, last_price):
            return None

        def persistence(self, windows):
            raise NotImplementedError

    with pytest.raises(PluginError, match=sentence):
        samples_of(toy_panel(6), target=Bad())


def test_values_too_large_for_single_precision_are_undefined_not_a_warning(toy_panel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        part = samples_of(toy_panel(6), feature_that(lambda bars: bars["close"] * 1e38)).by_symbol["AAA"]

    assert not part.usable(1).any()


# Usable rows


def symbol_samples(values, close=None, y=None):
    n = len(values)
    times = np.datetime64("2020-01-01", "ns") + np.arange(n) * np.timedelta64(1, "D")
    close = np.ones(n) if close is None else close
    y = np.ones((n, 1)) if y is None else y
    return SymbolSamples(np.asarray(values, dtype=np.float32), y, np.ones(n), close, times, times)


holes = arrays(bool, st.tuples(st.integers(0, 15), st.integers(1, 3)))


@given(holes, st.integers(1, 6))
def test_a_row_is_usable_when_its_whole_window_is_finite(defined, lookback):
    usable = symbol_samples(np.where(defined, 1.0, np.nan)).usable(lookback)

    first_rows = [t + 1 - lookback for t in range(len(defined))]
    assert usable.tolist() == [first >= 0 and defined[first : first + lookback].all() for first in first_rows]


def test_a_row_without_a_close_is_not_usable():
    assert symbol_samples(np.ones((3, 1)), close=np.array([1, np.nan, 1])).usable(2).tolist() == [False, False, True]


def test_training_and_test_origins_need_a_full_window_and_every_step_of_the_target():
    y = np.array([[1, 1], [1, np.nan], [1, 1], [1, 1], [np.nan, np.nan]])
    samples = Samples({"A": symbol_samples([[1], [1], [1], [np.nan], [1]], y=y)}, ("f",), 2, 2)
    rows = {"A": np.array([0, 1, 2, 3, 4])}

    assert samples.trainable(rows)["A"].tolist() == [2]


# Windows


def test_windows_hold_no_row_after_the_last_origin_of_each_symbol(toy_panel):
    panel = toy_panel(20, ("AAA", "BBB"))
    samples = samples_of(panel, Close(), Lagged())

    windows = make_windows(samples, {"AAA": np.array([5, 7]), "BBB": np.array([4, 11])}, with_targets=True)

    assert len(windows.values) == 8 + 12
    assert windows.first_rows == {"AAA": 0, "BBB": 8}
    assert windows.ends.tolist() == [5, 7, 12, 19]
    assert windows.symbols.tolist() == ["AAA", "AAA", "BBB", "BBB"]
    for i, (symbol, row) in enumerate([("AAA", 5), ("AAA", 7), ("BBB", 4), ("BBB", 11)]):
        part, bars = samples.by_symbol[symbol], panel[symbol]
        np.testing.assert_array_equal(windows.batch()[i], part.values[row - 2 : row + 1])
        np.testing.assert_array_equal(windows.y[i], part.y[row])
        np.testing.assert_array_equal(windows.history(i), part.realised[: row + 1])
        assert windows.last_price[i] == bars["close"].iloc[row]
        assert windows.origins[i] == bars.index[row]


@pytest.mark.parametrize("symbols", [("AAA",), ("AAA", "BBB")])
def test_windows_share_no_memory_with_the_samples_nor_reach_past_their_last_origin(toy_panel, symbols):
    samples = samples_of(toy_panel(20, symbols))

    windows = make_windows(samples, {s: np.arange(5, 18) for s in symbols}, with_targets=True)

    part = samples.by_symbol["AAA"]
    for ours, theirs in ((windows.values, part.values), (windows.realised["AAA"], part.realised), (windows.y, part.y)):
        assert not np.shares_memory(ours, theirs)
    whole = windows.values if windows.values.base is None else windows.values.base
    assert len(whole) == 18 * len(symbols)


def test_symbols_without_an_origin_are_left_out(toy_panel):
    samples = samples_of(toy_panel(20, ("AAA", "BBB")))
    none = np.array([], dtype=int)

    assert make_windows(samples, {"AAA": none, "BBB": np.array([4])}, with_targets=True).first_rows == {"BBB": 0}
    with pytest.raises(DataError, match="no origin is left with a full window"):
        make_windows(samples, {"AAA": none, "BBB": none}, with_targets=True)


def test_undefined_closes_leave_a_panel_usable_elsewhere(toy_bars):
    bars = toy_bars(12)
    bars.loc[bars.index[4], "close"] = np.nan

    part = samples_of(Panel({"AAA": bars})).by_symbol["AAA"]

    assert np.flatnonzero(~part.usable(3)).tolist() == [0, 1, 4, 5, 6]
