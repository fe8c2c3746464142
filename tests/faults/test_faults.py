"""Over forty kinds of broken plugin: each is survived and named, and harms no run that does not use it."""

from __future__ import annotations

import re
import warnings

import pytest
from pandas.testing import assert_frame_equal

import workbench as wb
from workbench.cli import main
from workbench.registry.registry import Registry

from .broken import AT_ONCE, IN_EVERY_RUN, IN_USE, SECTIONS, Broken

EVERYTHING = [*AT_ONCE, *IN_USE, *IN_EVERY_RUN, *SECTIONS]


def named(faults):
    return [pytest.param(fault, id=fault.name) for fault in faults]


@pytest.fixture
def install(make_distribution, monkeypatch):
    Registry()  # so that the time limit is about the broken ones alone
    monkeypatch.setenv("WORKBENCH_PLUGIN_SECONDS", "1")

    def put(*faults: Broken):
        for fault in faults:
            make_distribution(f"workbench-{fault.name}", fault.text)

    return put


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Call the command line; it ends with a code, and never with a traceback."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), "--store", str(tmp_path / "s.duckdb")])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return ended.value.code or 0, " ".join(printed.out.split()), printed.err

    return call


def assert_same_numbers(run, other):
    assert_frame_equal(run.forecasts, other.forecasts, check_exact=True)
    assert_frame_equal(run.scores, other.scores, check_exact=True)
    assert_frame_equal(run.summary, other.summary, check_exact=True)


def test_the_list_survives_them_all_at_once_and_says_what_is_wrong_with_each(install, command):
    install(*EVERYTHING)

    code, out, _ = command("plugins", "list")

    assert code == 0
    silent = [f.name for f in AT_ONCE if not re.search(rf"{f.name} \({f.distribution}\).{{0,90}}{f.listed}", out)]
    assert silent == []
    assert [f.name for f in EVERYTHING if f"workbench-{f.name}" not in out] == []


def test_a_run_that_uses_none_of_them_gives_the_numbers_it_gives_without_them(install, bench, experiment, undisturbed):
    install(*AT_ONCE, *IN_USE)

    assert_same_numbers(bench.run(experiment, workers=1), undisturbed)


@pytest.mark.parametrize("fault", named([*AT_ONCE, *IN_USE]))
def test_a_run_that_uses_one_ends_with_a_paragraph_that_names_it(install, command, experiment, tmp_path, fault):
    install(fault)
    (tmp_path / "used.toml").write_text(experiment.replace(**fault.used).to_toml())

    code, _, err = command("run", "used.toml", "--workers", "1")

    paragraphs = [line for line in err.splitlines() if line.startswith("workbench: ")]
    assert code == fault.code
    assert len(paragraphs) == 1 and err.strip().endswith(paragraphs[0]), err
    assert re.search(fault.said, paragraphs[0]), paragraphs[0]


@pytest.mark.parametrize("fault", named(IN_EVERY_RUN))
def test_a_run_does_without_what_breaks_beside_it_and_says_so(install, bench, experiment, undisturbed, fault):
    install(fault)

    with pytest.warns(wb.WorkbenchWarning, match=fault.said):
        run = bench.run(experiment, workers=1)

    assert_same_numbers(run, undisturbed)
    if "metric-" in fault.name:
        assert any(re.search(fault.said, note) for note in run.notes), "whoever reads the run later knows too"


@pytest.mark.parametrize("fault", named(SECTIONS))
def test_a_report_does_without_a_section_that_breaks_and_says_so_in_its_place(
    install, bench, experiment, undisturbed, tmp_path, fault
):
    install(fault)
    unfinished = bench.load(_unfinished(bench, experiment))  # its report has few sections, and is quick

    with pytest.warns(wb.WorkbenchWarning, match=fault.said):
        page = unfinished.report(tmp_path / "report.html").read_text(encoding="utf-8")

    assert f"Missing: section &#39;{fault.module}&#39;" in page
    assert "Provenance" in page and "The experiment" in page


def _unfinished(bench, experiment):
    def stop(done, total, what):
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        bench.run(experiment, workers=1, progress=stop)
    return "latest"


