"""The notebook is what its script says, was executed, and runs."""

from __future__ import annotations

import json

import make_notebook as notebook
import matplotlib
import pytest


def _stored() -> list[dict]:
    return json.loads(notebook.NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def test_the_notebook_holds_the_cells_of_its_script():
    stored = [(cell["cell_type"], "".join(cell["source"])) for cell in _stored()]

    assert stored == notebook.sources(), "run `python docs/make_notebook.py`"


def test_it_was_executed_from_top_to_bottom_without_an_error():
    code = [cell for cell in _stored() if cell["cell_type"] == "code"]

    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert not [out for cell in code for out in cell["outputs"] if out["output_type"] == "error"]


@pytest.mark.slow
def test_every_cell_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    names: dict = {}

    for kind, text in notebook.CELLS:
        if kind == "code":
            exec(compile(text, "cell", "exec"), names)

    assert (tmp_path / "ranges.html").exists()
