"""The table of what the kit says of the built-in plugins."""

from __future__ import annotations

import conformance
import pytest

from workbench.testing import CheckResult


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_table_is_up_to_date():
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(), "run `python docs/conformance.py`"


def test_every_built_in_plugin_is_in_the_table():
    text = conformance.PAGE.read_text(encoding="utf-8")

    assert [name for _, name in conformance.plugins() if f"| `{name}` |" not in text] == []


def test_a_row_tells_failures_and_remarks_but_not_how_quick_the_machine_was(monkeypatch):
    results = [
        CheckResult("a", "feature", "described", True),
        CheckResult("a", "feature", "no_look_ahead", True, "daily bars: 3 of 9 moments, at random, because it is slow"),
        CheckResult("a", "feature", "odd_input", True, "it refuses a single bar"),
        CheckResult("a", "feature", "warmup_is_exact", False, "`warmup` is 3, not 4."),
    ]
    network = [CheckResult("n", "forecaster", "no_look_ahead", True, 'also with a="b"; not with a="c"; it is odd')]
    refused = [CheckResult("ta.b", "feature", "can_be_made", False, "'ta.b' is refused: it looks ahead.")]
    monkeypatch.setattr(conformance, "examine_all", lambda: iter([results, network, refused]))

    text = conformance.page()

    assert "2 plugins, 5 checks, 1 failed; 1 plugin refused." in text
    assert "| `a` | feature | 3 of 4 | `odd_input`: it refuses a single bar. **Failed** `warmup_is_exact`: " in text
    assert "| `n` | forecaster | 1 of 1 | `no_look_ahead`: it is odd. |" in text
    assert "| `ta.b` | it looks ahead. |" in text
    assert "| `fillna`, of any indicator |" in text
