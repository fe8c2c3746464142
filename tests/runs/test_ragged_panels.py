"""Many symbols that begin, pause and end at different times: nothing is invented, and nothing seen too early."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import workbench as wb
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
from workbench.runs.contexts import fetch_all
from workbench.runs.prepare import prepare

N = 160


@pytest.fixture(scope="module")
def frames(random_walk) -> dict[str, pd.DataFrame]:
    """Five symbols: one whole, one that is listed late, one that ends, one with a gap, one that trades every day."""
    whole = {symbol: random_walk(N, seed=n) for n, symbol in enumerate(("ENDS", "GAP", "LATE", "WHOLE"))}
    every_day = random_walk(N + 64, seed=8).set_axis(pd.date_range("2020-01-01", periods=N + 64, name="date"))
    gap = whole["GAP"]
    return {
        "ENDS": whole["ENDS"].iloc[:110],
        "GAP": gap.drop(gap.index[100:115]),
        "LATE": whole["LATE"].iloc[105:],
        "WEEKENDS": every_day,
        "WHOLE": whole["WHOLE"],
    }


@pytest.fixture(scope="module")
def ask(tmp_path_factory, frames):
    path = tmp_path_factory.mktemp("panel") / "panel.csv"

    def ask(changed=None, **fields) -> wb.Experiment:
        chosen = frames | (changed or {})
        pd.concat([bars.assign(symbol=symbol) for symbol, bars in chosen.items()]).to_csv(path)
        settled = {
            "source": wb.use("csv", path=str(path)),
            "symbols": sorted(chosen),
            "lookback": 3,
            "features": ["log_return"],
            "forecasters": [wb.use("sklearn", estimator="sklearn.linear_model.Ridge", label="ridge")],
            "folds": wb.WalkForward(train_size=130, test_size=45),
        }
        return wb.Experiment(**{**settled, **fields})

    return ask


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> wb.Workbench:
    return wb.Workbench(tmp_path_factory.mktemp("store") / "store.duckdb")


@pytest.fixture(scope="module")
def run(bench, ask) -> wb.Run:
    return bench.run(ask(), workers=1)


def test_every_bar_of_the_panel_is_one_that_the_source_gave(run, frames):
    for symbol, bars in frames.items():
        seen = run.panel[symbol]
        assert list(seen.index) == list(bars.index)
        np.testing.assert_allclose(seen["close"], bars["close"])


def test_folds_are_cut_on_the_union_of_all_moments_and_purged_for_every_symbol(ask):
    resolved = resolve(ask(), default_registry())
    ready = prepare(resolved, fetch_all(resolved))
    known = ready.samples.known_at

    assert len(ready.panel.times) == N + 64  # the symbol that trades every day sets the pace
    for fold in ready.folds:
        rows = ready.rows[fold.number]
        tests = [known[s][r] for s, r in rows.test.items() if len(r)]
        earliest = min(moments[0] for moments in tests)
        for symbol, train in rows.train.items():
            if len(train):
                assert known[symbol][train[-1] + 1] <= earliest  # its last target is known by then
        for symbol, test in rows.test.items():
            targets = known[symbol][test + 1]
            assert ((targets >= fold.test_from) & (targets <= fold.test_until)).all()


def test_a_symbol_is_neither_trained_nor_tested_before_it_has_a_history(run, frames):
    late = run.forecasts[run.forecasts["symbol"] == "LATE"]
    first_fold = run.forecasts[run.forecasts["fold"] == 0]

    assert "LATE" not in set(first_fold["symbol"])
    assert late["origin"].min() >= frames["LATE"].index[3]
    assert [note for note in run.notes if note.startswith("LATE: no history to train on in 1 of ")]


def test_a_symbol_that_ended_is_not_forecast_beyond_its_last_bar(run, frames):
    ended = run.forecasts[run.forecasts["symbol"] == "ENDS"]

    assert ended["target_time"].max() == frames["ENDS"].index[-1]


def test_over_a_gap_the_next_bar_is_the_target_and_no_price_is_made_up(run, frames):
    bars = frames["GAP"]
    gap = run.forecasts[(run.forecasts["symbol"] == "GAP") & (run.forecasts["model"] == "persistence")]
    across = gap.set_index("origin").loc[bars.index[99]]

    assert across["target_time"] == bars.index[100]
    assert (across["target_time"] - across.name).days > 14
    assert across["actual_price"] == pytest.approx(bars["close"].iloc[100])


def test_another_future_of_one_symbol_changes_no_earlier_forecast_of_any(bench, ask, run, frames):
    moment = pd.Timestamp("2020-07-10")
    later = frames["WEEKENDS"].copy()
    later[later.index > moment] *= 3.0

    other = bench.run(ask({"WEEKENDS": later}), workers=1)

    seen = ["model", "symbol", "fold", "origin", "step", "last_price", "forecast", "price"]
    before, after = (r.forecasts[r.forecasts["origin"] <= moment][seen] for r in (run, other))
    assert len(before) > 100
    assert_frame_equal(after, before, check_exact=True)
    changed = [r.forecasts.loc[r.forecasts["symbol"] == "WEEKENDS", "last_price"] for r in (run, other)]
    assert not np.allclose(*changed)


def test_a_model_for_all_symbols_leaves_out_those_without_a_history(bench, ask):
    network = wb.use("lstm", hidden=3, epochs=1, scope="global", label="net")

    run = bench.run(ask(forecasters=[network]), workers=1)

    net = run.forecasts[run.forecasts["model"] == "net"]
    assert "LATE" not in set(net.loc[net["fold"] == 0, "symbol"])
    assert "LATE" in set(net["symbol"])
    assert bench.replay(run.id, workers=1).identical


def test_bars_without_a_price_are_dropped_of_their_own_symbol_alone(bench, ask, frames):
    holed = frames["WHOLE"].copy()
    holed.iloc[[50, 120], :4] = np.nan

    run = bench.run(ask({"WHOLE": holed}, missing="drop", forecasters=["mean"]), workers=1)

    assert "WHOLE: 2 bars without a price were dropped." in run.notes
    assert len(run.panel["WHOLE"]) == N - 2
    assert len(run.panel["ENDS"]) == 110
