"""The numbers of a description, as frozen values: None where something is undefined, never NaN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench.contracts.arrays import FloatArray
from workbench.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

ReturnKind = Literal["log_return", "difference"]


@dataclass(frozen=True, slots=True)
class Prices:
    """Closes at a glance; moments are ISO texts."""

    first: float
    last: float
    min: float
    min_at: str
    max: float
    max_at: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change from one close to the next; `simple_return` is None where the price before is not positive."""

    at: str
    value: float
    simple_return: float | None
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of values from `edges[i]` (included) to `edges[i + 1]`, and of those beyond either end.

    The middle bin has zero in its middle where zero is in sight.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int
    above: int


@dataclass(frozen=True, slots=True)
class Returns:
    """Changes from close to close.

    Parameters
    ----------
    kind : {"log_return", "difference"}
        Logarithmic where all prices are positive, else plain differences in price units; all numbers here but the
        simple ones are of this kind.
    n : int
    mean, std : float or None
        Standard deviation with n - 1.
    annual_volatility : float or None
        `std * sqrt(periods_per_year)`.
    periods_per_year : float
        Bars that make a year.
    skewness, excess_kurtosis : float or None
        Third and fourth standardised moment with n, the fourth less 3.
    zero_share : float
        Share of bars that close exactly where the bar before closed.
    quantiles : mapping of str to float
        Per probability, such as `0.01`; linear between neighbours.
    simple_mean, simple_std : float or None
        Of simple returns; None where a price is not positive.
    largest : tuple of Move
        The largest by size, largest first.
    histogram : Histogram
    """

    kind: ReturnKind
    n: int
    mean: float
    std: float | None
    annual_volatility: float | None
    periods_per_year: float
    skewness: float | None
    excess_kurtosis: float | None
    zero_share: float
    quantiles: Mapping[str, float]
    simple_mean: float | None
    simple_std: float | None
    largest: tuple[Move, ...]
    histogram: Histogram


@dataclass(frozen=True, slots=True)
class RollingVolatility:
    """Annualised standard deviation of the last `window` returns, along the series."""

    window: int
    min: float
    min_at: str
    median: float
    max: float
    max_at: str
    last: float


@dataclass(frozen=True, slots=True)
class LjungBox:
    """A test of the first `lags` autocorrelations together; a small p-value speaks against all being zero."""

    lags: int
    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Autocorrelation:
    """Autocorrelations at `lags`; of white noise 95 % lie within plus or minus `band`."""

    lags: tuple[int, ...]
    band: float
    returns: tuple[float, ...] | None
    returns_test: LjungBox | None
    absolute: tuple[float, ...] | None
    absolute_test: LjungBox | None


@dataclass(frozen=True, slots=True)
class Shift:
    """The last bars, on which models are tested, against those before them.

    Parameters
    ----------
    test_fraction : float
    test_from : str
        First bar of the test.
    n_train, n_test : int
        Closes on either side.
    train_mean, test_mean, train_volatility, test_volatility : float or None
        Of the returns; volatility is annualised.
    volatility_ratio : float or None
        Test over train.
    train_low, train_high, test_low, test_high : float
        Range of the closes.
    share_outside : float
        Share of test closes outside the range of the training closes: what a scaler that was fitted on the range
        of training has never seen.
    ks_statistic : float or None
        Largest distance between the distribution functions of the returns (Kolmogorov and Smirnov).
    ks_p_value : float or None
        As if returns were independent, which they are not: volatility comes in clusters, so it is too small.
    """

    test_fraction: float
    test_from: str
    n_train: int
    n_test: int
    train_mean: float | None
    test_mean: float | None
    train_volatility: float | None
    test_volatility: float | None
    volatility_ratio: float | None
    train_low: float
    train_high: float
    test_low: float
    test_high: float
    share_outside: float
    ks_statistic: float | None
    ks_p_value: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without bars: between which bars, how long, how many bars are missing."""

    after: str
    before: str
    seconds: float
    n_missing: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """Bars that could have been there and are not.

    Parameters
    ----------
    rule : str
        What is counted as missing.
    n : int
        Stretches without bars.
    n_missing : int
        Bars missing in all of them.
    longest : tuple of Gap
        The longest by bars missing, longest first.
    largest_step : float
        Largest time between two neighbouring bars in bar lengths, closed markets included.
    largest_step_after : str
        Bar after which it came.
    """

    rule: str
    n: int
    n_missing: int
    longest: tuple[Gap, ...]
    largest_step: float
    largest_step_after: str


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of the close from the highest close before it; `fall` is a fraction, 0 or negative."""

    fall: float
    peak_at: str
    trough_at: str


