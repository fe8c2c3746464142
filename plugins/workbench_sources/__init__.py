"""Built-in data sources."""

from __future__ import annotations

from workbench import DataSource, hookimpl
from workbench_sources._alphavantage import AlphaVantage
from workbench_sources._files import Csv, Parquet
from workbench_sources._frame import Frame
from workbench_sources._sample import Sample
from workbench_sources._yahoo import Yahoo

__all__ = ["AlphaVantage", "Csv", "Frame", "Parquet", "Sample", "Yahoo"]


@hookimpl
def workbench_sources() -> list[type[DataSource]]:
    """Offer sample, csv, parquet, frame, yahoo and alphavantage."""
    return [Sample, Csv, Parquet, Frame, Yahoo, AlphaVantage]
