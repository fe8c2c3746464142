"""A folder of files, each of which is one symbol."""

from __future__ import annotations

import gzip
import os

import duckdb
import pytest

import workbench_sources as ws
from workbench import DataError

ROWS = ("date,close", "2020-01-02,1", "2020-01-03,2")


@pytest.fixture
def folder(write):
    write(*ROWS, name="BBB.csv")
    write("Date;Close", "2020-01-02;1,5", "2020-01-03;2,5", name="A.A.txt")
    return write("not a table", name="README.md").parent


def test_each_file_is_a_symbol_called_like_it(folder):
    (folder / "ZIP.csv.gz").write_bytes(gzip.compress("\n".join(ROWS).encode()))
    source = ws.Csv(path=folder)

    assert source.symbols() == ["A.A", "BBB", "ZIP"]
    assert source.fetch("A.A", None, None, "1d")["close"].tolist() == [1.5, 2.5]
    assert source.fetch("ZIP", None, None, "1d")["close"].tolist() == [1, 2]
    assert source.location() == os.path.realpath(folder)


def test_parquet_files_may_be_in_a_folder_too(tmp_path):
    for name in ("A", "B"):
        duckdb.execute(f"copy (select date '2020-01-02' as d, 5.0::double as close) to '{tmp_path}/{name}.parquet'")

    source = ws.Parquet(path=tmp_path, date_column="d")

    assert source.symbols() == ["A", "B"]
    assert source.fetch("B", None, None, "1d")["close"].tolist() == [5]


def test_each_file_has_repairs_of_its_own(folder):
    source = ws.Csv(path=folder)

    assert source.fetch("BBB", None, None, "1d").attrs["repairs"] == ()
    assert [r.kind for r in source.fetch("A.A", None, None, "1d").attrs["repairs"]] == ["decimal_comma"]


def test_a_column_that_names_one_symbol_does_no_harm(write):
    folder = write("date,Name,close", "2020-01-02,AAL,1", "2020-01-03,AAL,2", name="AAL_data.csv").parent
    source = ws.Csv(path=folder)

    assert source.symbols() == ["AAL_data"]
    assert source.fetch("AAL_data", None, None, "1d")["close"].tolist() == [1, 2]


def test_a_file_of_several_symbols_is_refused(write):
    folder = write("date,Name,close", "2020-01-02,A,1", "2020-01-02,B,2", name="all.csv").parent

    with pytest.raises(DataError, match=r"all\.csv' holds 2 symbols \(A, B\).*Name the file itself"):
        ws.Csv(path=folder).fetch("all", None, None, "1d")


def test_two_files_of_one_symbol_are_refused(folder, write):
    write(*ROWS, name="BBB.tsv")

    with pytest.raises(DataError, match=r"'BBB\.csv' and 'BBB\.tsv'.*Rename or remove one"):
        ws.Csv(path=folder).symbols()


def test_a_symbol_without_a_file_is_named_with_the_nearest(folder):
    with pytest.raises(DataError, match=r"has no symbol 'bbb'\. Did you mean 'BBB'\? It has A\.A, BBB\."):
        ws.Csv(path=folder).fetch("bbb", None, None, "1d")


def test_a_file_that_cannot_be_read_is_named(folder, write):
    write("just words", name="CCC.csv")

    with pytest.raises(DataError, match=r"CCC\.csv': it is no table that can be read"):
        ws.Csv(path=folder).fetch("CCC", None, None, "1d")


def test_a_folder_without_files_to_read_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"holds no file that ends in \.csv, \.txt, \.tsv"):
        ws.Csv(path=tmp_path).symbols()


def test_an_edit_that_keeps_time_and_size_is_seen(write):
    path = write(*ROWS)
    source = ws.Csv(path=path)
    before = path.stat()
    assert source.fetch("NFLX", None, None, "1d")["close"].tolist() == [1, 2]

    path.write_text("\n".join(ROWS).replace(",2", ",7"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert source.fetch("NFLX", None, None, "1d")["close"].tolist() == [1, 7]
