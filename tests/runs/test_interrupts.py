"""Ctrl-C, and what takes long or fails elsewhere: whoever was at work is named, and what had finished is kept."""

from __future__ import annotations

import re
import time

import pytest

import workbench as wb
from workbench.cli import main
from workbench.contracts import calling

PRESSED = '''
import numpy as np
from workbench import Feature, FittedForecaster, Forecaster, Strategy


class Slow(Feature, name="slow"):
    def compute(self, bars):
        raise KeyboardInterrupt


class Zero(FittedForecaster):
    def predict(self, windows):
        return np.zeros(len(windows))


class Endless(Forecaster, name="endless"):
    """Is interrupted in its last fold."""

    def fit(self, train, validation, context):
        if len(train.values) > {rows}:
            raise KeyboardInterrupt
        return Zero()


class Ponder(Strategy, name="ponder"):
    def signals(self, forecasts, panel):
        raise KeyboardInterrupt


class Picky(Forecaster, name="picky"):
    def fit(self, train, validation, context):
        if context.seed == 2:
            raise ArithmeticError(f"seed {{context.seed}}")
        return Zero()
'''


@pytest.fixture
def quick(experiment, tmp_path) -> wb.Experiment:
    plugin = tmp_path / "pressed.py"
    plugin.write_text(PRESSED.format(rows=110))
    folds = wb.WalkForward(train_size=80, test_size=20, expand_train=True)
    return experiment.replace(forecasters=["drift"], baselines=[], seeds=[1], plugins=[str(plugin)], folds=folds)


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--store", "store.duckdb"])
        return ended.value.code, capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({"forecasters": ["endless"]}, r"forecaster 'endless' \(local file .*pressed.py\) was in fit"),
        ({"strategy": "ponder"}, r"strategy 'ponder' \(local file .*pressed.py\) was in signals"),
    ],
)
def test_an_interrupted_run_says_who_was_at_work_and_how_to_go_on(quick, bench, monkeypatch, tmp_path, changes, who):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(KeyboardInterrupt, match=rf"run \w+ was interrupted while {who}; finish it with `workbench run"):
        bench.run(quick.replace(**changes), workers=1)

    run = bench.load()
    assert run.status == "interrupted"
    assert "was in" in run.error
    finished = (run.tasks["status"] == "finished").sum()
    assert 0 < finished <= len(run.tasks), "what had finished is kept"


def test_before_a_run_is_recorded_there_is_nothing_to_resume(quick, command, tmp_path):
    (tmp_path / "slow.toml").write_text(quick.replace(features=["slow"]).to_toml())

    code, err = command("run", "slow.toml", "--workers", "1")

    assert code == 130
    assert re.search(r"workbench: interrupted while feature 'slow' \(local file .*pressed.py\) was in compute", err)
    assert "--resume" not in err and not (tmp_path / "store.duckdb").exists()


def test_a_replay_that_is_interrupted_says_who_was_at_work(quick, bench, command, tmp_path):
    (tmp_path / "pressed.py").write_text(PRESSED.format(rows=1_000_000))
    run = bench.run(quick.replace(forecasters=["endless"]), workers=1)
    (tmp_path / "pressed.py").write_text(PRESSED.format(rows=0))

    code, err = command("replay", run.id, "--workers", "1")

    assert code == 130
    assert re.search(r"interrupted while forecaster 'endless' \(local file .*pressed.py\) was in fit", err)
    assert bench.load(run.id).status == "finished"


def test_a_fit_that_fails_in_another_process_is_named_like_any(quick, bench, monkeypatch):
    monkeypatch.setattr("workbench.runs.executor.PATIENCE_SECONDS", 0.0)

    said = r"4 of \d+ fits failed, the first being 'picky' in fold \d: forecaster 'picky' \(local file "
    with pytest.raises(wb.RunFailedError, match=said) as caught:
        bench.run(quick.replace(forecasters=["picky"], seeds=[1, 2]), workers=2)

    assert "failed in fit (line " in str(caught.value) and "ArithmeticError: seed 2" in str(caught.value)
    assert any("raise ArithmeticError" in note for note in caught.value.__notes__)


def test_what_takes_long_in_a_run_is_named_on_standard_error(quick, bench, monkeypatch, capsys):
    class Thinker(wb.Strategy, name="thinker"):
        """Takes its time."""

        def signals(self, forecasts, panel):
            for _ in range(0 if named else 200):
                if "has been in signals" in capsys.readouterr().err:
                    named.append(True)
                    break
                time.sleep(0.05)
            return forecasts.set_index(["origin", "symbol"])["price"] * 0

    named = []
    monkeypatch.setattr(calling, "_WATCH", calling.Watch(patience=0.2))

    bench.run(quick.replace(strategy=Thinker(), plugins=()), workers=1)

    assert named
