"""A model that was trained in a run forecasts elsewhere what it forecast there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import DataError, FittedForecaster, Forecaster, NotSaveable, Prediction, RequestError, StoreError
from workbench.runs.model_files import DOCUMENT

LSTM = "lstm(hidden=4, epochs=2)"


class FittedNoise(FittedForecaster):
    """Remembers a number that only a seed and the training rows tell."""

    def __init__(self, value: float) -> None:
        self.value = value

    def predict(self, windows):
        point = np.full((len(windows), windows.horizon), self.value)
        levels = np.array([0.1, 0.9])
        return Prediction(point, levels, point[:, :, None] + np.array([-0.01, 0.01]))


class Noise(Forecaster, name="noise"):
    """A forecaster that cannot be saved."""

    def fit(self, train, validation, context):
        return FittedNoise(float(np.random.default_rng(context.seed).normal() + train.targets.mean()))


@pytest.fixture(scope="module")
def run(shared):
    return shared[1]


def forecasts_of(run, label, seed=None):
    rows = run.forecasts[(run.forecasts["model"] == label) & (run.forecasts["fold"] == run.forecasts["fold"].max())]
    return rows if seed is None else rows[rows["seed"] == seed]


@pytest.mark.parametrize(("label", "seed"), [(LSTM, 2), ("drift", 1), ("persistence", 1)])
def test_a_kept_model_forecasts_the_run_s_test_origins_to_the_last_bit(run, label, seed):
    stored = forecasts_of(run, label, seed)

    again = run.model(label, seed).predict(run.panel, origins="all")

    both = stored.merge(again, on=["symbol", "origin", "step"], suffixes=("", "_again"))
    assert len(both) == len(stored) > 0
    for column in ("forecast", "price", "expected_return", "last_price", "target_time"):
        np.testing.assert_array_equal(both[f"{column}_again"].to_numpy(), both[column].to_numpy())


def test_bars_up_to_an_origin_give_the_forecast_of_that_origin(run, bars):
    stored = forecasts_of(run, LSTM, 1).iloc[[0, 7, -1]]
    model = run.model(seed=1)

    for row in stored.to_dict("records"):
        (again,) = model.predict(bars.loc[: row["origin"]]).to_dict("records")

        assert (again["forecast"], again["price"]) == (row["forecast"], row["price"])
        assert (again["origin"], again["target_time"]) == (row["origin"], row["target_time"])


@pytest.mark.parametrize("given", ["bars.csv", 3])
def test_what_is_no_bars_is_refused_with_how_to_read_a_file(run, given):
    hint = "a DataFrame, a Panel, or a mapping of symbol to DataFrame"
    hint += (
        r", but got 'bars.csv'. Read a file with `workbench.Workbench\(\).panel\('bars.csv'\)`" if given != 3 else ""
    )

    for ask in (run.predict, run.model(seed=1).predict):
        with pytest.raises(wb.RequestError, match=hint):
            ask(given)


def test_a_run_predicts_the_mean_over_its_seeds(run, bars):
    each = [run.model(seed=seed).predict(bars)["forecast"].iloc[0] for seed in (1, 2)]

    (mean,) = run.predict(bars).to_dict("records")

    assert mean["forecast"] == pytest.approx(np.mean(each), rel=1e-15)
    assert pd.isna(mean["seed"])


def test_a_model_knows_what_it_was_trained_on(run):
    model = run.model(seed=2)
    newest = forecasts_of(run, LSTM)

    assert (model.label, model.symbols, model.training.seed, model.training.fold) == (LSTM, ("WALK",), 2, 3)
    assert model.trained_until <= newest["origin"].min() + pd.Timedelta(days=1)
    assert model.training.first_bars == {"WALK": "2020-01-01T00:00:00"}
    assert model.training.run == run.id
    assert model.training.data[0]["symbol"] == "WALK"


def test_models_are_listed_with_what_is_kept(run):
    rows = run.models

    assert list(rows["model"]) == ["drift", LSTM, LSTM, "persistence"]
    assert rows["kept"].all()
    assert (rows["fold"] == 3).all()
    assert (rows["n_bytes"] > 0).all()


def test_what_is_there_can_be_told_from_what_is_asked_for(run):
    with pytest.raises(RequestError, match=r"no model 'drif'. Did you mean 'drift'"):
        run.model("drif")
    with pytest.raises(RequestError, match="its seeds are 1, 2"):
        run.model(seed=5)
    with pytest.raises(RequestError, match="It forecasts WALK"):
        run.model(symbol="GOOG")


ELSEWHERE = """
import json, sys
import pandas as pd
import workbench as wb
bars = pd.read_csv(sys.argv[2], index_col=0, parse_dates=True)
frame = wb.load_model(sys.argv[1]).predict(bars, origins="all")
print(json.dumps([value.hex() for value in frame["forecast"]]))
"""


@pytest.mark.parametrize("label", [LSTM, "drift"])
def test_a_saved_model_gives_identical_forecasts_in_another_process_without_any_store(run, bars, tmp_path, label):
    saved = run.model(label).save(tmp_path / "model")
    bars.to_csv(tmp_path / "bars.csv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(saved), str(tmp_path / "bars.csv")],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    here = run.model(label).predict(bars, origins="all")["forecast"]
    assert json.loads(done.stdout) == [value.hex() for value in here]
    assert list(elsewhere.iterdir()) == []


def test_a_saved_model_holds_plain_files_only(run, tmp_path):
    saved = run.model().save(tmp_path / "model")

    assert sorted(path.name for path in saved.iterdir()) == ["config.json", "model.safetensors", DOCUMENT]
    told = json.loads((saved / DOCUMENT).read_text())
    assert (told["format"], told["multi_step"], told["conformal"]) == (1, "direct", None)
    with pytest.raises(RequestError, match="not an empty folder"):
        run.model().save(saved)


def test_a_model_that_is_damaged_or_newer_is_refused(run, tmp_path):
    saved = run.model("drift").save(tmp_path / "model")
    told = json.loads((saved / DOCUMENT).read_text())

    for change, said in [
        ({"format": 2}, "has format 2"),
        ({"fitted": "subprocess:Popen"}, "is no FittedForecaster"),
        ({"forecaster": {"class": "os:system", "params": {}}}, "is no Forecaster"),
        ({"inputs": {}}, "is damaged"),
    ]:
        (saved / DOCUMENT).write_text(json.dumps({**told, **change}))
        with pytest.raises(StoreError, match=said):
            wb.load_model(saved)
    (saved / DOCUMENT).unlink()
    with pytest.raises(StoreError, match="holds no trained model"):
        wb.load_model(saved)
    with pytest.raises(StoreError, match="there is no folder"):
        wb.load_model(tmp_path / "nowhere")


def test_bars_that_do_not_fit_are_refused(run, bars):
    model = run.model("drift")

    with pytest.raises(DataError, match="bars are of OTHER"):
        model.predict({"OTHER": bars})
    with pytest.raises(DataError, match=r"no bar can be forecast from: .* there are 3 bars"):
        model.predict(bars.iloc[:3])
    with pytest.raises(DataError, match="knows no context 'vix'"):
        model.predict(bars, context={"vix": bars})
    with pytest.raises(RequestError, match="expected 'newest' or 'all'"):
        model.predict(bars, origins="last")


def test_a_forecaster_that_cannot_be_saved_is_fitted_again_exactly(bench, experiment, bars):
    run = bench.run(experiment.replace(forecasters=[Noise()], baselines=(), strategy=None), workers=1)

    model = run.model(seed=2)
    stored = forecasts_of(run, "noise", 2)
    again = model.predict(run.panel, origins="all")

    assert run.models.set_index("model").loc["noise", "kept"].tolist() == [False, False]
    both = stored.merge(again, on=["symbol", "origin", "step"])
    assert len(both) == len(stored) > 0
    np.testing.assert_array_equal(both["forecast_x"], both["forecast_y"])
    with pytest.raises(NotSaveable, match="does not offer `save`"):
        run.save_models("anywhere")


def test_quantiles_come_with_the_forecast_and_with_its_mean(bench, experiment, bars):
    run = bench.run(experiment.replace(forecasters=[Noise()], baselines=(), strategy=None), workers=1)

    (row,) = run.predict(bars).to_dict("records")

    assert row["levels"] == [0.1, 0.9]
    np.testing.assert_allclose(row["quantiles"], [row["forecast"] - 0.01, row["forecast"] + 0.01], rtol=1e-12)


def test_a_scikit_learn_scaler_is_told_in_plain_values(bench, experiment, bars, tmp_path):
    from sklearn.preprocessing import MinMaxScaler

    run = bench.run(experiment.replace(scaler=MinMaxScaler((-1, 1)), seeds=[1], baselines=()), workers=1)
    saved = run.model().save(tmp_path / "model")

    loaded = wb.load_model(saved).predict(run.panel, origins="all")

    stored = forecasts_of(run, LSTM).merge(loaded, on=["symbol", "origin", "step"])
    np.testing.assert_array_equal(stored["forecast_x"], stored["forecast_y"])


def test_a_scaler_that_cannot_be_told_is_said_and_the_model_is_fitted_again(bench, experiment):
    from sklearn.preprocessing import FunctionTransformer

    scaler = FunctionTransformer(np.negative, np.negative)
    run = bench.run(experiment.replace(scaler=scaler, seeds=[1], baselines=()), workers=1)

    model = run.model()
    again = model.predict(run.panel, origins="all")

    stored = forecasts_of(run, LSTM).merge(again, on=["symbol", "origin", "step"])
    np.testing.assert_array_equal(stored["forecast_x"], stored["forecast_y"])
    with pytest.raises(NotSaveable, match="scaler FunctionTransformer cannot be told in plain values"):
        model.save("anywhere")


def test_the_other_series_of_a_model_are_handed_in_beside_its_bars(bench, experiment, bars, random_walk, tmp_path):
    other = random_walk(seed=9)
    other.to_csv(tmp_path / "OTHER.csv")
    context = {"other": wb.use("csv", path=str(tmp_path / "OTHER.csv"))}
    run = bench.run(experiment.replace(context=context, seeds=[1], baselines=()), workers=1)
    model = wb.load_model(run.model().save(tmp_path / "model"))

    with pytest.raises(DataError, match="give those of other too"):
        model.predict(bars)
    again = model.predict(bars, context={"other": other}, origins="all")

    stored = forecasts_of(run, LSTM).merge(again, on=["symbol", "origin", "step"])
    np.testing.assert_array_equal(stored["forecast_x"], stored["forecast_y"])


PLUGIN = """
import json
import numpy as np
from workbench import FittedForecaster, Forecaster

