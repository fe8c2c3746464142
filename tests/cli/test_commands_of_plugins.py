"""Commands that installed plugins add: listed from metadata, imported when they are invoked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.cli.commands import installed_commands

GROUP = "workbench.commands"

GREET = '''
def greet(name: str, times: int = 1):
    """Say hello."""
    for _ in range(times):
        print(f"hello {name}")
'''
COUNT = '''
from __future__ import annotations
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workbench import Workbench

def count(bench: Workbench, least: Annotated[int, typer.Option(help="Runs at least.")] = 0, json: bool = False):
    """Count the runs in the store."""
    found = len(bench.runs())
    print({"runs": found} if json else f"{found} runs in {bench.path.name}, {least} wanted")
'''
APP = '''
import typer

app = typer.Typer(help="Papers.")

@app.command()
def read(page: int):
    """Read a page."""
    print(f"page {page}")

@app.command()
def refuse():
    """Give up."""
    raise typer.Exit(4)

@app.command()
def ask():
    """Ask first."""
    raise typer.Abort
'''


@pytest.fixture
def make_command(make_distribution):
    def make(name, text, *, version="1.0", summary="A command.", **points):
        return make_distribution(name, text, version=version, summary=summary, group=GROUP, **points)

    return make


# Listing


def test_help_lists_commands_with_what_their_metadata_says(make_command, workbench):
    make_command("workbench-greet", "raise RuntimeError('imported')", summary="Greets people.")

    answer = workbench("--help")

    assert answer.code == 0
    assert "greet" in answer.out
    assert "Greets people. (workbench-greet 1.0)" in " ".join(answer.out.split())
    assert "workbench_greet" not in sys.modules


def test_help_with_ten_distributions_imports_no_plugin(make_command, make_distribution, tmp_path):
    for i in range(5):
        make_command(f"workbench-command{i}", "import torch\nraise RuntimeError\n")
        make_distribution(f"workbench-module{i}", "import torch\nraise RuntimeError\n")
    code = (
        "import sys; from workbench.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('loaded', *[m for m in sys.modules if m.startswith('workbench_')],"
        " *[m for m in ('torch', 'pandas', 'pydantic', 'pluggy') if m in sys.modules])"
    )
    path = ":".join(str(p) for p in (tmp_path / "site").iterdir())

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": path}
    )

    assert all(f"command{i} " in answer.stdout for i in range(5))
    assert answer.stdout.splitlines()[-1] == "loaded"


def test_a_command_left_out_is_not_there(make_command, workbench):
    make_command("workbench-greet", GREET)

    assert "greet" not in workbench("--help", "--no-plugin", "workbench-greet").out
    answer = workbench("greet", "Ada", "--no-plugin", "workbench-greet")
    assert (answer.code, answer.out) == (2, "")
    assert "No such command 'greet'" in answer.err


def test_the_environment_leaves_commands_out_too(make_command, workbench, monkeypatch):
    make_command("workbench-greet", GREET)
    monkeypatch.setenv("WORKBENCH_PLUGINS", "metrics")

    assert installed_commands(()) == []
    assert "greet" not in workbench("--help").out


# Invoking


def test_a_typed_function_is_a_command(make_command, workbench):
    make_command("workbench-greet", GREET, greet="workbench_greet:greet")

    answer = workbench("greet", "Ada", "--times", "2")

    assert (answer.code, answer.out) == (0, "hello Ada\nhello Ada\n")


def test_its_help_is_its_own(make_command, workbench):
    make_command("workbench-greet", GREET, greet="workbench_greet:greet")

    answer = workbench("greet", "--help")

    assert "Say hello." in answer.out
    assert "--times" in answer.out
    assert "completion" not in answer.out


def test_a_function_that_takes_a_bench_gets_one_made_from_the_common_options(make_command, workbench):
    make_command("workbench-count", COUNT, count="workbench_count:count")

    assert workbench("count", "--help").out.count("--store") == 1
    assert workbench("--store", "other.duckdb", "count", "--least", "2").err.startswith("workbench: there is no store")
    answer = workbench("count", "--json", "--store", "other.duckdb")
    assert answer.code == 2  # the store is not there either way


def test_a_bench_reads_the_store(make_command, workbench, small):
    make_command("workbench-count", COUNT, count="workbench_count:count")
    workbench("run", small, "--store", "s.duckdb")

    assert workbench("count", "--store", "s.duckdb", "--least", "2").out == "1 runs in s.duckdb, 2 wanted\n"
    assert workbench("count", "--store", "s.duckdb", "--json").out == "{'runs': 1}\n"


def test_a_typer_application_is_a_group_of_commands(make_command, workbench):
    make_command("workbench-papers", APP, papers="workbench_papers:app")

    assert workbench("papers", "read", "7").out == "page 7\n"
    assert workbench("papers", "refuse").code == 4
    aborted = workbench("papers", "ask")
    assert (aborted.code, aborted.err) == (1, "Aborted.\n")
    assert workbench("papers", "read", "seven").code == 2


def test_what_a_command_returns_is_its_own_affair(make_command, workbench):
    make_command("workbench-answers", "def answers():\n    return 'text'\n", answers="workbench_answers:answers")

    assert workbench("answers").code == 0


# Names


def test_a_built_in_command_wins_and_the_other_is_qualified(make_command, workbench):
    make_command("workbench-rival", "def run():\n    print('mine')\n", run="workbench_rival:run")

    shown = workbench("--help").out

    assert "workbench-rival:run" in shown
    assert workbench("workbench-rival:run").out == "mine\n"
    assert "say what to run" in workbench("run").err


def test_two_plugins_with_one_name_need_the_distribution(make_command, workbench):
    for name in ("one", "two"):
        make_command(f"workbench-{name}", f"def go():\n    print('{name}')\n", go=f"workbench_{name}:go")

    answer = workbench("go")

    assert answer.code == 2
    assert "offered more than once: write 'workbench-one:go' or 'workbench-two:go'" in answer.err
    assert workbench("workbench-two:go").out == "two\n"
    assert "workbench-one:go" in workbench("--help").out
    assert workbench("go", "--no-plugin", "workbench-one").out == "two\n"


def test_a_misspelt_command_suggests_a_plugins(make_command, workbench):
    make_command("workbench-greet", GREET, greet="workbench_greet:greet")

    assert "No such command 'greetn'. Did you mean 'greet'?" in workbench("greetn").err


# Going wrong


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import a_missing_library", "import raised ModuleNotFoundError"),
        ("import sys; sys.exit(0)", "import raised SystemExit: 0"),
        ("x = 1", "import raised AttributeError"),
        ("bad = 3", "is 3; expected a `typer.Typer` or a function"),
        ("def bad(bench, store: str): pass", "its parameter `store` has the name of an option of every command"),
        ("def bad(bench, x: Nowhere): pass", "NameError"),
        ("WORKBENCH_CONTRACT = '>=9'\ndef bad(): pass", "made for contract >=9"),
    ],
)
def test_a_command_that_cannot_be_used_is_one_paragraph_that_names_it(make_command, workbench, text, words):
    make_command("workbench-bad", "from __future__ import annotations\n" + text, bad="workbench_bad:bad")

    answer = workbench("bad")

    assert answer.code == 1
    assert answer.err.startswith("workbench: command 'bad' of workbench-bad 1.0 cannot be used: ")
    assert words in answer.err
    assert "`--no-plugin workbench-bad`" in answer.err
    assert answer.err.strip().count("\n") == 0


def test_a_command_that_raises_is_named_and_debug_shows_where(make_command, workbench, folder):
    make_command("workbench-bad", "def bad():\n    return {}['key']\n", bad="workbench_bad:bad")

    answer = workbench("bad")

    assert answer.code == 1
    assert "command 'bad' of workbench-bad 1.0 failed: KeyError: 'key'" in answer.err
    assert "Traceback" not in answer.err


def test_a_commands_own_wrong_request_stays_one(make_command, workbench):
    text = "from workbench import DataError\ndef bad():\n    raise DataError('no such series')\n"
    make_command("workbench-bad", text, bad="workbench_bad:bad")

    answer = workbench("bad")

    assert (answer.code, answer.err) == (2, "workbench: no such series\n")
