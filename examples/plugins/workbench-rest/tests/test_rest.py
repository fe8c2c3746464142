"""The vendor is a server that each test starts on this machine."""

import json
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from workbench import DataError, ExperimentError
from workbench.testing import parametrize_checks

import workbench_rest
from workbench_rest import Rest

BARS = [
    {"date": "2024-01-03", "open": 2, "high": 4, "low": 1, "close": 3, "volume": 20},
    {"date": "2024-01-02", "open": 1, "high": 3, "low": 1, "close": None, "volume": 10},
]


@parametrize_checks(Rest)
def test_conforms(check):
    check()


class Vendor:
    """Gives prepared answers, one after the other, and remembers what it was asked."""

    def __init__(self):
        self.answers, self.asked = [], []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                vendor.asked.append((self.path, self.headers.get("Authorization")))
                status, body, headers = vendor.answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, body, status=200, **headers):
        self.answers.append((status, body, {name.replace("_", "-"): value for name, value in headers.items()}))


@pytest.fixture
def vendor(monkeypatch):
    monkeypatch.delenv(workbench_rest.KEY, raising=False)
    vendor = Vendor()
    thread = threading.Thread(target=vendor.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield vendor
    vendor.server.shutdown()
    thread.join()
    vendor.server.server_close()


@pytest.fixture
def waits(monkeypatch):
    """Seconds that were waited; nothing really waits."""
    seconds = []
    monkeypatch.setattr(workbench_rest.time, "sleep", seconds.append)
    return seconds


def fetch(vendor, symbol="AAA", **parameters):
    return Rest(base_url=vendor.url, **parameters).fetch(symbol, None, None, "1d")


def test_bars_come_oldest_first_and_what_is_missing_stays_missing(vendor):
    vendor.answer(BARS)

    bars = fetch(vendor)

    assert [f"{day:%Y-%m-%d}" for day in bars.index] == ["2024-01-02", "2024-01-03"]
    assert bars["close"].isna().tolist() == [True, False]
    assert bars["volume"].tolist() == [10, 20]


def test_the_key_comes_from_the_environment_and_is_in_no_parameter(vendor, monkeypatch):
    monkeypatch.setenv(workbench_rest.KEY, "secret")
    vendor.answer(BARS)

    source = Rest(base_url=vendor.url)
    source.fetch("BRK/B", None, None, "1d")

    assert vendor.asked == [("/daily/BRK%2FB.json", "Bearer secret")]
    assert "secret" not in source.label + str(source.location())


def test_the_key_is_not_handed_on_when_an_answer_redirects(vendor, monkeypatch):
    monkeypatch.setenv(workbench_rest.KEY, "secret")
    vendor.answer(b"", status=302, Location="/elsewhere.json")
    vendor.answer(BARS)

    fetch(vendor)

    assert vendor.asked == [("/daily/AAA.json", "Bearer secret"), ("/elsewhere.json", None)]


def test_a_busy_vendor_is_asked_again_when_it_says(vendor, waits):
    vendor.answer(b"", status=503)
    vendor.answer(b"", status=429, Retry_After="7")
    vendor.answer(b"", status=429, Retry_After=formatdate(workbench_rest.time.time() + 20, usegmt=True))
    vendor.answer(BARS)

    bars = fetch(vendor)

    assert len(bars) == 2
    assert waits[:2] == [0.25, 7]
    assert waits[2] == pytest.approx(20, abs=2)


def test_it_gives_up_after_the_retries(vendor, waits):
    for _ in range(3):
        vendor.answer(b"", status=500)

    with pytest.raises(DataError, match=r"answered 500 .*tried 3 times"):
        fetch(vendor, retries=2)

    assert len(waits) == 2


def test_it_does_not_wait_longer_than_its_patience(vendor, waits):
    vendor.answer(b"", status=429, Retry_After="3600")

    with pytest.raises(DataError, match="answered 429"):
        fetch(vendor)

    assert waits == []


WRONG = {
    "a refused key": (b"", 401, "WORKBENCH_REST_KEY"),
    "a refused request": (b"", 400, "answered 400"),
    "no JSON": (b"<html>", 200, "gave no JSON"),
    "no list": ({"error": "busy"}, 200, "no list of bars"),
    "no bars": ([], 200, "no list of bars"),
    "a missing column": ([{"date": "2024-01-02", "close": 1}], 200, "lack open, high, low, volume"),
    "a strange date": ([{**BARS[0], "date": "yesterday"}], 200, "not dates and numbers"),
    "a strange price": ([{**BARS[0], "close": "dear"}], 200, "not dates and numbers"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(case, vendor):
    body, status, explanation = case
    vendor.answer(body, status=status)

    with pytest.raises(DataError, match=explanation):
        fetch(vendor)


def test_a_symbol_that_is_not_there_is_answered_with_those_that_are(vendor):
    vendor.answer(b"", status=404)
    vendor.answer(["BBB", "CCC"])

    with pytest.raises(DataError, match=r"no symbol 'AAA' .*It has BBB, CCC"):
        fetch(vendor)


def test_a_vendor_out_of_reach_is_an_error_that_says_so(waits):
    with pytest.raises(DataError, match=r"cannot be reached .*tried 1 times"):
        Rest(base_url="http://127.0.0.1:1", retries=0).symbols()


def test_symbols_are_the_vendor_s(vendor):
    vendor.answer(["AAA", "BBB"])

    assert Rest(base_url=vendor.url).symbols() == ["AAA", "BBB"]


@pytest.mark.parametrize("url", ["vendor.example", "ftp://vendor", "https://me:secret@vendor", "https://vendor?key=1"])
def test_an_address_that_is_none_or_holds_a_secret_is_refused(url):
    with pytest.raises(ExperimentError, match="base_url"):
        Rest(base_url=url)
