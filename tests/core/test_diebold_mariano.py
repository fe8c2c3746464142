"""The Diebold-Mariano test against R's `dm.test`, and where it must not crash."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.evaluation.diebold_mariano import diebold_mariano

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "dm_hln.json").read_text())
ALTERNATIVES = ["two-sided", "less", "greater"]


def close(value):
    return pytest.approx(value, rel=0, abs=1e-8)


@pytest.mark.parametrize(
    "case", VECTORS["cases"], ids=lambda c: f"h{c['h']}-p{c['power']}-{c['variance']}-{c['alternative']}"
)
def test_the_numbers_are_those_of_r(case):
    e1, e2 = (np.abs(VECTORS[e]) ** case["power"] for e in ("e1", "e2"))

    test = diebold_mariano(
        e1 - e2,
        horizon=case["h"],
        variance=case["variance"],
        alternative=case["alternative"].replace(".", "-"),
    )

    assert test.statistic == close(case["statistic"])
    assert test.p_value == close(case["p_value"])


@pytest.mark.parametrize("power", [1, 2])
def test_previous_value_against_expanding_mean_on_the_nile(power):
    nile = VECTORS["extra"]["nile"]
    y, first = np.array(nile["y"], dtype=float), nile["first_forecast_index"]
    means = np.array([y[:i].mean() for i in range(first, len(y))])

    test = diebold_mariano(np.abs(y[first:] - y[first - 1 : -1]) ** power - np.abs(y[first:] - means) ** power)

    assert test.statistic == close(nile[f"power{power}"]["statistic"])
    assert test.p_value == close(nile[f"power{power}"]["p_value"])


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("horizon", [1, 3])
def test_identical_forecasts_are_no_difference(alternative, horizon):
    test = diebold_mariano(np.zeros(30), horizon=horizon, alternative=alternative)

    assert (test.statistic, test.p_value, test.mean, test.standard_error, test.n) == (0.0, 1.0, 0.0, 0.0, 30)


@pytest.mark.parametrize(("sign", "p_values"), [(1, [0, 1, 0]), (-1, [0, 0, 1])])
def test_a_constant_difference_is_beyond_doubt(sign, p_values):
    tests = [diebold_mariano(np.full(30, 0.1 * sign), alternative=a) for a in ALTERNATIVES]

    assert [t.p_value for t in tests] == p_values
    assert {t.statistic for t in tests} == {sign * np.inf}


def test_a_plain_sum_that_is_not_positive_falls_back_to_bartlett_weights():
    alternating = np.tile([1.0, -1.0], 20) + 0.05

    acf, bartlett = (diebold_mariano(alternating, horizon=2, variance=v) for v in ("acf", "bartlett"))

    assert acf == bartlett
    assert 0 < acf.p_value < 1


@pytest.mark.parametrize(("n", "horizon"), [(1, 1), (3, 3), (0, 1)])
def test_too_few_differentials_are_refused(n, horizon):
    with pytest.raises(ValueError, match=rf"{n} loss differentials are too few for horizon {horizon}"):
        diebold_mariano(np.arange(float(n)), horizon=horizon)


samples = st.integers(5, 60).flatmap(
    lambda n: st.lists(st.floats(-5, 5).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=n, max_size=n)
)


@given(samples, st.integers(1, 4))
def test_swapping_the_forecasts_turns_the_sign_and_the_side(differential, horizon):
    d = np.array(differential)

    ahead, back = diebold_mariano(d, horizon=horizon), diebold_mariano(-d, horizon=horizon)
    less = diebold_mariano(d, horizon=horizon, alternative="less")
    greater = diebold_mariano(-d, horizon=horizon, alternative="greater")

    assert back.statistic == -ahead.statistic
    assert ahead.p_value == back.p_value
    assert less.p_value == pytest.approx(greater.p_value)
    assert 0 <= ahead.p_value <= 1


@given(samples)
def test_at_one_step_it_is_the_t_test_of_the_mean(differential):
    d = np.array(differential)
    if np.ptp(d) < 1e-3:
        return

    test = diebold_mariano(d)

    reference = stats.ttest_1samp(d, 0.0)
    assert test.statistic == pytest.approx(reference.statistic)
    assert test.p_value == pytest.approx(reference.pvalue)
    assert test.standard_error == pytest.approx(stats.sem(d))
