"""Asking a vendor over HTTP: never for ever, never in vain twice, and clear about what went wrong.

Nothing here puts an address with its parameters, or what a library says of it, into a message: keys travel there.
"""

from __future__ import annotations

import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, quote_plus

from workbench import DataError

AGAIN = frozenset({429, 500, 502, 503, 504})
"""States that may pass."""
LONGEST_WAIT = 60.0
"""Seconds that are waited at most between two tries; a vendor that asks for more is not asked again."""
_FIRST_WAIT = 0.5
_N_SHOWN = 200


@dataclass(frozen=True)
class Answer:
    """What a vendor answered; `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Trouble(Exception):
    """There was no answer, or no whole one; it may come the next time.

    Parameters
    ----------
    kind : {"timeout", "connection", "truncated"}
    """

    def __init__(self, kind: Literal["timeout", "connection", "truncated"]) -> None:
        super().__init__(kind)
        self.kind = kind


Get: TypeAlias = Callable[[str, Mapping[str, str], float], Answer]
"""Takes an address, its parameters and the seconds it may take; raises `Trouble`."""


@dataclass(frozen=True)
class Request:
    """One question.

    Parameters
    ----------
    vendor : str
        Who is asked, for the messages.
    base_url, path : str
        Address; without anything secret.
    params : mapping of str to str
    hidden : mapping of str to str
        Further parameters, which no message may show.
    wanted : str
        What the answer is expected to hold.
    limit_advice : str
        What else helps where the vendor refuses further requests.
    """

    vendor: str
    base_url: str
    path: str
    params: Mapping[str, str]
    wanted: str
    hidden: Mapping[str, str] = field(repr=False)
    limit_advice: str = ""

    @property
    def url(self) -> str:
        """Address, without parameters."""
        return self.base_url.rstrip("/") + self.path

    def shown(self, text: str) -> str:
        """Return what a vendor wrote, short and without what is hidden."""
        text = " ".join(without(text, self.hidden.values()).split())
        return text if len(text) <= _N_SHOWN else text[:_N_SHOWN] + "..."


def without(text: str, hidden: Iterable[str]) -> str:
    """Return `text` with what is hidden taken out, as it is and as it stands in addresses."""
    for value in hidden:
        for form in (value, quote_plus(value), quote(value, safe="")):
            text = text.replace(form, "...")
    return text


def ask(request: Request, get: Get, *, timeout: float, retries: int) -> Any:
    """Return the JSON that a vendor answers with.

    What may pass is tried again, after a pause that doubles each time or that the vendor asks for: refusals for now,
    its own failures, no answer in time, and answers that break off.

    Parameters
    ----------
    request : Request
    get : callable
    timeout : float
        Seconds for one try, from connecting to the last byte.
    retries : int
        Further tries at most.

    Raises
    ------
    DataError
        There is no such answer.
    """
    deadline = time.monotonic() + timeout * (retries + 1) + LONGEST_WAIT
    for n_tries in range(1, retries + 2):
        answer, problem = _once(request, get, timeout)
        if problem is None:
            return json.loads(answer.body)
        wait = _wait(answer, n_tries)
        if not _may_pass(answer) or n_tries > retries or wait > LONGEST_WAIT or time.monotonic() + wait > deadline:
            break
        pause(wait)
    raise DataError(_sentence(request, problem, n_tries, wait if _may_pass(answer) else 0.0))


def pause(seconds: float) -> None:
    """Wait before the next try."""
    time.sleep(seconds)


_NOTHING = Answer(0, {}, b"")


def _once(request: Request, get: Get, timeout: float) -> tuple[Answer, str | None]:
    """Ask once; return the answer and what is wrong with it, if anything."""
    try:
        answer = get(request.url, {**request.params, **request.hidden}, timeout)
    except Trouble as trouble:
        return _NOTHING, _trouble(trouble.kind, timeout)
    return answer, _problem(request, answer)


def _trouble(kind: str, timeout: float) -> str:
    if kind == "timeout":
        return f"it did not answer within {timeout:g} s. Ask later, or set a longer `timeout`"
    if kind == "truncated":
        return "its answer broke off before its end. Ask later; if it stays so, look for a proxy on the way"
    return "it could not be reached. Look whether there is a network, and whether it needs a proxy"


def _problem(request: Request, answer: Answer) -> str | None:
    status = answer.status
    if status == 429:
        return f"it refuses further requests for now (status 429). Wait, or ask for less{request.limit_advice}"
    if status in (401, 403):
        return f"it refuses to answer (status {status}). Look whether your key is right, or wait"
    if status >= 500:
        return f"it failed (status {status}). Ask later"
    if 300 <= status < 400:
        return f"it points elsewhere (status {status}), and is not followed. Set `base_url` to where it is now"
    if _is_page(answer):
        title = re.search(rb"<title[^>]*>(.*?)</title", answer.body, re.DOTALL | re.IGNORECASE)
        named = f", {request.shown(title[1].decode('utf-8', 'replace'))!r}," if title else ""
        return (
            f"it answered with a web page{named} and not with JSON. Something between you and it may want a login or "
            f"a consent; ask later, or from another network"
        )
    return _unreadable(request, answer)


def _unreadable(request: Request, answer: Answer) -> str | None:
    """Say what is wrong with what should be JSON; a vendor may explain a refusal in it."""
    try:
        json.loads(answer.body)
    except (ValueError, RecursionError):
        pass
    else:
        return None
    text = answer.body.decode("utf-8", "replace").strip()
    if text[:1] in ("{", "["):
        return _trouble("truncated", 0)
    return f"it answered {request.shown(text) or 'nothing'!r} (status {answer.status}), and not with JSON. Ask later"


def _is_page(answer: Answer) -> bool:
    return answer.body.lstrip()[:1] == b"<" or "text/html" in answer.headers.get("content-type", "")


def _may_pass(answer: Answer) -> bool:
    broke_off = answer.status == 200 and not _is_page(answer) and answer.body.lstrip()[:1] in (b"{", b"[")
    return answer.status in AGAIN or answer is _NOTHING or broke_off


def _wait(answer: Answer, n_tries: int) -> float:
    """Seconds until the next try: what the vendor asks for, or twice as long each time, never all at one moment."""
    asked = _retry_after(answer.headers.get("retry-after"))
    usual = min(_FIRST_WAIT * 2.0 ** (n_tries - 1), LONGEST_WAIT) * random.uniform(0.5, 1.0)
    return usual if asked is None else max(asked, usual if asked < LONGEST_WAIT else 0.0)


def _retry_after(text: str | None) -> float | None:
    """Read a `Retry-After`: seconds, or a date."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return None


