"""Each check of forecasters, with a small plugin that breaks it and some that are easily accused wrongly."""

from __future__ import annotations

import gc
import gzip
import io
import json
import pickle
import random
import threading
from typing import ClassVar

import numpy as np
import pytest
from pydantic import PrivateAttr

from workbench import DataError, FitFailure, FittedForecaster, Forecaster, NotSaveable, Panel, Prediction
from workbench.testing import CHECKS, check_plugin
from workbench.testing.saved_files import holds_pickle


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    """Run one check, which has to fail."""
    result = results(plugin, [check])[check]
    assert not result.passed
    return result


def last_values(windows):
    return windows.values[windows.ends, 0].astype(np.float64)  # (n,)


class Fitted(FittedForecaster):
    """Does what it is told, with the training windows' mean target at hand."""

    def __init__(self, how, train, context=None):
        self.how, self.mean, self.context = how, train.targets.mean(axis=0), context

    def predict(self, windows):
        return self.how(self, windows)


def repeated(numbers, windows):
    return np.repeat(np.asarray(numbers, dtype=np.float64)[:, None], windows.horizon, axis=1)


class Quick(Forecaster):
    """Base of toys: forecasts something about the windows."""

    def fit(self, train, validation, context):
        return Fitted(type(self).forecast, train)

    @staticmethod
    def forecast(fitted, windows):
        return fitted.mean + 0.1 * repeated(last_values(windows), windows)


# What conforms


class FittedRidge(FittedForecaster):
    def __init__(self, weights):
        self.weights = weights

    def predict(self, windows):
        return _design(windows) @ self.weights

    def save(self, folder):
        np.savez(folder / "weights.npz", weights=self.weights)
        (folder / "about.json").write_text(json.dumps({"kind": "ridge"}), encoding="utf-8")

    @classmethod
    def load(cls, folder):
        with np.load(folder / "weights.npz") as saved:
            return cls(saved["weights"])


def _design(windows):
    x = windows.batch().reshape(len(windows), -1).astype(np.float64)
    return np.column_stack([np.ones(len(windows)), x])


class Ridge(Forecaster, name="ridge"):
    """A linear map from the window to the horizon, pulled toward zero."""

    scaled: ClassVar[bool] = True
    uses_seed: ClassVar[bool] = False

    def fit(self, train, validation, context):
        x = _design(train)
        weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ train.targets)
        if validation is not None:
            forecast = _design(validation) @ weights
            context.report(1, float(np.mean((x @ weights - train.targets) ** 2)), 1.0, forecast)
        return FittedRidge(weights)


def test_an_honest_forecaster_passes_every_check():
    found = results(Ridge())

    assert set(found) == {check.name for check in CHECKS["forecaster"]}
    assert [r for r in found.values() if not r.passed] == []
    assert {r.kind for r in found.values()} == {"forecaster"}


class Smoothed(Quick, name="smoothed"):
    """Exponential smoothing of each origin's whole history."""

    @staticmethod
    def forecast(fitted, windows):
        return repeated([_smooth(windows.history(i)) for i in range(len(windows))], windows)


def _smooth(history):
    level = 0.0
    for change in history[np.isfinite(history)]:
        level += 0.1 * (change - level)
    return level


class Rounded(Quick, name="rounded"):
    """Rounds a little differently in blocks of another size, as networks in single precision do."""

    @staticmethod
    def forecast(fitted, windows):
        honest = Quick.forecast(fitted, windows)
        return honest + 1e-6 * 0.0015 * np.sin(len(windows) + np.arange(len(windows)))[:, None]


class Collapsed(Quick, name="collapsed"):
    """Has learnt nothing but its mean, and rounds in units of its targets."""

    @staticmethod
    def forecast(fitted, windows):
        return np.full((len(windows), windows.horizon), 0.002) + 1e-10 * np.sin(len(windows))


@pytest.mark.slow
@pytest.mark.parametrize("cls", [Smoothed, Rounded, Collapsed])
def test_honest_forecasters_are_not_accused(cls):
    result = results(cls(), ["no_look_ahead"])["no_look_ahead"]

    assert result.passed, result.reason


# What looks ahead


