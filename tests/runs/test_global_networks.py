"""One network for all symbols of a panel in which they begin, pause and end at different times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

import workbench as wb
from workbench.torch import FittedTorchForecaster
from workbench_store import Store

N = 160


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> wb.Workbench:
    return wb.Workbench(tmp_path_factory.mktemp("store") / "store.duckdb")


@pytest.fixture(scope="module")
def run(bench, random_walk, tmp_path_factory) -> wb.Run:
    whole = {symbol: random_walk(N, seed=i) for i, symbol in enumerate(("ENDS", "GAP", "LATE", "WHOLE"))}
    ragged = {
        "ENDS": whole["ENDS"].iloc[:130],
        "GAP": whole["GAP"].drop(whole["GAP"].index[60:75]),
        "LATE": whole["LATE"].iloc[90:] * 50,
        "WHOLE": whole["WHOLE"],
    }
    path = tmp_path_factory.mktemp("panel") / "panel.csv"
    pd.concat([bars.assign(symbol=symbol) for symbol, bars in ragged.items()]).to_csv(path)
    network = wb.use("lstm", hidden=3, epochs=2, scope="global", label="net", loss="quantile", members=2)
    local = wb.use("lstm", hidden=3, epochs=2, label="each")
    experiment = wb.Experiment(
        source=wb.use("csv", path=str(path)),
        symbols=sorted(ragged),
        lookback=3,
        horizon=2,
        target="price",
        features=["log_return"],
        forecasters=[network, local],
        folds=wb.WalkForward(train_size=80, test_size=40),
        validation=0.2,
    )
    return bench.run(experiment, workers=1)


def test_every_symbol_with_a_history_is_forecast(run):
    by_fold = run.forecasts.query("model == 'net'").groupby("fold")["symbol"].unique()

    assert sorted(by_fold[0]) == ["ENDS", "GAP", "WHOLE"]
    assert sorted(by_fold[1]) == ["ENDS", "GAP", "LATE", "WHOLE"]


def test_it_is_one_network_and_local_ones_are_as_many_as_symbols(bench, run):
    kept = Store(bench.path).load_models(run.id)

    assert [sorted(model.symbols) for model in kept if model.model == "net"] == [["ENDS", "GAP", "LATE", "WHOLE"]]
    assert sorted(model.symbols for model in kept if model.model == "each") == [
        ("ENDS",),
        ("GAP",),
        ("LATE",),
        ("WHOLE",),
    ]


def test_it_is_saved_and_loaded_as_one(bench, run, tmp_path):
    (kept,) = (model for model in Store(bench.path).load_models(run.id) if model.model == "net")
    for name, content in kept.files.items():
        (tmp_path / name).write_bytes(content)

    loaded = FittedTorchForecaster.load(tmp_path)

    assert sorted(kept.files) == ["config.json", "model.safetensors", "model_2.safetensors", "workbench.json"]
    assert loaded.forecaster.scope == "global"
    assert len(loaded.modules) == 2


def test_quantiles_come_back_in_the_prices_of_each_symbol(run):
    net = run.forecasts.query("model == 'net'")
    quantiles = np.stack(net["quantiles"])

    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert_array_equal(quantiles[:, 2], net["forecast"])
    for symbol, level in (("LATE", 5000), ("WHOLE", 100)):
        mine = quantiles[net["symbol"] == symbol]
        assert (mine > 0.5 * level).all() and (mine < 2 * level).all()


def test_it_is_replayed_to_the_last_bit(bench, run):
    assert bench.replay(run.id, workers=1).identical


def test_the_learning_curve_is_of_the_whole(run):
    curve = run.learning.query("model == 'net' and fold == 0")

    assert curve["epoch"].tolist() == [1, 2]
    assert np.isfinite(curve[["train_loss", "validation_loss", "validation_rmse"]].to_numpy()).all()
