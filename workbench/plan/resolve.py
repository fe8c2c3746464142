"""From names to plugins: what an experiment asks for, with every plugin made and checked."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace
from typing import Any

from workbench.contracts.backtest import BacktestEngine
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.forecaster import Forecaster
from workbench.contracts.metric import Metric
from workbench.contracts.origin import LOCAL, OWN_DISTRIBUTION
from workbench.contracts.plugin import Plugin
from workbench.contracts.source import DataSource
from workbench.contracts.strategy import Strategy
from workbench.contracts.target import Target
from workbench.contracts.use import Use
from workbench.data.universe import Universe
from workbench.errors import ExperimentError, WorkbenchError, WorkbenchWarning
from workbench.evaluation.recursion import check_recursive
from workbench.evaluation.scaling import check_scaler
from workbench.plan.context import Context, LoadedContext
from workbench.plan.experiment import Experiment
from workbench.plan.strategies import check_strategy
from workbench.plan.texts import text_of
from workbench.plan.universe import with_universe
from workbench.registry.code import installed_code
from workbench.registry.records import Offer, PluginModule
from workbench.registry.registry import Registry

PERSISTENCE = "persistence"
BUY_AND_HOLD = "buy_and_hold"


@dataclass(frozen=True)
class Model:
    """A forecaster of the experiment and what it is called in results."""

    label: str
    use: Use
    forecaster: Forecaster
    is_baseline: bool
    plugin: PluginUsed


@dataclass(frozen=True)
class PluginUsed:
    """A plugin of the experiment and where it came from.

    Parameters
    ----------
    kind, name : str
    module : PluginModule
        Where it came from. Its `sha256` is set wherever the code is known, but for Workbench's own plugins, which
        the version tells apart.
    source : str or None
        Text of a class that stands in no plugin file, such as one defined in a notebook.
    """

    kind: str
    name: str
    module: PluginModule
    source: str | None = None

    @property
    def is_lost(self) -> bool:
        """Whether nothing keeps its code: a run that uses it cannot be replayed by anybody else."""
        return self.module.distribution == LOCAL and self.module.sha256 is None

    @property
    def identity(self) -> str:
        """Everything about its code that a result depends on."""
        return f"{self.kind}:{self.name}@{self.module.distribution}=={self.module.version}#{self.module.sha256 or ''}"


@dataclass(frozen=True)
class Resolved:
    """An experiment whose plugins are made; `source` is None only where it was not needed."""

    experiment: Experiment
    source: DataSource | None
    target: Target
    features: tuple[tuple[str, Feature | PanelFeature], ...]
    models: tuple[Model, ...]
    strategy: Strategy | None
    engine: BacktestEngine
    metrics: tuple[Metric, ...]
    plugins: tuple[PluginUsed, ...]
    device: str
    context: tuple[LoadedContext, ...] = ()
    universe: Universe | None = None

    @property
    def source_name(self) -> str:
        """Name of the source, without its distribution."""
        return self.experiment.source.name.rpartition(":")[2]

    @property
    def headline(self) -> Model:
        """The first forecaster of the experiment."""
        return self.models[0]

    def model(self, label: str) -> Model:
        """The model called `label`."""
        return next(m for m in self.models if m.label == label)


def resolve(
    experiment: Experiment, registry: Registry, *, needs_source: bool = True, universe: Universe | None = None
) -> Resolved:
    """Look up and make every plugin an experiment names; fill in the features the target suggests.

    Parameters
    ----------
    experiment : Experiment
    registry : Registry
    needs_source : bool, default=True
        False where the bars are at hand; a source that cannot be made is then left out.
    universe : Universe, optional
        The universe that a stored run saw; by default it is read from its file.

    Raises
    ------
    UnknownPluginError
        A name is unknown or ambiguous.
    ExperimentError
        A plugin refuses its parameters, two would be called the same, the strategy does not fit the target, or one
        cannot be forecast bar by bar.
    """
    check_scaler(experiment.scaler)
    target = registry.create("target", experiment.target, Target)
    if experiment.features is None:
        experiment = experiment.replace(features=target.default_features)
    features = _labelled(experiment.features or (), "feature", registry, (Feature, PanelFeature))
    models = _models(experiment, registry)
    source = _source(experiment.source, registry, needs_source)
    experiment, universe = with_universe(experiment, source, universe)
    contexts = tuple(_context(*item, registry, needs_source) for item in experiment.context.items())
    if experiment.multi_step == "recursive":
        check_recursive(target, _loaded(features), experiment.context, experiment.horizon)
    metrics = _metrics(registry)
    strategy = None
    if experiment.strategy is not None:
        strategy = registry.create("strategy", experiment.strategy, Strategy)
        check_strategy(strategy, target, experiment.horizon, registry)
    return Resolved(
        experiment=experiment,
        source=source,
        target=target,
        features=_loaded(features),
        models=models,
        strategy=strategy,
        engine=registry.create("engine", experiment.engine, BacktestEngine),
        metrics=tuple(metric for metric, _ in metrics),
        plugins=_plugins_used(experiment, source, contexts, models, [used for _, used in metrics], registry),
        device=_device(models),
        context=contexts,
        universe=universe,
    )


def _context(name: str, asked: Context, registry: Registry, needs_source: bool) -> LoadedContext:
    try:
        features = _labelled(asked.features, "feature", registry, (Feature, PanelFeature))
        return LoadedContext(name, asked, _source(asked.source, registry, needs_source), _loaded(features))
    except ExperimentError as err:
        own = ", ".join(f"`{field}`" for field in asked.reserved())
        hint = f" The context itself takes {own}." if "has no parameter" in str(err) else ""
        raise ExperimentError(f"context {name!r}: {err}{hint}") from err


def _loaded(made: list[tuple[str, Use, Any]]) -> tuple[tuple[str, Feature | PanelFeature], ...]:
    return tuple((label, feature) for label, _, feature in made)


def _source(use: Use, registry: Registry, is_needed: bool) -> DataSource | None:
    try:
        return registry.create("source", use, DataSource)
    except WorkbenchError:
        if is_needed:
            raise
        return None


def _labelled(uses: tuple[Use, ...], kind: str, registry: Registry, base: Any) -> list[tuple[str, Use, Any]]:
    made: dict[str, tuple[str, Use, Any]] = {}
    for use in uses:
        plugin = registry.create(kind, use, base)
        label = use.label or plugin.label
        if label == BUY_AND_HOLD:
            raise ExperimentError(f"{label!r} is what the benchmark is called in results; choose another `label`.")
        if label in made:
            raise ExperimentError(f"two of the {kind}s are called {label!r}; give one of them a `label`.")
        made[label] = (label, use, plugin)
    return list(made.values())


def _models(experiment: Experiment, registry: Registry) -> tuple[Model, ...]:
    named = [*experiment.forecasters, *(b for b in experiment.baselines if b not in experiment.forecasters)]
    if PERSISTENCE not in {use.name.rpartition(":")[2] for use in named}:
        named.append(Use(name=PERSISTENCE))
    n_forecasters = len(experiment.forecasters)
    made = _labelled(tuple(named), "forecaster", registry, Forecaster)
    return tuple(
        Model(label, use, plugin, i >= n_forecasters, _plugin_used("forecaster", use, registry))
        for i, (label, use, plugin) in enumerate(made)
    )


def _metrics(registry: Registry) -> list[tuple[Metric, PluginUsed]]:
    """Make every metric on offer; what cannot be made is left out, and said so: a run does without."""
    made = []
    for offer in _one_of_each_name(registry.offers("metric")):
        try:
            metric = registry.create("metric", Use(name=offer.qualified_name, plugin=offer.cls), Metric)
        except WorkbenchError as err:
            _warn(f"The metric {offer.name!r} is left out of the scores: {err}")
        else:
            made.append((metric, identified("metric", offer.cls, offer.module)))
    return made


def _one_of_each_name(offers: list[Offer]) -> list[Offer]:
    """Of several called the same keep Workbench's own or the first, and say so: nobody chooses metrics by name."""
    by_name: dict[str, Offer] = {}
    for offer in sorted(offers, key=lambda o: o.module.distribution != OWN_DISTRIBUTION):
        kept = by_name.setdefault(offer.name, offer)
        if kept is not offer:
            _warn(
                f"The metric {offer.name!r} is offered by {kept.module} and by {offer.module}; the first is used. "
                f"Leave one of the two out with `--no-plugin`, or ask the author of the second for another name."
            )
    return [by_name[name] for name in sorted(by_name)]


