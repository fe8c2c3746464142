"""What a search says in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.evaluation.verdict import SIGNIFICANCE

if TYPE_CHECKING:
    from workbench.runs.searching.search import Search
    from workbench_store import SearchTrial


def headline(search: Search, best: SearchTrial) -> str:
    """Name the best setting, and among how many."""
    n = search.n_settings
    if n == 1:
        return f"One setting: {best.label}."
    how = "validation skill" if search.kind == "sweep" and search.metric == "skill" else "validation"
    return f"{'Best of' if search.kind == 'sweep' else 'Chosen among'} {n} settings by {how}: {best.label}."


def worth(search: Search, best: SearchTrial) -> str:
    """Say what its figures are worth."""
    return f"{_value(search, best)} {_of_sweep(search, best) if search.kind == 'sweep' else _of_tune(search, best)}"


def _of_sweep(search: Search, best: SearchTrial) -> str:
    n = search.n_settings
    verdict = search.verdict_of(best)
    judged = f" On the test it is, judged so, {_claim(verdict.words)}." if verdict is not None else ""
    if n == 1:
        return f"{judged}{_ledger(search)}".replace(", judged so,", "").strip()
    return (
        f"The best of {n} is a best of {n}: it owes some of its lead to luck, and the more settings, the more. "
        f"Every setting was tested, so each is judged among {n}, where better needs p below {SIGNIFICANCE / n:.2g}."
        f"{judged}{_ledger(search)}"
    )


def _of_tune(search: Search, best: SearchTrial) -> str:
    if best.run is None or not best.test:
        return "It was not run on the test yet."
    verdict = search.verdict_of(best)
    claim = f", where it is {_claim(verdict.words)}" if verdict is not None else ""
    return f"Its test figures, of run {best.run}{claim}, {_unseen(search)}{_ledger(search)}"


def _unseen(search: Search) -> str:
    if search.n_tests == 1:
        return "were seen by none of them."
    others = search.n_tests - 1
    return (
        f"come after those of {others} other setting{'s' if others > 1 else ''} that this search chose before, with "
        f"fewer trials; verdicts are judged among {search.n_tests}."
    )


def _claim(words: str) -> str:
    return words if not words.startswith("too") else f"undecided: {words}"


def _value(search: Search, best: SearchTrial) -> str:
    if search.kind == "sweep" and search.metric == "skill" and best.value is not None:
        return f"Its validation skill is {100 * best.value:.1f} %, against persistence on the same rows."
    value = "undefined" if best.value is None else f"{best.value:.4g}"
    name = search.metric.upper() if search.metric in ("rmse", "mae", "mse") else search.metric.replace("_", " ")
    if search.metric != "rmse" or search.persistence is None or best.value is None:
        return f"Its validation {name} is {value}."
    reference = f"persistence's {search.persistence:.4g} on the same rows"
    if best.value >= search.persistence:
        return f"Its validation {name} is {value}, no better than {reference}."
    return f"Its validation {name} is {value}, against {reference}."


def _ledger(search: Search) -> str:
    from workbench.runs.searching.search import n_trials

    counted = n_trials(search._trials)
    if counted is None:
        return ""
    number, since = counted
    return f" {number} trial{'s' if number > 1 else ''} on these data in this store since {since[:10]}."


def notes(search: Search, moving: Sequence[str]) -> list[str]:
    """Say what is in the way of comparing settings, and what did not go well."""
    said = []
    if moving:
        said.append(
            f"{', '.join(f'`{path}`' for path in moving)} changes what is scored, so errors of different settings are "
            f"not of the same rows or units: settings are ranked by their skill against persistence, each on its own "
            f"validation rows, and not by their RMSE."
        )
    trials = search._trials
    done = [trial for trial in trials if trial.status == "complete"]
    if done and not search.ranked and search.experiment.validation > 0:
        said.append(
            "No setting can be called the best: none has a validation figure that could be compared with the others'."
        )
    elif done and not search.ranked:
        said.append(
            "The experiment has no validation block (`validation = 0`), so no setting can be called the best: choosing "
            "by the test would fit the test. Set `validation = 0.1`."
        )
    rows = {trial.validation.get("n_rows") for trial in search.ranked}
    if len(rows) > 1 and not moving:
        said.append(
            "Some settings need more history than others, so their validation blocks have fewer rows; their errors are "
            "of nearly the same rows only."
        )
    open_ = search.n_settings - search.n_done
    if open_:
        said.append(f"{open_} of {search.n_settings} settings are not done; the same command goes on with them.")
    failed = [trial for trial in trials if trial.status == "failed"]
    if failed:
        said.append(
            f"{len(failed)} of {len(trials)} settings failed, the first being {failed[0].label}: {failed[0].error}"
        )
    pruned = sum(trial.status == "pruned" for trial in trials)
    if pruned:
        said.append(
            f"{pruned} of {len(trials)} settings were stopped early (pruned): their validation error stayed above the "
            f"median of the others at the same epoch."
        )
    return said
