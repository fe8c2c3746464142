"""What has become of forecasts that were made before their bars had come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.contracts.calling import calling
from workbench.contracts.use import Use
from workbench.errors import WorkbenchError
from workbench.evaluation.scores import score_forecasts
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import PERSISTENCE, Resolved, resolve
from workbench.registry.registry import Registry
from workbench.runs import keeping
from workbench.runs.ahead import newest_bars
from workbench.runs.datasets import fetch_series, make_panel
from workbench.runs.origins import ROUNDING, Origins, moved_by, without_bars

if TYPE_CHECKING:
    from workbench.contracts.panel import Panel
    from workbench.runs.records import RunStore

AskedOf = Callable[[str, str], tuple[Experiment, Registry]]
"""Gives the experiment of a run, by id and as its text says, and its plugins."""

STATUSES = {
    "scored": "the bar has come",
    "open": "the bar has not come yet",
    "late": "it was made after the bar was known: no promise",
    "repeated": "the same model had forecast this bar from the same origin before; the first one counts",
    "revised": "the price at the origin is another one now, so that the forecast was made from a bar that is gone",
    "undefined": "the target is undefined on the bars that came",
    "lost": "the bar should be there by now, but no bars could be read, or that of the origin is gone",
}
"""What can have become of a forecast."""

ROW_COLUMNS = [
    *("made_at", "run", "name", "model", "refit", "trained_until", "symbol", "seed", "origin", "step"),
    *("target_time", "actual_time", "status", "forecast", "actual", "error", "persistence", "persistence_error"),
    *("price", "actual_price", "price_error", "coverage", "inside", "revised", "late", "dated_by", "revision"),
    *("forward",),
]
POOLED = ["rmse", "mae", "skill", "hit_rate"]
SUMMARY_COLUMNS = [
    *("run", "name", "model", "refit", "symbol", "space", "n", *POOLED, "persistence_rmse", "coverage", "inside"),
]

_OUTER = (0, -1)


@dataclass(frozen=True, eq=False)
class ForwardScores:
    """Promises and what came of them, computed from the newest bars; the promises themselves never change.

    Parameters
    ----------
    rows : DataFrame
        One row per forecast of the mean over seeds, in the order in which they were made. `status` is one of
        `STATUSES`; errors are forecast minus actual, in units of the target. `actual_time` is the label of the bar
        that came, where it is not the one that was expected the calendar was wrong. `inside` says whether the actual
        lies in the interval of nominal `coverage`; `revised`, whether the price at the origin has changed since.
    summary : DataFrame
        Pooled over what is scored, per run, model and kind of fit: `n`, rmse, mae, skill against persistence, hit rate,
        the share `inside` the interval of nominal `coverage`.
    notes : tuple of str
    """

    rows: pd.DataFrame
    summary: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def open(self) -> pd.DataFrame:
        """Forecasts whose bars have not come yet."""
        return self.rows[self.rows["status"] == "open"]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        tables = {"summary": self.summary, "rows": self.rows}
        plain = {name: t.astype(object).where(t.notna(), None).to_dict("records") for name, t in tables.items()}
        return {**plain, "notes": list(self.notes)}


def score_promises(store: RunStore, run: str | None, asked_of: AskedOf) -> ForwardScores:
    """Fetch the bars that have come, and compare them with what was forecast.

    Parameters
    ----------
    store : RunStore
    run : str or None
        Id of a run; all runs otherwise, also those that were removed.
    asked_of : callable
    """
    rows = store.forward("forward", run)
    rows = rows[rows["seed"].isna()].reset_index(drop=True)
    now = keeping.utc_now()
    parts, notes, pooled = [], [], []
    for (id, text), part in rows.groupby(["run", "toml"], sort=False):
        try:
            judged, resolved = _judge(store, part, *asked_of(str(id), str(text)))
        except WorkbenchError as err:
            said = str(err)
            notes.append(f"run {id}: no bars to score with. {said[:1].upper()}{said[1:]}")
            parts.append(part.assign(status=[without_bars(row, now) for row in part.to_dict("records")]))
            continue
        parts.append(judged)
        pooled += list(_pooled(judged, resolved))
    every = pd.concat(parts).sort_index() if parts else rows
    return ForwardScores(
        every.reindex(columns=ROW_COLUMNS).reset_index(drop=True),
        pd.DataFrame(pooled, columns=SUMMARY_COLUMNS),
        tuple([*notes, *_notes(every)]),
    )


def _judge(
    store: RunStore, rows: pd.DataFrame, experiment: Experiment, registry: Registry
) -> tuple[pd.DataFrame, Resolved]:
    """Look up what came of the forecasts of one experiment."""
    needed = newest_bars(experiment).replace(
        symbols=tuple(dict.fromkeys(rows["symbol"])),
        **{"universe": None, "context": {}, "features": (), "strategy": None, "baselines": ()},
        forecasters=(Use(name=PERSISTENCE),),
        calendar=_calendars(experiment, set(rows["symbol"])),
    )
    resolved = resolve(needed, registry)
    panel, _ = make_panel({i.symbol: i.bars for i in fetch_series(resolved, store)}, needed)
    now = keeping.utc_now()
    came = _Came(panel.until(now.to_datetime64()), resolved, now, Origins(store, panel, needed))
    found = pd.DataFrame([came.of(row) for row in rows.to_dict("records")], index=rows.index)
    judged = pd.concat([rows.drop(columns=["context", "toml"]), found], axis=1)
    counts = judged["status"].isin(["scored", "open"])
    same = ["model", "refit", "symbol", "origin", "step"]
    judged.loc[counts & judged[counts].duplicated(same).reindex(judged.index, fill_value=False), "status"] = "repeated"
    return judged, resolved


def _calendars(experiment: Experiment, symbols: set[str]) -> Any:
    named = experiment.calendar
    return {s: name for s, name in named.items() if s in symbols} if isinstance(named, dict) else named


class _Came:
    """What has come of each forecast, by counting bars from its origin."""

    def __init__(self, panel: Panel, resolved: Resolved, now: pd.Timestamp, origins: Origins) -> None:
        self._panel = panel
        self._target = resolved.target
        self._now = now
        self._origins = origins
        self._targets: dict[tuple[str, int], Any] = {}

    def of(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        """Return status, actual and errors of one forecast."""
        found: dict[str, Any] = {"status": "open", "actual_time": pd.NaT, "actual": np.nan, "actual_price": np.nan}
        found |= {"error": np.nan, "persistence_error": np.nan, "price_error": np.nan, "revised": False}
        found |= {"coverage": np.nan, "inside": None}
        symbol, step = str(row["symbol"]), int(row["step"])
        bars = self._panel.frames.get(symbol)
        at = -1 if bars is None else int(pd.DatetimeIndex(bars.index).get_indexer(pd.DatetimeIndex([row["origin"]]))[0])
        if bars is None or at < 0 or row["late"]:
            return {**found, "status": without_bars(row, self._now)}
        moved = moved_by(float(bars["close"].iloc[at]), row["last_price"])
        found["revised"] = abs(moved - 1) > ROUNDING
        if found["revised"] and not self._origins.only_rescaled(row, moved):
            return {**found, "status": "revised"}
        if at + step >= len(bars):
            return found
        came = bars.iloc[at + step]
        found |= {"actual_time": bars.index[at + step], "actual_price": float(came["close"])}
        if row["made_at"] >= came["known_at"]:
            return {**found, "status": "late"}
        return {**found, **self._errors(row, found, at, step)}

    def _errors(self, row: Mapping[Any, Any], found: Mapping[str, Any], at: int, step: int) -> dict[str, Any]:
        if found["revised"] and self._target.in_price_units:
            return {"status": "revised"}
        actual = self._actual(str(row["symbol"]), at, step)
        if not np.isfinite(actual):
            return {"status": "undefined"}
        errors: dict[str, Any] = {
            "status": "scored",
            "actual": actual,
            "error": row["forecast"] - actual,
            "persistence_error": row["persistence"] - actual,
        }
        if not found["revised"]:  # else the price was said in terms that hold no more
            errors["price_error"] = row["price"] - found["actual_price"]
        levels, quantiles = row["levels"], row["quantiles"]
        if isinstance(levels, (list, np.ndarray)) and len(levels) > 1:
            low, high = (float(quantiles[i]) for i in _OUTER)
            errors |= {"coverage": float(levels[-1] - levels[0]), "inside": bool(low <= actual <= high)}
        return errors

    def _actual(self, symbol: str, at: int, step: int) -> float:
        if (symbol, step) not in self._targets:
            with calling(self._target, "compute"):
                answer = np.asarray(self._target.compute(self._panel[symbol].copy(), step), dtype=np.float64)
            self._targets[symbol, step] = answer[:, step - 1]
        return float(self._targets[symbol, step][at])


def _pooled(judged: pd.DataFrame, resolved: Resolved) -> Iterator[dict[str, Any]]:
    """Score what has come, beside persistence on the same rows, by the function that scores runs."""
    scored = judged[judged["status"] == "scored"]
    for (run, name, model, refit), mine in scored.groupby(["run", "name", "model", "refit"], sort=False):
        frame = mine.assign(seed=0, fold=0, forecast_scaled=np.nan, actual_scaled=np.nan)
        frame["actual_price"] = frame["actual_price"].where(~frame["revised"].astype(bool))
        reference = frame.assign(model=_REFERENCE, forecast=frame["persistence"], price=frame["last_price"])
        plain = [frame.drop(columns=["levels", "quantiles"]), reference.drop(columns=["levels", "quantiles"])]
        scores = score_forecasts(
            pd.concat(plain, ignore_index=True),
            resolved.metrics,
            persistence=_REFERENCE,
            price_units=resolved.target.in_price_units,
            tell=lambda _: None,
        )
        only = str(mine["symbol"].iloc[0]) if mine["symbol"].nunique() == 1 else None
        told = {"run": run, "name": name, "model": model, "refit": bool(refit)}
        for place, values in _pooled_scores(scores, str(model), mine["symbol"].nunique() > 1):
            own = mine if place["symbol"] is None else mine[mine["symbol"] == place["symbol"]]
            inside = own["inside"].dropna().astype(bool)
            yield {
                **told,
                **place,
                **values,
                "symbol": place["symbol"] or only,
                "n": int(own["error" if place["space"] == "target" else "price_error"].notna().sum()),
                "coverage": float(own["coverage"].mean()) if len(inside) else None,
                "inside": float(inside.mean()) if len(inside) else None,
            }


_REFERENCE = "persistence (the reference)"


def _pooled_scores(scores: pd.DataFrame, model: str, several: bool) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield place and figures: pooled over everything where symbols may be pooled, and per symbol of several."""
    whole = scores[scores[["seed", "fold", "step"]].isna().all(axis=1) & (scores["space"] != "scaled")]
    for space in ("target", "price"):
        part = whole[whole["space"] == space]
        for symbol in [None, *(sorted(part["symbol"].dropna().unique()) if several else [])]:
            here = part[part["symbol"].isna() if symbol is None else part["symbol"] == symbol]
            values = here[here["model"] == model].set_index("metric")["value"]
            if len(values):
                reference = here[(here["model"] == _REFERENCE) & (here["metric"] == "rmse")]["value"]
                figures = {name: values.get(name) for name in POOLED}
                yield (
                    {"symbol": symbol, "space": space},
                    {**figures, "persistence_rmse": float(reference.iloc[0]) if len(reference) else None},
                )


