"""The plugin guide's distribution is found the way pip-installed plugins are."""

from __future__ import annotations

import tomllib

import snippets

from workbench.registry.registry import Registry

GUIDE = snippets.DOCS / "plugins" / "first-plugin.md"


def test_the_guide_s_distribution_is_found_through_its_entry_point(tmp_path, monkeypatch):
    files = {s.options["file"]: s.text for s in snippets.snippets_of(GUIDE) if "file" in s.options}
    project = tomllib.loads(files["pyproject.toml"])["project"]
    ((point, module),) = project["entry-points"]["workbench"].items()
    (tmp_path / f"{module}.py").write_text(files["momentum.py"])
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text(f"[workbench]\n{point} = {module}\n")
    monkeypatch.syspath_prepend(tmp_path)

    offer = Registry().find("feature", "momentum")

    assert (offer.module.distribution, offer.module.version) == ("workbench-momentum", "0.1.0")
    assert offer.module.status == "active"
