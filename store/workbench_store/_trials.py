"""The trial ledger: how often one stretch of data has been asked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from workbench_store._frames import insert_frame
from workbench_store._json import dump_json, naive_utc, utc_now
from workbench_store._types import Trial, TrialCount

if TYPE_CHECKING:
    import duckdb


def record_trials(con: duckdb.DuckDBPyConnection, trials: Sequence[Trial]) -> None:
    """Write trials; one that its run recorded already keeps its date and gets the new figures."""
    if not trials:
        return
    rows = pd.DataFrame([_row(trial) for trial in trials])
    known = con.execute(
        "SELECT trial, recorded_at FROM trials WHERE list_contains(?::VARCHAR[], trial)",
        [rows["trial"].tolist()],
    ).fetchall()
    now = utc_now()
    rows["recorded_at"] = pd.to_datetime([dict(known).get(trial, now) for trial in rows["trial"]])
    insert_frame(con, "trials", rows, replacing=("trial",))


def count_trials(
    con: duckdb.DuckDBPyConnection,
    *,
    series: str,
    interval: str,
    target: str,
    test_start: datetime,
    test_end: datetime,
) -> TrialCount:
    """Count distinct settings tried on a series over a test period that overlaps this one."""
    rows = con.execute(
        "SELECT min(recorded_at), arg_max(sharpe, recorded_at) FROM trials "
        "WHERE series = ? AND interval = ? AND target = ? AND test_start <= ? AND test_end >= ? "
        "GROUP BY settings ORDER BY min(recorded_at), settings",
        [series, interval, target, naive_utc(test_end), naive_utc(test_start)],
    ).fetchall()
    first = min((recorded for recorded, _ in rows), default=None)
    return TrialCount(len(rows), first, tuple(sharpe for _, sharpe in rows if sharpe is not None))


def _row(trial: Trial) -> dict[str, object]:
    # Sorted keys: two trials are one exactly when these texts are equal.
    settings = dump_json(trial.settings, sort_keys=True)
    identity = dump_json([trial.run, trial.model, trial.series, trial.interval, trial.target, settings])
    return {
        "trial": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "run": trial.run,
        "model": trial.model,
        "series": trial.series,
        "interval": trial.interval,
        "target": trial.target,
        "test_start": naive_utc(trial.test_start),
        "test_end": naive_utc(trial.test_end),
        "settings": settings,
        "returns": [float(value) for value in trial.returns],
        "sharpe": trial.sharpe,
    }
