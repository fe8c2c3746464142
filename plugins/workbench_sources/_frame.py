"""The source that holds a DataFrame."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field

from workbench import DataSource, ExperimentError
from workbench_sources._examples import example_bars
from workbench_sources._levels import flattened
from workbench_sources._mapping import ColumnNames
from workbench_sources._table import Layout, Table, make_table

if TYPE_CHECKING:
    import pandas as pd

_N_IDENTIFYING = 32


class Frame(DataSource, name="frame"):
    """Bars from a pandas DataFrame already in memory.

    Parameters
    ----------
    frame : DataFrame
        Dates in the index or in a column `date`, `datetime`, `timestamp` or `time`; prices under their usual
        names in any case. A column `symbol`, `ticker` or `name` tells symbols apart, as does a second level of the
        columns or of the index, such as yfinance gives. Not changed.
    symbol : str, default="frame"
        What to call the one symbol of a frame without such a column.
    columns : dict of str to str, optional
        From our names to the frame's, where these are unusual: `{"close": "Fixing"}`.
    strict : bool, default=False
        Refuse what would have to be mended or decided, instead of reporting it.
    """

    frame: Any = Field(description="DataFrame of bars")
    symbol: str = Field("frame", min_length=1, description="name of the one symbol, where no column names them")
    columns: ColumnNames = Field({}, description="from our names to the frame's, such as close to Schluss")
    strict: bool = Field(False, description="refuse what would have to be mended, instead of reporting it")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Hold 60 daily bars."""
        return cls(frame=example_bars())

    def model_post_init(self, context: Any, /) -> None:
        """Refuse anything but a DataFrame."""
        import pandas as pd

        if not isinstance(self.frame, pd.DataFrame):
            raise ExperimentError(f"`frame` of 'frame' must be a pandas DataFrame, got {type(self.frame).__name__}.")

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return all rows of `symbol`, oldest first, whatever their dates and interval.

        Raises
        ------
        DataError
            The frame has no such symbol, or no dates that can be read.
        """
        return self._table.bars_of(symbol, self.symbol, "the frame")

    def symbols(self) -> list[str]:
        """Symbols in the frame."""
        return self._table.symbols(self.symbol)

    def location(self) -> str:
        """Return a fingerprint of the 32 oldest bars.

        Frames have no name of their own. This keeps different ones apart, while a frame to which bars were
        appended stays the same series.
        """
        oldest = self._table.rows.sort_index(kind="stable").head(_N_IDENTIFYING)
        return hashlib.sha256(oldest.to_csv().encode()).hexdigest()[:12]

    @cached_property
    def _table(self) -> Table:
        frame, repairs = flattened(self.frame)
        return make_table(frame, Layout(self.columns, strict=self.strict), repairs)
