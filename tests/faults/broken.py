"""Every kind of broken plugin we could think of: a module's text, how a run uses it, and what is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from workbench import use

PREAMBLE = """
import sys
import numpy as np
import pandas as pd
import workbench as wb
from workbench import hookimpl
"""


@dataclass(frozen=True)
class Broken:
    """A distribution `workbench-<name>` 1.0 whose module has this text.

    `listed` is what `plugins list` says of it, nothing where it can be told only when it is used. `used` are the fields
    of an experiment that use it. Such a run ends with `code`, having said `said`; with 0 it goes on.
    """

    name: str
    text: str
    said: str
    used: dict[str, Any] = field(default_factory=dict)
    listed: str = ""
    code: int = 1

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    @property
    def distribution(self) -> str:
        return rf"workbench-{re.escape(self.name)} 1\.0"


def unloadable(name, text, reason):
    """A module that cannot be imported, or registered; a run that names its plugin cannot find it."""
    plugin = name.replace("-", "_")
    text += f'\nclass Toy(wb.Feature, name="{plugin}"):\n    def compute(self, bars):\n        return bars["close"]\n'
    said = rf"no feature is named '{plugin}'.*could not be loaded: .*{name} \(workbench-{name} 1\.0\)"
    return Broken(name, PREAMBLE + text, said, {"features": [plugin]}, reason, code=2)


def feature(name, body, said, code=1):
    return _plugin(name, "feature", "Feature", "compute(self, bars)", body, said, {"features": [_id(name)]}, code)


def forecaster(name, predict, said, *, fit="return Fitted()", more="", code=1):
    text = f"class Fitted(wb.FittedForecaster):\n    def predict(self, windows):\n        {predict}\n    {more}\n"
    fields = {"forecasters": [_id(name)]}
    method = "fit(self, train, validation, context)"
    return _plugin(name, "forecaster", "Forecaster", method, fit, said, fields, code, text)


def strategy(name, body, said):
    fields = {"strategy": _id(name)}
    text = 'def held(forecasts, share):\n    return forecasts.set_index(["origin", "symbol"])["price"] * 0 + share\n'
    return _plugin(name, "strategy", "Strategy", "signals(self, forecasts, panel)", body, said, fields, 1, text)


def metric(name, body, said):
    return _plugin(name, "metric", "Metric", "score(self, actual, forecast, context)", body, said, {}, 0)


def _plugin(name, kind, base, method, body, said, used, code, text=""):
    text += f'\nclass Toy(wb.{base}, name="{_id(name)}"):\n    def {method}:\n        {body}\n'
    said = rf"{kind} '{_id(name)}' \(workbench-{name} 1\.0\).*{said}"
    return Broken(name, PREAMBLE + text, said, used, code=code)


def _id(name):
    return name.replace("-", "_")


SOURCE = """
class Toy(wb.DataSource, name="{name}"):
    def fetch(self, symbol, start, end, interval):
        {fetch}

    def symbols(self):
        {symbols}
"""


def source(name, said, *, fetch="return None", symbols="return []"):
    text = PREAMBLE + SOURCE.format(name=_id(name), fetch=fetch, symbols=symbols)
    said = rf"source '{_id(name)}' \(workbench-{name} 1\.0\).*{said}"
    return Broken(name, text, said, {"source": use(_id(name))})


TARGET = """
class Toy(wb.Target, name="{name}"):
    def compute(self, bars, horizon):
        {compute}

    def to_price(self, forecast, last_price):
        {to_price}

    def persistence(self, windows):
        {persistence}
"""
STAY = "return np.zeros((len(windows), windows.horizon))"
RISE = 'return np.append(np.diff(bars["close"]), np.nan)[:, None]'


def target(name, said, *, compute=RISE, to_price="return None", persistence=STAY):
    text = PREAMBLE + TARGET.format(name=_id(name), compute=compute, to_price=to_price, persistence=persistence)
    said = rf"target '{_id(name)}' \(workbench-{name} 1\.0\).*{said}"
    return Broken(name, text, said, {"target": _id(name), "features": ["log_return"]})


ENGINE = """
class Toy(wb.BacktestEngine, name="no_backtest"):
    def run(self, panel_or_bars, signals, costs, context):
        return {"equity": 1.0}

    def simulate(self, bars, orders, costs, cash):
        raise NotImplementedError
