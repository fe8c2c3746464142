"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli import main

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, 160)))
    pd.DataFrame({"Date": pd.bdate_range("2021-01-04", periods=160), "Close": close}).to_csv("mine.csv", index=False)
    return tmp_path


@pytest.mark.filterwarnings("ignore::workbench.errors.WorkbenchWarning")
def test_the_python_example_runs_as_printed(folder, capsys):
    example = next(block for block in blocks("python") if "wb.run(" in block)

    exec(compile(example, "README.md", "exec"), {})

    assert "persistence" in capsys.readouterr().out
    assert (folder / "mine.html").stat().st_size > 20_000
    assert (folder / "equity.svg").exists()


def test_the_plugin_example_is_a_whole_plugin(folder, capsys):
    (folder / "momentum.py").write_text(next(block for block in blocks("python") if "class Momentum" in block))
    options = ["--plugin", "momentum.py", "--set", 'features=["log_return", "momentum"]', "--dry-run"]

    with pytest.raises(SystemExit) as ended:
        main(["run", "mine.csv", *options])

    assert ended.value.code in (0, None), capsys.readouterr().err


def test_the_demo_shown_is_the_demo_there_is(folder):
    """The table's models and verdict are those of the packaged demo; the slow tests run it whole."""
    from workbench.plan.examples import example_path

    shown = next(block for block in blocks("text") if "'demo'" in block)
    loss, win = (wb.Experiment.from_toml(example_path(name)) for name in ("demo", "demo-range"))
    halves = shown.split("How far it will move")

    for half, demo in zip(halves, (loss, win), strict=True):
        named = [use.name for use in (*demo.forecasters, *demo.baselines)]
        for model in {*named, "persistence", "buy_and_hold"}:
            assert re.search(rf"^ {model} ", half, flags=re.MULTILINE)
    assert halves[0].index("lstm is not better than persistence") < halves[0].index("rmse")
    assert halves[1].index("har is better than persistence") < halves[1].index("rmse")


@pytest.mark.slow
def test_the_numbers_of_the_demo_shown_are_the_ones_it_gives(folder):
    """Rounded as printed; the last digits may differ from one processor to the next."""
    from workbench.plan.examples import example_path

    bench = wb.Workbench(folder / "s.duckdb")
    shown = next(block for block in blocks("text") if "'demo'" in block)

    for half, name in zip(shown.split("How far it will move"), ("demo", "demo-range"), strict=True):
        run = bench.run(wb.Experiment.from_toml(example_path(name)))
        for model in run.summary.index.drop("buy_and_hold"):
            rmse = float(re.search(rf"^ {model} +(\S+)", half, flags=re.MULTILINE)[1])
            assert rmse == pytest.approx(run.summary.loc[model, "rmse"], rel=5e-4)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)", README))
def test_links_lead_somewhere(link):
    assert (Path(__file__).parents[2] / link).exists()
