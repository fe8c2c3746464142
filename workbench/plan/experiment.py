"""`Experiment`: everything that is asked, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from workbench.contracts.backtest import Costs
from workbench.contracts.explain import explain
from workbench.contracts.folds import FOLD_KINDS, Holdout, WalkForward
from workbench.contracts.intervals import Interval
from workbench.contracts.names import canonical_name
from workbench.contracts.use import Use, as_use
from workbench.data.calendars import Calendar, calendar
from workbench.data.resampling import check_resample
from workbench.errors import DataError, ExperimentError, did_you_mean
from workbench.plan.context import Context, check_calendar, read_contexts

_T = TypeVar("_T")

_LEAKY_FILLS = {"bfill", "backfill", "back_fill", "interpolate", "interpolation", "linear", "nearest", "spline"}
"""What other tools call filling from bars that come later."""


class Experiment(BaseModel):
    """Which series, features and forecasters; how to evaluate; which strategy.

    Making one checks its shape only; plugins are looked up when it runs.

    Parameters
    ----------
    source : Use
        Data source: a name, `use(...)` or an instance.
    universe : str, optional
        CSV file that says which symbols there are and when each belonged to them, in the columns `symbol`, `from` and
        `to`. A symbol is neither trained on nor tested nor traded outside its membership. Without the symbols that
        left, results are those of survivors.
    symbols : tuple of str
        Symbols to fetch. A single string is accepted. May be left out where there is a `universe`.
    name : str, default="experiment"
        What runs of it are called.
    start, end : str, optional
        First and last session, ISO dates, both inclusive.
    tail : int, optional
        Keep only the last bars of each symbol.
    interval : str, default="1d"
        Bar length.
    calendar : str or dict of str to str, optional
        The sessions that bars follow, for all symbols or for each: `24/7`, `24/5`, or the market identifier code of
        an exchange, such as `XNYS`. It says when a bar is known (a daily bar at the close of its session), which
        session an intraday bar counts to, and how many periods make a year. Without one, a daily bar is known at the
        end of its date in UTC.
    resample : str, optional
        Join bars to longer ones of this length, such as `15m`; everything else then counts in those. `interval` is
        what the source is asked for. Only finished bars are there.
    missing : {"error", "drop", "ffill"}, default="error"
        What to do with bars without a price. Filling from later bars would be a leak and is not offered.
    adjust : {"none", "splits", "all"}, default="none"
        Price adjustment for corporate actions. Adjusted levels depend on later actions; returns do not.
    context : dict of str to Context, default={}
        Other series as features, by name: `{"vix": use("csv", path="vix.csv", lag="1d")}`. Beside the parameters of
        the source it takes `symbol`, `interval`, `lag`, `features`, `missing`, `adjust` and `calendar`. Each bar sees
        the newest row known then; too short a `lag` lets the future in.
    target : Use, default="log_return"
        What is forecast.
    horizon : int, default=1
        Bars ahead.
    multi_step : {"direct", "recursive"}, default="direct"
        How several bars ahead are forecast. `direct` fits every forecaster to all steps at once. `recursive` fits it
        one step ahead and goes on from its own forecasts, bar by bar: each becomes a bar with that close, and the
        features are computed again; the error of a step is carried into those after it. Forecasts are points;
        intervals around them come from a `calibration` alone. It is refused unless every feature reads closes alone
        and the target has a price.
    lookback : int, default=20
        Past bars one forecast may see.
    scaler : str, Use or transformer, default="standard"
        `standard`, `minmax` (with `range`), `robust`, `none`, or an object with `fit`, `transform` and
        `inverse_transform`; fitted per fold and symbol on training rows only.
    features : tuple of Use, optional
        What forecasters see; by default what suits the target.
    forecasters : tuple of Use, default=("lstm",)
        The first is the headline.
    baselines : tuple of Use, default=()
        Further forecasters, not counted as trials. Persistence is always there.
    folds : WalkForward or Holdout, default=Holdout(0.2)
        How the target rows are split.
    validation : float, default=0.1
        Share of the training origins, the last ones, set aside for early stopping and learning curves.
    calibration : float, default=0.0
        Share of the training origins, between validation and test, that no fit sees: their errors say how wide the
        intervals are of every forecaster that gives no quantiles itself (split-conformal prediction). Zero for none.
    coverage : tuple of float, default=(0.8, 0.95)
        Shares of what happens that those intervals are to hold; others than these need a `calibration`.
    seeds : tuple of int, default=(7,)
        One fit per seed for forecasters that use it.
    strategy : Use, optional, default="long_flat"
        How forecasts are traded; None skips trading.
    engine : Use, default="backtesting"
        Backtest engine.
    costs : Costs
        Commission and spread as fractions of price; ten and two basis points by default.
    keep_models : {"last", "all", "none"}, default="last"
        Which folds' fitted forecasters are stored.
    plugins : tuple of str, default=()
        Plugin files, folders of them, packages or modules to load beside the installed ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = Field("experiment", min_length=1)
    source: Use
    universe: str | None = None
    symbols: tuple[str, ...]
    start: str | None = None
    end: str | None = None
    tail: int | None = Field(None, ge=1)
    interval: str = "1d"
    calendar: str | dict[str, str] | None = None
    resample: str | None = None
    missing: Literal["error", "drop", "ffill"] = "error"
    adjust: Literal["none", "splits", "all"] = "none"
    context: dict[str, Context] = {}
    target: Use = Use(name="log_return")
    horizon: int = Field(1, ge=1)
    multi_step: Literal["direct", "recursive"] = "direct"
    lookback: int = Field(20, ge=1)
    scaler: Any = Use(name="standard")
    features: tuple[Use, ...] | None = None
    forecasters: tuple[Use, ...] = Field((Use(name="lstm"),), min_length=1)
    baselines: tuple[Use, ...] = ()
    folds: WalkForward | Holdout = Holdout()
    validation: float = Field(0.1, ge=0, lt=1)
    calibration: float = Field(0.0, ge=0, lt=1)
    coverage: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field((0.8, 0.95), min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**63)], ...] = Field((7,), min_length=1)
    strategy: Use | None = Use(name="long_flat")
    engine: Use = Use(name="backtesting")
    costs: Costs = Costs(commission=0.001, spread=0.0002)
    keep_models: Literal["last", "all", "none"] = "last"
    plugins: tuple[str, ...] = ()

    def __init__(self, **fields: Any) -> None:
        if fields.get("universe") is not None:
            fields.setdefault("symbols", ())
        try:
            super().__init__(**fields)
        except ValidationError as err:
            raise ExperimentError(explain("the experiment", type(self).model_fields, err)) from err

    @field_validator("source", "target", "engine", "strategy", mode="before")
    @classmethod
    def _one_plugin(cls, value: object) -> Use | None:
        return None if value is None else _use(value)

    @field_validator("strategy", mode="before")
    @classmethod
    def _or_none(cls, value: object) -> object:
        return None if value == "none" else value  # as a file says it, which cannot hold None

    @field_validator("features", "forecasters", "baselines", mode="before")
    @classmethod
    def _many_plugins(cls, value: object) -> object:
        if value is None:
            return None
        return tuple(_use(item) for item in (value if isinstance(value, (list, tuple)) else [value]))

    @field_validator("scaler", mode="before")
    @classmethod
    def _scaler(cls, value: object) -> object:
        return value if hasattr(value, "fit") and hasattr(value, "inverse_transform") else _use(value)

    @field_validator("horizon", "lookback", "tail", "seeds", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, (bool, float)):
                raise ValueError("expected a whole number, such as 3")
        return value

    @field_validator("seeds", "coverage", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        return (value,) if isinstance(value, (int, float)) else value

    @field_validator("calibration")
    @classmethod
    def _leaves_origins(cls, value: float, info: ValidationInfo) -> float:
        if value + info.data.get("validation", 0.0) >= 1:
            raise ValueError("with `validation` it takes all training origins; the two shares must stay below 1")
        return value

    @field_validator("coverage")
    @classmethod
    def _increasing(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sorted(value))

    @field_validator("symbols", "plugins", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("universe", mode="before")
    @classmethod
    def _path(cls, value: object) -> object:
        return str(value) if isinstance(value, Path) else value

    @field_validator("context", mode="before")
    @classmethod
    def _contexts(cls, value: object) -> object:
        return read_contexts({} if value is None else value)

    @field_validator("symbols")
    @classmethod
    def _some(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not value and info.data.get("universe") is None:
            raise ValueError("name at least one symbol, or a `universe`")
        return value

    @field_validator("symbols", "seeds", "coverage")
    @classmethod
    def _distinct(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each may be given once only")
        return value

    @field_validator("coverage")
    @classmethod
    def _has_intervals(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        if value != cls.model_fields["coverage"].default and info.data.get("calibration") == 0:
            raise ValueError("without `calibration` there are no intervals to hold it; add `calibration = 0.2`")
        return value

    @field_validator("start", "end", mode="before")
    @classmethod
    def _date(cls, value: object) -> str | None:
        if value is None:
            return None
        import datetime

        try:
            return datetime.datetime.fromisoformat(str(value)).date().isoformat()
        except ValueError:
            raise ValueError("expected an ISO date such as 2018-02-05") from None

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        if value is not None and start is not None and value < start:
            raise ValueError(f"it lies before `start`, {start}")
        return value

    @field_validator("interval")
    @classmethod
    def _interval(cls, value: str) -> str:
        try:
            return str(Interval.parse(value))
        except DataError as err:
            raise ValueError(str(err)) from None

    @field_validator("missing", mode="before")
    @classmethod
    def _fills_no_future_in(cls, value: object) -> object:
        if canonical_name(str(value)) in _LEAKY_FILLS:
            raise ValueError(
                "it fills a gap from later bars, which nobody had at the time: a leak, and not offered. Choose 'drop' "
                "(leave such bars out) or 'ffill' (carry the last close forward)"
            )
        return value

    @field_validator("calendar")
    @classmethod
    def _calendars(cls, value: str | dict[str, str] | None, info: ValidationInfo) -> str | dict[str, str] | None:
        named = {} if value is None else value if isinstance(value, dict) else {"": value}
        symbols = info.data.get("symbols", ())
        for symbol, name in named.items():
            if symbol and symbols and symbol not in symbols:
                raise ValueError(f"{symbol!r} is none of the symbols.{did_you_mean(symbol, symbols)}")
            check_calendar(name)
        return value or None

    @field_validator("resample")
    @classmethod
    def _resample(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        try:
            asked = Interval.parse(value)
            if "interval" in info.data:
                check_resample(Interval.parse(info.data["interval"]), asked)
        except DataError as err:
            said = str(err)
            raise ValueError(said.partition("; ")[2] if said.startswith("`interval` is") else said) from None
        return str(asked)

    @field_validator("folds", mode="before")
    @classmethod
    def _folds(cls, value: object) -> object:
        if isinstance(value, (WalkForward, Holdout)):
            return value
        if not isinstance(value, Mapping):
            raise ValueError("expected `WalkForward(train_size, test_size)` or `Holdout(test_fraction)`")
        return _settings(_fold_kind(value), {k: v for k, v in value.items() if k != "use"})

    @field_validator("costs", mode="before")
    @classmethod
    def _costs(cls, value: object) -> object:
        return _settings(Costs, value) if isinstance(value, Mapping) else value

    @property
    def bar_length(self) -> str:
        """Length of the bars that everything counts in: `resample`, or `interval` without it."""
        return self.resample or self.interval

    def calendar_of(self, symbol: str) -> Calendar | None:
        """The calendar that a symbol's bars follow, if one is given."""
        name = self.calendar.get(symbol) if isinstance(self.calendar, dict) else self.calendar
        return None if name is None else calendar(name)

    def to_toml(self) -> str:
        """Write the experiment as TOML; `from_toml` reads it back equal.

        Raises
        ------
        ExperimentError
            A parameter cannot be written, such as a DataFrame handed to the `frame` source.
        """
        from workbench.plan.toml import write_toml

        return write_toml(self)

    @classmethod
    def from_toml(cls, source: str | Path, /, *laid_over: str | Path) -> Self:
        """Read an experiment from the path of a TOML file, or from TOML text.

        Relative paths in a file start at that file. Tables for `sweep` and `tune` are no part of the experiment; a
        warning says that they are left aside.

        Parameters
        ----------
        source : str or Path
        *laid_over : str or Path
            Further files whose settings take the place of those before them, tables and lists as a whole; none of
            them need be a whole experiment.

        Raises
        ------
        ExperimentError
            A file is missing or is not TOML, or a setting is wrong.
        """
        from workbench.plan.overlay import lay_over
        from workbench.plan.searches import without_search_tables
        from workbench.plan.toml import read_toml

        return cls(**without_search_tables(lay_over(read_toml(source), laid_over, cls.model_fields)))

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, checked again."""
        return type(self)(**{**dict(self), **changes})


def _use(value: object) -> Use:
    try:
        return as_use(value)
    except ExperimentError as err:
        raise ValueError(str(err)) from err


def _fold_kind(value: Mapping[str, Any]) -> type[Any]:
    kind = value.get("use", "holdout" if "test_fraction" in value else "walk_forward")
    if canonical_name(str(kind)) not in FOLD_KINDS:
        raise ValueError(f"expected `use` to be one of {', '.join(FOLD_KINDS)}")
    return FOLD_KINDS[canonical_name(str(kind))]


def _settings(cls: type[_T], values: Mapping[str, Any]) -> _T:
    try:
        return cls(**values)
    except ExperimentError as err:
        raise ValueError(str(err)) from err
