"""`sweep` and `tune`, from the command to the report."""

from __future__ import annotations

import pytest

FILE = """
name = "ridge"
symbols = ["GOOG"]
tail = 200
lookback = 5
features = ["log_return"]
validation = 0.2
strategy = "none"

[source]
use = "sample"

[[forecasters]]
use = "sklearn"
estimator = "sklearn.linear_model.Ridge"
settings = { alpha = 1.0 }

[sweep]
"forecasters.0.settings.alpha" = [0.1, 100.0]

[tune]
trials = 3

[tune.space]
"forecasters.0.settings.alpha" = { low = 0.01, high = 1000.0, log = true }
"""


@pytest.fixture
def file(folder):
    (folder / "ridge.toml").write_text(FILE, encoding="utf-8")
    return "ridge.toml"


def test_a_sweep_prints_its_table_what_it_means_and_the_report(workbench, file, folder):
    answer = workbench("sweep", file)

    assert answer.code == 0
    assert "2 settings, the best by validation first" in answer.out
    assert answer.out.index("val. RMSE") < answer.out.index("The best of 2 is a best of 2")
    (report,) = folder.glob("ridge-sweep-*.html")
    assert report.name in answer.out


def test_a_sweep_asked_again_gives_the_same_document(workbench, file):
    first = workbench("sweep", file, "--json").json

    second = workbench("sweep", file, "--json").json

    assert first == second
    assert list(first) == ["search", "kind", "name", "settings", "best", "run", "sentence", "notes", "report"]
    assert first["settings"][0]["setting"] == first["best"]["setting"]
    assert len(workbench("runs", "--json").json) == 2


def test_a_dry_run_lists_the_settings_and_writes_nothing(workbench, file, folder):
    answer = workbench("sweep", file, "--set", "sweep.lookback=[5, 6]", "--dry-run", "--json")

    assert [row["setting"] for row in answer.json["settings"]] == [
        *("alpha=0.1,lookback=5", "alpha=0.1,lookback=6"),
        *("alpha=100,lookback=5", "alpha=100,lookback=6"),
    ]
    assert [path.name for path in folder.iterdir()] == ["ridge.toml"]


def test_a_search_prints_its_table_and_the_verdict_of_the_best(workbench, file, folder):
    pytest.importorskip("optuna")

    answer = workbench("tune", file, "--trials", "2", "--seed", "3")

    assert answer.code == 0
    assert "Chosen among 2 settings by validation" in answer.out
    assert "Diebold-Mariano" in answer.out
    (report,) = folder.glob("ridge-tune-*.html")
    assert report.name in answer.out


def test_the_report_of_a_search_is_written_again_by_its_name(workbench, file, folder):
    first = workbench("sweep", file, "--json").json

    answer = workbench("report", "ridge", "-o", "again.html")

    assert answer.code == 0
    assert (folder / "again.html").read_bytes() == (folder / first["report"]).read_bytes()


def test_a_run_of_the_file_says_what_it_leaves_aside(workbench, file):
    answer = workbench("run", file)

    assert answer.code == 0
    assert "the table [sweep] is left aside" in answer.err
    assert "`workbench sweep FILE.toml`" in answer.err
    assert "the table [tune] is left aside" in answer.err


@pytest.mark.parametrize("command", ["sweep", "tune"])
def test_a_file_without_the_table_is_refused_with_an_example(workbench, small, command):
    answer = workbench(command, small)

    assert answer.code == 2
    assert "forecasters.0.hidden" in answer.err


def test_a_wrong_space_is_refused_in_a_sentence(workbench, file):
    answer = workbench("tune", file, "--set", "tune.space.lookback={ low = 9, high = 2 }")

    assert answer.code == 2
    assert "goes from 9 to 2" in answer.err


def test_a_file_laid_over_may_hold_the_table_of_the_search(workbench, file, folder):
    (folder / "other.toml").write_text("lookback = 4\n[sweep]\nhorizon = [1, 2]\n", encoding="utf-8")

    answer = workbench("sweep", file, "--with", "other.toml", "--dry-run", "--json")

    assert [row["setting"] for row in answer.json["settings"]] == ["horizon=1", "horizon=2"]


def test_the_name_of_a_search_is_told_from_that_of_a_run(workbench, file):
    first = workbench("sweep", file, "--json").json
    other = workbench("sweep", file, "--set", "lookback=6", "--json").json

    shown = workbench("show", "ridge")
    report = workbench("report", "ridge")

    assert shown.code != 0
    assert f"is no run but a search, {other['search']}; `workbench report ridge` shows it" in shown.err
    assert f"'ridge' was taken as {other['search']}; it is also the name of {first['search']}" in report.err


def test_a_sweep_over_what_is_scored_shows_skill_in_place_of_errors(workbench, file):
    asked = ("sweep", file, "--set", "sweep={ horizon = [1, 2] }")
    answer = workbench(*asked)
    document = workbench(*asked, "--json").json

    assert "by validation skill" in answer.out
    assert "val. skill" in answer.out
    assert "val. RMSE" not in answer.out
    assert document["best"]["value"] == document["settings"][0]["value"] >= document["settings"][1]["value"]


def test_fields_that_change_no_forecast_are_refused_in_a_sentence(workbench, file):
    answer = workbench("tune", file, "--set", 'tune.space.name=["a", "b"]')

    assert answer.code == 2
    assert "`name` of the space changes no forecast" in answer.err


def test_a_narrow_terminal_gets_fewer_columns_and_whole_names(workbench, file, monkeypatch):
    from rich.console import Console

    monkeypatch.setattr("workbench.cli.tables.console", lambda: Console(highlight=False, width=80))

    answer = workbench("sweep", file)

    assert "verdict" in answer.out
    assert {"alpha=0.1", "alpha=100"} <= set(answer.out.split())
    assert "Left out, as the terminal is narrow:" in " ".join(answer.out.split())
