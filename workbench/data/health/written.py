"""Stamps as a source wrote them, beside the UTC that Workbench keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from workbench.contracts.intervals import Interval
from workbench.data._labels import Stamps, take_stamps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class WrittenStamps:
    """Stamps of a source, both ways, and the zone they are in; None where only UTC is known.

    `seconds` is how much later than a bar's start its stamp was.
    """

    stamps: Stamps | None
    timezone: str
    seconds: int = 0

    @classmethod
    def unknown(cls) -> Self:
        """Stand for a source that nothing is known of."""
        return cls(None, "UTC")

    @classmethod
    def of(cls, raw: pd.DataFrame | None, interval: Interval, stamps: str) -> Self:
        """Read the stamps of what a source answered, which it may have moved from the end of bars to their start."""
        import pandas as pd

        if raw is None:
            return cls.unknown()
        found, _ = take_stamps(raw.set_axis([str(column).strip().lower() for column in raw.columns], axis=1))
        zone = raw.index.tz if isinstance(raw.index, pd.DatetimeIndex) else None
        return cls(found, "UTC" if zone is None else str(zone), interval.seconds if stamps == "end" else 0)

    def local(self, label: pd.Timestamp) -> pd.Timestamp:
        """Return the stamp that was written for a label in UTC; the label itself where none was."""
        import pandas as pd

        if self.stamps is None:
            return label
        at = np.flatnonzero(self.stamps.utc == label)
        local = self.stamps.local[at[0]] if len(at) else label
        return local + pd.Timedelta(seconds=self.seconds)
