"""Workbench: trading research whose numbers can be believed.

The names below are loaded on first use, so that `import workbench` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

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


if TYPE_CHECKING:
    pass
