"""Searches by validation alone: what they see, what they keep, and how they go on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.errors import FitStopped
from workbench.plan.space import TuneSettings, check_space
from workbench.runs.searching import sampling
from workbench.runs.searching.pruning import MedianPruner
from workbench_store import SearchTrial

PLUGIN = str(Path(__file__).with_name("descent.py"))
SPACE = {"forecasters.0.rate": {"low": 0.001, "high": 0.5, "log": True}, "forecasters.0.sign": [1, -1]}
PRUNING = {"startup": 3, "prune_after_trials": 2, "prune_after_epochs": 1}

pytest.importorskip("optuna")


def study(csv, **changes):
    fields = {
        "name": "study",
        "source": wb.use("csv", path=str(csv)),
        "symbols": ["WALK"],
        "features": ["log_return"],
        "lookback": 3,
        "forecasters": [wb.use("descent", label="line")],
        "validation": 0.2,
        "strategy": None,
        "plugins": [PLUGIN],
    }
    return wb.Experiment(**{**fields, **changes})


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, bars):
    """A search of ten settings, looked at by many tests."""
    folder = tmp_path_factory.mktemp("tuned")
    bars.to_csv(folder / "WALK.csv")
    bench = wb.Workbench(folder / "store.duckdb")
    search = bench.tune(study(folder / "WALK.csv"), SPACE, trials=10, settings=PRUNING, workers=1)
    return bench, search, folder / "WALK.csv"


def table(bench, search) -> list[tuple[object, ...]]:
    """Everything the store has of a search but clocks and the random ids of runs."""
    rows = bench._store.searches.trials(search)
    return [
        (
            *(t.number, json.dumps(t.settings), t.label, t.status, t.value, json.dumps(t.validation)),
            *(json.dumps(t.intermediate), t.run is not None, t.test.get("rmse"), t.error),
        )
        for t in rows
    ]


def test_every_setting_is_a_row_and_only_the_best_is_run(tuned):
    bench, search, _ = tuned
    rows = search.trials

    assert len(rows) == 10
    assert set(rows["status"]) == {"complete", "pruned"}
    assert rows["run"].notna().sum() == 1
    assert rows["run"][0] == search.best_run.id
    assert rows["rmse"].notna().sum() == 1
    assert len(bench.runs()) == 1
    assert rows["value"].dropna().is_monotonic_increasing


def test_the_value_is_the_validation_error_of_the_first_fold_as_a_run_reports_it(tuned):
    _, search, _ = tuned

    curve = search.best_run.learning.query("model == 'line' and fold == 0")

    assert search.best.value == pytest.approx(curve["validation_rmse"].min(), rel=1e-9)
    assert search.best.validation["loss"] == curve["validation_loss"].min()


def test_the_run_of_the_best_says_how_it_was_chosen(tuned):
    _, search, _ = tuned
    run = search.best_run

    assert f"Chosen among 10 settings by validation, in search {search.id}; no setting of it saw this test" in (
        " ".join(run.notes)
    )
    assert "Its test figures" in search.sentence
    assert "were seen by none of them" in search.sentence
    assert run.experiment.forecasters[0].params["rate"] == search.best_settings["forecasters.0.rate"]


def test_each_setting_is_a_trial_over_the_validation_period_and_none_on_the_test(tuned):
    bench, search, _ = tuned
    trials = bench.sql("select run, settings, test_start, test_end from trials")
    searched = trials[trials["run"] == search.id]
    tested = trials[trials["run"] != search.id]

    assert searched["settings"].nunique() == len({json.dumps(dict(t.settings)) for t in search._trials})
    assert (searched["test_end"] < tested["test_start"].min()).all()
    assert search.best_run.trial["number"] == 1


def test_asking_again_reads_back_and_more_trials_go_on(tuned, tmp_path):
    bench, search, csv = tuned
    other = wb.Workbench(tmp_path / "other.duckdb")
    six = other.tune(study(csv), SPACE, trials=6, settings=PRUNING, workers=1)

    ten = other.tune(study(csv), SPACE, trials=10, settings=PRUNING, workers=1)

    assert ten.id == six.id == search.id
    assert [row[:7] for row in table(other, ten.id)] == [row[:7] for row in table(bench, search.id)]
    assert bench.tune(study(csv), SPACE, trials=10, settings=PRUNING, workers=1).trials.equals(search.trials)
    with pytest.warns(wb.WorkbenchWarning, match="holds 10 settings already, more than the 4 asked for"):
        bench.tune(study(csv), SPACE, trials=4, settings=PRUNING, workers=1)
    assert len(bench.runs()) == 1


def test_a_second_choice_is_told_from_one_that_nobody_saw(bench, csv):
    rising = {"forecasters.0.epochs": {"low": 1, "high": 40}}
    how = {"startup": 2, "prune": False}
    first = bench.tune(study(csv), rising, trials=1, settings=how, workers=1)

    n = next(n for n in range(2, 12) if bench.tune(study(csv), rising, trials=n, settings=how).best.number)
    second = bench.load_search(first.id)

    assert second.n_tests == 2
    assert f"Chosen among {n} settings" in second.sentence
    assert "come after those of 1 other setting that this search chose before" in second.sentence
    assert "1 other settings of it were run on this test before" in " ".join(second.best_run.notes)


def test_another_seed_is_another_search_with_other_settings(tuned):
    bench, search, csv = tuned

    other = bench.tune(study(csv), SPACE, trials=2, seed=8, settings=PRUNING, workers=1)

    assert other.id != search.id
    assert other.settings.iloc[0].tolist() != search.settings.loc[0].tolist()


def test_the_test_is_never_seen(tuned, tmp_path, bars):
    """Whatever happens from the first test target on, the search asks for and finds the same."""
    bench, search, _ = tuned
    changed = bars.copy()
    first = int(round(0.8 * len(bars), 9))
    changed.iloc[first:, :4] *= np.linspace(1.5, 3.0, len(bars) - first)[:, None]
    changed.to_csv(tmp_path / "WALK.csv")
    other = wb.Workbench(tmp_path / "other.duckdb")

    found = other.tune(study(tmp_path / "WALK.csv"), SPACE, trials=10, settings=PRUNING, workers=1)

    assert found.id != search.id  # the bars are others, so it is another question
    assert [row[:7] for row in table(other, found.id)] == [row[:7] for row in table(bench, search.id)]
    assert found.best.test["rmse"] != search.best.test["rmse"]


def test_seeds_are_averaged(bench, csv):
    network = wb.use("lstm", hidden=2, epochs=2)
    space = {"forecasters.0.batch_size": [64, 128]}
    asked = study(csv, forecasters=[network])

    both, one, two = (
        bench.tune(asked.replace(seeds=seeds), space, trials=1, settings={"prune": False}, workers=1)
        for seeds in ([1, 2], [1], [2])
    )

    assert both.best.value == pytest.approx((one.best.value + two.best.value) / 2, rel=1e-12)
    assert both.learning["fit"].nunique() == 2


def test_settings_are_compared_by_any_metric(bench, csv):
    search = bench.tune(
        study(csv), {"lookback": {"low": 2, "high": 9}}, trials=4, settings={"metric": "hit_rate"}, workers=1
    )

    assert not search.lower_is_better
    assert search.trials["value"].is_monotonic_decreasing
    assert search.best.value == pytest.approx(search.best.validation["hit_rate"])
    assert "Its validation hit rate is" in search.sentence


def test_a_recursive_experiment_is_validated_one_step_ahead_which_is_what_it_learns(bench, csv):
    ridge = {"estimator": "sklearn.linear_model.Ridge", "label": "line"}
    fields = {"forecasters": [wb.use("sklearn", **ridge)], "plugins": []}
    space = {"forecasters.0.settings": [{"alpha": 0.5}, {"alpha": 50.0}]}

    recursive = bench.tune(study(csv, horizon=3, multi_step="recursive", **fields), space, trials=2, workers=1)

    assert set(recursive.trials["status"]) == {"complete"}
    validation = bench._store.searches.trials(recursive.id)[0].validation
    n_bars = len(pd.read_csv(csv))
    assert validation["n_rows"] < 0.2 * n_bars  # one step of each origin
    assert set(bench.load(recursive.best.run).forecasts["step"]) == {1, 2, 3}


def test_a_setting_that_comes_again_is_not_fitted_again_and_counts_once(bench, csv):
    search = bench.tune(study(csv), {"lookback": [3, 5]}, trials=5, settings={"startup": 5}, workers=1)

    assert len(search.trials) == 5
    assert search.trials["setting"].nunique() == 2
    assert search.trials.groupby("setting")["value"].nunique().eq(1).all()
    assert (search.trials["seconds"] == 0.0).sum() == 3
    counted = bench.sql(f"select count(distinct settings) as n from trials where run = '{search.id}'")
    assert counted["n"].tolist() == [2]


def test_a_setting_that_fails_is_kept_as_failed_and_the_search_goes_on(bench, csv):
    space = {"forecasters.0.fails": [True, False], "forecasters.0.rate": {"low": 0.01, "high": 0.1}}

    search = bench.tune(study(csv), space, trials=6, workers=1)

    assert set(search.trials["status"]) == {"complete", "failed"}
    assert search.trials.query("status == 'failed'")["error"].str.contains("it diverged").all()
    assert any("settings failed" in note for note in search.notes)


def test_a_lookback_longer_than_the_bars_is_a_setting_that_failed(bench, csv):
    search = bench.tune(study(csv), {"lookback": [3, 155]}, trials=4, workers=1)

    assert set(search.trials["status"]) == {"complete", "failed"}
    assert "has no origin to train on" in search.trials["error"].dropna().iloc[0]


def test_a_search_of_which_nothing_works_is_an_error(bench, csv):
    asked = study(csv, forecasters=[wb.use("descent", fails=True)])

    with pytest.raises(wb.RunFailedError, match="none of the 2 settings"):
        bench.tune(asked, {"forecasters.0.rate": {"low": 0.01, "high": 0.1}}, trials=2, workers=1)


def test_a_forecaster_that_swallows_the_sign_to_stop_is_scored_like_any_other(bench, csv):
    asked = study(csv, forecasters=[wb.use("descent", swallows=True)])

    search = bench.tune(asked, SPACE, trials=8, settings=PRUNING, workers=1)

    assert set(search.trials["status"]) == {"complete"}


@pytest.mark.parametrize(
    ("changes", "space", "how", "said"),
    [
        ({"validation": 0.0}, SPACE, {"trials": 2}, "`validation` is 0"),
        ({}, SPACE, {}, "--trials 20"),
        ({}, {"horizon": [1, 2]}, {"trials": 2}, "changes what is scored"),
        ({}, {"forecasters.0.rat": [1, 2]}, {"trials": 2}, "Did you mean 'rate'"),
        ({}, {"forecasters.0.epochs": {"low": 0.5, "high": 3.5}}, {"trials": 2}, "epochs"),
        ({}, SPACE, {"trials": 2, "settings": {"metric": "rsme"}}, "Did you mean 'rmse'"),
        (
            {},
            SPACE,
            {"trials": 2, "settings": {"metric": "coverage_80"}},
            "which needs .*; a search has point forecasts alone",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_is_written(bench, csv, changes, space, how, said):
    with pytest.raises(wb.RequestError, match=said):
        bench.tune(study(csv, **changes), space, workers=1, **how)

    assert not bench.path.exists()


def test_without_optuna_one_sentence_says_how_to_get_it(bench, csv, monkeypatch):
    monkeypatch.setattr(sampling, "find_spec", lambda name: None)

    with pytest.raises(wb.RequestError, match=r'pip install "trading-workbench\[tune\]"'):
        bench.tune(study(csv), SPACE, trials=2, workers=1)


def test_optuna_is_left_as_it_was(bench, csv):
    import optuna

    before = optuna.logging.get_verbosity()

    bench.tune(study(csv), SPACE, trials=1, workers=1)

    assert optuna.logging.get_verbosity() == before


# The rules on their own


def complete(number, *errors, fit=0):
    epochs = [{"fit": fit, "epoch": i, "validation_rmse": e, "validation_loss": e} for i, e in enumerate(errors, 1)]
    return SearchTrial("tune-1", number, {}, "", "complete", min(errors), intermediate=epochs)


BEFORE = [complete(0, 5.0, 3.0), complete(1, 5.0, 2.0), complete(2, 5.0, 1.0)]


def watched(settings, before, errors):
    """Return the epoch at which a fit with these errors is stopped; None where it is not."""
    pruner = MedianPruner(TuneSettings(**settings), before)
    for epoch, error in enumerate(errors, 1):
        try:
            pruner.watch(0, {"epoch": epoch, "validation_rmse": error, "validation_loss": None})
        except FitStopped:
            return epoch
    return None


@pytest.mark.parametrize(
    ("settings", "errors", "stopped"),
    [
        ({}, (5.0, 2.5), 2),  # the median at epoch 2 is 2
        ({}, (5.0, 2.0), None),
        ({}, (1.5, 9.0), None),  # its lowest error so far is what counts
        ({}, (6.0, 1.0), 1),
        ({"prune_after_epochs": 1}, (6.0, 1.0), None),
        ({"prune": False}, (6.0, 6.0), None),
        ({"prune_after_trials": 4}, (6.0, 6.0), None),
        ({}, (4.0, 2.0, 9.0), None),  # no other setting has a third epoch
    ],
)
def test_a_fit_above_the_median_of_the_others_at_its_epoch_is_stopped(settings, errors, stopped):
    defaults = {"prune_after_trials": 3, "prune_after_epochs": 0}

    assert watched({**defaults, **settings}, BEFORE, errors) == stopped


def test_only_complete_settings_are_a_measure():
    pruned = [SearchTrial("tune-1", 3, {}, "", "pruned", intermediate=BEFORE[0].intermediate)] * 5

    assert watched({"prune_after_trials": 1, "prune_after_epochs": 0}, pruned, (9.0,)) is None


def test_settings_stay_within_their_bounds_and_of_their_kind():
    space = check_space(
        {
            "a": {"low": 3, "high": 40, "log": True},
            "b": {"low": 0, "high": 10, "step": 4},
            "c": {"low": 1e-4, "high": 1e-1, "log": True},
            "d": {"low": 0.0, "high": 0.5, "step": 0.25},
            "e": [[8], [8, 8], "x"],
        }
    )
    before: list[SearchTrial] = []
    for number in range(25):
        values = sampling.next_values(space, TuneSettings(startup=8), before, lower_is_better=True)
        before.append(SearchTrial("tune-1", number, values, "", "complete", float(values["a"])))

    drawn = pd.DataFrame([dict(trial.settings) for trial in before])
    assert drawn["a"].between(3, 40).all()
    assert set(map(type, drawn["a"].tolist())) == {int}
    assert set(drawn["b"]) <= {0, 4, 8}
    assert drawn["c"].between(1e-4, 1e-1).all()
    assert drawn["c"].map(lambda c: float(f"{c:.4g}") == c).all()
    assert set(drawn["d"]) <= {0.0, 0.25, 0.5}
    assert {json.dumps(e) for e in drawn["e"]} <= {"[8]", "[8, 8]", '"x"'}
    assert drawn["a"][15:].mean() < drawn["a"][:8].mean()  # it learns that a small `a` is good


# Killed

GRID = {"forecasters.0.rate": [0.01, 0.1], "lookback": [3, 5]}


def ask(bench, kind, csv):
    """Ask for the search or the sweep that is killed."""
    if kind == "sweep":
        return bench.sweep(study(csv), GRID, workers=1)
    return bench.tune(study(csv), SPACE, trials=10, settings=PRUNING, workers=1)


NURSERY = """
import os, sys
import optuna, duckdb, pandas, workbench as wb
sys.path.insert(0, {tests!r})
from test_tune import PRUNING, SPACE, ask, study
wb.Workbench("warm.duckdb").tune(study({csv!r}), SPACE, trials=3, settings=PRUNING, workers=1)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        ask(wb.Workbench("store.duckdb"), line.strip(), {csv!r})
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are cheap to start")
@pytest.mark.parametrize("kind", ["tune", "sweep"])
def test_a_search_killed_at_any_moment_ends_as_if_it_had_not_been(kind, tuned, tmp_path):
    """Every setting is there once, to the last digit, with its entry in the ledger."""
    bench, _, csv = tuned
    search = ask(bench, kind, csv)
    n_runs = search.trials["run"].notna().sum()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    script = NURSERY.format(tests=str(Path(__file__).parent), csv=str(csv))
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, stdin=-1, stdout=-1, text=True
    )
    assert process.stdout.readline().strip() == "ready"
    rng = np.random.default_rng(3)
    n_killed, seconds = 0, 0.3
    is_done = False

    while not is_done:
        process.stdin.write(f"{kind}\n")
        process.stdin.flush()
        child = int(process.stdout.readline())
        time.sleep(rng.uniform(0.1, 1.0) * seconds)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        status = int(process.stdout.readline())
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        is_done = status == 0
        n_killed += not is_done
        seconds *= 1.15
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()

    other = wb.Workbench(tmp_path / "store.duckdb")
    assert n_killed >= 5
    assert other.searches()["search"].tolist() == [search.id]
    assert table(other, search.id) == table(bench, search.id)
    assert other.runs()["status"].tolist() == ["finished"] * n_runs
    whose = "', '".join([search.id, *search.trials["run"].dropna()])
    ledger = f"select settings, test_start, test_end from trials where run in ('{whose}') order by settings, test_start"
    every = "select settings, test_start, test_end from trials order by settings, test_start"
    pd.testing.assert_frame_equal(other.sql(every), bench.sql(ledger))
