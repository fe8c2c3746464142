"""A run keeps the health of its bars, and warns once of what is wrong with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.data.health import check_bars
from workbench.data.health.records import problem
from workbench.runs.health import health_notes


def make_bars(seed=1, n=160):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    columns = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": 1000.0}
    return pd.DataFrame(columns, index=pd.bdate_range("2020-01-01", periods=n))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    bars = make_bars()
    bars.iloc[80:, :4] /= 4
    bars.iloc[80:, 4] *= 4
    bars.iloc[[3, 4], :4] = np.nan
    store = tmp_path_factory.mktemp("store") / "w.duckdb"
    source = wb.use("frame", frame=bars, symbol="ACME")
    return wb.run(bars, store=store, source=source.to_dict(), symbols=["ACME"], missing="drop", **SMALL)


SMALL = {"forecasters": ["mean"], "strategy": None, "quiet": True, "workers": 1}


def test_the_sheet_is_of_the_bars_as_the_run_saw_them(run):
    (sheet,) = run.health

    assert (sheet["symbol"], sheet["rows"], sheet["first"]) == ("ACME", 158, "2020-01-01")
    assert sheet["treatment"] == {"missing": "drop", "n_missing": 2, "adjust": "none", "n_adjusted": 0}
    assert [p["kind"] for p in sheet["problems"]] == ["split", "missing_sessions"]


def test_errors_and_warnings_are_notes_of_the_run_each_once(run):
    split = [note for note in run.notes if "unadjusted 4:1 split on 2020-04-22" in note]

    assert len(split) == 1
    assert split[0].startswith("ACME: looks like an unadjusted 4:1 split")
    assert "adjust='splits'" in split[0]
    assert sum("2 bars without a price were dropped" in note for note in run.notes) == 1


def test_a_report_made_later_says_the_same(run, tmp_path):
    again = wb.Workbench(run._store.path).load(run.id)

    text = again.report(tmp_path / "r.html").read_text(encoding="utf-8")

    assert again.health == run.health
    assert "<h2>The data</h2>" in text
    assert "2 bars without a price were left out (missing = drop)." in text
    assert "unadjusted 4:1 split on 2020-04-22" in text


def sheet(symbol, *problems):
    made = check_bars(make_bars_tidy(), symbol, "1d")
    return type(made)(**{**{name: getattr(made, name) for name in made.__slots__}, "problems": problems})


def make_bars_tidy():
    bars = make_bars().rename_axis("time")
    return bars.assign(known_at=bars.index + pd.Timedelta(days=1))


def test_a_kind_that_many_symbols_share_is_one_note():
    spike = problem("spike", "1 bar is far off.", "Look.", rows=1, at=("2020-01-01",))

    notes = health_notes([sheet(name, spike) for name in ("A", "B", "C", "D", "E")])

    assert len(notes) == 1
    assert notes[0].startswith("A, B, C and 2 more: 1 bar is far off. (this is A;")


def test_what_a_run_says_in_its_own_words_and_what_is_only_worth_knowing_are_no_notes():
    large = problem("large_move", "1 large move.", "Nothing.", rows=1)
    rows = problem("missing_rows", "2 bars.", "Set `missing`.", rows=2)

    assert health_notes([sheet("A", large, rows)]) == []
