from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from workbench_store import ModelFiles, RunNotFoundError, Store, StoreError, TaskRecord

Begin = Callable[..., str]
Make = Callable[..., pd.DataFrame]

NOTHING = pd.DataFrame()


def test_a_fold_reads_back_as_it_was_committed(
    store: Store, begin: Begin, make_forecasts: Make, make_learning: Make
) -> None:
    run, forecasts = begin(), make_forecasts(0)
    forecasts["levels"] = [[0.1, 0.9]] * 3
    forecasts["quantiles"] = [np.array([-0.02, np.nan]), None, [1.0, 2.0]]

    committed = store.commit_fold(run, 0, forecasts=forecasts, learning=make_learning(0), tasks=[])

    assert committed is True
    loaded = store.load_results(run, "forecasts")
    plain = [name for name in forecasts.columns if name not in ("levels", "quantiles")]
    assert_frame_equal(loaded[plain], forecasts[plain], check_dtype=False)
    assert loaded["seed"].tolist() == [7, 7, 7]
    assert loaded["quantiles"][2].tolist() == [1.0, 2.0]
    assert loaded["actual"].isna().all()
    learning = store.load_results(run, "learning")
    assert learning["train_loss"].tolist() == [0.5, 0.25]
    assert learning["validation_loss"].isna().tolist() == [False, True]


def test_nan_is_stored_as_null(store: Store, begin: Begin, make_forecasts: Make) -> None:
    run = begin()
    store.commit_fold(run, 0, forecasts=make_forecasts(0), learning=NOTHING, tasks=[])

    n_null = store.query("SELECT count(*) - count(expected_return) AS n FROM forecasts")["n"].item()

    assert n_null == 1


def test_finished_tasks_are_no_longer_open(
    store: Store, begin: Begin, make_forecasts: Make, tasks: list[TaskRecord]
) -> None:
    run, ended = begin(), datetime(2024, 3, 1, 12)
    done = replace(tasks[0], status="finished", seconds=2.5, finished_at=ended)
    failed = replace(tasks[1], status="failed", error="diverged", finished_at=ended)

    store.commit_fold(run, 0, forecasts=make_forecasts(0), learning=NOTHING, tasks=[done, failed])

    assert store.list_tasks(run) == [done, failed, *tasks[2:]]
    assert store.open_tasks(run) == [failed, *tasks[2:]]


def test_committing_a_fold_again_replaces_it(
    store: Store, begin: Begin, make_forecasts: Make, make_learning: Make, tasks: list[TaskRecord]
) -> None:
    run = begin()
    model = ModelFiles("a0", "lstm", ("NFLX",), 0, 7, {"config.json": b"{}", "old.json": b"{}"})
    store.commit_fold(
        run, 0, forecasts=make_forecasts(0, n=3), learning=make_learning(0), tasks=[tasks[0]], models=[model]
    )
    store.commit_fold(run, 1, forecasts=make_forecasts(1), learning=NOTHING, tasks=[tasks[2]])

    store.commit_fold(
        run,
        0,
        forecasts=make_forecasts(0, n=2),
        learning=make_learning(0),
        tasks=[tasks[0]],
        models=[replace(model, files={"config.json": b"new"})],
    )

    assert store.load_results(run, "forecasts").groupby("fold").size().tolist() == [2, 3]
    assert len(store.load_results(run, "learning")) == 2
    assert store.list_tasks(run) == tasks
    assert [dict(model.files) for model in store.load_models(run)] == [{"config.json": b"new"}]


def test_a_resumed_fold_keeps_what_its_other_models_wrote(store: Store, begin: Begin, make_forecasts: Make) -> None:
    run = begin()
    drift, other_seed = make_forecasts(0, model="drift", seed=None), make_forecasts(0, seed=8)
    store.commit_fold(run, 0, forecasts=pd.concat([drift, other_seed]), learning=NOTHING, tasks=[])

    store.commit_fold(run, 0, forecasts=make_forecasts(0), learning=NOTHING, tasks=[])
    store.commit_fold(run, 0, forecasts=drift, learning=NOTHING, tasks=[])

    written = store.query("SELECT model, seed, count(*) AS n FROM forecasts GROUP BY ALL ORDER BY ALL")
    assert written["model"].tolist() == ["drift", "lstm", "lstm"]
    assert written["seed"].fillna(0).tolist() == [0, 7, 8]
    assert written["n"].tolist() == [3, 3, 3]