class FittedMine(FittedForecaster):
    def __init__(self, value):
        self.value = value

    def predict(self, windows):
        return np.full((len(windows), windows.horizon), self.value)

    def save(self, folder):
        (folder / "value.json").write_text(json.dumps(self.value))

    @classmethod
    def load(cls, folder):
        return cls(json.loads((folder / "value.json").read_text()))

class Mine(Forecaster, name="mine"):
    '''A stranger's.'''
    def fit(self, train, validation, context):
        return FittedMine(float(train.targets.mean()))
"""


def test_the_model_of_a_plugin_file_is_kept_and_loaded_with_that_file(bench, experiment, bars, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN)
    asked = experiment.replace(forecasters=["mine"], baselines=(), plugins=[str(file)], seeds=[1])
    run = bench.run(asked, workers=1)
    saved = run.model().save(tmp_path / "model")
    copy = tmp_path / "copy" / "mine.py"
    copy.parent.mkdir()
    copy.write_text(PLUGIN)

    loaded = wb.load_model(saved, plugins=[copy]).predict(bars)

    assert loaded["forecast"].tolist() == run.predict(bars)["forecast"].tolist()
    assert sorted(path.name for path in saved.iterdir()) == ["value.json", DOCUMENT]


def test_models_of_several_symbols_are_saved_side_by_side(bench, random_walk, tmp_path):
    folder = tmp_path / "bars"
    folder.mkdir()
    for number, symbol in enumerate(("A", "B")):
        random_walk(seed=number).to_csv(folder / f"{symbol}.csv")
    experiment = bench.quick(str(folder), forecasters=["drift"], lookback=5, strategy=None)
    run = bench.run(experiment, workers=1)

    with pytest.raises(RequestError, match="once for each of A, B; name one with `symbol`"):
        run.model()
    saved = run.save_models(tmp_path / "models")
    both = run.predict(run.panel)

    assert [path.name for path in saved] == ["A-7", "B-7"]
    assert list(both["symbol"]) == ["A", "B"]
    one = wb.load_model(Path(saved[1])).predict(run.panel)
    assert one["forecast"].tolist() == both.loc[both["symbol"] == "B", "forecast"].tolist()


def test_features_across_symbols_need_all_of_them(bench, random_walk):
    model_bars = {"A": random_walk(seed=1), "B": random_walk(seed=2)}
    experiment = bench.quick(
        pd.concat({s: bars.reset_index() for s, bars in model_bars.items()}, names=["symbol"])
        .reset_index(level=0)
        .set_index("date"),
        forecasters=["mean"],
        features=["log_return", Ranked()],
        lookback=5,
        strategy=None,
    )
    run = bench.run(experiment, workers=1)
    model = run.model(symbol="A")

    with pytest.raises(DataError, match="there are no bars of B"):
        model.predict({"A": model_bars["A"]})
    assert len(model.predict(model_bars)) == 1


class Ranked(wb.PanelFeature, name="ranked"):
    """Whether a symbol's close is the highest."""

    def compute(self, panel):
        closes = pd.concat({s: panel[s]["close"] for s in panel}, axis=1)
        return {s: (closes[s] == closes.max(axis=1)).astype(float).reindex(panel[s].index) for s in panel}


def test_models_that_were_not_kept_are_fitted_again_exactly(bench, experiment):
    run = bench.run(experiment.replace(keep_models="none", baselines=(), strategy=None), workers=1)

    again = run.model(seed=2).predict(run.panel, origins="all")

    assert not run.models["kept"].any()
    stored = forecasts_of(run, LSTM, 2).merge(again, on=["symbol", "origin", "step"])
    assert len(stored) > 0
    np.testing.assert_array_equal(stored["forecast_x"], stored["forecast_y"])
