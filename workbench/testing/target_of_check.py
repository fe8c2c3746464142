"""What `workbench plugins check TARGET` means: from a text to the plugins to examine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.contracts.names import canonical_name
from workbench.contracts.origin import LOCAL
from workbench.contracts.plugin import Plugin
from workbench.contracts.use import as_use
from workbench.errors import PluginError, RequestError, did_you_mean
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, resolve
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.records import Offer, PluginModule
from workbench.registry.registry import Registry, default_registry


class TargetError(RequestError):
    """What is to be checked is not there, cannot be loaded, or offers nothing."""


@dataclass(frozen=True)
class Subject:
    """What is to be examined, and where it comes from.

    Parameters
    ----------
    plugin : Plugin or Plugin subclass
        As an experiment sets it, or a class.
    module : PluginModule
    """

    plugin: Plugin | type[Plugin]
    module: PluginModule

    @property
    def cls(self) -> type[Plugin]:
        """The class of the plugin."""
        return type(self.plugin) if isinstance(self.plugin, Plugin) else self.plugin

    @property
    def title(self) -> str:
        """Its label or name, its kind, and where it comes from."""
        called = self.plugin.label if isinstance(self.plugin, Plugin) else self.plugin.name
        return f"{called} ({self.plugin.kind}), from {_place(self.module)}"


def _place(module: PluginModule) -> str:
    if module.distribution != LOCAL:
        return f"{module.distribution} {module.version}"
    path = Path(module.origin)
    if not path.is_absolute():
        return f"the module {module.origin}"
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return f"the {'folder' if path.is_dir() else 'file'} {shown}"


def find_subjects(target: str, blocked: Iterable[str] = (), extra: Iterable[str] = ()) -> list[Subject]:
    """Return every plugin class that a target offers, or every plugin as an experiment sets it.

    Parameters
    ----------
    target : str
        An experiment file (`.toml`), a plugin file or folder, a distribution, a module, or one plugin:
        `distribution:name`, its name, or the name of an entry point; taken as the first of these that it can be.
    blocked, extra : iterable of str
        See `Registry`.

    Raises
    ------
    TargetError
        Nothing is called so, it cannot be loaded, or it offers nothing.
    ExperimentError
        The experiment asks for what cannot be made.
    """
    extra = tuple(extra)
    if target.endswith(".toml"):
        return _asked_for(Experiment.from_toml(Path(target)), blocked, extra)
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


def _asked_for(experiment: Experiment, blocked: Iterable[str], extra: tuple[str, ...]) -> list[Subject]:
    """Return every plugin that an experiment names or is given, once each, without asking for any bars."""
    registry = _load(blocked, [*extra, *experiment.plugins])
    return [Subject(p, registry.provenance(p.kind, as_use(p))) for p in _plugins(resolve(experiment, registry))]


def _plugins(resolved: Resolved) -> list[Plugin]:
    features = [feature for _, feature in resolved.features]
    forecasters = [model.forecaster for model in resolved.models]
    others = [p for p in (resolved.source, resolved.strategy, resolved.engine) if p is not None]
    return [*features, resolved.target, *forecasters, *others]


def _load(blocked: Iterable[str], extra: Iterable[str]) -> Registry:
    try:
        return default_registry(blocked, extra)
    except PluginError as err:
        raise TargetError(str(err)) from err


def _local(target: str, blocked: Iterable[str], extra: Iterable[str]) -> list[Subject]:
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


def _offered(registry: Registry, target: str, belongs: Callable[[PluginModule], bool]) -> list[Subject]:
    """Return the classes offered by the modules that belong to the target, all of which have to be loaded."""
    offers = [offer for offer in _offers(registry) if belongs(offer.module)]
    lost = [m for m in registry.modules if belongs(m) and m.status != "active"]
    if lost:
        raise TargetError(f"{target!r} cannot be checked, because {'; '.join(map(_lost, lost))}")
    return _subjects(offers)


def _lost(module: PluginModule) -> str:
    if module.status == "blocked":
        return f"{module} is blocked: call it without the `--no-plugin` or `WORKBENCH_PLUGINS` that leaves it out."
    return f"{module} could not be loaded: {module.explanation}"


def _subjects(offers: Iterable[Offer]) -> list[Subject]:
    """Return each class once."""
    return list({offer.cls: Subject(offer.cls, offer.module) for offer in offers}.values())


def _named(registry: Registry, target: str) -> list[Subject]:
    """Return the plugins of a name, or else those of the entry points of a name."""
    dist, _, name = target.rpartition(":")
    plugins = [
        offer
        for offer in _offers(registry)
        if _same(offer.name, name) and (not dist or _same(offer.module.distribution, dist))
    ]
    if plugins:
        return _subjects(plugins)
    return _offered(registry, target, lambda m: _same(m.name, name) and (not dist or _same(m.distribution, dist)))


def _offers(registry: Registry) -> list[Offer]:
    return [offer for kind in HOOK_OF_KIND for offer in registry.offers(kind)]


def _same(one: str, other: str) -> bool:
    return canonical_name(one) == canonical_name(other)


def _known(registry: Registry) -> set[str]:
    return {o.name for o in _offers(registry)} | {m.distribution for m in registry.modules}