def _warn(sentence: str) -> None:
    warnings.warn(sentence, WorkbenchWarning, stacklevel=2)


def _plugins_used(
    experiment: Experiment,
    source: DataSource | None,
    contexts: tuple[LoadedContext, ...],
    models: tuple[Model, ...],
    metrics: list[PluginUsed],
    registry: Registry,
) -> tuple[PluginUsed, ...]:
    named = [("source", experiment.source)] if source is not None else []
    named += [("target", experiment.target), ("engine", experiment.engine)]
    named += [("feature", use) for use in experiment.features or ()]
    for context in contexts:
        named += [("source", context.asked.source)] if context.source is not None else []
        named += [("feature", use) for use in context.asked.features]
    if experiment.strategy is not None:
        named.append(("strategy", experiment.strategy))
    used = [_plugin_used(kind, use, registry) for kind, use in named]
    used += [model.plugin for model in models]
    return tuple({plugin.identity: plugin for plugin in [*used, *metrics]}.values())


def _plugin_used(kind: str, use: Use, registry: Registry) -> PluginUsed:
    cls = use.plugin or registry.find(kind, use.name).cls
    return identified(kind, cls, registry.provenance(kind, use))


def identified(kind: str, cls: type[Plugin], module: PluginModule) -> PluginUsed:
    """Say what code a plugin class is: a hash, and the text of what stands in no distribution and no plugin file."""
    name = str(cls.name)
    if module.distribution == OWN_DISTRIBUTION or module.sha256 is not None:
        return PluginUsed(kind, name, module)
    if module.distribution != LOCAL:
        return PluginUsed(kind, name, replace(module, sha256=installed_code(cls, module.imported)))
    text = text_of(cls)
    digest = None if text is None else hashlib.sha256(text.encode()).hexdigest()
    return PluginUsed(kind, name, replace(module, sha256=digest), text)


def _device(models: tuple[Model, ...]) -> str:
    """Where fits run when a forecaster leaves it to the workbench: CUDA if there is one, else the CPU."""
    if not any(getattr(model.forecaster, "device", None) == "auto" for model in models):
        return "cpu"
    from workbench.torch import default_device

    return default_device()


def fingerprint(*parts: object) -> str:
    """Return a stable hash of the text of `parts`."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
