"""Split-conformal intervals through whole runs: they hold what they promise, and learn nothing of the test."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge

import workbench as wb
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
from workbench.runs.contexts import fetch_all
from workbench.runs.executor import LocalExecutor
from workbench.runs.fitting import carry_out
from workbench.runs.prepare import prepare
from workbench.sklearn import SklearnForecaster


def bars_of(returns) -> pd.DataFrame:
    close = 100 * np.exp(np.cumsum(returns))
    columns = {"open": close, "high": close * 1.001, "low": close * 0.999, "close": close, "volume": 1e6}
    return pd.DataFrame(columns, index=pd.bdate_range("1990-01-01", periods=len(close), name="date"))


def lively_returns(n: int, seed: int):
    """Independent returns whose volatility goes by the weekday, and up and down at random: fat tails."""
    rng = np.random.default_rng(seed)
    volatility = 0.004 * np.exp(0.6 * rng.normal(size=n)) * np.tile([1.0, 0.5, 2.0, 1.0, 3.0], n // 5 + 1)[:n]
    return volatility * rng.normal(size=n)


@pytest.fixture
def ask(tmp_path):
    def ask(bars: pd.DataFrame, *forecasters, **fields) -> wb.Experiment:
        bars.to_csv(tmp_path / "BARS.csv")
        settled = {"lookback": 4, "calibration": 0.3, "strategy": None, "folds": wb.Holdout(0.3), "seeds": [1]}
        source = wb.use("csv", path=str(tmp_path / "BARS.csv"))
        return wb.Experiment(
            source=source, symbols=["BARS"], forecasters=forecasters or ["drift"], **{**settled, **fields}
        )

    return ask


def quantiles(run, model="drift"):
    """Levels, quantiles of shape (n, q), and the rows they belong to, by step, fold and origin."""
    rows = run.forecasts[run.forecasts["model"] == model].sort_values(["step", "fold", "origin"])
    return rows["levels"].iloc[0], np.stack(list(rows["quantiles"])), rows


@pytest.mark.slow
def test_intervals_of_any_forecaster_hold_their_share_of_what_happens(bench, ask):
    n_test = n_calibration = 1500
    fields = {"folds": wb.Holdout(0.375), "calibration": n_calibration / 2499, "coverage": (0.8, 0.95)}
    network = wb.use("lstm", hidden=2, epochs=1, batch_size=256, label="lstm")
    ridge = wb.use(SklearnForecaster(Ridge()), label="ridge")
    asked = ask(bars_of(lively_returns(4000, seed=3)), network, ridge, baselines=["drift", "mean"], **fields)

    run = bench.run(asked, workers=1)

    scores = run.scores[(run.scores["space"] == "target") & run.scores[["symbol", "fold"]].isna().all(axis=1)]
    assert run.forecasts["origin"].nunique() == n_test
    for model in ("lstm", "ridge", "drift", "mean", "persistence"):
        own = scores[scores["model"] == model].groupby("metric")["value"].first()
        for metric, share in {"coverage_80": 0.8, "coverage_95": 0.95}.items():
            # Binomial over the test, and once more over the calibration, where the radius is a sample quantile.
            error = np.sqrt(share * (1 - share) * (1 / n_test + 1 / n_calibration))
            assert abs(own[metric] - share) < 3 * error, (model, metric)


def test_radii_are_the_ranked_residuals_of_the_calibration_block_and_no_others(bench, ask):
    bars = bars_of(lively_returns(120, seed=1))

    levels, found, rows = quantiles(bench.run(ask(bars, horizon=2), workers=1), "persistence")

    # 120 bars, 36 tested; training origins have their last target at the first test origin, row 83: rows 3 to 81
    close = np.log(bars["close"].to_numpy())
    block = np.arange(82 - round(0.3 * 82), 82)
    assert levels.tolist() == [0.025, 0.1, 0.9, 0.975]
    for step in (1, 2):
        sizes = np.sort(np.abs(close[block + step] - close[block]))
        mine = found[(rows["step"] == step).to_numpy()]
        for rank, low, high in ((int(np.ceil(0.8 * 26)), 1, 2), (int(np.ceil(0.95 * 26)), 0, 3)):
            assert len(block) == 25
            assert_allclose(mine[:, high], sizes[rank - 1], rtol=1e-9)
            assert_allclose(mine[:, low], -sizes[rank - 1], rtol=1e-9)


def test_nothing_of_the_test_reaches_the_radii(bench, ask):
    returns = lively_returns(160, seed=2)
    wilder = np.where(np.arange(160) > 112, -7 * returns, returns)  # the first test target is row 112

    def half_widths(of):
        _, found, rows = quantiles(bench.run(ask(bars_of(of), "drift", horizon=1), workers=1))
        return found[0], np.diff(found[:, [0, -1]], axis=1), rows["forecast"].to_numpy()

    (first, widths, points), (again, widths_again, other_points) = half_widths(returns), half_widths(wilder)

    assert_array_equal(first, again)
    assert_allclose(widths, widths_again, rtol=1e-12)
    assert not np.allclose(points, other_points) or np.ptp(points) == 0


class Spy(wb.Forecaster, name="interval_spy"):
    """Forecasts zero, and keeps what it is given."""

    seen: ClassVar[list] = []

    def fit(self, train, validation, context):
        self.seen.append((train, validation))
        return Zero()


class Zero(wb.FittedForecaster):
    def predict(self, windows):
        return np.zeros((len(windows), windows.horizon))


def test_the_fit_sees_none_of_the_calibration_block(bench, ask):
    Spy.seen.clear()
    bars = bars_of(lively_returns(160, seed=2))

    bench.run(ask(bars, Spy(), validation=0.1, horizon=3), workers=1)

    ((train, validation),) = Spy.seen
    last = round(0.3 * 109)  # training origins are rows 0 to 108
    start = bars.index[109 - last]
    for part in (train, validation):
        ahead = bars.index[bars.index.get_indexer(part.origins) + 3]
        assert ahead.max() <= start
        assert len(part.realised["BARS"]) <= 109 - last


class Both(wb.Forecaster, name="interval_both"):
    """Forecasts zero for all symbols at once."""

    scope: ClassVar[str] = "global"

    def fit(self, train, validation, context):
        return Zero()


class Sure(wb.Forecaster, name="interval_sure"):
    """Has quantiles of its own."""

    def fit(self, train, validation, context):
        return SureFitted()


class SureFitted(wb.FittedForecaster):
    def predict(self, windows):
        point = np.zeros((len(windows), windows.horizon))
        return wb.Prediction(point, np.array([0.1, 0.9]), point[:, :, None] + np.array([-1.0, 1.0]))


def test_a_forecaster_with_quantiles_keeps_its_own(bench, ask):
    run = bench.run(ask(bars_of(lively_returns(120, seed=1)), Sure()), workers=1)

    levels, found, _ = quantiles(run, run.headline)
    assert levels.tolist() == [0.1, 0.9]
    assert_array_equal(found, [[-1.0, 1.0]] * len(found))
    assert quantiles(run, "persistence")[0].tolist() == [0.025, 0.1, 0.9, 0.975]


def test_without_calibration_there_is_no_interval(bench, ask):
    run = bench.run(ask(bars_of(lively_returns(80, seed=1)), calibration=0.0), workers=1)

    assert run.forecasts["quantiles"].isna().all()
    assert not run.scores["metric"].isin(["coverage_80", "coverage_95", "pinball"]).any()


def test_a_run_with_intervals_is_replayed_to_the_last_bit(bench, ask):
    bars = bars_of(lively_returns(160, seed=4))
    run = bench.run(ask(bars, wb.use("lstm", hidden=2, epochs=1), seeds=[1, 2]), workers=1)

    again = bench.replay(run.id)

    assert again.identical, str(again)
    assert run.forecasts["quantiles"].notna().all()


def test_folds_that_one_fit_serves_share_its_radii_and_others_do_not(bench, ask):
    bars = bars_of(lively_returns(200, seed=4))

    _, found, rows = quantiles(bench.run(ask(bars, folds=wb.WalkForward(90, 30, refit=2)), workers=1))

    widths = pd.Series(np.diff(found[:, [0, -1]], axis=1).ravel()).groupby(rows["fold"].to_numpy()).first()
    assert widths[0] == pytest.approx(widths[1], rel=1e-9) and widths[2] == pytest.approx(widths[3], rel=1e-9)
    assert widths[0] != pytest.approx(widths[2], rel=1e-3)


def test_too_few_calibration_origins_are_refused_before_any_fit(bench, ask):
    Spy.seen.clear()

    with pytest.raises(
        wb.DataError, match=r"fold 0 has 17 calibration origins, .* cover 95 % needs 19\. .* larger one"
    ):
        bench.run(ask(bars_of(lively_returns(120, seed=1)), Spy(), calibration=0.2), workers=1)

    assert Spy.seen == []
    assert bench.run(ask(bars_of(lively_returns(120, seed=1)), calibration=0.2, coverage=0.9), workers=1)


def test_a_symbol_that_seldom_trades_is_forecast_without_an_interval_and_named(bench, ask, tmp_path):
    often, seldom = (bars_of(lively_returns(160, seed=seed)) for seed in (1, 2))
    seldom = seldom.iloc[[*range(60), *range(60, 160, 5)]]
    pd.concat([often.assign(symbol="OFTEN"), seldom.assign(symbol="SELDOM")]).to_csv(tmp_path / "both.csv")
    shared = wb.use(Both(), label="both")
    asked = ask(often, shared, lookback=1, coverage=0.9).replace(
        source=wb.use("csv", path=str(tmp_path / "both.csv")), symbols=["OFTEN", "SELDOM"]
    )

    run = bench.run(asked, workers=1)

    known = run.forecasts["quantiles"].notna().groupby([run.forecasts["model"], run.forecasts["symbol"]])
    assert known.all().to_dict() == {(m, s): s == "OFTEN" for m in ("both", "persistence") for s in ("OFTEN", "SELDOM")}
    assert not known.any()["both", "SELDOM"]
    note = "SELDOM: fewer than 9 calibration origins in 1 of 1 folds; forecast without an interval there."
    assert note in run.notes
    held = run.scores[(run.scores["metric"] == "pinball") & (run.scores["model"] == "both")]
    assert "SELDOM" not in set(held["symbol"].dropna())


def test_strategies_see_quantiles_as_columns_averaged_over_seeds(bench, ask):
    class Watch(wb.Strategy, name="interval_watch"):
        """Stays flat, and keeps what it is given."""

        seen: ClassVar[list] = []

        def signals(self, forecasts, panel):
            self.seen.append(forecasts)
            return pd.Series(0.0, index=pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]]))

    network = wb.use("lstm", hidden=2, epochs=1, label="lstm")
    bars = bars_of(lively_returns(120, seed=1))

    run = bench.run(ask(bars, network, seeds=[1, 2], strategy=Watch()), workers=1)

    mean, *by_seed = [frame for frame in Watch.seen if frame["model"].iloc[0] == "lstm"][:3]
    names = ["q0.025", "q0.1", "q0.9", "q0.975"]
    assert list(mean.columns[-4:]) == names
    assert_allclose(mean[names], sum(frame[names] for frame in by_seed) / 2, rtol=1e-12)
    _, found, rows = quantiles(run, "lstm")
    assert_array_equal(by_seed[0][names], found[(rows["seed"] == 1).to_numpy()])
    assert not any("levels" in frame or "quantiles" in frame for frame in Watch.seen)


def test_the_radii_of_a_fit_come_with_its_result(bench, ask):
    asked = ask(bars_of(lively_returns(120, seed=1)), "drift")
    resolved = resolve(asked, default_registry())

    results = list(carry_out(prepare(resolved, fetch_all(resolved)), bench.plan(asked), LocalExecutor(1)))

    for result in results:
        (row,) = result.forecasts["quantiles"].head(1)
        ((radii,),) = result.conformal.radii.values()
        assert_allclose(row - result.forecasts["forecast"][0], [-radii[1], -radii[0], radii[0], radii[1]], rtol=1e-9)
        assert result.conformal.n_origins == {"BARS": 25}


def test_another_calibration_is_another_trial_and_none_is_the_same_as_ever(bench, ask):
    bars = bars_of(lively_returns(120, seed=1))

    def number(**fields):
        return bench.run(ask(bars, "mean", **fields), workers=1).trial["number"]

    assert [number(calibration=0.0), number(calibration=0.0), number(), number(coverage=0.9)] == [1, 1, 2, 3]
