"""Checks of sources."""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Iterator
from functools import wraps
from typing import TYPE_CHECKING

import numpy as np

from workbench.audit.leak import Leak, compare_rows, earliest, spread
from workbench.contracts.arrays import Bars
from workbench.contracts.intervals import Interval
from workbench.contracts.source import DataSource, call_source, listed_symbols, location_of
from workbench.data.bars import tidy_bars
from workbench.errors import DataError, PluginError, WorkbenchError
from workbench.testing.again import afresh, agree
from workbench.testing.check import Case, CheckFailure, CheckFunction, checks
from workbench.testing.state import nothing_shared_changes, plugin_unchanged

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "NO-SUCH-SYMBOL-7"
SECONDS = 8.0
"""Time to spend on asking for parts of a series."""
_N_PARTS = 25
_SECRET = re.compile(r"(?:^|_)(?:key|apikey|token|secret|password|passwd|credentials?)$")
_SECRET_IN_PLACE = re.compile(r"(?:key|token|secret|password|passwd)=|//[^/@\s]+:[^/@\s]+@", re.IGNORECASE)


class _CannotBeTried(Exception):
    """The source says in a clear way that it cannot give bars now: no network, no key."""


def _if_it_can_be_tried(check: CheckFunction) -> CheckFunction:
    """Let a check that needs bars pass with a remark where there are none to be had; `can_be_tried` says so."""

    @wraps(check)
    def tried(case: Case) -> str | None:
        try:
            return check(case)
        except _CannotBeTried as err:
            return f"could not be tried: {err}"

    return tried


def _symbol(source: DataSource) -> str:
    """Return the symbol to ask for."""
    try:
        known = listed_symbols(source)
    except PluginError as err:
        raise CheckFailure(str(err)) from err
    except WorkbenchError as err:
        raise _CannotBeTried(str(err)) from err
    chosen = known[0] if known else type(source).example_symbol
    if chosen is None:
        raise CheckFailure(
            f"it lists no symbols, so there is nothing to ask for. Give {type(source).__name__} an "
            f'`example_symbol: ClassVar[str | None] = "..."`, or `symbols()`.'
        )
    return chosen


def _interval(source: DataSource, symbol: str) -> Interval:
    return Interval.parse((source.intervals(symbol) or ["1d"])[0])


def _fetch(source: DataSource, start: str | None = None, end: str | None = None) -> pd.DataFrame:
    """Ask for the example's bars; what cannot be had in a clear way is no failure."""
    symbol = _symbol(source)
    try:
        return call_source(source, symbol, start, end, str(_interval(source, symbol)))
    except PluginError as err:
        raise CheckFailure(str(err)) from err
    except WorkbenchError as err:
        raise _CannotBeTried(str(err)) from err


def _tidy(source: DataSource, start: str | None = None, end: str | None = None) -> Bars:
    """Ask for the example's bars, as the workbench would have them, cut to what was asked for."""
    symbol = _symbol(source)
    bars, _ = tidy_bars(_fetch(source, start, end), symbol, _interval(source, symbol))
    return bars.loc[start:end]  # both inclusive, as dates


def can_be_tried(case: Case) -> str | None:
    """It gives bars of its first symbol, or of `example_symbol` where it cannot list any.

    A remote source that says in a clear way why it cannot now, for want of a network or a key, passes with a remark.
    """
    try:
        _fetch(case.fresh())
    except _CannotBeTried as err:
        if type(case.plugin).is_remote:
            return f"could not be tried: {err}"
        raise CheckFailure(f"nothing could be tried: {err}") from err
    return None


@_if_it_can_be_tried
def bars_are_tidy(case: Case) -> str | None:
    """It gives bars that the workbench accepts as they are: oldest first, each time once, numbers in the columns."""
    source = case.fresh()
    raw = _fetch(source)
    backwards = raw.iloc[::-1].copy(deep=False)
    backwards.attrs = {}  # turned round here, which a strict source would not allow
    try:
        tidy, repairs = tidy_bars(raw, _symbol(source), _interval(source, _symbol(source)))
        turned, _ = tidy_bars(backwards, _symbol(source), _interval(source, _symbol(source)))
    except DataError as err:
        raise CheckFailure(f"what it gives is no bars: {err}") from err
    assert turned.equals(tidy)
    closes = [name for name in raw.columns if str(name).strip().lower() in ("close", "price")]
    if len(raw) == len(tidy) and closes:
        given, sorted_ = raw[closes[-1]].to_numpy(dtype=np.float64), tidy["close"].to_numpy()
        if not np.array_equal(given, sorted_, equal_nan=True):
            raise CheckFailure("its bars are not oldest first. Sort them by time.")
    return repairs[0].detail if repairs else None


