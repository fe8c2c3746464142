"""The whole path at once: what happens after an origin changes nothing at or before it."""

from __future__ import annotations

import numpy as np
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

import workbench as wb

CHANGED_FROM = 127  # in the middle of the third test block


@pytest.fixture(params=["up", "down", "noise"])
def other_future(request, bars):
    """The same bars up to a row, another world after it."""
    changed = bars.copy()
    n_after = len(bars) - CHANGED_FROM
    rng = np.random.default_rng(0)
    factor = {"up": 3.0, "down": 0.2, "noise": np.exp(rng.normal(0, 0.5, n_after))[:, None]}[request.param]
    changed.iloc[CHANGED_FROM:] = changed.iloc[CHANGED_FROM:].to_numpy() * factor
    return changed


def run_on(frame, path, tmp_path) -> wb.Run:
    frame.to_csv(path)
    experiment = wb.Experiment(
        source=wb.use("csv", path=str(path)),
        symbols=[path.stem],
        lookback=5,
        scaler="minmax",
        target="price",
        features=["log_return", "column", wb.use("rsi", window=5), wb.use("bollinger", window=5)],
        forecasters=[wb.use("lstm", hidden=3, epochs=1)],
        baselines=["drift", "mean"],
        folds=wb.WalkForward(train_size=60, test_size=30, expand_train=True),
    )
    return wb.Workbench(tmp_path / "store.duckdb").run(experiment, workers=1)


def test_forecasts_signals_and_equity_before_a_change_stay_as_they_were(bars, other_future, tmp_path):
    path = tmp_path / "WALK.csv"
    run = run_on(bars, path, tmp_path)
    other = run_on(other_future, path, tmp_path)
    last = bars.index[CHANGED_FROM - 1]
    seen = ["model", "symbol", "seed", "fold", "origin", "step", "last_price", "forecast", "price", "forecast_scaled"]

    before, after = (r.forecasts[r.forecasts["origin"] <= last][seen] for r in (run, other))
    assert len(before) > 100
    assert_frame_equal(after, before, check_exact=True)
    signals = [r.signals[r.signals["origin"] <= last] for r in (run, other)]
    assert_frame_equal(signals[1], signals[0], check_exact=True)
    equity = [r.backtest.equity.loc[:last] for r in (run, other)]
    assert_series_equal(equity[1], equity[0], check_exact=True)


def test_the_change_is_seen_afterwards(bars, other_future, tmp_path):
    """The test above could not fail if nothing depended on the changed bars at all."""
    path = tmp_path / "WALK.csv"
    run = run_on(bars, path, tmp_path)
    other = run_on(other_future, path, tmp_path)
    last = bars.index[CHANGED_FROM - 1]

    before, after = (r.forecasts.loc[r.forecasts["origin"] > last, "forecast"] for r in (run, other))
    assert not np.allclose(before, after)
