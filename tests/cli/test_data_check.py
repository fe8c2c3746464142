"""`workbench data check`: what it prints, and how it ends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb


@pytest.fixture
def write(folder, random_walk_csv):
    """Write a changed copy of the random walk: `write(change, name="CHANGED")`."""

    def write(change=lambda frame: frame, name="CHANGED"):
        frame = pd.read_csv(random_walk_csv)
        frame["Open"] = frame["Close"].shift(1, fill_value=frame["Close"][0])
        frame["High"] = frame[["Open", "Close"]].max(axis=1) * 1.01
        frame["Low"] = frame[["Open", "Close"]].min(axis=1) * 0.99
        path = folder / f"{name}.csv"
        change(frame).to_csv(path, index=False)
        return path

    return write


def with_holes(frame):
    frame.loc[[3, 4], ["Open", "High", "Low", "Close"]] = np.nan
    return frame


def with_split(frame):
    frame.loc[80:, ["Open", "High", "Low", "Close"]] /= 4
    frame.loc[80:, "Volume"] *= 4
    return frame.assign(split_factor=[4.0 if row == 80 else 1.0 for row in range(len(frame))])


def panel(frame):
    fine = [frame.assign(Symbol=name) for name in ("AAA", "BBB", "CCC", "DDD", "EEE")]
    return pd.concat([*fine, with_holes(frame.copy()).assign(Symbol="ZZZ")])


def test_a_clean_file_is_usable_and_the_answer_is_as_agreed(workbench, write):
    answer = workbench("data", "check", write(name="CLEAN"), "--json")

    assert answer.code == 0
    assert answer.json["usable"] is True
    (series,) = answer.json["series"]
    assert {k: series[k] for k in ("symbol", "rows", "first", "last", "interval", "repairs", "problems")} == {
        "symbol": "CLEAN",
        "rows": 160,
        "first": "2020-01-01",
        "last": "2020-08-11",
        "interval": "1d",
        "repairs": [],
        "problems": [],
    }


def test_a_person_reads_what_is_wrong_and_what_to_do(workbench, write):
    answer = workbench("data", "check", write(with_holes))

    assert answer.code == 1
    assert "CHANGED  158 bars of 1d  2020-01-01 to 2020-08-11" in answer.out
    assert "error    missing_rows: 2 bars of 160 without any price. At 2020-01-06, 2020-01-07." in answer.out
    assert "→ Set `missing`: `--set missing=drop` leaves these bars out" in answer.out
    assert answer.out.endswith("Not usable as it stands. Do what stands behind the arrows.\n")


@pytest.mark.parametrize(
    ("change", "option", "said"),
    [
        (with_holes, "--missing=drop", "as a run with missing=drop: 2 bars left out."),
        (with_holes, "--missing=ffill", "as a run with missing=ffill: 2 bars filled from the bar before."),
        (with_split, "--adjust=splits", "as a run with adjust=splits: 80 closes changed."),
    ],
)
def test_an_advice_can_be_verified(workbench, write, change, option, said):
    path = write(change)

    before, after = workbench("data", "check", path), workbench("data", "check", path, option)

    assert (before.code, after.code) == (1, 0)
    assert said in after.out


@pytest.mark.parametrize(
    ("change", "setting"),
    [(with_holes, "missing=drop"), (with_split, "adjust=splits"), (lambda frame: frame, "calendar=24/5")],
)
def test_an_advice_can_be_typed_as_it_stands(workbench, write, change, setting):
    path = write(change)
    name, _, value = setting.partition("=")

    answer = workbench("data", "check", path, "--set", setting, "--set", "interval=1d", "--json")

    assert answer.json == workbench("data", "check", path, f"--{name}", value, "--json").json
    assert setting == "calendar=24/5" or answer.code == 0


def test_of_many_symbols_those_with_nothing_to_tell_share_a_line(workbench, write):
    answer = workbench("data", "check", write(panel))

    assert answer.code == 1
    assert "5 symbols with nothing to report, each 160 bars of 1d" in answer.out
    assert ": AAA, BBB, CCC, DDD, EEE." in answer.out
    assert "1 of 6 symbols: ZZZ." in answer.out


def test_one_symbol_of_several_that_cannot_be_used_is_told_beside_the_others(workbench, write):
    def clash(frame):
        twice = pd.concat([frame, frame.iloc[[5]].assign(Close=1.0)])
        return pd.concat([frame.assign(Symbol="AAA"), twice.assign(Symbol="BBB")])

    answer = workbench("data", "check", write(clash), "--json")

    assert answer.code == 1
    problems = {series["symbol"]: [p["kind"] for p in series["problems"]] for series in answer.json["series"]}
    assert problems == {"AAA": [], "BBB": ["conflicting_duplicates"]}


def test_different_rows_for_one_day_make_a_file_unusable_but_not_unreadable(workbench, write):
    answer = workbench("data", "check", write(lambda f: pd.concat([f, f.iloc[[5]].assign(Close=1.0)])))

    assert answer.code == 1
    assert "conflicting_duplicates: Different rows for one time, once" in answer.out


def test_days_that_begin_at_a_local_midnight_written_in_utc_are_an_error_that_the_zone_mends(workbench, write):
    def in_utc(frame):
        days = pd.date_range("2021-01-04", periods=len(frame), freq="B", tz="Europe/Berlin")
        return frame.assign(Date=days.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ"))

    path = write(in_utc)
    answer = workbench("data", "check", path, "--json")

    assert answer.code == 1
    (problem,) = answer.json["series"][0]["problems"]
    assert (problem["kind"], problem["rows"], problem["at"]) == ("shifted_days", 160, ["2021-01-03"])
    assert "22:00 or 23:00" in problem["detail"]
    assert "--set timezone=Europe/Berlin" in problem["advice"]
    mended = workbench("data", "check", path, "--set", "timezone=Europe/Berlin", "--json")
    assert (mended.code, mended.json["series"][0]["first"]) == (0, "2021-01-04")


def test_a_file_of_two_bars_is_too_short(workbench, folder):
    (folder / "two.csv").write_text("date,close\n2020-01-01,1\n2020-01-02,2\n")

    answer = workbench("data", "check", "two.csv")

    assert answer.code == 1
    assert "too_short: 2 bars with a price" in answer.out


@pytest.mark.parametrize(
    ("name", "text"),
    [("no.csv", "words and nothing else\n"), ("text.csv", "date,close\n2020-01-01,x\n2020-01-02,y\n2020-01-03,z\n")],
)
def test_what_cannot_be_read_ends_with_2(workbench, folder, name, text):
    (folder / name).write_text(text)

    answer = workbench("data", "check", name)

    assert answer.code == 2
    assert answer.err.startswith("workbench: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.csv"], "there is no file"),
        (["GOOG"], "'GOOG' is no file, no series of the store"),
        (["CHANGED.csv", "--calendar", "XNYSE"], "there is no calendar 'XNYSE'"),
        (
            ["CHANGED.csv", "--missing", "dorp"],
            "`missing` is 'dorp'; expected error, drop, ffill. Did you mean 'drop'?",
        ),
        (["CHANGED.csv", "--interval", "day"], "`interval` is 'day'"),
        (["CHANGED.csv", "--set", "missing=3"], "`missing` is '3'; expected error, drop, ffill."),
        (["CHANGED.csv", "--adjust", "splits"], "needs a column `split_factor`"),
        (["CHANGED.csv", "--set", "colour=red"], "colour"),
    ],
)
def test_a_wrong_request_ends_with_2_and_says_what_was_expected(workbench, write, arguments, message):
    write()

    answer = workbench("data", "check", *arguments)

    assert answer.code == 2
    assert message in answer.err


def test_parameters_of_the_source_are_set_like_those_of_a_run(workbench, write):
    path = write(lambda frame: frame.assign(Date=pd.to_datetime(frame["Date"]).dt.strftime("%d/%m/%y")))
    strictly = ["data", "check", path, "--set", "strict=true"]  # what the form of the dates is must then be said

    assert workbench(*strictly).code == 2
    for setting in ("date_format=%d/%m/%y", "source.date_format=%d/%m/%y"):
        assert workbench(*strictly, "--set", setting).code == 0


def test_series_of_the_store_can_be_checked_too(workbench, write):
    workbench("data", "import", write(with_split))
    (series,) = wb.Workbench().series()["series"]

    answers = [workbench("data", "check", name, "--json") for name in ("CHANGED", series)]
    near = workbench("data", "check", "CHANGES")

    for answer in answers:
        assert answer.code == 1
        assert [p["kind"] for p in answer.json["series"][0]["problems"]] == ["split"]
    assert near.code == 2
    assert "Did you mean 'CHANGED'?" in near.err


def test_a_source_and_a_symbol_can_be_checked_without_a_store(workbench):
    answer = workbench("data", "check", "sample:GOOG", "--json")

    assert answer.code == 0
    assert answer.json["series"][0]["symbol"] == "GOOG"


def test_nothing_is_written(workbench, folder, write):
    path = write()

    workbench("data", "check", path)

    assert not (folder / "workbench.duckdb").exists()


def test_the_method_says_the_same_as_the_command(workbench, write):
    path = write(with_split)

    health = wb.Workbench().check_data(path, calendar="24/5")

    assert not health.usable
    assert health.to_dict() == workbench("data", "check", path, "--calendar", "24/5", "--json").json
    assert wb.Workbench().check_data(pd.read_csv(path), adjust="splits").usable
