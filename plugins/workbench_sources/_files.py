"""Sources that read files: CSV and Parquet."""

from __future__ import annotations

import os
from abc import abstractmethod
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from workbench import DataError, DataSource, Repair
from workbench_sources._examples import example_bars
from workbench_sources._headers import few, suggest
from workbench_sources._layout import check_there, files_in, symbol_of
from workbench_sources._mapping import ColumnNames, joined_names
from workbench_sources._table import Layout, Stamps, Table, make_table
from workbench_sources._text import read_rows

if TYPE_CHECKING:
    import pandas as pd

FilePath = Annotated[str, BeforeValidator(lambda value: os.fspath(value) if isinstance(value, Path) else value)]


class FileSource(DataSource):
    """A source that reads a file of bars, or a folder of them, whole, and again only what has changed.

    A column of symbols tells symbols apart; a file without one holds one symbol, named like the file without its
    ending. In a folder each file is a symbol.
    """

    endings: ClassVar[tuple[str, ...]] = ()
    """Of the files in a folder, those that are read."""

    path: FilePath = Field(description="the file, or a folder of files, one a symbol")
    symbol: str | None = Field(None, min_length=1, description="name of the one symbol, where no column names it")
    columns: ColumnNames = Field({}, description="from our names to the file's, such as close to Schluss")
    symbol_column: str | None = Field(None, description="column that names the symbol; found by itself if usual")
    date_column: str | None = Field(None, description="column with dates or stamps; found by itself if usual")
    date_format: str | None = Field(None, description="how dates are written, such as %d-%m-%Y, if not ISO")
    timezone: str | None = Field(None, description="zone of stamps without one, such as America/New_York; else UTC")
    stamps: Stamps = Field("start", description="whether an intraday stamp is the start of its bar or its end")
    strict: bool = Field(False, description="refuse what would have to be mended, instead of reporting it")

    @field_validator("timezone")
    @classmethod
    def _must_exist(cls, value: str | None) -> str | None:
        from zoneinfo import ZoneInfo

        try:
            return value if value is None else ZoneInfo(value).key
        except (KeyError, ValueError, OSError) as err:
            raise ValueError("no such time zone; expected a name such as 'America/New_York' or 'UTC'") from err

    @model_validator(mode="after")
    def _must_agree(self) -> Self:
        joined_names(self.columns, self.date_column, self.symbol_column)
        return self

    def __hash__(self) -> int:
        """Of what can be hashed; sources that differ in the names of their columns are merely not told apart by it."""
        return hash((type(self), self.path))

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return all rows of `symbol`, oldest first, whatever their dates and interval.

        Raises
        ------
        DataError
            The file is missing, is no table of bars, has no such symbol, or needs repairs that `strict` forbids.
        """
        root = self._root
        if not root.is_dir():
            return self._whole(root).bars_of(symbol, self._name_of(root), f"{self.path!r}")
        files = self._files(root)
        if symbol not in files:
            _refuse(symbol, list(files), f"the folder {self.path!r}")
        where = repr(str(Path(self.path) / files[symbol].name))
        return self._table(files[symbol]).of_one_symbol(where).bars_of(symbol, symbol, where)

    def symbols(self) -> list[str]:
        """Symbols in the file, or files in the folder."""
        root = self._root
        return list(self._files(root)) if root.is_dir() else self._whole(root).symbols(self._name_of(root))

    def location(self) -> str:
        """Return the absolute path."""
        return str(Path(self.path).expanduser().resolve())

    @abstractmethod
    def read(self, path: Path) -> tuple[pd.DataFrame, tuple[Repair, ...]]:
        """Read a whole file as a table, with what was mended; raise `DataError` when it is none."""

    @property
    def layout(self) -> Layout:
        """What the parameters say of the table."""
        return Layout(
            joined_names(self.columns, self.date_column, self.symbol_column),
            self.date_format,
            self.timezone,
            None,
            self.stamps,
            self.strict,
        )

    @property
    def _root(self) -> Path:
        typed = Path(self.path).expanduser().absolute()
        check_there(typed)
        return typed.resolve()

    def _name_of(self, path: Path) -> str:
        """What the one symbol of a file without a column of symbols is called."""
        return self.symbol or symbol_of(path)

    def _files(self, folder: Path) -> dict[str, Path]:
        if self.symbol is not None:
            raise DataError(
                f"{self.path!r} is a folder, whose files are named after their symbols; leave `symbol` out, or name "
                "one file."
            )
        return files_in(folder, self.endings)

    def _whole(self, path: Path) -> Table:
        """Return a file that was named itself, with its column of symbols if it has one."""
        table = self._table(path)
        if self.symbol is not None and table.codes is not None and self.symbol not in table.names:
            raise DataError(
                f"{self.path!r} names its symbols itself ({few(sorted(table.names))}), and none is {self.symbol!r}; "
                "leave `symbol` out."
            )
        return table

    def _table(self, path: Path) -> Table:
        state = path.stat()
        return _read_table(self, path, (state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino))


def _refuse(symbol: str, known: list[str], where: str) -> None:
    raise DataError(f"{where} has no symbol {symbol!r}.{suggest(symbol, known)} It has {few(known)}.")


@lru_cache(maxsize=4)
def _read_table(source: FileSource, path: Path, state: tuple[int, ...]) -> Table:
    """Read a file once for all its symbols; `state` makes a changed file another one."""
    repairs: tuple[Repair, ...] = ()
    try:
        raw, repairs = source.read(path)
        if raw.empty:
            raise DataError("it has a header but no rows.")
        return make_table(raw, source.layout, repairs)
    except DataError as err:
        shown = source.path if Path(source.path).name == path.name else str(Path(source.path) / path.name)
        raise DataError(f"{shown!r}: {err}{_doubt(repairs)}") from err


def _doubt(repairs: tuple[Repair, ...]) -> str:
    """Say that a text may be in another encoding than it was read in: its names are then no words."""
    if not any(repair.kind == "encoding" and "Windows-1252" in repair.detail for repair in repairs):
        return ""
    return (
        " The text was read as Windows-1252, which it fits; if names in it look odd, give its `encoding`, such as "
        "shift_jis or gb18030."
    )


class Csv(FileSource, name="csv"):
    """Bars from CSV files, with headers in any usual spelling.

    Parameters
    ----------
    path : str
        The file: text with a row of column names, separated by comma, semicolon, tab, bar or blanks, perhaps
        packed with gzip or zip. Or a folder of such files, each of which is one symbol, its name without the ending.
    symbol : str, optional
        What to call the one symbol of a file without a column of symbols; by default the file's name without its
        ending.
    columns : dict of str to str, optional
        From our names to the file's, where these are unusual: `{"date": "Tag", "close": "Fixing"}`. Ours are `date`,
        `time`, `symbol`, the prices, `volume`, `adj_close`, `bid`, `ask` and the like. Another column
        that would have been taken for one of them is kept as `other_close` and the like.
    symbol_column : str, optional
        Column that tells symbols apart; by default `symbol`, `ticker`, `name` or another usual name in any case. A file
        without one holds one symbol. Short for `columns["symbol"]`.
    date_column : str, optional
        Column with dates or stamps; by default `date`, `datetime`, `timestamp`, `time` or another usual name in any
        case, or a column that holds nothing but dates. Times of day may have a column `time` beside it. Short for
        `columns["date"]`.
    date_format : str, optional
        How dates are written, as for `strptime`; or `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` or `excel` for
        numbers. By default ISO, or the one other form that every row fits; where day and month cannot be told apart the
        file is refused.
    timezone : str, optional
        Zone of stamps that name none; by default UTC.
    stamps : {"start", "end"}, default="start"
        Whether the stamp of an intraday bar is its start or its end, from which it is moved back by one bar.
    strict : bool, default=False
        Refuse what would have to be mended or decided, instead of reporting it.
    decimal : {".", ","}, optional
        The decimal mark; by default decided from all numbers of the file.
    encoding : str, optional
        Of the text, as Python calls it; by default UTF-8 or UTF-16, and Windows-1252 for what is neither.

    Notes
    -----
    `Close` is `close` exactly as in the file, and `Adj Close` stays beside it as `adj_close`. Empty fields, `-`
    and `null` are missing values; rows without a price are kept for the experiment's `missing` to decide.
    """

    endings: ClassVar[tuple[str, ...]] = (".csv", ".txt", ".tsv")

    decimal: Literal[".", ","] | None = Field(None, description="decimal mark, where the file does not show it")
    encoding: str | None = Field(None, description="of the text, such as cp1252; found by itself if usual")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Write 60 daily bars into `folder`."""
        path = folder / "example.csv"
        example_bars().to_csv(path, index=False)
        return cls(path=str(path))

    @property
    def layout(self) -> Layout:
        """What the parameters say of the table."""
        return replace(super().layout, decimal=self.decimal)

    def read(self, path: Path) -> tuple[pd.DataFrame, tuple[Repair, ...]]:
        """Read the file, dates and symbols as text."""
        return read_rows(path, self.layout, self.encoding)


