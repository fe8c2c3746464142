"""Every code block of the documentation runs, and prints what the page says it prints."""

from __future__ import annotations

import matplotlib
import pytest
import snippets

import workbench as wb

matplotlib.use("agg")
PAGES = {str(page.relative_to(snippets.DOCS)): page for page in snippets.every_page()}
WRITTEN_AFTER_A_RUN = {"reference/store.md"}
"""Pages for somebody whose store holds a run already."""
WITH_REAL_REPORTS = {"how-to/query-the-store.md"}
"""Pages whose reports are drawn; elsewhere that would only take time."""


@pytest.mark.parametrize("name", PAGES)
def test_the_code_blocks_of_a_page_run(name, reader, request):
    if name not in WITH_REAL_REPORTS:
        request.getfixturevalue("empty_reports")
    if name in WRITTEN_AFTER_A_RUN:
        wb.run("sample:GOOG", forecasters=["mean"], workers=1, quiet=True)

    snippets.run_snippets(PAGES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if snippets.has_slow_blocks(page)])
def test_the_slow_code_blocks_of_a_page_run_too(name, reader, empty_reports):
    snippets.run_snippets(PAGES[name], slow=True)


def test_few_blocks_are_skipped():
    every = [snippet for page in PAGES.values() for snippet in snippets.snippets_of(page)]

    skipped = [snippet.where for snippet in every if "skip" in snippet.options]

    assert len(skipped) <= 6, skipped


def test_a_block_knows_its_language_options_and_place(tmp_path, monkeypatch):
    monkeypatch.setattr(snippets, "DOCS", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("A word.\n\n```python file=a.py\nx = 1\n```\n\n```console quick exit=2\n$ workbench\n```\n")

    first, second = snippets.snippets_of(page)

    assert first == snippets.Snippet("page.md:3", "python", {"file": "a.py"}, "x = 1\n")
    assert second.options == {"quick": "", "exit": "2"}


def test_blocks_are_left_out_when_they_are_slow_or_lack_a_module(tmp_path, monkeypatch):
    monkeypatch.setattr(snippets, "DOCS", tmp_path)
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    blocks = {"slow.txt": "slow", "lost.txt": "needs=no_such_module", "there.txt": "needs=json", "skipped.txt": "skip"}
    page.write_text("\n".join(f"```csv file={name} {option}\nx\n```" for name, option in blocks.items()))

    snippets.run_snippets(page)
    quick = {file.name for file in tmp_path.glob("*.txt")}
    snippets.run_snippets(page, slow=True)

    assert quick == {"there.txt"}
    assert {file.name for file in tmp_path.glob("*.txt")} == {"there.txt", "slow.txt"}
    assert snippets.has_slow_blocks(page)


@pytest.mark.parametrize(
    ("expected", "output", "same"),
    [
        ("", "anything", True),
        ("a  b\n───\n1 2\n", " a b \n ──────── \n 1   2", True),
        ("first\n...\nlast", "first\nmuch\nmore\nlast", True),
        ("skill 1.5 ...", "skill 1.5 % and on", True),
        ("skill 1.5 %", "skill 1.6 %", False),
        ("first", "first\nsecond", False),
        ("........ [100%]", "a.py ..... [100%]", True),
    ],
)
def test_an_output_is_compared_word_by_word(expected, output, same):
    assert snippets.matches(expected, output) is same


def test_a_command_that_fails_where_success_is_promised_is_an_error(reader, monkeypatch):
    monkeypatch.setattr(snippets, "DOCS", reader)
    page = reader / "page.md"
    page.write_text("```console\n$ workbench show nothing\n```\n")

    with pytest.raises(AssertionError, match=r"page.md:1: `workbench show nothing` ended with 2, not 0"):
        snippets.run_snippets(page)
