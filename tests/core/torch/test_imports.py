from __future__ import annotations

import subprocess
import sys

import pytest

import workbench.torch


@pytest.mark.parametrize("package", ["workbench.torch", "workbench_lstm", "workbench_baselines"])
def test_importing_the_package_loads_no_heavy_library(package):
    code = f"import sys, {package}; print([m for m in ('torch', 'pandas', 'safetensors') if m in sys.modules])"

    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "[]"


def test_the_public_names_are_sorted_and_there():
    assert workbench.torch.__all__ == sorted(workbench.torch.__all__)
    assert all(hasattr(workbench.torch, name) for name in workbench.torch.__all__)
