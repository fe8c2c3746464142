from typing import ClassVar

from workbench import DataError, Feature


class LeakyBackfilledExtraColumn(Feature, name="leaky_backfilled_extra_column"):
    """Wrong: until the next report is out, its earnings are already in the rows before it."""

    inputs: ClassVar[set] = {"close", "earnings"}

    def compute(self, bars):
        return bars["earnings"].bfill().fillna(0.0)


class HonestBackfilledExtraColumn(Feature, name="honest_backfilled_extra_column"):
    """Right: the earnings last reported stand until there are new ones."""

    inputs: ClassVar[set] = {"close", "earnings"}

    def compute(self, bars):
        if "earnings" not in bars.columns:
            raise DataError("this feature reads the column 'earnings', which the bars do not have.")
        return bars["earnings"].ffill()
