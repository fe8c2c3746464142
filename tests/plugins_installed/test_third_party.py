"""The distributions in examples/plugins: built, pip-installed, used together, blocked, uninstalled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
PROJECTS = ROOT / "examples" / "plugins"
OFFERED = {
    "workbench-journal": {("report-section", "journal")},
    "workbench-prophet": {("forecaster", "prophet")},
    "workbench-rest": {("source", "rest")},
    "workbench-tcn": {("forecaster", "tcn")},
}
KEY = "not-for-the-record"
EXPERIMENT = """
name = "strangers"
symbols = ["WALK"]
lookback = 5
strategy = "long_flat"

[source]
use = "rest"
base_url = "{url}"

[[forecasters]]
use = "tcn"
channels = 2
epochs = 1

{prophet}
[folds]
train_size = 120
test_size = 40
"""
PROPHET = '[[forecasters]]\nuse = "prophet"\n'


def walk() -> list[dict[str, Any]]:
    """A random walk, as the vendor gives it."""
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 200)))
    dates = pd.bdate_range("2022-01-03", periods=200).strftime("%Y-%m-%d")
    return [
        {"date": day, "open": price, "high": price * 1.01, "low": price * 0.99, "close": price, "volume": 1}
        for day, price in zip(dates, close, strict=True)
    ]


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """Address of a vendor on this machine that wants a key."""
    answers = {"/daily/WALK.json": walk(), "/symbols.json": ["WALK"]}

    class Vendor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == f"Bearer {KEY}"
            self.send_response((200 if self.path in answers else 404) if known else 401)
            self.end_headers()
            if known:
                self.wfile.write(json.dumps(answers.get(self.path)).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Vendor)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def wheels(build_wheel) -> dict[str, Path]:
    return {name: build_wheel(PROJECTS / name) for name in OFFERED}


@dataclass(frozen=True)
class World:
    """An environment with the four distributions, and a run that used them."""

    environment: Any
    folder: Path
    vendor: str
    has_prophet: str
    ended: dict[str, Any]

    @property
    def variables(self) -> dict[str, str]:
        return variables(self.folder)


def variables(folder: Path) -> dict[str, str]:
    return {"WORKBENCH_JOURNAL": str(folder / "journal.jsonl"), "WORKBENCH_REST_KEY": KEY}


@pytest.fixture(scope="module")
def world(new_environment, wheels, vendor, tmp_path_factory) -> World:
    environment = new_environment()
    environment.install(*wheels.values())
    refusal = install_prophet(environment.folder)
    folder = tmp_path_factory.mktemp("research")
    (folder / "strangers.toml").write_text(EXPERIMENT.format(url=vendor, prophet="" if refusal else PROPHET))
    command = ["-m", "workbench", "run", "strangers.toml", "--json"]
    said = environment.python(*command, cwd=folder, **variables(folder))
    return World(environment, folder, vendor, refusal, json.loads(said.splitlines()[-1]))


def install_prophet(folder: Path) -> str:
    """Install the library, which needs an index; return why not, if so."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--retries", "1", "prophet"]
    constraint = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    answer = subprocess.run(command, env=os.environ | constraint, capture_output=True, text=True)
    return answer.stderr.strip()[-300:] if answer.returncode else ""


def test_each_is_listed_once_it_is_installed(world):
    rows = world.environment.plugins(*OFFERED)

    offered = {key: row for key, row in rows.items() if key[0] in ("source", "forecaster", "report-section")}
    assert set(offered) == set().union(*OFFERED.values())
    assert {(row["status"], row["version"]) for row in rows.values()} == {("active", "0.1.0")}


def test_a_run_uses_them_and_names_them_in_its_provenance(world):
    shown = world.environment.workbench("show", "latest", cwd=world.folder)

    assert world.ended["status"] == "finished"
    used = {(p["kind"], p["name"], p["distribution"], p["version"]) for p in shown["provenance"]["plugins"]}
    assert ("source", "rest", "workbench-rest", "0.1.0") in used
    assert ("forecaster", "tcn", "workbench-tcn", "0.1.0") in used
    models = {row["model"] for row in world.ended["summary"]}
    assert {"persistence", "tcn(channels=2, epochs=1)"} <= models


