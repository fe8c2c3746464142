"""A run done again gives the same numbers, or says where it does not, and what it would need."""

from __future__ import annotations

import json
import linecache
import sys
import types

import duckdb
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli import main
from workbench.runs.compare import compare

NOISE = '''
import numpy as np
from workbench import FittedForecaster, Forecaster

SCALE = 0.01


def draw(seed, shape):
    return np.random.default_rng(seed).normal(0.0, SCALE, shape)


class Fitted(FittedForecaster):
    def __init__(self, seed):
        self.seed = seed

    def predict(self, windows):
        return draw(self.seed, (len(windows), windows.horizon))


class Noise(Forecaster, name="noise"):
    """Draws forecasts."""

    def fit(self, train, validation, context):
        return Fitted(context.seed)
'''


@pytest.fixture
def quick(experiment) -> wb.Experiment:
    return experiment.replace(forecasters=["drift"], baselines=[], seeds=[1], folds=wb.Holdout(0.25))


@pytest.fixture
def noise(tmp_path, quick) -> wb.Experiment:
    """A run of a forecaster in a local file."""
    path = tmp_path / "noise.py"
    path.write_text(NOISE)
    return quick.replace(forecasters=["noise"], plugins=[str(path)])


@pytest.fixture
def notebook(monkeypatch):
    """Define classes as a notebook does: in `__main__`, from cells that no file holds."""

    def define(text, *, cell="<ipython-input-1-ab>", is_kept=True):
        if is_kept:
            linecache.cache[cell] = (len(text), None, text.splitlines(keepends=True), cell)
        module = types.ModuleType("__main__")
        monkeypatch.setitem(sys.modules, "__main__", module)
        exec(compile(text, cell, "exec"), vars(module))
        return module

    yield define
    for cell in [name for name in linecache.cache if name.startswith(("<ipython", "<cell"))]:
        del linecache.cache[cell]


def tables_of(bench):
    names = bench.sql("select table_name from information_schema.tables where table_type = 'BASE TABLE'")["table_name"]
    return {name: int(bench.sql(f"select count(*) as n from {name}")["n"].item()) for name in names}


# The same numbers


def test_a_network_replays_to_the_last_bit_and_writes_nothing(shared):
    bench, run = shared
    before = tables_of(bench)

    replay = bench.replay(run.id, workers=1)

    assert replay.identical and replay.changes == ()
    assert [part.n_rows for part in replay.parts] == [
        len(run.forecasts),
        len(run.scores),
        int(bench.sql(f"select count(*) as n from equity where run = '{run.id}'")["n"].item()),
    ]
    assert str(replay).splitlines()[0] == f"Run {run.id}, done again: identical."
    assert tables_of(bench) == before


def test_a_run_replays_after_its_file_is_gone(bench, quick, csv):
    bench.run(quick, workers=1)
    csv.unlink()

    assert bench.replay("latest", workers=1).identical


def test_a_frame_replays_in_its_session_and_in_another(tmp_path, quick, bars):
    bench = wb.Workbench(tmp_path / "s.duckdb")
    bench.run(quick.replace(source=wb.use("frame", frame=bars), symbols=["frame"]), workers=1)

    assert bench.replay(workers=1).identical
    assert wb.Workbench(tmp_path / "s.duckdb").replay(workers=1).identical


def test_without_trading_there_is_no_equity_to_compare(bench, quick):
    bench.run(quick.replace(strategy=None), workers=1)

    replay = bench.replay(workers=1)

    assert replay.identical and replay.equity.n_rows == 0


def test_a_run_that_did_not_finish_is_not_replayed(bench, quick):
    def stop(done, total, what):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        bench.run(quick, workers=1, progress=stop)

    with pytest.raises(wb.RequestError, match=r"is failed, and only a finished run can be replayed.*--resume"):
        bench.replay(workers=1)


# Other numbers


