"""Each check of sources, with a small plugin that breaks it and some that are easily accused wrongly."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from pydantic import PrivateAttr

from workbench import DataError, DataSource
from workbench.testing import CHECKS, check_plugin, toy_bars


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    result = results(plugin, [check])[check]
    assert not result.passed
    return result


class Vendor(DataSource, name="vendor"):
    """Bars of two symbols, cut as asked."""

    def symbols(self):
        return ["AAA", "BBB"]

    def intervals(self, symbol):
        return ["1d"]

    def fetch(self, symbol, start, end, interval):
        if symbol not in self.symbols():
            raise DataError(f"no symbol {symbol!r}; there are AAA and BBB.")
        if interval != "1d":
            raise DataError(f"no bars of {interval}; there are days.")
        bars = toy_bars(120, seed=self.symbols().index(symbol)).drop(columns="known_at")
        return self.change(bars.loc[start:end])

    def change(self, bars):
        return bars


class Generous(Vendor, name="generous"):
    """Easily accused: gives everything, whatever was asked for, with dates in a column, and keeps what it read."""

    _kept: dict[str, pd.DataFrame] = PrivateAttr(default_factory=dict)

    def fetch(self, symbol, start, end, interval):
        if symbol not in self._kept:
            self._kept[symbol] = super().fetch(symbol, None, None, interval).reset_index(names="Date")
        return self._kept[symbol].copy()


class Unlisted(Vendor, name="unlisted"):
    """Easily accused: cannot list its symbols."""

    example_symbol: ClassVar[str | None] = "AAA"

    def symbols(self):
        return []

    def fetch(self, symbol, start, end, interval):
        if symbol != "AAA":
            return pd.DataFrame()
        return toy_bars(120).drop(columns="known_at").loc[start:end]


@pytest.mark.parametrize("source", [Vendor, Generous, Unlisted])
def test_an_honest_source_passes_every_check(source):
    found = results(source)

    assert set(found) == {check.name for check in CHECKS["source"]}
    assert [r for r in found.values() if not r.passed] == []


class Offline(Vendor, name="offline"):
    """Has no network, and says so."""

    def fetch(self, symbol, start, end, interval):
        raise DataError("the vendor cannot be reached; try again later.")


def test_a_source_that_cannot_be_reached_is_told_once():
    found = results(Offline)

    assert [r.check for r in found.values() if not r.passed] == ["can_be_tried"]
    assert found["no_look_ahead"].reason == "could not be tried: the vendor cannot be reached; try again later."


class OfflineAndRemote(Offline, name="offline_and_remote"):
    """Right: asking it costs a request, and there is no network."""

    is_remote: ClassVar[bool] = True


def test_a_remote_source_that_cannot_be_reached_passes_and_says_that_nothing_was_tried():
    found = results(OfflineAndRemote)

    assert all(r.passed for r in found.values())
    assert found["can_be_tried"].reason == "could not be tried: the vendor cannot be reached; try again later."


class Down(Vendor, name="down"):
    """Wrong: lets the error of its library through."""

    def fetch(self, symbol, start, end, interval):
        raise ConnectionError("no route to host")


def test_an_error_of_a_library_is_a_failure():
    assert "ConnectionError: no route to host" in failure(Down, "can_be_tried").reason


class Nothing(Unlisted, name="nothing"):
    """Wrong: nobody knows what to ask it for."""

    example_symbol: ClassVar[str | None] = None


def test_a_source_without_symbols_has_to_name_one():
    assert "example_symbol" in failure(Nothing, "can_be_tried").reason


class Backwards(Vendor, name="backwards"):
    """Wrong: newest first."""

    def change(self, bars):
        return bars.iloc[::-1]


class NoClose(Vendor, name="no_close"):
    """Wrong: no closes."""

    def change(self, bars):
        return bars.drop(columns="close")


@pytest.mark.parametrize(("source", "said"), [(Backwards, "not oldest first"), (NoClose, "lack close")])
def test_bars_that_are_not_tidy_fail(source, said):
    assert said in failure(source, "bars_are_tidy").reason


class EndExcluded(Vendor, name="end_excluded"):
    """Wrong: the last day is left out."""

    def fetch(self, symbol, start, end, interval):
        bars = super().fetch(symbol, start, end, interval)
        return bars if end is None else bars.iloc[:-1]


def test_an_end_that_is_not_inclusive_fails():
    assert "leaves out 1 bars" in failure(EndExcluded, "range_is_honoured").reason


class BackAdjusted(Vendor, name="back_adjusted"):
    """Wrong: prices relative to the last one of the range."""

    def change(self, bars):
        return bars.assign(close=bars["close"] / bars["close"].iloc[-1] * 100)


class FilledBack(Vendor, name="filled_back"):
    """Wrong: a gap before the range's end is filled from behind where that is there."""

    def change(self, bars):
        return bars.assign(volume=bars["volume"].where(np.arange(len(bars)) % 9 > 0).bfill())


