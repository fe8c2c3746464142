"""Recursive forecasts: every bar follows from those before it, and from nothing else."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from workbench import (
    DataError,
    Experiment,
    ExperimentError,
    Feature,
    FittedForecaster,
    Forecaster,
    Panel,
    PanelFeature,
    PluginError,
    Prediction,
    Target,
    use,
)
from workbench.evaluation.paths import labels_ahead
from workbench.evaluation.pipeline import FoldScalers, fit_scalers, forecast_block
from workbench.evaluation.recursion import check_recursive, forecast_recursively, one_step
from workbench.evaluation.samples import build_samples
from workbench.plan.resolve import resolve
from workbench.registry.registry import Registry
from workbench_features import ATR, EMA, MACD, RSI, SMA, Column, SimpleReturn, Weekday
from workbench_features import LogReturn as LogReturnFeature
from workbench_targets import LogReturn, Price
from workbench_targets import SimpleReturn as SimpleReturnTarget

HORIZON = 6
FIRST, CHANGED_FROM = 54, 60
NO_SCALERS = FoldScalers({}, {})


class Weights(FittedForecaster):
    """A weighted sum of the window plus a constant, one step ahead; keeps the windows it was shown."""

    def __init__(self, weights=None, constant=0.0, answer=None):
        self.weights = weights
        self.constant = constant
        self.answer = answer
        self.seen = []

    def predict(self, windows):
        self.seen.append(windows)
        if self.answer is not None:
            return self.answer(windows)
        flat = windows.batch().reshape(len(windows), -1).astype(float)
        weights = np.full(flat.shape[1], 0.001) if self.weights is None else self.weights
        return (flat * weights).sum(axis=1) + self.constant


class Plain(Forecaster, name="toy_plain"):
    def fit(self, train, validation, context):
        raise NotImplementedError


class Scaled(Plain, name="toy_scaled"):
    scaled: ClassVar[bool] = True


def bars_of(close, start="2020-01-01"):
    close = np.asarray(close, dtype=float)
    columns = dict.fromkeys(["open", "high", "low", "close"], close)
    frame = pd.DataFrame({**columns, "volume": 1.0}, index=pd.bdate_range(start, periods=len(close)))
    return frame.assign(known_at=frame.index + pd.Timedelta(days=1))


def walk(n=90, seed=1):
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, n)))


def samples_of(panel, features, target=None, lookback=3, horizon=HORIZON):
    labelled = [(f.label, f) for f in features]
    return build_samples(panel, labelled, target or LogReturn(), lookback=lookback, horizon=horizon)


def forecast(panel, features, fitted, rows, *, target=None, forecaster=None, scalers=NO_SCALERS, **sizes):
    target = target or LogReturn()
    samples = samples_of(panel, features, target, **sizes)
    labelled = [(f.label, f) for f in features]
    return forecast_recursively(forecaster or Plain(), fitted, samples, rows, scalers, features=labelled, target=target)


# What it is


def test_an_autoregression_follows_its_closed_form():
    phi, constant = 0.7, 0.001
    close = walk()
    rows = np.array([40, 41, 70])

    _, prediction = forecast(
        Panel({"A": bars_of(close)}), [LogReturnFeature()], Weights([phi], constant), {"A": rows}, lookback=1
    )

    last = np.log(close[rows] / close[rows - 1])[:, None]
    k = np.arange(1, HORIZON + 1)
    steps = phi**k * last + constant * (1 - phi**k) / (1 - phi)
    assert_allclose(prediction.point, np.cumsum(steps, axis=1), rtol=0, atol=1e-8)  # windows are single precision


def test_a_linear_map_of_prices_is_iterated_by_hand():
    close = walk()
    rows = np.array([30, 55])
    weights = np.array([0.2, -0.3, 1.05])

    _, prediction = forecast(
        Panel({"A": bars_of(close)}), [Column()], Weights(weights, 1.0), {"A": rows}, target=Price()
    )

    for row, path in zip(rows, prediction.point, strict=True):
        window = [float(np.float32(price)) for price in close[row - 2 : row + 1]]
        for price in path:
            assert price == pytest.approx(float(np.dot(weights, window)) + 1.0, rel=1e-9)
            window = [*window[1:], float(np.float32(price))]


@pytest.mark.parametrize("target", [LogReturn(), SimpleReturnTarget(), Price()], ids=lambda t: t.label)
def test_paths_are_those_of_a_slow_reference_that_grows_one_series_at_a_time(target):
    """Bars made by hand, one origin after another, features of the whole series anew."""
    features = [LogReturnFeature(), RSI(window=3), MACD(fast=2, slow=4, signal=2), EMA(window=5), SMA(window=4)]
    panel = Panel({"A": bars_of(walk(seed=3)), "B": bars_of(walk(80, seed=4), "2020-02-03")})
    rows = {"A": np.array([40, 41, 60]), "B": np.array([33, 70])}
    samples = samples_of(panel, features, target)
    train = {s: np.arange(12, 25) for s in panel}
    scalers = fit_scalers(use("standard"), one_step(samples), train)
    fitted = Weights(constant=0.02)

    windows, prediction = forecast(panel, features, fitted, rows, target=target, forecaster=Scaled(), scalers=scalers)

    for i, (symbol, origin) in enumerate(zip(windows.symbols, windows.origins, strict=True)):
        bars = panel[symbol].loc[:origin]
        last_price, steps = bars["close"].iloc[-1], []
        for _ in range(HORIZON):
            one = samples_of(Panel({symbol: bars}), features, target, horizon=1)
            alone = {symbol: np.array([len(bars) - 1])}
            _, answer = forecast_block(Scaled(), Weights(constant=0.02), one, alone, scalers)
            steps.append(float(answer.point[0, 0]))
            price = float(target.to_price(answer.point, bars["close"].to_numpy()[-1:])[0, 0])
            label = bars.index[-1] + pd.offsets.BDay(1)
            bar = dict.fromkeys(["open", "high", "low", "close"], price) | {"volume": 1.0}
            bars = pd.concat([bars, pd.DataFrame(bar | {"known_at": label + pd.Timedelta(days=1)}, index=[label])])
        assert_array_equal(prediction.point[i], target.from_steps(np.array([steps]), np.array([last_price]))[0])


def test_a_forecaster_is_asked_once_per_step_about_all_origins():
    fitted = Weights()

    forecast(Panel({"A": bars_of(walk())}), [LogReturnFeature()], fitted, {"A": np.arange(30, 50)})

    assert [len(windows) for windows in fitted.seen] == [20] * HORIZON
    assert {windows.horizon for windows in fitted.seen} == {1}


def test_the_history_of_a_window_ends_with_the_forecasts_of_its_own_path():
    close = walk()
    panel = Panel({"A": bars_of(close), "B": bars_of(walk(seed=2))})
    rows = {"A": np.array([30, 33]), "B": np.array([50])}
    samples = samples_of(panel, [LogReturnFeature()])
    fitted = Weights()

    forecast(panel, [LogReturnFeature()], fitted, rows)

    third = fitted.seen[2]
    for i, (symbol, row) in enumerate([("A", 30), ("A", 33), ("B", 50)]):
        made = [fitted.predict(windows)[i] for windows in fitted.seen[:2]]
        known = samples.by_symbol[symbol].realised[: row + 1]
        assert third.symbols[i] == symbol
        assert_array_equal(third.history(i), [*known, *made])
        assert_array_equal(third.subset(np.array([i])).history(0), third.history(i))
        assert_allclose(third.batch(slice(i, i + 1))[0, -2:, 0], made, rtol=1e-6)
    assert third.last_price[1] == pytest.approx(close[33] * np.exp(sum(third.history(1)[-2:])))


@pytest.mark.parametrize("target", [LogReturn(), SimpleReturnTarget(), Price()], ids=lambda t: t.label)
def test_a_horizon_of_one_is_the_same_as_direct(target):
    panel = Panel({"A": bars_of(walk())})
    rows = {"A": np.arange(50, 70)}
    samples = samples_of(panel, [SimpleReturn()], target, horizon=1)
    scalers = fit_scalers(use("standard"), samples, {"A": np.arange(10, 40)})
    fitted = Weights(answer=lambda w: Prediction(w.batch()[:, -1, :1] + 0.1, [0.2], w.batch()[:, -1:, :1]))

    direct = forecast_block(Scaled(), fitted, samples, rows, scalers)[1]
    recursive = forecast(
        panel, [SimpleReturn()], fitted, rows, target=target, forecaster=Scaled(), scalers=scalers, horizon=1
    )[1]

    assert_array_equal(recursive.point, direct.point)
    assert_array_equal(recursive.quantiles, direct.quantiles)


@pytest.mark.parametrize("target", [LogReturn(), SimpleReturnTarget(), Price()], ids=lambda t: t.label)
def test_persistence_is_what_the_target_says(target):
    panel = Panel({"A": bars_of(walk())})

    windows, prediction = forecast(
        panel, [], Weights(answer=lambda w: target.persistence(w)), {"A": np.arange(50, 70)}, target=target
    )

    assert_array_equal(prediction.point, target.persistence(windows))


def test_quantiles_of_single_bars_are_left_out():
    fitted = Weights(answer=lambda w: Prediction(np.zeros((len(w), 1)), [0.5], np.zeros((len(w), 1, 1))))

    _, prediction = forecast(Panel({"A": bars_of(walk())}), [], fitted, {"A": np.arange(50, 60)})

    assert prediction.quantiles is None
    assert prediction.levels is None


# Nothing after an origin matters


@pytest.mark.parametrize("change", ["up", "down", "noise", "gone"])
def test_changing_all_bars_after_an_origin_leaves_its_path_untouched_bit_for_bit(change):
    features = [LogReturnFeature(), RSI(window=4), EMA(window=6), SMA(window=5)]
    bars = bars_of(walk())
    changed = bars.copy()
    n_after = len(bars) - CHANGED_FROM
    noise = np.exp(np.random.default_rng(0).normal(0, 0.5, n_after))
    factor = {"up": 3.0, "down": 0.2, "noise": noise, "gone": 1.0}[change]
    for column in ("open", "high", "low", "close"):
        changed.loc[changed.index[CHANGED_FROM:], column] *= factor
    changed = changed.iloc[:CHANGED_FROM] if change == "gone" else changed
    scalers = fit_scalers(use("standard"), one_step(samples_of(Panel({"A": bars}), features)), {"A": np.arange(9, 30)})
    before = {"A": np.arange(FIRST, CHANGED_FROM)}
    all_rows = before if change == "gone" else {"A": np.arange(FIRST, CHANGED_FROM + 4)}

    _, with_one = forecast(
        Panel({"A": bars}), features, Weights(), before, forecaster=Scaled(), scalers=scalers, horizon=30
    )
    _, with_other = forecast(
        Panel({"A": changed}), features, Weights(), all_rows, forecaster=Scaled(), scalers=scalers, horizon=30
    )

    assert_array_equal(with_other.point[: CHANGED_FROM - FIRST], with_one.point)
    if change != "gone":
        assert np.isfinite(with_other.point).all()


def test_a_forecaster_that_spoils_what_it_is_shown_changes_no_path():
    def spoil(windows):
        answer = windows.batch().mean(axis=(1, 2)) + 0.01
        windows.values[:] = 9
        windows.last_price[:] = 1
        windows.steps[:] = 7
        windows.rows[:] = 0
        for known in windows.realised.values():
            known[:] = 5
        return answer

    panel = Panel({"A": bars_of(walk())})
    rows = {"A": np.arange(30, 40)}
    honest = Weights(answer=lambda w: w.batch().mean(axis=(1, 2)) + 0.01)

    _, expected = forecast(panel, [LogReturnFeature()], honest, rows)
    _, prediction = forecast(panel, [LogReturnFeature()], Weights(answer=spoil), rows)

    assert_array_equal(prediction.point, expected.point)


class Costly(Feature, name="toy_costly"):
    """Counts how often it is asked."""

    inputs: ClassVar[frozenset[str]] = frozenset({"close"})
    asked: ClassVar[list[int]] = []

    def compute(self, bars):
        self.asked.append(len(bars))
        return bars["close"]


def test_features_of_forecast_bars_are_computed_only_for_who_looks_at_them():
    panel = Panel({"A": bars_of(walk())})
    Costly.asked.clear()

    by_subset = Weights(answer=lambda w: np.array([w.subset(np.array([i])).history(0)[-1] for i in range(len(w))]))
    forecast(panel, [Costly()], by_subset, {"A": np.array([50])})
    by_history = list(Costly.asked)
    Costly.asked.clear()
    forecast(panel, [Costly()], Weights(constant=0.1, weights=np.zeros(3)), {"A": np.array([50])})

    assert by_history == [90]  # once for the data
    assert Costly.asked == [90, 52, 53, 54, 55, 56]


def test_rows_that_were_not_looked_at_are_caught_up_with():
    panel = Panel({"A": bars_of(walk())})
    features = [LogReturnFeature(), EMA(window=4)]
    always, late = Weights(), Weights()

    def small(w):
        return w.batch().mean(axis=(1, 2)) / 1e4

    late.answer = lambda w: np.full(len(w), 0.01) if len(late.seen) < 4 else small(w)
    always.answer = lambda w: np.full(len(small(w)), 0.01) if len(always.seen) < 4 else small(w)

    paths = [forecast(panel, features, fitted, {"A": np.array([50, 60])})[1] for fitted in (always, late)]

    assert_array_equal(paths[1].point, paths[0].point)


# Where it cannot go on


def test_a_path_without_a_price_says_where_it_ends():
    with pytest.raises(DataError, match=r"of 'A' from 2020-.* ends at step 1: a forecast of 1e\+06 gives no price"):
        forecast(
            Panel({"A": bars_of(walk())}), [], Weights(answer=lambda w: np.full(len(w), 1e6)), {"A": np.array([50])}
        )


def test_a_feature_that_is_undefined_on_a_path_is_named():
    class Picky(Feature, name="toy_picky"):
        inputs: ClassVar[frozenset[str]] = frozenset({"close"})

        def compute(self, bars):
            return bars["close"].where(bars["close"] < 1000)

    fitted = Weights(answer=lambda w: w.batch()[:, 0, 0] * 0 + 1.5)
    with pytest.raises(DataError, match="ends at step 2: the feature 'toy_picky' is undefined at a forecast close of"):
        forecast(Panel({"A": bars_of(walk())}), [Picky()], fitted, {"A": np.array([50])})


def test_a_close_that_only_the_forecasts_went_to_is_said_to_be_theirs():
    fitted = Weights(answer=lambda w: w.batch()[:, 0, 0] * 0 - 3.5)
    said = (
        r"of 'A' from 2020-.* ends at step 1: the forecaster's own forecasts went to a close of -3\.5 there, which is "
        r"not in the data, and the feature 'log_return' refuses it .*`multi_step = \"direct\"`.*`log_return`.*`column`"
    )
    with pytest.raises(DataError, match=said):
        forecast(Panel({"A": bars_of(walk())}), [LogReturnFeature()], fitted, {"A": np.array([50])}, target=Price())


def test_a_feature_that_reads_more_than_it_declares_is_named():
    class Liar(Feature, name="toy_liar"):
        inputs: ClassVar[frozenset[str]] = frozenset({"close"})

        def compute(self, bars):
            return bars["high"]

    with pytest.raises(PluginError, match=r"'toy_liar'.* failed in compute .*KeyError: 'high'"):
        forecast(Panel({"A": bars_of(walk())}), [Liar()], Weights(), {"A": np.array([50])})


@pytest.mark.parametrize(
    ("on_a_path", "why"),
    [
        (lambda close: close.iloc[:90], "did not return a row for each of the 92 bars"),
        (lambda close: close.to_frame().assign(more=1.0), "gave 1 columns for the bars of the data, but 2"),
        (lambda close: 3.0, "did not return a row for each of the 92 bars"),
        (lambda close: close.astype(str) + "x", "could not convert string to float"),
    ],
    ids=["rows", "columns", "a number", "texts"],
)
def test_an_answer_that_does_not_fit_the_path_is_refused(on_a_path, why):
    class Odd(Feature, name="toy_odd"):
        inputs: ClassVar[frozenset[str]] = frozenset({"close"})

        def compute(self, bars):
            return bars["close"] if len(bars) == 91 else on_a_path(bars["close"])

    with pytest.raises(PluginError, match=why):
        forecast(Panel({"A": bars_of(walk(91))}), [Odd()], Weights(), {"A": np.array([90])})


# What is refused


class Ranked(PanelFeature, name="toy_ranked"):
    inputs: ClassVar[frozenset[str]] = frozenset({"close"})

    def compute(self, panel):
        return {symbol: panel[symbol]["close"] for symbol in panel}


class Silent(Feature, name="toy_silent"):
    def compute(self, bars):
        return bars["close"]


class NoPrice(Target, name="toy_no_price"):
    def compute(self, bars, horizon):
        raise NotImplementedError

    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows):
        raise NotImplementedError


class NoSteps(NoPrice, name="toy_no_steps"):
    def to_price(self, forecast, last_price):
        return forecast


@pytest.mark.parametrize(
    ("feature", "read"),
    [
        (ATR(), r"the feature 'atr' reads `high`, `low`\. Leave it out"),
        (Column(column="volume"), r"the feature 'column\(column=volume\)' reads `volume`"),
        (Ranked(), "the feature 'toy_ranked' reads the bars of all symbols together"),
        (Silent(), r"the feature 'toy_silent' reads any column for all it says \(it does not declare its `inputs`\)"),
        (Weekday(calendar="XNYS"), "the feature 'weekday.*' reads the date of each bar"),
    ],
    ids=["others", "a column", "panel", "undeclared", "calendar"],
)
def test_a_feature_that_reads_more_than_closes_is_refused(feature, read):
    with pytest.raises(ExperimentError, match=read):
        check_recursive(LogReturn(), [("sma", SMA()), (feature.label, feature)], [], 3)


@pytest.mark.parametrize(
    "feature", [Column(), LogReturnFeature(), SimpleReturn(), SMA(), EMA(), RSI(), MACD()], ids=lambda f: f.label
)
def test_features_of_closes_are_accepted(feature):
    check_recursive(Price(), [(feature.label, feature)], [], 3)


def test_a_target_without_a_price_and_other_series_are_refused():
    with pytest.raises(ExperimentError, match=r"the target 'toy_no_price' says nothing of price\. Ask for `multi_step"):
        check_recursive(NoPrice(), [], [], 3)
    with pytest.raises(DataError, match="'toy_no_steps' does not say how forecasts of single bars add up"):
        check_recursive(NoSteps(), [], [], 3)
    with pytest.raises(ExperimentError, match="the context 'vix' is another series"):
        check_recursive(Price(), [], ["vix"], 3)


def test_an_experiment_is_refused_before_any_bar_is_fetched():
    asked = Experiment(source="sample", symbols="GOOG", features=["atr"], horizon=3, forecasters=["mean"])
    registry = Registry()

    resolve(asked, registry)
    with pytest.raises(ExperimentError, match="the feature 'atr' reads `high`, `low`"):
        resolve(asked.replace(multi_step="recursive"), registry)


# Labels of bars to come


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (
            pd.bdate_range("2020-01-01", periods=9),
            ["2020-01-14", "2020-01-15", "2020-01-16", "2020-01-17", "2020-01-20"],
        ),
        (
            pd.date_range("2020-01-01", periods=9),
            ["2020-01-10", "2020-01-11", "2020-01-12", "2020-01-13", "2020-01-14"],
        ),
        (pd.date_range("2020-01-03", periods=9, freq="7D"), ["2020-03-06", "2020-03-13", "2020-03-20"]),
        (pd.date_range("2020-01-03 14:30", periods=9, freq="h"), ["2020-01-03 23:30", "2020-01-04 00:30"]),
        (pd.DatetimeIndex(["2020-01-03"]), ["2020-01-10"]),
    ],
    ids=["business days", "all days", "weeks", "hours", "a single bar"],
)
def test_bars_to_come_are_labelled_as_those_before_them(labels, expected):
    found = labels_ahead(labels.to_numpy(), len(expected))

    assert_array_equal(found, pd.DatetimeIndex(expected).to_numpy())
    assert found.dtype == labels.to_numpy().dtype
