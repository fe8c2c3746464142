"""`SeriesHealth`: what was found out about one series, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbench.contracts.repair import Repair
from workbench.data.health.kinds import KINDS, SEVERITIES, Severity


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a series that somebody should know.

    Parameters
    ----------
    kind : str
        A name of `KINDS`.
    severity : {"error", "warning", "info"}
    rows : int
        Bars, or missing bars, it concerns; 0 where it is the whole series.
    at : tuple of str
        The first few of them, as ISO dates or stamps.
    detail : str
        What was found, as a sentence.
    advice : str
        What to type or set, as a sentence.
    """

    kind: str
    severity: Severity
    rows: int
    at: tuple[str, ...]
    detail: str
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {**asdict(self), "at": list(self.at)}


def problem(kind: str, detail: str, advice: str, *, rows: int = 0, at: tuple[str, ...] = ()) -> Problem:
    """Make a problem; how bad it is follows from its kind. A sentence that ends in `...` has no full stop."""
    return Problem(kind, KINDS[kind].severity, rows, at, detail.replace(", ....", ", ..."), advice)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What an experiment does to bars before anybody sees them.

    Parameters
    ----------
    missing : {"error", "drop", "ffill"}
    n_missing : int
        Bars that it left out or filled.
    adjust : {"none", "splits", "all"}
    n_adjusted : int or None
        Bars whose close it changed; None where bars were joined to longer ones.
    """

    missing: str = "error"
    n_missing: int = 0
    adjust: str = "none"
    n_adjusted: int | None = 0


UNTREATED = Treatment()
"""As the source gave them."""


@dataclass(frozen=True, slots=True)
class SeriesHealth:
    """The health sheet of one series.

    Parameters
    ----------
    symbol : str
    rows : int
        Bars with a close.
    first, last : str or None
        The first and last of them, ISO: the session date for daily and longer bars, else the stamp as written.
    interval : str
        Length of a bar.
    n_missing : int
        Bars in which a price is missing.
    calendar : str
        What days were expected: the name of a calendar, `weekdays` where none is known, or `none` where bars are
        longer than a day.
    calendar_is_stated : bool
        Whether somebody named the calendar, rather than the bars.
    timezone : str
        Zone of `first` and `last` where they are stamps: as the data name it, else `UTC`.
    periods_per_year : float or None
        Bars a year, by which figures are annualised.
    treatment : Treatment
        What was done to the bars before they were checked.
    repairs : tuple of Repair
        What had to be mended to read the series.
    problems : tuple of Problem
        Errors first.
    """

    symbol: str
    rows: int
    first: str | None
    last: str | None
    interval: str
    n_missing: int
    calendar: str
    calendar_is_stated: bool
    timezone: str
    periods_per_year: float | None
    treatment: Treatment
    repairs: tuple[Repair, ...]
    problems: tuple[Problem, ...]

    @property
    def usable(self) -> bool:
        """Whether a run on the series as it stands would be right: there is no error."""
        return not self.with_severity("error")

    def with_severity(self, severity: Severity) -> list[Problem]:
        """Return the problems of one severity."""
        return [found for found in self.problems if found.severity == severity]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "symbol": self.symbol,
            "rows": self.rows,
            "first": self.first,
            "last": self.last,
            "interval": self.interval,
            "repairs": [repair_dict(repair) for repair in self.repairs],
            "problems": [found.to_dict() for found in self.problems],
            "usable": self.usable,
            "span": None if self.first is None else f"{self.first} to {self.last}",
            "n_missing": self.n_missing,
            "calendar": self.calendar,
            "calendar_is_stated": self.calendar_is_stated,
            "timezone": self.timezone,
            "periods_per_year": self.periods_per_year,
            "treatment": asdict(self.treatment),
        }


@dataclass(frozen=True, slots=True)
class DataHealth:
    """The health of everything that was checked together.

    Parameters
    ----------
    series : tuple of SeriesHealth
        One per symbol.
    """

    series: tuple[SeriesHealth, ...]

    @property
    def usable(self) -> bool:
        """Whether all series are."""
        return all(item.usable for item in self.series)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"series": [item.to_dict() for item in self.series], "usable": self.usable}


def repair_dict(repair: Repair) -> dict[str, Any]:
    """Return a repair as plain JSON values."""
    return {"kind": repair.kind, "rows": repair.rows, "at": list(repair.at), "detail": repair.detail}


def worst_first(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return problems in the order of their severity."""
    return tuple(sorted(problems, key=lambda found: SEVERITIES.index(found.severity)))
