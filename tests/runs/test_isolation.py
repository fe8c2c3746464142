"""No plugin can change what another one is given, scored on or filled at."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

import workbench as wb


class Zero(wb.FittedForecaster):
    def predict(self, windows):
        return np.zeros((len(windows), windows.horizon))


class Vandal(wb.Forecaster, name="vandal"):
    """Overwrites everything it can lay its hands on."""

    def fit(self, train, validation, context):
        base = train.values if train.values.base is None else train.values.base
        base[:] = 7.0
        train.targets[:] = 7.0
        train.last_price[:] = 7.0
        for series in train.realised.values():
            series[:] = 7.0
        return Zero()


class Peeker(wb.Forecaster, name="peeker"):
    """Looks for rows after the last training row."""

    def fit(self, train, validation, context):
        for array in (train.values, train.realised[context.symbols[0]]):
            whole = array if array.base is None else array.base
            assert len(whole) == train.ends.max() + 1, "later rows can be reached"
        return Zero()


class Tamper(wb.Strategy, name="tamper"):
    """Makes every open two per cent cheaper before it buys."""

    def signals(self, forecasts, panel):
        for symbol in panel:
            panel[symbol]["open"] *= 0.98
        return forecasts.set_index(["origin", "symbol"])["price"] * 0 + 1.0


class Shift(wb.PanelFeature, name="shift"):
    """Moves the closes it is shown."""

    def compute(self, panel):
        for symbol in panel:
            panel[symbol]["close"] = panel[symbol]["close"].shift(-1)
        return {symbol: panel[symbol]["open"] for symbol in panel}


@pytest.fixture
def quick(experiment) -> wb.Experiment:
    return experiment.replace(forecasters=["drift"], baselines=[], seeds=[1])


def test_a_forecaster_that_overwrites_its_windows_harms_nobody(bench, quick):
    honest = bench.run(quick, workers=1)
    beside = bench.run(quick.replace(forecasters=[Vandal(), "drift"]), workers=1)

    of_drift = [run.forecasts.query("model == 'drift'").reset_index(drop=True) for run in (honest, beside)]
    assert_frame_equal(of_drift[1], of_drift[0], check_exact=True)


def test_a_forecaster_cannot_reach_rows_after_its_training(bench, quick):
    assert bench.run(quick.replace(forecasters=[Peeker()]), workers=1).status == "finished"


def test_windows_for_ones_own_model_cannot_be_looked_past_either(bars):
    train, _ = wb.windows(bars, lookback=5)

    whole = train.values if train.values.base is None else train.values.base
    assert len(whole) == train.ends.max() + 1


def test_a_strategy_that_changes_the_bars_changes_nobodys_fills(bench, quick):
    honest = bench.run(quick, workers=1)
    tampered = bench.run(quick.replace(strategy=Tamper()), workers=1)

    assert_series_equal(
        tampered.backtests["buy_and_hold"].equity, honest.backtests["buy_and_hold"].equity, check_exact=True
    )


def test_a_feature_that_changes_the_bars_changes_nobodys_targets(bench, quick):
    honest = bench.run(quick, workers=1)
    shifted = bench.run(quick.replace(features=[Shift()]), workers=1)

    where = ["origin", "last_price", "actual", "actual_price"]
    assert_frame_equal(
        shifted.forecasts.query("model == 'drift'")[where].reset_index(drop=True),
        honest.forecasts.query("model == 'drift'")[where].reset_index(drop=True),
        check_exact=True,
    )


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (lambda jobs: [(jobs[0].key, Zero())], "gave no result"),
        (lambda jobs: [], "gave no result"),
        (lambda jobs: [("nokey", Zero())], "'nokey', which was not asked for"),
        (lambda jobs: [(jobs[0].key, Zero())] * 2, "or twice"),
    ],
)
def test_a_trainer_has_to_answer_every_fit_once(bench, quick, answers, reason):
    class Sloppy(wb.Forecaster, name="sloppy"):
        """Trains some of what it is asked to."""

        def fit(self, train, validation, context):
            return Zero()

        @classmethod
        def fit_many(cls, tasks, executor):
            yield from answers(list(tasks))

    with pytest.raises(wb.WorkbenchError, match=reason):
        bench.run(quick.replace(forecasters=[Sloppy()]), workers=1)
    assert bench.load().status == "failed"


def test_the_label_of_the_benchmark_is_taken(bench, quick):
    with pytest.raises(wb.ExperimentError, match="choose another `label`"):
        bench.run(quick.replace(forecasters=[wb.use("drift", label="buy_and_hold")]))


def test_a_network_among_the_baselines_is_a_trial_all_the_same(bench, quick):
    hidden = quick.replace(forecasters=["persistence"], baselines=[wb.use("lstm", hidden=2, epochs=1)])

    run = bench.run(hidden, workers=1)

    models = bench.sql(f"select model from trials where run = '{run.id}'")["model"]
    assert set(models) == {"persistence", "lstm(hidden=2, epochs=1)"}


def test_a_strategy_that_fails_after_the_fits_does_not_hide_the_trial(bench, quick):
    class Broken(wb.Strategy, name="broken"):
        """Fails."""

        def signals(self, forecasts, panel):
            raise RuntimeError("no")

    with pytest.raises(wb.PluginError, match="strategy 'broken'"):
        bench.run(quick.replace(strategy=Broken()), workers=1)

    assert bench.sql("select count(*) as n from trials")["n"].item() == 1


def test_strange_plugins_are_said_to_be_unchecked(bench, quick):
    assert any(
        "Not checked for look-ahead: peeker" in n for n in bench.run(quick.replace(forecasters=[Peeker()])).notes
    )
    assert not any("look-ahead" in note for note in bench.run(quick, workers=1).notes)


def test_the_key_of_a_fit_depends_on_the_bars_used_and_not_on_what_else_is_stored(bench, quick, bars, csv, tmp_path):
    start = str(bars.index[10].date())
    bench.run(quick, workers=1)
    bars.drop(bars.index[60]).to_csv(csv)

    first = bench.run(quick.replace(start=start), workers=1)
    fresh = wb.Workbench(tmp_path / "fresh.duckdb").run(quick.replace(start=start), workers=1)

    assert bars.index[60] not in first.panel["WALK"].index
    assert len(first.panel["WALK"]) == len(bars) - 11
    assert set(first.tasks["key"]) == set(fresh.tasks["key"])


def test_bars_from_the_future_are_pointed_out(bench, quick, bars, csv):
    bars.set_axis(bars.index + pd.DateOffset(years=200)).to_csv(csv)

    assert any("160 bars are not complete yet" in note for note in bench.run(quick, workers=1).notes)
