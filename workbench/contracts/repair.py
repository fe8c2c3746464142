"""`Repair`: what had to be mended in a series before it could be used, so that nothing is mended silently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_KEY, _STRICT = "repairs", "strict"


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


def with_repairs(frame: pd.DataFrame, repairs: Iterable[Repair], *, strict: bool = False) -> pd.DataFrame:
    """Return `frame` carrying the repairs it has had, those it carried already first; for what `fetch` returns.

    Parameters
    ----------
    frame : DataFrame
        Not changed.
    repairs : iterable of Repair
        In the order in which they were done.
    strict : bool, default=False
        Refuse what needed a repair, here and where the workbench would mend more.

    Raises
    ------
    DataError
        `strict`, and there are repairs.
    """
    marked = frame.copy(deep=False)
    had = (*repairs_of(frame), *repairs)
    marked.attrs = {**frame.attrs, _KEY: had}
    if strict:
        marked.attrs[_STRICT] = True
        refuse_repairs(marked, had)
    return marked


def repairs_of(frame: pd.DataFrame) -> tuple[Repair, ...]:
    """Return the repairs that a frame carries; none where it says nothing."""
    return tuple(item for item in frame.attrs.get(_KEY, ()) if isinstance(item, Repair))


def refuse_repairs(frame: pd.DataFrame, repairs: Iterable[Repair]) -> None:
    """Raise `DataError` if there are repairs and whoever fetched `frame` wants none."""
    needed = tuple(repairs)
    if needed and frame.attrs.get(_STRICT):
        sentences = " ".join(repair.detail for repair in needed)
        raise DataError(
            f"`strict` allows no repairs, and these were needed: {sentences} Mend the data, say in the parameters of "
            "the source how they are written, or leave out `strict`."
        )
