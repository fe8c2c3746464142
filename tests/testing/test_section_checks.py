"""Each check of report sections, with a small plugin that breaks it."""

from __future__ import annotations

import html
import itertools
from typing import ClassVar

import pytest
from pydantic import PrivateAttr

from workbench import ReportSection
from workbench.testing import CHECKS, check_plugin
from workbench.testing.html import FragmentReader

COUNTER = itertools.count()


def results(plugin, only=None):
    return {result.check: result for result in check_plugin(plugin, only)}


def failure(plugin, check):
    result = results(plugin, [check])[check]
    assert not result.passed
    return result.reason


class Naming(ReportSection, name="naming"):
    """Names the run and its models, in text and in an attribute."""

    title: ClassVar[str] = "Names"

    def render(self, run):
        if run.status != "finished":
            return ""
        models = "".join(f"<li>{html.escape(str(m))}</li>" for m in run.summary.index)
        return (
            f'<p title="{html.escape(run.name)}">A run<br></p><ul>{models}</ul><svg><title>x</title><path d=""/></svg>'
        )


def test_an_honest_section_passes_every_check():
    found = results(Naming)

    assert set(found) == {check.name for check in CHECKS["report-section"]}
    assert [r for r in found.values() if not r.passed] == []
    assert found["renders_text"].reason == "it is left out of a run that failed"


class Says(ReportSection):
    """Base of sections that are wrong in what they say."""

    title: ClassVar[str] = "Wrong"

    def render(self, run):
        return self.text(run)


class Untitled(Says, name="untitled"):
    """Wrong: no title."""

    title: ClassVar[str] = ""

    def text(self, run):
        return ""


class NeedsResults(Says, name="needs_results"):
    """Wrong: takes for granted that there was trading."""

    def text(self, run):
        return f"<p>{run.backtest.stats['total_return']}</p>"


class NotText(Says, name="not_text"):
    """Wrong: bytes."""

    def text(self, run):
        return b"<p></p>"


class LeftOpen(Says, name="left_open"):
    """Wrong: forgets to close."""

    def text(self, run):
        return "<div><p>One</p>"


class Scripted(Says, name="scripted"):
    """Wrong: a script."""

    def text(self, run):
        return "<script>1</script>"


class FromElsewhere(Says, name="from_elsewhere"):
    """Wrong: a picture from a server."""

    def text(self, run):
        return '<img src="https://example.org/a.png">'


class Trusting(Says, name="trusting"):
    """Wrong: puts the name in as it is."""

    def text(self, run):
        return f"<p>{run.name}</p>"


class TrustingAttributes(Says, name="trusting_attributes"):
    """Wrong: escapes too little for an attribute."""

    def text(self, run):
        return f'<p title="{html.escape(run.name, quote=False)}">x</p>'


@pytest.mark.parametrize(
    ("section", "check", "said"),
    [
        (Untitled, "title_and_order", "its `title` is ''"),
        (NeedsResults, "renders_text", "of a run of one symbol that does not trade, it raised"),
        (NotText, "renders_text", "returned bytes"),
        (LeftOpen, "html_is_balanced", "<div> is not closed"),
        (Scripted, "loads_nothing", "<script>"),
        (FromElsewhere, "loads_nothing", "https://example.org/a.png"),
        (Trusting, "names_are_escaped", "html.escape"),
        (TrustingAttributes, "html_is_balanced", "the attribute"),
    ],
)
def test_a_wrong_section_fails_with_the_reason(section, check, said):
    assert said in failure(section, check)


class Careless(Says, name="careless"):
    """Wrong in all that it touches."""

    seen: ClassVar[list[str]] = []
    _calls: int = PrivateAttr(0)

    def text(self, run):
        self.seen.append(run.id)
        self._calls += 1
        if run.status == "finished":
            run.scores["value"] = 0.0
        return f"<p>{next(COUNTER)}</p>"


@pytest.mark.parametrize("check", ["input_is_unchanged", "plugin_is_unchanged", "shares_nothing", "same_numbers_again"])
def test_a_careless_section_fails(check):
    assert failure(Careless, check)


class OrderOfASet(Says, name="order_of_a_set"):
    """Wrong: the order of texts in a set differs from process to process."""

    def text(self, run):
        return "".join(f"<p>{word}</p>" for word in {"one", "two", "three", "four", "five", "six", "seven", "eight"})


def test_an_order_that_differs_between_processes_is_found():
    assert "in a fresh process" in failure(OrderOfASet, "same_numbers_again")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>a</p>", ""),
        ("<a href='https://example.org'>a link is no request</a>", ""),
        ("</div>", "unbalanced"),
        ("<p onclick='x()'></p>", "active"),
        ("<a href='javascript:x()'></a>", "active"),
        ("<meta http-equiv='refresh'>", "active"),
        ("<style>@import 'x.css'</style>", "outside"),
        ("<style>p { background: url(//x.org/a) }</style>", "outside"),
        ("<link href='//cdn.org/x.css'>", "outside"),
        ("<img src='data:image/png;base64,AA'>", ""),
    ],
)
def test_the_reader_of_fragments_sees_what_a_browser_would(text, found):
    seen = FragmentReader(text)

    assert {name for name in ("unbalanced", "active", "outside") if getattr(seen, name)} == ({found} - {""})
