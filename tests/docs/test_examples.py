"""The examples load, and do what they say."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path

import pytest
from snippets import call_workbench

import workbench as wb

pytestmark = pytest.mark.filterwarnings("ignore:the table .(sweep|tune). is left aside")

EXAMPLES = Path(__file__).parents[2] / "examples"
LAID_OVER = EXAMPLES / "walk-forward.toml"
"""No experiment on its own."""
FILES = sorted(file for file in EXAMPLES.glob("*.toml") if file != LAID_OVER)
SHORT = ("seeds=[1]", "tail=700", "folds={ test_fraction = 0.2 }")


def _run(example: str, *settings: str) -> wb.Run:
    n_forecasters = len(tomllib.loads((EXAMPLES / example).read_text())["forecasters"])
    epochs = [f"forecasters.{i}.epochs=1" for i in range(n_forecasters)]
    overrides = " ".join(f"--set '{setting}'" for setting in (*epochs, *settings))
    code, output = call_workbench(f"workbench run {EXAMPLES / example} {overrides}")
    assert code == 0, output
    return wb.Workbench().load("latest")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_loads_and_survives_being_written(file):
    experiment = wb.Experiment.from_toml(file)

    assert wb.Experiment.from_toml(experiment.to_toml()) == experiment


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_any_example_can_be_walked_forward_over_several_seeds(file):
    experiment = wb.Experiment.from_toml(file, LAID_OVER)

    assert experiment == wb.Experiment.from_toml(file).replace(
        folds=wb.WalkForward(0.6, 0.1, expand_train=True), seeds=[1, 2, 3]
    )


def test_every_example_is_listed():
    listed = (EXAMPLES / "README.md").read_text()

    assert [f.name for f in EXAMPLES.iterdir() if f.suffix in (".toml", ".py") and f"`{f.name}`" not in listed] == []


def test_the_panel_example_trains_one_network_for_all_symbols(reader, empty_reports):
    run = _run("panel.toml", f"source.path={reader / 'panel.csv'}")

    lstm = run.tasks[run.tasks["model"].str.startswith("lstm")]
    assert lstm["symbols"].tolist() == [("AAA", "BBB")]
    assert set(run.forecasts["symbol"]) == {"AAA", "BBB"}


def test_a_listener_writes_a_line_when_a_run_has_ended(reader, empty_reports):
    call_workbench(f"workbench run mine.csv --plugin {EXAMPLES / 'listener.py'} --set 'forecasters=[\"mean\"]'")

    (line,) = Path("runs.txt").read_text().splitlines()
    assert "mine: mean" in line


def test_the_script_with_a_model_of_its_own_prints_a_line_per_step(capsys):
    runpy.run_path(str(EXAMPLES / "own_model.py"), run_name="__main__")

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"step {k}" for k in range(1, 6)]


def _call(*settings: str) -> wb.Run:
    overrides = " ".join(f"--set '{setting}'" for setting in settings)
    code, output = call_workbench(f"workbench run {EXAMPLES / 'range-sample.toml'} {overrides}")
    assert code == 0, output
    return wb.Workbench().load("latest")


def test_the_example_of_a_range_is_forecast_and_traded(reader, empty_reports):
    run = _call('forecasters=["mean"]', "baselines=[]", "tail=400", "folds={ test_fraction = 0.2 }")

    assert run.status == "finished"
    assert run.backtest.stats["commission_paid"] > 0
    assert run.notes == []


@pytest.mark.slow
def test_ranges_are_won_and_returns_lost_on_the_same_days(reader, empty_reports):
    won, lost = _call(), _call("target=log_return", "strategy=long_flat")

    assert won.verdicts["har"].words == "better than persistence"
    assert won.summary.loc["har", "skill"] > 0.1
    assert lost.verdicts["har"].words == "not better than persistence"
    assert list(won.forecasts["origin"].unique()) == list(lost.forecasts["origin"].unique())


@pytest.mark.slow
@pytest.mark.parametrize("example", ["seeds.toml", "price_target.toml"])
def test_an_example_on_the_sample_runs(example, reader):
    run = _run(example, *SHORT)

    assert run.status == "finished"
    assert run.backtest.equity.iloc[0] > 0


@pytest.mark.slow
def test_the_example_on_a_file_of_ones_own_runs(reader):
    (reader / "mine.csv").rename(reader / "NFLX.csv")

    run = _run("own_csv.toml", f"source.path={reader / 'NFLX.csv'}", "folds.train_size=150", "folds.test_size=60")

    assert run.status == "finished"
    assert len(run.summary) == 6


@pytest.mark.slow
@pytest.mark.parametrize("example", [file.name for file in FILES if file.stem.endswith("-sample")])
def test_an_example_on_sample_data_runs_right_after_install(example, reader):
    fields = wb.Experiment.from_toml(EXAMPLES / example)
    quick = [use.with_params(epochs=1) if "epochs" in use.params else use for use in fields.forecasters]

    run = wb.Workbench().run(fields.replace(forecasters=quick), workers=1)

    assert run.status == "finished"
    assert run.verdict
