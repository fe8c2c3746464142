from __future__ import annotations

import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError, ExperimentError
from workbench.contracts.repair import repairs_of


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


def panel_of() -> pd.DataFrame:
    bars = frame_of(3).set_index("Date")
    return pd.concat({"A": bars, "B": bars + 1}, axis=1, names=["Ticker", "Price"])


@pytest.mark.parametrize(
    "frame",
    [panel_of(), panel_of().swaplevel(axis=1), panel_of().swaplevel(axis=1).sort_index(axis=1).reset_index()],
    ids=["tickers above", "prices above", "dates in a column"],
)
def test_columns_of_two_levels_are_read_as_one_series_per_symbol(frame):
    source = ws.Frame(frame=frame)
    rows = source.fetch("B", None, None, "1d")

    assert source.symbols() == ["A", "B"]
    assert rows["close"].tolist() == [11.0, 12.0, 13.0]
    assert rows.index.tolist() == list(pd.date_range("2020-01-01", periods=3))
    assert [repair.kind for repair in repairs_of(rows)] == ["header_rows"]


def test_columns_of_levels_that_tell_nothing_are_refused_with_what_to_do():
    with pytest.raises(DataError, match=r"2 levels.*droplevel"):
        ws.Frame(frame=pd.concat({"A": frame_of(3).rename(columns={"Close": "Kurs X"})}, axis=1)).symbols()
    with pytest.raises(DataError, match=r"3 levels.*droplevel"):
        ws.Frame(frame=pd.concat({"A": panel_of()}, axis=1)).symbols()


@pytest.mark.parametrize(
    ("names", "kinds"), [(["ticker", "Date"], []), ([None, None], ["index_levels"]), ([None, "Date"], ["index_levels"])]
)
def test_an_index_of_symbols_and_dates_is_read_as_one_series_per_symbol(names, kinds):
    bars = frame_of(3).set_index("Date")
    source = ws.Frame(frame=pd.concat({"A": bars, "B": bars + 1}).rename_axis(index=names))
    rows = source.fetch("B", None, None, "1d")

    assert source.symbols() == ["A", "B"]
    assert rows["close"].tolist() == [11.0, 12.0, 13.0]
    assert [repair.kind for repair in repairs_of(rows)] == kinds


def test_an_index_whose_level_is_called_like_a_column_is_refused():
    bars = pd.concat({"A": frame_of(3).set_index("Date")}, names=["Close", "Date"])

    with pytest.raises(DataError, match="names in common"):
        ws.Frame(frame=bars).symbols()


def test_an_index_of_dates_as_numbers_is_read():
    frame = frame_of(2).assign(Date=[20210104, 20210105]).set_index("Date")

    rows = ws.Frame(frame=frame).fetch("frame", None, None, "1d")

    assert rows.index.tolist() == [pd.Timestamp("2021-01-04"), pd.Timestamp("2021-01-05")]


def test_ambiguous_dates_are_never_guessed():
    with pytest.raises(DataError, match="may be day before month"):
        ws.Frame(frame=frame_of(2).assign(Date=["05/04/2020", "06/04/2020"])).symbols()


def test_columns_are_taken_as_said_and_a_wide_frame_says_how_to():
    wide = pd.DataFrame({"A": [1.0, 2.0], "B": [3.0, 4.0]}, index=pd.date_range("2020-01-01", periods=2, name="day"))

    assert ws.Frame(frame=wide, columns={"close": "B"}).fetch("frame", None, None, "1d")["close"].tolist() == [3, 4]
    with pytest.raises(DataError, match=r'one column per symbol \(A, B\).*columns = {close = "A"}'):
        ws.Frame(frame=wide).symbols()
