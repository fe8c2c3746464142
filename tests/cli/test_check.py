"""`workbench plugins check`: what TARGET may be, what is printed, and the exit codes."""

from __future__ import annotations

import pytest

HONEST = '''
import numpy as np
from workbench import Metric


class Bias(Metric, name="bias"):
    """Size of the mean error."""

    def score(self, actual, forecast, context):
        print("printed by the plugin")
        return float(abs(np.mean(forecast - actual)))
'''
LEAKY = '''
from workbench import Feature


class Tomorrow(Feature, name="tomorrow"):
    """Tomorrow's close."""

    def compute(self, bars):
        return bars["close"].shift(-1)
'''
CHOICES = '''
from typing import Literal

from workbench import Feature


class Choosy(Feature, name="choosy"):
    """Rank of the close, among closes so far or, if asked, among all."""

    whole: bool = False
    by: Literal["rank", "level"] = "rank"
    scale: float = 1.0

    def compute(self, bars):
        close = bars["close"] * self.scale
        if self.by == "level":
            return close
        return close.rank(pct=True) if self.whole else close.expanding().rank(pct=True)
'''
SLIP = '''
from workbench import Feature


class Slip(Feature, name="slip"):
    """Reads a column that is not there."""

    def compute(self, bars):
        return bars["clse"]
'''
EXPERIMENT = """
symbols = ["GOOG"]
plugins = ["choosy.py"]
source = "sample"
forecasters = ["drift"]
strategy = "none"

[[features]]
use = "choosy"
by = "level"
scale = 3.0

[folds]
train_size = 200
test_size = 50
"""
ENDLESS = '''
from workbench import Metric


class Endless(Metric, name="endless"):
    """Never comes to an end."""

    def score(self, actual, forecast, context):
        while True:
            try:
                len(actual)
            except Exception:
                pass
'''


@pytest.fixture
def files(folder):
    for name, text in {"bias.py": HONEST, "tomorrow.py": LEAKY, "endless.py": ENDLESS}.items():
        (folder / name).write_text(text)
    (folder / "broken.py").write_text("import no_such_module_anywhere\n")
    (folder / "empty.py").write_text("x = 1\n")
    return folder


def test_a_file_that_conforms_is_said_to(workbench, files):
    answer = workbench("plugins", "check", "bias.py")

    assert answer.code == 0
    assert "bias (metric), from the file bias.py\n" in answer.out
    assert "perfect_is_best" in answer.out
    assert answer.out.rstrip().endswith("of 1 plugin: all passed.")


def test_json_is_one_document_whatever_a_plugin_prints(workbench, files):
    answer = workbench("plugins", "check", "bias.py", "--json")

    assert answer.code == 0
    assert len(answer.out.splitlines()) == 1
    assert (answer.json["target"], answer.json["passed"]) == ("bias.py", True)
    assert answer.json["checks"][0] == {
        "plugin": "bias",
        "kind": "metric",
        "check": "described",
        "passed": True,
        "reason": None,
        "column": None,
        "first_row": None,
    }


def test_a_leak_is_named_with_column_and_row_and_ends_with_code_one(workbench, files):
    answer = workbench("plugins", "check", "tomorrow.py", "--check", "no_look_ahead", "--json")

    (found,) = answer.json["checks"]
    assert answer.code == 1
    assert not answer.json["passed"]
    assert (found["plugin"], found["check"], found["passed"]) == ("tomorrow", "no_look_ahead", False)
    assert found["column"] is not None
    assert isinstance(found["first_row"], int)


def test_a_failure_is_told_to_people_too(workbench, files):
    answer = workbench("plugins", "check", "tomorrow.py", "--check", "no_look_ahead")

    assert answer.code == 1
    assert "FAILED  no_look_ahead: " in answer.out
    assert answer.out.rstrip().endswith("1 check of 1 plugin: 1 failed, of tomorrow.")


def test_text_is_broken_at_the_width_of_a_terminal(monkeypatch, capsys):
    from rich.console import Console

    from workbench.cli import checking
    from workbench.testing import CheckResult

    wide = [CheckResult("rsi", "feature", "odd_input", False, "word " * 60), CheckResult("rsi", "feature", "x", True)]
    monkeypatch.setattr(checking, "console", lambda: Console(width=80, force_terminal=True, color_system=None))
    checking._print_plugin("rsi (feature), from somewhere", wide)

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("          word") for line in lines) >= 3


@pytest.fixture
def choosy(folder):
    (folder / "choosy.py").write_text(CHOICES)
    (folder / "choosy.toml").write_text(EXPERIMENT)
    return folder


def test_other_values_of_choices_are_tried_and_the_one_that_leaks_is_named(workbench, choosy):
    answer = workbench("plugins", "check", "choosy.py", "--check", "no_look_ahead", "--json")

    (found,) = answer.json["checks"]
    assert answer.code == 1
    assert found["reason"].startswith("with whole=true: `choosy")
    assert isinstance(found["first_row"], int)


@pytest.mark.slow
def test_a_parameter_can_be_set_and_is_read_as_toml(workbench, choosy):
    command = ("plugins", "check", "choosy.py", "--check", "no_look_ahead", "--json", "--set")
    leaky = workbench(*command, "whole=true")
    honest = workbench(*command, "by=level", "--set", "scale=2.5")

    assert leaky.json["checks"][0]["reason"].startswith("`choosy")
    assert honest.code == 0
    assert honest.json["checks"][0]["reason"] == 'also with whole=true, by="rank"'


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "hole=true",
            "none of these plugins has a parameter 'hole'. Did you mean 'whole'? There are by, scale, whole.",
        ),
        ("whole=maybe", "`whole` of 'choosy' is 'maybe'"),
        ("whole", "needs the form"),
    ],
)
def test_a_setting_that_no_plugin_takes_is_a_wrong_request(setting, said, workbench, choosy):
    answer = workbench("plugins", "check", "choosy.py", "--set", setting)

    assert answer.code == 2
    assert said in answer.err
    assert answer.out == ""


