"""What a description says in words; text and page say the same."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from workbench.contracts.intervals import Interval
from workbench.data.description import Autocorrelation, Gaps, LjungBox, Returns, Shift, SymbolDescription
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
_WHAT = {"log_return": "log return", "difference": "difference"}


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


def title(found: SymbolDescription) -> str:
    """Say what a series is called and what it spans."""
    if found.first is None:
        return f"{found.symbol}: {_bars(found.bars)} of {found.interval}, none with a close"
    spans = f"{found.symbol}: {_bars(found.bars)} of {found.interval}, {moment(found.first)} to {moment(found.last)}"
    lacking = found.bars - found.n_prices
    return spans + (f"; {_bars(lacking)} without a close left out below" if lacking else "")


def moment(text: str | None) -> str:
    """Write an ISO text as people do: without a T, and no seconds of nought."""
    return formats.NONE if text is None else text.replace("T", " ").removesuffix(":00")


def _bars(n: int) -> str:
    return "1 bar" if n == 1 else f"{formats.count(n)} bars"


def _last(n: int) -> str:
    return "last bar" if n == 1 else f"last {_bars(n)}"


def kind_of(returns: Returns) -> str:
    """Name the returns, as a heading."""
    return _KINDS[returns.kind]


def persistence(found: SymbolDescription) -> list[str]:
    """Say what has to be beaten."""
    score = found.persistence
    if score is None:
        return [f"Persistence (“tomorrow = today”) cannot be scored: {found.reasons['persistence']}."]
    sentence = (
        f"Persistence (“tomorrow = today”) on the {_last(score.n_test)}: RMSE {amount(score.rmse)}, "
        f"MAE {amount(score.mae)}. A forecast has to beat that."
    )
    if score.log_rmse is None:
        return [sentence]
    return [sentence, f"In log returns, where it always says zero, that is an RMSE of {score.log_rmse:.6f}."]


def prices(found: SymbolDescription) -> list[str]:
    """Say where prices were, and how deep they fell."""
    there = found.prices
    if there is None:
        return [f"There are no prices: {found.reasons['prices']}."]
    lowest, highest = (formats.price(value) for value in (there.min, there.max))
    lines = [
        f"First {formats.price(there.first)}, last {formats.price(there.last)}; lowest {lowest} "
        f"({moment(there.min_at)}), highest {highest} ({moment(there.max_at)})."
    ]
    fall = found.drawdown
    if fall is None:
        lines.append(f"Deepest fall undefined: {found.reasons['drawdown']}.")
    elif fall.fall == 0:
        lines.append("The close never fell below an earlier one.")
    else:
        lines.append(
            f"Deepest fall {formats.percent(fall.fall)}, from {moment(fall.peak_at)} to {moment(fall.trough_at)}."
        )
    return lines


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


def rolling(found: SymbolDescription) -> str:
    """Say how volatility changed along the series."""
    there, returns = found.rolling_volatility, found.returns
    if there is None or returns is None:
        return f"Rolling volatility: {found.reasons['rolling_volatility']}."
    low, middle, high, last = (
        change(value, returns, digits=1) for value in (there.min, there.median, there.max, there.last)
    )
    return (
        f"Annual volatility over {there.window} bars was between {low} ({moment(there.min_at)}) and {high} "
        f"({moment(there.max_at)}); median {middle}, last {last}."
    )


def memory(found: SymbolDescription) -> list[str]:
    """Say whether returns remember."""
    there, returns = found.autocorrelation, found.returns
    if there is None or returns is None:
        return [f"Autocorrelation: {found.reasons['autocorrelation']}."]
    what = _WHAT[returns.kind]
    lines = [
        f"Of white noise, 95 % of the autocorrelations lie within ±{there.band:.3f}.",
        _tested(found, there, "returns", there.returns_test, f"{what}s themselves"),
        _tested(found, there, "absolute", there.absolute_test, f"size of the {what}s"),
    ]
    return lines


def _tested(found: SymbolDescription, there: Autocorrelation, name: str, test: LjungBox | None, what: str) -> str:
    if test is None:
        return f"The {what}: undefined, {found.reasons[f'autocorrelation.{name}']}."
    values = getattr(there, name)
    beyond = sum(abs(value) > there.band for value in values)
    return f"The {what}: {beyond} of {len(values)} lags beyond it, Ljung-Box {_p_value(test.p_value)}."


def _p_value(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def shift(found: SymbolDescription) -> list[str]:
    """Say what changes between training and test."""
    there, returns = found.shift, found.returns
    if there is None or returns is None:
        return [f"There is nothing to compare: {found.reasons['shift']}."]
    return [
        f"The test is the {_last(there.n_test)}, from {moment(there.test_from)}; before it: {_bars(there.n_train)}.",
        _volatility(there, returns),
        _range(there),
        *_distance(there),
    ]


def _volatility(there: Shift, returns: Returns) -> str:
    before, after = (change(value, returns, digits=1) for value in (there.train_volatility, there.test_volatility))
    ratio = "" if there.volatility_ratio is None else f", {formats.ratio(there.volatility_ratio)} times as much"
    means = [change(value, returns, signed=True, digits=2) for value in (there.train_mean, there.test_mean)]
    return f"Annual volatility: {before} before, {after} in the test{ratio}. Mean per bar: {means[0]} and {means[1]}."


def _range(there: Shift) -> str:
    before, after = (
        f"between {formats.price(low)} and {formats.price(high)}"
        for low, high in ((there.train_low, there.train_high), (there.test_low, there.test_high))
    )
    text = f"Closes before lie {before}, in the test {after}: "
    if there.share_outside == 0:
        return text + "none of the test lies outside the range before."
    return text + (
        f"{formats.percent(there.share_outside)} of the test lies outside the range before, of which a scaler fitted "
        "on that range (min-max) has seen nothing."
    )


def _distance(there: Shift) -> list[str]:
    if there.ks_statistic is None or there.ks_p_value is None:
        return []
    return [
        f"Kolmogorov-Smirnov distance between the returns before and in the test: {there.ks_statistic:.3f} "
        f"({_p_value(there.ks_p_value)} if they were independent; volatility comes in clusters, which makes p too "
        "small)."
    ]


def gaps(found: SymbolDescription) -> list[str]:
    """Say where bars are missing."""
    there = found.gaps
    if there is None:
        return [f"Gaps: {found.reasons['gaps']}."]
    step = (
        f"The largest step between two bars is {_length(there.largest_step * Interval.parse(found.interval).seconds)}, "
        f"{there.largest_step:,.4g} bar length{'' if there.largest_step == 1 else 's'}, after "
        f"{moment(there.largest_step_after)}."
    )
    if there.n == 0:
        return [f"No bar is missing, counting {there.rule}.", step]
    stretches = "1 stretch" if there.n == 1 else f"{formats.count(there.n)} stretches"
    are = "is" if there.n_missing == 1 else "are"
    return [
        f"{_bars(there.n_missing)} {are} missing in {stretches}, counting {there.rule}.",
        _longest(there),
        step,
    ]


def _longest(there: Gaps) -> str:
    named = there.longest[:3]
    if named[0].n_missing == 1:
        listed = ", ".join(moment(gap.after) for gap in named)
        return f"Each is one bar, the first after {listed}." if there.n > 1 else f"It comes after {listed}."
    listed = ", ".join(f"{_bars(gap.n_missing)} after {moment(gap.after)}" for gap in named)
    return f"The longest: {listed}."


def _length(seconds: float) -> str:
    """Write a length of time in its largest whole unit."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            n = round(seconds / size, 1)
            return f"{n:,g} {unit}{'' if n == 1 else 's'}"
    return f"{seconds:g} seconds"


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
