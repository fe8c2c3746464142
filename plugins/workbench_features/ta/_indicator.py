"""The one adapter through which every indicator of the `ta` library is offered."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import ConfigDict, Field

from workbench import DataError, ExperimentError, Feature
from workbench_features._columns import values_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench import Bars

Length = Annotated[int, Field(ge=1, description="bars")]

CLOSE = frozenset({"close"})
HIGH_LOW = frozenset({"high", "low"})
HIGH_LOW_CLOSE = HIGH_LOW | CLOSE
VOLUME = frozenset({"volume"})
CLOSE_VOLUME = CLOSE | VOLUME
HIGH_LOW_CLOSE_VOLUME = HIGH_LOW_CLOSE | VOLUME

REFUSED = {
    "fillna": "it fills undefined rows, some of them with the mean of the whole series, which is not known "
    "yet at those rows",
    "visual": "it fills the start of the shifted lines with the mean of the whole series, which is not known "
    "yet at those rows",
    "dropnans": "it drops rows, so that values no longer stand beside their bars",
}


class TaIndicator(Feature):
    """An indicator of the `ta` library, with its warm-up masked.

    A subclass names the class of `ta` it stands for, and declares the parameters of that class's constructor
    as fields, under the same names.

    Notes
    -----
    The figures are those of `ta`, known at the bar's close; only what `ta` leaves wrong around the edges is
    mended: rows before `warmup` are NaN (where `ta` has zeros or half-filled windows), a series shorter than
    that is NaN throughout (where `ta` raises), and a division by zero is NaN (where `ta` has infinities).
    """

    # The schema is built when an indicator is first made: listing 42 of them stays cheap.
    model_config = ConfigDict(defer_build=True)

    indicator: ClassVar[str] = ""
    """Module and class within `ta`."""
    outputs: ClassVar[tuple[str, ...]] = ()
    """Methods of that class, each a column of its own name."""

    def __init__(self, **params: Any) -> None:
        for name in REFUSED.keys() & params.keys():
            raise ExperimentError(f"{type(self).name!r} is not offered with `{name}`: {REFUSED[name]}. Leave it out.")
        super().__init__(**params)

    def compute(self, bars: Bars) -> pd.Series | pd.DataFrame:
        """Return one column per output, on the index of `bars`.

        Raises
        ------
        DataError
            A column the indicator reads has missing values: `ta` would take them for "no change".
        """
        import pandas as pd

        inputs = self._read(bars)
        if len(bars) <= self.warmup:
            frame = pd.DataFrame(np.nan, index=inputs.index, columns=list(self.outputs))
        else:
            frame = self._indicate(inputs)
            frame.iloc[: self.warmup] = np.nan
        frame = frame.replace([np.inf, -np.inf], np.nan).set_axis(bars.index)
        return frame if len(self.outputs) > 1 else frame[self.outputs[0]]

    def _indicate(self, inputs: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        module, _, name = self.indicator.partition(".")
        cls = getattr(importlib.import_module(f"ta.{module}"), name)
        params = {field: getattr(self, field) for field in type(self).model_fields}
        with np.errstate(all="ignore"):
            indicator = cls(**{column: inputs[column] for column in self.inputs}, **params)
            return pd.DataFrame({output: getattr(indicator, output)() for output in self.outputs}, dtype=np.float64)

    def _read(self, bars: Bars) -> pd.DataFrame:
        """Return copies of the columns to read, numbered from 0: with dates, `ta` 0.11 corrupts the PSAR."""
        import pandas as pd

        columns = {column: values_of(bars, column) for column in sorted(self.inputs)}
        for column, values in columns.items():
            missing = np.isnan(values)
            if missing.any():
                raise DataError(
                    f"{type(self).name} needs a complete column {column!r}, but {int(missing.sum())} of "
                    f"{len(bars)} values are missing, the first at {bars.index[int(missing.argmax())]}. "
                    "Choose how to treat missing bars, cut the series, or leave this feature out."
                )
        return pd.DataFrame(columns, copy=True)
