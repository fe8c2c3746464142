"""Fitting many: every job answers, a failure is an answer, and learning curves arrive at the driver."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from workbench import FitContext, FitFailure, FitJob, FittedForecaster, Forecaster, NotSaveable, Windows
from workbench_targets import Price


class Backwards:
    """An executor that finishes in the opposite order."""

    def map_unordered(self, function, items):
        yield from reversed([function(item) for item in items])


class Constant(FittedForecaster):
    def __init__(self, value):
        self.value = value

    def predict(self, windows):
        return np.full((len(windows), windows.horizon), self.value)


class Seeded(Forecaster, name="toy_seeded"):
    """Forecasts its seed, and fails on seed 13."""

    def fit(self, train, validation, context):
        context.report(1, 1.0 * context.seed)
        if context.seed == 13:
            raise ArithmeticError("diverged")
        context.report(2, 0.5 * context.seed, 0.25, np.zeros((1, 1)))
        return Constant(context.seed)


WINDOWS = Windows(
    values=np.zeros((1, 1), dtype=np.float32),
    ends=np.array([0]),
    lookback=1,
    horizon=1,
    feature_names=("f",),
    symbols=np.array(["A"], dtype=object),
    origins=np.array(["2020-01-01"], dtype="datetime64[ns]"),
    last_price=np.ones(1),
    y=np.ones((1, 1)),
)


def job(seed, report):
    context = FitContext(seed, Price(), 1, ("f",), ("A",), report=report)
    return FitJob(f"key{seed}", Seeded(), WINDOWS, None, context)


def fit(*seeds):
    curves = {seed: [] for seed in seeds}

    def report_of(seed):
        return lambda epoch, *loss, **more: curves[seed].append((epoch, more["train_loss"], more["validation_loss"]))

    jobs = [job(seed, report_of(seed)) for seed in seeds]
    return dict(Seeded.fit_many(jobs, Backwards())), curves


def test_every_fit_is_answered_under_its_key_in_any_order():
    fitted, _ = fit(7, 8, 9)

    assert list(fitted) == ["key9", "key8", "key7"]
    assert {key: f.predict(WINDOWS)[0, 0] for key, f in fitted.items()} == {"key7": 7, "key8": 8, "key9": 9}


def test_a_failed_fit_is_an_answer_and_stops_no_other():
    fitted, curves = fit(7, 13, 8)

    assert isinstance(fitted["key13"], FitFailure)
    assert re.match(r"forecaster .* failed in fit .*ArithmeticError: diverged", fitted["key13"].error)
    assert "in fit" in fitted["key13"].traceback
    assert isinstance(fitted["key8"], Constant)
    assert curves[13] == [(1, 13.0, None)]


def test_each_learning_curve_reaches_the_report_of_its_own_job():
    _, curves = fit(7, 8)

    assert curves == {7: [(1, 7.0, None), (2, 3.5, 0.25)], 8: [(1, 8.0, None), (2, 4.0, 0.25)]}


def test_a_curve_nobody_asked_for_is_no_error():
    context = FitContext(7, Price(), 1, ("f",), ("A",))

    assert Seeded().fit(WINDOWS, None, context).value == 7


def test_fitted_forecasters_cannot_be_saved_unless_they_say_how():
    with pytest.raises(NotSaveable, match="Constant does not offer `save`"):
        Constant(1).save(Path("nowhere"))
    with pytest.raises(NotSaveable, match="Constant does not offer `load`"):
        Constant.load(Path("nowhere"))
