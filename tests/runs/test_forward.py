"""Forecasts of bars to come, with a source that grows and a clock that tests set."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import DataError, FittedForecaster, Forecaster, RequestError, calendar
from workbench.runs import keeping
from workbench.runs.following import follow

from .vendor import Vendor, reset

SESSIONS = calendar("XNYS").sessions(pd.Timestamp("2023-06-01"), pd.Timestamp("2024-10-31"))


def market(labels, seed=3):
    """A random walk on some labels."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(labels))))
    opened = close * np.exp(rng.normal(0, 0.002, len(labels)))
    high, low = np.maximum(opened, close) * 1.001, np.minimum(opened, close) * 0.999
    return pd.DataFrame({"open": opened, "high": high, "low": low, "close": close, "volume": 1e3}, index=labels)


class FittedMemory(FittedForecaster):
    """Cannot be saved."""

    def __init__(self, value):
        self.value = value

    def predict(self, windows):
        return np.full((len(windows), windows.horizon), self.value)


class Memory(Forecaster, name="memory"):
    """Forecasts a number that a seed gave it, and counts how often it was fitted."""

    fits: ClassVar[list[tuple[int, int]]] = []

    def fit(self, train, validation, context):
        self.fits.append((len(train), 0 if validation is None else len(validation)))
        return FittedMemory(float(np.random.default_rng(context.seed).normal(0, 0.01)))


EMA = wb.use("ema", window=60)
"""Remembers where its bars began for hundreds of them."""


class FittedEcho(FittedForecaster):
    """Forecasts from the last value of the first feature."""

    def predict(self, windows):
        return np.repeat(windows.batch()[:, -1, :1].astype(float) / 1e4, windows.horizon, axis=1)


class Echo(Forecaster, name="echo"):
    """Says what it is shown, so that a forecast tells where the features began."""

    def fit(self, train, validation, context):
        return FittedEcho()


@pytest.fixture
def now(monkeypatch):
    """Set the clock; the vendor has what is in `Vendor.bars`, complete or not."""

    def set_now(text: str) -> pd.Timestamp:
        monkeypatch.setattr(keeping, "utc_now", lambda: pd.Timestamp(text))
        return pd.Timestamp(text)

    reset()
    Vendor.bars = market(SESSIONS)
    set_now("2024-08-29 22:00")  # a Thursday, after the close in New York
    return set_now


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "store.duckdb", plugins=[Vendor])


def asked(**changes):
    fields = {
        **{"name": "us", "source": "vendor", "symbols": ["A"], "calendar": "XNYS", "forecasters": ["drift"]},
        **{"lookback": 3, "folds": wb.Holdout(0.3), "features": ["log_return"], "start": "2024-01-02"},
    }
    return wb.Experiment(**{**fields, **changes})


def only(frame):
    (row,) = frame.to_dict("records")
    return row


def test_friday_s_bars_of_a_us_share_name_the_tuesday_after_a_holiday(bench, now):
    bench.run(asked(), workers=1)
    now("2024-08-31 00:30")  # the Friday before Labor Day is over, also in UTC

    row = only(bench.forecast().forecasts)

    assert (row["origin"], row["target_time"]) == (pd.Timestamp("2024-08-30"), pd.Timestamp("2024-09-03"))
    assert row["target_known_at"] == pd.Timestamp("2024-09-03 20:00")
    assert (row["dated_by"], row["late"]) == ("calendar XNYS", False)
    assert row["price"] == pytest.approx(row["last_price"] * np.exp(row["forecast"]))
    assert row["expected_return"] == pytest.approx(row["price"] / row["last_price"] - 1)


def test_a_bar_that_is_not_complete_is_never_used(bench, now, tmp_path):
    path = tmp_path / "A.csv"
    market(SESSIONS).loc["2024-01-02":"2024-08-30"].to_csv(path, index_label="date")
    bench.run(asked(source=wb.use("csv", path=str(path)), start=None), workers=1)
    now("2024-08-30 19:59")

    made = bench.forecast()

    row = only(made.forecasts)
    assert (row["origin"], row["target_time"]) == (pd.Timestamp("2024-08-29"), pd.Timestamp("2024-08-30"))
    assert not row["late"]
    now("2024-08-30 20:00")  # the close
    assert only(bench.forecast().forecasts)["origin"] == pd.Timestamp("2024-08-30")
    assert "1 bar is not complete by this machine's clock" in made.notes[0]
    assert "the forecast is made from the bar of 2024-08-29" in made.notes[0]


