"""Which bars taught and which were tested, fold by fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import IntArray, TimeArray
from workbench.evaluation.folds import Fold, FoldRows, fold_rows, split_folds

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.panel import Panel
    from workbench.runs.run import Run


def fold_spans(run: Run) -> pd.DataFrame:
    """Return the span of every fold, purge included, from the bars that the run saw.

    Returns
    -------
    DataFrame
        Indexed by fold: `fitted_in` (the fold whose fit serves it), first and last bar of training origins,
        of validation and calibration origins and of test targets as `<part>_from` and `<part>_until` (null where there
        are none), and the number of origins of all symbols as `n_<part>`. Rows with undefined features are still
        counted.
    """
    import pandas as pd

    asked, panel = run.experiment, run.panel
    known_at = {symbol: panel[symbol]["known_at"].to_numpy() for symbol in panel}
    spans = []
    for fold in split_folds(asked.folds, panel.times, asked.horizon):
        rows = fold_rows(fold, known_at, panel.times, asked.horizon, asked.validation, asked.calibration)
        spans.append(_span(fold, rows, panel, asked.horizon))
    return pd.DataFrame(spans).set_index("fold")


def _span(fold: Fold, rows: FoldRows, panel: Panel, horizon: int) -> dict[str, Any]:
    span: dict[str, Any] = {"fold": fold.number, "fitted_in": fold.fitted_in}
    for part, ahead in (("train", 0), ("validation", 0), ("calibration", 0), ("test", 1)):
        origins: Mapping[str, IntArray] = getattr(rows, part)
        labels = [panel[s].index.to_numpy()[picked + ahead] for s, picked in origins.items() if len(picked)]
        first, last = _ends(labels)
        span |= {
            f"{part}_from": first,
            f"{part}_until": last,
            f"n_{part}": sum(len(picked) for picked in origins.values()),
        }
    return span


def _ends(labels: list[TimeArray]) -> tuple[Any, Any]:
    if not labels:
        return np.datetime64("NaT"), np.datetime64("NaT")
    return min(part[0] for part in labels), max(part[-1] for part in labels)
