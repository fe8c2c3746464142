from __future__ import annotations

import dataclasses

import pytest

from workbench_store import RunNotFoundError, SearchRecord, SearchTrial, Store

RECORD = SearchRecord("tune-1", "tune", "study", 'name = "study"', {"space": {"lookback": [5, 10]}})
PLANNED = [SearchTrial("tune-1", i, {"lookback": value}, f"lookback={value}") for i, value in enumerate((5, 10))]


def without_moments(trial: SearchTrial) -> SearchTrial:
    assert trial.recorded_at is not None
    return dataclasses.replace(trial, recorded_at=None)


def test_a_search_comes_back_as_it_went_in(new_store: Store) -> None:
    new_store.begin_search(RECORD, PLANNED)

    found = new_store.load_search("tune-1")

    assert dataclasses.replace(found, created_at=None) == RECORD
    assert [without_moments(t) for t in new_store.list_search_trials("tune-1")] == [
        dataclasses.replace(t, intermediate=[]) for t in PLANNED
    ]


def test_a_trial_takes_the_place_of_the_one_with_its_number_to_the_last_digit(new_store: Store) -> None:
    new_store.begin_search(RECORD, PLANNED)
    done = dataclasses.replace(
        PLANNED[1],
        status="complete",
        value=0.1 + 0.2,
        validation={"rmse": 0.1 + 0.2, "hit_rate": None},
        test={"skill": -1e-17},
        intermediate=[{"fit": 0, "epoch": 1, "train_loss": 1 / 3, "validation_loss": None}],
        seconds=1.5,
        run="r1",
    )

    new_store.save_search_trial(done)

    assert without_moments(new_store.list_search_trials("tune-1")[1]) == done
    assert new_store.search_of_run("r1") == "tune-1"
    assert new_store.search_of_run("r2") is None


def test_a_search_that_is_there_stays_as_it_is(new_store: Store) -> None:
    new_store.begin_search(RECORD, PLANNED)
    new_store.save_search_trial(dataclasses.replace(PLANNED[0], status="complete", value=1.0))

    new_store.begin_search(RECORD, PLANNED)

    assert [t.status for t in new_store.list_search_trials("tune-1")] == ["complete", "planned"]
    assert len(new_store.list_searches()) == 1


def test_searches_are_listed_newest_first_with_what_is_done(new_store: Store) -> None:
    new_store.begin_search(RECORD, PLANNED)
    new_store.begin_search(dataclasses.replace(RECORD, search="sweep-2", kind="sweep"))
    new_store.save_search_trial(dataclasses.replace(PLANNED[0], status="pruned"))

    rows = new_store.list_searches()

    assert rows["search"].tolist() == ["sweep-2", "tune-1"]
    assert rows[["n_settings", "n_done"]].to_numpy().tolist() == [[0, 0], [2, 1]]


def test_a_search_that_is_not_there_is_named(new_store: Store) -> None:
    new_store.begin_search(RECORD)

    with pytest.raises(RunNotFoundError, match="'tune-9'"):
        new_store.load_search("tune-9")


def test_a_trial_is_written_with_what_joins_its_transaction_or_not_at_all(new_store: Store) -> None:
    new_store.begin_search(RECORD)

    with pytest.raises(RuntimeError), new_store.transaction():
        new_store.save_search_trial(PLANNED[0])
        raise RuntimeError

    assert new_store.list_search_trials("tune-1") == []
