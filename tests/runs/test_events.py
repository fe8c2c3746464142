"""Listeners hear what happened, in the driver process, with the run as it stands; they cannot stop it."""

from __future__ import annotations

import json
import types

import pytest

import workbench as wb

# All that a listener for MLflow, TensorBoard or the like has to do.
TRACKER = """
import json
from pathlib import Path

from workbench import hookimpl

LOG = Path(__file__).with_name("log.jsonl")


def log(run, **what):
    with LOG.open("a") as file:
        file.write(json.dumps({"run": run.id, **what}, default=str) + "\\n")


@hookimpl
def workbench_run_started(run):
    asked = run.experiment
    params = {"lookback": asked.lookback, "symbols": asked.symbols, "fits": len(run.tasks)}
    log(run, params=params, version=run.provenance["workbench"])


@hookimpl
def workbench_fold_finished(run, fold):
    for row in run.learning.query("fold == @fold").itertuples():
        log(run, model=row.model, fold=fold, seed=row.seed, epoch=row.epoch, loss=row.train_loss)


@hookimpl
def workbench_run_finished(run):
    log(run, metrics=run.summary["rmse"].dropna().to_dict(), verdict=run.verdict)


@hookimpl
def workbench_run_failed(run, error):
    log(run, status=run.status, error=str(error))
"""

READABLE = [
    *("id", "name", "status", "toml", "experiment", "provenance", "data", "created_at", "seconds", "notes"),
    *("tasks", "learning", "forecasts", "scores", "summary", "signals", "backtests", "verdict", "panel"),
]


@pytest.fixture
def quick(experiment) -> wb.Experiment:
    return experiment.replace(forecasters=["drift"], baselines=[], seeds=[1])


def listener(**hooks):
    """A plugin module made of functions."""
    module = types.ModuleType("listener")
    for name, function in hooks.items():
        setattr(module, name, wb.hookimpl(function))
    return module


class Diary:
    """Writes down every event, with what can be read of the run at that moment."""

    def __init__(self):
        self.entries = []

    @property
    def events(self):
        return [event for event, _ in self.entries]

    def module(self):
        def workbench_run_started(run):
            self.note("started", run)

        def workbench_fold_finished(run, fold):
            self.note(f"fold {fold}", run)

        def workbench_run_finished(run):
            self.note("finished", run)

        def workbench_run_failed(run, error):
            self.note(f"failed: {type(error).__name__}", run)

        hooks = (workbench_run_started, workbench_fold_finished, workbench_run_finished, workbench_run_failed)
        return listener(**{hook.__name__: hook for hook in hooks})

    def note(self, event, run):
        assert type(run) is wb.Run
        self.entries.append((event, {name: getattr(run, name) for name in READABLE}))


@pytest.fixture
def diary(tmp_path):
    diary = Diary()
    diary.bench = wb.Workbench(tmp_path / "diary.duckdb", plugins=[diary.module()])
    return diary


def stop_after(n, error):
    def progress(done, total, what):
        if done == n:
            raise error

    return progress


def test_twenty_lines_make_a_tracker(experiment, tmp_path):
    plugin = tmp_path / "tracker.py"
    plugin.write_text(TRACKER)

    run = wb.Workbench(tmp_path / "s.duckdb", plugins=[plugin]).run(experiment.replace(baselines=[]), workers=1)

    first, *epochs, last = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {line["run"] for line in (first, *epochs, last)} == {run.id}
    assert first["params"] == {"lookback": 5, "symbols": ["WALK"], "fits": 12}
    assert first["version"] == wb.__version__
    told = {(e["model"], e["fold"], e["seed"], e["epoch"]): e["loss"] for e in epochs}
    kept = run.learning.set_index(["model", "fold", "seed", "epoch"])["train_loss"].to_dict()
    assert told == kept and len(epochs) == len(kept) == 4 * 2 * 2
    assert last["metrics"] == run.summary["rmse"].dropna().to_dict()
    assert last["verdict"] == run.verdict


def test_events_come_in_order_each_once_and_everything_can_be_read_at_any_time(quick, diary):
    run = diary.bench.run(quick, workers=1)

    assert diary.events[0] == "started" and diary.events[-1] == "finished"
    assert sorted(diary.events[1:-1]) == ["fold 0", "fold 1", "fold 2", "fold 3"]
    started, finished = diary.entries[0][1], diary.entries[-1][1]
    assert (started["name"], started["status"], finished["status"]) == ("walk", "running", "finished")
    assert started["experiment"].lookback == 5 and len(started["panel"]["WALK"]) == 160
    assert len(started["tasks"]) == 8 and set(started["tasks"]["status"]) == {"planned"}
    assert all(started[empty].empty for empty in ("forecasts", "scores", "summary", "learning", "signals"))
    assert finished["summary"].equals(run.summary) and len(finished["scores"]) == len(run.scores)
    for event, seen in diary.entries[1:-1]:
        assert int(event.split()[1]) in set(seen["forecasts"]["fold"]), "a fold is told once it can be read"


