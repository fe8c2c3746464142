from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from workbench import DataError, ExperimentError
from workbench_baselines import Seasonal
from workbench_targets import LogReturn, Price, SimpleReturn


@pytest.fixture
def forecast(make_series, make_context):
    def forecast(closes, target, horizon, *, first=10, **fields):
        train = make_series(closes, target, horizon)
        fitted = Seasonal(**fields).fit(train, None, make_context(target, horizon))
        return fitted.predict(make_series(closes, target, horizon, first=first, to_predict=True))

    return forecast


def test_a_known_pattern_is_forecast_exactly_over_several_seasons(forecast, make_series):
    pattern = np.tile([3.0, 1.0, 4.0, 1.0, 5.0], 8)

    answer = forecast(pattern[:30], Price(), 9)

    for i, origin in enumerate(range(10, 30)):
        assert_array_equal(answer[i], pattern[origin + 1 : origin + 10])


def test_returns_of_the_season_before_add_up(forecast):
    steps = np.log([1.01, 0.98, 1.03])
    closes = 100 * np.exp(np.concatenate([[0.0], np.cumsum(np.tile(steps, 6))]))

    of_logs = forecast(closes, LogReturn(), 4, period=3)
    of_simple = forecast(closes, SimpleReturn(), 4, period=3)

    ahead = np.cumsum(np.tile(steps, 3))[:4]  # the last close ends a season
    assert_allclose(of_logs[-1], ahead, rtol=1e-12)
    assert_allclose(of_simple[-1], np.exp(ahead) - 1, rtol=1e-12)


@given(
    values=st.lists(st.floats(-100, 100), min_size=25, max_size=40),
    period=st.integers(1, 8),
    horizon=st.integers(1, 12),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_each_step_is_the_last_value_of_its_season(forecast, values, period, horizon):
    series = np.array(values)

    answer = forecast(series, Price(), horizon, period=period)

    for i, origin in enumerate(range(10, len(series))):
        for step in range(1, horizon + 1):
            row = origin + step
            while row > origin:
                row -= period
            assert answer[i, step - 1] == series[row]


def test_a_missing_value_is_taken_from_one_period_earlier(forecast):
    series = np.arange(20.0)
    series[[16, 11]] = np.nan

    answer = forecast(series, Price(), 2, first=19)

    assert_array_equal(answer, [[15.0, 6.0]])


@pytest.mark.parametrize("period", [12, 1000])
def test_a_series_shorter_than_a_period_is_a_clear_error(forecast, period):
    said = rf"'seasonal' repeats what was {period} bars before, and the series of A .* `period`"
    with pytest.raises(DataError, match=said):
        forecast(np.arange(20.0), Price(), 1, period=period)


def test_a_period_is_at_least_one_bar():
    with pytest.raises(ExperimentError, match="`period`"):
        Seasonal(period=0)
