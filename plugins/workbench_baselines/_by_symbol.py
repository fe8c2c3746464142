"""Numbers kept per symbol."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench import DataError, FloatArray, Windows


def check_learnable(windows: Windows, label: str) -> None:
    """Refuse training windows without origins, or with targets that are not finite.

    Raises
    ------
    DataError
    """
    if not len(windows):
        raise DataError(f"{label!r} has no training windows; load more history, or shorten the test block.")
    bad = ~np.isfinite(windows.targets).all(axis=1)
    if bad.any():
        first = int(bad.argmax())
        raise DataError(
            f"{int(bad.sum())} of {len(windows)} training targets of {label!r} are not finite, the first at "
            f"origin {windows.origins[first]} of {windows.symbols[first]}. Leave such origins out."
        )


def means(values: FloatArray, windows: Windows) -> dict[str, FloatArray]:
    """Return the mean of each symbol's rows of `values`, of shape (n, k): one array (k,) per symbol."""
    return {str(symbol): values[windows.symbols == symbol].mean(axis=0) for symbol in dict.fromkeys(windows.symbols)}


def rows(numbers: Mapping[str, FloatArray], windows: Windows, label: str) -> FloatArray:
    """Return the numbers (k,) of each window's symbol, of shape (n, k).

    Raises
    ------
    DataError
        A symbol was not there when the numbers were learnt.
    """
    unseen = sorted({str(symbol) for symbol in windows.symbols} - numbers.keys())
    if unseen:
        raise DataError(
            f"{label!r} was fitted on {', '.join(numbers)} and knows nothing of {', '.join(unseen)}; "
            f"fit it on every symbol it is to forecast."
        )
    known = np.stack(list(numbers.values()))  # (n_symbols, k)
    place = {symbol: i for i, symbol in enumerate(numbers)}
    return known[[place[str(symbol)] for symbol in windows.symbols]]
