"""`run`, `demo`, `new`, and reading back with `runs`, `show`, `report`, `sql`."""

from __future__ import annotations

import json

import pytest

from workbench import Experiment
from workbench.cli.main import common_options_last


def test_run_prints_the_verdict_before_the_table_and_writes_the_report(workbench, small, folder):
    answer = workbench("run", small)

    assert answer.code == 0
    assert answer.out.index("drift is") < answer.out.index("rmse")
    (report,) = folder.glob("small-*.html")
    assert report.name in answer.out


def test_run_as_json_ends_with_one_line_that_scripts_rely_on(workbench, small):
    answer = workbench("run", small, "--json")

    assert list(answer.json) == ["run", "status", "seconds", "summary", "report", "audit", "trial"]
    assert answer.json["status"] == "finished"
    assert answer.json["audit"] is None
    assert answer.json["trial"] == 1
    assert [row["model"] for row in answer.json["summary"]] == ["drift", "mean", "persistence", "buy_and_hold"]


def test_dry_run_prints_the_plan_and_writes_nothing(workbench, small, folder):
    answer = workbench("run", small, "--dry-run", "--json")

    assert answer.code == 0
    assert len(answer.json["tasks"]) == 2 * 3  # folds, models
    assert [path.name for path in folder.iterdir()] == ["small.toml"]


def test_the_plan_shown_is_the_plan_carried_out(workbench, small):
    shown = {task["key"] for task in workbench("run", small, "--dry-run", "--json").json["tasks"]}

    workbench("run", small)

    stored = {row["key"] for row in workbench("sql", "select key from tasks", "--json").json}
    assert shown == stored


def test_set_overrides_the_file(workbench, small):
    answer = workbench("run", small, "--set", "forecasters.0.use=mean", "--set", "baselines=[]", "--json")

    assert [row["model"] for row in answer.json["summary"]] == ["mean", "persistence", "buy_and_hold"]


def test_a_data_file_is_run_with_defaults_that_are_printed(workbench, folder, random_walk_csv):
    answer = workbench("run", random_walk_csv, "--set", 'forecasters=["drift"]', "--json")

    used = Experiment.from_toml(answer.err)
    assert answer.code == 0
    assert used.symbols == ("WALK",)
    assert used.forecasters[0].name == "drift"


@pytest.mark.parametrize(
    ("overrides", "train_size", "test_size"),
    [
        (["tail=300"], 180, 24),
        (["start=2010-01-01", "end=2010-12-31"], 151, 21),
        (["tail=300", "folds.test_size=30"], 180, 30),
        (["folds.train_size=100", "tail=200"], 100, 16),
    ],
)
def test_default_folds_suit_the_bars_that_overrides_leave(workbench, overrides, train_size, test_size):
    settings = [argument for override in overrides for argument in ("--set", override)]

    answer = workbench("run", "sample:GOOG", *settings, "--dry-run", "--json")

    folds = Experiment.from_toml(answer.err).folds
    assert answer.code == 0
    assert (folds.train_size, folds.test_size) == (train_size, test_size)


def test_new_writes_an_experiment_that_runs(workbench, folder):
    assert workbench("new", "mine.toml").code == 0

    experiment = Experiment.from_toml(folder / "mine.toml")
    answer = workbench("run", "mine.toml", "--dry-run", "--json")

    assert experiment.name == "first"
    assert answer.code == 0
    assert answer.json["tasks"]


def test_new_never_overwrites(workbench, small):
    before = small.read_text()

    answer = workbench("new", small)

    assert answer.code == 2
    assert "exists already" in answer.err
    assert small.read_text() == before


def test_the_demo_is_the_main_job(workbench):
    from workbench.plan.examples import example_path

    demo = Experiment.from_toml(example_path("demo"))
    tasks = workbench("run", example_path("demo"), "--dry-run", "--json").json["tasks"]

    assert [feature.name for feature in demo.features] == ["log_return", "rsi", "macd", "sma"]
    assert {task["model"] for task in tasks} == {"lstm", "stacked_lstm", "persistence", "drift"}
    assert len({task["fold"] for task in tasks}) >= 6


