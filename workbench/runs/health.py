"""The health of series: of whatever somebody points at, and of the bars that a run saw."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, cast, get_args

import pandas as pd

from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import PRICE_COLUMNS, Panel
from workbench.contracts.repair import Repair
from workbench.contracts.source import DataSource, call_source
from workbench.data._policies import MissingPolicy
from workbench.data.actions import AdjustPolicy
from workbench.data.bars import apply_adjust, tidy_bars
from workbench.data.calendars import Calendar, calendar
from workbench.data.finding import find_calendar
from workbench.data.health import DataHealth, SeriesHealth, Treatment, check_bars, refused_series
from workbench.data.health.sessions import ExpectedDays, expected_days, find_by_weekdays
from workbench.errors import DataError, ExperimentError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.quick import quick_experiment
from workbench.registry.registry import Registry
from workbench.runs.contexts import LaidOut
from workbench.runs.datasets import FetchedSeries, make_panel

_SAID_ELSEWHERE = frozenset({"missing_rows", "partial_rows", "future", "unfinished"})
"""Kinds that the notes of a run tell in their own words."""
_MISSING: tuple[str, ...] = get_args(MissingPolicy)
_ADJUST: tuple[str, ...] = get_args(AdjustPolicy)
_OF_HOURS = frozenset({"out_of_hours", "bar_end_stamps", "short_sessions"})
"""Kinds that say something of how a source stamped its bars."""
_FEW = 3
"""Symbols with one kind of problem that are named in a note each; more share one."""


@dataclass(frozen=True)
class Wanted:
    """How series are to be checked.

    Parameters
    ----------
    missing, adjust : str
        What a run would be told to do; the bars are checked as it would see them.
    calendar : Calendar or None
        None finds it from the bars.
    """

    missing: MissingPolicy = "error"
    adjust: AdjustPolicy = "none"
    calendar: Calendar | None = None

    @classmethod
    def named(cls, missing: str, adjust: str, calendar_name: str | None) -> Self:
        """Check what somebody typed.

        Raises
        ------
        ExperimentError
            `missing` or `adjust` is none of the choices.
        DataError
            There is no such calendar.
        """
        for name, value, choices in (("missing", missing, _MISSING), ("adjust", adjust, _ADJUST)):
            if value not in choices:
                raise ExperimentError(
                    f"`{name}` is {value!r}; expected {', '.join(choices)}.{did_you_mean(value, choices)}"
                )
        found = None if calendar_name is None else calendar(calendar_name)
        return cls(cast("MissingPolicy", missing), cast("AdjustPolicy", adjust), found)

    def of(self, asked: Experiment) -> Experiment:
        """Return an experiment that does to its bars what is wanted."""
        return asked.replace(missing=self.missing, adjust=self.adjust)


def refuse_unknown(data: str, known: Collection[str]) -> None:
    """Refuse a bare word that names no series of the store: it can be neither a file nor `source:symbol`.

    Raises
    ------
    DataError
        It is such a word.
    """
    if ":" not in data and not Path(data).suffix and Path(data).name == data:
        raise DataError(
            f"{data!r} is no file, no series of the store, and not of the form 'source:symbol' such as 'sample:GOOG'."
            f"{did_you_mean(data, known)}"
        )


def quick_to_check(
    data: str | Path | pd.DataFrame, registry: Registry, source: Mapping[str, Any], interval: str | None
) -> Experiment:
    """Make an experiment for some data, even where its interval cannot be read off: what is wrong is to be found out.

    Raises
    ------
    DataError
        Nothing can be read at all.
    """
    fields: dict[str, Any] = {"source": source} if source else {}
    if interval is not None:
        return quick_experiment(data, registry, interval=interval, **fields)
    try:
        return quick_experiment(data, registry, **fields)
    except DataError as err:
        try:
            return quick_experiment(data, registry, interval="1d", **fields)
        except DataError:
            raise err from None


@dataclass
class _Days:
    """Days expected, found once for all series that begin, end and count alike.

    Parameters
    ----------
    find : callable
        How the calendar is found that nobody stated.
    """

    find: Callable[[pd.DatetimeIndex, Interval], Calendar | None] = find_by_weekdays
    _known: dict[Any, ExpectedDays] = field(default_factory=dict)

    def of(self, bars: Bars, interval: Interval, stated: Calendar | None) -> ExpectedDays:
        labels = pd.DatetimeIndex(bars.index[bars["close"].notna().to_numpy()])
        key = (stated, len(labels), *labels[[0, -1]]) if len(labels) else None
        if key not in self._known:
            self._known[key] = expected_days(labels, interval, stated, self.find)
        return self._known[key]


def check_source(source: DataSource, asked: Experiment, wanted: Wanted) -> DataHealth:
    """Check every symbol of an experiment as its source has them.

    Raises
    ------
    DataError
        Not one of the symbols can be read, or they cannot be adjusted as `wanted`.
    """
    days = _Days(find_calendar)
    asked = wanted.of(asked)
    interval = Interval.parse(asked.interval)
    sheets: list[SeriesHealth] = []
    unreadable: list[DataError] = []
    for symbol in asked.symbols:
        raw = None
        try:
            raw = call_source(source, symbol, asked.start, asked.end, asked.interval)
            bars, repairs = tidy_bars(raw, symbol, interval)
        except DataError as err:
            refused = refused_series(raw, symbol, interval, err)
            unreadable += [err] if refused.problems[0].kind == "unreadable" else []
            sheets.append(refused)
            continue
        seen, treatment = _as_a_run_sees(bars, symbol, asked)
        expected = days.of(seen, interval, wanted.calendar)
        stamps = str(getattr(source, "stamps", "start"))
        sheets.append(
            check_bars(
                seen,
                symbol,
                interval,
                repairs=repairs,
                calendar=expected,
                raw=raw,
                stamps=stamps,
                treatment=treatment,
            )
        )
    if len(unreadable) == len(sheets):
        raise unreadable[0]
    return DataHealth(tuple(sheets))


def check_stored(bars: Bars, symbol: str, interval: str, wanted: Wanted, repairs: Sequence[Repair] = ()) -> DataHealth:
    """Check a series of the store, of which `repairs` were told when it came there."""
    asked = wanted.of(Experiment(source="frame", symbols=symbol, interval=interval))
    seen, treatment = _as_a_run_sees(bars, symbol, asked)
    expected = _Days(find_calendar).of(seen, Interval.parse(interval), wanted.calendar)
    sheet = check_bars(seen, symbol, interval, repairs=repairs, calendar=expected, treatment=treatment)
    return DataHealth((sheet,))


def _as_a_run_sees(bars: Bars, symbol: str, asked: Experiment) -> tuple[Bars, Treatment]:
    """Treat bars as a run does, but for prices that are missing where it would refuse: these are to be reported."""
    n_missing = {symbol: 0}
    if asked.missing == "error" and bars[list(PRICE_COLUMNS)].isna().to_numpy().any():
        seen = apply_adjust(bars, asked.adjust)
    else:
        panel, n_missing = make_panel({symbol: bars}, asked)
        seen = panel[symbol]
    n_adjusted = _n_changed(bars, seen) if asked.adjust != "none" else 0
    return seen, Treatment(asked.missing, n_missing[symbol], asked.adjust, n_adjusted)


def _n_changed(before: Bars, after: Bars) -> int:
    old, new = before["close"].reindex(after.index), after["close"]
    return int((old.notna() & ((old - new).abs() > 1e-9 * new.abs())).sum())


def check_run(
    asked: Experiment,
    panel: Panel,
    fetched: Sequence[FetchedSeries],
    n_missing: Mapping[str, int],
    beside: Sequence[LaidOut] = (),
) -> tuple[SeriesHealth, ...]:
    """Make the health sheets of the bars that a run sees, those of other series behind those that are forecast.

    Parameters
    ----------
    asked : Experiment
    panel : Panel
        The bars, filled and adjusted.
    fetched : sequence of FetchedSeries
        The bars as the source gave them.
    n_missing : mapping of str to int
        Bars that `missing` left out or filled, per symbol.
    beside : sequence of LaidOut
        The other series of the run.
    """
    days = _Days()
    interval = Interval.parse(panel.interval)
    is_joined = panel.interval != asked.interval
    sheets = []
    for item in fetched:
        if item.context is not None:
            continue
        bars = panel[item.symbol]
        n_adjusted = 0 if asked.adjust == "none" else None if is_joined else _n_changed(item.bars, bars)
        treatment = Treatment(asked.missing, n_missing.get(item.symbol, 0), asked.adjust, n_adjusted)
        expected = days.of(bars, interval, asked.calendar_of(item.symbol))
        sheet = check_bars(bars, item.symbol, interval, repairs=item.repairs, calendar=expected, treatment=treatment)
        sheets.append(_without_hours(sheet) if is_joined else sheet)
    return (*sheets, *_check_contexts(fetched, beside))


def _check_contexts(fetched: Sequence[FetchedSeries], beside: Sequence[LaidOut]) -> list[SeriesHealth]:
    days = _Days()
    given = {item.context: item for item in fetched if item.context is not None}
    sheets = []
    for context in beside:
        name, asked = context.loaded.name, context.loaded.asked
        bars, interval = context.panel[name], Interval.parse(context.panel.interval)
        n_adjusted = 0 if asked.adjust == "none" else _n_changed(given[name].bars, bars)
        treatment = Treatment(asked.missing, context.n_missing, asked.adjust, n_adjusted)
        expected = days.of(bars, interval, asked.market)
        told = given[name].repairs
        sheets.append(
            check_bars(bars, f"context {name}", interval, repairs=told, calendar=expected, treatment=treatment)
        )
    return sheets


def _without_hours(sheet: SeriesHealth) -> SeriesHealth:
    """Leave out what is said of hours: bars that were joined are not stamped as their source stamped its bars."""
    return replace(sheet, problems=tuple(p for p in sheet.problems if p.kind not in _OF_HOURS))


def health_notes(sheets: Sequence[SeriesHealth]) -> list[str]:
    """Return errors and warnings as notes of a run; where many symbols share a kind, once for all."""
    notes = []
    found = [(sheet, item) for sheet in sheets for item in sheet.problems if item.severity != "info"]
    for kind in dict.fromkeys(item.kind for _, item in found if item.kind not in _SAID_ELSEWHERE):
        of_kind = [(sheet, item) for sheet, item in found if item.kind == kind]
        sheet, first = of_kind[0]
        if len(of_kind) <= _FEW:
            notes += [f"{sheet.symbol}: {_lower(item.detail)} {item.advice}" for sheet, item in of_kind]
            continue
        names = ", ".join(sheet.symbol for sheet, _ in of_kind[:_FEW])
        notes.append(
            f"{names} and {len(of_kind) - _FEW} more: {_lower(first.detail)} (this is {sheet.symbol}; the report's "
            f"section on the data has the others.) {first.advice}"
        )
    return notes


def _lower(sentence: str) -> str:
    """Return a sentence as it goes on behind a colon; names in capitals stay."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
