"""Between runs and the store: our types on one side, its records on the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import workbench_store as stored
from workbench.contracts.arrays import Bars
from workbench.contracts.backtest import Backtest
from workbench.contracts.repair import Repair
from workbench.errors import RunNotFoundError, StoreError
from workbench.plan.resolve import PluginUsed, fingerprint
from workbench.plan.tasks import FitTask, SeriesVersion
from workbench.runs.datasets import FetchedSeries, stored_bars, tidy_again
from workbench.runs.fitting import NO_FORECASTS, TaskResult
from workbench.runs.model_files import DOCUMENT
from workbench.runs.trading import Traded

if TYPE_CHECKING:
    from workbench.runs.searching.records import SearchStore
    from workbench_store import DataVersion, Fetch, RunRecord, Trial, TrialCount

TRADE_COLUMNS = [
    *("symbol", "entry_time", "exit_time", "units", "entry_price", "exit_price"),
    *("pnl", "simple_return", "commission"),
]
_LEARNING_COLUMNS = [
    *("model", "symbol", "seed", "fold", "epoch"),
    *("train_loss", "validation_loss", "validation_rmse", "validation_hit_rate"),
]


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the store's own errors into Workbench's."""
    try:
        yield
    except stored.RunNotFoundError as err:
        raise RunNotFoundError(str(err)) from err
    except stored.StoreError as err:
        raise StoreError(str(err)) from err


