"""Finding plugin modules and registering them with pluggy, one at a time.

Pluggy's own loader stops at the first module whose import fails and silently ignores a second entry point of
the same name, so each entry point is loaded here by itself and what happened to it is kept.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy

from workbench.contracts import hooks
from workbench.contracts.plugin import Plugin, canonical_name
from workbench.errors import PluginError, UnknownPluginError, WorkbenchError, did_you_mean
from workbench.registry.records import PluginModule

ENTRY_POINT_GROUP = "workbench"
_LOCAL_PREFIX = "_workbench_local_"

HOOK_OF_KIND = {
    "source": "workbench_sources",
    "feature": "workbench_features",
    "target": "workbench_targets",
    "forecaster": "workbench_forecasters",
    "strategy": "workbench_strategies",
    "engine": "workbench_engines",
    "metric": "workbench_metrics",
    "report-section": "workbench_report_sections",
}


def create_plugin_manager(
    blocked: Iterable[str] = (), extra: Iterable[Any] = ()
) -> tuple[pluggy.PluginManager, list[PluginModule]]:
    """Make a plugin manager with every installed plugin, and the account of how each fared.

    Parameters
    ----------
    blocked : iterable of str
        Names of entry points or distributions, or `distribution:entry-point`; listed but not loaded.
    extra : iterable
        Further plugins: paths of Python files, names of importable modules, modules, or plugin classes.

    Returns
    -------
    manager : pluggy.PluginManager
        Active modules are registered under their `key`.
    modules : list of PluginModule
        Every module found, whether active, blocked or failed.

    Raises
    ------
    UnknownPluginError
        One of `extra` or of `blocked` is not there.
    PluginError
        One of `extra` cannot be loaded. An installed module that fails is only recorded.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    blocked = tuple(blocked)
    found = _entry_points()
    unwanted = _checked_names(blocked, found)
    modules = [_load_entry_point(manager, dist, point, unwanted) for dist, point in found]
    for item in extra:
        _load_extra(manager, item, modules)
    return manager, modules


def modules_other_than(kept: Iterable[str]) -> list[str]:
    """Return what to block so that only the installed modules called so are loaded; imports none.

    Parameters
    ----------
    kept : iterable of str
        Names of entry points or distributions, or `distribution:entry-point`.
    """
    wanted = {canonical_name(name) for name in kept}
    return [f"{dist.name}:{point.name}" for dist, point in _entry_points() if not _names(dist, point) & wanted]


def _names(dist: Any, point: EntryPoint) -> set[str]:
    """Return every name a module answers to."""
    return {canonical_name(name) for name in (point.name, dist.name, f"{dist.name}:{point.name}")}


def _checked_names(blocked: Iterable[str], found: list[tuple[Any, EntryPoint]]) -> set[str]:
    known = set().union(*(_names(dist, point) for dist, point in found))
    for name in blocked:
        if canonical_name(name) not in known:
            shown = sorted({text for dist, point in found for text in (point.name, dist.name)})
            hint = did_you_mean(name, shown) or f" Installed: {', '.join(shown) or 'none'}."
            raise UnknownPluginError(f"no plugin module or distribution is named {name!r}, to leave it out.{hint}")
    return {canonical_name(name) for name in blocked}


def _entry_points() -> list[tuple[Any, EntryPoint]]:
    found: dict[tuple[str, str], tuple[Any, EntryPoint]] = {}
    for dist in distributions():
        for point in dist.entry_points:
            if point.group == ENTRY_POINT_GROUP:
                found.setdefault((dist.name, point.name), (dist, point))
    return [found[key] for key in sorted(found)]


def _load_entry_point(manager: pluggy.PluginManager, dist: Any, point: EntryPoint, blocked: set[str]) -> PluginModule:
    record = PluginModule(point.name, dist.name, dist.version, point.value)
    if _names(dist, point) & blocked:
        record.status = "blocked"
        return record
    try:
        _register(manager, point.load(), record)
    except (Exception, SystemExit) as err:
        record.status, record.reason = "failed", f"{type(err).__name__}: {err}"
    return record


def _load_extra(manager: pluggy.PluginManager, item: Any, modules: list[PluginModule]) -> None:
    """Load one more plugin, unless the same text is active already."""
    try:
        plugin, record = _open_extra(item)
        if not any(module.status == "active" and module.text == record.text for module in modules):
            _register(manager, plugin, record)
            modules.append(record)
    except WorkbenchError:
        raise
    except (Exception, SystemExit) as err:
        raise PluginError(f"plugin {str(item)!r} could not be loaded: {type(err).__name__}: {err}") from err


