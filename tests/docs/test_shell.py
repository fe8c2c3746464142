"""The shell of the documentation does what a reader's shell would do."""

from __future__ import annotations

import pytest
import shell

PROJECT = """\
[project]
name = "workbench-shouting"
version = "1.2.0"
description = "Louder."

[project.optional-dependencies]
test = []

[project.entry-points.workbench]
shouting = "workbench_shouting"
"""
MODULE = """\
from workbench import Feature


class Shouting(Feature, name="shouting"):
    \"\"\"The close, louder.\"\"\"

    def compute(self, bars):
        return bars["close"] * 2
"""


@pytest.fixture
def project(reader):
    folder = reader / "workbench-shouting"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "workbench_shouting.py").write_text(MODULE)
    return folder


def test_what_is_installed_is_found_and_what_is_uninstalled_is_gone(project):
    shell.call("pip install -e 'workbench-shouting[test]'")
    found = shell.call("workbench plugins info shouting")
    shell.call("pip uninstall -y workbench-shouting")
    gone = shell.call("workbench plugins info shouting")

    assert found[0] == 0
    assert "shouting (feature), from workbench-shouting 1.2.0" in found[1]
    assert gone[0] == 2


def test_a_variable_holds_for_one_command(project):
    shell.call("pip install -e workbench-shouting")

    left_out = shell.call("WORKBENCH_PLUGINS=trading-workbench workbench plugins info workbench-shouting")
    there = shell.call("workbench plugins info workbench-shouting")

    assert "Status: blocked" in left_out[1]
    assert "Status: active" in there[1]


def test_pytest_runs_in_the_folder_that_was_entered(project):
    (project / "test_loud.py").write_text("def test_it():\n    import workbench_shouting\n")

    shell.call("cd workbench-shouting")
    code, output = shell.call("pytest test_loud.py")

    assert code == 0, output
    assert "1 passed" in output


def test_a_command_of_another_kind_is_refused(reader):
    with pytest.raises(AssertionError, match="'rm -r /' cannot be run here"):
        shell.call("rm -r /")