def test_what_trades_every_day_is_forecast_for_saturday(bench, now):
    Vendor.bars = market(pd.date_range("2023-06-01", "2024-10-31"))
    now("2024-08-31 00:10")
    bench.run(asked(calendar=None), workers=1)

    made = bench.forecast()

    row = only(made.forecasts)
    assert (row["origin"], row["target_time"]) == (pd.Timestamp("2024-08-30"), pd.Timestamp("2024-08-31"))
    assert row["dated_by"] == "calendar 24/7, found on the bars"


def test_intraday_bars_are_forecast_bar_by_bar(bench, now):
    stamps = [d + t for d in SESSIONS[-60:] for t in pd.timedelta_range("14:00:00", periods=6, freq="1h")]
    Vendor.bars = market(pd.DatetimeIndex(stamps))
    now("2024-10-28 16:05")
    experiment = asked(interval="1h", start="2024-09-02", horizon=3)
    bench.run(experiment, workers=1)

    made = bench.forecast()

    assert list(made.forecasts["origin"].unique()) == [pd.Timestamp("2024-10-28 15:00")]
    assert [f"{t:%H:%M}" for t in made.forecasts["target_time"]] == ["16:00", "17:00", "18:00"]
    assert not made.forecasts["late"].any()


def test_a_forecast_says_when_it_was_made_and_from_what(bench, now):
    run = bench.run(asked(seeds=[1, 2], forecasters=[Memory()]), workers=1)
    at = now("2024-08-31 00:30")

    made = bench.forecast("us")

    stored = bench.sql("select * from forward order by seed nulls first")
    assert (made.made_at, made.run, made.model, made.refit) == (at, run.id, "memory", False)
    assert made.trained_until == run.model(seed=1).trained_until
    assert stored["seed"].tolist()[1:] == [1, 2]
    assert pd.isna(stored["seed"].iloc[0])
    assert stored["forecast"].iloc[0] == pytest.approx(stored["forecast"].iloc[1:].mean())
    series = bench.series().iloc[0]
    assert stored["sha256"].unique().tolist() == [series["sha256"]]
    assert stored["revision"].unique().tolist() == [series["revision"]]
    assert set(stored["forward"]) == {made.id}
    assert (stored["made_at"] == at).all()


def test_the_forecast_is_that_of_the_run_s_own_model(bench, now):
    run = bench.run(asked(tail=100, start=None, forecasters=[Echo()], features=[EMA], baselines=["drift"]), workers=1)
    now("2024-08-31 00:30")

    row = only(bench.forecast().forecasts)

    tidy = bench.bars("vendor:A:1d").loc[run.panel["A"].index[0] : "2024-08-30"]
    assert row["forecast"] == only(run.predict(tidy))["forecast"]


def test_a_row_that_is_made_after_its_bar_was_known_is_late(bench, now):
    Vendor.bars = market(SESSIONS).loc[:"2024-08-28"]
    bench.run(asked(horizon=3), workers=1)
    now("2024-08-30 19:00")  # the vendor is a day late

    made = bench.forecast()

    assert made.forecasts["late"].tolist() == [True, False, False]
    assert "1 of 3 rows are late: the bar of 2024-08-29 was known at 2024-08-29 20:00" in made.notes[-1]


def test_refit_trains_on_everything_and_counts_no_trial(bench, now):
    run = bench.run(asked(forecasters=[Memory()], validation=0.2, seeds=[5]), workers=1)
    trials = len(bench.sql("select * from trials"))
    now("2024-08-31 00:30")
    Memory.fits.clear()

    made = bench.forecast(refit=True)

    n_bars = len(bench.bars("vendor:A:1d").loc["2024-01-02":])
    ((n_train, n_held),) = Memory.fits
    assert n_held == round(0.2 * (n_bars - 1))
    assert (
        n_train + n_held == n_bars - 4
    )  # the first three bars have no window of three log returns, the last no target
    assert made.trained_until == pd.Timestamp("2024-08-30 20:00")
    assert made.trained_until > run.model().trained_until
    assert len(bench.sql("select * from trials")) == trials
    assert "no trial is counted" in made.notes[-1]
    assert bench.sql("select distinct refit from forward")["refit"].tolist() == [True]


def test_refit_with_nothing_new_gives_what_a_run_trained_on_all_of_it_would(bench, now):
    bench.run(asked(forecasters=["mean"], validation=0.0), workers=1)
    now("2024-08-31 00:30")

    row = only(bench.forecast(refit=True).forecasts)

    close = bench.bars("vendor:A:1d").loc["2024-01-02":"2024-08-30", "close"]
    returns = np.log(close).diff().iloc[4:]  # targets of the origins with a full window
    assert row["forecast"] == pytest.approx(returns.mean(), rel=1e-12)


