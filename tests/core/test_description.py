"""`Panel.describe`: numbers against independent formulas, and nothing undefined that looks like a number."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench import DataError, Panel
from workbench.data.describe import describe_panel
from workbench.data.description.returns import histogram

RNG = np.random.default_rng(11)


DAY = pd.Timedelta(days=1)


def bars_of(close, index=None, interval=DAY):
    close = np.asarray(close, dtype=np.float64)
    index = pd.bdate_range("2020-01-01", periods=len(close)) if index is None else index
    prices = dict.fromkeys(("open", "high", "low", "close"), close)
    frame = pd.DataFrame({**prices, "volume": 1.0}, index=pd.DatetimeIndex(index, name="time"))
    return frame.assign(known_at=frame.index + interval)


def described(close, index=None, interval="1d", **options):
    length = {"1d": "1D", "1h": "1h", "1m": "1min", "1mo": "31D", "1wk": "7D"}[interval]
    panel = Panel({"AAA": bars_of(close, index, pd.Timedelta(length))}, interval)
    return describe_panel(panel, **options)["AAA"]


@pytest.fixture(scope="module")
def walk():
    return 100 * np.exp(np.cumsum(RNG.standard_t(4, 700) * 0.01))


@pytest.fixture(scope="module")
def of_walk(walk):
    return described(walk)


# Numbers


def test_moments_are_those_of_scipy(walk, of_walk):
    returns = np.diff(np.log(walk))

    found = of_walk.returns

    assert found.kind == "log_return" and found.n == 699
    expected = [returns.mean(), returns.std(ddof=1), stats.skew(returns), stats.kurtosis(returns)]
    np.testing.assert_allclose([found.mean, found.std, found.skewness, found.excess_kurtosis], expected, rtol=1e-9)
    assert found.annual_volatility == pytest.approx(returns.std(ddof=1) * math.sqrt(252), rel=1e-12)
    assert found.periods_per_year == 252
    simple = walk[1:] / walk[:-1] - 1
    np.testing.assert_allclose([found.simple_mean, found.simple_std], [simple.mean(), simple.std(ddof=1)], rtol=1e-9)
    for name, value in found.quantiles.items():
        assert value == pytest.approx(np.quantile(returns, float(name)), rel=1e-12)


def test_the_largest_moves_come_largest_first_with_their_dates():
    found = described([100.0, 101.0, 90.0, 90.0, 99.0])

    moves = [(move.at, move.before, move.after) for move in found.returns.largest]
    assert moves[:2] == [("2020-01-03", 101.0, 90.0), ("2020-01-07", 90.0, 99.0)]
    assert found.returns.largest[0].value == pytest.approx(math.log(90 / 101))
    assert found.returns.largest[0].simple_return == pytest.approx(90 / 101 - 1)
    assert len(moves) == 3  # what did not move is no move
    assert found.returns.zero_share == 0.25


def test_prices_and_the_deepest_fall_by_hand():
    found = described([100.0, 120.0, 60.0, 150.0, 90.0])

    assert (found.prices.first, found.prices.last) == (100.0, 90.0)
    assert (found.prices.min, found.prices.min_at) == (60.0, "2020-01-03")
    assert (found.prices.max, found.prices.max_at) == (150.0, "2020-01-06")
    assert (found.drawdown.fall, found.drawdown.peak_at, found.drawdown.trough_at) == (-0.5, "2020-01-02", "2020-01-03")


def test_autocorrelations_by_a_slow_loop_and_ljung_box_by_its_formula(walk, of_walk):
    def slow(x, lag):
        mean = sum(x) / len(x)
        above = sum((x[t] - mean) * (x[t - lag] - mean) for t in range(lag, len(x)))
        return above / sum((value - mean) ** 2 for value in x)

    returns = np.diff(np.log(walk)).tolist()

    found = of_walk.autocorrelation

    expected = [slow(returns, lag) for lag in range(1, 11)]
    np.testing.assert_allclose(found.returns, expected, rtol=1e-9)
    np.testing.assert_allclose(found.absolute, [slow(np.abs(returns), lag) for lag in range(1, 11)], rtol=1e-9)
    n = len(returns)
    statistic = n * (n + 2) * sum(r**2 / (n - lag) for lag, r in enumerate(expected, start=1))
    assert found.returns_test.statistic == pytest.approx(statistic, rel=1e-9)
    assert found.returns_test.p_value == pytest.approx(stats.chi2.sf(statistic, 10), rel=1e-9)
    assert found.band == pytest.approx(stats.norm.ppf(0.975) / math.sqrt(n))


def test_rolling_volatility_is_the_deviation_of_twenty_returns(walk, of_walk):
    returns = np.diff(np.log(walk))
    slow = [returns[i - 20 : i].std(ddof=1) * math.sqrt(252) for i in range(20, len(returns) + 1)]

    found = of_walk.rolling_volatility

    expected = [min(slow), np.median(slow), max(slow), slow[-1]]
    np.testing.assert_allclose([found.min, found.median, found.max, found.last], expected, rtol=1e-7)
    assert found.max_at == str(pd.bdate_range("2020-01-01", periods=700)[20 + int(np.argmax(slow))].date())


def test_the_shift_is_measured_on_either_side_of_the_border(walk, of_walk):
    returns = np.diff(np.log(walk))
    before, after = returns[:559], returns[559:]

    found = of_walk.shift

    assert (found.n_train, found.n_test) == (560, 140)
    assert found.test_from == str(pd.bdate_range("2020-01-01", periods=700)[560].date())
    np.testing.assert_allclose([found.train_mean, found.test_mean], [before.mean(), after.mean()], rtol=1e-9)
    assert found.volatility_ratio == pytest.approx(after.std(ddof=1) / before.std(ddof=1), rel=1e-9)
    low, high = walk[:560].min(), walk[:560].max()
    assert found.share_outside == np.mean([not low <= price <= high for price in walk[560:]])
    statistic = stats.ks_2samp(before, after).statistic
    assert found.ks_statistic == pytest.approx(statistic, abs=1e-12)
    size = math.sqrt(559 * 140 / (559 + 140))
    assert found.ks_p_value == pytest.approx(stats.kstwobign.sf(size * statistic), abs=1e-9)


@pytest.mark.parametrize("n", [5, 10, 101, 202, 1009])
def test_persistence_is_scored_on_the_last_fifth(n):
    close = 50 + np.cumsum(np.random.default_rng(n).normal(0, 0.3, n))
    first = int(0.8 * n)
    errors = [close[t] - close[t - 1] for t in range(first, n)]

    found = described(close).persistence

    assert found.n_test == n - first
    assert found.rmse == pytest.approx(math.sqrt(sum(e**2 for e in errors) / len(errors)), rel=1e-12)
    assert found.mae == pytest.approx(sum(map(abs, errors)) / len(errors), rel=1e-12)
    logs = [math.log(close[t] / close[t - 1]) for t in range(first, n)]
    assert found.log_rmse == pytest.approx(math.sqrt(sum(e**2 for e in logs) / len(logs)), rel=1e-12)


def test_bars_without_a_close_are_counted_and_left_out():
    close = np.array([1.0, np.nan, 2.0, 4.0, np.nan, 8.0])

    found = described(close)

    assert (found.bars, found.n_prices) == (6, 4)
    np.testing.assert_allclose(found.lines.returns, math.log(2))
    assert found.gaps.n_missing == 2


@given(
    st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=300),
)
@settings(max_examples=60, deadline=None)
def test_a_histogram_counts_everything_once_where_it_belongs(values):
    values = np.array(values)

    found = histogram(values)

    assert sum(found.counts) + found.below + found.above == len(values)
    assert found.below == np.sum(values < found.edges[0]) and found.above == np.sum(values >= found.edges[-1])
    for low, high, count in zip(found.edges[:-1], found.edges[1:], found.counts, strict=True):
        assert count == np.sum((values >= low) & (values < high))
    assert found.below + found.above <= 0.01 * len(values) + 2
    assert len(found.counts) <= 22


# Gaps


def test_weekdays_without_a_bar_are_gaps_and_a_calendar_knows_holidays():
    index = pd.bdate_range("2023-12-20", "2024-01-10").drop(["2023-12-25", "2024-01-01", "2024-01-04", "2024-01-05"])
    close = np.linspace(100, 110, len(index))

    plain = described(close, index).gaps
    known = described(close, index, calendar="XNYS").gaps

    assert (plain.n, plain.n_missing) == (3, 4)
    assert (known.n, known.n_missing) == (1, 2)
    assert (known.longest[0].after, known.longest[0].before) == ("2024-01-03", "2024-01-08")
    assert known.longest[0].seconds == 5 * 86_400
    assert plain.largest_step == 5.0 and plain.largest_step_after == "2024-01-03"
    assert "XNYS" in known.rule


def test_where_saturdays_are_traded_every_day_counts():
    index = pd.date_range("2024-01-01", periods=60).drop("2024-02-10")

    found = described(np.arange(59.0) + 1, index)

    assert (found.gaps.n, found.gaps.n_missing) == (1, 1)
    assert found.returns.periods_per_year == 365


def test_intraday_gaps_are_bars_missing_within_a_day_and_whole_days():
    hours = [pd.date_range(f"2024-01-0{day} 14:00", periods=7, freq="1h") for day in (1, 2, 4, 5, 8)]
    index = hours[0].append(hours[1:]).drop("2024-01-04 16:00")

    found = described(np.arange(len(index)) + 10.0, index, "1h")

    assert (found.gaps.n, found.gaps.n_missing) == (2, 2)  # one hour, and Wednesday the third
    assert {gap.after for gap in found.gaps.longest} == {"2024-01-02T20:00:00", "2024-01-04T15:00:00"}
    assert found.returns.periods_per_year == 252 * 7


@pytest.mark.parametrize(
    ("interval", "index"),
    [
        ("1mo", pd.date_range("2020-01-01", periods=30, freq="MS").delete([5, 6])),
        ("1wk", pd.date_range("2020-01-06", periods=30, freq="7D").delete([5, 6])),
    ],
)
def test_months_and_weeks_without_a_bar_are_gaps(interval, index):
    found = described(np.arange(28) + 10.0, index, interval)

    assert (found.gaps.n, found.gaps.n_missing) == (1, 2)


# What is undefined


CASES = {
    "constant": [5.0] * 50,
    "a steady trend": np.exp(0.01 * np.arange(120)),
    "three bars": [1.0, 2.0, 3.0],
    "two bars": [1.0, 2.0],
    "one bar": [1.0],
    "no close": [np.nan] * 4,
    "no bars": [],
    "zeros": [0.0] * 40,
    "negative": np.cumsum(np.random.default_rng(2).normal(0, 1, 150)),
    "missing": [1.0, np.nan, 1.1, np.inf, 1.2, 1.3] * 10,
    "tiny": 1e-9 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, 100))),
    "huge": 1e14 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, 100))),
}


@pytest.mark.parametrize("name", CASES)
def test_whatever_is_undefined_is_null_with_a_reason(name):
    found = described(CASES[name])

    document = found.to_dict()

    json.dumps(document, allow_nan=False)
    for path in nulls(document):
        last = path.rpartition(".")[2]
        if path not in ("first", "last") and last != "simple_return":
            assert found.reasons.get(path), path
    assert all(value_at(document, path) is None for path in found.reasons)


def nulls(document, before=""):
    if isinstance(document, dict):
        for name, value in document.items():
            if name != "reasons":
                yield from nulls(value, f"{before}.{name}" if before else name)
    elif isinstance(document, list):
        for item in document:
            yield from nulls(item, before)
    elif document is None:
        yield before


def value_at(document, path):
    for name in path.split("."):
        document = document[name]
    return document


def test_negative_prices_are_described_by_differences():
    close = np.array(CASES["negative"])

    found = described(close)

    assert found.returns.kind == "difference"
    assert found.returns.std == pytest.approx(np.diff(close).std(ddof=1))
    assert found.persistence.log_rmse is None and found.persistence.rmse > 0
    assert found.drawdown is None and "zero or negative" in found.reasons["drawdown"]


def test_returns_that_differ_by_rounding_alone_have_no_shape():
    found = described(CASES["a steady trend"])

    assert found.returns.skewness is None and found.returns.excess_kurtosis is None
    assert found.autocorrelation.returns is None and found.autocorrelation.returns_test is None
    assert found.reasons["returns.skewness"] == "the returns do not vary"


# The panel and its description


def test_all_symbols_are_tested_from_one_moment_on():
    early, late = (
        bars_of(np.arange(100) + 10.0),
        bars_of(np.arange(12) + 10.0, pd.bdate_range("2020-05-04", periods=12)),
    )

    found = Panel({"EARLY": early, "LATE": late}).describe()

    assert [item.symbol for item in found] == ["EARLY", "LATE"]
    assert found["LATE"].shift is None and found["LATE"].persistence is None
    assert "no close lies before the test" in found["LATE"].reasons["persistence"]
    assert found["EARLY"].persistence.n_test == 20


def test_describing_leaves_the_panel_alone(toy_panel):
    panel = toy_panel(80, ("AAA", "BBB"))
    before = panel.to_frame()

    panel.describe()

    pd.testing.assert_frame_equal(panel.to_frame(), before)


def test_a_description_is_short_in_a_prompt_and_found_by_symbol(toy_panel):
    found = toy_panel(80, ("AAA", "BBB", "CCC", "DDD")).describe()

    assert repr(found) == "<Description of AAA, BBB, CCC, ...: 320 bars of 1d>"
    assert len(found) == 4 and found["BBB"].symbol == "BBB"
    with pytest.raises(DataError, match=r"no symbol 'BB'\. Did you mean 'BBB'\?"):
        found["BB"]


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, 2.0])
def test_a_share_that_leaves_nothing_on_a_side_is_refused(toy_panel, share):
    with pytest.raises(DataError, match=r"`test_fraction` is .*; expected a number between 0 and 1"):
        toy_panel(30).describe(test_fraction=share)


def test_an_unknown_calendar_is_refused(toy_panel):
    with pytest.raises(DataError, match=r"no calendar 'XNYSE'\. Did you mean 'XNYS'\?"):
        toy_panel(30).describe(calendar="XNYSE")


def test_a_million_bars_and_fifty_symbols_are_described_at_once():
    rng = np.random.default_rng(0)
    minutes = pd.date_range("2020-01-01", periods=1_000_000, freq="1min")
    long = Panel({"LONG": bars_of(np.exp(np.cumsum(rng.normal(0, 1e-4, len(minutes)))), minutes)}, "1m")
    wide = Panel({f"S{i:02}": bars_of(np.exp(np.cumsum(rng.normal(0, 0.01, 1250)))) for i in range(50)})

    started = time.process_time()
    wide.describe()
    in_between = time.process_time()
    long.describe()

    assert in_between - started < 2
    assert time.process_time() - in_between < 3
