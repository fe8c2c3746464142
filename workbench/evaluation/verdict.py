"""Whether a model is better than persistence, in words, with the test behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from workbench.contracts.arrays import FloatArray, Forecasts
from workbench.evaluation.diebold_mariano import DieboldMariano, diebold_mariano
from workbench.evaluation.scores import pair_with_persistence

Words = Literal["better than persistence", "not better than persistence", "too little data to tell"]

SIGNIFICANCE = 0.05
"""Level of the one-sided test, shared among the models of a run (Bonferroni): the more are tried, the more luck."""
WORTHWHILE_SKILL = 0.01
"""A model is called not better only where the interval of its skill ends below this, or where it is clearly worse."""
POWER = 0.8
"""How often a skill has to be shown for a sample to be said to be able to show it."""
FEWEST_ORIGINS = 20
"""Below this many origins, or three times the horizon, the test's distribution is not to be trusted."""


@dataclass(frozen=True)
class Verdict:
    """Outcome for one model.

    Parameters
    ----------
    words : str
        `better than persistence`, `not better than persistence` or `too little data to tell`.
    skill : float or None
        1 - RMSE / RMSE of persistence, in target space; None where persistence makes no error.
    skill_low, skill_high : float or None
        95 % interval of the skill.
    smallest_skill : float or None
        Smallest skill that a sample like this shows four times in five, at the level of the test.
    p_value : float or None
        One-sided: small when the model is more accurate than persistence.
    statistic : float or None
        Diebold-Mariano statistic, corrected; negative when the model is more accurate.
    n_origins : int
        Moments at which forecasts were made.
    level : float
        What `p_value` has to be below for the model to be called better.
    """

    words: Words
    skill: float | None
    skill_low: float | None
    skill_high: float | None
    smallest_skill: float | None
    p_value: float | None
    statistic: float | None
    n_origins: int
    level: float = SIGNIFICANCE

    def among(self, n_tests: int) -> Verdict:
        """Return the outcome where this test is one of `n_tests` that were all looked at, which share its level.

        The best of many tests is likely to look good by luck alone; a shared level (Bonferroni) keeps the chance that
        any of them is called better without being so at that of a single one.
        """
        level = self.level / n_tests
        if n_tests == 1 or self.skill is None or self.p_value is None or self.skill_high is None:
            return replace(self, level=level)
        words = self.words
        if words == "better than persistence" and self.p_value >= level:
            words = "not better than persistence" if self.skill_high < WORTHWHILE_SKILL else "too little data to tell"
        return replace(self, words=words, level=level, smallest_skill=self._smallest_skill(level))

    def _smallest_skill(self, level: float) -> float:
        """Smallest skill shown four times in five at another level; what is known of the test gives its error."""
        from scipy import stats

        assert self.skill is not None and self.skill_high is not None
        margin = (1.0 - self.skill) ** 2 - (1.0 - self.skill_high) ** 2
        error = margin / float(stats.t.ppf(0.975, self.n_origins - 1))
        detectable = float(stats.t.ppf(1 - level, self.n_origins - 1) + stats.t.ppf(POWER, self.n_origins - 1)) * error
        return 1.0 - float(np.sqrt(max(0.0, 1.0 - detectable)))

    def claim(self, model: str) -> str:
        """Name the model and say the words, without figures."""
        return f"{model}: {self.words}" if self.words.startswith("too") else f"{model} is {self.words}"

    def sentence(self, model: str) -> str:
        """The verdict as a person would say it, with the figures behind it."""
        if self.skill is None or self.p_value is None:
            return f"{self.claim(model)} ({self.n_origins} origins)."
        interval = f" (95 % interval {_percent(self.skill_low)} to {_percent(self.skill_high)})"
        return (
            f"{self.claim(model)}: skill {_percent(self.skill)}{interval}, Diebold-Mariano p = {self.p_value:.2g} over "
            f"{self.n_origins} origins (better needs p below {self.level:.2g}). The smallest skill this sample could "
            f"have shown, four times in five, is {_percent(self.smallest_skill)}."
        )


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{round(100 * value, 1) + 0.0:.1f} %"  # no "-0.0"


def judge_model(
    forecasts: Forecasts, model: str, *, persistence: str, horizon: int, price_units: bool, n_models: int = 1
) -> Verdict:
    """Test one model against persistence on squared errors in target space.

    The losses of an origin's seeds, steps and symbols are one observation, weighted by their number, so that the
    mean is that of the pooled rows; the variance allows for the overlap of forecasts `horizon` steps ahead (R's
    default estimator). For targets in price units each symbol's losses are first divided by its persistence MSE.

    Parameters
    ----------
    forecasts : DataFrame
        Forecast frame with actuals, of all models.
    model, persistence : str
        Labels.
    horizon : int
        Steps ahead.
    price_units : bool
        Whether the target is a price.
    n_models : int, default=1
        Models tested side by side; they share the level of the test.
    """
    ours = forecasts[forecasts["model"].isin([model, persistence])]
    paired = pair_with_persistence(ours, persistence)
    mine = paired[paired["model"] == model]
    loss = (mine["forecast"] - mine["actual"]) ** 2
    reference = (mine["persistence_target"] - mine["actual"]) ** 2
    if price_units:
        per_symbol = reference.groupby(mine["symbol"]).transform("mean")
        loss, reference = loss / per_symbol, reference / per_symbol
    difference = (loss - reference).dropna()
    sums = difference.groupby(mine["origin"]).sum().sort_index().to_numpy(dtype=np.float64)
    differential = sums * (len(sums) / max(len(difference), 1))
    mse_persistence, mse = (float(losses[difference.index].mean()) for losses in (reference, loss))
    return _decide(differential, mse_persistence, mse, horizon, SIGNIFICANCE / n_models)


def _decide(differential: FloatArray, mse_persistence: float, mse: float, horizon: int, level: float) -> Verdict:
    from scipy import stats

    n = len(differential)
    if n <= max(horizon, 2) or not mse_persistence > 0:
        return Verdict("too little data to tell", None, None, None, None, None, None, n, level)
    test = diebold_mariano(differential, horizon=horizon, alternative="less")
    margin = float(stats.t.ppf(0.975, n - 1)) * test.standard_error
    detectable = float(stats.t.ppf(1 - level, n - 1) + stats.t.ppf(POWER, n - 1)) * test.standard_error

    def skill(difference: float) -> float:
        return 1.0 - float(np.sqrt(max(0.0, 1.0 + difference / mse_persistence)))

    highest = skill(test.mean - margin)
    enough = n >= max(FEWEST_ORIGINS, 3 * horizon)
    return Verdict(
        _words(test, highest, level) if enough else "too little data to tell",
        1.0 - float(np.sqrt(mse / mse_persistence)),
        skill(test.mean + margin),
        highest,
        skill(-detectable),
        test.p_value,
        test.statistic,
        n,
        level,
    )


def _words(test: DieboldMariano, highest_skill: float, level: float) -> Words:
    if test.mean < 0 and test.p_value < level:
        return "better than persistence"
    clearly_worse = test.mean > 0 and 1.0 - test.p_value < SIGNIFICANCE
    if clearly_worse or highest_skill < WORTHWHILE_SKILL:
        return "not better than persistence"
    return "too little data to tell"
