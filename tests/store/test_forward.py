from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench_store import Store, StoreError

MADE = pd.Timestamp("2024-08-30 22:00")


def rows(**changes: object) -> pd.DataFrame:
    row = {
        **{"forward": "f0", "made_at": MADE, "run": "r0", "name": "walk", "model": "drift", "symbol": "A", "seed": 7},
        **{"refit": False, "trained_until": MADE, "origin": MADE.normalize(), "origin_known_at": MADE, "step": 1},
        **{"target_time": MADE, "target_known_at": MADE, "dated_by": "every day", "late": False, "last_price": 1.0},
        **{"forecast": 0.1, "price": 1.1, "expected_return": 0.1, "persistence": 0.0, "target": "log_return"},
        **{"interval": "1d", "series": "csv:A:1d", "revision": 1, "sha256": "x", "toml": ""},
    }
    return pd.DataFrame([{**row, **changes}])


def signals(**changes: object) -> pd.DataFrame:
    row = {"forward": "f0", "made_at": MADE, "run": "r0", "model": "drift", "symbol": "A", "strategy": "long_flat"}
    more = {"origin": MADE, "position": 1.0, "fill_time": MADE, "fill_from": pd.NaT, "late": False}
    return pd.DataFrame([{**row, **more, **changes}])


def test_what_was_forecast_is_read_back_in_the_order_in_which_it_was_made(new_store: Store) -> None:
    new_store.record_forward(rows(made_at=MADE + pd.Timedelta(days=1), forward="f1"))
    new_store.record_forward(rows(seed=None), signals())
    new_store.record_forward(rows(run="r1", forward="f2", levels=[0.1, 0.9], quantiles=[1.0, 2.0]))

    assert new_store.load_forward()["forward"].tolist() == ["f0", "f2", "f1"]
    assert new_store.load_forward(run="r1")["quantiles"].iloc[0].tolist() == [1.0, 2.0]
    assert new_store.load_forward("forward_signals")["position"].tolist() == [1.0]


def test_forecasts_and_signals_are_written_together_or_not_at_all(new_store: Store) -> None:
    with pytest.raises(StoreError, match="lack late"):
        new_store.record_forward(rows(), signals().drop(columns="late"))

    assert new_store.load_forward().empty


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
import test_forward as here
from workbench_store import Store, _forward
real = _forward.insert_frame
def killing(con, table, frame):
    if table == "forward_signals":
        os.kill(os.getpid(), signal.SIGKILL)
    real(con, table, frame)
_forward.insert_frame = killing
Store(sys.argv[1]).record_forward(here.rows(forward="killed"), here.signals(forward="killed"))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that nobody can catch")
def test_a_process_that_is_killed_between_the_two_leaves_neither(new_store: Store) -> None:
    new_store.record_forward(rows())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(new_store.path), str(Path(__file__).parent)], env=environment, check=False
    )

    assert done.returncode == -signal.SIGKILL
    assert new_store.load_forward()["forward"].tolist() == ["f0"]
    assert new_store.load_forward("forward_signals").empty


def test_two_forecasts_of_one_bar_in_one_set_are_refused(new_store: Store) -> None:
    with pytest.raises(StoreError, match="two rows for table forward"):
        new_store.record_forward(pd.concat([rows(), rows()]))


def test_an_unknown_table_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="no table of forecasts ahead"):
        store.load_forward("runs")  # type: ignore[arg-type]
