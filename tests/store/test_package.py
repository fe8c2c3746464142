from __future__ import annotations

import subprocess
import sys

import pytest

import workbench_store


def test_importing_the_package_loads_neither_duckdb_nor_pandas() -> None:
    code = "import sys, workbench_store; print(sorted({'duckdb', 'pandas', 'numpy', 'torch'} & set(sys.modules)))"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"


def test_every_public_name_exists_and_the_list_is_sorted() -> None:
    assert workbench_store.__all__ == sorted(workbench_store.__all__)
    assert all(hasattr(workbench_store, name) for name in workbench_store.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Shop'"):
        workbench_store.Shop  # noqa: B018  # the look-up is the test
