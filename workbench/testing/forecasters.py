"""Checks of forecasters."""

from __future__ import annotations

import time
from dataclasses import replace

from workbench.audit.forecasters import (
    audit_fit_many,
    audit_memory,
    audit_origins,
    audit_paths,
    fit_and_forecast,
)
from workbench.audit.fresh import FreshProcessError
from workbench.audit.leak import Leak
from workbench.audit.studies import Desk, Study
from workbench.errors import PluginError, WorkbenchError
from workbench.testing.check import Case, CheckFailure, checks
from workbench.testing.windows import toy_studies

SECONDS = 3.0
"""Time to spend on the origins of one block."""
SLOW_SECONDS = 1.0
"""A fit on a hundred windows that takes longer is done less often, and not on long blocks."""
N_LONG = 1500
"""Training bars of the longest block."""


def no_look_ahead(case: Case) -> str | None:
    """A forecast depends on what was known at its origin alone: cutting or changing what follows moves nothing.

    The windows are cut at every origin of a block. The bars are cut, raised, lowered and shaken after some origins, and
    everything is done again, from features to forecasts. An early fold is fitted after a later one, and in processes
    of their own in which the future is nowhere in memory. Folds that are fitted together are compared with each fitted
    alone. Differences below a hundred-thousandth of the forecasts' spread are rounding.
    """
    single, several = toy_studies(1), toy_studies(3)
    seconds = _seconds_of_a_fit(case, single[0])
    slow = seconds > SLOW_SECONDS
    with_symbols = [single, several] if _takes(case, several[0]) else [single]
    for studies in with_symbols:
        _refuse(audit_origins(case.fresh, studies[0], seconds=SECONDS))
        _refuse(audit_paths(case.fresh, studies[0], n_moments=1 if slow else 3))
    for studies in with_symbols:
        _refuse(audit_fit_many(case.fresh, [*studies, *(replace(study, seed=2) for study in studies[:1])]))
    try:
        _refuse(audit_memory(case.fresh, [(early, later) for early, later in with_symbols]))
    except (FreshProcessError, WorkbenchError) as err:
        raise CheckFailure(f"it cannot be checked in a fresh process: {err}") from err
    if slow:
        return f"not on long blocks, because a fit on {len(single[0].rows.train['AAA'])} windows takes {seconds:.0f} s"
    (long,) = toy_studies(1, train_size=N_LONG, test_size=400, n_folds=1, seed=4)
    _refuse(audit_origins(case.fresh, long, seconds=SECONDS))
    return None


def _seconds_of_a_fit(case: Case, study: Study) -> float:
    """Time the second fit, as the first one imports; and fail unless both forecast the same."""
    first = fit_and_forecast(case.fresh(), study)
    desk = Desk(study)
    forecaster = case.fresh()
    started = time.perf_counter()
    fitted = desk.fit(forecaster)
    seconds = time.perf_counter() - started
    leak = desk.compare(first, desk.predict(forecaster, fitted), "fitted again")
    if leak is not None:
        raise CheckFailure(
            f"it cannot be checked: `{leak.column}` at {leak.time} is {leak.before:.10g}, and {leak.after:.10g} when "
            f"fitted again on the same windows with the same seed.",
            leak.column,
            leak.row,
        )
    return seconds


def _takes(case: Case, study: Study) -> bool:
    """Whether the forecaster takes windows of several symbols; one that is fitted per symbol may refuse them."""
    try:
        fit_and_forecast(case.fresh(), study)
    except PluginError:
        raise
    except WorkbenchError:
        return False
    return True


def _refuse(leak: Leak | None) -> None:
    if leak is not None:
        raise CheckFailure.of(leak)


CHECKS = checks(
    no_look_ahead,
)
