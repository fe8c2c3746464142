"""Runs on shares that split and pay dividends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb

SPLIT_ROW = 100


@pytest.fixture
def ask(tmp_path, bars):
    """Ask for a share that splits 4:1 and pays a dividend each quarter, its prices as they were traded."""
    factor = np.where(np.arange(len(bars)) == SPLIT_ROW, 4.0, 1.0)
    raw = bars[["open", "high", "low", "close"]].mul(4.0 / np.cumprod(factor), axis=0)
    raw = raw.assign(volume=bars["volume"], split_factor=factor)
    raw["dividend"] = np.where(np.arange(len(bars)) % 63 == 62, 0.5, 0.0)

    def ask(frame=raw, columns=(), **fields) -> wb.Experiment:
        frame.drop(columns=list(columns)).to_csv(tmp_path / "WALK.csv")
        settled = {
            "source": wb.use("csv", path=str(tmp_path / "WALK.csv")),
            "symbols": ["WALK"],
            "lookback": 3,
            "forecasters": ["mean"],
            "folds": wb.WalkForward(train_size=60, test_size=50),
            "adjust": "all",
        }
        return wb.Experiment(**{**settled, **fields})

    ask.raw = raw
    return ask


def split_day(run) -> float:
    close = run.panel["WALK"]["close"]
    return close.iloc[SPLIT_ROW] / close.iloc[SPLIT_ROW - 1] - 1


@pytest.mark.parametrize("adjust", ["splits", "all"])
def test_the_split_is_no_return_and_the_store_keeps_the_prices_as_they_were_traded(ask, bench, bars, adjust):
    run = bench.run(ask(adjust=adjust), workers=1)

    assert split_day(run) == pytest.approx(bars["close"].iloc[SPLIT_ROW] / bars["close"].iloc[SPLIT_ROW - 1] - 1)
    kept = bench.bars(run.data[0]["series"])
    np.testing.assert_allclose(kept["close"], ask.raw["close"])
    assert kept["split_factor"].iloc[SPLIT_ROW] == 4.0
    assert bench.replay(run.id, workers=1).identical


def test_without_adjusting_the_split_is_a_crash(ask, bench):
    assert split_day(bench.run(ask(adjust="none"), workers=1)) == pytest.approx(-0.75, abs=0.02)


@pytest.mark.parametrize("missing", ["drop", "ffill"])
def test_a_split_on_a_day_without_a_price_is_not_lost(ask, bench, bars, missing):
    holed = ask.raw.copy()
    holed.iloc[SPLIT_ROW, :4] = np.nan

    run = bench.run(ask(holed, adjust="splits", missing=missing), workers=1)

    close = run.panel["WALK"]["close"]
    np.testing.assert_allclose(close.pct_change().abs().max(), bars["close"].pct_change().abs().max(), rtol=1)
    np.testing.assert_allclose(close.iloc[0], bars["close"].iloc[0])


def test_actions_after_the_end_change_nothing(ask, bench, bars):
    end = str(bars.index[SPLIT_ROW - 10].date())
    later = ask.raw.copy()
    later.iloc[SPLIT_ROW:, 5:] = [1.0, 0.0]
    folds = wb.WalkForward(train_size=40, test_size=40)

    one, other = (bench.run(ask(frame, end=end, folds=folds), workers=1) for frame in (ask.raw, later))

    pd.testing.assert_frame_equal(one.forecasts, other.forecasts)
    assert one.panel["WALK"]["close"].iloc[-1] == pytest.approx(ask.raw["close"].iloc[SPLIT_ROW - 10])


def test_levels_of_adjusted_prices_are_noted(ask, bench):
    run = bench.run(ask(target="price", features=["log_return", "column", wb.use("sma", window=3)]), workers=1)

    (note,) = [note for note in run.notes if "adjusted prices" in note]
    assert "the target price, column, sma(window=3) depend on the level" in note
    assert "Returns and ratios do not change" in note


@pytest.mark.parametrize(
    "fields",
    [{"features": ["log_return", "rsi"]}, {"adjust": "none", "target": "price", "features": ["column"]}],
)
def test_nothing_is_noted_of_returns_and_of_prices_as_they_were_traded(ask, bench, fields):
    run = bench.run(ask(**fields), workers=1)

    assert not [note for note in run.notes if "adjusted" in note]


def test_a_context_may_be_adjusted_by_itself_and_its_levels_are_noted(ask, bench, tmp_path):
    experiment = ask(adjust="splits")
    beside = {
        "use": "csv",
        "path": str(tmp_path / "WALK.csv"),
        "adjust": "splits",
        "features": ["column", "log_return"],
    }

    run = bench.run(experiment.replace(context={"me": beside}), workers=1)

    (note,) = [note for note in run.notes if "adjusted prices" in note]
    assert "me.column depends on the level" in note


def test_of_prices_that_hold_their_splits_already_nothing_is_divided_twice(ask, bench, bars):
    yahoo = bars.assign(**{"Stock Splits": np.where(np.arange(len(bars)) == SPLIT_ROW, 4.0, 0.0)})

    run = bench.run(ask(yahoo, adjust="splits"), workers=1)

    np.testing.assert_allclose(run.panel["WALK"]["close"], bars["close"])
    assert [note for note in run.notes if "divided by their splits already (column `stock_splits`)" in note]


def test_prices_that_contradict_their_splits_stop_the_run(ask, bench, bars):
    wrong = bars.assign(split_factor=np.where(np.arange(len(bars)) == SPLIT_ROW, 4.0, 1.0))

    with pytest.raises(wb.DataError, match=r"split of 4 on .*, which does not fit"):
        bench.run(ask(wrong, adjust="splits"), workers=1)