"""

POST_INIT = """
class Toy(wb.Feature, name="unmade"):
    def model_post_init(self, context):
        raise KeyError("licence")

    def compute(self, bars):
        return bars["close"]
"""

CLASH = """
class Toy(wb.Feature, name="sma"):
    def compute(self, bars):
        return bars["close"]
"""

FIT_MANY = """
class Toy(wb.Forecaster, name="fits-nothing"):
    def fit(self, train, validation, context):
        raise NotImplementedError

    @classmethod
    def fit_many(cls, tasks, executor):
        return []
"""

AT_ONCE = [
    unloadable("import-error", "raise RuntimeError('no licence')", "import raised RuntimeError: no licence"),
    unloadable("syntax-error", "def broken(:", r"import raised SyntaxError"),
    unloadable("missing-dependency", "import no_such_library", "No module named 'no_such_library'. It needs"),
    unloadable(
        "misspelt-hook",
        "@hookimpl\ndef workbench_featurs():\n    return []",
        "unknown hook 'workbench_featurs'.* Did you mean 'workbench_features'",
    ),
    unloadable(
        "wrong-signature",
        "@hookimpl\ndef workbench_run_finished(run, score):\n    pass",
        "workbench_run_finished.*score",
    ),
    unloadable("wrong-contract", "WORKBENCH_CONTRACT = '>=99'", "made for contract >=99, but this Workbench keeps"),
    unloadable("exits", "sys.exit(3)", "import raised SystemExit: 3"),
    unloadable("endless", "while True:\n    pass", r"import did not end within 1 s"),
    unloadable(
        "nonsense",
        "@hookimpl\ndef workbench_features():\n    return [1, 2]",
        "workbench_features: expected feature classes with a name, got 1",
    ),
    unloadable(
        "no-list",
        "@hookimpl\ndef workbench_features():\n    return None",
        "workbench_features: expected an iterable of feature classes, got None",
    ),
    unloadable("raises", "@hookimpl\ndef workbench_features():\n    raise OSError('down')", "OSError: down"),
]
"""Told apart as soon as plugins are looked for."""

IN_USE = [
    feature("compute-raises", "raise ZeroDivisionError('by volume')", r"failed in compute \(line \d+\): Zero"),
    feature("compute-exits", "sys.exit('enough')", "failed in compute .*SystemExit: enough"),
    feature("wrong-shape", "return bars['close'].iloc[3:]", "returned 97 rows on another index than the 100 bars"),
    feature("wrong-index", "return bars['close'].reset_index(drop=True)", "on another index"),
    feature("no-series", "return bars['close'].to_numpy()", "must return a Series or DataFrame, got ndarray"),
    feature("texts", "return bars['close'].astype(str)", "returned values that are no numbers"),
    feature("infinite", "return bars['close'] / 0", "returned infinite values"),
    Broken(
        "unmade",
        PREAMBLE + POST_INIT,
        r"feature 'unmade' \(workbench-unmade 1\.0\) failed in __init__",
        {"features": ["unmade"]},
    ),
    Broken(
        "clash",
        PREAMBLE + CLASH,
        "feature 'sma' is offered more than once: write .*'workbench-clash:sma'",
        {"features": ["sma"]},
        code=2,
    ),
    forecaster("fit-raises", "pass", "failed in fit .*MemoryError", fit="raise MemoryError"),
    forecaster("fit-exits", "pass", "failed in fit .*SystemExit", fit="sys.exit()"),
    forecaster("no-fitted", "pass", "returned dict from fit; expected a `FittedForecaster`", fit="return {}"),
    forecaster("predict-raises", "raise IndexError('row 7')", "failed in predict .*IndexError: row 7"),
    forecaster("nan", "return np.full(len(windows), np.nan)", "returned 20 of 20 forecasts that are not finite"),
    forecaster("flat", "return np.zeros(3)", r"returned no forecast from predict: expected .*\(20, 1\), got \(3, 1\)"),
    Broken(
        "fits-nothing",
        PREAMBLE + FIT_MANY,
        r"forecaster 'fits_nothing' \(workbench-fits-nothing 1\.0\) gave no result",
        {"forecasters": ["fits_nothing"]},
    ),
    strategy("signals-raise", "raise AttributeError('price')", "failed in signals .*AttributeError: price"),
    strategy("too-bold", "return held(forecasts, 3.0)", r"returned a signal of 3 for .*expected .* in \[-1, 1\]"),
    strategy("twice", "return pd.concat([held(forecasts, 1.0)] * 2)", "returned two signals for 'WALK' on"),
    strategy("unindexed", "return held(forecasts, 1.0).reset_index(drop=True)", r"signals indexed by \[None\]"),
    strategy("nowhere", "return held(forecasts, 1.0).rename({'WALK': 'MOON'})", "where there is no bar"),
    strategy("misnamed", "return held(forecasts, 1.0).to_frame('signal')", r"the columns \['signal'\]"),
    Broken(
        "no-backtest",
        PREAMBLE + ENGINE,
        r"engine 'no_backtest' \(workbench-no-backtest 1\.0\) returned dict from run",
        {"engine": "no_backtest", "strategy": "long_flat"},
    ),
    source("fetch-raises", r"failed in fetch\('WALK'\).*ConnectionError", fetch="raise ConnectionError('no route')"),
    source("no-frame", "returned list from fetch; expected a DataFrame", fetch="return [1, 2, 3]"),
    source("list-raises", "failed in symbols .*PermissionError", symbols="raise PermissionError('key')"),
    source("strange-list", "lists 7 among its symbols", symbols="return [7]"),
    target("target-raises", "failed in compute .*LookupError", compute="raise LookupError('nothing')"),
    target(
        "target-shape", r"returned shape \(100,\) from compute, expected \(100, 1\)", compute="return np.zeros(100)"
    ),
    target("stay-raises", "failed in persistence .*RuntimeError", persistence="raise RuntimeError('no')"),
    target(
        "stay-shape", r"returned shape \(20,\) from persistence, expected \(20, 1\)", persistence="return np.ones(20)"
    ),
    target("stay-nan", "from persistence that are not finite", persistence="return np.full((20, 1), np.nan)"),
    target("price-raises", "failed in to_price .*OverflowError", to_price="raise OverflowError('exp')"),
    target("price-shape", r"returned prices of shape \(20,\), expected \(20, 1\)", to_price="return last_price"),
]
"""Told apart when a run uses them, which then ends."""

SECTION = """
class Toy(wb.ReportSection, name="{name}"):
    def render(self, run):
        {render}
