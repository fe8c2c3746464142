from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import workbench_features as wf
from workbench import DataError, ExperimentError

CORE = [
    wf.ADX,
    wf.ATR,
    wf.EMA,
    wf.MACD,
    wf.RSI,
    wf.SMA,
    wf.Bollinger,
    wf.Column,
    wf.LogReturn,
    wf.SimpleReturn,
]
OFFERED = [cls for cls in wf.ta.INDICATORS if cls is not wf.ta.trend.KST]


def make(cls):
    return cls(window=12) if cls is wf.ta.trend.SMA else cls()


def flat_bars(n_bars: int, price: float = 7.0) -> pd.DataFrame:
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    return pd.DataFrame({**columns, "volume": 100.0}, index=pd.bdate_range("2020-01-01", periods=n_bars))


def closes(values) -> pd.DataFrame:
    return pd.DataFrame({"close": values}, index=pd.bdate_range("2020-01-01", periods=len(values)))


@pytest.mark.parametrize("cls", CORE, ids=lambda cls: cls.name)
def test_rows_are_undefined_until_the_declared_warmup_and_complete_from_there(cls, bars):
    feature = cls()

    complete = pd.DataFrame(feature.compute(bars)).notna().all(axis=1)

    assert not complete[: feature.warmup].any()
    assert complete[feature.warmup :].all()


@pytest.mark.parametrize("cls", OFFERED, ids=lambda cls: cls.name)
def test_indicators_of_ta_are_wholly_undefined_before_their_warmup_and_complete_at_it(cls, bars):
    feature = make(cls)

    answer = pd.DataFrame(feature.compute(bars))

    assert answer[: feature.warmup].isna().all(axis=None)
    assert answer.iloc[feature.warmup].notna().all()


@pytest.mark.parametrize("cls", [*CORE, *OFFERED], ids=lambda cls: cls.name)
def test_a_series_shorter_than_the_warmup_is_undefined_throughout(cls, bars):
    feature = make(cls)
    short = bars[: feature.warmup]

    answer = pd.DataFrame(feature.compute(short))

    assert len(answer) == len(short)
    assert not answer.notna().all(axis=1).any()


@pytest.mark.parametrize("cls", [*CORE, *OFFERED], ids=lambda cls: cls.name)
def test_bars_are_left_as_they_were_and_the_answer_stands_on_their_index(cls, bars):
    before = bars.copy(deep=True)

    answer = make(cls).compute(bars)

    assert_frame_equal(bars, before)
    assert answer.index.equals(bars.index)


@pytest.mark.parametrize("cls", [*CORE, *OFFERED], ids=lambda cls: cls.name)
def test_a_price_that_stands_still_gives_no_infinity(cls):
    answer = pd.DataFrame(make(cls).compute(flat_bars(200)))

    assert not np.isinf(answer.to_numpy(dtype=float)).any()


def test_indicators_of_a_price_that_stands_still_are_neutral():
    bars = flat_bars(60)

    assert (wf.RSI().compute(bars)[14:] == 50.0).all()
    assert (wf.ATR().compute(bars)[14:] == 0.0).all()
    assert (wf.ADX().compute(bars)[27:] == 0.0).all(axis=None)
    assert (wf.MACD().compute(bars)[33:] == 0.0).all(axis=None)
    assert (wf.Bollinger().compute(bars)[19:] == 7.0).all(axis=None)
    assert (wf.LogReturn().compute(bars)[1:] == 0.0).all()


def test_only_gains_give_an_rsi_of_100_and_only_losses_of_0():
    rising = closes(np.arange(1.0, 41.0))

    assert (wf.RSI().compute(rising)[14:] == 100.0).all()
    assert (wf.RSI().compute(rising[::-1].set_axis(rising.index))[14:] == 0.0).all()


def test_a_straight_line_has_the_closed_form_averages():
    line = closes(np.arange(100.0))

    np.testing.assert_allclose(wf.SMA(window=9).compute(line)[8:], np.arange(8, 100) - 4.0)
    np.testing.assert_allclose(wf.EMA(window=9).compute(line)[8:], np.arange(8, 100) - 4.0)


