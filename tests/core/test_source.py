"""Where the bars of a source lie, told by its parameters."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import Field, SecretStr

from workbench import DataSource
from workbench.runs.datasets import series_id


class Adjusted(Enum):
    """Whether prices are adjusted."""

    NO = 0
    YES = 1


class Folder(DataSource, name="folder_of_files"):
    """Bars from files."""

    folder: str | Path = "bars"
    address: str = ""
    years: tuple[int, ...] = ()
    adjusted: Adjusted = Adjusted.NO
    keyboard: str = ""
    headers: dict[str, Any] = Field(default_factory=dict)
    api_key: str = ""
    password: SecretStr = SecretStr("")
    client: Any = None

    def fetch(self, symbol, start, end, interval):
        raise NotImplementedError


def test_a_source_with_its_defaults_has_no_location():
    assert Folder().location() is None
    assert Folder(folder="bars").location() is None


def test_the_location_tells_what_differs_from_the_defaults_in_one_order():
    first = Folder(years=[2001, 2002], folder="other", adjusted=Adjusted.YES)
    second = Folder(adjusted=Adjusted.YES, folder=Path("other"), years=(2001, 2002))

    assert first.location() == second.location() == "adjusted=Adjusted.YES, folder=other, years=[2001, 2002]"


def test_two_folders_are_two_series():
    names = {series_id(s, "ACME", "1d", s.location()) for s in (Folder(), Folder(folder="a"), Folder(folder="b"))}

    assert len(names) == 3
    assert "folder_of_files:ACME:1d" in names


@pytest.mark.parametrize(
    "params",
    [
        {"api_key": "hush"},
        {"password": "hush"},
        {"headers": {"token": "hush", "Authorization": "hush", "deep": {"client_secret": "hush"}}},
        {"headers": {"deep": [{"access_token": "hush"}]}},
        {"address": "https://me:hush@host/bars"},
        {"address": "https://hush@host/bars"},
        {"address": "https://host/bars?apikey=hush&adjusted=1"},
        {"client": SimpleNamespace(key="hush")},
    ],
)
def test_nothing_that_looks_like_a_secret_is_told(params):
    assert "hush" not in (Folder(folder="other", keyboard="us", **params).location() or "")


def test_what_surrounds_a_secret_is_told():
    assert (
        Folder(address="https://me:hush@host/bars?token=hush&n=1").location()
        == "address=https://...@host/bars?token=...&n=1"
    )
    assert Folder(api_key="hush").location() is None
    assert Folder(keyboard="us").location() == "keyboard=us"


def test_objects_are_told_by_their_type_since_their_text_may_change():
    assert Folder(client=SimpleNamespace()).location() == "client=SimpleNamespace"
