"""Stamps as a source wrote them, beside the UTC that Workbench keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from workbench.data._labels import Stamps, take_stamps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class WrittenStamps:
    """Stamps of a source, both ways, and the zone they are in; None where only UTC is known."""

    stamps: Stamps | None
    timezone: str

    @classmethod
    def of(cls, raw: pd.DataFrame | None) -> Self:
        """Read the stamps of what a source answered."""
        import pandas as pd

        if raw is None:
            return cls(None, "UTC")
        stamps, _ = take_stamps(raw.set_axis([str(column).strip().lower() for column in raw.columns], axis=1))
        zone = raw.index.tz if isinstance(raw.index, pd.DatetimeIndex) else None
        return cls(stamps, "UTC" if zone is None else str(zone))

    def local(self, label: pd.Timestamp) -> pd.Timestamp:
        """Return the stamp that was written for a label in UTC; the label itself where none was."""
        if self.stamps is None:
            return label
        at = np.flatnonzero(self.stamps.utc == label)
        return self.stamps.local[at[0]] if len(at) else label
