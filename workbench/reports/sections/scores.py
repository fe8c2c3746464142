"""All scores, pooled and along every margin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.reports import formats
from workbench.reports.data.scores import MARGINS, in_order, pooled_scores, scores_along
from workbench.reports.html import Table, paragraph, table
from workbench.runs.spread import seed_spread

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

_SPACES = {
    "target": "in units of the target",
    "price": "in prices",
    "scaled": "scaled as the forecasters saw them",
}
_SHARES = {"skill", "hit_rate", "coverage_80", "coverage_95"}
_NAMES = {"rank_ic": "Rank IC", "coverage_80": "80 % held", "coverage_95": "95 % held"}
_ALONG = ("skill", "rmse")


def render(run: Run) -> str:
    """Return every table that has rows."""
    intro = (
        "Every figure is computed over rows, never as a mean of means. Errors in prices are not pooled over symbols. "
        "Only errors in one space and on the same rows may be compared."
    )
    return Markup("").join([paragraph(intro), *map(table, _tables(run))])


def _tables(run: Run) -> Iterator[Table]:
    scores = in_order(run.scores, list(run.summary.index))
    for space, words in _SPACES.items():
        found = pooled_scores(scores, space).dropna(axis=1, how="all")
        columns = [*map(_name, found.index.names), *map(_name, found.columns)]
        yield Table(f"Errors {words}", columns, _rows(found, by_column=True), found.index.nlevels, marked=run.headline)
    spread = seed_spread(run.scores, list(run.summary.index))
    if len(spread):
        columns = ["Model", "Metric", "Seeds", "Mean", "Standard deviation", "Lowest", "Highest"]
        yield Table("Errors by seed: mean and spread", columns, list(_spread(spread)), 2, marked=run.headline)
    for margin in MARGINS:
        for metric in _ALONG:
            yield _along(scores, margin, metric, run.persistence)


def _spread(found: pd.DataFrame) -> Iterator[list[str]]:
    for row in found.reset_index().to_dict("records"):
        metric = str(row["metric"])
        figures = [_cell(metric, row[column]) for column in ("mean", "std", "min", "max")]
        yield [str(row["model"]), _name(metric), str(row["seeds"]), *figures]


def _along(scores: pd.DataFrame, margin: str, metric: str, persistence: str) -> Table:
    found = scores_along(scores, margin, space="target", metric=metric)
    if metric == "skill":  # persistence's own is zero everywhere
        found = found.drop(columns=persistence, errors="ignore")
    rows = _rows(found, by_column=False, metric=metric)
    return Table(f"{_name(metric)} by {margin}, {_SPACES['target']}", [_name(margin), *map(str, found.columns)], rows)


def _rows(found: pd.DataFrame, *, by_column: bool, metric: str = "") -> list[list[str]]:
    rows = []
    for label, values in found.iterrows():
        names = label if isinstance(label, tuple) else (label,)
        cells = [_cell(str(column) if by_column else metric, value) for column, value in values.items()]
        rows.append([*map(str, names), *cells])
    return rows


def _cell(metric: str, value: Any) -> str:
    if not formats.is_known(value):
        return formats.NONE
    return formats.percent(value) if metric in _SHARES else formats.number(value)


def _name(word: object) -> str:
    if word in _NAMES:
        return _NAMES[str(word)]
    text = str(word).replace("_", " ")
    return text.upper() if text in ("rmse", "mae", "mse") else text[:1].upper() + text[1:]
