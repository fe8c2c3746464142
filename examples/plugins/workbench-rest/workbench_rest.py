"""Daily bars from a vendor that answers in JSON, or from a folder of its answers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from pydantic import Field
from workbench import DataError, DataSource

if TYPE_CHECKING:
    import pandas as pd

KEY = "WORKBENCH_REST_KEY"
"""Environment variable that holds the vendor's key. Parameters are stored with every run; a key must not be one."""

COLUMNS = ("open", "high", "low", "close", "volume")
WORTH_ANOTHER_TRY = frozenset({429, 500, 502, 503, 504})


class NotThere(Exception):
    """The vendor has nothing at an address."""


class Rest(DataSource, name="rest"):
    """Daily bars from `base_url/daily/SYMBOL.json`, one object with date and prices per bar.

    Notes
    -----
    `base_url/symbols.json` lists the symbols. A `file:` address reads answers that were saved, without a network. The
    key, if the vendor wants one, is read from the environment variable WORKBENCH_REST_KEY and sent as a bearer token.
    """

    is_remote: ClassVar[bool] = True  # what was fetched stays in the store, and only what is missing is asked for

    base_url: str = Field(
        pattern=r"^(https?|file)://[^@?#]*$", description="address of the vendor, without a key: https://host/path"
    )
    timeout: float = Field(10.0, gt=0, description="seconds to wait for an answer")
    retries: int = Field(3, ge=0, description="further tries when the vendor is busy or out of reach")
    patience: float = Field(60.0, ge=0, description="seconds to wait between tries, at most, all together")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Write an answer into the folder and read it from there."""
        rows = [
            {
                "date": f"2024-{month:02}-{day:02}",
                "open": 10 + day,
                "high": 40,
                "low": 9,
                "close": 10.5 + day,
                "volume": 1,
            }
            for month in (1, 2, 3)
            for day in range(1, 29)
        ]
        (folder / "daily").mkdir()
        (folder / "daily" / "AAA.json").write_text(json.dumps(rows), encoding="utf-8")
        (folder / "symbols.json").write_text('["AAA"]', encoding="utf-8")
        return cls(base_url=folder.as_uri())

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return all daily bars of a symbol, as the vendor gives them; nothing is filled or adjusted."""
        import pandas as pd

        if interval != "1d":
            raise DataError(f"'rest' has daily bars only, not {interval!r}. Set `interval = \"1d\"`.")
        place = f"daily/{quote(symbol, safe='')}.json"
        try:
            rows = self._ask(place)
        except NotThere as err:
            raise DataError(f"'rest' has no symbol {symbol!r} at {self.base_url}.{self._offer()}") from err
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise DataError(f"{self._url(place)} gave no list of bars.")
        frame = pd.DataFrame(rows)
        lacking = [name for name in ("date", *COLUMNS) if name not in frame.columns]
        if lacking:
            raise DataError(
                f"bars at {self._url(place)} lack {', '.join(lacking)}; they have {', '.join(frame.columns)}."
            )
        try:
            index = pd.DatetimeIndex(pd.to_datetime(frame["date"], format="%Y-%m-%d"), name="date")
            return frame[list(COLUMNS)].astype("float64").set_index(index).sort_index()
        except (ValueError, TypeError) as err:
            raise DataError(f"bars at {self._url(place)} are not dates and numbers: {err}.") from err

    def symbols(self) -> list[str]:
        """Return the symbols that the vendor lists."""
        try:
            listed = self._ask("symbols.json")
        except NotThere:
            return []
        if not isinstance(listed, list):
            raise DataError(f"{self._url('symbols.json')} gave no list of symbols.")
        return [str(symbol) for symbol in listed]

    def intervals(self, symbol: str) -> list[str]:
        """Return the one length of bar there is."""
        return ["1d"]

    def location(self) -> str:
        """Keep the bars of two vendors apart."""
        return self.base_url.rstrip("/")

    def _url(self, place: str) -> str:
        return f"{self.location()}/{place}"

    def _offer(self) -> str:
        """Name some of the symbols there are, for an error; nothing where that fails too."""
        try:
            listed = self.symbols()[:10]
        except DataError:
            return ""
        return f" It has {', '.join(listed)}." if listed else ""

    def _ask(self, place: str) -> Any:
        """Return what the vendor answers, trying again where that can help."""
        trouble = ""
        for seconds in self._waits():
            try:
                with urlopen(self._request(place), timeout=self.timeout) as answer:
                    return json.loads(answer.read())
            except HTTPError as err:
                if err.code == 404:
                    raise NotThere from err
                if err.code in (401, 403):
                    raise DataError(f"{self.base_url} refused the key; set the environment variable {KEY}.") from err
                if err.code not in WORTH_ANOTHER_TRY:
                    raise DataError(f"{self._url(place)} answered {err.code} {err.reason}.") from err
                trouble = f"answered {err.code} {err.reason}"
                seconds.append(_retry_after(err))
            except ValueError as err:
                raise DataError(f"{self._url(place)} gave no JSON: {err}.") from err
            except (OSError, HTTPException) as err:
                reason = getattr(err, "reason", err)
                if isinstance(reason, FileNotFoundError):
                    raise NotThere from err
                trouble = f"cannot be reached ({reason})"
        raise DataError(f"{self._url(place)} {trouble}; tried {self.retries + 1} times. Try again later.")

    def _request(self, place: str) -> Request:
        request = Request(self._url(place), headers={"Accept": "application/json"})
        key = os.environ.get(KEY)
        if key:  # "unredirected": the key is not handed on to wherever an answer redirects
            request.add_unredirected_header("Authorization", f"Bearer {key}")
        return request

    def _waits(self) -> Iterator[list[float]]:
        """Give each try a list for the seconds that its answer asks to wait, and wait before the next one."""
        left = self.patience
        for attempt in range(self.retries + 1):
            asked: list[float] = []
            yield asked
            seconds = max([2.0**attempt / 4, *asked])
            if attempt == self.retries or seconds > left:
                return
            left -= seconds
            time.sleep(seconds)


def _retry_after(err: HTTPError) -> float:
    """Return the seconds that a busy vendor asks to wait, given as a number or as a date."""
    text = err.headers.get("Retry-After", "0")
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    except ValueError:
        return 0.0
