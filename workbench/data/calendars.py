"""Exchange calendars: which days are sessions, when they open and close, and which come next."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

_ALWAYS = {"24/7": 365.0, "24/5": 260.0}
_EXCHANGE_YEAR = 252.0


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
    on and about a year ahead; asked for more, it answers for what it knows.
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

    def sessions(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Dates of the sessions from `first` to `last`, both included."""
        known = self._dates(first)
        return known[(known >= first.normalize()) & (known <= last)]

    def opens(self, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """When each of `sessions` opens; NaT for dates that are none."""
        return self._moments(sessions, "open")

    def closes(self, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """When each of `sessions` closes; NaT for dates that are none."""
        return self._moments(sessions, "close")

    def following(self, session: pd.Timestamp, n: int) -> pd.DatetimeIndex:
        """The next `n` sessions after a date.

        Raises
        ------
        DataError
            They lie beyond what the calendar knows.
        """
        known = self._dates(session)
        ahead = known[known > session.normalize()][:n]
        if len(ahead) < n:
            raise DataError(f"the calendar {self.name!r} ends on {known[-1].date()}; ask for nearer sessions.")
        return ahead

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
        The market identifier code of an exchange, such as `XNYS` (New York), `XLON`, `XTKS`, `XNSE`; `24/7` for what
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


@lru_cache(maxsize=32)
def _schedule(name: str, since: int) -> pd.DataFrame:
    import pandas as pd

    found = _exchange(name, since).schedule
    moments = {name: found[name].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy() for name in ("open", "close")}
    return pd.DataFrame(moments, index=found.index.to_numpy())


@lru_cache(maxsize=32)
def _exchange(name: str, since: int) -> Any:
    import exchange_calendars
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations of pandas inside the library
        earliest = exchange_calendars.calendar_utils.global_calendar_dispatcher.resolve_alias(name)
        bound = exchange_calendars.calendar_utils._default_calendar_factories[earliest].bound_min()
        start = pd.Timestamp(since, 1, 1)
        return exchange_calendars.get_calendar(name, start=start if bound is None else max(start, bound))


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    import exchange_calendars

    return frozenset(exchange_calendars.get_calendar_names(include_aliases=True))