class Learns(Vendor, name="learns"):
    """Wrong: what it has been asked before shifts its prices."""

    latest: ClassVar[list[pd.Timestamp]] = []

    def change(self, bars):
        self.latest.append(bars.index[-1])
        return bars.assign(close=bars["close"] + (max(self.latest) - bars.index[0]).days * 1e-3)


@pytest.mark.parametrize(
    ("source", "column"), [(BackAdjusted, "close"), (FilledBack, "volume"), (Learns, "close")], ids=lambda x: str(x)
)
def test_bars_that_depend_on_what_was_asked_are_found_and_the_column_named(source, column):
    found = failure(source, "no_look_ahead")

    assert found.column == column
    assert "asked for" in found.reason


class Handed(Vendor, name="handed"):
    """Wrong: hands out what it keeps."""

    _kept: list[pd.DataFrame] = PrivateAttr(default_factory=list)

    def change(self, bars):
        if not self._kept:
            self._kept.append(toy_bars(120).drop(columns="known_at"))
        return self._kept[0]


def test_a_frame_that_is_handed_out_twice_fails():
    assert "after its last answer was changed" in failure(Handed, "answers_are_copies").reason


class Agreeable(Vendor, name="agreeable"):
    """Wrong: gives bars of anything."""

    def fetch(self, symbol, start, end, interval):
        return super().fetch("AAA", start, end, "1d")


class Terse(Vendor, name="terse"):
    """Wrong: does not say what there is."""

    def fetch(self, symbol, start, end, interval):
        if symbol not in self.symbols():
            raise DataError("unknown symbol.")
        return super().fetch(symbol, start, end, interval)


class KeyErrors(Vendor, name="key_errors"):
    """Wrong: an error of Python's for whatever is not there."""

    def fetch(self, symbol, start, end, interval):
        return {("AAA", "1d"): toy_bars(120)}[symbol, interval]


@pytest.mark.parametrize(
    ("source", "said"), [(Agreeable, "gives bars of"), (Terse, "Name what there is"), (KeyErrors, "KeyError")]
)
def test_an_unknown_symbol_has_to_be_refused_well(source, said):
    assert said in failure(source, "unknown_symbol_is_refused").reason


class Relabelled(Vendor, name="relabelled"):
    """Wrong: gives days for whatever length, and dresses them up."""

    def fetch(self, symbol, start, end, interval):
        bars = super().fetch(symbol, start, end, "1d")
        return bars if interval == "1d" else bars.set_axis(pd.date_range("2020", periods=len(bars), freq="7min"))


@pytest.mark.parametrize("source", [Relabelled, KeyErrors])
def test_an_unknown_interval_has_to_be_refused(source):
    failure(source, "unknown_interval_is_refused")


class WithKey(Vendor, name="with_key"):
    """Wrong: its key is a parameter."""

    api_key: str = "none"


class SecretPlace(Vendor, name="secret_place"):
    """Wrong: its key is part of its location."""

    def location(self):
        return "https://vendor.example/bars?token=abc"


@pytest.mark.parametrize("source", [WithKey, SecretPlace])
def test_secrets_are_found(source):
    failure(source, "secrets_stay_out")


class Counting(Vendor, name="counting"):
    """Wrong: counts, and adds up."""

    calls: ClassVar[list[str]] = []
    _calls: int = PrivateAttr(0)

    def change(self, bars):
        self._calls += 1
        self.calls.append("one more")
        return bars + len(self.calls)


@pytest.mark.parametrize("check", ["plugin_is_unchanged", "shares_nothing", "same_numbers_again"])
def test_a_careless_source_fails(check):
    failure(Counting, check)


class StumblesOnEmpty(Vendor, name="stumbles_on_empty"):
    """Wrong: takes for granted that there are bars."""

    def change(self, bars):
        bars.index[0]
        return bars


def test_a_range_without_bars_must_not_be_stumbled_over():
    assert "IndexError" in failure(StumblesOnEmpty, "odd_input").reason
