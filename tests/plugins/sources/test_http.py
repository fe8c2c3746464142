"""Good, slow, broken and angry answers, for both ways of asking."""

from __future__ import annotations

import logging
import traceback
from email.utils import formatdate

import pytest

from workbench import DataError
from workbench_sources import _http
from workbench_sources._http import Request, ask, get_as_browser, get_plain

from .vendors import Reply, VendorServer

CANARY = "CANARY/7+key=8"
GOOD = Reply({"bars": [1, 2]})
PAGE = "<!DOCTYPE html><html><head><title>Sign in to WiFi</title></head></html>"


@pytest.fixture(params=[get_plain, get_as_browser], ids=["requests", "curl"])
def get(request):
    return request.param


@pytest.fixture
def server():
    with VendorServer(lambda path, params: GOOD).running() as server:
        yield server


@pytest.fixture
def pauses(monkeypatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(_http, "pause", waited.append)
    return waited


@pytest.fixture
def question(server, get, pauses):
    def put(*replies: Reply, timeout: float = 5.0, retries: int = 2):
        server.queue[:] = replies
        request = Request("vendor", server.url, "/query", {"symbol": "A"}, "bars of 'A'", {"apikey": CANARY})
        return ask(request, get, timeout=timeout, retries=retries)

    return put


def refusal(question, *replies: Reply, **options) -> str:
    with pytest.raises(DataError) as refused:
        question(*replies, **options)
    said = "".join(traceback.format_exception(refused.value, chain=True))
    assert CANARY not in said
    assert "CANARY" not in said
    assert refused.value.__context__ is None
    return str(refused.value)


def test_a_good_answer_comes_at_once(question, server, pauses):
    assert question() == {"bars": [1, 2]}
    assert server.log == [{"symbol": "A", "apikey": CANARY}]
    assert pauses == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_growing_pauses(question, server, pauses, status):
    assert question(Reply("no", status=status), Reply("no", status=status)) == {"bars": [1, 2]}

    assert len(server.log) == 3
    first, second = pauses
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_pauses_of_many_tries_differ_and_stay_bounded(question, pauses):
    refusal(question, *[Reply("no", status=503)] * 11, retries=10)

    assert len(pauses) == len(set(pauses)) == 10
    assert max(pauses) <= 60


@pytest.mark.parametrize("status", [400, 401, 403, 404, 301, 501])
def test_what_will_not_pass_is_asked_once(question, server, status, get):
    headers = {"Location": "/elsewhere"} if status == 301 and get is get_plain else {}
    refusal(question, Reply("no such thing", status=status, headers=headers))

    assert len(server.log) == 1


@pytest.mark.parametrize("asked", ["seconds", "a date"])
def test_a_vendor_says_how_long_to_wait(question, pauses, asked, monkeypatch):
    now = _http.time.time()
    text = "7" if asked == "seconds" else formatdate(now + 7, usegmt=True)
    monkeypatch.setattr(_http.time, "time", lambda: now)

    question(Reply("slow down", status=429, headers={"Retry-After": text}))

    assert pauses == [pytest.approx(7, abs=1)]


@pytest.mark.parametrize("strange", ["soon", "", "-1"])
def test_a_retry_after_that_cannot_be_read_is_passed_over(question, pauses, strange):
    question(Reply("slow down", status=429, headers={"Retry-After": strange}))

    assert pauses[0] <= 0.5


def test_a_vendor_that_wants_an_hour_is_not_asked_again(question, server, pauses):
    said = refusal(question, Reply("slow down", status=429, headers={"Retry-After": "3600"}))

    assert (len(server.log), pauses) == (1, [])
    assert "refuses further requests for now (status 429)" in said
    assert "asks to wait 3600 s" in said


def test_refused_to_the_end_it_says_so_and_what_to_do(question, server):
    said = refusal(question, *[Reply("slow down", status=429)] * 3)

    assert len(server.log) == 3
    assert said == (
        f"'vendor' at {server.url} gave no bars of 'A': it refuses further requests for now (status 429). Wait, or ask "
        "for less (3 tries)."
    )


def test_a_slow_answer_times_out_and_is_tried_again(question, server):
    assert question(Reply(late=3), timeout=0.3) == {"bars": [1, 2]}
    said = refusal(question, Reply(late=3), Reply(late=3), timeout=0.3, retries=1)

    assert "it did not answer within 0.3 s. Ask later, or set a longer `timeout` (2 tries)" in said


def test_an_answer_that_drips_in_for_ever_times_out(question):
    said = refusal(question, Reply({"bars": ["x" * 200]}, drip=0.05), timeout=0.4, retries=0)

    assert "did not answer within 0.4 s" in said


def test_an_answer_shorter_than_it_says_is_tried_again(question, server):
    assert question(Reply({"bars": [1]}, missing=40)) == {"bars": [1, 2]}
    said = refusal(question, Reply({"bars": [1]}, missing=40), retries=0)

    assert "its answer broke off before its end" in said


def test_json_that_breaks_off_is_tried_again(question, server):
    assert question(Reply('{"bars": [1, ')) == {"bars": [1, 2]}
    said = refusal(question, Reply('{"bars": [1, '), retries=0)

    assert "its answer broke off before its end" in said


@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_a_web_page_is_no_answer(question, server, content_type):
    said = refusal(question, Reply(PAGE, content_type=content_type))

    assert len(server.log) == 1
    assert "answered with a web page, 'Sign in to WiFi', and not with JSON" in said


@pytest.mark.parametrize("body", ["", "Too Many Requests", b"\xff\xfe\x00", f"your key {CANARY} is bad"])
def test_what_is_no_json_is_shown_in_short(question, body):
    said = refusal(question, Reply(body, content_type="text/plain"), retries=0)

    assert "and not with JSON. Ask later" in said


def test_nobody_listening_is_told_as_such(server, get, pauses):
    request = Request("vendor", "http://127.0.0.1:9", "/query", {}, "bars of 'A'", {"apikey": CANARY})

    said = refusal(lambda: ask(request, get, timeout=2, retries=1))

    assert "it could not be reached" in said
    assert len(pauses) == 1


def test_a_deadline_ends_it_all(question, server, monkeypatch):
    moments = iter([0.0] + [1e6] * 50)
    monkeypatch.setattr(_http.time, "monotonic", lambda: next(moments))

    refusal(question, Reply("no", status=503), Reply("no", status=503), timeout=600)

    assert len(server.log) == 1


def test_keys_stay_out_of_the_log(question, caplog):
    with caplog.at_level(logging.DEBUG):
        question(Reply("no", status=503))

    assert "CANARY" not in caplog.text
