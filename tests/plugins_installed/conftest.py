"""Fresh environments to install plugins into, as their users do.

An environment sees what is installed beside the tests, Workbench and torch among it; what is installed into it, and
uninstalled, is its own.
"""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

LINKED = "".join(f"import site; site.addsitedir({path!r})\n" for path in site.getsitepackages())
FORGOTTEN = ("PYTHONPATH", "WORKBENCH_PLUGINS", "PIP_CONSTRAINT")


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own."""

    folder: Path

    def python(self, *arguments: object, cwd: Path, code: int = 0, **variables: str) -> str:
        """Run Python and return what it printed; it has to end with `code`."""
        command = [str(self.folder / "bin" / "python"), *map(str, arguments)]
        known = {name: value for name, value in os.environ.items() if name not in FORGOTTEN}
        answer = subprocess.run(command, cwd=cwd, env=known | variables, capture_output=True, text=True)
        assert answer.returncode == code, f"{arguments}\n{answer.stdout}\n{answer.stderr}"
        return answer.stdout

    def workbench(self, *arguments: object, cwd: Path, code: int = 0, **variables: str) -> Any:
        """Run a command with `--json` and return its answer."""
        return json.loads(self.python("-m", "workbench", *arguments, "--json", cwd=cwd, code=code, **variables))

    def install(self, *wheels: Path) -> None:
        """Install wheels, and nothing else."""
        self.python("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", *wheels, cwd=self.folder)

    def uninstall(self, *distributions: str) -> None:
        """Uninstall distributions."""
        self.python("-m", "pip", "uninstall", "--quiet", "--yes", *distributions, cwd=self.folder)

    def plugins(self, *distributions: str, options: Iterable[str] = ()) -> dict[tuple[str | None, str | None], Any]:
        """Return what `plugins list` says of some distributions, by kind and name."""
        rows = self.workbench("plugins", "list", *options, cwd=self.folder)["plugins"]
        return {(row["kind"], row["name"]): row for row in rows if row["distribution"] in distributions}


@pytest.fixture(scope="module")
def new_environment(tmp_path_factory) -> Callable[[], Environment]:
    def make() -> Environment:
        folder = tmp_path_factory.mktemp("environment")
        venv.create(folder, symlinks=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        (folder / "lib" / version / "site-packages" / "linked.pth").write_text(LINKED)
        return Environment(folder)

    return make


@pytest.fixture(scope="module")
def build_wheel(tmp_path_factory) -> Callable[[Path], Path]:
    def build(project: Path) -> Path:
        out = tmp_path_factory.mktemp("wheel")
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
        subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(project)], check=True)
        (wheel,) = out.glob("*.whl")
        return wheel

    return build
