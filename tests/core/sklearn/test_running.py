"""Scikit-learn forecasters in whole runs: from Python, from a file, from the command line, in workers."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pydantic import Field
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import workbench as wb
from workbench.cli import main
from workbench.runs import executor
from workbench.sklearn import SklearnForecaster

FOLDS = wb.WalkForward(train_size=80, test_size=20)


class Penalised(SklearnForecaster, name="penalised"):
    """Ridge regression with a parameter of its own."""

    alpha: float = Field(1.0, gt=0)

    def build(self):
        return Ridge(alpha=self.alpha)


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "store.duckdb")


@pytest.fixture
def experiment(csv):
    def make(*forecasters, **fields):
        asked = {"lookback": 4, "folds": FOLDS, "strategy": None, "seeds": [1, 2], **fields}
        return wb.Experiment(
            source=wb.use("csv", path=str(csv)), symbols=["WALK"], forecasters=list(forecasters), **asked
        )

    return make


def forecasts(run, model=None):
    keys = ["model", "seed", "fold", "origin", "step"]
    frame = run.forecasts.sort_values(keys, ignore_index=True)
    return frame if model is None else frame[frame["model"] == model].reset_index(drop=True)


def test_a_run_gives_the_closed_form_on_windows_scaled_by_the_training_block(bench, bars, experiment):
    asked = experiment(
        SklearnForecaster(Ridge(alpha=2.0)), horizon=2, folds=wb.Holdout(0.2), validation=0.0, features=["log_return"]
    )
    train, test = wb.windows(
        bars, lookback=4, horizon=2, folds=wb.Holdout(0.2), validation=0.0, features=["log_return"]
    )
    seen = train.values[train.ends[0] - 3 : train.ends[-1] + 1].astype(np.float64)
    x, x_test = ((w.batch()[..., 0] - seen.mean()) / seen.std() for w in (train, test))
    mean, spread = train.y.mean(axis=0), train.y.std(axis=0)
    y = (train.y - mean) / spread
    centred = x - x.mean(axis=0)
    weights = np.linalg.solve(centred.T @ centred + 2.0 * np.eye(4), centred.T @ y)  # y has mean zero
    expected = (x_test - x.mean(axis=0)) @ weights * spread + mean

    run = bench.run(asked, workers=1)

    got = forecasts(run, "Ridge(alpha=2.0)").query("seed == 1").pivot(index="origin", columns="step", values="forecast")
    assert_allclose(got.to_numpy(), expected, rtol=1e-4, atol=1e-8)  # features are float32


def test_one_model_for_all_symbols_is_fitted_on_the_windows_of_all(bench, bars, experiment, tmp_path):
    pd.concat([bars.assign(symbol="A"), bars.iloc[::-1].set_index(bars.index).assign(symbol="B")]).to_csv(
        tmp_path / "TWO.csv"
    )
    asked = experiment(
        wb.use(SklearnForecaster(Ridge()), label="local"),
        wb.use(SklearnForecaster(Ridge(), scope="global"), label="global"),
        features=["log_return"],
        folds=wb.Holdout(0.2),
        seeds=[1],
    ).replace(source=wb.use("csv", path=str(tmp_path / "TWO.csv")), symbols=("A", "B"))

    run = bench.run(asked, workers=1)

    wide = run.forecasts.pivot_table(index=["symbol", "origin"], columns="model", values="forecast")
    assert np.isfinite(wide["global"]).all()
    assert (wide["global"] - wide["local"]).abs().min() > 0


def test_an_instance_runs_at_once(bars, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    run = wb.run(bars, forecasters=[SklearnForecaster(Ridge()), Penalised(alpha=2)], lookback=4, folds=FOLDS)

    assert list(run.summary.index if "model" not in run.summary else run.summary["model"])[:2] == [
        "Ridge()",
        "penalised(alpha=2.0)",
    ]


def test_an_experiment_with_an_instance_goes_through_a_file_and_runs_the_same(bench, experiment):
    asked = experiment(SklearnForecaster(RandomForestRegressor(n_estimators=3, max_depth=2)))

    text = asked.to_toml()
    again = wb.Experiment.from_toml(text)

    assert 'use = "sklearn"' in text
    assert 'estimator = "sklearn.ensemble.RandomForestRegressor"' in text
    assert again.to_toml() == text
    ours, theirs = bench.run(asked, workers=1), bench.run(again, workers=1)
    pd.testing.assert_frame_equal(forecasts(ours), forecasts(theirs))
    by_seed = forecasts(ours, "RandomForestRegressor(max_depth=2, n_estimators=3)").groupby("seed")["forecast"].sum()
    assert by_seed.nunique() == 2


def test_a_pipeline_runs_but_cannot_be_written_to_a_file(bench, experiment):
    pipeline = make_pipeline(StandardScaler(), Ridge(alpha=2.0))
    asked = experiment(wb.use(SklearnForecaster(pipeline), label="scaled ridge"))

    run = bench.run(asked, workers=1)

    assert np.isfinite(forecasts(run, "scaled ridge")["forecast"]).all()
    with pytest.raises(wb.ExperimentError, match=r"parameter `estimator` of 'sklearn' .* cannot be written to TOML"):
        asked.to_toml()


def test_settings_stay_in_the_stored_text_of_an_experiment_with_objects(bars, tmp_path):
    from workbench.plan.toml import shown_toml

    ridge = SklearnForecaster(Ridge(alpha=2.0))
    asked = wb.Experiment(source=wb.use("frame", frame=bars), symbols=["frame"], forecasters=[ridge])

    assert "alpha = 2.0" in shown_toml(asked)


@pytest.mark.parametrize("kind", ["object", "subclass"])
def test_workers_give_the_numbers_of_one_process(bench, experiment, monkeypatch, kind):
    forest = RandomForestRegressor(n_estimators=3, max_depth=2)
    forecaster = {
        "object": SklearnForecaster(make_pipeline(StandardScaler(), forest)),
        "subclass": Penalised(alpha=2),
    }[kind]
    alone = bench.run(experiment(forecaster), workers=1)
    monkeypatch.setattr(executor, "PATIENCE_SECONDS", 0.0)

    together = bench.run(experiment(forecaster), workers=2)

    pd.testing.assert_frame_equal(forecasts(together), forecasts(alone))


def test_a_file_names_it_on_the_command_line(csv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ridge.toml").write_text(
        """
        symbols = ["WALK"]
        lookback = 4
        source = { use = "csv", path = "WALK.csv" }
        forecasters = [{ use = "sklearn", estimator = "sklearn.linear_model.Ridge", settings = { alpha = 2.0 } }]
        folds = { train_size = 80, test_size = 20 }
        """
    )

    with pytest.raises(SystemExit) as ended:
        main(["run", "ridge.toml", "--set", "forecasters.0.settings.alpha=3.5", "--json"])

    assert ended.value.code == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]
    assert "Ridge(alpha=3.5)" in json.dumps(summary)


def test_a_wrong_class_in_a_file_is_one_paragraph(csv, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ridge.toml").write_text(
        """
        symbols = ["WALK"]
        source = { use = "csv", path = "WALK.csv" }
        forecasters = [{ use = "sklearn", estimator = "sklearn.linear_model.LogisticRegression" }]
        """
    )

    with pytest.raises(SystemExit) as ended:
        main(["run", "ridge.toml"])

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "of type 'classifier'; expected a regressor" in said
    assert "Traceback" not in said
