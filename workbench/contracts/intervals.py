"""Bar lengths: how they are written, when a bar is known, and how to read one off a series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

_PATTERN = re.compile(r"(\d+)(m|h|d|wk|mo)")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "wk": 7 * 86_400, "mo": 30 * 86_400}


@dataclass(frozen=True, slots=True)
class Interval:
    """Length of a bar, such as `1d`, `1h`, `5m`, `1wk`, `1mo`."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Interval:
        """Read `text`; raise `DataError` when it is not an interval. Sixty minutes are an hour, in one spelling."""
        match = _PATTERN.fullmatch(text)
        if match is None or int(match[1]) == 0:
            raise DataError(
                f"`interval` is {text!r}; expected a number and one of m, h, d, wk, mo, such as '1d' or '5m'."
            )
        count, unit = int(match[1]), match[2]
        return cls(count // 60, "h") if unit == "m" and count % 60 == 0 else cls(count, unit)

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def is_intraday(self) -> bool:
        """Whether a session holds more than one such bar."""
        return self.unit in ("m", "h")

    @property
    def seconds(self) -> int:
        """Nominal length; months count 30 days."""
        return self.count * _SECONDS[self.unit]

    def known_at(self, labels: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """When bars with these labels are complete, in UTC without a zone.

        Labels are the start of the bar: a session date, or the opening stamp in UTC. Without an exchange
        calendar a daily bar is taken as known at the end of its date in UTC, never earlier.
        """
        import pandas as pd

        if self.unit == "mo":
            if labels.is_month_end.all():  # labelled by the last day of the month
                return labels + pd.Timedelta(days=1)
            return labels + pd.DateOffset(months=self.count)
        return labels + pd.Timedelta(seconds=self.seconds)


def infer_interval(labels: pd.DatetimeIndex) -> Interval:
    """Read the interval off bar labels: the most common distance between neighbours.

    Raises
    ------
    DataError
        Fewer than three bars, labels that do not increase, or no interval that Workbench knows is near the usual
        distance.
    """
    if len(labels) < 3:
        bars = "1 bar" if len(labels) == 1 else f"{len(labels)} bars"
        raise DataError(f"the series has {bars}; at least 3 are needed to read its interval.")
    steps = (labels[1:] - labels[:-1]).total_seconds()
    usual = float(steps.to_series().mode().iloc[0])
    if usual >= 27 * 86_400:
        months = round(usual / (30.44 * 86_400))
        return Interval(max(months, 1), "mo")
    if usual > 0 and usual % _SECONDS["wk"] == 0:
        return Interval(int(usual // _SECONDS["wk"]), "wk")
    for unit in ("d", "h", "m"):
        if usual >= _SECONDS[unit] and usual % _SECONDS[unit] == 0:
            return Interval(int(usual // _SECONDS[unit]), unit)
    raise DataError(
        f"bars are usually {usual:g} seconds apart; expected one or more whole minutes between bars, oldest first."
    )
