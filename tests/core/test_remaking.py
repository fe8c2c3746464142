"""A plugin described in plain values is made again from them, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from workbench import Feature, NotSaveable, StoreError, Target, describe_plugin, remake_plugin
from workbench.contracts.remaking import class_reference, find_class


class Spread(Feature, name="spread"):
    """A feature with parameters of several types."""

    window: int = Field(20, ge=1)
    weight: float = 0.5
    columns: tuple[str, ...] = ("high", "low")
    anything: Any = None

    @property
    def warmup(self):
        return self.window

    def compute(self, bars):
        raise NotImplementedError

    class Inner(Feature, name="inner"):
        """Defined inside another class."""

        @property
        def warmup(self):
            return 0

        def compute(self, bars):
            raise NotImplementedError


@given(
    window=st.integers(1, 10**6),
    weight=st.floats(allow_nan=False, allow_infinity=False),
    columns=st.lists(st.text(max_size=5), max_size=3),
)
def test_a_plugin_survives_the_way_through_json(window, weight, columns):
    plugin = Spread(window=window, weight=weight, columns=columns)

    assert remake_plugin(json.loads(json.dumps(describe_plugin(plugin))), Feature) == plugin


def test_a_description_names_the_class_and_every_parameter():
    described = describe_plugin(Spread(window=3))

    assert described["class"].endswith("test_remaking:Spread")
    assert described["params"] == {"window": 3, "weight": 0.5, "columns": ["high", "low"], "anything": None}


def test_a_class_inside_a_class_is_found():
    assert find_class(class_reference(Spread.Inner), Feature) is Spread.Inner


def test_a_class_of_a_function_is_refused():
    class Local(Spread):
        pass

    with pytest.raises(NotSaveable, match="Local cannot be imported by another process; define it at the top"):
        describe_plugin(Local())


def test_a_class_of_a_script_is_refused(monkeypatch):
    monkeypatch.setattr(Spread, "__module__", "__main__")

    with pytest.raises(NotSaveable, match=r"__main__\.Spread cannot be imported"):
        describe_plugin(Spread())


def test_a_parameter_that_json_cannot_hold_is_refused():
    with pytest.raises(NotSaveable, match="cannot be written to a file"):
        describe_plugin(Spread(anything=object()))


@pytest.mark.parametrize("reference", ["no_such_module:Thing", "workbench:Nothing", "", ":", "no colon", "json:"])
def test_a_class_that_is_gone_is_named(reference):
    with pytest.raises(StoreError, match=f"needs the target {reference}, which cannot be imported .* fit it again"):
        remake_plugin({"class": reference, "params": {}}, Target)


def test_a_module_that_raises_is_named(tmp_path, monkeypatch):
    (tmp_path / "raises_when_imported.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(StoreError, match=r"raises_when_imported:Thing, which cannot be imported .no licence"):
        find_class("raises_when_imported:Thing", Target)


@pytest.mark.parametrize("reference", ["subprocess:Popen", "os:system", "workbench:Feature"])
def test_only_plugins_of_the_kind_are_made(reference):
    with pytest.raises(StoreError, match=f"names {reference} as its target, which is no Target"):
        remake_plugin({"class": reference, "params": {"args": ["true"]}}, Target)


@pytest.mark.parametrize(
    ("params", "message"), [({"length": 3}, "no parameter `length`"), ({"window": 0}, "`window` of 'spread' is 0")]
)
def test_parameters_that_no_longer_fit_are_explained(params, message):
    with pytest.raises(StoreError, match=f"no longer takes the parameters it was saved with: .*{message}"):
        remake_plugin({"class": class_reference(Spread), "params": params}, Feature)


@pytest.mark.parametrize("description", [{}, {"class": "a:B"}, {"class": "a:B", "params": 3}, "text", None])
def test_anything_but_a_description_is_refused(description):
    with pytest.raises(StoreError, match="expected the `class` and the `params` of a plugin"):
        remake_plugin(description, Feature)
