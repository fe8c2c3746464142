"""What holds for every baseline: nothing after an origin is seen, and saving loses no bit."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from workbench import NotSaveable, Prediction
from workbench_baselines import ARIMA, ETS, HAR, Boosting, LightGBM, Ridge, Seasonal
from workbench_targets import LogReturn, Price, SimpleReturn

SERIES = [
    Seasonal(),
    HAR(),
    HAR(weights="fitted"),
    ETS(),
    ETS(trend=True, damped=True, period=4),
    ARIMA(order=(1, 0, 1)),
    ARIMA(order=(1, 1, 1)),
]
ALL = [*SERIES, Ridge(), Boosting(trees=3), LightGBM(trees=3)]
TARGETS = [LogReturn(), SimpleReturn(), Price()]
each = pytest.mark.parametrize("forecaster", ALL, ids=lambda f: f.label)


def numbers(answer) -> np.ndarray:
    """Point and quantile forecasts side by side, of shape (n, any)."""
    if not isinstance(answer, Prediction):
        return np.asarray(answer)
    if answer.quantiles is None:
        return answer.point
    return np.hstack([answer.point, answer.quantiles.reshape(len(answer.point), -1)])


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@pytest.mark.parametrize("forecaster", SERIES, ids=lambda f: f.label)
def test_later_bars_and_other_origins_change_no_forecast(make_series, make_context, walk, forecaster, target):
    fitted = forecaster.fit(make_series(walk, target, 3, last=200), None, make_context(target, 3))
    whole = numbers(fitted.predict(make_series(walk, target, 3, first=150, to_predict=True)))

    for origin in (150, 151, 222, 298):
        alone = make_series(walk[: origin + 1], target, 3, first=origin, to_predict=True)
        assert_array_equal(numbers(fitted.predict(alone))[0], whole[origin - 150])


@pytest.mark.parametrize("forecaster", SERIES, ids=lambda f: f.label)
def test_one_step_and_the_first_of_many_are_the_same(make_series, make_context, walk, forecaster):
    one, four = (
        forecaster.fit(make_series(walk, LogReturn(), h, last=200), None, make_context(LogReturn(), h)).predict(
            make_series(walk, LogReturn(), h, first=250, to_predict=True)
        )
        for h in (1, 4)
    )

    assert_allclose(numbers(one)[:, 0], numbers(four)[:, 0], rtol=1e-9)


def test_every_baseline_forecasts_the_same_bits_when_saved_and_loaded_by_another_process(
    make_series, make_context, walk, tmp_path
):
    target = LogReturn()
    closes = {"A": walk, "B": walk[::-1]}
    train, test = make_series(closes, target, 2, last=250), make_series(closes, target, 2, first=251, to_predict=True)
    expected = {}
    for place, forecaster in enumerate(ALL):
        fitted = forecaster.fit(train, None, make_context(target, 2))
        folder = tmp_path / str(place)
        folder.mkdir()
        try:
            fitted.save(folder)
        except NotSaveable:
            assert forecaster.name == "boosting"
            continue
        assert {path.suffix for path in folder.iterdir()} <= {".json", ".txt", ".safetensors"}
        expected[folder.name] = (type(fitted), numbers(fitted.predict(test)))
    work = tmp_path / "work.pickle"
    work.write_bytes(pickle.dumps((test, {name: cls for name, (cls, _) in expected.items()})))
    code = f"""
import pickle
from pathlib import Path
folder = Path({str(tmp_path)!r})
test, classes = pickle.loads((folder / "work.pickle").read_bytes())
answers = {{name: cls.load(folder / name).predict(test) for name, cls in classes.items()}}
(folder / "answers.pickle").write_bytes(pickle.dumps(answers))
"""

    subprocess.run([sys.executable, "-c", code], check=True)

    answers = pickle.loads((tmp_path / "answers.pickle").read_bytes())
    assert len(answers) == len(ALL) - 1
    for name, (_, numbers_here) in expected.items():
        assert_array_equal(numbers(answers[name]), numbers_here)


@each
def test_a_fitted_baseline_travels_between_processes(make_series, make_context, walk, forecaster):
    windows = make_series(walk, LogReturn(), 2, first=6)
    fitted = forecaster.fit(windows, None, make_context(LogReturn(), 2))

    sent = pickle.loads(pickle.dumps(fitted))

    assert_array_equal(numbers(sent.predict(windows)), numbers(fitted.predict(windows)))


@each
def test_the_seed_and_the_validation_block_change_nothing(make_series, make_context, walk, forecaster):
    windows = make_series(walk, LogReturn(), 2, first=6)
    context = make_context(LogReturn(), 2)

    plain = forecaster.fit(windows, None, context).predict(windows)
    other = forecaster.fit(windows, windows, replace(context, seed=9)).predict(windows)

    assert_array_equal(numbers(other), numbers(plain))
