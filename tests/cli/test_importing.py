"""`workbench data import`: what was mended is told, and how files are written can be said."""

from __future__ import annotations

import pytest

import workbench as wb

ROWS = ["Date;Close", "13.01.2020 09:30;1,5", "13.01.2020 09:31;1,25", "13.01.2020 09:32;1,75"]


@pytest.fixture
def minutes(folder):
    path = folder / "DAX.csv"
    path.write_text("\n".join(ROWS))
    return path


def test_repairs_are_told_in_words_and_in_json(workbench, minutes):
    told = workbench("data", "import", minutes).out
    row = workbench("data", "import", minutes, "--json").json["series"][0]

    assert "Note: DAX: Commas in 'close' were read as decimal points." in " ".join(told.split())
    assert [repair["kind"] for repair in row["repairs"]] == ["day_first", "decimal_comma", "close_only"]
    assert row["repairs"][1] == {
        "kind": "decimal_comma",
        "rows": 3,
        "at": ["row 1", "row 2", "row 3"],
        "detail": "Commas in 'close' were read as decimal points.",
    }
    assert (row["symbol"], row["rows"], row["revision"]) == ("DAX", 3, 1)


def test_a_clean_file_needs_no_word(workbench, random_walk_csv):
    assert "Note" not in workbench("data", "import", random_walk_csv).out
    assert workbench("data", "import", random_walk_csv, "--json").json["series"][0]["repairs"] == []


def test_parameters_of_the_source_are_set(workbench, minutes):
    workbench("data", "import", minutes, "--set", "timezone=Europe/Berlin", "--set", "stamps=end")

    assert workbench("data", "show", "DAX", "--json").json["bars"][0]["time"] == "2020-01-13T08:29:00"


def test_a_parameter_that_the_source_lacks_is_named_with_the_nearest(workbench, minutes):
    answer = workbench("data", "import", minutes, "--set", "timezon=Europe/Berlin")

    assert answer.code == 2
    assert "timezon" in answer.err and "timezone" in answer.err


def test_a_strict_import_is_refused_with_what_would_have_been_mended(workbench, minutes):
    answer = workbench("data", "import", minutes, "--set", "strict=true")

    assert answer.code == 2
    assert "`strict` allows no repairs, and these were needed: Dates such as '13.01.2020 09:30'" in answer.err


def test_a_folder_is_imported_file_by_file_and_like_repairs_are_told_once(workbench, folder, minutes):
    (folder / "data").mkdir()
    for name in ("A", "B", "C"):
        (folder / "data" / f"{name}.csv").write_text("\n".join(ROWS))

    answer = workbench("data", "import", "data")

    assert [row["symbol"] for row in wb.Workbench().series().to_dict("records")] == ["A", "B", "C"]
    assert "Note: A, B, C: Commas in 'close'" in " ".join(answer.out.split())


def test_a_folder_can_be_run(workbench, folder, random_walk_csv):
    (folder / "data").mkdir()
    for name in ("A", "B"):
        (folder / "data" / f"{name}.csv").write_bytes(random_walk_csv.read_bytes())

    tasks = workbench("run", "data", "--dry-run", "--json", "--set", 'forecasters=["drift"]').json["tasks"]

    assert {symbol for task in tasks for symbol in task["symbols"].split(", ")} == {"A", "B"}


def test_a_folder_of_both_kinds_of_files_is_refused(workbench, folder):
    (folder / "data").mkdir()
    (folder / "data" / "A.csv").write_text("\n".join(ROWS))
    (folder / "data" / "B.parquet").write_bytes(b"")
    (folder / "empty").mkdir()

    both, none = workbench("data", "import", "data"), workbench("data", "import", "empty")

    assert (both.code, none.code) == (2, 2)
    assert "holds files of text and Parquet files; say which" in both.err
    assert "holds no file that ends in .csv, .txt, .tsv, .parquet, .pq" in none.err


def test_a_frame_is_imported_from_python_with_parameters(folder):
    import pandas as pd

    frame = pd.DataFrame({"Date": pd.bdate_range("2020-01-01", periods=4)[::-1], "Price": ["1,5", "2,5", "3,5", "4,5"]})

    rows = wb.Workbench().import_data(frame, symbol="MINE")

    assert rows[0]["symbol"] == "MINE"
    assert [repair["kind"] for repair in rows[0]["repairs"]] == ["decimal_comma", "newest_first", "close_only"]


def test_a_run_notes_what_was_mended_once_and_says_it(folder, random_walk_csv, capsys):
    rows = random_walk_csv.read_text().splitlines()
    random_walk_csv.write_text("\n".join([rows[0], *rows[:0:-1], rows[1]]))

    run = wb.run(random_walk_csv, forecasters=["drift"], strategy=None, workers=1)

    assert run.notes[:2] == [
        "WALK: The newest row came first: the order was turned round.",
        "WALK: 1 row repeated another exactly: each was kept once.",
    ]
    assert capsys.readouterr().out.count("repeated another exactly") == 1


@pytest.fixture
def german(folder):
    path = folder / "fund.csv"
    days = [f"{year}-{month:02}-01" for year in range(2012, 2022) for month in range(1, 13)]
    rows = [f"{day};{100 + number % 7};{number}" for number, day in enumerate(days)]
    path.write_text("\n".join(["Tag;Rücknahme;Ausgabe", *rows]))
    return path


def test_columns_can_be_named_wherever_a_file_is_read(workbench, german):
    named = "columns.close=Rücknahme"

    imported = workbench("data", "import", german, "--set", named, "--json").json["series"][0]
    shown = workbench("data", "show", german, "--set", named, "--json").json["bars"][0]
    checked = workbench("data", "check", german, "--set", named, "--json").json["series"][0]
    run = workbench("run", german, "--dry-run", "--json", "--set", f"source.{named}", "--set", 'forecasters=["drift"]')

    assert (imported["rows"], checked["rows"], shown["close"]) == (120, 120, 100)
    assert run.json["tasks"]
    assert '[source.columns]\nclose = "Rücknahme"' in run.err or 'columns = {close = "Rücknahme"}' in run.err


def test_a_column_that_a_file_lacks_is_named_with_the_nearest(workbench, german):
    answer = workbench("data", "import", german, "--set", "columns.close=Rücknahmen")

    assert answer.code == 2
    assert "there is no column 'Rücknahmen'. Did you mean 'Rücknahme'?" in answer.err
