"""What a description says in tables: names and values, already written for people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from workbench.data.description import Returns, SymbolDescription
from workbench.reports import formats

SUMMARY_COLUMNS = (
    "symbol",
    "bars",
    "first",
    "last",
    "last close",
    "volatility",
    "drawdown",
    "gaps",
    "outside",
    "RMSE",
    "MAE",
)
_MEANINGS = {
    "volatility": "volatility is annualised",
    "drawdown": "drawdown is the deepest fall of the close",
    "gaps": "gaps are bars missing",
    "outside": "outside is the share of test closes beyond the range of those before",
    "RMSE": "RMSE and MAE are those of persistence on the test bars, in price",
}
_KINDS = {"log_return": "Log returns", "difference": "Differences"}


def amount(value: float | None) -> str:
    """Write an amount of price: two decimals from 1 on, else four significant digits."""
    if value is None or not 0 < abs(value) < 1:
        return formats.money(value)
    return formats.number(value)


def change(value: float | None, returns: Returns, *, signed: bool = False, digits: int = 2) -> str:
    """Write a return as percent, a difference of prices as an amount."""
    if returns.kind == "log_return":
        return formats.percent(value, _digits(value, digits), signed=signed)
    return ("+" if signed and value is not None and value > 0 else "") + amount(value)


def _digits(value: float | None, digits: int) -> int:
    """Show small returns, such as those of minutes, with more digits."""
    if value is None or value == 0 or abs(value) >= 0.001:
        return digits
    return digits + 2 if abs(value) >= 0.00001 else digits + 4


def moment(text: str | None) -> str:
    """Write an ISO text as people do: without a T, and no seconds of nought."""
    return formats.NONE if text is None else text.replace("T", " ").removesuffix(":00")


def bars(n: int) -> str:
    """Write a number of bars."""
    return "1 bar" if n == 1 else f"{formats.count(n)} bars"


def kind_of(returns: Returns) -> str:
    """Name the returns, as a heading."""
    return _KINDS[returns.kind]


def returns_facts(found: SymbolDescription) -> list[tuple[str, str]]:
    """List what there is to know of the returns, as names and values."""
    returns = found.returns
    if returns is None:
        return [("returns", f"none: {found.reasons['returns']}")]
    facts = [
        ("mean", _or_why(found, "mean", change(returns.mean, returns, signed=True))),
        ("standard deviation", _or_why(found, "std", change(returns.std, returns))),
        ("annual volatility", _or_why(found, "annual_volatility", _annual(returns))),
        ("skewness", _or_why(found, "skewness", formats.ratio(returns.skewness))),
        ("excess kurtosis", _or_why(found, "excess_kurtosis", formats.ratio(returns.excess_kurtosis))),
        ("closes unchanged", formats.percent(returns.zero_share)),
    ]
    if returns.simple_mean is not None:
        facts.append(
            ("simple return, mean", formats.percent(returns.simple_mean, _digits(returns.simple_mean, 2), signed=True))
        )
    return facts


def _annual(returns: Returns) -> str:
    return f"{change(returns.annual_volatility, returns, digits=1)} ({returns.periods_per_year:,.6g} bars a year)"


def _or_why(found: SymbolDescription, name: str, text: str) -> str:
    why = found.reasons.get(f"returns.{name}")
    return text if why is None else f"undefined: {why}"


def quantiles(returns: Returns) -> list[tuple[str, str]]:
    """List quantiles, as names and values."""
    return [
        (f"{100 * float(name):g} %", change(value, returns, signed=True)) for name, value in returns.quantiles.items()
    ]


def middles(returns: Returns) -> list[str]:
    """Write the middle of each bin of the histogram, all with the same digits."""
    edges = returns.histogram.edges
    is_log = returns.kind == "log_return"
    unit = 100 if is_log else 1
    step = (edges[1] - edges[0]) * unit
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    texts = []
    for low, high in itertools.pairwise(edges):
        middle = round((low + high) / 2 * unit, digits) + 0.0
        texts.append(f"{middle:,.{digits}f}".replace("-", "\N{MINUS SIGN}") + (" %" if is_log else ""))
    return texts


def largest(returns: Returns) -> list[tuple[str, str, str, str]]:
    """List the largest moves: when, how much, from where to where."""
    return [
        (
            moment(move.at),
            change(move.value, returns, signed=True, digits=1),
            formats.percent(move.simple_return, signed=True) if move.simple_return is not None else formats.NONE,
            f"{formats.price(move.before)} to {formats.price(move.after)}",
        )
        for move in returns.largest
    ]


def summary_note(columns: Sequence[str] = SUMMARY_COLUMNS) -> str:
    """Say what the columns of the table of all symbols mean."""
    text = "; ".join(_MEANINGS[name] for name in columns if name in _MEANINGS)
    return f"{text[:1].upper()}{text[1:]}."


def summary(found: SymbolDescription) -> Sequence[str]:
    """Return one row of the table of all symbols; see `SUMMARY_COLUMNS`."""
    returns, score = found.returns, found.persistence
    return (
        found.symbol,
        formats.count(found.n_prices),
        moment(found.first),
        moment(found.last),
        formats.NONE if found.prices is None else formats.price(found.prices.last),
        formats.NONE if returns is None else change(returns.annual_volatility, returns, digits=1),
        formats.NONE if found.drawdown is None else formats.percent(found.drawdown.fall),
        formats.NONE if found.gaps is None else formats.count(found.gaps.n_missing),
        formats.NONE if found.shift is None else formats.percent(found.shift.share_outside, 0),
        formats.NONE if score is None else amount(score.rmse),
        formats.NONE if score is None else amount(score.mae),
    )
