"""Figures of a description, in the look of the report's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.data.description import SymbolDescription
from workbench.reports.figures.canvas import (
    COLOURS,
    date_axis,
    legend,
    line,
    panels,
    percent_axis,
    stacked,
    style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_closes(found: SymbolDescription, *, width: float) -> Figure:
    """Draw the closes, those of the test in another colour, and the range of those before."""
    close, border = found.lines.close, found.lines.test_from
    with style():
        figure, (axes,) = panels(1, width=width, height=3.2)
        if 0 < border < len(close):
            before = close.iloc[:border]
            band = axes.axhspan(
                float(before.min()),
                float(before.max()),
                color=COLOURS["grid"],
                alpha=0.45,
                linewidth=0,
                label="range before the test",
            )
            drawn = [
                line(axes, before, "actual", "before"),
                line(axes, close.iloc[border - 1 :], "model", "test"),
            ]
            legend(figure, [*drawn, band])
        else:
            line(axes, close, "actual")
        axes.set_title("Close")
        date_axis(axes)
    return figure


def draw_returns(found: SymbolDescription, *, width: float) -> Figure:
    """Draw the returns over time and their rolling volatility below."""
    returns, volatility = found.lines.returns, found.lines.volatility
    with style():
        figure, (top, bottom) = stacked((1.9, 1.6), width=width)
        line(top, returns, "actual", linewidth=0.7)
        top.set_title("Log return from close to close" if _is_log(found) else "Difference from close to close")
        line(bottom, volatility, "model")
        window = found.rolling_volatility.window if found.rolling_volatility else 0
        bottom.set_title(f"Annual volatility of the last {window} bars" if window else "Too few bars for a volatility")
        if _is_log(found):
            percent_axis(top)
            percent_axis(bottom)
        date_axis(bottom)
    return figure


def draw_distribution(found: SymbolDescription, *, width: float) -> Figure:
    """Draw how often returns came, before and in the test, and their autocorrelation."""
    with style():
        figure, (often, shift, memory) = panels(3, width=width, height=2.9)
        _often(often, found)
        drawn = _before_and_after(shift, found)
        drawn += _memory(memory, found)
        legend(figure, drawn)
    return figure


def _is_log(found: SymbolDescription) -> bool:
    return found.returns is not None and found.returns.kind == "log_return"


def _often(axes: Axes, found: SymbolDescription) -> None:
    assert found.returns is not None
    bins = found.returns.histogram
    axes.stairs(bins.counts, bins.edges, fill=True, color=COLOURS["actual"], alpha=0.55)
    beyond = bins.below + bins.above
    axes.set_title("How often" + (f" ({beyond:,} beyond)" if beyond else ""))
    _percent_below(axes, found)


def _before_and_after(axes: Axes, found: SymbolDescription) -> list[Any]:
    """Draw the share of returns in each bin on either side of the border."""
    assert found.returns is not None
    axes.set_title("Share of the bars, before and in the test")
    edges = np.array(found.returns.histogram.edges, dtype=np.float64)
    values: FloatArray = np.asarray(found.lines.returns, dtype=np.float64)
    border = max(found.lines.test_from - 1, 0)
    drawn = []
    for part, role, label in ((values[:border], "actual", "before"), (values[border:], "model", "test")):
        if len(part):
            drawn.append(_steps(axes, part, edges, role, label))
    _percent_below(axes, found)
    return drawn


def _steps(axes: Axes, part: FloatArray, edges: FloatArray, role: str, label: str) -> Any:
    shares = np.histogram(part, bins=edges)[0] / len(part)
    corners = np.repeat(edges, 2)[1:-1]
    (drawn,) = axes.plot(corners, np.repeat(shares, 2), color=COLOURS[role], label=label, linewidth=1.3)
    return drawn


def _memory(axes: Axes, found: SymbolDescription) -> list[Any]:
    axes.set_title("Autocorrelation by lag")
    there = found.autocorrelation
    if there is None:
        return []
    axes.axhspan(-there.band, there.band, color=COLOURS["grid"], alpha=0.6, linewidth=0)
    axes.axhline(0.0, color=COLOURS["grid"], linewidth=0.8)
    lags = np.array(there.lags, dtype=np.float64)
    drawn = []
    looks = (
        (there.returns, "persistence", "returns, by lag", -0.12),
        (there.absolute, "buy_and_hold", "their size", 0.12),
    )
    for values, role, label, aside in looks:
        if values is not None:
            axes.vlines(lags + aside, 0, values, color=COLOURS[role], linewidth=1.6)
            drawn += axes.plot(lags + aside, values, "o", markersize=3, color=COLOURS[role], label=label)
    axes.set_xlim(0.3, len(lags) + 0.7)
    axes.set_xticks([lag for lag in there.lags if lag % 2 or len(there.lags) <= 5])
    return drawn


def _percent_below(axes: Axes, found: SymbolDescription) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    if _is_log(found):
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{100 * value:.6g} %".replace("-", "\N{MINUS SIGN}"))
        )
