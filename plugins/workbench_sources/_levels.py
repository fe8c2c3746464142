"""DataFrames with several levels of names, over the columns or in the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import DataError, Repair
from workbench_sources._headers import DATE_NAMES, NUMBERS, few, snake_case, usual_names

if TYPE_CHECKING:
    import pandas as pd


def flattened(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    """Return a frame with one level of columns, and with symbols and dates of its index in columns where need be.

    Raises
    ------
    DataError
        It cannot be told what the levels are.
    """
    said: list[Repair] = []
    if frame.columns.nlevels > 1:
        frame, said = _one_block_per_ticker(frame)
    if frame.index.nlevels > 1:
        frame, levelled = _with_levels_as_columns(frame)
        said += levelled
    elif frame.index.dtype.kind in "iuf" and snake_case(frame.index.name or "") in DATE_NAMES:
        frame = _reset(frame)
    return frame, said


def _one_block_per_ticker(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    """Put the columns of several tickers, as yfinance gives them, below each other, with a column `symbol`."""
    import pandas as pd

    levels = [list(map(str, frame.columns.get_level_values(level))) for level in range(frame.columns.nlevels)]
    prices = [at for at, names in enumerate(levels) if NUMBERS & set(usual_names(list(dict.fromkeys(names))))]
    if len(levels) != 2 or len(prices) != 1:
        raise DataError(
            f"the columns of the frame have {len(levels)} levels, such as {frame.columns[0]!r}, and are not names of "
            "prices and of symbols. Hand in one row of names, such as `frame.droplevel(1, axis=1)`."
        )
    names, tickers = levels[prices[0]], levels[1 - prices[0]]
    shared = [at for at, (name, ticker) in enumerate(zip(names, tickers, strict=True)) if "" in (name, ticker)]
    called = [name or ticker for name, ticker in zip(names, tickers, strict=True)]
    unique = list(dict.fromkeys(ticker for at, ticker in enumerate(tickers) if at not in shared))
    blocks = []
    for ticker in unique:
        own = [at for at in range(len(tickers)) if at in shared or tickers[at] == ticker]
        block = frame.iloc[:, own].set_axis([called[at] for at in own], axis=1)
        blocks.append(block.assign(symbol=ticker))
    sentence = (
        f"The names of the columns have two levels, of prices and of symbols ({few(unique)}): each symbol was read as "
        "a series of its own."
    )
    return pd.concat(blocks), [Repair("header_rows", sentence, 2)]


def _with_levels_as_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Repair]]:
    names = [_level_name(frame, level) for level in range(frame.index.nlevels)]
    given = [None if name is None else str(name) for name in frame.index.names]
    flat = _reset(frame.set_axis(frame.index.set_names(names)))
    if names == given:
        return flat, []
    sentence = f"The levels of the index without a name were taken for {' and '.join(names)}."
    return flat, [Repair("index_levels", sentence, len(frame))]


def _level_name(frame: pd.DataFrame, level: int) -> str:
    """Return the name of a level of the index; where it has none, by whether it holds dates."""
    name: Any = frame.index.names[level]
    if name is not None:
        return str(name)
    return "date" if frame.index.levels[level].dtype.kind == "M" else "symbol"  # type: ignore[attr-defined]


def _reset(frame: pd.DataFrame) -> pd.DataFrame:
    try:
        return frame.reset_index()
    except ValueError as err:
        raise DataError(
            f"the index of the frame and its columns have names in common, or two levels one ({err}). Rename or drop "
            "one, such as with `frame.reset_index(drop=True)`."
        ) from err
