"""Every kind of problem a series can have, how bad it is, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem.

    Parameters
    ----------
    severity : {"error", "warning", "info"}
        `error`: a run on the series as it stands would be refused, or its numbers would be wrong. `warning`: a run
        works, but somebody should look first. `info`: worth knowing.
    meaning : str
        When it is reported.
    """

    severity: Severity
    meaning: str


KINDS: dict[str, Kind] = {
    "unreadable": Kind("error", "the bars of this symbol cannot be read; the others can"),
    "other_interval": Kind("error", "bars are usually another distance apart than the interval says"),
    "shifted_days": Kind("error", "days written in a zone they do not begin in, so that each would be a day early"),
    "conflicting_duplicates": Kind("error", "different rows for one time"),
    "too_short": Kind("error", "fewer than 30 bars with a price"),
    "constant": Kind("error", "every close is the same"),
    "missing_rows": Kind("error", "bars without any price, while `missing` is `error`"),
    "partial_rows": Kind("error", "bars that lack some prices, while `missing` is `error`"),
    "split": Kind("error", "an overnight jump near 2:1, 3:2, 4:1, 1:10 ... that looks like a split not adjusted for"),
    "swapped_range": Kind("error", "the high below the low in nearly all bars, as if the columns were exchanged"),
    "unit_jump": Kind("error", "jumps near 100 or 1000, as of numbers read in another unit or decimal mark"),
    "close_not_positive": Kind("error", "closes that are zero or negative, of which there is no log return"),
    "future": Kind("error", "bars dated after now, by this machine's clock"),
    "unfinished": Kind("warning", "a last bar that is not complete yet"),
    "split_already_applied": Kind("warning", "`split_factor` names a split at which the price does not jump"),
    "irregular": Kind("warning", "fewer than half of the bars follow the one before by the interval"),
    "missing_sessions": Kind("warning", "sessions of the calendar without a bar"),
    "long_gap": Kind("warning", "without a calendar: six weekdays or more in a row without a bar"),
    "missing_bars": Kind("warning", "bars missing inside a session, or between longer bars"),
    "off_session": Kind("warning", "bars on days that are no session"),
    "out_of_hours": Kind("warning", "intraday bars stamped while the exchange is closed"),
    "bar_end_stamps": Kind("warning", "intraday bars that seem to be stamped at their end"),
    "not_positive": Kind("warning", "other prices that are zero or negative"),
    "broken_range": Kind("warning", "a high below the low, or an open or close outside of them"),
    "spike": Kind("warning", "a price far off for one bar only, such as a bad tick"),
    "stale": Kind("warning", "the same prices repeated bar after bar"),
    "zero_volume_run": Kind("warning", "five or more sessions in a row without volume"),
    "large_move": Kind("info", "moves of 20 % or more that stayed and are no split"),
    "short_sessions": Kind("info", "intraday sessions with less than half of the usual bars"),
    "sunday_bars": Kind("info", "daily bars on Sundays, as of currencies"),
    "missing_weekdays": Kind("info", "without a calendar: more weekdays without a bar than holidays explain"),
    "no_volume": Kind("info", "no volume at all"),
    "some_volume": Kind("info", "volume is missing or zero in some bars"),
}
"""By name. A series with an error is not usable as it stands."""
