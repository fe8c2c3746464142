"""Which column is which, as far as the user says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from workbench_sources._headers import NUMBERS, suggest

OURS = ("date", "time", "symbol", *sorted(NUMBERS))
"""Names that may be given to columns; all others keep their own."""


def _as_text(value: Any) -> Any:
    """A column called by a number, such as the code of a share, is typed as one."""
    if not isinstance(value, Mapping):
        return value
    return {name: str(column) if type(column) is int else column for name, column in value.items()}


def _known(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if name not in OURS:
            raise ValueError(
                f"{name!r} is none of our names.{suggest(name, OURS)} Write ours before the file's, such as "
                f'columns = {{close = "Schluss"}}. Ours are {", ".join(OURS)}; other columns keep their own'
            )
    return value


ColumnNames = Annotated[dict[str, str], BeforeValidator(_as_text), AfterValidator(_known)]
"""From our names to the file's."""


def joined_names(columns: Mapping[str, str], date_column: str | None, symbol_column: str | None) -> dict[str, str]:
    """Add the short forms to the names of columns.

    Raises
    ------
    ValueError
        They contradict each other.
    """
    names = dict(columns)
    for name, column in (("date", date_column), ("symbol", symbol_column)):
        if column is None:
            continue
        if names.setdefault(name, column) != column:
            raise ValueError(
                f"`{name}_column` is {column!r} and `columns` says that {name} is {names[name]!r}; give one of them"
            )
    return names
