from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench_store import DataVersion, Store, StoreError

Begin = Callable[..., str]

MOMENTS = pd.date_range("2024-02-01 21:00", periods=2, freq="D").as_unit("us")
OF_MODEL = {"model": "lstm", "seed": pd.array([None, None], dtype="Int64")}

FRAMES: dict[str, dict[str, Any]] = {
    "signals": {"origin": MOMENTS, "symbol": "NFLX", "position": [0.0, 1.0], "stop": np.nan, "take_profit": np.nan},
    "orders": {
        "symbol": "NFLX",
        "decided": MOMENTS[[1, 1]],  # the close of one trade and the opening of the next, at one bar
        "units": [-2.0, -2.5],
        "status": ["filled", "rejected"],
        "reason": [None, "not enough cash"],
    },
    "trades": {
        "symbol": "NFLX",
        "entry_time": MOMENTS,
        "exit_time": [MOMENTS[1], pd.NaT],
        "units": [1.0, 2.0],
        "entry_price": 100.0,
        "exit_price": [101.0, np.nan],
        "pnl": [1.0, 0.0],
        "simple_return": [0.01, 0.0],
        "commission": 0.1,
        "is_open": [False, True],
    },
    "equity": {"time": MOMENTS, "equity": [1e4, 1.01e4], "exposure": [0.0, 1.0]},
    "backtests": {"metric": ["sharpe", "calmar"], "value": [1.2, np.nan], "reason": [None, "no drawdown"]},
}


def scores_of(symbol: str | None, *, model: str = "lstm", fold: int | None = None, **values: float) -> pd.DataFrame:
    rows = {"metric": list(values), "value": list(values.values())}
    whole = pd.array([fold] * len(values), dtype="Int64")
    return pd.DataFrame(rows).assign(model=model, symbol=symbol, seed=None, fold=whole, step=None, space="price")


def finish(store: Store, run: str, *scores: pd.DataFrame, **frames: pd.DataFrame) -> None:
    store.finish_run(run, scores=pd.concat(scores), seconds=1.0, summary={}, verdict=None, **frames)


@pytest.mark.parametrize("table", FRAMES)
def test_results_read_back_as_they_were_written(store: Store, begin: Begin, table: str) -> None:
    run, frame = begin(), pd.DataFrame(OF_MODEL | FRAMES[table])

    finish(store, run, scores_of("NFLX", rmse=1.0), **{table: frame})

    loaded = store.load_results(run, table)  # type: ignore[arg-type]
    assert_frame_equal(loaded[frame.columns], frame, check_dtype=False)


def test_finishing_again_replaces_the_results(store: Store, begin: Begin) -> None:
    run = begin()
    equity = pd.DataFrame(OF_MODEL | FRAMES["equity"])

    finish(store, run, scores_of("NFLX", rmse=1.0), equity=equity)
    finish(store, run, scores_of("NFLX", rmse=2.0), equity=equity.iloc[:1])

    assert store.load_results(run, "scores")["value"].tolist() == [2.0]
    assert len(store.load_results(run, "equity")) == 1


def test_finishing_is_all_or_nothing(store: Store, begin: Begin) -> None:
    run = begin()
    equity = pd.DataFrame(OF_MODEL | FRAMES["equity"])

    with pytest.raises(StoreError, match="same key"):
        finish(store, run, scores_of("NFLX", rmse=1.0), equity=pd.concat([equity, equity]))

    assert store.find_run(run).status == "running"
    assert store.load_results(run, "scores").empty


def test_a_table_that_holds_no_results_is_refused(store: Store, begin: Begin) -> None:
    with pytest.raises(StoreError, match=r"'runs' is no table of results; choose from forecasts"):
        store.load_results(begin(), "runs")  # type: ignore[arg-type]


@pytest.mark.parametrize("symbols_scored", [["NFLX"], [None], ["NFLX", None]])
def test_a_run_on_one_symbol_is_once_on_the_leaderboard(
    store: Store, begin: Begin, symbols_scored: list[str | None]
) -> None:
    run = begin()
    finish(
        store,
        run,
        *(scores_of(symbol, rmse=2.0, mae=1.5, mse=4.0, skill=0.1, hit_rate=0.55) for symbol in symbols_scored),
        scores_of("NFLX", fold=0, rmse=9.0),
    )

    board = store.query("SELECT * EXCLUDE (created_at) FROM leaderboard").to_dict("records")

    values = {"rmse": 2.0, "mae": 1.5, "mse": 4.0, "skill": 0.1, "hit_rate": 0.55}
    row = {"run": run, "name": "netflix", "model": "lstm", "symbol": "NFLX", "space": "price"}
    assert board == [row | values]


def test_series_beside_those_of_the_run_do_not_make_it_a_panel(store: Store, begin: Begin) -> None:
    end = datetime(2024, 1, 31, 21)
    asked = DataVersion("csv:NFLX:1d", "NFLX", 1, end, "ab" * 32, 22)
    beside = [
        DataVersion(f"csv:{name}:1d", name, 1, end, "ab" * 32, 22, context=name.lower()) for name in ("VIX", "DXY")
    ]
    run = begin(data=[asked, *beside])
    finish(store, run, scores_of(None, rmse=2.0))

    board = store.query("SELECT symbol, rmse FROM leaderboard")

    assert board.to_dict("records") == [{"symbol": "NFLX", "rmse": 2.0}]
    assert store.find_run(run).data == (asked, *beside)


def test_runs_of_before_there_was_anything_beside_them_are_read_as_they_were(store: Store, begin: Begin) -> None:
    run = begin()
    with store.transaction() as con:
        con.execute("""UPDATE runs SET data = replace(data, ', "context": null', '')""")
        assert "context" not in str(con.execute("SELECT data FROM runs").fetchall())
    finish(store, run, scores_of(None, rmse=2.0))

    assert store.find_run(run).data[0].context is None
    assert store.query("SELECT symbol FROM leaderboard")["symbol"].tolist() == ["NFLX"]


def test_a_panel_has_a_row_for_each_symbol_and_one_for_all(store: Store, begin: Begin) -> None:
    run = begin(symbols=("AMZN", "NFLX"))
    finish(store, run, *(scores_of(symbol, rmse=rmse) for symbol, rmse in [("AMZN", 1.0), ("NFLX", 2.0), (None, 1.6)]))

    board = store.query("SELECT symbol, rmse, mae FROM leaderboard ORDER BY rmse")

    assert board["rmse"].tolist() == [1.0, 1.6, 2.0]
    assert board["symbol"].fillna("all").tolist() == ["AMZN", "all", "NFLX"]
    assert board["mae"].isna().all()


def test_the_leaderboard_says_which_run_is_best(store: Store, begin: Begin) -> None:
    for name, rmse in [("first", 3.0), ("second", 2.0), ("third", 4.0)]:
        finish(store, begin(name), scores_of("NFLX", rmse=rmse), scores_of("NFLX", model="persistence", rmse=2.5))

    best = store.query(
        "SELECT name, model FROM leaderboard WHERE space = 'price' AND symbol = ? ORDER BY rmse LIMIT 1", ["NFLX"]
    )

    assert best.to_dict("records") == [{"name": "second", "model": "lstm"}]
