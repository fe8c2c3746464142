"""All commands; each imports what it needs when it is called."""

from __future__ import annotations

import typer

from workbench.cli import data, forward, plugins, replaying, results, running, searching
from workbench.cli.commands import CommandGroup
from workbench.cli.settings import with_settings


def build_app() -> typer.Typer:
    """Make the command-line application."""
    app = typer.Typer(
        name="workbench",
        cls=CommandGroup,
        help="Trading research whose numbers can be believed.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # plain help answers three times as fast
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="Forecasts are no advice.",
    )
    app.callback(invoke_without_command=True)(_version_option)
    app.command("demo")(with_settings(running.demo))
    app.command("new")(with_settings(running.new))
    app.command("run")(with_settings(running.run))
    app.command("sweep")(with_settings(searching.sweep))
    app.command("tune")(with_settings(searching.tune))
    app.add_typer(results.runs_app(), name="runs")
    app.command("show")(with_settings(results.show))
    app.command("report")(with_settings(results.report))
    app.command("replay")(with_settings(replaying.replay))
    app.command("forecast")(with_settings(forward.forecast))
    app.command("signal")(with_settings(forward.signal))
    app.command("models")(with_settings(forward.models))
    app.add_typer(plugins.plugins_app(), name="plugins")
    app.add_typer(data.data_app(), name="data")
    app.command("sql")(with_settings(results.sql))
    return app


def _version_option(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from workbench import __version__

        print(f"workbench {__version__}")
        raise typer.Exit
