"""`data show`: whatever is named is shown, on paper as on a terminal, as a page and as strict JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest


def strict(answer):
    """The JSON that was printed, refusing what JSON has no word for."""

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(answer.out.splitlines()[-1], parse_constant=refuse)


@pytest.fixture
def panel_csv(folder):
    rng = np.random.default_rng(3)
    rows = []
    for symbol in ("AAA", "BBB"):
        close = 50 * np.exp(np.cumsum(rng.normal(0, 0.01, 90)))
        rows.append(pd.DataFrame({"date": pd.bdate_range("2022-01-03", periods=90), "close": close, "symbol": symbol}))
    path = folder / "panel.csv"
    pd.concat(rows).assign(open=lambda f: f["close"], high=lambda f: f["close"], low=lambda f: f["close"]).to_csv(
        path, index=False
    )
    return path


def test_a_file_is_shown_without_a_store(workbench, random_walk_csv, folder):
    answer = workbench("data", "show", random_walk_csv)

    assert answer.code == 0
    lines = answer.out.splitlines()
    assert next(line.split()[0] for line in lines if line.startswith(" 2020-")) == "2020-01-01"
    close = pd.read_csv(random_walk_csv)["Close"].to_numpy()
    errors = np.diff(close)[127:]
    rmse, mae = np.sqrt(np.mean(errors**2)), np.mean(np.abs(errors))
    sentence = f"Persistence ('tomorrow = today') on the last 32 bars: RMSE {rmse:.4g}, MAE {mae:.4g}."
    assert sentence in " ".join(answer.out.split())
    assert "A forecast has to beat that." in " ".join(answer.out.split())
    assert not (folder / "workbench.duckdb").exists()


def test_on_paper_only_plain_characters_describe(workbench, random_walk_csv):
    out = workbench("data", "show", random_walk_csv).out

    described = out[out.index("WALK: 160 bars") :]
    assert described.isascii()
    assert max(map(len, described.splitlines())) <= 100


@pytest.mark.parametrize(("said", "width"), [("60", 60), ("1", 40), ("wide", 100)])
def test_on_paper_it_is_as_wide_as_columns_says(workbench, random_walk_csv, monkeypatch, said, width):
    monkeypatch.setenv("COLUMNS", said)

    out = workbench("data", "show", random_walk_csv).out

    widest = max(map(len, out[out.index("WALK: 160 bars") :].splitlines()))
    assert 0.75 * width < widest <= width


def test_a_stored_series_keeps_its_keys_and_gets_a_description(workbench, random_walk_csv):
    series = workbench("data", "import", random_walk_csv, "--json").json["series"][0]["series"]

    shown = strict(workbench("data", "show", series, "--json"))

    assert {"series", "symbol", "interval", "revision", "n_rows", "first_session", "last_session"} <= set(shown)
    assert shown["n_rows"] == len(shown["bars"]) == 160
    assert shown["bars"][0]["time"] == "2020-01-01T00:00:00"
    (described,) = shown["description"]["symbols"]
    assert described["symbol"] == "WALK" and described["persistence"]["n_test"] == 32
    assert sum(described["returns"]["histogram"]["counts"]) <= 159


def test_json_of_a_file_has_the_same_keys_where_they_mean_something(workbench, random_walk_csv):
    shown = strict(workbench("data", "show", random_walk_csv, "--json", "--rows", "2"))

    assert (shown["symbol"], shown["interval"], shown["n_rows"]) == ("WALK", "1d", 160)
    assert (shown["first_session"], shown["last_session"]) == ("2020-01-01T00:00:00", "2020-08-11T00:00:00")
    assert len(shown["bars"]) == 4 and "series" not in shown


def test_several_symbols_are_a_table_and_one_of_them_can_be_chosen(workbench, panel_csv):
    both = workbench("data", "show", panel_csv)
    one = workbench("data", "show", panel_csv, "--set", "symbols=BBB")
    document = strict(workbench("data", "show", panel_csv, "--json"))

    assert "2 symbols, 180 bars of 1d" in both.out and "Autocorrelation" not in both.out
    assert "--set symbols=AAA" in both.out
    assert "BBB: 90 bars of 1d" in one.out and "Autocorrelation" in one.out
    assert document["symbols"] == ["AAA", "BBB"] and "bars" not in document
    assert [item["symbol"] for item in document["description"]["symbols"]] == ["AAA", "BBB"]


def test_settings_go_to_the_bars_the_source_or_the_description(workbench, folder):
    rows = [f"{day:02}.01.2024,{100 + day}" for day in range(1, 31)]
    (folder / "days.csv").write_text("\n".join(["when,price", *rows]))
    read = ["--set", "date_column=when", "--set", "source.date_format=%d.%m.%Y"]

    found = strict(
        workbench("data", "show", "days.csv", *read, "--set", "tail=20", "--set", "test_fraction=0.5", "--json")
    )

    assert found["n_rows"] == 20 and found["first_session"].startswith("2024-01-11")
    assert found["description"]["test_fraction"] == 0.5
    assert found["description"]["symbols"][0]["persistence"] == {"n_test": 10, "rmse": 1.0, "mae": 1.0} | {
        "log_rmse": pytest.approx(np.sqrt(np.mean(np.diff(np.log(np.arange(120.0, 131.0))) ** 2)))
    }


def test_a_page_is_written_where_it_is_asked_for(workbench, random_walk_csv, folder):
    answer = workbench("data", "show", random_walk_csv, "-o", "look.html")

    assert answer.out.splitlines()[-1] == "Page: look.html"
    text = (folder / "look.html").read_text("utf-8")
    assert "<h1>WALK.csv</h1>" in text and "A forecast has to beat that." in text
    assert workbench("data", "show", random_walk_csv, "-o", "look.html", "--json").json["page"] == "look.html"


def test_source_and_symbol_are_shown(workbench):
    answer = workbench("data", "show", "sample:GOOG", "--set", "tail=120")

    assert answer.code == 0
    assert "GOOG: 120 bars of 1d" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no file 'nowhere', and no store"),
        (["WALK.csvv"], "Did you mean 'WALK.csv'?"),
        (["missing.csv"], "there is no file"),
        (["one.csv"], "'one.csv': the series has 1 bar; at least 3"),
        (["dangling.csv"], "dangling.csv' is a link to 'gone.csv', which is not there"),
        (["WALK.csv", "--set", "test_fraction=all"], "`test_fraction` is 'all'; expected a number"),
        (["WALK.csv", "--set", "test_fraction=2"], "expected a number between 0 and 1"),
        (["WALK.csv", "--set", "calendar=XNYSE"], "Did you mean 'XNYS'?"),
        (["WALK.csv", "--set", "colour=red"], "has no parameter `colour`"),
        (["WALK.csv", "-o", "."], "is a folder"),
    ],
)
def test_wrong_requests_are_answered_in_a_sentence(workbench, random_walk_csv, folder, arguments, said):
    (folder / "one.csv").write_text("date,close\n2020-01-01,5\n")
    (folder / "dangling.csv").symlink_to("gone.csv")

    answer = workbench("data", "show", *arguments)

    assert answer.code == 2
    assert said in answer.err and answer.out == ""