class RunStore:
    """The store as runs see it.

    Parameters
    ----------
    path : str or Path
        The DuckDB file; made by the first write.
    """

    def __init__(self, path: str | Path) -> None:
        self._store = stored.Store(Path(path).expanduser())

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self._store.path

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that is written in the block one step, that happens wholly or not at all."""
        with store_errors(), self._store.transaction():
            yield

    @property
    def searches(self) -> SearchStore:
        """Searches over settings, in the same file."""
        from workbench.runs.searching.records import SearchStore

        return SearchStore(self._store)

    # Bars

    def check(self) -> None:
        """Refuse a path that cannot be a store, before any work is done; makes nothing."""
        with store_errors():
            self._store.check()

    def save_series(self, fetched: FetchedSeries, source: str, interval: str, *, replace: Any) -> SeriesVersion:
        """Keep the bars that were fetched, and what was mended in them; name the version that now stands."""
        if fetched.kept is not None:
            return series_version(dataclasses.replace(fetched.kept, context=fetched.context))
        info = stored.SeriesInfo(fetched.series, source, fetched.symbol, interval, fetched.location)
        repairs = [asdict(repair) for repair in fetched.repairs]
        with store_errors():
            version = self._store.save_bars(info, stored_bars(fetched.bars), replace=replace, repairs=repairs)
        return series_version(dataclasses.replace(version, context=fetched.context))

    def keep(
        self,
        info: stored.SeriesInfo,
        bars: Bars | None,
        sessions: tuple[pd.Timestamp | None, pd.Timestamp],
        fetch: Fetch,
        repairs: Sequence[Mapping[str, object]],
    ) -> None:
        """Keep what a remote source gave for some sessions, and what that settles, in one transaction."""
        with store_errors(), self._store.transaction():
            if bars is None:
                revision = self._store.data_version(info.series).revision
            else:
                revision = self._store.save_bars(info, stored_bars(bars), replace=sessions, repairs=repairs).revision
            self._store.record_fetch(dataclasses.replace(fetch, revision=revision))

    def fetches(self, series: str) -> list[Fetch]:
        """What was asked for of a series of a remote source, oldest first."""
        with store_errors():
            return self._store.list_fetches(series) if self.path.exists() else []

    def has_series(self, series: str) -> bool:
        """Whether the store holds bars of a series."""
        return self.path.exists() and bool((self.series()["series"] == series).any())

    def newest(self, series: str) -> tuple[DataVersion, Bars]:
        """Name the newest version of a series, and read its bars."""
        with store_errors(), self._store.reader():
            version = self._store.data_version(series)
            return version, tidy_again(self._store.load_bars(version))

    def revision(self, series: str, number: int) -> Bars:
        """Read the bars of a series as they stood at a revision."""
        with store_errors():
            return tidy_again(self._store.load_bars(series, revision=number))

    def repairs(self, series: str) -> tuple[Repair, ...]:
        """What had to be mended in a series."""
        with store_errors():
            found: list[Any] = self._store.load_repairs(series) if self.path.exists() else []
        return tuple(Repair(item["kind"], item["detail"], item["rows"], tuple(item["at"])) for item in found)

    def bars(self, version: DataVersion) -> Bars:
        """Read back exactly the bars of a version, indexed by label."""
        with store_errors():
            return tidy_again(self._store.load_bars(version))

    def newest_bars(self, series: str) -> Bars:
        """Read the newest bars of a series, indexed by label."""
        with store_errors():
            return tidy_again(self._store.load_bars(series))

    def series(self) -> pd.DataFrame:
        """One row per series."""
        with store_errors():
            return self._store.list_series()

    # Runs

    def create_run(
        self,
        *,
        name: str,
        toml: str,
        spec: Mapping[str, Any],
        versions: Sequence[SeriesVersion],
        provenance: Mapping[str, Any],
        tasks: Sequence[FitTask],
        plugins: Sequence[PluginUsed],
    ) -> str:
        """Record a run that is about to start and return its id."""
        with store_errors():
            return self._store.create_run(
                name=name,
                experiment=fingerprint(toml),
                toml=toml,
                spec=spec,
                data=[version.stored for version in versions],
                provenance=provenance,
                tasks=[_task_record(task) for task in tasks],
                plugins=[_plugin_record(plugin) for plugin in plugins],
            )

    def resume_run(self, run: str) -> set[str]:
        """Mark a run as running again and return the keys that are still open."""
        with store_errors():
            return {task.key for task in self._store.resume_run(run)}

    def planned_keys(self, run: str) -> set[str]:
        """Keys of all tasks of a run."""
        with store_errors():
            return {task.key for task in self._store.list_tasks(run)}

    def commit(self, run: str, results: Sequence[TaskResult]) -> None:
        """Write finished tasks, fold by fold; a task counts as done only once all its forecasts are in."""
        folds = {f.number for r in results for f in r.task.serves}
        with store_errors():
            for fold in sorted(folds, reverse=True):
                own = [r for r in results if r.task.fold.number == fold]
                self._store.commit_fold(
                    run,
                    fold,
                    forecasts=_forecasts_of(results, fold),
                    learning=_learning_of(own),
                    tasks=[_task_record(r.task, r) for r in own],
                    models=[_model_files(r) for r in own if r.files],
                )

    def finish_run(
        self,
        run: str,
        *,
        scores: pd.DataFrame,
        traded: Sequence[Traded],
        seconds: float,
        summary: Mapping[str, Any],
    ) -> None:
        """Write everything a finished run ends with."""
        with store_errors():
            self._store.finish_run(
                run,
                scores=scores,
                seconds=seconds,
                summary=summary,
                verdict=summary["claim"],
                **_money(traded),
            )

    def fail_run(self, run: str, error: str, *, interrupted: bool = False) -> None:
        """Record that a run stopped; what it had finished stays."""
        with store_errors():
            self._store.fail_run(run, error, status="interrupted" if interrupted else "failed")

    def find_run(self, text: str) -> RunRecord:
        """Find a run by id, unique prefix, name, or `latest`."""
        with store_errors():
            return self._store.find_run(text)

    def runs(self) -> pd.DataFrame:
        """One row per run, newest first."""
        with store_errors():
            return self._store.list_runs()

    def remove_run(self, run: str) -> None:
        """Remove a run's data; its trials stay."""
        with store_errors():
            self._store.remove_run(run)

    def frame(self, table: Any, run: str) -> pd.DataFrame:
        """One run's rows of a table."""
        with store_errors():
            return self._store.load_results(run, table)

    def tasks(self, run: str) -> pd.DataFrame:
        """The plan of a run, and what is done of it."""
        with store_errors():
            return pd.DataFrame([asdict(task) for task in self._store.list_tasks(run)])

    def models(self, run: str) -> pd.DataFrame:
        """One row per model kept of a run, with the document that Workbench wrote beside its files."""
        with store_errors():
            return self._store.list_models(run, DOCUMENT)

    def model_files(self, run: str, key: str) -> dict[str, bytes]:
        """Files of the model that one task fitted; empty where none was kept."""
        with store_errors():
            return self._store.load_model(run, key)

    def record_forward(self, forecasts: pd.DataFrame, signals: pd.DataFrame | None = None) -> None:
        """Write forecasts of bars to come, and the positions that follow, wholly or not at all."""
        with store_errors():
            self._store.record_forward(forecasts, signals)

    def forward(self, table: Any = "forward", run: str | None = None) -> pd.DataFrame:
        """Forecasts of bars that had not come yet, of one run or all."""
        with store_errors():
            return self._store.load_forward(table, run)

    def query(self, sql: str) -> pd.DataFrame:
        """Answer a query; nothing can be changed this way."""
        with store_errors():
            return self._store.query(sql)

    # Trading and trials

    def traded_models(self, run: str) -> list[str]:
        """Models of a run that have a backtest of their mean forecast, in the order of the run's summary."""
        rows = self.frame("backtests", run)
        return list(dict.fromkeys(rows.loc[rows["seed"].isna(), "model"]))

    def backtest(self, run: str, model: str) -> Backtest:
        """Read back the backtest of a model's mean forecast."""
        parts = {name: self.frame(name, run) for name in ("equity", "trades", "orders", "backtests")}
        mine = {name: rows[(rows["model"] == model) & rows["seed"].isna()] for name, rows in parts.items()}
        equity = mine["equity"].set_index("time")
        is_open = mine["trades"]["is_open"].astype(bool)
        trades = mine["trades"][TRADE_COLUMNS]
        stats = mine["backtests"].set_index("metric")
        return Backtest(
            equity=equity["equity"],
            trades=trades[~is_open].reset_index(drop=True),
            open_trades=trades[is_open].reset_index(drop=True),
            orders=mine["orders"].drop(columns=["model", "seed"]).reset_index(drop=True),
            stats={str(m): None if pd.isna(v) else float(v) for m, v in stats["value"].items()},
            reasons={str(m): str(r) for m, r in stats["reason"].items() if not pd.isna(r)},
            exposure=equity["exposure"],
        )

    def record_trials(self, trials: Sequence[Trial]) -> None:
        """Add a run's trials to the ledger."""
        with store_errors():
            self._store.record_trials(trials)

    def count_trials(self, trial: Trial) -> TrialCount:
        """Count the distinct settings tried on the same data over an overlapping test period."""
        with store_errors():
            return self._store.count_trials(
                series=trial.series,
                interval=trial.interval,
                target=trial.target,
                test_start=trial.test_start,
                test_end=trial.test_end,
            )


