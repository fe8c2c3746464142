"""The half of `Workbench` that is about series: what there is before anything is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.contracts.source import DataSource, call_source
from workbench.errors import DataError, RequestError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.quick import quick_experiment
from workbench.plan.resolve import resolve
from workbench.registry.local import plugin_path
from workbench.registry.registry import Registry, default_registry
from workbench.runs.datasets import fetch_series, series_info
from workbench.runs.diffing import DataDiff, diff_series
from workbench.runs.fetching import fetch_data
from workbench.runs.health import Wanted, check_source, check_stored, quick_to_check, refuse_unknown
from workbench.runs.keeping import keep
from workbench.runs.mended import repair_record
from workbench.runs.panels import read_panel
from workbench.runs.records import RunStore

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import Bars
    from workbench.contracts.panel import Panel
    from workbench.data.health import DataHealth

DEFAULT_STORE = "workbench.duckdb"


class SeriesBench:
    """What `Workbench` does with series: reading, keeping, checking and comparing them.

    Parameters
    ----------
    store : str or Path, default="workbench.duckdb"
        The DuckDB file; made by the first run.
    plugins : iterable, optional
        Plugin files, folders of them, packages, modules or classes beside the installed ones.
    blocked : iterable of str, optional
        Installed plugins not to load.
    """

    def __init__(
        self, store: str | Path = DEFAULT_STORE, *, plugins: Iterable[Any] = (), blocked: Iterable[str] = ()
    ) -> None:
        self._store = RunStore(store)
        self._plugins = tuple(plugins)
        self._blocked = tuple(blocked)
        self._registries: dict[tuple[str, ...], Registry] = {}
        self._asked: dict[str, Experiment] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._store.path)!r})"

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self._store.path

    def quick(self, data: str | Path | pd.DataFrame, **fields: Any) -> Experiment:
        """Make an experiment with sensible defaults for a path, a frame, or `source:symbol`."""
        return self._with_own_plugins(quick_experiment(data, self._registry(()), self._read, **fields))

    def import_data(self, data: str | Path | pd.DataFrame, **params: Any) -> list[dict[str, Any]]:
        """Read bars into the store.

        Parameters
        ----------
        data : str, Path or DataFrame
            A CSV or Parquet file, a folder of them, a frame of bars, or `source:symbol` such as `sample:GOOG`.
        **params
            Parameters of the source, such as `timezone="Asia/Kolkata"`.

        Returns
        -------
        list of dict
            One per series: what it is called, how many bars it has, and the `repairs` that it needed.
        """
        self._store.check()
        experiment = self.quick(data, source=params)
        resolved = resolve(experiment, self._registry(()))
        rows = []
        for item in fetch_series(resolved, self._store):
            kept = self._store.save_series(item, resolved.source_name, experiment.interval, replace=True)
            rows.append(
                {
                    "series": kept.series,
                    "symbol": kept.symbol,
                    "revision": kept.revision,
                    "rows": len(item.bars),
                    "repairs": [repair_record(repair) for repair in item.repairs],
                }
            )
        return rows

    def fetch_data(
        self,
        data: str,
        *,
        start: str | None = None,
        end: str | None = None,
        interval: str | None = None,
        refresh: bool = False,
        **params: Any,
    ) -> dict[str, Any]:
        """Fetch a series into the store; a vendor is asked for what is missing only.

        Parameters
        ----------
        data : str
            `source:symbol`, such as `yahoo:NFLX`.
        start, end : str, optional
            ISO dates, both included; from the beginning, and up to now, by default.
        interval : str, optional
            Length of a bar; the source's first by default.
        refresh : bool, default=False
            Ask for everything again. Where the vendor has rewritten history, that is a new revision; the old one stays.
        **params
            Parameters of the source.

        Returns
        -------
        dict
            `series`, `asked` (what the source was asked for), `requests`, `received`, `rows`, `revision` and more.
        """
        self._store.check()
        asked: dict[str, Any] = {"start": start, "end": end, "interval": interval, "refresh": refresh}
        return fetch_data(data, self._registry(()), self._store, **asked, params=params)

    def diff_data(self, series: str, *, since: str | int | None = None) -> DataDiff:
        """Compare the newest bars of a series with an earlier revision of them, or with those that a run saw.

        Parameters
        ----------
        series : str
            A series, or its symbol where that is unique.
        since : str or int, optional
            A revision, or a run: id, prefix, name or `latest`. The revision before the newest by default.
        """
        return diff_series(self._store, self.find_series(series)["series"], since)

    def check_data(
        self,
        data: str | Path | pd.DataFrame,
        *,
        source: Mapping[str, Any] | None = None,
        calendar: str | None = None,
        interval: str | None = None,
        missing: Literal["error", "drop", "ffill"] = "error",
        adjust: Literal["none", "splits", "all"] = "none",
    ) -> DataHealth:
        """Say what is wrong with some bars, before anything is run on them; nothing is written.

        Parameters
        ----------
        data : str, Path or DataFrame
            A file, a folder, a frame, `source:symbol`, or a series of the store by its name or symbol.
        source : mapping, optional
            Parameters of the source that reads `data`, such as `{"timezone": "Asia/Kolkata"}`.
        calendar : str, optional
            Exchange calendar to compare with, such as `XNYS`; by default what the bars show.
        interval : str, optional
            Bar length; by default read off the bars.
        missing, adjust : str
            As in `Experiment`: the bars are checked as a run with these would see them.

        Returns
        -------
        DataHealth
            `usable`, and a sheet for each of its `series` with `repairs` and `problems`.

        Raises
        ------
        DataError
            There is nothing that can be read.
        """
        wanted = Wanted.named(missing, adjust, calendar)
        if isinstance(data, str) and not Path(data).expanduser().exists():
            known = self._known_series()
            if data in known:
                row = self.find_series(data)
                bars, repairs = self.bars(row["series"]), self._store.repairs(row["series"])
                return check_stored(bars, row["symbol"], interval or row["interval"], wanted, repairs)
            refuse_unknown(data, known)
        asked = quick_to_check(data, self._registry(()), source or {}, interval)
        return check_source(self._registry(asked.plugins).create("source", asked.source, DataSource), asked, wanted)

    def _known_series(self) -> set[str]:
        """Names and symbols of the series in the store, if there is one."""
        if not self.path.exists():
            return set()
        rows = self.series()
        return {*rows["series"], *rows["symbol"]}

    def series(self) -> pd.DataFrame:
        """One row per series in the store."""
        return self._store.series()

    def panel(self, data: str | Path | pd.DataFrame, **fields: Any) -> Panel:
        """Return bars to look at: of a path, a frame, `source:symbol`, or a series of the store.

        Parameters
        ----------
        data : str, Path or DataFrame
            A text that is no path is looked for in the store first.
        **fields
            Fields of `Experiment` that decide on bars, such as `start`, `symbols` or `adjust`. Without `missing`,
            bars that lack a price are kept.
        """
        return read_panel(self, self._registry(()), self._store, data, **fields)

    def find_series(self, name: str) -> dict[str, Any]:
        """Find a series by its name, or by its symbol where that is unique."""
        rows = self.series()
        found = rows[(rows["series"] == name) | (rows["symbol"] == name)]
        if len(found) == 1:
            return {str(k): v for k, v in found.iloc[0].to_dict().items()}
        known = sorted({*rows["series"], *rows["symbol"]})
        if found.empty:
            raise DataError(f"the store has no series {name!r}.{did_you_mean(name, known)} See `workbench data list`.")
        raise RequestError(f"{name!r} is the symbol of several series: {', '.join(found['series'])}. Name one of them.")

    def bars(self, series: str) -> Bars:
        """Newest bars of a series in the store."""
        return self._store.newest_bars(series)

    def _with_own_plugins(self, experiment: Experiment) -> Experiment:
        """Name the plugin files, folders and modules that this workbench was given, so that the run can be resumed."""
        given = dict.fromkeys(str(plugin_path(str(p)) or p) for p in self._plugins if _is_text(p))
        more = [p for p in given if p not in experiment.plugins]
        return experiment.replace(plugins=(*experiment.plugins, *more)) if more else experiment

    def _read(self, source: DataSource, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Get bars of a source for whoever has no experiment yet; those of remote ones are kept."""
        if not type(source).is_remote:
            return call_source(source, symbol, start, end, interval)
        self._store.check()
        return keep(source, series_info(source, symbol, interval), self._store, start=start, end=end).bars

    def _registry(self, plugins: tuple[str, ...]) -> Registry:
        if plugins not in self._registries:
            self._registries[plugins] = default_registry(self._blocked, [*self._plugins, *plugins])
        return self._registries[plugins]


def _is_text(plugin: Any) -> bool:
    return isinstance(plugin, (str, Path))
