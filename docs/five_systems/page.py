"""The page about the five systems, from the figures that were measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from blocks.markdown import table

from five_systems.printed import SYSTEMS

_TEMPLATE = Path(__file__).with_name("template.txt")

_BETTER = "better than persistence"


def render(figures: Mapping[str, Any]) -> str:
    """Return the text of the page."""
    systems = figures["systems"]
    return _TEMPLATE.read_text(encoding="utf-8").format(
        verdict=_verdict(systems, figures["ranges"]),
        printed=table(
            ("example", "what it does", "printed", "what that means"),
            ((f"`{s.example}`", s.what, s.printed, figures["meanings"][s.example]) for s in SYSTEMS),
        ),
        published=_results({name: both["published"] for name, both in systems.items()}),
        scaled=_scaled(systems["netflix-returns"]["published"]),
        steps=_steps(systems["apple-stacked"]["published"]),
        n_seeds=len(systems["netflix-returns"]["walked"]["by_seed"]),
        study=_study(figures["study"]),
        n_study=len(figures["study"]),
        walked=_walked({name: both["walked"] for name, both in systems.items()}),
        ranges=_ranges(figures["ranges"]),
    )


def _verdict(systems: Mapping[str, Any], ranges: Mapping[str, Any]) -> str:
    runs = [run for both in systems.values() for run in both.values()]
    better = sum(run["verdict"] == _BETTER for run in runs)
    won = sum(run["verdict"] == _BETTER for run in ranges.values())
    claim = "no network beats persistence in any of" if not better else f"{better} networks beat persistence among"
    return (
        f"{claim} the {len(runs)} runs below; a plain average of past ranges beats it on {won} of {len(ranges)} "
        "shares and indices, where the question is how far the price will move."
    )


def _results(runs: Mapping[str, Any]) -> str:
    header = (
        *("example", "RMSE", "MAE", "persistence RMSE", "skill", "p", "smallest skill", "verdict"),
        *("hit rate", "return", "holding", "best rival"),
    )
    return table(header, (_result(name, run) for name, run in runs.items()))


def _result(name: str, run: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"`{name}`",
        _error(run["rmse"]),
        _error(run["mae"]),
        _error(run["persistence_rmse"]),
        _percent(run["skill"]),
        _number(run["p_value"], ".2f"),
        _percent(run["smallest_skill"]),
        run["verdict"],
        _percent(run["hit_rate"]),
        _percent(run["total_return"]),
        _percent(run["held"]),
        "" if run["rival"] is None else f"`{run['rival']}`: {_error(run['rival_rmse'])}, {run['rival_verdict']}",
    )


def _walked(runs: Mapping[str, Any]) -> str:
    rows = (
        (
            f"`{name}`",
            _error(run["rmse"]),
            _error(run["persistence_rmse"]),
            f"{_percent(mean(run['by_seed']))} ± {100 * stdev(run['by_seed']):.1f} %",
            _number(run["p_value"], ".2f"),
            _percent(run["smallest_skill"]),
            run["verdict"],
            _percent(run["hit_rate"]),
            _percent(run["total_return"]),
            _percent(run["held"]),
        )
        for name, run in runs.items()
    )
    header = (
        *("example", "RMSE", "persistence RMSE", "skill, mean ± deviation over seeds", "p", "smallest skill"),
        *("verdict", "hit rate", "return", "holding"),
    )
    return table(header, rows)


def _ranges(runs: Mapping[str, Any]) -> str:
    rows = (
        (
            file.removesuffix(".csv"),
            _error(run["rmse"]),
            _error(run["persistence_rmse"]),
            _percent(run["skill"]),
            _percent(run["skill_low"]),
            run["verdict"],
            _percent(run["total_return"]),
            _percent(run["held"]),
        )
        for file, run in runs.items()
    )
    header = ("file", "RMSE", "persistence RMSE", "skill", "at least (95 %)", "verdict", "return", "holding")
    return table(header, rows)


def _study(rows: Sequence[Mapping[str, Any]]) -> str:
    header = (
        *("setting", "epoch kept", "train loss", "validation loss", "validation RMSE", "validation hit rate"),
        *("test RMSE", "skill", "verdict"),
    )
    return table(
        header,
        (
            (
                f"`{row['setting']}`",
                _number(row["epoch"], ".0f"),
                _error(row["train_loss"]),
                _error(row["validation_loss"]),
                _error(row["validation_rmse"]),
                _percent(row["validation_hit_rate"]),
                _error(row["rmse"]),
                _percent(row["skill"]),
                row["verdict"],
            )
            for row in rows
        ),
    )


def _scaled(run: Mapping[str, Any]) -> str:
    return (
        f"In scaled units, min-max on the training rows, its RMSE is {_error(run['scaled_rmse'])}; of the prices "
        f"rebuilt from the forecast returns it is ${_error(run['price_rmse'])}."
    )


def _steps(run: Mapping[str, Any]) -> str:
    """Say what the first and the last of several steps are off by."""
    told = [
        f"${_error(run['by_step'][k])} at step {k} (persistence ${_error(run['persistence_by_step'][k])})"
        for k in (min(run["by_step"], key=int), max(run["by_step"], key=int))
    ]
    return f"`apple-stacked` pools 30 steps: its RMSE is {' and '.join(told)}."


def _error(value: float | None) -> str:
    """Four significant digits, without exponent."""
    if value is None:
        return "-"
    digits = 3 - math.floor(math.log10(abs(value))) if value else 3
    return f"{value:.{max(digits, 0)}f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{round(100 * value, 1) + 0.0:.1f} %"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
