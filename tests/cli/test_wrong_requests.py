"""Wrong requests end with exit code 2, one paragraph, no traceback, and nothing written."""

from __future__ import annotations

import pytest

WRONG = {
    "an unknown plugin": (["run", "small.toml", "--set", "forecasters.0.use=drfit"], "Did you mean 'drift'?"),
    "an unknown parameter": (["run", "small.toml", "--set", "forecasters.0.hidden=3"], "has no parameter `hidden`"),
    "a lookback longer than the series": (["run", "small.toml", "--set", "lookback=500"], "has 300; load more history"),
    "a symbol the source lacks": (["run", "small.toml", "--set", 'symbols=["GOGG"]'], "Did you mean 'GOOG'?"),
    "a store that is no DuckDB file": (["run", "small.toml", "--store", "notes.txt"], "is not a DuckDB file"),
    "a store in a folder that is not there": (["run", "small.toml", "--store", "no/x.duckdb"], "folder"),
    "a typo in the file": (["run", "typo.toml"], "Did you mean 'baselines'?"),
    "a file that is no TOML": (["run", "broken.toml"], "is not valid TOML"),
    "horizon zero": (["run", "small.toml", "--set", "horizon=0"], "`horizon` of the experiment is 0"),
    "a test share beyond one": (["run", "small.toml", "--set", "folds={test_fraction = 2}"], "less than 1"),
    "training blocks longer than the data": (["run", "small.toml", "--set", "folds.train_size=400"], "300 bars"),
    "a wrong scaler": (["run", "small.toml", "--set", "scaler=minmx"], "Did you mean 'minmax'?"),
    "an interval the source lacks": (["run", "small.toml", "--set", "interval=1h"], "1d"),
    "an experiment that is not there": (["run", "nowhere.toml"], "workbench new nowhere.toml"),
    "a data file that is not there": (["run", "nowhere.csv"], "nowhere.csv"),
    "an override of what is no setting": (["run", "sample:GOOG", "--set", "data=3"], "no parameter `data`"),
    "an override that empties what is needed": (["run", "sample:GOOG", "--set", "tail=nought"], "`tail`"),
    "an override without a value": (["run", "small.toml", "--set", "horizon"], "PATH=VALUE"),
    "an override that leads nowhere": (["run", "small.toml", "--set", "forecasters.7.hidden=1"], "no position"),
    "nothing to run": (["run"], "say what to run"),
    "a run where there is no store": (["show", "latest"], "there is no store"),
    "a plugin file that is not there": (["run", "small.toml", "--plugin", "none.py"], "none.py"),
    "a plugin to leave out that is not there": (["plugins", "list", "--no-plugin", "lsmt"], "Did you mean 'lstm'?"),
    "an unknown command": (["frobnicate"], "No such command"),
    "an option without its value": (["runs", "--store"], "requires an argument"),
    "a kind in the plural": (
        ["plugins", "new", "mine", "--kind", "features"],
        "'--kind': 'features' is not one of 'source', 'feature', 'target', 'forecaster', 'strategy', 'engine', "
        "'metric', 'report-section'. Did you mean 'feature'? See",
    ),
    "an unknown option": (["run", "small.toml", "--frobnicate"], "No such option"),
}


@pytest.fixture
def files(folder, small):
    (folder / "typo.toml").write_text(small.read_text().replace("baselines", "baselinse"))
    (folder / "broken.toml").write_text("name = \n")
    (folder / "notes.txt").write_text("not a database\n")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_explained_and_changes_nothing(request_, workbench, folder, files):
    arguments, explanation = request_

    answer = workbench(*arguments)

    assert answer.code == 2
    assert explanation in answer.err
    assert "Traceback" not in answer.err
    assert answer.err.strip().count("\n\n") == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_a_run_that_is_not_in_the_store_is_named(workbench, small):
    workbench("run", small)

    answer = workbench("show", "zzzz")

    assert answer.code == 2
    assert "zzzz" in answer.err


def test_a_failing_plugin_ends_with_code_one_and_is_named(workbench, small, folder):
    (folder / "bad.py").write_text(
        "from workbench import Feature\n\n\n"
        'class Bad(Feature, name="bad"):\n'
        '    """Fails."""\n\n'
        "    def compute(self, bars):\n        return bars['colour']\n"
    )

    answer = workbench("run", small, "--plugin", "bad.py", "--set", 'features=["bad"]')

    assert answer.code == 1
    assert "feature 'bad' (local file bad.py) failed in compute (line 8): KeyError: 'colour'" in answer.err
    assert not (folder / "workbench.duckdb").exists()


def test_debug_shows_where_it_happened(folder):
    from workbench import ExperimentError
    from workbench.cli import main

    with pytest.raises(ExperimentError):
        main(["run", "nowhere.toml", "--debug"])
