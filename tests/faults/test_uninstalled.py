"""After a plugin is uninstalled its old runs can be read and reported; what would need it says how to get it."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import sys

import duckdb
import matplotlib.pyplot as plt
import pytest

import workbench as wb
from workbench.cli import main

GUESSES = """
import numpy as np
from workbench import Feature, FittedForecaster, Forecaster, Metric, ReportSection, Strategy


class Wiggle(Feature, name="wiggle"):
    def compute(self, bars):
        return bars["high"] - bars["low"]


class Fitted(FittedForecaster):
    def predict(self, windows):
        return np.full(len(windows), {guess})


class Guess(Forecaster, name="guess"):
    def fit(self, train, validation, context):
        if {fails}:
            raise RuntimeError("no guess")
        return Fitted()


class Always(Strategy, name="always"):
    def signals(self, forecasts, panel):
        return forecasts.set_index(["origin", "symbol"])["price"] * 0 + 1.0


class Bias(Metric, name="bias"):
    def score(self, actual, forecast, context):
        return float(np.mean(forecast - actual))


class Opinion(ReportSection, name="opinion"):
    title = "An opinion"

    def render(self, run):
        return "<p>I guessed.</p>"
"""


@pytest.fixture
def guesses(make_distribution):
    """Install `workbench-guesses`, in some version, or uninstall it."""
    folders = []

    def install(version, guess=0.01, fails=False, direct=None):
        uninstall()
        text = GUESSES.format(guess=guess, fails=fails)
        folders.append(make_distribution("workbench-guesses", text, version=version))
        if direct is not None:
            info = folders[0] / f"workbench_guesses-{version}.dist-info"
            (info / "direct_url.json").write_text(direct)

    def uninstall():
        for folder in folders:
            sys.path.remove(str(folder))
            shutil.rmtree(folder)
        folders.clear()
        sys.modules.pop("workbench_guesses", None)
        importlib.invalidate_caches()

    install.uninstall = uninstall
    return install


@pytest.fixture
def asked(experiment) -> wb.Experiment:
    return experiment.replace(forecasters=["guess"], features=["wiggle"], strategy="always")


@pytest.fixture
def old(guesses, asked, tmp_path) -> wb.Run:
    """A finished run of workbench-guesses 1.2, which is not installed any more."""
    guesses("1.2")
    run = wb.Workbench(tmp_path / "s.duckdb").run(asked, workers=1)
    guesses.uninstall()
    return run


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--store", "s.duckdb"])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return ended.value.code or 0, printed.out + printed.err

    return call


def test_an_old_run_can_be_listed_shown_queried_and_reported(old, command, tmp_path):
    for arguments in (
        ["runs"],
        ["show", "latest"],
        ["show", old.id, "--json"],
        ["sql", "select model, forecast from forecasts"],
    ):
        code, out = command(*arguments)
        assert code == 0 and ("guess" in out or old.id in out), arguments
    code, _ = command("report", old.id, "-o", "old.html")
    page = (tmp_path / "old.html").read_text(encoding="utf-8")

    assert code == 0
    assert "workbench-guesses" in page and "1.2" in page, "its provenance says what it came from"
    assert "I guessed" not in page and "Missing" not in page, "the section that is gone is left out in silence"


def test_everything_of_an_old_run_can_be_read_and_drawn(old, tmp_path):
    run = wb.Workbench(tmp_path / "s.duckdb").load(old.id)

    assert "bias" in set(run.scores["metric"])
    assert set(run.backtests) == {"guess", "persistence", "buy_and_hold"}
    assert run.experiment.forecasters[0].name == "guess"
    assert len(run.panel["WALK"]) == 100
    for kind in ("forecast", "error", "equity"):
        plt.close(run.plot(kind))


def test_a_replay_says_which_distribution_and_version_to_install(old, command):
    code, out = command("replay", old.id)

    assert code == 1
    assert out == (
        f"workbench: Run {old.id} used feature 'wiggle', strategy 'always', forecaster 'guess' and metric 'bias' of "
        f"workbench-guesses 1.2, which is not installed now. Get it with `pip install workbench-guesses==1.2`.\n"
    )


def test_another_version_with_the_same_numbers_is_told_and_identical(old, guesses, command):
    guesses("1.3")

    code, out = command("replay", old.id)

    assert code == 0 and "identical" in out
    assert "of workbench-guesses 1.2, but now it is of workbench-guesses 1.3. Get it with `pip install" in out


def test_another_version_with_other_numbers_is_told_with_the_first_of_them(old, guesses, command):
    guesses("1.3", guess=0.02)

    code, out = command("replay", old.id)

    assert code == 1 and "not identical" in out
    assert re.search(r"`forecast` of model guess, symbol WALK, .*: 0\.01 stored, 0\.02 now", out)
    assert "but now it is of workbench-guesses 1.3" in out


def test_the_right_version_replays_to_the_last_bit(old, guesses, command):
    guesses("1.2")

    code, out = command("replay", old.id, "--json")

    assert code == 0 and '"identical": true' in out and '"changes": []' in out


def test_a_plugin_that_is_blocked_or_broken_now_is_said_to_be(old, guesses, command):
    guesses("1.2")
    code, out = command("replay", old.id, "--no-plugin", "workbench-guesses")
    assert code == 1 and "of workbench-guesses 1.2, which is left out now." in out

    guesses("1.4", guess="(")
    code, out = command("replay", old.id)
    assert code == 1 and re.search(r"of workbench-guesses 1\.2, which could not be loaded now \(.*SyntaxError", out)


def test_a_metric_that_was_installed_since_is_no_difference(bench, experiment, make_distribution, tmp_path):
    bench.run(experiment, workers=1)
    make_distribution("workbench-guesses", GUESSES.format(guess=0, fails=False))

    replay = wb.Workbench(tmp_path / "s.duckdb").replay(workers=1)

    assert replay.identical and replay.changes == ()


def test_other_code_of_one_version_is_told_with_the_start_of_both_hashes(old, guesses, command):
    guesses("1.2", guess=0.02)

    code, out = command("replay", old.id)

    assert code == 1 and "not identical" in out
    said = (
        r"metric 'bias' of workbench-guesses 1\.2, whose code has changed since under the same version: its SHA-256 "
        r"began with ([0-9a-f]{12}), and begins with ([0-9a-f]{12}) now\. "
        r"Get it with `pip install --force-reinstall workbench-guesses==1\.2`\."
    )
    then, now = re.search(said, " ".join(out.split())).groups()
    (bias,) = [plugin for plugin in old.provenance["plugins"] if plugin["name"] == "bias"]
    assert then != now and bias["sha256"].startswith(then)


def test_other_code_is_another_trial_and_another_version_of_the_same_code_is_none(guesses, asked, tmp_path):
    numbers = []
    for version, guess in (("1.2", 0.01), ("1.2", 0.02), ("1.3", 0.02), ("1.2", 0.01)):
        guesses(version, guess)
        numbers.append(wb.Workbench(tmp_path / "s.duckdb").run(asked, workers=1).trial["number"])

    assert numbers == [1, 2, 2, 2]


def test_code_that_a_run_of_an_older_workbench_did_not_hash_is_told_apart_by_version(old, guesses, command, tmp_path):
    with duckdb.connect(str(tmp_path / "s.duckdb")) as con:
        (text,) = con.execute("select provenance from runs").fetchone()
        plugins = [{**p, "sha256": None} for p in json.loads(text)["plugins"]]
        con.execute("update runs set provenance = ?", [json.dumps({**json.loads(text), "plugins": plugins})])
    guesses("1.2", guess=0.02)

    code, out = command("replay", old.id)

    assert code == 1 and "not identical" in out and "has changed since" not in out


@pytest.mark.parametrize(
    ("direct", "remedy"),
    [
        ('{"url": "file:///home/mine/guesses"}', "It was installed from file:///home/mine/guesses; get that {} from "),
        ("{}", "Get that {} from where you had it."),
    ],
)
def test_nobody_is_sent_to_an_index_for_what_never_was_on_one(guesses, asked, command, tmp_path, direct, remedy):
    guesses("1.2", direct=direct)
    run = wb.Workbench(tmp_path / "s.duckdb").run(asked, workers=1)

    guesses.uninstall()
    _, gone = command("replay", run.id)
    guesses("1.2", guess=0.02)
    _, changed = command("replay", run.id)

    assert remedy.format("version") in gone and remedy.format("code") in changed
    assert "pip install" not in gone + changed


def test_resuming_with_other_code_of_one_version_is_refused(guesses, asked, command, tmp_path):
    guesses("1.2", fails=True)
    with pytest.raises(wb.RunFailedError, match="no guess"):
        wb.Workbench(tmp_path / "s.duckdb").run(asked, workers=1)
    guesses("1.2")

    code, out = command("run", "--resume", "latest")

    assert code == 2 and "whose code has changed since under the same version" in out


def test_resuming_says_that_another_strategy_trades_the_forecasts(make_distribution, experiment, bench):
    text = GUESSES.format(guess=0, fails=False)
    folder = make_distribution(
        "workbench-guesses", text.replace("return forecasts", "raise ValueError\n        return forecasts")
    )
    with pytest.raises(wb.PluginError, match="failed in signals"):
        bench.run(experiment.replace(strategy="always"), workers=1)
    (folder / "workbench_guesses.py").write_text(text)
    sys.modules.pop("workbench_guesses")

    with pytest.warns(wb.WorkbenchWarning, match="'always'.* whose code has changed since under the same version"):
        run = wb.Workbench(bench.path).resume("latest", workers=1)

    assert run.status == "finished"


def test_the_plugins_of_others_are_shown_with_their_versions(old, command):
    _, out = command("show", old.id)

    assert "Plugins: feature 'wiggle' of workbench-guesses 1.2, strategy 'always' of workbench-guesses 1.2," in out
    assert "'csv'" not in out.partition("Plugins:")[2].partition("name =")[0]


@pytest.mark.parametrize("version", [None, "1.3"])
def test_resuming_says_the_same(guesses, asked, command, tmp_path, version):
    guesses("1.2", fails=True)
    with pytest.raises(wb.RunFailedError, match="no guess"):
        wb.Workbench(tmp_path / "s.duckdb").run(asked, workers=1)
    guesses.uninstall()
    if version is not None:
        guesses(version)

    code, out = command("run", "--resume", "latest")

    now = "which is not installed now" if version is None else "but now it is of workbench-guesses 1.3"
    assert code == (1 if version is None else 2)
    assert f"of workbench-guesses 1.2, {now}" in out
    assert "`pip install workbench-guesses==1.2`" in out


def test_a_source_that_is_gone_is_not_missed(make_distribution, experiment, csv, command, tmp_path):
    text = (
        "import pandas as pd\nfrom workbench import DataSource\n\n\n"
        'class Vendor(DataSource, name="vendor"):\n'
        "    def fetch(self, symbol, start, end, interval):\n"
        f"        return pd.read_csv({str(csv)!r})\n"
    )
    folder = make_distribution("workbench-vendor", text)
    wb.Workbench(tmp_path / "s.duckdb").run(experiment.replace(source=wb.use("vendor")), workers=1)
    sys.path.remove(str(folder))
    sys.modules.pop("workbench_vendor")
    importlib.invalidate_caches()

    code, out = command("replay", "latest")

    assert code == 0 and "identical" in out
