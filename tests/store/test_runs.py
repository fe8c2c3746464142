from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

import workbench_store._runs as runs_module
from workbench_store import PluginRecord, RunNotFoundError, Store, StoreError, TaskRecord, Trial

Begin = Callable[..., str]

NO_SCORES = pd.DataFrame(columns=["model", "space", "metric", "value"])


def trial_of(run: str) -> Trial:
    moment = datetime(2024, 2, 1)
    return Trial(run, "lstm", "csv:NFLX:1d", "1d", "log_return", moment, moment, {"hidden": 50}, [0.01], 0.1)


def test_a_begun_run_is_found_with_everything_it_was_given(store: Store, begin: Begin, tasks: list[TaskRecord]) -> None:
    run = begin(plugins=[PluginRecord("forecaster", "lstm", "trading-workbench", "0.1.0", "workbench_lstm")])

    found = store.find_run(run)

    assert (found.run, found.name, found.experiment, found.status) == (run, "netflix", "e1", "running")
    assert (found.toml, found.spec) == ('name = "netflix"\n', {"name": "netflix", "seeds": [7]})
    assert (found.data[0].symbol, found.data[0].end) == ("NFLX", datetime(2024, 1, 31, 21))
    assert (found.provenance, found.summary, found.finished_at) == ({"python": "3.11"}, None, None)
    assert store.list_tasks(run) == tasks
    plugin = store.load_results(run, "plugins").iloc[0]
    assert (plugin["name"], plugin["version"]) == ("lstm", "0.1.0")


def test_beginning_a_run_is_all_or_nothing(store: Store, begin: Begin) -> None:
    twice = PluginRecord("forecaster", "lstm")

    with pytest.raises(StoreError, match="same key"):
        begin(plugins=[twice, twice])

    for table in ("runs", "experiments", "tasks", "plugins"):
        assert store.query(f"SELECT * FROM {table}").empty


def test_an_experiment_that_runs_twice_is_stored_once(store: Store, begin: Begin) -> None:
    begin()
    begin()

    assert len(store.query("SELECT * FROM experiments")) == 1
    assert len(store.list_runs()) == 2


def test_a_finished_run_has_its_summary_and_verdict(store: Store, begin: Begin) -> None:
    run = begin()

    store.finish_run(
        run,
        scores=NO_SCORES,
        seconds=1.5,
        summary=[{"model": "lstm", "skill": np.float64("nan"), "n": np.int64(3), "when": datetime(2024, 1, 1)}],
        verdict="not better",
    )

    found = store.find_run(run)
    assert (found.status, found.seconds, found.verdict) == ("finished", 1.5, "not better")
    assert found.summary == [{"model": "lstm", "skill": None, "n": 3, "when": "2024-01-01T00:00:00"}]
    assert found.finished_at is not None and found.finished_at >= found.created_at


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_that_stopped_can_be_taken_up_again(store: Store, begin: Begin, status: str) -> None:
    run = begin()
    store.fail_run(run, "out of memory", status=status)  # type: ignore[arg-type]
    stopped = store.find_run(run)

    open_tasks = store.resume_run(run)

    assert (stopped.status, stopped.error) == (status, "out of memory")
    assert [task.key for task in open_tasks] == ["a0", "b0", "a1", "b1"]
    resumed = store.find_run(run)
    assert (resumed.status, resumed.error, resumed.finished_at) == ("running", None, None)


def test_a_run_is_found_by_id_prefix_name_or_latest(
    store: Store, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["aa11", "aa22", "bb33"])
    monkeypatch.setattr(runs_module.secrets, "token_hex", lambda n: next(ids))
    for name in ("netflix", "netflix", "amazon"):
        begin(name)

    found = {text: store.find_run(text).run for text in ("aa11", "aa2", "b", "netflix", "latest")}

    assert found == {"aa11": "aa11", "aa2": "aa22", "b": "bb33", "netflix": "aa22", "latest": "bb33"}
    assert store.list_runs()["run"].tolist() == ["bb33", "aa22", "aa11"]
    with pytest.raises(RunNotFoundError, match=r"2 runs begin with 'aa': aa22 \(netflix\), aa11 \(netflix\)"):
        store.find_run("aa")
    with pytest.raises(RunNotFoundError, match=r"no run 'netflx' among the 3 runs.* Did you mean 'netflix'"):
        store.find_run("netflx")
    with pytest.raises(RunNotFoundError, match="no run '' among"):
        store.find_run("")


def test_a_store_without_runs_says_so(store: Store) -> None:
    with pytest.raises(RunNotFoundError, match="no runs yet"):
        store.find_run("latest")


def test_removing_a_run_leaves_its_trial_and_nothing_else(
    store: Store,
    begin: Begin,
    make_forecasts: Callable[..., pd.DataFrame],
    make_learning: Callable[..., pd.DataFrame],
) -> None:
    kept, run = begin("kept", experiment="e0"), begin()
    for each in (kept, run):
        store.commit_fold(each, 0, forecasts=make_forecasts(0), learning=make_learning(0), tasks=[])
        store.record_trials([trial_of(each)])
    with store.reader() as con:
        before = {table: count(con, table, run) for table in ("tasks", "forecasts", "learning", "trials", "runs")}

    store.remove_run(run)

    assert all(before.values())
    tables = store.query("SELECT DISTINCT table_name FROM duckdb_columns() WHERE column_name = 'run' AND NOT internal")
    with store.reader() as con:
        left = {table for table in tables["table_name"] if count(con, table, run)}
        assert count(con, "forecasts", kept) == 3
    assert left == {"trials"}
    assert store.query("SELECT experiment FROM experiments")["experiment"].tolist() == ["e0"]


def count(con: object, table: str, run: str) -> int:
    return con.execute(f"SELECT count(*) FROM {table} WHERE run = ?", [run]).fetchone()[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("act", ["resume_run", "remove_run"])
def test_acting_on_an_unknown_run_is_refused(store: Store, begin: Begin, act: str) -> None:
    begin()

    with pytest.raises(RunNotFoundError, match="no run with the id 'nope'"):
        getattr(store, act)("nope")


def test_what_is_no_json_is_refused(begin: Begin) -> None:
    with pytest.raises(StoreError, match="cannot store a Store as JSON"):
        begin(provenance={"store": Store("x")})
