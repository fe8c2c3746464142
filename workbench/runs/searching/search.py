"""`Search`: a search over settings, read back from the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from workbench.evaluation.verdict import Verdict
from workbench.plan.experiment import Experiment
from workbench.plan.grid import fields_that_move_rows
from workbench.registry.registry import Registry, default_registry
from workbench.runs.run import Run

if TYPE_CHECKING:
    from workbench.runs.records import RunStore
    from workbench_store import SearchRecord, SearchTrial

COLUMNS = [
    *("number", "setting", "status", "value", "validation_loss", "validation_rmse", "validation_hit_rate", "epoch"),
    *("rmse", "mae", "skill", "hit_rate", "verdict", "seconds", "run", "error"),
]
_EPOCH_COLUMNS = [
    *("number", "fit", "epoch", "train_loss", "validation_loss", "validation_rmse", "validation_hit_rate")
]


class Search:
    """A search over the settings of an experiment, in the order of what the validation block says of them.

    Made by `Workbench.sweep`, `Workbench.tune` and `Workbench.load_search`; everything is read from the store.

    Parameters
    ----------
    store : RunStore
    id : str
        Such as `tune-0123456789`.
    registry : callable, optional
        Gives the plugins; by default the installed ones.
    """

    def __init__(self, store: RunStore, id: str, registry: Callable[[], Registry] = default_registry) -> None:
        self._store = store
        self._registry = registry
        self.id = id

    def __repr__(self) -> str:
        return f"<Search {self.id} {self.name!r}: {self.n_done} of {self.n_settings} settings>"

    @cached_property
    def _record(self) -> SearchRecord:
        return self._store.searches.load(self.id)

    @cached_property
    def _trials(self) -> list[SearchTrial]:
        trials = self._store.searches.trials(self.id)
        return [replace(trial, value=_skill(trial)) for trial in trials] if self._is_ranked_by_skill else trials

    @cached_property
    def _moving(self) -> list[str]:
        """Paths of the space that change what is scored."""
        return fields_that_move_rows(list(self.space))

    @property
    def _is_ranked_by_skill(self) -> bool:
        """Whether errors of two settings cannot be compared, so that each is measured by persistence on its rows."""
        return self.kind == "sweep" and bool(self._moving)

    @property
    def kind(self) -> Literal["sweep", "tune"]:
        """`sweep`, whose settings are all run, or `tune`, which sees the validation block alone."""
        return self._record.kind

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self._record.name

    @property
    def toml(self) -> str:
        """The experiment that the settings change, as TOML."""
        return self._record.toml

    @cached_property
    def experiment(self) -> Experiment:
        """The experiment that the settings change."""
        return Experiment.from_toml(self.toml)

    @property
    def space(self) -> dict[str, Any]:
        """What is searched, by path: the values of a sweep, the ranges and choices of `tune`."""
        space: dict[str, Any] = self._spec["space"]
        return space

    @property
    def options(self) -> dict[str, Any]:
        """How the space is searched; empty for a sweep."""
        return dict(self._spec.get("options", {}))

    @property
    def _spec(self) -> Mapping[str, Any]:
        return self._record.spec

    @property
    def metric(self) -> str:
        """Metric of the validation block by which settings are compared.

        The RMSE by default. A sweep over fields that change what is scored compares `skill` against persistence on the
        rows of each setting.
        """
        if self._is_ranked_by_skill:
            return "skill"
        return str(self.options.get("metric", "rmse"))

    @property
    def lower_is_better(self) -> bool:
        """Whether a low value is a good one."""
        if self._is_ranked_by_skill:
            return False
        return bool(self._spec.get("lower_is_better", True))

    @property
    def n_settings(self) -> int:
        """Settings of a sweep, or tried so far by `tune`."""
        return len(self._trials)

    @property
    def n_done(self) -> int:
        """Settings that were tried to an end: complete, pruned or failed."""
        return sum(trial.status not in ("planned", "running") for trial in self._trials)

    @cached_property
    def ranked(self) -> list[SearchTrial]:
        """Trials with a value, the best first; of equal ones that which was tried first."""
        known = [trial for trial in self._trials if trial.value is not None and trial.status == "complete"]
        sign = 1 if self.lower_is_better else -1
        return sorted(known, key=lambda trial: (sign * (trial.value or 0.0), trial.number))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row per setting, sorted by validation and never by test; those without a value stand last.

        Verdicts are judged at a level shared among all settings that are tested.
        """
        rest = [trial for trial in self._trials if trial not in self.ranked]
        rows = [self._row(trial) for trial in [*self.ranked, *rest]]
        return pd.DataFrame(rows, columns=COLUMNS)

    def _row(self, trial: SearchTrial) -> dict[str, Any]:
        seen, test = trial.validation, trial.test
        verdict = self.verdict_of(trial)
        return {
            "number": trial.number,
            "setting": trial.label,
            "status": trial.status,
            "value": trial.value,
            **{f"validation_{name}": seen.get(name) for name in ("loss", "rmse", "hit_rate")},
            "epoch": seen.get("epoch"),
            **{name: test.get(name) for name in ("rmse", "mae", "skill", "hit_rate")},
            "verdict": None if verdict is None else verdict.words,
            "seconds": trial.seconds,
            "run": trial.run,
            "error": trial.error,
        }

    @cached_property
    def settings(self) -> pd.DataFrame:
        """The values of each setting: one column per path, indexed by number."""
        rows = [{"number": trial.number, **trial.settings} for trial in self._trials]
        return pd.DataFrame(rows, columns=["number", *self.space], dtype=object).set_index("number")

    @cached_property
    def learning(self) -> pd.DataFrame:
        """Learning curves: number, fit, epoch, losses, validation RMSE and hit rate."""
        rows = [{"number": trial.number, **epoch} for trial in self._trials for epoch in trial.intermediate]
        frame = pd.DataFrame(rows, columns=_EPOCH_COLUMNS)
        return frame.astype(dict.fromkeys(_EPOCH_COLUMNS[3:], float))

    @property
    def best(self) -> SearchTrial | None:
        """The best setting by validation; None while there is none."""
        return self.ranked[0] if self.ranked else None

    @property
    def best_settings(self) -> dict[str, Any]:
        """Its values by path; empty while there is none."""
        return {} if self.best is None else dict(self.best.settings)

    @property
    def best_run(self) -> Run | None:
        """The run of the best setting on the test; None where there is none yet, or it was removed."""
        if self.best is None or self.best.run is None:
            return None
        known = set(self._store.runs()["run"])
        return Run(self._store, self.best.run, self._registry) if self.best.run in known else None

    @property
    def persistence(self) -> float | None:
        """RMSE of persistence on the validation block of the best setting."""
        value: Any = None if self.best is None else self.best.validation.get("persistence_rmse")
        return None if value is None else float(value)

    def verdict_of(self, trial: SearchTrial) -> Verdict | None:
        """The test of a setting against persistence, where it was run; judged among all settings that were."""
        values = trial.test.get("verdict")
        return Verdict(**values).among(self.n_tests) if isinstance(values, Mapping) else None

    @property
    def n_tests(self) -> int:
        """Settings whose test figures are looked at: all of a sweep, and those that `tune` chose."""
        if self.kind == "sweep":
            return max(1, self.n_settings)
        return max(1, sum(trial.run is not None for trial in self._trials))

    @property
    def sentence(self) -> str:
        """What the search found, and how much of it to believe."""
        best = self.best
        if best is None:
            return f"None of the {self.n_settings} settings has a value on the validation block, so none is the best."
        from workbench.runs.searching import words

        return f"{words.headline(self, best)} {words.worth(self, best)}"

    @property
    def notes(self) -> list[str]:
        """What a reader of the numbers has to know."""
        from workbench.runs.searching import words

        return words.notes(self, self._moving)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the search as one self-contained HTML file and return its path.

        Parameters
        ----------
        path : str or Path, optional
            `<name>-<id>.html` in the working directory by default.
        """
        from workbench.reports.searching.page import write_search

        return write_search(self, path)


def _skill(trial: SearchTrial) -> float | None:
    """Skill against persistence on the validation block of a setting; None where it is undefined."""
    rmse, reference = trial.validation.get("rmse"), trial.validation.get("persistence_rmse")
    return None if rmse is None or not reference else 1.0 - float(rmse) / float(reference)  # type: ignore[arg-type]


def test_figures(run: Run) -> dict[str, Any]:
    """Figures of a run's headline on the test, as plain values."""
    row = run.summary.loc[run.headline]
    verdict = run._document.get("verdicts", {}).get(run.headline)
    trial = run.trial or {}
    return {
        **{name: _plain(row[name]) for name in ("rmse", "mae", "skill", "hit_rate", "total_return")},
        "verdict": verdict,
        "trial": trial.get("number"),
        "since": trial.get("since"),
    }


def _plain(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


def n_trials(trials: Sequence[SearchTrial]) -> tuple[int, str] | None:
    """How many settings the ledger counts on these data, and since when; None where nothing was tested."""
    counts = [(int(t.test["trial"]), str(t.test["since"] or "")) for t in trials if t.test.get("trial")]  # type: ignore[call-overload]
    return max(counts, default=None)
