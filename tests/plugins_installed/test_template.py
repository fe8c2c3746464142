"""What `plugins new` writes is installed, passes its own tests and the kit, and is used in a run; nothing is edited."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench.template.names import Names
from workbench.template.writing import KINDS, render_distribution, run_command, write_distribution

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]
NAMES = Names.of("fresh-idea")


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_is_installed_tested_checked_and_used(kind, new_environment, build_wheel, tmp_path):
    environment = new_environment()
    project = tmp_path / NAMES.distribution

    environment.workbench("plugins", "new", "fresh-idea", "--kind", kind, cwd=tmp_path)
    environment.install(build_wheel(project))

    found = environment.plugins(NAMES.distribution)[kind, NAMES.plugin]
    assert (found["status"], found["version"]) == ("active", "0.1.0")
    environment.python("-m", "ruff", "check", "--no-cache", ".", cwd=project)
    environment.python("-m", "ruff", "format", "--no-cache", "--check", ".", cwd=project)
    environment.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    checked = environment.workbench("plugins", "check", NAMES.distribution, cwd=tmp_path)
    assert checked["passed"]
    assert {check["plugin"] for check in checked["checks"]} == {NAMES.plugin}

    command = shlex.split(run_command(NAMES, kind))[1:]
    ended = json.loads(environment.python("-m", "workbench", *command, "--json", cwd=tmp_path).splitlines()[-1])

    assert ended["status"] == "finished"
    if kind == "report-section":
        assert "Largest misses" in (tmp_path / ended["report"]).read_text(encoding="utf-8")
    else:
        used = environment.workbench("show", "latest", cwd=tmp_path)["provenance"]["plugins"]
        assert (kind, NAMES.plugin, "0.1.0") in {
            (plugin["kind"], plugin["name"], plugin["version"])
            for plugin in used
            if plugin["distribution"] == NAMES.distribution
        }
    environment.uninstall(NAMES.distribution)
    assert environment.plugins(NAMES.distribution) == {}


def test_the_modules_are_fully_typed(tmp_path):
    pytest.importorskip("mypy", reason="mypy comes with the extra dev")
    for kind in KINDS:
        names = Names.of(f"typed-{kind}")
        (tmp_path / f"{names.module}.py").write_text(render_distribution(names, kind)[f"{names.module}.py"])

    answer = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 0, answer.stdout


def test_the_wheel_of_workbench_holds_every_template(build_wheel):
    templates = {str(path.relative_to(ROOT)) for path in (ROOT / "workbench" / "template").rglob("*.jinja")}

    with zipfile.ZipFile(build_wheel(ROOT)) as wheel:
        packed = {name for name in wheel.namelist() if name.endswith(".jinja")}

    assert packed == templates


@pytest.mark.parametrize("broken", ["no_look_ahead", "warmup_is_exact"])
def test_the_tests_of_a_new_plugin_fail_when_the_plugin_breaks(broken, new_environment, build_wheel, tmp_path):
    honest = "np.log(close.where(close > 0)).diff(self.window)"
    worse = {"no_look_ahead": honest + ".shift(-1)", "warmup_is_exact": honest + ".fillna(0.0)"}[broken]
    files = render_distribution(NAMES, "feature")
    module = f"{NAMES.module}.py"
    assert honest in files[module]
    files[module] = files[module].replace(honest, worse)
    write_distribution(files, tmp_path / "project")
    environment = new_environment()
    environment.install(build_wheel(tmp_path / "project"))

    said = environment.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path / "project", code=1)
    checked = environment.workbench("plugins", "check", NAMES.distribution, cwd=tmp_path, code=1)

    assert broken in said
    assert broken in {check["check"] for check in checked["checks"] if not check["passed"]}
