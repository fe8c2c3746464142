"""Where there is something to learn the network learns it, and where there is nothing it shows nothing.

All figures come out of whole runs. Skill is 1 - RMSE / RMSE of persistence, which for log returns says zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import workbench as wb

SPREAD = 0.01
"""Standard deviation of the log returns of a bar, about."""
N_TRAIN, N_TEST = 500, 200


def noisy_sine(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns of which a sine of 12 bars explains six sevenths; and the mean of the next one, given the sine."""
    wave = np.sqrt(2) * SPREAD * np.sin(2 * np.pi * np.arange(n + 1) / 12)
    return wave[:n] + 0.4 * SPREAD * np.random.default_rng(seed).standard_normal(n), wave[1:]


def ar2(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns r[t] = 1.2 r[t-1] - 0.7 r[t-2] + noise; and the mean of the next one, given those so far."""
    noise = 0.4 * SPREAD * np.random.default_rng(seed).standard_normal(n + 100)
    r = np.zeros(n + 100)
    for t in range(2, n + 100):
        r[t] = 1.2 * r[t - 1] - 0.7 * r[t - 2] + noise[t]
    return r[100:], (1.2 * r[100:] - 0.7 * r[99:-1])


def white(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns that nothing can forecast."""
    return SPREAD * np.random.default_rng(seed).standard_normal(n), np.zeros(n)


def bars_of(returns: np.ndarray) -> pd.DataFrame:
    close = 100 * np.exp(np.cumsum(returns))
    return pd.DataFrame(
        {"open": close, "high": close * 1.001, "low": close * 0.999, "close": close, "volume": 1000.0},
        index=pd.bdate_range("2000-01-03", periods=len(returns), name="date"),
    )


def run_on(folder, bars: pd.DataFrame, symbols: list[str], folds, **params) -> wb.Run:
    bars.to_csv(folder / "bars.csv")
    network = wb.use("lstm", label="net", learning_rate=0.01, **params)
    experiment = wb.Experiment(
        source=wb.use("csv", path=str(folder / "bars.csv")),
        symbols=symbols,
        lookback=12,
        features=["log_return"],
        forecasters=[network],
        folds=folds,
        strategy=None,
    )
    return wb.Workbench(folder / "store.duckdb").run(experiment, workers=1)


def skill_of(run: wb.Run) -> float:
    chosen = "model == 'net' and space == 'target' and metric == 'skill'"
    (value,) = run.scores.query(chosen + " and symbol.isna() and seed.isna() and fold.isna() and step.isna()")["value"]
    return float(value)


def best_skill(run: wb.Run, mean_of_next: pd.Series) -> float:
    """Return the skill, on the same test rows, of whoever knows the process: nobody can expect more."""
    net = run.forecasts.query("model == 'net'").set_index("origin")
    error = net["actual"] - mean_of_next.reindex(net.index)
    return float(1 - np.sqrt(np.mean(error**2) / np.mean(net["actual"] ** 2)))


@pytest.mark.parametrize("loss", ["mse", pytest.param("quantile", marks=pytest.mark.slow)])
@pytest.mark.parametrize("process", [noisy_sine, ar2])
def test_it_reaches_most_of_the_skill_that_is_possible(tmp_path, process, loss):
    returns, mean_of_next = process(N_TRAIN + N_TEST, seed=3)
    bars = bars_of(returns).assign(symbol="BARS")

    run = run_on(tmp_path, bars, ["BARS"], wb.WalkForward(N_TRAIN, N_TEST), hidden=16, epochs=20, loss=loss)

    best = best_skill(run, pd.Series(mean_of_next, bars.index))
    assert 0.4 < best < 0.7, "the test needs a process that can be forecast, but not without error"
    assert 0.8 * best <= skill_of(run) < 1.02 * best
    if loss == "quantile":
        net = run.forecasts.query("model == 'net'")
        levels, quantiles = net["levels"].iloc[0], np.stack(net["quantiles"])
        inside = (quantiles[:, 1] <= net["actual"]) & (net["actual"] <= quantiles[:, 3])
        assert list(levels) == [0.025, 0.1, 0.5, 0.9, 0.975]
        np.testing.assert_allclose(quantiles[:, 2], net["forecast"])
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert abs(inside.mean() - 0.8) < 3 * np.sqrt(0.8 * 0.2 * (1 / N_TRAIN + 1 / N_TEST))


def skills_by_symbol(folder, process, n: int) -> pd.Series:
    """Return the skill on `n` independent series, each with a network of its own."""
    names = [f"S{i:02d}" for i in range(n)]
    bars = pd.concat([bars_of(process(300, seed=100 + i)[0]).assign(symbol=name) for i, name in enumerate(names)])
    run = run_on(folder, bars, names, wb.Holdout(0.4), hidden=8, epochs=15, batch_size=16)
    chosen = "model == 'net' and space == 'target' and metric == 'skill' and symbol.notna()"
    return run.scores.query(chosen + " and seed.isna() and fold.isna() and step.isna()").set_index("symbol")["value"]


@pytest.mark.slow
def test_on_twenty_random_walks_its_skill_is_not_above_zero_beyond_chance(tmp_path):
    skills = skills_by_symbol(tmp_path, white, n=20)

    assert len(skills) == 20
    n_above = int((skills > 0).sum())
    assert stats.ttest_1samp(skills, 0, alternative="greater").pvalue > 0.05, skills.tolist()
    assert stats.binomtest(n_above, 20, 0.5, alternative="greater").pvalue > 0.05, skills.tolist()


@pytest.mark.slow
def test_the_same_tests_do_notice_skill_where_there_is_some(tmp_path):
    skills = skills_by_symbol(tmp_path, ar2, n=8)

    assert stats.ttest_1samp(skills, 0, alternative="greater").pvalue < 0.001, skills.tolist()
    assert (skills > 0).all()
