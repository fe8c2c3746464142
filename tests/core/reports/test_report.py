"""The report as a file: one page, nothing from outside, verdict first, nothing trusted."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from workbench import ReportSection, RequestError, WorkbenchWarning, hookimpl
from workbench.registry.registry import Registry
from workbench.reports.report import report_html, write_report

TITLES = [
    "All models",
    "Forecast against actual",
    "Trading the forecasts",
    "Where the error comes from",
    "Learning curves",
    "All scores",
    "Trades",
    "Folds",
    "The experiment",
    "The data",
    "Provenance",
]
HOSTILE = '"><script>alert(1)</script>&'


class Page(HTMLParser):
    """What a browser would see of a page: tags with attributes, ids, headings and the text in order."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "path", "rect", "use"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts, self.headings = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style",) and "svg" not in self.open and data.strip():
            self.texts.append(data.strip())
            if self.open[-1] in ("h1", "h2", "h3"):
                self.headings.append((self.open[-1], data.strip()))

    @property
    def text(self):
        return " ".join(self.texts)


@pytest.fixture(scope="session")
def registry():
    return Registry()


@pytest.fixture(scope="session")
def page_text(make_run, registry):
    return report_html(make_run(), registry)


def test_the_page_is_well_formed_and_its_headings_are_in_order(page_text):
    page = Page(page_text)

    assert page.open == []
    levels = [int(tag[1]) for tag, _ in page.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_nothing_is_fetched_from_anywhere(page_text):
    assert "http://" not in page_text and "https://" not in page_text
    assert "@import" not in page_text and "<script" not in page_text and "<link" not in page_text
    assert set(re.findall(r"url\((.)", page_text)) <= {"#"}
    for _, attributes in Page(page_text).tags:
        assert not {"src", "srcset", "data", "action"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    assert "default-src 'none'" in page_text


def test_the_verdict_comes_before_everything_but_the_title(make_run, page_text):
    run = make_run()
    claim = run.verdicts["lstm"].claim("lstm")

    whole = f"<strong>{claim}</strong>{run.verdict.removeprefix(claim)}"
    assert page_text.index("</h1>") < page_text.index(whole) < page_text.index("Skill against persistence")


def test_screen_one_shows_three_numbers_and_the_trial_count(page_text):
    page = Page(page_text)

    numbers = [heading for tag, heading in page.headings if tag == "h2"][:3]
    assert numbers == ["Skill against persistence", "Return after costs", "Luck-adjusted Sharpe"]
    assert "95 % interval" in page.text and "The smallest skill this sample could have shown" in page.text
    assert re.search(r"buy and hold \S+\s%, persistence 0\.0", page.text)
    assert "Trial 3 on these data in this store since 2024-02-27." in page.text


def test_notes_stand_in_one_block_and_the_disclaimer_once(page_text):
    assert page_text.count('class="notes"') == 1
    assert "AAA: 3 bars without a price were dropped." in page_text
    assert page_text.count("Forecasts are no advice") == 1


def test_every_section_is_there_in_order_and_three_are_open(page_text):
    page = Page(page_text)

    titles = [heading for tag, heading in page.headings if tag == "h2"]
    assert [title for title in titles if title in TITLES] == TITLES
    folded = [attributes for tag, attributes in page.tags if tag == "details"]
    assert ["open" in attributes for attributes in folded] == [True] * 3 + [False] * 8


def test_ids_are_unique_and_everything_pointed_to_is_there(page_text):
    ids = re.findall(r'\sid="([^"]+)"', page_text)

    assert len(ids) == len(set(ids))
    pointed = re.findall(r"url\(#([^)]+)\)", page_text) + re.findall(r'href="#([^"]+)"', page_text)
    for _, attributes in Page(page_text).tags:
        pointed += (attributes.get("aria-labelledby") or "").split()
        pointed += (attributes.get("aria-describedby") or "").split()
    assert set(pointed) <= set(ids)


def test_every_colour_a_figure_asks_for_has_a_light_and_a_dark_value(page_text):
    for role in set(re.findall(r"var\((--fig-[a-z_]+)\)", page_text)):
        assert len(re.findall(rf"{role}: #", page_text)) == 2


def test_the_same_run_gives_the_same_bytes(make_run, registry):
    first, second = (report_html(make_run(strategy=None), registry) for _ in range(2))

    assert first == second


def test_a_hostile_name_or_symbol_stays_text(make_run, registry):
    run = make_run(symbols=(HOSTILE,), name=HOSTILE, notes=[HOSTILE], provenance={"plugins": [{"name": HOSTILE}]})

    text = report_html(run, registry)

    assert "<script" not in text
    assert Page(text).text.count("alert(1)") > 5


@pytest.mark.parametrize(
    "shape",
    [
        {"symbols": ("AAA", "BBB"), "horizon": 7, "seeds": (7, 8)},
        {"strategy": None},
    ],
)
def test_other_shapes_of_run_have_well_formed_reports(make_run, registry, shape, recwarn):
    text = report_html(make_run(**shape), registry)

    titles = [heading for _, heading in Page(text).headings]
    assert ("Trades" in titles) == (shape.get("strategy", "long_flat") is not None)
    assert ("not traded" in text) == (shape.get("strategy", "long_flat") is None)
    assert not any("Missing" in title for title in titles)
    assert not recwarn.list


def test_the_section_on_the_data_tells_everything_of_their_sheets(make_run, registry):
    text = Page(report_html(make_run(symbols=("AAA", "BBB")), registry)).text

    for symbol in ("AAA", "BBB"):
        assert f"{symbol}: 1 row was there twice. At 2012-02-01." in text
        assert f"{symbol}: 3 bars without a price were left out (missing = drop)." in text
        assert f"{symbol}: 100 closes were adjusted (adjust = splits)." in text
        assert f"{symbol}: Looks like an unadjusted 4:1 split on 2012-08-31. Set `adjust`." in text
        assert f"{symbol}: 2 bars with a high below the low. At 2012-03-01, 2012-03-05, ... Correct them." in text
        assert f"{symbol}: 9 bars without volume. At 2012-04-02, ... Leave them." in text
    assert "* No calendar was stated" in text


@pytest.mark.parametrize("more", [{"health": []}, {"status": "failed"}])
def test_without_sheets_there_is_no_section_on_the_data(make_run, registry, more):
    assert "The data" not in Page(report_html(make_run(**more), registry)).text


def test_without_learning_curves_the_section_is_left_out(make_run, registry):
    text = report_html(make_run(strategy=None, learning=make_run().learning.iloc[:0]), registry)

    assert "Learning curves" not in text


def test_persistence_as_the_headline_is_not_compared_with_itself(make_run, registry):
    verdict = "persistence: persistence itself, the reference."
    run = make_run(headline="persistence", verdicts={}, verdict=verdict, strategy=None)

    text = Page(report_html(run, registry)).text

    assert "persistence itself, the reference." in text
    assert "there is nothing to compare it with" in text


def test_a_failed_run_says_so_first_and_how_to_go_on(make_run, registry):
    run = make_run(status="failed", error="forecaster 'lstm' failed: boom", trial=None)
    run.tasks.loc[0, ["status", "error"]] = ["failed", "boom\nTraceback"]

    text = Page(report_html(run, registry)).text

    assert "This run failed; there is no verdict." in text and "forecaster 'lstm' failed: boom" in text
    assert "1 of 3 fits failed. The first says: boom" in text and "Traceback" not in text
    assert f"--resume {run.id}" in text
    assert "The experiment" in text and "Folds" in text
    assert "Skill against persistence" not in text and "All models" not in text


def test_a_report_of_ten_thousand_bars_stays_below_two_megabytes(make_run, registry, tmp_path):
    path = write_report(make_run(n_bars=12_000), tmp_path / "long.html", registry)

    assert path.stat().st_size < 2_000_000


def test_a_section_of_a_stranger_stands_where_its_order_says(make_run):
    text = report_html(make_run(status="failed"), Registry(extra=[Stranger]))

    titles = [heading for _, heading in Page(text).headings]
    assert titles[-4:] == ["Folds", "Mine", "The experiment", "Provenance"]
    assert "<em>rendered</em>" in text


@pytest.mark.parametrize("section", ["Failing", "Silent"])
def test_a_section_that_fails_is_named_and_the_report_goes_on(make_run, section):
    with pytest.warns(
        WorkbenchWarning,
        match=rf"section '{section.lower()}' of the report is missing: report-section '{section.lower()}' \(local file",
    ):
        text = report_html(make_run(status="failed"), Registry(extra=[globals()[section]]))

    page = Page(text)
    assert f"The section '{section.lower()}' of the report is missing" in page.text
    assert "<b>boom" not in text
    assert "Provenance" in page.text


def test_a_module_that_cannot_offer_its_sections_is_named(make_run):
    registry = Registry()
    registry._manager.register(Broken(), name="local:broken")
    registry.modules.append(type(registry.modules[0])("broken", "local", "", "broken"))

    with pytest.warns(WorkbenchWarning, match=r"Plugin broken \(local\) could not render its sections"):
        text = report_html(make_run(status="failed"), registry)

    assert "no sections today" in text


def test_the_default_path_is_made_of_name_and_id(make_run, registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    path = write_report(make_run(name="Net/flix: a *test*", status="failed"), registry=registry)

    assert path.name == "net-flix-a-test-3f2a9c1b7d4e.html"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_path_that_cannot_be_written_is_refused_and_leaves_nothing(make_run, registry, tmp_path):
    run = make_run(status="failed")

    with pytest.raises(RequestError, match="is a folder"):
        write_report(run, tmp_path, registry)
    with pytest.raises(RequestError, match=r"cannot be written to .*No such file or directory"):
        write_report(run, tmp_path / "missing" / "report.html", registry)
    assert list(tmp_path.iterdir()) == []


def test_an_old_report_is_replaced_whole(make_run, registry, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")

    write_report(make_run(status="failed"), path, registry)

    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]


def test_listing_the_sections_loads_no_library_that_draws_or_computes():
    code = (
        "import sys, workbench.reports.sections as s; s.workbench_report_sections();"
        "print([m for m in ('matplotlib', 'pandas', 'jinja2', 'scipy', 'torch') if m in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


class Stranger(ReportSection, name="stranger"):
    """A section of somebody else's."""

    title = "Mine"
    order = 750

    def render(self, run):
        return "<em>rendered</em>"


class Failing(ReportSection, name="failing"):
    """Fails."""

    title = "Failing"

    def render(self, run):
        raise ValueError("<b>boom")


class Silent(ReportSection, name="silent"):
    """Returns what is no text."""

    title = "Silent"

    def render(self, run):
        return None


class Broken:
    @hookimpl
    def workbench_report_sections(self):
        raise RuntimeError("no sections today")


def test_every_section_is_handed_a_run_of_its_own(make_run, registry):
    run, handed = make_run(status="failed"), []
    run.apart = lambda: handed.append(run) or run

    report_html(run, registry)

    assert len(handed) == len(registry.offers("report-section"))
