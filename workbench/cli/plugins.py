"""`plugins list` and `plugins info`: what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import checking
from workbench.cli.parameters import described_parameters, introduction, value
from workbench.cli.settings import Settings, print_json, with_settings
from workbench.cli.tables import print_table
from workbench.errors import UnknownPluginError, did_you_mean

if TYPE_CHECKING:
    from workbench.registry.records import Offer, PluginModule
    from workbench.registry.registry import Registry


def plugins_app() -> typer.Typer:
    """`workbench plugins list|info|check`."""
    app = typer.Typer(
        help="See what plugins are there.", add_completion=False, rich_markup_mode=None, no_args_is_help=True
    )
    app.command("list")(with_settings(list_plugins))
    app.command("info")(with_settings(info))
    app.command("check")(with_settings(checking.check))
    return app


def list_plugins(settings: Settings) -> None:
    """List every plugin with its kind, distribution and status."""
    registry = settings.registry()
    rows = plugin_rows(registry)
    if settings.json:
        print_json({"plugins": rows})
        return
    shown = [{**row, "name": row["name"] or row["module"]} for row in rows if not (row["name"] or "").startswith("ta.")]
    print_table(shown, ["name", "kind", "distribution", "version", "status", "summary"])
    if len(shown) < len(rows):
        print(
            f"and {len(rows) - len(shown)} indicators of the ta library, ta.<name>: see `workbench plugins list --json`"
        )
    for row in rows:
        if row["reason"]:
            print(f"{row['module']} ({row['distribution']}): {row['reason']}")


def plugin_rows(registry: Registry) -> list[dict[str, Any]]:
    """One row per plugin class, and one per module that is blocked or failed."""
    from workbench.registry.manager import HOOK_OF_KIND

    offers = [(kind, offer) for kind in HOOK_OF_KIND for offer in registry.offers(kind)]
    rows = [{"name": o.name, "kind": kind, "summary": o.cls.summary(), **_module(o.module)} for kind, o in offers]
    rows += [
        {"name": None, "kind": None, "summary": "", **_module(module)}
        for module in registry.modules
        if module.status != "active"
    ]
    return rows


def _module(module: PluginModule) -> dict[str, Any]:
    return {
        "module": module.name,
        "distribution": module.distribution,
        "version": module.version,
        "origin": module.origin,
        "hooks": module.hooks,
        "status": module.status,
        "reason": module.reason,
    }


def info(settings: Settings, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Explain a plugin: what it does, its parameters, where it comes from."""
    from workbench.registry.manager import HOOK_OF_KIND

    registry = settings.registry()
    found = [(kind, offer) for kind in HOOK_OF_KIND for offer in _named(registry, kind, name)]
    if not found:
        known = sorted({o.name for kind in HOOK_OF_KIND for o in registry.offers(kind)})
        raise UnknownPluginError(
            f"no plugin is named {name!r}.{did_you_mean(name, known)} See `workbench plugins list`."
        )
    documents = [_document(kind, offer) for kind, offer in found]
    if settings.json:
        print_json(documents[0] if len(documents) == 1 else documents)
        return
    for document in documents:
        _print_document(document)


def _named(registry: Registry, kind: str, name: str) -> list[Offer]:
    from workbench.contracts.plugin import canonical_name

    dist, _, local = name.rpartition(":")
    return [
        offer
        for offer in registry.offers(kind)
        if offer.name == canonical_name(local) and dist in ("", offer.module.distribution)
    ]


def _document(kind: str, offer: Offer) -> dict[str, Any]:
    import inspect

    return {
        "name": offer.name,
        "kind": kind,
        "help": inspect.cleandoc(offer.cls.__doc__ or ""),
        "parameters": described_parameters(offer.cls),
        **_module(offer.module),
    }


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
    else:
        print("It takes no parameters.")
