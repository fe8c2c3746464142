"""`Repair`: what had to be mended in a series before it could be used, so that nothing is mended silently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_KEY = "repairs"


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of mending that a series needed.

    Parameters
    ----------
    kind : str
        What was done, in one word of snake case: `newest_first`, `duplicates`, `thousands`.
    detail : str
        What was found and what was done, as a sentence.
    rows : int
        Rows it touched.
    at : tuple of str
        The first few of them, as dates, stamps or row numbers.
    """

    kind: str
    detail: str
    rows: int
    at: tuple[str, ...] = ()


def with_repairs(frame: pd.DataFrame, repairs: Iterable[Repair]) -> pd.DataFrame:
    """Return `frame` carrying the repairs it has had, those it carried already first; for what `fetch` returns."""
    marked = frame.copy(deep=False)
    marked.attrs = {**frame.attrs, _KEY: (*repairs_of(frame), *repairs)}
    return marked


def repairs_of(frame: pd.DataFrame) -> tuple[Repair, ...]:
    """Return the repairs that a frame carries; none where it says nothing."""
    return tuple(item for item in frame.attrs.get(_KEY, ()) if isinstance(item, Repair))
