"""Runs that name a calendar, and runs on bars made of shorter ones."""

from __future__ import annotations

import subprocess
import sys
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.plan.resolve import resolve
from workbench.registry.registry import default_registry
from workbench.runs.datasets import fetch_series, make_panel

BOTH = {"TYO": "XTKS", "NYC": "XNYS"}
SYDNEY, NEW_YORK = wb.calendar("XASX"), wb.calendar("XNYS")


def prices(index, seed=1):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(index))))
    bars = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": 1000.0}
    return pd.DataFrame(bars, index=pd.DatetimeIndex(index, name="date"))


def two_exchanges():
    days = wb.calendar("XTKS").sessions(pd.Timestamp("2023-01-01"), pd.Timestamp("2023-09-30"))
    days = days.intersection(NEW_YORK.sessions(days[0], days[-1]))
    return pd.concat([prices(days, 1).assign(symbol="TYO"), prices(days, 2).assign(symbol="NYC")])


def stamps_of(market, first, last, freq):
    days = market.sessions(pd.Timestamp(first), pd.Timestamp(last))
    spans = zip(market.opens(days), market.closes(days), strict=True)
    return pd.DatetimeIndex([m for a, b in spans for m in pd.date_range(a, b, freq=freq, inclusive="left")])


def panel_of(frame, **fields):
    asked = wb.Experiment(**{"source": wb.use("frame", frame=frame), "symbols": ["frame"], **fields})
    fetched = fetch_series(resolve(asked, default_registry()))
    return make_panel({item.symbol: item.bars for item in fetched}, asked)[0]


def quick(frame, tmp_path, **fields):
    fields = {
        "forecasters": ["mean"],
        "features": ["log_return"],
        "workers": 1,
        "quiet": True,
        "folds": wb.Holdout(0.3),
        **fields,
    }
    return wb.run(frame, store=tmp_path / "store.duckdb", **fields)


class LastOther(wb.PanelFeature, name="last_other"):
    """The newest close of New York that was known when the bar was."""

    def compute(self, panel):
        other = panel["NYC"].set_index("known_at")["close"]
        rows = {s: other.index.searchsorted(panel[s]["known_at"], side="right") - 1 for s in panel}
        return {s: pd.Series(other.reindex(other.index[r]).to_numpy(), index=panel[s].index) for s, r in rows.items()}


# --- two exchanges


def test_a_close_in_new_york_is_not_known_in_tokyo_on_the_same_date():
    day = pd.Timestamp("2023-06-14")
    with_calendars = panel_of(two_exchanges(), symbols=["TYO", "NYC"], calendar=BOTH)
    without = panel_of(two_exchanges(), symbols=["TYO", "NYC"])

    seen = {
        name: p.until(p["TYO"]["known_at"].loc[day].to_datetime64())
        for name, p in [("with", with_calendars), ("without", without)]
    }

    assert seen["with"]["TYO"].index[-1] == seen["without"]["TYO"].index[-1] == day
    assert seen["with"]["NYC"].index[-1] == pd.Timestamp("2023-06-13")
    assert seen["without"]["NYC"].index[-1] == day  # the same date was taken for the same moment


def test_a_feature_across_exchanges_sees_the_close_of_the_day_before():
    day = pd.Timestamp("2023-06-14")
    feature = LastOther()
    with_calendars = panel_of(two_exchanges(), symbols=["TYO", "NYC"], calendar=BOTH)
    without = panel_of(two_exchanges(), symbols=["TYO", "NYC"])
    closes = without["NYC"]["close"]

    assert feature.compute(with_calendars)["TYO"].loc[day] == closes.loc["2023-06-13"]
    assert feature.compute(without)["TYO"].loc[day] == closes.loc[day]


def test_a_run_on_two_exchanges_can_be_replayed_and_has_fits_of_its_own(tmp_path):
    bench = wb.Workbench(tmp_path / "store.duckdb")
    fields = {"forecasters": ["mean"], "features": ["log_return"], "lookback": 5, "folds": wb.Holdout(0.3)}
    asked = bench.quick(two_exchanges(), symbols=["TYO", "NYC"], calendar=BOTH, **fields)

    run = bench.run(asked, workers=1)

    assert run.status == "finished"
    assert bench.replay(run.id).identical
    assert [t.key for t in bench.plan(asked)] != [t.key for t in bench.plan(asked.replace(calendar=None))]
    assert run.panel["NYC"]["known_at"].iloc[0].hour in (20, 21)


def test_one_series_with_and_without_a_calendar_is_the_same_data_in_the_store(tmp_path):
    bars = prices(NEW_YORK.sessions(pd.Timestamp("2022-01-01"), pd.Timestamp("2022-12-31")))

    first = quick(bars, tmp_path)
    second = quick(bars, tmp_path, calendar="XNYS")

    assert [v["revision"] for v in (*first.data, *second.data)] == [1, 1]
    assert first.data[0]["sha256"] == second.data[0]["sha256"]
    assert second.panel["frame"]["known_at"].iloc[-1] == pd.Timestamp("2022-12-30 21:00")
    assert first.panel["frame"]["known_at"].iloc[-1] == pd.Timestamp("2022-12-31")


# --- dates of intraday bars