def next_values(windows):
    rows = np.minimum(windows.ends + 1, len(windows.values) - 1)
    return windows.values[rows, 0].astype(np.float64)


class Ahead(Quick, name="ahead"):
    """Sees the future, in one of several ways."""

    how: str = "next row"

    def fit(self, train, validation, context):
        return Fitted(WAYS[self.how], train)


def block_mean(fitted, windows):
    return repeated(last_values(windows), windows) - last_values(windows).mean()


WAYS = {
    "next row": lambda fitted, windows: repeated(next_values(windows), windows),
    "mean of the block": block_mean,
    "a ten-thousandth of the spread": lambda fitted, windows: repeated(
        last_values(windows) + 2e-4 * next_values(windows), windows
    ),
    "nothing but a tiny sign": lambda fitted, windows: repeated(1e-9 * np.sign(next_values(windows)), windows),
    "in long blocks only": lambda fitted, windows: (
        block_mean(fitted, windows) if len(windows) > 300 else repeated(last_values(windows), windows)
    ),
    "realised beyond the origin": lambda fitted, windows: repeated(
        [
            np.nan_to_num(windows.realised[str(s)][windows.ends[i] - windows.first_rows[str(s)] :][:2].sum())
            for i, s in enumerate(windows.symbols)
        ],
        windows,
    ),
}


@pytest.mark.parametrize("how", list(WAYS))
def test_a_look_ahead_is_named_with_its_column_and_first_row(how):
    result = failure(Ahead(how=how), "no_look_ahead")

    assert "depends on what came later" in result.reason
    assert result.column.startswith("point step")
    assert isinstance(result.first_row, int)


def test_only_what_leaks_is_named():
    class Second(Quick, name="second"):
        """Looks ahead in the second step alone."""

        @staticmethod
        def forecast(fitted, windows):
            point = repeated(last_values(windows), windows)
            point[:, 1:2] += next_values(windows)[:, None]
            return point

    result = failure(Second(), "no_look_ahead")

    assert (result.column, result.first_row) == ("point step 2", 0)
    assert "bars known after 20" in result.reason


def test_a_leak_in_the_quantiles_is_found():
    class Wide(Quick, name="wide"):
        """As wide as the block moves."""

        @staticmethod
        def forecast(fitted, windows):
            point = repeated(last_values(windows), windows)
            width = windows.last_price.max() / windows.last_price.min()
            return Prediction(point, [0.1, 0.9], np.stack([point - 0.01 * width, point + 0.01 * width], axis=2))

    assert failure(Wide(), "no_look_ahead").column == "quantile 0.1 step 1"


def test_symbols_are_cut_by_time_and_not_by_row():
    class Crowd(Quick, name="crowd"):
        """Follows the newest origin of any symbol that has as many origins before it, which may be tomorrow's."""

        @staticmethod
        def forecast(fitted, windows):
            if len(set(windows.symbols)) == 1:
                return repeated(last_values(windows), windows)
            place = windows.ends - np.array([windows.first_rows[s] for s in windows.symbols])
            values = last_values(windows)
            return repeated([values[place == p].sum() for p in place], windows)

    assert "depends on what came later" in failure(Crowd(), "no_look_ahead").reason


class Latest(Quick, name="latest"):
    """Keeps the latest fold it was ever fitted on."""

    seen: ClassVar[list] = []

    def fit(self, train, validation, context):
        self.seen.append((train.origins.max(), train.targets.mean(axis=0)))
        fitted = Fitted(lambda fitted, windows: np.tile(fitted.mean, (len(windows), 1)), train)
        fitted.mean = max(self.seen, key=lambda kept: kept[0])[1]
        return fitted


@pytest.mark.slow
def test_what_a_class_remembers_of_later_folds_is_unmasked():
    Latest.seen.clear()

    result = failure(Latest(), "no_look_ahead")

    assert "a later fold had been fitted before" in result.reason
    assert "`Latest.seen`" in failure(Latest(), "shares_nothing").reason


class Together(Ridge, name="together"):
    """Fits all jobs at once, on the latest of them."""

    @classmethod
    def fit_many(cls, tasks, executor):
        jobs = list(tasks)
        latest = max(jobs, key=lambda job: job.train.origins.max())
        shared = latest.forecaster.fit(latest.train, latest.validation, latest.context)
        for job in jobs:
            yield job.key, shared


