"""Every planted leak is caught and named, and no honest twin is accused.

Each file of `corpus` holds one mistake that people make, or could make on purpose, and beside it the same idea done
rightly.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.registry.manager import import_file
from workbench.testing import check_plugin

CORPUS = Path(__file__).parent / "corpus"
FILES = {f"{path.parent.name}/{path.stem}": path for path in sorted(CORPUS.glob("*/*.py"))}
KIND_OF_FOLDER = {
    "engines": "engine",
    "features": "feature",
    "forecasters": "forecaster",
    "sources": "source",
    "strategies": "strategy",
    "targets": "target",
}
LATE = {
    "engines/filled_a_bar_early",
    "engines/orders_a_bar_early",
    "features/cached_by_start",
    "features/enormous_series",
    "forecasters/class_memory_of_fits",
    "forecasters/remembered_block",
    "forecasters/walked_garbage",
}
"""Leaks that are found only after much else has been tried."""
QUICK_TWINS = {
    "features/unfinished_week",
    "sources/gaps_filled_backward",
    "strategies/tomorrows_close",
}
"""Twins that are examined each time; all together they take many minutes, most of all those of engines."""


def files(slow):
    return [pytest.param(name, marks=[pytest.mark.slow] if name in slow else []) for name in FILES]


def plugins_of(name):
    """Return the leaky class of a file, and the honest one."""
    module, _ = import_file(FILES[name])
    stem = FILES[name].stem
    found = {getattr(cls, "name", None): cls for cls in vars(module).values() if isinstance(cls, type)}
    return found[f"leaky_{stem}"], found[f"honest_{stem}"]


def test_what_is_called_late_or_quick_is_in_the_corpus():
    assert LATE | QUICK_TWINS <= FILES.keys()


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_is_wrong_and_what_is_right(name):
    leaky, honest = plugins_of(name)

    assert leaky.kind == honest.kind == KIND_OF_FOLDER[name.split("/")[0]]
    assert leaky.summary().startswith("Wrong")
    assert honest.summary().startswith("Right")


@pytest.mark.parametrize("name", files(slow=LATE))
def test_a_planted_leak_is_caught_and_named(name):
    leaky, _ = plugins_of(name)

    [result] = check_plugin(leaky, only=["no_look_ahead"])

    assert not result.passed
    assert (result.plugin, result.kind, result.check) == (leaky.name, leaky.kind, "no_look_ahead")
    assert "cannot be checked" not in result.reason
    assert "raised" not in result.reason
    if leaky.kind == "feature":
        assert result.column is not None
        assert result.first_row is not None


@pytest.mark.parametrize("name", files(slow=FILES.keys() - QUICK_TWINS))
def test_an_honest_twin_passes_every_check(name):
    _, honest = plugins_of(name)

    results = check_plugin(honest)

    assert "no_look_ahead" in [result.check for result in results]
    assert [(result.check, result.reason) for result in results if not result.passed] == []


def test_a_leak_in_one_column_of_many_is_named_with_its_column_and_its_first_row():
    leaky, _ = plugins_of("features/one_column_of_many")

    [result] = check_plugin(leaky, only=["no_look_ahead"])

    assert (result.column, result.first_row) == ("average_8", 31)  # the row in which its warm-up ends


@pytest.mark.slow
def test_the_command_line_names_the_leaky_plugin_of_a_file(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["plugins", "check", str(FILES["features/centred_mean"]), "--json"])

    document = json.loads(capsys.readouterr().out)
    failed = [found for found in document["checks"] if not found["passed"]]
    assert ended.value.code == 1
    assert document["passed"] is False
    assert [(found["plugin"], found["check"], found["first_row"]) for found in failed] == [
        ("leaky_centred_mean", "no_look_ahead", 0)
    ]
