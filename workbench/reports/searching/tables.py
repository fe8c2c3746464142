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
_SHOWN_DIGITS = 8
"""Of the id of a run: any beginning that is unique names it."""
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
    "seconds": "s",
    "run": "run",
}
_TUNE = {
    "status": "status",
    "value": "value",
    "validation_loss": "val. loss",
    "validation_hit_rate": "val. hits",
    "epoch": "epoch",
    "seconds": "s",
    "run": "run",
}
_TERMS = (
    "Validation (val.) figures are those of the epoch that was kept; hits are the share of forecasts on the right side "
    "of persistence; s are seconds."
)


def settings_table(search: Search) -> Table:
    """Every setting in a row, the best by validation first and marked."""
    columns = _columns(search)
    names = list(short_names(list(search.space)).values())
    values = search.settings
    rows = []
    for row in search.trials.astype(object).to_dict("records"):
        own = [_setting(values.loc[row["number"], path]) for path in search.space]
        shares = _SHARES | ({"value"} if search.metric == "skill" else set())
        rows.append([str(row["number"]), *own, *(_cell(name, row, shares) for name in columns)])
    best = "" if search.best is None else str(search.best.number)
    return Table(
        "All settings, the best by validation first",
        ["no.", *names, *columns.values()],
        rows,
        1,
        marked=best,
        note=_note(search),
        most=max(1, len(rows)),
        dense=True,
    )


def _setting(value: Any) -> str:
    return formats.number_as_given(value) if isinstance(value, float) else short_value(value)


def _columns(search: Search) -> dict[str, str]:
    """Headings of the figures; a sweep that is ranked by skill shows it in place of the validation RMSE."""
    if search.kind == "tune":
        return _TUNE
    if search.metric == "rmse":
        return _SWEEP
    return {
        ("value" if name == "validation_rmse" else name): ("val. skill" if name == "validation_rmse" else heading)
        for name, heading in _SWEEP.items()
    }


def _cell(name: str, row: dict[Any, Any], shares: set[str]) -> str:
    value = row[name]
    if name == "verdict":
        return value.removesuffix(" than persistence") if isinstance(value, str) else str(row["status"])
    if name == "run" and isinstance(value, str):
        return value[:_SHOWN_DIGITS]
    if isinstance(value, str):
        return value
    if not formats.is_known(value):
        return formats.NONE
    if name in shares:
        return formats.percent(value)
    if name == "seconds":
        return formats.count(round(value)) if value >= 10 else f"{value:.1f}"
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
