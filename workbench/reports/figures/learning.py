"""Learning curves: what each epoch brought, on the data that taught and on those that did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.reports.data.learning import learning_curves, loss_changes
from workbench.reports.figures.canvas import WIDE, legend, line, panels, percent_axis, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.runs.run import Run

MOST_FITS = 40
"""Single fits drawn at most; the median is over all of them."""


def draw(run: Run, *, model: str | None = None, width: float = WIDE) -> Figure:
    """Draw losses and validation RMSE per epoch; see `workbench.reports.figures.draw`."""
    curves = learning_curves(run, model=model)
    changes = loss_changes(curves)
    with style():
        figure, (loss, rmse) = panels(2, width=width)
        drawn = _curves(loss, changes, "train_loss", "actual", "training loss")
        drawn += _curves(loss, changes, "validation_loss", "model", "validation loss")
        _curves(rmse, curves, "validation_rmse", "model", "validation RMSE")
        loss.set_title("Change of the loss since the first epoch")
        percent_axis(loss)
        rmse.set_title("Validation RMSE, in target units")
        legend(figure, drawn)
    return figure


def _curves(axes: Axes, curves: pd.DataFrame, column: str, role: str, label: str) -> list[Any]:
    """Draw each fit thinly, and boldly the median over the fits that reached an epoch, while half of them did."""
    from matplotlib.ticker import MaxNLocator

    known = curves.dropna(subset=[column])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    if known.empty:
        return []
    n_fits = known["fit"].nunique()
    for _, fit in known[known["fit"] < MOST_FITS].groupby("fit"):
        line(axes, fit.set_index("epoch")[column], role, linewidth=0.6, alpha=0.45 if n_fits > 1 else 1.0)
    by_epoch = known.groupby("epoch")[column]
    median = by_epoch.median()[by_epoch.count() * 2 >= n_fits]
    return [line(axes, median, role, label, linewidth=2.0, marker="o", markersize=2.5)]
