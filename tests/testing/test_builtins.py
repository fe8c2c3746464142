"""Every plugin that comes with Workbench goes through the kit, as anybody's would."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.audit.features import audit_feature
from workbench.contracts.feature import PanelFeature
from workbench.contracts.origin import OWN_DISTRIBUTION
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.registry import Registry
from workbench.testing import check_plugin, toy_panel

REFUSED = {"ta.kst": "fills the start of its rates of change with the mean of the whole series"}
"""Indicators of `ta` that cannot be made at all, since they look ahead, and what says so."""
QUICK = {"metric-rmse", "source-csv", "strategy-long_flat", "target-log_return"}
"""Those that are checked each time, one of a kind; all of them run with the slow tests."""


def _offered():
    registry = Registry()
    return {
        f"{kind}-{offer.name}": offer.cls
        for kind in HOOK_OF_KIND
        for offer in registry.offers(kind)
        if offer.module.distribution == OWN_DISTRIBUTION
    }


OFFERED = _offered()
USABLE = {name: cls for name, cls in OFFERED.items() if cls.name not in REFUSED}
FEATURES = {name: cls for name, cls in USABLE.items() if cls.kind == "feature"}


def _marked(plugins):
    return [
        pytest.param(cls, id=name, marks=() if name in QUICK else pytest.mark.slow) for name, cls in plugins.items()
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("plugin", _marked(USABLE))
def test_a_built_in_plugin_passes_every_check(plugin):
    assert [f"{r.check}: {r.reason}" for r in check_plugin(plugin) if not r.passed] == []


@pytest.mark.parametrize("plugin", FEATURES.values(), ids=FEATURES)
def test_a_built_in_feature_sees_no_future_at_some_moments(plugin, tmp_path):
    example = plugin.example(tmp_path)
    symbols = ("AAA", "BBB") if isinstance(example, PanelFeature) else ("AAA",)
    panel = toy_panel(max(200, example.warmup + 80), symbols, columns=example.inputs)
    moments = np.random.default_rng(2).choice(panel.times[1:], size=30, replace=False)

    found = audit_feature(lambda: type(example)(**dict(example)), panel, np.sort(moments))

    assert found.leak is None
    assert found.n_cuts > found.n_refused


@pytest.mark.parametrize(("name", "said"), REFUSED.items())
def test_an_indicator_that_looks_ahead_is_refused_with_the_reason(name, said):
    (result,) = check_plugin(OFFERED[f"feature-{name}"])

    assert (result.check, result.passed) == ("can_be_made", True)  # nobody can use it
    assert said in result.reason


def test_every_kind_of_plugin_is_among_them():
    assert {cls.kind for cls in OFFERED.values()} == set(HOOK_OF_KIND)
