"""What the reference says is what the code has, and nothing public is missing from it."""

from __future__ import annotations

import importlib
import inspect
import re

import generate
import pytest
from blocks import classes
from blocks.commands import paths
from blocks.markdown import described, prose, signature
from blocks.plugins import TITLES
from snippets import DOCS, every_page

import workbench as wb
from workbench import errors
from workbench.contracts import hooks
from workbench.testing import CHECKS, CheckResult

PAGES = {str(page.relative_to(DOCS)): page for page in generate.pages()}
REFERENCE = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
HOOKS = {name: hook for name, hook in vars(hooks).items() if name.startswith("workbench_")}


@pytest.mark.parametrize("name", PAGES)
def test_generated_blocks_are_up_to_date(name):
    text = PAGES[name].read_text(encoding="utf-8")

    assert generate.filled(text) == text, "run `python docs/generate.py`"


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_exact_signature(name):
    given = inspect.signature(HOOKS[name])
    arguments = ", ".join(f"{p.name}: {p.annotation}" for p in given.parameters.values())

    assert f"{name}({arguments}) -> {given.return_annotation}" in REFERENCE


def _authors_classes() -> set[str]:
    """Every public class that a plugin subclasses, makes or is handed."""
    chosen_by_users = {"Use", "Holdout", "WalkForward"}
    public = {name for name, where in wb._WHERE.items() if where.startswith("contracts.")}
    return {name for name in public - chosen_by_users if isinstance(getattr(wb, name), type)}


def test_every_base_class_and_dataclass_of_plugins_is_documented():
    shown = {reference.partition(":")[2] for names in classes.GROUPS.values() for reference in names}

    assert _authors_classes() <= shown


@pytest.mark.parametrize("reference", [name for names in classes.GROUPS.values() for name in names])
def test_every_method_of_a_base_class_is_documented_with_its_exact_signature(reference):
    cls = classes.found(reference)
    page = (DOCS / "reference" / "base-classes.md").read_text(encoding="utf-8")
    section = page.partition(f"### {cls.__name__}\n")[2].partition("\n### ")[0]

    for name, member in vars(cls).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            given = inspect.signature(member)
            names = [p for p in given.parameters if p != "self"]
            shown = re.search(rf"\*\*`{name}\((.*)\) -> (.*)`\*\*", section)

            assert shown, f"{cls.__name__}.{name}"
            assert re.findall(r"(\w+):", shown[1])[: len(names)] == names or not names
            assert shown[2] == given.return_annotation


@pytest.mark.parametrize("kind", CHECKS)
def test_every_check_is_documented_with_its_requirement(kind):
    page = (DOCS / "reference" / "checks.md").read_text(encoding="utf-8")
    shared, title = page.partition("## Every kind\n")[2].partition("\n## ")[0], TITLES[kind]
    own = page.partition(f"## {title}\n")[2].partition("\n## ")[0]

    missing = [c.name for c in CHECKS[kind] if f"| `{c.name}` | {' '.join(c.explanation.split())}" not in shared + own]

    assert missing == []


def test_every_field_of_a_finding_is_documented():
    page = (DOCS / "reference" / "checks.md").read_text(encoding="utf-8")

    assert [field for field in CheckResult.__annotations__ if f"`{field}`" not in page] == []


@pytest.mark.parametrize("package", ["testing", "torch", "sklearn"])
def test_every_name_of_the_other_public_packages_is_documented(package):
    api = (DOCS / "reference" / "python-api.md").read_text(encoding="utf-8")
    names = importlib.import_module(f"workbench.{package}").__all__

    assert [name for name in names if not re.search(rf"^\| `{name}` \| \S", api, re.MULTILINE)] == []


@pytest.mark.parametrize("path", [path for path, command in paths() if not getattr(command, "commands", None)])
def test_every_command_is_documented(path):
    assert f"### {path}\n" in REFERENCE


def test_every_option_of_every_command_is_documented():
    every = {option for _, command in paths()[1:] for parameter in command.params for option in parameter.opts}

    missing = [option for option in every if option.startswith("-") and f"`{option}`" not in REFERENCE]

    assert missing == []


@pytest.mark.parametrize(
    "name", [n for n, c in vars(errors).items() if inspect.isclass(c) and c.__module__ == errors.__name__]
)
def test_every_error_class_is_documented(name):
    assert f"| `{name}` |" in REFERENCE


def test_every_public_name_is_documented_with_a_sentence():
    api = (DOCS / "reference" / "python-api.md").read_text(encoding="utf-8")

    missing = [n for n in wb.__all__ if n != "__version__" and not re.search(rf"^\| `{n}` \| \S", api, re.MULTILINE)]

    assert missing == []


def test_a_signature_is_shown_as_it_is_written():
    def example(self, data: str | None = "a", *, rest: int = 2, **more: float) -> list[str]:
        """Nothing."""

    assert signature(example, "f") == "f(data: str | None = 'a', *, rest: int = 2, **more: float) -> list[str]"


def test_a_docstring_becomes_markdown_with_a_list_of_parameters():
    def example() -> None:
        """Do a thing.

        And another.

        Parameters
        ----------
        size : int, default=1
            How much
            of it.
        **rest
            Others.

        Raises
        ------
        DataError
            Never.
        """

    assert prose(example).split("\n") == [
        "Do a thing.",
        "",
        "And another.",
        "",
        "**Parameters**",
        "",
        "- `size`: int, default=1. How much of it.",
        "- `**rest`. Others.",
        "",
        "**Raises**",
        "",
        "- DataError. Never.",
    ]


def test_fields_that_share_a_line_share_their_description():
    said = described(wb.Experiment)

    assert said["start"] == said["end"] == "First and last session, ISO dates, both inclusive."


@pytest.mark.parametrize("page", every_page(), ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_to_files_and_headings_that_exist(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        there = (page.parent / file).resolve() if file else page

        assert there.exists(), f"{page.name} links to {target}"
        assert not heading or heading in _headings(there.read_text(encoding="utf-8")), f"{page.name} links to {target}"


def _headings(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
