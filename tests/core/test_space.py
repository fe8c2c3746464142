"""Spaces of settings, and files that hold them."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.plan.searches import read_search_file
from workbench.plan.space import TuneSettings, check_space

FILE = """
name = "study"
source = "sample"
symbols = ["GOOG"]
forecasters = ["lstm"]

[sweep]
"forecasters.0.hidden" = [16, 32]

[tune]
trials = 20
metric = "mae"

[tune.space]
"forecasters.0.hidden" = { low = 16, high = 128, log = true }
"forecasters.0.dropout" = { low = 0.0, high = 0.5, step = 0.1 }
lookback = [5, 10]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_ranges_know_whether_they_are_of_whole_numbers():
    space = check_space({"a": {"low": 1, "high": 9}, "b": {"low": 1, "high": 9.5}, "c": {"low": 1.0, "high": 9.0}})

    assert space["a"].edges == (1, 9)
    assert [type(dimension.edges[0]) for dimension in space.values()] == [int, float, float]


def test_a_space_is_written_as_it_was_read():
    table = {
        "lookback": {"low": 2, "high": 20, "step": 2},
        "forecasters.0.learning_rate": {"low": 0.001, "high": 0.1, "log": True},
        "forecasters.0.optimizer": ["adam", "sgd"],
    }

    assert {path: dimension.to_dict() for path, dimension in check_space(table).items()} == table


def test_paths_of_a_space_need_no_quotes_in_a_file():
    space = check_space({"forecasters": {"0": {"hidden": {"low": 1, "high": 9}}}})

    assert list(space) == ["forecasters.0.hidden"]


@pytest.mark.parametrize(
    ("dimension", "said"),
    [
        (5, "expected a range"),
        ([5], "two choices or more"),
        ({"low": 5}, "needs both `low` and `high`"),
        ({"low": 9, "high": 5}, "`low` comes first"),
        ({"low": 5, "high": 5}, "`low` comes first"),
        ({"low": "5", "high": 9}, "expected a number"),
        ({"low": 0, "high": 9, "log": True}, "`low` must be above 0"),
        ({"low": 1, "high": 9, "log": True, "step": 2}, "both `log` and `step`"),
        ({"low": 1, "high": 9, "log": 1}, "expected true or false"),
        ({"low": 1, "high": 9, "step": 0.5}, "expected a positive number of the same kind"),
        ({"low": 1, "high": 9, "step": -1}, "expected a positive number"),
        ({"low": 1, "high": float("inf")}, "expected a finite number"),
        ({"low": 1, "hihg": 9}, "Did you mean 'high'"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused_with_what_is_wrong(dimension, said):
    with pytest.raises(wb.ExperimentError, match=said):
        check_space({"lookback": dimension})


@pytest.mark.parametrize("path", ["forecasters.1.hidden", "baselines.0.x"])
def test_only_the_first_forecaster_is_searched(path):
    with pytest.raises(wb.ExperimentError, match="scores the first forecaster alone"):
        check_space({path: [1, 2]})


def test_an_empty_space_is_refused():
    with pytest.raises(wb.ExperimentError, match="needs a space"):
        check_space({})


@pytest.mark.parametrize(("given", "said"), [({"trails": 5}, "Did you mean 'trials'"), ({"trials": 0}, "trials")])
def test_settings_of_a_search_are_checked(given, said):
    with pytest.raises(wb.ExperimentError, match=said):
        TuneSettings(**given)


def test_a_file_is_taken_apart_into_experiment_and_tables(file):
    asked = read_search_file(file)

    assert asked.experiment == wb.Experiment(name="study", source="sample", symbols="GOOG", forecasters=["lstm"])
    assert asked.sweep == {"forecasters.0.hidden": [16, 32]}
    assert list(asked.space) == ["forecasters.0.hidden", "forecasters.0.dropout", "lookback"]
    assert asked.settings == {"trials": 20, "metric": "mae"}


def test_overrides_apply_before_the_tables_are_read(file):
    asked = read_search_file(file, ["lookback=7", "tune.trials=3", "sweep.lookback=[1, 2]"])

    assert asked.experiment.lookback == 7
    assert asked.settings["trials"] == 3
    assert asked.sweep["lookback"] == [1, 2]


def test_a_table_that_is_none_is_refused(file):
    with pytest.raises(wb.ExperimentError, match="expected a table"):
        read_search_file(file, ["sweep=3"])


def test_reading_only_the_experiment_says_what_is_left_aside(file):
    with pytest.warns(wb.WorkbenchWarning) as said:
        experiment = wb.Experiment.from_toml(file)

    assert experiment == read_search_file(file).experiment
    assert [str(w.message).split()[2] for w in said] == ["[sweep]", "[tune]"]
