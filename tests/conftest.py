"""Fake distributions, for all tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def make_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Write distributions as pip would have installed them: a module beside its metadata, on `sys.path`."""
    modules: list[str] = []

    def make(name: str, text: str, *, version: str = "1.0", summary: str = "", group: str = "workbench", **points: str):
        module = name.replace("-", "_")
        folder = tmp_path / "site" / name
        info = folder / f"{module}-{version}.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {summary}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        (info / "INSTALLER").write_text("pip\n", encoding="utf-8")
        points = points or {name.removeprefix("workbench-"): module}
        lines = [f"{point} = {value}" for point, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(folder))
        modules.append(module)
        return folder

    yield make
    for module in modules:
        sys.modules.pop(module, None)
