"""Tables with dates and numbers, none of which is called like a price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import DataError
from workbench_sources._columns import Columns
from workbench_sources._headerless import are_bars
from workbench_sources._headers import NUMBERS, PRICES, few

if TYPE_CHECKING:
    import pandas as pd

_LOOKED_AT = 50
_ORDERS = ((0, 1, 2, 3), (0, 2, 3, 1))
"""Where open, high, low and close stand: Chinese tables have the close behind the open."""


def refuse_unknown_prices(raw: pd.DataFrame, rows: pd.DataFrame, found: Columns) -> None:
    """Refuse a table that has dates and several columns of numbers, none of which is called like a price.

    Raises
    ------
    DataError
        It is one; the message says which columns look like prices, or how to read one column per symbol.
    """
    numeric = [name for name in rows.columns if rows[name].dtype.kind in "iuf"]
    if len(numeric) < 2 or found.symbols is not None or NUMBERS & set(rows.columns):
        return
    written = [str(raw.columns[found.names.index(name)]) for name in numeric]
    prices = _four_prices(rows[numeric])
    if prices is not None:
        mapping = ", ".join(f'{name} = "{written[at]}"' for name, at in zip(PRICES, prices, strict=True))
        raise DataError(
            f"no column has a known name of prices ({few(written)}). By their size four of them look like prices; if "
            f"it is so, and open and close are not the other way round, set `columns = {{{mapping}}}`."
        )
    dates = "date" if found.dates is None else str(raw.columns[found.dates])
    example = written[0] if all(map(str.isascii, written)) else "its name"
    raise DataError(
        f"there is no price among the columns; they look like one column per symbol ({few(written)}). Take one, such "
        f'as `columns = {{close = "{example}"}}`, or put them below each other first, with pandas: '
        f'`table.melt("{dates}", var_name="symbol", value_name="close")`.'
    )


def _four_prices(numbers: pd.DataFrame) -> tuple[int, ...] | None:
    """Return the positions of open, high, low and close among four columns side by side that look like prices."""
    first = numbers.head(_LOOKED_AT).dropna()
    for start in range(len(numbers.columns) - 3 if len(first) else 0):
        for order in _ORDERS:
            places = tuple(start + at for at in order)
            part = first.iloc[:, list(places)].to_numpy(dtype=float).tolist()
            if all(are_bars([f"{price:.10f}" for price in row]) for row in part):
                return places
    return None
