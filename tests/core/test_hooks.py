"""Every example in the documentation of a hook is a complete plugin."""

from __future__ import annotations

import doctest
import inspect
import re
import types

import pandas as pd
import pytest

from workbench.contracts import hooks
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.registry import Registry

HOOKS = {name: hook for name, hook in vars(hooks).items() if name.startswith("workbench_")}
KIND_OF_HOOK = {hook: kind for kind, hook in HOOK_OF_KIND.items()}
EVENTS = sorted(set(HOOKS) - set(KIND_OF_HOOK))


def plugin_file(name, folder):
    """The example of a hook, pasted into a file."""
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(HOOKS[name]))
    path = folder / f"{name}_example.py"
    path.write_text("".join(example.source for example in examples), encoding="utf-8")
    return path


@pytest.fixture
def stand_in():
    """What an example reads of a run."""
    return types.SimpleNamespace(
        id="3f2a9c1b7d4e",
        name="walk",
        experiment=types.SimpleNamespace(symbols=("GOOG", "NFLX")),
        forecasts=pd.DataFrame({"model": ["drift", "drift"]}),
        summary=pd.DataFrame({"rmse": [0.5]}, index=["drift"]),
    )


@pytest.mark.parametrize("name", sorted(KIND_OF_HOOK))
def test_the_example_of_a_provider_offers_a_plugin_that_can_be_made(name, tmp_path):
    registry = Registry(extra=[plugin_file(name, tmp_path)])

    offered = [o for o in registry.offers(KIND_OF_HOOK[name]) if o.module.distribution == "local"]

    (offer,) = offered
    assert offer.cls.summary().endswith(".")
    assert offer.cls().label == offer.name
    assert offer.module.hooks == [name]


@pytest.mark.parametrize("name", EVENTS)
def test_the_example_of_an_event_hears_it(name, tmp_path, stand_in, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    registry = Registry(extra=[plugin_file(name, tmp_path)])
    known = {"run": stand_in, "fold": 2, "error": ValueError("no data")}

    registry.fire(name, **{argument: known[argument] for argument in inspect.signature(HOOKS[name]).parameters})

    heard = capsys.readouterr().out + "".join(p.read_text() for p in tmp_path.glob("*.jsonl"))
    assert stand_in.id in heard


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_says_when_it_is_called_and_since_when_it_is_there(name):
    text = inspect.getdoc(HOOKS[name])

    assert re.search(r"\bCalled\b", text)
    assert re.search(r"^\.\. versionadded:: \d+\.\d+$", text, re.MULTILINE)
    assert all(argument in text for argument in inspect.signature(HOOKS[name]).parameters)
