"""`plugins list` and `plugins info`: what is installed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import checking
from workbench.cli.commands import installed_commands, shown_names
from workbench.cli.parameters import described_parameters, introduction, value
from workbench.cli.settings import Settings, print_json, with_settings
from workbench.cli.tables import console, print_table, print_text
from workbench.cli.templating import new_plugin
from workbench.errors import PluginError, UnknownPluginError, did_you_mean

if TYPE_CHECKING:
    from workbench.registry.installed import Installed
    from workbench.registry.records import Offer, PluginModule
    from workbench.registry.registry import Registry

_WIDE = 110
"""Columns of a terminal in which versions and statuses find room beside the summaries; the modules have them too."""


def plugins_app() -> typer.Typer:
    """`workbench plugins list|info|check`."""
    app = typer.Typer(
        help="See what plugins are there.", add_completion=False, rich_markup_mode=None, no_args_is_help=True
    )
    app.command("list")(with_settings(list_plugins))
    app.command("info")(with_settings(info))
    app.command("new")(with_settings(new_plugin))
    app.command("check")(with_settings(checking.check))
    return app


def list_plugins(settings: Settings) -> None:
    """List every plugin, and every module with its status."""
    registry = settings.registry()
    rows = plugin_rows(registry, settings.no_plugin)
    if settings.json:
        print_json({"plugins": rows})
        return
    _print_plugins([row for row in rows if row["kind"]])
    _print_modules([_module(module) for module in registry.modules])


def plugin_rows(registry: Registry, blocked: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """One row per plugin class, listener and command, and one per module that is blocked or failed."""
    from workbench.registry.manager import HOOK_OF_KIND

    offers = [(kind, offer) for kind in HOOK_OF_KIND for offer in registry.offers(kind)]
    rows = [_class_row(kind, offer) for kind, offer in offers]
    rows += [_listener_row(module) for module in registry.modules if module.status != "blocked" and _events(module)]
    rows += _command_rows(blocked)
    rows += [
        {"name": None, "kind": None, "summary": "", **_module(module)}
        for module in registry.modules
        if module.status != "active"
    ]
    return rows


def _class_row(kind: str, offer: Offer) -> dict[str, Any]:
    """Describe a class: it can be used, even where another hook of its module failed."""
    works = {"status": "active", "reason": None}
    return {"name": offer.name, "kind": kind, "summary": offer.cls.summary(), **_module(offer.module), **works}


def _events(module: PluginModule) -> list[str]:
    from workbench.registry.manager import HOOK_OF_KIND

    return [hook.removeprefix("workbench_") for hook in module.hooks if hook not in HOOK_OF_KIND.values()]


def _listener_row(module: PluginModule) -> dict[str, Any]:
    works = {"status": "active", "reason": None}
    summary = f"Hears {', '.join(_events(module))}."
    return {"name": module.name, "kind": "listener", "summary": summary, **_module(module), **works}


def _command_rows(blocked: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a row per command of plugins, called as it has to be typed; those left out come last."""
    from workbench.cli.app import build_app
    from workbench.registry.installed import COMMANDS, installed

    active = installed_commands(blocked)
    names = shown_names(active, typer.main.get_command(build_app()).commands)  # type: ignore[attr-defined]
    rows = [_command_row(item, name, "active") for item, name in zip(active, names, strict=True)]
    return rows + [_command_row(i, i.qualified_name, "blocked") for i in installed(COMMANDS) if i not in active]


def _command_row(item: Installed, name: str, status: str) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "command",
        "summary": item.summary,
        "module": item.name,
        "distribution": item.distribution,
        "version": item.version,
        "origin": item.point.value,
        "hooks": [],
        "status": status,
        "reason": None,
    }


def _module(module: PluginModule) -> dict[str, Any]:
    return {
        "module": module.name,
        "distribution": module.distribution,
        "version": module.version,
        "origin": module.origin,
        "hooks": module.hooks,
        "status": module.status,
        "reason": module.explanation,
    }


def _print_plugins(rows: list[dict[str, Any]]) -> None:
    shown = [row for row in rows if not row["name"].startswith("ta.")]
    columns = ["name", "kind", "distribution", *(["version", "status"] if console().width >= _WIDE else [])]
    taken = sum(3 + max(len(text) for text in (column, *(row[column] for row in shown))) for column in columns)
    left = max(console().width - taken - 2, len("summary"))
    shown = [{**row, "summary": textwrap.shorten(row["summary"], left, placeholder="...")} for row in shown]
    print_table(shown, [*columns, "summary"], title="Plugins")
    if len(shown) < len(rows):
        print_text(f"and {len(rows) - len(shown)} indicators of the ta library, ta.<name>: see `plugins list --json`")