SAVES_BADLY = """
class Fitted(wb.FittedForecaster):
    def predict(self, windows):
        return np.zeros(len(windows))

    def save(self, folder):
        (folder / "half").write_text("")
        raise OSError("disk")


class Toy(wb.Forecaster, name="saves_badly"):
    def fit(self, train, validation, context):
        return Fitted()
"""


def test_a_fit_that_cannot_be_saved_is_not_lost(install, bench, experiment):
    from .broken import PREAMBLE

    install(Broken("saves-badly", PREAMBLE + SAVES_BADLY, ""))

    said = (
        r"was not kept and would be fitted again: forecaster 'saves_badly' \(workbench-saves-badly 1.0\) failed in save"
    )
    with pytest.warns(wb.WorkbenchWarning, match=said):
        run = bench.run(experiment.replace(forecasters=["saves_badly"]), workers=1)

    assert run.status == "finished" and any(re.search(said, note) for note in run.notes)
    assert bench.sql("select count(*) as n from models where model = 'saves_badly'")["n"].item() == 0


VANDAL = """
class Toy(wb.Feature, name="vandal"):
    def compute(self, bars):
        bars["close"] *= 2
        return bars["volume"]


class Fitted(wb.FittedForecaster):
    def predict(self, windows):
        for array in (windows.values, windows.last_price, windows.origins, windows.ends, windows.symbols):
            array[:] = array[-1]
        return np.zeros(len(windows.ends))


class Forecaster(wb.Forecaster, name="vandal_forecaster"):
    def fit(self, train, validation, context):
        train.values[:] = 0
        return Fitted()
"""


def test_a_plugin_that_changes_its_input_changes_nobodys_numbers(install, bench, experiment, undisturbed):
    from .broken import PREAMBLE

    install(Broken("vandal", PREAMBLE + VANDAL, ""))
    asked = experiment.replace(forecasters=["vandal_forecaster", "drift"], features=["vandal", "log_return"])

    run = bench.run(asked, workers=1)

    mine = run.forecasts.query("model == 'vandal_forecaster'").reset_index(drop=True)
    reference = undisturbed.forecasts.query("model == 'persistence'").reset_index(drop=True)
    untouched = ["symbol", "origin", "target_time", "last_price", "actual", "actual_price"]
    assert_frame_equal(mine[untouched], reference[untouched], check_exact=True)
    drift = [r.forecasts.query("model == 'drift'").reset_index(drop=True) for r in (run, undisturbed)]
    assert_frame_equal(drift[0], drift[1], check_exact=True)


def test_a_clashing_name_works_with_its_distribution(install, bench, experiment, undisturbed):
    install(*[fault for fault in IN_USE if fault.name == "clash"])
    asked = experiment.replace(features=["workbench-clash:sma", "trading-workbench:sma"])

    with pytest.raises(wb.ExperimentError, match="two of the features are called 'sma'; give one of them a `label`"):
        bench.run(asked, workers=1)
    theirs = wb.use("workbench-clash:sma", label="theirs")
    run = bench.run(asked.replace(features=[theirs, "trading-workbench:sma"]), workers=1)

    used = {(p["distribution"], p["version"]) for p in run.provenance["plugins"] if p["name"] == "sma"}
    assert used == {("workbench-clash", "1.0"), ("trading-workbench", wb.__version__)}


def test_blocking_a_broken_plugin_silences_it(install, tmp_path, experiment):
    install(*IN_EVERY_RUN)
    blocked = [f"workbench-{fault.name}" for fault in IN_EVERY_RUN]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = wb.Workbench(tmp_path / "s.duckdb", blocked=blocked).run(experiment, workers=1)

    assert run.status == "finished"


def test_the_traceback_is_there_for_whoever_asks(install, capsys, tmp_path, experiment):
    fault = next(fault for fault in IN_USE if fault.name == "fit-raises")
    install(fault)
    (tmp_path / "used.toml").write_text(experiment.replace(**fault.used).to_toml())

    with pytest.raises(wb.RunFailedError) as caught:
        main(["run", str(tmp_path / "used.toml"), "--workers", "1", "--debug", "--store", str(tmp_path / "s.duckdb")])

    assert any("raise MemoryError" in note for note in caught.value.__notes__)
