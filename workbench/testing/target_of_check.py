"""What `workbench plugins check TARGET` means: from a text to the plugin classes to examine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.contracts.names import canonical_name
from workbench.contracts.plugin import Plugin
from workbench.errors import PluginError, RequestError, did_you_mean
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.records import Offer, PluginModule
from workbench.registry.registry import Registry, default_registry


class TargetError(RequestError):
    """What is to be checked is not there, cannot be loaded, or offers nothing."""


def find_classes(target: str, blocked: Iterable[str] = (), extra: Iterable[str] = ()) -> list[type[Plugin]]:
    """Return every plugin class that a target offers.

    Parameters
    ----------
    target : str
        A plugin file or folder, a distribution, a module, or one plugin: `distribution:name`, its name, or the
        name of an entry point; taken as the first of these that it can be.
    blocked, extra : iterable of str
        See `Registry`.

    Raises
    ------
    TargetError
        Nothing is called so, it cannot be loaded, or it offers nothing.
    """
    extra = tuple(extra)
    if target.endswith(".py") or os.sep in target or "/" in target:
        return _local(target, blocked, extra)
    registry = _load(blocked, extra)
    found = _offered(registry, target, lambda module: _same(module.distribution, target) and module.origin != target)
    if found:
        return found
    problem: TargetError | None = None
    if _is_module(target) or Path(target).is_dir():
        try:
            return _local(target, blocked, extra)
        except TargetError as err:  # it may still be the name of a plugin, as `csv` is
            problem = err
    found = _named(registry, target)
    if found:
        return found
    raise problem or TargetError(
        f"there is nothing called {target!r} to check: no distribution with plugins, module, plugin file or plugin."
        f"{did_you_mean(target, _known(registry))} See `workbench plugins list`."
    )


def _load(blocked: Iterable[str], extra: Iterable[str]) -> Registry:
    try:
        return default_registry(blocked, extra)
    except PluginError as err:
        raise TargetError(str(err)) from err


def _local(target: str, blocked: Iterable[str], extra: Iterable[str]) -> list[type[Plugin]]:
    """Return what a file, a folder or a module offers."""
    registry = _load(blocked, [*extra, target])
    path = Path(target).expanduser().resolve()
    found = _offered(registry, target, lambda module: module.origin == target or _lies_in(path, module))
    if not found:
        raise TargetError(
            f"{target} offers no plugins. A module offers the public plugin classes with a name that it defines, "
            f"or what its hooks return."
        )
    return found


def _lies_in(path: Path, module: PluginModule) -> bool:
    """Whether a module is this file or in this folder: by its own path, or as installed from there."""
    return any(Path(place).is_relative_to(path) for place in (module.origin, module.file) if place)


def _is_module(target: str) -> bool:
    try:
        return importlib.util.find_spec(target) is not None
    except (ImportError, ValueError):
        return False


def _offered(registry: Registry, target: str, belongs: Callable[[PluginModule], bool]) -> list[type[Plugin]]:
    """Return the classes offered by the modules that belong to the target, all of which have to be loaded."""
    offers = [offer for offer in _offers(registry) if belongs(offer.module)]
    lost = [m for m in registry.modules if belongs(m) and m.status != "active"]
    if lost:
        reasons = "; ".join(f"{m} is {m.status}{f': {m.reason}' if m.reason else ''}" for m in lost)
        raise TargetError(f"{target!r} cannot be checked, because not all of it could be loaded: {reasons}")
    return list(dict.fromkeys(offer.cls for offer in offers))


def _named(registry: Registry, target: str) -> list[type[Plugin]]:
    """Return the plugins of a name, or else those of the entry points of a name."""
    dist, _, name = target.rpartition(":")
    plugins = [
        offer.cls
        for offer in _offers(registry)
        if _same(offer.name, name) and (not dist or _same(offer.module.distribution, dist))
    ]
    if plugins:
        return list(dict.fromkeys(plugins))
    return _offered(registry, target, lambda m: _same(m.name, name) and (not dist or _same(m.distribution, dist)))


def _offers(registry: Registry) -> list[Offer]:
    return [offer for kind in HOOK_OF_KIND for offer in registry.offers(kind)]


def _same(one: str, other: str) -> bool:
    return canonical_name(one) == canonical_name(other)


def _known(registry: Registry) -> set[str]:
    return {o.name for o in _offers(registry)} | {m.distribution for m in registry.modules}