@pytest.mark.slow
def test_the_demo_runs(workbench, folder):
    answer = workbench("demo", "--json")

    assert answer.code == 0
    assert answer.json["seconds"] < 120
    for run in (answer.json, answer.json["range"]):
        assert (folder / run["report"]).stat().st_size < 2_000_000


def test_a_run_is_listed_shown_reported_and_removed(workbench, small, folder):
    run = workbench("run", small, "--json").json["run"]

    assert [row["run"] for row in workbench("runs", "--json").json] == [run]
    shown = workbench("show", "latest", "--json").json
    assert shown["run"] == run
    assert shown["verdict"].startswith("drift")
    assert shown["toml"] in workbench("show", run[:5]).out
    assert workbench("report", "small", "-o", "again.html").code == 0
    assert (folder / "again.html").exists()
    assert workbench("runs", "rm", run).code == 0
    assert workbench("runs", "--json").json == []


def test_sql_answers_which_run_is_best_on_a_symbol(workbench, small):
    run = workbench("run", small, "--json").json["run"]

    rows = workbench(
        "sql",
        "select run, model from leaderboard where space = 'price' and symbol = 'GOOG' order by rmse limit 1",
        "--json",
    ).json

    assert rows[0]["run"] == run
    assert rows[0]["model"] in {"drift", "mean", "persistence"}


def test_sql_cannot_change_anything(workbench, small):
    workbench("run", small)

    answer = workbench("sql", "delete from runs")

    assert answer.code == 2
    assert len(workbench("runs", "--json").json) == 1


def test_common_options_may_stand_before_the_command(workbench, small):
    assert workbench("--store", "other.duckdb", "run", small).code == 0

    assert len(workbench("--json", "--store", "other.duckdb", "runs").json) == 1


def test_common_options_may_stand_between_a_command_and_its_subcommand(workbench, small):
    run = workbench("run", small, "--store", "other.duckdb", "--json").json["run"]

    assert workbench("runs", "--store", "other.duckdb", "rm", run).code == 0

    assert workbench("runs", "--store=other.duckdb", "--json").json == []


def test_listing_the_runs_takes_every_common_option(workbench, small, folder):
    workbench("run", small)
    (folder / "mine.py").write_text(
        "from workbench import hookimpl\n\n\n@hookimpl\ndef workbench_features():\n    return []\n"
    )

    answer = workbench("runs", "--debug", "--plugin", "mine.py", "--no-plugin", "lstm", "--json")

    assert (answer.code, len(answer.json)) == (0, 1)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--json runs --store s rm x", "runs rm x --json --store s"),
        ("run f --plugin=p.py --set a=1", "run f --set a=1 --plugin=p.py"),
        ("sql --json -- --debug", "sql --json -- --debug"),
        ("runs --store -- x", "runs --store -- x"),
        ("runs --store", "runs --store"),
    ],
)
def test_common_options_are_moved_behind_the_commands(given, meant):
    assert common_options_last(given.split()) == meant.split()


def test_data_is_imported_once_listed_and_shown(workbench, random_walk_csv):
    first = workbench("data", "import", random_walk_csv, "--json").json["series"]
    again = workbench("data", "import", random_walk_csv, "--json").json["series"]

    assert [row["revision"] for row in (first[0], again[0])] == [1, 1]
    listed = workbench("data", "list", "--json").json["series"]
    assert listed[0]["symbol"] == "WALK"
    assert workbench("data", "show", "WALK", "--json").json["n_rows"] == 160


