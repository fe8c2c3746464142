"""`data fetch` and `data diff` as a person calls them."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.cli.fetching import fetched_lines


@pytest.mark.parametrize(
    ("asked", "received", "said"),
    [
        ([], 0, "Everything was there: nothing was asked for."),
        ([["2024-01-02", "2024-01-02"]], 1, "Asked once (2024-01-02) and received 1 bar."),
        (
            [[None, "2024-01-05"], ["2024-02-01", "2024-02-09"]],
            9,
            "Asked 2 times (the beginning to 2024-01-05; 2024-02-01 to 2024-02-09) and received 9 bars.",
        ),
        ([["2024-01-02", None]], 2, "Asked once (2024-01-02 to now) and received 2 bars."),
    ],
)
def test_what_was_asked_for_is_told(asked, received, said):
    moments = {"first": pd.Timestamp("2024-01-02"), "last": pd.Timestamp("2024-01-05 14:30")}
    row = {"asked": asked, "requests": len(asked), "received": received, "series": "v:A:1d", "rows": 4, "revision": 2}

    lines = fetched_lines({**row, **moments})

    assert lines == [said, "v:A:1d has 4 bars from 2024-01-02 to 2024-01-05 14:30:00, revision 2."]


def test_a_source_that_needs_no_network_can_be_fetched_too(workbench):
    answer = workbench("data", "fetch", "sample:GOOG", "--start", "2012-01-03", "--end", "2012-01-31", "--json")

    assert answer.code == 0
    assert (answer.json["series"], answer.json["rows"]) == ("sample:GOOG:1d", 20)
    assert answer.json["asked"] == [["2012-01-03", "2012-01-31"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["random.csv"], "is a file; `workbench data import` reads those"),
        (["nothing"], "is no file, and not of the form 'source:symbol'"),
        (["sample:NFLX"], "'sample' has no symbol 'NFLX'"),
        (
            ["yahoo:NFLX", "--set", "start=2020-01-01"],
            "`--set start=...` sets no parameter of a source",
        ),
        (["yahoo:NFLX", "--set", "timeout"], "needs the form PATH=VALUE"),
        (["yahoo:NFLX", "--set", "timeout=0"], "`timeout` of 'yahoo' is 0"),
        (["yahoo:NFLX", "--set", "api_key=1"], "'yahoo' has no parameter `api_key`"),
        (["yahoo:NFLX", "--start", "now"], "`start` is 'now'; expected an ISO date"),
        (["yahoo:NFLX", "--interval", "7m"], "'yahoo' has no bars of '7m'"),
    ],
)
def test_a_wrong_request_is_told_in_one_sentence(workbench, folder, arguments, said):
    (folder / "random.csv").write_text("date,close\n2024-01-02,1\n")

    answer = workbench("data", "fetch", *arguments)

    assert answer.code == 2
    assert said in answer.err
    assert not (folder / "workbench.duckdb").exists()


def test_changes_are_shown_and_the_exit_code_says_whether_there_were_any(workbench, random_walk_csv):
    workbench("data", "import", random_walk_csv)
    unchanged = workbench("data", "diff", "WALK")
    bars = pd.read_csv(random_walk_csv)
    bars.loc[3, "Volume"] = 7.0
    bars.loc[20:40, "Volume"] = 8.0
    bars.drop(index=5).to_csv(random_walk_csv, index=False)
    workbench("data", "import", random_walk_csv)

    changed = workbench("data", "diff", "WALK", "--rows", "2")
    as_json = workbench("data", "diff", "WALK", "--since", "1", "--json")

    assert (unchanged.code, changed.code, as_json.code) == (0, 1, 1)
    assert "0 rows added, 1 removed, 22 changed." in changed.out
    assert "... and 20 more; `--rows` shows them, `--json` all." in changed.out
    assert len(as_json.json["changed"]) == 22
    assert as_json.json["changed"][0] == {
        "time": "2020-01-06T00:00:00",
        "column": "volume",
        "before": 1000.0,
        "after": 7.0,
    }
    assert [row["time"] for row in as_json.json["removed"]] == ["2020-01-08T00:00:00"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["WALKER"], "no series 'WALKER'. Did you mean 'WALK'?"),
        (["WALK", "--since", "nobody"], "'nobody'"),
    ],
)
def test_what_cannot_be_compared_is_told(workbench, random_walk_csv, arguments, said):
    workbench("data", "import", random_walk_csv)

    answer = workbench("data", "diff", *arguments)

    assert answer.code == 2
    assert said in answer.err