def test_start_and_end_are_sessions_of_the_exchange_not_dates_in_utc():
    frame = prices(stamps_of(SYDNEY, "2024-01-08", "2024-01-12", "h"))
    days = {"start": "2024-01-09", "end": "2024-01-10", "interval": "1h"}

    with_calendar = panel_of(frame, calendar="XASX", **days)["frame"]
    without = panel_of(frame, **days)["frame"]

    assert (with_calendar.index[0], len(with_calendar)) == (pd.Timestamp("2024-01-08 23:00"), 12)
    assert with_calendar.index[-1] == pd.Timestamp("2024-01-10 04:00")
    assert (without.index[0], without.index[-1]) == (pd.Timestamp("2024-01-09 00:00"), pd.Timestamp("2024-01-10 23:00"))


class Recorder(wb.DataSource, name="recorder"):
    """Remembers which dates it was asked for."""

    asked: ClassVar[list] = []

    def fetch(self, symbol, start, end, interval):
        self.asked.append((start, end))
        return prices(stamps_of(SYDNEY, "2024-01-08", "2024-01-12", "h"))


@pytest.mark.parametrize(
    ("calendar", "expected"), [("XASX", ("2024-01-08", "2024-01-11")), (None, ("2024-01-09", "2024-01-10"))]
)
def test_a_source_is_asked_for_the_dates_in_utc_that_the_sessions_may_reach(calendar, expected):
    Recorder.asked.clear()
    asked = wb.Experiment(
        source=Recorder(), symbols=["X"], interval="1h", start="2024-01-09", end="2024-01-10", calendar=calendar
    )

    fetch_series(resolve(asked, default_registry()))

    assert Recorder.asked == [expected]


# --- resampling


def test_a_run_on_resampled_bars_counts_in_them(tmp_path):
    frame = prices(stamps_of(NEW_YORK, "2024-06-03", "2024-07-12", "5min"))

    run = quick(frame, tmp_path, calendar="XNYS", resample="30m", lookback=10, folds=wb.WalkForward(200, 80))

    assert run.panel.interval == "30m"
    assert len(run.panel["frame"]) == 27 * 13 + 7  # a half day among 28 sessions
    assert run.experiment.interval == "5m"
    steps = run.forecasts.query("symbol == 'frame'")[["origin", "target_time"]].drop_duplicates()
    assert set((steps["target_time"] - steps["origin"]).dt.total_seconds() // 60) >= {30.0}
    assert run.backtests[run.headline].stats["periods_per_year"] == 252 * 13
    assert set(wb.Workbench(tmp_path / "store.duckdb").sql("select interval from trials")["interval"]) == {"30m"}
    assert wb.Workbench(tmp_path / "store.duckdb").replay(run.id).identical


def test_default_folds_are_cut_on_resampled_bars():
    frame = prices(stamps_of(NEW_YORK, "2024-06-03", "2024-07-12", "5min"))

    asked = wb.Workbench().quick(frame, calendar="XNYS", resample="30m")

    assert (asked.interval, asked.resample) == ("5m", "30m")
    assert asked.folds.train_size == int(0.6 * (27 * 13 + 7))


def test_what_joining_left_out_is_said(tmp_path):
    stamps = stamps_of(NEW_YORK, "2024-01-02", "2024-06-28", "30min")
    early = stamps[:1] - pd.Timedelta(minutes=30)

    run = quick(prices(early.append(stamps[:-2])), tmp_path, calendar="XNYS", resample="1d", lookback=5)

    assert (
        "frame: 1 bars of 30m lie outside of the sessions of its calendar and are no part of bars of 1d." in run.notes
    )
    assert "frame: the last 11 bars of 30m make no finished bar of 1d and were left out." in run.notes
    assert run.panel["frame"].index[-1] == pd.Timestamp("2024-06-27")


def test_a_longer_bar_that_begins_before_the_start_is_left_out():
    days = NEW_YORK.sessions(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-03-01"))

    weeks = panel_of(prices(days), calendar="XNYS", resample="1wk", start="2024-01-10", end="2024-02-07")["frame"]

    assert weeks.index.strftime("%m-%d").tolist() == ["01-15", "01-22", "01-29"]
    assert panel_of(prices(days), calendar="XNYS", resample="1wk", tail=2)["frame"].index.strftime(
        "%m-%d"
    ).tolist() == [
        "02-19",
        "02-26",
    ]


def test_too_few_bars_for_a_single_longer_one_are_refused():
    bars = prices(pd.bdate_range("2024-01-01", periods=5))

    with pytest.raises(wb.DataError, match="the 5 bars of 'frame' make no finished bar of 1mo"):
        panel_of(bars, resample="1mo")
    with pytest.raises(wb.DataError, match="'frame' has no bars between 2025-01-01 and its end"):
        panel_of(bars, resample="1mo", start="2025-01-01")


# --- what is said, and what is not loaded


def test_the_terminal_says_what_annual_figures_count(tmp_path, capsys):
    from workbench.cli.results import print_summary

    run = quick(prices(pd.date_range("2022-01-01", periods=300)), tmp_path)
    print_summary(run)

    assert "The Sharpe ratio is annualised with 365 periods a year." in capsys.readouterr().out
    page = run.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Annual figures are annualised with 365 periods a year." in page
    assert "the Sharpe ratio is annualised with 365 periods a year" in page


def test_a_run_that_names_no_calendar_loads_none(tmp_path):
    prices(pd.bdate_range("2022-01-03", periods=150)).to_csv(tmp_path / "A.csv")
    code = (
        "import sys, workbench as wb\n"
        f"wb.run({str(tmp_path / 'A.csv')!r}, store={str(tmp_path / 's.duckdb')!r}, forecasters=['mean'], quiet=True,"
        " workers=1)\n"
        "assert 'exchange_calendars' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
