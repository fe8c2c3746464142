"""Targets whose forecasts say nothing of price: the range of a bar, and the side of a move."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench_targets as wt
from workbench import DataError, Windows
from workbench_features import LogRange as LogRangeFeature

TARGETS = [wt.LogRange(), wt.Direction()]
by_name = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
nan = math.nan


def bars_of(rows) -> pd.DataFrame:
    """Bars of rows of high, low and close."""
    index = pd.bdate_range("2020-04-15", periods=len(rows))
    bars = pd.DataFrame(rows, columns=["high", "low", "close"], index=index, dtype=float)
    return bars.assign(open=bars["close"])


def lively(n=60, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, n)))
    return bars_of(np.column_stack([close * (1 + rng.uniform(0.001, 0.03, n)), close * 0.99, close]))


def windows_of(target, bars_by_symbol, origins, horizon=1) -> Windows:
    """Windows at some rows of each symbol, as a run makes them: cut after each symbol's last origin."""
    realised, first_rows, ends, symbols, start = {}, {}, [], [], 0
    for symbol, bars in bars_by_symbol.items():
        rows = origins[symbol]
        first_rows[symbol] = start
        realised[symbol] = target.realised(bars)[: rows[-1] + 1]
        ends += [start + row for row in rows]
        symbols += [symbol] * len(rows)
        start += rows[-1] + 1
    return Windows(
        values=np.zeros((start, 1), dtype=np.float32),
        ends=np.array(ends),
        lookback=1,
        horizon=horizon,
        feature_names=("x",),
        symbols=np.array(symbols, dtype=object),
        origins=np.arange(len(ends)).astype("datetime64[D]"),
        last_price=np.ones(len(ends)),
        first_rows=first_rows,
        realised=realised,
    )


# The range


def test_the_log_range_of_a_bar_is_that_of_the_bar_alone_at_every_step():
    bars = bars_of([(11, 10, 10), (12, 10, 11), (10.5, 10, 10)])
    ranges = [math.log(math.log(ratio)) for ratio in (1.1, 1.2, 1.05)]

    np.testing.assert_allclose(wt.LogRange().realised(bars), ranges)
    np.testing.assert_allclose(
        wt.LogRange().compute(bars, 2), [[ranges[1], ranges[2]], [ranges[2], nan], [nan, nan]], rtol=1e-12
    )


@pytest.mark.parametrize(
    ("high", "low"),
    [(10, 10), (5, -1), (-1, -5), (5, 0), (0, 0), (nan, 9), (10, nan), (9, 10), (math.inf, 9)],
    ids=["one price", "below zero", "both below zero", "at zero", "zero", "no high", "no low", "crossed", "infinite"],
)
def test_a_range_that_has_no_logarithm_is_undefined_and_nothing_else_is(high, low):
    bars = bars_of([(11, 10, 10), (high, low, 10), (11, 10, 10)])

    for answer in (wt.LogRange().realised(bars), LogRangeFeature().compute(bars).to_numpy()):
        assert np.isnan(answer).tolist() == [False, True, False]
        assert answer[0] == pytest.approx(math.log(math.log(1.1)))


@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), min_size=1, max_size=20))
def test_no_prices_give_an_infinite_range_and_the_feature_is_what_the_target_realised(pairs):
    bars = bars_of([(max(pair), min(pair), 1.0) for pair in pairs])

    realised = wt.LogRange().realised(bars)

    assert not np.isinf(realised).any()
    assert np.isnan(realised[(bars["high"] == bars["low"]) | (bars["low"] <= 0)]).all()
    np.testing.assert_array_equal(LogRangeFeature().compute(bars), realised)


def test_a_very_narrow_range_keeps_its_digits():
    bars = bars_of([(10 * (1 + 1e-12), 10, 10)])

    exact = math.log((bars["high"].iloc[0] - 10) / 10)  # ln(1 + x) is x here

    assert wt.LogRange().realised(bars)[0] == pytest.approx(exact, rel=1e-9)


def test_persistence_of_a_range_is_the_last_one_that_was_defined_at_the_origin():
    flat, wide = (10, 10, 10), (12, 10, 10)
    bars = {"A": bars_of([flat, wide, flat, flat, (11, 10, 10), wide]), "B": bars_of([(11, 10, 10), flat])}
    windows = windows_of(wt.LogRange(), bars, {"A": [0, 1, 3, 4], "B": [0, 1]}, horizon=2)

    answer = wt.LogRange().persistence(windows)

    narrow, broad = math.log(math.log(1.1)), math.log(math.log(1.2))
    expected = [nan, broad, broad, narrow, narrow, narrow]
    np.testing.assert_allclose(answer, np.column_stack([expected, expected]))


