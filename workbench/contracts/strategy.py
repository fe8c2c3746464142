"""`Strategy`: from forecasts to signals."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from workbench.contracts.arrays import Forecasts
from workbench.contracts.names import canonical_name
from workbench.contracts.panel import Panel
from workbench.contracts.plugin import Plugin
from workbench.errors import PluginError

if TYPE_CHECKING:
    import pandas as pd


class Strategy(Plugin):
    """Turns forecasts into target exposures."""

    kind: ClassVar[str] = "strategy"
    for_targets: ClassVar[frozenset[str]] = frozenset()
    """Targets whose forecasts it reads, others being refused; empty if it reads `expected_return` or no forecast."""

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(name=name, **kwargs)
        if isinstance(cls.for_targets, str):
            raise PluginError(
                f"`for_targets` of {cls.__qualname__} is the text {cls.for_targets!r}; write "
                f"`for_targets: ClassVar[frozenset[str]] = frozenset({{{cls.for_targets!r}}})`."
            )
        cls.for_targets = frozenset(map(canonical_name, cls.for_targets))

    step: int = Field(1, ge=1, description="forecast step that is traded")

    @abstractmethod
    def signals(self, forecasts: Forecasts, panel: Panel) -> pd.Series | pd.DataFrame:
        """Return exposures in [-1, 1], decided at each origin's close.

        Parameters
        ----------
        forecasts : DataFrame
            Forecast frame of one model and seed (or the mean over seeds), rows of `step` only. Read
            `expected_return`; it is null where the price at the origin is not positive, and where the target says
            nothing of price. Read `forecast`, in units of the target, only if `for_targets` says of which. Where the
            model has quantiles (its own, or intervals by `calibration`), they stand in columns named by their level,
            such as `q0.1`, in target units like `forecast`; without them there are no such columns.
        panel : Panel
            The bars. A signal at an origin may depend on bars up to that origin only.

        Returns
        -------
        Series or DataFrame
            Indexed (origin, symbol): a share of equity in [-1, 1]; or a frame with the columns `position`
            and, optionally, `stop` and `take_profit` prices. NaN means no change.
        """
