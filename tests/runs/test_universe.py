"""Runs kept to the members of a universe."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import workbench as wb
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
from workbench.runs.contexts import fetch_all
from workbench.runs.prepare import prepare


@pytest.fixture
def ask(tmp_path, random_walk):
    """Ask for four symbols of one file, with the members as they are written."""
    frames = [random_walk(160, seed=n).assign(symbol=symbol) for n, symbol in enumerate(("AAA", "BBB", "CCC", "DDD"))]
    pd.concat(frames).to_csv(tmp_path / "panel.csv")

    def ask(members: str, **fields) -> wb.Experiment:
        path = tmp_path / "members.csv"
        path.write_text(members, encoding="utf-8")
        settled = {
            "name": "members",
            "source": wb.use("csv", path=str(tmp_path / "panel.csv")),
            "universe": path,
            "lookback": 3,
            "forecasters": ["mean"],
            "folds": wb.WalkForward(train_size=60, test_size=40),
        }
        return wb.Experiment(**{**settled, **fields})

    return ask


DAYS = pd.bdate_range("2020-01-01", periods=160)
MEMBERS = f"""symbol,from,to
AAA,,
BBB,{DAYS[30].date()},{DAYS[90].date()}
BBB,{DAYS[120].date()},
CCC,,{DAYS[79].date()}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory, random_walk):
    folder = tmp_path_factory.mktemp("members")
    frames = [random_walk(160, seed=n).assign(symbol=symbol) for n, symbol in enumerate(("AAA", "BBB", "CCC", "DDD"))]
    pd.concat(frames).to_csv(folder / "panel.csv")
    (folder / "members.csv").write_text(MEMBERS, encoding="utf-8")
    experiment = wb.Experiment(
        source=wb.use("csv", path=str(folder / "panel.csv")),
        universe=str(folder / "members.csv"),
        lookback=3,
        forecasters=["mean"],
        folds=wb.WalkForward(train_size=60, test_size=40),
    )
    bench = wb.Workbench(folder / "store.duckdb")
    return bench.run(experiment, workers=1)


def origins(run, symbol, model="mean") -> list[int]:
    mine = run.forecasts[(run.forecasts["symbol"] == symbol) & (run.forecasts["model"] == model)]
    return sorted(DAYS.get_indexer(mine["origin"]))


def test_only_members_are_forecast_and_for_all_models_alike(run):
    for model in ("mean", "persistence"):
        assert origins(run, "AAA", model) == list(range(59, 159))
        assert origins(run, "BBB", model) == [*range(59, 91), *range(120, 159)]
        assert origins(run, "CCC", model) == list(range(59, 80))
    assert set(run.forecasts["symbol"]) == {"AAA", "BBB", "CCC"}  # DDD is in the file, and no member


def test_only_members_are_trained_on_and_validated(ask):
    resolved = resolve(ask(MEMBERS), default_registry())

    first, second = (prepare(resolved, fetch_all(resolved)).rows[fold] for fold in (0, 1))

    assert first.train["BBB"][0] == 30
    assert first.train["AAA"][0] < 30
    assert max(second.train["BBB"]) == 90
    assert not len(second.validation["CCC"])
    assert max(second.train["CCC"]) == 79


def test_what_leaves_is_sold_also_by_the_benchmark(run):
    for model in ("mean", "buy_and_hold"):
        signals = run.signals[run.signals["model"] == model].set_index(["symbol", "origin"])["position"]
        assert signals["BBB"][DAYS[91]] == 0.0
        assert signals["CCC"][DAYS[80]] == 0.0
    trades = run.backtests["buy_and_hold"].trades.set_index("symbol")
    assert trades.loc["CCC", "exit_time"] == DAYS[81]
    assert trades.loc["BBB", "exit_time"] == DAYS[92]
    assert set(run.backtests["buy_and_hold"].open_trades["symbol"]) == {"AAA", "BBB"}  # it came back


def test_what_is_left_out_is_counted(run):
    (note,) = [note for note in run.notes if note.startswith("universe:")]

    # BBB misses 29 test origins and CCC 79; BBB and CCC each lose training origins too.
    assert note.startswith("universe: 108 test and ")
    assert "left out for all models alike, because their symbol was no member then" in note


