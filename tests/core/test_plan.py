"""The plan: which fits, and a key for each that changes with everything its result depends on, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from workbench import Costs, DataError, Experiment, Forecaster, Holdout, WalkForward, use
from workbench.plan.resolve import resolve
from workbench.plan.tasks import SeriesVersion, plan
from workbench.registry.registry import Registry


class Guess(Forecaster, name="toy_guess"):
    size: int = 1

    def fit(self, train, validation, context):
        raise NotImplementedError


class Steady(Guess, name="toy_steady"):
    uses_seed: ClassVar[bool] = False


class Global(Guess, name="toy_global"):
    scope: str = "global"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry()


KNOWN = pd.bdate_range("2020-01-01", periods=100, unit="ns").to_numpy()


def version(symbol="A", sha256="0", known_at=KNOWN):
    return SeriesVersion(f"sample:{symbol}:1d", symbol, 1, str(known_at[-1])[:10], sha256, known_at)


def experiment(**fields) -> Experiment:
    return Experiment(
        **{
            "source": "sample",
            "symbols": ["A"],
            "forecasters": [Guess()],
            "features": ["log_return"],
            "folds": WalkForward(50, 20),
            **fields,
        }
    )


def keys(tasks, model="toy_guess"):
    return [task.key for task in tasks if task.model == model]


def test_every_model_is_fitted_in_every_fold_fold_by_fold_headline_first(registry):
    tasks = plan(experiment(baselines=["drift"]), [version()], registry)

    assert [(t.fold.number, t.model) for t in tasks] == [
        (fold, model) for fold in range(3) for model in ("toy_guess", "drift", "persistence")
    ]
    assert all(t.serves == (t.fold,) for t in tasks)
    assert len({t.key for t in tasks}) == len(tasks)


def test_a_plan_is_a_pure_function(registry):
    asked = experiment(seeds=[1, 2], baselines=["drift"])

    assert plan(asked, [version()], registry) == plan(asked, [version()], Registry())
    assert plan(resolve(asked, registry), [version()]) == plan(asked, [version()], registry)


def test_forecasters_that_ignore_the_seed_are_fitted_once(registry):
    asked = experiment(forecasters=[Guess(), Steady()], seeds=[7, 8, 9], folds=Holdout(0.2))

    tasks = plan(asked, [version()], registry)

    assert [(t.model, t.seed) for t in tasks] == [
        *(("toy_guess", seed) for seed in (7, 8, 9)),
        ("toy_steady", 7),
        ("persistence", 7),
    ]


def test_symbols_are_fitted_apart_unless_the_forecaster_is_global(registry):
    asked = experiment(symbols=["B", "A"], forecasters=[Guess(), Global()], folds=Holdout(0.2))

    tasks = plan(asked, [version("B"), version("A")], registry)

    assert [(t.model, t.symbols) for t in tasks][:3] == [
        ("toy_guess", ("A",)),
        ("toy_guess", ("B",)),
        ("toy_global", ("A", "B")),
    ]


def test_without_refitting_one_fit_serves_several_folds(registry):
    once = plan(experiment(folds=WalkForward(50, 20, refit=False)), [version()], registry)
    twice = plan(experiment(folds=WalkForward(50, 20, refit=2)), [version()], registry)

    assert [[f.number for f in t.serves] for t in once if t.model == "toy_guess"] == [[0, 1, 2]]
    assert [[f.number for f in t.serves] for t in twice if t.model == "toy_guess"] == [[0, 1], [2]]


def test_folds_are_cut_on_the_timelines_of_all_symbols(registry):
    late = pd.bdate_range("2020-02-03", periods=90, unit="ns").to_numpy()
    both = [version("A"), version("B", known_at=late)]

    tasks = plan(experiment(symbols=["A", "B"], folds=Holdout(0.2)), both, registry)

    times = np.unique(np.concatenate([KNOWN, late]))
    assert tasks[0].fold.test_from == times[int(round(0.8 * len(times), 9))]


CHANGES = [
    {"horizon": 2},
    {"lookback": 5},
    {"validation": 0.2},
    {"calibration": 0.2},
    {"start": "2020-01-01"},
    {"end": "2030-01-01"},
    {"tail": 1000},
    {"missing": "drop"},
    {"adjust": "all"},
    {"target": "simple_return"},
    {"scaler": "robust"},
    {"scaler": use("minmax", range=[-1, 1])},
    {"features": ["log_return", "rsi"]},
    {"features": ["simple_return"]},
    {"features": [use("log_return", label="r")]},
    {"folds": WalkForward(49, 20)},
    {"folds": WalkForward(50, 19)},
    {"folds": WalkForward(50, 20, embargo=1)},
    {"forecasters": [use(Guess(size=2), label="toy_guess")]},
    {"forecasters": [use(Steady(), label="toy_guess")]},
    {"seeds": [8]},
]


def test_the_coverage_of_intervals_is_part_of_a_key_only_where_there_are_any(registry):
    def with_coverage(*coverage, **fields):
        return keys(plan(experiment(coverage=coverage, **fields), [version()], registry))

    assert with_coverage(0.8, 0.95) == with_coverage(0.95, 0.8)
    assert not set(with_coverage(0.8, calibration=0.2)) & set(with_coverage(0.9, calibration=0.2))


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_key_changes_with_everything_the_result_depends_on(registry, change):
    before, after = (keys(plan(experiment(**fields), [version()], registry)) for fields in ({}, change))

    assert before[1:] and after
    assert not set(before[1:]) & set(after)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"strategy": None},
        {"costs": Costs()},
        {"engine": use("backtesting", cash=5.0)},
        {"keep_models": "all"},
        {"baselines": ["drift"]},
        {"forecasters": [Guess(), Guess(size=2)]},
        {"seeds": [7, 8]},
    ],
    ids=str,
)
def test_a_key_does_not_change_with_what_the_result_does_not_depend_on(registry, change):
    before, after = (keys(plan(experiment(**fields), [version()], registry)) for fields in ({}, change))

    assert set(before) <= set(after)


@pytest.mark.parametrize("other", [version(sha256="1"), replace(version(), used_sha256="1")])
def test_a_key_changes_with_the_data(registry, other):
    before, after = (keys(plan(experiment(), [v], registry)) for v in (version(), other))

    assert not set(before) & set(after)


FEATURE = """
from workbench import Feature

class Mine(Feature, name="mine"):
    def compute(self, bars):
        return bars["close"] * {}
"""
FORECASTER = """
from workbench import Forecaster

class Mine(Forecaster, name="mean"):
    def fit(self, train, validation, context):
        return {}
"""


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (FEATURE, {"features": ["mine"]}),
        (FORECASTER, {"forecasters": [use("local:mean", label="toy_guess")]}),
        # beside a forecaster of the same name from elsewhere
        (FORECASTER, {"forecasters": ["trading-workbench:mean", use("local:mean", label="toy_guess")]}),
    ],
)
def test_a_key_changes_with_the_text_of_the_plugin(tmp_path, text, asked):
    def key(factor):
        path = tmp_path / "mine.py"
        path.write_text(text.format(factor))
        return keys(plan(experiment(**asked), [version()], Registry(extra=[path])))[0]

    assert key(1) == key(1) != key(2)


def test_data_too_short_for_the_folds_are_refused(registry):
    with pytest.raises(DataError, match="the data have 100 bars"):
        plan(experiment(folds=WalkForward(100, 20)), [version()], registry)
    with pytest.raises(DataError, match="no series"):
        plan(experiment(), [], registry)
