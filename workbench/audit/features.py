"""Whether features see the future: the bars are cut, and changed, after every moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.audit.fresh import call_fresh
from workbench.audit.futures import FUTURES, changed_panel
from workbench.audit.leak import Leak, compare_rows, earliest, spread
from workbench.contracts.arrays import FloatArray, TimeArray
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.panel import Panel
from workbench.errors import WorkbenchError
from workbench.evaluation.samples import compute_feature

if TYPE_CHECKING:
    import pandas as pd

AnyFeature = Feature | PanelFeature
Columns = dict[str, "pd.DataFrame"]

SLOW_SECONDS = 0.1
"""A feature that takes longer is looked at less often."""
FEWEST_CUTS = 15
FEWEST_CHANGED = 3
N_CHANGED = 9
"""Moments after which the bars are changed; each in every way of `FUTURES`."""


@dataclass(frozen=True)
class FeatureAudit:
    """What comparing a feature with itself found.

    Parameters
    ----------
    leak : Leak or None
        The earliest row that depends on what came later.
    n_cuts : int
        Moments at which the bars were cut, and the feature gave an answer.
    n_refused : int
        Moments at which it raised instead.
    refusal : str
        What it raised last.
    """

    leak: Leak | None
    n_cuts: int
    n_refused: int
    refusal: str = ""


def audit_feature(
    make: Callable[[], AnyFeature], panel: Panel, moments: TimeArray, *, seconds: float = 10.0
) -> FeatureAudit:
    """Compute a feature on the bars known at each moment, then on all of them, and compare.

    Short panels come first, so that a feature that remembers what it saw has not seen the future yet. Then the
    future is changed after some of the moments instead of cut, and one instance is asked again and again.

    Parameters
    ----------
    make : callable
        Gives a fresh feature for each computation.
    panel : Panel
    moments : ndarray of datetime64
        Increasing, UTC.
    seconds : float
        Time to spend on cuts; a slow feature is cut at random moments instead of all.
    """
    each = _seconds_each(make, panel)
    chosen = _affordable(moments, seconds / each)
    known: list[tuple[np.datetime64, Columns]] = []
    refusal, n_refused = "", 0
    for moment in chosen:
        answer = attempt(make(), panel.until(moment))
        if isinstance(answer, str):
            refusal, n_refused = answer, n_refused + 1
        else:
            known.append((moment, answer))
    whole = _compute((make(), panel))
    leak: Leak | None = None
    for moment, answer in known:
        leak = earliest(leak, _compare(whole, answer, panel, moment, f"bars known after {_day(moment)} were left out"))
    some = _some(chosen, FEWEST_CHANGED if each > SLOW_SECONDS else N_CHANGED)
    leak = earliest(leak, _changed_futures(make, panel, some, whole))
    leak = earliest(leak, _same_instance(make(), panel, some, whole))
    return FeatureAudit(leak, len(known), n_refused, refusal)


def audit_feature_afresh(
    feature: AnyFeature, panel: Panel, moments: TimeArray, classes: Iterable[type] = ()
) -> Leak | None:
    """Compare a feature on all bars with itself on the bars known at some moments, each in a fresh process.

    `classes` are those that the feature's parameters refer to; see `call_fresh`.
    """
    panels = [panel, *(panel.until(moment) for moment in moments)]
    whole, *parts = call_fresh(_compute, [(feature, part) for part in panels], [type(feature), *classes])
    if whole.error is not None:
        raise WorkbenchError(f"in a fresh process it failed: {whole.error}")
    leak: Leak | None = None
    for moment, part in zip(moments, parts, strict=True):
        if part.error is None:
            how = f"bars known after {_day(moment)} were left out, in a fresh process"
            leak = earliest(leak, _compare(whole.value, part.value, panel, moment, how))
    return leak


def attempt(feature: AnyFeature, panel: Panel) -> Columns | str:
    """Return the feature's columns per symbol, or what it raised."""
    try:
        return _compute((feature, panel))
    except WorkbenchError as err:
        return str(err)


def _compute(item: tuple[AnyFeature, Panel]) -> Columns:
    feature, panel = item
    answer = compute_feature("", feature, panel)
    name = str(type(feature).name)  # of the column, where a Series is returned
    return {s: frame.rename(columns=lambda c: str(c).removeprefix("_") or name) for s, frame in answer.items()}


def _seconds_each(make: Callable[[], AnyFeature], panel: Panel) -> float:
    """Return how long a feature takes on half of the bars."""
    middle = panel.until(panel.times[len(panel.times) // 2])
    attempt(make(), middle)  # the first call also imports
    started = time.perf_counter()
    attempt(make(), middle)
    return max(time.perf_counter() - started, 1e-6)


def _affordable(moments: TimeArray, n: float) -> Sequence[np.datetime64]:
    """Return all moments, or `n` at random, though never very few."""
    if n >= len(moments):
        return list(moments)
    drawn = np.random.default_rng(0).choice(
        len(moments), size=min(max(int(n), FEWEST_CUTS), len(moments)), replace=False
    )
    return list(moments[np.sort(drawn)])


def _changed_futures(make: Callable[[], AnyFeature], panel: Panel, moments: TimeArray, whole: Columns) -> Leak | None:
    leak: Leak | None = None
    for moment in moments:
        for how, factors in FUTURES.items():
            answer = attempt(make(), changed_panel(panel, moment, factors))
            if not isinstance(answer, str):
                text = f"bars known after {_day(moment)} {how}"
                leak = earliest(leak, _compare(whole, answer, panel, moment, text))
    return leak


def _same_instance(feature: AnyFeature, panel: Panel, moments: TimeArray, whole: Columns) -> Leak | None:
    """Compare with an instance that has seen everything: a run computes every symbol with the same one."""
    attempt(feature, panel)
    leak: Leak | None = None
    for moment in moments:
        answer = attempt(feature, panel.until(moment))
        if not isinstance(answer, str):
            text = (
                f"bars known after {_day(moment)} were left out, though the instance had seen them in an earlier call"
            )
            leak = earliest(leak, _compare(whole, answer, panel, moment, text))
    return leak


def _some(moments: Sequence[np.datetime64], n: int) -> TimeArray:
    drawn: TimeArray = np.random.default_rng(1).choice(np.asarray(moments), size=min(n, len(moments)), replace=False)
    return drawn


def _compare(whole: Columns, other: Columns, panel: Panel, moment: np.datetime64, how: str) -> Leak | None:
    """Compare two answers on the bars known at a moment."""
    leak: Leak | None = None
    for symbol, frame in other.items():
        n = int(np.searchsorted(panel[symbol]["known_at"].to_numpy(), moment, side="right"))
        if list(frame.columns) != list(whole[symbol].columns):
            lost = sorted({str(c) for c in whole[symbol].columns} ^ {str(c) for c in frame.columns})
            return Leak(lost[0] if lost else "", 0, str(frame.index[0]), f"{how} (other columns)", np.nan, np.nan)
        before: FloatArray = whole[symbol].to_numpy(dtype=np.float64)
        after: FloatArray = frame.to_numpy(dtype=np.float64)
        where = symbol if len(panel.symbols) > 1 else ""
        columns = list(map(str, frame.columns))
        leak = earliest(leak, compare_rows(before[:n], after[:n], spread(before), columns, frame.index, how, where))
    return leak


def _day(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[s]")).replace("T00:00:00", "").replace("T", " ")