def _notes(rows: pd.DataFrame) -> Iterator[str]:
    if "actual_time" not in rows or not len(rows):
        return
    scored = rows[rows["status"] == "scored"]
    moved = scored[scored["actual_time"] != scored["target_time"]]
    if len(moved):
        first = moved.iloc[0]
        yield (
            f"{_were(len(moved))} of {'a bar' if len(moved) == 1 else 'bars'} that came on another date than was "
            f"expected, the first on "
            f"{_day(first['actual_time'])} instead of {_day(first['target_time'])} ({first['dated_by']}). Bars are "
            "counted from the origin, so they are scored all the same."
        )
    changed = rows["revised"].fillna(False).astype(bool)
    rescaled = int((changed & (rows["status"] != "revised")).sum())
    if rescaled:
        yield (
            f"{_were(rescaled)} made from prices that have been rescaled since, as after a split; the promise stands, "
            "returns are compared with the newest bars, and prices are not compared."
        )
    replaced = int((rows["status"] == "revised").sum())
    if replaced:
        yield (
            f"{_were(replaced)} made from a price that is another one now; the promise stands, but what came cannot be "
            "held against it."
        )


def _were(n: int) -> str:
    return "1 forecast was" if n == 1 else f"{n} forecasts were"


def _day(label: Any) -> str:
    return str(label).removesuffix(" 00:00:00")
