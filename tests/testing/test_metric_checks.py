"""Each check of metrics, with a small plugin that breaks it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from pydantic import PrivateAttr

from workbench import Metric
from workbench.testing import CHECKS, check_plugin


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    result = results(plugin, [check])[check]
    assert not result.passed
    return result.reason


class Bias(Metric, name="bias"):
    """Size of the mean error."""

    def score(self, actual, forecast, context):
        return float(abs(np.mean(forecast - actual)))


class Correlation(Metric, name="correlation"):
    """Correlation of forecast and actual moves; undefined where one of them does not move."""

    lower_is_better: ClassVar[bool] = False

    def score(self, actual, forecast, context):
        moved, called = actual - context.persistence, forecast - context.persistence
        if len(moved) < 2 or moved.std() < 1e-14 or called.std() < 1e-14:
            return float("nan")
        return float(np.corrcoef(moved, called)[0, 1])


class Width(Metric, name="width"):
    """Mean squared distance of what happened from the middle of the widest interval."""

    needs: ClassVar[frozenset[str]] = frozenset({"quantiles"})

    def score(self, actual, forecast, context):
        middle = (context.quantiles[:, 0] + context.quantiles[:, -1]) / 2
        return float(np.mean((middle - actual) ** 2))


class Within(Metric, name="within"):
    """Mean absolute error within each cross-section, its own mean taken off."""

    needs: ClassVar[frozenset[str]] = frozenset({"symbols"})

    def score(self, actual, forecast, context):
        error = forecast - actual
        sums = np.bincount(context.sections, weights=error) / np.bincount(context.sections)
        return float(np.mean(np.abs(error - sums[context.sections])))


@pytest.mark.parametrize("metric", [Bias, Correlation, Width, Within])
def test_an_honest_metric_passes_every_check(metric):
    found = results(metric)

    assert set(found) == {check.name for check in CHECKS["metric"]}
    assert [r for r in found.values() if not r.passed] == []


def test_where_a_score_is_undefined_is_remarked():
    assert "it is undefined for a single row" in results(Correlation, ["odd_input"])["odd_input"].reason


class Wrong(Metric):
    """Base of metrics that are wrong."""


class AnArray(Wrong, name="an_array"):
    """Wrong: an error per row."""

    def score(self, actual, forecast, context):
        return forecast - actual


class OnlyPrices(Wrong, name="only_prices"):
    """Wrong: gives up on anything but prices."""

    def score(self, actual, forecast, context):
        return float(np.mean(abs(forecast - actual))) if context.space == "price" else float("nan")


@pytest.mark.parametrize(("metric", "said"), [(AnArray, "expected a float"), (OnlyPrices, "250 lively rows in scaled")])
def test_what_is_no_score_fails(metric, said):
    assert said in failure(metric, "score_is_a_float")


class Misspelt(Width, name="misspelt"):
    """Wrong: needs what no run has."""

    needs: ClassVar[frozenset[str]] = frozenset({"quantile"})


def test_a_metric_that_needs_what_no_run_has_fails():
    assert "it `needs` ['quantile'], but there are only ['quantiles', 'symbols']" in failure(
        Misspelt, "score_is_a_float"
    )


class Scribbler(Width, name="scribbler"):
    """Wrong: sorts the quantiles it is given where they stand."""

    def score(self, actual, forecast, context):
        context.quantiles.sort(axis=0)
        return super().score(actual, forecast, context)


def test_a_metric_that_changes_the_quantiles_fails():
    assert "the rows changed" in failure(Scribbler, "input_is_unchanged")


class WrongWayRound(Correlation, name="wrong_way_round"):
    """Wrong: forgot to say that higher is better."""

    lower_is_better: ClassVar[bool] = True


def test_a_metric_that_rewards_errors_fails():
    assert "a perfect forecast scores 1" in failure(WrongWayRound, "perfect_is_best")


class Relative(Wrong, name="relative"):
    """Wrong: divides by whatever there is."""

    def score(self, actual, forecast, context):
        return float(np.mean(abs(forecast - actual)) / np.mean(abs(context.persistence - actual)))


class Raises(Wrong, name="raises"):
    """Wrong: raises where it is undefined."""

    def score(self, actual, forecast, context):
        if len(actual) < 2:
            raise ValueError("need two rows")
        return 0.0


@pytest.mark.parametrize(("metric", "said"), [(Relative, "infinite score"), (Raises, "ValueError: need two rows")])
def test_an_undefined_score_that_is_not_nan_fails(metric, said):
    assert said in failure(metric, "odd_input")


class Careless(Wrong, name="careless"):
    """Wrong in all that it touches."""

    seen: ClassVar[list[int]] = []
    _calls: int = PrivateAttr(0)

    def score(self, actual, forecast, context):
        forecast -= actual
        self.seen.append(len(actual))
        self._calls += 1
        return float(np.mean(abs(forecast))) + len(self.seen)


@pytest.mark.parametrize("check", ["input_is_unchanged", "plugin_is_unchanged", "shares_nothing", "same_numbers_again"])
def test_a_careless_metric_fails(check):
    assert failure(Careless, check)
