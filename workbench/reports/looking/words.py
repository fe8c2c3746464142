"""What a description says in words; text and page say the same."""

from __future__ import annotations

from workbench.contracts.intervals import Interval
from workbench.data.description import Autocorrelation, Gaps, LjungBox, Returns, Shift, SymbolDescription
from workbench.reports import formats
from workbench.reports.looking.tables import amount, bars, change, moment

_WHAT = {"log_return": "log return", "difference": "difference"}


def title(found: SymbolDescription) -> str:
    """Say what a series is called and what it spans."""
    if found.first is None:
        return f"{found.symbol}: {bars(found.bars)} of {found.interval}, none with a close"
    spans = f"{found.symbol}: {bars(found.bars)} of {found.interval}, {moment(found.first)} to {moment(found.last)}"
    lacking = found.bars - found.n_prices
    return spans + (f"; {bars(lacking)} without a close left out below" if lacking else "")


def _last(n: int) -> str:
    return "last bar" if n == 1 else f"last {bars(n)}"


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
        f"The test is the {_last(there.n_test)}, from {moment(there.test_from)}; before it: {bars(there.n_train)}.",
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
        f"{bars(there.n_missing)} {are} missing in {stretches}, counting {there.rule}.",
        _longest(there),
        step,
    ]


def _longest(there: Gaps) -> str:
    named = there.longest[:3]
    if named[0].n_missing == 1:
        listed = ", ".join(moment(gap.after) for gap in named)
        return f"Each is one bar, the first after {listed}." if there.n > 1 else f"It comes after {listed}."
    listed = ", ".join(f"{bars(gap.n_missing)} after {moment(gap.after)}" for gap in named)
    return f"The longest: {listed}."


def _length(seconds: float) -> str:
    """Write a length of time in its largest whole unit."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            n = round(seconds / size, 1)
            return f"{n:,g} {unit}{'' if n == 1 else 's'}"
    return f"{seconds:g} seconds"
