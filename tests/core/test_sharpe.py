"""Sharpe ratios against the worked examples of Bailey and Lopez de Prado."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workbench import DataError, RequestError
from workbench.evaluation.sharpe import (
    SharpeEstimate,
    deflated_sharpe,
    expected_maximum,
    min_track_record,
    probabilistic_sharpe,
)

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS = json.loads((FOLDER / "sharpe_psr_dsr.json").read_text())
SERIES = json.loads((FOLDER / "return_stats.json").read_text())


def close(value):
    return pytest.approx(value, rel=0, abs=1e-9)


def estimate_of(case, n=2):
    return SharpeEstimate(case["sr"], case.get("n", n), case["skew"], case["kurtosis"])


@pytest.mark.parametrize("case", VECTORS["psr"], ids=lambda case: case["label"])
def test_probabilistic_sharpe_is_the_published_one(case):
    estimate = estimate_of(case)

    assert estimate.standard_error == close(case["se"])
    assert probabilistic_sharpe(estimate, case["benchmark"]) == close(case["psr"])


@pytest.mark.parametrize("case", VECTORS["dsr"], ids=lambda case: case["label"])
def test_deflated_sharpe_is_the_published_one(case):
    year = case["periods_per_year"]
    estimate = SharpeEstimate(case["sr_annual"] / year**0.5, case["n"], case["skew"], case["kurtosis"])

    assert deflated_sharpe(estimate, case["trials"], case["var_trials_annual"] / year) == close(case["dsr"])


@pytest.mark.parametrize("case", VECTORS["min_trl"], ids=lambda case: case["label"])
def test_minimum_track_record_is_the_published_one(case):
    needed = min_track_record(estimate_of(case), case["benchmark"], case["confidence"])

    assert needed == close(case["min_trl_observations"])
    assert needed / case["periods_per_year"] == close(case["min_trl_years"])


@pytest.mark.parametrize("case", VECTORS["expected_max"])
def test_expected_maximum_is_the_published_one(case):
    assert expected_maximum(case["trials"]) == close(case["value"])


def test_one_trial_is_not_deflated():
    estimate = SharpeEstimate(0.1, 500)

    assert expected_maximum(1) == 0
    assert deflated_sharpe(estimate, 1, 0.4) == probabilistic_sharpe(estimate)


def test_moments_of_a_return_series():
    expected = SERIES["expected"]

    estimate = SharpeEstimate.of(np.array(SERIES["returns"]))

    assert estimate.n == expected["n"]
    assert estimate.sharpe == close(expected["sr_per_period"])
    assert estimate.skew == close(expected["skew_population"])
    assert estimate.kurtosis == close(expected["kurtosis_population_nonexcess"])
    assert estimate.standard_error == close(expected["se_mertens"])
    assert probabilistic_sharpe(estimate) == close(expected["psr_vs_0"])
    assert min_track_record(estimate) == close(expected["min_trl_vs_0_95"])


def test_no_track_record_proves_what_is_not_there():
    assert min_track_record(SharpeEstimate(-0.1, 500)) is None
    assert min_track_record(SharpeEstimate(0.1, 500), benchmark=0.1) is None


def test_the_record_needed_is_where_the_probability_reaches_the_confidence():
    needed = min_track_record(SharpeEstimate(0.12, 500, -0.4, 5.0), confidence=0.9)

    below, above = (SharpeEstimate(0.12, int(needed) + k, -0.4, 5.0) for k in (0, 1))
    assert probabilistic_sharpe(below) < 0.9 <= probabilistic_sharpe(above)


@pytest.mark.parametrize("returns", [[], [0.01], [0.01, 0.01, 0.01]])
def test_returns_without_variance_have_no_sharpe_ratio(returns):
    with pytest.raises(DataError, match="at least 2 returns"):
        SharpeEstimate.of(np.array(returns))


def test_impossible_moments_are_refused():
    with pytest.raises(DataError, match="not excess"):
        SharpeEstimate(2.0, 100, skew=3.0, kurtosis=0.0)
    with pytest.raises(DataError, match="at least 2"):
        SharpeEstimate(0.1, 1)


def test_impossible_requests_are_refused():
    estimate = SharpeEstimate(0.1, 100)

    with pytest.raises(RequestError, match="n_trials"):
        expected_maximum(0)
    with pytest.raises(RequestError, match="never negative"):
        deflated_sharpe(estimate, 3, -0.1)
    with pytest.raises(RequestError, match="confidence"):
        min_track_record(estimate, confidence=1.0)
