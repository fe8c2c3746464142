"""Nominal coverage of the intervals against what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.reports import formats
from workbench.reports.data.coverage import interval_coverage
from workbench.reports.data.scores import in_order, scores_along
from workbench.reports.html import Table, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

SURE = 2.0
"""Standard errors within which a difference says nothing."""
_METRICS = {"coverage_80": 0.8, "coverage_95": 0.95}


def render(run: Run) -> str:
    """Return the tables; nothing where no model has quantiles."""
    found = interval_coverage(run)
    if not len(found):
        return ""
    columns = ["Model", "Nominal", "Held", "Standard error", "Within two standard errors", "Mean width", "Origins"]
    rows = [_row(values) for _, values in found.iterrows()]
    parts = [paragraph(_intro(run)), table(Table("Coverage", columns, rows, marked=run.headline, note=_note(run)))]
    scores = in_order(run.scores, list(run.summary.index))
    for metric, nominal in _METRICS.items():
        parts.append(_by_fold(scores, metric, nominal))
    return Markup("").join(parts)


def _intro(run: Run) -> str:
    intro = (
        "An interval that is to cover 80 % should have held what happened in 80 % of the forecasts: in fewer it is too "
        "narrow and promises too much, in more it is too wide."
    )
    if run.experiment.calibration:
        intro += (
            " Intervals of forecasters without quantiles of their own are as wide as their errors were on the "
            "calibration origins, before the test: they hold their share as long as errors stay as large as they were "
            "there, and fall short when the market becomes livelier."
        )
    return intro


def _note(run: Run) -> str:
    overlap = ""
    if run.experiment.horizon > 1:
        overlap = f", and forecasts of {run.experiment.horizon} bars that overlap are not counted as if they did not"
    own = ""
    if run.experiment.calibration:
        own = " Intervals from few calibration origins are off by more than that, since those are a sample as well."
    return (
        f"The standard error is that of a share among so many origins; symbols and seeds add none{overlap}.{own} "
        f"Widths are in units of the target."
    )


def _row(values: pd.Series[Any]) -> list[str]:
    apart = values["empirical"] - values["nominal"]
    within = "yes" if abs(apart) <= SURE * values["standard_error"] else "too narrow" if apart < 0 else "too wide"
    return [
        str(values["model"]),
        formats.percent(values["nominal"]),
        formats.percent(values["empirical"]),
        formats.percent(values["standard_error"]),
        within,
        formats.number(values["width"]),
        formats.count(values["n_origins"]),
    ]


def _by_fold(scores: pd.DataFrame, metric: str, nominal: float) -> Markup:
    found = scores_along(scores, "fold", space="target", metric=metric).dropna(axis=1, how="all")
    rows = [
        [str(fold), *map(formats.percent, values)] for fold, values in zip(found.index, found.to_numpy(), strict=True)
    ]
    caption = f"Coverage by fold, nominal {formats.percent(nominal, 0)}"
    return table(Table(caption, ["Fold", *map(str, found.columns)], rows if len(found.columns) else []))
