"""The few numbers a run is remembered by."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.contracts.origin import LOCAL, OWN_DISTRIBUTION
from workbench.data.health import SeriesHealth
from workbench.evaluation.verdict import Verdict, judge_model
from workbench.plan.resolve import BUY_AND_HOLD, PERSISTENCE, PluginUsed, Resolved
from workbench.runs.trading import Traded

SUMMARY_COLUMNS = ["rmse", "mae", "skill", "hit_rate", "verdict", "total_return", "sharpe", "max_drawdown"]
"""Columns of `run.summary`, indexed by model: errors pooled in target space, money after costs."""


_REFERENCE = "persistence itself, the reference"


def judge_models(resolved: Resolved, forecasts: pd.DataFrame) -> dict[str, Verdict]:
    """Test every model but persistence against it."""
    reference = persistence_label(resolved)
    labels = [model.label for model in resolved.models if model.label != reference]
    return {
        label: judge_model(
            forecasts,
            label,
            persistence=reference,
            horizon=resolved.experiment.horizon,
            price_units=resolved.target.in_price_units,
            n_models=len(labels),
        )
        for label in labels
    }


def persistence_label(resolved: Resolved) -> str:
    """Return what persistence is called in this run."""
    return next(m.label for m in resolved.models if type(m.forecaster).name == PERSISTENCE)


def run_notes(resolved: Resolved) -> list[str]:
    """What a reader of the summary has to know, whatever the numbers are."""
    notes = []
    n_seeds = len(resolved.experiment.seeds)
    if n_seeds > 1 and resolved.strategy is not None:
        notes.append(
            f"Errors are those of single seeds, pooled over {n_seeds}; money is what trading the mean forecast over "
            f"the seeds earned. Scores and backtests of each seed are in the store."
        )
    if resolved.experiment.multi_step == "recursive" and resolved.experiment.horizon > 1:
        notes.append(
            "Forecasts were made bar by bar (recursive): each step stands on the forecasts of the steps before it. "
            "Those are points; quantiles that a forecaster gives of single bars are left out"
            + (", and intervals come from the calibration." if resolved.experiment.calibration else ".")
        )
    lost = sorted({f"{plugin.kind} {plugin.name!r}" for plugin in resolved.plugins if plugin.is_lost})
    if lost:
        notes.append(
            f"This run cannot be replayed: the code of {', '.join(lost)} was typed where no text is kept. Put it into "
            f"a file, and hand that in with `--plugin`."
        )
    return notes


def level_notes(resolved: Resolved, forecasts: pd.DataFrame) -> list[str]:
    """Name models whose own quantiles hold no interval of a coverage that was asked for."""
    asked = resolved.experiment
    if not asked.calibration or "levels" not in forecasts:
        return []
    notes = []
    for model in resolved.models:
        own = forecasts.loc[(forecasts["model"] == model.label) & forecasts["levels"].notna(), "levels"]
        if own.empty:
            continue
        levels = np.asarray(own.iloc[0], dtype=np.float64)
        ends = {share: ((1 - share) / 2, (1 + share) / 2) for share in asked.coverage}
        lacking = [f"{share:.3g}" for share, pair in ends.items() if not all(np.isclose(levels, q).any() for q in pair)]
        if lacking:
            notes.append(
                f"{model.label} gives quantiles of its own, at {', '.join(f'{q:.3g}' for q in levels)}, and those "
                f"stand: the asked coverage of {' and '.join(lacking)} is not scored for it."
            )
    return notes


def look_ahead_caution(resolved: Resolved) -> str | None:
    """Name the plugins of others, none of which a run checks, and say how they are; None without any."""
    strange = {plugin.name: plugin for plugin in resolved.plugins if plugin.module.distribution != OWN_DISTRIBUTION}
    if not strange:
        return None
    named = ", ".join(f"{name} ({_distribution(strange[name])})" for name in sorted(strange))
    ways = " and ".join(sorted(set(map(_way_to_check, strange.values()))))
    code = "its code" if len(strange) == 1 else "their code"
    return f"Not checked for look-ahead: {named}. Run {ways}, and read {code}, before you believe a good result."


def _distribution(plugin: PluginUsed) -> str:
    return f"{plugin.module.distribution} {plugin.module.version}".rstrip()


def _way_to_check(plugin: PluginUsed) -> str:
    """Return the command that checks a plugin; a class that stands in no file is checked from Python."""
    module = plugin.module
    if module.distribution != LOCAL:
        return f"`workbench plugins check {module.distribution}:{plugin.name}`"
    if Path(module.origin).is_absolute():
        return f"`workbench plugins check {shlex.quote(module.origin)}`"
    return "`check_plugin` of `workbench.testing`"


def summary_rows(
    resolved: Resolved,
    scores: pd.DataFrame,
    verdicts: Mapping[str, Verdict],
    traded: Sequence[Traded],
) -> list[dict[str, Any]]:
    """Return one row per model, and one for buy and hold where forecasts were traded."""
    stats = {t.model: t.backtest.stats for t in traded if t.seed is None}
    rows = []
    for model in resolved.models:
        verdict = verdicts.get(model.label)
        words = verdict.words if verdict else "the reference"
        rows.append(
            {
                "model": model.label,
                **_errors(scores, model.label),
                "verdict": words,
                **_money(stats, model.label),
            }
        )
    if BUY_AND_HOLD in stats:
        rows.append({"model": BUY_AND_HOLD, "verdict": "no forecast", **_money(stats, BUY_AND_HOLD)})
    return [{"model": row["model"], **{c: row.get(c) for c in SUMMARY_COLUMNS}} for row in rows]


def _errors(scores: pd.DataFrame, model: str) -> dict[str, float | None]:
    pooled = scores[
        (scores["model"] == model)
        & (scores["space"] == "target")
        & scores[["symbol", "seed", "fold", "step"]].isna().all(axis=1)
    ].set_index("metric")["value"]
    return {name: _number(pooled.get(name)) for name in ("rmse", "mae", "skill", "hit_rate")}


def _money(stats: Mapping[str, Mapping[str, float | None]], model: str) -> dict[str, float | None]:
    return {name: stats.get(model, {}).get(name) for name in ("total_return", "sharpe", "max_drawdown")}


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def summary_document(
    resolved: Resolved,
    rows: list[dict[str, Any]],
    verdicts: Mapping[str, Verdict],
    notes: Sequence[str],
    trial: Mapping[str, Any] | None,
    health: Sequence[SeriesHealth] = (),
) -> dict[str, Any]:
    """Everything that `runs.summary` holds, as plain JSON values.

    A good verdict is at once followed by what has to be done before it is believed; otherwise that is the last note.
    """
    headline = resolved.headline.label
    verdict = verdicts.get(headline)
    sentence = verdict.sentence(headline) if verdict else f"{headline}: {_REFERENCE}."
    caution = look_ahead_caution(resolved)
    if caution and verdict and verdict.words == "better than persistence":
        sentence = f"{sentence} {caution}"
    elif caution:
        notes = [*notes, caution]
    return {
        "headline": headline,
        "persistence": persistence_label(resolved),
        "claim": verdict.claim(headline) if verdict else _REFERENCE,
        "verdict": sentence,
        "rows": rows,
        "verdicts": {label: asdict(v) for label, v in verdicts.items()},
        "notes": list(notes),
        "trial": dict(trial) if trial else None,
        "data": [sheet.to_dict() for sheet in health],
    }
