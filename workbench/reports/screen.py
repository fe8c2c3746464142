"""Screen one: the verdict, three numbers, and what to know before relying on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.reports import formats
from workbench.reports.data.equity import annualised, compared_models, why_untraded
from workbench.reports.data.luck import luck_adjusted_sharpe
from workbench.reports.data.models import shown_name

if TYPE_CHECKING:
    from workbench.plan.experiment import Experiment
    from workbench.runs.run import Run


@dataclass(frozen=True)
class VerdictBox:
    """The verdict in words; `tone` is the CSS class, `sign` what those see who see no colour."""

    lead: str
    detail: str
    tone: str
    sign: str


@dataclass(frozen=True)
class Number:
    """One of the three numbers."""

    label: str
    value: str
    beside: str
    meaning: str


@dataclass(frozen=True)
class Screen:
    """Everything that is seen without scrolling."""

    title: str
    facts: str
    verdict: VerdictBox
    numbers: Sequence[Number]
    trial: str
    notes: Sequence[str]
    run: str
    version: str


_TONES = {
    "better than persistence": ("better", "✓"),
    "not better than persistence": ("worse", "✕"),
    "too little data to tell": ("open", "?"),
}
_UNFINISHED = {"failed": "failed", "interrupted": "was interrupted"}


def make_screen(run: Run) -> Screen:
    """Gather screen one of a run, finished or not."""
    is_finished = run.status == "finished"
    return Screen(
        title=run.name,
        facts=_facts(run),
        verdict=_verdict(run) if is_finished else _no_verdict(run),
        numbers=[_skill(run), _money(run), _luck(run)] if is_finished else [],
        trial=_trial(run),
        notes=[*run.notes, *_task_notes(run)],
        run=run.id,
        version=str(run.provenance.get("workbench", __version__)),
    )


def _facts(run: Run) -> str:
    asked = run.experiment
    ahead = "1 bar ahead" if asked.horizon == 1 else f"{asked.horizon} bars ahead"
    if asked.multi_step == "recursive":
        ahead += ", recursive"
    facts = [formats.listing(asked.symbols), _bars(asked)]
    if run.status == "finished":
        times = run.forecasts["target_time"]
        facts.append(f"tested {formats.moment(times.min())} to {formats.moment(times.max())}")
        n_folds = run.forecasts["fold"].nunique()
        facts.append("1 fold" if n_folds == 1 else f"{n_folds} folds")
    return " · ".join([*facts, f"{asked.target.name}, {ahead}"])


def _bars(asked: Experiment) -> str:
    joined = f" made of {asked.interval} bars" if asked.resample else ""
    return f"{asked.bar_length} bars{joined}"


def _verdict(run: Run) -> VerdictBox:
    verdict = run.verdicts.get(run.headline)
    if verdict is None:
        return VerdictBox(run.verdict, "", "open", "=")
    tone, sign = _TONES[verdict.words]
    claim = verdict.claim(run.headline)
    return VerdictBox(claim, run.verdict.removeprefix(claim), tone, sign)


def _no_verdict(run: Run) -> VerdictBox:
    why = f" {run.error.strip()}" if run.error else ""
    lead = f"This run {_UNFINISHED.get(run.status, 'is not finished yet')}; there is no verdict."
    return VerdictBox(lead, why, "worse", "!")


def _skill(run: Run) -> Number:
    label = "Skill against persistence"
    meaning = "How much smaller the forecast error (RMSE) is than that of “tomorrow = today”. Below zero is worse."
    verdict = run.verdicts.get(run.headline)
    if verdict is None:
        return Number(label, formats.percent(0.0), f"{run.headline} is persistence itself", meaning)
    if verdict.skill is None:
        return Number(label, formats.UNDEFINED, f"{verdict.n_origins} origins, or no error of persistence", meaning)
    beside = f"95 % interval {formats.percent(verdict.skill_low)} to {formats.percent(verdict.skill_high)}"
    meaning += f" The smallest skill this sample could have shown is {formats.percent(verdict.smallest_skill)}."
    return Number(label, formats.percent(verdict.skill), beside, meaning)


def _money(run: Run) -> Number:
    label = "Return after costs"
    asked = run.experiment
    models = compared_models(run)
    if asked.strategy is None or run.headline not in models:
        advice = (
            "Set strategy to trade the forecasts." if asked.strategy is None else "What is not traded earns nothing."
        )
        return Number(label, "not traded", why_untraded(run), advice)
    beside = ", ".join(f"{shown_name(model)} {_total(run, model)}" for model in models if model != run.headline)
    meaning = (
        f"What trading {run.headline}'s forecasts with {asked.strategy.name} would have earned over the whole test, "
        f"after a commission of {formats.percent(asked.costs.commission, 2)} and a spread of "
        f"{formats.percent(asked.costs.spread, 2)}."
    )
    return Number(label, _total(run, run.headline), beside, meaning)


def _total(run: Run, model: str) -> str:
    return formats.percent(run.backtests[model].stats.get("total_return"), signed=True)


def _luck(run: Run) -> Number:
    label = "Luck-adjusted Sharpe"
    found = luck_adjusted_sharpe(run)
    if found.probability is None:
        return Number(label, formats.UNDEFINED, found.reason, _LUCK_MEANING)
    annual = run.backtests[run.headline].stats.get("sharpe")
    how = annualised(run).removeprefix("annualised with ")
    beside = f"annual Sharpe ratio {formats.ratio(annual)}{f' ({how})' if how else ''}, {_trials(found.n_trials)}"
    if found.n_trials == 1:
        meaning = "Probability that the true Sharpe ratio is above zero; with one trial no luck has to be taken off."
    else:
        meaning = _LUCK_MEANING
    return Number(label, formats.percent(found.probability, 0), beside, meaning)


_LUCK_MEANING = (
    "Probability that the true Sharpe ratio is above what luck alone would give the best of all trials on these data "
    "(deflated Sharpe ratio, Bailey and López de Prado 2014)."
)


def _trials(n_trials: int) -> str:
    return "1 trial" if n_trials == 1 else f"{n_trials} trials"


def _trial(run: Run) -> str:
    trial: dict[str, Any] | None = run.trial
    if not trial:
        return ""
    return f"Trial {trial['number']} on these data in this store since {formats.moment(trial['since'])[:10]}."


def _task_notes(run: Run) -> list[str]:
    """What became of the plan where it was not carried out whole."""
    done, failed = ((run.tasks["status"] == status) for status in ("finished", "failed"))
    notes = []
    if failed.any():
        errors = run.tasks.loc[failed, "error"].dropna().astype(str).str.split("\n").str[0]
        first = f" The first says: {errors.iloc[0]}" if len(errors) else ""
        notes.append(f"{int(failed.sum())} of {len(failed)} fits failed.{first}")
    if run.status != "finished":
        notes.append(
            f"{int(done.sum())} of {len(done)} fits are done and stored; `workbench run FILE.toml --resume {run.id}` "
            "does the missing ones and ends with the same numbers as a run that was never stopped."
        )
    return notes
