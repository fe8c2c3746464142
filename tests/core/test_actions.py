"""Splits and dividends, in the layouts of those who publish them; numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError, Panel
from workbench.contracts.intervals import Interval
from workbench.data.bars import apply_adjust, apply_missing, cut, tidy_bars
from workbench.evaluation.samples import compute_feature
from workbench_features import RSI, LogReturn, SimpleReturn

DAY = Interval.parse("1d")


def tidy(close, **columns) -> pd.DataFrame:
    close = np.array(close, dtype=float)
    dates = pd.bdate_range("2020-01-01", periods=len(close), name="date")
    prices = {"open": close, "high": close, "low": close, "close": close, "volume": np.full(len(close), 100.0)}
    return tidy_bars(pd.DataFrame({**prices, **columns}, index=dates), "X", DAY)[0]


def closes(bars, policy) -> list[float]:
    return apply_adjust(bars, policy)["close"].tolist()


# Layouts

SPLIT = {
    "our own": {"split_factor": [1.0, 1.0, 4.0, 1.0]},
    "Tiingo": {"splitFactor": [1.0, 1.0, 4.0, 1.0]},
    "Alpha Vantage": {"split coefficient": ["1.0", "1.0", "4.0", "1.0"]},
    "blank for none": {"split_factor": [None, None, 4.0, None]},
}


@pytest.mark.parametrize("columns", SPLIT.values(), ids=SPLIT)
def test_raw_prices_are_divided_by_later_splits_and_volumes_multiplied(columns):
    bars = tidy([400.0, 404.0, 101.0, 102.0], **columns)

    adjusted = apply_adjust(bars, "splits")

    assert adjusted["close"].tolist() == [100.0, 101.0, 101.0, 102.0]
    assert adjusted["volume"].tolist() == [400.0, 400.0, 100.0, 100.0]


def test_prices_of_yahoo_hold_their_splits_already_and_nothing_is_divided_twice():
    bars = tidy([100.0, 101.0, 101.0, 102.0], **{"Stock Splits": [0.0, 0.0, 4.0, 0.0]})

    adjusted = apply_adjust(bars, "splits")

    assert adjusted["close"].tolist() == [100.0, 101.0, 101.0, 102.0]
    assert adjusted["volume"].tolist() == [100.0] * 4


def test_a_reverse_split_makes_old_prices_larger():
    bars = tidy([2.0, 2.0, 20.0], split_factor=[1.0, 1.0, 0.1])

    adjusted = apply_adjust(bars, "splits")

    np.testing.assert_allclose(adjusted["close"], [20.0, 20.0, 20.0])
    np.testing.assert_allclose(adjusted["volume"], [10.0, 10.0, 100.0])


DIVIDEND = {
    "our own": {"dividend": [0.0, 0.0, 10.0, 0.0]},
    "Tiingo": {"divCash": [0.0, 0.0, 10.0, 0.0]},
    "Alpha Vantage": {"dividend amount": [0.0, 0.0, 10.0, 0.0]},
    "Yahoo": {"Dividends": [0.0, 0.0, 10.0, 0.0], "Stock Splits": [0.0] * 4},
}


@pytest.mark.parametrize("columns", DIVIDEND.values(), ids=DIVIDEND)
def test_a_dividend_takes_its_share_of_the_close_before_off_all_earlier_prices(columns):
    bars = tidy([80.0, 100.0, 90.0, 99.0], **columns)  # 1 - 10 / 100 = 0.9

    adjusted = apply_adjust(bars, "all")

    np.testing.assert_allclose(adjusted["close"], [72.0, 90.0, 90.0, 99.0])
    assert adjusted["volume"].tolist() == [100.0] * 4


def test_a_dividend_on_the_day_of_a_split_is_paid_on_the_new_shares():
    bars = tidy([400.0, 90.0, 99.0], split_factor=[1.0, 4.0, 1.0], dividend=[0.0, 10.0, 0.0])

    # The close before is 100 in the new basis, and 1 - 10 / 100 = 0.9.
    np.testing.assert_allclose(closes(bars, "all"), [90.0, 90.0, 99.0])
    np.testing.assert_allclose(closes(bars, "splits"), [100.0, 90.0, 99.0])


def test_dividends_and_splits_multiply_up():
    bars = tidy(
        [100.0, 90.0, 100.0, 50.0, 45.0],
        split_factor=[1.0, 1.0, 1.0, 2.0, 1.0],
        dividend=[0.0, 10.0, 0.0, 0.0, 5.0],
    )

    np.testing.assert_allclose(closes(bars, "all"), [40.5, 40.5, 45.0, 45.0, 45.0])


def test_a_dividend_of_yahoo_is_in_the_basis_of_its_divided_prices():
    bars = tidy([100.0, 90.0, 90.0], **{"Dividends": [0.0, 10.0, 0.0], "Stock Splits": [0.0, 0.0, 4.0]})

    np.testing.assert_allclose(closes(bars, "all"), [90.0, 90.0, 90.0])


@pytest.mark.parametrize("column", ["Adj Close", "adjClose", "adjusted close"])
def test_an_adjusted_close_is_followed_where_there_is_one(column):
    bars = tidy([100.0, 90.0, 99.0], **{column: [45.0, 45.0, 49.5], "dividend": [0.0, 50.0, 0.0]})

    np.testing.assert_allclose(closes(bars, "all"), [90.0, 90.0, 99.0])  # scaled so that the newest stays


def test_actions_give_what_an_adjusted_close_made_by_the_same_rule_gives():
    rng = np.random.default_rng(4)
    n = 300
    truth = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    splits = np.where(np.isin(np.arange(n), [90, 200]), [2.0], 1.0)
    dividends = np.where(np.arange(n) % 63 == 62, 0.4, 0.0)
    raw, factor = np.empty(n), 1.0
    for t in range(n - 1, -1, -1):  # backwards, as the adjusted close of a vendor is made
        raw[t] = truth[t] / factor
        if t:
            before_in_new_shares = truth[t - 1] / factor + dividends[t]
            factor *= (1 - dividends[t] / before_in_new_shares) / splits[t]
    by_actions = apply_adjust(tidy(raw, split_factor=splits, dividend=dividends), "all")
    by_close = apply_adjust(tidy(raw, split_factor=splits, adj_close=truth), "all")

    np.testing.assert_allclose(by_actions["close"], truth, rtol=1e-12)
    np.testing.assert_allclose(by_close["close"], truth, rtol=1e-12)
    np.testing.assert_array_equal(by_actions["volume"], by_close["volume"])


# Days on which something is missing


@pytest.mark.parametrize("missing", ["drop", "ffill"])
@pytest.mark.parametrize("policy", ["splits", "all"])
def test_a_split_on_a_day_without_a_price_is_not_lost(missing, policy):
    bars = tidy([400.0, 404.0, np.nan, 102.0], split_factor=[1.0, 1.0, 4.0, 1.0], dividend=[0.0] * 4)

    kept, n_missing = apply_missing(apply_adjust(bars, policy), missing, "X")

    expected = [100.0, 101.0, 102.0] if missing == "drop" else [100.0, 101.0, 101.0, 102.0]
    assert n_missing == 1
    assert kept["close"].tolist() == expected


def test_a_dividend_on_a_day_without_a_price_is_measured_by_the_last_close_there_was():
    bars = tidy([100.0, np.nan, 90.0], dividend=[0.0, 10.0, 0.0])

    kept, _ = apply_missing(apply_adjust(bars, "all"), "drop", "X")

    np.testing.assert_allclose(kept["close"], [90.0, 90.0])


def test_an_adjusted_close_may_be_missing_where_the_close_is():
    bars = tidy([400.0, np.nan, 100.0], adj_close=[100.0, np.nan, 100.0])

    kept, _ = apply_missing(apply_adjust(bars, "all"), "ffill", "X")

    assert kept["close"].tolist() == [100.0, 100.0, 100.0]


def test_what_happened_before_the_first_price_changes_nothing():
    bars = tidy([np.nan, 90.0, 99.0], dividend=[0.0, 10.0, 0.0], split_factor=[2.0, 1.0, 1.0])

    assert closes(bars, "all")[1:] == [90.0, 99.0]


# Nonsense


@pytest.mark.parametrize(
    ("policy", "columns", "message"),
    [
        (
            "all",
            {"dividend": [0.0, 100.0, 0.0]},
            r"the dividend of 100 on 2020-01-02 .* is no part of the close before",
        ),
        ("all", {"dividend": [0.0, -1.0, 0.0]}, r"holds -1 on 2020-01-02 .*; a dividend is cash per share"),
        ("splits", {"split_factor": [1.0, 0.0, 1.0]}, r"holds 0 on 2020-01-02 .*; a split factor is positive"),
        ("splits", {"split_factor": [1.0, "4:1", 1.0]}, r"'split_factor' holds '4:1' on 2020-01-02"),
        ("splits", {"split_factor": [1.0, 4.0, 1.0]}, r"split of 4 on 2020-01-02 .* from 100 to 100.*`stock_splits`"),
        ("all", {"split_factor": [1.0, 1.0, 1.0]}, r"needs a column `adj_close` .*, or `dividend`"),
        ("splits", {"adj_close": [1.0, 1.0, 1.0]}, r"needs a column `split_factor`.*Yahoo"),
        ("all", {"adj_close": [1.0, 0.0, 1.0]}, r"`adj_close` or `close` is missing or nought on 2020-01-02"),
        ("all", {"adj_close": [1.0, -1.0, 1.0]}, r"`adj_close` or `close` is negative on 2020-01-02"),
        ("all", {"adj_close": [1.0, None, 1.0]}, r"`adj_close` or `close` is missing or nought on 2020-01-02"),
    ],
)
def test_actions_that_make_no_sense_are_refused_with_their_day(policy, columns, message):
    with pytest.raises(DataError, match=message):
        apply_adjust(tidy([100.0, 100.0, 100.0], **columns), policy)


def test_a_file_that_says_yahoo_but_holds_raw_prices_is_refused():
    bars = tidy([400.0, 404.0, 101.0], **{"Stock Splits": [0.0, 0.0, 4.0]})

    with pytest.raises(DataError, match=r"split of 4 on 2020-01-03 .* from 404 to 101.*`split_factor`"):
        apply_adjust(bars, "splits")


def test_a_dividend_on_a_price_that_is_not_positive_is_refused():
    with pytest.raises(DataError, match="is no part of the close before, -5"):
        apply_adjust(tidy([-5.0, 90.0], dividend=[0.0, 1.0]), "all")


# Time

rows = st.integers(5, 25)


@given(st.data())
def test_only_actions_up_to_the_last_bar_given_count(data):
    n = data.draw(rows)
    splits = data.draw(st.lists(st.sampled_from([1.0, 1.0, 1.0, 2.0, 0.5]), min_size=n, max_size=n))
    dividends = data.draw(st.lists(st.sampled_from([0.0, 0.0, 1.0]), min_size=n, max_size=n))
    n_kept = data.draw(st.integers(2, n))
    bars = tidy(1e9 / np.cumprod([1.0, *splits[1:]]), split_factor=splits, dividend=dividends)
    changed = bars.copy()
    changed.iloc[n_kept:, changed.columns.get_loc("dividend")] = 0.5

    one, other = (apply_adjust(each.iloc[:n_kept], "all") for each in (bars, changed))

    assert one["close"].equals(other["close"])
    assert one["close"].iloc[-1] == bars["close"].iloc[n_kept - 1]  # the newest bar stays as it was


@pytest.mark.parametrize("policy", ["splits", "all"])
@pytest.mark.parametrize("layout", ["actions", "adjusted"])
def test_features_without_a_scale_are_the_same_whether_bars_are_cut_before_or_after_adjusting(policy, layout):
    rng = np.random.default_rng(7)
    n = 120
    splits = np.where(np.isin(np.arange(n), [40, 80]), 4.0, 1.0)
    dividends = np.where(np.arange(n) % 25 == 24, 0.3, 0.0)
    raw = 400 * np.exp(np.cumsum(rng.normal(0, 0.01, n))) / np.cumprod(splits)
    bars = tidy(raw, split_factor=splits, dividend=dividends)
    if layout == "adjusted":
        bars = bars.drop(columns="dividend").assign(adj_close=apply_adjust(bars, "all")["close"])
    last = str(bars.index[70].date())

    cut_last = cut(apply_adjust(bars, policy), None, last, None)
    cut_first = apply_adjust(cut(bars, None, last, None), policy)

    assert not np.allclose(cut_first["close"], cut_last["close"])  # levels do change, or this would test nothing
    for feature in (LogReturn(), SimpleReturn(periods=5), RSI()):
        one, other = (compute_feature("x", feature, Panel({"X": b}))["X"]["x"] for b in (cut_first, cut_last))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("policy", ["splits", "all"])
def test_the_day_of_a_split_has_the_return_that_holders_had(policy):
    bars = tidy([400.0, 404.0, 102.01, 103.0], split_factor=[1.0, 1.0, 4.0, 1.0], dividend=[0.0] * 4)

    adjusted = apply_adjust(bars, policy)["close"]

    assert adjusted.iloc[2] / adjusted.iloc[1] - 1 == pytest.approx(0.01)