def series_version(version: DataVersion) -> SeriesVersion:
    """Name a version of the store in the plan's terms."""
    return SeriesVersion(
        version.series,
        version.symbol,
        version.revision,
        version.end.isoformat(),
        version.sha256,
        stored=version,
        context=version.context,
    )


def provisional_version(fetched: FetchedSeries) -> SeriesVersion:
    """Name what `save_series` would write, without writing it."""
    if fetched.kept is not None:
        return series_version(dataclasses.replace(fetched.kept, context=fetched.context))
    digest = stored.bars_sha256(stored_bars(fetched.bars))
    end = fetched.bars["known_at"].iloc[-1].isoformat()
    return SeriesVersion(fetched.series, fetched.symbol, 0, end, digest, context=fetched.context)


def _task_record(task: FitTask, result: TaskResult | None = None) -> stored.TaskRecord:
    made = stored.TaskRecord(task.key, task.model, task.symbols, task.fold.number, task.seed)
    if result is None:
        return made
    done = {**asdict(made), "symbols": task.symbols, "seconds": result.seconds, "error": result.error}
    done["status"] = "failed" if result.error else "finished"
    return stored.TaskRecord(**{**done, "finished_at": pd.Timestamp.now("UTC").to_pydatetime()})


def _plugin_record(plugin: PluginUsed) -> stored.PluginRecord:
    module = plugin.module
    return stored.PluginRecord(
        plugin.kind, plugin.name, module.distribution, module.version, module.origin, module.sha256
    )


def _model_files(result: TaskResult) -> stored.ModelFiles:
    task = result.task
    return stored.ModelFiles(task.key, task.model, task.symbols, task.fold.number, task.seed, result.files)


def _forecasts_of(results: Sequence[TaskResult], fold: int) -> pd.DataFrame:
    frames = [r.forecasts[r.forecasts["fold"] == fold] for r in results if r.forecasts is not None and len(r.forecasts)]
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else NO_FORECASTS.copy()


def _learning_of(results: Sequence[TaskResult]) -> pd.DataFrame:
    rows = [
        {
            "model": r.task.model,
            "symbol": _one(r.task.symbols),
            "seed": r.task.seed,
            "fold": r.task.fold.number,
            **epoch,
        }
        for r in results
        for epoch in r.learning
    ]
    return pd.DataFrame(rows, columns=_LEARNING_COLUMNS)


def _one(symbols: tuple[str, ...]) -> str | None:
    return symbols[0] if len(symbols) == 1 else None


def _money(traded: Sequence[Traded]) -> dict[str, pd.DataFrame]:
    """Lay backtests out as rows of the store's tables."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for item in traded:
        for name, rows in _rows_of(item).items():
            tables.setdefault(name, []).append(rows.assign(model=item.model, seed=item.seed))
    return {
        name: pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
        for name, frames in tables.items()
    }


def _rows_of(item: Traded) -> dict[str, pd.DataFrame]:
    test = item.backtest
    stats = [{"metric": m, "value": v, "reason": test.reasons.get(m)} for m, v in test.stats.items()]
    trades = [
        frame.reindex(columns=TRADE_COLUMNS).assign(is_open=is_open)
        for frame, is_open in ((test.trades, False), (test.open_trades, True))
        if len(frame)
    ]
    return {
        "signals": item.signals,
        "orders": test.orders,
        "trades": pd.concat(trades) if trades else pd.DataFrame(columns=[*TRADE_COLUMNS, "is_open"]),
        "equity": pd.DataFrame(
            {"time": test.equity.index, "equity": test.equity.array, "exposure": test.exposure.array}
        ),
        "backtests": pd.DataFrame(stats),
    }
