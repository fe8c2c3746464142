"""What the store raises on purpose."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be opened, read or written as asked; nothing was changed."""


class StoreBusyError(StoreError):
    """Another process (or thread) kept the store longer than we were willing to wait.

    Attributes
    ----------
    holder : int or None
        Process id of whoever has the store, where it could be found out.
    """

    def __init__(self, message: str, *, holder: int | None) -> None:
        super().__init__(message)
        self.holder = holder


class RunNotFoundError(StoreError):
    """A text names no run of the store, or more than one."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text; the rest of a DuckDB error draws the statement."""
    return str(error).strip().split("\n", 1)[0]
