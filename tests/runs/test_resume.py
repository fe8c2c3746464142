"""Runs that stop before their end, and are finished later."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

import workbench as wb

# A forecaster that is slow and deterministic, so that a run can be killed in its middle.
SLOW = '''
import time
import numpy as np
from workbench import FittedForecaster, Forecaster


class Fitted(FittedForecaster):
    def __init__(self, value):
        self.value = value

    def predict(self, windows):
        return np.full((len(windows), windows.horizon), self.value)


class Slow(Forecaster, name="slow"):
    """Forecasts the mean of the training targets, and takes its time over it."""

    seconds: float = 0.6

    def fit(self, train, validation, context):
        time.sleep(self.seconds)
        return Fitted(float(train.targets.mean()) + context.seed / 1e6)
'''

RUN = """
import sys
import workbench as wb

wb.Workbench(sys.argv[1]).run(wb.Experiment.from_toml(sys.argv[2]), workers=1)
"""


@pytest.fixture
def slow(experiment, tmp_path) -> wb.Experiment:
    plugin = tmp_path / "slow.py"
    plugin.write_text(SLOW)
    return experiment.replace(forecasters=["slow"], baselines=[], plugins=[str(plugin)])


def finished_tasks(bench: wb.Workbench) -> int:
    try:
        return int(bench.sql("select count(*) as n from tasks where status = 'finished'")["n"].item())
    except wb.StoreError:  # not there yet
        return 0


def kill_in_its_middle(store: Path, experiment: Path) -> None:
    """Start a run in another process and kill it without warning once some, but not all, fits are in."""
    process = subprocess.Popen([sys.executable, "-c", RUN, str(store), str(experiment)])
    bench = wb.Workbench(store)
    deadline = time.monotonic() + 60
    while not store.exists() or finished_tasks(bench) < 2:
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_run_that_was_killed_resumes_to_the_same_numbers(slow, tmp_path):
    path = tmp_path / "slow.toml"
    path.write_text(slow.to_toml())
    kill_in_its_middle(tmp_path / "killed.duckdb", path)
    bench = wb.Workbench(tmp_path / "killed.duckdb")
    done_before = finished_tasks(bench)

    resumed = bench.resume("latest", workers=1)

    whole = wb.Workbench(tmp_path / "whole.duckdb").run(wb.Experiment.from_toml(path), workers=1)
    assert 2 <= done_before < len(whole.tasks)
    assert resumed.status == "finished"
    assert_frame_equal(resumed.forecasts, whole.forecasts, check_exact=True)
    assert_frame_equal(resumed.scores, whole.scores, check_exact=True)
    assert_frame_equal(resumed.summary, whole.summary, check_exact=True)


def test_resuming_does_only_the_missing_fits(slow, tmp_path):
    path = tmp_path / "slow.toml"
    path.write_text(slow.to_toml())
    kill_in_its_middle(tmp_path / "killed.duckdb", path)
    bench = wb.Workbench(tmp_path / "killed.duckdb")
    before = bench.load().tasks.query("status == 'finished'").set_index("key")["finished_at"]

    after = bench.resume("latest", workers=1).tasks.set_index("key")["finished_at"]

    assert (after[before.index] == before).all()
    assert len(after) > len(before)


def test_a_finished_run_is_resumed_by_doing_nothing(shared):
    bench, run = shared

    assert bench.resume(run.id).id == run.id


def test_a_run_whose_plan_changed_is_not_resumed(slow, tmp_path):
    bench = wb.Workbench(tmp_path / "store.duckdb")
    broken = slow.replace(forecasters=[wb.use("slow", seconds=0.0)])
    plugin = Path(broken.plugins[0])
    plugin.write_text(SLOW.replace("time.sleep(self.seconds)", "raise RuntimeError('no luck')"))
    with pytest.raises(wb.RunFailedError, match="no luck"):
        bench.run(broken, workers=1)
    plugin.write_text(SLOW)

    with pytest.raises(wb.ExperimentError, match="plan has changed"):
        wb.Workbench(tmp_path / "store.duckdb").resume("latest")


def test_a_failing_fit_fails_the_run_and_keeps_the_others(slow, tmp_path):
    plugin = Path(slow.plugins[0])
    plugin.write_text(SLOW.replace("time.sleep(self.seconds)", "assert context.seed == 1, 'bad seed'"))
    bench = wb.Workbench(tmp_path / "store.duckdb")

    with pytest.raises(wb.RunFailedError, match=r"'slow'.*bad seed.*--resume"):
        bench.run(slow, workers=1)

    run = bench.load("latest")
    assert run.status == "failed"
    assert "bad seed" in run.error
    assert run.tasks["status"].value_counts().to_dict() == {"finished": 8, "failed": 4}
    assert "no verdict" in run.verdict


def test_forecasts_that_are_not_finite_fail_the_run_by_name(slow, tmp_path):
    plugin = Path(slow.plugins[0])
    plugin.write_text(SLOW.replace("float(train.targets.mean())", "float('nan')").replace("0.6", "0.0"))

    with pytest.raises(
        wb.RunFailedError, match=r"'slow' \(local file .*slow.py\) returned 20 of 20 forecasts that are not finite"
    ):
        wb.Workbench(tmp_path / "store.duckdb").run(slow, workers=1)


def test_interrupting_a_run_marks_it_and_lets_it_be_resumed(slow, tmp_path, monkeypatch):
    bench = wb.Workbench(tmp_path / "store.duckdb")
    calls = []

    def interrupt(done: int, total: int, what: str) -> None:
        calls.append(what)
        if len(calls) == 3:
            raise KeyboardInterrupt

    quick = slow.replace(forecasters=[wb.use("slow", seconds=0.0)])
    with pytest.raises(KeyboardInterrupt):
        bench.run(quick, workers=1, progress=interrupt)

    assert bench.load("latest").status == "interrupted"
    assert bench.resume("latest", workers=1).status == "finished"
