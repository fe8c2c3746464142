"""Settings of another file, laid over an experiment."""

from __future__ import annotations

import pytest

from workbench import Experiment, ExperimentError, WalkForward

WHOLE = """
name = "whole"
symbols = ["GOOG"]
seeds = [1]
horizon = 2

[source]
use = "sample"

[folds]
use = "walk_forward"
train_size = 100
test_size = 20
embargo = 3
"""


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "whole.toml"
    path.write_text(WHOLE, encoding="utf-8")
    return path


def test_what_another_file_says_takes_the_place_of_what_was_there_tables_as_a_whole(whole, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("seeds = [4, 5]\n[folds]\ntrain_size = 0.6\ntest_size = 0.1\n", encoding="utf-8")

    laid = Experiment.from_toml(whole, other)

    plain = Experiment.from_toml(whole)
    assert laid == plain.replace(seeds=[4, 5], folds=WalkForward(0.6, 0.1))  # no embargo is left


def test_the_last_of_several_files_has_the_last_word(whole):
    laid = Experiment.from_toml(whole, "seeds = [2, 3]\nhorizon = 4\n", "horizon = 5\n")

    assert (laid.seeds, laid.horizon) == ((2, 3), 5)


def test_relative_paths_start_at_the_file_that_names_them(whole, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "mine.toml").write_text('source = { use = "csv", path = "NFLX.csv" }\n', encoding="utf-8")

    laid = Experiment.from_toml(whole, folder / "mine.toml")

    assert laid.source.params["path"] == str(folder / "NFLX.csv")


def test_no_strategy_can_be_said_in_another_file(whole):
    assert Experiment.from_toml(whole, 'strategy = "none"\n').strategy is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sedes = [1]\n", r"other\.toml sets `sedes`, which no experiment has\. Did you mean 'seeds'\?"),
        ("seeds = [1\n", r"other\.toml is not valid TOML"),
        ("seeds = [-1]\n", r"`seeds\.0` of the experiment is -1"),
    ],
)
def test_a_file_that_cannot_be_laid_over_is_named(whole, tmp_path, text, why):
    (tmp_path / "other.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ExperimentError, match=why):
        Experiment.from_toml(whole, tmp_path / "other.toml")


def test_a_missing_file_is_named(whole, tmp_path):
    with pytest.raises(ExperimentError, match=r"there is no file .*gone\.toml whose settings"):
        Experiment.from_toml(whole, tmp_path / "gone.toml")


@pytest.mark.parametrize("table", ["sweep", "tune"])
def test_tables_of_searches_are_told_where_they_belong(whole, table):
    said = rf"holds the table \[{table}\].*`workbench {table} FILE.toml --with` reads it"
    with pytest.raises(ExperimentError, match=said):
        Experiment.from_toml(whole, f"[{table}]\nhorizon = [1, 2]\n")