def test_prophet_is_among_the_models(world):
    if world.has_prophet:
        pytest.skip(f"the library prophet could not be installed: {world.has_prophet}")
    used = world.environment.workbench("show", "latest", cwd=world.folder)["provenance"]["plugins"]

    assert "workbench-prophet" in {plugin["distribution"] for plugin in used}
    assert "prophet" in {row["model"] for row in world.ended["summary"]}


def test_the_journal_heard_of_the_run_and_the_report_shows_it(world):
    lines = [json.loads(line) for line in (world.folder / "journal.jsonl").read_text().splitlines()]

    assert [line["event"] for line in lines if line["run"] == world.ended["run"]] == [
        "started",
        "fold",
        "fold",
        "finished",
    ]
    html = (world.folder / world.ended["report"]).read_text(encoding="utf-8")
    assert "Journal" in html
    assert world.ended["run"] in html


def test_the_vendor_s_key_is_kept_nowhere(world):
    kept = [path for path in world.folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]

    assert kept == []


def test_one_is_blocked_and_the_others_go_on(world):
    block = ["--no-plugin", "workbench-tcn"]

    rows = world.environment.plugins(*OFFERED, options=block)
    command = ["-m", "workbench", "run", "strangers.toml", *block]
    world.environment.python(*command, cwd=world.folder, code=2, **world.variables)
    ended = world.environment.python(
        *command, "--set", 'forecasters=["mean"]', "--json", cwd=world.folder, **world.variables
    )

    assert ("forecaster", "tcn") not in rows
    assert [row["status"] for row in rows.values() if row["distribution"] == "workbench-tcn"] == ["blocked"]
    assert ("source", "rest") in rows
    assert json.loads(ended.splitlines()[-1])["status"] == "finished"


def test_once_uninstalled_they_are_gone_and_old_runs_stay(world, new_environment, wheels, tmp_path):
    environment = new_environment()
    environment.install(*wheels.values())
    shutil.copy(world.folder / "workbench.duckdb", tmp_path)
    shutil.copy(world.folder / "strangers.toml", tmp_path)

    environment.uninstall(*OFFERED)

    assert environment.plugins(*OFFERED) == {}
    run = world.ended["run"]
    shown = environment.workbench("show", run, cwd=tmp_path)
    assert {"workbench-rest", "workbench-tcn"} <= {p["distribution"] for p in shown["provenance"]["plugins"]}
    assert shown["summary"] == environment_summary(world)
    written = environment.workbench("report", run, "--output", "old.html", cwd=tmp_path)
    html = (tmp_path / written["report"]).read_text(encoding="utf-8")
    assert "tcn(channels=2, epochs=1)" in html
    assert "workbench-tcn" in html
    environment.python("-m", "workbench", "run", "strangers.toml", cwd=tmp_path, code=2)


def environment_summary(world: World) -> Any:
    return world.environment.workbench("show", world.ended["run"], cwd=world.folder)["summary"]


@pytest.mark.parametrize("name", OFFERED)
def test_each_passes_its_own_tests_its_lint_and_the_kit(name, world, tmp_path):
    if name == "workbench-prophet" and world.has_prophet:
        pytest.skip(f"the library prophet could not be installed: {world.has_prophet}")
    project = shutil.copytree(PROJECTS / name, tmp_path / name)

    for command in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--no-cache", "."], cwd=project, check=True)
    world.environment.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert world.environment.workbench("plugins", "check", name, cwd=tmp_path)["passed"]


@pytest.mark.parametrize("name", OFFERED)
def test_each_reads_in_a_minute(name):
    readme = (PROJECTS / name / "README.md").read_text(encoding="utf-8")

    assert len(readme.splitlines()) <= 25
