"""Each check of features, with a small plugin that breaks it and one that is easily accused wrongly."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import Field, PrivateAttr

from workbench import DataError, Feature, PanelFeature
from workbench.testing import CHECKS, check_plugin
from workbench.testing.check import CheckFailure

NAMES = {check.name for check in CHECKS["feature"]}


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    """Run one check, which has to fail."""
    result = results(plugin, [check])[check]
    assert not result.passed
    return result


class Momentum(Feature, name="momentum"):
    """Log return over some bars."""

    window: int = Field(20, ge=1)

    @property
    def warmup(self):
        return self.window

    def compute(self, bars):
        positive = bars["close"].where(bars["close"] > 0)
        return np.log(positive).diff(self.window)


class Quick(Feature):
    """Base of toys: the close, however changed."""

    def compute(self, bars):
        return self.change(bars["close"])


# What conforms


def test_an_honest_feature_passes_every_check():
    found = results(Momentum(window=7))

    assert set(found) == NAMES
    assert [r for r in found.values() if not r.passed] == []
    assert {r.kind for r in found.values()} == {"feature"}


class Honest(Quick, name="honest"):
    """Easily accused: every value depends on all that came before."""

    how: str = "ewm"

    def change(self, close):
        return {
            "ewm": lambda: close.ewm(span=30).mean(),
            "expanding": lambda: close.expanding().max(),
            "ffill": lambda: close.where(close > close.expanding().median()).ffill().fillna(0.0),
            "last finished week": lambda: _last_finished_week(close),
            "loop": lambda: pd.Series(
                [float(np.sum(close.to_numpy()[: i + 1])) for i in range(len(close))], close.index
            ),
            "fourier": lambda: _causal_by_fourier(close),
        }[self.how]()


def _last_finished_week(close):
    week = close.index.to_period("W")
    return pd.Series(close.groupby(week).last().shift(1).reindex(week).to_numpy(), close.index)


def _causal_by_fourier(close):
    """A moving average by FFT, whose rounding depends on the length and on what follows."""
    n = len(close)
    size = 2 * max(n, 8)
    kernel = np.zeros(size)
    kernel[:5] = 0.2
    padded = np.concatenate([np.nan_to_num(close.to_numpy()), np.zeros(size - n)])
    return pd.Series(np.fft.irfft(np.fft.rfft(padded) * np.fft.rfft(kernel), size)[:n], close.index)


@pytest.mark.parametrize("how", ["ewm", "expanding", "ffill", "last finished week", "loop", "fourier"])
def test_honest_features_are_not_accused(how):
    result = results(Honest(how=how), ["no_look_ahead"])["no_look_ahead"]

    assert result.passed, result.reason


def test_a_panel_feature_is_checked_across_symbols():
    class Relative(PanelFeature, name="relative"):
        """Close over the newest mean of all symbols known by then."""

        def compute(self, panel):
            closes = pd.concat({s: panel[s].set_index("known_at")["close"] for s in panel}, axis=1).sort_index().ffill()
            mean = closes.mean(axis=1)
            return {
                s: pd.Series(panel[s]["close"].to_numpy() / mean.loc[panel[s]["known_at"]].to_numpy(), panel[s].index)
                for s in panel
            }

    class Sighted(PanelFeature, name="sighted"):
        """Close over the mean of all closes of the symbol that comes last."""

        def compute(self, panel):
            last = panel[panel.symbols[-1]]["close"].mean()
            return {s: panel[s]["close"] / last for s in panel}

    assert results(Relative(), ["no_look_ahead"])["no_look_ahead"].passed
    assert "depends on what came later" in failure(Sighted(), "no_look_ahead").reason


# What does not


class Ahead(Quick, name="ahead"):
    """Sees the future, in one of several ways."""

    how: str = "shift"

    def change(self, close):
        n = len(close)
        week = close.index.to_series().dt.to_period("W")
        return {
            "shift": lambda: close.shift(-1),
            "shift, filled": lambda: close.shift(-1).ffill(),
            "mean": lambda: close - close.mean(),
            "maximum": lambda: close / close.max(),
            "week": lambda: close.groupby(week).transform("last"),
            "bfill": lambda: close.rolling(10).mean().bfill(),
            "long only": lambda: close - close.mean() if n > 4000 else close,
            "short only": lambda: close - close.mean() if n < 40 else close,
            "tiny": lambda: close + 1e-7 * close.shift(-1).ffill(),
            "gaps": lambda: close.bfill(),
        }[self.how]()


@pytest.mark.parametrize(
    "how", ["shift", "shift, filled", "mean", "maximum", "week", "bfill", "long only", "short only", "tiny", "gaps"]
)
def test_a_look_ahead_is_named_with_its_column_and_first_row(how):
    result = failure(Ahead(how=how), "no_look_ahead")

    assert "depends on what came later" in result.reason
    assert result.column
    assert isinstance(result.first_row, int)


def test_only_what_leaks_is_named():
    class Two(Feature, name="two"):
        """An honest column and a leaky one."""

        def compute(self, bars):
            close = bars["close"]
            return pd.DataFrame({"good": close, "bad": close.shift(-1)})

    result = failure(Two(), "no_look_ahead")

    assert (result.column, result.first_row) == ("bad", 0)
    assert "`bad` at 2014-06-0" in result.reason


def test_the_unfinished_session_shows_on_hourly_bars_alone():
    class Session(Quick, name="session"):
        """Highest close of the day, before the day is over."""

        def change(self, close):
            return close.groupby(close.index.normalize()).transform("max")

    assert "bars known after 2019-" in failure(Session(), "no_look_ahead").reason


SEEN: dict[str, pd.Series] = {}


def test_what_a_module_remembers_is_unmasked():
    class Remembering(Quick, name="remembering"):
        """Keeps the longest series ever seen, and looks the next close up in it."""

        def change(self, close):
            if len(close) > len(SEEN.get("close", ())):
                SEEN["close"] = close
            return SEEN["close"].shift(-1).reindex(close.index)

    SEEN.clear()
    assert not results(Remembering(), ["no_look_ahead"])["no_look_ahead"].passed
    assert "`SEEN`" in failure(Remembering(), "shares_nothing").reason


def test_a_feature_that_refuses_most_cuts_has_not_been_checked():
    class Choosy(Quick, name="choosy"):
        """Takes nothing but the whole series."""

        def change(self, close):
            if len(close) < 500:
                raise DataError("too few bars.")
            return close

    assert "cannot be checked: on daily bars it failed at 499 of 520 cuts" in failure(Choosy(), "no_look_ahead").reason


@pytest.mark.parametrize(("stated", "first"), [(0, 3), (5, 3)])
def test_a_warmup_must_be_exact(stated, first):
    class Lagged(Quick, name="lagged"):
        """Three bars ago."""

        @property
        def warmup(self):
            return stated

        def change(self, close):
            return close.shift(3)

    result = failure(Lagged(), "warmup_is_exact")

    said = "the first row in which every column is defined is 3" if stated < first else "row 3 has a value in every"
    assert f"`warmup` is {stated}, but {said}" in result.reason
    assert result.reason.endswith("eclare `warmup` 3.")
    assert result.first_row == first


class Filled(Quick, name="filled"):
    """Undefined rows at the start, filled."""

    how: str = "fillna"
    stated: int = 0

    @property
    def warmup(self):
        return self.stated

    def change(self, close):
        return {
            "fillna": lambda: close.pct_change(60).fillna(0),
            "mask": lambda: np.log(close).diff().rolling(60).std().mask(np.arange(len(close)) < 59, -1.0),
        }[self.how]()


@pytest.mark.parametrize(("how", "filled", "by"), [("fillna", 60, "0"), ("mask", 59, "-1")])
def test_first_rows_that_are_filled_are_named_and_do_not_count_as_defined(how, filled, by):
    result = failure(Filled(how=how), "warmup_is_exact")

    assert f"is {by} in rows 0 to {filled - 1} (rows count from 0) whatever the bars are" in result.reason
    assert result.reason.endswith(f"Leave undefined rows NaN, and declare `warmup` {filled}.")


def test_filling_is_not_advised_by_telling_that_rows_are_defined():
    reason = failure(Filled(stated=60), "warmup_is_exact").reason

    assert "If the first rows are filled (`fillna`, `min_periods=1`), leave them NaN" in reason


class Beginning(Quick, name="beginning"):
    """Honest, though it begins with equal rows."""

    how: str = "year"

    def change(self, close):
        n = pd.Series(np.arange(len(close), dtype=float), close.index)
        return {
            "year": lambda: n * 0 + close.index.year,
            "month": lambda: n * 0 + close.index.month,
            "young": lambda: (n < 100).astype(float),
            "counter": lambda: n.clip(lower=20.0),
            "cumulative": lambda: close / close.iloc[0] - 1.0,
            "ewm": lambda: close.ewm(span=60).mean() / close.iloc[0],
            "constant": lambda: n * 0,
            "rare": lambda: (close.pct_change() > 0.045).astype(float),
            "drawdown": lambda: close / close.cummax() - 1.0,
        }[self.how]()


@pytest.mark.parametrize(
    "how", ["year", "month", "young", "counter", "cumulative", "ewm", "constant", "rare", "drawdown"]
)
def test_equal_first_rows_that_are_true_values_are_not_accused(how):
    assert results(Beginning(how=how), ["warmup_is_exact"])["warmup_is_exact"].passed


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda bars: bars["close"].to_numpy(), "must return a Series or DataFrame, got ndarray"),
        (lambda bars: bars["close"].iloc[5:], "on another index than the 300 bars"),
        (lambda bars: bars["close"].reset_index(drop=True), "another index"),
        (lambda bars: bars["close"].astype(str) + "x", "values that are no numbers"),
        (lambda bars: bars["close"] / 0.0, "infinite values"),
        (lambda bars: bars[["close"]].rename(columns={"close": f"c{len(bars)}"}), "its columns depend on the bars"),
        (lambda bars: {}[1], "KeyError"),
    ],
)
def test_an_answer_must_fit_the_bars(answer, reason):
    class Wrong(Feature, name="wrong"):
        """Answers wrongly."""

        def compute(self, bars):
            return answer(bars)

    assert reason in failure(Wrong(), "index_and_dtype").reason


def test_changing_the_bars_is_seen():
    class Careless(Feature, name="careless"):
        """Fills in place."""

        def compute(self, bars):
            bars["close"] *= 2
            return bars["close"]

    assert "the bars changed" in failure(Careless(), "input_is_unchanged").reason


def test_private_state_is_seen():
    class Counting(Feature, name="counting"):
        """Counts its calls."""

        _calls: int = PrivateAttr(0)

        def compute(self, bars):
            self._calls += 1
            return bars["close"]

    assert "the plugin changed" in failure(Counting(), "plugin_is_unchanged").reason


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (lambda: np.random.rand(), "numpy's global random generator"),
        (lambda: np.seterr(all="raise"), "numpy's error handling"),
        (lambda: pd.set_option("display.precision", 3), "pandas' options"),
    ],
)
def test_what_is_shared_must_stay(deed, what):
    class Meddling(Feature, name="meddling"):
        """Changes what everybody uses."""

        _done: ClassVar[bool] = False

        def compute(self, bars):
            deed() if len(bars) == 200 else None
            return bars["close"]

    with np.errstate(), pd.option_context("display.precision", 6):
        assert what in failure(Meddling(), "shares_nothing").reason


def test_chance_is_seen():
    class Random(Feature, name="random"):
        """Another number each time."""

        def compute(self, bars):
            return bars["close"] + np.random.default_rng().normal(size=len(bars))

    assert "Draw nothing at random" in failure(Random(), "same_numbers_again").reason


def test_reading_more_than_declared_is_seen():
    class Undeclared(Feature, name="undeclared"):
        """Says close, reads the volume too."""

        inputs: ClassVar[set[str]] = {"close"}

        def compute(self, bars):
            return bars["close"] * bars["volume"]

    assert "reads more than its `inputs` (close)" in failure(Undeclared(), "reads_declared_inputs").reason


def test_columns_that_are_declared_are_there():
    class Spread(Feature, name="spread"):
        """Of another series that the bars bring along."""

        inputs: ClassVar[set[str]] = {"close", "vix"}

        def compute(self, bars):
            return bars["close"] - bars["vix"]

    assert [r for r in results(Spread()).values() if not r.passed] == []


def test_odd_bars_may_be_refused_but_not_by_accident():
    class Accident(Feature, name="accident"):
        """Needs three bars, and does not say so."""

        def compute(self, bars):
            return bars["close"] + 0 * bars["close"].iloc[2]

    class Refusal(Feature, name="refusal"):
        """Needs three bars, and says so."""

        def compute(self, bars):
            if len(bars) < 3:
                raise DataError("three bars are needed.")
            return bars["close"]

    assert "given a single bar (1 bars): " in failure(Accident(), "odd_input").reason
    assert results(Refusal(), ["odd_input"])["odd_input"].reason == "it refuses a single bar, two bars"


# Parameters


def test_defaults_must_be_valid():
    class Contradiction(Momentum, name="contradiction"):
        """The default breaks its own bound."""

        window: int = Field(0, ge=1)

    assert "refuses its own parameters" in failure(Contradiction, "parameters_are_checked").reason


def test_a_docstring_is_asked_for():
    class Silent(Momentum, name="silent"):
        pass

    assert "has no docstring" in failure(Silent, "described").reason


def test_parameters_must_survive_a_file():
    class Optional(Momentum, name="optional"):
        """None is a choice that a file cannot hold."""

        limit: float | None = 0.5

    assert results(Optional(), ["parameters_round_trip"])["parameters_round_trip"].passed
    assert "comes back from TOML" in failure(Optional(limit=None), "parameters_round_trip").reason


def test_a_class_whose_parameters_are_required_is_tried_with_a_guess():
    class Needy(Feature, name="needy"):
        """Needs a length."""

        window: int = Field(ge=2, le=40)
        column: str

        def compute(self, bars):
            return bars[self.column].rolling(self.window, min_periods=1).mean()

    assert [r for r in results(Needy, ["no_look_ahead", "described"]).values() if not r.passed] == []


def test_a_class_of_which_no_example_can_be_made_says_so():
    class Strange(Feature, name="strange"):
        """Needs an object."""

        model: object

        def compute(self, bars):
            return bars["close"]

    (result,) = check_plugin(Strange)

    assert (result.check, result.passed) == ("can_be_made", False)
    assert "Give Strange a classmethod `example(cls, folder)`" in result.reason


def test_a_failure_is_an_assertion():
    assert issubclass(CheckFailure, AssertionError)
