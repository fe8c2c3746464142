"""`plugins list` and `plugins info`: everything that is installed, what it is for, and why some of it failed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

FEATURE = '''
from pydantic import Field
from workbench import Feature

WORKBENCH_CONTRACT = ">=1.0,<2"

class Slope(Feature, name="slope"):
    """Rise of the close over some bars.

    Known at the close.
    """

    window: int = Field(5, ge=2, le=90, description="bars looked back")
    column: str = "close"

    def compute(self, bars):
        return bars[self.column].diff(self.window)
'''
LISTENER = "from workbench import hookimpl\n@hookimpl\ndef workbench_run_finished(run):\n    pass\n"
KEYS = ["name", "kind", "summary", "module", "distribution", "version", "origin", "hooks", "status", "reason"]


def row_of(answer, **wanted):
    (row,) = [row for row in answer.json["plugins"] if all(row[k] == v for k, v in wanted.items())]
    return row


# Listing


def test_a_class_is_a_row(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE, version="1.2")

    answer = workbench("plugins", "list", "--json")

    row = row_of(answer, name="slope")
    assert list(row) == KEYS
    assert (row["kind"], row["distribution"], row["version"]) == ("feature", "workbench-slope", "1.2")
    assert (row["status"], row["reason"], row["hooks"]) == ("active", None, ["workbench_features"])
    assert row["summary"] == "Rise of the close over some bars."


def test_a_module_that_only_listens_is_a_row(make_distribution, workbench):
    make_distribution("workbench-ears", LISTENER)

    row = row_of(workbench("plugins", "list", "--json"), kind="listener")

    assert (row["name"], row["distribution"], row["hooks"]) == ("ears", "workbench-ears", ["workbench_run_finished"])
    assert row["summary"] == "Hears run_finished."
    assert "ears" in workbench("plugins", "list").out


def test_a_command_is_a_row_and_is_not_imported(make_distribution, workbench):
    make_distribution("workbench-greet", "1 / 0", summary="Greets people.", group="workbench.commands")

    active = row_of(workbench("plugins", "list", "--json"), kind="command")
    blocked = row_of(workbench("plugins", "list", "--json", "--no-plugin", "workbench-greet"), kind="command")

    assert (active["name"], active["summary"], active["status"]) == ("greet", "Greets people.", "active")
    assert (blocked["name"], blocked["status"]) == ("workbench-greet:greet", "blocked")
    assert "workbench_greet" not in sys.modules


def test_a_failed_module_is_a_row_with_the_reason_and_what_to_do(make_distribution, workbench):
    make_distribution("workbench-broken", "raise OSError('no licence')", version="3.1")

    answer = workbench("plugins", "list")
    row = row_of(workbench("plugins", "list", "--json"), module="broken")

    assert (row["name"], row["kind"], row["status"]) == (None, None, "failed")
    assert row["reason"].startswith("import raised OSError: no licence. Update it (`pip install --upgrade workbench-br")
    assert answer.code == 0
    assert "broken (workbench-broken 3.1), failed: import raised OSError: no licence." in answer.out


def test_what_works_of_a_module_that_failed_in_part_is_active(make_distribution, workbench):
    text = FEATURE.replace("from workbench import Feature", "from workbench import Feature, hookimpl") + (
        "@hookimpl\ndef workbench_features():\n    return [Slope]\n"
        "@hookimpl\ndef workbench_metrics():\n    raise KeyError('x')\n"
    )
    make_distribution("workbench-slope", text)

    answer = workbench("plugins", "list", "--json")

    assert row_of(answer, name="slope")["status"] == "active"
    assert row_of(answer, name=None)["reason"].startswith("workbench_metrics raised KeyError: 'x'.")


def test_a_blocked_module_is_a_row_and_not_imported(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE)

    row = row_of(workbench("plugins", "list", "--json", "--no-plugin", "slope"), module="slope")

    assert (row["name"], row["status"]) == (None, "blocked")
    assert "workbench_slope" not in sys.modules


def test_every_module_has_a_line_with_its_hooks(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE)

    modules = workbench("plugins", "list").out.split("Modules")[1]

    assert ["slope", "workbench-slope", "1.0", "active", "features"] in [line.split() for line in modules.splitlines()]


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_the_list_fits_its_terminal_with_one_line_per_plugin(make_distribution, columns, tmp_path):
    folder = make_distribution("workbench-slope", FEATURE)

    shown = in_terminal(["plugins", "list"], columns, folder)

    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= columns
    plugins = lines[: lines.index("Modules")]
    (line,) = [line for line in plugins if line.split()[:1] == ["slope"]]
    assert line.split()[1:3] == ["feature", "workbench-slope"]
    assert "Rise of the" in line
    assert all(line[1] not in " " for line in plugins[4:-2] if line)  # no summary runs over


def in_terminal(arguments, columns, path):
    """What a command prints on a terminal so many columns wide, without its colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "PYTHONPATH": str(path), "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen(
        [sys.executable, "-m", "workbench", *arguments], stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        printed = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # the other end has been closed
                break
            if not chunk:
                break
            printed += chunk
    os.close(ours)
    assert process.returncode == 0
    return printed.decode()


