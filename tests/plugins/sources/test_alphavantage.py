"""Alpha Vantage, as a server on 127.0.0.1 plays it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import numpy as np
import pandas as pd
import pytest

import workbench_sources as ws
from workbench import DataError
from workbench.testing import check_plugin
from workbench_sources import _http

from .vendors import AlphaVantageMarket, Reply, VendorServer, make_prices

PRICES = ["open", "high", "low", "close"]
KEY = "CANARY9KEY"


@pytest.fixture
def market() -> AlphaVantageMarket:
    return AlphaVantageMarket(make_prices(n=150))


@pytest.fixture
def server(market, monkeypatch):
    monkeypatch.setattr(_http, "pause", lambda seconds: None)
    monkeypatch.setenv("ALPHAVANTAGE_API_KEY", KEY)
    with VendorServer(market).running() as server:
        yield server


@pytest.fixture
def source(server) -> ws.AlphaVantage:
    return ws.AlphaVantage(base_url=server.url, timeout=5, retries=1)


def test_daily_bars_come_oldest_first_and_within_the_dates(source, market, server):
    bars = source.fetch("IBM", "2020-09-01", "2020-09-30", "1d")

    expected = market.bars.loc["2020-09-01":"2020-09-30"]
    pd.testing.assert_frame_equal(bars, expected, check_names=False, check_freq=False, check_index_type=False)
    assert server.log == [
        {
            "function": "TIME_SERIES_DAILY",
            "outputsize": "full",
            "symbol": "IBM",
            "datatype": "json",
            "apikey": KEY,
        }
    ]


@pytest.mark.parametrize(("days", "size"), [(5, "compact"), (130, "compact"), (131, "full"), (None, "full")])
def test_the_last_bars_cost_a_short_answer(source, server, days, size):
    start = None if days is None else str(datetime.now(UTC).date() - timedelta(days=days))

    source.fetch("IBM", start, None, "1d")

    assert server.log[0]["outputsize"] == size


def test_adjusted_bars_bring_splits_and_dividends_under_our_names(source, market, server):
    extra = {"adjusted close": 7.0, "dividend amount": 0.0, "split coefficient": 1.0}
    market.bars = market.bars.assign(**extra)
    market.bars.loc["2020-08-31", "split coefficient"] = 4.0
    adjusted = ws.AlphaVantage(base_url=server.url, adjusted=True)

    bars = adjusted.fetch("IBM", None, None, "1d")

    assert server.log[0]["function"] == "TIME_SERIES_DAILY_ADJUSTED"
    assert set(bars.columns) == {*PRICES, "volume", "adj_close", "dividend", "split_factor"}
    assert bars["split_factor"].loc["2020-08-31"] == 4.0
    np.testing.assert_array_equal(bars["close"], market.bars["close"])
    assert adjusted.location() == f"{server.url}, adjusted"
    assert ws.AlphaVantage(adjusted=True).location() == "adjusted"


def test_weeks_and_months_are_labelled_by_their_beginning(source, market, server):
    market.bars = make_prices(n=3).set_axis(pd.to_datetime(["2020-08-07", "2020-08-14", "2020-08-20"]))
    weeks = source.fetch("IBM", None, None, "1wk")
    market.bars = make_prices(n=2).set_axis(pd.to_datetime(["2020-08-31", "2020-09-11"]))
    months = source.fetch("IBM", None, None, "1mo")

    assert [str(day)[:10] for day in weeks.index] == ["2020-08-03", "2020-08-10", "2020-08-17"]
    assert [str(day)[:10] for day in months.index] == ["2020-08-01", "2020-09-01"]
    assert [params["function"] for params in server.log] == ["TIME_SERIES_WEEKLY", "TIME_SERIES_MONTHLY"]


def test_intraday_bars_come_by_the_month_in_utc(source, market, server):
    stamps = ["2020-10-30 09:30", "2020-10-30 10:30", "2020-11-02 09:30"]  # summer time ends between the days
    market.bars = make_prices(n=3).set_axis(pd.to_datetime(stamps))

    bars = source.fetch("IBM", "2020-10-01", "2020-11-30", "1h")

    assert [str(moment) for moment in bars.index] == [
        "2020-10-30 13:30:00+00:00",
        "2020-10-30 14:30:00+00:00",
        "2020-11-02 14:30:00+00:00",
    ]
    assert [params["month"] for params in server.log] == ["2020-10", "2020-11"]
    assert {params["interval"] for params in server.log} == {"60min"}
    assert {params["adjusted"] for params in server.log} == {"false"}


def test_intraday_bars_need_a_start_since_each_month_is_a_request(source, server):
    with pytest.raises(DataError, match="month by month; say with `start`"):
        source.fetch("IBM", None, None, "5m")

    assert server.log == []


@pytest.mark.parametrize("field", ["Note", "Information", "Error Message"])
@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (
            f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day.",
            "The allowance of your key is used up: wait, ask for less, or use a key with a larger one",
        ),
        ("Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute.", "allowance"),
        ("This is a premium endpoint. You may subscribe to any of the premium plans.", "Your key does not allow this"),
        ("the parameter apikey is invalid or missing.", "Look whether the secret ALPHAVANTAGE_API_KEY is right"),
        ("Invalid API call. Please retry.", "Look whether 'IBM' is one of its symbols"),
    ],
)
def test_what_the_vendor_says_in_place_of_bars_is_told_with_advice(source, server, field, said, advice):
    server.queue[:] = [Reply({field: said})]

    with pytest.raises(DataError) as refused:
        source.fetch("IBM", None, None, "1d")

    assert said.replace(KEY, "...").rstrip(".") in str(refused.value)
    assert advice in str(refused.value)
    assert KEY not in str(refused.value)
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply({}), "its answer is empty, and no bars"),
        (Reply({"Meta Data": {}}), "its answer has Meta Data, and no bars"),
        (Reply({"Time Series (Daily)": {"2020-01-02": {"1. open": "much"}}}), "that are no dates and numbers"),
        (Reply({"Time Series (Daily)": {"someday": {"1. open": "1"}}}), "that are no dates and numbers"),
        (Reply({"Time Series (Daily)": {"": {"1. open": "1"}}}), "that are no dates and numbers"),
        (Reply({"Time Series (Daily)": {"2020-01-02": 7}}), "that are no dates and numbers"),
        (Reply("[" * 100_000), "broke off before its end"),
        (Reply("<html></html>", content_type="text/html"), "a web page and not with JSON"),
        (Reply("no", status=429), "Wait, or ask for less, or use a key with a larger allowance"),
    ],
)
def test_an_answer_without_bars_is_told(source, server, reply, said):
    server.queue[:] = [reply, reply]

    with pytest.raises(DataError, match=said):
        source.fetch("IBM", None, None, "1d")


def test_an_answer_of_another_shape_is_no_fault_of_workbench(source):
    with pytest.raises(DataError, match=r"an answer for 'IBM' that is not of the form .* \(KeyError\)\. Ask later"):
        with source._understood("IBM"):
            raise KeyError("CANARY")


@pytest.mark.parametrize("written", [str, quote_plus])
@pytest.mark.parametrize("place", ["said", "field", "column"])
def test_a_key_of_any_characters_is_taken_out_wherever_the_vendor_repeats_it(
    source, server, monkeypatch, place, written
):
    monkeypatch.setenv("ALPHAVANTAGE_API_KEY", "CANARY+Key/9f8e")
    key = written("CANARY+Key/9f8e")
    row = {"1. open": "1", "2. high": "1", "3. low": "1", "4. close": "1", "5. volume": "1"}
    answers = {
        "said": {"Error Message": f"https://vendor/query?apikey={key}"},
        "field": {key: 1},
        "column": {"Time Series (Daily)": {"2020-01-02": {**row, f"9. {key}": "1"}}},
    }
    server.queue[:] = [Reply(answers[place])]

    if place == "column":
        told = list(source.fetch("IBM", None, None, "1d").columns)
    else:
        with pytest.raises(DataError) as refused:
            source.fetch("IBM", None, None, "1d")
        told = refused.value

    assert "CANARY" not in str(told).upper()


def test_dates_without_bars_give_no_rows(source, server):
    assert source.fetch("IBM", "2020-08-08", "2020-08-09", "1d").empty
    server.queue[:] = [Reply({"Meta Data": {}, "Time Series (Daily)": {}})]
    assert source.fetch("IBM", None, None, "1d").empty


def test_without_a_key_nothing_is_asked_and_the_way_to_one_is_told(source, server, monkeypatch, tmp_path):
    monkeypatch.delenv("ALPHAVANTAGE_API_KEY")
    monkeypatch.setenv("WORKBENCH_SECRETS", str(tmp_path / "secrets.toml"))

    with pytest.raises(DataError, match=r"no secret ALPHAVANTAGE_API_KEY\. Set the environment variable"):
        source.fetch("IBM", None, None, "1d")

    assert server.log == []


def test_it_passes_the_kit_against_a_server(source):
    assert [f"{r.check}: {r.reason}" for r in check_plugin(source) if not r.passed] == []


def test_a_missing_or_broken_recording_is_told(tmp_path):
    recorded = ws.AlphaVantage.example(tmp_path)

    with pytest.raises(DataError, match=r"no recorded answer MSFT-1d\.json .*It has IBM-1d\.json"):
        recorded.fetch("MSFT", None, None, "1d")
    (tmp_path / "IBM-1d.json").write_text("{")
    with pytest.raises(DataError, match="is no JSON"):
        recorded.fetch("IBM", None, None, "1d")
