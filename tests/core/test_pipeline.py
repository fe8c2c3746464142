"""The path of every forecaster's numbers: scaled on training rows alone, forecast, brought back, laid out."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import (
    DataError,
    Feature,
    FitContext,
    FittedForecaster,
    Forecaster,
    Holdout,
    Panel,
    PluginError,
    Prediction,
    WalkForward,
    use,
)
from workbench.evaluation.folds import FoldRows, fold_rows, split_folds
from workbench.evaluation.pipeline import (
    expected_return,
    fit_scalers,
    forecast_block,
    forecast_frame,
    make_job,
    usable_rows,
)
from workbench.evaluation.samples import build_samples
from workbench_baselines import Drift, Mean, Persistence
from workbench_features import MACD, RSI, SMA, Column
from workbench_features import LogReturn as LogReturnFeature
from workbench_targets import LogReturn, Price, SimpleReturn

FEATURES = [Column(), LogReturnFeature(), RSI(window=3), SMA(window=4), MACD(fast=2, slow=3, signal=2)]


class Linear(Forecaster, name="toy_linear"):
    """Ridge regression on the window, so that every value it sees moves its forecast."""

    scaled: ClassVar[bool] = True

    def fit(self, train, validation, context):
        x = _flat(train)
        weights = np.linalg.solve(x.T @ x + 0.1 * np.eye(x.shape[1]), x.T @ train.targets)
        return FittedLinear(weights)


class FittedLinear(FittedForecaster):
    def __init__(self, weights):
        self.weights = weights

    def predict(self, windows):
        point = (_flat(windows)[:, :, None] * self.weights).sum(axis=1)
        return Prediction(point, np.array([0.1, 0.9]), np.stack([point - 1, point + 1], axis=2))


def _flat(windows):
    return np.column_stack([windows.batch().reshape(len(windows), -1).astype(float), np.ones(len(windows))])


class Fixed(FittedForecaster):
    """Answers the same whatever it is asked."""

    def __init__(self, answer):
        self.answer = answer

    def predict(self, windows):
        return self.answer(windows) if callable(self.answer) else self.answer


def context_for(target, samples):
    return FitContext(1, target, samples.horizon, samples.feature_names, tuple(samples.by_symbol))


def samples_of(panel, target=None, lookback=3, horizon=2, features=FEATURES):
    labelled = [(f.label, f) for f in features]
    return build_samples(panel, labelled, target or LogReturn(), lookback=lookback, horizon=horizon)


def rows_of(samples, folds, validation=0.0):
    times = np.unique(np.concatenate(list(samples.known_at.values())))
    return [
        (f, usable_rows(samples, fold_rows(f, samples.known_at, times, samples.horizon, validation), f.number))
        for f in split_folds(folds, times, samples.horizon)
    ]


def forecasts_of(panel, folds, target, forecasters, *, scaler, validation=0.0, **sizes):
    """Everything a run computes before scoring: samples, scalers by fit, and the frame of all forecasts."""
    samples = samples_of(panel, target, **sizes)
    cut = rows_of(samples, folds, validation)
    fits = {fold.number: rows for fold, rows in cut if fold.fitted_in == fold.number}
    scalers = {number: fit_scalers(scaler, samples, rows.train) for number, rows in fits.items()}
    context = context_for(target, samples)
    frames = []
    for fold, rows in cut:
        fit_rows, fit_scale = fits[fold.fitted_in], scalers[fold.fitted_in]
        for forecaster in forecasters:
            job = make_job("key", forecaster, samples, fit_rows, fit_scale, tuple(panel), context)
            fitted = job.forecaster.fit(job.train, job.validation, job.context)
            windows, prediction = forecast_block(forecaster, fitted, samples, rows.test, fit_scale)
            frame = forecast_frame(windows, prediction, samples, target, fit_scale)
            frames.append(frame.assign(model=type(forecaster).name, fold=fold.number))
    return samples, cut, scalers, pd.concat(frames, ignore_index=True)


# Nothing after an origin matters


def with_another_future(panel, moment, how, seed):
    """The panel with every price and volume after `moment` changed."""
    rng = np.random.default_rng(seed)
    frames = {}
    for symbol, bars in panel.frames.items():
        later = bars["known_at"].to_numpy() > moment
        factor = {"up": 3.0, "down": 0.2, "noise": np.exp(rng.normal(0, 0.3, later.sum()))}[how]
        changed = bars.copy()
        for column in ("open", "high", "low", "close", "volume"):
            changed.loc[later, column] = changed.loc[later, column].to_numpy() * factor
        frames[symbol] = changed
    return Panel(frames, panel.interval)


def _same(before, after):
    np.testing.assert_array_equal(after, before)


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    target=st.sampled_from([LogReturn(), SimpleReturn(), Price()]),
    folds=st.builds(
        WalkForward,
        st.integers(25, 40),
        st.integers(5, 20),
        st.booleans(),
        refit=st.booleans() | st.just(2),
        embargo=st.integers(0, 3),
    )
    | st.builds(Holdout, st.floats(0.2, 0.5)),
    scaler=st.sampled_from([use("standard"), use("robust"), use("minmax"), use("none")]),
    validation=st.sampled_from([0.0, 0.2]),
    horizon=st.integers(1, 4),
    lookback=st.integers(1, 5),
    how=st.sampled_from(["up", "down", "noise"]),
)
def test_changing_any_bar_after_an_origin_changes_nothing_at_or_before_it(
    toy_panel, data, target, folds, scaler, validation, horizon, lookback, how
):
    panel = toy_panel(70, ("AAA", "BBB"))
    forecasters = [Persistence(), Mean(), Drift(), Linear()]
    asked = dict(scaler=scaler, validation=validation, horizon=horizon, lookback=lookback)
    samples, cut, scalers, forecasts = forecasts_of(panel, folds, target, forecasters, **asked)
    known_by = {s: dict(zip(panel[s].index, panel[s]["known_at"], strict=True)) for s in panel}
    made_at = np.array([known_by[s][o] for s, o in zip(forecasts["symbol"], forecasts["origin"], strict=True)])
    moment = np.datetime64(data.draw(st.sampled_from(sorted(set(made_at))), label="origin"))

    other = with_another_future(panel, moment, how, seed=horizon)
    new_samples, new_cut, new_scalers, new_forecasts = forecasts_of(other, folds, target, forecasters, **asked)

    for symbol, part in samples.by_symbol.items():
        new, seen = new_samples.by_symbol[symbol], part.known_at <= moment
        _same(part.values[seen], new.values[seen])
        _same(part.realised[seen], new.realised[seen])
        complete = np.flatnonzero(seen)[: max(seen.sum() - horizon, 0)]
        _same(part.y[complete], new.y[complete])
    for (fold, rows), (_, new_rows) in zip(cut, new_cut, strict=True):
        if fold.fitted_in == fold.number and fold.served_from <= moment:
            for symbol in scalers[fold.number].x:
                _same(rows.train[symbol], new_rows.train[symbol])
                for part in ("x", "y"):
                    before, after = (vars(getattr(s[fold.number], part)[symbol]) for s in (scalers, new_scalers))
                    for name in ("center", "scale"):
                        _same(before[name], after[name])
    made = made_at <= moment
    assert made.any()
    kept = ["model", "fold", "symbol", "origin", "step", "last_price", "forecast", "price", "expected_return"]
    pd.testing.assert_frame_equal(forecasts.loc[made, kept], new_forecasts.loc[made, kept], check_exact=True)


# Scaling


def test_scalers_see_the_training_windows_and_targets_and_nothing_else(toy_panel):
    samples = samples_of(toy_panel(60, ("AAA", "BBB")), lookback=4)
    train = {"AAA": np.arange(10, 30), "BBB": np.arange(12, 20)}

    scalers = fit_scalers(use("standard"), samples, train)

    for symbol, (first, last) in {"AAA": (7, 30), "BBB": (9, 20)}.items():
        part = samples.by_symbol[symbol]
        np.testing.assert_allclose(scalers.x[symbol].center, part.values[first:last].astype(float).mean(axis=0))
        np.testing.assert_allclose(scalers.y[symbol].scale, part.y[train[symbol]].std(axis=0))


def test_symbols_are_scaled_apart_and_forecasts_come_back_in_target_units(toy_panel):
    panel = toy_panel(60, ("AAA", "BBB"))
    dear = panel["BBB"].assign(close=1000 * panel["BBB"]["close"])
    samples = samples_of(Panel({"AAA": panel["AAA"], "BBB": dear}), Price())
    ((_, rows),) = rows_of(samples, Holdout(0.3))
    scalers = fit_scalers(use("standard"), samples, rows.train)
    job = make_job("key", Linear(), samples, rows, scalers, ("AAA", "BBB"), context_for(Price(), samples))

    for symbol in ("AAA", "BBB"):
        mine = job.train.targets[job.train.symbols == symbol]
        np.testing.assert_allclose(mine.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(mine.std(axis=0), 1)
    _, prediction = forecast_block(Linear(), Fixed(lambda w: np.zeros((len(w), 2))), samples, rows.test, scalers)
    for symbol in ("AAA", "BBB"):
        n_before = 0 if symbol == "AAA" else len(rows.test["AAA"])
        mean = samples.by_symbol[symbol].y[rows.train[symbol]].mean(axis=0)
        np.testing.assert_allclose(prediction.point[n_before], mean)


def test_only_forecasters_that_ask_for_it_are_scaled(toy_panel):
    samples = samples_of(toy_panel(60))
    ((_, rows),) = rows_of(samples, Holdout(0.3), validation=0.2)
    scalers = fit_scalers(use("standard"), samples, rows.train)

    context = context_for(LogReturn(), samples)
    plain, scaled = (make_job("key", f, samples, rows, scalers, ("AAA",), context) for f in (Mean(), Linear()))

    np.testing.assert_array_equal(plain.train.y, samples.by_symbol["AAA"].y[rows.train["AAA"]])
    assert np.abs(scaled.train.y).mean() > 10 * np.abs(plain.train.y).mean()
    np.testing.assert_allclose(scaled.train.y, scalers.y["AAA"].transform(plain.train.y))
    np.testing.assert_allclose(scaled.validation.y, scalers.y["AAA"].transform(plain.validation.y))
    np.testing.assert_allclose(
        scaled.train.batch(), scalers.x["AAA"].transform(plain.train.batch().astype(float)), rtol=1e-5, atol=1e-5
    )


def test_scaled_space_is_target_space_through_the_scaler_of_the_fold(toy_panel):
    *_, scalers, frame = forecasts_of(
        toy_panel(60, ("AAA", "BBB")), Holdout(0.3), LogReturn(), [Linear(), Persistence()], scaler=use("standard")
    )

    for symbol in ("AAA", "BBB"):
        for step in (1, 2):
            mine = frame[(frame["symbol"] == symbol) & (frame["step"] == step)]
            scaler = scalers[0].y[symbol]
            center, scale = scaler.center[step - 1], scaler.scale[step - 1]
            np.testing.assert_allclose(mine["forecast_scaled"], (mine["forecast"] - center) / scale)
            np.testing.assert_allclose(mine["actual_scaled"], (mine["actual"] - center) / scale)


# Which rows


def test_symbols_that_cannot_be_trained_on_are_neither_tested_nor_validated(toy_bars):
    late = toy_bars(40, seed=5).iloc[28:]  # its only training origins fall into the validation block
    samples = samples_of(Panel({"AAA": toy_bars(40), "LATE": late}), lookback=1, horizon=1, features=[Column()])

    ((_, rows),) = rows_of(samples, Holdout(0.15), validation=0.3)

    assert {s: len(r) for s, r in rows.train.items()} == {"AAA": len(rows.train["AAA"]), "LATE": 0}
    assert len(rows.validation["LATE"]) == len(rows.test["LATE"]) == 0
    assert len(rows.validation["AAA"]) and len(rows.test["AAA"])
    scalers = fit_scalers(use("standard"), samples, rows.train)
    job = make_job("key", Linear(), samples, rows, scalers, ("AAA", "LATE"), context_for(LogReturn(), samples))
    assert set(job.validation.symbols) == {"AAA"}


def test_rows_whose_window_is_undefined_are_left_out_for_all_models_alike(toy_panel):
    samples = samples_of(toy_panel(40), lookback=5, horizon=2)  # the slowest feature is defined from row 3 on
    rows = FoldRows({"AAA": np.arange(20)}, {"AAA": np.arange(20, 25)}, {"AAA": np.arange(25, 40)})

    usable = usable_rows(samples, rows, 0)

    assert usable.train["AAA"][0] >= 7
    assert usable.validation["AAA"].tolist() == list(range(20, 25))
    assert usable.test["AAA"].tolist() == list(range(25, 38))


@pytest.mark.parametrize(
    ("train", "test", "what"), [(range(2), range(20, 30), "train on"), (range(20), range(2), "test on")]
)
def test_nothing_to_train_or_test_on_is_explained(toy_panel, train, test, what):
    rows = FoldRows({"AAA": np.array(train)}, {"AAA": np.array([], dtype=int)}, {"AAA": np.array(test)})

    with pytest.raises(DataError, match=rf"fold 3 has no origin to {what}: `lookback` is 3 and `horizon` 2.*40 bars"):
        usable_rows(samples_of(toy_panel(40)), rows, 3)


def test_a_feature_with_gaps_is_named_where_nothing_is_left_to_train_on(toy_panel):
    class Gappy(Feature, name="gappy"):
        def compute(self, bars):
            return bars["close"].where(np.arange(len(bars)) % 2 == 0)

    rows = FoldRows({"AAA": np.arange(30)}, {"AAA": np.arange(0)}, {"AAA": np.arange(30, 35)})

    with pytest.raises(DataError, match=r"feature 'gappy' is undefined \(NaN\) in 20 of the 40 rows of 'AAA'"):
        usable_rows(samples_of(toy_panel(40), features=[Gappy()]), rows, 3)


# Forecasting


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda w: 1 / 0, r"failed in predict.*: ZeroDivisionError"),
        (lambda w: np.zeros((len(w), 3)), r"returned no forecast from predict: expected a forecast of shape \(5, 2\)"),
        (lambda w: np.full((len(w), 2), np.nan), "returned 5 of 5 forecasts that are not finite"),
        (lambda w: w.targets, r"failed in predict.*: ValueError: these windows are for prediction"),
        (
            lambda w: Prediction(np.zeros((len(w), 2)), np.array([0.5]), np.full((len(w), 2, 1), np.inf)),
            "returned quantiles that are not finite",
        ),
    ],
)
@pytest.mark.parametrize("forecaster", [Linear(), Mean()])
def test_a_forecaster_that_breaks_its_contract_is_named(toy_panel, forecaster, answer, sentence):
    samples = samples_of(toy_panel(40))
    scalers = fit_scalers(use("standard"), samples, {"AAA": np.arange(10, 20)})

    with pytest.raises(PluginError, match=rf"forecaster '{forecaster.name}' \(.*\) {sentence}"):
        forecast_block(forecaster, Fixed(answer), samples, {"AAA": np.arange(25, 30)}, scalers)


def test_windows_for_prediction_hold_no_target_and_no_row_after_the_last_origin(toy_panel):
    seen = []

    def look(windows):
        seen.append(windows)
        return np.zeros((len(windows), 2))

    samples = samples_of(toy_panel(40))
    forecast_block(Mean(), Fixed(look), samples, {"AAA": np.arange(25, 30)}, fit_scalers(use("none"), samples, {}))

    (windows,) = seen
    assert windows.y is None
    assert len(windows.values) == len(windows.realised["AAA"]) == 30


def test_quantiles_come_back_in_target_units(toy_panel):
    samples = samples_of(toy_panel(40))
    scalers = fit_scalers(use("standard"), samples, {"AAA": np.arange(10, 20)})
    scaled = Prediction(np.zeros((1, 2)), np.array([0.25, 0.75]), np.array([[[-1.0, 1.0], [-2.0, 2.0]]]))

    _, prediction = forecast_block(Linear(), Fixed(scaled), samples, {"AAA": np.array([25])}, scalers)

    center, scale = scalers.y["AAA"].center, scalers.y["AAA"].scale
    expected = center[:, None] + scale[:, None] * np.array([[-1, 1], [-2, 2]])
    np.testing.assert_allclose(prediction.quantiles[0], expected)
    np.testing.assert_allclose(prediction.point[0], center)


# The forecast frame


def test_the_forecast_frame_lays_out_one_row_per_origin_and_step(toy_panel):
    panel = toy_panel(40, ("AAA", "BBB"))
    samples = samples_of(panel, SimpleReturn())
    test = {"AAA": np.array([25, 26]), "BBB": np.array([30])}
    scalers = fit_scalers(use("standard"), samples, {s: np.arange(10, 20) for s in panel})
    levels = np.array([0.1, 0.9])
    point = np.arange(6.0).reshape(3, 2) / 100
    answer = Prediction(point, levels, np.stack([point - 0.01, point + 0.01], axis=2))

    windows, prediction = forecast_block(Mean(), Fixed(answer), samples, test, scalers)
    frame = forecast_frame(windows, prediction, samples, SimpleReturn(), scalers)

    assert frame["symbol"].tolist() == ["AAA"] * 4 + ["BBB"] * 2
    assert frame["step"].tolist() == [1, 2] * 3
    for i, (symbol, row) in enumerate([("AAA", 25), ("AAA", 26), ("BBB", 30)]):
        bars = panel[symbol]
        for step in (1, 2):
            line = frame.iloc[2 * i + step - 1]
            last, actual = bars["close"].iloc[row], bars["close"].iloc[row + step]
            assert (line["origin"], line["target_time"]) == (bars.index[row], bars.index[row + step])
            assert (line["last_price"], line["actual_price"]) == (last, actual)
            assert line["forecast"] == line["expected_return"].round(12) == point[i, step - 1]
            assert line["actual"] == pytest.approx(actual / last - 1)
            assert line["price"] == pytest.approx(last * (1 + point[i, step - 1]))
            np.testing.assert_array_equal(line["levels"], levels)
            np.testing.assert_allclose(line["quantiles"], point[i, step - 1] + np.array([-0.01, 0.01]))


def test_a_target_without_a_price_leaves_price_and_expected_return_empty(toy_panel):
    class Silent(LogReturn, name="toy_silent"):
        def to_price(self, forecast, last_price):
            return None

    *_, frame = forecasts_of(toy_panel(60), Holdout(0.3), Silent(), [Persistence()], scaler=use("none"))

    assert frame[["price", "expected_return"]].isna().all(axis=None)


def test_a_target_that_returns_prices_of_another_shape_is_named(toy_panel):
    class Odd(LogReturn, name="toy_odd"):
        def to_price(self, forecast, last_price):
            return last_price

    with pytest.raises(PluginError, match=r"target 'toy_odd' .*returned prices of shape \(17,\), expected \(17, 2\)"):
        forecasts_of(toy_panel(60), Holdout(0.3), Odd(), [Persistence()], scaler=use("none"))


def test_expected_return_is_undefined_unless_the_last_price_is_positive():
    found = expected_return(np.array([110.0, 90.0, 5.0, -5.0]), np.array([100.0, 100.0, 0.0, -37.0]))

    np.testing.assert_allclose(found, [0.1, -0.1, np.nan, np.nan])