def _open_extra(item: Any) -> tuple[Any, PluginModule]:
    if isinstance(item, type) and issubclass(item, Plugin):
        source = SimpleNamespace(**{item.__name__: item}, __name__=item.__module__)
        origin = f"{item.__module__}.{item.__qualname__}"
        return source, PluginModule(item.name or item.__name__, "local", "", origin)
    if isinstance(item, ModuleType):
        return item, PluginModule(item.__name__, "local", "", item.__name__)
    text = str(item)
    if text.endswith(".py"):
        return import_file(Path(text))
    if not all(part.isidentifier() for part in text.split(".")) or importlib.util.find_spec(text) is None:
        raise UnknownPluginError(f"plugin {text!r} is neither a Python file (`.py`) nor a module that can be found.")
    return importlib.import_module(text), PluginModule(text, "local", "", text)


def local_files() -> list[str]:
    """Return the plugin files imported so far, for worker processes that have to import them too."""
    return [str(module.__file__) for name, module in sys.modules.items() if name.startswith(_LOCAL_PREFIX)]


def import_file(path: Path) -> tuple[ModuleType, PluginModule]:
    """Import a plugin file under a private name, leaving `sys.path` alone.

    Raises
    ------
    UnknownPluginError
        There is no such file.
    """
    path = path.expanduser().resolve()
    if not path.is_file():
        raise UnknownPluginError(f"there is no plugin file {path}. Give the path of a Python file.")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"{_LOCAL_PREFIX}{path.stem}_{digest[:12]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise PluginError(f"{path} is not a Python file that can be imported.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name], PluginModule(path.stem, "local", "", str(path), sha256=digest)


def _register(manager: pluggy.PluginManager, plugin: Any, record: PluginModule) -> None:
    if not _implements_hooks(manager, plugin):
        plugin = _offer_public_classes(plugin, record)
    _check_hook_names(manager, plugin, record)
    try:
        manager.register(plugin, name=record.key)
    except pluggy.PluginValidationError as err:
        if manager.has_plugin(record.key):  # with the hooks that were met before the wrong one
            manager.unregister(name=record.key)
        raise PluginError(" ".join(str(err).split())) from err
    record.hooks = sorted(caller.name for caller in manager.get_hookcallers(plugin) or [])


def _implements_hooks(manager: pluggy.PluginManager, plugin: Any) -> bool:
    return any(manager.parse_hookimpl_opts(plugin, name) is not None for name in dir(plugin))


def _check_hook_names(manager: pluggy.PluginManager, plugin: Any, record: PluginModule) -> None:
    """Refuse an implementation of a hook that is not there; pluggy would never call it."""
    known = [name for name in dir(hooks) if manager.parse_hookspec_opts(hooks, name) is not None]
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None or options.get("optionalhook"):
            continue
        hook = options.get("specname") or name
        if hook not in known:
            owner = record.origin if record.distribution == "local" else str(record)
            raise PluginError(f"unknown hook {hook!r} in {owner}.{did_you_mean(hook, known)}")


def _offer_public_classes(plugin: Any, record: PluginModule) -> SimpleNamespace:
    """Stand in for a module without hook implementations: offer the plugin classes it defines."""
    by_hook: dict[str, list[type[Plugin]]] = {}
    for attribute, cls in vars(plugin).items():
        if attribute.startswith("_") or not inspect.isclass(cls) or not issubclass(cls, Plugin):
            continue
        if cls.name is not None and cls.kind in HOOK_OF_KIND and cls.__module__ == plugin.__name__:
            by_hook.setdefault(HOOK_OF_KIND[cls.kind], []).append(cls)
    if not by_hook:
        raise PluginError(
            f"{record.origin} offers nothing: it implements no workbench hook and defines no public plugin "
            f'class with a name, such as `class Momentum(Feature, name="momentum")`.'
        )
    return SimpleNamespace(**{hook: _provider(hook, classes) for hook, classes in by_hook.items()})


def _provider(hook: str, classes: list[type[Plugin]]) -> Any:
    def offer() -> list[type[Plugin]]:
        return classes

    offer.__name__ = hook
    return hooks.hookimpl(offer)
