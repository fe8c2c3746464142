"""What is wrong with a series, found before anybody runs on it."""

from workbench.data.health.checking import check_bars
from workbench.data.health.kinds import KINDS, Kind, Severity
from workbench.data.health.records import DataHealth, Problem, SeriesHealth, Treatment
from workbench.data.health.refusals import refused_series

__all__ = [
    "KINDS",
    "DataHealth",
    "Kind",
    "Problem",
    "SeriesHealth",
    "Severity",
    "Treatment",
    "check_bars",
    "refused_series",
]
