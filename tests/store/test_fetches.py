"""What was asked of remote sources, and rows that replace others by their sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pytest

from workbench_store import Fetch, SeriesInfo, Store, StoreError

MakeBars = Callable[..., pd.DataFrame]


def fetch(hour: int, **changes: object) -> Fetch:
    fields = {
        "series": "yahoo:NFLX:1d",
        "fetched_at": datetime(2024, 2, 1, hour),
        "first": None,
        "last": datetime(2024, 1, 31),
        "asked_until": datetime(2024, 1, 31),
        "n_rows": 22,
        "revision": 1,
    }
    return Fetch(**{**fields, **changes})  # type: ignore[arg-type]


def test_fetches_come_back_as_they_went_in_oldest_first(new_store: Store) -> None:
    later, earlier = fetch(9, first=datetime(2024, 1, 2), last=None), fetch(8)
    new_store.record_fetch(later)
    new_store.record_fetch(earlier)
    new_store.record_fetch(fetch(7, series="yahoo:AMZN:1d"))

    assert new_store.list_fetches("yahoo:NFLX:1d") == [earlier, later]


def test_bars_and_what_was_asked_are_written_together_or_not_at_all(
    new_store: Store, nflx: SeriesInfo, make_bars: MakeBars
) -> None:
    with pytest.raises(RuntimeError), new_store.transaction():
        new_store.save_bars(nflx, make_bars(3))
        new_store.record_fetch(fetch(8, series=nflx.series))
        raise RuntimeError

    assert new_store.list_series().empty
    assert new_store.list_fetches(nflx.series) == []


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ((datetime(2024, 1, 3), datetime(2024, 1, 5)), [2, 8]),
        ((None, datetime(2024, 1, 3)), [4, 5, 8]),
        ((datetime(2024, 1, 5), None), [2, 3, 4]),
        ((datetime(2024, 1, 6), datetime(2024, 1, 7)), [2, 3, 4, 5, 8]),
    ],
)
def test_rows_of_some_sessions_are_replaced_and_no_others(
    new_store: Store, nflx: SeriesInfo, make_bars: MakeBars, span: tuple[datetime, datetime], left: list[int]
) -> None:
    old = make_bars(5)  # the 2nd to the 5th, and the 8th
    new_store.save_bars(nflx, old)
    other = make_bars(1, "2024-01-09")

    new_store.save_bars(nflx, other, replace=span)

    days = new_store.load_bars(nflx.series)["session"].dt.day.tolist()
    assert days == [*left, 9]


def test_repairs_are_kept_beside_a_series_until_others_are_given(
    new_store: Store, nflx: SeriesInfo, make_bars: MakeBars
) -> None:
    repairs = [{"kind": "duplicates", "rows": 2, "at": ["2024-01-02"], "detail": "Two rows were there twice."}]

    new_store.save_bars(nflx, make_bars(3), repairs=repairs)
    new_store.save_bars(nflx, make_bars(4))
    kept = new_store.load_repairs(nflx.series)
    new_store.save_bars(nflx, make_bars(4), repairs=[])

    assert kept == repairs
    assert new_store.load_repairs(nflx.series) == []
    assert new_store.load_repairs("no such series") == []


def test_a_fetch_without_an_end_is_refused(new_store: Store) -> None:
    with pytest.raises(StoreError, match="asked_until"):
        new_store.record_fetch(fetch(8, asked_until=None))