class Parquet(FileSource, name="parquet"):
    """Bars from Parquet files.

    Parameters
    ----------
    path : str
        The file. Or a folder of such files, each of which is one symbol, its name without the ending.
    symbol : str, optional
        What to call the one symbol of a file without a column of symbols; by default the file's name without its
        ending.
    columns : dict of str to str, optional
        From our names to the file's, where these are unusual: `{"date": "Tag", "close": "Fixing"}`. Ours are `date`,
        `time`, `symbol`, the prices, `volume`, `adj_close`, `bid`, `ask` and the like. Another column
        that would have been taken for one of them is kept as `other_close` and the like.
    symbol_column : str, optional
        Column that tells symbols apart; by default `symbol`, `ticker`, `name` or another usual name in any case. A file
        without one holds one symbol. Short for `columns["symbol"]`.
    date_column : str, optional
        Column with dates or stamps; by default `date`, `datetime`, `timestamp`, `time` or another usual name,
        or a column that holds nothing but dates. Short for `columns["date"]`.
    date_format : str, optional
        How dates are written where they are text and not ISO; or `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` or
        `excel` for numbers.
    timezone : str, optional
        Zone of stamps that name none; by default UTC.
    stamps : {"start", "end"}, default="start"
        Whether the stamp of an intraday bar is its start or its end, from which it is moved back by one bar.
    strict : bool, default=False
        Refuse what would have to be mended or decided, instead of reporting it.
    """

    endings: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Write 60 daily bars into `folder`."""
        import duckdb

        path = folder / "example.parquet"
        with duckdb.connect(":memory:") as connection:
            connection.from_df(example_bars()).write_parquet(str(path))
        return cls(path=str(path))

    def read(self, path: Path) -> tuple[pd.DataFrame, tuple[Repair, ...]]:
        """Read the file through DuckDB."""
        import duckdb

        # Nothing is fetched from the network: reading Parquet is built in.
        try:
            with duckdb.connect(
                ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
            ) as connection:
                table: pd.DataFrame = connection.execute("select * from read_parquet(?)", [str(path)]).df()
        except duckdb.Error as err:
            raise DataError(f"it is no Parquet file that can be read: {str(err).splitlines()[0].rstrip('.')}.") from err
        return table, ()
