from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from workbench_store import SeriesInfo, Store, StoreBusyError, StoreError

HOLD = """
import sys
from workbench_store import Store
with Store(sys.argv[1]).transaction() as con:
    con.execute("CREATE TABLE secret (i INTEGER)")
    print("ready", flush=True)
    sys.stdin.readline()
"""

HOLD_WITHOUT_LOCK = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
"""

WRITE_MANY = """
import sys
from workbench_store import Store, Trial
from datetime import datetime
store, who, n = Store(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for i in range(n):
    moment = datetime(2024, 1, 1)
    store.record_trials([Trial(who, "m", "s", "1d", "price", moment, moment, {"i": i}, [], None)])
"""


def test_two_processes_writing_at_once_both_get_everything_written(store: Store) -> None:
    command = [sys.executable, "-c", WRITE_MANY, str(store.path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen([*command, who, "5"], **pipes) for who in ("a", "b")]  # type: ignore[call-overload]

    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    errors = [writer.communicate()[1] for writer in writers]

    assert errors == ["", ""]
    counts = store.query("SELECT run, count(*) AS n FROM trials GROUP BY run ORDER BY run")
    assert counts["n"].tolist() == [5, 5]


def test_giving_up_names_the_process_that_holds_the_store(tmp_path: Path, other_process: Callable[..., Any]) -> None:
    path = tmp_path / "research.duckdb"

    with other_process(HOLD, path) as holder:
        with pytest.raises(StoreBusyError, match=f"PID {holder.pid}\\b.*try again") as raised:
            Store(path, timeout=0.1).list_runs()

    assert raised.value.holder == holder.pid


def test_giving_up_names_a_process_that_opened_the_file_without_our_lock(
    store: Store, other_process: Callable[..., Any]
) -> None:
    with other_process(HOLD_WITHOUT_LOCK, store.path) as holder:
        with pytest.raises(StoreBusyError, match=f"PID {holder.pid}\\b") as raised:
            Store(store.path, timeout=0.1).list_runs()

    assert raised.value.holder == holder.pid


def test_a_waiting_process_goes_on_when_the_store_becomes_free(
    tmp_path: Path, other_process: Callable[..., Any]
) -> None:
    store = Store(tmp_path / "research.duckdb", timeout=10)

    with other_process(HOLD, store.path) as holder:
        threading.Timer(0.2, holder.stdin.close).start()
        found = store.query("SELECT * FROM secret")

    assert found.empty


def test_killing_a_process_in_a_transaction_loses_nothing_that_was_committed(
    store: Store,
    nflx: SeriesInfo,
    make_bars: Callable[..., pd.DataFrame],
    other_process: Callable[..., Any],
) -> None:
    store.save_bars(nflx, make_bars(5))

    with other_process(HOLD, store.path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        bars = store.load_bars(nflx.series)

    assert len(bars) == 5
    with pytest.raises(StoreError, match="secret"):
        store.query("SELECT * FROM secret")


def test_threads_of_one_process_take_turns(store: Store) -> None:
    with store.transaction() as con:
        con.execute("CREATE TABLE numbers (i INTEGER)")

    def write(number: int) -> None:
        with store.transaction() as con:
            con.execute("INSERT INTO numbers VALUES (?)", [number])

    threads = [threading.Thread(target=write, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(store.query("SELECT i FROM numbers")["i"]) == list(range(6))


def test_another_thread_that_never_lets_go_is_named_as_this_process(store: Store) -> None:
    errors: list[StoreBusyError] = []

    def read() -> None:
        try:
            Store(store.path, timeout=0.05).list_runs()
        except StoreBusyError as err:
            errors.append(err)

    with store.transaction():
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()

    assert errors[0].holder == os.getpid()
    assert "this very process" in str(errors[0])


def test_an_error_undoes_the_whole_transaction(
    store: Store, nflx: SeriesInfo, make_bars: Callable[..., pd.DataFrame]
) -> None:
    with pytest.raises(ZeroDivisionError):
        with store.transaction():
            store.save_bars(nflx, make_bars(5))
            _ = 1 / 0

    assert store.list_series().empty


def test_calls_inside_a_transaction_join_it_and_see_what_it_wrote(
    store: Store, nflx: SeriesInfo, make_bars: Callable[..., pd.DataFrame]
) -> None:
    with store.transaction():
        version = store.save_bars(nflx, make_bars(5))
        found = store.load_bars(version)

    assert len(found) == 5


def test_a_reader_refuses_to_write(store: Store, nflx: SeriesInfo, make_bars: Callable[..., pd.DataFrame]) -> None:
    store.save_bars(nflx, make_bars(5))

    with store.reader(), pytest.raises(StoreError, match="cannot write inside"):
        store.save_bars(nflx, make_bars(6))
    with pytest.raises(StoreError, match="read-only"), store.reader() as con:
        con.execute("DELETE FROM bars")

    assert len(store.load_bars(nflx.series)) == 5


def test_a_missing_file_is_not_created_by_reading(new_store: Store) -> None:
    with pytest.raises(StoreError, match=r"there is no store .*research\.duckdb yet"):
        new_store.list_runs()

    assert list(new_store.path.parent.iterdir()) == []


def test_a_missing_folder_is_said_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"folder of the store .* does not exist"),
        Store(tmp_path / "no" / "x.duckdb").transaction(),
    ):
        pass


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00" * 500, b"Date,Close\n2024-01-02,1\n"])
def test_a_file_that_is_not_duckdb_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(content)

    for use in (Store(path).check, Store(path).list_runs, lambda: Store(path).record_trials([])):
        with pytest.raises(StoreError, match=r"prices\.csv is not a DuckDB file"):
            use()

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_checking_a_path_makes_nothing(new_store: Store) -> None:
    new_store.check()

    assert list(new_store.path.parent.iterdir()) == []


def test_a_damaged_duckdb_file_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"\x00" * 8 + b"DUCK" + b"\xff" * 5000)

    with pytest.raises(StoreError, match="cannot open the store"):
        Store(path).list_runs()


def test_a_duckdb_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE orders (i INTEGER)")

    with pytest.raises(StoreError, match="DuckDB file of another program"):
        Store(path).list_runs()


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder; name a file"):
        Store(tmp_path).list_runs()
