"""The kit as the author of a plugin meets it: through pytest."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench import Feature
from workbench.testing import CHECKS, parametrize_checks

TESTS = '''
from workbench import Feature
from workbench.testing import parametrize_checks

class Late(Feature, name="late"):
    """The close, and a warm-up that is not there."""

    @property
    def warmup(self):
        return {warmup}

    def compute(self, bars):
        return bars["close"]

@parametrize_checks(Late(), expected_failures={{"warmup_is_exact": "it is known"}})
def test_conforms(check):
    check()
'''


def run_pytest(folder, warmup):
    (folder / "test_late.py").write_text(TESTS.format(warmup=warmup), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rxf", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_check_is_a_test_and_a_known_failure_is_listed_with_its_reason(tmp_path):
    done = run_pytest(tmp_path, warmup=2)

    assert done.returncode == 0, done.stdout
    assert f"{len(CHECKS['feature']) - 1} passed, 1 xfailed" in done.stdout
    assert "test_conforms[late-warmup_is_exact] - it is known" in done.stdout


def test_a_known_failure_that_passes_is_a_failure(tmp_path):
    done = run_pytest(tmp_path, warmup=0)

    assert done.returncode == 1
    assert "XPASS(strict)" in done.stdout


def test_an_expected_failure_must_name_a_check():
    class Toy(Feature, name="toy"):
        """The close."""

        def compute(self, bars):
            return bars["close"]

    with pytest.raises(ValueError, match=r"no check is called .no_lookahead.; there are .*no_look_ahead"):
        parametrize_checks(Toy(), expected_failures={"no_lookahead": "?"})
