"""Listeners hear what happened, in the driver process, and cannot stop a run."""

from __future__ import annotations

import types

import pytest

import workbench as wb


@pytest.fixture
def quick(experiment) -> wb.Experiment:
    return experiment.replace(forecasters=["drift"], baselines=[])


def listener(**hooks):
    """A plugin module made of functions."""
    module = types.ModuleType("listener")
    for name, function in hooks.items():
        setattr(module, name, wb.hookimpl(function))
    return module


def test_a_tracker_hears_the_start_every_fold_and_the_end(quick, tmp_path):
    heard = []

    def workbench_run_started(run):
        heard.append(("started", run.name, len(run.tasks)))

    def workbench_fold_finished(run, fold):
        heard.append(("fold", fold))

    def workbench_run_finished(run):
        heard.append(("finished", run.id, run.summary.loc["drift", "rmse"] > 0))

    module = listener(
        workbench_run_started=workbench_run_started,
        workbench_fold_finished=workbench_fold_finished,
        workbench_run_finished=workbench_run_finished,
    )

    run = wb.Workbench(tmp_path / "s.duckdb", plugins=[module]).run(quick, workers=1)

    assert heard[0] == ("started", "walk", 8)
    assert sorted(heard[1:-1]) == [("fold", 0), ("fold", 1), ("fold", 2), ("fold", 3)]
    assert heard[-1] == ("finished", run.id, True)


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
        errors.append(error)

    def stop(done, total, what):
        raise RuntimeError("stop")

    bench = wb.Workbench(tmp_path / "s.duckdb", plugins=[listener(workbench_run_failed=workbench_run_failed)])
    with pytest.raises(RuntimeError, match="stop"):
        bench.run(quick, workers=1, progress=stop)

    assert [str(error) for error in errors] == ["stop"]
    assert bench.load().status == "failed"
