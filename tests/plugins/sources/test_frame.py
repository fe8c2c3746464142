from __future__ import annotations

import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError, ExperimentError


def frame_of(n_bars: int, **columns) -> pd.DataFrame:
    values = pd.Series(range(n_bars), dtype=float) + 10
    return pd.DataFrame({"Date": pd.date_range("2020-01-01", periods=n_bars), "Close": values, **columns})


def test_one_symbol_is_called_frame_unless_it_is_named():
    assert ws.Frame(frame=frame_of(3)).symbols() == ["frame"]
    assert ws.Frame(frame=frame_of(3), symbol="NFLX").symbols() == ["NFLX"]


def test_a_column_of_symbols_tells_them_apart():
    source = ws.Frame(frame=frame_of(4, ticker=["A", "B", "A", "B"]))

    assert source.symbols() == ["A", "B"]
    assert source.fetch("B", None, None, "1d")["close"].tolist() == [11.0, 13.0]


def test_dates_may_be_the_index_and_the_frame_is_left_as_it_was():
    frame = frame_of(3).set_index("Date")[::-1]
    before = frame.copy(deep=True)

    rows = ws.Frame(frame=frame).fetch("frame", None, None, "1d")
    rows.loc[:] = 0

    assert rows.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(frame, before)


def test_appended_bars_leave_the_location_as_it_was_and_other_bars_do_not():
    place = ws.Frame(frame=frame_of(40)).location()

    assert ws.Frame(frame=frame_of(60)).location() == place
    assert ws.Frame(frame=frame_of(60)[::-1]).location() == place
    assert ws.Frame(frame=frame_of(40).replace(12.0, 12.5)).location() != place
    assert len(place) == 12


def test_anything_but_a_frame_is_refused():
    with pytest.raises(ExperimentError, match="must be a pandas DataFrame, got list"):
        ws.Frame(frame=[1, 2])


def test_a_frame_without_dates_is_refused():
    with pytest.raises(DataError, match="no column holds the dates"):
        ws.Frame(frame=frame_of(3).drop(columns="Date")).symbols()


def test_nested_columns_are_refused_with_what_to_do():
    with pytest.raises(DataError, match=r"2 levels.*droplevel"):
        ws.Frame(frame=pd.concat({"NFLX": frame_of(3)}, axis=1)).symbols()


def test_ambiguous_dates_are_never_guessed():
    with pytest.raises(DataError, match="may be day before month"):
        ws.Frame(frame=frame_of(2).assign(Date=["05/04/2020", "06/04/2020"])).symbols()


def test_columns_are_taken_as_said_and_a_wide_frame_says_how_to():
    wide = pd.DataFrame({"A": [1.0, 2.0], "B": [3.0, 4.0]}, index=pd.date_range("2020-01-01", periods=2, name="day"))

    assert ws.Frame(frame=wide, columns={"close": "B"}).fetch("frame", None, None, "1d")["close"].tolist() == [3, 4]
    with pytest.raises(DataError, match=r'one column per symbol \(A, B\).*columns = {close = "A"}'):
        ws.Frame(frame=wide).symbols()
