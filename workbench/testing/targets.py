"""Checks of targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.audit.features import Columns, audit_feature, audit_feature_afresh
from workbench.audit.fresh import FreshProcessError
from workbench.audit.targets import AsKnown, as_known, origin_rows, persistence_of, prices_of, target_samples
from workbench.contracts.arrays import BoolArray, FloatArray
from workbench.contracts.panel import Panel
from workbench.contracts.windows import Windows
from workbench.errors import PluginError, WorkbenchError
from workbench.evaluation.samples import make_windows
from workbench.testing.again import afresh, agree
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.series import missing_bars, negative_bars, odd_bars, toy_bars, toy_panel
from workbench.testing.state import nothing_shared_changes, plugin_unchanged, unchanged

if TYPE_CHECKING:
    from workbench.contracts.arrays import TimeArray

HORIZONS = (1, 2, 5)
HORIZON = 3
"""Steps ahead that are looked at where one horizon has to do."""
SECONDS = 4.0
"""Time to spend on cuts of one series."""
N_LONG = 5200
_ROUNDING = 1e-9


def shape_and_dtype(case: Case) -> None:
    """`compute` gives (n_bars, horizon) numbers, undefined exactly where bar t + k is not there yet.

    Rows at the start may be undefined too, as where a volatility is estimated first; those after them may not.
    """
    for n_bars, horizon in [(300, h) for h in HORIZONS] + [(2, 5)]:
        y = target_samples(case.fresh(), toy_panel(n_bars), horizon).by_symbol["AAA"].y
        for k in range(1, horizon + 1):
            _defined_where_it_can_be(y[:, k - 1], k, n_bars > horizon)


def _defined_where_it_can_be(y: FloatArray, k: int, lively: bool) -> None:
    known = np.isfinite(y)
    there = max(len(y) - k, 0)
    if known[there:].any():
        row = there + int(known[there:].argmax())
        raise CheckFailure(
            f"step {k} of row {row} is {y[row]:.6g}, but of {len(y)} bars none is {k} after it: it must be NaN, never "
            f"zero or a shorter step.",
            f"step {k}",
            row,
        )
    if lively and not known[:there].any():
        raise CheckFailure(f"step {k} is undefined in every one of {len(y)} lively bars.", f"step {k}", 0)
    first = int(known.argmax())
    if lively and not known[first:there].all():
        row = first + int(known[first:there].argmin())
        raise CheckFailure(
            f"step {k} of row {row} is undefined, though bar {row + k} of {len(y)} is there.", f"step {k}", row
        )


def steps_agree(case: Case) -> None:
    """Step k is the same number whatever the horizon."""
    panel = toy_panel(300)
    longest = max(HORIZONS)
    whole = target_samples(case.fresh(), panel, longest).by_symbol["AAA"].y
    for k in range(1, longest):
        alone = target_samples(case.fresh(), panel, k).by_symbol["AAA"].y[:, k - 1]
        row = _first_difference(whole[:, k - 1], alone)
        if row is not None:
            raise CheckFailure(
                f"step {k} of row {row} is {whole[row, k - 1]:.10g} with horizon {longest}, but {alone[row]:.10g} with "
                f"horizon {k}.",
                f"step {k}",
                row,
            )


def realised_is_lagged(case: Case) -> None:
    """`realised` is the one-step target of the bar before: what had become known at each bar."""
    known = target_samples(case.fresh(), toy_panel(300), 1).by_symbol["AAA"]
    before = known.y[:-1, 0]
    row = _first_difference(np.where(np.isfinite(before), known.realised[1:], before), before)
    if row is not None:
        raise CheckFailure(
            f"`realised` of row {row + 1} is {known.realised[row + 1]:.10g}, but the one-step target of the bar "
            f"before, which ends there, is {before[row]:.10g}.",
            "realised",
            row + 1,
        )


def persistence_is_defined(case: Case) -> None:
    """`persistence` gives (n, horizon) numbers, finite once there is some history."""
    for horizon in HORIZONS:
        windows = _windows(case, horizon)
        known = np.isfinite(persistence_of(case.fresh(), windows)).all(axis=1)
        late = windows.origins >= np.sort(windows.origins)[len(windows) // 2]
        undefined: BoolArray = late & np.logical_not(known)
        if undefined.any():
            raise CheckFailure(
                f"persistence of the origin {_day(windows.origins[undefined][0])} is undefined, of lively bars."
            )


def prices_come_back(case: Case) -> str | None:
    """`to_price` of what happened gives the price that happened; or it is None for every forecast."""
    target = case.fresh()
    known = target_samples(target, toy_panel(300), HORIZON).by_symbol["AAA"]
    prices = prices_of(target, known.y, known.close)
    if prices is None:
        return "its forecasts say nothing of price"
    for k in range(1, HORIZON + 1):
        happened = np.concatenate([known.close[k:], np.full(k, np.nan)])
        row = _first_difference(prices[:, k - 1], np.where(np.isfinite(known.y[:, k - 1]), happened, np.nan))
        if row is not None:
            raise CheckFailure(
                f"`to_price` makes {prices[row, k - 1]:.10g} of step {k} of row {row}, but the close {k} bars later is "
                f"{happened[row]:.10g}. Return None where a forecast says nothing of price.",
                f"step {k}",
                row,
            )
    return None


def prices_rise_with_forecasts(case: Case) -> str | None:
    """A higher forecast never gives a lower price, so that quantiles stay in order."""
    target = case.fresh()
    known = target_samples(target, toy_panel(300), 1).by_symbol["AAA"]
    seen = known.y[np.isfinite(known.y)]
    ladder = np.linspace(seen.min(), seen.max(), 41)
    prices = [prices_of(target, np.full((20, 1), level), known.close[:20]) for level in ladder]
    if prices[0] is None:
        return "its forecasts say nothing of price"
    stacked = np.array(prices)[:, :, 0]  # (levels, rows)
    falls = np.diff(stacked, axis=0) < -_ROUNDING * np.abs(stacked[1:])
    if falls.any():
        level, row = (int(i[0]) for i in np.nonzero(falls))
        raise CheckFailure(
            f"a forecast of {ladder[level]:.6g} gives the price {stacked[level, row]:.6g}, and the higher "
            f"{ladder[level + 1]:.6g} the lower price {stacked[level + 1, row]:.6g}: quantiles would cross."
        )
    return None


def rows_stand_alone(case: Case) -> None:
    """`to_price` and `persistence` treat each row by itself: alone, in a part, or the other way round."""
    target, windows = case.fresh(), _windows(case, HORIZON)
    forecast = persistence_of(target, windows) + np.random.default_rng(2).normal(0, 0.01, (len(windows), HORIZON))
    prices = prices_of(target, forecast, windows.last_price)
    whole = persistence_of(target, windows)
    for what, index in _parts(len(windows)):
        part = windows.subset(index)
        _same_rows("persistence", persistence_of(case.fresh(), part), whole[index], index, what)
        if prices is not None:
            alone = prices_of(case.fresh(), forecast[index], part.last_price)
            if alone is None:
                raise CheckFailure(f"`to_price` gives None for {what}, but prices for all rows.")
            _same_rows("to_price", alone, prices[index], index, what)


def _parts(n: int) -> Iterator[tuple[str, Any]]:
    yield "one row by itself", np.array([n // 2])
    yield "every third row", np.arange(0, n, 3)
    yield "the rows in reverse", np.arange(n)[::-1]


def _same_rows(method: str, alone: FloatArray, whole: FloatArray, index: Any, what: str) -> None:
    for k in range(alone.shape[1]):
        row = _first_difference(alone[:, k], whole[:, k])
        if row is not None:
            raise CheckFailure(
                f"`{method}` gives {alone[row, k]:.10g} for row {index[row]} when asked for {what}, but "
                f"{whole[row, k]:.10g} when asked for all of them: rows must not depend on each other.",
                f"{method} step {k + 1}",
                int(index[row]),
            )


def no_look_ahead(case: Case) -> str | None:
    """Step k depends on bars up to t + k, all else on bars up to t: cutting or changing what follows moves nothing.

    The bars are cut at every moment, and changed after some; each time a fresh instance computes, and some in
    processes of their own. `to_price` and `persistence` are asked for blocks that end at the cut. Rows are those at
    which a number is known: step 2 of row 7 is reported in row 9.
    """
    remarks = []
    for what, panel, moments, needed in _series_to_cut():
        try:
            found = audit_feature(lambda: _arranged(case), panel, moments, seconds=SECONDS)
        except WorkbenchError as err:
            if needed:
                raise CheckFailure(f"it cannot be checked on {what}: {err}") from err
            continue
        if found.leak is not None:
            raise CheckFailure.of(found.leak)
        if needed and found.n_cuts < found.n_refused:
            raise CheckFailure(f"it cannot be checked: on {what} it mostly failed, last with: {found.refusal}")
        if found.n_cuts + found.n_refused < len(moments):
            remarks.append(f"{what}: {found.n_cuts} of {len(moments)} moments, at random, because it is slow")
    _check_afresh(case)
    return "; ".join(remarks) or None


def _arranged(case: Case) -> AsKnown:
    return AsKnown(target=case.fresh(), horizon=HORIZON)


def _check_afresh(case: Case) -> None:
    panel = toy_panel(700, seed=4)
    try:
        leak = audit_feature_afresh(_arranged(case), panel, _drawn(panel.times, 12), [type(case.plugin)])
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    if leak is not None:
        raise CheckFailure.of(leak)


def _series_to_cut() -> list[tuple[str, Panel, TimeArray, bool]]:
    """Name, panel, moments to cut at, and whether a target has to take it."""
    daily = toy_panel(260, ("AAA", "BBB"))
    hourly = toy_panel(110, interval="1h")
    long = toy_panel(N_LONG, seed=2)
    gappy = Panel({"AAA": missing_bars(toy_bars(130, 3))})
    sunk = Panel({"AAA": negative_bars(toy_bars(160, 6))})
    return [
        ("daily bars", daily, daily.times, True),
        ("hourly bars", hourly, hourly.times, False),
        ("bars with gaps", gappy, gappy.times, False),
        ("prices that cross zero", sunk, sunk.times[::2], False),
        ("many bars", long, _drawn(long.times, 16), False),
    ]


def _drawn(times: TimeArray, n: int) -> TimeArray:
    drawn: TimeArray = np.sort(np.random.default_rng(8).choice(times[20:-1], size=n, replace=False))
    return drawn


def input_is_unchanged(case: Case) -> None:
    """It leaves bars, windows and forecasts that it is given as they are."""
    bars, windows = toy_bars(300), _windows(case, HORIZON)
    forecast = np.random.default_rng(2).normal(0, 0.01, (len(windows), HORIZON))
    target = case.fresh()
    with unchanged("the bars", bars):
        target.compute(bars, HORIZON)
        target.realised(bars)
    with unchanged("the windows", *_arrays(windows)):
        target.persistence(windows)
    with unchanged("the forecasts", forecast, windows.last_price):
        target.to_price(forecast, windows.last_price)


def _arrays(windows: Windows) -> list[Any]:
    return [windows.values, windows.ends, windows.last_price, windows.origins, dict(windows.realised)]


def plugin_is_unchanged(case: Case) -> None:
    """Computing changes nothing that the plugin holds; frozen fields still leave room for private state."""
    target = case.fresh()
    with plugin_unchanged(target):
        as_known(target, toy_panel(300), HORIZON)
        as_known(target, toy_panel(200, seed=2), 1)


def shares_nothing(case: Case) -> None:
    """Computing changes nothing that others see: no class attribute, module variable, random generator or setting."""
    as_known(case.fresh(), toy_panel(300), HORIZON)  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        as_known(case.fresh(), toy_panel(300, seed=2), HORIZON)
        as_known(case.fresh(), toy_panel(200, seed=3), 1)


def same_numbers_again(case: Case) -> None:
    """The same bars give the same numbers: again, from another instance, and in a fresh process."""
    panel = toy_panel(300, ("AAA", "BBB"))
    first = as_known(case.fresh(), panel, HORIZON)
    agree(first, as_known(case.fresh(), panel, HORIZON), "the second time")
    target = case.fresh()
    as_known(target, toy_panel(250, seed=9), HORIZON)
    agree(first, as_known(target, panel, HORIZON), "after other bars")
    agree(first, afresh(_as_known_item, (case.fresh(), panel), type(target)), "in a fresh process")


def _as_known_item(item: tuple[Any, Panel]) -> Columns:
    return as_known(*item, HORIZON)


def odd_input(case: Case) -> str | None:
    """Constant, tiny, gappy, NaN-ridden, huge or negative bars give numbers or NaN, or a DataError that says why."""
    refused = []
    for what, bars in odd_bars().items():
        try:
            as_known(case.fresh(), Panel({"AAA": bars}), HORIZON)
        except PluginError as err:
            raise CheckFailure(
                f"given {what} ({len(bars)} bars): {err} Return NaN where the target is undefined, or raise DataError."
            ) from err
        except WorkbenchError:
            refused.append(what)
    return f"it refuses {', '.join(refused)}" if refused else None


def _windows(case: Case, horizon: int) -> Windows:
    samples = target_samples(case.fresh(), toy_panel(300, ("AAA", "BBB")), horizon)
    return make_windows(samples, origin_rows(samples), with_targets=False)


def _first_difference(one: FloatArray, other: FloatArray) -> int | None:
    """Return the first row at which two columns differ by more than rounding; NaN equals NaN."""
    with np.errstate(invalid="ignore"):
        near: BoolArray = np.abs(one - other) <= _ROUNDING * (np.abs(one) + np.abs(other) + 1e-3)
    same = near | (np.isnan(one) & np.isnan(other))
    return None if same.all() else int(np.logical_not(same).argmax())


def _day(moment: np.datetime64) -> str:
    return str(moment)[:10]


CHECKS = checks(
    shape_and_dtype,
    steps_agree,
    realised_is_lagged,
    persistence_is_defined,
    prices_come_back,
    prices_rise_with_forecasts,
    rows_stand_alone,
    no_look_ahead,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
    odd_input,
)
