"""Sweeps: every setting is a run and a trial, and the best of them is a best of many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench.evaluation.verdict import Verdict
from workbench.reports.searching.page import search_html
from workbench.runs.searching.sweep import Sweep

PLUGIN = str(Path(__file__).with_name("descent.py"))
GRID = {"forecasters.0.rate": [0.01, 0.1], "lookback": [3, 5]}


@pytest.fixture(scope="module")
def swept(tmp_path_factory, bars):
    """A sweep of four settings, looked at by many tests."""
    folder = tmp_path_factory.mktemp("swept")
    bars.to_csv(folder / "WALK.csv")
    bench = wb.Workbench(folder / "store.duckdb")
    return bench, bench.sweep(study(folder / "WALK.csv"), GRID, workers=1)


def study(csv, **changes):
    fields = {
        "name": "study",
        "source": wb.use("csv", path=str(csv)),
        "symbols": ["WALK"],
        "features": ["log_return"],
        "lookback": 5,
        "forecasters": [wb.use("descent", label="line")],
        "validation": 0.2,
        "strategy": None,
        "plugins": [PLUGIN],
    }
    return wb.Experiment(**{**fields, **changes})


def test_every_setting_is_a_run_named_after_it_and_a_trial(swept):
    bench, search = swept

    assert sorted(bench.runs()["name"]) == sorted(f"study/{label}" for label in search.trials["setting"])
    assert sorted(search.trials["run"]) == sorted(bench.runs()["run"])
    assert len(bench.sql("select distinct settings from trials")) == 4
    assert max(trial.test["trial"] for trial in search.ranked) == 4


def test_settings_are_sorted_by_validation_and_not_by_test(swept):
    _, search = swept
    rows = search.trials

    assert rows["validation_rmse"].is_monotonic_increasing
    assert search.best.label == rows["setting"][0]
    assert search.best_settings == dict(zip(GRID, search.settings.loc[search.best.number], strict=True))


def test_the_figures_of_a_setting_are_those_of_its_run(swept):
    bench, search = swept

    for row in search.trials.to_dict("records"):
        run = bench.load(row["run"])
        kept = run.learning.query("model == 'line'").sort_values("validation_loss").iloc[0]
        assert row["validation_rmse"] == pytest.approx(kept["validation_rmse"], rel=1e-12)
        assert row["validation_loss"] == kept["validation_loss"]
        assert row["epoch"] == kept["epoch"]
        assert row["validation_hit_rate"] == kept["validation_hit_rate"]
        np.testing.assert_array_equal(
            [row[name] for name in ("rmse", "mae", "skill", "hit_rate")],
            run.summary.loc["line", ["rmse", "mae", "skill", "hit_rate"]].astype(float),
        )


def test_the_best_of_many_is_called_a_best_of_many(swept):
    bench, search = swept

    assert "The best of 4 is a best of 4" in search.sentence
    assert "better needs p below 0.013" in search.sentence
    assert "4 trials on these data in this store" in search.sentence
    assert any("One of 4 settings" in note for note in bench.load(search.best.run).notes)


def test_a_sweep_that_is_complete_is_read_back_and_nothing_is_run(swept):
    bench, search = swept

    again = bench.sweep(search.experiment, GRID, workers=1)

    assert again.id == search.id
    assert len(bench.runs()) == 4


def test_a_run_knows_its_search_and_other_runs_have_none(swept, csv, bench):
    there, search = swept

    assert there.load(search.best.run).search.id == search.id
    assert bench.run(study(csv, forecasters=["drift"]), workers=1).search is None


def test_the_search_is_found_by_its_id_its_beginning_and_its_name(swept):
    bench, search = swept

    assert {bench.load_search(text).id for text in (search.id, search.id[:9], "study")} == {search.id}
    with pytest.raises(wb.RunNotFoundError, match="Did you mean 'study'"):
        bench.load_search("studdy")


def test_the_fields_of_a_grid_may_be_other_fields_of_the_experiment(bench, csv):
    search = bench.sweep(study(csv), {"horizon": [1, 2]}, workers=1)

    assert search.trials["status"].tolist() == ["complete", "complete"]
    assert any("`horizon` changes what is scored" in note for note in search.notes)
    assert (search.metric, search.lower_is_better) == ("skill", False)
    for trial in search.ranked:
        seen = trial.validation
        assert trial.value == pytest.approx(1 - seen["rmse"] / seen["persistence_rmse"])
    assert search.trials["value"].is_monotonic_decreasing
    assert "Best of 2 settings by validation skill" in search.sentence
    assert "RMSE" not in search.sentence
    page = search_html(search)
    assert ">val. skill</th>" in page
    assert ">val. RMSE</th>" not in page


def test_a_wrong_value_anywhere_in_the_grid_is_refused_before_anything_runs(bench, csv):
    with pytest.raises(wb.ExperimentError, match="`rate` of"):
        bench.sweep(study(csv), {"forecasters.0.rate": [0.1, "fast"]}, workers=1)

    assert not bench.path.exists()


def test_listing_the_settings_runs_nothing(bench, csv):
    assert next(setting.label for setting in bench.list_settings(study(csv), GRID)) == "rate=0.01,lookback=3"
    assert not bench.path.exists()


def test_a_forecaster_without_epochs_is_asked_for_its_validation_block(bench, csv):
    ridge = wb.use("sklearn", estimator="sklearn.linear_model.Ridge", settings={"alpha": 1.0})
    search = bench.sweep(study(csv, forecasters=[ridge]), {"forecasters.0.settings.alpha": [0.1, 10.0]}, workers=1)

    assert search.trials["validation_rmse"].is_monotonic_increasing
    assert search.trials["validation_rmse"].between(0.005, 0.02).all()
    assert search.trials["validation_loss"].isna().all()
    assert search.learning.empty


def test_without_a_validation_block_no_setting_is_the_best(bench, csv):
    search = bench.sweep(study(csv, validation=0.0), {"lookback": [3, 5]}, workers=1)

    assert search.best is None
    assert "none is the best" in search.sentence
    assert any("validation = 0.1" in note for note in search.notes)
    assert search.trials["rmse"].notna().all()


def test_a_setting_that_fails_is_told_and_the_others_are_run(bench, csv):
    with pytest.warns(wb.WorkbenchWarning, match="fails=true failed"):
        search = bench.sweep(study(csv), {"forecasters.0.fails": [True, False]}, workers=1)

    assert search.trials["status"].tolist() == ["complete", "failed"]
    assert any("1 of 2 settings failed" in note for note in search.notes)


@pytest.mark.filterwarnings("ignore:.*failed")
def test_a_sweep_of_which_nothing_works_is_an_error(bench, csv):
    with pytest.raises(wb.RunFailedError, match="all 1 settings"):
        bench.sweep(study(csv, forecasters=[wb.use("descent", fails=True)]), {"lookback": [3]}, workers=1)


def test_a_sweep_that_is_stopped_goes_on_with_the_run_it_was_at(bench, csv, monkeypatch):
    def stops(self, begun, executor):
        if begun.info.name.endswith("rate=0.1,lookback=3"):
            raise KeyboardInterrupt
        return finished(self, begun, executor)

    finished = Sweep._finished
    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "_finished", stops)
        with pytest.raises(KeyboardInterrupt, match="the same command goes on with it"):
            bench.sweep(study(csv), GRID, workers=1)
    stopped = bench.load_search("study")
    assert sorted(stopped.trials["status"]) == ["complete", "complete", "planned", "running"]
    assert any("2 of 4 settings are not done" in note for note in stopped.notes)
    begun = stopped.trials.set_index("status").loc["running", "run"]

    search = bench.sweep(study(csv), GRID, workers=1)

    assert search.id == stopped.id
    assert begun in search.trials["run"].tolist()
    assert len(bench.runs()) == 4
    assert len(bench.sql("select distinct settings from trials")) == 4


def test_other_bars_make_another_search(bench, csv, bars):
    first = bench.sweep(study(csv), {"lookback": [3]}, workers=1)
    bars.iloc[:-1].to_csv(csv)

    second = bench.sweep(study(csv), {"lookback": [3]}, workers=1)

    assert second.id != first.id


def test_a_search_outlives_its_runs(bench, csv):
    search = bench.sweep(study(csv), {"lookback": [3, 5]}, workers=1)
    before = search.trials

    for run in before["run"]:
        bench.remove(run)

    after = bench.load_search(search.id)
    assert after.trials.equals(before)
    assert after.best_run is None
    assert len(after.learning)


def test_prices_of_several_symbols_are_compared_in_units_of_persistence(bench, tmp_path, random_walk):
    folder = tmp_path / "two"
    folder.mkdir()
    random_walk(seed=2).to_csv(folder / "A.csv")
    dear = random_walk(seed=3)
    dear[["open", "high", "low", "close"]] *= 1000
    dear.to_csv(folder / "B.csv")
    asked = study(folder, symbols=["A", "B"], target="price")

    search = bench.sweep(asked, {"lookback": [3]}, workers=1)

    assert search.persistence == pytest.approx(1.0)
    assert 0.5 < search.best.value < 100


def make_verdict(words="better than persistence", p_value=0.02, skill=0.05, skill_high=0.1):
    return Verdict(words, skill, 0.0, skill_high, 0.04, p_value, -2.0, 200, 0.05)


@pytest.mark.parametrize(
    ("verdict", "n", "words"),
    [
        (make_verdict(), 1, "better than persistence"),
        (make_verdict(), 2, "better than persistence"),
        (make_verdict(), 3, "too little data to tell"),
        (make_verdict(skill=0.002, skill_high=0.004), 3, "not better than persistence"),
        (make_verdict(words="not better than persistence", p_value=0.9), 3, "not better than persistence"),
    ],
)
def test_a_verdict_among_many_needs_a_share_of_the_level(verdict, n, words):
    among = verdict.among(n)

    assert among.words == words
    assert among.level == pytest.approx(0.05 / n)


def test_the_smallest_skill_at_a_shared_level_is_that_of_a_test_at_that_level(shared):
    from workbench.evaluation.verdict import judge_model

    _, run = shared
    alone, among = (
        judge_model(run.forecasts, run.headline, persistence=run.persistence, horizon=1, price_units=False, n_models=n)
        for n in (1, 5)
    )

    assert alone.among(5).smallest_skill == pytest.approx(among.smallest_skill, rel=1e-9)
    assert alone.among(5).words == among.words