def test_an_experiment_means_every_plugin_as_it_is_set_there(workbench, choosy):
    answer = workbench("plugins", "check", "choosy.toml", "--check", "described")

    titles = [line for line in answer.out.splitlines() if line and not line.startswith(" ")][:-1]
    assert answer.code == 0
    assert "choosy(by=level, scale=3.0) (feature), from the file choosy.py" in titles
    version = titles[-1].rpartition(" ")[2]
    kinds = {"sample (source)", "drift (forecaster)", "persistence (forecaster)", "backtesting (engine)"}
    assert {f"{kind}, from trading-workbench {version}" for kind in kinds} <= set(titles)


def test_an_experiment_that_asks_for_what_is_not_there_cannot_be_checked(workbench, choosy):
    (choosy / "wrong.toml").write_text(EXPERIMENT.replace('use = "choosy"', 'use = "chosy"'))

    for target, said in (("wrong.toml", "Did you mean 'choosy'?"), ("none.toml", "there is no experiment file")):
        answer = workbench("plugins", "check", target)

        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err


def test_one_slip_is_told_once(workbench, files):
    (files / "slip.py").write_text(SLIP)
    answer = workbench("plugins", "check", "slip.py")
    as_json = workbench("plugins", "check", "slip.py", "--json")

    failed = [found for found in as_json.json["checks"] if not found["passed"]]
    assert answer.code == 1
    assert answer.out.count("KeyError") == 1
    assert "for the same reason: warmup_is_exact, no_look_ahead" in answer.out
    assert "Return NaN" not in answer.out
    assert len(failed) > 5
    assert len({found["reason"] for found in failed}) == 1


def test_where_it_comes_from_is_said(workbench, files):
    (files / "mine").mkdir()
    (files / "mine" / "bias.py").write_text(HONEST)

    from_folder = workbench("plugins", "check", "mine", "--check", "described")
    installed = workbench("plugins", "check", "hit_rate", "--check", "described")
    blocked = workbench("plugins", "check", "trading-workbench", "--no-plugin", "trading-workbench:metrics")

    assert "bias (metric), from the file mine/bias.py" in from_folder.out
    assert "hit_rate (metric), from trading-workbench " in installed.out
    assert "is blocked: call it without the `--no-plugin`" in blocked.err


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nonsense", "there is nothing called 'nonsense' to check"),
        ("lstn", "Did you mean 'lstm'?"),
        ("missing.py", "missing.py"),
        ("broken.py", "no_such_module_anywhere"),
        ("empty.py", "offers nothing"),
        ("json", "offers nothing"),
    ],
)
def test_what_cannot_be_loaded_is_explained_in_a_paragraph_with_code_two(target, said, workbench, files):
    for as_json in ((), ("--json",)):
        answer = workbench("plugins", "check", target, *as_json)

        assert answer.code == 2
        assert answer.out == ""
        assert said in answer.err
        assert "\n\n" not in answer.err.strip()


METRICS = {"coverage_80", "coverage_95", "hit_rate", "mae", "mse", "pinball", "rank_ic", "rmse", "skill"}


@pytest.mark.parametrize(
    ("target", "plugins"),
    [
        ("workbench_metrics", METRICS),
        ("metrics", METRICS),
        ("trading-workbench:csv", {"csv"}),
        ("csv", {"csv"}),
        ("hit-rate", {"hit_rate"}),
    ],
    ids=["a module", "an entry point", "a qualified name", "a name that is a module's too", "another spelling"],
)
def test_a_target_may_be_named_in_many_ways(target, plugins, workbench, folder):
    answer = workbench("plugins", "check", target, "--check", "described", "--json")

    assert answer.code == 0
    assert {found["plugin"] for found in answer.json["checks"]} == plugins


def test_a_distribution_means_all_that_it_offers(workbench, folder):
    answer = workbench("plugins", "check", "trading-workbench", "--check", "described", "--json")

    assert {"lstm", "rsi", "csv", "backtesting", "skill", "price"} <= {f["plugin"] for f in answer.json["checks"]}
    (refused,) = (found for found in answer.json["checks"] if found["check"] == "can_be_made")
    assert (refused["plugin"], refused["passed"]) == ("ta.kst", True)  # it looks ahead, and refuses to be made


def test_a_folder_of_plugins_is_checked_whole(workbench, files):
    for name in ("tomorrow.py", "endless.py", "broken.py", "empty.py"):
        (files / name).unlink()
    answer = workbench("plugins", "check", f"{files}/", "--check", "described", "--json")

    assert [found["plugin"] for found in answer.json["checks"]] == ["bias"]


def test_an_unknown_check_is_a_wrong_request(workbench, files):
    answer = workbench("plugins", "check", "bias.py", "--check", "perfect_is_bst")

    assert answer.code == 2
    assert "Did you mean 'perfect_is_best'?" in answer.err


def test_a_plugin_that_never_ends_is_stopped_and_named(workbench, files, monkeypatch):
    monkeypatch.setattr("workbench.testing.running.CHECK_SECONDS", 0.3)
    answer = workbench("plugins", "check", "endless.py", "--json")

    assert answer.code == 1
    reasons = {found["check"]: found["reason"] for found in answer.json["checks"] if not found["passed"]}
    (hung,) = (check for check, reason in reasons.items() if reason == "it did not finish within 0.3 s.")
    others = {reason for check, reason in reasons.items() if check != hung}
    assert others == {f"not tried, because `{hung}` did not finish."}
