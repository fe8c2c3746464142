"""`data check`: what is wrong with some bars, before anything is run on them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import console, print_table

if TYPE_CHECKING:
    from workbench.contracts.repair import Repair
    from workbench.data.health import DataHealth, Problem, SeriesHealth

_MARGIN = 11
_MOST_SHEETS = 12
"""Symbols told about one by one; the table above has them all."""
_NAMED = 3
_STYLES = {"error": "bold red", "warning": "yellow", "info": "", "repaired": "cyan"}


def check_data(
    settings: Settings,
    target: Annotated[
        str,
        typer.Argument(
            help="A file, a folder, source:symbol, or a series or symbol of the store.", metavar="FILE_OR_SERIES"
        ),
    ],
    chosen: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Set a parameter of the source, such as timezone; or missing, adjust, calendar, interval.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    calendar: Annotated[
        str | None,
        typer.Option(help="Compare with an exchange calendar, such as XNYS or 24/7.", metavar="NAME"),
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="Bar length, such as 1d or 5m; else read off the bars.", metavar="INTERVAL")
    ] = None,
    missing: Annotated[
        str, typer.Option(help="Check as a run with this `missing` sees the bars.", metavar="error|drop|ffill")
    ] = "error",
    adjust: Annotated[
        str, typer.Option(help="Check as a run with this `adjust` sees the bars.", metavar="none|splits|all")
    ] = "none",
) -> int:
    """Say what is wrong with some bars, before anything is run on them; nothing is written.

    Exit code 0 says that a run on them as they stand would be right, 1 that it would not, 2 that they cannot be read.
    """
    from workbench.plan.toml import apply_settings

    typed = chosen or []
    options = {"missing": missing, "adjust": adjust, "calendar": calendar, "interval": interval}
    params = apply_settings({}, [text.removeprefix("source.") for text in typed if _name(text) not in options])
    asked = apply_settings({}, [text for text in typed if _name(text) in options])
    options |= {name: str(value) for name, value in asked.items()}
    health = settings.bench().check_data(target, source=params, **options)  # type: ignore[arg-type]  # refused there
    if settings.json:
        print_json(health.to_dict())
    else:
        _print_health(health)
    return 0 if health.usable else 1


def _name(setting: str) -> str:
    return setting.partition("=")[0].strip()


def _print_health(health: DataHealth) -> None:
    shown: Sequence[SeriesHealth] = health.series
    if len(health.series) > 1:
        alike = _alike(health.series)
        print_table([_row(item) for item in health.series if item not in alike])
        if alike:
            _print_alike(alike)
        shown = [item for item in health.series if item.repairs or any(p.severity != "info" for p in item.problems)]
    for item in shown[:_MOST_SHEETS]:
        _print_sheet(item)
    if len(shown) > _MOST_SHEETS:
        print(f"\n... and {len(shown) - _MOST_SHEETS} more symbols with problems; `--json` has them all.")
    _print_answer(health)


def _alike(series: Sequence[SeriesHealth]) -> list[SeriesHealth]:
    """Return the most symbols that share one span and have nothing to tell; they need no row each."""
    fine: dict[tuple[Any, ...], list[SeriesHealth]] = {}
    for item in series:
        if not item.repairs and not item.problems:
            fine.setdefault((item.rows, *_facts(item)), []).append(item)
    most = max(fine.values(), key=len, default=[])
    return most if len(most) > _NAMED else []


def _print_alike(alike: Sequence[SeriesHealth]) -> None:
    from rich.text import Text

    names = ", ".join(item.symbol for item in alike)
    out = console()
    text = Text(f"{len(alike)} symbols with nothing to report, each {'  '.join(_facts(alike[0]))}: {names}.")
    out.print(text, soft_wrap=not out.is_terminal)


def _row(item: SeriesHealth) -> dict[str, Any]:
    counts = {severity: len(item.with_severity(severity)) or None for severity in ("error", "warning", "info")}
    return {
        "symbol": item.symbol,
        "bars": item.rows,
        "first": item.first,
        "last": item.last,
        "interval": item.interval,
        "calendar": item.calendar,
        "repairs": len(item.repairs) or None,
        "errors": counts["error"],
        "warnings": counts["warning"],
        "infos": counts["info"],
    }


def _print_sheet(item: SeriesHealth) -> None:
    from rich.text import Text

    out = console()
    title = Text(f"\n{item.symbol}", style="bold")
    title.append(f"  {'  '.join(_facts(item))}", style="not bold")
    out.print(title, soft_wrap=not out.is_terminal)
    for sentence in _treated(item):
        _print_entry("as a run", sentence)
    for repair in item.repairs:
        _print_entry("repaired", f"{repair.kind}: {repair.detail}{_at(repair)}", _STYLES["repaired"])
    for found in item.problems:
        _print_entry(found.severity, f"{found.kind}: {found.detail}{_at(found)}", _STYLES[found.severity])
        _print_entry("", f"→ {found.advice}", "dim")
    if not item.repairs and not item.problems:
        _print_entry("fine", "Nothing was found that should keep you from running on it.")


def _facts(item: SeriesHealth) -> Iterator[str]:
    yield f"{item.rows:,} bar{'' if item.rows == 1 else 's'} of {item.interval}"
    if item.first is not None:
        zone = f" ({item.timezone})" if "T" in item.first else ""
        yield f"{_spaced(item.first)} to {_spaced(item.last or '')}{zone}"
    if item.calendar != "none":
        yield f"{item.calendar}{'' if item.calendar_is_stated else ' (by the bars)'}"


def _treated(item: SeriesHealth) -> Iterator[str]:
    done = item.treatment
    if done.missing != "error":
        words = "left out" if done.missing == "drop" else "filled from the bar before"
        yield f"with missing={done.missing}: {done.n_missing:,} bars {words}."
    if done.adjust != "none":
        yield f"with adjust={done.adjust}: {done.n_adjusted or 0:,} closes changed."


def _at(thing: Repair | Problem) -> str:
    """Name the first rows, where the sentence does not name them itself."""
    named = thing.at[:_NAMED]
    if not named or any(text[:10] in thing.detail for text in named):
        return ""
    return f" At {', '.join(map(_spaced, named))}{', ...' if thing.rows > len(named) else '.'}"


def _spaced(stamp: str) -> str:
    return stamp.replace("T", " ", 1)


def _print_entry(word: str, text: str, style: str = "") -> None:
    """Print a word in the margin and a text beside it, broken at the width of a terminal."""
    from rich.text import Text

    out = console()
    width = out.width - _MARGIN if out.is_terminal else sys.maxsize
    lines = textwrap.wrap(text, max(width, 20), break_on_hyphens=False) or [""]
    entry = Text()
    entry.append(f"  {word:<{_MARGIN - 2}}", style=style)
    entry.append(f"\n{' ' * _MARGIN}".join(lines), style="dim" if style == "dim" else "")
    out.print(entry, soft_wrap=True)


def _print_answer(health: DataHealth) -> None:
    bad = [item.symbol for item in health.series if not item.usable]
    if not bad:
        warned = any(item.with_severity("warning") for item in health.series)
        print(f"\nUsable as it stands{'; look at the warnings first' if warned else ''}.")
        return
    several = f" {len(bad)} of {len(health.series)} symbols: {', '.join(bad[:6])}{', ...' if len(bad) > 6 else ''}."
    print(f"\nNot usable as it stands.{several if len(health.series) > 1 else ''} Do what stands behind the arrows.")
