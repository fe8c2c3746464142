"""Each check of strategies, with a small plugin that breaks it and some that are easily accused wrongly."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import PrivateAttr

from workbench import DataError, Strategy, Target
from workbench.audit.futures import FUTURES
from workbench.audit.signals import Trading, compare_signals
from workbench.runs.trading import FORECAST_COLUMNS
from workbench.testing import CHECKS, check_plugin, toy_panel
from workbench.testing.trading import target_of, toy_forecasts


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    """Run one check, which has to fail."""
    result = results(plugin, [check])[check]
    assert not result.passed
    return result


def indexed(forecasts, values):
    index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
    return pd.Series(np.asarray(values, dtype=float), index=index)


def expected(forecasts):
    return np.nan_to_num(forecasts["expected_return"].to_numpy(dtype=float))


class Quick(Strategy):
    """Base of toys: positions, however found."""

    def signals(self, forecasts, panel):
        return indexed(forecasts, self.positions(forecasts, panel))

    def positions(self, forecasts, panel):
        return np.sign(expected(forecasts))


# What conforms


class Bracketed(Quick, name="bracketed"):
    """Long or short, with a stop and a take-profit around the close."""

    width: float = 0.03

    def signals(self, forecasts, panel):
        side = np.sign(expected(forecasts))
        close = forecasts["last_price"].to_numpy()
        frame = pd.DataFrame(
            {
                "position": side,
                "stop": close * (1 - side * self.width),
                "take_profit": close * (1 + side * self.width),
            }
        )
        frame.loc[(side == 0) | (close <= 0), ["stop", "take_profit"]] = np.nan
        return frame.set_index(pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]]))


def test_an_honest_strategy_passes_every_check():
    found = results(Bracketed(step=2))

    assert set(found) == {check.name for check in CHECKS["strategy"]}
    assert [r for r in found.values() if not r.passed] == []
    assert {r.kind for r in found.values()} == {"strategy"}


class Honest(Quick, name="honest"):
    """Easily accused: every signal depends on all that came before."""

    how: str = "average of forecasts"

    def signals(self, forecasts, panel):
        return {
            "average of forecasts": self._average,
            "silent where nothing changes": self._changes_only,
            "every bar": self._every_bar,
        }[self.how](forecasts, panel)

    def _average(self, forecasts, panel):
        ordered = forecasts.sort_values("origin", kind="stable")
        smooth = ordered.groupby("symbol")["expected_return"].transform(lambda seen: seen.ewm(span=10).mean())
        return indexed(forecasts, np.sign(np.nan_to_num(smooth.reindex(forecasts.index).to_numpy(dtype=float))))

    def _changes_only(self, forecasts, panel):
        side = indexed(forecasts, np.sign(expected(forecasts))).sort_index()
        return side[side.groupby("symbol").diff().fillna(1.0) != 0]

    def _every_bar(self, forecasts, panel):
        """Hold each symbol above its average so far, on all bars, forecast or not."""
        held = {s: (panel[s]["close"] > panel[s]["close"].expanding().mean()).astype(float) for s in panel}
        frame = pd.concat(held, names=["symbol", "origin"]).swaplevel()
        return frame.sort_index()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["average of forecasts", "silent where nothing changes", "every bar"])
def test_honest_strategies_are_not_accused(how):
    result = results(Honest(how=how), ["no_look_ahead"])["no_look_ahead"]

    assert result.passed, result.reason


# What looks ahead


def tomorrow(forecasts, panel):
    ahead = {s: panel[s]["close"].diff().shift(-1) for s in panel}
    pairs = zip(forecasts["origin"], forecasts["symbol"], strict=True)
    return np.sign(np.nan_to_num([ahead[s].get(origin, np.nan) for origin, s in pairs]))


def over_mean(forecasts, panel):
    return (expected(forecasts) > expected(forecasts).mean()).astype(float)


def last_of_the_week(forecasts, panel):
    week = forecasts["origin"].dt.to_period("W")
    return np.sign(forecasts.groupby([week, "symbol"])["expected_return"].transform("last"))


WAYS = {
    "tomorrow": tomorrow,
    "mean of the block": over_mean,
    "last of the week": last_of_the_week,
    "in long blocks only": lambda f, panel: over_mean(f, panel) if len(f) > 1000 else np.sign(expected(f)),
    "tiny": lambda f, panel: 0.5 * np.sign(expected(f)) + 1e-6 * tomorrow(f, panel),
    "length": lambda f, panel: np.full(len(f), 1.0 / len(f)),
}


class Ahead(Quick, name="ahead"):
    """Sees the future, in one of several ways."""

    how: str = "tomorrow"

    def positions(self, forecasts, panel):
        return WAYS[self.how](forecasts, panel)


@pytest.mark.parametrize("how", list(WAYS))
def test_a_look_ahead_is_named_with_its_first_row(how):
    result = failure(Ahead(how=how), "no_look_ahead")

    assert "depends on what came later" in result.reason
    assert result.column == "position"
    assert isinstance(result.first_row, int)


def test_only_what_leaks_is_named():
    class Stopped(Bracketed, name="stopped"):
        """Puts its stop below the lowest close to come."""

        def signals(self, forecasts, panel):
            frame = super().signals(forecasts, panel)
            frame["stop"] = forecasts["last_price"].min() * 0.9
            return frame

    assert failure(Stopped(), "no_look_ahead").column == "stop"


def test_other_symbols_are_known_when_their_bars_close_and_not_before():
    class Neighbour(Quick, name="neighbour"):
        """Reads the other symbols' closes of the same date."""

        def positions(self, forecasts, panel):
            moves = pd.DataFrame({s: panel[s]["close"].diff() for s in panel}).sum(axis=1)
            return np.sign([moves.loc[origin] for origin in forecasts["origin"]])

    assert "AAA" not in failure(Neighbour(), "no_look_ahead").reason  # it closes last