def test_a_model_that_is_trained_anew_says_what_it_was_trained_on(bench, now):
    run = bench.run(asked(validation=0.2, calibration=0.1, coverage=(0.8,)), workers=1)

    made = bench.forecast(run.id, refit=True)

    told = "on the training share of all bars there are; of its end are set aside 20 % for validation and 10 % for cal"
    assert told in made.trained_how
    assert told in made.notes[-1]
    assert bench.forecast(run.id).trained_how == "as the newest fold trained it"


def test_bars_that_changed_or_went_since_the_run_saw_them_are_told(bench, now, tmp_path):
    bars = market(SESSIONS).loc["2024-01-02":"2024-08-28"]
    path = tmp_path / "A.csv"
    bars.to_csv(path, index_label="date")
    run = bench.run(asked(source=wb.use("csv", path=str(path)), start=None), workers=1)
    now("2024-08-28 22:00")
    assert not bench.forecast().notes  # nothing has become of them
    bars = bars.drop(pd.Timestamp("2024-02-01")).loc[:"2024-08-26"]
    bars.loc["2024-03-01":"2024-03-05", "close"] *= 1.0005
    bars.to_csv(path, index_label="date")

    changed, older = bench.forecast().notes[:2]

    assert f"of the bars that run {run.id} saw, 3 changed and 3 are gone since (2024-02-01 to 2024-08-28)" in changed
    series = changed.split("`workbench data diff ")[1].split(" --since")[0]
    assert bench.diff_data(series, since=run.id).n_changed == 3
    assert "A was forecast from the bar of 2024-08-28 before, and the newest bar now is of 2024-08-26" in older
    assert any("A was forecast from the bar" in note for note in bench.signal().notes)


def test_a_panel_is_forecast_symbol_by_symbol(bench, now):
    bench.run(asked(symbols=["A", "B"]), workers=1)
    now("2024-08-31 00:30")

    made = bench.forecast()

    assert made.forecasts["symbol"].tolist() == ["A", "B"]
    assert bench.sql("select distinct series from forward order by series")["series"].tolist() == [
        *("vendor:A:1d", "vendor:B:1d")
    ]


def test_a_run_is_replayed_as_before_once_it_has_forecast(bench, now):
    run = bench.run(asked(), workers=1)
    now("2024-09-05 22:00")
    bench.forecast()

    assert bench.replay(run.id, workers=1).identical


def test_removing_a_run_keeps_what_it_forecast(bench, now):
    run = bench.run(asked(), workers=1)
    now("2024-08-31 00:30")
    bench.signal()

    bench.remove(run.id)

    assert len(bench.sql("select * from forward")) == 2
    assert len(bench.sql("select * from forward_signals")) == 1


