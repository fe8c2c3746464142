"""Work spread over processes gives what work done here gives."""

from __future__ import annotations

import os

import pytest

from workbench.errors import RequestError
from workbench.runs import executor
from workbench.runs.executor import LocalExecutor


def square(x: int) -> tuple[int, int]:
    return x * x, os.getpid()


def fail(x: int) -> int:
    raise ValueError(f"no {x}")


def test_short_work_stays_in_this_process():
    results = list(LocalExecutor(4).map_unordered(square, range(5)))

    assert [value for value, _ in results] == [0, 1, 4, 9, 16]
    assert {pid for _, pid in results} == {os.getpid()}


def test_long_work_moves_to_other_processes_and_loses_nothing(monkeypatch):
    monkeypatch.setattr(executor, "PATIENCE_SECONDS", 0.0)

    results = list(LocalExecutor(2).map_unordered(square, range(9)))

    assert sorted(value for value, _ in results) == [x * x for x in range(9)]
    assert {pid for _, pid in results} - {os.getpid()}


def test_one_worker_never_starts_another(monkeypatch):
    monkeypatch.setattr(executor, "PATIENCE_SECONDS", 0.0)

    assert {pid for _, pid in LocalExecutor(1).map_unordered(square, range(6))} == {os.getpid()}


@pytest.mark.parametrize("patience", [0.0, 60.0])
def test_an_error_reaches_the_caller(patience, monkeypatch):
    monkeypatch.setattr(executor, "PATIENCE_SECONDS", patience)

    with pytest.raises(ValueError, match="no"):
        list(LocalExecutor(2).map_unordered(fail, range(4)))


@pytest.mark.parametrize("workers", [0, -1, "2", 1.5])
def test_a_number_of_workers_that_is_none_is_refused(workers):
    with pytest.raises(RequestError, match="`workers` is"):
        LocalExecutor(workers)


def test_nothing_to_do_is_done_at_once():
    assert list(LocalExecutor(2).map_unordered(square, [])) == []
