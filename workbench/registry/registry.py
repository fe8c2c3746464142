"""`Registry`: looking plugins up by kind and name, and telling them what happened."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from workbench.contracts.calling import calling
from workbench.contracts.names import canonical_name
from workbench.contracts.plugin import Plugin
from workbench.contracts.use import Use
from workbench.errors import ExperimentError, PluginError, UnknownPluginError, WorkbenchWarning, did_you_mean
from workbench.registry.advice import advice
from workbench.registry.guard import Fault, guarded
from workbench.registry.installed import with_environment
from workbench.registry.manager import HOOK_OF_KIND, create_plugin_manager
from workbench.registry.records import Offer, PluginModule

_P = TypeVar("_P", bound=Plugin)

USED_BY_EVERY_RUN = ("metric", "report-section")
"""Kinds of which every class on offer is made, with its defaults."""


class Registry:
    """Every plugin at hand.

    Parameters
    ----------
    blocked : iterable of str
        Names of entry points or distributions not to load, or `distribution:entry-point`.
    extra : iterable
        Plugin files, packages, folders of them, module names, modules or classes beside the installed ones.
    """

    def __init__(self, blocked: Iterable[str] = (), extra: Iterable[Any] = ()) -> None:
        self._manager, self.modules = create_plugin_manager(blocked, extra)
        self._offers: dict[str, dict[str, list[Offer]]] = {}

    def offers(self, kind: str) -> list[Offer]:
        """Every class of one kind, sorted by name."""
        by_name = self._by_name(kind)
        return [offer for name in sorted(by_name) for offer in by_name[name]]

    def find(self, kind: str, name: str) -> Offer:
        """Return the class called `name`.

        Parameters
        ----------
        kind : str
            One of `workbench.registry.manager.HOOK_OF_KIND`.
        name : str
            Plugin name, or `distribution:name`.

        Raises
        ------
        UnknownPluginError
            No plugin of that kind has the name, or several have it.
        """
        dist, _, local = name.rpartition(":")
        by_name = self._by_name(kind)
        candidates = by_name.get(canonical_name(local), [])
        if dist:
            wanted = canonical_name(dist)
            candidates = [o for o in candidates if canonical_name(o.module.distribution) == wanted]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise UnknownPluginError(f"{kind} {name!r} is offered more than once: {_ways_out(candidates)}.")
        raise UnknownPluginError(self._unknown(kind, name, by_name))

    def create(self, kind: str, use: Use, base: type[_P]) -> _P:
        """Make the plugin that `use` describes.

        Raises
        ------
        UnknownPluginError
            See `find`.
        ExperimentError
            A parameter is unknown, missing or out of bounds.
        PluginError
            The class raised something else.
        """
        cls = use.plugin or self.find(kind, use.name).cls
        if not issubclass(cls, base):
            raise ExperimentError(f"{use.name!r} is a {cls.kind}, but a {kind} is needed here.")
        with calling(cls, "__init__"):
            return cls(**use.params)

    def provenance(self, kind: str, use: Use) -> PluginModule:
        """Where the plugin that `use` describes comes from."""
        if use.plugin is None:
            return self.find(kind, use.name).module
        for offer in self._by_name(kind).get(use.name, []):
            if offer.cls is use.plugin:
                return offer.module
        return PluginModule(use.name, "local", "", f"{use.plugin.__module__}.{use.plugin.__qualname__}")

    def fire(self, event: str, **arguments: Any) -> None:
        """Tell every listener of an event; one that raises is named in a warning and does not stop the run."""
        for impl in reversed(getattr(self._manager.hook, event).get_hookimpls()):  # pluggy keeps the first to call last
            given = [arguments[name] for name in impl.argnames]
            module = self._module(impl.plugin_name)
            try:
                guarded(functools.partial(_tell, impl.function, given), f"{event} of {module}", limited=False)
            except Fault as fault:
                reason = fault.reason.removeprefix("raised ")
                message = f"plugin {module} failed in {event}: {reason}. {advice(module, fault.error)}"
                warnings.warn(message, WorkbenchWarning, stacklevel=2)

    def _module(self, key: str) -> PluginModule:
        return next(module for module in self.modules if module.key == key)

    def _by_name(self, kind: str) -> dict[str, list[Offer]]:
        if kind not in self._offers:
            self._offers[kind] = self._collect(kind)
        return self._offers[kind]

    def _collect(self, kind: str) -> dict[str, list[Offer]]:
        found: dict[str, list[Offer]] = {}
        hook = HOOK_OF_KIND[kind]
        for impl in getattr(self._manager.hook, hook).get_hookimpls():
            module = self._module(impl.plugin_name)
            ask = functools.partial(_offered, kind, impl.function)
            try:
                offered = guarded(ask, f"{hook} of {module}", shown=_names)
            except Fault as fault:
                module.fail(fault.sentence(hook), advice(module, fault.error))
                continue
            for cls in offered:
                found.setdefault(str(cls.name), []).append(Offer(cls, module))
        return found

    def _unknown(self, kind: str, name: str, by_name: dict[str, list[Offer]]) -> str:
        known = sorted(by_name)
        local = canonical_name(name.rpartition(":")[2])
        elsewhere = [k for k in HOOK_OF_KIND if k != kind and local in self._by_name(k)]
        hint = f" There is a {elsewhere[0]} of that name." if elsewhere else did_you_mean(local, known)
        failed = [str(m) for m in self.modules if m.status == "failed"]
        lost = (
            f" These plugins could not be loaded: {', '.join(failed)}; see `workbench plugins list`." if failed else ""
        )
        blocked = [str(m) for m in self.modules if m.status == "blocked"]
        lost += f" Blocked: {', '.join(blocked)}." if blocked else ""
        shown = [n for n in known if "." not in n]
        more = f" and {len(known) - len(shown)} more (see `workbench plugins list`)" if len(shown) < len(known) else ""
        return f"no {kind} is named {name!r}.{hint} Available: {', '.join(shown) or 'none'}{more}.{lost}"


def _ways_out(candidates: list[Offer]) -> str:
    names = list(dict.fromkeys(repr(offer.qualified_name) for offer in candidates))
    if len(names) == len(candidates):
        return f"write {' or '.join(names)}"
    return f"by {' and '.join(offer.module.origin for offer in candidates)}; load one of them only"


def _tell(listener: Callable[..., Any], arguments: Sequence[Any]) -> None:
    answer = listener(*arguments)
    if inspect.isgenerator(answer):
        raise PluginError("it is a generator, which does nothing by itself; write a function without `yield`.")


def _offered(kind: str, provider: Callable[[], Any]) -> list[type[Plugin]]:
    """Ask a provider, and check every class before any is offered."""
    answer = provider()
    if not isinstance(answer, Iterable):
        raise PluginError(f"expected an iterable of {kind} classes, got {answer!r}.")
    return list(dict.fromkeys(_checked(kind, cls) for cls in answer))


def _names(classes: Iterable[type[Plugin]]) -> str:
    return ", ".join(cls.__name__ for cls in classes) or "nothing"


def _checked(kind: str, cls: Any) -> type[Plugin]:
    if not (isinstance(cls, type) and issubclass(cls, Plugin)) or cls.kind != kind or cls.name is None:
        raise PluginError(f"expected {kind} classes with a name, got {cls!r}.")
    missing = sorted(cls.__abstractmethods__)
    if missing:
        raise PluginError(f"{cls.__qualname__} lacks {', '.join(missing)}.")
    needed = [name for name, field in cls.model_fields.items() if field.is_required()]
    if needed and kind in USED_BY_EVERY_RUN:
        raise PluginError(f"every run uses each {kind}, but `{needed[0]}` of {cls.name!r} has no default.")
    if not isinstance(cls.summary(), str):
        raise PluginError(f"`summary` of {cls.__qualname__} must return text.")
    return cls


def default_registry(blocked: Iterable[str] = (), extra: Iterable[Any] = ()) -> Registry:
    """Make a registry that heeds `WORKBENCH_PLUGINS`, a comma-separated list of modules or distributions to keep."""
    return Registry(with_environment(blocked), extra)
