"""`ModelInputs`: how bars become what a trained model is shown, without the experiment it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.contracts.arrays import Bars
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.intervals import Interval
from workbench.contracts.panel import Panel
from workbench.contracts.plugin import Plugin
from workbench.contracts.remaking import describe_plugin, remake_plugin
from workbench.contracts.target import Target
from workbench.contracts.use import Use
from workbench.data.bars import tidy_bars
from workbench.data.upcoming import Upcoming, upcoming
from workbench.errors import DataError, RequestError, StoreError, did_you_mean
from workbench.evaluation.context import with_context
from workbench.evaluation.samples import Samples, build_samples
from workbench.plan.context import Context, LoadedContext
from workbench.plan.experiment import Experiment
from workbench.runs.contexts import lay_out_each
from workbench.runs.datasets import make_panel

if TYPE_CHECKING:
    from workbench.plan.resolve import Resolved

_BARS = ("interval", "calendar", "resample", "missing", "adjust")
"""Settings of an experiment that decide how bars are read."""
_CONTEXT = ("interval", "lag", "missing", "adjust", "calendar")


@dataclass(frozen=True, eq=False)
class ModelInputs:
    """Everything that turns bars into windows for a trained model.

    Parameters
    ----------
    asked : Experiment
        How bars are read: `interval`, `calendar`, `resample`, `missing`, `adjust`, and the symbols that features
        across symbols were computed on. Its source is a stand-in.
    features : tuple of (label, feature)
    context : tuple of LoadedContext
        The other series, without their sources.
    target : Target
    lookback, horizon : int
    feature_names : tuple of str
        The columns a window has, those of other series included.
    """

    asked: Experiment
    features: tuple[tuple[str, Feature | PanelFeature], ...]
    context: tuple[LoadedContext, ...]
    target: Target
    lookback: int
    horizon: int
    feature_names: tuple[str, ...]

    @classmethod
    def of(cls, resolved: Resolved, feature_names: tuple[str, ...]) -> ModelInputs:
        """Take what of a resolved experiment a model is shown."""
        asked = resolved.experiment
        return cls(
            _reading({name: getattr(asked, name) for name in _BARS}, asked.symbols),
            resolved.features,
            resolved.context,
            resolved.target,
            asked.lookback,
            asked.horizon,
            feature_names,
        )

    @property
    def interval(self) -> Interval:
        """Length of the bars that everything counts in."""
        return Interval.parse(self.asked.bar_length)

    def panel(self, bars: Panel | pd.DataFrame | Mapping[str, pd.DataFrame], symbols: Sequence[str]) -> Panel:
        """Bring bars into the form that the features were computed on.

        Parameters
        ----------
        bars : Panel, DataFrame, or mapping of str to DataFrame
            A panel is taken as it is; frames are tidied, dated, adjusted and filled as in training.
        symbols : sequence of str
            Symbols of the model; a single frame is of the only one.

        Raises
        ------
        DataError
            They are of another length, or lack a symbol.
        RequestError
            They are no bars, such as the path of a file.
        """
        if not isinstance(bars, (Panel, pd.DataFrame, Mapping)):
            raise RequestError(
                f"a model forecasts from bars: a DataFrame, a Panel, or a mapping of symbol to DataFrame, but got "
                f"{bars!r}. Read a file with `workbench.Workbench().panel({str(bars)!r})`."
                if isinstance(bars, (str, PathLike))
                else f"a model forecasts from bars: a DataFrame, a Panel, or a mapping of symbol to DataFrame, but got "
                f"{type(bars).__name__}."
            )
        if isinstance(bars, pd.DataFrame):
            if len(symbols) > 1:
                raise DataError(
                    f"the model forecasts {', '.join(symbols)}, but one frame of bars was given. Give a mapping of "
                    "symbol to bars, or a panel."
                )
            bars = {symbols[0]: bars}
        if not isinstance(bars, Panel):
            length = Interval.parse(self.asked.interval)
            bars = make_panel({s: tidy_bars(frame, s, length)[0] for s, frame in bars.items()}, self.asked)[0]
        if str(Interval.parse(bars.interval)) != str(self.interval):
            raise DataError(f"the model was trained on bars of {self.interval}, but these are of {bars.interval}.")
        across = any(isinstance(feature, PanelFeature) for _, feature in self.features)
        missing = [symbol for symbol in (self.asked.symbols if across else ()) if symbol not in bars.frames]
        if missing:
            raise DataError(
                f"a feature looks across {', '.join(self.asked.symbols)}, but there are no bars of "
                f"{', '.join(missing)}. Give the bars of all of them."
            )
        return bars.only(*self.asked.symbols) if across else bars

    def context_bars(self, given: Mapping[str, pd.DataFrame] | None) -> dict[str, Bars]:
        """Tidy the bars of the other series.

        Raises
        ------
        DataError
            One is missing, or is none of the model's.
        """
        names = [context.name for context in self.context]
        given = given or {}
        for name in given:
            if name not in names:
                raise DataError(f"the model knows no context {name!r}.{did_you_mean(name, names)}")
        missing = [name for name in names if name not in given]
        if missing:
            raise DataError(
                f"the model sees other series beside its own bars; give those of {', '.join(missing)} too: "
                f"`context={{{missing[0]!r}: bars}}`."
            )
        return {
            c.name: tidy_bars(given[c.name], c.name, Interval.parse(c.asked.interval or self.asked.interval))[0]
            for c in self.context
        }

    def samples(self, panel: Panel, context: Mapping[str, Bars]) -> Samples:
        """Compute features, and join those of the other series.

        Parameters
        ----------
        panel : Panel
        context : mapping of str to DataFrame
            Tidy bars of every context.

        Raises
        ------
        DataError
            A feature refuses the bars, or the columns are not those of the training.
        """
        samples = build_samples(panel, self.features, self.target, lookback=self.lookback, horizon=self.horizon)
        beside = lay_out_each(self.context, self.asked, context)
        samples = with_context(samples, [item.columns for item in beside])
        if samples.feature_names != self.feature_names:
            raise DataError(
                f"the model was trained on the features {', '.join(self.feature_names)}, but these bars give "
                f"{', '.join(samples.feature_names)}."
            )
        return samples

    def upcoming(self, samples: Samples, symbols: Sequence[str]) -> dict[str, Upcoming]:
        """Name the bars that come after each symbol's last."""
        labels = {s: pd.DatetimeIndex(samples.by_symbol[s].labels).as_unit("ns") for s in symbols}
        return {s: upcoming(labels[s], self.interval, self.asked.calendar_of(s), self.horizon) for s in symbols}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, which `from_dict` reads back.

        Raises
        ------
        NotSaveable
            A plugin cannot be imported by another process, or holds an object.
        """
        return {
            "bars": {name: getattr(self.asked, name) for name in _BARS},
            "panel": list(self.asked.symbols),
            "features": _described(self.features),
            "context": {
                item.name: {
                    **{name: getattr(item.asked, name) for name in _CONTEXT},
                    "features": _described(item.features),
                }
                for item in self.context
            },
            "target": describe_plugin(self.target),
            "lookback": self.lookback,
            "horizon": self.horizon,
            "feature_names": list(self.feature_names),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelInputs:
        """Read back what `to_dict` gave.

        Raises
        ------
        StoreError
            A plugin is not there any more, or no longer takes its parameters.
        """
        context = tuple(_loaded(name, item) for name, item in values["context"].items())
        return cls(
            _reading(values["bars"], values["panel"]),
            _remade(values["features"]),
            context,
            remake_plugin(values["target"], Target),
            int(values["lookback"]),
            int(values["horizon"]),
            tuple(values["feature_names"]),
        )


def _reading(bars: Mapping[str, Any], symbols: Sequence[str]) -> Experiment:
    return Experiment(source=Use(name="frame"), symbols=tuple(symbols), **bars)


def _described(features: Sequence[tuple[str, Plugin]]) -> list[dict[str, Any]]:
    return [{"label": label, **describe_plugin(feature)} for label, feature in features]


def _remade(described: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, Any], ...]:
    made = [(str(item["label"]), remake_plugin(item, Plugin)) for item in described]
    wrong = [label for label, feature in made if not isinstance(feature, (Feature, PanelFeature))]
    if wrong:
        raise StoreError(f"a saved model names {wrong[0]!r} as a feature, which is none.")
    return tuple(made)


def _loaded(name: str, values: Mapping[str, Any]) -> LoadedContext:
    asked = Context(source=Use(name="frame"), **{field: values[field] for field in _CONTEXT})
    return LoadedContext(name, asked, None, _remade(values["features"]))
