"""An import that is killed at any moment leaves the series as it was, or as it was to be."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb

N_ROWS = 3_000
N_KILLS = 30

# Loads everything once, and then imports a file in a child process for every line it is given.
NURSERY = """
import os, sys
import duckdb, pandas, workbench as wb
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
resolve(wb.Workbench("warm.duckdb").quick("warm.csv"), default_registry())
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        wb.Workbench("store.duckdb").import_data(line.strip())
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are cheap to start")


def write_version(folder: Path, number: int, name: str = "SERIES.csv") -> None:
    """Write bars whose closes all tell the number of the version; every fifth row is missing in odd versions."""
    days = pd.date_range("2000-01-01", periods=N_ROWS, name="date")
    close = np.full(N_ROWS, 100.0 + number)
    bars = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0}, index=days)
    (bars.drop(days[::5]) if number % 2 else bars).to_csv(folder / name)


def stored_version(folder: Path) -> int | None:
    """Return the number of the version that the store holds whole; None where it holds no series."""
    bench = wb.Workbench(folder / "store.duckdb")
    if not bench.path.exists() or bench.series().empty:
        return None
    (series,) = bench.series()["series"]
    bars = bench.bars(series)
    (number,) = set((bars["close"] - 100).astype(int))  # one version, and no rows of another
    assert len(bars) == (N_ROWS - N_ROWS // 5 if number % 2 else N_ROWS)
    return number


class Nursery:
    """Starts imports and kills them."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], cwd=folder, env=environment, stdin=-1, stdout=-1, text=True
        )
        assert self._line() == "ready"

    def start(self) -> int:
        self.process.stdin.write("SERIES.csv\n")
        self.process.stdin.flush()
        return int(self._line())

    def wait(self) -> int:
        """Return the signal that ended the import, 0 where it came to its end."""
        status = int(self._line())
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WTERMSIG(status)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _line(self) -> str:
        return self.process.stdout.readline().strip()


@pytest.fixture
def nursery(tmp_path):
    write_version(tmp_path, 0, "warm.csv")
    nursery = Nursery(tmp_path)
    yield nursery
    nursery.close()


@pytest.mark.slow
def test_an_import_killed_at_any_moment_is_there_whole_or_not_at_all(nursery, tmp_path):
    rng = np.random.default_rng(4)
    write_version(tmp_path, 0)
    began = time.monotonic()
    nursery.start()
    assert nursery.wait() == 0
    seconds = time.monotonic() - began
    before = stored_version(tmp_path)
    assert before == 0
    n_killed, number = 0, 0

    while n_killed < N_KILLS:
        number += 1
        write_version(tmp_path, number)
        child = nursery.start()
        time.sleep(rng.uniform(0.1, 1.0) * seconds)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        is_killed = nursery.wait() == signal.SIGKILL
        after = stored_version(tmp_path)

        assert after in ((before, number) if is_killed else (number,))
        n_killed += is_killed
        seconds *= 1.1 if is_killed else 0.8  # about as long as an import takes on this machine just now
        before = after


def test_a_first_import_that_is_killed_leaves_a_store_that_opens(nursery, tmp_path):
    write_version(tmp_path, 0)
    rng = np.random.default_rng(5)

    for _ in range(10):
        child = nursery.start()
        time.sleep(rng.uniform(0.0, 0.4))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        nursery.wait()

        assert stored_version(tmp_path) in (None, 0)
        for file in tmp_path.glob("store.duckdb*"):
            file.unlink()
