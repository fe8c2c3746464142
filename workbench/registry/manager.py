"""Finding plugin modules and registering them with pluggy, one at a time.

Pluggy's own loader stops at the first module whose import fails and silently ignores a second entry point of
the same name, so each entry point is loaded here by itself and what happened to it is kept.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy

from workbench.contracts import hooks
from workbench.contracts.plugin import Plugin
from workbench.errors import PluginError, UnknownPluginError, did_you_mean
from workbench.registry.advice import advice
from workbench.registry.contract import check_contract
from workbench.registry.guard import Fault, guarded
from workbench.registry.installed import MODULES, Installed, installed, names_to_block
from workbench.registry.local import import_file, plugin_files, plugin_path
from workbench.registry.records import LOCAL, PluginModule

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


class NothingOffered(PluginError):
    """A module implements no hook and defines no plugin class."""


def create_plugin_manager(
    blocked: Iterable[str] = (), extra: Iterable[Any] = ()
) -> tuple[pluggy.PluginManager, list[PluginModule]]:
    """Make a plugin manager with every installed plugin, and the account of how each fared.

    Parameters
    ----------
    blocked : iterable of str
        Names of entry points or distributions, or `distribution:entry-point`; listed but not loaded.
    extra : iterable
        Further plugins: paths of Python files, of packages or of folders that hold them, names of importable
        modules, modules, or plugin classes.

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
    unwanted = names_to_block(blocked)
    modules = [_load_entry_point(manager, item, unwanted) for item in installed(MODULES)]
    for item in extra:
        _load_extra(manager, item, modules)
    return manager, modules


def _load_entry_point(manager: pluggy.PluginManager, item: Installed, blocked: set[str]) -> PluginModule:
    record = PluginModule(item.name, item.distribution, item.version, item.point.value)
    if item.names & blocked:
        record.status = "blocked"
        return record
    try:
        guarded(lambda: _register(manager, item.point.load(), record), f"import of {item.point.value} for {record}")
    except Fault as fault:
        record.fail(fault.sentence("import"), advice(record, fault.error))
    return record


def _load_extra(manager: pluggy.PluginManager, item: Any, modules: list[PluginModule]) -> None:
    path = plugin_path(str(item)) if isinstance(item, (str, Path)) else None
    files = [item] if path is None else plugin_files(path)
    if files in ([item], [path]):
        _load_one(manager, files[0], modules)
        return
    idle = [file for file in files if not _load_from_folder(manager, file, modules)]
    if idle == files:
        raise PluginError(f"no file in the folder {path} implements a workbench hook or defines a plugin class.")
    modules += [PluginModule(file.stem, LOCAL, "", str(file), reason="it offers nothing") for file in idle]


def _load_from_folder(manager: pluggy.PluginManager, file: Path, modules: list[PluginModule]) -> bool:
    """Load one file of a folder; tell whether it is a plugin, since some may be there for the others."""
    try:
        _load_one(manager, file, modules)
    except PluginError as err:
        if isinstance(err.__cause__, NothingOffered):
            return False
        raise
    return True


def _load_one(manager: pluggy.PluginManager, item: Any, modules: list[PluginModule]) -> None:
    """Load one more plugin, unless the same text is active already."""

    def load() -> None:
        plugin, record = _open(item)
        record.file = _file_of(plugin)
        if not any(module.status == "active" and module.is_same_code(record) for module in modules):
            _register(manager, plugin, record)
            modules.append(record)

    try:
        guarded(load, f"import of {item}")
    except Fault as fault:
        if isinstance(fault.error, UnknownPluginError):
            raise fault.error from None
        what_to_do = advice(PluginModule(str(item), LOCAL, "", str(item)), fault.error)
        raise PluginError(
            f"plugin {str(item)!r} could not be loaded: {fault.sentence('import')}. {what_to_do}"
        ) from fault.error


