"""Workbench: trading research whose numbers can be believed.

The names below are loaded on first use, so that `import workbench` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.contracts.arrays import (
        Bars as Bars,
        Float32Array as Float32Array,
        FloatArray as FloatArray,
        Forecasts as Forecasts,
    )
    from workbench.contracts.backtest import (
        Backtest as Backtest,
        BacktestContext as BacktestContext,
        BacktestEngine as BacktestEngine,
        Costs as Costs,
        Order as Order,
    )
    from workbench.contracts.feature import Feature as Feature, PanelFeature as PanelFeature
    from workbench.contracts.folds import Holdout as Holdout, WalkForward as WalkForward
    from workbench.contracts.forecaster import (
        FitContext as FitContext,
        FitFailure as FitFailure,
        FitJob as FitJob,
        FittedForecaster as FittedForecaster,
        Forecaster as Forecaster,
    )
    from workbench.contracts.hooks import hookimpl as hookimpl
    from workbench.contracts.intervals import infer_interval as infer_interval
    from workbench.contracts.metric import Metric as Metric, MetricContext as MetricContext
    from workbench.contracts.panel import Panel as Panel
    from workbench.contracts.prediction import Prediction as Prediction
    from workbench.contracts.section import ReportSection as ReportSection
    from workbench.contracts.source import DataSource as DataSource
    from workbench.contracts.strategy import Strategy as Strategy
    from workbench.contracts.target import Target as Target
    from workbench.contracts.use import Use as Use, use as use
    from workbench.contracts.windows import Windows as Windows
    from workbench.errors import (
        DataError as DataError,
        ExperimentError as ExperimentError,
        NotSaveable as NotSaveable,
        PluginError as PluginError,
        RequestError as RequestError,
        RunFailedError as RunFailedError,
        RunNotFoundError as RunNotFoundError,
        StoreError as StoreError,
        UnknownPluginError as UnknownPluginError,
        WorkbenchError as WorkbenchError,
        WorkbenchWarning as WorkbenchWarning,
    )
    from workbench.evaluation.equity import backtest_statistics as backtest_statistics
    from workbench.evaluation.sizing import size_order as size_order
    from workbench.plan.experiment import Experiment as Experiment
    from workbench.plan.tasks import plan as plan
    from workbench.runs.arrays import windows as windows
    from workbench.runs.bench import Workbench as Workbench, run as run
    from workbench.runs.run import Run as Run

__version__ = "0.1.0"

_WHERE = {
    "Backtest": "contracts.backtest",
    "BacktestContext": "contracts.backtest",
    "BacktestEngine": "contracts.backtest",
    "Bars": "contracts.arrays",
    "Costs": "contracts.backtest",
    "DataError": "errors",
    "DataSource": "contracts.source",
    "Experiment": "plan.experiment",
    "ExperimentError": "errors",
    "Feature": "contracts.feature",
    "FitContext": "contracts.forecaster",
    "FitFailure": "contracts.forecaster",
    "FitJob": "contracts.forecaster",
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
    "ReportSection": "contracts.section",
    "RequestError": "errors",
    "Run": "runs.run",
    "RunFailedError": "errors",
    "RunNotFoundError": "errors",
    "StoreError": "errors",
    "Strategy": "contracts.strategy",
    "Target": "contracts.target",
    "UnknownPluginError": "errors",
    "Use": "contracts.use",
    "WalkForward": "contracts.folds",
    "Windows": "contracts.windows",
    "Workbench": "runs.bench",
    "WorkbenchError": "errors",
    "WorkbenchWarning": "errors",
    "backtest_statistics": "evaluation.equity",
    "hookimpl": "contracts.hooks",
    "infer_interval": "contracts.intervals",
    "plan": "plan.tasks",
    "run": "runs.bench",
    "size_order": "evaluation.sizing",
    "use": "contracts.use",
    "windows": "runs.arrays",
}

__all__ = sorted([*_WHERE, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"workbench.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