def test_it_is_replayed_with_the_members_it_saw_whatever_becomes_of_the_file(ask, bench, tmp_path):
    run = bench.run(ask(MEMBERS), workers=1)
    (tmp_path / "members.csv").unlink()

    replay = bench.replay(run.id, workers=1)

    assert replay.identical, str(replay)
    assert run.provenance["universe"]["members"]["CCC"] == [[None, str(DAYS[79].date())]]


def test_a_list_of_todays_members_warns_of_survivors(ask, bench):
    run = bench.run(ask("symbol\nAAA\nBBB\n"), workers=1)

    (note,) = [note for note in run.notes if note.startswith("universe:")]
    assert "survivorship bias" in note
    assert "Add the symbols that left" in note
    assert run.experiment.symbols == ("AAA", "BBB")


def test_symbols_that_the_source_lacks_are_named_and_counted(ask, bench):
    run = bench.run(ask("symbol,from,to\nAAA,,\nLEHMAN,,2008-09-15\nENRON,,2001-12-02\n"), workers=1)

    (note,) = [note for note in run.notes if "not in this run" in note]
    assert note.startswith("universe: 2 of its 3 symbols are not in this run")
    assert note.endswith("ENRON, LEHMAN.")


def test_the_members_are_part_of_every_key_and_their_layout_is_not(ask, bench):
    texts = [
        "symbol,from,to\nAAA,,\nBBB,,2020-06-01\n",
        "name,added,removed\nBBB,,2020-06-02\nAAA,,\n",
        "symbol,from,to\nAAA,,\nBBB,,2020-06-02\n",
    ]
    one, same, other = ({task.key for task in bench.plan(ask(text))} for text in texts)

    assert one == same
    assert not one & other


def test_what_a_universe_leaves_alone_is_forecast_as_without_it(ask, bench):
    whole = bench.run(ask("symbol\nAAA\nBBB\n", universe=None, symbols=["AAA", "BBB"]), workers=1)
    kept = bench.run(ask("symbol,to\nAAA,\nBBB,2030-01-01\n"), workers=1)

    assert_frame_equal(kept.forecasts, whole.forecasts)
    assert not [note for note in kept.notes if note.startswith("universe:")]


@pytest.mark.parametrize(
    ("members", "fields", "error", "message"),
    [
        ("symbol\nAAA\n", {"symbols": ["AAA", "BBB"]}, wb.ExperimentError, "`symbols` has BBB, but the universe"),
        ("symbol\nXYZ\n", {}, wb.DataError, r"has none of the 1 symbols .*'XYZ'.* It has AAA, BBB, CCC, DDD"),
        ("symbol,to\nAAA,2020-02-01\n", {}, wb.DataError, r"fold 0 has no origin to test: no symbol .* is a member"),
        ("symbol,from\nAAA,2020-06-01\n", {}, wb.DataError, r"fold 0 has no origin to train on: no symbol"),
        ("symbol,sector\nAAA,IT\n", {}, wb.DataError, "'sector'"),
    ],
)
def test_a_universe_that_does_not_fit_is_refused(ask, bench, members, fields, error, message):
    with pytest.raises(error, match=message):
        bench.run(ask(members, **fields), workers=1)


def test_a_quick_run_takes_the_symbols_of_the_universe(ask, tmp_path):
    ask("symbol,from,to\nAAA,,\nCCC,,2020-06-01\nEEE,,\n")

    experiment = wb.Workbench().quick(tmp_path / "panel.csv", universe=str(tmp_path / "members.csv"))

    assert experiment.symbols == ("AAA", "CCC")


def test_neither_symbols_nor_a_universe_is_an_error():
    with pytest.raises(wb.ExperimentError, match="needs the parameter `symbols`"):
        wb.Experiment(source="sample")
    with pytest.raises(wb.ExperimentError, match="name at least one symbol, or a `universe`"):
        wb.Experiment(source="sample", symbols=[])
