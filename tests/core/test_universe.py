"""Which symbols there are to choose from, and when each of them was."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError
from workbench.data.universe import Stretch, Universe, read_universe

DAYS = np.arange("2020-01-01", "2020-01-11", dtype="datetime64[D]").astype("datetime64[ns]")


@pytest.fixture
def read(tmp_path):
    def read(text: str) -> Universe:
        path = tmp_path / "members.csv"
        path.write_text(text, encoding="utf-8")
        return read_universe(str(path))

    return read


def days_in(universe: Universe, symbol: str) -> list[int]:
    return [int(str(day)[8:10]) for day in DAYS[universe.has(symbol, DAYS)]]


def test_both_ends_of_a_membership_are_part_of_it(read):
    universe = read("symbol,from,to\nA,2020-01-03,2020-01-05\nB,,2020-01-02\nC,2020-01-09,\nD,,\n")

    assert universe.symbols == ("A", "B", "C", "D")
    assert days_in(universe, "A") == [3, 4, 5]
    assert days_in(universe, "B") == [1, 2]
    assert days_in(universe, "C") == [9, 10]
    assert days_in(universe, "D") == list(range(1, 11))
    assert days_in(universe, "E") == []


def test_on_the_day_of_its_removal_a_symbol_is_gone(read):
    universe = read("ticker,added,removed\nA,2020-01-03,2020-01-05\nA,2020-01-05,2020-01-07\n")

    assert universe.stretches["A"] == (
        Stretch(date(2020, 1, 3), date(2020, 1, 4)),
        Stretch(date(2020, 1, 5), date(2020, 1, 6)),
    )


def test_a_symbol_may_come_back_and_rows_may_stand_in_any_order(read):
    universe = read("Symbol,Start,End\nA,2020-01-08,\nA,,2020-01-02\n")

    assert days_in(universe, "A") == [1, 2, 8, 9, 10]


def test_intraday_bars_count_by_their_date(read):
    universe = read("symbol,from,to\nA,2020-01-03,2020-01-03\n")
    moments = np.array(["2020-01-02T23:59", "2020-01-03T00:00", "2020-01-03T23:59", "2020-01-04T00:00"], "datetime64")

    assert universe.has("A", moments).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("text", "never_ends"),
    [
        ("symbol\nA\nB\n", True),
        ("symbol,from,to\nA,2019-01-01,\nB,2020-01-01,\n", True),
        ("symbol,from,to\nA,2019-01-01,\nB,2020-01-01,2021-01-01\n", False),
    ],
)
def test_a_list_that_nobody_ever_leaves_is_known_as_such(read, text, never_ends):
    assert read(text).never_ends is never_ends


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("symbol,sector\nA,IT\n", "has the column 'sector', which a universe does not know"),
        ("symbol,from,start\nA,2020-01-01,2020-01-02\n", "has the column 'start'"),
        ("share,from\nA,\n", "has the columns share, from; a universe needs a column `symbol`"),
        ("symbol,from\nA,01/02/2020\n", "row 2 of .* has '01/02/2020' in column 'from'; expected an ISO date"),
        ("symbol,to\nA,2020-02-30\n", "row 2 of .* has '2020-02-30' in column 'to'"),
        ("symbol,from,to\nA,2020-01-05,2020-01-03\n", "row 2 of .*: 'A' leaves before it joins"),
        ("symbol,added,removed\nA,2020-01-05,2020-01-05\n", "'A' leaves before it joins"),
        ('symbol\n""\n', "row 2 of .* names no symbol"),
        ("symbol,from\n", "lists no symbol"),
        ("", "cannot be read"),
        (
            "symbol,from,to\nA,2020-01-01,2020-01-05\nA,2020-01-05,\n",
            "two stretches of 'A' that overlap: 2020-01-01 to 2020-01-05, and 2020-01-05 to today",
        ),
        ("symbol,from,to\nA,,\nA,2020-01-05,\n", "overlap: the beginning to today"),
        ("symbol\nA\nA\n", "two stretches of 'A' that overlap"),
    ],
)
def test_a_file_that_is_no_universe_is_refused_with_what_is_wrong(read, text, message):
    with pytest.raises(DataError, match=message):
        read(text)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"there is no universe file .*nowhere.csv"):
        read_universe(str(tmp_path / "nowhere.csv"))


def test_the_hash_is_that_of_the_content_and_not_of_its_layout(read):
    one = read("symbol,from,to\nA,2020-01-03,2020-01-05\nB,,\n")
    same = read("name,added,removed\nB,,\n A ,2020-01-03,2020-01-06\n")
    other = read("symbol,from,to\nA,2020-01-03,2020-01-06\nB,,\n")

    assert one.sha256 == same.sha256 != other.sha256


stretches = st.lists(st.integers(0, 3000), min_size=2, max_size=8, unique=True).map(sorted)


@given(st.dictionaries(st.text("ABC", min_size=1, max_size=3), stretches, min_size=1, max_size=4))
def test_what_is_kept_with_a_run_is_read_back_the_same(members):
    universe = Universe(
        "u.csv",
        {
            symbol: tuple(
                Stretch(date.fromordinal(730_000 + first), date.fromordinal(730_000 + last))
                for first, last in zip(days[::2], days[1::2], strict=False)
            )
            for symbol, days in members.items()
        },
    )

    again = Universe.from_dict(universe.to_dict())

    assert again == universe
    assert again.sha256 == universe.sha256
