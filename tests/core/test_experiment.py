"""`Experiment`: its shape is checked when it is made, and what is wrong is said in a sentence."""

from __future__ import annotations

import datetime

import pytest

from workbench import Costs, Experiment, ExperimentError, Feature, Holdout, Use, WalkForward, use


class Mean(Feature, name="toy_mean"):
    window: int = 5

    def compute(self, bars):
        return bars["close"]


def experiment(**fields) -> Experiment:
    return Experiment(**{"source": "sample", "symbols": ["GOOG"], **fields})


def test_every_field_but_source_and_symbols_has_a_default():
    needed = [name for name, field in Experiment.model_fields.items() if field.is_required()]

    assert needed == ["source", "symbols"]


def test_the_documented_defaults_hold():
    asked = experiment()

    assert (asked.name, asked.interval, asked.missing, asked.adjust) == ("experiment", "1d", "error", "none")
    assert (asked.target.name, asked.horizon, asked.lookback, asked.scaler.name) == ("log_return", 1, 20, "standard")
    assert (asked.features, asked.baselines, asked.plugins) == (None, (), ())
    assert ([u.name for u in asked.forecasters], asked.seeds, asked.validation) == (["lstm"], (7,), 0.1)
    assert (asked.calibration, asked.coverage) == (0.0, (0.8, 0.95))
    assert (asked.strategy.name, asked.engine.name) == ("long_flat", "backtesting")
    assert (asked.folds, asked.costs) == (Holdout(0.2), Costs(commission=0.001, spread=0.0002))


@pytest.mark.parametrize("value", ["toy_mean", use("toy-mean"), Mean, Mean(), {"use": "toy_mean"}])
def test_a_plugin_may_be_given_as_name_use_class_instance_or_mapping(value):
    asked = experiment(target=value, features=[value], forecasters=value, strategy=value, engine=value)

    assert {u.name for u in (asked.target, *asked.features, *asked.forecasters, asked.strategy, asked.engine)} == {
        "toy_mean"
    }


def test_single_values_stand_for_lists_of_one():
    asked = experiment(
        symbols="GOOG", features="rsi", forecasters="lstm", plugins="mine.py", calibration=0.2, coverage=0.9
    )

    assert asked.symbols == ("GOOG",)
    assert asked.features == (use("rsi"),)
    assert asked.plugins == ("mine.py",)
    assert asked.coverage == (0.9,)


@pytest.mark.parametrize(
    ("value", "folds"),
    [
        ({"test_fraction": 0.3}, Holdout(0.3)),
        ({"use": "holdout"}, Holdout()),
        ({"train_size": 10, "test_size": 5}, WalkForward(10, 5)),
        ({"use": "Walk-Forward", "train_size": 10, "test_size": 5, "refit": 3}, WalkForward(10, 5, refit=3)),
        (WalkForward(10, 5, True, 2, False, 1), WalkForward(10, 5, True, 2, False, 1)),
    ],
)
def test_folds_may_be_given_as_settings(value, folds):
    assert experiment(folds=value).folds == folds


@pytest.mark.parametrize("refit", [True, False, 1, 4])
def test_refit_once_is_told_apart_from_refit_always(refit):
    assert type(WalkForward(10, 5, refit=refit).refit) is type(refit)


@pytest.mark.parametrize(
    "value", ["2018-02-05", "2018-02-05 00:00:00", datetime.date(2018, 2, 5), datetime.datetime(2018, 2, 5, 9, 30)]
)
def test_dates_become_iso_dates(value):
    assert experiment(start=value).start == "2018-02-05"


def test_strategy_none_skips_trading():
    assert experiment(strategy=None).strategy is None


def test_a_transformer_may_stand_for_a_scaler():
    class Halve:
        def fit(self, values):
            return self

        def inverse_transform(self, values):
            return values * 2

    halve = Halve()

    assert experiment(scaler=halve).scaler is halve
    assert experiment(scaler={"use": "minmax", "range": [-1, 1]}).scaler == use("minmax", range=[-1, 1])


