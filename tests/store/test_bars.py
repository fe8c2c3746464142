from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from workbench_store import SeriesInfo, Store, StoreError, bars_sha256

MakeBars = Callable[..., pd.DataFrame]

number = st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=True))
finite = st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False))
moment = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    times = draw(st.lists(moment, min_size=1, max_size=6, unique=True).map(sorted))
    n = len(times)

    def column(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=n, max_size=n))

    index = pd.DatetimeIndex(times, name="time").as_unit("us")
    frame = pd.DataFrame({"session": index.normalize()}, index=index)
    for name in ("open", "high", "low", "close", "volume"):
        frame[name] = np.array(column(number), dtype=float)
    frame["adjusted"] = np.array(column(finite), dtype=float)
    frame["count"] = np.array(column(st.integers(-(2**63), 2**63 - 1)), dtype="int64")
    frame["halted"] = np.array(column(st.booleans()), dtype=bool)
    frame["note"] = pd.Series(column(st.text(st.characters(codec="utf-8"), max_size=5)), index=index, dtype="str")
    frame["reported"] = pd.DatetimeIndex(column(moment)).as_unit("us")
    return frame


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One store for all examples; each writes a series of its own."""
    return Store(tmp_path_factory.mktemp("shared") / "x.duckdb")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=frames(), second=frames())
def test_every_revision_reads_back_as_it_was_written(
    shared_store: Store, first: pd.DataFrame, second: pd.DataFrame
) -> None:
    info = SeriesInfo(secrets.token_hex(8), "frame", "S", "1d")

    with shared_store.transaction():
        versions = [shared_store.save_bars(info, frame, replace=True) for frame in (first, second)]
        loaded = [shared_store.load_bars(version) for version in versions]
        newest = shared_store.load_bars(info.series)

    assert_frame_equal(loaded[0], first, check_freq=False)
    assert_frame_equal(loaded[1], second, check_freq=False)
    assert_frame_equal(newest, second, check_freq=False)


def test_the_hash_is_the_documented_one(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(2, dividends=[np.nan, 0.5])
    bars.loc[bars.index[0], "volume"] = np.nan

    version = store.save_bars(nflx, bars)

    digest = hashlib.sha256(b"workbench bars 1\n")
    for moments in (bars.index, bars["session"]):
        digest.update(b"".join(struct.pack("<q", moment.value // 1000) for moment in moments))
    for name in ("open", "high", "low", "close", "volume"):
        digest.update(b"".join(struct.pack("<d", value) for value in bars[name]))
    digest.update(b'{"dividends": null}\n{"dividends": 0.5}\n')
    assert version.sha256 == digest.hexdigest()


def test_bars_can_be_hashed_without_a_store(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(3, dividends=[np.nan, 0.5, 1], sector="media")

    assert bars_sha256(bars.iloc[::-1]) == store.save_bars(nflx, bars).sha256


def test_equal_numbers_have_one_hash_whatever_their_bits(make_bars: MakeBars) -> None:
    other_nan = np.array([0x7FF8000000000001], dtype="uint64").view(float)[0]

    plain, odd = (make_bars(1).assign(open=zero, close=nan) for zero, nan in [(0.0, np.nan), (-0.0, other_nan)])

    assert bars_sha256(plain) == bars_sha256(odd)
    assert bars_sha256(plain) != bars_sha256(plain.assign(open=1.0))


def test_the_hash_does_not_depend_on_how_the_rows_came_in(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(6)
    in_parts = replace(nflx, series="in parts")

    at_once = store.save_bars(nflx, bars)
    store.save_bars(in_parts, bars.iloc[3:])
    last = store.save_bars(in_parts, bars.iloc[2::-1])

    assert (last.revision, last.n_rows) == (2, 6)
    assert last.sha256 == at_once.sha256


def test_appending_a_day_writes_one_row(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    store.save_bars(nflx, make_bars(20))

    version = store.save_bars(nflx, make_bars(21), replace=True)

    assert (version.revision, version.n_rows) == (2, 21)
    written = store.list_versions(nflx.series)
    assert written[["n_changed", "n_deleted"]].values.tolist() == [[20, 0], [1, 0]]
    assert store.query("SELECT count(*) AS n FROM bars")["n"].item() == 21


@pytest.mark.parametrize("replacing", [True, False])
def test_the_same_content_again_makes_no_revision(
    store: Store, nflx: SeriesInfo, make_bars: MakeBars, replacing: bool
) -> None:
    bars = make_bars(5, dividends=[np.nan, 0, 0, 0, 1], sector="media")
    bars.loc[bars.index[2], "open"] = np.nan

    first = store.save_bars(nflx, bars, replace=replacing)
    again = store.save_bars(nflx, bars.iloc[::-1].tz_localize("UTC"), replace=replacing)

    assert again == first
    assert store.query("SELECT count(*) AS n FROM bars")["n"].item() == 5


def test_rewritten_history_keeps_both_versions(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(10)
    split = bars.assign(close=bars["close"] / 2)

    before = store.save_bars(nflx, bars)
    after = store.save_bars(nflx, split)

    assert_frame_equal(store.load_bars(before), bars, check_freq=False)
    assert_frame_equal(store.load_bars(after), split, check_freq=False)
    assert_frame_equal(store.load_bars(nflx.series, revision=1), bars, check_freq=False)


def test_a_change_of_an_extra_column_alone_is_a_change(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    store.save_bars(nflx, make_bars(3, dividends=[0.0, 0.5, 0.0]))

    version = store.save_bars(nflx, make_bars(3, dividends=[0.0, 0.6, 0.0]))

    assert version.revision == 2
    assert store.list_versions(nflx.series)["n_changed"].tolist() == [3, 1]


def test_replacing_marks_rows_that_went_away_and_merging_keeps_them(
    store: Store, nflx: SeriesInfo, make_bars: MakeBars
) -> None:
    bars = make_bars(5)
    without_second = bars.drop(index=bars.index[1])

    store.save_bars(nflx, bars)
    merged = store.save_bars(nflx, without_second, replace=False)
    replaced = store.save_bars(nflx, without_second, replace=True)
    back = store.save_bars(nflx, bars.iloc[[1]])

    assert (merged.revision, merged.n_rows) == (1, 5)
    assert (replaced.revision, replaced.n_rows) == (2, 4)
    assert store.list_versions(nflx.series)[["n_changed", "n_deleted"]].values.tolist() == [[5, 0], [0, 1], [1, 0]]
    assert_frame_equal(store.load_bars(replaced), without_second, check_freq=False)
    assert_frame_equal(store.load_bars(back), bars, check_freq=False)


def test_a_data_version_can_end_earlier(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(10)
    store.save_bars(nflx, bars)

    version = store.data_version(nflx.series, end=bars.index[6].to_pydatetime().replace(tzinfo=UTC))
    store.save_bars(nflx, bars.assign(close=1.0).iloc[7:])

    assert (version.n_rows, version.end) == (7, bars.index[6].to_pydatetime())
    assert_frame_equal(store.load_bars(version), bars.iloc[:7], check_freq=False)
    same_rows = store.data_version(nflx.series, end=version.end)
    assert (same_rows.revision, same_rows.sha256) == (2, version.sha256)
    assert len(store.load_bars(nflx.series, end=version.end)) == 7


def test_bars_latest_shows_the_newest_rows_that_are_not_deleted(
    store: Store, nflx: SeriesInfo, make_bars: MakeBars
) -> None:
    bars = make_bars(4)
    store.save_bars(nflx, bars)
    store.save_bars(nflx, bars.iloc[1:].assign(close=9.0), replace=True)

    latest = store.query("SELECT time, revision, close FROM bars_latest ORDER BY time")

    assert latest["time"].tolist() == bars.index[1:].tolist()
    assert latest["revision"].unique().tolist() == [2]
    assert latest["close"].unique().tolist() == [9.0]


def test_the_table_of_series_describes_the_newest_revision(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(4)
    store.save_bars(nflx, bars)
    version = store.save_bars(replace(nflx, location="moved.csv"), bars.assign(low=0.0))

    row = store.list_series().iloc[0]

    assert (row["series"], row["symbol"], row["location"]) == ("csv:NFLX:1d", "NFLX", "moved.csv")
    assert (row["revision"], row["n_rows"], row["sha256"]) == (2, 4, version.sha256)
    assert (row["first_session"], row["last_session"]) == (bars["session"].iloc[0], bars["session"].iloc[-1])


def test_times_with_a_zone_are_stored_in_utc(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    bars = make_bars(3, reported=pd.Timestamp("2024-01-02 09:00", tz="America/New_York"))
    local = bars.tz_localize("UTC").tz_convert("America/New_York")

    store.save_bars(nflx, local)

    loaded = store.load_bars(nflx.series)
    assert loaded.index.tolist() == bars.index.tolist()
    assert loaded["reported"].iloc[0] == pd.Timestamp("2024-01-02 14:00", tz="UTC")


def test_an_extra_column_may_have_gaps_and_may_come_later(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    store.save_bars(nflx, make_bars(2))
    store.save_bars(
        nflx,
        make_bars(
            4,
            split=pd.array([None, None, 2, 1], dtype="Int64"),
            note=[None, None, "a", None],
            late=[None, None, True, None],
            never=[None] * 4,
            ex_date=[pd.NaT, pd.NaT, pd.Timestamp("2024-01-04"), pd.NaT],
        ).iloc[2:],
    )

    loaded = store.load_bars(nflx.series)

    assert loaded["split"].tolist()[2:] == [2.0, 1.0]
    assert loaded["split"].isna().tolist() == [True, True, False, False]
    assert loaded["note"].isna().tolist() == [True, True, False, True]
    assert loaded["late"].tolist() == [None, None, True, None]
    assert (loaded["never"].dtype, loaded["never"].isna().all()) == (np.float64, True)
    assert loaded["ex_date"].iloc[2] == pd.Timestamp("2024-01-04")


def test_rows_edited_behind_our_back_are_noticed(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    version = store.save_bars(nflx, make_bars(3))
    with store.transaction() as con:
        con.execute("UPDATE bars SET close = close + 1")

    with pytest.raises(StoreError, match="are not those this data version names"):
        store.load_bars(version)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda b: b.drop(columns=["open", "volume"]), "lack the columns open, volume"),
        (lambda b: b.reset_index(drop=True), "indexed by time"),
        (lambda b: b.iloc[:0], "no bars to store"),
        (lambda b: pd.concat([b, b.iloc[:1]]), "two bars have the time 2024-01-02 21:00:00"),
        (lambda b: b.set_index(b.index.where(b.index > b.index[0])), "1 bars have no time"),
        (lambda b: b.assign(session=pd.NaT), "3 bars have no time or no session"),
        (lambda b: b.assign(session="monday"), "`session` of the bars must hold moments"),
        (lambda b: b.set_index(b.index.as_unit("ns") + pd.Timedelta(1, "ns")), "finer than a microsecond"),
        (lambda b: b.assign(close="cheap"), "`close` of the bars must hold numbers"),
        (lambda b: b.assign(ratio=np.inf), "`ratio` of the bars holds an infinity"),
        (lambda b: b.assign(legs=[[1]] * 3), "`legs` of the bars holds a list"),
    ],
)
def test_bars_that_cannot_be_stored_are_refused_with_the_reason(
    new_store: Store,
    nflx: SeriesInfo,
    make_bars: MakeBars,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    with pytest.raises(StoreError, match=message):
        new_store.save_bars(nflx, spoil(make_bars(3)))

    assert not new_store.path.exists()


def test_unknown_series_revisions_and_ends_are_refused(store: Store, nflx: SeriesInfo, make_bars: MakeBars) -> None:
    version = store.save_bars(nflx, make_bars(3))

    with pytest.raises(StoreError, match="no series 'AMZN'; it has csv:NFLX:1d"):
        store.load_bars("AMZN")
    with pytest.raises(StoreError, match="no revision 2; its revisions are 1 to 1"):
        store.load_bars(nflx.series, revision=2)
    with pytest.raises(StoreError, match="no bars up to 2000"):
        store.load_bars(nflx.series, end=datetime(2000, 1, 1))
    with pytest.raises(StoreError, match="its own revision and end"):
        store.load_bars(version, revision=1)
