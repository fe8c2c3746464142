import json
import math

import numpy as np
import pandas as pd
import pytest
import workbench as wb
from workbench.testing import parametrize_checks

import workbench_journal
from workbench_journal import Journal


@parametrize_checks(Journal, Journal(n_rows=1))
def test_conforms(check):
    check()


@pytest.fixture
def journal(tmp_path, monkeypatch):
    path = tmp_path / "journal.jsonl"
    monkeypatch.setenv(workbench_journal.FILE, str(path))
    return path


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "runs.duckdb", plugins=[workbench_journal])


def experiment(name="walk"):
    rng = np.random.default_rng(1)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 160)))
    dates = pd.bdate_range("2020-01-01", periods=160, name="date")
    return wb.Experiment(
        name=name,
        source=wb.use("frame", frame=pd.DataFrame({c: closes for c in ("open", "high", "low", "close")}, index=dates)),
        symbols=["frame"],
        forecasters=["mean"],
        folds=wb.WalkForward(100, 20),
        lookback=2,
    )


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_run_leaves_a_line_for_its_start_each_fold_and_its_end(bench, journal):
    run = bench.run(experiment(), workers=1)

    written = lines(journal)
    assert [line["event"] for line in written] == ["started", "fold", "fold", "fold", "finished"]
    assert {line["run"] for line in written} == {run.id}
    assert [line["forecasts"] for line in written[1:4]] == sorted(line["forecasts"] for line in written[1:4])
    assert written[-1]["verdict"] == run.verdict
    assert math.isclose(written[-1]["models"]["mean"]["rmse"], run.summary.loc["mean", "rmse"])


def test_the_report_shows_earlier_runs_of_the_same_experiment(bench, journal, tmp_path):
    first = bench.run(experiment(), workers=1)
    bench.run(experiment("other"), workers=1)

    html = Journal().render(first)

    assert first.id in html
    assert html.count("<td>finished</td>") == 1


def test_what_stands_in_the_journal_is_escaped(journal):
    journal.write_text('{"time": 1, "event": "failed", "run": "r", "name": "<b>", "error": "<script>"}\nno json\n')

    html = Journal().render(type("Run", (), {"name": "<b>"}))

    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_without_the_variable_nothing_is_written(bench, monkeypatch, tmp_path):
    monkeypatch.delenv(workbench_journal.FILE, raising=False)

    run = bench.run(experiment(), workers=1)

    assert not list(tmp_path.glob("*.jsonl"))
    assert Journal().render(run) == ""
