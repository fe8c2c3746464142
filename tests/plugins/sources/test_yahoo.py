"""Yahoo, as a server on 127.0.0.1 plays it."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError, ExperimentError
from workbench.testing import check_plugin
from workbench_sources import _http

from .vendors import Reply, VendorServer, YahooMarket, make_prices

PRICES = ["open", "high", "low", "close"]


@pytest.fixture
def market() -> YahooMarket:
    return YahooMarket(make_prices())  # the 3rd of August to the 23rd of October 2020


@pytest.fixture
def server(market, monkeypatch):
    monkeypatch.setattr(_http, "pause", lambda seconds: None)
    with VendorServer(market).running() as server:
        yield server


@pytest.fixture
def yahoo(server) -> ws.Yahoo:
    return ws.Yahoo(base_url=server.url, timeout=5, retries=1)


def dates(bars: pd.DataFrame) -> list[str]:
    return [str(moment)[:10] for moment in bars.index]


def test_prices_come_as_traded_with_what_happened(yahoo, market, server):
    market.splits = {"2020-08-31": 4.0, "2022-06-06": 20.0}
    market.dividends = {"2020-08-07": 0.82, "2020-09-04": 0.205}

    bars = yahoo.fetch("AAPL", "2020-08-05", "2020-09-30", "1d")

    expected = market.bars.loc["2020-08-05":"2020-09-30"]
    assert dates(bars) == dates(expected)
    np.testing.assert_array_equal(bars[PRICES], expected[PRICES])
    np.testing.assert_array_equal(bars["volume"], expected["volume"])
    assert bars["split_factor"][bars["split_factor"] != 1].to_dict() == {
        pd.Timestamp("2020-08-31", tz="America/New_York"): 4.0
    }
    assert bars["dividend"][bars["dividend"] != 0].round(9).tolist() == [0.82, 0.205]
    assert "adj_close" not in bars


def test_an_old_range_costs_a_second_request_for_the_splits_since(yahoo, server):
    yahoo.fetch("AAPL", "2020-09-01", "2020-09-01", "1d")

    bars, splits = server.log
    assert (bars["interval"], bars["events"]) == ("1d", "div,splits,capitalGains")
    assert (splits["interval"], splits["events"]) == ("1mo", "splits")
    day = datetime(2020, 9, 1, tzinfo=UTC).timestamp()
    assert int(bars["period1"]) == day - 14 * 3600
    assert int(bars["period2"]) == day + 2 * 86_400
    assert int(splits["period2"]) > datetime.now(UTC).timestamp()


def test_a_recent_range_is_asked_for_once_up_to_now(yahoo, market, server):
    today = datetime.now(UTC).date()
    market.bars = make_prices(str(today - timedelta(days=60)), 40)
    market.bars = market.bars[market.bars.index < pd.Timestamp(today)]
    market.splits = {str(today): 3.0}
    end = today - timedelta(days=4)

    bars = yahoo.fetch("AAPL", str(today - timedelta(days=20)), str(end), "1d")

    assert len(server.log) == 1
    expected = market.bars.loc[str(today - timedelta(days=20)) : str(end)]
    np.testing.assert_array_equal(bars[PRICES], expected[PRICES])


def test_everything_is_asked_for_where_no_dates_are_given(yahoo, market, server):
    bars = yahoo.fetch("AAPL", None, None, "1d")

    assert len(bars) == 60
    assert int(server.log[0]["period1"]) < 0
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("zone", "opens"), [("Australia/Sydney", "10:00"), ("Asia/Tokyo", "09:00"), ("Europe/London", "00:00")]
)
def test_dates_are_those_of_the_exchange(yahoo, market, zone, opens):
    market.zone, market.opens = zone, opens

    bars = yahoo.fetch("AAPL", "2020-10-20", "2020-10-21", "1d")

    assert dates(bars) == ["2020-10-20", "2020-10-21"]


def test_intraday_stamps_name_their_zone(yahoo, market):
    index = pd.date_range("2020-08-03 09:30", periods=5, freq="1h").append(
        pd.date_range("2020-08-04 09:30", periods=5, freq="1h")
    )
    market.bars = make_prices(n=10).set_axis(index)

    bars = yahoo.fetch("AAPL", "2020-08-03", "2020-08-04", "1h")

    assert [str(moment) for moment in bars.index.tz_convert("UTC")[:2]] == [
        "2020-08-03 13:30:00+00:00",
        "2020-08-03 14:30:00+00:00",
    ]
    np.testing.assert_array_equal(bars[PRICES], market.bars[PRICES])


def test_a_bar_without_a_price_is_kept(yahoo, market):
    market.bars.loc["2020-08-05", PRICES] = np.nan

    bars = yahoo.fetch("AAPL", "2020-08-03", "2020-08-07", "1d")

    assert bars["close"].isna().tolist() == [False, False, True, False, False]


def test_dates_without_bars_give_no_rows(yahoo, server):
    nothing = {"code": "Bad Request", "description": "Data doesn't exist for startDate = 1, endDate = 2"}
    refused = Reply({"chart": {"result": None, "error": nothing}}, status=400)

    assert yahoo.fetch("AAPL", "2020-08-08", "2020-08-09", "1d").empty
    server.queue[:] = [refused]
    assert yahoo.fetch("AAPL", "2020-08-08", "2020-08-09", "1d").empty
    server.queue[:] = [server.market("/AAPL", {"period1": "0", "period2": "2000000000", "interval": "1d"}), refused]
    assert len(yahoo.fetch("AAPL", "2020-08-07", "2020-08-09", "1d")) == 1


def test_an_index_and_a_currency_are_found(yahoo, market, server):
    market.symbols |= {"^GSPC"}

    assert len(yahoo.fetch("^GSPC", "2020-08-03", "2020-08-07", "1d")) == 5
    assert server.paths[0] == "/v8/finance/chart/%5EGSPC"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("slow", status=429), r"refuses further requests for now \(status 429\)"),
        (Reply("oops", status=500), r"it failed \(status 500\)"),
        (Reply("<html><title>Consent</title>", content_type="text/html"), "web page, 'Consent', and not with JSON"),
        (Reply({"chart": {"result": [{"meta": {}}], "error": None}}), "its answer holds no chart"),
        (Reply({"finance": {"error": {"description": "?"}}}, status=404), "its answer holds no chart"),
        (Reply({}), "its answer holds no chart"),
        (Reply("[1, 2]"), "its answer holds no chart"),
    ],
)
def test_a_failure_is_told_and_not_an_empty_frame(yahoo, server, reply, said, caplog, capsys):
    server.queue[:] = [reply, reply]

    with caplog.at_level(logging.DEBUG), pytest.raises(DataError, match=said):
        yahoo.fetch("AAPL", None, None, "1d")

    assert [record for record in caplog.records if record.name.startswith("yfinance")] == []
    assert capsys.readouterr() == ("", "")


def test_what_yfinance_cannot_read_is_told(yahoo, server):
    answer = server.market("/AAPL", {"period1": "0", "period2": "2000000000", "interval": "1d"}).body
    del answer["chart"]["result"][0]["indicators"]["quote"][0]["open"]
    server.queue[:] = [Reply(answer)]

    with pytest.raises(DataError, match=r"that yfinance cannot read \(KeyError: 'open'\).*newer yfinance"):
        yahoo.fetch("AAPL", None, None, "1d")


def test_an_unknown_symbol_is_told_as_yahoo_does(yahoo):
    with pytest.raises(DataError, match=r"'NOPE'.*It says: No data found, symbol may be delisted\. Look whether"):
        yahoo.fetch("NOPE", None, None, "1d")


def test_an_unknown_interval_is_refused_without_asking(yahoo, server):
    with pytest.raises(DataError, match=r"no bars of '7m'. It has 1d, 1wk"):
        yahoo.fetch("AAPL", None, None, "7m")

    assert server.log == []


def test_without_yfinance_the_extra_is_named(yahoo, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "yfinance" else found(name))

    with pytest.raises(DataError, match=r"pip install 'trading-workbench\[data\]'"):
        yahoo.fetch("AAPL", None, None, "1d")


def test_yfinance_is_loaded_when_it_is_needed_and_writes_nothing(server, tmp_path):
    code = (
        "import sys, workbench_sources as ws\n"
        "assert 'yfinance' not in sys.modules\n"
        f"print(len(ws.Yahoo(base_url={server.url!r}).fetch('AAPL', None, None, '1d')))"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": ":".join(sys.path)}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=home, cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("60\n", "")
    assert list(tmp_path.rglob("*")) == []


def test_the_address_belongs_to_a_series_only_where_it_is_another_one(yahoo, server):
    assert ws.Yahoo().location() is None
    assert ws.Yahoo(timeout=3, retries=0).location() is None
    assert yahoo.location() == server.url


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@127.0.0.1",
        "https://127.0.0.1?apikey=hunter2",
        "https://127.0.0.1/#hunter2",
        "hunter2",
        "ftp://hunter2",
    ],
)
@pytest.mark.parametrize("source", [ws.Yahoo, ws.AlphaVantage])
def test_an_address_with_more_than_an_address_is_refused_without_repeating_it(source, url):
    with pytest.raises(ExperimentError, match="`base_url` of") as refused:
        source(base_url=url)

    assert "hunter2" not in str(refused.value)


def test_it_passes_the_kit_against_a_server(yahoo, market):
    market.splits = {"2020-08-31": 4.0, "2022-06-06": 20.0}

    assert [f"{r.check}: {r.reason}" for r in check_plugin(yahoo) if not r.passed] == []
