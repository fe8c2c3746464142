"""Workbench: trading research whose numbers can be believed.

The names below are loaded on first use, so that `import workbench` stays quick.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.contracts.arrays import (
        Bars as Bars,
    )
    from workbench.contracts.arrays import (
        Float32Array as Float32Array,
    )
    from workbench.contracts.arrays import (
        FloatArray as FloatArray,
    )
    from workbench.contracts.arrays import (
        Forecasts as Forecasts,
    )
    from workbench.contracts.backtest import (
        Backtest as Backtest,
    )
    from workbench.contracts.backtest import (
        BacktestContext as BacktestContext,
    )
    from workbench.contracts.backtest import (
        BacktestEngine as BacktestEngine,
    )
    from workbench.contracts.backtest import (
        Costs as Costs,
    )
    from workbench.contracts.backtest import (
        Order as Order,
    )
    from workbench.contracts.feature import Feature as Feature
    from workbench.contracts.feature import PanelFeature as PanelFeature
    from workbench.contracts.folds import Holdout as Holdout
    from workbench.contracts.folds import WalkForward as WalkForward
    from workbench.contracts.forecaster import (
        FitContext as FitContext,
    )
    from workbench.contracts.forecaster import (
        FitFailure as FitFailure,
    )
    from workbench.contracts.forecaster import (
        FitJob as FitJob,
    )
    from workbench.contracts.forecaster import (
        FittedForecaster as FittedForecaster,
    )
    from workbench.contracts.forecaster import (
        Forecaster as Forecaster,
    )
    from workbench.contracts.hooks import CONTRACT_VERSION as CONTRACT_VERSION
    from workbench.contracts.hooks import hookimpl as hookimpl
    from workbench.contracts.intervals import infer_interval as infer_interval
    from workbench.contracts.metric import Metric as Metric
    from workbench.contracts.metric import MetricContext as MetricContext
    from workbench.contracts.panel import Panel as Panel
    from workbench.contracts.prediction import Prediction as Prediction
    from workbench.contracts.remaking import describe_plugin as describe_plugin
    from workbench.contracts.remaking import remake_plugin as remake_plugin
    from workbench.contracts.repair import Repair as Repair
    from workbench.contracts.repair import with_repairs as with_repairs
    from workbench.contracts.section import ReportSection as ReportSection
    from workbench.contracts.source import DataSource as DataSource
    from workbench.contracts.strategy import Strategy as Strategy
    from workbench.contracts.target import Target as Target
    from workbench.contracts.use import Use as Use
    from workbench.contracts.use import use as use
    from workbench.contracts.windows import Windows as Windows
    from workbench.data.calendars import Calendar as Calendar
    from workbench.data.calendars import calendar as calendar
    from workbench.data.finding import find_calendar as find_calendar
    from workbench.data.secrets import secret as secret
    from workbench.errors import (
        DataError as DataError,
    )
    from workbench.errors import (
        ExperimentError as ExperimentError,
    )
    from workbench.errors import (
        FitStopped as FitStopped,
    )
    from workbench.errors import (
        NotSaveable as NotSaveable,
    )
    from workbench.errors import (
        PluginError as PluginError,
    )
    from workbench.errors import (
        RequestError as RequestError,
    )
    from workbench.errors import (
        RunFailedError as RunFailedError,
    )
    from workbench.errors import (
        RunNotFoundError as RunNotFoundError,
    )
    from workbench.errors import (
        StoreError as StoreError,
    )
    from workbench.errors import (
        UnknownPluginError as UnknownPluginError,
    )
    from workbench.errors import (
        WorkbenchError as WorkbenchError,
    )
    from workbench.errors import (
        WorkbenchWarning as WorkbenchWarning,
    )
    from workbench.evaluation.equity import backtest_statistics as backtest_statistics
    from workbench.evaluation.sizing import size_order as size_order
    from workbench.plan.experiment import Experiment as Experiment
    from workbench.runs.arrays import windows as windows
    from workbench.runs.bench import Workbench as Workbench
    from workbench.runs.bench import run as run
    from workbench.runs.model_files import load_model as load_model
    from workbench.runs.run import Run as Run
    from workbench.runs.searching.search import Search as Search
    from workbench.runs.trained import TrainedModel as TrainedModel

__version__ = "0.1.0"

_WHERE = {
    "CONTRACT_VERSION": "contracts.hooks",
    "Backtest": "contracts.backtest",
    "BacktestContext": "contracts.backtest",
    "BacktestEngine": "contracts.backtest",
    "Bars": "contracts.arrays",
    "Calendar": "data.calendars",
    "Costs": "contracts.backtest",
    "DataError": "errors",
    "DataSource": "contracts.source",
    "Experiment": "plan.experiment",
    "ExperimentError": "errors",
    "Feature": "contracts.feature",
    "FitContext": "contracts.forecaster",
    "FitFailure": "contracts.forecaster",
    "FitJob": "contracts.forecaster",
    "FitStopped": "errors",
    "FittedForecaster": "contracts.forecaster",
    "Float32Array": "contracts.arrays",
    "FloatArray": "contracts.arrays",
    "Forecaster": "contracts.forecaster",
    "Forecasts": "contracts.arrays",
    "Holdout": "contracts.folds",
    "Metric": "contracts.metric",
    "MetricContext": "contracts.metric",
    "NotSaveable": "errors",
    "Order": "contracts.backtest",
    "Panel": "contracts.panel",
    "PanelFeature": "contracts.feature",
    "PluginError": "errors",
    "Prediction": "contracts.prediction",
    "Repair": "contracts.repair",
    "ReportSection": "contracts.section",
    "RequestError": "errors",
    "Run": "runs.run",
    "RunFailedError": "errors",
    "RunNotFoundError": "errors",
    "Search": "runs.searching.search",
    "StoreError": "errors",
    "Strategy": "contracts.strategy",
    "Target": "contracts.target",
    "TrainedModel": "runs.trained",
    "UnknownPluginError": "errors",
    "Use": "contracts.use",
    "WalkForward": "contracts.folds",
    "Windows": "contracts.windows",
    "Workbench": "runs.bench",
    "WorkbenchError": "errors",
    "WorkbenchWarning": "errors",
    "backtest_statistics": "evaluation.equity",
    "calendar": "data.calendars",
    "describe_plugin": "contracts.remaking",
    "find_calendar": "data.finding",
    "hookimpl": "contracts.hooks",
    "infer_interval": "contracts.intervals",
    "load_model": "runs.model_files",
    "remake_plugin": "contracts.remaking",
    "run": "runs.bench",
    "secret": "data.secrets",
    "size_order": "evaluation.sizing",
    "use": "contracts.use",
    "windows": "runs.arrays",
    "with_repairs": "contracts.repair",
}

_ELSEWHERE = {
    "CHECKS": "testing",
    "Case": "testing",
    "Check": "testing",
    "CheckFailure": "testing",
    "CheckResult": "testing",
    "EstimatorForecaster": "sklearn",
    "FittedSklearnForecaster": "sklearn",
    "FittedTorchForecaster": "torch",
    "SklearnForecaster": "sklearn",
    "TorchForecaster": "torch",
    "check_plugin": "testing",
    "default_device": "torch",
    "parametrize_checks": "testing",
    "toy_bars": "testing",
    "toy_panel": "testing",
    "toy_windows": "testing",
}
"""Public names of the other packages that plugins may import from; looked for here by many."""

__all__ = sorted([*_WHERE, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise _unknown(name)
    value = getattr(importlib.import_module(f"workbench.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def _unknown(name: str) -> Exception:
    """Say where a name is, or which is near.

    Python drops the text of an AttributeError on its way through `from workbench import ...`; there it is an
    ImportError, unless a submodule bears the name, which Python imports next.
    """
    from workbench.errors import did_you_mean

    place = _ELSEWHERE.get(name)
    advice = f" It is in `workbench.{place}`." if place else did_you_mean(name, [*_WHERE, *_ELSEWHERE])
    text = f"module 'workbench' has no attribute {name!r}.{advice}"
    by_import = sys._getframe(2).f_code.co_name == "_handle_fromlist"
    if by_import and importlib.util.find_spec(f"workbench.{name}") is None:
        return ImportError(text, name="workbench")
    return AttributeError(text)


def __dir__() -> list[str]:
    return __all__
