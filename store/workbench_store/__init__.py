"""The DuckDB store: schema, migrations, typed reads and writes.

Importing this package is cheap: DuckDB and pandas are loaded when `Store` is first looked up.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from workbench_store._errors import RunNotFoundError, StoreBusyError, StoreError
from workbench_store._search_types import SearchRecord, SearchTrial
from workbench_store._types import (
    DataVersion,
    Fetch,
    ModelFiles,
    PluginRecord,
    RunRecord,
    SeriesInfo,
    TaskRecord,
    Trial,
    TrialCount,
)

if TYPE_CHECKING:
    from workbench_store._content import bars_sha256
    from workbench_store._store import Store

__all__ = [
    "DataVersion",
    "Fetch",
    "ModelFiles",
    "PluginRecord",
    "RunNotFoundError",
    "RunRecord",
    "SearchRecord",
    "SearchTrial",
    "SeriesInfo",
    "Store",
    "StoreBusyError",
    "StoreError",
    "TaskRecord",
    "Trial",
    "TrialCount",
    "bars_sha256",
]

_LAZY = {"Store": "_store", "bars_sha256": "_content"}


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(f"workbench_store.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
