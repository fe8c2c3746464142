"""`plugins new` writes a distribution that needs no editing, or nothing at all."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from workbench import RequestError
from workbench.registry.registry import Registry
from workbench.template.names import LONGEST, Names
from workbench.template.writing import KINDS, render_distribution, run_command, write_distribution

FILES = {
    ".github/workflows/test.yml",
    ".gitignore",
    "README.md",
    "pyproject.toml",
    "tests/test_fresh_idea.py",
    "workbench_fresh_idea.py",
}


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_has_exactly_these_files(kind, workbench, folder):
    answer = workbench("plugins", "new", "fresh-idea", "--kind", kind, "--json")

    assert answer.code == 0
    assert written(folder) == {f"workbench-fresh-idea/{path}" for path in FILES}
    assert answer.json == {
        "name": "fresh_idea",
        "kind": kind,
        "distribution": "workbench-fresh-idea",
        "module": "workbench_fresh_idea",
        "folder": "workbench-fresh-idea",
        "files": sorted(FILES),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_its_module_offers_one_plugin_with_help_and_parameters(kind, workbench, folder):
    workbench("plugins", "new", "fresh-idea", "--kind", kind)
    module = folder / "workbench-fresh-idea" / "workbench_fresh_idea.py"

    registry = Registry(extra=[str(module)])
    (loaded,) = [found for found in registry.modules if found.origin == str(module)]
    offers = [offer for offer in registry.offers(kind) if offer.module is loaded]

    assert loaded.status == "active"
    assert loaded.contract
    assert len(loaded.hooks) == 1
    assert [offer.name for offer in offers] == ["fresh_idea"]
    cls = offers[0].cls
    assert cls.summary().endswith(".")
    assert all(field.description for field in cls.model_fields.values())
    assert isinstance(cls.example(folder), cls)


@pytest.mark.parametrize("kind", KINDS)
def test_its_distribution_declares_the_entry_point_the_dependency_and_a_test_extra(kind):
    files = render_distribution(Names.of("fresh-idea"), kind)

    project = tomllib.loads(files["pyproject.toml"])["project"]

    assert project["name"] == "workbench-fresh-idea"
    assert project["entry-points"] == {"workbench": {"fresh_idea": "workbench_fresh_idea"}}
    assert [text.partition(">")[0] for text in project["dependencies"]] == ["trading-workbench"]
    assert [text.partition(">")[0] for text in project["optional-dependencies"]["test"]] == ["pytest", "ruff"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["x", "fresh_idea", "a" * LONGEST, "ab_" * 13])
def test_it_passes_its_own_lint_however_long_its_name_is(name, kind, tmp_path):
    write_distribution(render_distribution(Names.of(name), kind), tmp_path / "new")

    for command in (["check"], ["format", "--check", "--diff"]):
        answer = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=tmp_path / "new",
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr


def test_it_says_what_to_do_next(workbench):
    answer = workbench("plugins", "new", "Fresh-Idea", "--kind", "strategy", "--dir", "a folder")

    assert "cd 'a folder'" in answer.out
    assert "pip install -e '.[test]'" in answer.out
    assert "workbench plugins check workbench-fresh-idea" in answer.out
    assert run_command(Names.of("fresh_idea"), "strategy") in answer.out
    assert "strategy=fresh_idea" in answer.out


SPELLINGS = {
    "momentum": ("momentum", "workbench-momentum", "workbench_momentum", "Momentum"),
    "Mean-Reversion": ("mean_reversion", "workbench-mean-reversion", "workbench_mean_reversion", "MeanReversion"),
    "MeanReversion": ("mean_reversion", "workbench-mean-reversion", "workbench_mean_reversion", "MeanReversion"),
    "workbench-x_1": ("x_1", "workbench-x-1", "workbench_x_1", "X1"),
    "--double__score-": ("double_score", "workbench-double-score", "workbench_double_score", "DoubleScore"),
    "RSI2": ("rsi2", "workbench-rsi2", "workbench_rsi2", "Rsi2"),
    "class": ("class", "workbench-class", "workbench_class", "Class"),
    "none": ("none", "workbench-none", "workbench_none", "NonePlugin"),
    "feature": ("feature", "workbench-feature", "workbench_feature", "FeaturePlugin"),
    "field": ("field", "workbench-field", "workbench_field", "FieldPlugin"),
    "warning": ("warning", "workbench-warning", "workbench_warning", "WarningPlugin"),
}


@pytest.mark.parametrize(("name", "expected"), SPELLINGS.items(), ids=SPELLINGS)
def test_any_usual_spelling_of_a_name_is_understood(name, expected):
    names = Names.of(name)

    assert (names.plugin, names.distribution, names.module, names.cls) == expected


@pytest.mark.parametrize("name", ["", "-", "2fast", "my plugin", "a.b", "naïve", "../up", "x" * 41])
def test_a_name_that_cannot_work_is_refused_before_anything_is_written(name, workbench, folder):
    answer = workbench("plugins", "new", "--kind", "metric", "--", name)

    assert answer.code == 2
    assert "a plugin cannot be named" in answer.err
    assert not written(folder)


def test_the_refusal_suggests_a_name_that_works():
    with pytest.raises(RequestError, match="Try 'my_plugin'") as refusal:
        Names.of("2 my plugin!")

    assert Names.of(str(refusal.value).split("'")[-2]).plugin == "my_plugin"


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_hides_one_that_the_template_uses_itself(kind):
    names = Names.of("fresh-idea")
    files = render_distribution(names, kind)

    used = top_level_names(files[f"{names.module}.py"]) | top_level_names(files["tests/test_fresh_idea.py"])

    assert [name for name in used - {names.cls} if Names.of(name).cls == name] == []


def top_level_names(source: str) -> set[str]:
    """Names that a module binds and that look like those of classes."""
    bound = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            bound.add(node.name)
    return {name for name in bound if name[0].isupper()}


TAKEN = {
    "a plugin of that kind": (["rsi", "--kind", "feature"], "there is a feature 'rsi' already, from trading-workbench"),
    "a plugin module": (["lstm", "--kind", "metric"], "there is a plugin module 'lstm' already"),
    "a Python module": (["store", "--kind", "source"], "there is a Python module 'workbench_store' already"),
}


@pytest.mark.parametrize("request_", TAKEN.values(), ids=TAKEN)
def test_a_name_that_is_taken_is_refused(request_, workbench, folder):
    arguments, explanation = request_

    answer = workbench("plugins", "new", *arguments)

    assert answer.code == 2
    assert explanation in answer.err
    assert not written(folder)


def test_a_plugin_of_another_kind_may_have_the_name(workbench, folder):
    assert workbench("plugins", "new", "rsi", "--kind", "metric").code == 0


def test_a_kind_that_is_none_is_refused(workbench, folder):
    answer = workbench("plugins", "new", "fresh", "--kind", "indicator")

    assert answer.code == 2
    assert "feature" in answer.err
    assert not written(folder)


def test_nothing_is_overwritten(workbench, folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("keep")
    (folder / "file").write_text("keep")

    full = workbench("plugins", "new", "fresh", "--kind", "metric", "--dir", "mine")
    file = workbench("plugins", "new", "fresh", "--kind", "metric", "--dir", "file")
    nowhere = workbench("plugins", "new", "fresh", "--kind", "metric", "--dir", "no/where")

    assert (full.code, file.code, nowhere.code) == (2, 2, 2)
    assert "is not empty" in full.err
    assert "is no folder" in file.err
    assert "make it first" in nowhere.err
    assert written(folder) == {"mine/notes.txt", "file"}


def test_an_empty_folder_is_filled_and_stays_the_same_folder(workbench, folder):
    before = folder.stat().st_ino

    answer = workbench("plugins", "new", "fresh-idea", "--kind", "target", "--dir", ".")

    assert answer.code == 0
    assert written(folder) == FILES
    assert folder.stat().st_ino == before


def test_nothing_is_left_half_written(workbench, folder, monkeypatch):
    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", fail)

    answer = workbench("plugins", "new", "fresh", "--kind", "metric")

    assert answer.code == 2
    assert "No space left on device" in answer.err
    assert list(folder.iterdir()) == []
