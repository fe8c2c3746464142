"""Estimating with statsmodels: what it warns of, and what goes wrong."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from workbench import FloatArray, RunFailedError, WorkbenchWarning


@contextmanager
def estimating(label: str) -> Iterator[None]:
    """Estimate in the body, on one thread, and say once where the likelihood was not maximised.

    The number of threads decides the last bits of a sum, and a worker process has fewer than the driver. What else
    statsmodels warns of is about where the search starts, and is dropped.

    Raises
    ------
    RunFailedError
        There is no estimate.
    """
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(record=True) as caught, threadpool_limits(limits=1):
        warnings.simplefilter("always")
        try:
            yield
        except (np.linalg.LinAlgError, ValueError, ArithmeticError) as err:
            raise RunFailedError(f"{label} could not be estimated: {err}") from err
    if any(item.category.__name__ == "ConvergenceWarning" for item in caught):
        warnings.warn(
            f"{label}: the search for the parameters of some series stopped before it converged; the last ones are "
            f"used. A simpler model is easier to estimate.",
            WorkbenchWarning,
            stacklevel=3,
        )


def unit(values: FloatArray) -> float:
    """Return the power of two nearest below the standard deviation of a series, or 1 where it does not move.

    Dividing by it loses no digit, and spares the search numbers of very different size.
    """
    spread = float(np.nanstd(values))
    return float(2.0 ** np.floor(np.log2(spread))) if spread > 0 and np.isfinite(spread) else 1.0


def moves(values: FloatArray) -> bool:
    """Whether a series holds two different values, further apart than rounding."""
    defined = values[np.isfinite(values)]
    return len(defined) > 1 and bool(np.ptp(defined) > 1e-12 * np.abs(defined).max())
