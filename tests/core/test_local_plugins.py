"""Plugin files, packages and folders: loaded by path, under private names, with `sys.path` left alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import workbench as wb
from workbench import PluginError, UnknownPluginError
from workbench.registry.local import import_file, local_files, plugin_path
from workbench.registry.registry import Registry

FEATURE = '''
from workbench import Feature

class {cls}(Feature, name="{name}"):
    """Close, times a factor."""

    def compute(self, bars):
        return bars["close"] * {factor}
'''

PACKAGE = {
    "__init__.py": "from .means import Mean\n",
    "means.py": "from ._numbers import FACTOR\n" + FEATURE.format(cls="Mean", name="packed", factor="FACTOR"),
    "_numbers.py": "FACTOR = 3\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def feature(name: str, factor: int = 1) -> str:
    return FEATURE.format(cls=name.title(), name=name, factor=factor)


def local_names(registry: Registry) -> list[str]:
    return [offer.name for offer in registry.offers("feature") if offer.module.distribution == "local"]


# Packages


def test_a_package_folder_is_one_plugin_whose_relative_imports_work(tmp_path):
    package = write(tmp_path / "means", PACKAGE)
    before = list(sys.path)

    registry = Registry(extra=[str(package)])

    offer = registry.find("feature", "local:packed")
    assert (offer.module.name, offer.module.origin) == ("means", str(package))
    assert offer.cls().compute({"close": 2}) == 6
    assert sys.path == before
    assert "means" not in sys.modules


def test_every_file_of_a_package_changes_its_hash(tmp_path):
    package = write(tmp_path / "means", PACKAGE)
    old = Registry(extra=[package]).find("feature", "packed")
    write(package, {"_numbers.py": "FACTOR = 4\n"})

    new = Registry(extra=[package]).find("feature", "packed")

    assert old.module.sha256 != new.module.sha256
    assert (old.cls().compute({"close": 1}), new.cls().compute({"close": 1})) == (3, 4)


def test_a_file_of_a_package_that_has_another_name_changes_its_hash(tmp_path):
    first = write(tmp_path / "means", {**PACKAGE, "_spare.py": "x = 1\n"})
    second = write(tmp_path / "others" / "means", {**PACKAGE, "_extra.py": "x = 1\n"})

    assert import_file(first)[1].sha256 != import_file(second)[1].sha256


def test_a_file_edited_within_a_second_runs_as_it_is_now(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = write(tmp_path, {"mine.py": feature("mine", 1)}) / "mine.py"
    stamp = path.stat().st_mtime_ns
    answers = []

    for factor in (1, 2):
        path.write_text(feature("mine", factor), encoding="utf-8")
        os.utime(path, ns=(stamp, stamp))  # as bytecode caches see it, nothing happened
        answers.append(Registry(extra=[path]).find("feature", "mine").cls().compute({"close": 1}))

    assert answers == [1, 2]


def test_a_package_whose_import_fails_leaves_nothing_behind(tmp_path):
    package = write(tmp_path / "fails_late", {**PACKAGE, "means.py": "raise ValueError('later')\n"})

    for _ in range(2):
        with pytest.raises(PluginError, match="could not be loaded: import raised ValueError: later"):
            Registry(extra=[package])

    assert not [name for name in sys.modules if name.startswith("_workbench_local_fails_late")]


def test_an_empty_package_says_how_it_offers_something(tmp_path):
    package = write(tmp_path / "means", {**PACKAGE, "__init__.py": ""})

    with pytest.raises(PluginError, match=r"A package imports what it offers in its `__init__\.py`"):
        Registry(extra=[package])


# Folders


def test_a_folder_stands_for_its_public_files_and_packages(tmp_path):
    folder = write(
        tmp_path / "plugins",
        {
            "alpha.py": feature("alpha"),
            "beta.py": feature("beta"),
            "_hidden.py": feature("hidden"),
            "test_alpha.py": feature("tested"),
            "conftest.py": feature("fixtures"),
            "notes.txt": "no plugin",
            "data/no_package.py": feature("buried"),
            **{f"means/{name}": text for name, text in PACKAGE.items()},
        },
    )

    registry = Registry(extra=[folder])

    assert local_names(registry) == ["alpha", "beta", "packed"]
    assert registry.find("feature", "alpha").module.origin == str(folder / "alpha.py")


def test_a_file_in_a_folder_that_offers_nothing_is_listed_and_harmless(tmp_path):
    folder = write(tmp_path / "plugins", {"alpha.py": feature("alpha"), "numbers.py": "FACTOR = 2\n"})

    registry = Registry(extra=[folder])

    assert local_names(registry) == ["alpha"]
    (idle,) = [module for module in registry.modules if module.name == "numbers"]
    assert (idle.status, idle.hooks, idle.reason) == ("active", [], "it offers nothing")


@pytest.mark.parametrize(
    ("files", "error", "sentence"),
    [
        ({"notes.txt": ""}, UnknownPluginError, "holds no Python file that could be a plugin"),
        ({"numbers.py": "x = 1\n"}, PluginError, "no file in the folder .*plugins implements a workbench hook"),
        ({"a.py": feature("a"), "b.py": "1 / 0"}, PluginError, r"plugin '.*b\.py' could not .* ZeroDivisionError"),
    ],
)
def test_a_folder_that_cannot_serve_stops_with_the_reason(tmp_path, files, error, sentence):
    with pytest.raises(error, match=sentence):
        Registry(extra=[str(write(tmp_path / "plugins", files))])


def test_the_same_code_is_loaded_once_whichever_way_it_is_named(tmp_path, monkeypatch):
    folder = write(tmp_path / "plugins", {"solo_plugin_file.py": feature("alpha")})
    monkeypatch.syspath_prepend(str(folder))
    path = folder / "solo_plugin_file.py"

    registry = Registry(extra=["solo_plugin_file", path, folder, str(path)])

    assert local_names(registry) == ["alpha"]
    sys.modules.pop("solo_plugin_file")


# Neighbours


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import neighbour\n", "It imports 'neighbour', which lies beside it, by name. Put an `__init__.py`"),
        ("from neighbour.deeper import x\n", "write `from .neighbour import ...`"),
        ("from .neighbour import x\n", "It imports from the files beside it. Put an `__init__.py`"),
    ],
)
def test_a_file_that_needs_its_neighbour_is_told_to_become_a_package(tmp_path, text, words):
    write(tmp_path, {"mine.py": text + feature("mine"), "neighbour.py": "x = 1\n"})

    with pytest.raises(PluginError) as stopped:
        Registry(extra=[tmp_path / "mine.py"])

    assert words in str(stopped.value)
    assert f"load the folder {tmp_path}" in str(stopped.value)


def test_a_package_that_imports_its_own_file_by_name_is_told_to_do_so_relatively(tmp_path):
    package = write(tmp_path / "means", {**PACKAGE, "__init__.py": "from means import Mean\n"})

    with pytest.raises(PluginError, match=r"which lies beside it, by name\. Write `from \.means import"):
        Registry(extra=[package])


def test_a_module_that_is_not_installed_is_named_with_the_command_that_gets_it(tmp_path):
    write(tmp_path, {"mine.py": "import no_such_library.part\n"})

    with pytest.raises(PluginError, match=r"needs the module 'no_such_library'.*`pip install no_such_library`"):
        Registry(extra=[tmp_path / "mine.py"])


# Telling paths from modules


@pytest.mark.parametrize("text", ["mine.py", "a/b", "./plugins", "~/plugins", "here"])
def test_what_looks_like_a_path_or_is_a_folder_here_is_a_path(tmp_path, monkeypatch, text):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)

    assert plugin_path(text) == Path(text).expanduser().resolve()


@pytest.mark.parametrize("text", ["", "module", "a.module"])
def test_anything_else_is_a_module(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)

    assert plugin_path(text) is None


# In experiments and other processes


def test_an_experiment_file_finds_the_folder_beside_it(tmp_path):
    write(tmp_path, {"plugins/alpha.py": feature("alpha"), "means/__init__.py": ""})
    toml = tmp_path / "experiment.toml"
    toml.write_text(
        'symbols = ["A"]\nplugins = ["plugins", "means", "plugins/alpha.py", "a_module"]\n[source]\nuse = "sample"\n'
    )

    asked = wb.Experiment.from_toml(toml)

    assert asked.plugins == (
        str(tmp_path / "plugins"),
        str(tmp_path / "means"),
        str(tmp_path / "plugins" / "alpha.py"),
        "a_module",
    )


def test_a_workbench_keeps_a_folder_with_the_run(tmp_path, monkeypatch):
    folder = write(tmp_path / "plugins", {"alpha.py": feature("alpha")})
    monkeypatch.chdir(tmp_path)
    bench = wb.Workbench(tmp_path / "s.duckdb", plugins=["plugins"])

    run = bench.run(bench.quick("sample:GOOG", features=["alpha"], forecasters=["mean"], tail=200), workers=1)

    assert run.experiment.plugins == (str(folder),)
    assert [p["origin"] for p in run.provenance["plugins"] if p["name"] == "alpha"] == [str(folder / "alpha.py")]


def test_worker_processes_can_import_what_was_imported_here(tmp_path):
    import pickle
    import subprocess

    package = write(tmp_path / "means", PACKAGE)
    file = write(tmp_path, {"mine.py": feature("mine")}) / "mine.py"
    registry = Registry(extra=[package, file])
    found = [registry.find("feature", name).cls() for name in ("packed", "mine")]
    (tmp_path / "packed").write_bytes(pickle.dumps(found))
    code = (
        "import pickle, sys; from pathlib import Path; from workbench.registry.local import import_file\n"
        "for file in sys.argv[2:]: import_file(Path(file))\n"
        "print([f.compute({'close': 1}) for f in pickle.loads(Path(sys.argv[1]).read_bytes())])"
    )

    files = local_files()
    answer = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "packed", *(f for f in files if str(tmp_path) in f)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert {str(package), str(file)} <= set(files)
    assert answer.stdout.strip() == "[3, 1]"


def test_a_file_that_is_installed_already_is_not_loaded_again(make_distribution):
    folder = make_distribution("workbench-once", feature("once"))

    registry = Registry(extra=[folder / "workbench_once.py"])

    assert registry.find("feature", "once").module.distribution == "workbench-once"
