"""What the vendors have in common: where they are, how long they may take, and recorded answers in their place."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pydantic import Field, field_validator

from workbench import DataError, DataSource, ExperimentError
from workbench_sources._http import Get, Request, ask

_SCHEMES = ("http", "https", "file")


class Vendor(DataSource):
    """A source that is asked over HTTP.

    `base_url` may be a `file:` address: a folder of recorded answers, `SYMBOL-INTERVAL.json` each, which are read in
    place of asking.
    """

    is_remote: ClassVar[bool] = True
    lengths: ClassVar[Mapping[str, str]] = {}
    """Intervals that it has, and what it calls them."""

    timeout: float = Field(30.0, gt=0, le=600, description="seconds for one request")
    retries: int = Field(3, ge=0, le=10, description="further tries where a request fails in a way that may pass")
    base_url: str = Field(description="where the vendor is")

    @field_validator("base_url")
    @classmethod
    def _must_be_plain(cls, value: str) -> str:
        # Not a ValueError: what was given would be shown then, and it may hold a password.
        parts = urlsplit(value)
        if parts.scheme not in _SCHEMES or (parts.scheme != "file" and not parts.hostname):
            raise ExperimentError(f"`base_url` of {cls.name!r} must begin with https://, http:// or file:///.")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ExperimentError(
                f"`base_url` of {cls.name!r} holds more than an address. It is kept in experiments, the store and "
                f"reports, so leave out user, password and whatever stands behind a question mark."
            )
        return value.rstrip("/")

    def intervals(self, symbol: str) -> list[str]:
        """Bar lengths that the vendor has."""
        return list(self.lengths)

    def location(self) -> str | None:
        """Return what decides which bars come: the address where it is another one, and whatever else there is."""
        default = type(self).model_fields["base_url"].default
        place = self._folder.resolve().as_uri() if self._is_recorded else self.base_url
        parts = [*([] if self.base_url == default else [place]), *self._variants()]
        return ", ".join(parts) or None

    def _variants(self) -> list[str]:
        return []

    @abstractmethod
    def _get(self) -> Get:
        """Return the way in which this vendor is asked."""

    @property
    def _folder(self) -> Path:
        return Path(url2pathname(urlsplit(self.base_url).path))

    @property
    def _is_recorded(self) -> bool:
        return urlsplit(self.base_url).scheme == "file"

    def _check_interval(self, interval: str) -> None:
        if interval not in self.lengths:
            raise DataError(
                f"{self.name!r} has no bars of {interval!r}. It has {', '.join(self.lengths)}; set `interval` to one."
            )

    def _ask(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        symbol: str,
        interval: str,
        hidden: Mapping[str, str] | None = None,
        limit_advice: str = "",
    ) -> Any:
        """Return what the vendor answers, as JSON."""
        if self._is_recorded:
            return self._recorded(symbol, interval)
        wanted = f"bars of {symbol!r} at interval {interval!r}"
        request = Request(str(self.name), self.base_url, path, params, wanted, hidden or {}, limit_advice)
        return ask(request, self._get(), timeout=self.timeout, retries=self.retries)

    @contextmanager
    def _understood(self, symbol: str) -> Iterator[None]:
        """Turn what reading an answer of another shape raises into what to do; of its text nothing is repeated."""
        try:
            yield
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as err:
            raise DataError(
                f"{self.name!r} gave an answer for {symbol!r} that is not of the form it should have "
                f"({type(err).__name__}). Ask later; if it stays so, look for a newer Workbench."
            ) from None

    def _recorded(self, symbol: str, interval: str) -> Any:
        folder = self._folder
        file = folder / f"{symbol}-{interval}.json"
        there = sorted(path.name for path in folder.glob("*.json")) if folder.is_dir() else []
        if file.name not in there:
            raise DataError(
                f"there is no recorded answer {file.name} in {folder}. It has {', '.join(there) or 'none'}."
            )
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            raise DataError(f"the recorded answer {file} is no JSON.") from None
