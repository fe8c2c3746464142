"""`data import`, `data list`, `data show` and `data check`: the series in the store, and files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.health import check_data
from workbench.cli.settings import Settings, print_json, with_settings
from workbench.cli.tables import ELLIPSIS, print_table

if TYPE_CHECKING:
    from workbench.contracts.arrays import Bars


def data_app() -> typer.Typer:
    """`workbench data import|list|show|check`."""
    app = typer.Typer(
        help="Keep series in the store, and see what is there.",
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=True,
    )
    app.command("import")(with_settings(import_data))
    app.command("list")(with_settings(list_data))
    app.command("show")(with_settings(show_data))
    app.command("check")(with_settings(check_data))
    return app


def import_data(
    settings: Settings,
    data: Annotated[str, typer.Argument(help="A CSV or Parquet file, or source:symbol.", metavar="FILE|SOURCE:SYMBOL")],
) -> None:
    """Read bars into the store; rows already there are not written again."""
    rows = settings.bench().import_data(data)
    if settings.json:
        print_json({"series": rows})
    else:
        print_table(rows)


def list_data(settings: Settings) -> None:
    """List the series in the store."""
    rows = settings.bench().series().to_dict("records")
    if settings.json:
        print_json({"series": rows})
    elif rows:
        print_table(rows, ["series", "symbol", "interval", "revision", "n_rows", "first_session", "last_session"])
    else:
        print("The store holds no series yet.")


def show_data(
    settings: Settings,
    series: Annotated[str, typer.Argument(help="A series, or its symbol where that is unique.")],
    rows: Annotated[int, typer.Option(min=1, help="Bars to show from each end.")] = 5,
) -> None:
    """Print a series' span and its first and last bars."""
    bench = settings.bench()
    info = bench.find_series(series)
    bars = bench.bars(info["series"])
    if settings.json:
        print_json({**info, "bars": bars.reset_index(names="time").to_dict("records")})
        return
    print_table([info], ["series", "symbol", "interval", "revision", "n_rows", "first_session", "last_session"])
    shown = bars if len(bars) <= 2 * rows else bars.iloc[[*range(rows), *range(-rows, 0)]]
    lines: list[Mapping[Any, Any]] = [*_lines(shown)]
    if len(shown) < len(bars):
        lines.insert(rows, ELLIPSIS)
    print_table(lines, exact=True)


def _lines(bars: Bars) -> list[dict[Any, Any]]:
    records: list[dict[Any, Any]] = (
        bars.drop(columns="known_at").reset_index(names="time").astype(object).to_dict("records")
    )
    return records