class Properly(Ridge, name="properly"):
    """Fits all jobs at once, each on its own windows, the last one first."""

    @classmethod
    def fit_many(cls, tasks, executor):
        for job in reversed(list(tasks)):
            yield job.key, job.forecaster.fit(job.train, job.validation, job.context)


@pytest.mark.slow
def test_folds_fitted_together_must_not_teach_each_other():
    assert "together with other folds by `fit_many`" in failure(Together(), "no_look_ahead").reason
    assert results(Properly(), ["no_look_ahead"])["no_look_ahead"].passed


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (lambda jobs: [(job.key, FitFailure("no memory left")) for job in jobs], "no memory left"),
        (lambda jobs: [(job.key, None) for job in jobs[:1]], "gave nothing for"),
    ],
)
def test_fits_that_fail_together_are_reported(answers, reason):
    class Failing(Ridge, name="failing"):
        """Fails when fitted together."""

        @classmethod
        def fit_many(cls, tasks, executor):
            yield from answers(list(tasks))

    assert reason in failure(Failing(), "no_look_ahead").reason


class Thief(Quick, name="thief"):
    """Asks the garbage collector for a panel that reaches further than its windows."""

    @staticmethod
    def forecast(fitted, windows):
        panels = [thing for thing in gc.get_objects() if type(thing) is Panel]
        last = max((p.frames[s].index[-1] for p in panels for s in p.frames), default=windows.origins[-1])
        return np.full((len(windows), windows.horizon), float(last.value % 1_000_003))


@pytest.mark.slow
def test_what_lies_in_memory_is_not_there_in_a_fresh_process():
    assert "depends on what came later" in failure(Thief(), "no_look_ahead").reason


def test_one_that_forecasts_by_chance_has_not_been_checked():
    class Chance(Quick, name="chance"):
        """Another forecast each time."""

        @staticmethod
        def forecast(fitted, windows):
            return np.random.default_rng().normal(size=(len(windows), windows.horizon))

    assert "it cannot be checked" in failure(Chance(), "no_look_ahead").reason


def test_windows_of_several_symbols_may_be_refused():
    class Alone(Quick, name="alone"):
        """Takes one symbol."""

        def fit(self, train, validation, context):
            if len(set(train.symbols)) > 1:
                raise DataError("one symbol at a time.")
            return super().fit(train, validation, context)

    found = results(Alone(), ["prediction_has_its_shape", "origins_stand_alone"])

    assert [r for r in found.values() if not r.passed] == []
    assert found["prediction_has_its_shape"].reason == "it refuses windows of several symbols"


# What else may be wrong


def crossing(windows):
    point = repeated(last_values(windows), windows)
    return Prediction(point, [0.1, 0.9], np.stack([point + 0.01, point - 0.01], axis=2))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda windows: last_values(windows)[:-1], "expected a forecast of shape"),
        (lambda windows: repeated(last_values(windows), windows).T, "expected a forecast of shape"),
        (lambda windows: np.full((len(windows), windows.horizon), np.nan), "not finite"),
        (lambda windows: windows.values.mean() * np.ones((len(windows), windows.horizon)), "not finite"),
        (lambda windows: None, "returned no forecast"),
        (lambda windows: {}[1], "KeyError"),
        (crossing, "below quantile 0.1"),
    ],
)
def test_a_forecast_must_have_its_shape(answer, reason):
    class Wrong(Quick, name="wrong"):
        """Answers wrongly."""

        @staticmethod
        def forecast(fitted, windows):
            return answer(windows)

    assert reason in failure(Wrong(), "prediction_has_its_shape").reason


def test_fit_must_return_something_that_predicts():
    class Nothing(Quick, name="nothing"):
        """Returns nothing."""

        def fit(self, train, validation, context):
            return None

    assert "returned NoneType from fit" in failure(Nothing(), "prediction_has_its_shape").reason


