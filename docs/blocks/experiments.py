"""Experiments: fields, settings, the file to start from, and the rule of the verdict."""

from __future__ import annotations

import inspect
from typing import Any

from blocks.markdown import code, described, first_line, table
from blocks.plugins import default

HEADER = ["field", "default", "meaning"]


def fields() -> str:
    """Fields of an experiment."""
    from workbench import Experiment

    said = described(Experiment)
    return table(HEADER, [(code(name), default(f), said[name]) for name, f in Experiment.model_fields.items()])


def settings() -> str:
    """Fields of the settings that are tables of their own."""
    from workbench import Costs, Holdout, WalkForward

    return "\n\n".join(_setting(cls) for cls in (Holdout, WalkForward, Costs))


def _setting(cls: Any) -> str:
    said = described(cls)
    rows = [
        (code(p.name), "required" if p.default is p.empty else code(repr(p.default)), said[p.name])
        for p in inspect.signature(cls).parameters.values()
    ]
    return f"### {cls.__name__}\n\n{first_line(cls)}\n\n{table(HEADER, rows)}"


def tune_settings() -> str:
    """Fields of `[tune]` beside its space."""
    from workbench.plan.space import TuneSettings

    said = described(TuneSettings)
    return table(HEADER, [(code(name), default(f), said[name]) for name, f in TuneSettings.model_fields.items()])


def new_toml() -> str:
    """The experiment that `workbench new` writes."""
    from workbench.plan.examples import example_path

    return f"```toml\n{example_path('new').read_text(encoding='utf-8').strip()}\n```"


def verdict_rule() -> str:
    """The constants of the verdict, as the code has them."""
    from workbench.evaluation import verdict

    rows = [
        ("`SIGNIFICANCE`", f"{100 * verdict.SIGNIFICANCE:g} %", "level of the one-sided test"),
        (
            "`WORTHWHILE_SKILL`",
            f"{100 * verdict.WORTHWHILE_SKILL:g} %",
            "what the interval of a skill must end below to be called not better",
        ),
        ("`POWER`", f"{100 * verdict.POWER:g} %", "how often a sample has to show a skill to be said to be able to"),
        ("`FEWEST_ORIGINS`", str(verdict.FEWEST_ORIGINS), "origins below which nothing is decided"),
    ]
    return table(["constant", "value", "what it is"], rows)
