"""Built-in data sources."""

from __future__ import annotations

from workbench import DataSource, hookimpl
from workbench_sources._files import Csv, Parquet
from workbench_sources._frame import Frame
from workbench_sources._sample import Sample

__all__ = ["Csv", "Frame", "Parquet", "Sample"]


@hookimpl
def workbench_sources() -> list[type[DataSource]]:
    """Offer sample, csv, parquet and frame."""
    return [Sample, Csv, Parquet, Frame]
