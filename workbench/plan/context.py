"""`Context`: another series whose features stand beside those of the bars that are forecast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from workbench.contracts.explain import explain
from workbench.contracts.feature import Feature, PanelFeature
from workbench.contracts.intervals import Interval
from workbench.contracts.source import DataSource
from workbench.contracts.use import Use, as_use
from workbench.data.calendars import Calendar, calendar
from workbench.errors import DataError, ExperimentError

_LONGEST_LAG = 50 * 366 * 86_400
"""Seconds."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Context(BaseModel):
    """Another series as features: an index, a rate, a volatility, another market.

    In an experiment file the table `[context.NAME]` holds `use`, the parameters of the source, and the fields below;
    its columns are called `NAME.<feature>`. For each bar that is forecast from, the newest row counts that was known
    when that bar was.

    Parameters
    ----------
    source : Use
        Where its bars come from.
    symbol : str, optional
        Symbol to fetch; by default the only one of the source.
    interval : str, optional
        Bar length; by default the experiment's.
    lag : str, optional
        Publication lag, such as `1d`, `45d` or `2h`: a bar is known that much later than at its end. Calendar time,
        not sessions. Too short a lag lets the future in; look it up where the numbers are published.
    features : tuple of Use, default=("column",)
        Features computed on its own bars, before they are joined; `column` is the close.
    missing : {"error", "drop", "ffill"}, default="error"
        What to do with its bars without a price.
    adjust : {"none", "splits", "all"}, default="none"
        Price adjustment for corporate actions.
    calendar : str, optional
        The sessions that its bars follow, which say when they are known; see `Experiment`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Use
    symbol: str | None = None
    interval: str | None = None
    lag: str | None = None
    features: tuple[Use, ...] = (Use(name="column"),)
    missing: Literal["error", "drop", "ffill"] = "error"
    adjust: Literal["none", "splits", "all"] = "none"
    calendar: str | None = None

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as err:
            raise ExperimentError(explain("the context", type(self).model_fields, err)) from err

    @field_validator("source", mode="before")
    @classmethod
    def _one_plugin(cls, value: object) -> Use:
        return _use(value)

    @field_validator("features", mode="before")
    @classmethod
    def _many_plugins(cls, value: object) -> tuple[Use, ...]:
        return tuple(map(_use, value if isinstance(value, (list, tuple)) else [value]))

    @field_validator("features")
    @classmethod
    def _some(cls, value: tuple[Use, ...]) -> tuple[Use, ...]:
        if not value:
            raise ValueError("a context without features adds nothing; name at least one, such as 'column'")
        return value

    @field_validator("interval", "lag")
    @classmethod
    def _duration(cls, value: str | None) -> str | None:
        try:
            return None if value is None else str(Interval.parse(value))
        except DataError:
            raise ValueError("expected a number and one of m, h, d, wk, mo, such as '1d' or '45d'") from None

    @field_validator("lag")
    @classmethod
    def _not_endless(cls, value: str | None) -> str | None:
        if value is not None and Interval.parse(value).seconds > _LONGEST_LAG:
            raise ValueError("no number is published more than fifty years late")
        return value

    @field_validator("calendar")
    @classmethod
    def _known_calendar(cls, value: str | None) -> str | None:
        if value is not None:
            check_calendar(value)
        return value

    @property
    def market(self) -> Calendar | None:
        """The calendar that its bars follow, if one is given."""
        return None if self.calendar is None else calendar(self.calendar)

    @classmethod
    def of(cls, value: object) -> Self:
        """Read a context from a source, or from a mapping of `use`, the source's parameters and the fields here."""
        if isinstance(value, cls):
            return value
        if isinstance(value, Mapping) and "source" in value:
            return cls(**value)
        source = as_use(value)
        fields = {name: source.params[name] for name in cls.reserved() if name in source.params}
        # A frame of one symbol is called what its source is told, which therefore has to know it too.
        own = {"symbol"} if source.name == "frame" else set()
        params = {name: v for name, v in source.params.items() if name not in fields or name in own}
        return cls(source=source.model_copy(update={"params": params}), **fields)

    @classmethod
    def reserved(cls) -> tuple[str, ...]:
        """Names that in a table beside `use` mean fields of the context, not parameters of its source."""
        return tuple(name for name in cls.model_fields if name != "source")

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form that `of` reads back: fields at their defaults are left out."""
        fields = {
            name: _plain(value)
            for name in self.reserved()
            if (value := getattr(self, name)) != type(self).model_fields[name].default
        }
        whole = self.source.to_dict()
        clash = set(self.reserved()) & set(self.source.params)
        return {"source": whole, **fields} if clash else {**whole, **fields}


def check_calendar(name: str) -> None:
    """Raise `ValueError` when there is no calendar called `name`."""
    try:
        calendar(name)
    except DataError as err:
        raise ValueError(str(err)) from None


@dataclass(frozen=True)
class LoadedContext:
    """Another series of the experiment, with its plugins made."""

    name: str
    asked: Context
    source: DataSource | None
    features: tuple[tuple[str, Feature | PanelFeature], ...]

    @property
    def source_name(self) -> str:
        """Name of the source, without its distribution."""
        return self.asked.source.name.rpartition(":")[2]


def read_contexts(value: object) -> dict[str, Context]:
    """Read the contexts of an experiment, by name.

    Raises
    ------
    ValueError
        A name would not do as the beginning of a column's name, or a context is not understood.
    """
    if not isinstance(value, Mapping):
        raise ValueError('expected one table per series, such as `[context.vix]` with `use = "csv"`')
    contexts = {}
    for name, item in value.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a series; use letters, digits, '_' and '-', a letter first")
        try:
            contexts[name] = Context.of(item)
        except ExperimentError as err:
            raise ValueError(f"{name}: {err}") from err
    return contexts


def _use(value: object) -> Use:
    try:
        return as_use(value)
    except ExperimentError as err:
        raise ValueError(str(err)) from err


def _plain(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    return [use.name if list(whole := use.to_dict()) == ["use"] else whole for use in value]
