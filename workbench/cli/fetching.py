"""`data fetch` and `data diff`: bars of vendors, and what changed in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import print_table
from workbench.errors import RequestError

if TYPE_CHECKING:
    from workbench.runs.diffing import DataDiff

EXIT_CHANGED = 1
"""What `data diff` ends with when the answer to "is it unchanged?" is no."""

Overrides = Annotated[
    list[str],
    typer.Option("--set", help="Set a parameter of the source, such as adjusted=true.", metavar="NAME=VALUE"),
]


def fetch_data(
    settings: Settings,
    data: Annotated[str, typer.Argument(help="A vendor and a symbol, such as yahoo:NFLX.", metavar="SOURCE:SYMBOL")],
    start: Annotated[str | None, typer.Option(help="First date; from the beginning by default.")] = None,
    end: Annotated[str | None, typer.Option(help="Last date; up to now by default.")] = None,
    interval: Annotated[str | None, typer.Option(help="Length of a bar, such as 1d or 5m.")] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask for everything again, also for what is there.")
    ] = False,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
) -> None:
    """Fetch a series into the store, asking for what is missing only."""
    row = settings.bench().fetch_data(
        data, start=start, end=end, interval=interval, refresh=refresh, **_parameters(overrides)
    )
    if settings.json:
        print_json(row)
        return
    for line in fetched_lines(row):
        print(line)


def fetched_lines(row: Mapping[str, Any]) -> list[str]:
    """Say what was asked for and what the store has now."""
    done = "Everything was there: nothing was asked for."
    if row["requests"]:
        times = "once" if row["requests"] == 1 else f"{row['requests']} times"
        spans = "; ".join(_span(*dates) for dates in row["asked"])
        done = f"Asked {times} ({spans}) and received {_bars(row['received'])}."
    last, first = (str(row[name]).removesuffix(" 00:00:00") for name in ("last", "first"))
    return [done, f"{row['series']} has {_bars(row['rows'])} from {first} to {last}, revision {row['revision']}."]


def _span(first: str | None, last: str | None) -> str:
    return last if last is not None and first == last else f"{first or 'the beginning'} to {last or 'now'}"


def _bars(n: int) -> str:
    return "1 bar" if n == 1 else f"{n} bars"


def _parameters(overrides: list[str]) -> dict[str, Any]:
    from workbench.plan.toml import apply_settings

    params = apply_settings({}, overrides)
    taken = {"start", "end", "interval", "refresh"} & set(params)
    if taken:
        raise RequestError(f"`--set {min(taken)}=...` sets no parameter of a source; write `--{min(taken)}`.")
    return params


def diff_data(
    settings: Settings,
    series: Annotated[str, typer.Argument(help="A series, or its symbol where that is unique.")],
    since: Annotated[
        str | None, typer.Option(help="Compare with what a run saw, or a revision; the one before by default.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Changes to show.")] = 10,
) -> None:
    """Show what changed in the stored bars of a series; ends with 1 if anything did."""
    diff = settings.bench().diff_data(series, since=since)
    if settings.json:
        print_json(diff.to_dict())
    else:
        print(diff)
        _print_changes(diff, rows)
    if not diff.unchanged:
        raise typer.Exit(EXIT_CHANGED)


def _print_changes(diff: DataDiff, n_shown: int) -> None:
    for what, bars in (("added", diff.added), ("removed", diff.removed)):
        if len(bars):
            lines = bars.drop(columns="known_at").reset_index(names="time").astype(object).to_dict("records")
            _print_first(lines, n_shown, what)
    if len(diff.changed):
        _print_first(diff.changed.to_dict("records"), n_shown, "changed")


def _print_first(lines: list[dict[Any, Any]], n_shown: int, what: str) -> None:
    print_table(lines[:n_shown], title=what, exact=True)
    if len(lines) > n_shown:
        print(f"... and {len(lines) - n_shown} more; `--rows` shows them, `--json` all.")