def test_what_fails_before_it_is_written_leaves_nothing(bench, now, monkeypatch):
    bench.run(asked(), workers=1)
    now("2024-08-31 00:30")
    monkeypatch.setattr(bench._store, "record_forward", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        bench.signal()

    assert bench.sql("select * from forward").empty
    assert bench.sql("select * from forward_signals").empty


def test_a_run_that_did_not_finish_or_has_no_such_model_cannot_forecast(bench, now, monkeypatch):
    run = bench.run(asked(strategy=None), workers=1)

    with pytest.raises(RequestError, match="no model 'lstm'"):
        bench.forecast(model="lstm")
    with pytest.raises(RequestError, match="no strategy to ask"):
        bench.signal()
    bench._store.fail_run(run.id, "broken")
    with pytest.raises(RequestError, match="is failed, and only a finished run"):
        bench.forecast()


def test_a_signal_is_for_the_next_open(bench, now):
    bench.run(asked(strategy=wb.use("threshold", threshold=0.0, allow_short=True)), workers=1)
    now("2024-08-31 00:30")

    made = bench.signal()

    row = only(made.signals)
    assert row["position"] == np.sign(only(made.forecasts)["expected_return"])
    assert (row["origin"], row["fill_time"]) == (pd.Timestamp("2024-08-30"), pd.Timestamp("2024-09-03"))
    assert (row["fill_from"], row["late"]) == (pd.Timestamp("2024-09-03 13:30"), False)
    stored = bench.sql("select forward, strategy, position, fill_from from forward_signals").iloc[0]
    assert stored.tolist() == [made.id, made.strategy, row["position"], row["fill_from"]]


def test_a_signal_after_the_open_is_late_although_its_forecast_is_not(bench, now):
    Vendor.bars = market(SESSIONS).loc[:"2024-08-30"]
    bench.run(asked(), workers=1)
    now("2024-09-03 14:00")

    made = bench.signal()

    assert (only(made.signals)["late"], only(made.forecasts)["late"]) == (True, False)


def test_what_never_closes_has_no_position_in_time_and_a_note_says_so(bench, now):
    Vendor.bars = market(pd.date_range("2023-06-01", "2024-10-31"))
    now("2024-08-31 00:10")
    bench.run(asked(calendar=None), workers=1)

    made = bench.signal()

    assert made.signals["late"].tolist() == [True]
    assert "A: the next bar opens at the moment at which the last one is complete" in made.notes[0]


def test_a_frame_that_has_grown_is_handed_in_with_the_experiment(bench, now):
    bars = market(SESSIONS)
    frame = wb.use("frame", frame=bars.loc["2024-01-02":"2024-08-29"], symbol="A")
    experiment = asked(source=frame, start=None)
    run = bench.run(experiment, workers=1)
    now("2024-08-31 00:30")
    grown = experiment.replace(source=wb.use("frame", frame=bars.loc["2024-01-02":"2024-08-30"], symbol="A"))

    assert only(bench.forecast().forecasts)["origin"] == pd.Timestamp("2024-08-29")
    assert only(bench.forecast(run.id, experiment=grown).forecasts)["origin"] == pd.Timestamp("2024-08-30")


def test_everything_it_says_is_json(bench, now):
    from workbench.cli.settings import _plain

    bench.run(asked(), workers=1)
    now("2024-08-31 00:30")

    told = json.loads(json.dumps(_plain(bench.signal().to_dict()), allow_nan=False))

    assert told["forecasts"][0]["target_time"] == "2024-09-03T00:00:00"
    assert told["signals"][0]["stop"] is None


def test_following_forecasts_once_for_each_bar_and_waits_until_it_is_due(bench, now):
    bench.run(asked(), workers=1)
    clock = [now("2024-08-31 00:30")]
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 7:
            raise KeyboardInterrupt
        clock[0] += pd.Timedelta(seconds=seconds)
        now(str(clock[0]))

    made = []
    with pytest.raises(KeyboardInterrupt):
        made.extend(item for item in _each(bench.follow(every=7200, sleep=sleep), made))

    assert [only(item.forecasts)["origin"] for item in made] == [
        *(pd.Timestamp("2024-08-30"), pd.Timestamp("2024-09-03"), pd.Timestamp("2024-09-04"))
    ]
    hour = 3600.0
    until_the_close_of_tuesday = (3 * 24 + 19.5) * hour
    assert slept == [until_the_close_of_tuesday, 2 * hour, 2 * hour, 20 * hour, 2 * hour, 2 * hour, 20 * hour]
    assert len(bench.sql("select * from forward")) == 2 * len(made)


def _each(items, into):
    for item in items:
        into.append(item)
    return []


def test_following_looks_again_where_a_vendor_is_late():
    clock = [pd.Timestamp("2024-01-01")]
    slept, asked_with = [], []

    def forecast(known):
        asked_with.append(known)
        if len(asked_with) == 2:  # nothing new yet
            return None
        frame = pd.DataFrame(
            {"symbol": ["A"], "origin": [clock[0]], "target_known_at": [pd.Timestamp("2024-01-01 00:10")]}
        )
        return type("Made", (), {"forecasts": frame})()

    def sleep(seconds):
        slept.append(seconds)
        clock[0] += pd.Timedelta(seconds=seconds)

    followed = follow(forecast, every=60, now=lambda: clock[0], sleep=sleep)
    next(followed)
    next(followed)

    assert slept == [600.0, 60]
    assert asked_with == [None, {"A": pd.Timestamp("2024-01-01")}, {"A": pd.Timestamp("2024-01-01")}]


def test_a_source_that_does_not_answer_is_said(bench, now):
    bench.run(asked(), workers=1)
    now("2024-08-31 00:30")
    Vendor.fails = True

    with pytest.raises(DataError, match="the vendor does not answer"):
        bench.forecast()


def test_what_has_left_the_universe_is_not_forecast(bench, now, tmp_path):
    (tmp_path / "members.csv").write_text("symbol,from,to\nA,,\nB,,2024-08-15\n")
    bench.run(asked(universe=str(tmp_path / "members.csv"), symbols=["A", "B"]), workers=1)
    now("2024-08-31 00:30")

    made = bench.forecast()

    assert made.forecasts["symbol"].tolist() == ["A"]
    assert "B is no member of the universe any more, and is not forecast." in made.notes
