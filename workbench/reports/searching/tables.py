"""Tables of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.plan.grid import short_names, short_value
from workbench.reports import formats
from workbench.reports.html import Table

if TYPE_CHECKING:
    from workbench.runs.searching.search import Search

_SHARES = {"validation_hit_rate", "skill", "hit_rate"}
_COUNTS = {"epoch"}
_SWEEP = {
    "validation_loss": "val. loss",
    "validation_rmse": "val. RMSE",
    "validation_hit_rate": "val. hits",
    "epoch": "epoch",
    "rmse": "test RMSE",
    "mae": "test MAE",
    "skill": "skill",
    "hit_rate": "hits",
    "verdict": "verdict",
    "seconds": "seconds",
    "run": "run",
}
_TUNE = {
    "status": "status",
    "value": "value",
    "validation_loss": "val. loss",
    "validation_hit_rate": "val. hits",
    "epoch": "epoch",
    "seconds": "seconds",
    "run": "run",
}
_TERMS = (
    "Validation (val.) figures are those of the epoch that was kept; hits are the share of forecasts on the right side "
    "of persistence."
)


def settings_table(search: Search) -> Table:
    """Every setting in a row, the best by validation first and marked."""
    columns = _SWEEP if search.kind == "sweep" else _TUNE
    names = list(short_names(list(search.space)).values())
    values = search.settings
    rows = []
    for row in search.trials.astype(object).to_dict("records"):
        own = [_setting(values.loc[row["number"], path]) for path in search.space]
        rows.append([str(row["number"]), *own, *(_cell(name, row) for name in columns)])
    best = "" if search.best is None else str(search.best.number)
    return Table(
        "All settings, the best by validation first",
        ["number", *names, *columns.values()],
        rows,
        1,
        marked=best,
        note=_note(search),
        most=max(1, len(rows)),
    )


def _setting(value: Any) -> str:
    return formats.number_as_given(value) if isinstance(value, float) else short_value(value)


def _cell(name: str, row: dict[Any, Any]) -> str:
    value = row[name]
    if name == "verdict":
        return value.removesuffix(" than persistence") if isinstance(value, str) else str(row["status"])
    if isinstance(value, str):
        return value
    if not formats.is_known(value):
        return formats.NONE
    if name in _SHARES:
        return formats.percent(value)
    return formats.count(value) if name in _COUNTS else formats.number(value)


def _note(search: Search) -> str:
    if search.kind == "sweep":
        return (
            f"{_TERMS} Sorted by the validation block, never by the test: choosing by the test would fit it. Verdicts "
            f"are judged among the {search.n_settings} settings, all of whose tests are seen here."
        )
    return (
        f"{_TERMS} The value is the validation {search.metric}. Only the chosen setting was run on the test; its "
        f"figures are in its own report. Settings that were stopped early have no value."
    )
