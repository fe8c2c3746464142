"""What trading the forecasts would have earned, beside what needs no forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import RequestError
from workbench.plan.resolve import BUY_AND_HOLD
from workbench.reports.data.models import check_finished, pick

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run


def compared_models(run: Run) -> list[str]:
    """List the backtests shown together: headline, buy and hold, persistence; none without a strategy."""
    traded = list(run.backtests)
    return [model for model in dict.fromkeys([run.headline, BUY_AND_HOLD, run.persistence]) if model in traded]


def why_untraded(run: Run) -> str:
    """Say why there is no backtest of the headline."""
    if run.experiment.strategy is None:
        return "the experiment has no strategy"
    return "the notes of the run say why"


def annualised(run: Run) -> str:
    """Say what annual figures count, such as `annualised with 252 periods a year`; nothing of a run without trading."""
    known = (run.backtests[model].stats.get("periods_per_year") for model in compared_models(run)[:1])
    return next((f"annualised with {periods:,.10g} periods a year" for periods in known if periods is not None), "")


def growth(run: Run, *, model: str | None = None) -> pd.DataFrame:
    """Return what one unit of money became at each close, a column per model.

    Parameters
    ----------
    run : Run
    model : str, optional
        What to show beside buy and hold and persistence; the headline forecaster by default.

    Raises
    ------
    RequestError
        The run is not finished, did not trade, or has no such model.
    """
    import pandas as pd

    check_finished(run)
    if not run.backtests:
        reason = why_untraded(run)
        advice = "Set `strategy` to trade forecasts." if run.experiment.strategy is None else "Read `run.notes`."
        raise RequestError(f"nothing was traded: {reason}. {advice}")
    first = pick("backtest", model, run.backtests, run.headline)
    models = dict.fromkeys([first, *(m for m in compared_models(run) if m != run.headline)])
    curves = {name: run.backtests[name].equity for name in models}
    return pd.DataFrame({name: curve / curve.iloc[0] for name, curve in curves.items()})


def drawdowns(growth: pd.DataFrame) -> pd.DataFrame:
    """Return the loss against the highest close so far, as a fraction: zero or negative."""
    return growth / growth.cummax() - 1.0