def test_origins_that_depend_on_each_other_are_seen():
    class Ranked(Quick, name="ranked"):
        """The place among the block's windows."""

        @staticmethod
        def forecast(fitted, windows):
            return repeated(last_values(windows).argsort().argsort() / len(windows), windows)

    result = failure(Ranked(), "origins_stand_alone")

    assert "may not depend on the other origins" in result.reason
    assert result.column == "point step 1"


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (lambda train, validation: train.values.sort(axis=0), "the training windows changed"),
        (lambda train, validation: validation.y.fill(0.0), "the validation windows changed"),
    ],
)
def test_changing_the_training_windows_is_seen(deed, what):
    class Careless(Quick, name="careless"):
        """Changes what it is given."""

        def fit(self, train, validation, context):
            deed(train, validation)
            return super().fit(train, validation, context)

    assert what in failure(Careless(), "input_is_unchanged").reason


def test_changing_the_windows_to_forecast_from_is_seen():
    class Careless(Quick, name="careless"):
        """Centres in place."""

        @staticmethod
        def forecast(fitted, windows):
            windows.values[:] -= windows.values.mean()
            return repeated(last_values(windows), windows)

    assert "the windows to forecast from changed" in failure(Careless(), "input_is_unchanged").reason


def test_keeping_something_in_the_plugin_is_seen():
    class Keeping(Quick, name="keeping"):
        """Keeps the last training mean."""

        _mean: float = PrivateAttr(0.0)

        def fit(self, train, validation, context):
            self._mean = float(train.targets.mean())
            return super().fit(train, validation, context)

    assert "the plugin changed" in failure(Keeping(), "plugin_is_unchanged").reason


def test_drawing_from_global_generators_is_seen():
    class Seeding(Quick, name="seeding"):
        """Seeds numpy for everybody."""

        def fit(self, train, validation, context):
            np.random.seed(context.seed)
            return super().fit(train, validation, context)

    assert "numpy's global random generator" in failure(Seeding(), "shares_nothing").reason


class Dicing(Quick, name="dicing"):
    """Adds something that depends on more than windows and seed."""

    how: str = "global"
    uses_seed: ClassVar[bool] = False

    def fit(self, train, validation, context):
        number = {"global": random.random, "seed": lambda: context.seed}[self.how]()
        fitted = super().fit(train, validation, context)
        fitted.mean = fitted.mean + number
        return fitted


@pytest.mark.parametrize(
    ("how", "reason"),
    [("global", "Draw random numbers from `context.seed` alone"), ("seed", "Declare `uses_seed` True")],
)
def test_numbers_must_come_again(how, reason):
    state = random.getstate()

    assert reason in failure(Dicing(how=how), "same_numbers_again").reason

    random.setstate(state)


def test_fit_many_must_give_the_numbers_of_fit():
    class Fast(Ridge, name="fast"):
        """Fits the next seed when fitted together."""

        @classmethod
        def fit_many(cls, tasks, executor):
            for job in tasks:
                fitted = job.forecaster.fit(job.train, job.validation, job.context)
                yield job.key, FittedRidge(fitted.weights * 1.01)

    assert "when fitted by `fit_many`" in failure(Fast(), "same_numbers_again").reason


# Sending and saving


class Saving(Forecaster, name="saving"):
    """Saves itself in one of several ways."""

    how: str = "well"

    def fit(self, train, validation, context):
        return FittedSaving(self.how, train.targets.mean(axis=0))


class FittedSaving(FittedForecaster):
    def __init__(self, how, mean):
        self.how, self.mean = how, mean

    def predict(self, windows):
        return np.tile(self.mean, (len(windows), 1))

    def save(self, folder):
        if self.how == "not today":
            raise NotSaveable("the library cannot write its models.")
        if self.how != "nothing":
            (folder / "mean.json").write_text(json.dumps(self.mean.tolist()), encoding="utf-8")
        more = {
            "pickle": lambda: (folder / "model.bin").write_bytes(pickle.dumps(self.mean)),
            "beside": lambda: (folder.parent / "beside.txt").write_text("x", encoding="utf-8"),
            "link": lambda: (folder / "link").symlink_to(folder / "mean.json"),
            "forgetful": lambda: (folder / "mean.json").write_text("[0, 0, 0]", encoding="utf-8"),
            "unreadable": lambda: (folder / "mean.json").write_text("[0, 0", encoding="utf-8"),
        }
        more.get(self.how, lambda: None)()

    @classmethod
    def load(cls, folder):
        return cls("loaded", np.array(json.loads((folder / "mean.json").read_text(encoding="utf-8"))))


