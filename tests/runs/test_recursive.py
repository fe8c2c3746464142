"""Runs that forecast several bars ahead one at a time."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.linear_model import LinearRegression

import workbench as wb
from workbench.reports.screen import make_screen
from workbench.sklearn import SklearnForecaster

HORIZON = 4
N_TEST = 0.25


class Spy(wb.Forecaster, name="toy_spy"):
    """Keeps what it is fitted with."""

    seen: ClassVar[list[tuple]] = []

    def fit(self, train, validation, context):
        self.seen.append((context.horizon, train.horizon, train.targets.shape[1], validation.targets.shape[1]))
        context.report(1, 0.5, 0.5, np.zeros((len(validation), 1)))
        return FittedSpy()


class FittedSpy(wb.FittedForecaster):
    def predict(self, windows):
        return wb.Prediction(np.zeros((len(windows), 1)), [0.5], np.zeros((len(windows), 1, 1)))


def asked(csv, **fields):
    return wb.Experiment(
        **{
            "source": wb.use("csv", path=str(csv)),
            "symbols": ["WALK"],
            "horizon": HORIZON,
            "multi_step": "recursive",
            "lookback": 1,
            "features": ["log_return"],
            "forecasters": [SklearnForecaster(LinearRegression())],
            "folds": wb.Holdout(N_TEST),
            "validation": 0.0,
            "strategy": None,
            **fields,
        }
    )


def paths(run, model=None):
    """Forecasts of shape (n, horizon), and the rows of their origins."""
    mine = run.forecasts[run.forecasts["model"] == (model or run.headline)]
    table = mine.pivot(index="origin", columns="step", values="forecast")
    return table.to_numpy(), run.panel["WALK"].index.get_indexer(table.index)


def training_rows(n, first):
    """Origins whose last target of the whole horizon is known when the first forecast is made."""
    return np.arange(first, int(round((1 - N_TEST) * n, 9)) - HORIZON)


def test_an_autoregression_fitted_by_least_squares_follows_its_closed_form(bench, csv, bars):
    found, rows = paths(bench.run(asked(csv), workers=1))

    close = bars["close"].to_numpy()
    returns = np.concatenate([[np.nan], np.diff(np.log(close))])
    train = training_rows(len(bars), 1)
    phi, constant = np.polyfit(returns[train], returns[train + 1], 1)
    k = np.arange(1, HORIZON + 1)
    steps = phi**k * returns[rows][:, None] + constant * (1 - phi**k) / (1 - phi)
    assert len(rows) == 40 - HORIZON + 1
    assert_allclose(found, np.cumsum(steps, axis=1), rtol=0, atol=1e-8)  # windows are single precision


def test_a_linear_map_of_prices_is_iterated(bench, csv, bars):
    found, rows = paths(bench.run(asked(csv, target="price", features=["column"], scaler="none"), workers=1))

    close = bars["close"].to_numpy()
    train = training_rows(len(bars), 0)
    seen = close.astype(np.float32).astype(float)
    slope, constant = np.polyfit(seen[train], close[train + 1], 1)
    expected = [seen[rows]]
    for _ in range(HORIZON):
        expected.append(slope * expected[-1].astype(np.float32).astype(float) + constant)
    assert_allclose(found, np.column_stack(expected[1:]), rtol=1e-9)


def test_one_bar_ahead_recursive_and_direct_are_the_same_numbers(bench, csv):
    fields = {
        "horizon": 1,
        "lookback": 5,
        "validation": 0.1,
        "forecasters": [wb.use("lstm", hidden=3, epochs=1)],
        "baselines": ["drift"],
    }
    runs = [bench.run(asked(csv, multi_step=way, **fields), workers=1) for way in ("recursive", "direct")]

    assert_frame_equal(runs[0].forecasts, runs[1].forecasts, check_exact=True)
    assert_frame_equal(runs[0].scores, runs[1].scores, check_exact=True)
    assert_frame_equal(runs[0].learning, runs[1].learning, check_exact=True)


def test_persistence_says_the_same_in_both_ways(bench, csv):
    fields = {"target": "price", "forecasters": ["persistence"]}
    runs = [bench.run(asked(csv, multi_step=way, **fields), workers=1) for way in ("recursive", "direct")]

    assert_frame_equal(runs[0].forecasts, runs[1].forecasts, check_exact=True)


def test_forecasters_are_fitted_one_step_ahead_and_the_reader_is_told(bench, csv):
    Spy.seen.clear()

    run = bench.run(asked(csv, forecasters=[Spy()], validation=0.2), workers=1)

    assert Spy.seen == [(1, 1, 1, 1)]
    assert sorted(run.forecasts["step"].unique()) == [1, 2, 3, 4]
    assert any("bar by bar (recursive)" in note for note in run.notes)
    assert "log_return, 4 bars ahead, recursive" in make_screen(run).facts
    assert "quantiles" not in run.forecasts or run.forecasts["quantiles"].isna().all()
    assert len(run.learning) == 1


def test_a_recursive_run_is_replayed_to_the_last_bit_and_read_back(bench, csv):
    run = bench.run(asked(csv, forecasters=[wb.use("lstm", hidden=2, epochs=1)], validation=0.1), workers=1)

    assert bench.replay(run.id, workers=1).identical
    assert run.experiment.multi_step == "recursive"


def test_the_way_of_forecasting_makes_another_fit_and_another_trial(bench, csv):
    fields = {"forecasters": [SklearnForecaster(LinearRegression())]}
    ways = [asked(csv, multi_step=way, **fields) for way in ("direct", "recursive")]
    keys = [{task.key for task in bench.plan(way)} for way in ways]

    trials = [bench.run(way, workers=1).trial["number"] for way in (*ways, ways[1])]

    assert not keys[0] & keys[1]
    assert trials == [1, 2, 2]


def test_no_path_depends_on_what_came_after_its_origin(bench, csv, bars):
    fields = {
        "lookback": 5,
        "features": ["log_return", wb.use("rsi", window=5), wb.use("ema", window=5)],
        "forecasters": [wb.use("lstm", hidden=3, epochs=1)],
        "baselines": ["drift"],
        "validation": 0.1,
    }
    changed_from = 140
    run = bench.run(asked(csv, **fields), workers=1)
    other = bars.copy()
    other.iloc[changed_from:] *= 1.5
    other.to_csv(csv)

    changed = bench.run(asked(csv, **fields), workers=1)

    for model in ("drift", run.headline):
        (before, rows), (after, _) = paths(run, model), paths(changed, model)
        early = rows < changed_from
        assert early.sum() > 15
        assert_array_equal(after[early], before[early])
        if model != "drift":
            assert not np.allclose(after[~early], before[~early])


def test_two_symbols_go_their_own_ways(bench, csv, bars, tmp_path):
    bars.assign(symbol="WALK").to_csv(tmp_path / "one.csv")
    both = bars.assign(symbol="WALK"), bars[::-1].set_axis(bars.index).assign(symbol="BACK")
    pd.concat(both).to_csv(tmp_path / "both.csv")

    alone, together = (
        bench.run(asked(tmp_path / name, symbols=symbols, lookback=3), workers=1)
        for name, symbols in (("one.csv", ["WALK"]), ("both.csv", ["WALK", "BACK"]))
    )

    mine = together.forecasts[together.forecasts["symbol"] == "WALK"].reset_index(drop=True)
    assert_frame_equal(mine, alone.forecasts, check_exact=True)


def test_what_goes_bar_by_bar_anyhow_says_the_same_either_way(bench, csv):
    """A filter given its own forecast as the next value is not moved by it, and a season repeats itself."""
    bar_by_bar = [wb.use("arima", order=(1, 0, 0)), "ets", wb.use("seasonal", period=2)]
    fields = {"forecasters": bar_by_bar, "lookback": 2}

    recursive, direct = (bench.run(asked(csv, **fields, multi_step=how), workers=1) for how in ("recursive", "direct"))

    for model in ("arima(order=(1, 0, 0))", "ets", "seasonal(period=2)"):
        assert_allclose(paths(recursive, model)[0], paths(direct, model)[0], rtol=1e-6, atol=1e-9)