class Remembering(Quick, name="remembering"):
    """Sizes by the largest forecast of any block that the class has seen."""

    largest: ClassVar[list] = [0.0]

    def positions(self, forecasts, panel):
        self.largest[0] = max(self.largest[0], np.abs(expected(forecasts)).max())
        return expected(forecasts) / (self.largest[0] or 1.0)


def test_what_a_class_remembers_is_unmasked():
    Remembering.largest[0] = 1e9

    assert "other bars had been traded before" in failure(Remembering(), "no_look_ahead").reason
    Remembering.largest[0] = 0.0
    assert "`Remembering.largest`" in failure(Remembering(), "shares_nothing").reason


# What else may be wrong


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda f: indexed(f, 2 * np.ones(len(f))), "a signal of 2"),
        (lambda f: indexed(f, np.ones(len(f))).to_numpy(), "ndarray from signals"),
        (lambda f: pd.Series(1.0, index=f["origin"]), "expected signals indexed by (origin, symbol)"),
        (lambda f: pd.concat([indexed(f, np.ones(len(f)))] * 2), "two signals for"),
        (lambda f: indexed(f.assign(origin=f["origin"] + pd.Timedelta("1h")), np.ones(len(f))), "there is no bar"),
        (lambda f: indexed(f, np.ones(len(f))).to_frame("weight"), "expected `position`"),
        (lambda f: indexed(f, np.ones(len(f))).to_frame("position").assign(stop=1e6), "below the close"),
        (lambda f: indexed(f, -np.ones(len(f))).to_frame("position").assign(stop=1e-3), "above the close"),
        (lambda f: indexed(f, np.ones(len(f))).to_frame("position").assign(take_profit=1e-3), "above the close"),
        (lambda f: indexed(f, np.ones(len(f))).to_frame("position").assign(stop=-1.0), "above 0 and below"),
    ],
)
def test_signals_must_be_signals(answer, reason):
    class Wrong(Quick, name="wrong"):
        """Answers wrongly."""

        def signals(self, forecasts, panel):
            return answer(forecasts)

    assert reason in failure(Wrong(), "signals_in_bounds").reason