# Explaining


def test_info_shows_parameters_with_bounds_the_hook_and_where_it_comes_from(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE, version="1.2")

    answer = workbench("plugins", "info", "slope")

    words = answer.out.split()
    assert answer.out.startswith("slope (feature), from workbench-slope 1.2\n\nRise of the close over some bars.\n")
    assert "Known at the close." in answer.out
    assert " ".join(words).count("window int 5 at least 2, at most 90 bars looked back") == 1
    assert "Hook: workbench_features\nFrom: workbench_slope.Slope\nMade for contract: >=1.0,<2\n" in answer.out


def test_info_as_json_keeps_its_keys(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE)

    document = workbench("plugins", "info", "workbench_slope:Slope", "--json").json

    assert {*KEYS, "help", "parameters", "hook", "class", "contract"} == set(document)
    assert (document["hook"], document["contract"]) == ("workbench_features", ">=1.0,<2")
    assert document["parameters"][0] == {
        "name": "window",
        "type": "int",
        "default": 5,
        "required": False,
        "bounds": ["at least 2", "at most 90"],
        "help": "bars looked back",
    }


def test_info_of_a_local_plugin_names_its_file(workbench, folder):
    (folder / "mine.py").write_text(FEATURE)

    answer = workbench("plugins", "info", "slope", "--plugin", "mine.py")

    assert answer.out.startswith("slope (feature), from local\n")
    assert f"From: {folder / 'mine.py'}" in answer.out


@pytest.mark.parametrize("name", ["broken", "workbench-broken", "Workbench_Broken", "workbench-broken:broken"])
def test_info_of_a_failed_module_explains_it(make_distribution, workbench, name):
    make_distribution("workbench-broken", "import a_missing_library")

    answer = workbench("plugins", "info", name)

    assert answer.code == 0
    assert answer.out.startswith("broken (module), from workbench-broken 1.0\n\nStatus: failed\nReason: import raised")
    assert "`pip install a_missing_library`" in answer.out


def test_info_of_a_blocked_module_says_so(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE)

    answer = workbench("plugins", "info", "workbench-slope", "--no-plugin", "workbench-slope")

    assert (
        "Status: blocked\nIt is left out by `--no-plugin` or `WORKBENCH_PLUGINS`, and was not imported." in answer.out
    )


def test_info_of_a_module_lists_what_it_offers(make_distribution, workbench):
    make_distribution("workbench-slope", FEATURE)

    document = workbench("plugins", "info", "workbench-slope", "--json").json

    assert (document["kind"], document["offers"]) == ("module", ["slope (feature)"])


def test_info_of_a_command_says_whose_it_is(make_distribution, workbench):
    make_distribution("workbench-greet", "1 / 0", summary="Greets people.", group="workbench.commands")

    answer = workbench("plugins", "info", "greet")

    assert answer.out == "greet (command), from workbench-greet 1.0\n\nGreets people.\n\nFrom: workbench_greet\n"


def test_info_of_an_unknown_name_suggests_a_near_miss(make_distribution, workbench):
    make_distribution("workbench-broken", "1 / 0")

    answer = workbench("plugins", "info", "brokn")

    assert answer.code == 2
    assert "no plugin is named 'brokn'. Did you mean 'broken'?" in answer.err


def test_info_of_a_class_whose_parameters_cannot_be_listed_names_it(make_distribution, workbench):
    text = FEATURE + (
        "\ndef never():\n    raise ValueError('no default')\n"
        "class Moody(Feature, name='moody'):\n"
        "    level: float = Field(default_factory=never)\n"
        "    def compute(self, bars): return bars['close']\n"
    )
    make_distribution("workbench-moody", text)

    answer = workbench("plugins", "info", "moody")

    assert answer.code == 1
    assert "the parameters of feature 'moody' (workbench-moody 1.0) cannot be listed: ValueError" in answer.err
    assert workbench("plugins", "list").code == 0
