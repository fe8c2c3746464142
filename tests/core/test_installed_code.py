"""What is known of an installed plugin's code: its hash, and where it was installed from."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys

import pytest

from workbench import Experiment
from workbench.contracts.origin import installed_from
from workbench.plan.resolve import resolve
from workbench.registry.code import installed_code
from workbench.registry.registry import Registry

GAP = """
from workbench import Feature


class Gap(Feature, name="gap"):
    def compute(self, bars):
        return bars["close"].diff()
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package inside a namespace, as large distributions have them."""
    folder = tmp_path / "a_namespace" / "gaps"
    (folder / "deep").mkdir(parents=True)
    (folder / "__init__.py").write_text("from .deep.own import Gap\n")
    (folder / "deep" / "own.py").write_text(GAP)
    monkeypatch.syspath_prepend(str(tmp_path))

    def hashed():
        for name in [name for name in sys.modules if name.startswith("a_namespace")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        return installed_code(importlib.import_module("a_namespace.gaps").Gap, "a_namespace.gaps.deep")

    yield folder, hashed
    for name in [name for name in sys.modules if name.startswith("a_namespace")]:
        del sys.modules[name]


def test_the_same_code_imported_again_has_the_same_hash(package):
    _, hashed = package

    first = hashed()

    assert len(first) == 64 and hashed() == first


def test_a_file_that_nothing_imports_yet_counts_too(package):
    folder, hashed = package
    first = hashed()

    (folder / "deep" / "more.py").write_text("")

    assert hashed() != first


def test_what_is_no_code_does_not_count(package):
    folder, hashed = package
    first = hashed()

    (folder / "notes.txt").write_text("buy")
    (folder / ".#own.py").symlink_to("somebody@a-machine")  # as an editor locks a file

    assert hashed() == first


def test_an_edit_counts_from_the_import_that_it_is_run_from(make_distribution):
    folder = make_distribution("workbench-gap", GAP)
    old = importlib.import_module("workbench_gap").Gap
    before = installed_code(old, "workbench_gap")

    (folder / "workbench_gap.py").write_text(GAP.replace("close", "open") + "# longer\n")

    assert installed_code(old, "workbench_gap") == before
    new = importlib.reload(sys.modules["workbench_gap"]).Gap
    assert installed_code(new, "workbench_gap") != before


def test_a_class_that_another_package_offers_is_hashed_with_both(make_distribution):
    make_distribution("workbench-gap", GAP)
    make_distribution("workbench-shop", "from workbench_gap import Gap\n")
    importlib.import_module("workbench_shop")
    cls = importlib.import_module("workbench_gap").Gap

    hashes = {installed_code(cls, module) for module in ("workbench_gap", "workbench_shop")}

    assert len(hashes) == 2 and None not in hashes


def test_a_run_hashes_the_plugins_that_it_uses_but_not_workbenchs_own(make_distribution):
    folder = make_distribution("workbench-gap", GAP)
    asked = Experiment(source="sample", symbols=["GOOG"], features=["gap", "rsi"], forecasters=["drift"])
    registry = Registry()

    used = {plugin.name: plugin for plugin in resolve(asked, registry).plugins}

    digest = hashlib.sha256((folder / "workbench_gap.py").read_bytes()).hexdigest()
    assert used["gap"].module.sha256 == digest
    assert used["gap"].identity == f"feature:gap@workbench-gap==1.0#{digest}"
    assert used["rsi"].module.sha256 is None
    assert all(module.sha256 is None for module in registry.modules), "what no run uses is not read"


def test_what_has_no_file_has_no_hash():
    assert installed_code(type("Made", (), {"__module__": "nowhere"}), "nowhere.either") is None


@pytest.mark.parametrize(
    ("direct", "place"),
    [
        ({"url": "file:///home/mine/gap", "dir_info": {"editable": True}}, "file:///home/mine/gap"),
        (
            {"url": "https://ann:secret@host.example:8443/gap.whl?token=secret#sha256=1", "archive_info": {}},
            "https://host.example:8443/gap.whl",
        ),
        (
            {"url": "https://secret@host.example/gap.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}},
            "git+https://host.example/gap.git@abc123",
        ),
    ],
)
def test_a_folder_or_url_is_told_without_credentials(make_distribution, direct, place):
    folder = make_distribution("workbench-gap", GAP)
    (folder / "workbench_gap-1.0.dist-info" / "direct_url.json").write_text(json.dumps(direct))

    assert installed_from("workbench-gap") == place


def test_what_pip_was_asked_for_by_name_came_from_an_index(make_distribution):
    make_distribution("workbench-gap", GAP)

    assert installed_from("workbench-gap") == "index"


@pytest.mark.parametrize("installer", [None, "conda\n"])
def test_who_was_installed_otherwise_came_from_nobody_knows_where(make_distribution, installer):
    file = make_distribution("workbench-gap", GAP) / "workbench_gap-1.0.dist-info" / "INSTALLER"
    file.unlink() if installer is None else file.write_text(installer)

    assert installed_from("workbench-gap") is None
    assert installed_from("workbench-not-there") is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"url": 7}', '{"url": "file:///x", "vcs_info": {"vcs": "git"}}'])
def test_a_damaged_note_is_no_note(make_distribution, text):
    folder = make_distribution("workbench-gap", GAP)
    (folder / "workbench_gap-1.0.dist-info" / "direct_url.json").write_text(text)

    assert installed_from("workbench-gap") is None


@pytest.mark.parametrize(
    ("direct", "update"),
    [
        ('{"url": "file:///home/mine/gap"}', "Update it (it was installed from file:///home/mine/gap), leave it out"),
        ("{}", "Update it from where you had it, leave it out"),
    ],
)
def test_nobody_is_sent_to_an_index_for_what_did_not_come_from_one(make_distribution, direct, update):
    folder = make_distribution("workbench-gap", "import a_missing_library\n")
    (folder / "workbench_gap-1.0.dist-info" / "direct_url.json").write_text(direct)

    (module,) = [module for module in Registry().modules if module.distribution == "workbench-gap"]

    assert update in module.advice and "`pip install a_missing_library`" in module.advice
    assert "pip install workbench-gap" not in module.advice and "--upgrade" not in module.advice