@_if_it_can_be_tried
def range_is_honoured(case: Case) -> None:
    """`start` and `end` are inclusive dates: every bar between them is there, and perhaps more."""
    whole = _tidy(case.fresh())
    for start, end in _ranges(whole):
        expected, got = whole.loc[start:end], _tidy(case.fresh(), start, end)
        missing = expected.index.difference(got.index)
        if len(missing):
            raise CheckFailure(
                f"asked for {_asked(start, end)}, it leaves out {len(missing)} bars that it gives when asked for all, "
                f"the first at {missing[0]}. Both dates are inclusive."
            )


def _ranges(whole: Bars) -> list[tuple[str | None, str | None]]:
    days = [str(moment)[:10] for moment in whole.index]
    first, last = days[len(days) // 4], days[-1 - len(days) // 4]
    return [(first, None), (None, last), (first, last)]


def _asked(start: str | None, end: str | None) -> str:
    return f"bars from {start or 'the first'} to {end or 'the last'}"


@_if_it_can_be_tried
def no_look_ahead(case: Case) -> str | None:
    """A bar is the same whatever `start` and `end` were asked for, and whatever was asked before.

    Parts of the series are asked for first, each from a fresh instance, then all of it, then parts again of an instance
    that has seen all, and one in a fresh process. The newest bar is not compared, since it may not be complete yet.
    """
    ranges = _parts(_tidy(case.fresh()))
    started, parts = time.perf_counter(), []
    for number, asked in enumerate(ranges):
        if number >= 4 and time.perf_counter() - started > SECONDS:
            break
        parts.append((asked, _tidy(case.fresh(), *asked), ""))
    source = case.fresh()
    whole = _tidy(source)
    parts += [(asked, _tidy(source, *asked), ", after all of them,") for asked in ranges[:3]]
    fresh = afresh(_tidy_item, (case.fresh(), ranges[0]), type(source))
    if fresh is not None:
        parts.append((ranges[0], fresh, ", in a fresh process,"))
    leak: Leak | None = None
    for asked, part, how in parts:
        leak = earliest(leak, _compare(whole.iloc[:-1], part, f"{_asked(*asked)} were asked for{how}".rstrip(",")))
    if leak is not None:
        raise CheckFailure.of(leak)
    return f"{len(parts)} parts of the series, because it is slow" if len(parts) < len(ranges) + 4 else None


def _parts(whole: Bars) -> list[tuple[str | None, str | None]]:
    rng = np.random.default_rng(4)
    days = [str(moment)[:10] for moment in whole.index]
    rows = rng.integers(len(days) // 3, len(days), size=_N_PARTS)
    ends: list[tuple[str | None, str | None]] = [(None, days[row]) for row in [*rows, len(days) - 2]]
    rng.shuffle(rows)
    return [*_ranges(whole), *ends, *((days[row // 2], days[row]) for row in rows[: _N_PARTS // 2])]


def _tidy_item(item: tuple[DataSource, tuple[str | None, str | None]]) -> Bars | None:
    source, asked = item
    try:
        return _tidy(source, *asked)
    except _CannotBeTried:
        return None


def _compare(whole: Bars, part: Bars, how: str) -> Leak | None:
    there = part.index.intersection(whole.index)
    columns = [c for c in whole.columns if c in part.columns and whole[c].dtype.kind in "fiu"]
    before = whole[columns].to_numpy(np.float64)
    kept = whole.index.get_indexer(there)
    after = part.loc[there, columns].to_numpy(np.float64)
    return compare_rows(before[kept], after, spread(before), columns, there, how, "")


@_if_it_can_be_tried
def same_numbers_again(case: Case) -> None:
    """Asked again, it gives the same bars: another instance too, and one in a fresh process."""
    source = case.fresh()
    first = {"": _numbers(_tidy(source))}
    agree(first, {"": _numbers(_tidy(source))}, "the second time")
    agree(first, {"": _numbers(_tidy(case.fresh()))}, "from another instance")
    again = afresh(_tidy_item, (case.fresh(), (None, None)), type(source))
    if again is not None:
        agree(first, {"": _numbers(again)}, "in a fresh process")


def _numbers(bars: Bars) -> pd.DataFrame:
    return bars.drop(columns="known_at").select_dtypes("number").iloc[:-1]


@_if_it_can_be_tried
def answers_are_copies(case: Case) -> None:
    """What it hands out belongs to whoever asked: changing it does not change the next answer."""
    source = case.fresh()
    first = {"": _numbers(_tidy(source))}
    raw = _fetch(source)
    for column in raw.columns:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw[column] = raw[column].iloc[::-1].to_numpy()
            if raw[column].dtype.kind == "f" and raw[column].to_numpy().flags.writeable:
                raw[column].to_numpy()[:] = -1.0
    agree(first, {"": _numbers(_tidy(source))}, "after its last answer was changed")


@_if_it_can_be_tried
def unknown_symbol_is_refused(case: Case) -> None:
    """A symbol that is not there is refused by a DataError, which names what there is where that can be listed."""
    source = case.fresh()
    known, interval = listed_symbols(source), str(_interval(source, _symbol(source)))
    _fetch(source)  # where no bars can be had at all, there is nothing to learn from a refusal
    text = _refusal(source, UNKNOWN, interval, f"the symbol {UNKNOWN!r}")
    if text is None:
        raise CheckFailure(f"it gives bars of {UNKNOWN!r}, which is no symbol. Raise DataError, naming what there is.")
    if known and not any(symbol in text for symbol in known):
        raise CheckFailure(f"asked for {UNKNOWN!r} it says: {text} Name what there is, such as {', '.join(known[:3])}.")


@_if_it_can_be_tried
def unknown_interval_is_refused(case: Case) -> None:
    """Bars of a length that it does not have are refused by a DataError, or recognised by their times."""
    source = case.fresh()
    symbol = _symbol(source)
    if len(_tidy(source)) < 20:
        return
    has = {str(Interval.parse(text)) for text in source.intervals(symbol)} | {str(_interval(source, symbol))}
    asked = Interval.parse(next(text for text in ("7m", "11h", "3mo") if text not in has))
    try:
        tidy_bars(call_source(source, symbol, None, None, str(asked)), symbol, asked)
    except PluginError as err:
        raise CheckFailure(f"asked for bars of {asked}: {err} Raise DataError, naming the lengths there are.") from err
    except WorkbenchError:
        return
    raise CheckFailure(f"it gives bars of {asked}, though it says to have {', '.join(sorted(has))} only.")


def _refusal(source: DataSource, symbol: str, interval: str, what: str) -> str | None:
    try:
        call_source(source, symbol, None, None, interval)
    except PluginError as err:
        raise CheckFailure(f"asked for {what}: {err} Raise DataError instead, naming what there is.") from err
    except WorkbenchError as err:
        return str(err)
    return None


def secrets_stay_out(case: Case) -> None:
    """No parameter is a key or a password, which would end up in files and reports, and `location` holds none.

    Keys come from the environment.
    """
    for name in type(case.plugin).model_fields:
        if _SECRET.search(name.lower()):
            raise CheckFailure(
                f"its parameter `{name}` looks like a secret, and parameters are written into experiments, the store "
                f"and reports. Read it from the environment."
            )
    place = location_of(case.fresh()) or ""
    if _SECRET_IN_PLACE.search(place) or any(value in place for value in _secrets_in_environment()):
        raise CheckFailure("its `location` holds something like a key or a password, and is kept in the store.")


def _secrets_in_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if _SECRET.search(name.lower()) and len(value) >= 8:
            yield value


@_if_it_can_be_tried
def plugin_is_unchanged(case: Case) -> None:
    """Once it has been used, using it again changes nothing that it holds; what it has read it may keep."""
    source = case.fresh()
    _use(source)
    with plugin_unchanged(source):
        _use(source)


@_if_it_can_be_tried
def shares_nothing(case: Case) -> None:
    """Fetching changes nothing that others see: no class attribute, module variable, random generator or setting."""
    _use(case.fresh())  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        _use(case.fresh())


def _use(source: DataSource) -> None:
    start, end = _ranges(_tidy(source))[-1]
    _tidy(source, start, end)


@_if_it_can_be_tried
def odd_input(case: Case) -> str | None:
    """Dates without bars, or the wrong way round, give no bars or a DataError that says why; never another error."""
    source = case.fresh()
    symbol = _symbol(source)
    interval = str(_interval(source, symbol))
    _fetch(source)
    for start, end in (("2200-01-01", None), (None, "1700-01-02"), ("2020-03-01", "2020-02-01")):
        try:
            call_source(source, symbol, start, end, interval)
        except PluginError as err:
            raise CheckFailure(f"asked for {_asked(start, end)}: {err} Raise DataError instead.") from err
        except WorkbenchError:
            continue
    return None


CHECKS = checks(
    can_be_tried,
    bars_are_tidy,
    range_is_honoured,
    no_look_ahead,
    same_numbers_again,
    answers_are_copies,
    unknown_symbol_is_refused,
    unknown_interval_is_refused,
    secrets_stay_out,
    plugin_is_unchanged,
    shares_nothing,
    odd_input,
)
