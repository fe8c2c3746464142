"""Choosing among symbols, by what is known at each origin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import ExperimentError, Panel
from workbench_strategies import TopBottom

NAMES = "ABCDEFGH"
DAYS = pd.date_range("2024-01-01", periods=12)


def panel_of(symbols, closing_hours=None, skipped=None):
    """Daily bars; of each symbol the hour of its close, and days on which it has no bar."""
    frames = {}
    for symbol in symbols:
        days = DAYS.delete([*(skipped or {}).get(symbol, [])])
        hour = (closing_hours or {}).get(symbol, 22)
        prices = dict.fromkeys(["open", "high", "low", "close"], 10.0)
        bars = {**prices, "volume": 1.0, "known_at": days + pd.Timedelta(hours=hour)}
        frames[symbol] = pd.DataFrame(bars, index=days)
    return Panel(frames)


def forecasts_of(rows):
    """Forecasts of rows of day, symbol and expected return."""
    days, symbols, expected = zip(*rows, strict=True)
    return pd.DataFrame({"origin": DAYS[list(days)], "symbol": symbols, "expected_return": expected})


def one_day(expected, day=1):
    return forecasts_of([(day, symbol, value) for symbol, value in zip(NAMES, expected, strict=False)])


def sides(strategy, forecasts, panel):
    return strategy.signals(forecasts, panel).astype(int).tolist()


@pytest.mark.parametrize(
    ("strategy", "expected", "wanted"),
    [
        (TopBottom(n=1), [0.3, 0.1, 0.2, -0.1], [1, 0, 0, -1]),
        (TopBottom(n=2), [0.3, 0.1, 0.2, -0.1], [1, -1, 1, -1]),
        (TopBottom(n=1, long_only=True), [0.3, 0.1, 0.2, -0.1], [1, 0, 0, 0]),
        (TopBottom(n=1), [-0.3, -0.1, -0.2, -0.4], [0, 1, 0, -1]),  # the best of bad ones
        (TopBottom(n=3), [0.3, 0.1, 0.2, -0.1], [0, 0, 0, 0]),  # fewer than six
        (TopBottom(n=3, long_only=True), [0.3, 0.1, 0.2, -0.1], [1, 1, 1, 0]),
        (TopBottom(n=4, long_only=True), [0.3, 0.1, 0.2, -0.1], [0, 0, 0, 0]),  # nothing to choose from
        (TopBottom(n=1), [0.3, 0.3, 0.2, -0.1], [0, 0, 0, -1]),  # a tie for the first place
        (TopBottom(n=2), [0.3, 0.3, 0.2, 0.1, 0.0], [1, 1, 0, -1, -1]),  # a tie that does not matter
        (TopBottom(n=2), [0.3, 0.2, 0.2, 0.1], [1, 0, 0, -1]),
        (TopBottom(n=1), [0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0]),  # persistence
        (TopBottom(n=1), [np.nan, 0.1, 0.2, np.nan], [0, -1, 1, 0]),
        (TopBottom(n=1), [np.nan, 0.1, np.nan, np.nan], [0, 0, 0, 0]),
    ],
)
def test_the_first_are_held_and_the_last_sold_short(strategy, expected, wanted):
    assert sides(strategy, one_day(expected), panel_of(NAMES)) == wanted


def test_every_origin_is_ranked_by_itself_whatever_the_order_of_rows():
    forecasts = forecasts_of([(1, "A", 0.1), (2, "A", 0.2), (1, "B", 0.2), (2, "B", 0.1)]).iloc[[2, 1, 3, 0]]

    answer = TopBottom(n=1).signals(forecasts, panel_of("AB"))

    assert list(answer.index) == list(zip(forecasts["origin"], forecasts["symbol"], strict=True))
    assert answer.tolist() == [1, 1, -1, -1]


def test_what_closes_later_that_day_is_not_known_yet_and_yesterday_s_forecast_of_it_is():
    panel = panel_of("AB", {"A": 8, "B": 22})
    forecasts = forecasts_of([(1, "A", 0.1), (1, "B", 0.2), (2, "A", 0.3), (2, "B", 0.4)])

    answer = TopBottom(n=1).signals(forecasts, panel)

    # A on day 1 knows no forecast of B; B knows A's of that morning. A on day 2 knows 0.2 of B, not 0.4.
    assert answer.tolist() == [0, 1, 1, 1]


def test_a_forecast_that_is_older_than_the_bar_before_does_not_count():
    panel = panel_of("ABC", skipped={"C": range(3, 12)})
    forecasts = forecasts_of([(day, s, v) for day in (2, 3) for s, v in (("A", 0.1), ("B", 0.2), ("C", 0.3))][:-1])

    assert TopBottom(n=1).signals(forecasts, panel).tolist() == [-1, 0, 1, -1, 1]


def test_the_first_bar_of_a_series_may_be_an_origin():
    assert sides(TopBottom(n=1), one_day([0.1, 0.2], day=0), panel_of("AB")) == [-1, 1]


def test_no_forecasts_give_no_signals():
    nothing = one_day([0.1, 0.2]).iloc[:0]

    assert TopBottom().signals(nothing, panel_of("AB")).empty


def test_parameters_are_checked():
    with pytest.raises(ExperimentError, match="`n`"):
        TopBottom(n=0)


@given(
    st.lists(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3, np.nan]), min_size=8, max_size=8), min_size=1, max_size=5),
    st.integers(1, 5),
    st.booleans(),
)
def test_ranks_agree_with_sorting_each_day(table, n, long_only):
    rows = [(day, symbol, row[i]) for day, row in enumerate(table) for i, symbol in enumerate(NAMES)]
    forecasts = forecasts_of(rows)

    answer = TopBottom(n=n, long_only=long_only).signals(forecasts, panel_of(NAMES)).to_numpy().reshape(-1, 8)

    for row, got in zip(table, answer, strict=True):
        ranked = sorted(value for value in row if not np.isnan(value))
        enough = len(ranked) > n if long_only else len(ranked) >= 2 * n
        top, bottom = ranked[::-1][:n], ranked[:n]
        for value, side in zip(row, got, strict=True):
            is_long = enough and value in top and ranked.count(value) == top.count(value)
            is_short = enough and not long_only and value in bottom and ranked.count(value) == bottom.count(value)
            assert side == int(is_long) - int(is_short)


@given(st.data())
def test_a_signal_depends_on_nothing_that_becomes_known_later(data):
    hours = {s: data.draw(st.sampled_from([6, 14, 22])) for s in "ABC"}
    panel = panel_of("ABC", hours)
    rows = [(day, s, data.draw(st.floats(-1, 1))) for day in range(8) for s in "ABC"]
    forecasts = forecasts_of(rows)
    moment = DAYS[data.draw(st.integers(0, 7))] + pd.Timedelta(hours=data.draw(st.sampled_from([6, 14, 22])))
    known = (forecasts["origin"] + forecasts["symbol"].map(hours).map(lambda h: pd.Timedelta(hours=h))) <= moment

    whole = TopBottom(n=1).signals(forecasts, panel)[known.to_numpy()]

    if known.any():
        alone = TopBottom(n=1).signals(forecasts[known], panel.until(np.datetime64(moment)))
        pd.testing.assert_series_equal(whole, alone)
