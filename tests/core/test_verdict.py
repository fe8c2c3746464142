"""The verdict: words that follow from the test and the size of the sample, never from the sign of the skill."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluation.verdict import FEWEST_ORIGINS, SIGNIFICANCE, WORTHWHILE_SKILL, judge_model

BETTER, NOT_BETTER, TOO_LITTLE = "better than persistence", "not better than persistence", "too little data to tell"


def frame(model, actual, forecast, symbol="A", step=1, seed=7):
    n = len(actual)
    return pd.DataFrame(
        {
            "model": model,
            "symbol": symbol,
            "seed": seed,
            "fold": 0,
            "origin": pd.date_range("2020-01-01", periods=n),
            "step": step,
            "actual": actual,
            "forecast": forecast,
            "forecast_scaled": forecast,
            "price": np.nan,
        }
    )


def judge(actual, forecast, persistence=0.0, horizon=1, price_units=False):
    actual = np.asarray(actual, dtype=float)
    both = [frame("m", actual, forecast), frame("p", actual, np.broadcast_to(persistence, actual.shape))]
    return judged(both, horizon, price_units)


def judged(frames, horizon=1, price_units=False):
    together = pd.concat(frames, ignore_index=True)
    return judge_model(together, "m", persistence="p", horizon=horizon, price_units=price_units)


def returns(n, seed=1):
    return 0.01 * np.random.default_rng(seed).standard_normal(n)


def skill_of(actual, forecast):
    return 1 - np.sqrt(np.mean((forecast - actual) ** 2) / np.mean(actual**2))


# The words


def test_a_forecast_that_knows_half_of_the_move_is_better():
    actual = returns(250)

    verdict = judge(actual, 0.5 * actual)

    assert verdict.words == BETTER
    assert verdict.skill == pytest.approx(0.5)
    assert verdict.p_value < 1e-10
    assert verdict.statistic < 0
    assert verdict.n_origins == 250


def test_a_forecast_that_is_wrong_about_every_move_is_not_better():
    actual = returns(250)

    verdict = judge(actual, -0.5 * actual)

    assert verdict.words == NOT_BETTER
    assert verdict.skill == pytest.approx(-0.5)
    assert verdict.p_value > 1 - SIGNIFICANCE


def test_noise_over_a_long_sample_is_not_better():
    actual, noise = returns(4000), returns(4000, seed=2)

    verdict = judge(actual, 0.1 * noise)

    assert verdict.words == NOT_BETTER
    assert verdict.smallest_skill < WORTHWHILE_SKILL


def test_noise_over_a_short_sample_tells_nothing():
    actual, noise = returns(60), returns(60, seed=5)

    verdict = judge(actual, 0.5 * noise - 0.12 * noise.mean())

    assert verdict.words in (TOO_LITTLE, NOT_BETTER)
    assert verdict.smallest_skill > WORTHWHILE_SKILL


def test_a_handful_of_origins_tells_nothing_however_good_the_forecast():
    actual = returns(FEWEST_ORIGINS)

    assert judge(actual[:-1], 0.9 * actual[:-1]).words == TOO_LITTLE
    assert judge(actual, 0.9 * actual).words == BETTER


@pytest.mark.parametrize("n", [0, 1, 2])
def test_almost_no_origins_do_not_crash(n):
    verdict = judge(returns(n), returns(n, seed=2))

    assert verdict.words == TOO_LITTLE
    assert verdict.skill is None
    assert verdict.n_origins == n


def test_fewer_origins_than_steps_do_not_crash():
    assert judge(returns(5), returns(5, seed=2), horizon=7).words == TOO_LITTLE


def test_a_forecast_identical_to_persistence_is_not_better_and_does_not_crash():
    verdict = judge(returns(250), np.zeros(250))

    assert (verdict.words, verdict.skill, verdict.p_value, verdict.statistic) == (NOT_BETTER, 0.0, 1.0, 0.0)
    assert (verdict.skill_low, verdict.skill_high, verdict.smallest_skill) == (0.0, 0.0, 0.0)


def test_a_price_that_never_moves_leaves_nothing_to_be_better_than():
    verdict = judge(np.zeros(250), returns(250))

    assert (verdict.words, verdict.skill) == (TOO_LITTLE, None)


def test_a_small_skill_that_the_sample_cannot_show_is_not_called_better():
    actual = returns(250)
    hint = 0.04 * actual + 0.2 * returns(250, seed=9)

    verdict = judge(actual, hint)

    assert verdict.p_value > SIGNIFICANCE
    assert verdict.words != BETTER


@settings(max_examples=80, deadline=None)
@given(st.integers(20, 300), st.integers(0, 10_000), st.floats(-1, 1), st.floats(0, 1))
def test_the_words_follow_from_the_test_and_the_sample_never_from_the_sign_of_the_skill(n, seed, knowledge, noise):
    actual = returns(n, seed)

    verdict = judge(actual, knowledge * actual + noise * returns(n, seed + 1))

    if verdict.words == BETTER:
        assert verdict.p_value < SIGNIFICANCE
        assert verdict.skill > 0
    elif verdict.words == NOT_BETTER:
        assert verdict.p_value > 1 - SIGNIFICANCE or verdict.skill_high < WORTHWHILE_SKILL
    else:
        assert SIGNIFICANCE <= verdict.p_value <= 1 - SIGNIFICANCE
        assert verdict.skill_high >= WORTHWHILE_SKILL
    assert verdict.skill_low - 1e-12 <= verdict.skill <= verdict.skill_high + 1e-12


def test_the_more_models_are_tried_the_more_each_has_to_show():
    actual = returns(400)
    hint = 0.1 * actual + 0.35 * returns(400, seed=4)
    together = pd.concat([frame("m", actual, hint), frame("p", actual, np.zeros(400))], ignore_index=True)

    alone, one_of_ten = (
        judge_model(together, "m", persistence="p", horizon=1, price_units=False, n_models=n) for n in (1, 10)
    )

    assert alone.p_value == one_of_ten.p_value
    assert (alone.level, one_of_ten.level) == (SIGNIFICANCE, SIGNIFICANCE / 10)
    assert one_of_ten.smallest_skill > alone.smallest_skill


def test_a_truly_predictable_series_is_rarely_called_not_better():
    """Tomorrow is three tenths of today: a skill of 4.6 %, more than enough to be worth having."""
    words = []
    for seed in range(40):
        shocks = returns(300, seed)
        actual = np.empty(300)
        actual[0] = shocks[0]
        for t in range(1, 300):
            actual[t] = 0.3 * actual[t - 1] + shocks[t]
        words.append(judge(actual[1:], 0.3 * actual[:-1]).words)

    assert words.count(BETTER) > 30
    assert words.count(NOT_BETTER) <= 1


def test_a_horizon_that_leaves_few_separate_stretches_tells_nothing():
    actual = returns(40)

    assert judge(actual, 0.9 * actual, horizon=14).words == TOO_LITTLE


def test_both_signs_of_skill_can_be_too_little_to_tell():
    signs = set()
    for seed in range(40):
        actual = returns(60, seed)
        verdict = judge(actual, 0.3 * returns(60, seed + 1000))
        if verdict.words == TOO_LITTLE:
            signs.add(np.sign(verdict.skill))

    assert signs == {-1.0, 1.0}


# The figures


def test_the_interval_covers_the_true_skill_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    true = 1 - np.sqrt(1 / 1.25)
    covered = []
    for _ in range(250):
        known, unknown = 0.5 * rng.standard_normal(200), rng.standard_normal(200)
        verdict = judge(known + unknown, known)
        covered.append(verdict.skill_low <= true <= verdict.skill_high)

    assert 0.91 <= np.mean(covered) <= 0.985


def test_a_forecast_without_knowledge_is_rarely_called_better():
    rng = np.random.default_rng(1)
    better = [judge(rng.standard_normal(200), 0.2 * rng.standard_normal(200)).words == BETTER for _ in range(250)]

    assert np.mean(better) <= SIGNIFICANCE


def test_steps_seeds_and_symbols_of_one_origin_are_one_observation():
    a, b = returns(100, 1), returns(100, 2)
    frames = [
        frame(model, actual, share * actual, symbol, step, seed)
        for model, share in (("m", 0.3), ("p", 0.0))
        for symbol, actual in (("A", a), ("B", b))
        for step in (1, 2)
        for seed in ((7, 8) if model == "m" else (7,))
    ]

    verdict = judged(frames, horizon=2)

    assert verdict.n_origins == 100
    assert verdict.skill == pytest.approx(0.3)


def test_the_test_is_on_the_pooled_rows_that_the_skill_is_of_when_symbols_are_ragged():
    long, short = np.ones(200), np.full(20, 4.0)
    frames = [
        frame(model, actual, np.full(len(actual), forecast), symbol)
        for symbol, actual, forecast in (("A", long, -0.4), ("B", short, 2.0))  # losses 0.96 worse, 12 better
        for model, forecast in (("m", forecast), ("p", 0.0))
    ]

    verdict = judged(frames)

    actual = np.concatenate([long, short])
    forecast = np.concatenate([np.full(200, -0.4), np.full(20, 2.0)])
    assert verdict.skill == pytest.approx(skill_of(actual, forecast))
    assert verdict.skill > 0 > verdict.statistic  # the same side


def test_symbols_of_different_price_count_alike_when_the_target_is_a_price():
    cheap = 10 + np.cumsum(returns(200, 1))
    dear = 1000 * (10 + np.cumsum(returns(200, 2)))
    frames = [
        frame(model, prices[1:], prices[:-1] + share * np.diff(prices), symbol)
        for symbol, prices, knowledge in (("A", cheap, 0.5), ("B", dear, 0.0))
        for model, share in (("m", knowledge), ("p", 0.0))
    ]

    verdict = judged(frames, price_units=True)

    # squared errors 0.25 and 1 of persistence's, a mean of 0.625
    assert verdict.skill == pytest.approx(1 - np.sqrt(0.625))


def test_overlapping_forecasts_are_not_taken_for_independent_ones():
    steps = returns(400)
    weekly = np.convolve(steps, np.ones(5), "valid")  # five-bar returns at every bar
    forecast = 0.15 * weekly

    alone, overlapping = judge(weekly, forecast, horizon=1), judge(weekly, forecast, horizon=5)

    assert overlapping.p_value > alone.p_value
    assert overlapping.smallest_skill > alone.smallest_skill


def test_rows_without_an_actual_are_left_out():
    actual = returns(100)
    gappy = np.where(np.arange(100) % 10 == 0, np.nan, actual)

    assert judge(gappy, 0.5 * actual).n_origins == 90
    assert judge(gappy, 0.5 * actual).skill == pytest.approx(0.5)


# The sentence


def test_the_sentence_says_the_words_first_and_the_figures_behind_them():
    actual = returns(250)

    assert (
        judge(actual, 0.5 * actual)
        .sentence("lstm")
        .startswith("lstm is better than persistence: skill 50.0 % (95 % interval ")
    )
    assert "over 250 origins" in judge(actual, 0.5 * actual).sentence("lstm")
    assert judge(actual[:2], actual[:2]).sentence("lstm") == "lstm: too little data to tell (2 origins)."
    assert "undefined" not in judge(actual, np.zeros(250)).sentence("lstm")