def test_what_a_listener_does_to_the_tables_reaches_nobody(quick, tmp_path):
    def workbench_run_finished(run):
        run.scores["value"] = 0.0
        run.summary["rmse"] = 0.0

    bench = wb.Workbench(tmp_path / "s.duckdb", plugins=[listener(workbench_run_finished=workbench_run_finished)])

    run = bench.run(quick, workers=1)

    assert run.scores["value"].abs().max() > 0
    assert run.summary.loc["drift", "rmse"] > 0


def test_a_run_that_is_interrupted_tells_so_and_tells_of_the_other_folds_when_it_is_resumed(quick, diary, monkeypatch):
    monkeypatch.setattr("workbench.runs.execute.COMMIT_EVERY_SECONDS", 0.0)

    with pytest.raises(KeyboardInterrupt, match=r"was interrupted; finish it with `workbench run --resume"):
        diary.bench.run(quick, workers=1, progress=stop_after(7, KeyboardInterrupt()))
    first = diary.events
    assert first[0] == "started" and first[-1] == "failed: KeyboardInterrupt"
    assert diary.entries[-1][1]["status"] == "interrupted"
    diary.entries.clear()
    diary.bench.resume("latest", workers=1)
    second = diary.events

    assert second[0] == "started" and second[-1] == "finished"
    assert sorted(first[1:-1] + second[1:-1]) == ["fold 0", "fold 1", "fold 2", "fold 3"]
    assert 0 < len(first[1:-1]) < 4


def test_a_finished_run_that_is_resumed_has_nothing_to_tell(quick, diary):
    run = diary.bench.run(quick, workers=1)
    diary.entries.clear()

    diary.bench.resume(run.id)

    assert diary.events == []


def test_a_fold_with_a_fit_that_failed_is_not_told_as_finished(quick, diary):
    fits = []

    class Picky(wb.Forecaster, name="picky"):
        """Fits all folds but one."""

        def fit(self, train, validation, context):
            fits.append(len(train))
            assert len(fits) != 2, "odd"
            return Zero()

    with pytest.raises(wb.RunFailedError, match="odd"):
        diary.bench.run(quick.replace(forecasters=[Picky()]), workers=1)

    tasks = diary.entries[-1][1]["tasks"]
    failed = {f"fold {fold}" for fold in tasks.loc[tasks["status"] == "failed", "fold"]}
    assert diary.events[-1] == "failed: RunFailedError"
    assert len(failed) == 1 and not failed & set(diary.events)
    assert len(diary.events) == 2 + 3


def test_what_finished_before_a_failure_is_kept_and_told(quick, diary):
    with pytest.raises(RuntimeError, match="stop"):
        diary.bench.run(quick, workers=1, progress=stop_after(8, RuntimeError("stop")))

    assert diary.events[-1] == "failed: RuntimeError"
    assert len([event for event in diary.events if event.startswith("fold")]) == 4
    assert (diary.bench.load().tasks["status"] == "finished").all()


def test_a_listener_that_raises_is_named_and_the_run_goes_on(quick, tmp_path):
    def workbench_run_finished(run):
        raise OSError("tracker is down")

    bench = wb.Workbench(tmp_path / "s.duckdb", plugins=[listener(workbench_run_finished=workbench_run_finished)])

    with pytest.warns(
        wb.WorkbenchWarning, match=r"listener \(local\) failed in workbench_run_finished: OSError: tracker"
    ):
        run = bench.run(quick, workers=1)

    assert run.status == "finished"


def test_a_failure_is_told_with_its_error(quick, tmp_path):
    errors = []

    def workbench_run_failed(run, error):
        errors.append((error, run.status))

    bench = wb.Workbench(tmp_path / "s.duckdb", plugins=[listener(workbench_run_failed=workbench_run_failed)])
    with pytest.raises(RuntimeError, match="stop"):
        bench.run(quick, workers=1, progress=stop_after(1, RuntimeError("stop")))

    assert [(str(error), status) for error, status in errors] == [("stop", "failed")]
    assert bench.load().status == "failed"


class Zero(wb.FittedForecaster):
    def predict(self, windows):
        return windows.last_price[:, None] * 0
