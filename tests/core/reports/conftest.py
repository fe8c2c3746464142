"""A small made-up run with the attributes of `workbench.Run`, so that these tests fit and store nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench import Backtest, Experiment, Panel, WalkForward, backtest_statistics, use
from workbench.evaluation.folds import fold_rows, split_folds
from workbench.evaluation.scores import score_forecasts
from workbench.evaluation.verdict import judge_model
from workbench.runs.summary import SUMMARY_COLUMNS
from workbench_metrics import Coverage80, HitRate, MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError, Skill

METRICS = [RootMeanSquaredError(), MeanAbsoluteError(), MeanSquaredError(), Skill(), HitRate(), Coverage80()]
NOISE = {"lstm": 0.004, "drift": 0.001, "persistence": 0.0}
TRADE_COLUMNS = "symbol entry_time exit_time units entry_price exit_price pnl simple_return commission".split()
LEARNING_COLUMNS = "symbol seed fold epoch train_loss validation_loss validation_rmse validation_hit_rate".split()


def make_bars(n_bars, seed):
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2012-01-02", periods=n_bars, name="time")
    close = 100 * np.exp(np.cumsum(rng.normal(0.0004, 0.015, n_bars)))
    bars = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": 1e6}
    return pd.DataFrame({**bars, "known_at": index + pd.Timedelta(days=1)}, index=index)


def make_forecasts(panel, asked, rng):
    known_at = {s: panel[s]["known_at"].to_numpy() for s in panel}
    frames = []
    for fold in split_folds(asked.folds, panel.times):
        rows = fold_rows(fold, known_at, panel.times, asked.horizon, asked.validation)
        for symbol, origins in rows.test.items():
            close, labels = panel[symbol]["close"].to_numpy(), panel[symbol].index
            for step in range(1, asked.horizon + 1):
                last, then = close[origins], close[origins + step]
                for model, noise in NOISE.items():
                    for seed in asked.seeds if model == "lstm" else asked.seeds[:1]:
                        value = rng.normal(0, noise, len(origins)) + (0.0003 * step if noise else 0.0)
                        frames.append(
                            pd.DataFrame(
                                {
                                    "model": model,
                                    "symbol": symbol,
                                    "seed": seed,
                                    "fold": fold.number,
                                    "origin": labels[origins],
                                    "step": step,
                                    "target_time": labels[origins + step],
                                    "last_price": last,
                                    "forecast": value,
                                    "price": last * np.exp(value),
                                    "expected_return": np.exp(value) - 1,
                                    "actual": np.log(then / last),
                                    "actual_price": then,
                                    "forecast_scaled": value / 0.015,
                                    "actual_scaled": np.log(then / last) / 0.015,
                                    "levels": None,
                                    "quantiles": None,
                                }
                            )
                        )
    return pd.concat(frames, ignore_index=True)


def make_backtest(panel, forecasts, model, rng):
    """Hold a random half of the time; enough to have every part of a `Backtest`."""
    symbol = panel.symbols[0]
    close = panel[symbol]["close"].loc[forecasts["origin"].min() : forecasts["target_time"].max()]
    held = np.ones(len(close)) if model == "buy_and_hold" else (rng.random(len(close)) > 0.5).astype(float)
    held = np.zeros(len(close)) if model == "persistence" else held
    growth = 1 + np.concatenate([[0.0], held[:-1] * (close.to_numpy()[1:] / close.to_numpy()[:-1] - 1)])
    equity = pd.Series(100_000 * np.cumprod(growth), index=close.index)
    exposure = pd.Series(held, index=close.index)
    starts = np.flatnonzero((held[1:] > 0) & (held[:-1] == 0)) + 1
    rows = [
        [
            symbol,
            close.index[i],
            close.index[min(i + 2, len(close) - 1)],
            10.0,
            close.iloc[i],
            close.iloc[i],
            5.0,
            0.01,
            2.0,
        ]
        for i in starts
    ]
    trades = pd.DataFrame(rows, columns=TRADE_COLUMNS)
    orders = pd.DataFrame(
        [[symbol, close.index[-1], 10.0, "dropped", "decided on the last bar"]] if rows else [],
        columns=["symbol", "decided", "units", "status", "reason"],
    )
    stats, reasons = backtest_statistics(equity, trades.iloc[:-1], exposure, 252)
    return Backtest(equity, trades.iloc[:-1], trades.iloc[-1:], orders, stats, reasons, exposure)


def make_learning(asked, n_folds, rng):
    rows = []
    for seed in asked.seeds:
        for fold in range(n_folds):
            for epoch in range(1, 13):
                train = 1.0 / epoch**0.3 + rng.normal(0, 0.005)
                held = 0.9 + 0.01 * (epoch - 5) ** 2
                rows.append(["lstm", None, seed, fold, epoch, train, held, 0.015 * held, 0.5])
    return pd.DataFrame(rows, columns=["model", *LEARNING_COLUMNS])


@pytest.fixture(scope="session")
def make_run():
    """Make a run: `make_run(symbols=("AAA",), horizon=1, seeds=(7,), strategy="long_flat", **attributes)`.

    With a `half_width` every forecast has an interval of 80 %.
    """
    return build_run


def build_run(
    *,
    symbols=("AAA",),
    horizon=1,
    seeds=(7,),
    strategy="long_flat",
    n_bars=320,
    name="example",
    half_width=None,
    **attributes,
):
    rng = np.random.default_rng(0)
    asked = Experiment(
        name=name,
        source=use("csv", path="prices.csv"),
        symbols=symbols,
        horizon=horizon,
        seeds=seeds,
        baselines=["drift"],
        strategy=strategy,
        folds=WalkForward(train_size=200 * n_bars // 320, test_size=40 * n_bars // 320),
    )
    panel = Panel({s: make_bars(n_bars, i) for i, s in enumerate(symbols)})
    forecasts = make_forecasts(panel, asked, rng)
    if half_width is not None:
        forecasts["levels"] = [np.array([0.1, 0.9])] * len(forecasts)
        forecasts["quantiles"] = [np.array([v - half_width, v + half_width]) for v in forecasts["forecast"]]
    models = [*NOISE, "buy_and_hold"] if strategy else []
    backtests = {model: make_backtest(panel, forecasts, model, rng) for model in models}
    n_folds = forecasts["fold"].nunique()
    tasks = pd.DataFrame({"status": ["finished"] * n_folds, "error": None})
    judged = {
        model: judge_model(forecasts, model, persistence="persistence", horizon=horizon, price_units=False)
        for model in ("lstm", "drift")
    }
    scores = score_forecasts(forecasts, METRICS, persistence="persistence")
    run = SimpleNamespace(
        apart=lambda: run,
        id="3f2a9c1b7d4e",
        name=name,
        status="finished",
        created_at=pd.Timestamp("2024-03-01 09:30"),
        seconds=12.5,
        error=None,
        experiment=asked,
        toml=asked.to_toml(),
        data=[
            {
                "symbol": s,
                "series": f"csv:{s}:1d",
                "revision": 1,
                "end": "2013-03-22",
                "sha256": "ab" * 32,
                "n_rows": n_bars,
            }
            for s in symbols
        ],
        provenance={
            "workbench": "0.1.0",
            "python": "3.11.9",
            "platform": "Linux",
            "machine": "x86_64",
            "cpu_count": 2,
            "device": "cpu",
            "seeds": list(seeds),
            "packages": {"numpy": "2.4.0", "pandas": "3.1.1"},
            "plugins": [
                {
                    "kind": "forecaster",
                    "name": "lstm",
                    "distribution": "trading-workbench",
                    "version": "0.1.0",
                    "origin": "workbench_lstm",
                    "sha256": None,
                }
            ],
        },
        headline="lstm",
        persistence="persistence",
        verdict=judged["lstm"].sentence("lstm"),
        verdicts=judged,
        notes=["AAA: 3 bars without a price were dropped."],
        trial={"number": 3, "since": "2024-02-27 18:02:11", "sharpes": [0.01, 0.05, -0.02]},
        search=None,
        summary=make_summary(scores, judged, backtests),
        scores=scores,
        forecasts=forecasts,
        learning=make_learning(asked, n_folds, rng),
        tasks=tasks,
        backtests=backtests,
        panel=panel,
        health=[make_sheet(s, n_bars) for s in symbols],
    )
    vars(run).update(attributes)
    return run


def make_sheet(symbol, n_bars):
    """A health sheet with something of everything."""
    problems = [
        ("split", "error", "Looks like an unadjusted 4:1 split on 2012-08-31.", "Set `adjust`.", ["2012-08-31"]),
        ("broken_range", "warning", "2 bars with a high below the low.", "Correct them.", ["2012-03-01", "2012-03-05"]),
        ("some_volume", "info", "9 bars without volume.", "Leave them.", ["2012-04-02"]),
    ]
    return {
        "symbol": symbol,
        "rows": n_bars,
        "first": "2012-01-02",
        "last": "2013-03-22",
        "interval": "1d",
        "repairs": [{"kind": "duplicates", "rows": 1, "at": ["2012-02-01"], "detail": "1 row was there twice."}],
        "problems": [
            {"kind": kind, "severity": severity, "rows": 9, "at": at, "detail": detail, "advice": advice}
            for kind, severity, detail, advice, at in problems
        ],
        "usable": False,
        "calendar": "weekdays",
        "calendar_is_stated": False,
        "timezone": "UTC",
        "periods_per_year": 252.0,
        "treatment": {"missing": "drop", "n_missing": 3, "adjust": "splits", "n_adjusted": 100},
    }


def make_summary(scores, judged, backtests):
    pooled = scores[scores["space"].eq("target") & scores[["symbol", "seed", "fold", "step"]].isna().all(axis=1)]
    errors = pooled.pivot(index="model", columns="metric", values="value")
    rows = errors.reindex([*NOISE, *(["buy_and_hold"] if backtests else [])]).reindex(columns=SUMMARY_COLUMNS)
    rows["verdict"] = [judged[m].words if m in judged else "the reference" for m in rows.index]
    for model, backtest in backtests.items():
        for name in ("total_return", "sharpe", "max_drawdown"):
            rows.loc[model, name] = backtest.stats[name]
    return rows
