"""Every model in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.reports import formats
from workbench.reports.data.equity import annualised
from workbench.reports.data.models import shown_name
from workbench.reports.html import Table, paragraph, table

if TYPE_CHECKING:
    from workbench.runs.run import Run

_ERRORS = {"rmse": "RMSE", "mae": "MAE", "skill": "Skill", "hit_rate": "Hit rate"}
_MONEY = {"total_return": "Return", "sharpe": "Sharpe", "max_drawdown": "Deepest fall"}
_WRITE = {"rmse": formats.number, "mae": formats.number, "sharpe": formats.ratio}
"""The others are shares and written as percent."""


def render(run: Run) -> str:
    """Return the table of `run.summary`, percent signs included."""
    money = _MONEY if run.backtests else {}
    names = {**_ERRORS, "verdict": "Against persistence", **money}
    rows = [
        [shown_name(str(label)), *(_cell(name, row[name]) for name in names)] for label, row in run.summary.iterrows()
    ]
    intro = (
        f"Errors are pooled over all rows of the test, in units of the target {run.experiment.target.name}. Skill is "
        "1 less the RMSE over that of persistence. The hit rate is the share of moves whose direction was right."
    )
    if money:
        how = annualised(run)
        intro += " Return, Sharpe ratio and deepest fall are those of the equity after costs"
        intro += f"; the Sharpe ratio is {how}." if how else "."
    content = Table(
        "Models side by side",
        ["Model", *names.values()],
        rows,
        marked=run.headline,
        note=f"{formats.NONE} where there is no such figure: persistence takes no side, buy and hold forecasts "
        "nothing, and a ratio needs returns that vary.",
    )
    return paragraph(intro) + table(content)


def _cell(name: str, value: Any) -> str:
    if name == "verdict":
        return str(value).removesuffix(" than persistence")
    if not formats.is_known(value):
        return formats.NONE
    return _WRITE.get(name, formats.percent)(value)
