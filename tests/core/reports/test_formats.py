"""How numbers and names are written."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reports import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1234, "12.3 %"), (-0.05, "-5.0 %"), (-0.0001, "0.0 %"), (12.5, "1,250.0 %"), (None, "undefined")],
)
def test_fractions_become_percent(value, text):
    assert plain(formats.percent(value)) == text


def test_a_signed_percent_shows_its_plus_but_nothing_has_no_sign():
    assert formats.percent(0.05, signed=True).startswith("+5.0")
    assert formats.percent(0.00001, signed=True).startswith("0.0")


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (formats.number, 0.0205449, "0.02054"),
        (formats.number, 0.031, "0.03100"),
        (formats.number, -12345.678, "-12,345.68"),
        (formats.number, 999.96, "999.96"),
        (formats.number, 0, "0"),
        (formats.number, float("nan"), "undefined"),
        (formats.price, 1.08341, "1.0834"),
        (formats.price, 476.8, "476.80"),
        (formats.money, 14279.891, "14,279.89"),
        (formats.ratio, -0.715, "-0.71"),
        (formats.count, 1149.0, "1,149"),
        (formats.count, pd.NA, "undefined"),
    ],
)
def test_numbers_are_written_with_the_digits_that_matter(write, value, text):
    assert plain(write(value)) == text


def test_moments_are_dates_at_midnight_and_to_the_minute_otherwise():
    assert formats.moment(pd.Timestamp("2013-03-01")) == "2013-03-01"
    assert formats.moment("2013-03-01T15:30:12") == "2013-03-01 15:30"
    assert formats.moment(pd.NaT) == formats.NONE


def test_a_long_list_says_how_many_more_there_are():
    assert formats.listing(["A", "B"]) == "A, B"
    assert formats.listing("ABCDE", limit=2) == "A, B and 3 more"


@given(st.text())
def test_a_slug_suits_any_file_system(name):
    assert set(formats.slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 1 <= len(formats.slug(name)) <= 60


def plain(text):
    """Undo the typesetting: a hyphen for the minus sign, a blank for the narrow one."""
    return text.replace("\N{MINUS SIGN}", "-").replace("\N{NARROW NO-BREAK SPACE}", " ")
