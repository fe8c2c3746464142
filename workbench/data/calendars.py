"""Exchange calendars: which days are sessions, when they open and close, and which come next."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contracts.arrays import FloatArray, IntArray

_ALWAYS = {"24/7": 365.0, "24/5": 260.0}
_EXCHANGE_YEAR = 252.0
_MOMENTS = ("open", "break_start", "break_end", "close")


@dataclass(frozen=True)
class Calendar:
    """The sessions of one market.

    Parameters
    ----------
    name : str
        `24/7`, `24/5`, or the market identifier code of an exchange, such as `XNYS`; see `calendar`.

    Notes
    -----
    Sessions are dates without a zone, moments are UTC without a zone. A calendar knows its holidays from some year
    on (`first_known`) and at most about a year ahead (`last_known`). Outside of that `sessions` lists none, `opens`
    and `closes` are NaT, and `following` refuses to answer.

    The sessions of `24/5` are the dates from Monday to Friday in UTC. Currencies begin to trade on Sunday evening;
    those bars lie before the session of Monday, and `session_of` counts them to it.
    """

    name: str

    @property
    def timezone(self) -> str:
        """Zone in which the exchange keeps its dates."""
        return str(_exchange(self.name, 2000).tz)

    @property
    def periods_per_year(self) -> float:
        """Sessions in a year by convention: 365, 260 or, of an exchange, 252."""
        return _ALWAYS.get(self.name, _EXCHANGE_YEAR)

    @property
    def first_known(self) -> pd.Timestamp | None:
        """Date before which the holidays are not known; None where the rules reach back for ever."""
        bound: pd.Timestamp | None = _exchange(self.name, 2000).bound_min()
        return bound

    @property
    def last_known(self) -> pd.Timestamp:
        """The last session that is known, at most about a year ahead."""
        last: pd.Timestamp = _exchange(self.name, 2000).last_session
        return last

    def sessions(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Dates of the sessions from `first` to `last`, both included, as far as they are known."""
        known = self._dates(first)
        return known[(known >= first.normalize()) & (known <= last)]

    def opens(self, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """When each of `sessions` opens; NaT for dates that are none."""
        return self._moments(sessions, "open")

    def closes(self, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """When each of `sessions` closes; NaT for dates that are none."""
        return self._moments(sessions, "close")

    def hours(self, sessions: pd.DatetimeIndex) -> FloatArray:
        """How many hours each of `sessions` trades, a break at noon taken off; NaN for dates that are none."""
        open, start, end, close = (self._moments(sessions, column) for column in _MOMENTS)
        pause = np.nan_to_num(_hours(end - start))
        hours: FloatArray = _hours(close - open) - pause
        return hours

    def following(self, session: pd.Timestamp, n: int) -> pd.DatetimeIndex:
        """The next `n` sessions after a date.

        Raises
        ------
        DataError
            They lie beyond what the calendar knows, or the date lies before.
        """
        known = self._dates(session)
        first = self.first_known
        if first is not None and session < first:
            raise DataError(f"the calendar {self.name!r} begins on {first.date()}; ask for sessions after that.")
        ahead = known[known > session.normalize()][:n]
        if len(ahead) < n:
            raise DataError(f"the calendar {self.name!r} ends on {known[-1].date()}; ask for nearer sessions.")
        return ahead

    def session_of(self, moments: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """The date each moment counts to: its session where one is open then, else the date in `timezone`.

        A session that begins on the evening before, as in Sydney or of futures in Chicago, keeps its own date. What
        trades in `24/5` on Saturday or Sunday counts to the Monday that follows.
        """
        import pandas as pd

        if not len(moments):
            return pd.DatetimeIndex(moments)
        local = moments.tz_localize("UTC").tz_convert(self.timezone).tz_localize(None).normalize()
        dates = local.to_numpy().astype("datetime64[ns]")
        inside, row = self._inside(moments)
        found = self._schedule(moments.min() - pd.Timedelta(days=2)).index.to_numpy()
        dates[inside] = found[row[inside]]
        if self.name == "24/5":
            weekday = pd.DatetimeIndex(dates).day_of_week.to_numpy()
            dates += np.where(weekday >= 5, 7 - weekday, 0).astype("timedelta64[D]")
        return pd.DatetimeIndex(dates)

    def spans(self, moments: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
        """The stretch of trading each moment lies in: from open to close of the session that is open then.

        Outside of sessions it is the date in `timezone`, from its midnight, or the last close if that is later, to
        the next midnight, or the next opening if that is earlier.
        """
        import pandas as pd

        local = moments.tz_localize("UTC").tz_convert(self.timezone).tz_localize(None).normalize()
        starts, ends = (midnights(d, self.timezone).to_numpy() for d in (local, local + pd.Timedelta(days=1)))
        if not len(moments):
            return pd.DatetimeIndex(starts), pd.DatetimeIndex(ends)
        inside, row = self._inside(moments)
        schedule = self._schedule(moments.min() - pd.Timedelta(days=2))
        opens, closes = schedule["open"].to_numpy(), schedule["close"].to_numpy()
        before, after = np.maximum(row, 0), np.minimum(row + 1, len(opens) - 1)
        starts = np.where((row >= 0) & ~inside, np.maximum(starts, closes[before]), starts)
        ends = np.where((row + 1 < len(opens)) & ~inside, np.minimum(ends, opens[after]), ends)
        starts, ends = np.where(inside, opens[before], starts), np.where(inside, closes[before], ends)
        return pd.DatetimeIndex(starts), pd.DatetimeIndex(ends)

    def breaks(self, sessions: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
        """Beginning and end of the break at noon of each of `sessions`; NaT where there is none."""
        return self._moments(sessions, "break_start"), self._moments(sessions, "break_end")

    def _inside(self, moments: pd.DatetimeIndex) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], IntArray]:
        """Whether a session is open at each moment, and the row of the last one that opened (-1: none)."""
        import pandas as pd

        schedule = self._schedule(moments.min() - pd.Timedelta(days=2))
        at = moments.to_numpy().astype("datetime64[ns]")
        row = np.searchsorted(schedule["open"].to_numpy(), at, side="right") - 1
        return (row >= 0) & (at < schedule["close"].to_numpy()[np.maximum(row, 0)]), row

    def _dates(self, since: pd.Timestamp) -> pd.DatetimeIndex:
        import pandas as pd

        return pd.DatetimeIndex(self._schedule(since).index.to_numpy(), name="session")

    def _moments(self, sessions: pd.DatetimeIndex, column: str) -> pd.DatetimeIndex:
        import pandas as pd

        if not len(sessions):
            return pd.DatetimeIndex([])
        return pd.DatetimeIndex(self._schedule(sessions.min())[column].reindex(sessions.normalize()))

    def _schedule(self, since: pd.Timestamp) -> pd.DataFrame:
        """All sessions, from the decade of `since` on."""
        schedule: pd.DataFrame = _schedule(self.name, since.year - since.year % 10)
        return schedule


def calendar(name: str) -> Calendar:
    """Return the calendar called `name`.

    Parameters
    ----------
    name : str
        The market identifier code of an exchange, such as `XNYS` (New York), `XLON`, `XTKS`, `XBOM`; `24/7` for what
        trades always, such as crypto currencies; `24/5` for what trades from Monday to Friday, such as currencies.

    Raises
    ------
    DataError
        There is none of that name.
    """
    known = _names()
    if name not in known:
        raise DataError(
            f"there is no calendar {name!r}.{did_you_mean(name, known)} Give '24/7', '24/5' or the market identifier "
            "code of an exchange, such as 'XNYS'."
        )
    return Calendar(name)


def midnights(dates: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """When dates begin in a zone, in UTC without a zone; where a clock change skips midnight, the moment after."""
    there = dates.tz_localize(zone, ambiguous=np.ones(len(dates), dtype=bool), nonexistent="shift_forward")
    return there.tz_convert("UTC").tz_localize(None).as_unit("ns")


def _hours(durations: pd.TimedeltaIndex) -> FloatArray:
    hours: FloatArray = durations.total_seconds().to_numpy(dtype=np.float64) / 3600.0
    return hours


@lru_cache(maxsize=64)
def _schedule(name: str, since: int) -> pd.DataFrame:
    import pandas as pd

    found = _exchange(name, since).schedule
    moments = {c: pd.DatetimeIndex(found[c]).tz_convert("UTC").tz_localize(None).as_unit("ns") for c in _MOMENTS}
    return pd.DataFrame(moments).set_axis(pd.DatetimeIndex(found.index.to_numpy()).as_unit("ns"), axis=0)


@lru_cache(maxsize=64)
def _exchange(name: str, since: int) -> Any:
    """The library's calendar from a year on, or from the first that it knows."""
    import exchange_calendars
    import pandas as pd

    start = pd.Timestamp(since, 1, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations of pandas inside the library
        try:
            return exchange_calendars.get_calendar(name, start=start)
        except ValueError as err:
            bound = _first_year(name, err)
            if bound is None or bound <= start:
                raise _unusable(name, err) from err
            return exchange_calendars.get_calendar(name, start=bound)


def _first_year(name: str, error: ValueError) -> pd.Timestamp | None:
    import exchange_calendars
    import pandas as pd

    for start in (None, pd.Timestamp.now().normalize() - pd.Timedelta(days=400)):
        try:
            bound: pd.Timestamp | None = exchange_calendars.get_calendar(name, start=start).bound_min()
        except ValueError:
            continue
        return bound
    raise _unusable(name, error) from error


def _unusable(name: str, error: ValueError) -> DataError:
    said = str(error)
    return DataError(
        f"the calendar {name!r} cannot be made: {said[:200]}{'...' if len(said) > 200 else ''} This is said by "
        "exchange_calendars; another version may do better, or leave `calendar` out."
    )


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    import exchange_calendars

    return frozenset(exchange_calendars.get_calendar_names(include_aliases=True))
