"""`replay`: doing a run again, to see whether it gives the same numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.results import RunName
from workbench.cli.running import finish, progress_of
from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import print_text

EXIT_DIFFERENT = 1


def replay(
    settings: Settings,
    run: RunName,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes at most; all cores by default.")] = None,
) -> None:
    """Do a run again from its stored bars and compare every number; nothing is written."""
    again = finish(lambda: settings.bench().replay(run, workers=workers, progress=progress_of(settings)))
    if settings.json:
        print_json(again.to_dict())
    else:
        for line in str(again).splitlines():
            print_text(line)
    if not again.identical:
        raise typer.Exit(EXIT_DIFFERENT)