WRONG = [
    ({"horizon": 0}, r"`horizon` of the experiment is 0: input should be greater than or equal to 1\."),
    ({"lokback": 3}, r"the experiment has no parameter `lokback`\. Did you mean 'lookback'\?"),
    ({"symbols": []}, r"`symbols` of the experiment"),
    ({"symbols": ["A", "B", "A"]}, r"`symbols` .*: each may be given once only"),
    ({"seeds": [7, 7]}, r"`seeds` .*: each may be given once only"),
    ({"seeds": [-1]}, r"`seeds\.0` of the experiment is -1: input should be greater than or equal to 0"),
    ({"seeds": []}, r"`seeds` of the experiment"),
    ({"forecasters": []}, r"`forecasters` of the experiment"),
    ({"features": [3]}, r"`features` .*: expected a plugin name, `use\(...\)` or a plugin instance, got 3 \(int\)"),
    ({"target": {"window": 3}}, r'`target` .*: a plugin is chosen with `use = "name"`'),
    ({"interval": "daily"}, r"`interval` .*expected a number and one of m, h, d, wk, mo"),
    ({"resample": "90s"}, r"`resample` of the experiment is '90s': expected a number and one of m, h, d"),
    ({"start": "x" * 900}, r"`start` of the experiment is 'x{199}\.\.\.: expected an ISO date"),
    ({"missing": "mean"}, r"`missing` of the experiment is 'mean': input should be 'error', 'drop' or 'ffill'"),
    ({"missing": "bfill"}, r"`missing` of the experiment is 'bfill': it fills a gap from later bars.*: a leak"),
    ({"missing": "Interpolate"}, r"'Interpolate': it fills a gap from later bars.*Choose 'drop'.*or 'ffill'"),
    ({"validation": 1}, r"`validation` of the experiment is 1: input should be less than 1"),
    ({"calibration": -0.1}, r"`calibration` of the experiment is -0\.1: input should be greater than or equal to 0"),
    ({"validation": 0.4, "calibration": 0.6}, r"`calibration` .* is 0\.6: with `validation` it takes all training"),
    ({"coverage": []}, r"`coverage` of the experiment"),
    ({"coverage": [0.8, 1]}, r"`coverage\.1` of the experiment is 1: input should be less than 1"),
    ({"coverage": 80}, r"`coverage\.0` of the experiment is 80: input should be less than 1"),
    ({"coverage": [0.8, 0.8]}, r"`coverage` .*: each may be given once only"),
    ({"start": "5 Feb 2018"}, r"`start` of the experiment is '5 Feb 2018': expected an ISO date such as 2018-02-05"),
    ({"end": "2018-02-05garbage"}, r"`end` .*: expected an ISO date"),
    ({"end": "2018-02-30"}, r"`end` .*: expected an ISO date"),
    ({"start": "2020-01-02", "end": "2020-01-01"}, r"`end` .* is '2020-01-01': it lies before `start`, 2020-01-02"),
    ({"folds": {"use": "kfold"}}, r"`folds` .*: expected `use` to be one of holdout, walk_forward"),
    ({"folds": {"trainsize": 3, "test_size": 2}}, r"no parameter `trainsize`\. Did you mean 'train_size'\?"),
    ({"folds": {"train_size": 3}}, r"'walk_forward' needs the parameter `test_size`"),
    ({"folds": {"train_size": 0, "test_size": 2}}, r"`train_size` of 'walk_forward' is 0: a block has at least 1 bar"),
    ({"folds": 3}, r"`folds` of the experiment is 3: expected `WalkForward"),
    ({"costs": {"comission": 0.1}}, r"'costs' has no parameter `comission`\. Did you mean 'commission'\?"),
    ({"costs": {"spread": -0.1}}, r"`spread` of 'costs' is -0\.1: input should be greater than or equal to 0"),
    ({"costs": 3}, r"`costs` of the experiment is 3"),
    ({"name": ""}, r"`name` of the experiment"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG, ids=str)
def test_wrong_requests_are_explained(fields, sentence):
    with pytest.raises(ExperimentError, match=sentence) as caught:
        experiment(**fields)

    assert "pydantic" not in str(caught.value)


def test_what_is_missing_is_named():
    with pytest.raises(ExperimentError, match=r"needs the parameter `source`\. .*needs the parameter `symbols`"):
        Experiment()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: WalkForward(0, 5), r"`train_size` of 'walk_forward' is 0"),
        (lambda: WalkForward(10, test_sise=5), r"no parameter `test_sise`\. Did you mean 'test_size'\?"),
        (lambda: WalkForward(10), "'walk_forward' needs the parameter `test_size`"),
        (lambda: WalkForward(1, 2, False, 3, True, 0, 9), "'walk_forward' "),
        (lambda: Holdout(1.0), r"`test_fraction` of 'holdout' is 1\.0: input should be less than 1"),
        (lambda: Holdout(0.2, -1), r"`embargo` of 'holdout' is -1"),
        (lambda: Costs(commission=-1), r"`commission` of 'costs' is -1"),
    ],
)
def test_wrong_folds_and_costs_are_explained_in_python_too(make, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        make()


def test_replace_checks_again_and_leaves_the_original_alone():
    asked = experiment(horizon=2)

    assert asked.replace(horizon=3, features=["rsi"]).features == (Use(name="rsi"),)
    assert asked.horizon == 2
    with pytest.raises(ExperimentError, match="horizon"):
        asked.replace(horizon=0)


def test_experiments_are_values():
    assert experiment(features=[Mean(window=3)]) == experiment(features=[Mean(window=3)])
    assert experiment() != experiment(horizon=2)
    with pytest.raises(ValueError, match="frozen"):
        experiment().horizon = 2


def test_coverages_are_put_in_order():
    assert experiment(calibration=0.2, coverage=[0.95, 0.5, 0.8]).coverage == (0.5, 0.8, 0.95)


@pytest.mark.parametrize("field", ["horizon", "lookback", "tail", "seeds"])
@pytest.mark.parametrize("value", [True, 3.0], ids=str)
def test_yes_and_fractions_are_no_whole_numbers(field, value):
    with pytest.raises(ExperimentError, match=rf"`{field}` of the experiment is .*: expected a whole number"):
        experiment(**{field: [value] if field == "seeds" else value})

    assert getattr(experiment(**{field: ["3"] if field == "seeds" else "3"}), field) == (
        (3,) if field == "seeds" else 3
    )


def test_a_coverage_without_a_calibration_is_refused_unless_it_is_the_default():
    with pytest.raises(ExperimentError, match=r"`coverage` of the experiment is \[0\.5\]: .* add `calibration = 0\.2`"):
        experiment(coverage=[0.5])

    assert experiment(coverage=[0.95, 0.8]) == experiment()


@pytest.mark.parametrize("fields", [{"coverage": [80]}, {"seeds": [-1]}], ids=str)
def test_a_list_whose_only_item_is_wrong_is_not_called_too_short(fields):
    with pytest.raises(ExperimentError) as refused:
        experiment(**fields)

    assert "should be" in str(refused.value)
    assert "at least 1 item" not in str(refused.value)
    with pytest.raises(ExperimentError, match="at least 1 item"):
        experiment(**{field: [] for field in fields})
