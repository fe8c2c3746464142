"""Reading a million one-minute bars from CSV, beside plain pandas.

Run as `python benchmarks/reading.py [rows]`. Read the ratio, not the times: both read the same file in turn, each in a
process of its own, and the best of three counts. The peak is the most memory that a process held, imports included.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

REPEATS = 3
FORMS = {"ISO stamps, plain numbers": "iso", "day first, decimal commas": "comma"}


def write(path: Path, n_rows: int, form: str) -> None:
    """Write a random walk, a bar a minute."""
    import pandas as pd

    rng = np.random.default_rng(0)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 1e-4, n_rows))), 4)
    stamps = pd.date_range("2018-01-01", periods=n_rows, freq="min")
    frame = pd.DataFrame({"timestamp": stamps, "open": np.roll(close, 1), "high": close + 0.5, "low": close - 0.5})
    frame = frame.assign(close=close, volume=rng.integers(1, 10_000, n_rows))
    frame["low"], frame["high"] = frame["low"].round(4), frame["high"].round(4)
    if form == "iso":
        frame.to_csv(path, index=False)
    else:
        frame.to_csv(path, index=False, sep=";", decimal=",", date_format="%d.%m.%Y %H:%M")


def with_pandas(path: Path, form: str) -> int:
    import pandas as pd

    if form == "iso":
        return len(pd.read_csv(path, parse_dates=["timestamp"]))
    return len(pd.read_csv(path, sep=";", decimal=",", parse_dates=["timestamp"], date_format="%d.%m.%Y %H:%M"))


def with_workbench(path: Path, form: str) -> int:
    from workbench.contracts.intervals import Interval
    from workbench.data.bars import tidy_bars
    from workbench_sources import Csv

    bars, _ = tidy_bars(Csv(path=path).fetch(path.stem, None, None, "1m"), path.stem, Interval.parse("1m"))
    return len(bars)


def measure(reader: str, path: Path, form: str) -> tuple[float, float]:
    """Return seconds and megabytes of a reader in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", reader, str(path), form], capture_output=True, text=True, check=True
    )
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def one(reader: str, path: Path, form: str) -> None:
    import pandas  # noqa: F401

    import workbench_sources  # noqa: F401 - imports are not what is measured

    started = time.perf_counter()
    globals()[f"with_{reader}"](path, form)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(seconds, peak)


def main(n_rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for title, form in FORMS.items():
            path = Path(folder) / f"{form}.csv"
            write(path, n_rows, form)
            best = {name: min(measure(name, path, form) for _ in range(REPEATS)) for name in ("pandas", "workbench")}
            print(f"{title}: {n_rows:,} rows, {path.stat().st_size / 1e6:.0f} MB")
            for name, (seconds, peak) in best.items():
                print(f"  {name:10} {seconds:6.2f} s  {peak:6.0f} MB at most")
            print(f"  ratio      {best['workbench'][0] / best['pandas'][0]:6.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
