"""Sources that read a file: CSV and Parquet."""

from __future__ import annotations

import os
import warnings
from abc import abstractmethod
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator

from workbench import DataError, DataSource
from workbench_sources._examples import example_bars
from workbench_sources._table import DATE_COLUMNS, SYMBOL_COLUMNS, Layout, Table, find_column, make_table, suggest

if TYPE_CHECKING:
    import pandas as pd

_DELIMITERS = ",;\t|"
_EMPTY = ["", "-", "null", "NULL", "Null", "nan", "NaN", "NAN", "none", "None", "N/A", "n/a", "NA", "#N/A"]
"""What files write where there is no value."""

FilePath = Annotated[str, BeforeValidator(lambda value: os.fspath(value) if isinstance(value, Path) else value)]


class FileSource(DataSource):
    """A source that reads one file of bars, whole, and again only when the file has changed.

    A column `symbol`, `ticker` or `name` tells symbols apart; a file without one holds one symbol, named like the
    file without its ending.
    """

    path: FilePath = Field(description="the file")
    symbol_column: str | None = Field(None, description="column that names the symbol; found by itself if usual")
    date_column: str | None = Field(None, description="column with dates or stamps; found by itself if usual")
    date_format: str | None = Field(None, description="how dates are written, such as %d-%m-%Y, if not ISO")
    timezone: str | None = Field(None, description="zone of stamps without one, such as America/New_York; else UTC")

    @field_validator("timezone")
    @classmethod
    def _must_exist(cls, value: str | None) -> str | None:
        from zoneinfo import ZoneInfo

        try:
            return value if value is None else ZoneInfo(value).key
        except (KeyError, ValueError, OSError) as err:
            raise ValueError("no such time zone; expected a name such as 'America/New_York' or 'UTC'") from err

    def fetch(self, symbol: str, start: str | None, end: str | None, interval: str) -> pd.DataFrame:
        """Return all rows of `symbol`, oldest first, whatever their dates and interval.

        Raises
        ------
        DataError
            The file is missing, is no table of bars, or has no such symbol.
        """
        return self._table().bars_of(symbol, self._stem, f"{self.path!r}")

    def symbols(self) -> list[str]:
        """Symbols in the file."""
        return self._table().symbols(self._stem)

    def location(self) -> str:
        """Return the absolute path."""
        return str(self._file)

    @abstractmethod
    def read(self, path: Path) -> pd.DataFrame:
        """Read the whole file as a table; raise `DataError` when it is none."""

    @property
    def _file(self) -> Path:
        return Path(self.path).expanduser().resolve()

    @property
    def _stem(self) -> str:
        return self._file.stem

    @property
    def _layout(self) -> Layout:
        return Layout(self.symbol_column, self.date_column, self.date_format, self.timezone)

    def _table(self) -> Table:
        path = self._file
        _check_file(path)
        state = path.stat()
        return _read_table(self, path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read_table(source: FileSource, path: Path, changed: int, size: int) -> Table:
    """Read a file once for all its symbols; `changed` and `size` make a changed file another one."""
    raw = source.read(path)
    try:
        return make_table(raw, source._layout)
    except DataError as err:
        raise DataError(f"{source.path!r}: {err}") from err


class Csv(FileSource, name="csv"):
    """Bars from a CSV file, with headers in any usual spelling.

    Parameters
    ----------
    path : str
        The file: text in UTF-8, its first row the names of the columns, separated by comma, semicolon, tab or bar.
    symbol_column : str, optional
        Column that tells symbols apart; by default `symbol`, `ticker` or `name` in any case. A file without one
        holds one symbol, named like the file without its ending.
    date_column : str, optional
        Column with dates or stamps; by default `date`, `datetime`, `timestamp` or `time` in any case, or a first
        column without a name that holds dates.
    date_format : str, optional
        How dates are written, as for `strptime`. By default ISO, or the one other form that every row fits; where
        day and month cannot be told apart the file is refused.
    timezone : str, optional
        Zone of stamps that name none; by default UTC.

    Notes
    -----
    `Close` is `close` exactly as in the file, and `Adj Close` stays beside it as `adj_close`. Empty fields, `-`
    and `null` are missing values; rows without a price are kept for the experiment's `missing` to decide.
    """

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Write 60 daily bars into `folder`."""
        path = folder / "example.csv"
        example_bars().to_csv(path, index=False)
        return cls(path=str(path))

    def read(self, path: Path) -> pd.DataFrame:
        """Read the file, dates and symbols as text."""
        import pandas as pd

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
                return _without_blank_rows(self._parse(path))
        except (ValueError, OSError, pd.errors.ParserWarning) as err:
            raise DataError(
                f"{self.path!r} is no table that can be read: {_first_line(err)}. Expected text in UTF-8 with a "
                "first row of column names such as Date,Open,High,Low,Close,Volume."
            ) from err

    def _parse(self, path: Path) -> pd.DataFrame:
        import pandas as pd

        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        delimiter = max(_DELIMITERS, key=header.count)
        head = pd.read_csv(path, sep=delimiter, encoding="utf-8-sig", index_col=False, nrows=1, dtype=str)
        if head.shape[1] < 2:
            raise ValueError(f"its first line, {header.strip()[:60]!r}, names fewer than two columns")
        text = self._text_columns(head)
        table = pd.read_csv(
            path,
            sep=delimiter,
            encoding="utf-8-sig",
            index_col=False,
            dtype=dict.fromkeys(text, str),
            na_values={column: _EMPTY for column in head.columns if column not in text},
            keep_default_na=False,
            low_memory=False,
        )
        unnamed = [column for column in table.columns if column.startswith("Unnamed: ") and column not in text]
        return table.drop(columns=unnamed).rename(columns={c: "date" for c in text if c.startswith("Unnamed: ")})

    def _text_columns(self, head: pd.DataFrame) -> list[str]:
        """Columns to be read as text: the symbols, lest NA or TRUE be taken for values, and the dates."""
        symbols = find_column(head.columns, self.symbol_column, SYMBOL_COLUMNS)
        dates = find_column(head.columns, self.date_column, DATE_COLUMNS)
        first = head.columns[0]
        if dates is None and first.startswith("Unnamed: ") and len(head) and _looks_like_a_date(head.iloc[0, 0]):
            dates = first
        return [column for column in (symbols, dates) if column is not None]


class Parquet(FileSource, name="parquet"):
    """Bars from a Parquet file.

    Parameters
    ----------
    path : str
        The file.
    symbol_column : str, optional
        Column that tells symbols apart; by default `symbol`, `ticker` or `name` in any case. A file without one
        holds one symbol, named like the file without its ending.
    date_column : str, optional
        Column with dates or stamps; by default `date`, `datetime`, `timestamp` or `time` in any case.
    date_format : str, optional
        How dates are written where they are text and not ISO.
    timezone : str, optional
        Zone of stamps that name none; by default UTC.
    """

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Write 60 daily bars into `folder`."""
        import duckdb

        path = folder / "example.parquet"
        with duckdb.connect(":memory:") as connection:
            connection.from_df(example_bars()).write_parquet(str(path))
        return cls(path=str(path))

    def read(self, path: Path) -> pd.DataFrame:
        """Read the file through DuckDB."""
        import duckdb

        # Nothing is fetched from the network: reading Parquet is built in.
        try:
            with duckdb.connect(
                ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
            ) as connection:
                table: pd.DataFrame = connection.execute("select * from read_parquet(?)", [str(path)]).df()
        except duckdb.Error as err:
            raise DataError(f"{self.path!r} is no Parquet file that can be read: {_first_line(err)}.") from err
        return table


def _check_file(path: Path) -> None:
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{str(path)!r} is a folder; name a file in it.")
    folder = path.parent
    if not folder.is_dir():
        raise DataError(f"there is no file {str(path)!r}, nor a folder {str(folder)!r}. Correct `path`.")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    raise DataError(f"there is no file {str(path)!r}.{suggest(path.name, names)} Correct `path`.")


def _without_blank_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows in which nothing at all is written."""
    return table[~(table.isna() | (table == "")).all(axis=1)].reset_index(drop=True)


def _looks_like_a_date(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 8 and value[:1].isdigit()


def _first_line(err: Exception) -> str:
    return str(err).strip().split("\n", 1)[0].rstrip(".")
