"""`Plugin`: fields are parameters; what is wrong with a class or its parameters is said in a sentence."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest
from pydantic import Field

from workbench import ExperimentError, Feature, PluginError
from workbench.contracts.names import canonical_name
from workbench.contracts.plugin import RESERVED_FIELDS, Plugin


class Momentum(Feature, name="Toy-Momentum"):
    """Log return over the last `window` bars.

    More of it.
    """

    window: int = Field(20, ge=1)
    price: Literal["open", "close"] = "close"
    weights: tuple[float, ...] = ()

    def compute(self, bars):
        return bars[self.price]


class Required(Feature, name="toy_required"):
    column: str

    def compute(self, bars):
        return bars[self.column]


def test_names_have_one_spelling():
    assert Momentum.name == "toy_momentum"
    assert canonical_name(" Long-Flat ") == "long_flat"


def test_a_class_without_a_name_is_a_base_class():
    class Base(Momentum):
        pass

    assert Base.name is None


def test_a_name_in_the_body_is_refused_because_it_would_be_forgotten():
    with pytest.raises(PluginError, match=r'class Lost\(Feature, name="lost"\)'):

        class Lost(Feature):
            name = "lost"

    with pytest.raises(PluginError, match=r'class Lost\(Feature, name="lost"\)'):

        class Lost(Feature):
            name: ClassVar[str] = "lost"


def test_a_parameter_without_a_type_is_refused_in_a_sentence():
    with pytest.raises(PluginError, match=r"`window = 3` in Bare has no type\. Write `window: int = 3` for"):

        class Bare(Feature):
            window = 3


def test_a_property_given_as_a_number_is_refused_in_a_sentence():
    with pytest.raises(PluginError, match=r"`warmup` of Bare is a property: write `@property`, `def warmup\(self\)"):

        class Bare(Feature):
            warmup = 3


def test_a_property_given_as_a_parameter_is_refused_in_a_sentence():
    with pytest.raises(PluginError, match=r"Typed is a property: write `@property`, `def warmup\(self\): return 10`\."):

        class Typed(Feature):
            warmup: int = 10


def test_a_property_given_as_a_method_is_refused_in_a_sentence():
    with pytest.raises(PluginError, match=r"Method is a property: put `@property` above `def warmup`\."):

        class Method(Feature):
            def warmup(self):
                return 10


def test_a_property_may_be_a_constant_of_the_class():
    class Fixed(Feature):
        warmup: ClassVar[int] = 10

    assert Fixed.warmup == 10


def test_a_class_of_a_plugin_file_is_named_without_its_made_up_module():
    body = {"__annotations__": {"label_": int, "use": str}, "__module__": "_workbench_local_w8_b88df3d1448e"}

    with pytest.raises(PluginError, match=r"^Gap declares a parameter called 'use'"):
        type("Gap", (Feature,), body)


def test_the_first_line_of_the_docstring_is_the_summary():
    assert Momentum.summary() == "Log return over the last `window` bars."


@pytest.mark.parametrize(
    ("params", "label"),
    [
        ({}, "toy_momentum"),
        ({"window": 20, "price": "close"}, "toy_momentum"),
        ({"window": 5}, "toy_momentum(window=5)"),
        ({"price": "open", "window": 5}, "toy_momentum(window=5, price=open)"),
        ({"weights": (0.5, 1.0)}, "toy_momentum(weights=(0.5, 1.0))"),
    ],
)
def test_the_label_says_what_differs_from_the_defaults(params, label):
    assert Momentum(**params).label == label


def test_a_required_parameter_always_shows():
    assert Required(column="close").params == {"column": "close"}


def test_plugins_are_values():
    assert Momentum(window=5) == Momentum(window=5) != Momentum(window=6)
    with pytest.raises(ValueError, match="frozen"):
        Momentum().window = 3


@pytest.mark.parametrize(
    ("cls", "params", "sentence"),
    [
        (Momentum, {"windw": 5}, r"'toy_momentum' has no parameter `windw`\. Did you mean 'window'\?"),
        (Momentum, {"zzz": 5}, r"has no parameter `zzz`\. It takes `window`, `price`, `weights`\."),
        (Momentum, {"window": 0}, r"`window` of 'toy_momentum' is 0: input should be greater than or equal to 1\."),
        (Momentum, {"price": "low"}, r"`price` of 'toy_momentum' is 'low': input should be 'open' or 'close'\."),
        (Momentum, {"weights": [float("nan")]}, r"`weights\.0` .* is nan: input should be a finite number\."),
        (Required, {}, r"'toy_required' needs the parameter `column`\."),
    ],
)
def test_wrong_parameters_are_explained(cls, params, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        cls(**params)


def test_a_label_is_given_where_the_plugin_is_chosen():
    with pytest.raises(ExperimentError, match=r"'toy_momentum' has no .*`label`\. .* `use\(\.\.\., label='m'\)`"):
        Momentum(label="m")


def test_every_wrong_parameter_is_named():
    with pytest.raises(ExperimentError, match=r"`window` .*`price` "):
        Momentum(window=0, price="low")


def test_a_plugin_without_parameters_says_so():
    class Bare(Feature, name="bare"):
        def compute(self, bars):
            return bars["close"]

    with pytest.raises(ExperimentError, match=r"'bare' has no parameter `window`\. It takes no parameters\."):
        Bare(window=1)


@pytest.mark.parametrize("word", sorted(RESERVED_FIELDS))
def test_reserved_words_are_refused_as_parameters(word):
    body = {"__annotations__": {word: int}, "__module__": "toys", word: 1}
    sentence = rf"toys\.Greedy declares .*'{word}'|name=\"greedy\"|`{word}` of toys\.Greedy is a property"

    with pytest.raises(PluginError, match=sentence):
        type("Greedy", (Feature,), body)


def test_settings_of_the_class_are_no_parameters():
    class Wide(Feature, name="wide"):
        inputs: ClassVar[set[str]] = {"close"}

        def compute(self, bars):
            return bars["close"]

    assert Wide.inputs == {"close"}
    assert not Wide.model_fields


def test_a_plugin_that_lacks_a_method_names_it():
    class Half(Feature, name="half"):
        pass

    with pytest.raises(PluginError, match=r"Half .*compute"):
        Half()


def test_the_base_of_all_plugins_has_no_kind():
    assert Plugin.kind == ""
