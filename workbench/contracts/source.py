"""`DataSource`: where bars come from."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.contracts.calling import calling
from workbench.contracts.origin import described
from workbench.contracts.plugin import Plugin
from workbench.errors import DataError, PluginError

if TYPE_CHECKING:
    import pandas as pd

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:key|apikey|token|secret|password|passwd|passphrase|pwd|auth|authorization|credentials?)(?:$|_)"
)
_SECRET_INSIDE = re.compile(
    r"((?:key|token|secret|password|passwd|pwd|sig|signature)=|//(?=[^/@\s]+@))[^&,@\s]+", re.IGNORECASE
)


class DataSource(Plugin):
    """Fetches bars by symbol."""

    kind: ClassVar[str] = "source"
    example_symbol: ClassVar[str | None] = None
    """A symbol that can be asked for, for whoever tries the source out; needed where `symbols` lists none."""
    is_remote: ClassVar[bool] = False
    """Whether asking costs a request. What was fetched once then stays in the store, and only what is missing is asked
    for; bars are labelled by their beginning."""

    @abstractmethod
    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return the bars of `symbol`, oldest first.

        Parameters
        ----------
        symbol : str
            One of `symbols()`, where the source can list them.
        start, end : str or None
            ISO dates, both inclusive; None is open. Returning more is harmless: the workbench cuts.
        interval : str
            Bar length wanted, such as `1d`.

        Returns
        -------
        DataFrame
            Columns `open high low close volume` in any case, and others, which are kept. A series with only
            a close (or price) is accepted: the other prices are taken from it, which is reported. So are rows out
            of order and rows that repeat others; say with `with_repairs` what the source itself mended. The index,
            or a column named date, time or timestamp, holds session dates (daily and longer) or opening
            stamps (intraday; stamps without a zone are UTC). A column `known_at` (UTC) may say when each
            bar was known.

        Raises
        ------
        DataError
            The symbol is not there, or there are no such bars; say what there is. A remote source returns no rows
            where it has none in that range, and raises only when it could not answer.
        """

    def symbols(self) -> list[str]:
        """Symbols the source can list; empty when it cannot."""
        return []

    def intervals(self, symbol: str) -> list[str]:
        """Bar lengths known to be there for `symbol`; empty when the source cannot say."""
        return []

    def location(self) -> str | None:
        """Where the data lie, if two sources of one name can differ in it: a path, never a secret.

        The bars of different locations are kept apart in the store. By default this tells the parameters that
        differ from their defaults, without what looks like a secret, and objects by their type; None if there are
        none. Override it where some parameters do not decide what is fetched, or where a path is relative.
        """
        return _told(self.params) or None


def _told(value: Any) -> str:
    """Return a parameter as a text that is the same on every machine, without what looks like a secret."""
    if isinstance(value, Mapping):
        shown = {str(name): item for name, item in value.items() if not _SECRET_NAME.search(str(name).lower())}
        return ", ".join(f"{name}={_told(shown[name])}" for name in sorted(shown))
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_told, value))}]"
    if isinstance(value, (str, PurePath)):
        return _SECRET_INSIDE.sub(r"\1...", str(value))
    return str(value) if isinstance(value, (bool, int, float, date, Enum)) or value is None else type(value).__name__


def call_source(source: DataSource, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
    """Call `fetch`, naming the source when it fails.

    Raises
    ------
    DataError
        The source has no such bars.
    PluginError
        The source raised something else, or returned something else than a frame.
    """
    raw = ask_source(source, symbol, start, end, interval)
    if raw is None:
        raise no_bars(source, symbol, interval)
    return raw


def ask_source(
    source: DataSource, symbol: str, start: str | None, end: str | None, interval: str
) -> pd.DataFrame | None:
    """Call `fetch` as `call_source` does; where there are no rows return None."""
    import pandas as pd

    with calling(source, f"fetch({symbol!r})"):
        raw = source.fetch(symbol, start, end, interval)
    if raw is not None and not isinstance(raw, pd.DataFrame):
        raise PluginError(f"{described(source)} returned {type(raw).__name__} from fetch; expected a DataFrame.")
    return None if raw is None or raw.empty else raw


def no_bars(source: DataSource, symbol: str, interval: str) -> DataError:
    """Say that a source has nothing."""
    return DataError(f"source {source.label!r} has no bars of {symbol!r} at interval {interval!r}.")


def listed_symbols(source: DataSource) -> list[str]:
    """Call `symbols`, naming the source when it fails or returns something else than texts."""
    with calling(source, "symbols"):
        listed = list(source.symbols())
    strange = [symbol for symbol in listed if not isinstance(symbol, str)]
    if strange:
        raise PluginError(f"{described(source)} lists {strange[0]!r} among its symbols; expected texts.")
    return listed


def location_of(source: DataSource) -> str | None:
    """Call `location`, naming the source when it fails or returns something else than a text or None."""
    with calling(source, "location"):
        place = source.location()
    if place is not None and not isinstance(place, str):
        raise PluginError(f"{described(source)} returned {place!r} from location; expected a text or None.")
    return place
