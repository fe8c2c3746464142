from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import workbench_store._trials as trials_module
from workbench_store import Store, Trial, TrialCount

WHAT = {"series": "csv:NFLX:1d", "interval": "1d", "target": "log_return"}
START, END = datetime(2024, 1, 1), datetime(2024, 3, 1)
DAY = timedelta(days=1)


def trial(run: str = "r1", **changes: Any) -> Trial:
    values = {"model": "lstm", "test_start": START, "test_end": END, "settings": {"hidden": 50, "lookback": 20}}
    return Trial(run=run, **(WHAT | values | {"returns": [0.01, -0.02], "sharpe": 0.1} | changes))


def count(store: Store, **changes: Any) -> TrialCount:
    return store.count_trials(**(WHAT | {"test_start": START, "test_end": END} | changes))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """Let every recording be one day after the one before, the first on the moment given."""
    first = datetime(2025, 1, 1)
    ticks = (first + i * DAY for i in range(100))
    monkeypatch.setattr(trials_module, "utc_now", lambda: next(ticks))
    return first


def test_distinct_settings_are_counted_once_each(store: Store, clock: datetime) -> None:
    for run, settings, sharpe in [
        ("r1", {"hidden": 50, "lookback": 20}, 0.1),
        ("r2", {"lookback": 20, "hidden": 50}, 0.3),  # a replay: the same settings in another order
        ("r3", {"hidden": 64, "lookback": 20}, 0.2),
        ("r4", {"hidden": 96, "lookback": 20}, None),
    ]:
        store.record_trials([trial(run, settings=settings, sharpe=sharpe)])

    counted = count(store)

    assert counted == TrialCount(3, clock, (0.3, 0.2))


@pytest.mark.parametrize(
    ("changes", "n_trials"),
    [
        ({"test_end": END + DAY}, 1),  # appending a bar does not reset the count
        ({"test_start": END, "test_end": END + DAY}, 1),
        ({"test_start": END + DAY, "test_end": END + 2 * DAY}, 0),
        ({"test_start": START - 2 * DAY, "test_end": START - DAY}, 0),
        ({"series": "csv:AMZN:1d"}, 0),
        ({"interval": "1h"}, 0),
        ({"target": "price"}, 0),
        ({"test_start": END.replace(tzinfo=UTC)}, 1),
    ],
)
def test_only_overlapping_tests_on_the_same_data_count(store: Store, changes: dict[str, Any], n_trials: int) -> None:
    store.record_trials([trial()])

    assert count(store, **changes).n_trials == n_trials


def test_no_trials_is_zero_without_a_date(store: Store) -> None:
    store.record_trials([])

    assert count(store) == TrialCount(0, None, ())


def test_recording_a_trial_again_keeps_its_date_and_renews_its_figures(store: Store, clock: datetime) -> None:
    store.record_trials([trial(sharpe=0.1)])
    store.record_trials([trial(sharpe=0.2, returns=[0.5])])

    stored = store.query("SELECT * FROM trials")

    assert len(stored) == 1
    assert stored["recorded_at"].tolist() == [clock]
    assert stored["sharpe"].tolist() == [0.2]
    assert stored["returns"][0].tolist() == [0.5]
