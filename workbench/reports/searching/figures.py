"""Figures of a search, in the look of the report's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.reports.figures.canvas import COLOURS, legend, line, panels, percent_axis, style
from workbench.reports.formats import shortened
from workbench.reports.searching.data import Losses, Parameter, accuracy_of, losses_of, parameters_of, values_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.runs.searching.search import Search

MOST_SETTINGS = 30
"""Settings drawn one by one at most, the best ones; the table has them all."""
_SETTINGS_PER_INCH = 4.2
_MOST_LINES = 3
"""Of the label of a setting."""


def draw_values(search: Search, *, width: float) -> Figure:
    """Draw the value of each setting in the order of trying, and the best so far."""
    from matplotlib.ticker import MaxNLocator

    found = values_of(search)
    with style():
        figure, (axes,) = panels(1, width=width, height=2.6)
        drawn = [_dots(axes, found.value.index, found.value, "actual", f"validation {_metric(search)}")]
        drawn += axes.plot(
            found.best.index,
            found.best,
            color=COLOURS["model"],
            drawstyle="steps-post",
            linewidth=1.8,
            label="best so far",
        )
        if len(found.pruned):
            look: dict[str, Any] = {"marker": "x", "linestyle": "none", "markersize": 4.5, "color": COLOURS["actual"]}
            drawn += axes.plot(found.pruned.index, found.pruned, label="stopped early", **look)
        if search.metric == "rmse" and search.persistence is not None:
            dashed: dict[str, Any] = {"color": COLOURS["persistence"], "linestyle": (0, (5, 2))}
            drawn.append(axes.axhline(search.persistence, label="persistence", linewidth=1.2, **dashed))
        elif search.metric == "skill":
            axes.axhline(0.0, color=COLOURS["persistence"], linestyle=(0, (5, 2)), linewidth=1.2)
            percent_axis(axes)
        axes.set_title(f"Validation {_metric(search)} by number of the setting")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        legend(figure, drawn)
    return figure


def _metric(search: Search) -> str:
    return search.metric.upper() if search.metric in ("rmse", "mae", "mse") else search.metric.replace("_", " ")


def _dots(axes: Axes, x: Any, y: Any, role: str, label: str | None = None, **look: Any) -> Any:
    options = {"marker": "o", "linestyle": "none", "markersize": 4.0, "color": COLOURS[role], **look}
    (drawn,) = axes.plot(x, y, label=label, **options)
    return drawn


def draw_parameters(search: Search, *, width: float) -> Figure:
    """Draw one panel per parameter: value against setting, the best one marked."""
    found = parameters_of(search)
    with style():
        figure, axes = _grid(len(found), width=width, wanted=3.2, height=2.3)
        for place, parameter in zip(axes, found, strict=False):
            _parameter(place, parameter)
            place.set_title(_from_left(parameter.name, 36))
        for place in axes[:: _columns(len(found), width, 3.2)]:
            place.set_ylabel(f"validation {_metric(search)}", color=COLOURS["ink"])
    return figure


def _parameter(axes: Axes, found: Parameter) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    _dots(axes, found.position, found.value, "actual", alpha=0.75)
    _dots(axes, found.position[found.best], found.value[found.best], "model", markersize=7.0)
    axes.margins(x=0.08)
    if found.ticks:
        axes.set_xticks(list(found.ticks), [shortened(name, 14) for name in found.ticks.values()])
        axes.set_xlim(min(found.ticks) - 0.5, max(found.ticks) + 0.5)
    elif found.log:
        axes.set_xscale("log")
    distinct = np.unique(found.position)
    if found.listed and not found.ticks and len(distinct) <= 6:
        axes.set_xticks(distinct, [f"{value:g}" for value in distinct])
    elif found.log:
        few = distinct.max() / distinct.min() < 30  # too few powers of ten between
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def draw_losses(search: Search, *, width: float) -> Figure:
    """Draw the training losses of all settings in one panel and their validation losses in another."""
    from matplotlib.ticker import MaxNLocator

    found = losses_of(search)
    with style():
        figure, axes = panels(2, width=width, height=2.7)
        drawn: list[Any] = []
        for place, name in zip(axes, ("train", "validation"), strict=True):
            curves = [getattr(losses, name).dropna() for losses in found]
            for losses, curve in zip(reversed(found), reversed(curves), strict=True):  # the best one lies on top
                if len(curve):
                    lines = _one_of_many(place, curve, losses, is_best=losses is found[0])
                    drawn += [each for each in lines if each.get_label() not in {d.get_label() for d in drawn}]
            _limit(place, curves)
            place.set_title("Training loss" if name == "train" else "Validation loss")
            place.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        legend(figure, drawn)
    return figure


def _one_of_many(axes: Axes, curve: Any, losses: Losses, *, is_best: bool) -> list[Any]:
    look: dict[str, Any] = {"marker": "o" if len(curve) < 2 else None, "markersize": 3}
    if is_best:
        return [line(axes, curve, "model", f"best: {losses.label}", linewidth=2.0, **look)]
    label = "stopped early" if losses.status == "pruned" else "the others"
    dashes: dict[str, Any] = {"linestyle": (0, (1, 1.5))} if losses.status == "pruned" else {}
    return [line(axes, curve, "actual", label, linewidth=0.8, alpha=0.6, **dashes, **look)]


def draw_curves(search: Search, *, width: float) -> Figure:
    """Draw both losses as changes since the first epoch, one small panel per setting, all with the same axes."""
    found = [_changes(losses) for losses in losses_of(search)[:MOST_SETTINGS]]
    wanted = 1.95 if width >= 6.0 else 1.9
    with style():
        figure, axes = _grid(len(found), width=width, wanted=wanted, height=1.5, share=True)
        drawn: list[Any] = []
        for place, losses in zip(axes, found, strict=True):
            lines = _losses(place, losses)
            drawn = lines if len(lines) > len(drawn) else drawn
        _limit(axes[0], [series.dropna() for losses in found for series in (losses.train, losses.validation)])
        percent_axis(axes[0])
        legend(figure, drawn)
    return figure


def _changes(losses: Losses) -> Losses:
    parts = {}
    for name in ("train", "validation"):
        series = getattr(losses, name)
        first = series.dropna().iloc[:1].abs().sum()
        parts[name] = (series - series.dropna().iloc[:1].sum()) / (first or 1.0)
    return replace(losses, **parts)


def _losses(axes: Axes, losses: Losses) -> list[Any]:
    from matplotlib.ticker import MaxNLocator

    drawn = []
    for series, role, label in (
        (losses.train, "actual", "training loss"),
        (losses.validation, "model", "validation loss"),
    ):
        known = series.dropna()
        if len(known):
            drawn.append(line(axes, known, role, label, marker="o" if len(known) < 2 else None, markersize=3))
    known = losses.validation.dropna()
    if len(known):
        kept = int(known.argmin())
        drawn.append(_dots(axes, known.index[kept], known.iloc[kept], "model", "kept epoch", markersize=5.0))
    aside = "" if losses.status == "complete" else f" ({losses.status})"
    axes.set_title(f"{_on_lines(losses.label)}{aside}", fontsize=7.6)
    axes.tick_params(labelsize=7.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    return drawn


def _on_lines(label: str, most: int = 24) -> str:
    """Break a label between its values, on three lines at most; what is cut off is cut from the left."""
    lines: list[str] = []
    for part in label.split(","):
        if lines and len(lines[-1]) + 1 + len(part) <= most:
            lines[-1] = f"{lines[-1]},{part}"
        else:
            lines.append(part)
    if len(lines) > _MOST_LINES:
        lines = ["…" + lines[-_MOST_LINES], *lines[1 - _MOST_LINES :]]
    return "\n".join(_from_left(line, most) for line in lines)


def _from_left(text: str, most: int) -> str:
    """Cut a text that is too long from the left: settings of one parameter differ at the end."""
    return text if len(text) <= most else f"…{text[1 - most :]}"


def _limit(axes: Axes, curves: Sequence[Any]) -> None:
    """Let no setting that went astray flatten all others: what lies far above the rest is cut off."""
    known = [curve.to_numpy() for curve in curves if len(curve)]
    if known:
        low, highest = min(float(curve.min()) for curve in known), max(float(curve.max()) for curve in known)
        typical = float(np.median([curve.max() for curve in known])) - low
        top = highest if highest - low <= 4 * typical or typical <= 0 else low + 2 * typical
        margin = 0.06 * (top - low) or 0.1 * abs(top) or 1.0
        axes.set_ylim(low - margin, top + margin)


def draw_accuracy(search: Search, *, width: float) -> Figure:
    """Draw the hit rate of each setting on its validation block, and on the test where it was run there."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    found = accuracy_of(search).head(MOST_SETTINGS)
    with style():
        names = [_on_lines(name, 40 if width >= 6.0 else 22) for name in found["setting"]]
        lines = max(len(found), sum(name.count("\n") + 1 for name in names) * 0.72)
        figure = Figure(figsize=(width, 0.9 + lines / _SETTINGS_PER_INCH), layout="constrained")
        axes = figure.subplots()
        rows = np.arange(len(found))[::-1]
        axes.axvline(0.5, color=COLOURS["grid"], linewidth=1.6)
        drawn = [_dots(axes, found["validation"], rows, "model", "validation", markersize=5.5)]
        if found["test"].notna().any():
            look = {"marker": "s", "markersize": 5.0, "fillstyle": "none"}
            drawn.append(_dots(axes, found["test"], rows, "buy_and_hold", "test", **look))
        axes.set_yticks(rows, names, fontsize=8.0)
        axes.set_ylim(-0.7, len(found) - 0.3)
        axes.set_title("Hit rate")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
        low, high = axes.get_xlim()
        axes.set_xlim(min(low - 0.01, 0.4), max(high + 0.01, 0.6))
        legend(figure, drawn)
    return figure


def _columns(n: int, width: float, wanted: float) -> int:
    """Panels beside one another: as many as fit, and no more than there are."""
    return max(1, min(n, math.floor(width / wanted + 1e-9)))


def _grid(n: int, *, width: float, wanted: float, height: float, share: bool = False) -> tuple[Figure, list[Axes]]:
    """Make a grid of at least `n` panels, those beyond them empty."""
    from matplotlib.figure import Figure

    columns = _columns(n, width, wanted)
    n_rows = math.ceil(n / columns)
    figure = Figure(figsize=(width, n_rows * height + 0.4), layout="constrained")
    axes = figure.subplots(n_rows, columns, squeeze=False, sharex=share, sharey=share).ravel()
    for spare in axes[n:]:
        spare.set_visible(False)
    return figure, list(axes[:n])
