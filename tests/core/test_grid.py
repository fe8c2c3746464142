"""Grids over the fields of an experiment."""

from __future__ import annotations

import itertools

import pytest

import workbench as wb
from workbench.plan.changing import with_values
from workbench.plan.grid import check_grid, experiment_of, fields_that_move_rows, label_all, list_settings, short_names


@pytest.fixture
def experiment() -> wb.Experiment:
    return wb.Experiment(
        name="study",
        source="sample",
        symbols="GOOG",
        features=["log_return", wb.use("rsi", window=14)],
        forecasters=["lstm", wb.use("sklearn", estimator="sklearn.linear_model.Ridge", settings={"alpha": 1.0})],
        folds=wb.WalkForward(100, 50),
        context={"vix": wb.use("csv", path="vix.csv", lag="1d")},
    )


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("lookback", 7, lambda e: e.lookback),
        ("forecasters.0.hidden", 16, lambda e: e.forecasters[0].params.get("hidden")),
        ("forecasters.1.settings.alpha", 2.0, lambda e: e.forecasters[1].params["settings"]["alpha"]),
        ("forecasters.0.use", "stacked_lstm", lambda e: e.forecasters[0].name),
        ("forecasters.0.label", "mine", lambda e: e.forecasters[0].label),
        ("features.1.window", 21, lambda e: e.features[1].params["window"]),
        ("folds.train_size", 120, lambda e: e.folds.train_size),
        ("costs.commission", 0.5, lambda e: e.costs.commission),
        ("context.vix.lag", "2d", lambda e: e.context["vix"].lag),
        ("scaler.range", [-1, 1], lambda e: e.scaler.params.get("range")),
    ],
)
def test_a_value_is_changed_by_its_path_and_nothing_else_is(experiment, path, value, read):
    changed = with_values(experiment, {path: value})

    assert read(changed) == value
    assert read(experiment) != value
    field = path.split(".")[0]
    assert changed.replace(**{field: getattr(experiment, field)}) == experiment


def test_two_values_of_one_plugin_are_both_changed(experiment):
    changed = with_values(experiment, {"forecasters.0.hidden": 3, "forecasters.0.epochs": 4})

    assert changed.forecasters[0].params == {"hidden": 3, "epochs": 4}


def test_what_was_handed_in_as_an_object_is_kept(experiment):
    class Own(wb.Forecaster, name="own"):
        """A forecaster that is nowhere installed."""

        size: int = 1

        def fit(self, train, validation, context):
            raise NotImplementedError

    changed = with_values(experiment.replace(forecasters=[Own()]), {"forecasters.0.size": 5})

    assert changed.forecasters[0].plugin is Own
    assert changed.forecasters[0].params == {"size": 5}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("lokback", "Did you mean 'lookback'"),
        ("forecasters.2.hidden", "'2' is no position in a list of 2"),
        ("forecasters.x.hidden", "'x' is no position"),
        ("folds.tain_size", "Did you mean 'train_size'"),
        ("lookback.more", "no settings above `more`"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(experiment, path, said):
    with pytest.raises(wb.ExperimentError, match=said):
        with_values(experiment, {path: 1})


def test_features_that_are_not_written_out_have_no_settings(experiment):
    with pytest.raises(wb.ExperimentError, match="Write out what it belongs to"):
        with_values(experiment.replace(features=None), {"features.0.window": 3})


def test_a_grid_is_the_full_cross_product_the_last_field_fastest():
    grid = check_grid({"forecasters.0.batch_size": [16, 32], "lookback": [5, 10, 20]})

    settings = list_settings(grid)

    assert [tuple(s.values.values()) for s in settings] == list(itertools.product([16, 32], [5, 10, 20]))
    assert [s.number for s in settings] == list(range(6))
    assert settings[1].label == "batch_size=16,lookback=10"


def test_paths_need_no_quotes_in_a_file():
    assert check_grid({"forecasters": {"0": {"hidden": [1, 2]}}, "lookback": (3,)}) == {
        "forecasters.0.hidden": [1, 2],
        "lookback": [3],
    }


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "a sweep needs fields"),
        ({"lookback": 5}, "expected a list of values"),
        ({"lookback": []}, "expected a list of values"),
        ({"lookback": [5, 5]}, "lists a value twice"),
        ({"name": ["a", "b"]}, "`name` of the sweep changes no forecast"),
        ({"plugins": [["a.py"], []]}, "`plugins` of the sweep changes no forecast"),
        ({"keep_models": [True, False]}, "`keep_models` of the sweep changes no forecast"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused(table, said):
    with pytest.raises(wb.ExperimentError, match=said):
        check_grid(table)


def test_names_take_as_many_parts_as_tell_them_apart():
    assert short_names(["forecasters.0.hidden", "forecasters.1.hidden", "lookback"]) == {
        "forecasters.0.hidden": "forecasters.0.hidden",
        "forecasters.1.hidden": "forecasters.1.hidden",
        "lookback": "lookback",
    }


def test_labels_are_short_and_distinct():
    points = [{"a.layers": [5, 5]}, {"a.layers": [6]}, {"a.layers": list(range(90))}, {"a.layers": list(range(91))}]

    labels = label_all(points)

    assert labels[:2] == ["layers=[5,5]", "layers=[6]"]
    assert len(set(labels)) == 4
    assert max(map(len, labels)) < 40


def test_a_plugin_among_the_values_goes_by_its_name(experiment):
    (first, second) = list_settings(check_grid({"forecasters.0": ["lstm", {"use": "drift", "label": "line"}]}))

    assert (first.label, second.label) == ("forecasters.0=lstm", "forecasters.0=line")
    assert experiment_of(experiment, second).forecasters[0].name == "drift"


def test_a_setting_names_its_experiment(experiment):
    (setting,) = list_settings(check_grid({"forecasters.0.hidden": [3]}))

    assert experiment_of(experiment, setting).name == "study/hidden=3"


def test_fields_that_change_what_is_scored_are_told_from_those_that_do_not():
    paths = ["forecasters.0.hidden", "lookback", "features", "horizon", "target", "folds.test_size", "symbols"]

    assert fields_that_move_rows(paths) == ["horizon", "target", "folds.test_size", "symbols"]