def test_the_first_number_that_differs_is_shown_and_the_others_counted(bench, quick):
    run = bench.run(quick, workers=1)
    first = run.forecasts.query("model == 'drift'").iloc[3]
    with duckdb.connect(str(bench.path)) as con:
        con.execute(
            "update forecasts set forecast = forecast + 1e-17 where model = 'drift' and origin >= ?", [first["origin"]]
        )

    replay = bench.replay(workers=1)

    found = replay.forecasts.first
    assert not replay.identical
    assert (found.where["model"], found.where["symbol"], found.where["fold"]) == ("drift", "WALK", 0)
    assert found.where["origin"] == first["origin"].isoformat()
    assert found.column == "forecast" and found.again == first["forecast"] and found.stored != found.again
    assert replay.forecasts.n_different == len(run.forecasts.query("model == 'drift'")) - 3
    assert replay.scores.first is None, "scores are made of what was forecast now"
    said = str(replay)
    assert "not identical" in said and f"{found.stored!r} stored, {found.again!r} now" in said


def test_rows_that_only_one_side_has_are_differences():
    stored = pd.DataFrame({"model": ["a", "a"], "seed": pd.array([1, None], dtype="Int64"), "value": [1.0, np.nan]})
    again = pd.DataFrame({"model": ["a", "b"], "seed": pd.array([None, 2], dtype="Int64"), "value": [np.nan, 5.0]})

    comparison = compare("scores", stored, again, ["model", "seed"])

    assert (comparison.n_rows, comparison.n_different) == (3, 2)
    assert comparison.first.where == {"model": "a", "seed": 1}
    assert (comparison.first.stored, comparison.first.again) == (1.0, None)


def test_quantiles_are_compared_one_by_one():
    rows = {"model": ["a", "a"], "step": [1, 2], "forecast": [0.0, 0.0]}
    stored = pd.DataFrame({**rows, "quantiles": [[0.1, 0.9], None]})
    again = pd.DataFrame({**rows, "quantiles": [np.array([0.1, 0.8]), None]})

    comparison = compare("forecasts", stored, again, ["model", "step"])

    assert (comparison.n_different, comparison.first.column) == (1, "quantile 2")
    assert compare("forecasts", stored, stored, ["model", "step"]).first is None


def test_two_undefined_numbers_are_the_same_and_an_undefined_one_is_not_zero():
    frame = pd.DataFrame({"model": ["a", "b"], "value": [np.nan, 0.0]})

    assert compare("scores", frame, frame.copy(), ["model"]).n_different == 0
    assert compare("scores", frame, frame.fillna(0.0), ["model"]).n_different == 1


# Local files


def test_a_local_file_replays_from_the_path_that_the_run_names(tmp_path, noise):
    wb.Workbench(tmp_path / "s.duckdb").run(noise, workers=1)

    assert wb.Workbench(tmp_path / "s.duckdb").replay(workers=1).identical


def test_a_local_file_that_changed_is_named_beside_the_numbers(tmp_path, noise):
    wb.Workbench(tmp_path / "s.duckdb").run(noise, workers=1)
    file = tmp_path / "noise.py"
    file.write_text(NOISE.replace("SCALE = 0.01", "SCALE = 0.02"))

    replay = wb.Workbench(tmp_path / "s.duckdb").replay(workers=1)

    assert not replay.identical and replay.forecasts.first.where["model"] == "noise"
    (change,) = replay.changes
    assert f"used forecaster 'noise' of the local file {file}, whose text has changed since." in change
    assert "--plugin" in change and "SHA-256" in change


def test_a_change_that_changes_no_number_is_told_and_harmless(tmp_path, noise):
    wb.Workbench(tmp_path / "s.duckdb").run(noise, workers=1)
    (tmp_path / "noise.py").write_text(NOISE + "\n# no more than a comment\n")

    replay = wb.Workbench(tmp_path / "s.duckdb").replay(workers=1)

    assert replay.identical and "has changed since" in replay.changes[0]


def test_a_local_file_that_is_gone_is_named(tmp_path, noise):
    wb.Workbench(tmp_path / "s.duckdb").run(noise, workers=1)
    file = tmp_path / "noise.py"
    file.unlink()

    with pytest.raises(wb.PluginError, match=rf"used forecaster 'noise' of the local file {file}, which is not loaded"):
        wb.Workbench(tmp_path / "s.duckdb").replay(workers=1)


