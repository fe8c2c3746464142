"""`Workbench.panel`: bars from wherever they are, and a description that agrees with a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb


def make_bars(n=120, seed=0, start="2021-01-04"):
    close = 80 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.02, n)))
    index = pd.bdate_range(start, periods=n, name="date")
    return pd.DataFrame({"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}, index=index)


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "store.duckdb")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "WALK.csv"
    make_bars().to_csv(path)
    return path


def test_a_frame_a_path_and_a_text_give_the_same_bars(bench, file):
    of_frame = bench.panel(make_bars(), symbols="WALK")["WALK"]

    for data in (file, str(file)):
        np.testing.assert_allclose(bench.panel(data)["WALK"]["close"], of_frame["close"])
    assert not bench.path.exists()  # looking writes nothing


def test_a_series_of_the_store_is_found_by_symbol_and_by_name(bench, file):
    series = bench.import_data(file)[0]["series"]

    for name in ("WALK", series):
        pd.testing.assert_frame_equal(bench.panel(name)["WALK"], bench.bars(series))


def test_source_and_symbol_are_fetched(bench):
    panel = bench.panel("sample:GOOG", tail=50)

    assert panel.symbols == ("GOOG",) and len(panel) == 50


def test_fields_of_an_experiment_decide_on_bars(bench, file):
    whole = bench.panel(file)["WALK"]

    part = bench.panel(file, start="2021-02-01", end="2021-03-31")["WALK"]
    bench.import_data(file)
    stored = bench.panel("WALK", start="2021-02-01", end="2021-03-31")["WALK"]

    pd.testing.assert_frame_equal(part, whole.loc["2021-02-01":"2021-03-31"])
    assert part.index.equals(stored.index)


def test_bars_without_a_price_are_kept_unless_missing_says_otherwise(bench):
    bars = make_bars()
    bars.iloc[[3, 50]] = np.nan

    kept, dropped = bench.panel(bars), bench.panel(bars, missing="drop")

    assert (len(kept), len(dropped)) == (120, 118)
    with pytest.raises(wb.DataError, match="lacks a price in 2 of 120 bars"):
        bench.panel(bars, missing="error")


def test_what_is_nowhere_is_refused_with_what_could_be_given(bench, file, monkeypatch):
    monkeypatch.chdir(file.parent)
    with pytest.raises(wb.DataError, match=r"no file 'WALK', and no store .* Did you mean 'WALK\.csv'\?"):
        bench.panel("WALK")
    bench.import_data(file)

    with pytest.raises(wb.DataError, match=r"the store has no series of that name\. Did you mean 'WALK'\?"):
        bench.panel("WALKS")


@pytest.mark.parametrize("field", ["interval", "symbols", "source"])
def test_what_is_settled_of_a_stored_series_cannot_be_set(bench, file, field):
    bench.import_data(file)

    with pytest.raises(wb.ExperimentError, match=f"`{field}` cannot be set: .* is a series of the store"):
        bench.panel("WALK", **{field: "1wk"})


# A run


@pytest.mark.parametrize(("n", "share"), [(101, 0.2), (120, 0.2), (120, 0.35)])
def test_persistence_scores_in_a_run_what_the_description_says(bench, n, share):
    bars = make_bars(n, seed=n)
    found = bench.panel(bars).describe(test_fraction=share)["frame"].persistence

    run = bench.run(bench.quick(bars, forecasters=["persistence"], folds=wb.Holdout(share), strategy=None), workers=1)

    assert found.n_test == run.forecasts["model"].eq("persistence").sum()
    assert found.rmse == pytest.approx(score_of(run, "price", "rmse"), abs=1e-12)
    assert found.mae == pytest.approx(score_of(run, "price", "mae"), abs=1e-12)
    assert found.log_rmse == pytest.approx(score_of(run, "target", "rmse"), abs=1e-12)


def test_so_it_does_for_symbols_of_different_length_and_with_missing_bars(bench):
    early, late = make_bars(150, seed=1), make_bars(60, seed=2, start="2021-05-03")
    early.iloc[[20, 130]] = np.nan
    bars = pd.concat({"EARLY": early, "LATE": late}, names=["symbol"]).reset_index()
    found = bench.panel(bars).describe()
    asked = bench.quick(
        bars, forecasters=["persistence"], folds=wb.Holdout(0.2), strategy=None, missing="drop", lookback=5
    )

    run = bench.run(asked, workers=1)

    for symbol in ("EARLY", "LATE"):
        assert found[symbol].persistence.rmse == pytest.approx(score_of(run, "price", "rmse", symbol), abs=1e-12)
        assert found[symbol].persistence.log_rmse == pytest.approx(score_of(run, "target", "rmse", symbol), abs=1e-12)


def score_of(run, space, metric, symbol=None):
    rows = run.scores[run.scores["model"].eq("persistence") & run.scores[["seed", "fold", "step"]].isna().all(axis=1)]
    mine = rows[rows["symbol"].isna()] if symbol is None else rows[rows["symbol"].eq(symbol)]
    chosen = mine[mine["space"].eq(space) & mine["metric"].eq(metric)]
    return float(chosen["value"].item())
