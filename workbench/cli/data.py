"""The `data` commands; those that are longer stand in modules of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli import fetching
from workbench.cli.health import check_data
from workbench.cli.settings import Settings, print_json, with_settings
from workbench.cli.showing_data import show_data
from workbench.cli.tables import print_table, print_text


def data_app() -> typer.Typer:
    """`workbench data import|fetch|list|show|diff`."""
    app = typer.Typer(
        help="Keep series in the store, and see what is there.",
        add_completion=False,
        rich_markup_mode=None,
        no_args_is_help=True,
    )
    app.command("import")(with_settings(import_data))
    app.command("fetch")(with_settings(fetching.fetch_data))
    app.command("list")(with_settings(list_data))
    app.command("show")(with_settings(show_data))
    app.command("diff")(with_settings(fetching.diff_data))
    app.command("check")(with_settings(check_data))
    return app


Parameters = Annotated[
    list[str],
    typer.Option("--set", help="A parameter of the source, such as timezone=Asia/Kolkata.", metavar="NAME=VALUE"),
]


def import_data(
    settings: Settings,
    data: Annotated[
        str,
        typer.Argument(
            help="A CSV or Parquet file, a folder of them, or source:symbol.", metavar="FILE|FOLDER|SOURCE:SYMBOL"
        ),
    ],
    parameters: Parameters = [],  # noqa: B006 - typer reads the default
) -> None:
    """Read bars into the store; rows already there are not written again."""
    from workbench.plan.toml import apply_settings
    from workbench.runs.mended import record_notes

    rows = settings.bench().import_data(data, **apply_settings({}, parameters))
    if settings.json:
        print_json({"series": rows})
        return
    print_table(rows, ["series", "symbol", "revision", "rows"])
    for note in record_notes(rows):
        print_text(f"Note: {note}")


def list_data(settings: Settings) -> None:
    """List the series in the store."""
    rows = settings.bench().series().to_dict("records")
    if settings.json:
        print_json({"series": rows})
    elif rows:
        print_table(rows, ["series", "symbol", "interval", "revision", "n_rows", "first_session", "last_session"])
    else:
        print("The store holds no series yet.")