@pytest.mark.parametrize(
    ("deed", "what"),
    [
        (lambda forecasts, panel: forecasts.insert(0, "more", 1), "the forecasts changed"),
        (lambda forecasts, panel: panel["BBB"].insert(0, "more", 1), "the bars changed"),
    ],
)
def test_changing_what_it_is_given_is_seen(deed, what):
    class Careless(Quick, name="careless"):
        """Adds a column in place."""

        def positions(self, forecasts, panel):
            deed(forecasts, panel)
            return np.sign(expected(forecasts))

    assert what in failure(Careless(), "input_is_unchanged").reason


def test_private_state_is_seen():
    class Counting(Quick, name="counting"):
        """Counts its calls."""

        _calls: int = PrivateAttr(0)

        def positions(self, forecasts, panel):
            self._calls += 1
            return np.sign(expected(forecasts))

    assert "the plugin changed" in failure(Counting(), "plugin_is_unchanged").reason


def test_chance_is_seen():
    class Dice(Quick, name="dice"):
        """Throws dice."""

        def positions(self, forecasts, panel):
            return np.random.uniform(-1, 1, len(forecasts))

    assert "Draw nothing at random" in failure(Dice(), "same_numbers_again").reason
    assert "numpy's global random generator" in failure(Dice(), "shares_nothing").reason


def test_odd_forecasts_may_be_refused_but_not_by_accident():
    class Accident(Quick, name="accident"):
        """Needs a second forecast, and does not say so."""

        def positions(self, forecasts, panel):
            return np.sign(expected(forecasts)) + 0 * forecasts["last_price"].iloc[1]

    class Undefined(Quick, name="undefined"):
        """Divides by the forecasts' spread."""

        def positions(self, forecasts, panel):
            scores = expected(forecasts) / expected(forecasts).std()
            return np.where(np.isnan(scores), 5.0, np.clip(scores, -1, 1))

    class Refusal(Quick, name="refusal"):
        """Needs volumes, and says so."""

        def positions(self, forecasts, panel):
            if panel["AAA"]["volume"].isna().any():
                raise DataError("volumes are needed.")
            return np.sign(expected(forecasts))

    assert "given a single origin: " in failure(Accident(), "odd_input").reason
    assert "given forecasts that say nothing of price: " in failure(Undefined(), "odd_input").reason
    assert results(Refusal(), ["odd_input"])["odd_input"].reason == "it refuses bars without a volume"


class Confident(Strategy, name="confident"):
    """Holds what is above zero in nine cases of ten."""

    def signals(self, forecasts, panel):
        index = pd.MultiIndex.from_frame(forecasts[["origin", "symbol"]])
        return pd.Series((forecasts["q0.1"].to_numpy() > 0).astype(float), index=index)


def test_a_strategy_may_read_quantiles_but_has_to_say_so_where_there_are_none():
    found = results(Confident(), ["signals_in_bounds", "input_is_unchanged", "odd_input"])

    assert [name for name, result in found.items() if not result.passed] == ["odd_input"]
    assert "given forecasts without quantiles: " in found["odd_input"].reason and "q0.1" in found["odd_input"].reason


def test_quantiles_stay_around_forecasts_that_change_sides():
    panel = toy_panel(120)
    trading = Trading(toy_forecasts(panel), panel)
    moment = trading.moments[10]

    changed = trading.changed(moment, lambda rng, n: np.full(n, 2.0)).forecasts

    for name in ("q0.025", "q0.9"):
        widths = [frame[name] - frame["forecast"] for frame in (trading.forecasts, changed)]
        np.testing.assert_allclose(*widths, atol=1e-12)
    assert not np.allclose(changed["q0.9"], trading.forecasts["q0.9"])


# What they are asked


def test_forecasts_are_as_a_run_hands_them_over():
    panel = toy_panel(150, ("AAA", "BBB"))

    forecasts = toy_forecasts(panel, step=2)

    assert list(forecasts.columns) == [*FORECAST_COLUMNS, "q0.025", "q0.1", "q0.9", "q0.975"]
    assert set(forecasts["step"]) == {1, 2}
    assert not forecasts.duplicated(["symbol", "origin", "step"]).any()
    assert (forecasts["target_time"] > forecasts["origin"]).all()
    np.testing.assert_allclose(forecasts["price"], forecasts["last_price"] * (1 + forecasts["expected_return"]))