def _print_modules(modules: list[dict[str, Any]]) -> None:
    rows = [{**m, "hooks": ", ".join(hook.removeprefix("workbench_") for hook in m["hooks"])} for m in modules]
    print()
    print_table(rows, ["module", "distribution", "version", "status", "hooks"], title="Modules")
    for module in modules:
        if module["reason"]:
            owner = f"{module['distribution']} {module['version']}".strip()
            print_text(f"{module['module']} ({owner}), {module['status']}: {module['reason']}")


def info(settings: Settings, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Explain a plugin, a module or a distribution: what it does, its parameters, where it comes from."""
    registry = settings.registry()
    documents = _found(registry, name, settings.no_plugin)
    if not documents:
        raise UnknownPluginError(
            f"no plugin is named {name!r}.{did_you_mean(name, _every_name(registry))} See `workbench plugins list`."
        )
    if settings.json:
        print_json(documents[0] if len(documents) == 1 else documents)
        return
    for document in documents:
        (_print_module if document["kind"] == "module" else _print_document)(document)


def _found(registry: Registry, name: str, blocked: tuple[str, ...]) -> list[dict[str, Any]]:
    """Describe the classes and commands called so; failing these, the modules."""
    from workbench.contracts.names import canonical_name
    from workbench.registry.manager import HOOK_OF_KIND

    dist, _, local = name.rpartition(":")
    wanted, within = canonical_name(local), canonical_name(dist)
    offers = [(kind, offer) for kind in HOOK_OF_KIND for offer in registry.offers(kind)]
    found = [
        _document(kind, offer)
        for kind, offer in offers
        if offer.name == wanted and within in ("", canonical_name(offer.module.distribution))
    ]
    found += [
        {**row, "help": row["summary"], "parameters": []}
        for row in _command_rows(blocked)
        if name in (row["module"], f"{row['distribution']}:{row['module']}")
    ]
    return found or [
        _module_document(module, offers)
        for module in registry.modules
        if wanted in (canonical_name(module.name), canonical_name(module.distribution))
        and within in ("", canonical_name(module.distribution))
    ]


def _every_name(registry: Registry) -> set[str]:
    from workbench.registry.manager import HOOK_OF_KIND

    modules = {name for module in registry.modules for name in (module.name, module.distribution)}
    return modules | {offer.name for kind in HOOK_OF_KIND for offer in registry.offers(kind)}


def _document(kind: str, offer: Offer) -> dict[str, Any]:
    import inspect

    from workbench.registry.manager import HOOK_OF_KIND

    try:
        parameters = described_parameters(offer.cls)
    except Exception as err:
        raise PluginError(
            f"the parameters of {kind} {offer.name!r} ({offer.module.distribution} {offer.module.version}) cannot be "
            f"listed: {type(err).__name__}: {err}. Tell its author."
        ) from err
    return {
        "help": inspect.cleandoc(offer.cls.__doc__ or ""),
        "parameters": parameters,
        "hook": HOOK_OF_KIND[kind],
        "class": f"{offer.cls.__module__}.{offer.cls.__qualname__}",
        "contract": offer.module.contract,
        **_class_row(kind, offer),
    }


def _module_document(module: PluginModule, offers: list[tuple[str, Offer]]) -> dict[str, Any]:
    offered = [f"{offer.name} ({kind})" for kind, offer in offers if offer.module is module]
    return {"name": module.name, "kind": "module", "contract": module.contract, "offers": offered, **_module(module)}


def _print_document(document: dict[str, Any]) -> None:
    print(f"{document['name']} ({document['kind']}), from {document['distribution']} {document['version']}".rstrip())
    print(f"\n{introduction(document['help'])}\n")
    if document["parameters"]:
        rows = [
            {
                **p,
                "default": "required" if p["required"] else value(p["default"]),
                "bounds": ", ".join(p["bounds"]),
            }
            for p in document["parameters"]
        ]
        print_table(rows, ["name", "type", "default", "bounds", "help"], title="Parameters")
    elif document["kind"] != "command":
        print("It takes no parameters.\n")
    _print_origin(document)


def _print_module(document: dict[str, Any]) -> None:
    print(f"{document['name']} (module), from {document['distribution']} {document['version']}".rstrip())
    print(f"\nStatus: {document['status']}")
    if document["reason"]:
        print_text(f"Reason: {document['reason']}")
    if document["status"] == "blocked":
        print_text("It is left out by `--no-plugin` or `WORKBENCH_PLUGINS`, and was not imported.")
    if document["offers"]:
        print_text(f"Offers: {', '.join(document['offers'])}")
    _print_origin(document)


def _print_origin(document: dict[str, Any]) -> None:
    """Say which hook offers it, where it lies, and what contract it was made for."""
    if document.get("hook"):
        print(f"Hook: {document['hook']}")
    elif document["hooks"]:
        print_text(f"Hooks: {', '.join(document['hooks'])}")
    is_local = document["distribution"] == "local"  # its origin says more: the file
    print(f"From: {document['origin'] if is_local else document.get('class', document['origin'])}")
    if document.get("contract"):
        print(f"Made for contract: {document['contract']}")