def _sentence(request: Request, problem: str | None, n_tries: int, wait: float) -> str:
    times = f" ({n_tries} tries)" if n_tries > 1 else ""
    longer = f" It asks to wait {wait:.0f} s." if wait > LONGEST_WAIT else ""
    return f"{request.vendor!r} at {request.base_url} gave no {request.wanted}: {problem}{times}.{longer}"


# Two ways of asking


def get_plain(url: str, params: Mapping[str, str], seconds: float) -> Answer:
    """Ask with `requests`."""
    import requests

    until = time.monotonic() + seconds
    kind: Literal["timeout", "connection", "truncated"]
    try:
        with (
            _unlogged(params),
            requests.get(url, params=params, timeout=seconds, stream=True, allow_redirects=False) as answer,
        ):
            body = b"".join(_chunks(answer.raw, until))
            return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, body)
    except Exception as err:
        kind = _kind(err)
    raise Trouble(kind)


def _chunks(raw: Any, until: float) -> Iterator[bytes]:
    """Read a body as it comes; one that drips in for ever is given up."""
    while chunk := raw.read1(65_536, decode_content=True):
        yield chunk
        if time.monotonic() > until:
            raise TimeoutError


def _kind(err: BaseException) -> Literal["timeout", "connection", "truncated"]:
    """Say what went wrong by the names of an error and of those it came from: the libraries wrap each other's."""
    names = " ".join(base.__name__ for item in _causes(err) for base in type(item).__mro__)
    if "NewConnectionError" in names:  # which urllib3 takes for a kind of timeout
        return "connection"
    if "Timeout" in names:
        return "timeout"
    cut = ("IncompleteRead", "ChunkedEncodingError", "ProtocolError", "DecodeError")
    return "truncated" if any(name in names for name in cut) else "connection"


def _causes(err: BaseException | None) -> Iterator[BaseException]:
    while err is not None:
        yield err
        yield from (arg for arg in err.args if isinstance(arg, BaseException))
        err = err.__cause__ or err.__context__


def get_as_browser(url: str, params: Mapping[str, str], seconds: float) -> Answer:
    """Ask as a browser would, with `curl_cffi` where it is installed: some vendors answer nobody else."""
    try:
        from curl_cffi import requests as curl
    except ImportError:
        return get_plain(url, params, seconds)
    kind: Literal["timeout", "connection", "truncated"]
    try:
        with curl.Session(impersonate="chrome") as session:
            answer = session.get(url, params=dict(params), timeout=seconds)
            return Answer(answer.status_code, {k.lower(): v or "" for k, v in answer.headers.items()}, answer.content)
    except Exception as err:
        kind = _kind(err)
    raise Trouble(kind)


@contextmanager
def _unlogged(params: Mapping[str, str]) -> Iterator[None]:
    """Keep the addresses of requests out of the log, where keys would stand in them."""

    class Quiet(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            text = record.getMessage()
            return not any(value in text or quote_plus(value) in text for value in params.values() if value)

    quiet, logger = Quiet(), logging.getLogger("urllib3.connectionpool")
    logger.addFilter(quiet)
    try:
        yield
    finally:
        logger.removeFilter(quiet)
