"""Replaying: a finished run done again in memory, number by number."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from workbench.contracts.forecaster import Executor
from workbench.registry.registry import Registry
from workbench.runs.again import Again
from workbench.runs.compare import Comparison, compare
from workbench.runs.execute import Progress, failure, score_run
from workbench.runs.fitting import carry_out
from workbench.runs.provenance import package_versions
from workbench.runs.records import RunStore
from workbench.runs.trading import Traded, trade_forecasts
from workbench_store import RunRecord

FORECASTS = ["model", "symbol", "seed", "fold", "origin", "step"]
SCORES = ["model", "symbol", "seed", "fold", "step", "space", "metric"]
EQUITY = ["model", "seed", "time"]


@dataclass(frozen=True)
class Replay:
    """What became of a run when it was done again.

    Parameters
    ----------
    run : str
        Id of the run.
    forecasts, scores, equity : Comparison
    changes : tuple of str
        What is not as it was then: plugins, versions, machine. Reasons where numbers differ, harmless where not.
    """

    run: str
    forecasts: Comparison
    scores: Comparison
    equity: Comparison
    changes: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether every number came out the same, to the last bit."""
        return all(part.first is None for part in self.parts)

    @property
    def parts(self) -> tuple[Comparison, Comparison, Comparison]:
        """The three comparisons, in the order in which one follows from the other."""
        return self.forecasts, self.scores, self.equity

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        parts = {part.table: {k: v for k, v in asdict(part).items() if k != "table"} for part in self.parts}
        return {"run": self.run, "identical": self.identical, **parts, "changes": list(self.changes)}

    def __str__(self) -> str:
        verdict = "identical" if self.identical else "not identical"
        return "\n".join([f"Run {self.run}, done again: {verdict}.", *map(str, self.parts), *self.changes])


def replay_run(
    store: RunStore,
    record: RunRecord,
    again: Again,
    registry: Registry,
    executor: Executor,
    progress: Progress | None = None,
) -> Replay:
    """Carry a run out again in memory and compare what it gives with what is stored.

    Raises
    ------
    RunFailedError
        A fit that once succeeded failed.
    """
    resolved = again.prepared.resolved
    stored = store.frame("forecasts", record.run)
    forecasts = _in_order_of(stored, _forecast(again, record.run, executor, progress or (lambda *_: None)))
    notes: list[str] = []
    scores = score_run(resolved, forecasts, notes.append)
    kept = store.frame("scores", record.run)
    traded, _ = trade_forecasts(resolved, forecasts, again.prepared.panel, registry)
    return Replay(
        record.run,
        compare("forecasts", stored, forecasts, FORECASTS),
        compare("scores", kept, scores[scores["metric"].isin(kept["metric"])], SCORES),  # metrics may have come since
        compare("equity", store.frame("equity", record.run), equity_frame(traded), EQUITY),
        (*again.changes, *machine_changes(record.provenance), *notes),
    )


def _forecast(again: Again, run: str, executor: Executor, progress: Progress) -> pd.DataFrame:
    frames, failed = [], []
    for done, result in enumerate(carry_out(again.prepared, again.tasks, executor), start=1):
        progress(done, len(again.tasks), f"{result.task.model}, fold {result.task.fold.number}")
        failed += [result] if result.error else []
        frames += [result.forecasts] if result.forecasts is not None and len(result.forecasts) else []
    if failed:
        raise failure(f"the replay of run {run}", failed, len(again.tasks))
    return pd.concat(frames, ignore_index=True)


def _in_order_of(stored: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Sort forecasts as the stored ones are: the last bit of a sum depends on the order of its terms."""
    order = stored[FORECASTS].assign(place=range(len(stored)))
    placed = forecasts.merge(order, on=FORECASTS, how="left")
    return placed.sort_values("place", kind="stable", ignore_index=True).drop(columns="place")


def equity_frame(traded: Sequence[Traded]) -> pd.DataFrame:
    """Lay the equity of all backtests out as the store does."""
    frames = [
        pd.DataFrame(
            {
                "model": item.model,
                "seed": pd.array([item.seed] * len(item.backtest.equity), dtype="Int64"),
                "time": item.backtest.equity.index,
                "equity": item.backtest.equity.array,
                "exposure": item.backtest.exposure.array,
            }
        )
        for item in traded
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*EQUITY, "equity", "exposure"])


def machine_changes(provenance: Mapping[str, Any]) -> Iterator[str]:
    """Say which of Python, machine and packages are not those that a run recorded."""
    now = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "platform": platform.platform(),
        **package_versions(),
    }
    then = {**{name: provenance.get(name) for name in ("python", "machine", "platform")}, **provenance["packages"]}
    differing = [
        f"{name} {then[name]} then, {now.get(name, 'none')} now" for name in then if then[name] != now.get(name)
    ]
    if differing:
        yield f"Not as it was: {'; '.join(differing)}."
