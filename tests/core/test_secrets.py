"""Keys come from the environment or a file of one's own, and are told to nobody."""

from __future__ import annotations

import os
import traceback

import pytest

import workbench as wb
from workbench import DataError
from workbench.data.secrets import secrets_file

CANARY = "CANARY-77"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.delenv("A_KEY", raising=False)
    path = tmp_path / "secrets.toml"
    monkeypatch.setenv("WORKBENCH_SECRETS", str(path))
    path.write_text(f'A_KEY = " {CANARY} "\nEMPTY = ""\nNUMBER = 7\n')
    path.chmod(0o600)
    return path


def test_a_secret_is_read_from_the_file(file):
    assert wb.secret("A_KEY") == CANARY


def test_the_environment_goes_before_the_file_unless_it_is_empty(file, monkeypatch):
    monkeypatch.setenv("A_KEY", "other")
    assert wb.secret("A_KEY") == "other"
    monkeypatch.setenv("A_KEY", " ")
    assert wb.secret("A_KEY") == CANARY


@pytest.mark.parametrize("name", ["B_KEY", "EMPTY", "NUMBER"])
def test_a_secret_that_is_not_there_is_asked_for(file, name):
    with pytest.raises(DataError, match=rf"there is no secret {name}\. Set the environment variable {name}, or write"):
        wb.secret(name)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such permissions")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_file_that_others_may_read_is_refused(file, mode):
    file.chmod(mode)

    with pytest.raises(DataError, match=r"others than you can read .*chmod 600") as refused:
        wb.secret("A_KEY")

    assert CANARY not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("content", [b"A_KEY = %s", b'A_KEY = "%s', b"\xff%s"])
def test_a_file_that_is_no_toml_is_told_without_what_it_holds(file, content):
    file.write_bytes(content.replace(b"%s", CANARY.encode()))

    with pytest.raises(DataError, match="cannot be read as TOML") as refused:
        wb.secret("A_KEY")

    assert CANARY not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None


def test_without_a_choice_the_file_is_in_the_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_SECRETS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("A_KEY", raising=False)

    assert secrets_file().name == "secrets.toml"
    assert "workbench" in secrets_file().parent.as_posix()
    with pytest.raises(DataError, match="no secret A_KEY"):
        wb.secret("A_KEY")


def test_a_file_in_the_home_folder_is_found(monkeypatch, file, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_SECRETS", "~/secrets.toml")

    assert wb.secret("A_KEY") == CANARY
