"""Settings of further files, laid over those of an experiment."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.errors import ExperimentError, did_you_mean
from workbench.plan.toml import is_path, read_toml

SEARCH_TABLES = ("sweep", "tune")
"""Tables of an experiment file that are no part of the experiment."""


def lay_over(fields: dict[str, Any], sources: Iterable[str | Path], known: Iterable[str]) -> dict[str, Any]:
    """Return the fields of an experiment with those of other files in their place, one file after another.

    A file need not be a whole experiment. What stands in it replaces what was there, tables and lists as a whole;
    its relative paths start at that file.

    Parameters
    ----------
    fields : dict
    sources : iterable of str or Path
        Paths of TOML files, or TOML text.
    known : iterable of str
        The fields that an experiment has.

    Raises
    ------
    ExperimentError
        A file is missing, is not TOML, or holds what no experiment has.
    """
    for source in sources:
        fields = {**fields, **_read(source, list(known))}
    return fields


def _read(source: str | Path, known: list[str]) -> dict[str, Any]:
    where = str(source) if is_path(source) else "the text"
    if is_path(source) and not Path(source).expanduser().exists():
        raise ExperimentError(f"there is no file {where} whose settings could be laid over the experiment.")
    found = read_toml(source)
    for name in found:
        if name in SEARCH_TABLES and name not in known:
            raise ExperimentError(
                f"{where} holds the table [{name}], which is no setting of an experiment and cannot be laid over one. "
                f"`workbench {name} FILE.toml --with` reads it, or put it into the experiment file itself."
            )
        if name not in known:
            raise ExperimentError(
                f"{where} sets `{name}`, which no experiment has.{did_you_mean(name, known)} Laid over an experiment "
                f"may be any of its fields, and nothing else."
            )
    return found
