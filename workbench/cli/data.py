"""`data import`, `data list` and `data show`: the series in the store."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.settings import Settings, print_json, with_settings
from workbench.cli.showing_data import show_data
from workbench.cli.tables import print_table


def data_app() -> typer.Typer:
    """`workbench data import|list|show`."""
    app = typer.Typer(
        help="Keep series in the store, and see what is there.",
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=True,
    )
    app.command("import")(with_settings(import_data))
    app.command("list")(with_settings(list_data))
    app.command("show")(with_settings(show_data))
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
