"""Trials of a search in the ledger: what was tried on a validation block was tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.plan.tasks import SeriesVersion
from workbench.runs.prepare import Prepared
from workbench.runs.trials import trial_settings
from workbench_store import SearchTrial, Trial


def validation_trials(trial: SearchTrial, prepared: Prepared, versions: Sequence[SeriesVersion]) -> list[Trial]:
    """List what one setting of a search adds to the ledger: one trial per series, over its validation period.

    Its period is that of the validation block, which lies before every test of the experiment. So a search does not
    raise the count of trials on the test that it did not see; but a later experiment whose test reaches into that
    period finds all of them counted. Nothing was traded, so there are no returns.

    Parameters
    ----------
    trial : SearchTrial
    prepared : Prepared
        Of the setting.
    versions : sequence of SeriesVersion
    """
    resolved = prepared.resolved
    held = prepared.rows[prepared.folds[0].number].validation
    found = []
    for version in (v for v in versions if v.context is None):
        rows = held.get(version.symbol, np.empty(0, dtype=np.int64))
        if len(rows):
            labels = prepared.samples.by_symbol[version.symbol].labels
            found.append(
                Trial(
                    run=trial.search,
                    model=resolved.headline.label,
                    series=version.series,
                    interval=resolved.experiment.bar_length,
                    target=resolved.target.label,
                    test_start=_moment(labels[rows[0] + 1]),
                    test_end=_moment(labels[rows[-1] + resolved.experiment.horizon]),
                    settings=trial_settings(resolved, resolved.headline, versions),
                    returns=[],
                    sharpe=None,
                )
            )
    return found


def _moment(label: np.datetime64) -> Any:
    return label.astype("datetime64[us]").item()