def test_bars_are_shown_as_they_are_with_a_gap_between_the_ends(workbench, folder):
    rows = [f"2024-01-{day:02},1.234567,1.3,1.2,{1.1 + day / 1e4:.6f},{1000 + day}" for day in range(1, 11)]
    (folder / "FX.csv").write_text("\n".join(["Date,Open,High,Low,Close,Volume", *rows]))
    workbench("data", "import", "FX.csv")

    shown = workbench("data", "show", "FX", "--rows", "2").out
    lines = [line.split() for line in shown.splitlines() if line.startswith((" 2024", " ..."))]

    assert [line[0] for line in lines] == ["2024-01-01", "2024-01-02", "...", "2024-01-09", "2024-01-10"]
    assert lines[0][1:] == ["1.234567", "1.3", "1.2", "1.1001", "1,001"]
    assert " ... " not in workbench("data", "show", "FX", "--rows", "5").out


def test_plugins_are_listed_with_where_they_come_from(workbench):
    rows = workbench("plugins", "list", "--json").json["plugins"]

    found = {(row["kind"], row["name"]): row for row in rows}
    assert found["forecaster", "lstm"]["distribution"] == "trading-workbench"
    assert found["feature", "rsi"]["status"] == "active"
    assert {kind for kind, _ in found} >= {"source", "feature", "target", "forecaster", "strategy", "engine", "metric"}


def test_a_blocked_plugin_is_listed_as_blocked_and_cannot_be_used(workbench, small):
    rows = workbench("plugins", "list", "--no-plugin", "lstm", "--json").json["plugins"]
    answer = workbench("run", small, "--no-plugin", "lstm", "--set", "forecasters.0.use=lstm")

    assert [row["status"] for row in rows if row["module"] == "lstm"] == ["blocked"]
    assert answer.code == 2
    assert "no forecaster is named 'lstm'" in answer.err


def test_plugin_info_gives_parameters_with_type_default_and_bounds(workbench):
    document = workbench("plugins", "info", "rsi", "--json").json

    (window,) = document["parameters"]
    assert (window["name"], window["default"]) == ("window", 14)
    assert (window["type"], window["bounds"]) == ("int", ["at least 1"])
    assert "at least 1" in workbench("plugins", "info", "rsi").out


def test_plugin_info_lists_the_parameters_once(workbench):
    shown = workbench("plugins", "info", "frame")

    assert shown.out.count("Parameters") == 1
    assert "----" not in shown.out
    assert "Parameters\n-----" in workbench("plugins", "info", "frame", "--json").json["help"]


def test_types_are_written_as_a_reader_would(workbench):
    document = workbench("plugins", "info", "lstm", "--json").json
    found = {p["name"]: (p["type"], p["bounds"]) for p in document["parameters"]}

    assert found["loss"] == ('"mse" or "mae" or "huber" or "quantile" or "gaussian"', [])
    assert found["patience"] == ("int or None", ["at least 1"])
    assert found["dropout"] == ("float", ["at least 0", "below 1"])


def test_a_module_that_is_not_loaded_is_listed_by_its_own_name(workbench):
    shown = workbench("plugins", "list", "--no-plugin", "lstm").out

    (line,) = [line for line in shown.splitlines() if "blocked" in line]
    assert line.split()[0] == "lstm"


def test_a_plugin_file_is_used_without_being_installed(workbench, small, folder):
    (folder / "momentum.py").write_text(
        "from workbench import Feature\n\n\n"
        'class Momentum(Feature, name="momentum"):\n'
        '    """Change over five bars."""\n\n'
        "    @property\n    def warmup(self):\n        return 5\n\n"
        "    def compute(self, bars):\n        return bars['close'].diff(5)\n"
    )

    answer = workbench("run", small, "--plugin", "momentum.py", "--set", 'features=["momentum"]', "--json")

    assert answer.code == 0
    used = workbench("show", "latest", "--json").json["provenance"]["plugins"]
    (momentum,) = [plugin for plugin in used if plugin["name"] == "momentum"]
    assert momentum["distribution"] == "local"
    assert len(momentum["sha256"]) == 64


