"""Days written in a zone they do not begin in: each would be labelled, and known, a day early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.contracts.arrays import BoolArray, IntArray
from workbench.contracts.intervals import Interval
from workbench.data._labels import Stamps

_DAY = 86_400
_EASTERNMOST = 10 * 3_600
"""Earliest moment of a day in UTC at which one begins further east: 14 hours ahead."""
_NIGHT = 21 * 3_600
"""The same of stamps with a zone of their own: no exchange closes later."""
_QUARTER = 900
_ENOUGH = 5
_NEARLY_NONE = 0.02
_NEARLY_ALL = 0.9
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_ZONES = {
    23: "Europe/Berlin",
    22: "Europe/Athens",
    21: "Europe/Moscow",
    20: "Asia/Dubai",
    18: "Asia/Kolkata",
    17: "Asia/Jakarta",
    16: "Asia/Shanghai",
    15: "Asia/Tokyo",
    14: "Australia/Sydney",
    13: "Australia/Sydney",
    12: "Pacific/Auckland",
    11: "Pacific/Auckland",
}
"""Where the day begins at that hour in UTC; over summer time, the later of the two hours."""


@dataclass(frozen=True, slots=True)
class ShiftedDays:
    """Bars whose day begins on the evening before, as they are written.

    Parameters
    ----------
    times : tuple of str
        The times of day found, one or, over summer time, two.
    zone : str
        A zone in which days begin then.
    n_bars : int
        Bars it concerns.
    first : str
        The first of them, as it would be labelled.
    """

    times: tuple[str, ...]
    zone: str
    n_bars: int
    first: str

    @property
    def detail(self) -> str:
        """What was found."""
        return (
            f"{self.n_bars:,} bars are stamped {' or '.join(self.times)}, which is midnight further east: the bar of "
            f"the day after {self.first} would be labelled {self.first}, and taken as known a day too early."
        )

    @property
    def advice(self) -> str:
        """What to set."""
        return (
            "Set `timezone` of the source to the zone in which the days begin, such as "
            f"`--set timezone={self.zone}` (of a run `--set source.timezone={self.zone}`, of a frame "
            f"`frame.tz_convert('{self.zone}')`), or write dates without a "
            "time. If these are the closes of those very dates, name the zone of the exchange."
        )


def find_shifted_days(stamps: Stamps, interval: Interval) -> ShiftedDays | None:
    """Look whether daily or longer bars are stamped at a midnight east of where they were written.

    They are where they all carry one time of day, and only the days after theirs are days on which bars begin: Monday
    to Friday rather than Sunday to Thursday, Mondays rather than Sundays, firsts of the month rather than lasts.
    Closes of the same day are left alone.
    """
    if interval.is_intraday:
        return None
    seconds = np.unique((stamps.local.to_numpy().astype("datetime64[s]")).astype("int64"))
    time = seconds % _DAY
    late = time >= (_EASTERNMOST if stamps.are_utc else _NIGHT)
    if late.sum() < _ENOUGH or not _is_one_midnight(time, late):
        return None
    days = seconds[late] // _DAY
    if not _is_the_day_before(days, interval):
        return None
    times = np.unique(time[late])
    return ShiftedDays(
        times=tuple(f"{moment // 3_600:02d}:{moment % 3_600 // 60:02d}" for moment in times.tolist()),
        zone="Europe/London" if len(late) > late.sum() else _ZONES.get(int(times[-1]) // 3_600, "Europe/Berlin"),
        n_bars=int(late.sum()),
        first=str(days[0].astype("datetime64[D]")),
    )


def _is_one_midnight(time: IntArray, late: BoolArray) -> bool:
    """Whether all times are one, or two an hour apart, as over summer time; in London one of them is 0:00."""
    of_late = np.unique(time[late])
    if (of_late % _QUARTER).any() or of_late[-1] - of_late[0] not in (0, 3_600):
        return False
    rest = time[~late]
    return bool(not len(rest) or (not rest.any() and set(of_late.tolist()) == {_DAY - 3_600}))


def _is_the_day_before(days: IntArray, interval: Interval) -> bool:
    weekday = (days + 3) % 7  # day 0 was a Thursday
    if interval.unit == "mo":
        following = (days + 1).astype("datetime64[D]")
        return bool(np.mean(following == following.astype("datetime64[M]")) >= _NEARLY_ALL)
    if interval.unit == "wk":
        return bool(np.mean(weekday == _SUNDAY) >= _NEARLY_ALL)
    off = np.mean((weekday == _FRIDAY) | (weekday == _SATURDAY))
    return bool(np.mean(weekday == _SUNDAY) >= 0.1 and off <= _NEARLY_NONE)
