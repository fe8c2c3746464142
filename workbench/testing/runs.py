"""Small runs to try report sections on, made once in a process; their names would break a page that trusts them."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.folds import Holdout
from workbench.contracts.forecaster import FitContext, FittedForecaster, Forecaster
from workbench.contracts.origin import OWN_DISTRIBUTION
from workbench.contracts.panel import Panel
from workbench.contracts.use import use
from workbench.contracts.windows import Windows
from workbench.errors import RunFailedError
from workbench.plan.experiment import Experiment
from workbench.registry.installed import installed
from workbench.runs.bench import Workbench
from workbench.testing.series import toy_panel

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

TAG = "wicked"
"""A tag that no page has, unless a name was put into it unescaped."""
HOSTILE = f"<{TAG}>&\"'"
_SYMBOLS = (f"AAA {HOSTILE}", f"BBB {HOSTILE}")


class _Learner(Forecaster, name="learner"):
    """Reports a learning curve, and learns nothing."""

    fails: bool = False

    def fit(self, train: Windows, validation: Windows | None, context: FitContext) -> FittedForecaster:
        if self.fails:
            raise ValueError(f"it fails on purpose {HOSTILE}")
        for epoch in range(1, 4):
            context.report(epoch, 1.0 / epoch, 1.1 / epoch)
        return _Learned()


class _Learned(FittedForecaster):
    def predict(self, windows: Windows) -> FloatArray:
        return np.full((len(windows), windows.horizon), 1e-3)


class ToyRun(NamedTuple):
    """A run, and where another process finds it."""

    what: str
    store: Path
    run_id: str

    def open(self) -> Run:
        """Read the run from its store."""
        return Workbench(self.store, blocked=_strangers()).load(self.run_id)


@cache
def toy_runs() -> tuple[ToyRun, ...]:
    """Return a run of two symbols that trades, one of one symbol that does not, and one that failed.

    Only the first has learning curves. Run, symbols and models have names with `HOSTILE` in them.
    """
    folder = tempfile.TemporaryDirectory(prefix="workbench-")
    atexit.register(folder.cleanup)
    bench = Workbench(Path(folder.name) / "toy.duckdb", blocked=_strangers())
    asked = {
        "a run of two symbols": _experiment(_SYMBOLS, _Learner()),
        "a run of one symbol that does not trade": _experiment(_SYMBOLS[:1], strategy=None),
        "a run that failed": _experiment(_SYMBOLS[:1], _Learner(fails=True), strategy=None),
    }
    return tuple(ToyRun(what, bench.path, _run(bench, experiment)) for what, experiment in asked.items())


def _run(bench: Workbench, experiment: Experiment) -> str:
    try:
        return bench.run(experiment, workers=1).id
    except RunFailedError:
        return bench.load("latest").id


def _experiment(symbols: tuple[str, ...], *others: Forecaster, **fields: Any) -> Experiment:
    return Experiment(
        name=f"toy {HOSTILE}",
        source=use("frame", frame=_frame(toy_panel(100, symbols))),
        symbols=list(symbols),
        lookback=3,
        forecasters=[use("drift", label=f"drift {HOSTILE}"), *others],
        folds=Holdout(0.3),
        **fields,
    )


def _frame(panel: Panel) -> pd.DataFrame:
    import pandas as pd

    return pd.concat([panel[s].drop(columns="known_at").assign(symbol=s) for s in panel])


def _strangers() -> list[str]:
    """Return every installed plugin module but our own, which must not decide whether somebody else's passes."""
    return [item.qualified_name for item in installed() if item.distribution != OWN_DISTRIBUTION]
