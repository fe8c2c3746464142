"""Checks of metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.metric import MetricContext
from workbench.evaluation.scores import NEEDS
from workbench.testing.again import afresh
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.state import nothing_shared_changes, plugin_unchanged, unchanged

SPACES = ("scaled", "target", "price")
_LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
_WIDTHS = np.array([-1.96, -1.28, 0.0, 1.28, 1.96])
_N_SYMBOLS = 5


class Rows(NamedTuple):
    """What a metric is given."""

    actual: FloatArray
    forecast: FloatArray
    persistence: FloatArray
    space: str = "target"

    def map(self, change: Callable[[FloatArray], FloatArray]) -> Rows:
        """Return rows with each column changed."""
        return Rows(change(self.actual), change(self.forecast), change(self.persistence), self.space)


def toy_rows(n: int = 250, seed: int = 1, space: str = "target") -> Rows:
    """Return lively actual values and a forecast that knows a little of them."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0.0, 0.015, n)
    if space == "price":
        last = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, n)))
        return Rows(last * np.exp(moves), last * np.exp(0.3 * moves + rng.normal(0.0, 0.01, n)), last, space)
    size = 60.0 if space == "scaled" else 1.0
    return Rows(size * moves, size * (0.3 * moves + rng.normal(0.0, 0.01, n)), np.zeros(n), space)


def context_of(metric: Any, rows: Rows) -> MetricContext:
    """Return the context of rows, with as much of it as a metric needs.

    Quantiles go with the forecast, and rows are origins of five symbols, one after the other.
    """
    n, needs, more = len(rows.actual), type(metric).needs, {}
    if "quantiles" in needs:
        spread = float(np.std(rows.actual - rows.persistence)) or 1.0
        more = {"levels": _LEVELS.copy(), "quantiles": rows.forecast[:, None] + spread * _WIDTHS}
    if "symbols" in needs:
        sections = np.arange(n) // _N_SYMBOLS
        symbols = np.array([f"S{place % _N_SYMBOLS}" for place in range(n)], dtype=object)
        origins = np.datetime64("2020-01-01", "us") + sections * np.timedelta64(1, "D")
        more |= {"origins": origins, "symbols": symbols, "sections": sections}
    return MetricContext(rows.persistence.copy(), rows.space, **more)


def score_of(metric: Any, rows: Rows) -> float:
    """Call `score`, and fail unless it gives a number or NaN."""
    return _asked(metric, rows.actual.copy(), rows.forecast.copy(), context_of(metric, rows))


def _asked(metric: Any, actual: FloatArray, forecast: FloatArray, context: MetricContext) -> float:
    answer = metric.score(actual, forecast, context)
    if not isinstance(answer, (float, int)) or isinstance(answer, bool):
        raise CheckFailure(f"it returned {answer!r} of type {type(answer).__name__}; expected a float.")
    if math.isinf(answer):
        raise CheckFailure("it returned an infinite score; where a score is undefined it must be NaN.")
    return float(answer)


def score_is_a_float(case: Case) -> None:
    """It scores rows by a number in every space, says by a boolean which way is better, and needs what there is."""
    if not isinstance(type(case.plugin).lower_is_better, bool):
        raise CheckFailure(f"`lower_is_better` is {type(case.plugin).lower_is_better!r}; expected True or False.")
    unknown = sorted(set(type(case.plugin).needs) - NEEDS)
    if unknown:
        raise CheckFailure(f"it `needs` {unknown}, but there are only {sorted(NEEDS)}.")
    for space in SPACES:
        if math.isnan(score_of(case.fresh(), toy_rows(space=space))):
            raise CheckFailure(f"it is NaN for 250 lively rows in {space} space: so runs would never show a score.")


def perfect_is_best(case: Case) -> None:
    """No forecast scores better than what happened."""
    for space in SPACES:
        rows = toy_rows(space=space)
        best = score_of(case.fresh(), rows._replace(forecast=rows.actual))
        for what, forecast in _forecasts(rows):
            other = score_of(case.fresh(), rows._replace(forecast=forecast))
            ahead = best - other if type(case.plugin).lower_is_better else other - best
            if math.isnan(best) or ahead > 1e-9 * max(abs(best), abs(other)):
                raise CheckFailure(
                    f"in {space} space a perfect forecast scores {best:.6g}, {what} {other:.6g}, and "
                    f"`lower_is_better` is {type(case.plugin).lower_is_better}."
                )