def test_the_experiment_that_is_printed_names_the_plugin_files(workbench, folder):
    (folder / "same.py").write_text(
        'from workbench import Feature\n\n\nclass Same(Feature, name="same"):\n'
        "    def compute(self, bars):\n        return bars['close']\n"
    )
    settings = ["--set", 'features=["same"]', "--set", 'forecasters=["drift"]', "--set", "tail=300"]

    answer = workbench("run", "sample:GOOG", "--plugin", "same.py", *settings)

    assert Experiment.from_toml(answer.err).plugins == (str(folder / "same.py"),)
    assert f"Plugins: feature 'same' of the local file {folder / 'same.py'}." in " ".join(
        workbench("show", "latest").out.split()
    )
    (folder / "pasted.toml").write_text(answer.err)
    assert workbench("run", "pasted.toml", "--dry-run").code == 0


def test_show_document_is_one_json_value(workbench, small):
    workbench("run", small)

    json.loads(workbench("show", "latest", "--json").out)


def test_an_interrupted_run_says_how_to_finish_it(workbench, small, monkeypatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.runs.execute.Execution._fit", interrupt)

    answer = workbench("run", small)

    run = workbench("runs", "--json").json[0]
    assert answer.code == 130
    assert f"workbench run --resume {run['run']}" in answer.err
    assert run["status"] == "interrupted"


def test_with_lays_other_files_over_the_experiment_before_set(workbench, small, folder):
    (folder / "a.toml").write_text("baselines = []\ntail = 250\n[folds]\ntest_fraction = 0.5\n")
    (folder / "b.toml").write_text("tail = 280\n")

    laid = ["--with", "a.toml", "--with", "b.toml"]
    answer = workbench("run", small, *laid, "--set", "folds.test_fraction=0.25", "--set", "strategy=none", "--json")

    asked = Experiment.from_toml(workbench("show", "latest", "--json").json["toml"])
    assert [row["model"] for row in answer.json["summary"]] == ["drift", "persistence"]
    assert (asked.tail, asked.folds.test_fraction) == (280, 0.25)


def test_with_lays_files_over_the_defaults_of_a_data_file(workbench, folder):
    (folder / "walk.toml").write_text("seeds = [1, 2]\n[folds]\ntrain_size = 0.6\ntest_size = 0.2\n")
    settings = ["--set", 'forecasters=["mean"]', "--set", "folds.test_size=0.1"]

    answer = workbench("run", "sample:GOOG", "--with", "walk.toml", *settings, "--dry-run", "--json")

    used = Experiment.from_toml(answer.err)
    assert answer.code == 0
    assert (used.seeds, used.folds.train_size, used.folds.test_size) == ((1, 2), 0.6, 0.1)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--with", "gone.toml"], "there is no file gone.toml"),
        (["--with", "odd.toml"], "odd.toml sets `sweep_`, which no experiment has"),
    ],
)
def test_a_file_that_cannot_be_laid_over_is_named(workbench, small, folder, arguments, why):
    (folder / "odd.toml").write_text("sweep_ = 1\n")

    answer = workbench("run", small, *arguments)

    assert answer.code == 2
    assert why in answer.err


def test_resume_takes_no_other_file(workbench, folder):
    answer = workbench("run", "--resume", "latest", "--with", "a.toml")

    assert answer.code == 2
    assert "no `--with`" in answer.err


def test_how_far_seeds_lie_apart_is_said_when_there_are_several(workbench, small):
    from workbench import Workbench, use

    asked = Experiment.from_toml(small).replace(
        forecasters=[use("lstm", label="net", hidden=1, epochs=1)], seeds=[1, 2]
    )
    Workbench("workbench.duckdb").run(asked, workers=1)

    answer = workbench("show", "latest")

    (line,) = [line for line in answer.out.splitlines() if line.startswith("Over 2 seeds")]
    assert line.startswith("Over 2 seeds, net: rmse 0.0")
    assert "; skill " in line
