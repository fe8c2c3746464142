"""What a run says of plugins that nobody checked."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from workbench.evaluation.verdict import Verdict
from workbench.plan.resolve import PERSISTENCE, PluginUsed
from workbench.registry.records import PluginModule
from workbench.runs.summary import look_ahead_caution, summary_document

OWN = PluginUsed("feature", "sma", PluginModule("features", "trading-workbench", "1", "workbench_features"))
GAP = PluginUsed("feature", "gap", PluginModule("gap", "workbench-gap", "0.1.0", "workbench_gap"))
LEAK = PluginUsed("feature", "leak", PluginModule("leak", "local", "", "/some where/leak.py"))
TYPED = PluginUsed("feature", "typed", PluginModule("typed", "local", "", "__main__.Typed"))


def resolved(*plugins):
    """As much of a resolved experiment as the summary looks at."""
    persistence = type("Reference", (), {"name": PERSISTENCE})()
    return SimpleNamespace(
        plugins=plugins,
        headline=SimpleNamespace(label="boost"),
        models=[SimpleNamespace(label="persistence", forecaster=persistence)],
    )


@pytest.mark.parametrize(
    ("plugins", "sentence"),
    [
        ([], None),
        ([OWN], None),
        (
            [OWN, GAP],
            "Not checked for look-ahead: gap (workbench-gap 0.1.0). Run `workbench plugins check workbench-gap:gap`, "
            "and read its code, before you believe a good result.",
        ),
        (
            [LEAK, GAP],
            "Not checked for look-ahead: gap (workbench-gap 0.1.0), leak (local). Run `workbench plugins check "
            "'/some where/leak.py'` and `workbench plugins check workbench-gap:gap`, and read their code, before you "
            "believe a good result.",
        ),
        (
            [TYPED],
            "Not checked for look-ahead: typed (local). Run `check_plugin` of `workbench.testing`, and read its code, "
            "before you believe a good result.",
        ),
    ],
)
def test_unchecked_plugins_are_named_with_the_command_that_checks_them(plugins, sentence):
    assert look_ahead_caution(resolved(*plugins)) == sentence


@pytest.mark.parametrize(
    ("words", "follows_the_verdict"), [("better than persistence", True), ("not better than persistence", False)]
)
def test_a_good_verdict_is_followed_by_what_is_not_checked(words, follows_the_verdict):
    verdict = Verdict(words, 0.1, 0.05, 0.15, 0.02, 0.001, -4.0, 400)

    document = summary_document(resolved(OWN, GAP), [], {"boost": verdict}, ["first"], None)

    caution = look_ahead_caution(resolved(OWN, GAP))
    sentence = verdict.sentence("boost")
    assert document["verdict"] == (f"{sentence} {caution}" if follows_the_verdict else sentence)
    assert document["notes"] == (["first"] if follows_the_verdict else ["first", caution])