def _forecasts(rows: Rows) -> Iterator[tuple[str, FloatArray]]:
    rng = np.random.default_rng(5)
    spread = float(np.std(rows.actual - rows.persistence))
    yield "a plausible one", rows.forecast
    yield "persistence", rows.persistence
    yield "one that is too high", rows.actual + spread
    yield "one that is too low", rows.actual - spread
    yield "one that goes too far", rows.persistence + 2 * (rows.actual - rows.persistence)
    yield "one with all moves the wrong way round", 2 * rows.persistence - rows.actual
    yield "noise", rows.persistence + rng.normal(0.0, spread, len(rows.actual))


def odd_input(case: Case) -> str | None:
    """A single row, no movement, or no error of persistence gives a number, or NaN where the score is undefined."""
    undefined = []
    for what, rows in _odd_rows():
        try:
            if math.isnan(score_of(case.fresh(), rows)):
                undefined.append(what)
        except CheckFailure as failure:
            raise CheckFailure(f"given {what}: {failure.reason}") from failure
        except Exception as err:
            raise CheckFailure(
                f"given {what}, it raised {type(err).__name__}: {err}. Return NaN where the score is undefined."
            ) from err
    return f"it is undefined for {', '.join(undefined)}" if undefined else None


def _odd_rows() -> Iterator[tuple[str, Rows]]:
    rows, some = toy_rows(), np.full(40, 0.01)
    yield "a single row", rows.map(lambda a: a[:1])
    yield "a single row that is forecast rightly", Rows(rows.actual[:1], rows.actual[:1], rows.persistence[:1])
    yield "an actual that never moves", Rows(some, rows.forecast[:40], np.zeros(40))
    yield "a forecast that never moves", Rows(rows.actual[:40], some, np.zeros(40))
    yield "a persistence without error", Rows(rows.actual, rows.forecast, rows.actual)
    yield "persistence as the forecast", Rows(rows.actual, rows.persistence, rows.persistence)
    yield "zeros alone", Rows(np.zeros(40), np.zeros(40), np.zeros(40))
    yield "negative prices", Rows(rows.actual - 30.0, rows.forecast - 30.0, rows.persistence - 30.0, "price")
    yield "very large numbers", rows.map(lambda a: 1e12 * a)
    yield "very small numbers", rows.map(lambda a: 1e-12 * a)


def input_is_unchanged(case: Case) -> None:
    """It leaves actual values, forecasts, persistence and quantiles as they are."""
    rows, metric = toy_rows(), case.fresh()
    context = context_of(metric, rows)
    given = (context.persistence, context.levels, context.quantiles, context.sections)
    with unchanged("the rows", rows.actual, rows.forecast, *(array for array in given if array is not None)):
        _asked(metric, rows.actual, rows.forecast, context)


def plugin_is_unchanged(case: Case) -> None:
    """Scoring changes nothing that the plugin holds; frozen fields still leave room for private state."""
    metric = case.fresh()
    with plugin_unchanged(metric):
        score_of(metric, toy_rows())
        score_of(metric, toy_rows(100, seed=2))


def shares_nothing(case: Case) -> None:
    """Scoring changes nothing that others see: no class attribute, module variable, random generator or setting."""
    score_of(case.fresh(), toy_rows())  # what is set up once, at the first call, is no harm
    with nothing_shared_changes(type(case.plugin)):
        score_of(case.fresh(), toy_rows(seed=2))
        score_of(case.fresh(), toy_rows(100, seed=3))


def same_numbers_again(case: Case) -> None:
    """The same rows give the same score: again, after other rows, and in a fresh process."""
    rows, metric = toy_rows(), case.fresh()
    first = score_of(case.fresh(), rows)
    score_of(metric, toy_rows(100, seed=2))
    for when, again in (
        ("after other rows", score_of(metric, rows)),
        ("in a fresh process", afresh(_score_item, (case.fresh(), rows), type(metric))),
    ):
        if not math.isclose(first, again, rel_tol=1e-9) and not (math.isnan(first) and math.isnan(again)):
            raise CheckFailure(f"it scores {first:.10g}, and {again:.10g} {when}, for the same rows.")


def _score_item(item: tuple[Any, Rows]) -> float:
    return score_of(*item)


CHECKS = checks(
    score_is_a_float,
    perfect_is_best,
    input_is_unchanged,
    plugin_is_unchanged,
    shares_nothing,
    same_numbers_again,
    odd_input,
)
