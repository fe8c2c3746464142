"""Files that hold an experiment and a search over its settings."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import ExperimentError, WorkbenchWarning
from workbench.plan.experiment import Experiment
from workbench.plan.overlay import SEARCH_TABLES, lay_over
from workbench.plan.toml import anchored, apply_settings, read_toml


@dataclass(frozen=True)
class SearchFile:
    """What a file asks: the experiment, and the tables that say what to search.

    Parameters
    ----------
    experiment : Experiment
    sweep : mapping
        The table `[sweep]`; empty where there is none.
    space : mapping
        The table `[tune.space]`.
    settings : mapping
        The rest of `[tune]`.
    """

    experiment: Experiment
    sweep: Mapping[str, Any] = field(default_factory=dict)
    space: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


def read_search_file(
    path: str | Path, overrides: Sequence[str] = (), laid_over: Sequence[str | Path] = ()
) -> SearchFile:
    """Read an experiment and its search tables from a file.

    Parameters
    ----------
    path : str or Path
    overrides : sequence of str
        Such as `lookback=10` or `tune.seed=3`, applied before anything is searched.
    laid_over : sequence of str or Path
        Files whose settings and search tables replace those of the first, before `overrides`.

    Raises
    ------
    ExperimentError
        The file is missing, is no experiment, or a table is malformed.
    """
    laid = lay_over(read_toml(Path(path)), laid_over, [*Experiment.model_fields, *SEARCH_TABLES])
    fields = apply_settings(laid, list(overrides))
    tables = {name: _table(name, fields.pop(name, {})) for name in SEARCH_TABLES}
    tune = dict(tables["tune"])
    space = _table("tune.space", tune.pop("space", {}))
    return SearchFile(Experiment(**anchored(fields, None)), tables["sweep"], space, tune)


def _table(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ExperimentError(f"`{name}` is {value!r}; expected a table, `[{name}]`.")
    return value


def without_search_tables(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the experiment alone, and say which tables were left aside."""
    for name in SEARCH_TABLES:
        if name in fields:
            what = "runs its grid" if name == "sweep" else "searches its space"
            warnings.warn(
                f"the table [{name}] is left aside, and the experiment run as it stands; `workbench {name} FILE.toml` "
                f"{what}.",
                WorkbenchWarning,
                stacklevel=3,
            )
    return {name: value for name, value in fields.items() if name not in SEARCH_TABLES}