def _open(item: Any) -> tuple[Any, PluginModule]:
    if isinstance(item, type) and issubclass(item, Plugin):
        return item, PluginModule(item.name or item.__name__, LOCAL, "", f"{item.__module__}.{item.__qualname__}")
    if isinstance(item, ModuleType):
        return item, PluginModule(item.__name__, LOCAL, "", item.__name__)
    if isinstance(item, Path):
        return import_file(item)
    if not isinstance(item, str):
        raise UnknownPluginError(f"a plugin is a path, a module, its name, or a plugin class; got {item!r}.")
    if not all(part.isidentifier() for part in item.split(".")) or importlib.util.find_spec(item) is None:
        raise UnknownPluginError(
            f"plugin {item!r} is neither a Python file (`.py`), nor a folder, nor a module that can be found."
        )
    return importlib.import_module(item), PluginModule(item, LOCAL, "", item)


def _register(manager: pluggy.PluginManager, plugin: Any, record: PluginModule) -> None:
    record.file = _file_of(plugin)
    record.contract = check_contract(plugin)
    if isinstance(plugin, type):
        plugin = SimpleNamespace(**{plugin.__name__: plugin}, __name__=plugin.__module__)
    if not _implements_hooks(manager, plugin):
        plugin = _offer_public_classes(plugin)
    _check_hooks(manager, plugin)
    try:
        manager.register(plugin, name=record.key)
    except pluggy.PluginValidationError as err:
        if manager.has_plugin(record.key):  # with the hooks that were met before the wrong one
            manager.unregister(name=record.key)
        raise PluginError(" ".join(str(err).split())) from err
    record.hooks = sorted(caller.name for caller in manager.get_hookcallers(plugin) or [])


def _file_of(plugin: Any) -> str | None:
    file = getattr(plugin, "__file__", None)
    return None if file is None else os.path.realpath(file)


def _implements_hooks(manager: pluggy.PluginManager, plugin: Any) -> bool:
    return any(manager.parse_hookimpl_opts(plugin, name) is not None for name in dir(plugin))


def _check_hooks(manager: pluggy.PluginManager, plugin: Any) -> None:
    """Refuse what pluggy would take without a word and never call."""
    known = [name for name in dir(hooks) if manager.parse_hookspec_opts(hooks, name) is not None]
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None or options.get("optionalhook"):
            continue
        hook = options.get("specname") or name
        if hook not in known:
            raise PluginError(f"unknown hook {hook!r}.{did_you_mean(hook, known)} See the reference of hooks.")
        if options.get("wrapper") or options.get("hookwrapper") or inspect.iscoroutinefunction(getattr(plugin, name)):
            raise PluginError(f"{hook} is a wrapper or a coroutine; expected a plain function.")


def _offer_public_classes(plugin: Any) -> SimpleNamespace:
    """Stand in for a module without hook implementations: offer the plugin classes it defines."""
    by_hook: dict[str, list[type[Plugin]]] = {}
    for attribute, cls in vars(plugin).items():
        if attribute.startswith("_") or not inspect.isclass(cls) or not issubclass(cls, Plugin):
            continue
        if cls.name is not None and cls.kind in HOOK_OF_KIND and _is_within(cls.__module__, plugin.__name__):
            by_hook.setdefault(HOOK_OF_KIND[cls.kind], []).append(cls)
    if not by_hook:
        raise NothingOffered(
            "it offers nothing: it implements no workbench hook and defines no public plugin class with a name, "
            'such as `class Momentum(Feature, name="momentum")`. A package imports what it offers in its `__init__.py`.'
        )
    return SimpleNamespace(**{hook: _provider(hook, classes) for hook, classes in by_hook.items()})


def _is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _provider(hook: str, classes: list[type[Plugin]]) -> Any:
    def offer() -> list[type[Plugin]]:
        return classes

    offer.__name__ = hook
    return hooks.hookimpl(offer)
