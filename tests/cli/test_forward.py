"""`forecast`, `signal` and `models` on the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from workbench.runs import following, keeping


@pytest.fixture
def walked(workbench, random_walk_csv, monkeypatch):
    """A finished run on bars up to Tuesday, 11 August 2020, and a clock that says the next morning."""
    monkeypatch.setattr(keeping, "utc_now", lambda: pd.Timestamp("2020-08-12 06:00"))
    fields = ['forecasters=["drift"]', "lookback=3", "horizon=2", "folds={test_fraction=0.3}"]
    answer = workbench("run", random_walk_csv, "--workers", "1", *[a for f in fields for a in ("--set", f)])
    assert answer.code == 0
    return workbench


def test_forecast_prints_what_is_to_come_and_that_it_is_no_advice_once(walked):
    answer = walked("forecast", "latest")

    assert answer.code == 0
    assert "From the bar of Tue 2020-08-11:" in answer.out
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    rows = [line for line in lines if line.startswith("WALK")]
    assert [row.split()[1:4] for row in rows] == [["1", "Wed", "2020-08-12"], ["2", "Thu", "2020-08-13"]]
    assert "Bars to come are dated by: Monday to Friday, holidays unknown." in answer.out
    assert answer.out.count("Forecasts are no advice") == 1


def test_an_intraday_bar_at_midnight_has_its_time(workbench, folder, monkeypatch):
    hours = pd.date_range("2024-07-01", "2024-08-05 22:00", freq="1h", name="time")
    close = 100 + np.random.default_rng(1).normal(0, 1, len(hours)).cumsum() / 10
    bars = pd.DataFrame({n: close for n in ("open", "high", "low", "close")}, index=hours).assign(volume=1.0)
    bars.to_csv(folder / "H.csv")
    monkeypatch.setattr(keeping, "utc_now", lambda: pd.Timestamp("2024-08-05 23:10"))
    fields = ['forecasters=["drift"]', "lookback=3", "horizon=2", "folds={test_fraction=0.3}"]
    assert workbench("run", "H.csv", "--workers", "1", *[a for f in fields for a in ("--set", f)]).code == 0

    shown, scores = workbench("forecast", "latest").out, workbench("forecast", "--score").out

    assert "Tue\u00a02024-08-06\u00a000:00" in shown
    assert "2024-08-06\u00a000:00" in scores


def test_forecast_as_json_is_one_document(walked):
    answer = walked("forecast", "latest", "--json")

    (line,) = answer.out.splitlines()
    told = json.loads(line)
    assert {"forward", "made_at", "run", "model", "trained_until", "refit", "forecasts", "seeds"} <= told.keys()
    assert [row["target_time"] for row in told["forecasts"]] == ["2020-08-12T00:00:00", "2020-08-13T00:00:00"]
    assert told["forecasts"][0]["late"] is False


def test_scores_are_printed_with_what_the_statuses_mean(walked, random_walk_csv, monkeypatch):
    assert "Nothing was forecast ahead yet" in walked("forecast", "--score").out
    walked("forecast", "latest")
    assert "Nothing can be scored yet" in walked("forecast", "--score").out
    frame = pd.read_csv(random_walk_csv)
    frame.loc[len(frame)] = {**frame.iloc[-1], "Date": "2020-08-12", "Close": frame["Close"].iloc[-1]}
    frame.to_csv(random_walk_csv, index=False)
    monkeypatch.setattr(keeping, "utc_now", lambda: pd.Timestamp("2020-08-13 06:00"))

    answer = walked("forecast", "--score", "latest")
    told = walked("forecast", "--score", "--json").json

    assert answer.code == 0
    assert "1 scored: the bar has come." in answer.out
    assert "1 open: the bar has not come yet." in answer.out
    assert [row["status"] for row in told["rows"]] == ["scored", "open"]
    assert told["summary"][0]["n"] == 1


def test_a_signal_names_the_open_at_which_it_is_filled(walked):
    answer = walked("signal", "latest")
    told = walked("signal", "latest", "--json").json

    assert answer.code == 0
    assert "What long_flat makes of it" in answer.out
    assert "Forecasts are no advice." in answer.out
    assert told["signals"][0]["fill_time"] == "2020-08-12T00:00:00"
    assert told["signals"][0]["position"] in (0.0, 1.0)


def test_models_are_listed_and_saved(walked, folder):
    answer = walked("models", "latest")
    listed = walked("models", "latest", "--json").json
    saved = walked("models", "latest", "--save", "model", "--json").json

    assert answer.code == 0
    assert [row["model"] for row in listed] == ["drift", "persistence"]
    assert saved == {"saved": ["model"]}
    assert (folder / "model" / "workbench.json").exists()
    assert walked("models", "latest", "--save", "model").code == 2  # it is not empty any more


def test_following_ends_well_with_ctrl_c(walked, monkeypatch):
    def interrupt(_seconds):
        raise KeyboardInterrupt

    real = following.follow
    monkeypatch.setattr("workbench.runs.forward_bench.follow", lambda *a, **k: real(*a, **{**k, "sleep": interrupt}))

    answer = walked("forecast", "latest", "--follow")

    assert answer.code == 0
    assert "Waiting for the next bar, due at 2020-08-13 00:00 UTC" in answer.out
    assert answer.out.rstrip().endswith("Stopped; what was forecast is in the store.")


def test_wrong_requests_are_refused(walked):
    for arguments, said in [
        (["forecast"], "say which run is to forecast"),
        (["forecast", "latest", "--score", "--refit"], "`--score` does not go together with `--refit`:"),
        (["forecast", "latest", "--score", "--follow"], "`--score` does not go together with `--follow`:"),
        (["forecast", "latest", "--model", "drfit"], "Did you mean 'drift'"),
        (["forecast", "nothing"], "no run 'nothing'"),
        (["signal", "nothing"], "no run 'nothing'"),
    ]:
        answer = walked(*arguments)

        assert answer.code == 2
        assert said in answer.err
