"""How far the seeds of a run lie apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.reports.sections.scores import render
from workbench.runs.spread import seed_spread


def score(model="a", seed=1, value=0.0, **other):
    blank = {"symbol": None, "fold": pd.NA, "step": pd.NA, "space": "target", "metric": "rmse"}
    return {"model": model, "seed": seed, "value": value, **blank, **other}


def scores_of(*rows):
    return pd.DataFrame(list(rows)).astype({"seed": "Int64", "fold": "Int64", "step": "Int64"})


def test_seeds_are_summarised_and_everything_else_left_alone():
    scores = scores_of(
        *(score(seed=s, value=v) for s, v in ((1, 1.0), (2, 2.0), (3, 6.0))),
        *(score(seed=s, value=v, metric="skill") for s, v in ((1, 0.1), (2, -0.1), (3, 0.3))),
        score(seed=pd.NA, value=99),
        score(seed=1, value=99, fold=0),
        score(seed=1, value=99, space="price"),
        score(seed=1, value=99, metric="mae"),
        score(seed=1, value=99, symbol="X"),
        score("persistence", seed=1, value=5.0),
    )

    found = seed_spread(scores, ["persistence", "a", "buy_and_hold"])

    assert list(found.index) == [("a", "rmse"), ("a", "skill")]
    assert found.loc[("a", "rmse")].tolist() == pytest.approx([3, 3.0, np.sqrt(7), 1.0, 6.0])
    assert found.loc[("a", "skill")].tolist() == pytest.approx([3, 0.1, 0.2, -0.1, 0.3])
    assert found["seeds"].dtype == np.int64


def test_without_scores_or_models_there_is_no_spread():
    assert seed_spread(scores_of(score(value=1.0)).iloc[:0], []).empty
    assert seed_spread(scores_of(score(value=1.0)), ["a"]).empty


def test_a_run_knows_its_spread_and_its_report_shows_it(shared):
    _, run = shared
    by_seed = run.scores.query(
        "space == 'target' and metric == 'rmse' and symbol.isna() and fold.isna() and step.isna()"
    )
    values = by_seed.dropna(subset="seed").query("model == @run.headline")["value"]

    spread = run.spread

    assert set(spread.index.get_level_values("model")) == {run.headline}
    row = spread.loc[(run.headline, "rmse")]
    assert (row["seeds"], row["mean"], row["min"]) == (2, pytest.approx(values.mean()), values.min())
    assert "Errors by seed: mean and spread" in render(run)
