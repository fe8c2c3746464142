"""The shape in which a strategy answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import FloatArray, Forecasts

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


def expected_returns(forecasts: Forecasts) -> FloatArray:
    """Return expected simple returns of shape (n,); NaN where the forecast has none."""
    return forecasts["expected_return"].to_numpy(dtype="float64", na_value=float("nan"))


def positions(forecasts: Forecasts, values: ArrayLike) -> pd.Series:
    """Return exposures of shape (n,), one per forecast, indexed (origin, symbol)."""
    import pandas as pd

    index = pd.MultiIndex.from_arrays([forecasts["origin"], forecasts["symbol"]], names=["origin", "symbol"])
    return pd.Series(values, index=index, dtype="float64", name="position")