def test_what_is_saved_may_be_loaded_elsewhere():
    assert results(Saving(), ["saves_and_loads"])["saves_and_loads"].passed


def test_not_saving_is_a_remark():
    result = results(Saving(how="not today"), ["saves_and_loads"])["saves_and_loads"]

    assert result.passed
    assert "the library cannot write its models" in result.reason


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("pickle", "wrote a pickle into model.bin"),
        ("beside", "wrote beside.txt outside of the folder"),
        ("link", "made link, which is no regular file"),
        ("nothing", "wrote nothing"),
        ("forgetful", "after `save` and `load` in another process"),
        ("unreadable", "in another process it failed"),
    ],
)
def test_saving_wrongly_is_seen(how, reason):
    assert reason in failure(Saving(how=how), "saves_and_loads").reason


def archive(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_pickles_are_recognised_however_they_are_packed():
    value = {"weights": [1.0, 2.0]}
    packed = [pickle.dumps(value, protocol) for protocol in range(6)]

    assert all(holds_pickle(data) for data in packed)
    assert all(holds_pickle(gzip.compress(data)) for data in packed)
    assert holds_pickle(archive(objects=np.array([None], dtype=object)))


def safetensors_header(size):
    header = json.dumps({"weights": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}).encode()
    return size.to_bytes(8, "little") + header.ljust(size)


def test_plain_files_are_no_pickles():
    plain = [b"", b"{}", b"[1.5, 2]", b"3.", b"a,b\n1,2\n", archive(x=np.arange(3.0)), gzip.compress(b"{}")]
    tensors = [safetensors_header(size) for size in (640, 896, 1152, 1408)]  # begin as pickles do

    assert not any(map(holds_pickle, plain + tensors))


class Locked(FittedForecaster):
    def __init__(self, mean):
        self.mean, self.lock = mean, threading.Lock()

    def predict(self, windows):
        return np.tile(self.mean, (len(windows), 1))


class Losing(Locked):
    def __getstate__(self):
        return {"mean": 0 * self.mean}


@pytest.mark.parametrize(("cls", "reason"), [(Locked, "cannot be sent"), (Losing, "in another process")])
def test_what_does_not_travel_is_seen(cls, reason):
    class Keeping(Quick, name="keeping"):
        """Keeps something that cannot travel."""

        def fit(self, train, validation, context):
            return cls(train.targets.mean(axis=0))

    assert reason in failure(Keeping(), "survives_a_worker").reason


# Learning curves and odd input


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (lambda context, held: context.report(0, 1.0), "from 1 up"),
        (lambda context, held: [context.report(1, 1.0), context.report(1, 1.0)], "report 2 was of epoch 1"),
        (lambda context, held: context.report(1, float("nan")), "`train_loss` of epoch 1 is nan"),
        (lambda context, held: context.report(1, 1.0, float("inf")), "`validation_loss` of epoch 1 is inf"),
        (lambda context, held: context.report(1, 1.0, 1.0), "but `validation` was None"),
        (lambda context, held: context.report(1, 1.0, None, np.zeros(held)), "one row per validation origin"),
    ],
)
def test_a_learning_curve_must_make_sense(report, reason):
    class Reporting(Quick, name="reporting"):
        """Reports nonsense."""

        def fit(self, train, validation, context):
            report(context, 0 if validation is None else len(validation))
            return super().fit(train, validation, context)

    assert reason in failure(Reporting(), "reports_its_learning").reason


def test_odd_windows_may_be_refused_but_not_by_accident():
    class Accident(Quick, name="accident"):
        """Divides by what may be zero."""

        def fit(self, train, validation, context):
            1 / (len(train) - 1)
            return super().fit(train, validation, context)

    class Refusal(Quick, name="refusal"):
        """Says what it needs."""

        def fit(self, train, validation, context):
            if len(train) < 5:
                raise DataError("five windows are needed.")
            return super().fit(train, validation, context)

    assert "given a single training window: " in failure(Accident(), "odd_input").reason
    found = results(Refusal(), ["odd_input"])["odd_input"]
    assert found.reason == "it refuses a single training window, two training windows"
