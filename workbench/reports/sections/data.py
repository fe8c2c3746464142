"""What the bars were like: span, calendar, what was mended, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from workbench.reports import formats
from workbench.reports.html import MOST_ROWS, Table, bullets, heading, paragraph, table

if TYPE_CHECKING:
    from workbench.runs.run import Run

_COLUMNS = ("Symbol", "From", "To", "Interval", "Calendar", "Bars", "Bars a year", "Errors", "Warnings")
_N_TEXT = 5
_DROPPED = {"drop": "left out", "ffill": "filled from the bar before"}
_HEADINGS = {"error": "Errors", "warning": "Warnings", "info": "Worth knowing"}


def render(run: Run) -> str:
    """Return the health sheets of the run's bars; nothing for a run made before there were any."""
    sheets = run.health
    if not sheets:
        return ""
    named = len(sheets) > 1
    parts = [
        paragraph("Checked when the run was made, on the bars as it saw them."),
        table(Table("Series", _COLUMNS, [_row(sheet) for sheet in sheets], _N_TEXT, note=_note(sheets))),
        _listed("What was done to the bars", [text for sheet in sheets for text in _done(sheet, named)]),
    ]
    for severity, title in _HEADINGS.items():
        parts.append(_listed(title, [text for sheet in sheets for text in _problems(sheet, severity, named)]))
    if not any(sheet["problems"] for sheet in sheets):
        parts.append(paragraph("Nothing is wrong with them that Workbench looks for."))
    return Markup("").join(parts)


def _row(sheet: Mapping[str, Any]) -> list[str]:
    counts = [sum(found["severity"] == severity for found in sheet["problems"]) for severity in ("error", "warning")]
    return [
        sheet["symbol"],
        _moment(sheet["first"]),
        _moment(sheet["last"]),
        sheet["interval"],
        _calendar(sheet),
        formats.count(sheet["rows"]),
        formats.count(sheet["periods_per_year"]),
        *(str(n) if n else formats.NONE for n in counts),
    ]


def _calendar(sheet: Mapping[str, Any]) -> str:
    if sheet["calendar"] == "none":
        return formats.NONE
    return f"{sheet['calendar']}{'' if sheet['calendar_is_stated'] else ' *'}"


def _note(sheets: Sequence[Mapping[str, Any]]) -> str:
    if all(sheet["calendar_is_stated"] or sheet["calendar"] == "none" for sheet in sheets):
        return ""
    plain = any(sheet["calendar"] == "weekdays" for sheet in sheets)
    weekdays = " weekdays means Monday to Friday, where holidays cannot be told from missing days." if plain else ""
    return f"* No calendar was stated: this is what the bars show.{weekdays}"


def _done(sheet: Mapping[str, Any], named: bool) -> list[str]:
    """Return what the source mended, and what `missing` and `adjust` did."""
    symbol, done = _lead(sheet, named), sheet["treatment"]
    texts = [f"{symbol}{repair['detail']}{_at(repair)}" for repair in sheet["repairs"]]
    if done["n_missing"]:
        texts.append(
            f"{symbol}{formats.count(done['n_missing'])} bars without a price were "
            f"{_DROPPED.get(done['missing'], 'treated')} (missing = {done['missing']})."
        )
    if done["adjust"] != "none":
        n_adjusted = "" if done["n_adjusted"] is None else f"{formats.count(done['n_adjusted'])} "
        texts.append(f"{symbol}{n_adjusted}closes were adjusted (adjust = {done['adjust']}).")
    return texts


def _problems(sheet: Mapping[str, Any], severity: str, named: bool) -> list[str]:
    return [
        f"{_lead(sheet, named)}{found['detail']}{_at(found)} {found['advice']}"
        for found in sheet["problems"]
        if found["severity"] == severity
    ]


def _lead(sheet: Mapping[str, Any], named: bool) -> str:
    return f"{sheet['symbol']}: " if named else ""


def _at(thing: Mapping[str, Any]) -> str:
    """Name the first rows, where the sentence does not."""
    named = thing["at"][:3]
    if not named or any(text[:10] in thing["detail"] for text in named):
        return ""
    return f" At {', '.join(map(_moment, named))}{', ...' if thing['rows'] > len(named) else '.'}"


def _moment(stamp: str | None) -> str:
    return formats.NONE if stamp is None else stamp.replace("T", " ")


def _listed(title: str, texts: Sequence[str]) -> Markup:
    if not texts:
        return Markup("")
    left = len(texts) - MOST_ROWS
    more = [f"and {left} more, which the store has."] if left > 0 else []
    return heading(title) + bullets([*texts[:MOST_ROWS], *more])
