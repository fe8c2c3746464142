"""Rendering a distribution, and writing it whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from workbench import CONTRACT_VERSION, __version__
from workbench.errors import RequestError
from workbench.template.names import Names

KINDS = ("source", "feature", "target", "forecaster", "strategy", "engine", "metric", "report-section")
"""Kinds of plugin there is a template for, as users write them."""

_COMMON = {
    ".github/workflows/test.yml": "common/test.yml",
    ".gitignore": "common/gitignore",
    "README.md": "common/README.md",
    "pyproject.toml": "common/pyproject.toml",
}


def render_distribution(names: Names, kind: str) -> dict[str, str]:
    """Return the text of every file, by its path inside the distribution's folder.

    Parameters
    ----------
    names : Names
    kind : str
        One of `KINDS`.
    """
    sources = {
        **_COMMON,
        f"{names.module}.py": f"{kind}/module.py",
        f"tests/test_{names.plugin}.py": f"{kind}/test.py",
    }
    known = {
        **asdict(names),
        "kind": kind,
        "version": __version__,
        "contract": f">={CONTRACT_VERSION},<{int(CONTRACT_VERSION.split('.')[0]) + 1}",
        "run": run_command(names, kind),
    }
    return {path: _render(f"{source}.jinja", known) for path, source in sorted(sources.items())}


def run_command(names: Names, kind: str) -> str:
    """Return a command that runs something with the plugin."""
    return _render(f"{kind}/run.sh.jinja", asdict(names)).strip()


def _render(template: str, known: Mapping[str, str]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "files")
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    return environment.get_template(template).render(known)


def write_distribution(files: Mapping[str, str], folder: Path) -> None:
    """Write files into a new or empty folder: all of them, or none.

    Parameters
    ----------
    files : mapping of str to str
        Text by path inside the folder.
    folder : Path
        Its parent has to exist.

    Raises
    ------
    RequestError
        The folder holds something already, is no folder, or cannot be written.
    """
    folder = folder.absolute()
    _check_folder(folder)
    staging = folder.parent / f".{folder.name}.{os.getpid()}"
    try:
        for path, text in files.items():
            file = staging / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        _move(staging, folder)
    except OSError as err:
        raise RequestError(f"{folder} cannot be written ({err.strerror}); choose another folder with `--dir`.") from err
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check_folder(folder: Path) -> None:
    if not folder.parent.is_dir():
        raise RequestError(f"the folder {folder.parent} does not exist; make it first.")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RequestError(f"{folder} exists already and is no folder; choose another one with `--dir`.")
    if folder.is_dir() and any(folder.iterdir()):
        raise RequestError(f"{folder} exists already and is not empty; choose another one with `--dir`.")


def _move(staging: Path, folder: Path) -> None:
    """Put what was written in its place. An empty folder is kept: a shell may stand in it."""
    if not folder.exists():
        staging.rename(folder)
        return
    for item in staging.iterdir():
        item.rename(folder / item.name)
