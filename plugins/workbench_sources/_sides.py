"""From two sides of a price, bid and ask, to the middle between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench import Repair
from workbench_sources._headers import PRICES

if TYPE_CHECKING:
    import pandas as pd


def with_mid_prices(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    """Replace the sides by their mean and by `spread`, the distance between them as a fraction of it.

    Rows that have prices of their own keep the sides as they are.
    """
    if any(price in rows.columns for price in PRICES):
        return rows, []
    pairs = {price: (f"bid_{price}", f"ask_{price}") for price in PRICES}
    pairs = {price: pair for price, pair in pairs.items() if set(pair) <= set(rows.columns)}
    if not pairs and {"bid", "ask"} <= set(rows.columns):
        pairs = {"close": ("bid", "ask")}
    if "close" not in pairs:
        return rows, []
    sides = [side for pair in pairs.values() for side in pair]
    mids = {price: (rows[bid] + rows[ask]) / 2 for price, (bid, ask) in pairs.items()}
    bid, ask = pairs["close"]
    spread = (rows[ask] - rows[bid]) / mids["close"]
    if "spread" not in rows.columns:
        mids["spread"] = spread
    sentence = (
        f"Prices are the mean of {', '.join(bid for bid, _ in pairs.values())} and "
        f"{', '.join(ask for _, ask in pairs.values())}; `spread` tells how far bid and ask are apart at the close, as "
        "a fraction of that."
    )
    return rows.drop(columns=sides).assign(**mids), [Repair("mid_prices", sentence, len(rows))]
