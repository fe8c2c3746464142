"""`use`: choosing a plugin by name, class, instance or mapping."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import ExperimentError, Feature, Use, use
from workbench.contracts.use import as_use

words = st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda w: w not in ("use", "label"))


class Mean(Feature, name="toy_mean"):
    """Rolling mean."""

    window: int = 5

    def compute(self, bars):
        return bars["close"].rolling(self.window).mean()


class Nameless(Feature):
    def compute(self, bars):
        return bars["close"]


@given(words, st.none() | words, st.dictionaries(words, st.integers() | words))
def test_the_written_form_reads_back(name, label, params):
    chosen = use(name, label=label, **params)

    assert as_use(chosen.to_dict()) == chosen


@pytest.mark.parametrize(
    ("given_name", "name"),
    [("Toy-Mean", "toy_mean"), ("my-dist:Toy-Mean", "my-dist:toy_mean"), (" rsi ", "rsi"), ("ta.kama", "ta.kama")],
)
def test_the_local_part_of_a_name_has_one_spelling(given_name, name):
    assert use(given_name).name == as_use(given_name).name == as_use({"use": given_name}).name == name


def test_an_instance_keeps_its_class_and_what_differs_from_the_defaults():
    chosen = as_use(Mean(window=9))

    assert chosen.plugin is Mean
    assert chosen.to_dict() == {"use": "toy_mean", "window": 9}
    assert as_use(Mean()).params == {}


def test_a_class_stands_for_its_defaults():
    assert as_use(Mean) == as_use(Mean())


def test_a_use_can_be_relabelled_and_changed():
    chosen = use(use("lstm", hidden=8, epochs=3), label="small", hidden=4)

    assert chosen.to_dict() == {"use": "lstm", "label": "small", "hidden": 4, "epochs": 3}
    assert chosen.with_params(epochs=9).params == {"hidden": 4, "epochs": 9}
    assert use(Mean(window=9), label="nine").label == "nine"


def test_tuples_paths_and_numpy_numbers_are_kept_as_a_file_would_hold_them():
    assert use("csv", path=Path("a") / "b.csv").params == {"path": str(Path("a") / "b.csv")}
    assert use("stacked_lstm", layers=(50, (1, 2))) == use("stacked_lstm", layers=[50, [1, 2]])
    assert type(use("rsi", window=np.int64(14)).params["window"]) is int
    assert as_use({"use": "x", "deep": {"at": (1,)}}).params == {"deep": {"at": [1]}}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (3, r"expected a plugin name, `use\(...\)` or a plugin instance, got 3 \(int\)"),
        (Feature, "Feature has no name"),
        (Nameless(), r'class Nameless\(Feature, name="..."\)'),
        ({"window": 3}, r'a plugin is chosen with `use = "name"`, but .* has no `use`'),
        ({"use": "rsi", "label": 3}, "`label` of 'rsi' must be text, got 3"),
        ("", "cannot be empty"),
        ("dist:", "cannot be empty"),
    ],
)
def test_what_names_no_plugin_is_refused(value, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        as_use(value)


def test_a_bare_estimator_is_to_be_wrapped():
    class Boost:
        fit = predict = get_params = None

    for given_ in (Boost(), Boost):
        with pytest.raises(ExperimentError, match=r"\(Boost\)\. Wrap it: `SklearnForecaster\(Boost\(\.\.\.\)\)`"):
            as_use(given_)


def test_a_use_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Use(name="rsi").name = "macd"
