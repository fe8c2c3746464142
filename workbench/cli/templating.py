"""`plugins new`: a plugin to start from."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.settings import Settings, print_json
from workbench.errors import RequestError

if TYPE_CHECKING:
    from workbench.registry.registry import Registry
    from workbench.template.names import Names

Kind = Literal["source", "feature", "target", "forecaster", "strategy", "engine", "metric", "report-section"]


def new_plugin(
    settings: Settings,
    name: Annotated[str, typer.Argument(help="What users will write, such as momentum.", metavar="NAME")],
    kind: Annotated[Kind, typer.Option(help="What the plugin is.")],
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Where to write it; ./workbench-NAME by default.", metavar="DIR")
    ] = None,
) -> None:
    """Write a complete distribution for a new plugin, with its tests."""
    from workbench.template.names import Names
    from workbench.template.writing import render_distribution, run_command, write_distribution

    names = Names.of(name)
    _check_free(settings.registry(), names, kind)
    target = folder or Path(names.distribution)
    files = render_distribution(names, kind)
    write_distribution(files, target)
    if settings.json:
        print_json(
            {
                "name": names.plugin,
                "kind": kind,
                "distribution": names.distribution,
                "module": names.module,
                "folder": str(target),
                "files": list(files),
            }
        )
        return
    print(f"Wrote {names.distribution}, with the {kind} {names.plugin!r}, to {target}:")
    print("\n".join(f"  {path}" for path in files))
    print(f"\nNext:\n  cd {shlex.quote(str(target))}\n  pip install -e '.[test]'\n  pytest")
    print(f"  workbench plugins check {names.distribution}\n  {run_command(names, kind)}")


def _check_free(registry: Registry, names: Names, kind: str) -> None:
    """Refuse a name that is taken: experiments could not use the plugin by its name alone.

    Raises
    ------
    RequestError
        What is installed has the name of the plugin, of its entry point or of its module. An older state of the
        same distribution does not count.
    """
    taken = [
        *((f"a {kind} {names.plugin!r}", o.module) for o in registry.offers(kind) if o.name == names.plugin),
        *((f"a plugin module {names.plugin!r}", module) for module in registry.modules if module.name == names.plugin),
    ]
    for what, module in taken:
        if module.distribution != names.distribution:
            raise RequestError(f"there is {what} already, from {module.distribution}; choose another name.")
    if find_spec(names.module) and names.distribution not in {module.distribution for module in registry.modules}:
        raise RequestError(f"there is a Python module {names.module!r} already; choose another name.")
