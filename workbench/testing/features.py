"""Checks of features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.audit.features import Columns, audit_feature, audit_feature_afresh
from workbench.audit.fresh import FreshProcessError
from workbench.contracts.calling import calling
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.panel import Panel
from workbench.errors import PluginError, WorkbenchError
from workbench.evaluation.samples import compute_feature
from workbench.testing.again import afresh, agree
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.filled import n_filled
from workbench.testing.series import (
    STANDARD_COLUMNS,
    halted_bars,
    missing_bars,
    negative_bars,
    odd_bars,
    toy_bars,
    toy_panel,
)
from workbench.testing.state import nothing_shared_changes, plugin_unchanged, unchanged

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import TimeArray

N_LONG = 5200
"""Bars of the longest series, so that code which behaves well on short ones is seen to misbehave."""
N_FRESH = 12
"""Moments that are looked at in a process of their own."""


def _columns_read(plugin: Feature | PanelFeature) -> frozenset[str]:
    return frozenset(plugin.inputs) - STANDARD_COLUMNS


def _panel(plugin: Any, n_bars: int, *, interval: str = "1d", seed: int = 1) -> Panel:
    symbols = ("AAA", "BBB", "CCC") if isinstance(plugin, PanelFeature) else ("AAA",)
    return toy_panel(n_bars, symbols, seed, interval=interval, columns=_columns_read(plugin))


def _compute(plugin: Any, panel: Panel) -> Columns:
    try:
        return compute_feature(plugin.label, plugin, panel)
    except WorkbenchError as err:
        raise CheckFailure(str(err)) from err


def index_and_dtype(case: Case) -> None:
    """It returns numbers on the index of the bars: a Series or DataFrame, finite or NaN, the same columns each time."""
    columns = [_names(_compute(case.fresh(), _panel(case.plugin, n))) for n in (300, 420)]
    if columns[0] != columns[1]:
        raise CheckFailure(f"its columns depend on the bars: {columns[0]} for 300 of them, {columns[1]} for 420.")


def _names(answer: Columns) -> list[str]:
    return [str(column) for column in next(iter(answer.values())).columns]


def input_is_unchanged(case: Case) -> None:
    """It leaves the bars that it is given as they are."""
    panel = _panel(case.plugin, 300).copy()
    plugin = case.fresh()
    given = panel if isinstance(plugin, PanelFeature) else panel["AAA"]
    frames = [panel[symbol] for symbol in panel]
    with unchanged("the bars", *frames), calling(plugin, "compute"):
        plugin.compute(given)


def plugin_is_unchanged(case: Case) -> None:
    """Computing changes nothing that the plugin holds; frozen fields still leave room for private state."""
    plugin = case.fresh()
    with plugin_unchanged(plugin):
        _compute(plugin, _panel(plugin, 300))
        _compute(plugin, _panel(plugin, 200, seed=2))


def shares_nothing(case: Case) -> None:
    """Computing changes nothing that others see: no class attribute, module variable, random generator or setting."""
    _compute(case.fresh(), _panel(case.plugin, 120))  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        _compute(case.fresh(), _panel(case.plugin, 300, seed=2))
        _compute(case.fresh(), _panel(case.plugin, 200, seed=3))


def same_numbers_again(case: Case) -> None:
    """The same bars give the same numbers: again, from another instance, and in a fresh process."""
    panel = _panel(case.plugin, 300)
    first = _compute(case.fresh(), panel)
    agree(first, _compute(case.fresh(), panel), "the second time")
    plugin = case.fresh()
    _compute(plugin, _panel(plugin, 250, seed=9))
    agree(first, _compute(plugin, panel), "after other bars")
    agree(first, afresh(_compute_item, (case.fresh(), panel), type(plugin)), "in a fresh process")


def _compute_item(item: tuple[Any, Panel]) -> Columns:
    return compute_feature("feature", *item)


def warmup_is_exact(case: Case) -> None:
    """`warmup` says exactly how many rows at the start are undefined (NaN, never zero or another filling)."""
    plugin = case.fresh()
    stated = plugin.warmup
    if not isinstance(stated, int) or stated < 0:
        raise CheckFailure(f"`warmup` is {stated!r}; expected a whole number of rows, at least 0.")
    refuse_filled_rows(plugin, stated)
    for first, frame in _first_defined(plugin, max(600, stated + 200)).values():
        if first < stated:
            raise CheckFailure(
                f"`warmup` is {stated}, but row {first} has a value in every column already (rows count from 0). If "
                f"the first rows are filled (`fillna`, `min_periods=1`), leave them NaN; if they are true values, "
                f"declare `warmup` {first}.",
                str(frame.columns[0]),
                first,
            )
        if first > stated:
            raise CheckFailure(
                f"`warmup` is {stated}, but the first row in which every column is defined is {first} (rows count "
                f"from 0). Declare `warmup` {first}.",
                _undefined_longest(frame, first),
                first,
            )


def refuse_filled_rows(plugin: Any, stated: int) -> None:
    """Fail where rows behind the warm-up hold one constant for a while, whatever the bars are and wherever they begin.

    The bars begin on several days and come from several walks: what only follows the calendar ends elsewhere then.
    """
    panels = [_panel(plugin, max(600, stated + 200), seed=seed) for seed in (1, 2, 3)]
    panels.append(Panel({s: panels[0][s].iloc[37:] for s in panels[0]}, panels[0].interval))
    answers = [_compute(plugin, panel) for panel in panels]
    for symbol, frame in answers[0].items():
        for i, column in enumerate(frame.columns):
            rows = [answer[symbol].iloc[stated:, i].to_numpy(dtype=np.float64) for answer in answers]
            n = n_filled(rows)
            if n:
                raise CheckFailure(
                    f"`{column}` is {rows[0][0]:g} in rows {stated} to {stated + n - 1} (rows count from 0) whatever "
                    f"the bars are, and hardly ever afterwards: these rows look filled (`fillna`). Leave undefined "
                    f"rows NaN, and declare `warmup` {stated + n}.",
                    str(column),
                    stated,
                )


def _first_defined(plugin: Any, n_bars: int) -> dict[str, tuple[int, pd.DataFrame]]:
    """Return the first defined row of each symbol, and its columns.

    It is the earliest over several series: a division by zero may leave further rows of one undefined.
    """
    found: dict[str, tuple[int, pd.DataFrame]] = {}
    for seed in (1, 2, 3):
        for symbol, frame in _compute(plugin, _panel(plugin, n_bars, seed=seed)).items():
            known = np.isfinite(frame.to_numpy()).all(axis=1)
            if not known.any():
                raise CheckFailure(f"no row of {symbol} is ever defined, among {len(known)} lively bars.")
            first = int(known.argmax())
            if symbol not in found or first < found[symbol][0]:
                found[symbol] = first, frame
    return found


def _undefined_longest(frame: Any, first: int) -> str:
    before = frame.iloc[max(first - 1, 0)]
    undefined = [str(c) for c in frame.columns if not np.isfinite(before[c])]
    return (undefined or [str(frame.columns[0])])[0]


def reads_declared_inputs(case: Case) -> str | None:
    """It reads no other columns than `inputs` says."""
    plugin = case.fresh()
    declared = {str(c) for c in plugin.inputs}
    panel = _panel(plugin, 300)
    first = _compute(plugin, panel)
    rng = np.random.default_rng(3)
    others = {str(c) for s in panel for c in panel[s].columns} - declared - {"known_at"}
    if not others:
        return None
    noisy = Panel(
        {s: panel[s].assign(**{c: rng.uniform(1.0, 9.0, len(panel[s])) for c in others}) for s in panel}, panel.interval
    )
    again = _compute(case.fresh(), noisy)
    for symbol, frame in first.items():
        if not frame.equals(again[symbol]):
            raise CheckFailure(
                f"it reads more than its `inputs` ({', '.join(sorted(declared))}): the answer changed when "
                f"{', '.join(sorted(others))} did. Add what it reads to `inputs`."
            )
    return None


def odd_input(case: Case) -> str | None:
    """Constant, tiny, gappy, NaN-ridden, huge or negative bars give numbers or NaN, or a DataError that says why."""
    refused = []
    for what, bars in odd_bars(_columns_read(case.plugin)).items():
        try:
            compute_feature(case.plugin.label, case.fresh(), Panel({"AAA": bars}))
        except PluginError as err:
            raise CheckFailure(
                f"given {what} ({len(bars)} bars): {err} Return NaN where the feature is undefined, or raise DataError."
            ) from err
        except WorkbenchError:
            refused.append(what)
    return f"it refuses {', '.join(refused)}" if refused else None


def no_look_ahead(case: Case) -> str | None:
    """A row depends on bars known at that row alone: cutting, raising, lowering and shaking what follows moves nothing.

    The bars are cut at every moment of daily, hourly and gappy series, and at random moments of a series of
    thousands; each time a fresh instance computes, shortest series first. Some cuts are computed in processes of
    their own, where nothing is remembered. Values are compared to nine digits, and NaN to NaN.
    """
    remarks = []
    for what, panel, moments, needed in _series_to_cut(case.plugin):
        try:
            found = audit_feature(case.fresh, panel, moments)
        except WorkbenchError as err:
            if needed:
                raise CheckFailure(f"it cannot be checked on {what}: {err}") from err
            continue
        if found.leak is not None:
            raise CheckFailure.of(found.leak)
        if needed and found.n_cuts < found.n_refused:
            raise CheckFailure(
                f"it cannot be checked: on {what} it failed at {found.n_refused} of "
                f"{found.n_refused + found.n_cuts} cuts, the last time with: {found.refusal}"
            )
        if found.n_cuts + found.n_refused < len(moments):
            remarks.append(f"{what}: {found.n_cuts} of {len(moments)} moments, at random, because it is slow")
    _check_afresh(case)
    return "; ".join(remarks) or None


def _check_afresh(case: Case) -> None:
    panel = _panel(case.plugin, 700, seed=4)
    try:
        leak = audit_feature_afresh(case.fresh(), panel, _drawn(panel.times, N_FRESH))
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    if leak is not None:
        raise CheckFailure.of(leak)


def _series_to_cut(plugin: Any) -> list[tuple[str, Panel, TimeArray, bool]]:
    """Name, panel, moments to cut at, and whether a feature has to take it."""
    extra = _columns_read(plugin)
    fewer = 3 if isinstance(plugin, PanelFeature) else 1  # bars, for a panel of three has three times the moments
    daily = _panel(plugin, 520 // fewer)
    hourly = _panel(plugin, 330 // fewer, interval="1h")
    hourly = Panel({s: halted_bars(hourly[s]) for s in hourly}, hourly.interval)
    long = _panel(plugin, N_LONG, seed=2)
    gappy = _panel(plugin, 220 // fewer, seed=3)
    gappy = Panel({s: missing_bars(gappy[s]) for s in gappy}, gappy.interval)
    sunk = Panel({"AAA": negative_bars(toy_bars(160, 6, columns=extra))})
    few = daily.until(daily.times[100])  # most leaks show here, sooner
    return [
        ("a few bars", few, few.times, False),
        ("daily bars", daily, daily.times, True),
        ("hourly bars", hourly, hourly.times, False),
        ("bars with gaps", gappy, gappy.times, False),
        ("prices that cross zero", sunk, sunk.times[::2], False),
        ("many bars", long, _drawn(long.times, 30), False),
    ]


def _drawn(times: TimeArray, n: int) -> TimeArray:
    drawn: TimeArray = np.sort(np.random.default_rng(8).choice(times[20:-1], size=n, replace=False))
    return drawn


CHECKS = checks(
    index_and_dtype,
    warmup_is_exact,
    no_look_ahead,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
    reads_declared_inputs,
    odd_input,
)
