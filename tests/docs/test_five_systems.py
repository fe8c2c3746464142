"""The five systems: their examples, their twins on sample data, and the page about them.

Tests that need the real files read them from the folder that WORKBENCH_TEST_DATA names, and are skipped without it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import measure_systems
import numpy as np
import pandas as pd
import pytest
from five_systems import printed
from five_systems.page import render
from five_systems.printed import SYSTEMS

import workbench as wb
from workbench.plan.toml import read_toml

EXAMPLES = Path(__file__).parents[2] / "examples"
OF_THE_DATA = {"name", "source", "symbols", "start", "end", "tail"}
DATA = os.environ.get("WORKBENCH_TEST_DATA")
names = pytest.mark.parametrize("name", [system.example for system in SYSTEMS])
needs_data = pytest.mark.skipif(not DATA, reason="WORKBENCH_TEST_DATA names no folder of real files")


@names
def test_the_twin_on_sample_data_asks_the_same(name):
    original, twin = (read_toml(EXAMPLES / f"{file}.toml") for file in (name, f"{name}-sample"))

    assert {k: v for k, v in twin.items() if k not in OF_THE_DATA} == {
        k: v for k, v in original.items() if k not in OF_THE_DATA
    }
    assert twin["source"] == {"use": "sample"}


@names
def test_an_example_says_what_differs_from_the_original(name):
    head, _, _ = (EXAMPLES / f"{name}.toml").read_text().partition("\nname = ")

    assert "What differs from the original" in head


def test_the_page_is_what_was_measured():
    figures = json.loads(measure_systems.FIGURES.read_text(encoding="utf-8"))

    assert measure_systems.PAGE.read_text(encoding="utf-8") == render(figures), "run `python docs/measure_systems.py`"


def test_a_zero_in_scaled_space_is_no_return_of_zero():
    """Returns of 0, then one of -0.3 and one of 0.1 in training: scaled to (-1, 1), zero lies at 0.5."""
    returns = np.array([-0.3, 0.1] + [0.0] * 48)
    closes = pd.Series(np.exp(np.cumsum([0.0, *returns])))

    in_scaled_space, of_a_zero_return = printed.netflix_in_scaled_units(closes)

    assert in_scaled_space == pytest.approx(0.5)
    assert of_a_zero_return == pytest.approx(0.0, abs=1e-9)


@needs_data
def test_the_netflix_notebook_compared_with_a_baseline_that_no_one_would_use():
    closes = pd.read_csv(Path(DATA) / "NFLX.csv")["Close"]

    in_scaled_space, of_a_zero_return = printed.netflix_in_scaled_units(closes)

    assert in_scaled_space == pytest.approx(0.2547248070050719, abs=1e-12)
    assert of_a_zero_return == pytest.approx(0.1307184318956859, abs=1e-12)


@needs_data
@pytest.mark.parametrize(
    ("file", "at_least"),
    [("NFLX.csv", 0.160), ("GSPC_2010_2021.csv", 0.100), ("AAPL_2012_2022.csv", 0.171), ("AMZN_20.csv", 0.145)],
)
def test_an_average_of_past_ranges_beats_persistence(file, at_least, tmp_path):
    experiment = wb.Experiment(
        source=wb.use("csv", path=str(Path(DATA) / file), symbol="X"),
        symbols=["X"],
        target="log_range",
        lookback=22,
        forecasters=["har"],
        strategy=None,
        folds=wb.Holdout(0.2),
    )

    run = wb.Workbench(tmp_path / "s.duckdb").run(experiment)

    assert (
        run.summary.loc["har", "skill"] == pytest.approx(at_least, abs=5e-4)
        or run.summary.loc["har", "skill"] > at_least
    )
    assert run.verdicts["har"].words == "better than persistence"