class Doubled(Target, name="toy_doubled"):
    """Twice the simple return."""

    def compute(self, bars, horizon):
        close = bars["close"]
        return np.column_stack([2 * (close.shift(-k) / close - 1) for k in range(1, horizon + 1)])

    def to_price(self, forecast, last_price):
        return last_price[:, None] * (1 + forecast / 2)

    def persistence(self, windows):
        return np.zeros((len(windows), windows.horizon))


class Calm(Quick, name="calm"):
    """Holds the symbol while a narrower range is forecast than usual: than the mean of those up to there."""

    for_targets: ClassVar[frozenset[str]] = frozenset({"log_range"})

    def positions(self, forecasts, panel):
        usual = forecasts.groupby("symbol")["forecast"].transform(lambda f: f.expanding().mean())
        return (forecasts["forecast"] < usual).astype(float)


class Hindsight(Calm, name="hindsight"):
    """Wrong: the mean of the whole block."""

    def positions(self, forecasts, panel):
        usual = forecasts.groupby("symbol")["forecast"].transform("mean")
        return (forecasts["forecast"] < usual).astype(float)


class Halved(Quick, name="halved"):
    for_targets: ClassVar[frozenset[str]] = frozenset({"toy_doubled"})


class Stranger(Quick, name="stranger"):
    for_targets: ClassVar[frozenset[str]] = frozenset({"toy_nowhere"})


def test_a_strategy_is_asked_about_the_target_that_it_is_for():
    panel = toy_panel(150, ("AAA", "BBB"))
    target = target_of(Calm())

    forecasts = toy_forecasts(panel, target=target)

    assert target.name == "log_range"
    realised = pd.concat({s: pd.Series(target.realised(panel[s]), index=panel[s].index) for s in panel})
    pairs = pd.MultiIndex.from_frame(forecasts[["symbol", "origin"]])
    assert np.corrcoef(forecasts["forecast"], realised[pairs])[0, 1] > 0.5
    assert forecasts[["price", "expected_return"]].isna().all(axis=None)


def test_a_target_beside_the_strategy_is_found_and_one_that_is_nowhere_makes_no_difference():
    panel = toy_panel(150)

    mine = toy_forecasts(panel, target=target_of(Halved()))

    assert isinstance(target_of(Halved()), Doubled)
    np.testing.assert_allclose(mine["expected_return"], mine["forecast"] / 2)
    assert target_of(Stranger()) is target_of(Bracketed()) is None


def test_look_ahead_in_forecasts_of_another_target_is_found():
    assert results(Calm(), ["no_look_ahead"])["no_look_ahead"].passed
    assert "left out" in failure(Hindsight(), "no_look_ahead").reason


@pytest.mark.parametrize("how", FUTURES)
def test_a_changed_future_leaves_the_past_as_it_was(how):
    panel = toy_panel(150, ("AAA", "BBB"))
    trading = Trading(toy_forecasts(panel), panel)
    moment = trading.moments[40]

    changed = trading.changed(moment, FUTURES[how])

    before, after = trading.until(moment), changed.until(moment)
    pd.testing.assert_frame_equal(before.forecasts, after.forecasts)
    pd.testing.assert_frame_equal(before.panel.to_frame(), after.panel.to_frame())
    later = changed.forecasts.drop(before.forecasts.index)
    assert (np.sign(later["expected_return"]) == -np.sign(trading.forecasts.loc[later.index, "expected_return"])).all()


def test_a_row_that_is_not_there_says_no_change():
    panel = toy_panel(20)
    whole = indexed(pd.DataFrame({"origin": panel["AAA"].index, "symbol": "AAA"}), [np.nan] * 19 + [1.0])
    frame = whole.to_frame("position")

    assert compare_signals(frame, frame.iloc[19:], panel, panel.times[-1], "cut") is None
    assert compare_signals(frame, frame.iloc[:19], panel, panel.times[-2], "cut") is None
    assert compare_signals(frame, frame.iloc[:19], panel, panel.times[-1], "cut").row == 19