@given(st.lists(st.booleans(), min_size=1, max_size=25), st.data())
def test_persistence_of_a_range_agrees_with_the_history_of_each_origin(defined, data):
    bars = bars_of([(10 + i if known else 9, 9, 9) for i, known in enumerate(defined)])
    rows = sorted(data.draw(st.sets(st.integers(0, len(defined) - 1), min_size=1)))
    windows = windows_of(wt.LogRange(), {"A": bars}, {"A": rows})

    answer = wt.LogRange().persistence(windows)[:, 0]

    for i in range(len(windows)):
        history = windows.history(i)
        known = history[np.isfinite(history)]
        np.testing.assert_array_equal(answer[i], known[-1] if len(known) else nan)


def test_ranges_of_single_bars_are_what_is_forecast():
    steps = np.array([[-4.0, -3.5]])

    same = wt.LogRange().from_steps(steps, np.ones(1))
    same[0, 0] = 0

    assert steps.tolist() == [[-4.0, -3.5]]


# The side


def test_the_side_is_that_of_the_later_close_against_the_close_at_the_origin():
    bars = bars_of([(0, 0, close) for close in [10, 12, 9, 10, 10]])

    expected = [[1, -1], [-1, -1], [1, 1], [0, nan], [nan, nan]]
    np.testing.assert_array_equal(wt.Direction().compute(bars, 2), expected)


def test_a_close_that_is_missing_has_no_side_and_one_below_zero_has():
    bars = bars_of([(0, 0, close) for close in [10, -37, nan, -40, -39]])

    np.testing.assert_array_equal(wt.Direction().compute(bars, 1)[:, 0], [-1, nan, nan, 1, nan])
    np.testing.assert_array_equal(wt.Direction().realised(bars), [nan, -1, nan, nan, 1])


def test_persistence_takes_no_side():
    windows = windows_of(wt.Direction(), {"A": lively(9)}, {"A": [3, 8]}, horizon=3)

    assert wt.Direction().persistence(windows).tolist() == [[0.0] * 3] * 2


def test_sides_of_single_bars_do_not_add_up_to_that_of_several():
    assert wt.Direction().from_steps(np.ones((2, 1)), np.ones(2)).tolist() == [[1.0], [1.0]]
    with pytest.raises(DataError, match=r"'direction' does not say how .* `horizon` of 2; ask for `horizon = 1`"):
        wt.Direction().from_steps(np.ones((2, 2)), np.ones(2))


@pytest.mark.parametrize("share", [0.70, 0.80])
def test_a_forecast_of_one_side_throughout_beats_persistence_only_if_right_three_times_in_four(share):
    actual = np.where(np.arange(1000) < 1000 * share, 1.0, -1.0)

    errors_of_persistence, errors_of_the_side = np.mean(actual**2), np.mean((1.0 - actual) ** 2)

    assert (errors_of_the_side < errors_of_persistence) == (share > 0.75)  # as the notes of the class say


# Both


@by_name
def test_they_say_nothing_of_price_and_bring_a_feature_that_suits_them(target):
    assert target.to_price(np.zeros((2, 1)), np.ones(2)) is None
    assert not target.in_price_units
    assert target.default_features == {"log_range": ("log_range",), "direction": ("log_return",)}[target.name]


@by_name
def test_what_was_realised_at_a_bar_depends_on_no_later_bar(target):
    bars = lively()
    whole = target.realised(bars)

    for n_bars in range(1, len(bars)):
        np.testing.assert_array_equal(target.realised(bars.iloc[:n_bars]), whole[:n_bars])


@by_name
@given(horizon=st.integers(1, 6), n_bars=st.integers(1, 9))
def test_the_first_step_is_what_the_next_bar_realises_and_beyond_the_last_bar_all_is_undefined(target, horizon, n_bars):
    bars = lively(n_bars)

    y = target.compute(bars, horizon)

    assert y.shape == (n_bars, horizon)
    np.testing.assert_array_equal(y[:-1, 0], target.realised(bars)[1:])
    for k in range(1, horizon + 1):
        assert np.isnan(y[max(n_bars - k, 0) :, k - 1]).all()
        assert np.isfinite(y[: max(n_bars - k, 0), k - 1]).all()
