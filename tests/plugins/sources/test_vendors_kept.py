"""Vendors from end to end: the command line, the store and the report, with a server that counts its questions."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cli import main
from workbench_sources import _http

from .vendors import AlphaVantageMarket, Reply, VendorServer, YahooMarket, make_prices

CANARY = "CANARYKEY7531"
PRICES = ["open", "high", "low", "close"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_http, "pause", lambda seconds: None)
    monkeypatch.setenv("ALPHAVANTAGE_API_KEY", CANARY)
    return tmp_path


@pytest.fixture(params=["yahoo", "alphavantage"])
def vendor(request):
    return request.param


@pytest.fixture
def market(vendor):
    market = {"yahoo": YahooMarket, "alphavantage": AlphaVantageMarket}[vendor](make_prices(n=200))
    market.symbols = {"ACME"}
    return market


@pytest.fixture
def server(market):
    with VendorServer(market).running() as server:
        yield server


@pytest.fixture
def call(vendor, server, capsys):
    """Call `workbench data ...`; return exit code, and what was printed."""

    def run(verb: str, *arguments: str) -> tuple[int, str]:
        named = (
            [f"{vendor}:ACME", "--set", f"base_url={server.url}", "--set", "retries=1"] if verb == "fetch" else ["ACME"]
        )
        server.log.clear()
        with pytest.raises(SystemExit) as ended:
            main(["data", verb, *named, *arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    return run


def bars_in_store() -> pd.DataFrame:
    bench = wb.Workbench("workbench.duckdb")
    return bench.bars(bench.find_series("ACME")["series"])


def test_what_was_fetched_once_is_not_asked_for_again(call, server, market, vendor):
    asked = call("fetch", "--start", "2020-08-03", "--end", "2020-09-30")
    first = len(server.log)
    again = call("fetch", "--start", "2020-08-03", "--end", "2020-09-30")

    assert asked[0] == again[0] == 0
    assert "Asked once (2020-08-03 to 2020-09-30) and received 43 bars." in asked[1]
    assert "has 43 bars from 2020-08-03 to 2020-09-30, revision 1." in asked[1]
    assert first == (2 if vendor == "yahoo" else 1)
    assert server.log == []
    assert "Everything was there: nothing was asked for." in again[1]
    np.testing.assert_array_equal(bars_in_store()[PRICES], market.bars.loc[:"2020-09-30", PRICES])


def test_a_day_more_asks_for_that_day(call, server, market, vendor):
    call("fetch", "--start", "2020-08-03", "--end", "2020-09-29")
    market.bars.loc["2020-09-30", "close"] = 7.0
    market.bars.loc["2020-09-29", "close"] = 8.0  # history rewritten, which nobody asks for

    code, said = call("fetch", "--start", "2020-08-03", "--end", "2020-09-30", "--json")

    row = json.loads(said)
    assert code == 0
    assert row["asked"] == [["2020-09-30", "2020-09-30"]]
    assert (row["requests"], row["received"], row["rows"], row["revision"]) == (1, 1, 43, 2)
    assert bars_in_store()["close"].loc["2020-09-29":].tolist() == [make_prices(n=200)["close"].loc["2020-09-29"], 7.0]
    if vendor == "yahoo":
        day = datetime(2020, 9, 30, tzinfo=UTC).timestamp()
        assert int(server.log[0]["period1"]) == day - 14 * 3600


def test_a_split_that_came_since_leaves_what_was_kept_alone(call, market, vendor):
    if vendor != "yahoo":
        pytest.skip("only Yahoo divides by splits")
    call("fetch", "--start", "2020-08-03", "--end", "2020-09-29")
    market.splits = {"2020-09-30": 7.0}

    call("fetch", "--start", "2020-08-03", "--end", "2020-10-02")
    extended = bars_in_store()
    refreshed = call("fetch", "--start", "2020-08-03", "--end", "2020-10-02", "--refresh", "--json")

    np.testing.assert_array_equal(extended[PRICES], market.bars.loc[:"2020-10-02", PRICES])
    assert extended["split_factor"].loc["2020-09-30"] == 7.0
    assert json.loads(refreshed[1])["revision"] == 2  # the extension; nothing changed by asking for all again


def test_a_vendor_that_rewrites_history_makes_a_revision_and_both_stay(call, market):
    call("fetch", "--start", "2020-08-03", "--end", "2020-09-30")
    unchanged = call("diff")
    market.bars.loc["2020-08-10", "close"] += 0.5

    call("fetch", "--start", "2020-08-03", "--end", "2020-09-30", "--refresh")
    code, said = call("diff")
    as_json = json.loads(call("diff", "--json")[1])

    assert unchanged[0] == 0
    assert "nothing changed since it was first fetched" in unchanged[1]
    assert code == 1
    assert "revision 2, since revision 1: 0 rows added, 0 removed, 1 changed." in said
    old = make_prices(n=200)["close"].loc["2020-08-10"]
    assert as_json["changed"] == [
        {"time": "2020-08-10T00:00:00", "column": "close", "before": old, "after": pytest.approx(old + 0.5)}
    ]
    assert as_json["unchanged"] is False
    assert call("diff", "--since", "2")[0] == 0


def test_broken_answers_keep_nothing_and_settle_nothing(call, server, market):
    for reply in (
        Reply("<html>", content_type="text/html"),
        Reply('{"chart": {', missing=0),
        Reply(b"", status=500),
        Reply({"Note": "Thank you for using this API: 5 calls per minute."}),
    ):
        server.queue[:] = [reply, reply]
        code, said = call("fetch", "--start", "2020-08-03", "--end", "2020-09-30")
        server.queue.clear()
        assert code == 2
        assert said.count("workbench: ") == 1
        assert CANARY not in said

    assert call("fetch", "--start", "2020-08-03", "--end", "2020-09-30")[0] == 0
    assert len(bars_in_store()) == 43


def test_bars_up_to_yesterday_are_kept_and_today_is_not(call, server, market):
    today = datetime.now(UTC).date()
    market.bars = make_prices(n=30).set_axis(pd.date_range(today - timedelta(days=29), periods=30, name="date"))

    call("fetch", "--start", str(today - timedelta(days=20)))
    n_kept, last = len(bars_in_store()), bars_in_store().index[-1].date()
    _, again = call("fetch", "--start", str(today - timedelta(days=20)))

    assert (n_kept, last) == (20, today - timedelta(days=1))
    assert server.log == []
    assert "nothing was asked for" in again


def experiment(vendor: str, url: str) -> wb.Experiment:
    return wb.Experiment(
        name="remote",
        source=wb.use(vendor, base_url=url, retries=0),
        symbols=["ACME"],
        start="2020-08-03",
        end="2021-03-31",
        lookback=3,
        features=["log_return"],
        forecasters=["drift"],
        folds=wb.Holdout(0.2),
    )


def test_no_key_is_ever_written_or_told(vendor, server, here, capfd, caplog):
    with caplog.at_level(logging.DEBUG):
        bench = wb.Workbench("workbench.duckdb")
        run = bench.run(experiment(vendor, server.url), workers=1)
        run.report("report.html")
        said = f"Your key {CANARY if vendor == 'alphavantage' else 'none'} may ask 25 times per day."
        for reply in (Reply({"Information": said}), Reply(said), Reply(said, status=401)):
            server.queue[:] = [reply]
            with pytest.raises(SystemExit):
                main(["data", "fetch", f"{vendor}:OTHER", "--set", f"base_url={server.url}", "--set", "retries=0"])
        server.queue[:] = [Reply(late=9)]
        command = [sys.executable, "-m", "workbench", "data", "fetch", f"{vendor}:OTHER", "--debug", "--set"]
        command += [f"base_url={server.url}", "--set", "retries=0", "--set", "timeout=0.5"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        debugged = subprocess.run(command, capture_output=True, text=True, env=environment)

    assert all((params.get("apikey") == CANARY) == (vendor == "alphavantage") for params in server.log)
    printed = capfd.readouterr()
    assert debugged.returncode == 1
    assert "did not answer within 0.5 s" in debugged.stderr
    everything = [
        printed.out,
        printed.err,
        debugged.stdout,
        debugged.stderr,
        caplog.text,
        repr(bench),
        str(run.provenance),
    ]
    assert not [text for text in everything if CANARY in text]
    written = [path for path in here.rglob("*") if path.is_file()]
    assert {path.name for path in written} >= {"workbench.duckdb", "report.html"}
    assert [path for path in written if CANARY.encode() in path.read_bytes()] == []


def test_a_second_run_and_a_report_need_no_vendor(vendor, server):
    bench = wb.Workbench("workbench.duckdb")
    first = bench.run(experiment(vendor, server.url), workers=1)
    n_asked = len(server.log)
    server.market = lambda path, params: Reply("closed", status=503)

    again = bench.run(experiment(vendor, server.url), workers=1)

    assert len(server.log) == n_asked
    pd.testing.assert_frame_equal(first.forecasts, again.forecasts)
