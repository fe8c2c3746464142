"""From names to plugins."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest

from workbench import (
    Experiment,
    ExperimentError,
    Feature,
    Forecaster,
    PluginError,
    Strategy,
    Target,
    UnknownPluginError,
    use,
)
from workbench.plan.resolve import fingerprint, resolve
from workbench.registry.registry import Registry


class Mean(Feature, name="toy_mean"):
    window: int = 5

    def compute(self, bars):
        return bars["close"].rolling(self.window).mean()


class Guess(Forecaster, name="toy_guess"):
    size: int = 1

    def fit(self, train, validation, context):
        raise NotImplementedError


class Patient(Strategy, name="toy_patient"):
    def signals(self, forecasts, panel):
        raise NotImplementedError


class Odd(Target, name="toy_odd"):
    def compute(self, bars, horizon):
        raise NotImplementedError

    def to_price(self, forecast, last_price):
        return None

    def persistence(self, windows):
        raise NotImplementedError


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(extra=[Mean])


def experiment(**fields) -> Experiment:
    return Experiment(**{"source": "sample", "symbols": ["GOOG"], "forecasters": [Guess()], **fields})


def test_everything_an_experiment_names_is_made(registry):
    resolved = resolve(experiment(target="price", features=[use("toy-mean", window=9), "column"]), registry)

    assert type(resolved.source).name == "sample"
    assert type(resolved.target).name == "price"
    assert [label for label, _ in resolved.features] == ["toy_mean(window=9)", "column"]
    assert resolved.features[0][1] == Mean(window=9)
    assert type(resolved.strategy).name == "long_flat"
    assert type(resolved.engine).name == "backtesting"
    assert {type(m).name for m in resolved.metrics} >= {"rmse", "mae", "mse", "skill", "hit_rate"}
    assert resolved.device == "cpu"


def test_features_default_to_what_suits_the_target(registry):
    resolved = resolve(experiment(target="simple_return"), registry)

    assert [label for label, _ in resolved.features] == ["simple_return"]
    assert resolved.experiment.features == (use("simple_return"),)


def test_no_feature_is_a_choice(registry):
    assert resolve(experiment(features=[]), registry).features == ()


def test_the_first_forecaster_is_the_headline_and_persistence_is_always_there(registry):
    resolved = resolve(experiment(forecasters=[Guess(), "mean"], baselines=["drift"]), registry)

    assert [(m.label, m.is_baseline) for m in resolved.models] == [
        ("toy_guess", False),
        ("mean", False),
        ("drift", True),
        ("persistence", True),
    ]
    assert resolved.headline is resolved.model("toy_guess")


@pytest.mark.parametrize(
    "named",
    [
        {"forecasters": ["persistence"]},
        {"baselines": ["persistence"]},
        {"baselines": ["trading-workbench:persistence"]},
    ],
)
def test_persistence_is_there_once_when_it_is_named(registry, named):
    labels = [m.label for m in resolve(experiment(**named), registry).models]

    assert labels.count("persistence") == 1


def test_persistence_may_be_called_something_else(registry):
    resolved = resolve(experiment(baselines=[use("persistence", label="naive")]), registry)

    assert [m.label for m in resolved.models] == ["toy_guess", "naive"]


def test_models_are_told_apart_by_what_differs_or_by_label(registry):
    twins = [Guess(), Guess(size=2), use(Guess(size=2), label="twin")]

    models = resolve(experiment(forecasters=twins), registry).models

    assert [m.label for m in models][:3] == ["toy_guess", "toy_guess(size=2)", "twin"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"forecasters": [Guess(), Guess()]}, "two of the forecasters are called 'toy_guess'; give one of them a"),
        ({"features": ["rsi", use("rsi", window=14)]}, "two of the features are called 'rsi'"),
        ({"features": [use("rsi", windw=3)]}, r"'rsi' has no parameter `windw`\. Did you mean 'window'\?"),
        ({"features": [Guess()]}, "'toy_guess' is a forecaster, but a feature is needed here"),
        ({"scaler": "standrd"}, r"no scaler is named 'standrd'\. Did you mean 'standard'\?"),
        ({"scaler": use("minmax", range=3)}, "`range` of scaler 'minmax'"),
        ({"strategy": use("long_flat", step=2)}, "trades step 2, but `horizon` is 1; ask for a horizon of at least 2"),
    ],
)
def test_what_cannot_be_made_is_explained(registry, fields, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        resolve(experiment(**fields), registry)


@pytest.mark.parametrize("field", ["source", "target", "features", "forecasters", "baselines", "strategy", "engine"])
def test_unknown_names_are_explained_whatever_their_kind(registry, field):
    kind = field.removesuffix("s").replace("baseline", "forecaster")
    with pytest.raises(UnknownPluginError, match=f"no {kind} is named 'nothing_of_that_name'"):
        resolve(experiment(**{field: "nothing_of_that_name"}), registry)


def test_a_strategy_may_trade_any_step_that_is_forecast(registry):
    assert resolve(experiment(strategy=Patient(step=3), horizon=3), registry).strategy.step == 3
    assert resolve(experiment(strategy=None), registry).strategy is None


class Ranged(Strategy, name="toy_ranged"):
    for_targets: ClassVar[frozenset[str]] = frozenset({"log-range"})

    def signals(self, forecasts, panel):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"strategy": "volatility_target"},
            "'volatility_target' trades forecasts of 'log_range', but the target is 'log_return'. Strategies for "
            "'log_return': buy_and_hold, long_flat, long_short, threshold, top_bottom; `strategy = \"none\"`",
        ),
        (
            {"strategy": "volatility_target", "target": "direction"},
            "but the target is 'direction'. Strategies for 'direction': follow_direction; `strategy",
        ),
        ({"strategy": Ranged(), "target": "price"}, "'toy_ranged' trades forecasts of 'log_range', but the target is"),
        ({"strategy": Ranged(), "target": Odd()}, "No strategy at hand trades forecasts of 'toy_odd'; `strategy"),
    ],
)
def test_a_strategy_for_another_target_is_refused_and_those_that_fit_are_named(registry, fields, sentence):
    with pytest.raises(ExperimentError, match=re.escape(sentence)):
        resolve(experiment(**fields), registry)


@pytest.mark.parametrize(
    ("target", "strategy"),
    [
        ("log_range", "volatility_target"),
        ("log_range", Ranged()),
        ("direction", "follow_direction"),
        ("direction", "buy_and_hold"),
        ("price", "top_bottom"),
        ("log_range", "long_flat"),  # the default; what comes of it is said when there is nothing to trade
    ],
)
def test_a_strategy_for_the_target_or_for_any_is_taken(registry, target, strategy):
    assert resolve(experiment(target=target, strategy=strategy), registry).strategy is not None


def test_a_target_that_fails_when_it_is_asked_for_prices_is_not_blamed_for_it_here(registry):
    class Broken(Odd, name="toy_broken"):
        def to_price(self, forecast, last_price):
            raise ValueError("no")

    with pytest.raises(ExperimentError, match="Strategies for 'toy_broken': buy_and_hold, long_flat"):
        resolve(experiment(target=Broken(), strategy="volatility_target"), registry)


def test_a_strategy_says_in_a_set_what_it_is_for():
    assert Ranged.for_targets == {"log_range"}
    with pytest.raises(
        PluginError, match=r"`for_targets` of .*Wordy is the text 'log_range'; write `for_targets: Class"
    ):

        class Wordy(Strategy, name="toy_wordy"):
            for_targets: ClassVar[frozenset[str]] = "log_range"

            def signals(self, forecasts, panel):
                raise NotImplementedError


def test_every_plugin_used_is_recorded_once_with_where_it_came_from(registry):
    resolved = resolve(experiment(features=["rsi", use("rsi", window=5), Mean()]), registry)

    used = {(p.kind, p.name): p for p in resolved.plugins}
    assert len(used) == len(resolved.plugins)
    assert {("source", "sample"), ("target", "log_return"), ("feature", "rsi"), ("metric", "rmse")} <= set(used)
    assert used["feature", "rsi"].identity.startswith("feature:rsi@trading-workbench==")
    assert used["forecaster", "toy_guess"].module.distribution == "local"


def test_a_local_file_is_identified_by_its_text(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("from workbench_metrics import Skill\n\n\nclass Mine(Skill, name='mine'):\n    pass\n")
    registry = Registry(extra=[path])

    used = {p.name: p for p in resolve(experiment(), registry).plugins}

    assert used["mine"].identity == f"metric:mine@local==#{used['mine'].module.sha256}"


def test_fingerprints_are_stable_and_sensitive_to_where_parts_end():
    assert fingerprint("a", 1) == fingerprint("a", "1") != fingerprint("a1")
    assert len(fingerprint("a", 1)) == 64
