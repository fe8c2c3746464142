"""The few commands that the code blocks of the documentation may use, as a reader's shell would run them.

`workbench` runs in this process, `pytest` in another. `pip install -e` and `pip uninstall` do what pip does for an
editable distribution, and no more: its folder is put on `sys.path`, and its metadata beside others. Nothing is built,
downloaded or installed.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from unittest import mock

SITE = ".installed"
"""Folder, beside the distribution's own, that holds the metadata of what was installed there."""
_ASSIGNMENT = re.compile(r"[A-Z_]+=")
_QUICK = ["--set", "forecasters.0.epochs=1"]
_ONE_PROCESS = ["--workers", "1"]


def call(command: str, *, quick: bool = False) -> tuple[int, str]:
    """Run a command in the working directory, with the variables set before it; return exit code and output."""
    words = shlex.split(command)
    assigned = list(itertools.takewhile(_ASSIGNMENT.match, words))
    program, *arguments = words[len(assigned) :]
    assert program in _PROGRAMS, f"{command!r} cannot be run here; mark the block `skip`."
    with mock.patch.dict(os.environ, dict(word.split("=", 1) for word in assigned)):
        return call_workbench(arguments, quick=quick) if program == "workbench" else _PROGRAMS[program](arguments)


def call_workbench(arguments: list[str], *, quick: bool = False) -> tuple[int, str]:
    """Run a `workbench` command in this process alone."""
    from workbench.cli import main

    if arguments[:1] == ["run"]:
        arguments = [*arguments, *_ONE_PROCESS, *(_QUICK if quick else [])]
    if arguments[:1] in (["sweep"], ["tune"]):
        arguments = [*arguments, *_ONE_PROCESS]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main(arguments)
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
    return 0, printed.getvalue()


def _cd(arguments: list[str]) -> tuple[int, str]:
    (folder,) = arguments
    os.chdir(folder)  # the test that runs the page goes back
    return 0, ""


def _pytest(arguments: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "120"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def _pip(arguments: list[str]) -> tuple[int, str]:
    if arguments[:2] == ["install", "-e"]:
        return _install(Path(arguments[2].partition("[")[0]).resolve())
    assert arguments[:2] == ["uninstall", "-y"], f"pip {shlex.join(arguments)} cannot be run here."
    return _uninstall(arguments[2])


def _install(folder: Path) -> tuple[int, str]:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder.parent / SITE / f"{_snake(project['name'])}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    metadata = {"Metadata-Version": "2.1", "Name": project["name"], "Version": project["version"]}
    metadata["Summary"] = project.get("description", "")
    info.joinpath("METADATA").write_text("".join(f"{key}: {value}\n" for key, value in metadata.items()))
    info.joinpath("entry_points.txt").write_text(_entry_points(project.get("entry-points", {})))
    info.joinpath("INSTALLER").write_text("pip\n")
    info.joinpath("direct_url.json").write_text(json.dumps({"url": folder.as_uri(), "dir_info": {"editable": True}}))
    sys.path[:0] = [str(folder), str(info.parent)]
    importlib.invalidate_caches()
    return 0, f"Successfully installed {project['name']}-{project['version']}\n"


def _entry_points(groups: dict[str, dict[str, str]]) -> str:
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in groups.items()
    )


def _uninstall(name: str) -> tuple[int, str]:
    for site in [Path(entry) for entry in sys.path if Path(entry).name == SITE]:
        for info in site.glob(f"{_snake(name)}-*.dist-info"):
            shutil.rmtree(info)
    importlib.invalidate_caches()
    return 0, f"Successfully uninstalled {name}\n"


def _snake(name: str) -> str:
    return name.replace("-", "_")


_PROGRAMS: dict[str, Callable[[list[str]], tuple[int, str]]] = {
    "cd": _cd,
    "pip": _pip,
    "pytest": _pytest,
    "workbench": call_workbench,
}