"""

IN_EVERY_RUN = [
    metric("metric-raises", "raise FloatingPointError('zero')", "failed in score .*FloatingPointError: zero"),
    metric("metric-exits", "sys.exit(1)", "failed in score .*SystemExit: 1"),
    metric("metric-text", "return 'good'", "returned 'good' from score; expected a number"),
    Broken(
        "listener",
        PREAMBLE + "@hookimpl\ndef workbench_run_started(run):\n    raise TimeoutError('tracker')\n",
        r"listener \(workbench-listener 1\.0\) failed in workbench_run_started: TimeoutError: tracker",
        code=0,
    ),
    Broken(
        "leaver",
        PREAMBLE + "@hookimpl\ndef workbench_fold_finished(run, fold):\n    sys.exit()\n",
        r"leaver \(workbench-leaver 1\.0\) failed in workbench_fold_finished: SystemExit",
        code=0,
    ),
    Broken(
        "other-rmse",
        PREAMBLE + 'class Toy(wb.Metric, name="rmse"):\n    def score(self, a, f, c):\n        return 0.0\n',
        r"metric 'rmse' is offered by .* and by other-rmse \(workbench-other-rmse 1\.0\); the first is used",
        code=0,
    ),
]
"""Met by every run, which does without them."""

SECTIONS = [
    Broken(
        name,
        PREAMBLE + SECTION.format(name=_id(name), render=render),
        rf"section '{_id(name)}' of the report is missing: .*\(workbench-{name} 1\.0\).*{said}",
        code=0,
    )
    for name, render, said in [
        ("section-raises", "raise NameError('figure')", "failed in render .*NameError: figure"),
        ("section-exits", "sys.exit()", "failed in render .*SystemExit"),
        ("section-silent", "return None", "returned NoneType from render; expected HTML"),
    ]
]
"""Met by every report, which does without them."""
