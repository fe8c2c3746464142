"""A description as text and as a page: it fits, it says the numbers, and nothing of it is trusted or fetched.

`python tests/core/reports/test_looking.py` renews the golden texts.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape

from workbench import Panel, RequestError
from workbench.reports.looking.charts import Ink, bar, line_chart, two_sided_bar
from workbench.reports.looking.page import write_html

GOLDEN = Path(__file__).with_name("golden")
LOOKS = {"plain-60": (60, False), "plain-120": (120, False), "drawn-60": (60, True), "drawn-120": (120, True)}
HOSTILE = '"><script>alert(1)</script>&'
INK, PLAIN = Ink(unicode=True), Ink(unicode=False)


def make_panel(*symbols, n=260, close=None, interval="1d"):
    frames = {}
    for i, symbol in enumerate(symbols):
        walk = 100 * np.exp(np.cumsum(np.random.default_rng(i).normal(0.0003, 0.015, n)))
        index = pd.bdate_range("2020-01-01", periods=n, name="time")
        prices = dict.fromkeys(("open", "high", "low", "close"), walk if close is None else np.array(close, float))
        frames[symbol] = pd.DataFrame({**prices, "volume": 1.0}, index=index).assign(
            known_at=index + pd.Timedelta("1D")
        )
    return Panel(frames, interval)


@pytest.fixture(scope="module")
def described():
    return make_panel("AAA").describe()


@pytest.fixture(scope="module")
def page(described):
    return described.to_html()


@pytest.fixture(scope="module")
def wide_page():
    return make_panel("AAA", "BBB", HOSTILE, n=120).describe().to_html("Three of them")


# Text


@pytest.mark.parametrize("name", LOOKS)
def test_the_text_is_as_it_was(described, name):
    width, unicode = LOOKS[name]

    assert described.to_text(width=width, unicode=unicode) + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_printing_is_the_plain_text(described):
    assert str(described) == described.to_text(width=100)
    assert str(described).isascii()


@pytest.mark.parametrize("close", [[5.0] * 30, [1.0, 2.0], [1.0], [np.nan] * 3, [-3.0, 4.0, 0.0, 2.0] * 9])
@pytest.mark.parametrize("width", [10, 60, 120, 300])
def test_no_line_is_wider_than_asked_whatever_the_prices(close, width):
    found = make_panel("AAA", n=len(close), close=close).describe()

    for unicode in (False, True):
        lines = found.to_text(width=width, unicode=unicode).splitlines()
        assert max(map(len, lines)) <= max(width, 40)
        assert not any("nan" in line for line in lines)


def test_persistence_is_said_in_words(described):
    score = described["AAA"].persistence

    said = " ".join(described.to_text().split())

    assert f"Persistence ('tomorrow = today') on the last 52 bars: RMSE {score.rmse:.2f}, MAE {score.mae:.2f}." in said
    assert "A forecast has to beat that." in said


def test_of_several_symbols_there_is_a_table_that_fits():
    found = make_panel("AAA", "BBB", "CCC", n=120).describe()

    wide, narrow = found.to_text(width=120).splitlines(), found.to_text(width=50).splitlines()

    assert wide[0] == "3 symbols, 360 bars of 1d"
    assert wide[2].split() == "symbol bars first last last close volatility drawdown gaps outside RMSE MAE".split()
    assert [line.split()[0] for line in wide[3:6]] == ["AAA", "BBB", "CCC"]
    assert "RMSE" in narrow[2] and "gaps" not in narrow[2] and max(map(len, narrow)) <= 50


# Charts


def test_a_line_has_no_holes_and_reaches_its_ends():
    values = pd.Series([0.0, 10.0, 0.0, 5.0], index=pd.bdate_range("2024-01-01", periods=4))

    lines = line_chart(values, width=40, height=6, ink=PLAIN, stamps="%Y-%m-%d")

    rows = [line.split("|", 1)[1] for line in lines[:6]]
    columns = [{i for i, row in enumerate(rows) if row[x : x + 1] == "*"} for x in range(max(map(len, rows)))]
    assert 0 in set().union(*columns) and 5 in set().union(*columns)
    for here, there in itertools.pairwise(columns):
        assert min(abs(a - b) for a in here for b in there) <= 1
    assert lines[-1].split() == ["2024-01-01", "2024-01-02", "2024-01-03"]  # the bar above the tick


def test_braille_cells_are_filled_dot_by_dot():
    values = pd.Series([1.0, 1.0], index=pd.bdate_range("2024-01-01", periods=2))

    lines = line_chart(values, width=12, height=1, ink=INK, stamps="%d")

    assert set(lines[0].split("│")[1]) == {"⠒"}  # the second of four rows of dots


@pytest.mark.parametrize(
    ("share", "ink", "expected"),
    [(0, INK, ""), (1, INK, "████"), (0.5, INK, "██"), (0.53125, INK, "██▏"), (1e-9, INK, "▏"), (0.5, PLAIN, "##")],
)
def test_a_bar_is_as_long_as_its_share(share, ink, expected):
    assert bar(share, 4, ink) == expected


def test_a_bar_around_zero_goes_left_or_right_and_marks_the_band():
    assert two_sided_bar(0.5, 1.0, 0.75, 9, PLAIN) == " :  |##: "
    assert two_sided_bar(-1.0, 1.0, 0.25, 9, PLAIN) == "####|:   "
    assert two_sided_bar(0.0, 1.0, 0.5, 9, INK) == "  ┊ │ ┊  "


# Page


class Tags(HTMLParser):
    """What a browser would see: tags with attributes, and whether they are closed in order."""

    VOID = frozenset({"meta", "path", "rect", "use", "polyline"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts = [], [], []
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
        if self.open and self.open[-1] != "style":
            self.texts.append(data)


@pytest.mark.parametrize("which", ["page", "wide_page"])
def test_a_page_fetches_nothing_runs_nothing_and_is_well_formed(which, request):
    text = request.getfixturevalue(which)

    read = Tags(text)
    assert read.open == []
    assert "http://" not in text and "https://" not in text and "@import" not in text
    assert not {"script", "link", "img", "iframe", "object", "embed"} & {tag for tag, _ in read.tags}
    assert set(re.findall(r"url\((.)", text)) <= {"#"}
    for _, attributes in read.tags:
        assert not {"src", "srcset", "data", "action"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "default-src 'none'" in text


@pytest.mark.parametrize("which", ["page", "wide_page"])
def test_ids_are_unique_and_every_colour_has_a_light_and_a_dark_value(which, request):
    text = request.getfixturevalue(which)

    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)
    for role in set(re.findall(r"var\((--fig-[a-z_]+)\)", text)):
        assert len(re.findall(rf"{role}: #", text)) == 2


def test_a_page_of_one_symbol_says_persistence_first_and_draws_all(described, page):
    read = Tags(page)
    score = described["AAA"].persistence

    lead = f"on the last 52 bars: RMSE {score.rmse:.2f}, MAE {score.mae:.2f}. A forecast has to beat that."
    assert page.index(lead) < page.index("<details")
    assert [tag for tag, _ in read.tags].count("svg") == 6  # three figures, each for a screen and a phone
    titles = re.findall(r"<summary><h2>([^<]+)", page)
    assert titles == ["Closes", "Returns", "Distribution and memory", "Train and test", "Gaps"]


def test_a_page_of_many_symbols_has_a_table_first_and_a_folded_block_each(wide_page):
    read = Tags(wide_page)

    assert wide_page.index("<table") < wide_page.index("<details")
    blocks = [attributes for tag, attributes in read.tags if tag == "details"]
    assert len(blocks) == 3 and not any("open" in attributes for attributes in blocks)
    assert [tag for tag, _ in read.tags].count("svg") == 3
    assert str(escape(HOSTILE)) in wide_page and "<script" not in wide_page


def test_the_same_panel_gives_the_same_bytes(page):
    assert make_panel("AAA").describe().to_html() == page


@pytest.mark.parametrize("close", [[5.0] * 30, [1.0, 2.0], [1.0, 2.0, 3.0], [1.0], [np.nan] * 3, [-3.0, 4.0, 0.0] * 9])
def test_pages_are_made_of_whatever_prices_there_are(close):
    panel = make_panel("AAA", n=len(close), close=close)

    assert "nan" not in " ".join(Tags(panel.describe().to_html()).texts)


def test_a_notebook_is_shown_the_table(described):
    shown = described._repr_html_()

    assert shown.count("<table") == 1 and ">AAA<" in shown


def test_a_page_is_written_whole_or_not_at_all(described, tmp_path, page):
    assert write_html(described, tmp_path / "page.html").read_text("utf-8") == page
    with pytest.raises(RequestError, match="is a folder"):
        write_html(described, tmp_path)


def test_describing_and_printing_load_no_plotting_library():
    code = (
        "import numpy as np, pandas as pd, sys, workbench as wb\n"
        "index = pd.bdate_range('2020-01-01', periods=60)\n"
        "names = ('open', 'high', 'low', 'close', 'volume')\n"
        "bars = pd.DataFrame(dict.fromkeys(names, np.arange(60.0) + 1), index=index)\n"
        "str(wb.Panel({'A': bars.assign(known_at=index + pd.Timedelta(days=1))}).describe())\n"
        "print(*[m for m in ('matplotlib', 'torch', 'sklearn', 'scipy.stats') if m in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == []


if __name__ == "__main__":
    for _name, (_width, _unicode) in LOOKS.items():
        _text = make_panel("AAA").describe().to_text(width=_width, unicode=_unicode)
        (GOLDEN / f"{_name}.txt").write_text(_text + "\n", encoding="utf-8")