@pytest.mark.parametrize(
    ("feature", "first_back"),
    [(wf.EMA(window=12), 12), (wf.RSI(), 15), (wf.SMA(window=20), 20), (wf.MACD(), 34), (wf.Bollinger(), 20)],
    ids=["ema", "rsi", "sma", "macd", "bollinger"],
)
def test_after_a_missing_close_the_warmup_begins_again(feature, first_back, bars):
    gap = bars.copy()
    gap.iloc[100, gap.columns.get_loc("close")] = np.nan

    answer = pd.DataFrame(feature.compute(gap))

    pd.testing.assert_frame_equal(answer[:100], pd.DataFrame(feature.compute(bars))[:100])
    complete = answer.notna().all(axis=1).to_numpy()
    assert not complete[100 : 100 + first_back].any()
    assert complete[100 + first_back :].all()


@pytest.mark.parametrize("cls", [wf.ATR, wf.ADX], ids=lambda cls: cls.name)
def test_after_a_missing_close_the_ranges_begin_again_as_on_a_fresh_series(cls, bars):
    gap = bars.copy()
    gap.iloc[100, gap.columns.get_loc("close")] = np.nan

    answer = pd.DataFrame(cls().compute(gap))

    pd.testing.assert_frame_equal(answer[101:], pd.DataFrame(cls().compute(bars[101:])))


@pytest.mark.parametrize("column", ["high", "low"])
@pytest.mark.parametrize("cls", [wf.ATR, wf.ADX], ids=lambda cls: cls.name)
def test_a_missing_high_or_low_is_not_taken_for_a_bar_without_movement(cls, column, bars):
    gap = bars.copy()
    gap.iloc[100, gap.columns.get_loc(column)] = np.nan

    complete = pd.DataFrame(cls().compute(gap)).notna().all(axis=1).to_numpy()

    assert complete[cls().warmup : 100].all()
    assert not complete[100 : 100 + cls().warmup].any()
    assert complete[102 + cls().warmup :].all()


@pytest.mark.parametrize("cls", CORE, ids=lambda cls: cls.name)
def test_single_precision_prices_give_the_same_figures(cls, bars):
    prices = bars.astype("float32")

    single = pd.DataFrame(cls().compute(prices))
    double = pd.DataFrame(cls().compute(prices.astype("float64")))

    pd.testing.assert_frame_equal(single.astype("float64"), double, rtol=1e-12)


@given(
    prices=st.lists(st.floats(0.01, 1e6), min_size=2, max_size=60),
    window=st.integers(1, 12),
)
def test_rsi_always_lies_between_0_and_100(prices, window):
    rsi = wf.RSI(window=window).compute(closes(prices)).dropna()

    assert len(rsi) == max(len(prices) - window, 0)
    assert rsi.between(-1e-9, 100 + 1e-9).all()


def test_log_return_of_a_negative_price_is_refused_with_its_date_and_the_way_out():
    oil = closes([20.0, -37.63, 10.0])

    with pytest.raises(DataError, match=r"2020-01-02.*-37\.63.*simple_return"):
        wf.LogReturn().compute(oil)


def test_simple_return_on_a_price_that_is_not_positive_is_undefined():
    oil = closes([20.0, -37.63, 10.0, 0.0, 5.0])

    answer = wf.SimpleReturn().compute(oil)

    np.testing.assert_allclose(answer, [np.nan, -37.63 / 20 - 1, np.nan, -1.0, np.nan])


def test_column_reads_any_numeric_column_and_copies_it(bars):
    answer = wf.Column(column="volume").compute(bars)

    assert answer.tolist() == bars["volume"].tolist()
    answer.iloc[0] = -1
    assert bars["volume"].iloc[0] > 0


def test_column_names_what_there_is_when_the_column_is_missing_or_no_number(bars):
    with pytest.raises(DataError, match=r"no column 'vwap'.*open, high, low, close, volume"):
        wf.Column(column="vwap").compute(bars)
    with pytest.raises(DataError, match=r"'note'.*numeric"):
        wf.Column(column="note").compute(bars.assign(note="x"))


def test_macd_refuses_a_fast_average_that_is_not_the_faster_one():
    with pytest.raises(ExperimentError, match="`fast` of 'macd' is 30 and `slow` is 26"):
        wf.MACD(fast=30)
