"""Splits and dividends: prices adjusted backwards for what happened to the share, a view on the prices as given.

Sources say what happened in columns of their own. Where a split stands in `split_factor` (Tiingo, and bars of our own)
or `split_coefficient` (Alpha Vantage), prices are as they were traded, and fall on the day of a split. Where it stands
in `stock_splits` (Yahoo), they are divided by it already, and so are the dividends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.contracts.arrays import Bars, BoolArray, FloatArray
from workbench.contracts.panel import PRICE_COLUMNS
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

AdjustPolicy = Literal["none", "splits", "all"]

_SPLITS = ("split_factor", "splitfactor", "split_coefficient")
_SPLITS_IN_PRICES = "stock_splits"
_DIVIDENDS = ("dividend", "dividends", "div_cash", "divcash", "dividend_amount")
_ADJUSTED = ("adj_close", "adjclose", "adjusted_close")
_TELLING = np.log(1.9)
"""Splits from here on move a price so far that its own move tells whether they are in it."""


@dataclass(frozen=True, eq=False)
class Actions:
    """What happened to the shares of one series, row by row.

    Parameters
    ----------
    splits : ndarray of shape (n,)
        New shares for one old one, on the first day with the new ones; 1 for no split.
    dividends : ndarray of shape (n,)
        Cash per share on the ex-date, in the basis of that day's price as it is given.
    in_prices : bool
        Whether the prices are divided by the splits already.
    """

    splits: FloatArray
    dividends: FloatArray
    in_prices: bool

    @property
    def later_splits(self) -> FloatArray:
        """By what the price of each row has still to be divided: the product of the splits of all later rows."""
        return np.ones(len(self.splits)) if self.in_prices else _of_later_rows(self.splits)


def apply_adjust(bars: Bars, policy: AdjustPolicy) -> Bars:
    """Adjust prices backwards for splits, or for splits and dividends.

    Call it before rows without a price are dropped or filled: what happened may stand in one of them.

    Parameters
    ----------
    bars : DataFrame
        Tidy bars.
    policy : {"none", "splits", "all"}
        `none` leaves prices as the source gave them. `splits` divides them by the splits of all later bars, and
        multiplies the volume; where the source has done so already, nothing is changed. `all` scales them like
        `adj_close` where there is one. Else it takes dividends off too: before an ex-date, prices are multiplied by
        `1 - dividend / close of the bar before`.

    Returns
    -------
    DataFrame
        The newest bars are as they were; older ones are scaled by what happened up to the last bar given,
        never beyond it.

    Raises
    ------
    DataError
        The columns needed are not there, or make no sense.

    Warnings
    --------
    What happens later changes the level of all earlier prices. Returns stay as they are.
    """
    if policy == "none":
        return bars
    actions = read_actions(bars)
    if policy == "splits":
        _check_splits_known(bars)
        ratio = 1.0 / actions.later_splits
    elif (adjusted := _column(bars, _ADJUSTED)) is not None:
        ratio = _like_adjusted(bars, adjusted)
    else:
        _check_dividends_known(bars)
        ratio = _less_dividends(bars, actions) / actions.later_splits
    scaled: dict[str, Any] = {column: bars[column] * ratio for column in PRICE_COLUMNS}
    return bars.assign(**scaled, volume=bars["volume"] * actions.later_splits)


def has_splits_in_prices(bars: Bars) -> bool:
    """Whether the source has divided the prices by its splits already."""
    return _column(bars, _SPLITS) is None and _SPLITS_IN_PRICES in bars.columns


def read_actions(bars: Bars) -> Actions:
    """Read splits and dividends off the columns of tidy bars; none where there are no such columns.

    Raises
    ------
    DataError
        A split or a dividend is negative, or the prices contradict the splits.
    """
    in_prices = has_splits_in_prices(bars)
    of_splits = _SPLITS_IN_PRICES if in_prices else _column(bars, _SPLITS)
    of_dividends = _column(bars, _DIVIDENDS)
    splits = _numbers(bars, of_splits, none=1.0)
    if in_prices:
        splits[splits == 0] = 1.0  # Yahoo's word for no split
    _check(bars, splits <= 0, of_splits, splits, "a split factor is positive, 1 for no split")
    dividends = _numbers(bars, of_dividends, none=0.0)
    _check(bars, dividends < 0, of_dividends, dividends, "a dividend is cash per share, 0 for none")
    _check_prices_agree(bars, splits, in_prices)
    return Actions(splits, dividends, in_prices)


def _column(bars: Bars, names: Sequence[str]) -> str | None:
    return next((name for name in names if name in bars.columns), None)


def _numbers(bars: Bars, column: str | None, *, none: float) -> FloatArray:
    if column is None:
        return np.full(len(bars), none, dtype=np.float64)
    import pandas as pd

    numbers = pd.to_numeric(bars[column], errors="coerce").astype("float64")
    unread = (numbers.isna() & bars[column].notna()).to_numpy() | np.isinf(numbers.to_numpy())
    if unread.any():
        row = int(unread.argmax())
        raise DataError(
            f"the column {column!r} holds {bars[column].iloc[row]!r} on {bars.index[row]}; expected a number, or "
            "nothing where nothing happened."
        )
    values = np.array(numbers.fillna(none), dtype=np.float64)
    return values


def _check(bars: Bars, refused: BoolArray, column: str | None, values: FloatArray, expected: str) -> None:
    if refused.any():
        row = int(refused.argmax())
        raise DataError(f"the column {column!r} holds {values[row]:g} on {bars.index[row]}; {expected}.")


def _check_prices_agree(bars: Bars, splits: FloatArray, in_prices: bool) -> None:
    """Refuse splits whose day shows that prices are not in the basis that the columns promise."""
    before = _close_before(bars)
    first = bars["open"].fillna(bars["close"]).bfill().to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        move = np.log(first / before)
    factor = np.log(splits)
    fell = np.abs(move + factor) < np.abs(move)  # nearer to a fall by the factor than to none
    wrong = (np.abs(factor) >= _TELLING) & np.isfinite(move) & (fell if in_prices else ~fell)
    if wrong.any():
        row = int(wrong.argmax())
        told = "are divided by splits already" if in_prices else "are as they were traded"
        advice = (
            "Call that column `split_factor`."
            if in_prices
            else "Call that column `stock_splits` if they are divided by splits already, or correct it."
        )
        raise DataError(
            f"there is a split of {splits[row]:g} on {bars.index[row]}, where the price goes from {before[row]:g} to "
            f"{first[row]:g}. By the name of its column, prices {told}, which does not fit. {advice}"
        )


def _close_before(bars: Bars) -> FloatArray:
    """Return the last close there was before each row; NaN before the first."""
    before: FloatArray = bars["close"].ffill().shift(1).to_numpy(dtype=np.float64)
    return before


def _of_later_rows(factors: FloatArray) -> FloatArray:
    """Return, row by row, the product of the factors of all later rows."""
    from_here = np.cumprod(factors[::-1])[::-1]
    return np.append(from_here[1:], 1.0)[: len(factors)]


def _less_dividends(bars: Bars, actions: Actions) -> FloatArray:
    """Return by what prices are multiplied for the dividends of all later rows.

    A dividend on the day of a split is paid on the new shares: the close before is put into their basis first.
    """
    split_that_day = 1.0 if actions.in_prices else actions.splits
    before = _close_before(bars) / split_that_day
    paid = (actions.dividends > 0) & np.isfinite(before)
    too_much = paid & ~(actions.dividends < before)
    if too_much.any():
        row = int(too_much.argmax())
        raise DataError(
            f"the dividend of {actions.dividends[row]:g} on {bars.index[row]} is no part of the close before, "
            f"{before[row]:g}. Correct it: it is cash per share, in the basis of that day's price."
        )
    return _of_later_rows(np.where(paid, 1.0 - actions.dividends / np.where(paid, before, 1.0), 1.0))


def _like_adjusted(bars: Bars, column: str) -> FloatArray:
    """Return the adjusted close over the close, scaled so that the newest prices stay as they are."""
    close = bars["close"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: pd.Series[Any] = bars[column].astype("float64") / close
    # A bar filled forward has no adjusted close of its own; the ratio of the bar before still holds there.
    needed = close.notna() & ~bars.get("is_carried", close.isna()).astype(bool)
    bad = (needed & ~(np.isfinite(ratio) & (ratio > 0))).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        what = "negative" if ratio.iloc[row] < 0 else "missing or nought"
        raise DataError(
            f"`{column}` or `close` is {what} on {bars.index[row]}, so prices cannot be adjusted there. "
            "Correct it, start later, or use `adjust = 'none'`."
        )
    known = ratio.ffill()
    scaled: FloatArray = np.asarray(known / known.iloc[-1], dtype=np.float64)
    return scaled


def _check_splits_known(bars: Bars) -> None:
    if _column(bars, _SPLITS) is None and _SPLITS_IN_PRICES not in bars.columns:
        raise DataError(
            "`adjust = 'splits'` needs a column `split_factor` (4.0 on the day of a 4:1 split, else 1.0), and the bars "
            f"have {', '.join(bars.columns)}. Use 'none' (closes of Yahoo are adjusted for splits already), or 'all' "
            "where there is `adj_close`."
        )


def _check_dividends_known(bars: Bars) -> None:
    if _column(bars, _DIVIDENDS) is None:
        raise DataError(
            "`adjust = 'all'` needs a column `adj_close` (`Adj Close` in the file), or `dividend` and `split_factor`, "
            f"and the bars have {', '.join(bars.columns)}. Use 'none'."
        )
