from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench_store import ModelFiles, Store, StoreError, TaskRecord

Make = Callable[..., pd.DataFrame]


@pytest.fixture
def commit_while_busy(
    store: Store, make_forecasts: Make, make_learning: Make, tasks: list[TaskRecord]
) -> Callable[[str], bool]:
    """Commit fold 0 of a run while another thread has the store for longer than we wait."""

    def commit(run: str) -> bool:
        answers: list[bool] = []
        model = ModelFiles("a0", "lstm", ("NFLX",), 0, 7, {"model.safetensors": b"\x00\xff"})
        fold: dict[str, Any] = {"forecasts": make_forecasts(0), "learning": make_learning(0), "models": [model]}
        fold["forecasts"]["quantiles"] = [[0.1, 0.2], None, [0.3, 0.4]]
        fold["tasks"] = [replace(tasks[0], status="finished", seconds=1.5), replace(tasks[1], status="failed")]
        hurried = Store(store.path, timeout=0.02)
        thread = threading.Thread(target=lambda: answers.append(hurried.commit_fold(run, 0, **fold)))
        with store.transaction():
            thread.start()
            thread.join()
        return answers[0]

    return commit


def waiting(store: Store) -> list[Path]:
    return sorted(store.path.with_name(store.path.name + ".pending").iterdir())


def test_a_fold_that_cannot_be_written_is_merged_by_the_next_transaction(
    store: Store,
    begin: Callable[..., str],
    commit_while_busy: Callable[[str], bool],
    make_forecasts: Make,
    make_learning: Make,
) -> None:
    run = begin()

    committed = commit_while_busy(run)
    n_waiting = len(waiting(store))
    open_tasks = store.open_tasks(run)

    assert committed is False
    assert n_waiting == 1
    assert waiting(store) == []
    assert [task.key for task in open_tasks] == ["b0", "a1", "b1"]
    assert store.list_tasks(run)[0].seconds == 1.5
    forecasts = store.load_results(run, "forecasts")
    columns = [name for name in make_forecasts(0).columns]
    assert_frame_equal(forecasts[columns], make_forecasts(0), check_dtype=False)
    assert forecasts["quantiles"][0].tolist() == [0.1, 0.2]
    assert len(store.load_results(run, "learning")) == len(make_learning(0))
    assert store.load_models(run)[0].files == {"model.safetensors": b"\x00\xff"}


def test_a_waiting_fold_of_a_removed_run_is_dropped(
    store: Store, begin: Callable[..., str], commit_while_busy: Callable[[str], bool], tmp_path: Path
) -> None:
    run = begin()
    commit_while_busy(run)
    [file] = waiting(store)
    aside = file.rename(tmp_path / file.name)
    store.remove_run(run)
    aside.rename(file)

    rows = store.query("SELECT * FROM forecasts")

    assert rows.empty
    assert waiting(store) == []


def test_a_waiting_fold_that_cannot_be_read_is_named_and_kept(
    store: Store, begin: Callable[..., str], commit_while_busy: Callable[[str], bool]
) -> None:
    commit_while_busy(begin())
    [file] = waiting(store)
    file.write_bytes(b"not a database")

    with pytest.raises(StoreError, match=rf"{file.name} cannot be merged; move it away"):
        store.list_runs()

    assert waiting(store) == [file]