def test_a_large_seed_survives_beside_a_null(store: Store, begin: Begin) -> None:
    tasks = [TaskRecord("a", "lstm", ("X", "Y"), 0, 2**60 + 1), TaskRecord("b", "mean", ("X",), 0, None)]

    run = begin(tasks=tasks)

    assert store.list_tasks(run) == tasks


def test_a_model_folder_comes_back_byte_for_byte(
    store: Store, begin: Begin, tasks: list[TaskRecord], tmp_path: Path
) -> None:
    folder, run = tmp_path / "saved", begin()
    (folder / "scaler").mkdir(parents=True)
    contents = {"model.safetensors": bytes(range(256)) * 40, "config.json": b'{"hidden": 4}', "scaler/x.json": b""}
    for name, content in contents.items():
        (folder / name).write_bytes(content)

    model = ModelFiles.from_folder(folder, tasks[0])
    store.commit_fold(run, 0, forecasts=NOTHING, learning=NOTHING, tasks=[], models=[model])
    [loaded] = store.load_models(run)
    loaded.write(tmp_path / "loaded")

    assert (loaded.key, loaded.model, loaded.symbols, loaded.fold, loaded.seed) == ("a0", "lstm", ("NFLX",), 0, 7)
    assert {name: (tmp_path / "loaded" / name).read_bytes() for name in contents} == contents


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../config.json", "does not stay inside"),
        ("/etc/config.json", "does not stay inside"),
        ("a\\b.json", "does not stay inside"),
        ("", "does not stay inside"),
        ("model.pkl", "looks like a pickle"),
        ("weights.PT", "looks like a pickle"),
    ],
)
def test_a_model_file_that_is_not_safe_is_refused(name: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        ModelFiles("a0", "lstm", ("NFLX",), 0, 7, {name: b""})


def test_a_model_without_files_is_refused(tmp_path: Path, tasks: list[TaskRecord]) -> None:
    with pytest.raises(StoreError, match="has no files"):
        ModelFiles.from_folder(tmp_path, tasks[0])


def test_rows_of_another_fold_are_refused(store: Store, begin: Begin, make_forecasts: Make) -> None:
    with pytest.raises(StoreError, match=r"holds rows of folds \[1\]"):
        store.commit_fold(begin(), 0, forecasts=make_forecasts(1), learning=NOTHING, tasks=[])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.assign(forcast=1.0), "forecasts has no column forcast; its columns are run, model, symbol"),
        (lambda f: pd.concat([f, f]), "two rows for table forecasts have the same key"),
        (lambda f: f.assign(seed=1.5), "column 'seed' must hold whole numbers"),
        (lambda f: f.assign(price="dear"), "dear"),
        (lambda f: f.drop(columns="origin"), "rows for table forecasts lack origin"),
        (lambda f: f.assign(model=None), "NOT NULL"),
    ],
)
def test_a_bad_frame_is_refused_with_the_reason_and_nothing_is_written(
    store: Store,
    begin: Begin,
    make_forecasts: Make,
    tasks: list[TaskRecord],
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    message: str,
) -> None:
    run = begin()
    done = replace(tasks[0], status="finished")

    with pytest.raises(StoreError, match=message):
        store.commit_fold(run, 0, forecasts=spoil(make_forecasts(0)), learning=NOTHING, tasks=[done])

    assert store.load_results(run, "forecasts").empty
    assert store.open_tasks(run) == tasks


def test_a_fold_of_an_unknown_run_is_refused(store: Store, begin: Begin) -> None:
    begin()

    with pytest.raises(RunNotFoundError):
        store.commit_fold("nope", 0, forecasts=NOTHING, learning=NOTHING, tasks=[])
