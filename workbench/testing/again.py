"""Whether the same input gave the same numbers twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.audit.fresh import FreshProcessError, call_fresh
from workbench.audit.leak import Leak, compare_rows, spread
from workbench.testing.check import CheckFailure

if TYPE_CHECKING:
    import pandas as pd


def agree(first: Mapping[str, pd.DataFrame], again: Mapping[str, pd.DataFrame], when: str) -> None:
    """Fail unless two answers to the same input hold the same numbers.

    Parameters
    ----------
    first, again : mapping of str to DataFrame of numbers
        By symbol.
    when : str
        How the second came about, such as `in a fresh process`.
    """
    for symbol, frame in first.items():
        if frame.shape != again[symbol].shape:
            raise CheckFailure(
                f"it gave {frame.shape[0]} rows, and {again[symbol].shape[0]} {when}, for the same input."
            )
        a, b = frame.to_numpy(), again[symbol].to_numpy()
        leak = compare_rows(a, b, spread(a), list(map(str, frame.columns)), frame.index, when, "")
        if leak is not None:
            raise CheckFailure(
                f"`{leak.column}` at {leak.time} is {leak.before:.10g}, and {leak.after:.10g} {when}, for the same "
                f"input. Draw nothing at random, and keep nothing between calls.",
                leak.column,
                leak.row,
            )


def same_again(difference: Leak | None, advice: str) -> None:
    """Fail if two answers to the same question differ.

    Parameters
    ----------
    difference : Leak or None
        Where they do; its `how` says how the second came about.
    advice : str
        What to do.
    """
    if difference is not None:
        raise CheckFailure(
            f"`{difference.column}` at {difference.time} is {difference.before:.10g}, and {difference.after:.10g} "
            f"{difference.how}. {advice}",
            difference.column,
            difference.row,
        )


def afresh(function: Callable[[Any], Any], item: Any, cls: type) -> Any:
    """Return `function(item)` of a fresh process, where nothing is remembered.

    Raises
    ------
    CheckFailure
        It raised there, or the process gave no answer.
    """
    try:
        (answer,) = call_fresh(function, [item], [cls])
    except FreshProcessError as err:
        raise CheckFailure(f"{err}.") from err
    if answer.error is not None:
        raise CheckFailure(f"in a fresh process it failed: {answer.error}")
    return answer.value