# Notebooks


def test_a_class_of_a_notebook_leaves_its_text_with_the_run(tmp_path, quick, notebook):
    cell = notebook(NOISE)
    bench = wb.Workbench(tmp_path / "s.duckdb")

    run = bench.run(quick.replace(forecasters=[cell.Noise()]), workers=1)

    (record,) = [plugin for plugin in run.provenance["plugins"] if plugin["name"] == "noise"]
    assert (record["distribution"], record["origin"]) == ("local", "__main__.Noise")
    assert len(record["sha256"]) == 64
    source = record["source"]
    assert source.index("def draw") < source.index("class Fitted") < source.index("class Noise")
    assert "SCALE = 0.01" not in source, "values may be secrets"
    assert not any("cannot be replayed" in note for note in run.notes)
    assert bench.replay(workers=1).identical


def test_in_another_session_the_class_has_to_be_handed_in_again(tmp_path, quick, notebook):
    first = notebook(NOISE)
    wb.Workbench(tmp_path / "s.duckdb").run(quick.replace(forecasters=[first.Noise]), workers=1)

    with pytest.raises(wb.PluginError, match=r"used forecaster 'noise' of a session of Python .*is kept with the run"):
        wb.Workbench(tmp_path / "s.duckdb").replay(workers=1)

    again = notebook(NOISE, cell="<ipython-input-9-zz>")
    replay = wb.Workbench(tmp_path / "s.duckdb", plugins=[again.Noise]).replay(workers=1)
    assert replay.identical and replay.changes == ()


def test_the_text_of_what_a_class_refers_to_counts(tmp_path, quick, notebook):
    bench = wb.Workbench(tmp_path / "s.duckdb")
    same = quick.replace(forecasters=[notebook(NOISE).Noise()])
    other = quick.replace(forecasters=[notebook(NOISE.replace("normal(0.0", "normal(0.1"), cell="<cell-2>").Noise()])

    keys = [{task.key for task in bench.plan(asked) if task.model == "noise"} for asked in (same, same, other)]

    assert keys[0] == keys[1] and not keys[0] & keys[2]


def test_a_class_whose_text_nobody_keeps_cannot_be_replayed_and_says_so(tmp_path, quick, notebook):
    typed = notebook(NOISE, cell="<stdin>", is_kept=False)

    run = wb.Workbench(tmp_path / "s.duckdb").run(quick.replace(forecasters=[typed.Noise()]), workers=1)

    (note,) = [note for note in run.notes if "cannot be replayed" in note]
    assert "forecaster 'noise'" in note and "Put it into a file" in note
    with pytest.raises(wb.PluginError, match=r"Its text was not kept\."):
        wb.Workbench(tmp_path / "s.duckdb").replay(workers=1)


# The command


@pytest.fixture
def command(bench, quick, capsys):
    run = bench.run(quick, workers=1)

    def call(*more):
        with pytest.raises(SystemExit) as ended:
            main(["replay", run.id, "--store", str(bench.path), "--workers", "1", *more])
        return ended.value.code, capsys.readouterr().out

    return call


def test_the_command_says_identical_and_ends_with_nothing(command):
    code, out = command()

    assert code == 0 and "done again: identical." in out and "forecasts: all 80 rows identical." in out


def test_the_command_gives_one_json_document_and_ends_with_one_where_numbers_differ(command, bench):
    with duckdb.connect(str(bench.path)) as con:
        con.execute("update scores set value = 7 where metric = 'mae' and space = 'price' and model = 'drift'")

    code, out = command("--json")

    document = json.loads(out)
    assert code == 1 and document["identical"] is False
    assert document["forecasts"] == {"n_rows": 80, "n_different": 0, "first": None}
    assert document["scores"]["first"]["where"]["metric"] == "mae"
    assert document["scores"]["first"]["stored"] == 7 and document["changes"] == []
