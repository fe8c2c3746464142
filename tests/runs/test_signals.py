"""What is traded where the strategy said nothing: after a block, and in bars without trades."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb


class AlwaysLong(wb.Strategy, name="always_long"):
    """Full exposure at every origin."""

    def signals(self, forecasts, panel):
        return pd.Series(1.0, index=pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]]))


@pytest.fixture
def long_only(experiment) -> wb.Experiment:
    return experiment.replace(forecasters=["mean"], baselines=[], seeds=[1], strategy=AlwaysLong())


def test_between_test_blocks_models_are_flat_and_buy_and_hold_holds(bench, long_only):
    gaps = wb.WalkForward(train_size=60, test_size=10, stride=40)

    run = bench.run(long_only.replace(folds=gaps), workers=1)

    exposure = run.backtests["mean"].exposure
    held = exposure.index[exposure.abs() > 0.5]
    forecast = set(run.forecasts["target_time"])
    assert len(held) >= 3 * 9
    assert all(bar in forecast for bar in held)
    assert (run.backtests["buy_and_hold"].exposure.iloc[1:] > 0.9).all()


def test_without_gaps_nothing_is_closed_in_between(bench, long_only):
    run = bench.run(long_only, workers=1)

    assert (run.backtests["mean"].exposure.iloc[1:] > 0.9).all()
    assert len(run.backtests["mean"].trades) == 0


def test_no_order_fills_in_a_bar_that_carries_an_old_close(bench, long_only, bars, csv):
    holed = bars.copy()
    holed.iloc[80:83] = np.nan  # the first test bar and the two after it did not trade
    holed.to_csv(csv)

    run = bench.run(long_only.replace(missing="ffill"), workers=1)

    trade = run.backtests["mean"].open_trades.iloc[0]
    assert trade["entry_time"] == bars.index[83]
    assert trade["entry_price"] == pytest.approx(bars["open"].iloc[83] * (1 + 0.0002 / 2))
    assert any("3 bars without a price were filled" in note for note in run.notes)


def test_annual_figures_count_the_bars_of_the_whole_panel(bench, tmp_path, random_walk):
    stock = random_walk(150, seed=1).assign(symbol="STOCK")
    coin = (
        random_walk(140, seed=2).set_axis(pd.date_range("2020-01-20", periods=140, name="date")).assign(symbol="COIN")
    )
    pd.concat([stock, coin]).to_csv(tmp_path / "both.csv")
    experiment = wb.Experiment(
        source=wb.use("csv", path=str(tmp_path / "both.csv")),
        symbols=["STOCK", "COIN"],
        lookback=5,
        forecasters=["drift"],
        folds=wb.WalkForward(80, 40),
    )

    run = bench.run(experiment, workers=1)

    assert run.backtest.stats["periods_per_year"] == 365


def test_a_price_that_cannot_be_traded_leaves_the_scores(bench, long_only, bars, csv):
    (bars - 1.2 * bars["close"].max()).to_csv(csv)  # negative throughout, as oil was for a day

    run = bench.run(long_only.replace(target="price", features=["column"]), workers=1)

    assert run.status == "finished"
    assert np.isfinite(run.summary.loc["persistence", "rmse"])
    assert any(note.startswith("mean was not traded:") for note in run.notes)
    assert run.trial["number"] == 1