@dataclass(frozen=True, slots=True)
class Persistence:
    """What "tomorrow = today" scores on the test bars, one bar ahead; a forecast has to beat that.

    Parameters
    ----------
    n_test : int
    rmse, mae : float
        In price.
    log_rmse : float or None
        RMSE of a log return of zero; None where a price is not positive.
    """

    n_test: int
    rmse: float
    mae: float
    log_rmse: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What is drawn of a series: closes, returns at the later close, rolling volatility."""

    close: pd.Series[float]
    returns: pd.Series[float]
    volatility: pd.Series[float]
    test_from: int


@dataclass(frozen=True)
class SymbolDescription:
    """What there is to know of one symbol.

    Parameters
    ----------
    symbol : str
    bars, n_prices : int
        Bars, and those of them that have a close; everything else is about the latter.
    first, last : str or None
        First and last bar with a close: the session date of daily and longer bars, the stamp in UTC of others.
    reasons : mapping of str to str
        Why something is None, by its path, such as `returns.skewness`.
    lines : Lines
        The series themselves, for drawing; not part of `to_dict`.
    """

    symbol: str
    interval: str
    bars: int
    n_prices: int
    first: str | None
    last: str | None
    prices: Prices | None
    returns: Returns | None
    rolling_volatility: RollingVolatility | None
    autocorrelation: Autocorrelation | None
    shift: Shift | None
    gaps: Gaps | None
    drawdown: Drawdown | None
    persistence: Persistence | None
    reasons: Mapping[str, str]
    lines: Lines = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain dictionaries and lists that JSON can hold."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name != "lines"}


@dataclass(frozen=True)
class Description:
    """What `Panel.describe` returns: numbers by symbol, and ways to show them.

    Parameters
    ----------
    interval : str
        Length of a bar.
    test_fraction : float
        Share of the bars, the last ones, that is compared with those before.
    calendar : str or None
        Calendar by which gaps are counted.
    symbols : tuple of SymbolDescription
        Sorted by symbol.
    """

    interval: str
    test_fraction: float
    calendar: str | None
    symbols: tuple[SymbolDescription, ...]

    def __getitem__(self, symbol: str) -> SymbolDescription:
        known = [item.symbol for item in self.symbols]
        if symbol not in known:
            raise DataError(
                f"the description has no symbol {symbol!r}.{did_you_mean(symbol, known)} It has {', '.join(known)}."
            )
        return self.symbols[known.index(symbol)]

    def __iter__(self) -> Iterator[SymbolDescription]:
        return iter(self.symbols)

    def __len__(self) -> int:
        return len(self.symbols)

    def __repr__(self) -> str:
        named = ", ".join(item.symbol for item in self.symbols[:3]) + (", ..." if len(self) > 3 else "")
        return f"<Description of {named}: {sum(item.bars for item in self.symbols):,} bars of {self.interval}>"

    def __str__(self) -> str:
        return self.to_text()

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain dictionaries and lists that JSON can hold; undefined is None."""
        return {
            "interval": self.interval,
            "test_fraction": self.test_fraction,
            "calendar": self.calendar,
            "symbols": [item.to_dict() for item in self.symbols],
        }

    def to_text(self, *, width: int = 100, unicode: bool = False) -> str:
        """Return the description as text for a terminal or a log.

        Parameters
        ----------
        width : int, default=100
            Columns at most.
        unicode : bool, default=False
            Whether lines are drawn with braille and block characters instead of plain ones.
        """
        from workbench.reports.looking.text import to_text

        return to_text(self, width=width, unicode=unicode)

    def to_html(self, title: str | None = None) -> str:
        """Return the description as a page of HTML that needs nothing beside it.

        Parameters
        ----------
        title : str, optional
            What the page is called; the symbols by default.
        """
        from workbench.reports.looking.page import to_html

        return to_html(self, title)

    def _repr_html_(self) -> str:
        from workbench.reports.looking.page import to_fragment

        return to_fragment(self)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def known(values: FloatArray) -> tuple[float, ...]:
    """Return an array as a tuple of plain numbers."""
    return tuple(float(value) for value in values)
